// Who held the item from when to when, as its events tell.
import type { Hash } from './bytes.ts';
import type { Bundle } from './bundle.ts';
import { namesOf } from './readable.ts';
import type { Event, Stamp } from './records.ts';

export interface Period {
  /** Who holds it, or the unit into which it was packed. */
  holder: { is: 'org'; id: Hash; name: string } | { is: 'unit'; id: Hash };
  from: Stamp;
  /** None for the period that lasts at the stated height. */
  to: Stamp | null;
  /** Numbers of the events that fall into it, its beginning first. */
  events: bigint[];
}

function holderAfter(event: Event, names: ReadonlyMap<Hash, string>): Period['holder'] | null {
  const org = (id: Hash): Period['holder'] => ({ is: 'org', id, name: names.get(id) ?? id });
  switch (event.effect.is) {
    case 'Registered':
    case 'Unpacked':
      return org(event.effect.custodian);
    case 'Moved':
      return org(event.effect.to);
    case 'Packed':
      return { is: 'unit', id: event.effect.packed.unit };
    default:
      return null;
  }
}

export function custodyOf(bundle: Bundle): Period[] {
  const names = namesOf(bundle);
  const periods: Period[] = [];
  for (const { event } of bundle.steps) {
    const holder = holderAfter(event, names);
    const last = periods.at(-1);
    if (holder !== null) {
      if (last !== undefined) last.to = event.at;
      periods.push({ holder, from: event.at, to: null, events: [event.n] });
    } else {
      last?.events.push(event.n);
    }
  }
  return periods;
}

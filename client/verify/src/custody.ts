// Who held the item from when to when, as its events tell; for what was packed, as those of the units around it tell.
import type { Hash } from './bytes.ts';
import { historiesOf, type Bundle, type History } from './bundle.ts';
import { codeText } from './gs1.ts';
import { namesOf } from './readable.ts';
import type { Effect, Stamp } from './records.ts';

export interface Holder {
  id: Hash;
  name: string;
}

export interface Unit {
  id: Hash;
  /** Its readable code, where its history is in the file. */
  code: string | null;
}

/** A time in which nobody else came to hold the item, and it went into no other unit. */
export interface Period {
  /** None where a unit around the item is not in the file. */
  holder: Holder | null;
  /** The units around it, from the inside out. */
  units: Unit[];
  from: Stamp;
  /** None for the period that lasts at the stated height. */
  to: Stamp | null;
  /** Numbers of the events of the item that fall into it. */
  events: bigint[];
}

interface Place {
  custodian: Hash;
  container: Hash | null;
}

interface Change {
  at: Stamp;
  /** The history whose event it is, and its place among the histories, which orders what happened at once. */
  item: Hash;
  order: number;
  n: bigint;
  effect: Effect;
}

function placeAfter(effect: Effect, before: Place | undefined): Place | undefined {
  switch (effect.is) {
    case 'Registered':
    case 'Landed':
      return { custodian: effect.custodian, container: null };
    case 'Moved':
      return { custodian: effect.to, container: before?.container ?? null };
    case 'Packed':
      return { custodian: before?.custodian ?? '', container: effect.packed.unit };
    case 'Unpacked':
      return { custodian: effect.custodian, container: null };
    default:
      return before;
  }
}

/** Events of all histories in the order of their heights; those of the units first, so that who packs is who holds. */
function changesOf(bundle: Bundle): Change[] {
  const changes = historiesOf(bundle).flatMap(({ item, steps }: History, order) =>
    steps.map(({ event: { at, n, effect } }) => ({
      at,
      item: item.id,
      order: order === 0 ? Infinity : order,
      n,
      effect,
    })),
  );
  return changes.sort((a, b) => {
    if (a.at.height !== b.at.height) return a.at.height < b.at.height ? -1 : 1;
    if (a.order !== b.order) return a.order - b.order;
    return a.n < b.n ? -1 : 1;
  });
}

const UNITS_MOST = 4;

export function custodyOf(bundle: Bundle): Period[] {
  const names = namesOf(bundle);
  const codes = new Map(historiesOf(bundle).map(({ item }) => [item.id, codeText(item.value.code)]));
  const places = new Map<Hash, Place>();
  const { id } = bundle.main.item;
  const periods: Period[] = [];
  for (const { at, item, n, effect } of changesOf(bundle)) {
    const after = placeAfter(effect, places.get(item));
    if (after !== undefined) places.set(item, after);
    const now = places.get(id);
    if (now === undefined) continue;
    const units: Unit[] = [];
    let outermost: Place | undefined = now;
    while (outermost !== undefined && outermost.container !== null && units.length < UNITS_MOST) {
      units.push({ id: outermost.container, code: codes.get(outermost.container) ?? null });
      outermost = places.get(outermost.container);
    }
    const holder =
      outermost === undefined
        ? null
        : { id: outermost.custodian, name: names.get(outermost.custodian) ?? outermost.custodian };
    const last = periods.at(-1);
    const isSame =
      last !== undefined &&
      last.holder?.id === holder?.id &&
      last.units.length === units.length &&
      last.units.every((unit, i) => unit.id === units[i]?.id);
    if (!isSame) {
      if (last !== undefined) last.to = at;
      periods.push({ holder, units, from: at, to: null, events: [] });
    }
    if (item === id) periods.at(-1)?.events.push(n);
  }
  return periods;
}

// What a reader should know beside the verdict (bundle.md, "Verdict": notices).
import type { Hash } from './bytes.ts';
import type { Bundle } from './bundle.ts';
import { closedFields, type Closed } from './openings.ts';
import { codeText } from './gs1.ts';
import { timeText } from './readable.ts';
import type { ItemRecord } from './records.ts';
import { tellAs, unitsAround } from './related.ts';
import type { StandingNotice } from './set.ts';

export type Notice =
  | StandingNotice
  | { id: 'research-only' | 'covers-not' }
  | { id: 'code-shared'; count: bigint }
  | { id: 'derived'; count: number }
  | { id: 'origin-held' | 'unit-held'; item: Hash; code: string; event: bigint; reason: string }
  | { id: 'packed-in'; unit: Hash }
  | { id: 'unit-offered'; item: Hash; code: string; until: string }
  | { id: 'held'; event: bigint; reason: string }
  | { id: 'offer-pending'; until: string }
  | { id: 'recovered-key'; key: Hash }
  | { id: 'key-compromised'; key: Hash; height: bigint }
  | { id: 'fields-closed'; closed: Closed[] }
  | { id: 'covers'; height: bigint }
  | { id: 'absence-covers' | 'evidence-covers'; height: bigint }
  | { id: 'absence-covers-not' | 'feed-empty' | 'feed-covers-not' | 'seats-unrooted' }
  | { id: 'feed-covers'; from: bigint; to: bigint }
  | { id: 'card-covers'; height: bigint }
  | { id: 'card-covers-not' };

interface Identified {
  id: Hash;
  value: ItemRecord;
}

/** Holds on what this was made of, or on the units around it. */
function holdsOn(items: readonly Identified[], id: 'origin-held' | 'unit-held'): Notice[] {
  return items.flatMap(({ id: item, value }) =>
    value.holds.map(({ placed, reason }) => ({ id, item, code: codeText(value.code), event: placed, reason })),
  );
}

/** What the record of an item and those of the units around it say. */
export function noticesOfItem(item: ItemRecord, units: readonly Identified[]): Notice[] {
  const notices: Notice[] = [];
  if (item.container !== null) notices.push({ id: 'packed-in', unit: item.container.unit });
  notices.push(...holdsOn(units, 'unit-held'));
  for (const { id, value } of units) {
    const { code, offer } = value;
    if (offer !== null)
      notices.push({ id: 'unit-offered', item: id, code: codeText(code), until: timeText(offer.expires) });
  }
  if (item.marks.researchOnly) notices.push({ id: 'research-only' });
  for (const hold of item.holds) notices.push({ id: 'held', event: hold.placed, reason: hold.reason });
  if (item.offer !== null) notices.push({ id: 'offer-pending', until: timeText(item.offer.expires) });
  return notices;
}

/** What is to be said of the item, behind what is said of the anchor. */
export function noticesOf(bundle: Bundle): Notice[] {
  const { header } = bundle.anchor.tip;
  const item = bundle.main.item.value;
  const notices: Notice[] = [];
  if (bundle.code.value.count > 1n) notices.push({ id: 'code-shared', count: bundle.code.value.count });
  const first = bundle.main.steps[0]?.event;
  if (first?.effect.is === 'Registered' && first.effect.origin !== null) {
    notices.push({ id: 'derived', count: first.links.length });
  }
  const origins = bundle.related.filter((one) => tellAs(bundle, one) === 'origin').map((one) => one.item);
  notices.push(...holdsOn(origins, 'origin-held'));
  const units = (unitsAround(bundle, bundle.main) ?? []).map((one) => one.item);
  notices.push(...noticesOfItem(item, units));
  for (const { id, value } of bundle.keys) {
    if (value.waits !== null) notices.push({ id: 'recovered-key', key: id });
    if (value.end?.reason === 'compromised')
      notices.push({ id: 'key-compromised', key: id, height: value.end.at.height });
  }
  const closed = closedFields(bundle);
  if (closed.length > 0) notices.push({ id: 'fields-closed', closed });
  notices.push({ id: 'covers', height: header.height }, { id: 'covers-not' });
  return notices;
}

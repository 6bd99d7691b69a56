// What a reader should know beside the verdict (bundle.md, "Verdict": notices).
import type { Hash } from './bytes.ts';
import type { Bundle } from './bundle.ts';
import { closedFields, type Closed } from './openings.ts';
import { timeText } from './readable.ts';
import type { Trust } from './trust.ts';

export type Notice =
  | { id: 'test-network' | 'no-trust-root' | 'research-only' | 'covers-not' }
  | { id: 'code-shared'; count: bigint }
  | { id: 'derived'; count: number }
  | { id: 'packed-in'; unit: Hash }
  | { id: 'held'; event: bigint; reason: string }
  | { id: 'offer-pending'; until: string }
  | { id: 'recovered-key'; key: Hash }
  | { id: 'key-compromised'; key: Hash; height: bigint }
  | { id: 'fields-closed'; closed: Closed[] }
  | { id: 'covers'; height: bigint };

export function noticesOf(bundle: Bundle, trust: Trust | null): Notice[] {
  const { header } = bundle.anchor.tip;
  const item = bundle.item.value;
  const notices: Notice[] = [];
  if (header.test) notices.push({ id: 'test-network' });
  if (trust === null) notices.push({ id: 'no-trust-root' });
  if (bundle.code.value.count > 1n) notices.push({ id: 'code-shared', count: bundle.code.value.count });
  const first = bundle.steps[0]?.event;
  if (first?.effect.is === 'Registered' && first.effect.origin !== null) {
    notices.push({ id: 'derived', count: first.links.length });
  }
  if (item.container !== null) notices.push({ id: 'packed-in', unit: item.container.unit });
  if (item.marks.researchOnly) notices.push({ id: 'research-only' });
  for (const hold of item.holds) notices.push({ id: 'held', event: hold.placed, reason: hold.reason });
  if (item.offer !== null) notices.push({ id: 'offer-pending', until: timeText(item.offer.expires) });
  for (const { id, value } of bundle.keys) {
    if (value.waits !== null) notices.push({ id: 'recovered-key', key: id });
  }
  for (const { id, value } of bundle.keys) {
    if (value.end?.reason === 'compromised')
      notices.push({ id: 'key-compromised', key: id, height: value.end.at.height });
  }
  const closed = closedFields(bundle);
  if (closed.length > 0) notices.push({ id: 'fields-closed', closed });
  notices.push({ id: 'covers', height: header.height }, { id: 'covers-not' });
  return notices;
}

// The records of the bundle: proved, exactly those that are needed, and fit for it (bundle.md, steps 4 and 7).
import { fromHex, ZERO_HASH, type Hash } from './bytes.ts';
import type { Bundle } from './bundle.ts';
import { decompress } from './curve.ts';
import { codeIsOf, itemCode } from './gs1.ts';
import { hashOf, hashPair } from './hash.ts';
import { packIsSound } from './packcheck.ts';
import type { Effect, ItemRecord } from './records.ts';
import { refuse } from './refusal.ts';
import { jointRoot, leafOf, type Leaf } from './tree.ts';

/** `proof` leads from all records to the state of the header. */
export function checkProof(bundle: Bundle): void {
  const leaves: Leaf[] = [
    leafOf('item', fromHex(bundle.itemId), bundle.item.bytes),
    leafOf('code', fromHex(hashOf('code', itemCode, bundle.item.value.code)), bundle.code.bytes),
    ...bundle.classes.map((one) => leafOf('class', fromHex(one.id), one.bytes)),
    ...bundle.packs.map((one) => leafOf('pack', fromHex(one.id), one.bytes)),
    ...bundle.keys.map((one) => leafOf('key', fromHex(one.id), one.bytes)),
    ...bundle.orgs.map((one) => leafOf('org', fromHex(one.id), one.bytes)),
  ];
  if (jointRoot(leaves, bundle.proof) !== bundle.anchor.tip.header.state) {
    refuse('H9040', 'prove the records of the bundle');
  }
}

export function checkBalance({ registered, onHand, used, derived, wasted, lost, disposed }: ItemRecord): void {
  const parts = [onHand, used, derived, wasted, lost, disposed];
  const sum = parts.reduce((total, part) => total + part.amount, 0n);
  if (sum !== registered.amount || parts.some((part) => part.unit !== registered.unit)) {
    refuse('H9066', 'balance the quantities of the item');
  }
}

function orgsOfEffect(effect: Effect): readonly Hash[] {
  switch (effect.is) {
    case 'Registered':
    case 'Unpacked':
      return [effect.custodian];
    case 'Offered':
      return [effect.offer.receiver];
    case 'Moved':
      return [effect.from, effect.to];
    case 'HoldPlaced':
    case 'HoldLifted':
      return effect.by;
    case 'Tested':
      return [effect.laboratory];
    default:
      return [];
  }
}

function neededOrgs({ item, steps }: Bundle): Set<Hash> {
  const record = item.value;
  const needed = new Set([record.registrant, record.custodian, ...record.holds.flatMap((hold) => hold.by)]);
  if (record.offer !== null) needed.add(record.offer.receiver);
  for (const { event, tx } of steps) {
    for (const org of orgsOfEffect(event.effect)) needed.add(org);
    for (const slot of tx?.body.slots ?? []) needed.add(slot.org);
  }
  return needed;
}

function checkExactly(
  lists: readonly { have: readonly { id: Hash }[]; need: ReadonlySet<Hash>; what: string }[],
): void {
  for (const { have, need, what } of lists) {
    const there = new Set(have.map((one) => one.id));
    const missing = [...need].find((id) => !there.has(id));
    if (missing !== undefined) refuse('H9007', `find the record of ${what} ${missing}`);
  }
  for (const { have, need, what } of lists) {
    const surplus = have.find((one) => !need.has(one.id));
    if (surplus !== undefined) refuse('H9008', `use the record of ${what} ${surplus.id}: nothing names it`);
  }
}

function checkCode({ itemId, item, code, classes }: Bundle): void {
  const record = item.value;
  const itemClass = classes[0]?.value;
  if (itemClass === undefined || !codeIsOf(record.code, itemClass.code))
    refuse('H9046', 'match the code of the item with its class');
  const { count, head, latest } = code.value;
  const isSingle = record.previous === null && latest === itemId;
  const fits = isSingle ? count === 1n && head === hashPair('code-head', ZERO_HASH, itemId) : count > 1n;
  if (!fits) refuse('H9046', 'match the code record with the item');
}

/** Exactly the records that are needed, each fit for it. */
export function checkRecords(bundle: Bundle): void {
  const { steps, item } = bundle;
  const packs = new Set(steps.flatMap(({ event }) => (event.decision === null ? [] : [event.decision.pack])));
  const keys = new Set(steps.flatMap(({ tx }) => (tx === null ? [] : tx.body.slots.map((slot) => slot.key))));
  checkExactly([
    { have: bundle.classes, need: new Set([item.value.class]), what: 'class' },
    { have: bundle.packs, need: packs, what: 'policy pack' },
    { have: bundle.keys, need: keys, what: 'key' },
    { have: bundle.orgs, need: neededOrgs(bundle), what: 'organisation' },
  ]);
  for (const pack of bundle.packs) {
    if (!packIsSound(pack.value, pack.bytes.length))
      refuse('H9046', `use policy pack ${pack.id}: it contradicts itself`);
  }
  checkCode(bundle);
  for (const key of bundle.keys) {
    if (decompress(key.value.key) === null) refuse('H9046', `use key ${key.id}: it is no point of the curve`);
  }
}

// The records of the bundle: proved, exactly those that are needed, and fit for it (bundle.md, steps 4 and 8).
import { ZERO_HASH, type Hash } from './bytes.ts';
import { forEachHistory, historiesOf, type Bundle, type History } from './bundle.ts';
import { decompress } from './curve.ts';
import { AMOUNT_MOST, codeIsOf, itemCode } from './gs1.ts';
import { hashOf, hashPair } from './hash.ts';
import { once } from './memo.ts';
import { packIsSound } from './packcheck.ts';
import type { PolicyPack } from './pack.ts';
import type { Effect, ItemRecord, KeyRecord } from './records.ts';
import { unitsAround } from './related.ts';
import { refuse } from './refusal.ts';
import { jointRoot, leafOf, type Leaf } from './tree.ts';

const codeIdentity = once((item: ItemRecord) => hashOf('code', itemCode, item.code));

/** `proof` leads from all records to the state of the header. */
export function checkProof(bundle: Bundle): void {
  const leaves: Leaf[] = [
    ...historiesOf(bundle).map(({ item }) => leafOf('item', item.id, item.bytes)),
    leafOf('code', codeIdentity(bundle.main.item.value), bundle.code.bytes),
    ...bundle.classes.map((one) => leafOf('class', one.id, one.bytes)),
    ...bundle.packs.map((one) => leafOf('pack', one.id, one.bytes)),
    ...bundle.keys.map((one) => leafOf('key', one.id, one.bytes)),
    ...bundle.orgs.map((one) => leafOf('org', one.id, one.bytes)),
  ];
  if (jointRoot(leaves, bundle.proof) !== bundle.anchor.tip.header.state) {
    refuse('H9040', 'prove the records of the bundle');
  }
}

export function isBalanced({ registered, onHand, used, derived, wasted, lost, disposed }: ItemRecord): boolean {
  const parts = [onHand, used, derived, wasted, lost, disposed];
  const sum = parts.reduce((total, part) => total + part.amount, 0n);
  return sum === registered.amount && sum <= AMOUNT_MOST && parts.every((part) => part.unit === registered.unit);
}

export function checkBalances(bundle: Bundle): void {
  forEachHistory(bundle, ({ item }) => {
    if (!isBalanced(item.value)) refuse('H9066', 'balance the quantities of the item');
  });
}

function orgsOfEffect(effect: Effect): readonly Hash[] {
  switch (effect.is) {
    case 'Registered':
    case 'Landed':
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

function addOrgs(needed: Set<Hash>, { item, steps }: History): void {
  const record = item.value;
  for (const org of [record.registrant, record.custodian, ...record.holds.flatMap((hold) => hold.by)]) needed.add(org);
  if (record.offer !== null) needed.add(record.offer.receiver);
  for (const { event, tx } of steps) {
    for (const org of orgsOfEffect(event.effect)) needed.add(org);
    for (const slot of tx?.body.slots ?? []) needed.add(slot.org);
  }
}

interface Needed {
  have: readonly { id: Hash }[];
  need: ReadonlySet<Hash>;
  what: string;
}

/** Of each list the least identity that is missing or too many. */
function checkExactly({ have, need, what }: Needed): void {
  const there = new Set(have.map((one) => one.id));
  const wrong = [...need].filter((id) => !there.has(id)).concat([...there].filter((id) => !need.has(id)));
  const [least] = wrong.sort();
  if (least === undefined) return;
  if (need.has(least)) refuse('H9007', `find the record of ${what} ${least}`);
  refuse('H9008', `use the record of ${what} ${least}: nothing names it`);
}

const UNITS_MOST = 4;

function checkCodes(bundle: Bundle): void {
  const classes = new Map(bundle.classes.map((one) => [one.id, one.value]));
  for (const { item } of historiesOf(bundle)) {
    const itemClass = classes.get(item.value.class);
    if (itemClass === undefined || !codeIsOf(item.value.code, itemClass.code))
      refuse('H9046', `match the code of item ${item.id} with its class`);
  }
  const units = unitsAround(bundle, bundle.main);
  if (units === null || units.length > UNITS_MOST) refuse('H9046', `find at most ${UNITS_MOST} units around the item`);
  const { id, value } = bundle.main.item;
  const { count, head, latest } = bundle.code.value;
  const isSingle = value.previous === null && latest === id;
  const fits = isSingle ? count === 1n && head === hashPair('code-head', ZERO_HASH, id) : count > 1n;
  if (!fits) refuse('H9046', 'match the code record with the item');
}

const sound = new WeakMap<PolicyPack, boolean>();

function isSound(pack: PolicyPack, size: number): boolean {
  const known = sound.get(pack) ?? packIsSound(pack, size);
  sound.set(pack, known);
  return known;
}

/** Exactly the records that are needed, each fit for it. */
export function checkRecords(bundle: Bundle): void {
  const histories = historiesOf(bundle);
  const steps = histories.flatMap((one) => one.steps);
  const orgs = new Set<Hash>();
  for (const history of histories) addOrgs(orgs, history);
  const packs = new Set(steps.flatMap(({ event }) => (event.decision === null ? [] : [event.decision.pack])));
  const keys = new Set(steps.flatMap(({ tx }) => (tx === null ? [] : tx.body.slots.map((slot) => slot.key))));
  const classes = new Set(histories.map(({ item }) => item.value.class));
  checkExactly({ have: bundle.keys, need: keys, what: 'key' });
  checkExactly({ have: bundle.orgs, need: orgs, what: 'organisation' });
  checkExactly({ have: bundle.packs, need: packs, what: 'policy pack' });
  checkExactly({ have: bundle.classes, need: classes, what: 'class' });
  for (const pack of bundle.packs) {
    if (!isSound(pack.value, pack.bytes.length)) refuse('H9046', `use policy pack ${pack.id}: it contradicts itself`);
  }
  checkCodes(bundle);
}

const isPoint = once((key: KeyRecord) => decompress(key.key) !== null);

export function checkPoints({ keys }: Bundle): void {
  for (const key of keys) {
    if (!isPoint(key.value)) refuse('H9046', `use key ${key.id}: it is no point of the curve`);
  }
}

// The item record as the sum of its events (bundle.md, "Replay"; steps 5 and 7).
import { encode, fromHex, ZERO_HASH, equalBytes, type Hash } from './bytes.ts';
import { forEachHistory, type Bundle, type History, type Step } from './bundle.ts';
import { u64 } from './codec.ts';
import { AMOUNT_MOST, itemCode, type Quantity } from './gs1.ts';
import { hashOf, hashPair, taggedHex } from './hash.ts';
import { once } from './memo.ts';
import {
  itemRecord,
  type Effect,
  type Event,
  type Header,
  type Inside,
  type ItemRecord,
  type Stamp,
  type State,
} from './records.ts';
import { refuse } from './refusal.ts';

/** Why an effect does not fit the record before it. */
class Misfit extends Error {}

function need(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Misfit(what);
}

const LINKS_MOST = 64;
const HOLDS_MOST = 16;
const HOLDERS_MOST = 8;
const U32_MOST = 0xffff_ffff;

/** What the open events of an item make. */
export interface Life {
  /** The record before each event, by its place in the file; none before the first. */
  before: (ItemRecord | null)[];
  /** The head after each event, by its number. */
  heads: Hash[];
  last: ItemRecord | null;
}

export interface Replayed {
  of(history: History): Life;
}

type Bucket = 'onHand' | 'used' | 'derived' | 'wasted' | 'lost' | 'disposed';

/** What lands is at no premises that are known here, under no permit, and has no private fields here. */
const NOWHERE = { place: null, grant: null, private: null };

function emptyInside(): Inside {
  return {
    items: 0,
    depth: 0,
    held: 0,
    researchOnly: 0,
    hgr: 0,
    level0: 0,
    level1: 0,
    level2: 0,
    level3: 0,
    level4: 0,
  };
}

type FirstEffect = Extract<Effect, { is: 'Registered' | 'Landed' }>;

function stateOfFirst(event: Event, effect: FirstEffect): State {
  if (effect.is === 'Landed') return effect.state;
  if (event.cause.is === 'Genesis') return 'released';
  return effect.origin !== null || effect.code.is === 'Unit' ? 'stored' : 'registered';
}

function open(event: Event, effect: FirstEffect): ItemRecord {
  const nothing: Quantity = { amount: 0n, unit: effect.quantity.unit };
  const isUnit = effect.code.is === 'Unit';
  const state = stateOfFirst(event, effect);
  const { place, grant, private: root } = effect.is === 'Landed' ? NOWHERE : effect;
  return {
    class: effect.class,
    code: effect.code,
    registrant: effect.custodian,
    custodian: effect.custodian,
    state,
    registered: effect.quantity,
    onHand: effect.quantity,
    used: nothing,
    derived: nothing,
    wasted: nothing,
    lost: nothing,
    disposed: nothing,
    purpose: effect.purpose,
    marks: effect.marks,
    place,
    quarantined: false,
    grant,
    excursions: 0,
    holds: [],
    container: null,
    inside: isUnit ? emptyInside() : null,
    count: 0n,
    head: ZERO_HASH,
    custodySeq: 0n,
    trail: ZERO_HASH,
    offer: null,
    previous: effect.previous,
    private: root,
  };
}

function move(item: ItemRecord, from: Bucket, to: Bucket, amount: bigint): void {
  need(amount <= item[from].amount, `more than is ${from}`);
  need(item[from].unit === item[to].unit, 'another unit');
  const sum = item[to].amount + amount;
  need(sum <= AMOUNT_MOST, 'an amount is too large');
  item[from] = { ...item[from], amount: item[from].amount - amount };
  item[to] = { ...item[to], amount: sum };
}

function moveAll(item: ItemRecord, from: Bucket, to: Bucket, quantity: Quantity): void {
  need(quantity.unit === item[from].unit, 'another unit');
  move(item, from, to, quantity.amount);
}

/** Takes from the first bucket, and what is beyond it from the second. */
function moveBoth(item: ItemRecord, first: Bucket, second: Bucket, to: Bucket, quantity: Quantity): void {
  need(quantity.unit === item[first].unit, 'another unit');
  const part = quantity.amount < item[first].amount ? quantity.amount : item[first].amount;
  move(item, first, to, part);
  move(item, second, to, quantity.amount - part);
}

function advance(item: ItemRecord, event: Event): void {
  need(event.cause.is === 'Tx', 'only a transaction moves custody');
  item.custodySeq += 1n;
  item.trail = taggedHex('trail', fromHex(item.trail), encode(u64, item.custodySeq), fromHex(event.cause.tx));
  item.offer = null;
}

function stateOfMove(before: State, as: Extract<Effect, { is: 'Moved' }>['as']): State {
  if (before === 'waste' || before === 'waste-in-transit') return 'waste-in-transit';
  if (before === 'exited') return as === 'partner' ? 'received-abroad' : 'exited';
  return as === 'carrier' ? 'in-transit' : 'stored';
}

/** 1 to 8 organisations, strictly ascending. */
function agenciesOfHold(by: readonly Hash[]): boolean {
  return by.length >= 1 && by.length <= HOLDERS_MOST && by.every((org, i) => i === 0 || org > (by[i - 1] ?? org));
}

function fill(item: ItemRecord, effect: Extract<Effect, { is: 'Filled' }>): void {
  const now = item.inside;
  need(now !== null, 'this is no unit');
  const by = effect.inside;
  const add = (name: Exclude<keyof Inside, 'depth'>): number => {
    const value = effect.more ? now[name] + by[name] : now[name] - by[name];
    need(value >= 0 && value <= U32_MOST, `the count of ${name} inside`);
    return value;
  };
  const items = add('items');
  item.inside = {
    items,
    depth: effect.more ? Math.max(now.depth, by.depth) : items === 0 ? 0 : now.depth,
    held: add('held'),
    researchOnly: add('researchOnly'),
    hgr: add('hgr'),
    level0: add('level0'),
    level1: add('level1'),
    level2: add('level2'),
    level3: add('level3'),
    level4: add('level4'),
  };
}

/** Quantities that move, and the state that what is left gives. */
function applyQuantity(item: ItemRecord, event: Event, effect: QuantityEffect): void {
  switch (effect.is) {
    case 'Used':
      moveAll(item, 'onHand', 'used', effect.quantity);
      if (item.onHand.amount > 0n) item.state = 'in-use';
      else item.state = item.wasted.amount > 0n ? 'waste' : 'consumed';
      break;
    case 'Derived':
      moveAll(item, 'onHand', 'derived', effect.quantity);
      if (item.onHand.amount === 0n) item.state = item.wasted.amount > 0n ? 'waste' : 'derived';
      break;
    case 'Wasted':
      moveAll(item, 'onHand', 'wasted', effect.quantity);
      if (item.onHand.amount === 0n) item.state = 'waste';
      break;
    case 'Lost': {
      const hadOnHand = item.onHand.amount > 0n;
      moveBoth(item, 'onHand', 'wasted', 'lost', effect.quantity);
      if (item.onHand.amount > 0n) break;
      if (item.wasted.amount === 0n) item.state = 'lost';
      else if (hadOnHand) item.state = 'waste';
      break;
    }
    case 'Disposed':
      moveBoth(item, 'wasted', 'onHand', 'disposed', effect.quantity);
      if (item.onHand.amount === 0n && item.wasted.amount === 0n) item.state = 'disposed';
      break;
    case 'Corrected':
      moveAll(item, effect.bucket, 'onHand', effect.quantity);
      if (item.state === 'waste' || item.state === 'consumed' || item.state === 'lost') item.state = 'stored';
      break;
    case 'Destroyed':
      move(item, 'onHand', 'disposed', item.onHand.amount);
      item.state = 'destroyed';
      break;
    case 'Reported':
      moveAll(item, 'onHand', 'used', effect.used);
      moveAll(item, 'onHand', 'disposed', effect.disposed);
      if (effect.last) item.state = 'final-use-reported';
      break;
  }
  advance(item, event);
}

const QUANTITY_EFFECTS = [
  'Used',
  'Derived',
  'Wasted',
  'Lost',
  'Disposed',
  'Corrected',
  'Destroyed',
  'Reported',
] as const;
type QuantityEffect = Extract<Effect, { is: (typeof QUANTITY_EFFECTS)[number] }>;

function movesQuantity(effect: Effect): effect is QuantityEffect {
  return (QUANTITY_EFFECTS as readonly string[]).includes(effect.is);
}

const CUSTODY_EFFECTS = [
  'Offered',
  'Moved',
  'OfferRefused',
  'OfferWithdrawn',
  'HoldPlaced',
  'HoldLifted',
  'Packed',
  'Unpacked',
  'Filled',
  'Departed',
] as const;
type CustodyEffect = Extract<Effect, { is: (typeof CUSTODY_EFFECTS)[number] }>;

function movesCustody(effect: Effect): effect is CustodyEffect {
  return (CUSTODY_EFFECTS as readonly string[]).includes(effect.is);
}

function applyCustody(item: ItemRecord, event: Event, effect: CustodyEffect): void {
  switch (effect.is) {
    case 'Offered':
      item.offer = effect.offer;
      return;
    case 'Moved':
      need(
        item.custodian === effect.from && effect.from !== effect.to,
        'it does not move from its custodian to another',
      );
      item.custodian = effect.to;
      item.place = effect.place;
      item.quarantined = false;
      item.state = stateOfMove(item.state, effect.as);
      return advance(item, event);
    case 'OfferRefused':
    case 'OfferWithdrawn':
      need(item.offer !== null && item.offer.terms === effect.terms, 'no such offer waits');
      item.offer = null;
      return;
    case 'HoldPlaced':
      need(item.holds.length < HOLDS_MOST && agenciesOfHold(effect.by), 'such a hold cannot be placed');
      item.holds = [...item.holds, { by: effect.by, placed: event.n, reason: effect.reason }];
      return;
    case 'HoldLifted': {
      const at = item.holds.findIndex((hold) => hold.placed === effect.placed);
      need(at >= 0 && agenciesOfHold(effect.by), 'there is no such hold');
      item.holds = item.holds.filter((_, i) => i !== at);
      return;
    }
    case 'Packed':
      need(item.container === null, 'it is in a unit already');
      item.container = effect.packed;
      return advance(item, event);
    case 'Unpacked':
      need(item.container !== null && item.container.unit === effect.unit, 'it is not in this unit');
      item.container = null;
      item.custodian = effect.custodian;
      item.place = effect.place;
      item.state = effect.state;
      return advance(item, event);
    case 'Filled':
      fill(item, effect);
      if (effect.inside.items !== 0) advance(item, event);
      return;
    case 'Departed':
      item.place = null;
      item.state = 'departed';
      return advance(item, event);
  }
}

type PlainEffect = Exclude<Effect, QuantityEffect | CustodyEffect | { is: 'Registered' | 'Landed' }>;

const STATE_OF_RESULT = {
  passed: 'inspected',
  'test-pending': 'test-pending',
  failed: 'failed',
  exempt: 'inspection-exempt',
} as const;

function applyPlain(item: ItemRecord, effect: PlainEffect): void {
  switch (effect.is) {
    case 'Declared':
      if (effect.researchOnly) item.marks = { ...item.marks, researchOnly: true };
      item.state = effect.exempt ? 'declaration-exempt' : 'declared';
      return;
    case 'Inspected':
      item.state = STATE_OF_RESULT[effect.result];
      return;
    case 'Tested':
      item.state = effect.passed ? 'inspected' : 'failed';
      return;
    case 'Released':
      item.state = 'released';
      return;
    case 'Assigned':
      item.grant = effect.grant;
      if (['registered', 'released', 'stored', 'in-use'].includes(item.state)) item.state = 'permitted';
      return;
    case 'Arrived':
      item.state = 'at-port';
      return;
    case 'InspectionOrdered':
      item.place = effect.premises;
      item.state = 'inspecting';
      return;
    case 'Returned':
      item.place = null;
      item.state = 'returned';
      return;
    case 'Exited':
      item.place = null;
      item.state = 'exited';
      return;
    case 'Stored':
      item.place = effect.premises;
      item.quarantined = effect.quarantine;
      item.state = 'stored';
      return;
    case 'Noted':
      if (effect.excursion) item.excursions += 1;
      need(item.excursions <= U32_MOST, 'too many excursions');
      return;
  }
}

/** The record after an event. */
export function apply(before: ItemRecord | null, step: Step, network: Hash): ItemRecord {
  const { event } = step;
  const { effect } = event;
  need(event.links.length <= LINKS_MOST, 'it has too many links');
  let item: ItemRecord;
  if (effect.is === 'Registered' || effect.is === 'Landed') {
    need(before === null, 'it is registered twice');
    item = open(event, effect);
    item.head = taggedHex('event-head-zero', fromHex(network), fromHex(event.item));
    item.trail = taggedHex('trail-zero', fromHex(event.item));
  } else {
    need(before !== null, 'it is not registered first');
    item = { ...before };
    if (movesQuantity(effect)) applyQuantity(item, event, effect);
    else if (movesCustody(effect)) applyCustody(item, event, effect);
    else applyPlain(item, effect);
  }
  need(item.state === event.state, `its state would be ${item.state}`);
  item.count = event.n;
  item.head = hashPair('event-head', item.head, step.hash);
  return item;
}

/** In order, each is of this item and has the number that is due; all together are as many as the record counts. */
function checkNumbers({ item, steps, later }: History): void {
  const present = new Set(steps.map(({ event }) => event.n));
  steps.forEach(({ event }, i) => {
    const due = BigInt(i + 1);
    const { n } = event;
    if (event.item !== item.id) refuse('H9062', `read event ${n}: it is of another item`, n);
    if (n === due) return;
    if (n > due && !present.has(due)) refuse('H9060', `find event ${due}: incomplete at event ${due}`, due);
    refuse('H9061', `read event ${n} at its place`, n);
  });
  if (steps.length === 0) refuse('H9060', 'find event 1: incomplete at event 1', 1n);
  const there = BigInt(steps.length + later.length);
  const { count } = item.value;
  if (there < count) refuse('H9060', `find event ${there + 1n} of ${count}: incomplete`, there + 1n);
  if (there > count) refuse('H9061', `read event ${there}: there are ${count}`, there);
}

/** The header is held to be the last event. */
function checkTimes({ steps }: History, last: Header): void {
  steps.forEach(({ event }, i) => {
    const { height } = event.at;
    const fail = (): never => refuse('H9065', `take the time of event ${event.n}`, event.n);
    const isGenesis = event.cause.is === 'Genesis';
    if ((height === 0n) !== isGenesis) fail();
    // Only a test network begins with items.
    if (isGenesis && !last.test) fail();
    if (!follows(event.at, last)) fail();
    const before = steps[i - 1]?.event.at;
    if (before !== undefined && !follows(before, event.at)) fail();
  });
}

/** Neither runs backwards, one height has one time, a greater height a later one, or after height 0 the same. */
function follows(before: Stamp, after: Stamp): boolean {
  if (after.height < before.height || after.time < before.time) return false;
  if (after.height === before.height) return after.time === before.time;
  return after.time > before.time || before.height === 0n;
}

function checkCauses({ steps }: History): void {
  const seen = new Set<Hash>();
  steps.forEach(({ event }, i) => {
    if (event.cause.is === 'Genesis') {
      if (i > 0) refuse('H9068', `take the cause of event ${event.n}: genesis causes the first alone`, event.n);
      return;
    }
    if (seen.has(event.cause.tx)) refuse('H9068', `take the cause of event ${event.n} a second time`, event.n);
    seen.add(event.cause.tx);
  });
}

const lastOf = once((_: Event): { before: ItemRecord | null; network: Hash; after: ItemRecord }[] => []);

/** What an event makes of a record; known where the same event came upon the same record before. */
function applied(before: ItemRecord | null, step: Step, network: Hash): ItemRecord {
  const known = lastOf(step.event);
  const [last] = known;
  if (last !== undefined && last.before === before && last.network === network) return last.after;
  const after = apply(before, step, network);
  known[0] = { before, network, after };
  return after;
}

const encoded = once((item: ItemRecord) => encode(itemRecord, item));

function run({ steps }: History, network: Hash): Life {
  const before: (ItemRecord | null)[] = [];
  const heads: Hash[] = [ZERO_HASH];
  let item: ItemRecord | null = null;
  for (const step of steps) {
    before.push(item);
    try {
      item = applied(item, step, network);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      refuse('H9063', `apply event ${step.event.n}: ${error.message}`, step.event.n);
    }
    heads.push(item.head);
  }
  return { before, heads, last: item };
}

/** What no event changes. */
function agree(a: ItemRecord, b: ItemRecord): boolean {
  return (
    a.class === b.class &&
    hashOf('code', itemCode, a.code) === hashOf('code', itemCode, b.code) &&
    a.registrant === b.registrant &&
    a.registered.amount === b.registered.amount &&
    a.registered.unit === b.registered.unit &&
    a.previous === b.previous &&
    a.private === b.private &&
    a.marks.hgr === b.marks.hgr &&
    (a.inside === null) === (b.inside === null)
  );
}

function checkOutcome({ item, later }: History, last: ItemRecord | null): void {
  const arrives = (): boolean => {
    if (last === null) return false;
    if (later.length === 0) return equalBytes(encoded(last), item.bytes);
    const head = later.reduce((before, event) => hashPair('event-head', before, event), last.head);
    return head === item.value.head && agree(last, item.value);
  };
  if (!arrives()) refuse('H9064', 'arrive at the certified record by the events of the bundle');
}

export function replay(bundle: Bundle): Replayed {
  const { header } = bundle.anchor.tip;
  const lives = new Map<History, Life>();
  forEachHistory(bundle, (history) => {
    checkNumbers(history);
    const life = run(history, header.network);
    checkOutcome(history, life.last);
    checkTimes(history, header);
    checkCauses(history);
    lives.set(history, life);
  });
  return { of: (history) => lives.get(history) ?? { before: [], heads: [], last: null } };
}

/** A transaction is there exactly where the cause is one, and is that one. */
export function checkTransactions(bundle: Bundle): void {
  forEachHistory(bundle, ({ steps }) => {
    for (const { event, tx } of steps) {
      if ((tx === null) !== (event.cause.is === 'Genesis')) {
        refuse('H9080', `find the transaction of event ${event.n}`, event.n);
      }
      if (tx !== null && event.cause.is === 'Tx' && tx.id !== event.cause.tx) {
        refuse('H9081', `match the transaction with the cause of event ${event.n}`, event.n);
      }
    }
  });
}

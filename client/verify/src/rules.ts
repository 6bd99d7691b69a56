// The table of acts (bundle.md, "Acts"): whether the item allows one, and the effect that follows.
import { encode, type Hash } from './bytes.ts';
import type { Transaction } from './bundle.ts';
import type { ItemCode, Quantity } from './gs1.ts';
import { hashOf } from './hash.ts';
import { terms as termsCodec, type Operation, type Point, type Terms } from './operations.ts';
import { arrived, landing, type Passage } from './passage.ts';
import type { Signer } from './policy.ts';
import {
  effect as effectCodec,
  type ClassRecord,
  type Effect,
  type Event,
  type ItemRecord,
  type OrgRecord,
  type State,
} from './records.ts';

export interface Act {
  event: Event;
  op: Operation;
  tx: Transaction;
  before: ItemRecord | null;
  principal: Hash;
  signers: readonly Signer[];
  orgs: ReadonlyMap<Hash, OrgRecord>;
  itemClass: ClassRecord;
}

type NoteOf = Extract<Operation, { is: 'note' }>['note'];

/** A hold on something inside a unit, of which the unit is told. */
export function isHoldInside(op: Operation, event: Event): boolean {
  return (op.is === 'place-hold' || op.is === 'lift-hold') && event.effect.is === 'Filled' && op.item !== event.item;
}

const FREE: readonly State[] = ['released', 'stored', 'in-use'];
const BORDER: readonly State[] = [
  'declared',
  'declaration-exempt',
  'at-port',
  'inspecting',
  'test-pending',
  'inspection-exempt',
  'inspected',
  'failed',
];
const HANDED: readonly State[] = ['in-transit', 'waste', 'waste-in-transit', 'exited', ...FREE];
const LIVE: readonly State[] = [
  'registered',
  'permitted',
  'in-transit',
  'waste',
  'waste-in-transit',
  'exited',
  'received-abroad',
  ...BORDER,
  ...FREE,
];

/** States before, and the flags of the table: C, H, P, U. */
interface Row {
  states: readonly State[] | 'any';
  flags: string;
}

const ROWS: Readonly<Partial<Record<Operation['is'], Row>>> = {
  assign: { states: ['registered', 'permitted', ...FREE], flags: 'C' },
  declare: { states: ['registered', 'permitted'], flags: 'C' },
  arrive: { states: ['declared'], flags: '' },
  'order-inspection': { states: ['declared', 'at-port'], flags: '' },
  inspect: { states: ['declared', 'at-port', 'inspecting', 'test-pending'], flags: '' },
  test: { states: ['test-pending'], flags: '' },
  release: { states: ['inspected', 'inspection-exempt', 'declaration-exempt'], flags: '' },
  return: { states: BORDER, flags: '' },
  destroy: { states: BORDER, flags: 'H' },
  exit: { states: ['released', 'in-transit', 'stored'], flags: 'P' },
  offer: { states: HANDED, flags: 'CU' },
  handover: { states: HANDED, flags: 'CU' },
  accept: { states: HANDED, flags: 'U' },
  // What has departed allows nothing, whatever stands here.
  refuse: { states: 'any', flags: 'HPU' },
  withdraw: { states: 'any', flags: 'CHPU' },
  store: { states: ['released', 'in-transit', 'stored', 'in-use'], flags: 'CU' },
  use: { states: FREE, flags: 'C' },
  waste: { states: FREE, flags: 'C' },
  derive: { states: FREE, flags: 'C' },
  dispose: {
    states: [
      'declared',
      'at-port',
      'inspecting',
      'test-pending',
      'inspected',
      'failed',
      'in-transit',
      'waste',
      'waste-in-transit',
      ...FREE,
    ],
    flags: 'CHU',
  },
  lose: { states: ['in-transit', 'waste', 'waste-in-transit', 'exited', ...FREE], flags: 'C' },
  correct: { states: ['waste', 'consumed', 'lost', ...FREE], flags: 'C' },
  note: { states: LIVE, flags: 'HPU' },
  'place-hold': { states: LIVE, flags: 'HPU' },
  'lift-hold': { states: LIVE, flags: 'HPU' },
  pack: { states: ['released', 'stored', 'in-use', 'in-transit', 'exited'], flags: 'CU' },
  unpack: { states: LIVE, flags: 'HPU' },
  report: { states: ['received-abroad'], flags: 'C' },
  depart: { states: ['released', 'in-transit', 'stored'], flags: 'CU' },
};

const RESEARCH_PURPOSES: readonly string[] = ['unstated', 'research', 'testing', 'disposal'];
const SINGLE_UNITS = ['H87', 'C62', 'EA'];

function isOnePieceOrMore(code: ItemCode, quantity: Quantity): boolean {
  if (code.is === 'Lot' || code.is === 'Other') return quantity.amount > 0n;
  return quantity.amount === 1n && SINGLE_UNITS.includes(quantity.unit);
}

function allowsRegistration({ event, tx }: Act): boolean {
  const entry = tx.entry?.entry.body;
  if (entry === undefined || entry.is !== 'registration') return false;
  const { effect } = event;
  if (effect.is === 'Registered' && effect.marks.researchOnly && !RESEARCH_PURPOSES.includes(entry.purpose))
    return false;
  return isOnePieceOrMore(entry.code, entry.quantity);
}

function flagsHold(row: Row | undefined, item: ItemRecord, principal: Hash, isStoreInQuarantine: boolean): boolean {
  if (row === undefined) return false;
  if (row.states !== 'any' && !row.states.includes(item.state)) return false;
  if (row.flags.includes('C') && item.custodian !== principal) return false;
  if (!row.flags.includes('H') && !isStoreInQuarantine && item.holds.length > 0) return false;
  if (!row.flags.includes('P') && item.container !== null) return false;
  return row.flags.includes('U') || item.inside === null;
}

function atPoint(item: ItemRecord, point: Point): boolean {
  return point.seq === item.custodySeq && point.trail === item.trail;
}

function takes(item: ItemRecord, quantity: Quantity, most: bigint): boolean {
  return quantity.unit === item.onHand.unit && quantity.amount > 0n && quantity.amount <= most;
}

/** Waste and what has exited go to whom they may; what is for research only goes nowhere else. */
function goodsMayGo(item: ItemRecord, receiver: OrgRecord | undefined, purpose: Terms['purpose']): boolean {
  const kind = receiver?.kind.is;
  const isWaste = item.state === 'waste' || item.state === 'waste-in-transit';
  if (isWaste && kind !== 'carrier' && kind !== 'disposer') return false;
  if (item.state === 'exited' && kind !== 'carrier' && kind !== 'partner') return false;
  const researchOnly = item.marks.researchOnly || (item.inside?.researchOnly ?? 0) > 0;
  return !researchOnly || RESEARCH_PURPOSES.includes(purpose);
}

const TERMS_MS = 72n * 3_600_000n;

function termsHold({ tx, event, principal, orgs }: Act, item: ItemRecord, terms: Terms): boolean {
  return (
    terms.network === tx.body.network &&
    terms.item === event.item &&
    terms.giver === principal &&
    terms.receiver !== principal &&
    atPoint(item, terms.at) &&
    terms.expires > event.at.time &&
    terms.expires <= event.at.time + TERMS_MS &&
    goodsMayGo(item, orgs.get(terms.receiver), terms.purpose)
  );
}

function nothingInsideIsHeld(item: ItemRecord): boolean {
  return item.inside === null || item.inside.held === 0;
}

function offerWaits(item: ItemRecord, time: bigint): boolean {
  return item.offer !== null && item.offer.expires > time;
}

/** All organisations that sign, ascending. */
function allWhoSign(act: Act): Hash[] {
  return [...new Set(act.signers.map(({ slot }) => slot.org))].sort();
}

function allowsLift(act: Act, item: ItemRecord, placed: bigint): boolean {
  const hold = item.holds.find((one) => one.placed === placed);
  const signing = allWhoSign(act);
  return hold !== undefined && (signing.length >= 2 || hold.by.every((org) => signing.includes(org)));
}

const READING_AHEAD_MOST_MS = 600_000n;

/** What a note says of the item can be. */
function factCanBe(note: NoteOf, item: ItemRecord, time: bigint): boolean {
  if (note.is === 'self-check') return note.counted.unit === item.onHand.unit;
  if (note.is !== 'telemetry') return true;
  return note.from <= note.to && note.to <= time + READING_AHEAD_MOST_MS && note.min <= note.max;
}

function allowsNote(act: Act, item: ItemRecord, note: NoteOf): boolean {
  if (!factCanBe(note, item, act.event.at.time)) return false;
  if (item.container !== null) return true;
  return act.principal === item.custodian || act.signers.every(({ slot }) => slot.role !== 'custodian');
}

function allowsReport({ tx }: Act, item: ItemRecord): boolean {
  const usage = tx.entry?.entry.body;
  if (usage === undefined || usage.is !== 'usage') return false;
  const all = [usage.used, usage.disposed, usage.left];
  if (all.some((one) => one.unit !== item.onHand.unit)) return false;
  return usage.used.amount + usage.disposed.amount + usage.left.amount === item.onHand.amount;
}

const HOLDS_MOST = 16;
const EVENTS_MOST = 19_000;
const EVENTS_OF_TALK_MOST = 10_000;
const WITHOUT_BOUND: readonly Operation['is'][] = [
  'place-hold',
  'lift-hold',
  'dispose',
  'destroy',
  'return',
  'report',
  'depart',
];
const TALK: readonly Operation['is'][] = ['note', 'offer', 'withdraw', 'refuse', 'store', 'correct'];

/** Whether the history of the item is short enough for an act like this. */
function hasRoom({ is }: Operation, { count }: ItemRecord): boolean {
  if (WITHOUT_BOUND.includes(is)) return true;
  return count < BigInt(TALK.includes(is) ? EVENTS_OF_TALK_MOST : EVENTS_MOST);
}

/** Nothing is in it, none of it waits as waste, and it is not in quarantine. */
function isWhole(item: ItemRecord): boolean {
  return !item.quarantined && item.wasted.amount === 0n && (item.inside === null || item.inside.items === 0);
}

/** What lands belongs to whoever held it there; an agency may land it for him. */
function allowsLanding({ tx, signers, principal }: Act, passage: Passage): boolean {
  const found = arrived(passage, tx.body.network);
  if (found === null) return false;
  return principal === found.departure.by || signers.every(({ slot }) => slot.role !== 'custodian');
}

/** What the table asks beyond states and flags. */
function allowsMore(act: Act, item: ItemRecord): boolean {
  const { op, event, principal } = act;
  const { time } = event.at;
  switch (op.is) {
    case 'order-inspection':
      return op.premises === null || act.signers.some(({ slot }) => slot.org === item.custodian);
    case 'offer':
      return termsHold(act, item, op.terms) && nothingInsideIsHeld(item) && !offerWaits(item, time);
    case 'handover':
      return termsHold(act, item, op.terms) && nothingInsideIsHeld(item);
    case 'accept':
      return (
        item.offer !== null &&
        item.offer.terms === op.terms &&
        item.offer.receiver === principal &&
        offerWaits(item, time) &&
        atPoint(item, op.at) &&
        nothingInsideIsHeld(item) &&
        goodsMayGo(item, act.orgs.get(principal), item.offer.purpose)
      );
    case 'refuse':
      return item.offer !== null && item.offer.terms === op.terms && item.offer.receiver === principal;
    case 'withdraw':
      return item.offer !== null && item.offer.terms === op.terms;
    case 'use':
    case 'waste':
      return atPoint(item, op.at) && takes(item, op.quantity, item.onHand.amount);
    case 'dispose':
    case 'lose': {
      const isEmpty = op.is === 'lose' || item.inside === null || item.inside.items === 0;
      return atPoint(item, op.at) && takes(item, op.quantity, item.onHand.amount + item.wasted.amount) && isEmpty;
    }
    case 'correct':
      return (
        atPoint(item, op.at) && takes(item, op.quantity, item[op.bucket].amount) && op.event >= 1n && op.event < event.n
      );
    case 'note':
      return allowsNote(act, item, op.note);
    case 'place-hold':
      return item.holds.length < HOLDS_MOST;
    case 'lift-hold':
      return allowsLift(act, item, op.placed);
    case 'derive': {
      const input = op.inputs.find((one) => one.item === event.item);
      if (input === undefined || !atPoint(item, input.at)) return false;
      if (op.kind === 'merge' && input.quantity.amount !== item.onHand.amount) return false;
      return takes(item, input.quantity, item.onHand.amount);
    }
    case 'unpack':
      return item.container !== null && item.container.unit === op.unit;
    case 'report':
      return allowsReport(act, item);
    case 'depart':
      return atPoint(item, op.at) && isWhole(item) && !offerWaits(item, time);
    default:
      return true;
  }
}

/** The unit into which, or out of which, things are packed. */
function allowsUnit({ op, principal }: Act, item: ItemRecord): boolean {
  if (op.is !== 'pack' && op.is !== 'unpack') return false;
  if (item.inside === null || !atPoint(item, op.at)) return false;
  if (item.custodian !== principal || item.container !== null) return false;
  return flagsHold(ROWS[op.is], item, principal, false);
}

export function allows(act: Act): boolean {
  const { op, before, event, tx, principal } = act;
  if (op.is === 'register' || (op.is === 'derive' && tx.entry !== null)) return allowsRegistration(act);
  // What is here has not landed, and what lands makes no other event: no effect follows.
  if (op.is === 'land') return before !== null || event.effect.is !== 'Landed' || allowsLanding(act, op.passage);
  // An act on what is not registered has no effect that could follow.
  if (before === null) return true;
  if (isHoldInside(op, event)) return before.inside !== null;
  if (before.state === 'departed') return false;
  if (!hasRoom(op, before)) return false;
  if ((op.is === 'pack' || op.is === 'unpack') && op.unit === event.item) return allowsUnit(act, before);
  const isStoreInQuarantine = op.is === 'store' && op.quarantine;
  return flagsHold(ROWS[op.is], before, principal, isStoreInQuarantine) && allowsMore(act, before);
}

function kindOfReceiver(org: OrgRecord | undefined): Extract<Effect, { is: 'Moved' }>['as'] {
  const kind = org?.kind.is;
  return kind === 'carrier' || kind === 'disposer' || kind === 'partner' ? kind : 'holder';
}

function termsHash(terms: Terms): Hash {
  return hashOf('handover-terms', termsCodec, terms);
}

/** The registration that an entry makes; parts that rest on records elsewhere are taken as the event states them. */
function registration(act: Act, stated: Extract<Effect, { is: 'Registered' }>): Effect | null {
  const { op, tx, principal, itemClass } = act;
  const body = tx.entry?.entry.body;
  if (body === undefined || body.is !== 'registration') return null;
  const { class: of, code, quantity, purpose } = body;
  const { previous } = stated;
  const common = {
    is: 'Registered' as const,
    class: of,
    code,
    quantity,
    custodian: principal,
    previous,
    purpose,
    private: body.private,
  };
  if (op.is === 'register') {
    const marks = { hgr: itemClass.hgr, researchOnly: false };
    return { ...common, marks, origin: null, place: null, grant: null };
  }
  if (op.is !== 'derive') return null;
  const marks = { hgr: stated.marks.hgr || itemClass.hgr, researchOnly: stated.marks.researchOnly };
  const ofChild = marks.researchOnly ? 'research' : purpose;
  return { ...common, purpose: ofChild, marks, origin: op.kind, place: stated.place, grant: stated.grant };
}

function fillsUnit({ op, event }: Act): boolean {
  const { effect } = event;
  if (effect.is !== 'Filled') return false;
  const { inside } = effect;
  if (op.is === 'pack' || op.is === 'unpack')
    return effect.more === (op.is === 'pack') && inside.items >= op.list.count;
  const counts = Object.entries(inside).filter(([name]) => name !== 'held');
  return effect.more === (op.is === 'place-hold') && inside.held === 1 && counts.every(([, count]) => count === 0);
}

/** The effect of an act on border and law. */
function borderEffect(act: Act, stated: Effect, before: ItemRecord): Effect | null {
  const { op, principal } = act;
  switch (op.is) {
    case 'assign':
      return { is: 'Assigned', grant: op.grant };
    case 'declare':
      // Whether the white list cleared it rests on records that are not in the file.
      return stated.is === 'Declared' ? { ...stated, exempt: op.exempt } : null;
    case 'arrive':
      return { is: 'Arrived', port: op.port };
    case 'order-inspection':
      return { is: 'InspectionOrdered', premises: op.premises };
    case 'inspect':
      return { is: 'Inspected', result: op.result, video: op.video };
    case 'test':
      return { is: 'Tested', passed: op.passed, laboratory: principal, report: op.report };
    case 'release':
      return { is: 'Released', grant: before.grant };
    case 'return':
      return { is: 'Returned', reason: op.reason };
    case 'destroy':
      return { is: 'Destroyed', reason: op.reason };
    case 'exit':
      return { is: 'Exited', port: op.port };
    case 'place-hold':
      return { is: 'HoldPlaced', by: allWhoSign(act), reason: op.reason };
    case 'lift-hold':
      return { is: 'HoldLifted', by: allWhoSign(act), placed: op.placed };
    case 'report': {
      const usage = act.tx.entry?.entry.body;
      if (usage === undefined || usage.is !== 'usage') return null;
      const { used, disposed, left } = usage;
      return { is: 'Reported', used, disposed, last: op.last && left.amount === 0n };
    }
    default:
      return null;
  }
}

/** The effect of an act on custody and quantity. */
function custodyEffect(act: Act, stated: Effect, before: ItemRecord): Effect | null {
  const { op, principal, orgs } = act;
  switch (op.is) {
    case 'offer': {
      const { receiver, expires, purpose, premises } = op.terms;
      return { is: 'Offered', offer: { terms: termsHash(op.terms), receiver, expires, purpose, premises } };
    }
    case 'handover': {
      const { giver, receiver, premises } = op.terms;
      const as = kindOfReceiver(orgs.get(receiver));
      return { is: 'Moved', from: giver, to: receiver, terms: termsHash(op.terms), as, place: premises };
    }
    case 'accept': {
      const as = kindOfReceiver(orgs.get(principal));
      const place = before.offer?.premises ?? null;
      return { is: 'Moved', from: before.custodian, to: principal, terms: op.terms, as, place };
    }
    case 'refuse':
      return { is: 'OfferRefused', terms: op.terms };
    case 'withdraw':
      return { is: 'OfferWithdrawn', terms: op.terms };
    case 'store':
      return { is: 'Stored', premises: op.premises, quarantine: op.quarantine };
    case 'use':
      return { is: 'Used', quantity: op.quantity };
    case 'waste':
      return { is: 'Wasted', quantity: op.quantity };
    case 'dispose':
      return { is: 'Disposed', quantity: op.quantity };
    case 'lose':
      return { is: 'Lost', quantity: op.quantity, theft: op.theft };
    case 'correct': {
      const { event, bucket, quantity, reason } = op;
      return { is: 'Corrected', event, bucket, quantity, reason };
    }
    case 'note':
      return stated.is === 'Noted' ? { ...stated, note: op.note } : null;
    case 'derive': {
      const input = op.inputs.find((one) => one.item === act.event.item);
      return input === undefined ? null : { is: 'Derived', kind: op.kind, quantity: input.quantity };
    }
    case 'pack':
      return stated.is === 'Packed' ? { is: 'Packed', packed: { unit: op.unit, level: stated.packed.level } } : null;
    case 'unpack':
      return stated.is === 'Unpacked' ? { ...stated, unit: op.unit, custodian: principal } : null;
    case 'depart':
      return { is: 'Departed', to: op.to };
    default:
      return borderEffect(act, stated, before);
  }
}

export function effectFollows(act: Act): boolean {
  const { op, event, before, tx } = act;
  const stated = event.effect;
  if (isHoldInside(op, event)) return fillsUnit(act);
  if ((op.is === 'pack' || op.is === 'unpack') && op.unit === event.item) return fillsUnit(act);
  let expected: Effect | null;
  if (op.is === 'register' || (op.is === 'derive' && tx.entry !== null)) {
    expected = stated.is === 'Registered' ? registration(act, stated) : null;
  } else if (op.is === 'land') {
    const found = before === null ? arrived(op.passage, tx.body.network) : null;
    expected = found !== null && stated.is === 'Landed' ? landing(found, stated.previous, act.itemClass.hgr) : null;
  } else {
    expected = before === null ? null : custodyEffect(act, stated, before);
  }
  if (expected === null) return false;
  const [a, b] = [encode(effectCodec, stated), encode(effectCodec, expected)];
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

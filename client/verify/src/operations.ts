// Transactions (bundle.md, "Bytes": TxBody, operation, Terms, Entry, Field; ledger.md, "Operations").
import type { Hash, ValueOf } from './bytes.ts';
import { bool, hash, list, option, raw, struct, text, u16, u32, u64, u8, union, words } from './codec.ts';
import { gln, hsCode, itemCode, quantity } from './gs1.ts';
import { passage } from './passage.ts';
import { bucket, derivation, inspectionResult, note, purpose, role } from './records.ts';
import { application, classProfile, endReason, keyClaim, motion, orgProfile, verdictOnGrant } from './registry.ts';

export const entryList = struct({ count: u32, root: hash });
export type EntryList = ValueOf<typeof entryList>;
export const point = struct({ seq: u64, trail: hash });
export type Point = ValueOf<typeof point>;

export const terms = struct({
  network: hash,
  item: hash,
  at: point,
  giver: hash,
  receiver: hash,
  expires: u64,
  purpose,
  premises: option(gln),
  private: option(hash),
});
export type Terms = ValueOf<typeof terms>;

const reason = text(256);
const port = text(16);
const secret = option(hash);

export const operation = union({
  'register-org': [0, { profile: orgProfile }],
  'register-key': [1, { org: hash, claim: keyClaim }],
  'rotate-key': [2, { old: hash, claim: keyClaim }],
  'end-key': [3, { key: hash, end: endReason }],
  'register-node': [4, { org: hash, peer: hash, possession: raw(64) }],
  'end-node': [5, { peer: hash, end: endReason }],
  'register-class': [6, { profile: classProfile }],
  register: [7, { list: entryList }],
  declare: [8, { list: entryList, exempt: bool, private: secret }],
  inspect: [9, { list: entryList, result: inspectionResult, video: option(hash), private: secret }],
  release: [10, { list: entryList }],
  offer: [11, { terms }],
  accept: [12, { item: hash, terms: hash, at: point }],
  refuse: [13, { item: hash, terms: hash, reason }],
  withdraw: [14, { item: hash, terms: hash }],
  handover: [15, { terms }],
  use: [16, { item: hash, at: point, quantity, private: secret }],
  dispose: [17, { item: hash, at: point, quantity, private: secret }],
  'place-hold': [18, { item: hash, reason }],
  'lift-hold': [19, { item: hash, placed: u64 }],
  'assert-hs': [20, { class: hash, code: hsCode }],
  assign: [21, { list: entryList, grant: hash }],
  arrive: [22, { list: entryList, port }],
  'order-inspection': [23, { list: entryList, premises: option(gln) }],
  test: [24, { list: entryList, passed: bool, report: hash }],
  return: [25, { list: entryList, reason }],
  destroy: [26, { list: entryList, reason }],
  exit: [27, { list: entryList, port }],
  store: [28, { list: entryList, premises: gln, quarantine: bool }],
  waste: [29, { item: hash, at: point, quantity, private: secret }],
  lose: [30, { item: hash, at: point, quantity, theft: bool, private: secret }],
  correct: [31, { item: hash, at: point, event: u64, bucket, quantity, reason }],
  note: [32, { list: entryList, note }],
  derive: [33, { kind: derivation, inputs: list(struct({ item: hash, at: point, quantity })), list: entryList }],
  pack: [34, { unit: hash, at: point, list: entryList }],
  unpack: [35, { unit: hash, at: point, list: entryList }],
  apply: [36, { application }],
  pause: [37, { grant: hash, notice: hash }],
  resume: [38, { grant: hash }],
  decide: [39, { grant: hash, verdict: verdictOnGrant }],
  cancel: [40, { grant: hash, reason }],
  demand: [41, { debtors: list(hash), until: u64, about: option(hash), private: secret }],
  report: [42, { filing: hash, year: u16, quarter: u8, list: entryList, last: bool, private: secret }],
  answer: [43, { duty: hash, private: secret }],
  enact: [44, { motion }],
  propose: [45, { motion, until: u64 }],
  approve: [46, { proposal: hash }],
  retract: [47, { proposal: hash }],
  'close-alert': [48, { alert: hash, reason }],
  'advance-clock': [49, { ms: u64 }],
  anchor: [50, { documents: hash, count: u32 }],
  share: [51, { item: hash, with: hash, until: u64 }],
  'end-share': [52, { item: hash, with: hash }],
  'seal-key': [53, { org: hash, key: raw(32) }],
  depart: [54, { item: hash, at: point, to: hash }],
  land: [55, { passage }],
});
export type Operation = ValueOf<typeof operation>;

/** Acts in the order of their numbers, which are those of the operations. */
const ACTS: readonly Operation['is'][] = [
  'register-org',
  'register-key',
  'rotate-key',
  'end-key',
  'register-node',
  'end-node',
  'register-class',
  'register',
  'declare',
  'inspect',
  'release',
  'offer',
  'accept',
  'refuse',
  'withdraw',
  'handover',
  'use',
  'dispose',
  'place-hold',
  'lift-hold',
  'assert-hs',
  'assign',
  'arrive',
  'order-inspection',
  'test',
  'return',
  'destroy',
  'exit',
  'store',
  'waste',
  'lose',
  'correct',
  'note',
  'derive',
  'pack',
  'unpack',
  'apply',
  'pause',
  'resume',
  'decide',
  'cancel',
  'demand',
  'report',
  'answer',
  'enact',
  'propose',
  'approve',
  'retract',
  'close-alert',
  'advance-clock',
  'anchor',
  'share',
  'end-share',
  'seal-key',
  'depart',
  'land',
];

export const numberedActs = words(ACTS);

export function numberOf(op: Operation): number {
  return ACTS.indexOf(op.is);
}

export const slot = struct({ suite: words(['none', 'ed25519']), org: hash, key: hash, role });
export type Slot = ValueOf<typeof slot>;

export const txBody = struct({ network: hash, nonce: raw(16), expires: u64, slots: list(slot), operation });
export type TxBody = ValueOf<typeof txBody>;

export const signatures = list(raw(64));
export const path = list(raw(32));

export const entry = struct({
  salt: raw(16),
  body: union({
    registration: [0, { class: hash, code: itemCode, quantity, purpose, private: secret }],
    item: [1, { item: hash }],
    usage: [2, { item: hash, used: quantity, disposed: quantity, left: quantity }],
  }),
});
export type Entry = ValueOf<typeof entry>;

export const field = struct({ salt: raw(16), name: text(32), value: text(4096) });
export const personName = struct({ salt: raw(16), name: text(128) });

/** The list of an operation that has one. */
export function listOf(op: Operation): EntryList | null {
  return 'list' in op ? op.list : null;
}

/** The item that an operation without a list acts on: sharing it leaves no event. */
export function itemOf(op: Operation): Hash | null {
  if (op.is === 'share' || op.is === 'end-share') return null;
  if ('terms' in op && typeof op.terms === 'object') return op.terms.item;
  return 'item' in op ? op.item : null;
}

/** The root of the private fields of an operation or of its terms. */
export function privateOf(op: Operation): Hash | null {
  if ('terms' in op && typeof op.terms === 'object') return op.terms.private;
  return 'private' in op ? op.private : null;
}

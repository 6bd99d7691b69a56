// Types of the chain and of the state (bundle.md, "Bytes").
import { where, type Hash, type ValueOf } from './bytes.ts';
import { bool, hash, i32, list, option, raw, struct, text, u16, u32, u64, u8, union, words } from './codec.ts';
import { keyIsUsable } from './curve.ts';
import { classCode, gln, hsCode, itemCode, quantity } from './gs1.ts';
import { toHex } from './bytes.ts';
import { tagged } from './hash.ts';
import { once } from './memo.ts';

export const stamp = struct({ height: u64, time: u64 });
export type Stamp = ValueOf<typeof stamp>;

/** What a header says beside the sets of those who sign. */
export const headerParts = {
  version: u16,
  network: hash,
  test: bool,
  height: u64,
  round: u32,
  builder: hash,
  time: u64,
  parent: hash,
  txs: hash,
  results: hash,
  rest: hash,
  state: hash,
  history: hash,
};

export const header = struct({ ...headerParts, validators: hash, nextValidators: hash });
export type Header = ValueOf<typeof header>;

export const certificate = struct({
  height: u64,
  round: u32,
  block: hash,
  signatures: list(struct({ signer: hash, signature: raw(64) })),
});
export type Certificate = ValueOf<typeof certificate>;

export const seat = struct({ key: raw(32), org: hash, peer: hash });
export type Seat = ValueOf<typeof seat>;

export const keyIdentity = once((key: Uint8Array): Hash => toHex(tagged('key-id', key)));

const SEATS_MOST = 16;

export function seatsAreASet(seats: readonly Seat[]): boolean {
  if (seats.length < 1 || seats.length > SEATS_MOST) return false;
  const identities = seats.map((one) => keyIdentity(one.key));
  if (identities.some((id, i) => i > 0 && id <= (identities[i - 1] ?? ''))) return false;
  if (new Set(seats.map((one) => one.peer)).size !== seats.length) return false;
  return seats.every((one) => keyIsUsable(one.key));
}

export const signature = raw(64);

export const validatorSet = where(list(seat), seatsAreASet, 'these are no validators');
export type ValidatorSet = ValueOf<typeof validatorSet>;

export const vote = struct({
  network: hash,
  kind: words(['prevote', 'precommit']),
  height: u64,
  round: u32,
  signer: hash,
  block: option(hash),
});

export const proposal = struct({
  network: hash,
  height: u64,
  round: u32,
  polRound: option(u32),
  signer: hash,
  block: hash,
});

/** Two signed messages of one key. */
export const evidence = union({
  votes: [0, { a: vote, signatureA: raw(64), b: vote, signatureB: raw(64) }],
  proposals: [1, { a: proposal, signatureA: raw(64), b: proposal, signatureB: raw(64) }],
});
export type Evidence = ValueOf<typeof evidence>;

export const stateProof = struct({
  siblings: list(option(raw(32))),
  end: union({ leaf: [0, {}], empty: [1, {}], other: [2, { position: raw(32), value: raw(32) }] }),
});
export type StateProof = ValueOf<typeof stateProof>;

export const jointProof = struct({
  depths: list(u16),
  siblings: list(option(raw(32))),
});
export type JointProof = ValueOf<typeof jointProof>;

export const STATES = [
  'registered',
  'declared',
  'test-pending',
  'inspected',
  'failed',
  'released',
  'consumed',
  'disposed',
  'permitted',
  'declaration-exempt',
  'at-port',
  'inspecting',
  'inspection-exempt',
  'in-transit',
  'stored',
  'in-use',
  'waste',
  'waste-in-transit',
  'exited',
  'received-abroad',
  'final-use-reported',
  'derived',
  'returned',
  'destroyed',
  'lost',
  'departed',
] as const;
export type State = (typeof STATES)[number];
export const state = words(STATES);

export const purpose = words(['unstated', 'research', 'production', 'medical', 'testing', 'sale', 'disposal']);
export const CATEGORIES = ['micro-organism', 'human-tissue', 'biological-product', 'blood'] as const;
export const category = words(CATEGORIES);
export const agencyFunction = words([
  'customs',
  'science-technology',
  'health',
  'market-regulation',
  'commerce',
  'environment',
  'transport',
  'public-security',
]);
export const ROLES = [
  'custodian',
  'receiver',
  'declarant',
  'officer',
  'countersigner',
  'administrator',
  'project-lead',
  'tester',
  'expert',
  'laboratory',
  'joint',
  'delegate',
] as const;
export type Role = (typeof ROLES)[number];
export const role = words(ROLES);
export const roles = where(u16, (bits) => bits < 1 << ROLES.length, 'a role is unknown');

export const orgKind = union({
  agency: [0, { function: agencyFunction }],
  enterprise: [1, {}],
  carrier: [2, {}],
  laboratory: [3, {}],
  disposer: [4, {}],
  partner: [5, {}],
  observer: [6, {}],
  mechanism: [7, { mechanism: words(['district', 'joint']) }],
});
export type OrgKind = ValueOf<typeof orgKind>;

export const marks = struct({ hgr: bool, researchOnly: bool });
export const packed = struct({ unit: hash, level: u8 });
export const inside = struct({
  items: u32,
  depth: u8,
  held: u32,
  researchOnly: u32,
  hgr: u32,
  level0: u32,
  level1: u32,
  level2: u32,
  level3: u32,
  level4: u32,
});
export type Inside = ValueOf<typeof inside>;
export const pendingOffer = struct({
  terms: hash,
  receiver: hash,
  expires: u64,
  purpose,
  premises: option(gln),
});
export const hold = struct({ by: list(hash), placed: u64, reason: text(256) });

export const itemRecord = struct({
  class: hash,
  code: itemCode,
  registrant: hash,
  custodian: hash,
  state,
  registered: quantity,
  onHand: quantity,
  used: quantity,
  derived: quantity,
  wasted: quantity,
  lost: quantity,
  disposed: quantity,
  purpose,
  marks,
  place: option(gln),
  quarantined: bool,
  grant: option(hash),
  excursions: u32,
  holds: list(hold),
  container: option(packed),
  inside: option(inside),
  count: u64,
  head: hash,
  custodySeq: u64,
  trail: hash,
  offer: option(pendingOffer),
  previous: option(hash),
  private: option(hash),
});
export type ItemRecord = ValueOf<typeof itemRecord>;

export const codeRecord = struct({ count: u64, head: hash, latest: hash });
export type CodeRecord = ValueOf<typeof codeRecord>;

export const classRecord = struct({
  code: classCode,
  name: text(128),
  category,
  grade: text(8),
  hgr: bool,
  hs: list(struct({ code: hsCode, at: stamp, cause: option(hash) })),
  from: stamp,
  cause: option(hash),
});
export type ClassRecord = ValueOf<typeof classRecord>;

export const keyRecord = struct({
  key: raw(32),
  org: hash,
  person: hash,
  name: hash,
  roles,
  from: stamp,
  cause: option(hash),
  waits: option(u64),
  end: option(struct({ at: stamp, reason: words(['retired', 'compromised', 'banned']), cause: hash })),
});
export type KeyRecord = ValueOf<typeof keyRecord>;

export const orgIdentifier = struct({ scheme: text(16), value: text(64) });
export const orgRecord = struct({
  identifier: orgIdentifier,
  name: text(128),
  kind: orgKind,
  from: stamp,
  cause: option(hash),
  ban: option(struct({ from: u64, to: option(u64) })),
  left: option(stamp),
});
export type OrgRecord = ValueOf<typeof orgRecord>;

export const inspectionResult = words(['passed', 'test-pending', 'failed', 'exempt']);
export const receiverKind = words(['holder', 'carrier', 'disposer', 'partner']);
export const derivation = words(['split', 'merge', 'manufacture']);
export const bucket = words(['used', 'wasted', 'lost']);
export const note = union({
  'self-check': [0, { counted: quantity, report: hash }],
  telemetry: [
    1,
    {
      kind: words(['temperature', 'position']),
      root: hash,
      count: u32,
      from: u64,
      to: u64,
      min: i32,
      max: i32,
    },
  ],
  expert: [2, { report: hash }],
  document: [3, { root: hash }],
});

export const effect = union({
  Registered: [
    0,
    {
      class: hash,
      code: itemCode,
      quantity,
      custodian: hash,
      previous: option(hash),
      purpose,
      marks,
      origin: option(derivation),
      place: option(gln),
      grant: option(hash),
      private: option(hash),
    },
  ],
  Declared: [1, { exempt: bool, researchOnly: bool }],
  Inspected: [2, { result: inspectionResult, video: option(hash) }],
  Released: [3, { grant: option(hash) }],
  Offered: [4, { offer: pendingOffer }],
  Moved: [5, { from: hash, to: hash, terms: hash, as: receiverKind, place: option(gln) }],
  OfferRefused: [6, { terms: hash }],
  OfferWithdrawn: [7, { terms: hash }],
  Used: [8, { quantity }],
  Disposed: [9, { quantity }],
  HoldPlaced: [10, { by: list(hash), reason: text(256) }],
  HoldLifted: [11, { by: list(hash), placed: u64 }],
  Assigned: [12, { grant: hash }],
  Arrived: [13, { port: text(16) }],
  InspectionOrdered: [14, { premises: option(gln) }],
  Tested: [15, { passed: bool, laboratory: hash, report: hash }],
  Returned: [16, { reason: text(256) }],
  Destroyed: [17, { reason: text(256) }],
  Exited: [18, { port: text(16) }],
  Stored: [19, { premises: gln, quarantine: bool }],
  Wasted: [20, { quantity }],
  Lost: [21, { quantity, theft: bool }],
  Corrected: [22, { event: u64, bucket, quantity, reason: text(256) }],
  Noted: [23, { note, excursion: bool }],
  Derived: [24, { kind: derivation, quantity }],
  Packed: [25, { packed }],
  Unpacked: [26, { unit: hash, custodian: hash, state, place: option(gln) }],
  Filled: [27, { more: bool, inside }],
  Reported: [28, { used: quantity, disposed: quantity, last: bool }],
  Departed: [29, { to: hash }],
  Landed: [
    30,
    {
      from: hash,
      item: hash,
      count: u64,
      head: hash,
      class: hash,
      code: itemCode,
      quantity,
      custodian: hash,
      previous: option(hash),
      purpose,
      marks,
      state,
    },
  ],
});
export type Effect = ValueOf<typeof effect>;

export const decision = struct({
  pack: hash,
  version: u32,
  rule: u8,
  article: text(64),
  grounds: list(union({ entry: [0, { place: hash, n: u64 }], grant: [1, { grant: hash }] })),
});
export type Decision = ValueOf<typeof decision>;

export const event = struct({
  item: hash,
  n: u64,
  cause: union({ Genesis: [0, {}], Tx: [1, { tx: hash, index: u32 }] }),
  at: stamp,
  effect,
  state,
  decision: option(decision),
  links: list(struct({ item: hash, count: u64, head: hash })),
});
export type Event = ValueOf<typeof event>;

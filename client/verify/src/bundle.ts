// The bundle: from its JSON to decoded parts (bundle.md, step 1).
import { toHex, type Codec, type Hash } from './bytes.ts';
import { anchorShape, readAnchor, type Anchor } from './anchor.ts';
import { classCode } from './gs1.ts';
import { hashOf, hashOfPart } from './hash.ts';
import { bool, bytes, hex, listOf, nullable, object, text, u32, u64, type ShapeOf } from './json.ts';
import { once } from './memo.ts';
import * as ops from './operations.ts';
import { policyPack, type PolicyPack } from './pack.ts';
import { LIMITS, ascend, byId, read, readJson } from './reading.ts';
import * as rec from './records.ts';
import { Refusal, refuse } from './refusal.ts';

const EVENTS_MOST = 20_000;
const RECORDS_MOST = 4_096;
const RELATED_MOST = 1_024;
const PARTS_MOST = 64;
const HASH_BYTES = 32;

const names = listOf(text, PARTS_MOST);
const holdsShape = listOf(object({ by: names, placed: u64, reason: text }), PARTS_MOST);

const readableEvent = object({
  n: u64,
  kind: text,
  height: u64,
  time: text,
  actors: names,
  to: nullable(text),
  quantity: nullable(text),
  note: nullable(text),
  values: listOf(object({ name: text, value: text }), PARTS_MOST),
  links: listOf(hex, PARTS_MOST),
  state: text,
  decision: nullable(text),
});

const relatedShape = object({
  item_id: hex,
  item: text,
  as: text,
  class: text,
  custodian: nullable(text),
  state: text,
  registered: text,
  on_hand: text,
  holds: holdsShape,
  count: u64,
  events: listOf(readableEvent, EVENTS_MOST),
});

const readableShape = object({
  network: hex,
  test: bool,
  height: u64,
  time: text,
  item: text,
  registrations: u64,
  class: text,
  category: text,
  grade: text,
  hgr: bool,
  research_only: bool,
  hs: names,
  registrant: text,
  custodian: text,
  state: text,
  purpose: text,
  place: nullable(text),
  quarantined: bool,
  grant: nullable(hex),
  unit: nullable(hex),
  inside: nullable(object({ items: u64, depth: u64, held: u64, research_only: u64, hgr: u64, level: u64 })),
  excursions: u64,
  registered: text,
  on_hand: text,
  used: text,
  derived: text,
  wasted: text,
  lost: text,
  disposed: text,
  holds: holdsShape,
  offer: nullable(object({ receiver: text, expires: text, purpose: text, premises: nullable(text) })),
  events: listOf(readableEvent, EVENTS_MOST),
  related: listOf(relatedShape, RELATED_MOST),
  fields: listOf(object({ event: u64, name: text, value: text }), RECORDS_MOST),
  persons: listOf(object({ key: hex, name: text }), RECORDS_MOST),
});
export type Readable = ShapeOf<typeof readableShape>;
export type ReadableEvent = ShapeOf<typeof readableEvent>;
export type ReadableRelated = ShapeOf<typeof relatedShape>;

const stepShape = object({
  event: bytes,
  tx: nullable(
    object({
      body: bytes,
      signatures: bytes,
      entry: nullable(object({ index: u32, bytes, path: bytes })),
    }),
  ),
});
type RawStep = ShapeOf<typeof stepShape>;
const stepsShape = listOf(stepShape, EVENTS_MOST);

const bundleShape = object({
  schema: text,
  readable: readableShape,
  anchor: anchorShape,
  proof: bytes,
  item_id: hex,
  item: bytes,
  code: bytes,
  classes: listOf(bytes, PARTS_MOST),
  packs: listOf(bytes, PARTS_MOST),
  keys: listOf(bytes, RECORDS_MOST),
  orgs: listOf(bytes, RECORDS_MOST),
  events: stepsShape,
  children: bool,
  related: listOf(object({ item_id: hex, item: bytes, events: stepsShape, later: bytes }), RELATED_MOST),
  disclosures: object({
    fields: listOf(object({ event: u64, index: u32, count: u32, field: bytes, path: bytes }), RECORDS_MOST),
    persons: listOf(object({ key: hex, name: bytes }), RECORDS_MOST),
  }),
});
type RawBundle = ShapeOf<typeof bundleShape>;

/** A record with its identity and the bytes of which the state holds the hash. */
export interface Proved<T> {
  id: Hash;
  bytes: Uint8Array;
  value: T;
}

export interface Transaction {
  id: Hash;
  body: ops.TxBody;
  signatures: Uint8Array[];
  entry: { index: number; entry: ops.Entry; hash: Hash; path: Uint8Array[] } | null;
}

export interface Step {
  event: rec.Event;
  hash: Hash;
  tx: Transaction | null;
}

/** An item with its open events, and the hashes of those after them. */
export interface History {
  item: Proved<rec.ItemRecord>;
  steps: Step[];
  later: Hash[];
}

export interface OpenedField {
  event: bigint;
  index: number;
  count: number;
  hash: Hash;
  name: string;
  value: string;
  path: Uint8Array[];
}

export interface OpenedName {
  key: Hash;
  hash: Hash;
  name: string;
}

export interface Bundle {
  readable: Readable;
  anchor: Anchor;
  proof: rec.JointProof;
  main: History;
  /** Whether the items that were made out of this one are among the related ones. */
  children: boolean;
  related: History[];
  code: Proved<rec.CodeRecord>;
  classes: Proved<rec.ClassRecord>[];
  packs: Proved<PolicyPack>[];
  keys: Proved<rec.KeyRecord>[];
  orgs: Proved<rec.OrgRecord>[];
  fields: OpenedField[];
  persons: OpenedName[];
}

/** The item's history, then those of the related items. */
export function historiesOf(bundle: Bundle): History[] {
  return [bundle.main, ...bundle.related];
}

/** Runs a check for the item and each related one; a failure says of which related item it is. */
export function forEachHistory(bundle: Bundle, check: (history: History) => void): void {
  for (const history of historiesOf(bundle)) asOf(bundle, history, () => check(history));
}

/** What fails in here is of this history. */
export function asOf<T>(bundle: Bundle, history: History, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal && history !== bundle.main) error.item = history.item.id;
    throw error;
  }
}

function record<T>(codec: Codec<T>, bytes: Uint8Array, what: string, id: (value: T) => Hash): Proved<T> {
  const value = read(codec, bytes, LIMITS.record, what);
  return { id: id(value), bytes, value };
}

const classIdentity = once((value: rec.ClassRecord) => hashOf('class-id', classCode, value.code));
const keyIdentity = once((value: rec.KeyRecord) => rec.keyIdentity(value.key));
const orgIdentity = once((value: rec.OrgRecord) => hashOf('org-id', rec.orgIdentifier, value.identifier));

function transaction(raw: NonNullable<RawStep['tx']>): Transaction {
  const { entry } = raw;
  return {
    id: hashOfPart('tx-id', raw.body),
    body: read(ops.txBody, raw.body, LIMITS.body, 'a transaction'),
    signatures: read(ops.signatures, raw.signatures, LIMITS.signatures, 'signatures'),
    entry:
      entry === null
        ? null
        : {
            index: entry.index,
            entry: read(ops.entry, entry.bytes, LIMITS.entry, 'an entry'),
            hash: hashOfPart('entry', entry.bytes),
            path: read(ops.path, entry.path, LIMITS.path, 'a path'),
          },
  };
}

function step(raw: RawStep): Step {
  return {
    event: read(rec.event, raw.event, LIMITS.event, 'an event'),
    hash: hashOfPart('event', raw.event),
    tx: raw.tx === null ? null : transaction(raw.tx),
  };
}

function openedField(raw: RawBundle['disclosures']['fields'][number]): OpenedField {
  const { name, value } = read(ops.field, raw.field, LIMITS.opened, 'an opened field');
  const path = read(ops.path, raw.path, LIMITS.path, 'a path');
  const { event, index, count } = raw;
  return { event, index, count, hash: hashOfPart('field', raw.field), name, value, path };
}

function openedName(raw: RawBundle['disclosures']['persons'][number]): OpenedName {
  const { name } = read(ops.personName, raw.name, LIMITS.opened, 'an opened name');
  return { key: raw.key, hash: hashOfPart('person-name', raw.name), name };
}

function laterOf(raw: Uint8Array): Hash[] {
  if (raw.length > LIMITS.later || raw.length % HASH_BYTES !== 0) refuse('H9005', 'read the hashes of later events');
  return Array.from({ length: raw.length / HASH_BYTES }, (_, i) =>
    toHex(raw.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1))),
  );
}

/** How many events are decoded before whoever waits may look up. */
const SLICE = 256;

function* history(id: Hash, item: Uint8Array, raw: readonly RawStep[], later: Uint8Array): Generator<void, History> {
  const proved = record(rec.itemRecord, item, 'an item', () => id);
  const steps: Step[] = [];
  for (const one of raw) {
    steps.push(step(one));
    if (steps.length % SLICE === 0) yield;
  }
  return { item: proved, steps, later: laterOf(later) };
}

function sorted<T>(
  codec: Codec<T>,
  raw: readonly Uint8Array[],
  what: string,
  id: (value: T, bytes: Uint8Array) => Hash,
): Proved<T>[] {
  const records = raw.map((bytes) => record(codec, bytes, what, (value) => id(value, bytes)));
  ascend(records, byId, `the records of ${what}`);
  return records;
}

function checkOrder({ disclosures: { fields, persons }, related }: RawBundle): void {
  ascend(fields, (a, b) => a.event < b.event || (a.event === b.event && a.index < b.index), 'the opened fields');
  ascend(persons, (a, b) => a.key < b.key, 'the opened names');
  ascend(related, (a, b) => a.item_id < b.item_id, 'the related items');
}

const NOTHING = new Uint8Array(0);

function* decodeAll(raw: RawBundle): Generator<void, Bundle> {
  checkOrder(raw);
  const main = yield* history(raw.item_id, raw.item, raw.events, NOTHING);
  const related: History[] = [];
  for (const one of raw.related) related.push(yield* history(one.item_id, one.item, one.events, one.later));
  return {
    readable: raw.readable,
    main,
    children: raw.children,
    related,
    anchor: readAnchor(raw.anchor),
    proof: read(rec.jointProof, raw.proof, LIMITS.proof, 'the proof'),
    code: record(rec.codeRecord, raw.code, 'the code record', () => raw.item_id),
    classes: sorted(rec.classRecord, raw.classes, 'a class', classIdentity),
    packs: sorted(policyPack, raw.packs, 'a policy pack', (_, bytes) => hashOfPart('policy-pack', bytes)),
    keys: sorted(rec.keyRecord, raw.keys, 'a key', keyIdentity),
    orgs: sorted(rec.orgRecord, raw.orgs, 'an organisation', orgIdentity),
    fields: raw.disclosures.fields.map(openedField),
    persons: raw.disclosures.persons.map(openedName),
  };
}

export function* readBundle(source: string): Generator<void, Bundle> {
  const raw = readJson(source, bundleShape, 'hufu.bundle/1');
  const open = raw.related.reduce((sum, one) => sum + one.events.length, raw.events.length);
  if (open > EVENTS_MOST) refuse('H9003', `read more than ${EVENTS_MOST} events`);
  yield;
  return yield* decodeAll(raw);
}

// From the bytes of a file to its decoded parts: size, JSON, shape, schema, encodings, order (bundle.md, step 1).
import { decode, type Codec, type Hash } from './bytes.ts';
import { classCode } from './gs1.ts';
import { hashOf, taggedHex } from './hash.ts';
import {
  JsonError,
  bool,
  bytes,
  hex,
  listOf,
  nullable,
  object,
  parse,
  text,
  u32,
  u64,
  type Shape,
  type ShapeOf,
} from './json.ts';
import * as ops from './operations.ts';
import { policyPack, type PolicyPack } from './pack.ts';
import * as rec from './records.ts';
import { Malformed, refuse } from './refusal.ts';

export const BUNDLE_BYTES_MOST = 33_554_432;
const EVENTS_MOST = 20_000;
const RECORDS_MOST = 4_096;
const PARTS_MOST = 64;

const names = listOf(text, PARTS_MOST);

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
  links: names,
  state: text,
  decision: nullable(text),
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
  grant: nullable(text),
  unit: nullable(text),
  inside: nullable(object({ items: u64, depth: u64, held: u64, research_only: u64, hgr: u64, level: u64 })),
  excursions: u64,
  registered: text,
  on_hand: text,
  used: text,
  derived: text,
  wasted: text,
  lost: text,
  disposed: text,
  holds: listOf(object({ by: names, placed: u64, reason: text }), PARTS_MOST),
  offer: nullable(object({ receiver: text, expires: text, purpose: text, premises: nullable(text) })),
  events: listOf(readableEvent, EVENTS_MOST),
  fields: listOf(object({ event: u64, name: text, value: text }), RECORDS_MOST),
  persons: listOf(object({ key: text, name: text }), RECORDS_MOST),
});
export type Readable = ShapeOf<typeof readableShape>;
export type ReadableEvent = ShapeOf<typeof readableEvent>;

const signedHeaderShape = { header: bytes, certificate: bytes, validators: bytes };

/** What every file of this family is proved under. */
export const anchorShape = object({ ...signedHeaderShape, chain: listOf(object(signedHeaderShape), PARTS_MOST) });

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

const bundleShape = object({
  schema: text,
  readable: readableShape,
  anchor: anchorShape,
  proof: bytes,
  item_id: hex,
  item: bytes,
  code: bytes,
  classes: listOf(bytes, 16),
  packs: listOf(bytes, PARTS_MOST),
  keys: listOf(bytes, RECORDS_MOST),
  orgs: listOf(bytes, RECORDS_MOST),
  events: listOf(stepShape, EVENTS_MOST),
  disclosures: object({
    fields: listOf(object({ event: u64, index: u32, count: u32, field: bytes, path: bytes }), RECORDS_MOST),
    persons: listOf(object({ key: hex, name: bytes }), RECORDS_MOST),
  }),
});
type RawBundle = ShapeOf<typeof bundleShape>;

const LIMITS = {
  header: 16_384,
  certificate: 16_384,
  validators: 16_384,
  proof: 8_388_608,
  event: 16_384,
  body: 262_144,
  signatures: 513,
  entry: 4_096,
  path: 1_281,
  opened: 5_120,
  record: 1_048_576,
} as const;

/** A record with its identity and the bytes of which the state holds the hash. */
export interface Proved<T> {
  id: Hash;
  bytes: Uint8Array;
  value: T;
}

export interface SignedHeader {
  header: rec.Header;
  block: Hash;
  certificate: rec.Certificate;
  validators: rec.ValidatorSet;
  setHash: Hash;
}

export interface Anchor {
  chain: SignedHeader[];
  tip: SignedHeader;
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
  itemId: Hash;
  item: Proved<rec.ItemRecord>;
  code: Proved<rec.CodeRecord>;
  classes: Proved<rec.ClassRecord>[];
  packs: Proved<PolicyPack>[];
  keys: Proved<rec.KeyRecord>[];
  orgs: Proved<rec.OrgRecord>[];
  steps: Step[];
  fields: OpenedField[];
  persons: OpenedName[];
}

function read<T>(codec: Codec<T>, data: Uint8Array, most: number, what: string): T {
  if (data.length > most) refuse('H9005', `read ${what}: it takes more than ${most} bytes`);
  try {
    return decode(codec, data);
  } catch (error) {
    if (error instanceof Malformed) refuse('H9005', `read ${what}: ${error.message}`);
    throw error;
  }
}

function signedHeader(raw: { header: Uint8Array; certificate: Uint8Array; validators: Uint8Array }): SignedHeader {
  return {
    header: read(rec.header, raw.header, LIMITS.header, 'a header'),
    block: taggedHex('block-id', raw.header),
    certificate: read(rec.certificate, raw.certificate, LIMITS.certificate, 'a certificate'),
    validators: read(rec.validatorSet, raw.validators, LIMITS.validators, 'a validator set'),
    setHash: taggedHex('validators', raw.validators),
  };
}

export function readAnchor(raw: ShapeOf<typeof anchorShape>): Anchor {
  return { chain: raw.chain.map(signedHeader), tip: signedHeader(raw) };
}

function record<T>(codec: Codec<T>, bytes: Uint8Array, what: string, id: (value: T) => Hash): Proved<T> {
  const value = read(codec, bytes, LIMITS.record, what);
  return { id: id(value), bytes, value };
}

function transaction(raw: NonNullable<RawBundle['events'][number]['tx']>): Transaction {
  const entry = raw.entry;
  return {
    id: taggedHex('tx-id', raw.body),
    body: read(ops.txBody, raw.body, LIMITS.body, 'a transaction'),
    signatures: read(ops.signatures, raw.signatures, LIMITS.signatures, 'signatures'),
    entry:
      entry === null
        ? null
        : {
            index: entry.index,
            entry: read(ops.entry, entry.bytes, LIMITS.entry, 'an entry'),
            hash: taggedHex('entry', entry.bytes),
            path: read(ops.path, entry.path, LIMITS.path, 'a path'),
          },
  };
}

function step(raw: RawBundle['events'][number]): Step {
  return {
    event: read(rec.event, raw.event, LIMITS.event, 'an event'),
    hash: taggedHex('event', raw.event),
    tx: raw.tx === null ? null : transaction(raw.tx),
  };
}

function openedField(raw: RawBundle['disclosures']['fields'][number]): OpenedField {
  const { name, value } = read(ops.field, raw.field, LIMITS.opened, 'an opened field');
  const path = read(ops.path, raw.path, LIMITS.path, 'a path');
  return {
    event: raw.event,
    index: raw.index,
    count: raw.count,
    hash: taggedHex('field', raw.field),
    name,
    value,
    path,
  };
}

function openedName(raw: RawBundle['disclosures']['persons'][number]): OpenedName {
  const { name } = read(ops.personName, raw.name, LIMITS.opened, 'an opened name');
  return { key: raw.key, hash: taggedHex('person-name', raw.name), name };
}

/** How many events are decoded before whoever waits may look up. */
const SLICE = 256;

function* decodeSteps(raw: RawBundle['events']): Generator<void, Step[]> {
  const steps: Step[] = [];
  for (const one of raw) {
    steps.push(step(one));
    if (steps.length % SLICE === 0) yield;
  }
  return steps;
}

function* decodeAll(raw: RawBundle): Generator<void, Bundle> {
  return {
    readable: raw.readable,
    anchor: readAnchor(raw.anchor),
    proof: read(rec.jointProof, raw.proof, LIMITS.proof, 'the proof'),
    itemId: raw.item_id,
    item: record(rec.itemRecord, raw.item, 'the item', () => raw.item_id),
    code: record(rec.codeRecord, raw.code, 'the code record', () => raw.item_id),
    classes: raw.classes.map((one) =>
      record(rec.classRecord, one, 'a class', (value) => hashOf('class-id', classCode, value.code)),
    ),
    packs: raw.packs.map((one) => record(policyPack, one, 'a policy pack', () => taggedHex('policy-pack', one))),
    keys: raw.keys.map((one) => record(rec.keyRecord, one, 'a key', (value) => rec.keyIdentity(value.key))),
    orgs: raw.orgs.map((one) =>
      record(rec.orgRecord, one, 'an organisation', (value) => hashOf('org-id', rec.orgIdentifier, value.identifier)),
    ),
    steps: yield* decodeSteps(raw.events),
    fields: raw.disclosures.fields.map(openedField),
    persons: raw.disclosures.persons.map(openedName),
  };
}

function ascend<T>(values: readonly T[], less: (a: T, b: T) => boolean, what: string): void {
  values.forEach((value, i) => {
    const before = values[i - 1];
    if (i > 0 && before !== undefined && !less(before, value)) refuse('H9006', `read ${what}: they do not ascend`);
  });
}

function checkOrder(bundle: Bundle): void {
  const byId = (a: { id: Hash }, b: { id: Hash }) => a.id < b.id;
  ascend(bundle.classes, byId, 'the classes');
  ascend(bundle.packs, byId, 'the policy packs');
  ascend(bundle.keys, byId, 'the keys');
  ascend(bundle.orgs, byId, 'the organisations');
  ascend(bundle.fields, (a, b) => a.event < b.event || (a.event === b.event && a.index < b.index), 'the opened fields');
  ascend(bundle.persons, (a, b) => a.key < b.key, 'the opened names');
}

/** JSON of a shape and schema, with the codes of its kind of file. */
export function readJson<T extends { schema: string }>(
  data: Uint8Array,
  shape: Shape<T>,
  schema: string,
  codes: { syntax: string; shape: string; schema: string },
): T {
  let raw: T;
  try {
    raw = parse(data, shape);
  } catch (error) {
    if (error instanceof JsonError) refuse(codes[error.problem], `read the JSON: ${error.message}`);
    throw error;
  }
  if (raw.schema !== schema) refuse(codes.schema, `read another schema than ${schema}`);
  return raw;
}

export function* readBundle(data: Uint8Array): Generator<void, Bundle> {
  if (data.length > BUNDLE_BYTES_MOST) refuse('H9001', `read a file of more than ${BUNDLE_BYTES_MOST} bytes`);
  const codes = { syntax: 'H9002', shape: 'H9003', schema: 'H9004' };
  const raw = readJson(data, bundleShape, 'hufu.bundle/1', codes);
  yield;
  const bundle = yield* decodeAll(raw);
  checkOrder(bundle);
  return bundle;
}

// A network of one validator that signs whatever a test wants: bundles whose every signature holds, so that tests reach
// what lies behind the signatures.
import { ed25519 } from '@noble/curves/ed25519.js';
import { ZERO_HASH, encode, fromHex, toHex, type Codec, type Hash } from '../src/bytes.ts';
import { u32 } from '../src/codec.ts';
import { classCode, itemCode } from '../src/gs1.ts';
import { hashOf, hashPair, listOf as merkleList, tagged, taggedHex } from '../src/hash.ts';
import * as ops from '../src/operations.ts';
import { policyPack, type PolicyPack } from '../src/pack.ts';
import { readableOf } from '../src/readable.ts';
import * as rec from '../src/records.ts';
import { apply } from '../src/replay.ts';
import { leafOf, type Leaf } from '../src/tree.ts';
import { decode } from '../src/bytes.ts';
import type { Bundle, History, Step, Transaction } from '../src/bundle.ts';
import { toJson } from '../src/verify.ts';

export const NETWORK = '11'.repeat(32);
export const START = 1_700_000_000_000n;
const MINUTE = 60_000n;

interface Pair {
  secret: Uint8Array;
  public: Uint8Array;
  id: Hash;
}

export function pair(n: number): Pair {
  const secret = new Uint8Array(32).fill(n);
  const key = ed25519.getPublicKey(secret);
  return { secret, public: key, id: rec.keyIdentity(key) };
}

export const ORG_IDENTIFIER = { scheme: 'test', value: 'one' };
export const ORG = hashOf('org-id', rec.orgIdentifier, ORG_IDENTIFIER);
const CLASS_CODE = { is: 'Gtin' as const, gtin: 9521234543213n };
const ITEM_CODE = { is: 'Lot' as const, gtin: 9521234543213n, lot: 'FORGED' };
const CLASS = hashOf('class-id', classCode, CLASS_CODE);
export const ITEM = lotIdentity(0);

function lotIdentity(index: number): Hash {
  return taggedHex('item-id', fromHex(NETWORK), fromHex(ZERO_HASH), encode(u32, index));
}

const STAMP = { height: 0n, time: START };

/** What one transaction does, and to what it leads. */
export interface Deed {
  operation: (list: ops.EntryList, before: rec.ItemRecord) => ops.Operation;
  effect: (before: rec.ItemRecord) => rec.Effect;
  roles: readonly rec.Role[];
  changeBody?: (body: ops.TxBody) => void;
  changeEvent?: (event: rec.Event) => void;
}

export interface Plan {
  deeds: readonly Deed[];
  orgName?: string;
  className?: string;
  pack: PolicyPack;
  header?: { height: bigint; minutes: bigint; test?: boolean };
  changeReadable?: (readable: Record<string, unknown>) => void;
  changeBundle?: (bundle: Bundle) => void;
}

type Registered = Extract<rec.Effect, { is: 'Registered' }>;

export function registration(item = ITEM): rec.Event & { effect: Registered } {
  const effect: Registered = {
    is: 'Registered',
    class: CLASS,
    code: ITEM_CODE,
    quantity: { amount: 5_000_000n, unit: 'LTR' },
    custodian: ORG,
    previous: null,
    purpose: 'unstated',
    marks: { hgr: false, researchOnly: false },
    origin: null,
    place: null,
    grant: null,
    private: null,
  };
  return {
    item,
    n: 1n,
    cause: { is: 'Genesis' },
    at: STAMP,
    effect,
    state: 'released',
    decision: null,
    links: [],
  };
}

function entryFor(list: boolean): { entry: ops.Entry; hash: Hash; list: ops.EntryList } | null {
  if (!list) return null;
  const entry: ops.Entry = { salt: new Uint8Array(16), body: { is: 'item', item: ITEM } };
  const hash = hashOf('entry', ops.entry, entry);
  const length = new Uint8Array(8);
  length[0] = 1;
  return { entry, hash, list: { count: 1, root: taggedHex('list-root', length, tagged('list-leaf', fromHex(hash))) } };
}

function signed(body: ops.TxBody, keys: ReadonlyMap<rec.Role, Pair>): Uint8Array[] {
  const id = hashOf('tx-id', ops.txBody, body);
  return body.slots.map((slot) => {
    const message = tagged('tx-sign', fromHex(body.network), fromHex(id), encode(ops.slot, slot));
    return ed25519.sign(message, keys.get(slot.role)?.secret ?? new Uint8Array(32));
  });
}

function decisionBy(pack: PolicyPack, operation: ops.Operation): rec.Decision {
  const row = pack.acts.find((one) => Number(one.act) === ops.numberOf(operation));
  return {
    pack: hashOf('policy-pack', policyPack, pack),
    version: pack.version,
    rule: row?.rule ?? 0,
    article: row?.article ?? pack.articles.find((one) => one.rule === row?.rule)?.article ?? '',
    grounds: [],
  };
}

function transact(
  deed: Deed,
  n: bigint,
  before: rec.ItemRecord,
  keys: ReadonlyMap<rec.Role, Pair>,
  pack: PolicyPack,
): Step {
  const made = entryFor(true);
  const at = { height: n, time: START + n * MINUTE };
  const operation = deed.operation(made?.list ?? { count: 1, root: ZERO_HASH }, before);
  const slots = deed.roles.map((role) => ({
    suite: 'ed25519' as const,
    org: ORG,
    key: keys.get(role)?.id ?? ZERO_HASH,
    role,
  }));
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setBigUint64(0, n, true);
  const body: ops.TxBody = { network: NETWORK, nonce, expires: at.time + MINUTE, slots, operation };
  deed.changeBody?.(body);
  const id = hashOf('tx-id', ops.txBody, body);
  const signatures = signed(body, keys);
  const entry =
    'list' in operation && made !== null ? { index: 0, entry: made.entry, hash: made.hash, path: [] } : null;
  const tx: Transaction = { id, body, signatures, entry };
  const decision = decisionBy(pack, operation);
  const event: rec.Event = {
    item: ITEM,
    n,
    cause: { is: 'Tx', tx: id, index: 0 },
    at,
    effect: deed.effect(before),
    state: before.state,
    decision,
    links: [],
  };
  deed.changeEvent?.(event);
  return { event, hash: hashOf('event', rec.event, event), tx };
}

/** The root of a tree of exactly these leaves, and the depth of each by ascending position. */
export function treeOf(leaves: readonly Leaf[]): { root: Uint8Array; proof: rec.JointProof } {
  const sorted = [...leaves].sort((a, b) => (toHex(a.position) < toHex(b.position) ? -1 : 1));
  const proof: rec.JointProof = { depths: [], siblings: [] };
  const node = (depth: number, some: readonly Leaf[]): Uint8Array => {
    const [first] = some;
    if (first === undefined) {
      proof.siblings.push(null);
      return tagged('state-empty', new Uint8Array(0));
    }
    if (some.length === 1) {
      proof.depths.push(depth);
      return tagged('state-leaf', first.position, first.value);
    }
    const isRight = (leaf: Leaf): boolean => (((leaf.position[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) === 1;
    const left = node(
      depth + 1,
      some.filter((leaf) => !isRight(leaf)),
    );
    return tagged('state-node', left, node(depth + 1, some.filter(isRight)));
  };
  return { root: node(0, sorted), proof };
}

export function certified(state: Hash, height: bigint, time: bigint, validator: Pair, test = true) {
  const validators: rec.ValidatorSet = [{ key: validator.public, org: ORG, peer: '22'.repeat(32) }];
  const setHash = hashOf('validators', rec.validatorSet, validators);
  const header: rec.Header = {
    version: 1,
    network: NETWORK,
    test,
    height,
    round: 0,
    builder: validator.id,
    time,
    parent: ZERO_HASH,
    txs: ZERO_HASH,
    results: ZERO_HASH,
    rest: ZERO_HASH,
    state,
    history: ZERO_HASH,
    validators: setHash,
    nextValidators: setHash,
  };
  const block = hashOf('block-id', rec.header, header);
  const vote = { network: NETWORK, kind: 'precommit' as const, height, round: 0, signer: validator.id, block };
  const signature = ed25519.sign(tagged('vote', encode(rec.vote, vote)), validator.secret);
  const certificate: rec.Certificate = { height, round: 0, block, signatures: [{ signer: validator.id, signature }] };
  return { header, block, certificate, validators, setHash };
}

export function proved<T>(codec: Codec<T>, value: T, id: Hash): { id: Hash; bytes: Uint8Array; value: T } {
  return { id, bytes: encode(codec, value), value };
}

/** What does not fit the record is recorded all the same. */
function afterStep(item: rec.ItemRecord, step: Step): rec.ItemRecord {
  try {
    return apply(item, step, NETWORK);
  } catch {
    return { ...item, count: step.event.n, head: hashPair('event-head', item.head, step.hash) };
  }
}

function build(plan: Plan): Bundle {
  const roles = [...new Set(plan.deeds.flatMap((deed) => deed.roles))];
  const keys = new Map(roles.map((role, i) => [role, pair(10 + i)]));
  const first = registration();
  const steps: Step[] = [{ event: first, hash: hashOf('event', rec.event, first), tx: null }];
  let item = apply(null, steps[0] as Step, NETWORK);
  for (const [i, deed] of plan.deeds.entries()) {
    const step = transact(deed, BigInt(i + 2), item, keys, plan.pack);
    steps.push(step);
    item = afterStep(item, step);
  }
  const code = { count: 1n, head: hashPair('code-head', ZERO_HASH, ITEM), latest: ITEM };
  const main = { item: proved(rec.itemRecord, item, ITEM), steps, later: [] };
  return assemble({ plan, keys, code, main, related: [], children: false });
}

interface Assembly {
  plan: Plan;
  keys: ReadonlyMap<rec.Role, Pair>;
  code: rec.CodeRecord;
  main: History;
  related: History[];
  children: boolean;
}

function assemble({ plan, keys, code, main, related, children }: Assembly): Bundle {
  const org: rec.OrgRecord = {
    identifier: ORG_IDENTIFIER,
    name: plan.orgName ?? 'One',
    kind: { is: 'enterprise' },
    from: STAMP,
    cause: null,
    ban: null,
    left: null,
  };
  const itemClass: rec.ClassRecord = {
    code: CLASS_CODE,
    name: plan.className ?? 'Plasma',
    category: 'blood',
    grade: '2',
    hgr: false,
    hs: [],
    from: STAMP,
    cause: null,
  };
  const keyRecords = [...keys].map(([role, key]) =>
    proved<rec.KeyRecord>(
      rec.keyRecord,
      {
        key: key.public,
        org: ORG,
        person: '33'.repeat(32),
        name: '44'.repeat(32),
        roles: 1 << rec.ROLES.indexOf(role),
        from: STAMP,
        cause: null,
        waits: null,
        end: null,
      },
      key.id,
    ),
  );
  const bundle = {
    main,
    children,
    related,
    code: proved(rec.codeRecord, code, main.item.id),
    classes: [proved(rec.classRecord, itemClass, CLASS)],
    packs: [main, ...related].every((one) => one.steps.length === 1 && one.steps[0]?.tx === null)
      ? []
      : [proved(policyPack, plan.pack, hashOf('policy-pack', policyPack, plan.pack))],
    keys: keyRecords.sort((a, b) => (a.id < b.id ? -1 : 1)),
    orgs: [proved(rec.orgRecord, org, ORG)],
    fields: [],
    persons: [],
  };
  const { root, proof } = treeOf([
    ...[main, ...related].map(({ item }) => leafOf('item', item.id, item.bytes)),
    leafOf('code', hashOf('code', itemCode, main.item.value.code), bundle.code.bytes),
    ...bundle.classes.map((one) => leafOf('class', one.id, one.bytes)),
    ...bundle.packs.map((one) => leafOf('pack', one.id, one.bytes)),
    ...bundle.keys.map((one) => leafOf('key', one.id, one.bytes)),
    ...bundle.orgs.map((one) => leafOf('org', one.id, one.bytes)),
  ]);
  const last = BigInt(main.steps.length);
  const { height, minutes, test } = plan.header ?? { height: last, minutes: last };
  const tip = certified(toHex(root), height, START + minutes * MINUTE, pair(1), test);
  const whole = { ...bundle, anchor: { chain: [], tip, witnesses: [], history: null }, proof } as unknown as Bundle;
  return { ...whole, readable: readableOf(whole) };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function written(steps: readonly Step[]) {
  return steps.map(({ event, tx }) => ({
    event: base64(encode(rec.event, event)),
    tx:
      tx === null
        ? null
        : {
            body: base64(encode(ops.txBody, tx.body)),
            signatures: base64(encode(ops.signatures, tx.signatures)),
            entry:
              tx.entry === null
                ? null
                : {
                    index: tx.entry.index,
                    bytes: base64(encode(ops.entry, tx.entry.entry)),
                    path: base64(encode(ops.path, tx.entry.path)),
                  },
          },
  }));
}

function write(bundle: Bundle): Record<string, unknown> {
  const { tip } = bundle.anchor;
  const anchor = {
    header: base64(encode(rec.header, tip.header)),
    certificate: base64(encode(rec.certificate, tip.certificate)),
    validators: base64(encode(rec.validatorSet, tip.validators)),
    chain: [],
    witnesses: [],
    history: null,
  };
  const bytes = (one: { bytes: Uint8Array }): string => base64(one.bytes);
  return {
    schema: 'hufu.bundle/1',
    readable: bundle.readable,
    anchor,
    proof: base64(encode(rec.jointProof, bundle.proof)),
    item_id: bundle.main.item.id,
    item: bytes(bundle.main.item),
    code: bytes(bundle.code),
    classes: bundle.classes.map(bytes),
    packs: bundle.packs.map(bytes),
    keys: bundle.keys.map(bytes),
    orgs: bundle.orgs.map(bytes),
    events: written(bundle.main.steps),
    children: bundle.children,
    related: bundle.related.map(({ item, steps }) => ({
      item_id: item.id,
      item: bytes(item),
      events: written(steps),
      later: '',
    })),
    disclosures: { fields: [], persons: [] },
  };
}

/** The bytes of a bundle in which every signature holds. */
export function forge(plan: Plan): Uint8Array {
  const bundle = build(plan);
  plan.changeBundle?.(bundle);
  const file = write(bundle);
  plan.changeReadable?.(file['readable'] as Record<string, unknown>);
  return new TextEncoder().encode(toJson(file));
}

/** The pack `plain` of the vectors, in which a note is signed by these roles of one organisation. */
export function packWith(bytes: string, roles: readonly rec.Role[]): PolicyPack {
  const pack = decode(policyPack, fromHex(bytes));
  const any = [roles.map((role) => ({ role, who: { is: 'principal' as const }, many: false }))];
  const article = 'art. 36';
  const others = pack.acts.filter((row) => row.act !== '32');
  const note = { act: '32', rule: 0, article, any };
  return { ...pack, acts: [...others, note].sort((a, b) => Number(a.act) - Number(b.act)) };
}

export function note(roles: readonly rec.Role[]): Deed {
  const one = { is: 'document' as const, root: '55'.repeat(32) };
  return {
    roles,
    operation: (list) => ({ is: 'note', list, note: one }),
    effect: () => ({ is: 'Noted', note: one, excursion: false }),
  };
}

/** Lots of 5 LTR, and what is made of them by one transaction. */
export interface Making {
  pack: PolicyPack;
  /** What goes in of each lot, and what comes out, in 10^-6 LTR. */
  inputs: readonly bigint[];
  parts: readonly bigint[];
  /** Of which the bundle is: the first lot, or the first part. */
  about: 'lot' | 'part';
  children?: boolean;
  changeLot?: (effect: Registered, index: number) => void;
  changeInputs?: (inputs: Extract<ops.Operation, { is: 'derive' }>['inputs']) => void;
  changeEntry?: (entry: Extract<ops.Entry['body'], { is: 'registration' }>) => void;
  changeChild?: (event: rec.Event & { effect: Registered }) => void;
  changeParent?: (event: rec.Event) => void;
  kind?: 'split' | 'merge' | 'manufacture';
}

type Registration = Extract<ops.Entry['body'], { is: 'registration' }>;

function entriesOf({ parts, changeEntry }: Making): { entries: ops.Entry[]; hashes: Hash[] } {
  const entries = parts.map((amount, i): ops.Entry => {
    const body: Registration = {
      is: 'registration',
      class: CLASS,
      code: ITEM_CODE,
      quantity: { amount, unit: 'LTR' },
      purpose: 'unstated',
      private: null,
    };
    changeEntry?.(body);
    return { salt: new Uint8Array(16).fill(i), body };
  });
  return { entries, hashes: entries.map((one) => hashOf('entry', ops.entry, one)) };
}

/** The parts of at most two. */
function pathOf(hashes: readonly Hash[], index: number): Uint8Array[] {
  return hashes.filter((_, i) => i !== index).map((one) => tagged('list-leaf', fromHex(one)));
}

interface Lot {
  begun: Step;
  before: rec.ItemRecord;
}

function lotsOf({ inputs, changeLot }: Making): Lot[] {
  return inputs.map((_, i) => {
    const event = registration(lotIdentity(i));
    changeLot?.(event.effect, i);
    const begun: Step = { event, hash: hashOf('event', rec.event, event), tx: null };
    return { begun, before: apply(null, begun, NETWORK) };
  });
}

type Common = Pick<rec.Event, 'at' | 'decision'>;

function partsOf(making: Making, lots: readonly Lot[], tx: Transaction, common: Common): History[] {
  const { kind = 'split', changeChild } = making;
  const { entries, hashes } = entriesOf(making);
  const op = tx.body.operation as Extract<ops.Operation, { is: 'derive' }>;
  const heads = new Map(lots.map(({ begun, before }) => [begun.event.item, before.head]));
  let previous = lots.at(-1)?.begun.event.item ?? ITEM;
  return entries.map((entry, index): History => {
    const id = taggedHex('item-id', fromHex(NETWORK), fromHex(tx.id), encode(u32, index));
    const { is: _, ...registered } = entry.body as Registration;
    const { effect: first } = registration();
    const effect: Registered = { ...first, ...registered, previous, origin: kind };
    const cause = { is: 'Tx' as const, tx: tx.id, index };
    const links = op.inputs.map(({ item }) => ({ item, count: 1n, head: heads.get(item) ?? ZERO_HASH }));
    const event = { ...common, item: id, n: 1n, cause, effect, state: 'stored' as const, links };
    if (index === 0) changeChild?.(event);
    const led = { index, entry, hash: hashes[index] ?? '', path: pathOf(hashes, index) };
    const step: Step = { event, hash: hashOf('event', rec.event, event), tx: { ...tx, entry: led } };
    previous = id;
    return { item: proved(rec.itemRecord, apply(null, step, NETWORK), id), steps: [step], later: [] };
  });
}

function lives(making: Making, keys: ReadonlyMap<rec.Role, Pair>): { lots: History[]; parts: History[] } {
  const { pack, kind = 'split' } = making;
  const lots = lotsOf(making);
  const { hashes } = entriesOf(making);
  const inputs = lots.map(({ begun, before }, i) => ({
    item: begun.event.item,
    at: { seq: before.custodySeq, trail: before.trail },
    quantity: { amount: making.inputs[i] ?? 0n, unit: 'LTR' },
  }));
  making.changeInputs?.(inputs);
  const list = { count: hashes.length, root: merkleList(hashes) };
  const operation: ops.Operation = { is: 'derive', kind, inputs, list };
  const at = { height: 2n, time: START + 2n * MINUTE };
  const slots: ops.Slot[] = [...keys].map(([role, key]) => ({ suite: 'ed25519', org: ORG, key: key.id, role }));
  const body: ops.TxBody = { network: NETWORK, nonce: new Uint8Array(16), expires: at.time + MINUTE, slots, operation };
  const tx: Transaction = { id: hashOf('tx-id', ops.txBody, body), body, signatures: signed(body, keys), entry: null };
  const common = { at, decision: decisionBy(pack, operation) };
  const parts = partsOf(making, lots, tx, common);
  const links = parts.map(({ item }) => ({ item: item.id, count: 1n, head: item.value.head }));
  const after = lots.map(({ begun, before }, index): History => {
    const { item, quantity } = inputs[index] ?? { item: ITEM, quantity: before.onHand };
    const state = quantity.amount === before.onHand.amount ? 'derived' : before.state;
    const cause = { is: 'Tx' as const, tx: tx.id, index };
    const effect = { is: 'Derived' as const, kind, quantity };
    const event: rec.Event = { ...common, item, n: 2n, cause, effect, state, links: links.map((one) => ({ ...one })) };
    making.changeParent?.(event);
    const step: Step = { event, hash: hashOf('event', rec.event, event), tx };
    return { item: proved(rec.itemRecord, afterStep(before, step), item), steps: [begun, step], later: [] };
  });
  return { lots: after, parts };
}

/** The bytes of a bundle about a lot or a part of it, in which every signature holds. */
export function forgeMaking(making: Making): Uint8Array {
  const keys = new Map<rec.Role, Pair>([['custodian', pair(10)]]);
  const { lots, parts } = lives(making, keys);
  const registered = [...lots, ...parts].map((one) => one.item.id);
  const head = registered.reduce((chain, item) => hashPair('code-head', chain, item), ZERO_HASH);
  const code = { count: BigInt(registered.length), head, latest: registered.at(-1) ?? ITEM };
  const main = making.about === 'lot' ? lots[0] : parts[0];
  if (main === undefined) throw new Error('there is nothing to tell of');
  const children = making.children ?? false;
  const others = making.about === 'part' ? lots : children ? parts : [];
  const related = others.sort((a, b) => (a.item.id < b.item.id ? -1 : 1));
  const plan: Plan = { deeds: [], pack: making.pack, header: { height: 3n, minutes: 3n } };
  return new TextEncoder().encode(toJson(write(assemble({ plan, keys, code, main, related, children }))));
}

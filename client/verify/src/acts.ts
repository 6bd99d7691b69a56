// Whether each transaction may do what its event says (bundle.md, "Acts").
import { encode, fromHex, type Hash } from './bytes.ts';
import { asOf, historiesOf, type Bundle, type History, type Step, type Transaction } from './bundle.ts';
import { u32 } from './codec.ts';
import type { Check, KeyRing } from './curve.ts';
import { hashOf, listRoot, tagged, taggedHex } from './hash.ts';
import {
  itemOf,
  listOf,
  slot as slotCodec,
  txBody,
  type Entry as ListEntry,
  type Operation,
  type Slot,
  type TxBody,
} from './operations.ts';
import { once } from './memo.ts';
import type { PolicyPack } from './pack.ts';
import { decisionFits, leftBefore, principalOf, rowOf } from './policy.ts';
import { ROLES, type ClassRecord, type Event, type ItemRecord, type KeyRecord, type OrgRecord } from './records.ts';
import { refuse } from './refusal.ts';
import type { Replayed } from './replay.ts';
import { allows, effectFollows, isHoldInside, type Act } from './rules.ts';
import { isMeant } from './shape.ts';

const HOUR_MS = 3_600_000n;
const SLOTS_MOST = 8;

/** The records of the bundle by identity. */
export interface Registry {
  keys: ReadonlyMap<Hash, KeyRecord>;
  orgs: ReadonlyMap<Hash, OrgRecord>;
  packs: ReadonlyMap<Hash, PolicyPack>;
  classes: ReadonlyMap<Hash, ClassRecord>;
}

export function registryOf(bundle: Bundle): Registry {
  return {
    keys: new Map(bundle.keys.map((one) => [one.id, one.value])),
    orgs: new Map(bundle.orgs.map((one) => [one.id, one.value])),
    packs: new Map(bundle.packs.map((one) => [one.id, one.value])),
    classes: new Map(bundle.classes.map((one) => [one.id, one.value])),
  };
}

function checkSlots({ body, signatures }: Transaction, event: Event, network: Hash): void {
  const { n } = event;
  if (body.network !== network) refuse('H9082', `take the transaction of event ${n}: it is of another network`, n);
  const { slots } = body;
  if (slots.length < 1 || slots.length > SLOTS_MOST)
    refuse('H9083', `take the signers of event ${n}: 1 to 8 are needed`, n);
  if (slots.some((one) => one.suite !== 'ed25519'))
    refuse('H9083', `take the signers of event ${n}: a suite is unknown`, n);
  if (new Set(slots.map((one) => one.key)).size !== slots.length) {
    refuse('H9083', `take the signers of event ${n}: a key stands twice`, n);
  }
  if (signatures.length !== slots.length) {
    refuse('H9083', `take the signers of event ${n}: one signature for each is needed`, n);
  }
  if (!isMeant(body.operation)) refuse('H9083', `take the transaction of event ${n}: a field of it says nothing`, n);
}

function namesPoint(op: Operation): boolean {
  return 'at' in op || op.is === 'offer' || op.is === 'handover' || op.is === 'derive';
}

function checkExpiry({ body }: Transaction, event: Event): void {
  const hours = namesPoint(body.operation) ? 72n : 24n;
  const { time } = event.at;
  if (body.expires <= time || body.expires > time + hours * HOUR_MS) {
    refuse('H9084', `take the transaction of event ${event.n}: it expires at the wrong time`, event.n);
  }
}

/** The place at which the body itself names the item; null where a list does. */
function placeInBody(op: Operation, item: Hash): number | null {
  if (op.is === 'derive') {
    const at = op.inputs.findIndex((input) => input.item === item);
    return at < 0 ? null : at;
  }
  if (op.is === 'pack' || op.is === 'unpack') return op.unit === item ? 0 : null;
  return listOf(op) === null ? 0 : null;
}

function childIdentity(network: Hash, tx: Hash, index: number): Hash {
  return taggedHex('item-id', fromHex(network), fromHex(tx), encode(u32, index));
}

function listFits(op: Operation): boolean {
  const list = listOf(op);
  if (list === null) return true;
  const short = op.is === 'derive' || op.is === 'pack' || op.is === 'unpack';
  if (list.count < 1 || list.count > (short ? 64 : 1000)) return false;
  return op.is !== 'derive' || inputsFit(op, list.count);
}

/** How many things go in and come out, by the kind of derivation. */
function inputsFit({ kind, inputs }: Extract<Operation, { is: 'derive' }>, outputs: number): boolean {
  if (inputs.length < 1 || inputs.length > 32) return false;
  if (new Set(inputs.map((one) => one.item)).size !== inputs.length) return false;
  if (kind === 'split') return inputs.length === 1;
  return kind !== 'merge' || (inputs.length >= 2 && outputs === 1);
}

type Entry = NonNullable<Transaction['entry']>;

type Led = { path: Uint8Array[]; index: number; count: bigint; root: Hash | null };
const ledTo = once((_: ListEntry): Led[] => []);

/** The list root that a path leads to; known where the same entry stood at the same place. */
function entryRoot({ entry, hash, index, path }: Entry, count: bigint): Hash | null {
  const known = ledTo(entry);
  const [last] = known;
  if (last !== undefined && last.path === path && last.index === index && last.count === count) return last.root;
  const root = listRoot(hash, BigInt(index), count, path);
  known[0] = { path, index, count, root };
  return root;
}

function checkEntry(tx: Transaction, event: Event): void {
  const op = tx.body.operation;
  const { n, item, cause } = event;
  const lost = (): never => refuse('H9085', `find the entry of event ${n} in the list that was signed`, n);
  if (!listFits(op)) lost();
  const index = cause.is === 'Tx' ? cause.index : 0;
  const list = listOf(op);
  const place = placeInBody(op, item);
  if (place !== null || list === null) {
    if (tx.entry !== null || index !== place) lost();
    return;
  }
  if (tx.entry === null || tx.entry.index !== index) return lost();
  if (entryRoot(tx.entry, BigInt(list.count)) !== list.root) lost();
}

function checkItem(tx: Transaction, event: Event): void {
  const op = tx.body.operation;
  const { n, item } = event;
  const other = (): never => refuse('H9086', `take the transaction of event ${n}: it is about another item`, n);
  if (tx.entry !== null) {
    const { body } = tx.entry.entry;
    if (op.is === 'register' || op.is === 'derive') {
      if (body.is !== 'registration' || childIdentity(tx.body.network, tx.id, tx.entry.index) !== item) other();
    } else if (op.is === 'report') {
      if (body.is !== 'usage' || body.item !== item) other();
    } else if (body.is !== 'item' || body.item !== item) {
      other();
    }
  } else if (op.is === 'land') {
    if (childIdentity(tx.body.network, tx.id, 0) !== item) other();
  } else if (listOf(op) === null && itemOf(op) !== item && !isHoldInside(op, event)) {
    other();
  }
}

/** How many links there must be and to what, where that is known. */
function linksFit(tx: Transaction, event: Event): boolean {
  const op = tx.body.operation;
  const { links, effect } = event;
  const same = (items: readonly Hash[]): boolean =>
    links.length === items.length && links.every((link, i) => link.item === items[i]);
  if (effect.is === 'Registered' && op.is === 'derive') return same(op.inputs.map((input) => input.item));
  if (effect.is === 'Derived' && op.is === 'derive') {
    if (links.length !== op.list.count) return false;
    const children = links.map((_, i) => childIdentity(tx.body.network, tx.id, i));
    return same(children) && links.every((link) => link.count === 1n);
  }
  const packs = op.is === 'pack' || op.is === 'unpack';
  if ((effect.is === 'Packed' || effect.is === 'Unpacked') && packs) return same([op.unit]);
  if (effect.is === 'Filled' && packs) return links.length === op.list.count;
  if (effect.is === 'Filled' && (op.is === 'place-hold' || op.is === 'lift-hold')) return links.length === 1;
  return links.length === 0;
}

function checkLinks(tx: Transaction, event: Event): void {
  const { links, n, item } = event;
  const items = new Set(links.map((link) => link.item));
  const sound = !items.has(item) && items.size === links.length && links.every((link) => link.count >= 1n);
  if (!sound || !linksFit(tx, event)) refuse('H9067', `take the links of event ${n}`, n);
}

const RETIRED_MS = 72n * HOUR_MS;

function mayUseKey(slot: Slot, expires: bigint, event: Event, { keys, orgs }: Registry): boolean {
  const key = keys.get(slot.key);
  const org = orgs.get(slot.org);
  if (key === undefined || org === undefined) return false;
  const { height, time } = event.at;
  if (key.org !== slot.org || key.from.height > height) return false;
  if ((key.roles & (1 << ROLES.indexOf(slot.role))) === 0) return false;
  if (key.waits !== null && time < key.waits) return false;
  if (key.end !== null && key.end.at.height < height) {
    if (key.end.reason !== 'retired' || expires > key.end.at.time + RETIRED_MS) return false;
  }
  return !leftBefore(org, height);
}

function checkKeys(tx: Transaction, event: Event, registry: Registry): void {
  for (const slot of tx.body.slots) {
    if (!mayUseKey(slot, tx.body.expires, event, registry)) {
      refuse('H9088', `take key ${slot.key} as a signer of event ${event.n}`, event.n);
    }
  }
}

/** Checks that need the record before, the class and the pack; gives the act for the rules. */
function checkDecision(
  tx: Transaction,
  event: Event,
  before: ItemRecord | null,
  history: History,
  registry: Registry,
): Act {
  const { n, decision } = event;
  const op = tx.body.operation;
  if (decision === null) return refuse('H9092', `find the decision of event ${n}`, n);
  checkKeys(tx, event, registry);
  const pack = registry.packs.get(decision.pack);
  const signers = tx.body.slots.flatMap((slot) => {
    const record = registry.orgs.get(slot.org);
    return record === undefined ? [] : [{ slot, record }];
  });
  const row = pack === undefined ? null : rowOf(pack, op);
  const principal = row === null ? null : principalOf(row, op, signers, event.at.height);
  if (pack === undefined || row === null || principal === null) {
    return refuse('H9089', `take the signers of event ${n}: the policy asks for others`, n);
  }
  if (!decisionFits(decision, pack, row, op)) refuse('H9092', `take the decision of event ${n}`, n);
  const itemClass = registry.classes.get(history.item.value.class);
  if (itemClass === undefined) return refuse('H9007', 'find the class of the item');
  return { event, op, tx, before, principal, signers, orgs: registry.orgs, itemClass };
}

/** What each slot signs. */
const messagesOf = once((body: TxBody): Uint8Array[] => {
  const id = hashOf('tx-id', txBody, body);
  return body.slots.map((slot) => tagged('tx-sign', fromHex(body.network), fromHex(id), encode(slotCodec, slot)));
});

interface Pending extends Check {
  event: bigint;
  slot: number;
  history: History;
}

const BATCH = 512;

/**
 * Signatures that wait to be checked together. They are checked before anything later is refused, so that the first
 * failure is the same as if each were checked at its place.
 */
class SignatureQueue {
  checked = 0;
  private pending: Pending[] = [];

  constructor(
    private readonly bundle: Bundle,
    private readonly registry: Registry,
    private readonly ring: KeyRing,
  ) {}

  put(tx: Transaction, event: Event, history: History): void {
    const messages = messagesOf(tx.body);
    tx.body.slots.forEach((slot, i) => {
      const key = this.registry.keys.get(slot.key)?.key ?? new Uint8Array(0);
      const signature = tx.signatures[i] ?? new Uint8Array(0);
      const message = messages[i] ?? new Uint8Array(0);
      this.pending.push({ key, message, signature, event: event.n, slot: i, history });
    });
    if (this.pending.length >= BATCH) this.settle();
  }

  settle(): void {
    const { pending } = this;
    this.pending = [];
    this.checked += pending.length;
    if (this.ring.allHold(pending)) return;
    for (const { key, message, signature, event, slot, history } of pending) {
      asOf(this.bundle, history, () => {
        if (!this.ring.holds(key, message, signature))
          refuse('H9087', `verify the signature of slot ${slot} of event ${event}`, event);
      });
    }
  }
}

function checkGenesis(event: Event): void {
  if (event.decision !== null) refuse('H9092', `take event ${event.n}: genesis decides nothing`, event.n);
  if (event.links.length > 0) refuse('H9067', `take the links of event ${event.n}`, event.n);
}

function checkAct(step: Step, before: ItemRecord | null, history: History, network: Hash, registry: Registry): void {
  const { event, tx } = step;
  if (tx === null) return checkGenesis(event);
  const { n } = event;
  checkSlots(tx, event, network);
  checkExpiry(tx, event);
  checkEntry(tx, event);
  checkItem(tx, event);
  checkLinks(tx, event);
  const act = checkDecision(tx, event, before, history, registry);
  if (!allows(act)) refuse('H9090', `take event ${n}: the item does not allow it`, n);
  if (!effectFollows(act)) refuse('H9091', `take the effect of event ${n}: another one follows from the act`, n);
}

/** Yields after each event how many are checked; gives the number of signatures that hold. */
export function* checkActs(bundle: Bundle, replayed: Replayed, ring: KeyRing): Generator<number, number> {
  const registry = registryOf(bundle);
  const queue = new SignatureQueue(bundle, registry, ring);
  const { network } = bundle.anchor.tip.header;
  let done = 0;
  for (const history of historiesOf(bundle)) {
    const { before } = replayed.of(history);
    for (const [i, step] of history.steps.entries()) {
      try {
        asOf(bundle, history, () => checkAct(step, before[i] ?? null, history, network, registry));
      } catch (error) {
        queue.settle();
        throw error;
      }
      if (step.tx !== null) queue.put(step.tx, step.event, history);
      done += 1;
      yield done;
    }
  }
  queue.settle();
  return queue.checked;
}

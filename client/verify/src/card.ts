// A card: who held an item at a height, as a text that fits one QR code (card.md).
import type { Anchor, SignedHeader } from './anchor.ts';
import { fromBase45 } from './base45.ts';
import { decode, encode, type Hash, type ValueOf } from './bytes.ts';
import { hash, list, option, raw, struct, u16, u32, u64 } from './codec.ts';
import { blankCommon, judgeAnchor, stand, type Common, type Context, type Finding, type Progress } from './family.ts';
import { codeText, quantityText } from './gs1.ts';
import { hashOf } from './hash.ts';
import { isBalanced } from './needed.ts';
import { noticesOfItem, type Notice } from './notices.ts';
import { CARD_BEGINNING, ascend } from './reading.ts';
import * as rec from './records.ts';
import { Malformed, refuse } from './refusal.ts';
import { jointRoot, leafOf } from './tree.ts';
import type { Trust } from './trust.ts';

export interface CardVerdict extends Common {
  schema: 'hufu.card-verdict/1';
  item: string | null;
  item_id: Hash | null;
  state: string | null;
  on_hand: string | null;
  custodian: Hash | null;
  custodian_name: string | null;
  events: bigint;
  head: Hash | null;
}

/** What one symbol of version 40 and level L holds. */
const TEXT_MOST = 4_296;
const BYTES_MOST = 2_860;
const PATH_MOST = 40;
const UNITS_MOST = 4;

/** A header with its certificate and set, without what can be computed. */
const signedPart = struct({
  ...rec.headerParts,
  next: option(hash),
  decided: u32,
  validators: rec.validatorSet,
  signers: u16,
  signatures: list(rec.signature),
});

const itemPart = { id: hash, record: rec.itemRecord };

export const cardPart = struct({
  head: signedPart,
  chain: list(signedPart),
  witnesses: list(struct({ key: hash, signature: rec.signature })),
  history: option(struct({ size: u64, path: list(raw(32)) })),
  ...itemPart,
  units: list(struct(itemPart)),
  holder: option(rec.orgRecord),
  proof: rec.jointProof,
});
export type Card = ValueOf<typeof cardPart>;

function withoutLineEnd(text: Uint8Array): Uint8Array {
  if (text.at(-1) !== 0x0a) return text;
  return text.subarray(0, text.at(-2) === 0x0d ? -2 : -1);
}

function bytesOf(file: Uint8Array): Uint8Array {
  const text = withoutLineEnd(file);
  if (text.length > TEXT_MOST) refuse('H9200', `read a card of more than ${TEXT_MOST} bytes`);
  const bytes = fromBase45(text.subarray(CARD_BEGINNING.length));
  if (bytes === null) return refuse('H9201', 'read the text of the card');
  if (bytes.length > BYTES_MOST) refuse('H9202', `read a card of more than ${BYTES_MOST} bytes`);
  return bytes;
}

function signersOf(part: ValueOf<typeof signedPart>): rec.Certificate['signatures'] {
  const keys = part.validators.map((seat) => rec.keyIdentity(seat.key));
  if (part.signers >> keys.length !== 0) throw new Malformed('somebody signed who has no seat');
  const signers = keys.filter((_, n) => ((part.signers >> n) & 1) === 1);
  if (signers.length !== part.signatures.length) throw new Malformed('signers and signatures differ');
  return part.signatures.map((signature, i) => ({ signer: signers[i] ?? '', signature }));
}

function signedHeader(part: ValueOf<typeof signedPart>): SignedHeader {
  const { next, decided, validators, signers: _, signatures: __, ...stated } = part;
  const setHash = hashOf('validators', rec.validatorSet, validators);
  if (next === setHash) throw new Malformed('the next set is written out');
  const header: rec.Header = { ...stated, validators: setHash, nextValidators: next ?? setHash };
  const block = hashOf('block-id', rec.header, header);
  const certificate = { height: header.height, round: decided, block, signatures: signersOf(part) };
  return { header, block, certificate, validators, setHash };
}

function readCard(file: Uint8Array): { card: Card; anchor: Anchor } {
  const bytes = bytesOf(file);
  try {
    const card = decode(cardPart, bytes);
    const { head, chain, witnesses, history } = card;
    const anchor = { tip: signedHeader(head), chain: chain.map(signedHeader), witnesses, history };
    return { card, anchor };
  } catch (error) {
    if (error instanceof Malformed) refuse('H9202', `read the card: ${error.message}`);
    throw error;
  }
}

const orgIdentity = (org: Card['holder'] & object): Hash => hashOf('org-id', rec.orgIdentifier, org.identifier);

function checkProof({ id, record, units, holder, proof }: Card, state: Hash): void {
  const items = [{ id, record }, ...units];
  const leaves = items.map((one) => leafOf('item', one.id, encode(rec.itemRecord, one.record)));
  if (holder !== null) leaves.push(leafOf('org', orgIdentity(holder), encode(rec.orgRecord, holder)));
  if (jointRoot(leaves, proof) !== state) refuse('H9040', 'prove the records of the card');
}

/** The units are those around the item, one around the other, and no more. */
function checkUnits({ record, units }: Card): void {
  const containers = [record, ...units.map((one) => one.record)].map((one) => one.container?.unit ?? null);
  const holds =
    units.length <= UNITS_MOST &&
    units.every(({ record: unit }) => unit.inside !== null) &&
    containers.every((container, i) => container === (units[i]?.id ?? null));
  if (!holds) refuse('H9203', 'find the units around the item');
}

export function blankCard(given: Trust | null): CardVerdict {
  return {
    schema: 'hufu.card-verdict/1',
    item: null,
    item_id: null,
    state: null,
    on_hand: null,
    custodian: null,
    custodian_name: null,
    events: 0n,
    head: null,
    ...blankCommon(given),
  };
}

export function* judgeCard(
  file: Uint8Array,
  context: Context,
  verdict: CardVerdict,
  finding: Finding,
): Generator<Progress, void> {
  const { card, anchor } = readCard(file);
  ascend(anchor.witnesses, (a, b) => a.key < b.key, 'the witnesses');
  if ((anchor.history?.path.length ?? 0) > PATH_MOST) refuse('H9005', 'read the path of the history');
  yield { done: 0, all: 0 };
  const certified = judgeAnchor(anchor, context, verdict);
  const { state, height } = certified.header;
  const { id, record, units, holder } = card;
  checkProof(card, state);
  checkUnits(card);
  const { custodian } = units.at(-1)?.record ?? record;
  if (holder !== null && orgIdentity(holder) !== custodian)
    refuse('H9204', 'find the organisation that holds the item');
  if (!isBalanced(record)) refuse('H9066', 'balance the quantities of the item');
  Object.assign(verdict, {
    item: codeText(record.code),
    item_id: id,
    state: record.state,
    on_hand: quantityText(record.onHand),
    custodian,
    custodian_name: holder?.name ?? null,
    events: record.count,
    head: record.head,
  });
  const around = units.map((one) => ({ id: one.id, value: one.record }));
  const notices: Notice[] = [
    ...noticesOfItem(record, around),
    { id: 'card-covers', height },
    { id: 'card-covers-not' },
  ];
  stand(certified, context, verdict, finding, notices);
}

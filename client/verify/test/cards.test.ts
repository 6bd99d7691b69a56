// Cards: the text, the bytes, and what stands behind the signatures (card.md).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { fromBase45 } from '../src/base45.ts';
import { encode, type Hash } from '../src/bytes.ts';
import { cardPart, type Card, type CardVerdict } from '../src/card.ts';
import { hashOf } from '../src/hash.ts';
import { unpacked } from '../src/gunzip.ts';
import { Batch } from '../src/node.ts';
import * as rec from '../src/records.ts';
import { verify, type Verdict } from '../src/verify.ts';
import { UNITS, forgeCard, toBase45, type CardPlan } from './cards.ts';
import { ITEM, NETWORK, ORG } from './forge.ts';

const utf8 = new TextEncoder();

function judged(file: Uint8Array, allowTest = true): Verdict {
  return verify({ file: unpacked(file), trust: null, nowMs: null, maxAgeMs: null, allowTest }).verdict;
}

function refuses(what: string, code: string | null, plan: CardPlan | Uint8Array): void {
  test(what, () => {
    const verdict = judged(plan instanceof Uint8Array ? plan : forgeCard(plan));
    assert.equal(verdict.schema, 'hufu.card-verdict/1');
    assert.equal(verdict.failure?.code ?? null, code, verdict.failure?.message);
    assert.equal(verdict.failure?.event ?? null, null);
    assert.equal(verdict.verdict, code === null ? 'untrusted' : 'invalid');
    const { item, head, events } = verdict as CardVerdict;
    assert.equal(item !== null && head !== null && events > 0n, code === null);
  });
}

test('base45 of RFC 9285', () => {
  const known: [string, string][] = [
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
    ['', ''],
  ];
  for (const [plain, text] of known) {
    assert.equal(toBase45(utf8.encode(plain)), text);
    assert.deepEqual(fromBase45(utf8.encode(text)), utf8.encode(plain));
  }
  for (const bad of ['A', 'AAAA', 'GGW', ':::', 'V5', '::', 'aa', 'BB\n', 'BB8 ', 'B,8', 'é0'])
    assert.equal(fromBase45(utf8.encode(bad)), null, bad);
  assert.deepEqual(fromBase45(utf8.encode('FGW')), Uint8Array.of(255, 255));
  assert.deepEqual(fromBase45(utf8.encode('U5')), Uint8Array.of(255));
  assert.deepEqual(fromBase45(utf8.encode('T5')), Uint8Array.of(254));
});

const honest = forgeCard();
const text = new TextDecoder().decode(honest);
const of = (changed: string): Uint8Array => utf8.encode(changed);

test('what an honest card says', () => {
  const verdict = judged(honest) as CardVerdict;
  assert.deepEqual(Object.keys(verdict).sort(), [
    'as_of',
    'certified_by',
    'custodian',
    'custodian_name',
    'events',
    'failure',
    'head',
    'item',
    'item_id',
    'network',
    'notices',
    'on_hand',
    'schema',
    'signatures',
    'state',
    'test',
    'trust_root',
    'verdict',
    'witnessed_by',
  ]);
  assert.equal(verdict.item, 'https://id.gs1.org/01/09521234543213/10/FORGED');
  assert.equal(verdict.item_id, ITEM);
  assert.equal(verdict.state, 'released');
  assert.equal(verdict.on_hand, '5 LTR');
  assert.equal(verdict.custodian, ORG);
  assert.equal(verdict.custodian_name, 'One');
  assert.equal(verdict.events, 1n);
  assert.equal(verdict.network, NETWORK);
  assert.equal(verdict.signatures.checked, 3);
  assert.deepEqual(idsOf(verdict), ['test-network', 'no-trust-root', 'card-covers', 'card-covers-not']);
});

function idsOf({ notices }: Verdict): string[] {
  return notices.map((one) => one.id);
}

refuses('a card and the end of a line', null, of(`${text}\n`));
refuses('a card and the end of a line of Windows', null, of(`${text}\r\n`));
refuses('a card and two ends of lines', 'H9201', of(`${text}\n\n`));
refuses('a card and a blank', 'H9201', of(`${text} `));
refuses('a card and what is behind it', 'H9201', of(`${text}\nx`));
refuses('small letters', 'H9201', of(`HUFU1:${text.slice(6).toLowerCase()}`));
refuses('a character too few', 'H9201', of(text.slice(0, -1)));
refuses('a card of nothing', 'H9202', of('HUFU1:'));
refuses('a card of one character', 'H9201', of('HUFU1:0'));
refuses('what is no ASCII', 'H9201', of(`HUFU1:é${text.slice(8)}`));
refuses('what is no UTF-8', 'H9201', Uint8Array.from([...of('HUFU1:'), 0xff, 0xff, 0xff]));
refuses('a text of the greatest length', 'H9202', of(`HUFU1:${'0'.repeat(4_290)}`));
refuses('a text of the greatest length, and a line end', 'H9202', of(`HUFU1:${'0'.repeat(4_290)}\r\n`));
refuses('a text that is too long', 'H9200', of(`HUFU1:${'0'.repeat(4_291)}`));
refuses('a text of other characters, not too long', 'H9201', of(`HUFU1:${'é'.repeat(2_145)}`));
refuses('a text of other characters that is too long', 'H9200', of(`HUFU1:${'é'.repeat(2_146)}`));
refuses('a text larger than a file may be', 'H9200', of(`HUFU1:${'0'.repeat(33_554_432)}`));

test('of a file that is too large the program reads what it is', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'hufu-cards-')), 'large');
  for (const [beginning, schema, code] of [
    ['HUFU1:0', 'hufu.card-verdict/1', 'H9200'],
    ['{"schema":"hufu.feed/1"', 'hufu.verdict/1', 'H9001'],
  ] as const) {
    writeFileSync(file, beginning);
    truncateSync(file, 33_554_433);
    const verdict = JSON.parse(new Batch().answer(JSON.stringify({ bundle: file }))) as Verdict;
    assert.equal(verdict.schema, schema);
    assert.equal(verdict.failure?.code, code);
  }
  rmSync(dirname(file), { recursive: true });
});
refuses('a byte too many', 'H9202', { changeBytes: (bytes) => Uint8Array.from([...bytes, 0]) });
refuses('a byte too few', 'H9202', { changeBytes: (bytes) => bytes.slice(0, -1) });

test('what does not begin as a card is none', () => {
  for (const file of [
    ` ${text}`,
    `\n${text}`,
    `\ufeff${text}`,
    text.toLowerCase(),
    `HUFU2:${text.slice(6)}`,
    'HUFU1',
  ]) {
    const verdict = judged(of(file));
    assert.equal(verdict.schema, 'hufu.verdict/1');
    assert.equal(verdict.failure?.code, 'H9002');
  }
  const packed = judged(new Uint8Array(gzipSync(honest)));
  assert.equal(packed.schema, 'hufu.verdict/1');
  assert.equal(packed.failure?.code, 'H9002');
});

const setOf = ({ head }: Card): Hash => hashOf('validators', rec.validatorSet, head.validators);
refuses('the same set as the next one', 'H9202', { changeCard: (card) => (card.head.next = setOf(card)) });
refuses('another set as the next one', 'H9024', { changeCard: ({ head }) => (head.next = ITEM) });
refuses('a signer beyond the set', 'H9202', { changeCard: ({ head }) => (head.signers = 2) });
refuses('the last bit of the signers', 'H9202', { changeCard: ({ head }) => (head.signers = 0x8001) });
refuses('no signer, and a signature', 'H9202', { changeCard: ({ head }) => (head.signers = 0) });
refuses('a signer without signature', 'H9202', { changeCard: ({ head }) => (head.signatures = []) });
refuses('no signer at all', 'H9025', {
  changeCard: ({ head }) => {
    head.signers = 0;
    head.signatures = [];
  },
});
refuses('a set of nobody', 'H9202', { changeCard: ({ head }) => (head.validators = []) });
refuses('a changed signature', 'H9024', {
  changeCard: ({ head }) => (head.signatures = [new Uint8Array(64)]),
});
refuses('a round before that of the header', 'H9021', { changeCard: ({ head }) => (head.round = 1) });
refuses('another version', 'H9020', { changeCard: ({ head }) => (head.version = 2) });
refuses('a link that changes nothing', 'H9027', {
  changeCard: ({ head, chain }) => chain.push({ ...head, height: 2n }),
});
refuses('witnesses out of order', 'H9006', { changeCard: ({ witnesses }) => witnesses.reverse() });
refuses('a witness twice', 'H9006', {
  changeCard: ({ witnesses }) => witnesses.splice(1, 1, ...witnesses.slice(0, 1)),
});
refuses('a witness of another block', 'H9031', {
  changeCard: ({ witnesses: [one] }) => one !== undefined && (one.signature = new Uint8Array(64)),
});
const path = (length: number) => Array.from({ length }, () => new Uint8Array(32));
refuses('a path of too many hashes', 'H9005', { changeCard: (card) => (card.history = { size: 3n, path: path(41) }) });
refuses('a path that is not that of the place', 'H9030', {
  changeCard: (card) => (card.history = { size: 3n, path: path(40) }),
});
refuses('a path of the last of three blocks', null, {
  changeCard: (card) => (card.history = { size: 3n, path: path(1) }),
});
refuses('another item', 'H9040', { changeCard: (card) => (card.id = UNITS[0] ?? '') });
refuses('another record', 'H9040', { changeCard: (card) => (card.record.state = 'lost') });
refuses('a holder that is not proved', 'H9040', { changeCard: ({ holder }) => holder && (holder.name = 'Two') });
refuses('a holder that is left out of what is proved', 'H9040', { changeCard: (card) => (card.holder = null) });
refuses('a card without the name of the holder', null, { holder: false });
refuses('a holder who does not hold', 'H9204', { changeItem: (item) => (item.custodian = ITEM) });
refuses('four units', null, { units: 4 });
refuses('five units', 'H9203', { units: 5 });
refuses('a unit without the item in it', 'H9203', { units: 1, changeItem: (item) => (item.container = null) });
refuses('an item without its unit', 'H9203', { changeItem: (item) => (item.container = { unit: ITEM, level: 0 }) });
refuses('an item in another unit', 'H9203', {
  units: 2,
  changeItem: (item) => (item.container = { unit: ITEM, level: 0 }),
});
refuses('the last unit in another', 'H9203', {
  units: 2,
  changeUnit: (unit, index) => index === 1 && (unit.container = { unit: ITEM, level: 0 }),
});
refuses('a unit that is none', 'H9203', { units: 2, changeUnit: (unit, index) => index === 0 && (unit.inside = null) });
refuses('a unit twice', 'H9040', { units: 1, changeCard: ({ units }) => units.push(...units) });
refuses('units in another order', 'H9203', { units: 2, changeCard: ({ units }) => units.reverse() });
refuses('the holder of the item, not of the unit', 'H9204', {
  units: 1,
  changeUnit: (unit) => (unit.custodian = ITEM),
});
refuses('the holder of the unit, not of the item', null, { units: 1, changeItem: (item) => (item.custodian = ITEM) });
refuses('quantities that do not balance', 'H9066', {
  changeItem: (item) => (item.onHand = { amount: 1n, unit: 'LTR' }),
});
refuses('quantities of several units', 'H9066', { changeItem: (item) => (item.used = { amount: 0n, unit: 'KGM' }) });

test('a failure keeps what was certified, and nothing of the item', () => {
  const verdict = judged(forgeCard({ holder: true, changeItem: (item) => (item.custodian = ITEM) })) as CardVerdict;
  assert.equal(verdict.as_of?.height, 3n);
  assert.equal(verdict.signatures.checked, 3);
  assert.equal(verdict.custodian, null);
  assert.deepEqual(verdict.notices, []);
});

test('notices are those of a bundle, in its order', () => {
  const hold = { by: [ORG], placed: 1n, reason: 'recall' };
  const offer: rec.ItemRecord['offer'] = {
    terms: ITEM,
    receiver: ORG,
    expires: 1n,
    purpose: 'sale',
    premises: null,
  };
  const card = forgeCard({
    units: 2,
    holder: false,
    changeItem: (item) => {
      item.marks = { hgr: false, researchOnly: true };
      item.holds = [hold, hold];
      item.offer = offer;
    },
    changeUnit: (unit, index) => {
      unit.holds = [hold];
      if (index === 1) unit.offer = offer;
    },
  });
  const verdict = judged(card) as CardVerdict;
  assert.deepEqual(idsOf(verdict), [
    'test-network',
    'no-trust-root',
    'packed-in',
    'unit-held',
    'unit-held',
    'unit-offered',
    'research-only',
    'held',
    'held',
    'offer-pending',
    'card-covers',
    'card-covers-not',
  ]);
  const offered = verdict.notices.find((one) => one.id === 'unit-offered')?.message ?? '';
  assert.match(offered, new RegExp(`${UNITS[1]}.* an offer waits for its answer until 1970-01-01T00:00:00.001Z`));
  assert.equal(verdict.custodian, ORG);
  assert.equal(verdict.custodian_name, null);
});

test('a character that is exchanged is never taken', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  for (let at = 6; at < text.length; at += 7) {
    const other = alphabet.charAt((alphabet.indexOf(text.charAt(at)) + 1 + (at % 44)) % 45);
    const verdict = judged(of(text.slice(0, at) + other + text.slice(at + 1)));
    assert.equal(verdict.verdict, 'invalid', `character ${at}`);
    assert.match(verdict.failure?.code ?? '', /^H9(006|02[0-9]|03[01]|040|066|20[1-4])$/);
  }
});

test('parts of a card encode again', () => {
  let bytes: Uint8Array | null = null;
  forgeCard({ units: 3, changeCard: (card) => (bytes = encode(cardPart, card)) });
  const file = forgeCard({ units: 3 });
  assert.deepEqual(fromBase45(file.subarray(6)), bytes);
});

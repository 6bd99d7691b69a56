// Parts by themselves: integers, texts, JSON, lists, trees, the curve, what the build leaves behind.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { decode, encode, fromHex, toHex, type Codec } from '../src/bytes.ts';
import { bool, hash, i16, i32, list, option, raw, text, u16, u32, u64, u8 } from '../src/codec.ts';
import { KeyRing, keyIsUsable, type Check } from '../src/curve.ts';
import { codeText, hsCode, hsText, itemCode, quantity, quantityText } from '../src/gs1.ts';
import { listOf as merkleList, listRoot, taggedHex } from '../src/hash.ts';
import {
  JsonError,
  fromBase64Url,
  object,
  listOf,
  parse,
  text as jsonText,
  textOf,
  u64 as jsonU64,
} from '../src/json.ts';
import * as ops from '../src/operations.ts';
import { policyPack } from '../src/pack.ts';
import { packIsSound } from '../src/packcheck.ts';
import * as rec from '../src/records.ts';
import { jointRoot } from '../src/tree.ts';
import { toJson, verify } from '../src/verify.ts';
import { VECTORS, cases, content, json } from './vectors.ts';

function refuses(codec: Codec<unknown>, bytes: string): void {
  assert.throws(() => decode(codec, fromHex(bytes)), { name: 'Malformed' }, bytes);
}

function same<T>(codec: Codec<T>, bytes: string): T {
  const value = decode(codec, fromHex(bytes));
  assert.equal(toHex(encode(codec, value)), bytes);
  return value;
}

interface CodecVectors {
  integers: { bytes: string; value: string }[];
  signed: { bytes: string; value: number }[];
  texts: { bytes: string; value: string }[];
  options: { bytes: string; value: number | null }[];
  item_codes: { bytes: string; value: string }[];
  quantities: { bytes: string; value: string }[];
  hs: { bytes: string; value: string };
  refused: { bytes: string; type: string; why: string }[];
}

const vectors = json('ledger-codec.json') as CodecVectors;

test('encodings of the specification', () => {
  for (const { bytes, value } of vectors.integers) assert.equal(same(u64, bytes).toString(), value);
  for (const { bytes, value } of vectors.signed) assert.equal(same(i32, bytes), value);
  for (const { bytes, value } of vectors.texts) assert.equal(same(text(300), bytes), value);
  for (const { bytes, value } of vectors.options) assert.equal(same(option(u32), bytes), value);
  for (const { bytes, value } of vectors.quantities) assert.equal(quantityText(same(quantity, bytes)), value);
  assert.equal(hsText(same(hsCode, vectors.hs.bytes)), vectors.hs.value);
  for (const { bytes, value } of vectors.item_codes) {
    assert.equal(codeText(same(itemCode, bytes)).replace('https://id.gs1.org/', ''), value);
  }
});

test('encodings that are refused', () => {
  const codecs: Readonly<Record<string, Codec<unknown>>> = {
    u8,
    u16,
    u32,
    u64,
    i32,
    bool,
    text: text(64),
    list: list(u8),
  };
  let read = 0;
  for (const { bytes, type, why } of vectors.refused) {
    const codec = codecs[type];
    if (codec === undefined) continue;
    read += 1;
    assert.throws(() => decode(codec, fromHex(bytes)), { name: 'Malformed' }, why);
  }
  assert.ok(read >= 6, `${read} of ${vectors.refused.length}`);
});

test('integers have one form', () => {
  for (const value of [
    0n,
    1n,
    250n,
    251n,
    252n,
    65_535n,
    65_536n,
    0xffff_ffffn,
    0x1_0000_0000n,
    0xffff_ffff_ffff_ffffn,
  ]) {
    assert.equal(decode(u64, encode(u64, value)), value);
  }
  for (const bytes of [
    'fb0000',
    'fbfa00',
    'fcffff0000',
    'fd00000000ffffff',
    'fdffffffff00000000',
    'fe',
    'ff',
    'fb00',
    '',
    '0000',
  ]) {
    refuses(u64, bytes);
  }
  refuses(u16, 'fc00000100');
  refuses(u32, 'fd0000000001000000');
  refuses(bool, '02');
  refuses(option(u8), '0200');
  refuses(list(u8), 'fdffffffffffffffff');
  for (const value of [0, 1, -1, 32_767, -32_768]) assert.equal(decode(i16, encode(i16, value)), value);
});

test('texts show all that they hold', () => {
  for (const bytes of [
    '0100',
    '011f',
    '017f',
    '02c280',
    '03e280ae',
    '03e2808b',
    '03efbbbf',
    '02d89c',
    '04f3a08081',
    '02c328',
    '03eda080',
  ]) {
    refuses(text(16), bytes);
  }
  assert.equal(decode(text(16), fromHex('06e8998ee7aca6')), '虎符');
  refuses(text(2), '03616263');
});

function problem(source: string | Uint8Array): string | null {
  const shape = object({ a: jsonText, b: listOf(jsonU64, 3) });
  try {
    parse(typeof source === 'string' ? source : textOf(source), shape);
    return null;
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error));
    return error.problem;
  }
}

test('strict JSON', () => {
  for (const good of ['{"a":"","b":[]}', ' {"b" : [ 0 , 18446744073709551615 ] ,\n"a":"\\ud83d\\udc2f\\u0000" } '])
    assert.equal(problem(good), null);
  const syntax = [
    '',
    '{',
    '{"a":"x","b":[]',
    '{"a":"x","b":[],}',
    '{"a":"x","b":[1,]}',
    "{'a':'x'}",
    '{"a":"x" "b":[]}',
    '{"a":"x","b":[01]}',
    '{"a":"x","b":[1.]}',
    '{"a":"x","b":[+1]}',
    '{"a":"x","b":[.5]}',
    '{"a":"x","b":[1e]}',
    '{"a":"\\x","b":[]}',
    '{"a":"\n","b":[]}',
    '{"a":"\\ud800","b":[]}',
    '{"a":"\\udc00","b":[]}',
    '{"a":"\\ud800\\u0041","b":[]}',
    '{"a":"\\u12","b":[]}',
    '{"a":"x","b":[]} x',
    '{"a":"x","b":[nul]}',
    '{"a":"x","b":[1e400]}',
    `{"a":"x","b":[1${'0'.repeat(400)}]}`,
    '{"a":"x","b":[NaN]}',
    '// {}',
    '{"a":"x","b":[]}{}',
  ];
  for (const bad of syntax) assert.equal(problem(bad), 'syntax', bad);
  assert.equal(problem(Uint8Array.of(0x22, 0xff, 0x22)), 'syntax');
  assert.equal(problem(new TextEncoder().encode('\ufeff{"a":"x","b":[]}')), 'syntax');
  const shape = [
    '[]',
    '"x"',
    'null',
    '{}',
    '{"a":"x"}',
    '{"a":"x","b":[],"c":1}',
    '{"a":"x","a":"x","b":[]}',
    '{"a":"x","b":[],"\\u0061":"y"}',
    '{"a":1,"b":[]}',
    '{"a":null,"b":[]}',
    '{"a":"x","b":{}}',
    '{"a":"x","b":[1,2,3,4]}',
    '{"a":"x","b":[-1]}',
    '{"a":"x","b":[-0]}',
    '{"a":"x","b":[1.0]}',
    '{"a":"x","b":[1e2]}',
    '{"a":"x","b":[18446744073709551616]}',
    '{"a":"x","b":["1"]}',
    '{"__proto__":1,"a":"x","b":[]}',
    '{"a":"x","b":[true]}',
    '{"constructor":1}',
  ];
  for (const bad of shape) assert.equal(problem(bad), 'shape', bad);
});

test('depth and width of JSON do not matter', () => {
  const deep = 2_000_000;
  assert.equal(problem('['.repeat(deep) + ']'.repeat(deep)), 'shape');
  assert.equal(problem('['.repeat(deep)), 'syntax');
  assert.equal(problem(`${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`), 'shape');
  assert.equal(problem(`{"a":"x","b":[${'1,'.repeat(deep)}1]}`), 'shape');
});

test('base64url without padding has one form', () => {
  assert.deepEqual(fromBase64Url(''), new Uint8Array(0));
  assert.deepEqual(fromBase64Url('_-8'), Uint8Array.of(0xff, 0xef));
  for (const bad of ['A', 'AB', 'AAB', 'AA==', 'AA=', 'A+', 'A/', 'AA\n', 'é', 'AAAAA', '\ud83d\udc2f'])
    assert.equal(fromBase64Url(bad), null, bad);
});

test('sizes and shapes of whole files', () => {
  const ask = (bundle: Uint8Array): string | undefined =>
    verify({ file: bundle, trust: null, nowMs: null, maxAgeMs: null, allowTest: false }).failure?.code;
  assert.equal(ask(new Uint8Array(33_554_433)), 'H9001');
  assert.equal(ask(new Uint8Array(33_554_432)), 'H9002');
  assert.equal(ask(new TextEncoder().encode('{}')), 'H9003');
  const [one] = cases();
  const other = new TextDecoder().decode(content(one?.bundle ?? '')).replace('hufu.bundle/1', 'hufu.bundle/2');
  assert.equal(ask(new TextEncoder().encode(other)), 'H9004');
  const large = verify({
    file: new Uint8Array(0),
    trust: new Uint8Array(262_145),
    nowMs: null,
    maxAgeMs: null,
    allowTest: false,
  });
  assert.equal(large.failure?.code, 'H9190');
});

test('what is decoded encodes again to the same bytes', () => {
  for (const one of cases()) {
    const code = (one.verdict['failure'] as { code: string } | null)?.code;
    if (one.verdict['schema'] !== 'hufu.verdict/1' || one.bundle.endsWith('.gz') || code === 'H9003') continue;
    const file = json(one.bundle) as {
      item: string;
      code: string;
      proof: string;
      classes: string[];
      packs: string[];
      keys: string[];
      orgs: string[];
      anchor: { header: string; certificate: string; validators: string };
      events: {
        event: string;
        tx: { body: string; signatures: string; entry: { bytes: string; path: string } | null } | null;
      }[];
    };
    const check = <T>(codec: Codec<T>, value: string): void => {
      const bytes = fromBase64Url(value);
      if (bytes !== null) assert.equal(toHex(encode(codec, decode(codec, bytes))), toHex(bytes));
    };
    check(rec.header, file.anchor.header);
    check(rec.certificate, file.anchor.certificate);
    check(rec.validatorSet, file.anchor.validators);
    check(rec.jointProof, file.proof);
    check(rec.itemRecord, file.item);
    check(rec.codeRecord, file.code);
    for (const bytes of file.classes) check(rec.classRecord, bytes);
    for (const bytes of file.packs) check(policyPack, bytes);
    for (const bytes of file.keys) check(rec.keyRecord, bytes);
    for (const bytes of file.orgs) check(rec.orgRecord, bytes);
    for (const { event, tx } of file.events) {
      check(rec.event, event);
      if (tx === null) continue;
      check(ops.txBody, tx.body);
      check(ops.signatures, tx.signatures);
      if (tx.entry !== null) check(ops.entry, tx.entry.bytes);
    }
  }
});

test('effects and transactions of the ledger vectors decode', () => {
  const events = Object.values(json('ledger-events.json') as Record<string, unknown>).flat() as {
    bytes?: string;
    hash?: string;
  }[];
  const read = events.filter((one) => typeof one.bytes === 'string' && typeof one.hash === 'string');
  assert.ok(read.length > 20, `${read.length} events`);
  for (const { bytes = '', hash: expected } of read) {
    same(rec.event, bytes);
    assert.equal(taggedHex('event', fromHex(bytes)), expected);
  }
});

test('packs that come with the program are sound', () => {
  const { packs } = json('packs.json') as { packs: { bytes: string; hash: string; name?: string }[] };
  for (const { bytes, hash: expected } of packs) {
    const pack = same(policyPack, bytes);
    assert.equal(taggedHex('policy-pack', fromHex(bytes)), expected);
    assert.ok(packIsSound(pack, bytes.length / 2), pack.name);
    assert.ok(!packIsSound({ ...pack, name: '' }, bytes.length / 2));
    assert.ok(!packIsSound({ ...pack, acts: pack.acts.slice(1) }, 6_145));
  }
});

interface ListVectors {
  lists: { items: string[]; paths: string[][]; root: string }[];
}

test('Merkle lists', () => {
  for (const { items, paths, root } of (json('ledger-lists.json') as ListVectors).lists) {
    items.forEach((item, i) => {
      const path = (paths[i] ?? []).map(fromHex);
      assert.equal(listRoot(item, BigInt(i), BigInt(items.length), path), root);
      assert.notEqual(listRoot(item, BigInt(i), BigInt(items.length + 1), path), root);
      assert.equal(listRoot(item, BigInt(items.length), BigInt(items.length), path), null);
      assert.equal(listRoot(item, BigInt(i), BigInt(items.length), [...path, new Uint8Array(32)]), null);
      if (path.length > 0) assert.equal(listRoot(item, BigInt(i), BigInt(items.length), path.slice(1)), null);
    });
  }
});

interface TreeVectors {
  trees: { root: string; leaves: [string, string][]; joint: { leaves: number[]; proof: string }[] }[];
  refused_joint: { proof: string; why: string }[];
}

test('the root of a list is that of its paths', () => {
  for (const { items, root } of (json('ledger-lists.json') as ListVectors).lists) assert.equal(merkleList(items), root);
});

test('joint proofs', () => {
  let read = 0;
  const { trees, refused_joint: refused } = json('ledger-state-tree.json') as TreeVectors;
  for (const tree of trees) {
    for (const joint of tree.joint) {
      const leaves = joint.leaves.map((at) => {
        const [key, value] = tree.leaves[at] ?? ['', ''];
        return { position: fromHex(key), value: fromHex(value) };
      });
      const proof = decode(rec.jointProof, fromHex(joint.proof));
      read += 1;
      assert.equal(jointRoot(leaves, proof), tree.root);
      assert.equal(jointRoot(leaves.slice(1), proof), null);
      assert.notEqual(jointRoot(leaves, { ...proof, siblings: [...proof.siblings, null] }), tree.root);
    }
  }
  assert.ok(read > 0);
  for (const { proof: bytes, why } of refused) {
    const proof = decode(rec.jointProof, fromHex(bytes));
    for (const tree of trees) {
      for (const first of tree.leaves) {
        for (const second of tree.leaves) {
          const leaves = [first, second].map(([key, value]) => ({ position: fromHex(key), value: fromHex(value) }));
          assert.notEqual(jointRoot(leaves, proof), tree.root, why);
        }
      }
    }
  }
});

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

/** The eight points of small order, and encodings of some of them that are not canonical. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

test('ZIP 215: every encoding of a point of small order is taken as A and as R', () => {
  const ring = new KeyRing();
  const message = new TextEncoder().encode('Zcash');
  for (const a of SMALL_ORDER) {
    for (const r of SMALL_ORDER) {
      const signature = fromHex(r + '00'.repeat(32));
      assert.ok(ring.holds(fromHex(a), message, signature), `${a} ${r}`);
    }
    assert.ok(!keyIsUsable(fromHex(a)), a);
  }
});

test('ZIP 215: the scalar is below the order', () => {
  const ring = new KeyRing();
  const secret = new Uint8Array(32).fill(7);
  const key = ed25519.getPublicKey(secret);
  const message = new TextEncoder().encode('item');
  const signature = ed25519.sign(message, secret);
  assert.ok(ring.holds(key, message, signature));
  assert.ok(keyIsUsable(key));
  const s = BigInt(`0x${toHex(signature.slice(32).reverse())}`);
  const malleable = Uint8Array.from([...signature.slice(0, 32), ...littleEndian(s + ORDER)]);
  assert.ok(!ring.holds(key, message, malleable));
  const equal = Uint8Array.from([...fromHex(SMALL_ORDER[0] ?? ''), ...littleEndian(ORDER)]);
  assert.ok(!ring.holds(fromHex(SMALL_ORDER[0] ?? ''), message, equal));
});

test('ZIP 215: the equation is cofactored', () => {
  const ring = new KeyRing();
  const torsion = Point.fromBytes(fromHex(SMALL_ORDER[4] ?? ''), true);
  const secret = 12_345n;
  const mixed = Point.BASE.multiply(secret).add(torsion);
  const key = mixed.toBytes();
  const nonce = 67_890n;
  const r = Point.BASE.multiply(nonce).toBytes();
  const message = new TextEncoder().encode('mixed');
  const k = BigInt(`0x${toHex(sha512(Uint8Array.from([...r, ...key, ...message])).reverse())}`) % ORDER;
  const signature = Uint8Array.from([...r, ...littleEndian((nonce + k * secret) % ORDER)]);
  assert.ok(ring.holds(key, message, signature));
  assert.ok(!keyIsUsable(key));
});

test('ZIP 215: many together hold exactly when each holds', () => {
  const message = new TextEncoder().encode('together');
  const small: Check[] = SMALL_ORDER.map((a) => ({
    key: fromHex(a),
    message,
    signature: fromHex(a + '00'.repeat(32)),
  }));
  const signed: Check[] = Array.from({ length: 60 }, (_, i) => {
    const secret = new Uint8Array(32).fill(1 + (i % 5));
    const text = Uint8Array.of(i);
    return { key: ed25519.getPublicKey(secret), message: text, signature: ed25519.sign(text, secret) };
  });
  const all = [...small, ...signed];
  assert.ok(new KeyRing().allHold(all));
  assert.ok(new KeyRing().allHold(all.slice(0, 4)));
  for (const at of [20, 45, all.length - 1]) {
    const changed = all.map((one, i) => (i === at ? { ...one, message: Uint8Array.of(255) } : one));
    assert.ok(!new KeyRing().allHold(changed), `check ${at}`);
  }
  const swapped = all.map((one, i) => (i === 30 ? { ...one, signature: all[31]?.signature ?? one.signature } : one));
  assert.ok(!new KeyRing().allHold(swapped));
});

test('ZIP 215: what is no point is no key', () => {
  const ring = new KeyRing();
  const none = fromHex(`02${'00'.repeat(31)}`);
  assert.ok(!ring.holds(none, new Uint8Array(0), new Uint8Array(64)));
  assert.ok(!keyIsUsable(none));
  assert.ok(!ring.holds(fromHex(SMALL_ORDER[0] ?? ''), new Uint8Array(0), new Uint8Array(63)));
});

test('numbers keep all their digits', () => {
  assert.equal(toJson({ a: [2n ** 63n, null, 'x"'], b: true }), '{"a":[9223372036854775808,null,"x\\""],"b":true}');
});

test('hashes are kept as text and written as bytes', () => {
  assert.equal(same(hash, '0f'.repeat(32)), '0f'.repeat(32));
  assert.equal(same(raw(2), '0102').length, 2);
});

test('no file of the project holds a host, a leftover mark or too many lines', () => {
  const root = new URL('../../', import.meta.url);
  const names = ['src', 'test'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root)).map((name) => `${folder}/${name}`),
  );
  for (const name of [
    ...names,
    'build.mjs',
    'package.json',
    'package-lock.json',
    'README.md',
    '.npmrc',
    'tsconfig.json',
  ]) {
    const source = readFileSync(new URL(name, root), 'utf8');
    if (name !== 'package-lock.json') assert.ok(source.split('\n').length <= 800, `${name} is too long`);
    if (name !== 'package-lock.json') assert.doesNotMatch(source, new RegExp(['FIX', 'ME|TO', 'DO'].join('')), name);
    assert.doesNotMatch(
      source.replaceAll('id.gs1.org', '').replaceAll('www.w3.org', ''),
      /:\/\/[a-z0-9-]+\.[a-z]/i,
      name,
    );
    assert.doesNotMatch(source, new RegExp(['"reso', 'lved"'].join('')), name);
  }
  assert.ok(VECTORS.pathname.endsWith('/docs/formats/vectors/'));
});

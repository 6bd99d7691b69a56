// Types beyond those that the vectors of bundles use, compressed files, what a file says it is, and fields that say nothing.
import assert from 'node:assert/strict';
import { gzipSync, deflateRawSync } from 'node:zlib';
import { test } from 'node:test';
import { decode, encode, fromHex, toHex, type Codec } from '../src/bytes.ts';
import { unpacked } from '../src/gunzip.ts';
import { DECOMPRESSED_MOST } from '../src/gzip.ts';
import type { Bundle } from '../src/bundle.ts';
import { schemaOf, utf8Length } from '../src/json.ts';
import { Store } from '../src/memo.ts';
import * as ops from '../src/operations.ts';
import { namesOf } from '../src/readable.ts';
import * as rec from '../src/records.ts';
import { Refusal } from '../src/refusal.ts';
import { rejection } from '../src/rejection.ts';
import { isMeant } from '../src/shape.ts';
import { provesAbsence, provesPresence } from '../src/tree.ts';
import { agencyNames } from '../src/trust.ts';
import { verify } from '../src/verify.ts';
import { content, json } from './vectors.ts';

function same<T>(codec: Codec<T>, bytes: string): T {
  const value = decode(codec, fromHex(bytes));
  assert.equal(toHex(encode(codec, value)), bytes);
  return value;
}

test('every operation decodes, under its number', () => {
  const { transactions } = json('ledger-transactions.json') as { transactions: { act: string; body: string }[] };
  const acts = new Set<string>();
  for (const { act, body } of transactions) {
    const { operation } = same(ops.txBody, body);
    assert.equal(operation.is, act);
    assert.equal(encode(ops.operation, operation)[0], ops.numberOf(operation));
    assert.ok(isMeant(operation), act);
    acts.add(act);
  }
  assert.ok(acts.size >= 50);
});

test('every refusal decodes', () => {
  const { rejections } = json('ledger-rejections.json') as { rejections: { bytes: string; name: string }[] };
  const names = new Set(
    rejections.map(({ bytes, name }) => {
      assert.equal(same(rejection, bytes).is, name);
      return name;
    }),
  );
  assert.equal(names.size, 124);
});

test('evidence of the ledger decodes', () => {
  const { evidence } = json('ledger-votes.json') as { evidence: string[] };
  for (const bytes of evidence) same(rec.evidence, bytes);
});

interface ProofVectors {
  trees: { root: string; proofs: { key: string; value: string | null; proof: string }[] }[];
}

test('proofs of presence and absence', () => {
  const { trees } = json('ledger-state-tree.json') as ProofVectors;
  let absent = 0;
  for (const { root, proofs } of trees) {
    for (const { key, value, proof: bytes } of proofs) {
      const position = fromHex(key);
      const proof = same(rec.stateProof, bytes);
      assert.equal(provesAbsence(position, proof, root), value === null);
      const leaf = { position, value: fromHex(value ?? '00'.repeat(32)) };
      assert.equal(provesPresence(leaf, proof, root), value !== null);
      const longer = { ...proof, siblings: [...proof.siblings, null] };
      assert.ok(!provesPresence(leaf, longer, root));
      assert.ok(!provesPresence({ ...leaf, value: new Uint8Array(32) }, proof, root));
      if (value === null) absent += 1;
    }
  }
  assert.ok(absent > 0);
});

test('fields that say nothing, or what cannot be', () => {
  const list = { count: 1, root: '00'.repeat(32) };
  const item = '11'.repeat(32);
  const nothing = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
  const telemetry = { is: 'telemetry' as const, root: nothing, count: 1, from: 0n, to: 0n, min: -273_150, max: 0 };
  const good: ops.Operation[] = [
    { is: 'place-hold', item, reason: ' x' },
    { is: 'arrive', list, port: 'HKHKG' },
    { is: 'exit', list, port: 'CNSZ9' },
    { is: 'note', list, note: { ...telemetry, kind: 'temperature' } },
    { is: 'note', list, note: { ...telemetry, kind: 'position', min: -400_000 } },
    { is: 'inspect', list, result: 'passed', video: null, private: null },
    { is: 'anchor', documents: item, count: 1 },
  ];
  const bad: ops.Operation[] = [
    { is: 'place-hold', item, reason: '' },
    { is: 'return', list, reason: ' \u00a0\u3000' },
    { is: 'destroy', list, reason: '\u2003' },
    { is: 'refuse', item, terms: item, reason: '' },
    { is: 'arrive', list, port: 'HKHK' },
    { is: 'arrive', list, port: 'XXHKG' },
    { is: 'arrive', list, port: 'CNSZ1' },
    { is: 'exit', list, port: 'cnszx' },
    { is: 'exit', list, port: 'CNSZXX' },
    { is: 'test', list, passed: true, report: nothing },
    { is: 'inspect', list, result: 'passed', video: nothing, private: null },
    { is: 'note', list, note: { is: 'document', root: nothing } },
    { is: 'note', list, note: { is: 'expert', report: nothing } },
    { is: 'note', list, note: { ...telemetry, kind: 'temperature', min: -273_151 } },
    { is: 'report', filing: item, year: 2026, quarter: 0, list, last: false, private: null },
    { is: 'report', filing: item, year: 2026, quarter: 5, list, last: false, private: null },
    { is: 'anchor', documents: nothing, count: 1 },
    { is: 'anchor', documents: item, count: 0 },
  ];
  for (const op of good) assert.ok(isMeant(op), JSON.stringify(op.is));
  for (const op of bad) assert.ok(!isMeant(op), JSON.stringify(op.is));
});

const utf8 = new TextEncoder();

function kindOf(...parts: readonly (string | readonly number[])[]): string | null {
  const bytes = parts.flatMap((part) => [...(typeof part === 'string' ? utf8.encode(part) : part)]);
  return schemaOf(Uint8Array.from(bytes));
}

test('a file says what it is by its first schema', () => {
  assert.equal(kindOf('{"schema":"a"}'), 'a');
  assert.equal(kindOf(' {"x":{"schema":"b"},"y":["}"],"\\u0073chema" : "\\u0061","schema":"c"} x'), 'a');
  for (const found of [
    '{"schema":"a"',
    '{"schema":"a",}',
    '\t\r\n {\n"x" : 1e308 , "schema"\t:\r"a"',
    '{"x":"\\ud83d\\udc2f","sch\\u0065ma":"a"',
    '{"x":[{"schema":"b"}],"y":"{\\"schema\\":\\"b\\"}","schema":"a"',
    `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},"schema":"a"`,
    `{"x":"${'x'.repeat(65_530)}","schema":"a"`,
    `{"x":"${'\u8c37'.repeat(30_000)}","schema":"a"`,
  ]) {
    assert.equal(kindOf(found), 'a', found.slice(0, 80));
    // Whatever stands behind it.
    assert.equal(kindOf(found, [0xff, 0xed, 0xa0, 0x80]), 'a', found.slice(0, 80));
  }
  for (const none of [
    '',
    '[]',
    '{}',
    '{,"schema":"a"}',
    '{"schema":1,"schema":"a"}',
    '{"schema":null}',
    '{"schema":["a"]}',
    '{"schema":"a',
    '{"schema":"\\ud800"}',
    '{"x":nul,"schema":"a"}',
    '{"x" "schema":"a"}',
    '{"x":1 "schema":"a"}',
    '{"x":1,,"schema":"a"}',
    '{"x":01,"schema":"a"}',
    '{"x":1e400,"schema":"a"}',
    '{"x":-1e400,"schema":"a"}',
    '{"x":"\\ud800","schema":"a"}',
    '{"\\udc00":1,"schema":"a"}',
    '{"x":"\n","schema":"a"}',
    '{"x":[1,],"schema":"a"}',
    '{"x":{"schema":"b"}}',
    '\ufeff{"schema":"a"}',
    '\u00a0{"schema":"a"}',
    'x{"schema":"a"}',
    '"schema"',
  ])
    assert.equal(kindOf(none), null, none);
  for (const broken of [
    [0xff],
    [0xc0, 0x80],
    [0xc3],
    [0xed, 0xa0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
  ]) {
    assert.equal(kindOf('{"x":"', broken, '","schema":"a"}'), null, broken.join());
    assert.equal(kindOf('{"schema":"a', broken, '"}'), null, broken.join());
  }
  assert.equal(kindOf('{"x":"', [0xef, 0xbf, 0xbf, 0xf4, 0x8f, 0xbf, 0xbf], '","schema":"a"}'), 'a');
});

test('UTF-8 is that of the decoder', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decodes = (bytes: Uint8Array): boolean => {
    try {
      decoder.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  const firsts = [
    0, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5,
  ];
  const others = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  for (const first of firsts) {
    for (const second of others) {
      for (const third of others) {
        for (const fourth of others) {
          const bytes = Uint8Array.of(first, second, third, fourth);
          for (let width = 1; width <= 4; width += 1) {
            const some = bytes.subarray(0, width);
            assert.equal(utf8Length(some) === width, decodes(some), toHex(some));
          }
        }
      }
    }
  }
});

test('a file of which nothing can be read has the verdict of its kind', () => {
  const schemaFor = (file: Uint8Array | Refusal): string[] => {
    const { verdict } = verify({ file, trust: null, nowMs: null, maxAgeMs: null, allowTest: false });
    return [verdict.schema.replace(/^hufu\.|\/1$/g, ''), verdict.failure?.code ?? ''];
  };
  const feed = utf8.encode('{"schema":"hufu.feed/1"');
  assert.deepEqual(schemaFor(feed), ['feed-verdict', 'H9002']);
  assert.deepEqual(schemaFor(Uint8Array.from([...feed, 0xff])), ['feed-verdict', 'H9002']);
  assert.deepEqual(schemaFor(utf8.encode('{"schema":"hufu.feed/1","schema":"hufu.bundle/1"}')), [
    'feed-verdict',
    'H9003',
  ]);
  assert.deepEqual(schemaFor(utf8.encode('\ufeff{"schema":"hufu.feed/1"}')), ['verdict', 'H9002']);
  const large = new Uint8Array(33_554_433).fill(0x20);
  large.set(feed);
  assert.deepEqual(schemaFor(large), ['verdict', 'H9001']);
  assert.deepEqual(schemaFor(large.subarray(1)), ['verdict', 'H9002']);
  assert.deepEqual(schemaFor(large.subarray(0, -1)), ['feed-verdict', 'H9002']);
  assert.deepEqual(schemaFor(unpacked(new Uint8Array(gzipSync(large)))), ['verdict', 'H9001']);
  assert.deepEqual(schemaFor(unpacked(new Uint8Array(gzipSync(feed)))), ['feed-verdict', 'H9002']);
  assert.deepEqual(schemaFor(unpacked(new Uint8Array(gzipSync(feed)).slice(0, -1))), ['verdict', 'H9002']);
});

test('a compressed file may be longer than what is in it may be', () => {
  const text = content('bundle-van.json');
  const packed = new Uint8Array(gzipSync(text));
  const name = new Uint8Array(33_600_000).fill(0x61);
  name[name.length - 1] = 0;
  const long = new Uint8Array(packed.length + name.length);
  long.set(packed.subarray(0, 10));
  long[3] = 8;
  long.set(name, 10);
  long.set(packed.subarray(10), 10 + name.length);
  assert.deepEqual(unpacked(long), text);
});

test('organisations and agencies of one name are told apart', () => {
  const orgs = ['a', 'b', 'c'].map((id) => ({
    id,
    value: { name: id === 'c' ? 'Two' : 'One', identifier: { scheme: 'uscc', value: id } },
  }));
  const names = namesOf({ orgs } as unknown as Bundle);
  assert.deepEqual([...names.values()], ['One (uscc:a)', 'One (uscc:b)', 'Two']);
  const seats = (...all: [string, string][]) => [...agencyNames(all.map(([org, name]) => ({ org, name })))];
  assert.deepEqual(seats(['a', 'One'], ['b', 'Two'], ['a', 'Three']), [
    ['a', 'One'],
    ['b', 'Two'],
  ]);
  assert.deepEqual(seats(['a', 'One'], ['b', 'One'], ['c', 'one']), [
    ['a', 'One (a)'],
    ['b', 'One (b)'],
    ['c', 'one'],
  ]);
  // The second seat of another has the name, by which it is not called itself.
  assert.deepEqual(seats(['a', 'One'], ['b', 'Two'], ['b', 'One']), [
    ['a', 'One (a)'],
    ['b', 'Two'],
  ]);
  assert.deepEqual(seats(['a', 'One'], ['a', 'One']), [['a', 'One']]);
});

function codeOf(file: Uint8Array): string | null {
  const out = unpacked(file);
  return out instanceof Refusal ? out.code : null;
}

test('compressed files are one member and nothing behind it', () => {
  const text = content('bundle-van.json');
  const packed = new Uint8Array(gzipSync(text));
  assert.deepEqual(unpacked(packed), text);
  assert.equal(codeOf(text), null);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = packed.slice();
    copy[at < 0 ? copy.length + at : at] = value;
    return copy;
  };
  for (const bad of [
    packed.slice(0, 2),
    packed.slice(0, 9),
    packed.slice(0, -1),
    packed.slice(0, -8),
    packed.slice(0, packed.length >> 1),
    Uint8Array.from([...packed, 0]),
    Uint8Array.from([...packed, ...packed]),
    changed(2, 7),
    changed(3, 0x20),
    changed(3, 4),
    changed(3, 2),
    changed(-1, 1),
    changed(-5, 255 - (packed.at(-5) ?? 0)),
    changed(20, 255 - (packed.at(20) ?? 0)),
  ])
    assert.equal(codeOf(bad), 'H9002');
  const named = Uint8Array.from([...packed.slice(0, 3), 8, ...packed.slice(4, 10), 0x61, 0, ...packed.slice(10)]);
  assert.deepEqual(unpacked(named), text);
});

test('of what grows too much no more is decompressed than is allowed', () => {
  const member = (size: number): Uint8Array => new Uint8Array(gzipSync(new Uint8Array(size), { level: 9 }));
  assert.equal((unpacked(member(DECOMPRESSED_MOST - 1)) as Uint8Array).length, DECOMPRESSED_MOST - 1);
  assert.equal(codeOf(member(DECOMPRESSED_MOST)), 'H9001');
  const huge = deflateRawSync(new Uint8Array(400_000_000), { level: 9 });
  const bomb = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, ...huge, 1, 2, 3]);
  const before = process.memoryUsage().rss;
  assert.equal(codeOf(bomb), 'H9001');
  assert.ok(process.memoryUsage().rss - before < 150_000_000);
  const asked = { trust: null, nowMs: null, maxAgeMs: null, allowTest: false };
  assert.equal(verify({ ...asked, file: unpacked(bomb) }).failure?.code, 'H9001');
});

test('what is kept between files is bounded', () => {
  const store = new Store<number>(10_000);
  for (let i = 0; i < 10_000; i += 1) {
    store.set(`key ${i}`, i);
    if (i > 0) assert.equal(store.get('key 0') === undefined || store.get('key 0') === 0, true);
  }
  assert.equal(store.get('key 9999'), 9_999);
  assert.equal(store.get('key 5000'), undefined);
  store.set('x'.repeat(20_000), 1);
  assert.equal(store.get('x'.repeat(20_000)), undefined);
});

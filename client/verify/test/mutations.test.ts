// Thousands of damaged bundles, the same in every run: each has a verdict with a code of the specification.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify, type Verdict } from '../src/verify.ts';
import { unpacked } from '../src/gunzip.ts';
import { shareBetweenFiles } from '../src/memo.ts';
import { forgeCard } from './cards.ts';
import { changedByte, changedPart, honest, mutants, numbers, parsed } from './mutants.ts';
import { allCases, compared, content, plain, questionOf } from './vectors.ts';

const trust = content('bundle-trust.json');
const CODES = /^H9(00[1-8]|02[0-9]|03[01]|040|046|06[0-9]|070|08[0-9]|09[0-2]|11[0-2]|13[0-2]|14[01]|20[0-4])$/;

function judge(bundle: Uint8Array, what: string): Verdict {
  const { verdict, failure } = verify({ file: unpacked(bundle), trust, nowMs: null, maxAgeMs: null, allowTest: false });
  if (verdict.verdict === 'invalid') assert.match(failure?.code ?? '', CODES, `${what}: ${failure?.message}`);
  else assert.equal(failure, null, what);
  return verdict;
}

// As a run of many files is judged; that it makes no difference is tested at the end.
shareBetweenFiles();

const utf8 = new TextEncoder();

/** A history for another start than the reader's counts for nothing: all else of a file. */
function withoutHistory(file: Uint8Array): string {
  const all = JSON.parse(new TextDecoder().decode(file)) as { anchor: { history: unknown } };
  return JSON.stringify({ ...all, anchor: { ...all.anchor, history: null } });
}

test('bits that flip', () => {
  const next = numbers(1);
  for (const name of honest) {
    const original = content(name);
    for (let i = 0; i < 100; i += 1) {
      const bundle = original.slice();
      const at = next(bundle.length);
      bundle[at] = (bundle[at] ?? 0) ^ (1 << next(8));
      const verdict = judge(bundle, `${name}, byte ${at}`);
      if (verdict.verdict === 'invalid') continue;
      // Evidence of another set of validators may hold, but leads to nobody.
      if (verdict.verdict === 'untrusted' && name.startsWith('evidence')) continue;
      assert.equal(withoutHistory(bundle), withoutHistory(original), `${name}, byte ${at}`);
    }
  }
});

test('files that end too early or go on', () => {
  const next = numbers(2);
  for (const name of honest) {
    const original = content(name);
    for (let i = 0; i < 40; i += 1) judge(original.slice(0, next(original.length)), name);
    judge(Uint8Array.from([...original, 0x7d]), name);
    judge(Uint8Array.from([0xef, 0xbb, 0xbf, ...original]), name);
  }
});

/** Of related items whole histories and events go, come twice, and change places. */
test('related histories that are dropped, doubled, shortened or exchanged', () => {
  interface File {
    children: boolean;
    related: { item_id: string; events: unknown[]; later: string }[];
  }
  let judged = 0;
  for (const name of honest) {
    const { related } = parsed(name) as Partial<File>;
    if (related === undefined || related.length === 0) continue;
    const change = (what: string, edit: (file: File) => void): void => {
      const file = parsed(name) as File;
      edit(file);
      judged += 1;
      const { verdict } = judge(utf8.encode(JSON.stringify(file)), `${name}, ${what}`);
      assert.equal(verdict, 'invalid', `${name}, ${what}`);
    };
    if ((parsed(name) as File).children) change('without children', (file) => (file.children = false));
    related.forEach((one, at) => {
      change('dropped', (file) => file.related.splice(at, 1));
      change('doubled', (file) => file.related.splice(at, 0, structuredClone(one)));
      change('of another item', (file) => ((file.related[at] ?? one).item_id = '0'.repeat(64)));
      change('nothing later', (file) => ((file.related[at] ?? one).later += 'A'.repeat(128)));
      one.events.forEach((_, n) => {
        change('without an event', (file) => file.related[at]?.events.splice(n, 1));
        change('cut', (file) => file.related[at]?.events.splice(n));
      });
    });
  }
  assert.ok(judged > 40, `${judged}`);
});

test('parts that are doubled, dropped, moved or replaced', () => {
  const next = numbers(3);
  for (const name of honest) for (let i = 0; i < 120; i += 1) judge(changedPart(name, next), `${name}, part ${i}`);
});

test('bytes within the signed parts', () => {
  const next = numbers(4);
  for (const name of honest) for (let i = 0; i < 160; i += 1) judge(changedByte(name, next), `${name}, byte ${i}`);
});

test('files that are damaged in any way', () => {
  for (const { what, bytes } of mutants(6, 1_500, [forgeCard(), forgeCard({ units: 2 })])) judge(bytes, what);
});

test('order of fields and blanks carry no meaning', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, one]) => [name, reversed(one)]),
    );
  };
  for (const name of honest) {
    const text = JSON.stringify(reversed(parsed(name)), null, '\t');
    assert.equal(judge(utf8.encode(text), name).verdict, 'valid');
  }
});

test('damaged trust files', () => {
  const next = numbers(5);
  const [name = ''] = honest;
  const bundle = content(name);
  for (let i = 0; i < 400; i += 1) {
    const damaged = trust.slice();
    const at = next(damaged.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << next(8));
    const { verdict, failure } = verify({
      file: bundle,
      trust: damaged,
      nowMs: null,
      maxAgeMs: null,
      allowTest: false,
    });
    assert.equal(verdict.verdict, 'invalid');
    assert.match(failure?.code ?? '', /^H919[1-4]$/, `byte ${at}`);
  }
});

test('what files share changes no verdict', () => {
  for (const one of allCases()) {
    assert.equal(compared(plain(verify(questionOf(one)).verdict)), compared(one.verdict), one.bundle);
  }
});

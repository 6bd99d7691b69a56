// Thousands of damaged bundles, the same in every run: each has a verdict with a code of the specification.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify, type Verdict } from '../src/verify.ts';
import { unpacked } from '../src/gunzip.ts';
import { shareBetweenFiles } from '../src/memo.ts';
import { cases, compared, content, fileCases, plain, questionOf } from './vectors.ts';

/** A generator of numbers below 2^32 that is the same everywhere (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const trust = content('bundle-trust.json');
const CODES = /^H9(00[1-8]|02[0-9]|03[01]|040|046|06[0-9]|070|08[0-9]|09[0-2]|11[0-2]|13[0-2]|14[01])$/;

function judge(bundle: Uint8Array, what: string): Verdict {
  const { verdict, failure } = verify({ file: unpacked(bundle), trust, nowMs: null, maxAgeMs: null, allowTest: false });
  if (verdict.verdict === 'invalid') assert.match(failure?.code ?? '', CODES, `${what}: ${failure?.message}`);
  else assert.equal(failure, null, what);
  return verdict;
}

// As a run of many files is judged; that it makes no difference is tested at the end.
shareBetweenFiles();

const honest = [
  ...new Set(
    [...cases(), ...fileCases()]
      .filter((one) => one.verdict['verdict'] === 'valid' && one.trust === 'bundle-trust.json')
      .filter((one) => !one.allow_test && one.now_ms === null)
      .map((one) => one.bundle),
  ),
];
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

type Node = Record<string, unknown> | unknown[];

/** Every place of a JSON value, as the node that holds it and its name there. */
function places(value: unknown, out: [Node, string | number][] = []): [Node, string | number][] {
  if (Array.isArray(value)) value.forEach((one, i) => (out.push([value, i]), places(one, out)));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      out.push([value as Node, name]);
      places(one, out);
    }
  }
  return out;
}

function parsed(name: string): unknown {
  return JSON.parse(new TextDecoder().decode(content(name)));
}

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
  const fillers: unknown[] = [null, true, 0, -1, 1.5, '', 'AA', 'x'.repeat(64), [], {}, 'f'.repeat(64), 2 ** 53];
  for (const name of honest) {
    for (let i = 0; i < 120; i += 1) {
      const bundle = parsed(name);
      const all = places(bundle);
      const [node, at] = all[next(all.length)] ?? [[], 0];
      const holder = node as Record<string | number, unknown>;
      const kind = next(4);
      if (kind === 0 && Array.isArray(node)) node.splice(Number(at), 0, structuredClone(node[Number(at)]));
      else if (kind === 1 && Array.isArray(node)) node.splice(Number(at), 1);
      else if (kind === 1) delete holder[at];
      else if (kind === 2) {
        const [other, there] = all[next(all.length)] ?? [[], 0];
        holder[at] = structuredClone((other as Record<string | number, unknown>)[there]);
      } else holder[at] = fillers[next(fillers.length)];
      judge(utf8.encode(JSON.stringify(bundle)), `${name}, ${String(at)}`);
    }
  }
});

test('bytes within the signed parts', () => {
  const next = numbers(4);
  for (const name of honest) {
    for (let i = 0; i < 160; i += 1) {
      const bundle = parsed(name);
      const all = places(bundle).filter(([node, at]) => {
        const value = (node as Record<string | number, unknown>)[at];
        return typeof value === 'string' && value.length > 70;
      });
      const [node, at] = all[next(all.length)] ?? [[], 0];
      const holder = node as Record<string | number, string>;
      const bytes = Buffer.from(holder[at] ?? '', 'base64url');
      const where = next(bytes.length);
      const kind = next(4);
      let changed: Buffer = bytes;
      if (kind === 0) bytes[where] = next(256);
      else if (kind === 1) bytes[where] = [0, 1, 250, 251, 252, 253, 254, 255][next(8)] ?? 0;
      else if (kind === 2) changed = Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + 1)]);
      else changed = Buffer.concat([bytes.subarray(0, where), Buffer.of(next(256)), bytes.subarray(where)]);
      holder[at] = changed.toString('base64url');
      judge(utf8.encode(JSON.stringify(bundle)), `${name}, byte ${where} of ${String(at)}`);
    }
  }
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
  for (const one of [...cases(), ...fileCases()]) {
    assert.equal(compared(plain(verify(questionOf(one)).verdict)), compared(one.verdict), one.bundle);
  }
});

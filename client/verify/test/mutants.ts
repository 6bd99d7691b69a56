// Damaged files, the same in every run.
import { gzipSync } from 'node:zlib';
import { cardCases, cases, content, fileCases } from './vectors.ts';

export type Numbers = (below: number) => number;

/** A generator of numbers below 2^32 that is the same everywhere (mulberry32). */
export function numbers(seed: number): Numbers {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function validFiles(all: ReturnType<typeof cases>): string[] {
  const valid = all
    .filter((one) => one.verdict['verdict'] === 'valid' && one.trust === 'bundle-trust.json')
    .filter((one) => !one.allow_test && one.now_ms === null);
  return [...new Set(valid.map((one) => one.bundle))];
}

/** Files of JSON, and cards, that are valid under `bundle-trust.json`. */
export const honest = validFiles([...cases(), ...fileCases()]);
export const honestCards = validFiles(cardCases());

export type Node = Record<string, unknown> | unknown[];
export type Place = [Node, string | number];

/** Every place of a JSON value, as the node that holds it and its name there. */
export function places(value: unknown, out: Place[] = []): Place[] {
  if (Array.isArray(value)) value.forEach((one, i) => (out.push([value, i]), places(one, out)));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      out.push([value as Node, name]);
      places(one, out);
    }
  }
  return out;
}

export function parsed(name: string): unknown {
  return JSON.parse(new TextDecoder().decode(content(name)));
}

const utf8 = new TextEncoder();

function written(value: unknown): Uint8Array {
  return utf8.encode(JSON.stringify(value));
}

function flipped(file: Uint8Array, next: Numbers): Uint8Array {
  const copy = file.slice();
  const at = next(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << next(8));
  return copy;
}

const FILLERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'AA',
  'x'.repeat(64),
  [],
  {},
  'f'.repeat(64),
  2 ** 53,
  '\u202e',
];

type Holder = Record<string | number, unknown>;

/** A part that is doubled, dropped, moved or replaced. */
export function changedPart(name: string, next: Numbers): Uint8Array {
  const file = parsed(name);
  const all = places(file);
  const [node, at] = all[next(all.length)] ?? [[], 0];
  const holder = node as Holder;
  const kind = next(4);
  if (kind === 0 && Array.isArray(node)) node.splice(Number(at), 0, structuredClone(node[Number(at)]));
  else if (kind === 1 && Array.isArray(node)) node.splice(Number(at), 1);
  else if (kind === 1) delete holder[at];
  else if (kind === 2) {
    const [other, there] = all[next(all.length)] ?? [[], 0];
    holder[at] = structuredClone((other as Holder)[there]);
  } else holder[at] = FILLERS[next(FILLERS.length)];
  return written(file);
}

const EDGES = [0, 1, 250, 251, 252, 253, 254, 255];

/** A byte within a signed part that is another, too many or too few. */
export function changedByte(name: string, next: Numbers): Uint8Array {
  const file = parsed(name);
  const all = places(file).filter(([node, at]) => {
    const value = (node as Holder)[at];
    return typeof value === 'string' && value.length > 70;
  });
  const [node, at] = all[next(all.length)] ?? [[], 0];
  const holder = node as Holder;
  const bytes = Buffer.from(String(holder[at]), 'base64url');
  const where = next(bytes.length);
  const kind = next(4);
  let changed: Buffer = bytes;
  if (kind === 0) bytes[where] = next(256);
  else if (kind === 1) bytes[where] = EDGES[next(EDGES.length)] ?? 0;
  else if (kind === 2) changed = Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + 1)]);
  else changed = Buffer.concat([bytes.subarray(0, where), Buffer.of(next(256)), bytes.subarray(where)]);
  holder[at] = changed.toString('base64url');
  return written(file);
}

function cut(file: Uint8Array, next: Numbers): Uint8Array {
  return file.slice(0, next(file.length));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

const BEGINNINGS = [
  '\ufeff{',
  ' \t\r\n{',
  '\u00a0{',
  '{"x":"\\ud800",',
  '{"x":"\\ud83d\\udc2f",',
  '{"x":1e400,',
  '{"x":{"schema":"hufu.feed/1"},',
  '{"schema":"hufu.absence/1",',
  '{"sch\\u0065ma":"hufu.feed/1",',
  '{"schema":7,',
  '{"x":[[[[[[[[]]]]]]]],',
  '{,',
  'HUFU1:{',
];

/** Something before, or within, the part by which a file says what it is. */
function otherBeginning(file: Uint8Array, next: Numbers): Uint8Array {
  return joined(utf8.encode(BEGINNINGS[next(BEGINNINGS.length)]), file.subarray(1));
}

const BAD_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc3]];

function brokenText(file: Uint8Array, next: Numbers): Uint8Array {
  const at = next(file.length);
  return joined(
    file.subarray(0, at),
    Uint8Array.from(BAD_UTF8[next(BAD_UTF8.length)] ?? []),
    file.subarray(at + next(3)),
  );
}

function packed(file: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(file));
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

function changedCard(card: Uint8Array, next: Numbers): Uint8Array {
  const copy = card.slice();
  const kind = next(5);
  if (kind === 0) return flipped(card, next);
  if (kind === 1) return cut(card, next);
  if (kind === 2) return joined(card, utf8.encode(['\n', '\r\n', '\n\n', ' ', '0', '\r'][next(6)]));
  if (kind === 3) return packed(card);
  copy[next(copy.length)] = ALPHABET.charCodeAt(next(ALPHABET.length));
  return copy;
}

const CHANGES: readonly ((name: string, next: Numbers) => Uint8Array)[] = [
  changedPart,
  changedPart,
  changedByte,
  changedByte,
  changedByte,
  (name, next) => flipped(content(name), next),
  (name, next) => cut(content(name), next),
  (name, next) => otherBeginning(content(name), next),
  (name, next) => brokenText(content(name), next),
  (name, next) => packed(changedPart(name, next)),
  (name, next) => flipped(packed(content(name)), next),
  (name, next) => cut(packed(content(name)), next),
  (name) => joined(packed(content(name)), Uint8Array.of(0)),
];

export interface Mutant {
  what: string;
  bytes: Uint8Array;
}

/** So many damaged files of all kinds; `extra` are cards beside those of the vectors. */
export function* mutants(seed: number, count: number, extra: readonly Uint8Array[] = []): Generator<Mutant> {
  const next = numbers(seed);
  const cards = [...honestCards.map(content), ...extra];
  for (let i = 0; i < count; i += 1) {
    const card = cards[next(cards.length * 8)];
    if (card !== undefined) {
      yield { what: `mutant ${i}, a card`, bytes: changedCard(card, next) };
      continue;
    }
    const name = honest[next(honest.length)] ?? '';
    const kind = next(CHANGES.length);
    yield { what: `mutant ${i}, change ${kind} of ${name}`, bytes: CHANGES[kind]?.(name, next) ?? content(name) };
  }
}

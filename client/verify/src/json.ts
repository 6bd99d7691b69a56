// Strict JSON in two passes over the text. The first knows the grammar alone, keeps one byte a level and builds nothing, so
// that no depth or width of input matters. The second is led by the expected shape and stops at the first thing that is
// not of it.

import { sharedBytes } from './memo.ts';

export type Problem = 'syntax' | 'shape';

export class JsonError extends Error {
  constructor(
    readonly problem: Problem,
    message: string,
  ) {
    super(message);
    this.name = 'JsonError';
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 without byte order mark; what is not is no JSON. */
export function textOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new JsonError('syntax', 'not UTF-8');
  }
  if (text.startsWith('\ufeff')) throw new JsonError('syntax', 'a byte order mark');
  return text;
}

/** What ends a run of plain characters of a text. */
const SPECIAL = /["\\\u0000-\u001f]/g;

/** Tokens of a text, without meaning. */
class Scanner {
  at = 0;

  constructor(protected readonly text: string) {}

  protected fail(problem: Problem, what: string): never {
    throw new JsonError(problem, `${what} at character ${this.at + 1}`);
  }

  blanks(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.at += 1;
    }
  }

  peek(): number {
    return this.text.charCodeAt(this.at);
  }

  skipString(): void {
    if (this.peek() !== QUOTE) this.fail('syntax', 'expected a text');
    this.at += 1;
    for (;;) {
      SPECIAL.lastIndex = this.at;
      SPECIAL.test(this.text);
      const at = SPECIAL.lastIndex;
      const c = at === 0 ? 0 : this.text.charCodeAt(at - 1);
      if (at > 0) this.at = at;
      if (c === QUOTE) return;
      if (c !== BACKSLASH) this.fail('syntax', 'a text does not end');
      this.skipEscape();
    }
  }

  /** The text that begins with the quote at `start`, of which the end has been found. */
  protected token(start: number): string {
    const end = this.text.indexOf('"', start + 1);
    const plain = this.text.slice(start + 1, end);
    if (!plain.includes('\\')) return plain;
    const reader = new JsonReader(this.text);
    reader.at = start;
    reader.skipString();
    return JSON.parse(this.text.slice(start, reader.at)) as string;
  }

  private skipEscape(): void {
    const c = this.text.charAt(this.at);
    this.at += 1;
    if (c !== 'u') {
      if (c === '' || !'"\\/bfnrt'.includes(c)) this.fail('syntax', 'an unknown escape');
      return;
    }
    const unit = this.unit();
    if (unit >= 0xdc00 && unit <= 0xdfff) this.fail('syntax', 'half of a surrogate pair');
    if (unit < 0xd800 || unit > 0xdbff) return;
    // An escape that begins a pair needs the one that ends it: half of a pair is no character.
    if (this.text.charAt(this.at) !== '\\' || this.text.charAt(this.at + 1) !== 'u') {
      this.fail('syntax', 'half of a surrogate pair');
    }
    this.at += 2;
    const low = this.unit();
    if (low < 0xdc00 || low > 0xdfff) this.fail('syntax', 'half of a surrogate pair');
  }

  private unit(): number {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('syntax', 'an unknown escape');
    this.at += 4;
    return parseInt(digits, 16);
  }

  skipNumber(): void {
    const pattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) this.fail('syntax', 'expected a value');
    const token = this.text.slice(this.at, pattern.lastIndex);
    // No number of binary64: one reader cannot even hold it.
    if ((token.length > 300 || /[eE]/.test(token)) && !Number.isFinite(Number(token))) {
      this.fail('syntax', 'a number is beyond all');
    }
    this.at = pattern.lastIndex;
  }

  /** A number, `true`, `false` or `null`. */
  skipPlain(): void {
    for (const word of ['true', 'false', 'null']) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return;
      }
    }
    this.skipNumber();
  }
}

class Grammar extends Scanner {
  private stack = new Uint8Array(1024);
  private depth = 0;

  check(): void {
    this.blanks();
    this.skip();
    this.blanks();
    if (this.at !== this.text.length) this.fail('syntax', 'something follows the value');
  }

  /** One value, with all that is in it. */
  skip(): void {
    this.value();
    while (this.depth > 0) this.next();
  }

  /** A value, or the beginning of a list or object with its first value. */
  private value(): void {
    for (;;) {
      const c = this.peek();
      if (c !== OPEN_LIST && c !== OPEN_OBJECT) return c === QUOTE ? this.skipString() : this.skipPlain();
      this.at += 1;
      this.blanks();
      const close = c === OPEN_LIST ? CLOSE_LIST : CLOSE_OBJECT;
      if (this.peek() === close) {
        this.at += 1;
        return;
      }
      this.push(close);
      if (c === OPEN_OBJECT) this.skipName();
    }
  }

  private next(): void {
    const close = this.stack[this.depth - 1] ?? CLOSE_LIST;
    this.blanks();
    const c = this.peek();
    if (c === close) {
      this.at += 1;
      this.depth -= 1;
      return;
    }
    if (c !== COMMA) this.fail('syntax', 'expected a comma or an end');
    this.at += 1;
    this.blanks();
    if (close === CLOSE_OBJECT) this.skipName();
    this.value();
  }

  private skipName(): void {
    this.skipString();
    this.blanks();
    if (this.peek() !== COLON) this.fail('syntax', 'expected a colon');
    this.at += 1;
    this.blanks();
  }

  private name(): string {
    const start = this.at;
    this.skipName();
    return this.token(start);
  }

  firstSchema(): string | null {
    this.blanks();
    if (this.peek() !== OPEN_OBJECT) return null;
    do {
      this.at += 1;
      this.blanks();
      if (this.name() === 'schema') {
        const start = this.at;
        this.skipString();
        return this.token(start);
      }
      this.skip();
      this.blanks();
    } while (this.peek() === COMMA);
    return null;
  }

  private push(close: number): void {
    if (this.depth === this.stack.length) {
      const grown = new Uint8Array(this.stack.length * 2);
      grown.set(this.stack);
      this.stack = grown;
    }
    this.stack[this.depth] = close;
    this.depth += 1;
  }
}

export class JsonReader extends Scanner {
  string(): string {
    this.blanks();
    if (this.peek() !== QUOTE) this.fail('shape', 'expected a text');
    const start = this.at;
    this.skipString();
    return this.token(start);
  }

  unsigned(most: bigint): bigint {
    this.blanks();
    const start = this.at;
    const c = this.peek();
    if (!(c >= 0x30 && c <= 0x39)) this.fail('shape', 'expected a number');
    this.skipNumber();
    const token = this.text.slice(start, this.at);
    if (token.length > 20 || !/^[0-9]+$/.test(token)) this.fail('shape', 'expected an integer');
    const value = BigInt(token);
    if (value > most) this.fail('shape', 'a number is too large');
    return value;
  }

  bool(): boolean {
    this.blanks();
    if (this.word('true')) return true;
    if (this.word('false')) return false;
    return this.fail('shape', 'expected true or false');
  }

  isNull(): boolean {
    this.blanks();
    return this.word('null');
  }

  object(field: (name: string) => void): void {
    this.open(OPEN_OBJECT, 'expected an object');
    for (let first = true; this.more(CLOSE_OBJECT, first); first = false) {
      const name = this.string();
      this.blanks();
      this.at += 1;
      field(name);
    }
  }

  list(element: (index: number) => void): void {
    this.open(OPEN_LIST, 'expected a list');
    for (let index = 0; this.more(CLOSE_LIST, index === 0); index += 1) element(index);
  }

  refuse(what: string): never {
    return this.fail('shape', what);
  }

  private open(character: number, what: string): void {
    this.blanks();
    if (this.peek() !== character) this.fail('shape', what);
    this.at += 1;
  }

  /** Whether an element follows; the grammar has been checked, so what is no end is a comma. */
  private more(close: number, first: boolean): boolean {
    this.blanks();
    if (this.peek() === close) {
      this.at += 1;
      return false;
    }
    if (!first) this.at += 1;
    return true;
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }
}

export type Shape<T> = (json: JsonReader) => T;
export type ShapeOf<S> = S extends Shape<infer T> ? T : never;
type Shapes = Readonly<Record<string, Shape<unknown>>>;

/** Exactly these fields, each once, in any order. */
export function object<S extends Shapes>(shapes: S): Shape<{ [K in keyof S]: ShapeOf<S[K]> }> {
  const names = Object.keys(shapes);
  return (json) => {
    const out: Record<string, unknown> = {};
    json.object((name) => {
      const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
      if (shape === undefined) return json.refuse('an unknown field');
      if (Object.hasOwn(out, name)) return json.refuse(`the field "${name}" stands twice`);
      out[name] = shape(json);
    });
    const missing = names.find((name) => !Object.hasOwn(out, name));
    if (missing !== undefined) json.refuse(`the field "${missing}" is missing`);
    return out as { [K in keyof S]: ShapeOf<S[K]> };
  };
}

export function listOf<T>(element: Shape<T>, most: number): Shape<T[]> {
  return (json) => {
    const out: T[] = [];
    json.list((index) => {
      if (index >= most) json.refuse(`a list has more than ${most} elements`);
      out.push(element(json));
    });
    return out;
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (json) => (json.isNull() ? null : shape(json));
}

export const text: Shape<string> = (json) => json.string();
export const bool: Shape<boolean> = (json) => json.bool();
export const u64: Shape<bigint> = (json) => json.unsigned(0xffff_ffff_ffff_ffffn);
export const u32: Shape<number> = (json) => Number(json.unsigned(0xffff_ffffn));

export const hex: Shape<string> = (json) => {
  const value = json.string();
  if (!/^[0-9a-f]{64}$/.test(value)) json.refuse('expected 64 hexadecimal digits');
  return value;
};

/** How many of the bytes, from the first on, are UTF-8 (RFC 3629 section 4). */
export function utf8Length(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      at += 1;
      continue;
    }
    const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return at;
    for (let i = 1; i < width; i += 1) {
      const byte = bytes[at + i];
      // The byte after these firsts is bounded more closely: no overlong form, no surrogate, nothing beyond U+10FFFF.
      const least = i > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      const most = i > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      if (byte === undefined || byte < least || byte > most) return at;
    }
    at += width;
  }
  return at;
}

/** In so many bytes nearly every file says what it is, and what is found there nothing behind it changes. */
const BEGINNING = 65_536;

/**
 * What the first field `schema` of the outermost object says (absence.md, "Kinds"); null where that is no text or cannot be
 * read. What stands behind it is not looked at.
 */
export function schemaOf(file: Uint8Array): string | null {
  return firstSchema(file.subarray(0, BEGINNING)) ?? firstSchema(file);
}

function firstSchema(bytes: Uint8Array): string | null {
  try {
    const source = decoder.decode(bytes.subarray(0, utf8Length(bytes)));
    return new Grammar(source).firstSchema();
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SIXTETS = new Uint8Array(128).fill(255);
for (let i = 0; i < ALPHABET.length; i += 1) SIXTETS[ALPHABET.charCodeAt(i)] = i;

/** base64url without padding and with zero in its unused bits, or null. */
export function fromBase64Url(value: string): Uint8Array | null {
  if (value.length % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((value.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < value.length; i += 1) {
    const sixtet = SIXTETS[value.charCodeAt(i)] ?? 255;
    if (sixtet === 255) return null;
    held = ((held << 6) | sixtet) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at] = (held >> bits) & 255;
    at += 1;
  }
  return (held & ((1 << bits) - 1)) === 0 ? out : null;
}

export const bytes: Shape<Uint8Array> = (json) =>
  sharedBytes(json.string(), fromBase64Url) ?? json.refuse('expected base64url');

/** Reads a text that is exactly one value of this shape. */
export function parse<T>(source: string, shape: Shape<T>): T {
  new Grammar(source).check();
  return shape(new JsonReader(source));
}

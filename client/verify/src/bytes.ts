// The canonical encoding (bundle.md, "Bytes"). The reader takes only the shortest form of everything, so that what it
// reads encodes again to the same bytes; a test does encode it again.
import { Malformed } from './refusal.ts';

export type Hash = string;

const DIGITS = '0123456789abcdef';
const HEX = Array.from({ length: 256 }, (_, n) => DIGITS.charAt(n >> 4) + DIGITS.charAt(n & 15));

const NIBBLES = new Uint8Array(128);
for (let i = 0; i < 16; i += 1) NIBBLES[DIGITS.charCodeAt(i)] = i;

export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

export function fromHex(text: string): Uint8Array {
  const out = new Uint8Array(text.length >> 1);
  for (let i = 0; i < out.length; i += 1) {
    out[i] = ((NIBBLES[text.charCodeAt(2 * i)] ?? 0) << 4) | (NIBBLES[text.charCodeAt(2 * i + 1)] ?? 0);
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const ZERO_HASH: Hash = '0'.repeat(64);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

export function utf8Bytes(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

// Control characters, and those that show nothing but change how the rest is read.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text);
}

export class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new Malformed('the bytes end too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte(): number {
    const value = this.take(1)[0];
    if (value === undefined) throw new Malformed('the bytes end too early');
    return value;
  }

  /** A number of variable length, at most `width` bytes wide, in its shortest form. */
  unsigned(width: 2 | 4 | 8): bigint {
    const first = this.byte();
    if (first <= 250) return BigInt(first);
    const size = first === 251 ? 2 : first === 252 ? 4 : first === 253 ? 8 : 16;
    if (size > width) throw new Malformed('a number is too wide');
    const start = this.at;
    this.take(size);
    if (size === 2) return this.shortest(BigInt(this.view.getUint16(start, true)), 251n);
    if (size === 4) return this.shortest(BigInt(this.view.getUint32(start, true)), 0x1_0000n);
    return this.shortest(this.view.getBigUint64(start, true), 0x1_0000_0000n);
  }

  private shortest(value: bigint, least: bigint): bigint {
    if (value < least) throw new Malformed('a number is not in its shortest form');
    return value;
  }

  text(most: number): string {
    const length = this.unsigned(8);
    if (length > BigInt(most) || length > BigInt(this.left)) throw new Malformed('a text is too long');
    let text: string;
    try {
      text = utf8.decode(this.take(Number(length)));
    } catch {
      throw new Malformed('a text is not UTF-8');
    }
    if (hasUnseen(text)) throw new Malformed('a text has characters that do not show');
    return text;
  }

  count(): number {
    const count = this.unsigned(8);
    // Every element takes a byte at least: a claim beyond that is refused before anything is allocated.
    if (count > BigInt(this.left)) throw new Malformed('a list is longer than its bytes');
    return Number(count);
  }
}

export class Writer {
  private buffer = new Uint8Array(256);
  private length = 0;

  put(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  byte(value: number): void {
    this.room(1);
    this.buffer[this.length] = value;
    this.length += 1;
  }

  unsigned(value: bigint): void {
    if (value <= 250n) return this.byte(Number(value));
    const size = value <= 0xffffn ? 2 : value <= 0xffff_ffffn ? 4 : 8;
    this.byte(size === 2 ? 251 : size === 4 ? 252 : 253);
    for (let i = 0; i < size; i += 1) this.byte(Number((value >> BigInt(8 * i)) & 0xffn));
  }

  done(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private room(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

export interface Codec<T> {
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  if (reader.left !== 0) throw new Malformed('bytes are left over');
  return value;
}

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.done();
}

/** A codec whose values meet a condition; others do not decode. */
export function where<T>(codec: Codec<T>, holds: (value: T) => boolean, what: string): Codec<T> {
  return {
    read: (reader) => {
      const value = codec.read(reader);
      if (!holds(value)) throw new Malformed(what);
      return value;
    },
    write: codec.write,
  };
}

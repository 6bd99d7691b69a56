// Decompression in Node.
import { inflateRawSync } from 'node:zlib';
import { broken, isCompressed, taken, tooLarge } from './gzip.ts';
import { FILE_BYTES_MOST } from './reading.ts';
import type { Refusal } from './refusal.ts';

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const METHOD_DEFLATE = 8;
const FLAGS = { headerCheck: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Where the deflated data begin (RFC 1952 section 2.3), or null where this is no such header. */
function dataStart(file: Uint8Array): number | null {
  const flags = file[3] ?? FLAGS.reserved;
  if (file[2] !== METHOD_DEFLATE || (flags & FLAGS.reserved) !== 0) return null;
  let at = HEADER_BYTES;
  if ((flags & FLAGS.extra) !== 0) at += 2 + (file[at] ?? 0) + 256 * (file[at + 1] ?? 0);
  for (const flag of [FLAGS.name, FLAGS.comment]) {
    if ((flags & flag) === 0) continue;
    const end = file.indexOf(0, at);
    if (end < 0) return null;
    at = end + 1;
  }
  if ((flags & FLAGS.headerCheck) !== 0) {
    const check = (file[at] ?? 0) + 256 * (file[at + 1] ?? 0);
    if ((crcOf(file.subarray(0, at)) & 0xffff) !== check) return null;
    at += 2;
  }
  return at <= file.length ? at : null;
}

let table: Uint32Array | null = null;

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
}

function crcOf(data: Uint8Array): number {
  table ??= crcTable();
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}

interface Inflated {
  buffer: Uint8Array;
  engine: { bytesWritten: number };
}

function inflate(data: Uint8Array): Inflated | Refusal {
  try {
    // With `info` the answer says how much of the input belongs to the member.
    return inflateRawSync(data, { maxOutputLength: FILE_BYTES_MOST, info: true } as object) as unknown as Inflated;
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : broken();
  }
}

/** The file itself, decompressed where it is compressed. */
export function unpacked(file: Uint8Array): Uint8Array | Refusal {
  if (!isCompressed(file)) return file;
  const start = dataStart(file);
  if (start === null) return broken();
  const inflated = inflate(file.subarray(start));
  if (!('buffer' in inflated)) return inflated;
  const { buffer, engine } = inflated;
  const end = start + engine.bytesWritten;
  if (file.length !== end + TRAILER_BYTES) return broken();
  const trailer = new DataView(file.buffer, file.byteOffset + end, TRAILER_BYTES);
  const holds = trailer.getUint32(0, true) === crcOf(buffer) && trailer.getUint32(4, true) === buffer.length;
  return holds ? taken(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)) : broken();
}

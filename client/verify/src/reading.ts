// From the bytes of a file to values: size, JSON, shape, schema, encodings and order (bundle.md, step 1), as every kind of file
// of this family has them.
import { decode, utf8Bytes, type Codec, type Hash } from './bytes.ts';
import { JsonError, parse, textOf, type Shape } from './json.ts';
import { once } from './memo.ts';
import { Malformed, Refusal, refuse } from './refusal.ts';

export const FILE_BYTES_MOST = 33_554_432;

export const LIMITS = {
  header: 16_384,
  certificate: 16_384,
  validators: 16_384,
  witness: 64,
  proof: 10_485_760,
  event: 16_384,
  body: 262_144,
  signatures: 513,
  entry: 4_096,
  path: 1_281,
  opened: 5_120,
  record: 1_048_576,
  later: 640_000,
  code: 256,
  stateProof: 9_216,
  evidence: 4_096,
} as const;

type Outcome = { codec: Codec<unknown>; value: unknown; problem: string | null };

/** What bytes of a file decode to, kept with them: in runs of many files most parts are the same. */
const outcomes = once((_: Uint8Array): Outcome[] => []);

function outcomeOf(codec: Codec<unknown>, data: Uint8Array): Outcome {
  const known = outcomes(data);
  let found = known.find((one) => one.codec === codec);
  if (found === undefined) {
    try {
      found = { codec, value: decode(codec, data), problem: null };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      found = { codec, value: null, problem: error.message };
    }
    known.push(found);
  }
  return found;
}

export function read<T>(codec: Codec<T>, data: Uint8Array, most: number, what: string): T {
  if (data.length > most) refuse('H9005', `read ${what}: it takes more than ${most} bytes`);
  const { value, problem } = outcomeOf(codec as Codec<unknown>, data);
  if (problem !== null) refuse('H9005', `read ${what}: ${problem}`);
  return value as T;
}

export function ascend<T>(values: readonly T[], less: (a: T, b: T) => boolean, what: string): void {
  values.forEach((value, i) => {
    const before = values[i - 1];
    if (i > 0 && before !== undefined && !less(before, value)) refuse('H9006', `read ${what}: they do not ascend`);
  });
}

export const byId = (a: { id: Hash }, b: { id: Hash }): boolean => a.id < b.id;

export interface Codes {
  syntax: string;
  shape: string;
  schema: string;
}

const FILE_CODES: Codes = { syntax: 'H9002', shape: 'H9003', schema: 'H9004' };

/** JSON of a shape and schema, with the codes of its kind of file. */
export function readJson<T extends { schema: string }>(
  data: Uint8Array | string,
  shape: Shape<T>,
  schema: string,
  codes: Codes = FILE_CODES,
): T {
  let raw: T;
  try {
    raw = parse(typeof data === 'string' ? data : textOf(data), shape);
  } catch (error) {
    if (error instanceof JsonError) refuse(codes[error.problem], `read the JSON: ${error.message}`);
    throw error;
  }
  if (raw.schema !== schema) refuse(codes.schema, `read another schema than ${schema}`);
  return raw;
}

/** How the text of a card begins (card.md). */
export const CARD_BEGINNING = utf8Bytes('HUFU1:');

export function isCard(file: Uint8Array): boolean {
  return CARD_BEGINNING.every((byte, i) => file[i] === byte);
}

/** The bytes of a file, or why it has none. */
export function bytesOfFile(file: Uint8Array | Refusal): Uint8Array {
  if (file instanceof Refusal) throw file;
  return file;
}

/** The text of a file, or why it has none. */
export function textOfFile(file: Uint8Array | Refusal): string {
  const bytes = bytesOfFile(file);
  if (bytes.length > FILE_BYTES_MOST) refuse('H9001', `read a file of more than ${FILE_BYTES_MOST} bytes`);
  try {
    return textOf(bytes);
  } catch (error) {
    if (error instanceof JsonError) refuse('H9002', `read the JSON: ${error.message}`);
    throw error;
  }
}

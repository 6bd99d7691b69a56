// The verifier for Node: a library, and with --batch a program that answers one line of JSON for each line of JSON.
import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { KeyRing } from './curve.ts';
import { unpacked } from './gunzip.ts';
import { isCompressed } from './gzip.ts';
import { Store, shareBetweenFiles } from './memo.ts';
import { FILE_BYTES_MOST } from './reading.ts';
import { Refusal } from './refusal.ts';
import { TRUST_BYTES_MOST, readTrust, type Trust } from './trust.ts';
import { toJson, verify, type Question } from './verify.ts';

export { decode, encode } from './bytes.ts';
export { unpacked } from './gunzip.ts';
export { toJson, verify, verifying } from './verify.ts';

/** So many show what a file is that is no JSON. */
const BEGINNING_BYTES = 6;

/** Reads a file, but of one that is too large no more than shows that it is, and what it is. */
function contentOf(path: string, most: number, mayBeLarger = (_: Uint8Array): boolean => false): Uint8Array {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > most) {
      const beginning = new Uint8Array(most + 1);
      readSync(file, beginning, 0, BEGINNING_BYTES, 0);
      if (!mayBeLarger(beginning)) return beginning;
    }
    return new Uint8Array(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

function integer(value: unknown): bigint | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null;
}

type Line = Readonly<Record<string, unknown>>;

function fileOf(asked: Line): Uint8Array {
  const given = asked['bytes'];
  if (typeof given === 'string') return new Uint8Array(Buffer.from(given, 'base64'));
  return contentOf(String(asked['bundle']), FILE_BYTES_MOST, isCompressed);
}

const TRUST_MOST = 8_000_000;

/** Answers lines that follow each other, and keeps what they have in common. */
export class Batch {
  private readonly ring = new KeyRing();
  private readonly trusts = new Store<Trust | Refusal>(TRUST_MOST);

  constructor() {
    shareBetweenFiles();
  }

  /** The verdict for one line; a line or file that cannot be read is answered like a file without content. */
  answer(line: string): string {
    try {
      return toJson(verify(this.questionOf(line), this.ring).verdict);
    } catch (error) {
      const nothing = { file: new Uint8Array(0), trust: null, nowMs: null, maxAgeMs: null, allowTest: false };
      const { verdict } = verify(nothing);
      const message = `read the question or its files: ${String(error)}`;
      return toJson({ ...verdict, failure: { code: 'H9000', event: null, item: null, message } });
    }
  }

  private questionOf(line: string): Question {
    const asked = JSON.parse(line) as Line;
    const trust = asked['trust'];
    return {
      file: unpacked(fileOf(asked)),
      trust: typeof trust === 'string' ? this.trustOf(contentOf(trust, TRUST_BYTES_MOST)) : null,
      nowMs: integer(asked['now_ms']),
      maxAgeMs: integer(asked['max_age_ms']),
      allowTest: asked['allow_test'] === true,
    };
  }

  /** Equal trust files are read once. */
  private trustOf(data: Uint8Array): Trust | Refusal {
    const name = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    const known = this.trusts.get(name);
    if (known !== undefined) return known;
    let trust: Trust | Refusal;
    try {
      trust = readTrust(data);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trust = error;
    }
    this.trusts.set(name, trust);
    return trust;
  }
}

function isProgram(): boolean {
  const [, script] = process.argv;
  return script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href;
}

if (isProgram() && process.argv.includes('--batch')) {
  const batch = new Batch();
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  lines.on('line', (line) => process.stdout.write(`${batch.answer(line)}\n`));
}

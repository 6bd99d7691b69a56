// The verifier for Node: a library, and with --batch a program that answers one line of JSON for each line of JSON.
import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { BUNDLE_BYTES_MOST } from './bundle.ts';
import { TRUST_BYTES_MOST } from './trust.ts';
import { toJson, verify, type Question } from './verify.ts';

export { decode, encode } from './bytes.ts';
export { toJson, verify, verifying } from './verify.ts';

/** Reads a file, but no more of one that is too large than shows that it is. */
function contentOf(path: string, most: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > most) return new Uint8Array(most + 1);
    return new Uint8Array(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

function integer(value: unknown): bigint | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null;
}

function questionOf(line: string): Question {
  const asked = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const trust = asked['trust'];
  return {
    bundle: contentOf(String(asked['bundle']), BUNDLE_BYTES_MOST),
    trust: typeof trust === 'string' ? contentOf(trust, TRUST_BYTES_MOST) : null,
    nowMs: integer(asked['now_ms']),
    maxAgeMs: integer(asked['max_age_ms']),
    allowTest: asked['allow_test'] === true,
  };
}

/** The verdict for one line; a line or file that cannot be read is answered like a file without content. */
function answer(line: string): string {
  try {
    return toJson(verify(questionOf(line)).verdict);
  } catch (error) {
    const nothing = { bundle: new Uint8Array(0), trust: null, nowMs: null, maxAgeMs: null, allowTest: false };
    const { verdict } = verify(nothing);
    const message = `read the question or its files: ${String(error)}`;
    return toJson({ ...verdict, failure: { code: 'H9000', event: null, message } });
  }
}

function isProgram(): boolean {
  const [, script] = process.argv;
  return script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href;
}

if (isProgram() && process.argv.includes('--batch')) {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  lines.on('line', (line) => process.stdout.write(`${answer(line)}\n`));
}

// Many files through one page in a browser: the same page, inputs and clock that people have.
import { readFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Page } from 'playwright-core';

/** A line of a run of many files, as `verify.mjs --batch` takes it. */
export interface Line {
  bundle: string | null;
  bytes?: string;
  trust: string | null;
  now_ms: number | null;
  max_age_ms: number | null;
  allow_test: boolean;
}

/** So many files are asked about between two loads of the page, which bounds its memory. */
const FILES_A_LOAD = 250;
const HOUR_MS = 3_600_000;
const FILE_MS_MOST = 60_000;

/** What the page is set to before a file is given to it. */
function settingOf({ trust, now_ms: now, max_age_ms: age, allow_test: test }: Line): string {
  return JSON.stringify([trust, now, age, test]);
}

async function prepare(page: Page, url: string, line: Line): Promise<void> {
  await page.goto(url);
  await page.evaluate((now) => {
    if (now !== null) Date.now = () => now;
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'corpus';
    document.body.append(input);
  }, line.now_ms);
  if (line.max_age_ms !== null) {
    await page.fill('#max-age', String(line.max_age_ms / HOUR_MS));
    await page.dispatchEvent('#max-age', 'change');
  }
  if (line.allow_test) await page.check('#allow-test');
  if (line.trust !== null) await page.setInputFiles('#trust', line.trust);
}

/** Gives each file to the page as if it had been chosen, and waits for the verdict that it shows. */
async function answers(page: Page, files: readonly string[]): Promise<string[]> {
  await page.setInputFiles('#corpus', [...files]);
  return page.evaluate(async (most) => {
    const corpus = document.getElementById('corpus') as HTMLInputElement;
    const sheet = document.getElementById('sheet') as HTMLElement;
    const answer = (file: File): Promise<string> =>
      new Promise((resolve, reject) => {
        document.getElementById('verdict')?.remove();
        const late = setTimeout(() => reject(new Error(`no verdict on ${file.name}`)), most);
        const observer = new MutationObserver(() => {
          const verdict = document.getElementById('verdict');
          if (verdict === null) return;
          observer.disconnect();
          clearTimeout(late);
          resolve(verdict.textContent ?? '');
        });
        observer.observe(sheet, { childList: true, subtree: true });
        const transfer = new DataTransfer();
        transfer.items.add(file);
        const input = document.getElementById('evidence') as HTMLInputElement;
        input.files = transfer.files;
        input.dispatchEvent(new Event('change'));
      });
    const out: string[] = [];
    for (const file of [...(corpus.files ?? [])]) out.push(await answer(file));
    return out;
  }, FILE_MS_MOST);
}

/** The verdicts that the page shows, in the order of the lines. Bytes are written to `folder` first. */
export async function askPage(page: Page, url: string, lines: readonly Line[], folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const groups = new Map<string, { line: Line; at: number; path: string }[]>();
  for (const [at, line] of lines.entries()) {
    const path = line.bytes === undefined ? (line.bundle ?? '') : join(folder, `${at}`);
    const group = groups.get(settingOf(line)) ?? [];
    group.push({ line, at, path });
    groups.set(settingOf(line), group);
  }
  const out = new Array<string>(lines.length);
  for (const group of groups.values()) {
    for (let from = 0; from < group.length; from += FILES_A_LOAD) {
      const some = group.slice(from, from + FILES_A_LOAD);
      for (const { line, path } of some) {
        if (line.bytes !== undefined) writeFileSync(path, Buffer.from(line.bytes, 'base64'));
      }
      const [first] = some;
      if (first !== undefined) await prepare(page, url, first.line);
      const said = await answers(
        page,
        some.map((one) => one.path),
      );
      some.forEach(({ at }, i) => (out[at] = said[i] ?? ''));
    }
  }
  return out;
}

/** A page reads hours, and whoever asks for none has any age. */
function canBeAsked({ bundle, bytes, max_age_ms: age }: Line): boolean {
  if (typeof bytes !== 'string' && (typeof bundle !== 'string' || !existsSync(bundle))) return false;
  return age === null || (age >= 0 && age < 1e9 * HOUR_MS);
}

export interface Corpus {
  lines: Line[];
  /** What another verifier says of each line, or null where the folder does not tell. */
  expected: string[] | null;
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/**
 * A folder with `questions.jsonl`, lines as for `verify.mjs --batch`, of which paths may be relative to the folder; and, where
 * there are any, `verdicts.jsonl`, the verdict on each.
 */
export function readCorpus(folder: string): Corpus {
  const placed = (path: string | null | undefined): string | null =>
    path === null || path === undefined || isAbsolute(path) ? (path ?? null) : join(folder, path);
  const lines = linesOf(join(folder, 'questions.jsonl')).map((text): Line => {
    const one = JSON.parse(text) as Partial<Line>;
    const line: Line = {
      bundle: placed(one.bundle),
      trust: placed(one.trust),
      now_ms: one.now_ms ?? null,
      max_age_ms: one.max_age_ms ?? null,
      allow_test: one.allow_test === true,
    };
    if (typeof one.bytes === 'string') line.bytes = one.bytes;
    if (!canBeAsked(line)) throw new Error(`a page cannot be asked this: ${text.slice(0, 200)}`);
    return line;
  });
  const verdicts = join(folder, 'verdicts.jsonl');
  const expected = existsSync(verdicts) ? linesOf(verdicts) : null;
  if (expected !== null && expected.length !== lines.length)
    throw new Error('there are not as many verdicts as questions');
  return { lines, expected };
}

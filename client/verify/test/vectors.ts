// The vectors of the specification, as the tests read them.
import { existsSync, readFileSync } from 'node:fs';
import { unpacked } from '../src/gunzip.ts';
import { toJson, type Question, type Verdict } from '../src/verify.ts';

/** From dist/test, where the tests are built to. */
export const VECTORS = new URL('../../../../docs/formats/vectors/', import.meta.url);

export interface Case {
  bundle: string;
  trust: string | null;
  now_ms: number | null;
  max_age_ms: number | null;
  allow_test: boolean;
  verdict: Readonly<Record<string, unknown>>;
}

export function content(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, VECTORS)));
}

export function json(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, VECTORS), 'utf8'));
}

export function cases(): Case[] {
  return (json('bundle-cases.json') as { cases: Case[] }).cases;
}

/** Cases of feeds, absence and evidence. */
export function fileCases(): Case[] {
  const all = (json('file-cases.json') as { cases: (Omit<Case, 'bundle'> & { file: string })[] }).cases;
  return all.map(({ file, ...one }) => ({ ...one, bundle: file }));
}

/** Cases of cards. */
export function cardCases(): Case[] {
  if (!existsSync(new URL('card-cases.json', VECTORS))) return [];
  const all = (json('card-cases.json') as { cases: (Case & { card: string })[] }).cases;
  return all.map(({ card, ...one }) => ({ ...one, bundle: card }));
}

export function allCases(): Case[] {
  return [...cases(), ...fileCases(), ...cardCases()];
}

export function questionOf(one: Case): Question {
  return {
    file: unpacked(content(one.bundle)),
    trust: one.trust === null ? null : content(one.trust),
    nowMs: one.now_ms === null ? null : BigInt(one.now_ms),
    maxAgeMs: one.max_age_ms === null ? null : BigInt(one.max_age_ms),
    allowTest: one.allow_test,
  };
}

/** Fields in order, without the messages. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'message');
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, canonical(one)]));
}

export function compared(verdict: unknown): string {
  return JSON.stringify(canonical(verdict), null, 1);
}

export function plain(verdict: Verdict): Readonly<Record<string, unknown>> {
  return JSON.parse(toJson(verdict)) as Readonly<Record<string, unknown>>;
}

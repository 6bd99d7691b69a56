// The whole verification, in the order of the specification; the first failure is the verdict (bundle.md).
import type { Hash } from './bytes.ts';
import { checkActs } from './acts.ts';
import { readBundle, type Bundle, type Readable } from './bundle.ts';
import { KeyRing } from './curve.ts';
import { custodyOf, type Period } from './custody.ts';
import { codeText, quantityText } from './gs1.ts';
import { checkBalance, checkProof, checkRecords } from './needed.ts';
import { noticesOf, type Notice } from './notices.ts';
import { checkOpenings, closedFields, type Closed } from './openings.ts';
import { checkReadable, namesOf, timeText } from './readable.ts';
import { Refusal } from './refusal.ts';
import { checkTransactions, replay } from './replay.ts';
import { certify, checkFlagAndClock, type Certified } from './set.ts';
import { readTrust, type Trust } from './trust.ts';
import { en } from './words.en.ts';

export interface Question {
  bundle: Uint8Array;
  trust: Uint8Array | null;
  nowMs: bigint | null;
  maxAgeMs: bigint | null;
  allowTest: boolean;
}

export interface Verdict {
  schema: 'hufu.verdict/1';
  verdict: 'valid' | 'stale' | 'untrusted' | 'invalid';
  item: string | null;
  item_id: Hash | null;
  custodian: Hash | null;
  custodian_name: string | null;
  state: string | null;
  on_hand: string | null;
  events: number;
  signatures: { checked: number };
  as_of: { height: bigint; time: string } | null;
  network: Hash | null;
  test: boolean;
  certified_by: string[];
  trust_root: Hash | null;
  fields: { event: bigint; name: string; value: string }[];
  persons: { key: Hash; name: string }[];
  failure: { code: string; event: bigint | null; message: string } | null;
  notices: { id: string; message: string }[];
}

/** What a page can show beyond the verdict; there where nothing is wrong. */
export interface Report {
  verdict: Verdict;
  readable: Readable | null;
  custody: Period[];
  closed: Closed[];
  notices: Notice[];
  failure: Refusal | null;
}

export interface Progress {
  done: number;
  all: number;
}

function blank(): Verdict {
  return {
    schema: 'hufu.verdict/1',
    verdict: 'invalid',
    item: null,
    item_id: null,
    custodian: null,
    custodian_name: null,
    state: null,
    on_hand: null,
    events: 0,
    signatures: { checked: 0 },
    as_of: null,
    network: null,
    test: false,
    certified_by: [],
    trust_root: null,
    fields: [],
    persons: [],
    failure: null,
    notices: [],
  };
}

function stateCertified(verdict: Verdict, { header, precommits, agencies }: Certified, trust: Trust | null): void {
  verdict.network = header.network;
  verdict.test = header.test;
  verdict.as_of = { height: header.height, time: timeText(header.time) };
  verdict.certified_by = agencies.map((org) => trust?.agencies.get(org) ?? org);
  verdict.signatures.checked = precommits;
}

function stateItem(verdict: Verdict, bundle: Bundle): void {
  const item = bundle.item.value;
  verdict.item = codeText(item.code);
  verdict.item_id = bundle.itemId;
  verdict.state = item.state;
  verdict.on_hand = quantityText(item.onHand);
  verdict.events = bundle.steps.length;
  if (item.container !== null) return;
  verdict.custodian = item.custodian;
  verdict.custodian_name = namesOf(bundle).get(item.custodian) ?? null;
}

function isOlder(certified: Certified, { nowMs, maxAgeMs }: Question): boolean {
  return nowMs !== null && maxAgeMs !== null && nowMs - certified.header.time > maxAgeMs;
}

function* reading(data: Uint8Array): Generator<Progress, Bundle> {
  const work = readBundle(data);
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
    yield { done: 0, all: 0 };
  }
}

function* steps(question: Question, report: Report): Generator<Progress, void> {
  const { verdict } = report;
  const given = question.trust === null ? null : readTrust(question.trust);
  verdict.trust_root = given?.fingerprint ?? null;
  const bundle = yield* reading(question.bundle);
  const all = bundle.steps.length;
  yield { done: 0, all };
  const ring = new KeyRing();
  const trust = given !== null && given.network === bundle.anchor.tip.header.network ? given : null;
  const certified = certify(bundle.anchor, trust, ring);
  checkFlagAndClock(certified.header, trust, question.nowMs);
  stateCertified(verdict, certified, trust);
  yield { done: 0, all };
  checkProof(bundle);
  checkBalance(bundle.item.value);
  const replayed = replay(bundle);
  checkTransactions(bundle);
  checkRecords(bundle);
  stateItem(verdict, bundle);
  const acts = checkActs(bundle, replayed, ring);
  for (let next = acts.next(); ; next = acts.next()) {
    if (next.done === true) {
      verdict.signatures.checked += next.value;
      break;
    }
    yield { done: next.value, all };
  }
  checkOpenings(bundle);
  report.readable = checkReadable(bundle);
  report.custody = custodyOf(bundle);
  report.closed = closedFields(bundle);
  verdict.fields = report.readable.fields;
  verdict.persons = report.readable.persons;
  report.notices = noticesOf(bundle, trust);
  verdict.notices = report.notices.map((one) => ({ id: one.id, message: en.notice(one) }));
  const isTrusted = trust !== null && (!certified.header.test || question.allowTest);
  verdict.verdict = !isTrusted ? 'untrusted' : isOlder(certified, question) ? 'stale' : 'valid';
}

function fail(report: Report, error: unknown): void {
  const failure = error instanceof Refusal ? error : new Refusal('H9000', `go on: ${String(error)}`);
  const { code, event, message } = failure;
  report.failure = failure;
  report.readable = null;
  report.notices = [];
  Object.assign(report.verdict, { verdict: 'invalid', fields: [], persons: [], notices: [] });
  report.verdict.failure = { code, event, message };
}

/** Verifies in slices: whoever drives it decides when to go on. It never throws. */
export function* verifying(question: Question): Generator<Progress, Report> {
  const report: Report = { verdict: blank(), readable: null, custody: [], closed: [], notices: [], failure: null };
  try {
    yield* steps(question, report);
  } catch (error) {
    fail(report, error);
  }
  return report;
}

export function verify(question: Question): Report {
  const run = verifying(question);
  for (;;) {
    const next = run.next();
    if (next.done === true) return next.value;
  }
}

/** JSON of one line; integers with all their digits. */
export function toJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(toJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}:${toJson(one)}`)
    .join()}}`;
}

// One file, judged as what its schema says: the whole verification in the order of the specification; the first failure is the
// verdict (bundle.md, absence.md).
import type { Hash } from './bytes.ts';
import { checkActs } from './acts.ts';
import { readBundle, type Bundle, type Readable } from './bundle.ts';
import { blankCard, judgeCard, type CardVerdict } from './card.ts';
import { KeyRing } from './curve.ts';
import { custodyOf, type Period } from './custody.ts';
import { blankEvidence, judgeEvidence, type EvidenceVerdict } from './evidence.ts';
import { blankCommon, judgeAnchor, stand, type Common, type Context, type Progress } from './family.ts';
import {
  blankAbsence,
  blankAnchor,
  blankFeed,
  judgeAbsence,
  judgeAnchorFile,
  judgeFeed,
  type AbsenceVerdict,
  type AnchorVerdict,
  type FeedVerdict,
} from './files.ts';
import { codeText, quantityText } from './gs1.ts';
import { schemaOf } from './json.ts';
import { checkBalances, checkPoints, checkProof, checkRecords } from './needed.ts';
import { noticesOf, type Notice } from './notices.ts';
import { checkOpenings, closedFields, type Closed } from './openings.ts';
import { checkReadable, namesOf } from './readable.ts';
import { FILE_BYTES_MOST, bytesOfFile, isCard, textOfFile } from './reading.ts';
import { Refusal } from './refusal.ts';
import { checkMaking, checkPresent, checkRelated, holderOf, tellAs } from './related.ts';
import { checkTransactions, replay } from './replay.ts';
import type { Asked } from './set.ts';
import { readTrust, type Trust } from './trust.ts';
import { en } from './words.en.ts';

export type { Progress } from './family.ts';

export interface Question extends Asked {
  /** The file, decompressed; or why it cannot be. */
  file: Uint8Array | Refusal;
  /** The trust file, or what was read from it before. */
  trust: Uint8Array | Trust | Refusal | null;
}

export interface RelatedVerdict {
  item: string;
  item_id: Hash;
  as: string;
  custodian: Hash | null;
  custodian_name: string | null;
  state: string;
  on_hand: string;
  held: boolean;
  events: number;
  count: bigint;
}

export interface BundleVerdict extends Common {
  schema: 'hufu.verdict/1';
  item: string | null;
  item_id: Hash | null;
  custodian: Hash | null;
  custodian_name: string | null;
  state: string | null;
  on_hand: string | null;
  events: number;
  related: RelatedVerdict[];
  fields: { event: bigint; name: string; value: string }[];
  persons: { key: Hash; name: string }[];
}

export type Verdict = BundleVerdict | AnchorVerdict | AbsenceVerdict | FeedVerdict | EvidenceVerdict | CardVerdict;

/** What a page can show beyond the verdict; there where nothing is wrong. */
export interface Report {
  verdict: Verdict;
  trust: Trust | null;
  readable: Readable | null;
  custody: Period[];
  closed: Closed[];
  notices: Notice[];
  failure: Refusal | null;
}

function blankBundle(given: Trust | null): BundleVerdict {
  return {
    schema: 'hufu.verdict/1',
    item: null,
    item_id: null,
    custodian: null,
    custodian_name: null,
    state: null,
    on_hand: null,
    events: 0,
    related: [],
    fields: [],
    persons: [],
    ...blankCommon(given),
  };
}

function stateItems(verdict: BundleVerdict, bundle: Bundle): void {
  const names = namesOf(bundle);
  const { item, steps } = bundle.main;
  const holder = holderOf(bundle, bundle.main);
  verdict.item = codeText(item.value.code);
  verdict.item_id = item.id;
  verdict.state = item.value.state;
  verdict.on_hand = quantityText(item.value.onHand);
  verdict.events = steps.length;
  verdict.custodian = holder;
  verdict.custodian_name = holder === null ? null : (names.get(holder) ?? null);
  verdict.related = bundle.related.map((history) => {
    const { id, value } = history.item;
    const custodian = holderOf(bundle, history);
    return {
      item: codeText(value.code),
      item_id: id,
      as: tellAs(bundle, history),
      custodian,
      custodian_name: custodian === null ? null : (names.get(custodian) ?? null),
      state: value.state,
      on_hand: quantityText(value.onHand),
      held: value.holds.length > 0,
      events: history.steps.length,
      count: value.count,
    };
  });
}

function* reading(source: string): Generator<Progress, Bundle> {
  const work = readBundle(source);
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
    yield { done: 0, all: 0 };
  }
}

function* judgeBundle(
  source: string,
  context: Context,
  verdict: BundleVerdict,
  report: Report,
): Generator<Progress, void> {
  const bundle = yield* reading(source);
  const all = bundle.related.reduce((sum, one) => sum + one.steps.length, bundle.main.steps.length);
  yield { done: 0, all };
  const certified = judgeAnchor(bundle.anchor, context, verdict);
  yield { done: 0, all };
  checkPresent(bundle);
  checkProof(bundle);
  checkBalances(bundle);
  const replayed = replay(bundle);
  checkRelated(bundle, replayed);
  checkTransactions(bundle);
  checkRecords(bundle);
  stateItems(verdict, bundle);
  checkPoints(bundle);
  const acts = checkActs(bundle, replayed, context.ring);
  for (let next = acts.next(); ; next = acts.next()) {
    if (next.done === true) {
      verdict.signatures.checked += next.value;
      break;
    }
    yield { done: next.value, all };
  }
  checkMaking(bundle, replayed);
  checkOpenings(bundle);
  report.readable = checkReadable(bundle);
  report.custody = custodyOf(bundle);
  report.closed = closedFields(bundle);
  verdict.fields = report.readable.fields;
  verdict.persons = report.readable.persons;
  stand(certified, context, verdict, report, noticesOf(bundle));
}

type Judge = (context: Context, report: Report, file: Question['file']) => Generator<Progress, void>;

/** The verdict takes its shape first, so that a file of which nothing can be read has the verdict of its kind. */
function of<V extends Verdict, S>(
  blank: (given: Trust | null) => V,
  contentOf: (file: Question['file']) => S,
  judge: (content: S, context: Context, verdict: V, report: Report) => Generator<Progress, void>,
): Judge {
  return (context, report, file) => {
    const verdict = blank(context.given);
    report.verdict = verdict;
    return judge(contentOf(file), context, verdict, report);
  };
}

const bundleJudge = of(blankBundle, textOfFile, judgeBundle);
const cardJudge = of(blankCard, bytesOfFile, judgeCard);
const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ['hufu.feed/1', of(blankFeed, textOfFile, judgeFeed)],
  ['hufu.absence/1', of(blankAbsence, textOfFile, judgeAbsence)],
  ['hufu.evidence/1', of(blankEvidence, textOfFile, judgeEvidence)],
  ['hufu.anchor/1', of(blankAnchor, textOfFile, judgeAnchorFile)],
]);

/** By what a file says it is; what is too large or cannot be decompressed says nothing. */
function judgeOf(file: Uint8Array | Refusal): Judge {
  if (file instanceof Refusal) return bundleJudge;
  if (isCard(file)) return cardJudge;
  if (file.length > FILE_BYTES_MOST) return bundleJudge;
  return JUDGES.get(schemaOf(file) ?? '') ?? bundleJudge;
}

function trustOf({ trust }: Question): Trust | null {
  if (trust instanceof Refusal) throw trust;
  return trust instanceof Uint8Array ? readTrust(trust) : trust;
}

function* steps(question: Question, report: Report, ring: KeyRing): Generator<Progress, void> {
  report.trust = trustOf(question);
  const context: Context = { asked: question, given: report.trust, ring };
  yield* judgeOf(question.file)(context, report, question.file);
  report.verdict.notices = report.notices.map((one) => ({ id: one.id, message: en.notice(one) }));
}

function fail(report: Report, error: unknown): void {
  const failure = error instanceof Refusal ? error : new Refusal('H9000', `go on: ${String(error)}`);
  const { code, event, item, message } = failure;
  const { verdict } = report;
  report.failure = failure;
  report.readable = null;
  report.notices = [];
  verdict.verdict = 'invalid';
  verdict.notices = [];
  verdict.failure = { code, event, item, message };
  if (verdict.schema === 'hufu.verdict/1') Object.assign(verdict, { fields: [], persons: [] });
}

/** Verifies in slices: whoever drives it decides when to go on. It never throws. */
export function* verifying(question: Question, ring = new KeyRing()): Generator<Progress, Report> {
  const report: Report = {
    verdict: blankBundle(null),
    trust: null,
    readable: null,
    custody: [],
    closed: [],
    notices: [],
    failure: null,
  };
  try {
    yield* steps(question, report, ring);
  } catch (error) {
    fail(report, error);
  }
  return report;
}

export function verify(question: Question, ring = new KeyRing()): Report {
  const run = verifying(question, ring);
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

// The sheet: a verdict and everything that is proved with it, for people.
import type { Readable, ReadableEvent } from './bundle.ts';
import { data, el, fingerprint, growing, svg, type Part } from './dom.ts';
import { contentOf } from './kinds.ts';
import { others } from './others.ts';
import { bulleted, facts, section } from './parts.ts';
import { details, shown, timeline } from './timeline.ts';
import { toJson, type BundleVerdict, type Report, type Verdict } from './verify.ts';
import { timeText } from './readable.ts';
import type { Label, Words } from './words.ts';

export interface Shown {
  report: Report;
  name: string;
  sha256: string | null;
  nowMs: number;
}

type Standing = Verdict['verdict'] | 'unusable';

const SYMBOLS: Readonly<Record<Standing, string>> = {
  valid: 'M33 51 L45 63 L68 37',
  stale: 'M50 30 V51 L63 60',
  untrusted: 'M38 40 C38 26 62 26 62 40 C62 50 50 50 50 58 M50 68 V69',
  invalid: 'M35 35 L65 65 M65 35 L35 65',
  unusable: 'M50 30 V55 M50 66 V67',
};

function seal(standing: Standing): SVGElement {
  return svg(
    'svg',
    { class: 'seal', viewBox: '0 0 100 100', 'aria-hidden': 'true' },
    svg('circle', { cx: '50', cy: '50', r: '47', class: 'ring' }),
    svg('circle', { cx: '50', cy: '50', r: '41', class: 'disc' }),
    svg('path', { d: SYMBOLS[standing], class: 'mark' }),
  );
}

export function standingOf({ verdict, failure }: Report): Standing {
  return failure !== null && failure.code.startsWith('H919') ? 'unusable' : verdict.verdict;
}

type Advice = keyof Words['advice'];

/** What to do about each reason for which a file without failure is not valid. */
const REASONS: readonly (readonly [string, Advice])[] = [
  ['no-trust-root', 'untrusted'],
  ['seats-unrooted', 'seats'],
  ['before-start', 'start'],
  ['witnesses-missing', 'witnesses'],
  ['trust-expired', 'expired'],
];

function adviceWithoutFailure({ verdict, notices: all }: Report): Advice[] {
  if (verdict.verdict === 'valid') return [];
  const told = REASONS.filter(([id]) => all.some((one) => one.id === id)).map(([, advice]) => advice);
  const isTest = verdict.verdict === 'untrusted' && verdict.test;
  const isOld = verdict.verdict === 'stale' && !told.includes('expired');
  return [...(isTest ? (['untrusted-test'] as const) : []), ...told, ...(isOld ? (['stale'] as const) : [])];
}

function adviceOf(report: Report, words: Words): string[] {
  const { failure } = report;
  if (failure === null) return adviceWithoutFailure(report).map((one) => words.advice[one]);
  const { code } = failure;
  if (code.startsWith('H919')) return [words.advice.trust];
  if (code === 'H9029') return [words.advice.clock];
  if (code === 'H9110') return [words.advice.readable];
  if (/^H90[23]/.test(code)) return [words.advice.chain];
  return [/^H9(00|20[012])/.test(code) ? words.advice.file : words.advice.content];
}

function banner(shownNow: Shown, words: Words): HTMLElement {
  const { report } = shownNow;
  const standing = standingOf(report);
  const { word, says } = words.verdicts[standing];
  const isEvidence = report.verdict.schema === 'hufu.evidence-verdict/1';
  const told = isEvidence && (standing === 'valid' || standing === 'untrusted') ? words.evidenceSays[standing] : says;
  const { failure } = report;
  const event = failure?.event ?? null;
  const advice = adviceOf(report, words);
  return el(
    'section',
    { class: `banner ${standing}`, 'data-standing': standing },
    seal(standing),
    el(
      'div',
      {},
      el('p', { class: 'eyebrow' }, `${words.labels.verdictFor} · `, data(shownNow.name)),
      el('h2', {}, word),
      el('p', { class: 'says' }, told),
      failure === null
        ? null
        : el(
            'p',
            { class: 'why' },
            el('code', {}, failure.code),
            ' ',
            words.failure(failure.code, event === null ? null : event.toString()),
            failure.item === null ? null : el('span', {}, ` · ${words.labels.item} `, fingerprint(failure.item)),
          ),
      ...advice.map((one) => el('p', { class: 'advice' }, one)),
    ),
  );
}

function age(nowMs: number, time: string): string | null {
  const hours = (nowMs - Date.parse(time)) / 3_600_000;
  if (!Number.isFinite(hours) || hours < 0) return null;
  return hours >= 48 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours)} h ${Math.floor((hours % 1) * 60)} min`;
}

function stampOf(time: string, height: string, note: string | null): HTMLElement {
  return el(
    'span',
    {},
    el('strong', {}, time),
    el('div', {}, height, note === null ? null : el('span', { class: 'aside' }, ` · ${note}`)),
  );
}

function trustRoot({ verdict, trust }: Report, words: Words): Part {
  if (verdict.trust_root === null) return words.form.noTrust;
  const isOther = trust !== null && verdict.network !== null && trust.network !== verdict.network;
  return el('span', {}, isOther ? `${words.labels.otherTrust} ` : null, fingerprint(verdict.trust_root));
}

/** Where the trust file starts: from genesis, or from a later block. */
function startOf({ trust }: Report, words: Words): Part {
  if (trust === null) return null;
  const { height, time } = trust.start;
  if (height === 0n) return words.labels.genesis;
  return stampOf(shown(timeText(time)), words.height(height.toString()), null);
}

function witnesses({ verdict, trust }: Report, words: Words): Part {
  if (trust === null || trust.witnesses.keys.length === 0) return null;
  const signed = verdict.witnessed_by.map((name) => data(name));
  const asked = words.witnesses(signed.length, trust.witnesses.needed, trust.witnesses.keys.length);
  return el('span', {}, asked, signed.length === 0 ? null : bulleted(signed));
}

function certification({ report, nowMs, sha256 }: Shown, words: Words): HTMLElement {
  const { verdict } = report;
  const { as_of: asOf } = verdict;
  const isEvidence = verdict.schema === 'hufu.evidence-verdict/1';
  const old = asOf === null ? null : age(nowMs, asOf.time);
  const agencies = verdict.certified_by.map((name) => (/^[0-9a-f]{64}$/.test(name) ? fingerprint(name) : data(name)));
  return section(
    words.labels.certification,
    null,
    facts(
      words,
      [
        'asOf',
        isEvidence
          ? null
          : asOf === null
            ? words.labels.notProved
            : stampOf(
                shown(asOf.time),
                words.height(asOf.height.toString()),
                old === null ? null : `${old} ${words.labels.old}`,
              ),
      ],
      ['certifiedBy', isEvidence ? null : agencies.length === 0 ? words.labels.notProved : bulleted(agencies)],
      ['witnessedBy', isEvidence ? null : witnesses(report, words)],
      ['trustRoot', trustRoot(report, words)],
      ['trustStart', startOf(report, words)],
      ['network', verdict.network === null ? null : fingerprint(verdict.network)],
      ['testNetwork', verdict.network === null ? null : verdict.test ? words.labels.yes : words.labels.no],
      ['signatures', String(verdict.signatures.checked)],
      ['fileHash', sha256 === null ? null : fingerprint(sha256)],
    ),
  );
}

function termed(word: string, words: Words): Part {
  return words.terms[word] ?? data(word);
}

function marksOf(readable: Readable, words: Words): string | null {
  const marks = [readable.hgr ? words.labels.hgr : null, readable.research_only ? words.labels.researchOnly : null];
  const set = marks.filter((mark) => mark !== null);
  return set.length === 0 ? null : set.join(' · ');
}

function insideOf(inside: NonNullable<Readable['inside']>, words: Words): string {
  const held = inside.held === 0n ? '' : ` · ${words.values['held'] ?? ''}: ${inside.held}`;
  return `${words.values['items'] ?? ''}: ${inside.items}${held}`;
}

function offerOf(offer: NonNullable<Readable['offer']>): HTMLElement {
  return el('span', {}, '→ ', data(offer.receiver), ` · ${shown(offer.expires)}`);
}

function identity(verdict: BundleVerdict, readable: Readable, words: Words): HTMLElement {
  const holds = readable.holds.map((hold) =>
    el('span', {}, ...hold.by.flatMap((name) => [data(name), ' ']), '· ', data(hold.reason)),
  );
  return section(
    words.labels.identity,
    null,
    el('p', { class: 'link' }, data(readable.item)),
    facts(
      words,
      ['state', el('strong', {}, words.states[readable.state] ?? data(readable.state))],
      ['custodian', el('strong', {}, data(readable.custodian))],
      ['unit', readable.unit === null ? null : fingerprint(readable.unit)],
      ['onHand', el('strong', {}, data(readable.on_hand))],
      ['class', data(readable.class)],
      ['category', termed(readable.category, words)],
      ['grade', readable.grade === '' ? null : data(readable.grade)],
      ['marks', marksOf(readable, words)],
      ['purpose', readable.purpose === 'unstated' ? null : termed(readable.purpose, words)],
      ['hs', readable.hs.length === 0 ? null : data(readable.hs.join(' · '))],
      ['registrant', data(readable.registrant)],
      ['place', readable.place === null ? null : data(readable.place)],
      ['quarantined', readable.quarantined ? words.labels.yes : null],
      ['grant', readable.grant === null ? null : fingerprint(readable.grant)],
      ['inside', readable.inside === null ? null : insideOf(readable.inside, words)],
      ['excursions', readable.excursions === 0n ? null : readable.excursions.toString()],
      ['holds', holds.length === 0 ? null : bulleted(holds)],
      ['offer', readable.offer === null ? null : offerOf(readable.offer)],
      ['registrations', readable.registrations.toString()],
      ['itemId', verdict.item_id === null ? null : fingerprint(verdict.item_id)],
    ),
  );
}

/** What an invalid file still proved, so that a reader knows of which item it wants to be. */
function claimed({ verdict }: Report, words: Words): HTMLElement | null {
  if (verdict.schema !== 'hufu.verdict/1' || verdict.item === null) return null;
  return section(
    words.labels.identity,
    words.labels.claimed,
    el('p', { class: 'link' }, data(verdict.item)),
    facts(words, ['itemId', verdict.item_id === null ? null : fingerprint(verdict.item_id)]),
  );
}

const QUANTITIES = ['registered', 'on_hand', 'used', 'derived', 'wasted', 'lost', 'disposed'] as const;

function quantities(readable: Readable, words: Words): HTMLElement {
  const cells = QUANTITIES.map((name) => {
    const label = name === 'on_hand' ? 'onHand' : name;
    const isNothing = /^0 /.test(readable[name]);
    return el(
      'div',
      { class: isNothing ? 'cell nothing' : 'cell' },
      el('dt', {}, words.labels[label]),
      el('dd', {}, data(readable[name])),
    );
  });
  return section(words.labels.quantities, null, el('dl', { class: 'quantities' }, ...cells));
}

function eventRow(event: ReadableEvent, words: Words): HTMLElement {
  const actors = event.actors.map((name) => el('div', {}, data(name)));
  return el(
    'tr',
    {},
    el('td', { class: 'number' }, event.n.toString()),
    el(
      'td',
      { class: 'time' },
      shown(event.time),
      el('div', { class: 'aside' }, words.height(event.height.toString())),
    ),
    el('td', {}, el('strong', {}, words.kinds[event.kind] ?? event.kind), el('div', {}, details(event, words))),
    el('td', {}, ...actors),
    el('td', {}, words.states[event.state] ?? data(event.state)),
    el('td', {}, event.decision === null ? '–' : data(event.decision, 'article')),
  );
}

function eventTable(readable: Readable, words: Words): HTMLElement {
  const heads: readonly Label[] = ['event', 'time', 'details', 'actors', 'state', 'decision'];
  const rows = el('tbody', {});
  const more = growing(rows, readable.events, (event) => eventRow(event, words), words.more);
  return section(
    words.labels.events,
    words.labels.eventsNote,
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': words.labels.events },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...heads.map((one) => el('th', { scope: 'col' }, words.labels[one])))),
        rows,
      ),
    ),
    more,
  );
}

function fields({ closed }: Report, readable: Readable, words: Words): HTMLElement {
  const opened = readable.fields.map((field) =>
    el(
      'div',
      {},
      el('dt', {}, words.event(field.event.toString()), ' · ', data(field.name)),
      el('dd', {}, data(field.value, 'data long')),
    ),
  );
  const persons = readable.persons.map((person) =>
    el('div', {}, el('dt', {}, fingerprint(person.key.slice(0, 16), 'hash short')), el('dd', {}, data(person.name))),
  );
  const shut = closed.length === 0 ? null : words.notice({ id: 'fields-closed', closed });
  const isNone = opened.length === 0 && shut === null;
  return section(
    words.labels.fields,
    isNone ? words.labels.nothingPrivate : null,
    opened.length === 0 ? null : el('h4', {}, words.labels.opened),
    opened.length === 0 ? null : el('dl', { class: 'facts' }, ...opened),
    shut === null ? null : el('p', { class: 'shut' }, shut),
    persons.length === 0 ? null : el('h4', {}, words.labels.persons),
    persons.length === 0 ? null : el('dl', { class: 'facts' }, ...persons),
  );
}

function notices({ notices: all }: Report, words: Words): HTMLElement {
  return section(words.labels.notices, null, bulleted(all.map((one) => data(words.notice(one)))));
}

function machine({ verdict }: Report, words: Words): HTMLElement {
  return el(
    'details',
    { class: 'machine' },
    el('summary', {}, `${words.labels.machine} (${verdict.schema})`),
    el('pre', { id: 'verdict', dir: 'ltr' }, toJson(verdict)),
  );
}

export function sheet(shownNow: Shown, words: Words): Part[] {
  const { report } = shownNow;
  const { readable } = report;
  const until = report.custody.at(-1)?.from.time ?? 0n;
  const asOf = report.verdict.as_of;
  const end = asOf === null || !/^\d{4}-/.test(asOf.time) ? until : BigInt(Date.parse(asOf.time));
  const { verdict } = report;
  const proved =
    readable === null || verdict.schema !== 'hufu.verdict/1'
      ? [report.failure === null ? notices(report, words) : null, claimed(report, words), contentOf(verdict, words)]
      : [
          notices(report, words),
          identity(verdict, readable, words),
          quantities(readable, words),
          section(
            words.labels.custody,
            words.labels.custodyNote,
            timeline(report.custody, readable.events, end, words),
          ),
          others(readable, words),
          eventTable(readable, words),
          fields(report, readable, words),
        ];
  const isJudged = standingOf(report) !== 'unusable';
  return [
    banner(shownNow, words),
    isJudged ? certification(shownNow, words) : null,
    ...(isJudged ? proved : []),
    verdict.schema === 'hufu.verdict/1' ? section(words.labels.cannotKnow, null, bulleted([...words.limits])) : null,
    machine(report, words),
  ];
}

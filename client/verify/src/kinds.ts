// What the sheet shows of files that are no bundles.
import type { CardVerdict } from './card.ts';
import { data, el, fingerprint, type Part } from './dom.ts';
import type { EvidenceVerdict } from './evidence.ts';
import type { AbsenceVerdict, AnchorVerdict, FeedVerdict } from './files.ts';
import { bulleted, facts, section } from './parts.ts';
import type { Verdict } from './verify.ts';
import type { Words } from './words.ts';

function feed(verdict: FeedVerdict, words: Words): HTMLElement {
  const { org, org_name: name, from, to } = verdict;
  const range = from === null || to === null ? null : `${from} – ${to}`;
  return section(
    words.labels.feed,
    words.labels.feedNote,
    facts(
      words,
      ['organisation', name === null ? null : el('strong', {}, data(name))],
      ['heights', range],
      ['links', range === null ? null : String(verdict.links)],
      ['entries', range === null ? null : String(verdict.entries)],
      ['eventsOfItems', range === null ? null : String(verdict.events)],
      ['orgId', org === null ? null : fingerprint(org)],
    ),
  );
}

function absence({ code, as_of: asOf }: AbsenceVerdict, words: Words): HTMLElement | null {
  if (code === null) return null;
  return section(
    words.labels.absence,
    asOf === null ? null : words.absentUpTo(asOf.height.toString()),
    el('p', { class: 'link' }, data(code)),
  );
}

function accused({ accused: all }: EvidenceVerdict, words: Words): Part {
  if (all.length === 0) return words.labels.nobody;
  return bulleted(
    all.map(({ key, org, name }) =>
      el(
        'span',
        {},
        name === null ? fingerprint(org) : el('strong', {}, data(name)),
        el('div', { class: 'aside' }, `${words.labels.key} `, fingerprint(key)),
      ),
    ),
  );
}

function evidence(verdict: EvidenceVerdict, words: Words): HTMLElement | null {
  const { proves, height, round } = verdict;
  if (proves === null || height === null) return null;
  return section(
    words.labels.evidenceOf,
    null,
    el('p', { class: 'proves' }, words.proves[proves]),
    facts(
      words,
      ['height', height.toString()],
      ['round', round === null ? null : String(round)],
      ['accused', accused(verdict, words)],
    ),
  );
}

function anchor({ block }: AnchorVerdict, words: Words): HTMLElement | null {
  if (block === null) return null;
  return section(words.labels.anchor, words.labels.anchorNote, facts(words, ['block', fingerprint(block)]));
}

function card(verdict: CardVerdict, words: Words): HTMLElement | null {
  const { item, item_id: id, state, on_hand: onHand, custodian, custodian_name: name, events, head } = verdict;
  if (item === null || id === null || custodian === null || head === null) return null;
  const holder =
    name === null
      ? el('span', {}, fingerprint(custodian), el('div', { class: 'aside' }, words.labels.notOnCard))
      : el('strong', {}, data(name));
  return section(
    words.labels.card,
    words.labels.cardNote,
    el('p', { class: 'link' }, data(item)),
    facts(
      words,
      ['state', state === null ? null : el('strong', {}, words.states[state] ?? data(state))],
      ['custodian', holder],
      ['onHand', onHand === null ? null : el('strong', {}, data(onHand))],
      ['eventsCounted', events.toString()],
      ['head', fingerprint(head)],
      ['itemId', fingerprint(id)],
    ),
  );
}

/** The section about the content; null for a bundle, and where nothing of it is proved. */
export function contentOf(verdict: Verdict, words: Words): HTMLElement | null {
  switch (verdict.schema) {
    case 'hufu.feed-verdict/1':
      return verdict.org === null ? null : feed(verdict, words);
    case 'hufu.absence-verdict/1':
      return absence(verdict, words);
    case 'hufu.evidence-verdict/1':
      return evidence(verdict, words);
    case 'hufu.anchor-verdict/1':
      return anchor(verdict, words);
    case 'hufu.card-verdict/1':
      return card(verdict, words);
    case 'hufu.verdict/1':
      return null;
  }
}

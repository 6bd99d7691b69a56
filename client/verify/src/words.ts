// The shape of everything that is said to people, one implementation for each language.
import type { Notice } from './notices.ts';

export interface Words {
  tag: string;
  name: string;
  title: string;
  subtitle: string;
  verdicts: Readonly<Record<'valid' | 'stale' | 'untrusted' | 'invalid' | 'unusable', { word: string; says: string }>>;
  /** What the verdicts on evidence of broken rules say in place of those. */
  evidenceSays: Readonly<Record<'valid' | 'untrusted', string>>;
  advice: Readonly<
    Record<
      | 'stale'
      | 'expired'
      | 'untrusted'
      | 'untrusted-test'
      | 'start'
      | 'witnesses'
      | 'seats'
      | 'file'
      | 'chain'
      | 'clock'
      | 'content'
      | 'readable'
      | 'trust',
      string
    >
  >;
  failure(code: string, event: string | null): string;
  notice(notice: Notice): string;
  form: Readonly<
    Record<
      | 'drop'
      | 'dropHint'
      | 'card'
      | 'evidence'
      | 'trust'
      | 'choose'
      | 'none'
      | 'maxAge'
      | 'hours'
      | 'anyAge'
      | 'allowTest'
      | 'verify'
      | 'again'
      | 'print'
      | 'language'
      | 'unsupported'
      | 'tooLarge'
      | 'unreadable'
      | 'noTrust',
      string
    >
  >;
  progress: Readonly<Record<'reading' | 'chain', string>> & { events(done: number, all: number): string };
  labels: Readonly<Record<Label, string>>;
  limits: readonly string[];
  kinds: Readonly<Record<string, string>>;
  states: Readonly<Record<string, string>>;
  /** Words of categories, purposes, results and the like. */
  terms: Readonly<Record<string, string>>;
  /** Names of the values of an event. */
  values: Readonly<Record<string, string>>;
  held(from: string, to: string | null): string;
  event(n: string): string;
  more(left: number): string;
  height(height: string): string;
  openEvents(open: number, all: string): string;
  absentUpTo(height: string): string;
  witnesses(signed: number, needed: number, named: number): string;
  /** What evidence proves. */
  proves: Readonly<Record<'double-sign' | 'two-certificates' | 'more-than-f', string>>;
}

export type Label =
  | 'code'
  | 'event'
  | 'asOf'
  | 'certifiedBy'
  | 'trustRoot'
  | 'trustStart'
  | 'genesis'
  | 'witnessedBy'
  | 'noHolder'
  | 'inUnit'
  | 'others'
  | 'othersNote'
  | 'origins'
  | 'units'
  | 'children'
  | 'feed'
  | 'feedNote'
  | 'organisation'
  | 'orgId'
  | 'heights'
  | 'links'
  | 'entries'
  | 'eventsOfItems'
  | 'absence'
  | 'evidenceOf'
  | 'height'
  | 'round'
  | 'accused'
  | 'nobody'
  | 'card'
  | 'cardNote'
  | 'eventsCounted'
  | 'head'
  | 'notOnCard'
  | 'anchor'
  | 'anchorNote'
  | 'block'
  | 'network'
  | 'testNetwork'
  | 'item'
  | 'itemId'
  | 'class'
  | 'category'
  | 'grade'
  | 'hs'
  | 'registrant'
  | 'custodian'
  | 'state'
  | 'purpose'
  | 'place'
  | 'quarantined'
  | 'grant'
  | 'unit'
  | 'inside'
  | 'excursions'
  | 'holds'
  | 'offer'
  | 'marks'
  | 'hgr'
  | 'researchOnly'
  | 'registrations'
  | 'signatures'
  | 'quantities'
  | 'registered'
  | 'onHand'
  | 'used'
  | 'derived'
  | 'wasted'
  | 'lost'
  | 'disposed'
  | 'custody'
  | 'custodyNote'
  | 'events'
  | 'eventsNote'
  | 'time'
  | 'kind'
  | 'actors'
  | 'to'
  | 'details'
  | 'decision'
  | 'fields'
  | 'opened'
  | 'closed'
  | 'nothingPrivate'
  | 'persons'
  | 'person'
  | 'key'
  | 'notices'
  | 'noNotices'
  | 'cannotKnow'
  | 'identity'
  | 'certification'
  | 'yes'
  | 'no'
  | 'unknown'
  | 'fileHash'
  | 'message'
  | 'field'
  | 'value'
  | 'notProved'
  | 'now'
  | 'decisionUnder'
  | 'verdictFor'
  | 'quantity'
  | 'machine'
  | 'old'
  | 'claimed'
  | 'otherTrust';

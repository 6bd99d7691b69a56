// What the verdicts on all kinds of files have in common (absence.md, "Verdict"), and how an anchor comes into them.
import type { Hash } from './bytes.ts';
import type { Anchor } from './anchor.ts';
import { KeyRing } from './curve.ts';
import type { Notice } from './notices.ts';
import { timeText } from './readable.ts';
import type { Refusal } from './refusal.ts';
import { certify, checkFlagAndClock, trustFor, witnessNames, standingOf, type Asked, type Certified } from './set.ts';
import type { Trust } from './trust.ts';

export interface Failure {
  code: string;
  event: bigint | null;
  item: Hash | null;
  message: string;
}

/** The part of a verdict that is the same for every kind of file. */
export interface Common {
  verdict: 'valid' | 'stale' | 'untrusted' | 'invalid';
  as_of: { height: bigint; time: string } | null;
  network: Hash | null;
  test: boolean;
  certified_by: string[];
  witnessed_by: string[];
  signatures: { checked: number };
  trust_root: Hash | null;
  failure: Failure | null;
  notices: { id: string; message: string }[];
}

export interface Context {
  asked: Asked;
  /** The trust file that was given, of whichever network. */
  given: Trust | null;
  ring: KeyRing;
}

export interface Progress {
  done: number;
  all: number;
}

/** What a kind of file found, as it goes on. */
export interface Finding {
  notices: Notice[];
  failure: Refusal | null;
}

export function blankCommon(given: Trust | null): Common {
  return {
    verdict: 'invalid',
    as_of: null,
    network: null,
    test: false,
    certified_by: [],
    witnessed_by: [],
    signatures: { checked: 0 },
    trust_root: given?.fingerprint ?? null,
    failure: null,
    notices: [],
  };
}

/** Judges the anchor, and states in the verdict what is certified. */
export function judgeAnchor(anchor: Anchor, { asked, given, ring }: Context, verdict: Common): Certified {
  const { network } = anchor.tip.header;
  const trust = trustFor(given, network);
  const certified = certify(anchor, trust, ring);
  const { header } = certified;
  checkFlagAndClock(header, trust, asked.nowMs);
  verdict.network = network;
  verdict.test = header.test;
  verdict.as_of = { height: header.height, time: timeText(header.time) };
  verdict.certified_by = certified.agencies.map((org) => trust?.agencies.get(org) ?? org);
  verdict.witnessed_by = witnessNames(certified, trust);
  verdict.signatures.checked = certified.checked;
  return certified;
}

/** Of a file without failure: how it stands, and its notices. */
export function stand(
  certified: Certified,
  { asked, given }: Context,
  verdict: Common,
  finding: Finding,
  notices: readonly Notice[],
): void {
  const standing = standingOf(certified, trustFor(given, certified.header.network), asked);
  verdict.verdict = standing.verdict;
  finding.notices = [...standing.notices, ...notices];
}

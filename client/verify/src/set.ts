// The light client: from what one trusts to the header whose state a file proves, and how such a file stands (bundle.md,
// "Judging an anchor", "Standing").
import { encode, fromHex, type Hash } from './bytes.ts';
import { u64 } from './codec.ts';
import type { Anchor, SignedHeader } from './anchor.ts';
import { keyIsUsable, type KeyRing } from './curve.ts';
import { listRoot, tagged } from './hash.ts';
import { once } from './memo.ts';
import { keyIdentity, vote, type Certificate, type Header, type ValidatorSet } from './records.ts';
import { refuse } from './refusal.ts';
import type { Trust } from './trust.ts';

const AHEAD_MOST_MS = 600_000n;

/** A header alone against its certificate and set. */
function checkAlone({ header, block, certificate, setHash }: SignedHeader): void {
  if (certificate.block !== block || certificate.height !== header.height || certificate.round < header.round) {
    refuse('H9021', 'match the certificate with the header');
  }
  if (header.version !== 1) refuse('H9020', `read version ${header.version} of the header`);
  if (setHash !== header.validators) refuse('H9022', 'match the validator set with the header');
}

/** Whether a header is the first above the start of the trust file, whose set must have signed it. */
function isFirstAbove({ header }: SignedHeader, before: SignedHeader | null, { start }: Trust): boolean {
  return header.height > start.height && (before === null || before.header.height <= start.height);
}

function checkPlace(one: SignedHeader, before: SignedHeader | null, last: Header, trust: Trust | null): void {
  const { header } = one;
  const ascends = before === null || (header.height > before.header.height && header.time > before.header.time);
  if (!ascends) refuse('H9027', 'take the chain of validator sets: it does not ascend');
  if (header.network !== last.network || header.test !== last.test) {
    refuse('H9027', 'take the chain of validator sets: it is of several networks');
  }
  if (header !== last && header.nextValidators === header.validators) {
    refuse('H9027', 'take the chain of validator sets: a link changes nothing');
  }
  if (trust !== null && header.height === trust.start.height && one.block !== trust.start.block) {
    refuse('H9030', 'take another block at the start of the trust file');
  }
  if (trust !== null && isFirstAbove(one, before, trust) && header.validators !== trust.setHash) {
    refuse('H9026', 'begin with the validators of the trust file');
  }
  if (before !== null && header.validators !== before.header.nextValidators) {
    refuse('H9027', 'take the chain of validator sets: a set is not the one that was announced');
  }
}

/** With which header and set a certificate was found to hold. */
const heldWith = once((_: Certificate): { header: Header; validators: ValidatorSet }[] => []);

function checkCertificate(one: SignedHeader, ring: KeyRing): void {
  const known = heldWith(one.certificate);
  const [last] = known;
  if (last !== undefined && last.header === one.header && last.validators === one.validators) return;
  checkSigners(one, ring);
  known[0] = one;
}

function checkSigners({ header, certificate, validators }: SignedHeader, ring: KeyRing): void {
  const seats = new Map(validators.map((seat) => [keyIdentity(seat.key), seat.key]));
  certificate.signatures.forEach(({ signer }, i) => {
    const before = certificate.signatures[i - 1];
    const ascends = before === undefined || before.signer < signer;
    if (!ascends || !seats.has(signer)) refuse('H9023', `take ${signer} as a signer of the certificate`);
  });
  for (const { signer, signature } of certificate.signatures) {
    const key = seats.get(signer);
    const { height, round, block } = certificate;
    const message = tagged(
      'vote',
      encode(vote, { network: header.network, kind: 'precommit', height, round, signer, block }),
    );
    if (key === undefined || !ring.holds(key, message, signature)) refuse('H9024', `verify the precommit of ${signer}`);
  }
  const needed = Math.floor((2 * seats.size) / 3) + 1;
  const there = certificate.signatures.length;
  if (there < needed) refuse('H9025', `reach a quorum: ${there} of ${needed} precommits`);
}

function checkWitnesses({ tip: { header, block }, witnesses }: Anchor, ring: KeyRing): void {
  const message = tagged('witness', fromHex(header.network), encode(u64, header.height), fromHex(block));
  for (const { key, signature } of witnesses) {
    const bytes = fromHex(key);
    if (!keyIsUsable(bytes) || !ring.holds(bytes, message, signature)) {
      refuse('H9031', `verify the signature of witness ${key}`);
    }
  }
}

/** Whether the history leads to the start of the trust file. */
function checkHistory({ tip, history }: Anchor, trust: Trust | null): boolean {
  if (history === null) return false;
  const { height } = tip.header;
  const { size, path } = history;
  const root = height >= 1n && height <= size ? listRoot(tip.block, height - 1n, size, path) : null;
  if (root === null) return refuse('H9030', 'take the path of the header into the history');
  if (trust === null || trust.start.height !== size + 1n) return false;
  if (root !== trust.start.history) refuse('H9030', 'find the header in the history of the trust file');
  return true;
}

export interface Certified {
  header: Header;
  block: Hash;
  /** Signatures that were verified: precommits of all certificates, and those of witnesses. */
  checked: number;
  /** The organisations that certified the header, in the order of its certificate. */
  agencies: Hash[];
  /** Keys of the witnesses that signed. */
  witnesses: ReadonlySet<Hash>;
  isRooted: boolean;
}

/** Steps 1 to 4 of judging an anchor. */
export function certify(anchor: Anchor, trust: Trust | null, ring: KeyRing): Certified {
  const { chain, tip } = anchor;
  const all = [...chain, tip];
  all.forEach(checkAlone);
  all.forEach((one, i) => {
    checkPlace(one, all[i - 1] ?? null, tip.header, trust);
    checkCertificate(one, ring);
  });
  checkWitnesses(anchor, ring);
  const isInHistory = checkHistory(anchor, trust);
  const orgs = new Map(tip.validators.map((seat) => [keyIdentity(seat.key), seat.org]));
  const precommits = all.reduce((sum, one) => sum + one.certificate.signatures.length, 0);
  return {
    header: tip.header,
    block: tip.block,
    checked: precommits + anchor.witnesses.length,
    agencies: tip.certificate.signatures.map(({ signer }) => orgs.get(signer) ?? signer),
    witnesses: new Set(anchor.witnesses.map((one) => one.key)),
    isRooted: trust !== null && (tip.header.height >= trust.start.height || isInHistory),
  };
}

/** Step 5: test flag and clock. */
export function checkFlagAndClock(header: Header, trust: Trust | null, nowMs: bigint | null): void {
  if (trust !== null && trust.test !== header.test) refuse('H9028', 'match the test flag with the trust file');
  if (nowMs === null || header.test) return;
  const ahead = header.time - nowMs;
  if (ahead > AHEAD_MOST_MS) refuse('H9029', `take a header from ${ahead} ms ahead of this clock`);
}

/** The trust file where it is of this network. */
export function trustFor(trust: Trust | null, network: Hash): Trust | null {
  return trust !== null && trust.network === network ? trust : null;
}

/** Names of the witnesses of the trust file that signed, in its order. */
export function witnessNames({ witnesses }: Certified, trust: Trust | null): string[] {
  return (trust?.witnesses.keys ?? []).filter((one) => witnesses.has(one.key)).map((one) => one.name);
}

export interface Asked {
  nowMs: bigint | null;
  maxAgeMs: bigint | null;
  allowTest: boolean;
}

export type StandingNotice =
  | { id: 'test-network' | 'no-trust-root' }
  | { id: 'before-start'; start: bigint }
  | { id: 'witnesses-missing'; signed: number; needed: number }
  | { id: 'trust-expired'; start: bigint; days: number };

export interface Standing {
  verdict: 'valid' | 'stale' | 'untrusted';
  notices: StandingNotice[];
}

const DAY_MS = 86_400_000;

/** How a file without failure stands, and the notices about it. */
export function standingOf(certified: Certified, trust: Trust | null, asked: Asked): Standing {
  const { header, isRooted } = certified;
  const notices: StandingNotice[] = [];
  if (header.test) notices.push({ id: 'test-network' });
  if (trust === null) {
    notices.push({ id: 'no-trust-root' });
    return { verdict: 'untrusted', notices };
  }
  const { start, trustingMs } = trust;
  const { needed } = trust.witnesses;
  const signed = witnessNames(certified, trust).length;
  const isAbove = header.height > start.height;
  const isExpired = trustingMs !== null && isAbove && asked.nowMs !== null && asked.nowMs - start.time > trustingMs;
  if (!isRooted) notices.push({ id: 'before-start', start: start.height });
  if (signed < needed) notices.push({ id: 'witnesses-missing', signed, needed });
  if (isExpired) notices.push({ id: 'trust-expired', start: start.height, days: Number(trustingMs) / DAY_MS });
  if ((header.test && !asked.allowTest) || !isRooted || signed < needed) return { verdict: 'untrusted', notices };
  const isOld = asked.nowMs !== null && asked.maxAgeMs !== null && asked.nowMs - header.time > asked.maxAgeMs;
  return { verdict: isOld || isExpired ? 'stale' : 'valid', notices };
}

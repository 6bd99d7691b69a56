// The light client: from the validators one trusts to the header whose state the file proves (bundle.md, steps 2 and 3).
import { encode, type Hash } from './bytes.ts';
import type { Anchor, SignedHeader } from './bundle.ts';
import type { KeyRing } from './curve.ts';
import { tagged } from './hash.ts';
import { keyIdentity, vote, type Header } from './records.ts';
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
  if (before === null) {
    if (trust !== null && trust.setHash !== header.validators)
      refuse('H9026', 'begin with the validators of the trust file');
  } else if (header.validators !== before.header.nextValidators) {
    refuse('H9027', 'take the chain of validator sets: a set is not the one that was announced');
  }
}

function checkCertificate({ header, certificate, validators }: SignedHeader, ring: KeyRing): void {
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

export interface Certified {
  header: Header;
  /** Precommits that were verified, of all certificates. */
  precommits: number;
  /** The organisations that certified the header, in the order of its certificate. */
  agencies: Hash[];
}

export function certify(anchor: Anchor, trust: Trust | null, ring: KeyRing): Certified {
  const { chain, tip } = anchor;
  const all = [...chain, tip];
  all.forEach(checkAlone);
  all.forEach((one, i) => {
    checkPlace(one, all[i - 1] ?? null, tip.header, trust);
    checkCertificate(one, ring);
  });
  const orgs = new Map(tip.validators.map((seat) => [keyIdentity(seat.key), seat.org]));
  return {
    header: tip.header,
    precommits: all.reduce((sum, one) => sum + one.certificate.signatures.length, 0),
    agencies: tip.certificate.signatures.map(({ signer }) => orgs.get(signer) ?? signer),
  };
}

export function checkFlagAndClock(header: Header, trust: Trust | null, nowMs: bigint | null): void {
  if (trust !== null && trust.test !== header.test) refuse('H9028', 'match the test flag with the trust file');
  if (nowMs === null || header.test) return;
  const ahead = header.time - nowMs;
  if (ahead > AHEAD_MOST_MS) refuse('H9029', `take a header from ${ahead} ms ahead of this clock`);
}

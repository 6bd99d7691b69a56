// Evidence that agencies broke the rules of consensus (evidence.md).
import { encode, type Hash } from './bytes.ts';
import { chainShape, readSignedHeader, signedHeaderShape, type SignedHeader } from './anchor.ts';
import { blankCommon, type Common, type Context, type Finding, type Progress } from './family.ts';
import { hashOfPart, tagged } from './hash.ts';
import { bytes, hex, listOf, nullable, object, text } from './json.ts';
import type { Notice } from './notices.ts';
import { LIMITS, read, readJson } from './reading.ts';
import * as rec from './records.ts';
import { refuse } from './refusal.ts';
import { certify, checkFlagAndClock, trustFor, type Certified } from './set.ts';
import type { Trust } from './trust.ts';

export interface EvidenceVerdict extends Common {
  schema: 'hufu.evidence-verdict/1';
  proves: 'double-sign' | 'two-certificates' | 'more-than-f' | null;
  height: bigint | null;
  round: number | null;
  accused: { key: Hash; org: Hash; name: string | null }[];
}

export function blankEvidence(given: Trust | null): EvidenceVerdict {
  return {
    schema: 'hufu.evidence-verdict/1',
    proves: null,
    height: null,
    round: null,
    accused: [],
    ...blankCommon(given),
  };
}

const evidenceFile = object({
  schema: text,
  network: hex,
  double: nullable(bytes),
  certificates: nullable(listOf(signedHeaderShape, 2)),
  validators: bytes,
  chain: chainShape,
});

interface Evidence {
  network: Hash;
  double: rec.Evidence | null;
  pair: readonly [SignedHeader, SignedHeader] | null;
  validators: rec.ValidatorSet;
  setHash: Hash;
  chain: SignedHeader[];
}

interface Proved {
  proves: NonNullable<EvidenceVerdict['proves']>;
  height: bigint;
  round: number | null;
  accused: Hash[];
  checked: number;
}

function readEvidence(source: string): Evidence {
  const raw = readJson(source, evidenceFile, 'hufu.evidence/1');
  const validators = read(rec.validatorSet, raw.validators, LIMITS.validators, 'the validator set');
  const count = raw.certificates?.length ?? 0;
  if ((raw.double === null) === (raw.certificates === null) || (raw.certificates !== null && count !== 2)) {
    refuse('H9140', 'find two messages of one key, or two certificates');
  }
  const double = raw.double === null ? null : read(rec.evidence, raw.double, LIMITS.evidence, 'the messages');
  const [a, b] = (raw.certificates ?? []).map(readSignedHeader);
  return {
    network: raw.network,
    double,
    pair: a === undefined || b === undefined ? null : [a, b],
    validators,
    setHash: hashOfPart('validators', raw.validators),
    chain: raw.chain.map(readSignedHeader),
  };
}

function alone(tip: SignedHeader, chain: SignedHeader[], trust: Trust | null, { ring, asked }: Context): Certified {
  const certified = certify({ tip, chain, witnesses: [], history: null }, trust, ring);
  checkFlagAndClock(certified.header, trust, asked.nowMs);
  return certified;
}

/** The chain leads to the set that signs after its last header. */
function judgeChain({ chain, network }: Evidence, context: Context): Certified | null {
  const tip = chain.at(-1);
  if (tip === undefined) return null;
  if (tip.header.network !== network) refuse('H9027', 'take the chain of validator sets: it is of another network');
  if (tip.header.nextValidators === tip.header.validators) {
    refuse('H9027', 'take the chain of validator sets: a link changes nothing');
  }
  return alone(tip, chain.slice(0, -1), trustFor(context.given, network), context);
}

function differ(double: rec.Evidence): boolean {
  if (double.is === 'votes') {
    return double.a.kind === double.b.kind && double.a.block !== double.b.block;
  }
  const { a, b } = double;
  return a.block !== b.block || a.polRound !== b.polRound;
}

function judgeDouble({ network, validators }: Evidence, double: rec.Evidence, { ring }: Context): Proved {
  const { a, b } = double;
  const agree =
    a.network === network &&
    b.network === network &&
    a.height === b.height &&
    a.round === b.round &&
    a.signer === b.signer;
  if (!agree || !differ(double)) refuse('H9140', 'find two messages that contradict each other');
  const seat = validators.find((one) => rec.keyIdentity(one.key) === a.signer);
  if (seat === undefined) return refuse('H9141', `find a seat of key ${a.signer}`);
  const [first, second] =
    double.is === 'votes'
      ? [tagged('vote', encode(rec.vote, double.a)), tagged('vote', encode(rec.vote, double.b))]
      : [tagged('proposal', encode(rec.proposal, double.a)), tagged('proposal', encode(rec.proposal, double.b))];
  const hold = ring.holds(seat.key, first, double.signatureA) && ring.holds(seat.key, second, double.signatureB);
  if (!hold) refuse('H9140', 'verify the signatures of the two messages');
  return { proves: 'double-sign', height: a.height, round: a.round, accused: [a.signer], checked: 2 };
}

function judgePair(
  { network, setHash }: Evidence,
  pair: readonly [SignedHeader, SignedHeader],
  context: Context,
): Proved {
  let checked = 0;
  for (const one of pair) {
    if (one.setHash !== setHash) refuse('H9022', 'match the validator set with the certificate');
    checked += alone(one, [], null, context).checked;
  }
  const [a, b] = pair;
  if (pair.some((one) => one.header.network !== network)) refuse('H9140', 'take a certificate of another network');
  if (a.header.test !== b.header.test) refuse('H9028', 'match the test flags of the certificates');
  if (a.header.height !== b.header.height || a.block === b.block) {
    refuse('H9140', 'find two certificates that contradict each other');
  }
  const { height } = a.header;
  if (a.certificate.round !== b.certificate.round) {
    return { proves: 'more-than-f', height, round: null, accused: [], checked };
  }
  const second = new Set(b.certificate.signatures.map((one) => one.signer));
  const accused = a.certificate.signatures.map((one) => one.signer).filter((signer) => second.has(signer));
  return { proves: 'two-certificates', height, round: a.certificate.round, accused, checked };
}

function isRooted({ chain, setHash }: Evidence, trust: Trust | null, led: Certified | null, height: bigint): boolean {
  if (trust === null) return false;
  if (chain.length === 0) return setHash === trust.setHash;
  if (led === null || !led.isRooted) return false;
  return led.header.nextValidators === setHash && led.header.height < height;
}

export function* judgeEvidence(
  source: string,
  context: Context,
  verdict: EvidenceVerdict,
  finding: Finding,
): Generator<Progress, void> {
  const evidence = readEvidence(source);
  yield { done: 0, all: 0 };
  const led = judgeChain(evidence, context);
  const { double, pair, network, validators } = evidence;
  const proved =
    double !== null
      ? judgeDouble(evidence, double, context)
      : pair !== null
        ? judgePair(evidence, pair, context)
        : null;
  if (proved === null) return refuse('H9140', 'find two messages of one key, or two certificates');
  const trust = trustFor(context.given, network);
  const flags = [trust?.test, led?.header.test, pair?.[0].header.test].filter((flag) => flag !== undefined);
  const test = flags[0] ?? false;
  if (flags.some((flag) => flag !== test)) refuse('H9028', 'match the test flags of the file and of the trust file');
  const seats = new Map(validators.map((seat) => [rec.keyIdentity(seat.key), seat.org]));
  const { proves, height, round } = proved;
  const accused = proved.accused.map((key) => {
    const org = seats.get(key) ?? key;
    return { key, org, name: trust?.agencies.get(org) ?? null };
  });
  Object.assign(verdict, { network, test, proves, height, round, accused });
  verdict.signatures.checked = proved.checked + (led?.checked ?? 0);
  const rooted = isRooted(evidence, trust, led, height);
  verdict.verdict = rooted && (!test || context.asked.allowTest) ? 'valid' : 'untrusted';
  const notices: Notice[] = test ? [{ id: 'test-network' }] : [];
  if (trust === null) notices.push({ id: 'no-trust-root' });
  else if (!rooted) notices.push({ id: 'seats-unrooted' });
  finding.notices = [...notices, { id: 'evidence-covers', height }];
}

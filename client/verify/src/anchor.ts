// What every file of this family is proved under: a certified header, and how a reader gets to it (bundle.md, "Anchor").
import type { Hash } from './bytes.ts';
import { hashOfPart } from './hash.ts';
import { bytes, hex, listOf, nullable, object, u64, type ShapeOf } from './json.ts';
import { path as pathCodec } from './operations.ts';
import { LIMITS, ascend, read } from './reading.ts';
import * as rec from './records.ts';

const LINKS_MOST = 256;
const WITNESSES_MOST = 64;

export const signedHeaderShape = object({ header: bytes, certificate: bytes, validators: bytes });
export const chainShape = listOf(signedHeaderShape, LINKS_MOST);

export const anchorShape = object({
  header: bytes,
  certificate: bytes,
  validators: bytes,
  chain: chainShape,
  witnesses: listOf(object({ key: hex, signature: bytes }), WITNESSES_MOST),
  history: nullable(object({ size: u64, path: bytes })),
});

export interface SignedHeader {
  header: rec.Header;
  block: Hash;
  certificate: rec.Certificate;
  validators: rec.ValidatorSet;
  setHash: Hash;
}

export interface Witness {
  key: Hash;
  signature: Uint8Array;
}

export interface Anchor {
  chain: SignedHeader[];
  tip: SignedHeader;
  witnesses: Witness[];
  history: { size: bigint; path: Uint8Array[] } | null;
}

export function readSignedHeader(raw: ShapeOf<typeof signedHeaderShape>): SignedHeader {
  return {
    header: read(rec.header, raw.header, LIMITS.header, 'a header'),
    block: hashOfPart('block-id', raw.header),
    certificate: read(rec.certificate, raw.certificate, LIMITS.certificate, 'a certificate'),
    validators: read(rec.validatorSet, raw.validators, LIMITS.validators, 'a validator set'),
    setHash: hashOfPart('validators', raw.validators),
  };
}

export function readAnchor(raw: ShapeOf<typeof anchorShape>): Anchor {
  const tip = readSignedHeader(raw);
  const chain = raw.chain.map(readSignedHeader);
  const witnesses = raw.witnesses.map(({ key, signature }) => ({
    key,
    signature: read(rec.signature, signature, LIMITS.witness, 'the signature of a witness'),
  }));
  ascend(witnesses, (a, b) => a.key < b.key, 'the witnesses');
  const { history } = raw;
  const led =
    history === null
      ? null
      : { size: history.size, path: read(pathCodec, history.path, LIMITS.path, 'the path of the history') };
  return { tip, chain, witnesses, history: led };
}

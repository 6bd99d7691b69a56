// The trust file (trust.md).
import { fromHex, hasUnseen, utf8Bytes, type Hash } from './bytes.ts';
import { readJson } from './bundle.ts';
import { bool, hash, list, raw, struct, text } from './codec.ts';
import { hashOf } from './hash.ts';
import { bool as jsonBool, hex, listOf, object, text as jsonText } from './json.ts';
import { seatsAreASet, validatorSet } from './records.ts';
import { refuse } from './refusal.ts';

export const TRUST_BYTES_MOST = 262_144;
const SEATS_MOST = 16;

const trustShape = object({
  schema: jsonText,
  chain: jsonText,
  network: hex,
  test: jsonBool,
  validators: listOf(object({ name: jsonText, org: hex, key: hex, peer: hex }), SEATS_MOST),
  fingerprint: hex,
});

const trustRoot = struct({
  chain: text(32),
  network: hash,
  test: bool,
  seats: list(struct({ key: raw(32), peer: hash, org: hash, name: text(128) })),
});

export interface Trust {
  chain: string;
  network: Hash;
  test: boolean;
  setHash: Hash;
  agencies: ReadonlyMap<Hash, string>;
  fingerprint: Hash;
}

function isText(value: string, most: number): boolean {
  return !hasUnseen(value) && utf8Bytes(value).length <= most;
}

export function readTrust(data: Uint8Array): Trust {
  if (data.length > TRUST_BYTES_MOST) refuse('H9190', `read a trust file of more than ${TRUST_BYTES_MOST} bytes`);
  const file = readJson(data, trustShape, 'hufu.trust/1', { syntax: 'H9191', shape: 'H9191', schema: 'H9192' });
  const seats = file.validators.map((one) => ({ ...one, key: fromHex(one.key) }));
  if (!isText(file.chain, 32)) refuse('H9193', 'use the name of the chain');
  if (!seats.every((one) => isText(one.name, 128))) refuse('H9193', 'use the name of an agency');
  if (!seatsAreASet(seats)) refuse('H9193', 'use the validators');
  const { chain, network, test } = file;
  if (hashOf('trust-root', trustRoot, { chain, network, test, seats }) !== file.fingerprint) {
    refuse('H9194', 'match the fingerprint with the content');
  }
  return {
    chain,
    network,
    test,
    setHash: hashOf('validators', validatorSet, seats),
    agencies: new Map(seats.map((one) => [one.org, one.name])),
    fingerprint: file.fingerprint,
  };
}

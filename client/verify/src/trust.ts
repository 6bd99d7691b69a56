// The trust file (trust.md).
import { ZERO_HASH, fromHex, hasUnseen, utf8Bytes, type Hash } from './bytes.ts';
import { bool, hash, list, option, raw, struct, text, u32, u64 } from './codec.ts';
import { hashOf, listOf as merkleList } from './hash.ts';
import * as json from './json.ts';
import { readJson } from './reading.ts';
import { keyIsUsable } from './curve.ts';
import { seatsAreASet, validatorSet } from './records.ts';
import { refuse } from './refusal.ts';

export const TRUST_BYTES_MOST = 262_144;
const SEATS_MOST = 16;
const WITNESSES_MOST = 64;

const trustShape = json.object({
  schema: json.text,
  chain: json.text,
  network: json.hex,
  test: json.bool,
  validators: json.listOf(json.object({ name: json.text, org: json.hex, key: json.hex, peer: json.hex }), SEATS_MOST),
  start: json.object({ height: json.u64, time: json.u64, block: json.hex, history: json.hex }),
  trusting_ms: json.nullable(json.u64),
  witnesses: json.object({
    needed: json.u32,
    keys: json.listOf(json.object({ name: json.text, key: json.hex }), WITNESSES_MOST),
  }),
  fingerprint: json.hex,
});
type File = json.ShapeOf<typeof trustShape>;

const trustRoot = struct({
  chain: text(32),
  network: hash,
  test: bool,
  seats: list(struct({ key: raw(32), peer: hash, org: hash, name: text(128) })),
  start: struct({ height: u64, time: u64, block: hash, history: hash }),
  trusting: option(u64),
  needed: u32,
  witnesses: list(struct({ key: hash, name: text(128) })),
});

export interface Trust {
  chain: string;
  network: Hash;
  test: boolean;
  setHash: Hash;
  agencies: ReadonlyMap<Hash, string>;
  start: { height: bigint; time: bigint; block: Hash; history: Hash };
  trustingMs: bigint | null;
  witnesses: { needed: number; keys: readonly { name: string; key: Hash }[] };
  fingerprint: Hash;
}

function isText(value: string, most: number): boolean {
  return !hasUnseen(value) && utf8Bytes(value).length <= most;
}

function checkStart({ start }: File): void {
  if (start.height !== 0n) return;
  if (start.block !== ZERO_HASH || start.history !== merkleList([])) refuse('H9193', 'use the start at genesis');
}

function checkWitnesses({ witnesses: { needed, keys } }: File): void {
  if (!keys.every((one) => isText(one.name, 128))) refuse('H9193', 'use the name of a witness');
  const ascends = keys.every((one, i) => i === 0 || one.key > (keys[i - 1]?.key ?? one.key));
  if (!ascends || !keys.every((one) => keyIsUsable(fromHex(one.key)))) refuse('H9193', 'use the witnesses');
  if (needed > keys.length) refuse('H9193', 'need more witnesses than there are');
}

/** An agency is called by the name of its first seat, with its identity where another's seat has the same name. */
export function agencyNames(seats: readonly { org: Hash; name: string }[]): Map<Hash, string> {
  const names = new Map<Hash, string>();
  for (const { org, name } of seats) {
    if (names.has(org)) continue;
    const isShared = seats.some((other) => other.org !== org && other.name === name);
    names.set(org, isShared ? `${name} (${org})` : name);
  }
  return names;
}

export function readTrust(data: Uint8Array): Trust {
  if (data.length > TRUST_BYTES_MOST) refuse('H9190', `read a trust file of more than ${TRUST_BYTES_MOST} bytes`);
  const file = readJson(data, trustShape, 'hufu.trust/1', { syntax: 'H9191', shape: 'H9191', schema: 'H9192' });
  const seats = file.validators.map((one) => ({ ...one, key: fromHex(one.key) }));
  if (!isText(file.chain, 32)) refuse('H9193', 'use the name of the chain');
  if (!seats.every((one) => isText(one.name, 128))) refuse('H9193', 'use the name of an agency');
  if (!seatsAreASet(seats)) refuse('H9193', 'use the validators');
  checkStart(file);
  checkWitnesses(file);
  const { chain, network, test, start, trusting_ms: trustingMs, witnesses } = file;
  const said = {
    chain,
    network,
    test,
    seats,
    start,
    trusting: trustingMs,
    needed: witnesses.needed,
    witnesses: witnesses.keys,
  };
  if (hashOf('trust-root', trustRoot, said) !== file.fingerprint)
    refuse('H9194', 'match the fingerprint with the content');
  return {
    chain,
    network,
    test,
    setHash: hashOf('validators', validatorSet, seats),
    agencies: agencyNames(seats),
    start,
    trustingMs,
    witnesses,
    fingerprint: file.fingerprint,
  };
}

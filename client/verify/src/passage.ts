// Passages from other networks (ledger.md, "Passage"): whether the parts of one belong together, and what they say.
import { decode, type Codec, type Hash, type ValueOf } from './bytes.ts';
import { bytes, hash, list, struct } from './codec.ts';
import { classCode } from './gs1.ts';
import { hashOf, taggedHex } from './hash.ts';
import {
  certificate,
  classRecord,
  header,
  itemRecord,
  stamp,
  state,
  stateProof,
  validatorSet,
  type Effect,
  type Header,
  type ItemRecord,
  type StateProof,
} from './records.ts';
import { Malformed } from './refusal.ts';
import { leafOf, provesPresence } from './tree.ts';

const signedHeader = { header: bytes, certificate: bytes, validators: bytes };

export const passage = struct({
  ...signedHeader,
  chain: list(struct(signedHeader)),
  item: hash,
  record: bytes,
  recordProof: stateProof,
  departure: bytes,
  departureProof: stateProof,
  class: bytes,
  classProof: stateProof,
});
export type Passage = ValueOf<typeof passage>;
type SignedHeader = Passage['chain'][number];

const departureRecord = struct({ to: hash, by: hash, state, at: stamp, cause: hash });

/** What a passage says of the item. */
export interface Arrived {
  network: Hash;
  item: Hash;
  record: ItemRecord;
  departure: ValueOf<typeof departureRecord>;
}

const BYTES_MOST = 65_536;
const LINKS_MOST = 8;
const LANDS_IN: readonly string[] = ['released', 'in-transit', 'stored'];

function part<T>(codec: Codec<T>, raw: Uint8Array): T | null {
  if (raw.length > BYTES_MOST) return null;
  try {
    return decode(codec, raw);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** A header with a certificate and a set that are its own. */
function headerOf(raw: SignedHeader): Header | null {
  const signed = part(header, raw.header);
  const votes = part(certificate, raw.certificate);
  if (signed === null || votes === null || part(validatorSet, raw.validators) === null) return null;
  const isOfBlock = votes.block === taggedHex('block-id', raw.header) && votes.height === signed.height;
  const isInTime = votes.round >= signed.round && signed.version === 1;
  return isOfBlock && isInTime && signed.validators === taggedHex('validators', raw.validators) ? signed : null;
}

function follows(before: Header, after: Header): boolean {
  return (
    before.height < after.height &&
    before.time < after.time &&
    before.network === after.network &&
    before.test === after.test &&
    before.nextValidators === after.validators
  );
}

/** The last of the headers, to which the others lead. */
function lastHeader(raw: Passage): Header | null {
  if (raw.chain.length > LINKS_MOST) return null;
  let before: Header | null = null;
  for (const link of raw.chain) {
    const now = headerOf(link);
    // A link that changes nothing proves nothing.
    if (now === null || now.nextValidators === now.validators) return null;
    if (before !== null && !follows(before, now)) return null;
    before = now;
  }
  const last = headerOf(raw);
  return last === null || (before !== null && !follows(before, last)) ? null : last;
}

/** What a passage to `here` says; null where its parts do not belong together. Whose signatures it has is not asked. */
export function arrived(raw: Passage, here: Hash): Arrived | null {
  const last = lastHeader(raw);
  const record = part(itemRecord, raw.record);
  const departure = part(departureRecord, raw.departure);
  const itsClass = part(classRecord, raw.class);
  if (last === null || record === null || departure === null || itsClass === null) return null;
  const stands = (kind: 'item' | 'departure' | 'class', id: Hash, of: Uint8Array, proof: StateProof): boolean =>
    provesPresence(leafOf(kind, id, of), proof, last.state);
  if (!stands('item', raw.item, raw.record, raw.recordProof)) return null;
  if (!stands('departure', raw.item, raw.departure, raw.departureProof)) return null;
  if (!stands('class', record.class, raw.class, raw.classProof)) return null;
  if (record.state !== 'departed' || departure.to !== here || last.network === here) return null;
  if (!LANDS_IN.includes(departure.state) || departure.by !== record.custodian) return null;
  if (hashOf('class-id', classCode, itsClass.code) !== record.class) return null;
  return { network: last.network, item: raw.item, record, departure };
}

/** The effect of landing; which registration came before under the code, the event says; `hgr` is of the class here. */
export function landing({ network, item, record, departure }: Arrived, previous: Hash | null, hgr: boolean): Effect {
  return {
    is: 'Landed',
    from: network,
    item,
    count: record.count,
    head: record.head,
    class: record.class,
    code: record.code,
    quantity: record.onHand,
    custodian: departure.by,
    previous,
    purpose: record.purpose,
    marks: { hgr: record.marks.hgr || hgr, researchOnly: record.marks.researchOnly },
    state: departure.state,
  };
}

// Cards of the network of one validator, in which every signature holds.
import { ed25519 } from '@noble/curves/ed25519.js';
import { encode, fromHex, toHex, type Hash } from '../src/bytes.ts';
import { cardPart, type Card } from '../src/card.ts';
import { u64 } from '../src/codec.ts';
import { hashOf, tagged } from '../src/hash.ts';
import * as rec from '../src/records.ts';
import { apply } from '../src/replay.ts';
import { leafOf } from '../src/tree.ts';
import { ITEM, NETWORK, ORG_IDENTIFIER, START, certified, pair, registration, treeOf } from './forge.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

export function toBase45(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const isPair = i + 1 < bytes.length;
    let value = isPair ? (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0) : (bytes[i] ?? 0);
    for (let digit = 0; digit < (isPair ? 3 : 2); digit += 1) {
      out += ALPHABET.charAt(value % 45);
      value = Math.floor(value / 45);
    }
  }
  return out;
}

export interface CardPlan {
  changeItem?: (item: rec.ItemRecord) => void;
  /** Of the units around the item, from the inside out. */
  units?: number;
  changeUnit?: (unit: rec.ItemRecord, index: number) => void;
  holder?: boolean;
  test?: boolean;
  /** Before it is proved and signed. */
  changeParts?: (parts: Pick<Card, 'record' | 'units' | 'holder'>) => void;
  /** After that. */
  changeCard?: (card: Card) => void;
  changeBytes?: (bytes: Uint8Array) => Uint8Array;
}

export const UNITS = Array.from({ length: 8 }, (_, i): Hash => toHex(new Uint8Array(32).fill(0xa0 + i)));

function recordOf(id: Hash): rec.ItemRecord {
  const event = registration(id);
  return apply(null, { event, hash: hashOf('event', rec.event, event), tx: null }, NETWORK);
}

function unitOf(index: number, isLast: boolean): rec.ItemRecord {
  return {
    ...recordOf(UNITS[index] ?? ''),
    code: { is: 'Unit', sscc: 106141412345678908n },
    container: isLast ? null : { unit: UNITS[index + 1] ?? '', level: 0 },
    inside: {
      items: 1,
      depth: index,
      held: 0,
      researchOnly: 0,
      hgr: 0,
      level0: 1,
      level1: 0,
      level2: 0,
      level3: 0,
      level4: 0,
    },
  };
}

function signedPartOf(tip: ReturnType<typeof certified>): Card['head'] {
  const { validators: _, nextValidators, ...stated } = tip.header;
  return {
    ...stated,
    next: nextValidators === tip.setHash ? null : nextValidators,
    decided: tip.certificate.round,
    validators: tip.validators,
    signers: 1,
    signatures: tip.certificate.signatures.map((one) => one.signature),
  };
}

export function witness(tip: ReturnType<typeof certified>, n: number): Card['witnesses'][number] {
  const { secret, public: key } = pair(n);
  const message = tagged('witness', fromHex(NETWORK), encode(u64, tip.header.height), fromHex(tip.block));
  return { key: toHex(key), signature: ed25519.sign(message, secret) };
}

export function forgeCard(plan: CardPlan = {}): Uint8Array {
  const count = plan.units ?? 0;
  const record = recordOf(ITEM);
  if (count > 0) record.container = { unit: UNITS[0] ?? '', level: 0 };
  plan.changeItem?.(record);
  const units = UNITS.slice(0, count).map((id, i) => {
    const unit = unitOf(i, i === count - 1);
    plan.changeUnit?.(unit, i);
    return { id, record: unit };
  });
  const org: rec.OrgRecord = {
    identifier: ORG_IDENTIFIER,
    name: 'One',
    kind: { is: 'enterprise' },
    from: { height: 0n, time: START },
    cause: null,
    ban: null,
    left: null,
  };
  const parts: Pick<Card, 'record' | 'units' | 'holder'> = {
    record,
    units,
    holder: plan.holder === false ? null : org,
  };
  plan.changeParts?.(parts);
  const { holder } = parts;
  const leaves = [{ id: ITEM, record: parts.record }, ...parts.units].map((one) =>
    leafOf('item', one.id, encode(rec.itemRecord, one.record)),
  );
  if (holder !== null) {
    const id = hashOf('org-id', rec.orgIdentifier, holder.identifier);
    leaves.push(leafOf('org', id, encode(rec.orgRecord, holder)));
  }
  const { root, proof } = treeOf(leaves);
  const tip = certified(toHex(root), 3n, START + 180_000n, pair(1), plan.test ?? true);
  const card: Card = {
    head: signedPartOf(tip),
    chain: [],
    witnesses: [20, 21].map((n) => witness(tip, n)).sort((a, b) => (a.key < b.key ? -1 : 1)),
    history: null,
    id: ITEM,
    ...parts,
    proof,
  };
  plan.changeCard?.(card);
  const bytes = encode(cardPart, card);
  return new TextEncoder().encode(`HUFU1:${toBase45(plan.changeBytes?.(bytes) ?? bytes)}`);
}

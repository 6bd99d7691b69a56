// What acts on registries, grants and motions carry (ledger.md, "Operations", "Genesis"). A bundle holds none of them, but a
// transaction in it may, and then it must decode.
import type { ValueOf } from './bytes.ts';
import { bool, hash, list, option, raw, struct, text, u16, u64, u8, union, words } from './codec.ts';
import { classCode, gln, hsCode, quantity } from './gs1.ts';
import { grantKind, lane, policyPack, registryKind } from './pack.ts';
import { category, orgIdentifier, orgKind, purpose, roles, validatorSet } from './records.ts';

const reason = text(256);
const possession = raw(64);

export const endReason = words(['retired', 'compromised', 'banned']);
export const orgProfile = struct({ identifier: orgIdentifier, name: text(128), kind: orgKind });
export const keyClaim = struct({ key: raw(32), person: hash, name: hash, roles, possession });
export const classProfile = struct({
  code: classCode,
  name: text(128),
  category,
  grade: text(8),
  hgr: bool,
  hs: hsCode,
});

export const application = struct({
  kind: grantKind,
  counterpart: option(hash),
  class: hash,
  quantity,
  purpose,
  direction: words(['import', 'export', 'transit']),
  region: text(2),
  ports: list(text(16)),
  premises: option(gln),
  from: u64,
  on: list(hash),
  private: option(hash),
});

export const verdictOnGrant = union({
  grant: [0, { number: text(32), lane: option(lane), from: u64 }],
  refuse: [1, { reason }],
});

const nodeClaim = struct({ key: raw(32), peer: raw(32), byKey: possession, byPeer: possession });
const genesisOrg = struct({ profile: orgProfile, keys: list(keyClaim), node: option(nodeClaim) });

const newEntry = struct({
  registry: registryKind,
  subject: union({
    org: [0, { org: hash }],
    class: [1, { class: hash }],
    person: [2, { person: hash }],
    place: [3, { place: gln }],
    both: [4, { org: hash, class: hash }],
  }),
  period: u16,
  value: union({
    none: [0, {}],
    rating: [1, { rating: text(2) }],
    level: [2, { org: hash, level: u8 }],
    grade: [3, { grade: text(8) }],
    field: [4, { field: text(32) }],
  }),
  from: u64,
  to: option(u64),
  endsKeys: list(hash),
  documents: option(hash),
});

export const change = union({
  enter: [0, { entry: newEntry }],
  end: [
    1,
    {
      place: hash,
      n: u64,
      why: words(['removed', 'replaced', 'adjusted', 'cancelled', 'violation']),
      documents: option(hash),
    },
  ],
  'install-pack': [2, { pack: policyPack, from: u64 }],
  'add-agency': [3, { org: genesisOrg, from: u64 }],
  'remove-agency': [4, { org: hash, from: u64 }],
  'move-seat': [5, { org: hash, node: nodeClaim, from: u64 }],
  'recover-key': [6, { org: hash, claim: keyClaim }],
  'admit-network': [
    7,
    { network: hash, chain: text(32), set: validatorSet, height: u64, block: hash, time: u64 },
  ],
});
export type Change = ValueOf<typeof change>;

export const motion = struct({ changes: list(change) });

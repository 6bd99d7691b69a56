// The policy pack (policy.md, "Record").
import type { ValueOf } from './bytes.ts';
import { bool, i16, i32, list, option, struct, text, u16, u32, u8, union, words } from './codec.ts';
import { agencyFunction, category, role } from './records.ts';

export const REGISTRIES = [
  'qualified',
  'rating',
  'premises',
  'graded-class',
  'positive-list',
  'pre-review',
  'expert',
  'laboratory',
  'non-acceptance',
  'tri',
  'pilot',
  'white-list',
  'org-ban',
  'person-ban',
  'access',
] as const;
export const LANES = ['instant-permit', 'declaration-exempt', 'inspection-exempt'] as const;
export const GRANTS = ['plan', 'clearance', 'permit', 'hgr-filing'] as const;
export type Lane = (typeof LANES)[number];
export const ALERTS = [
  'acceptance-overdue',
  'decision-overdue',
  'permit-ending',
  'entry-ending',
  'report-overdue',
  'balance',
  'excursion',
  'hold',
  'banned-party',
  'purpose-breach',
  'loss',
  'partner-removed',
  'pilot-stopped',
  'serial-twice',
] as const;

export const registryKind = words(REGISTRIES);
export const lane = words(LANES);
export const grantKind = words(GRANTS);
const alert = words(ALERTS);

/** Kinds of organisations other than agencies, as policies number them. */
export const KINDS = [
  'enterprise',
  'carrier',
  'laboratory',
  'disposer',
  'partner',
  'observer',
  'district-mechanism',
  'joint-mechanism',
] as const;

const ACTS = 56;

export const signerNeed = struct({
  role,
  who: union({
    principal: [0, {}],
    counterpart: [1, {}],
    agency: [2, { function: agencyFunction }],
    'any-agency': [3, {}],
    kind: [4, { kind: words(KINDS) }],
    anyone: [5, {}],
  }),
  many: bool,
});
export type SignerNeed = ValueOf<typeof signerNeed>;
export const signerSet = list(signerNeed);
export type SignerSet = ValueOf<typeof signerSet>;

const act = words(Array.from({ length: ACTS }, (_, n) => String(n)));

export const condition = union({
  region: [0, { regions: list(text(2)) }],
  rated: [1, { rating: text(2), years: u8 }],
  risk: [2, { grade: text(8) }],
  listed: [3, { registry: registryKind }],
  'declared-before': [4, {}],
  record: [5, { days: u16 }],
});
export type Condition = ValueOf<typeof condition>;

export const actRow = struct({ act, rule: u8, article: option(text(64)), any: list(signerSet) });
export type ActRow = ValueOf<typeof actRow>;

export const policyPack = struct({
  name: text(32),
  version: u32,
  grades: list(
    struct({
      name: text(8),
      permit: bool,
      access: bool,
      validity: u8,
      writeOff: words(['once', 'batches']),
      premises: u8,
      test: bool,
    }),
  ),
  orientation: words(['first-is-highest', 'first-is-lowest']),
  ratings: list(text(2)),
  articles: list(struct({ rule: u8, article: text(64) })),
  acts: list(actRow),
  registries: list(
    struct({
      registry: registryKind,
      rule: u8,
      enter: list(signerSet),
      end: list(signerSet),
      period: words(['open', 'year', 'half-year']),
      requires: list(condition),
      warnDays: u16,
      barredDays: u16,
    }),
  ),
  grants: list(
    struct({
      kind: grantKind,
      rule: u8,
      apply: list(signerSet),
      decide: list(signerSet),
      workingDays: u8,
      pauses: u8,
      warnDays: u16,
      requires: list(condition),
    }),
  ),
  lanes: list(struct({ lane, rule: u8, any: list(list(condition)) })),
  alerts: list(struct({ alert, rule: u8, to: list(agencyFunction) })),
  scope: struct({
    categories: list(category),
    excluded: list(text(13)),
    clearance: list(text(13)),
    directions: list(words(['import', 'export', 'transit'])),
  }),
  temperatures: list(struct({ category, least: i32, greatest: i32 })),
  calendar: struct({ minutes: i16, weekend: u8, holidays: list(u32), workdays: list(u32) }),
  limits: struct({
    seatLead: u32,
    packLead: u32,
    proposalDays: u16,
    recoveryDays: u16,
    reportDays: u16,
    planDays: u16,
    pilotRating: option(text(2)),
    banAllows: list(act),
  }),
});
export type PolicyPack = ValueOf<typeof policyPack>;

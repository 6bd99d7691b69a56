// Why a transaction was refused, as a feed tells it (ledger.md, "Codes"): the variants in the order of their numbers, each with
// the types of its fields.
import type { Codec } from './bytes.ts';
import { bool, hash, text, u16, u32, u64, u8, words, union, type Fields } from './codec.ts';
import { numberedActs, point } from './operations.ts';
import { grantKind, lane, registryKind } from './pack.ts';
import { agencyFunction, purpose, role, state } from './records.ts';

const REJECTIONS = `
  KeyCompromised hash
  KeyRetired hash
  KeyForeign hash hash
  RoleNotHeld hash role
  KeyTaken hash
  KeyUnusable
  PossessionInvalid
  KeyUnknown hash
  RotationChanges
  OrgUnknown hash
  OrgTaken hash
  AgencyByRegistration
  SignersWrong act
  NotCompetent act hash
  NodeTaken
  NodeUnknown
  NodeIsValidator
  ItemUnknown hash
  ClassUnknown
  ClassTaken
  CodeNotOfClass
  GradeUnknown text8
  EntryRepeated u32
  NotCustodian hash hash
  StateForbids hash act state
  Held hash hash
  CustodyMoved hash point point
  OfferPending hash hash u64
  OfferUnknown hash
  OfferExpired hash u64
  TermsInvalid
  ReceiverIsGiver
  NotReceiver hash hash
  QuantityExceeded hash u64 u64
  QuantityZero
  UnitMismatch hash
  SerialNotOnePiece
  HoldUnknown hash u64
  HoldNotYours hash hash
  HoldsFull hash
  ActNotInPack act
  HsInForce
  HsFull
  KeyBanned hash
  KeyWaiting hash u64
  NotTestNetwork
  PremisesMissing hash u8 u8
  OrgBanned hash
  NotListed registry text64
  LaboratoryRefused hash
  PilotStopped hash
  OrgLeft hash
  ProposalUnknown
  ProposalClosed
  AlreadyApproved hash
  HeightTooEarly u64 u64
  PackInvalid text128
  SeatsInvalid text64
  SeatsPending u64
  AgencyMissing function
  QuorumMissing u32 u32
  MotionMixed
  BalanceDiffers u64 u64
  ParentsDiffer hash
  CorrectionExceeds hash u64 u64
  GrantUnknown hash
  GrantNotYours hash hash
  GrantStateForbids hash grantState
  GrantDiffers hash text32
  GrantExpired hash u64 u64
  QuotaExceeded hash grantKind u64 u64
  PermitMissing hash
  LaneClosed lane text64
  ClearanceMissing hash bool
  OutOfScope
  TransitBanned
  VideoMissing
  TestMissing hash
  AccessMissing
  PlanTooLate u64
  DatesReversed
  PausesExceeded hash
  EntryUnknown
  EntryInvalid registry text64
  EntryPeriod registry u64
  ConditionUnmet text64
  RatingYearOpen u16
  Reapplication u64
  PersonBanned
  PurposeForbidden hash purpose
  FilingMissing
  DutyUnknown
  DutyDone
  ReportDiffers u64 u64
  NotDebtor hash
  Packed hash hash
  NotPacked hash
  UnitFull hash
  UnitTooDeep hash
  UnitNotEmpty hash
  UnitBlocked hash u32
  NotUnit hash
  AlertUnknown
  ReceiverUnfit hash
  FunctionUncovered function
  ProposalTooLong u64
  TermsExpired hash u64
  EventUnknown hash u64 u64
  HistoryFull hash u64
  QuarterOpen u16 u8 u64
  QuarterBefore hash u16 u8
  NumberTaken text32 hash
  ReadingsAhead u64
  SealKeyTaken
  ShareSelf
  NetworkUnknown hash
  LandingNotCustodian hash
  ShareFull hash
  ShareUnknown hash hash
  ShareTooLong u64
  Departed hash
  DepartState hash state
  PassageInvalid text64
  LandedBefore hash
`;

const TYPES: Readonly<Record<string, Codec<any>>> = {
  act: numberedActs,
  bool,
  function: agencyFunction,
  grantKind,
  grantState: words(['applied', 'paused', 'granted', 'refused', 'exhausted', 'cancelled', 'closed']),
  hash,
  lane,
  point,
  purpose,
  registry: registryKind,
  role,
  state,
  text8: text(8),
  text32: text(32),
  text64: text(64),
  text128: text(128),
  u8,
  u16,
  u32,
  u64,
};

function variants(): Record<string, readonly [number, Fields]> {
  const lines = REJECTIONS.trim().split('\n');
  return Object.fromEntries(
    lines.map((line, number) => {
      const [name = '', ...types] = line.trim().split(' ');
      const fields = types.map((type, i) => [`field${i}`, TYPES[type] ?? hash] as const);
      return [name, [number, Object.fromEntries(fields)]];
    }),
  );
}

export const rejection = union(variants());

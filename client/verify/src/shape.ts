// Fields of operations that say nothing, or what cannot be (ledger.md, "Transactions": H1009).
import type { Hash } from './bytes.ts';
import type { Operation } from './operations.ts';
import type { Change } from './registry.ts';

/** ISO 3166-1 alpha-2 as of 2026. */
const REGIONS: ReadonlySet<string> = new Set(
  `
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH
CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN
GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI
LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD
TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
`
    .trim()
    .split(/\s+/),
);

/** BLAKE3 of no bytes. */
const NOTHING: Hash = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';

const SHOWS = /\P{White_Space}/u;
const QUARTERS = 4;
const COLDEST = -273_150;

function isSomething(text: string): boolean {
  return SHOWS.test(text);
}

function isDocument(hash: Hash | null): boolean {
  return hash !== NOTHING;
}

function isRegion(text: string): boolean {
  return REGIONS.has(text);
}

function isPort(text: string): boolean {
  return /^[A-Z]{2}[A-Z2-9]{3}$/.test(text) && isRegion(text.slice(0, 2));
}

function changeIsMeant(change: Change): boolean {
  if (change.is === 'enter') return isDocument(change.entry.documents);
  return change.is !== 'end' || isDocument(change.documents);
}

function noteIsMeant(note: Extract<Operation, { is: 'note' }>['note']): boolean {
  switch (note.is) {
    case 'self-check':
    case 'expert':
      return isDocument(note.report);
    case 'document':
      return isDocument(note.root);
    case 'telemetry':
      return note.kind !== 'temperature' || note.min >= COLDEST;
  }
}

/** Whether every field of an operation says something that can be. */
export function isMeant(op: Operation): boolean {
  switch (op.is) {
    case 'refuse':
    case 'place-hold':
    case 'return':
    case 'destroy':
    case 'correct':
    case 'cancel':
    case 'close-alert':
      return isSomething(op.reason);
    case 'arrive':
    case 'exit':
      return isPort(op.port);
    case 'inspect':
      return isDocument(op.video);
    case 'test':
      return isDocument(op.report);
    case 'note':
      return noteIsMeant(op.note);
    case 'report':
      return op.quarter >= 1 && op.quarter <= QUARTERS;
    case 'apply':
      return isRegion(op.application.region) && op.application.ports.every(isPort);
    case 'anchor':
      return isDocument(op.documents) && op.count >= 1;
    case 'pause':
      return isDocument(op.notice);
    case 'decide':
      return isSomething(op.verdict.is === 'grant' ? op.verdict.number : op.verdict.reason);
    case 'enact':
    case 'propose':
      return op.motion.changes.every(changeIsMeant);
    default:
      return true;
  }
}

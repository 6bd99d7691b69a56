// Whether a policy pack contradicts itself (policy.md, "A pack is refused where").
import { encode, toHex } from './bytes.ts';
import { CATEGORIES, type Role } from './records.ts';
import {
  ALERTS,
  GRANTS,
  LANES,
  REGISTRIES,
  signerNeed,
  type ActRow,
  type Condition,
  type PolicyPack,
  type SignerNeed,
  type SignerSet,
} from './pack.ts';

const PACK_BYTES_MOST = 6_144;
const RULE_MOST = 33;
const ALTERNATIVES_MOST = 4;
const SIGNERS_MOST = 8;
const DAYS_MOST = 512;
/** 9999-12-31 as days since 1970-01-01. */
const LAST_DAY = 2_932_896;

const PLACE_HOLD = '18';
const LIFT_HOLD = '19';
/** rotate-key, the acts on grants and those on motions take no alternatives. */
const WITHOUT_ALTERNATIVES = ['2', '36', '37', '38', '39', '40', '44', '45', '46', '47'];
/** register-org, register-class, assert-hs, inspect … advance-clock: agencies alone. */
const AGENCIES_ALONE = ['0', '6', '20', '9', '10', '22', '25', '26', '27', '18', '19', '41', '48', '49'];
const CUSTODIAN_ALONE = ['11', '14', '51'];
const RECEIVER_ALONE = ['12', '13'];
const HANDOVER = '15';
const BY_DECLARANT = ['7', '8', '21', '43'];
const BY_CUSTODIAN = ['16', '28', '29', '30', '33', '34', '35', '54'];
const BY_CUSTODIAN_AND_AGENCY = ['17', '31'];
const BY_ADMINISTRATOR = ['1', '3', '4', '5'];
const END_SHARE = '52';
const SEAL_KEY = '53';
const LAND = '55';
const ORDER_INSPECTION = '23';
const TEST = '24';
const REPORT = '42';
const WITHOUT_COUNTERPART = ['32', '50'];

function repeats(values: readonly (string | number)[]): boolean {
  return new Set(values).size !== values.length;
}

function wordsOf(numbers: readonly string[], all: readonly string[]): number[] {
  return numbers.map((one) => all.indexOf(one));
}

function ascends(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value > (values[i - 1] ?? value));
}

function isAgency(need: SignerNeed): boolean {
  return need.who.is === 'agency' || need.who.is === 'any-agency';
}

function is(role: Role, who: 'principal' | 'counterpart'): (need: SignerNeed) => boolean {
  return (need) => need.role === role && need.who.is === who;
}

function needKey(need: SignerNeed): string {
  return toHex(encode(signerNeed, need));
}

function setKey(set: SignerSet): string {
  return set.map(needKey).sort().join();
}

function setsAreSound(sets: readonly SignerSet[], least: number): boolean {
  if (sets.length < least || sets.length > ALTERNATIVES_MOST) return false;
  if (repeats(sets.map(setKey))) return false;
  return sets.every((set) => {
    if (set.length < 1 || set.length > SIGNERS_MOST || repeats(set.map(needKey))) return false;
    return set.every((need) => !isAgency(need) || need.role === 'officer' || need.role === 'countersigner');
  });
}

/** What no pack can change, for one alternative of an act. */
function alternativeIsLawful(act: string, set: SignerSet): boolean {
  const alone = (role: Role, who: 'principal' | 'counterpart') => set.length === 1 && set.every(is(role, who));
  const among = (role: Role) => set.some(is(role, 'principal'));
  const noCounterpart = set.every((need) => need.who.is !== 'counterpart');
  if (CUSTODIAN_ALONE.includes(act)) return alone('custodian', 'principal');
  if (RECEIVER_ALONE.includes(act)) return alone('receiver', 'principal');
  if (act === HANDOVER) return set.length === 2 && among('custodian') && set.some(is('receiver', 'counterpart'));
  if (BY_DECLARANT.includes(act)) return among('declarant') && noCounterpart;
  if (BY_CUSTODIAN.includes(act)) return among('custodian') && noCounterpart;
  if (BY_CUSTODIAN_AND_AGENCY.includes(act)) return among('custodian') && set.some(isAgency) && noCounterpart;
  if (BY_ADMINISTRATOR.includes(act)) return alone('administrator', 'principal') || set.every(isAgency);
  if (AGENCIES_ALONE.includes(act)) return set.every(isAgency);
  if (act === END_SHARE) return alone('custodian', 'principal') || alone('receiver', 'principal');
  if (act === SEAL_KEY) return alone('administrator', 'principal');
  if (act === LAND) return alone('custodian', 'principal') || set.every(isAgency);
  if (act === ORDER_INSPECTION) return set.some(isAgency) && noCounterpart;
  if (act === TEST) return among('laboratory') && among('tester') && noCounterpart;
  if (act === REPORT)
    return set.some((need) => need.who.is === 'principal') && set.some((need) => need.who.is === 'counterpart');
  return !WITHOUT_COUNTERPART.includes(act) || noCounterpart;
}

function actIsSound(row: ActRow): boolean {
  if (WITHOUT_ALTERNATIVES.includes(row.act)) return row.any.length === 0;
  if (!setsAreSound(row.any, 1)) return false;
  if (!AGENCIES_ALONE.includes(row.act) && row.any.some((set) => set.some((need) => need.many))) return false;
  if (!row.any.every((set) => alternativeIsLawful(row.act, set))) return false;
  // Whoever shares or lands needs nobody else.
  if (row.act === END_SHARE || row.act === LAND)
    return row.any.some((set) => set.length === 1 && set.every(is('custodian', 'principal')));
  if (!BY_ADMINISTRATOR.includes(row.act)) return true;
  return row.any.some((set) => set.every(isAgency)) && row.any.some((set) => !set.every(isAgency));
}

function actsAreSound(pack: PolicyPack): boolean {
  const row = (act: string) => pack.acts.find((one) => one.act === act);
  if (row('2') === undefined || row('3') === undefined) return false;
  if (!ascends(pack.acts.map((one) => Number(one.act))) || !pack.acts.every(actIsSound)) return false;
  const place = row(PLACE_HOLD);
  const lift = row(LIFT_HOLD);
  if (place === undefined) return true;
  if (lift === undefined || place.any.length !== lift.any.length) return false;
  return place.any.every((set, i) => {
    const [mine] = set;
    const [other] = lift.any[i] ?? [];
    return (
      set.length === 1 &&
      lift.any[i]?.length === 1 &&
      mine !== undefined &&
      other !== undefined &&
      needKey(mine) === needKey(other)
    );
  });
}

function rulesAreSound(pack: PolicyPack): boolean {
  const articles = pack.articles.map((one) => one.rule);
  if (!ascends(articles) || articles.some((rule) => rule < 1 || rule > RULE_MOST)) return false;
  if (pack.articles.some((one) => one.article === '')) return false;
  const has = (rule: number) => articles.includes(rule);
  const named = [...pack.registries, ...pack.grants, ...pack.alerts];
  const all = [...pack.acts, ...named, ...pack.lanes];
  if (all.some((row) => row.rule > RULE_MOST)) return false;
  if (pack.acts.some((row) => row.article === '' || (row.article === null && !has(row.rule)))) return false;
  return named.every((row) => row.rule === 0 || has(row.rule)) && pack.lanes.every((row) => has(row.rule));
}

function conditionsAreSound(pack: PolicyPack, conditions: readonly Condition[]): boolean {
  if (repeats(conditions.map((one) => JSON.stringify(one)))) return false;
  return conditions.every((one) => {
    switch (one.is) {
      case 'region':
        return (
          one.regions.length > 0 && !repeats(one.regions) && one.regions.every((region) => /^[A-Z]{2}$/.test(region))
        );
      case 'rated':
        return pack.ratings.includes(one.rating) && one.years >= 1 && one.years <= 10;
      case 'risk':
        return pack.grades.some((grade) => grade.name === one.grade);
      case 'listed':
        return pack.registries.some((row) => row.registry === one.registry);
      case 'declared-before':
      case 'record':
        return true;
    }
  });
}

function rowsAreSound(pack: PolicyPack): boolean {
  const { registries, grants, lanes, alerts } = pack;
  if (
    !ascends(
      wordsOf(
        registries.map((row) => row.registry),
        REGISTRIES,
      ),
    )
  )
    return false;
  if (
    !ascends(
      wordsOf(
        grants.map((row) => row.kind),
        GRANTS,
      ),
    )
  )
    return false;
  if (
    !ascends(
      wordsOf(
        lanes.map((row) => row.lane),
        LANES,
      ),
    )
  )
    return false;
  if (
    !ascends(
      wordsOf(
        alerts.map((row) => row.alert),
        ALERTS,
      ),
    )
  )
    return false;
  if (registries.some((row) => row.registry === 'rating') && pack.ratings.length === 0) return false;
  const registriesHold = registries.every(
    (row) => setsAreSound(row.enter, 1) && setsAreSound(row.end, 1) && conditionsAreSound(pack, row.requires),
  );
  const grantsHold = grants.every((row) => {
    if (!setsAreSound(row.apply, 1) || !setsAreSound(row.decide, 0)) return false;
    const byAgencies = row.decide.length > 0 && row.decide.every((set) => set.some(isAgency));
    if (row.kind === 'permit' && !byAgencies) return false;
    return (row.decide.length === 0 || row.workingDays > 0) && conditionsAreSound(pack, row.requires);
  });
  const lanesHold = lanes.every(
    (row) => row.any.length > 0 && row.any.every((one) => one.length > 0 && conditionsAreSound(pack, one)),
  );
  return registriesHold && grantsHold && lanesHold && alerts.every((row) => row.to.length > 0 && !repeats(row.to));
}

function gradesAreSound({ grades, ratings, grants, registries }: PolicyPack): boolean {
  const isGranted = grants.some((row) => row.kind === 'permit');
  const isKept = (kind: 'access' | 'premises') => registries.some((row) => row.registry === kind);
  const names = grades.map((one) => one.name);
  if (names.length === 0 || names.includes('') || repeats(names)) return false;
  if (ratings.includes('') || repeats(ratings)) return false;
  return grades.every((one) => {
    if (one.permit && (one.validity === 0 || !isGranted)) return false;
    if (one.access && (!one.permit || !isKept('access'))) return false;
    return one.premises === 0 || (one.premises <= 4 && isKept('premises'));
  });
}

function scopeIsSound({ scope, temperatures, grants, registries }: PolicyPack): boolean {
  const lists = [scope.categories, scope.directions];
  if (lists.some((one) => one.length === 0 || repeats(one))) return false;
  const prefixes = [...scope.excluded, ...scope.clearance];
  if (repeats(prefixes) || prefixes.some((prefix) => !/^[0-9]{2,}$/.test(prefix))) return false;
  const isCleared =
    grants.some((row) => row.kind === 'clearance') || registries.some((row) => row.registry === 'white-list');
  if (scope.clearance.length > 0 && !isCleared) return false;
  if (
    !ascends(
      wordsOf(
        temperatures.map((row) => row.category),
        CATEGORIES,
      ),
    )
  )
    return false;
  return temperatures.every((row) => row.least <= row.greatest);
}

function calendarIsSound({ calendar, limits, ratings }: PolicyPack): boolean {
  if (Math.abs(calendar.minutes) > 14 * 60 || (calendar.weekend & 0x7f) === 0x7f) return false;
  const { holidays, workdays } = calendar;
  const daysHold = [holidays, workdays].every(
    (days) => ascends(days) && days.length <= DAYS_MOST && days.every((day) => day <= LAST_DAY),
  );
  const offDays = new Set(holidays);
  if (!daysHold || workdays.some((day) => offDays.has(day))) return false;
  if (limits.seatLead < 2 || limits.packLead < 2 || limits.proposalDays === 0) return false;
  if (limits.pilotRating !== null && !ratings.includes(limits.pilotRating)) return false;
  return !repeats(limits.banAllows);
}

export function packIsSound(pack: PolicyPack, size: number): boolean {
  return (
    size <= PACK_BYTES_MOST &&
    pack.name !== '' &&
    gradesAreSound(pack) &&
    rulesAreSound(pack) &&
    actsAreSound(pack) &&
    rowsAreSound(pack) &&
    scopeIsSound(pack) &&
    calendarIsSound(pack)
  );
}

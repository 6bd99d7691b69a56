// The readable part, computed from the signed objects (bundle.md, "Readable"; step 12).
import type { Hash } from './bytes.ts';
import type { Bundle, History, Readable, ReadableEvent, ReadableRelated, Step } from './bundle.ts';
import { codeText, glnText, hsText, quantityText } from './gs1.ts';
import type { ClassRecord, Effect, Event, Inside, ItemRecord } from './records.ts';
import { refuse } from './refusal.ts';
import { holderOf, tellAs } from './related.ts';

/** 9999-12-31T23:59:59.999Z. */
const LAST_DATE = 253_402_300_799_999n;

/** RFC 3339 in UTC with three decimals; beyond the year 9999 the milliseconds. */
export function timeText(ms: bigint): string {
  return ms > LAST_DATE ? ms.toString() : new Date(Number(ms)).toISOString();
}

type Names = ReadonlyMap<Hash, string>;
type Values = { name: string; value: string }[];

/** Names by identity; where two organisations of the file share one, each with its identifier. */
export function namesOf(bundle: Bundle): Names {
  const counts = new Map<string, number>();
  for (const { value } of bundle.orgs) counts.set(value.name, (counts.get(value.name) ?? 0) + 1);
  return new Map(
    bundle.orgs.map(({ id, value: { name, identifier } }) => {
      const isShared = (counts.get(name) ?? 0) > 1;
      return [id, isShared ? `${name} (${identifier.scheme}:${identifier.value})` : name];
    }),
  );
}

function nameOf(names: Names, org: Hash): string {
  return names.get(org) ?? org;
}

/** Of the assertions of one jurisdiction and edition the last, in their order. */
function hsInForce({ hs }: ClassRecord): string[] {
  const slots = hs.map(({ code }) => `${code.jurisdiction} ${code.edition}`);
  return hs.filter((_, i) => slots.lastIndexOf(slots[i] ?? '') === i).map(({ code }) => hsText(code));
}

function kindOf(effect: Effect): string {
  return effect.is.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** Values in order; what is not there is left out. */
function values(...all: readonly (readonly [string, string | null])[]): Values {
  return all.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function flag(set: boolean): string | null {
  return set ? 'yes' : null;
}

function stated(purpose: string): string | null {
  return purpose === 'unstated' ? null : purpose;
}

function gln(value: bigint | null): string | null {
  return value === null ? null : glnText(value);
}

function noteValues({ note, excursion }: Extract<Effect, { is: 'Noted' }>): Values {
  const extra: [string, string | null] = ['excursion', flag(excursion)];
  switch (note.is) {
    case 'self-check':
      return values(['counted', quantityText(note.counted)], ['report', note.report], extra);
    case 'telemetry':
      return values(
        ['kind', note.kind],
        ['root', note.root],
        ['count', String(note.count)],
        ['from', timeText(note.from)],
        ['to', timeText(note.to)],
        ['min', String(note.min)],
        ['max', String(note.max)],
        extra,
      );
    case 'expert':
      return values(['report', note.report], extra);
    case 'document':
      return values(['root', note.root], extra);
  }
}

function filledValues({ more, inside }: Extract<Effect, { is: 'Filled' }>): Values {
  const change = (count: number): string | null => (count === 0 ? null : `${more ? '+' : '-'}${count}`);
  return values(
    ['items', change(inside.items)],
    ['held', change(inside.held)],
    ['research_only', change(inside.researchOnly)],
    ['hgr', change(inside.hgr)],
  );
}

function valuesOf(effect: Effect, names: Names): Values {
  const by = (orgs: readonly Hash[]) => orgs.map((org) => ({ name: 'by', value: nameOf(names, org) }));
  switch (effect.is) {
    case 'Registered':
      return values(
        ['custodian', nameOf(names, effect.custodian)],
        ['previous', effect.previous],
        ['purpose', stated(effect.purpose)],
        ['hgr', flag(effect.marks.hgr)],
        ['research_only', flag(effect.marks.researchOnly)],
        ['origin', effect.origin],
        ['place', gln(effect.place)],
        ['grant', effect.grant],
      );
    case 'Declared':
      return values(['exempt', flag(effect.exempt)], ['research_only', flag(effect.researchOnly)]);
    case 'Inspected':
      return values(['video', effect.video]);
    case 'Released':
    case 'Assigned':
      return values(['grant', effect.grant]);
    case 'Offered': {
      const { expires, purpose, premises } = effect.offer;
      return values(['expires', timeText(expires)], ['purpose', stated(purpose)], ['premises', gln(premises)]);
    }
    case 'Moved':
      return values(['from', nameOf(names, effect.from)], ['as', effect.as], ['place', gln(effect.place)]);
    case 'HoldPlaced':
      return by(effect.by);
    case 'HoldLifted':
      return [...by(effect.by), { name: 'placed', value: effect.placed.toString() }];
    case 'Arrived':
    case 'Exited':
      return values(['port', effect.port]);
    case 'InspectionOrdered':
      return values(['premises', gln(effect.premises)]);
    case 'Tested':
      return values(['laboratory', nameOf(names, effect.laboratory)], ['report', effect.report]);
    case 'Stored':
      return values(['premises', glnText(effect.premises)], ['quarantine', flag(effect.quarantine)]);
    case 'Lost':
      return values(['theft', flag(effect.theft)]);
    case 'Corrected':
      return values(['event', effect.event.toString()], ['bucket', effect.bucket]);
    case 'Noted':
      return noteValues(effect);
    case 'Derived':
      return values(['kind', effect.kind]);
    case 'Packed':
      return values(['unit', effect.packed.unit], ['level', String(effect.packed.level)]);
    case 'Unpacked':
      return values(
        ['unit', effect.unit],
        ['custodian', nameOf(names, effect.custodian)],
        ['place', gln(effect.place)],
      );
    case 'Filled':
      return filledValues(effect);
    case 'Reported':
      return values(
        ['used', quantityText(effect.used)],
        ['disposed', quantityText(effect.disposed)],
        ['last', flag(effect.last)],
      );
    case 'Departed':
      return values(['network', effect.to]);
    case 'Landed':
      return values(
        ['network', effect.from],
        ['item', effect.item],
        ['count', effect.count.toString()],
        ['head', effect.head],
        ['custodian', nameOf(names, effect.custodian)],
        ['previous', effect.previous],
        ['purpose', stated(effect.purpose)],
        ['hgr', flag(effect.marks.hgr)],
        ['research_only', flag(effect.marks.researchOnly)],
      );
    case 'OfferRefused':
    case 'OfferWithdrawn':
    case 'Used':
    case 'Disposed':
    case 'Wasted':
    case 'Returned':
    case 'Destroyed':
      return [];
  }
}

const WITH_QUANTITY = ['Registered', 'Landed', 'Used', 'Disposed', 'Wasted', 'Lost', 'Corrected', 'Derived'];

function quantityOf(effect: Effect): string | null {
  return 'quantity' in effect && WITH_QUANTITY.includes(effect.is) ? quantityText(effect.quantity) : null;
}

function noteOf({ event: { effect }, tx }: Step): string | null {
  const op = tx?.body.operation;
  switch (effect.is) {
    case 'Inspected':
      return effect.result;
    case 'Tested':
      return effect.passed ? 'passed' : 'failed';
    case 'HoldPlaced':
    case 'Returned':
    case 'Destroyed':
    case 'Corrected':
      return effect.reason;
    case 'Noted':
      return effect.note.is;
    default:
      return op?.is === 'refuse' ? op.reason : null;
  }
}

function toOf(effect: Effect, names: Names): string | null {
  if (effect.is === 'Offered') return nameOf(names, effect.offer.receiver);
  return effect.is === 'Moved' ? nameOf(names, effect.to) : null;
}

function decisionOf({ decision }: Event, bundle: Bundle): string | null {
  if (decision === null) return null;
  const pack = bundle.packs.find((one) => one.id === decision.pack)?.value.name ?? decision.pack;
  const rule = decision.rule === 0 ? '' : ` R${decision.rule}`;
  const count = decision.grounds.length;
  const grounds = count === 0 ? '' : ` · ${count} ground${count === 1 ? '' : 's'}`;
  return `${pack} v${decision.version}${rule} ${decision.article}${grounds}`;
}

function eventOf(step: Step, bundle: Bundle, names: Names): ReadableEvent {
  const { event, tx } = step;
  return {
    n: event.n,
    kind: kindOf(event.effect),
    height: event.at.height,
    time: timeText(event.at.time),
    actors: (tx?.body.slots ?? []).map((slot) => nameOf(names, slot.org)),
    to: toOf(event.effect, names),
    quantity: quantityOf(event.effect),
    note: noteOf(step),
    values: valuesOf(event.effect, names),
    links: event.links.map((link) => link.item),
    state: event.state,
    decision: decisionOf(event, bundle),
  };
}

function insideOf(inside: Inside | null): Readable['inside'] {
  if (inside === null) return null;
  const levels = [inside.level0, inside.level1, inside.level2, inside.level3, inside.level4];
  const level = Math.max(
    0,
    levels.findLastIndex((count) => count > 0),
  );
  return {
    items: BigInt(inside.items),
    depth: BigInt(inside.depth),
    held: BigInt(inside.held),
    research_only: BigInt(inside.researchOnly),
    hgr: BigInt(inside.hgr),
    level: BigInt(level),
  };
}

function holdsOf({ holds }: ItemRecord, names: Names): Readable['holds'] {
  return holds.map(({ by, placed, reason }) => ({ by: by.map((org) => nameOf(names, org)), placed, reason }));
}

function relatedOf(history: History, bundle: Bundle, names: Names): ReadableRelated {
  const item = history.item.value;
  const holder = holderOf(bundle, history);
  return {
    item_id: history.item.id,
    item: codeText(item.code),
    as: tellAs(bundle, history),
    class: bundle.classes.find((one) => one.id === item.class)?.value.name ?? '',
    custodian: holder === null ? null : nameOf(names, holder),
    state: item.state,
    registered: quantityText(item.registered),
    on_hand: quantityText(item.onHand),
    holds: holdsOf(item, names),
    count: item.count,
    events: history.steps.map((step) => eventOf(step, bundle, names)),
  };
}

export function readableOf(bundle: Bundle): Readable {
  const { header } = bundle.anchor.tip;
  const item = bundle.main.item.value;
  const itemClass = bundle.classes.find((one) => one.id === item.class)?.value;
  const names = namesOf(bundle);
  return {
    network: header.network,
    test: header.test,
    height: header.height,
    time: timeText(header.time),
    item: codeText(item.code),
    registrations: bundle.code.value.count,
    class: itemClass?.name ?? '',
    category: itemClass?.category ?? '',
    grade: itemClass?.grade ?? '',
    hgr: item.marks.hgr,
    research_only: item.marks.researchOnly,
    hs: itemClass === undefined ? [] : hsInForce(itemClass),
    registrant: nameOf(names, item.registrant),
    custodian: nameOf(names, holderOf(bundle, bundle.main) ?? item.custodian),
    state: item.state,
    purpose: item.purpose,
    place: gln(item.place),
    quarantined: item.quarantined,
    grant: item.grant,
    unit: item.container?.unit ?? null,
    inside: insideOf(item.inside),
    excursions: BigInt(item.excursions),
    registered: quantityText(item.registered),
    on_hand: quantityText(item.onHand),
    used: quantityText(item.used),
    derived: quantityText(item.derived),
    wasted: quantityText(item.wasted),
    lost: quantityText(item.lost),
    disposed: quantityText(item.disposed),
    holds: holdsOf(item, names),
    offer:
      item.offer === null
        ? null
        : {
            receiver: nameOf(names, item.offer.receiver),
            expires: timeText(item.offer.expires),
            purpose: item.offer.purpose,
            premises: gln(item.offer.premises),
          },
    events: bundle.main.steps.map((step) => eventOf(step, bundle, names)),
    related: bundle.related.map((one) => relatedOf(one, bundle, names)),
    fields: bundle.fields.map(({ event, name, value }) => ({ event, name, value })),
    persons: bundle.persons.map(({ key, name }) => ({ key, name })),
  };
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (typeof a !== 'object' || a === null) return a === b;
  if (typeof b !== 'object' || b === null || Array.isArray(b)) return false;
  const other = b as Readonly<Record<string, unknown>>;
  return Object.entries(a).every(([name, value]) => same(value, other[name]));
}

export function checkReadable(bundle: Bundle): Readable {
  const computed = readableOf(bundle);
  const differs = Object.entries(computed).find(
    ([name, value]) => !same(value, bundle.readable[name as keyof Readable]),
  );
  if (differs !== undefined) refuse('H9110', `match the readable field "${differs[0]}" with the signed objects`);
  return computed;
}

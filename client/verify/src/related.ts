// Other items in the bundle: which are needed and how far, that links to them hold, and that what was made is what went in
// (bundle.md, "Related histories").
import type { Hash } from './bytes.ts';
import { forEachHistory, historiesOf, type Bundle, type History, type Step } from './bundle.ts';
import { AMOUNT_MOST, itemCode, type ItemCode, type Quantity } from './gs1.ts';
import { hashOf } from './hash.ts';
import type { ClassRecord, Effect, Event, ItemRecord } from './records.ts';
import { Refusal, refuse } from './refusal.ts';
import type { Replayed } from './replay.ts';

type As = 'origin' | 'unit' | 'child';
type Link = Event['links'][number];

const UNITS_MOST = 4;

/** The units around an item, from the inside out; null where one of them is not in the file. At most one too many. */
export function unitsAround(bundle: Bundle, { item }: History): History[] | null {
  const histories = new Map(historiesOf(bundle).map((one) => [one.item.id, one]));
  const units: History[] = [];
  for (let inner = item.value.container; inner !== null && units.length <= UNITS_MOST; ) {
    const unit = histories.get(inner.unit);
    if (unit === undefined) return null;
    units.push(unit);
    inner = unit.item.value.container;
  }
  return units;
}

/** Who holds an item: of what is packed, the custodian of the outermost unit. */
export function holderOf(bundle: Bundle, history: History): Hash | null {
  const units = unitsAround(bundle, history);
  if (units === null || units.length > UNITS_MOST) return null;
  return (units.at(-1) ?? history).item.value.custodian;
}

export function tellAs(bundle: Bundle, { item }: History): As {
  if (item.value.inside !== null) return 'unit';
  const isChild = bundle.main.steps.some(
    ({ event }) => event.effect.is === 'Derived' && event.links.some((link) => link.item === item.id),
  );
  return isChild ? 'child' : 'origin';
}

/** As what an event needs the items that it links. */
function needAs({ effect }: Event, isMain: boolean, children: boolean): As | null {
  if (effect.is === 'Registered') return effect.origin === null ? null : 'origin';
  if (effect.is === 'Packed' || effect.is === 'Unpacked') return 'unit';
  return effect.is === 'Derived' && isMain && children ? 'child' : null;
}

const EFFECT_OF = { origin: 'Derived', unit: 'Filled', child: 'Registered' } as const;

class Following {
  private readonly histories: ReadonlyMap<Hash, History>;
  private readonly needed = new Map<Hash, bigint>();
  private readonly queue: History[];
  private readonly followed: Set<Hash>;

  constructor(
    private readonly bundle: Bundle,
    private readonly replayed: Replayed,
  ) {
    this.histories = new Map(historiesOf(bundle).map((one) => [one.item.id, one]));
    this.queue = [bundle.main];
    this.followed = new Set([bundle.main.item.id]);
  }

  run(): void {
    for (const history of this.queue) this.follow(history);
    for (const { item, steps } of this.bundle.related) {
      const far = this.needed.get(item.id);
      if (far === undefined) failOf(this.bundle, 'H9008', item.id, null, `use item ${item.id}: nothing leads to it`);
      if (BigInt(steps.length) > far) {
        failOf(this.bundle, 'H9061', item.id, far + 1n, `take event ${far + 1n} of item ${item.id}: nothing needs it`);
      }
    }
  }

  private follow(history: History): void {
    for (const step of history.steps) {
      const as = needAs(step.event, history === this.bundle.main, this.bundle.children);
      if (as === null) continue;
      step.event.links.forEach((link, index) => {
        if (link.count > 0n) this.followLink(history, step, link, index, as);
      });
    }
    const { container } = history.item.value;
    if (history.later.length > 0 || container === null) return;
    const unit = this.histories.get(container.unit);
    this.need(container.unit, unit?.item.value.count ?? 1n, 'unit');
  }

  private followLink(history: History, step: Step, link: Link, index: number, as: As): void {
    const other = this.need(link.item, as === 'child' ? 1n : link.count + 1n, as);
    const at = as === 'child' ? 1 : Number(link.count) + 1;
    const event = other.steps[at - 1]?.event;
    const head = this.replayed.of(other).heads[Number(link.count)];
    const holds =
      event !== undefined &&
      event.effect.is === EFFECT_OF[as] &&
      isOfOneCause(step.event, event, as === 'child' ? index : null) &&
      (as !== 'child' || link.count === 1n) &&
      head === link.head;
    const { n } = step.event;
    if (!holds) failOf(this.bundle, 'H9069', history.item.id, n, `follow the link of event ${n} to item ${link.item}`);
  }

  /** The history of an item that is needed up to an event. */
  private need(item: Hash, far: bigint, as: As): History {
    const history = this.histories.get(item);
    if (history === undefined) return failOf(this.bundle, 'H9060', item, 1n, `find event 1 of item ${item}`);
    const open = BigInt(history.steps.length);
    if (open < far) failOf(this.bundle, 'H9060', item, open + 1n, `find event ${open + 1n} of item ${item}`);
    const known = this.needed.get(item) ?? 0n;
    this.needed.set(item, far > known ? far : known);
    if (as !== 'child' && !this.followed.has(item)) {
      this.followed.add(item);
      this.queue.push(history);
    }
    return history;
  }
}

/** A failure of an item, whether its history is in the file or not. */
function failOf({ main }: Bundle, code: string, item: Hash, event: bigint | null, what: string): never {
  const refusal = new Refusal(code, what, event);
  if (item !== main.item.id) refusal.item = item;
  throw refusal;
}

function isOfOneCause({ cause: a }: Event, { cause: b }: Event, index: number | null): boolean {
  if (a.is !== 'Tx' || b.is !== 'Tx' || a.tx !== b.tx) return false;
  return index === null || b.index === index;
}

/** No history is missing: every link that must be followed leads to one that is in the file. */
export function checkPresent(bundle: Bundle): void {
  const histories = new Map(historiesOf(bundle).map((one) => [one.item.id, one]));
  const met = new Set([bundle.main]);
  for (const history of met) {
    for (const { event } of history.steps) {
      const as = needAs(event, history === bundle.main, bundle.children);
      for (const link of as === null ? [] : event.links) {
        if (link.count === 0n) continue;
        const other = histories.get(link.item);
        if (other === undefined) failOf(bundle, 'H9060', link.item, 1n, `find event 1 of item ${link.item}`);
        if (as !== 'child') met.add(other);
      }
    }
  }
}

/** The related histories are those that are needed, and links hold. */
export function checkRelated(bundle: Bundle, replayed: Replayed): void {
  new Following(bundle, replayed).run();
}

function sumOf(quantities: readonly Quantity[]): Quantity | null {
  const [first] = quantities;
  if (first === undefined || quantities.some((one) => one.unit !== first.unit)) return null;
  const amount = quantities.reduce((sum, one) => sum + one.amount, 0n);
  return amount <= AMOUNT_MOST ? { amount, unit: first.unit } : null;
}

/** The inputs of a split or merge, together, and of how many parts they are what went in; null of anything else. */
function madeOf({ tx }: Step): { sum: Quantity | null; parts: number } | null {
  const op = tx?.body.operation;
  if (op?.is !== 'derive' || op.kind === 'manufacture') return null;
  return { sum: sumOf(op.inputs.map((input) => input.quantity)), parts: op.list.count };
}

function isOfSum(step: Step, { amount, unit }: Quantity): boolean {
  const made = madeOf(step);
  if (made === null) return true;
  const { sum, parts } = made;
  return sum !== null && sum.unit === unit && (parts === 1 ? amount === sum.amount : amount <= sum.amount);
}

/** The parents, each as it was before; null where the file does not show one of them so far. */
function parentsOf({ links }: Event, histories: ReadonlyMap<Hash, History>, replayed: Replayed): ItemRecord[] | null {
  const parents: ItemRecord[] = [];
  for (const { item, count } of links) {
    const history = histories.get(item);
    if (history === undefined || BigInt(history.steps.length) <= count) return null;
    const before = replayed.of(history).before[Number(count)];
    if (before === undefined || before === null) return null;
    parents.push(before);
  }
  return parents;
}

function codeOf({ code }: { code: ItemCode }): Hash {
  return hashOf('code', itemCode, code);
}

type Registered = Extract<Effect, { is: 'Registered' }>;

/** Whether a child has from its parents and its class what it takes from them. */
function takesAfter(child: Registered, parents: readonly ItemRecord[], itemClass: ClassRecord | undefined): boolean {
  const hgr = itemClass?.hgr === true || parents.some((one) => one.marks.hgr);
  const researchOnly = parents.some((one) => one.marks.researchOnly);
  if (child.marks.hgr !== hgr || child.marks.researchOnly !== researchOnly) return false;
  if (child.place !== (parents[0]?.place ?? null)) return false;
  if (child.origin === 'manufacture') return child.grant === null;
  return parents.every(
    (one) =>
      one.class === child.class &&
      codeOf(one) === codeOf(child) &&
      one.grant === child.grant &&
      one.onHand.unit === child.quantity.unit,
  );
}

function checkMade(
  { steps }: History,
  { classes }: Bundle,
  histories: ReadonlyMap<Hash, History>,
  replayed: Replayed,
): void {
  const [first] = steps;
  if (first === undefined || first.tx?.body.operation.is !== 'derive') return;
  const { effect } = first.event;
  if (effect.is !== 'Registered') return;
  if (!isOfSum(first, effect.quantity)) refuse('H9070', 'balance what was made with what went in', 1n);
  const parents = parentsOf(first.event, histories, replayed);
  const itemClass = classes.find((one) => one.id === effect.class)?.value;
  if (parents !== null && !takesAfter(effect, parents, itemClass)) {
    refuse('H9070', 'match what was made with what went in', 1n);
  }
}

/** What was made is what went in. */
export function checkMaking(bundle: Bundle, replayed: Replayed): void {
  const histories = new Map(historiesOf(bundle).map((one) => [one.item.id, one]));
  forEachHistory(bundle, (history) => checkMade(history, bundle, histories, replayed));
  if (!bundle.children) return;
  for (const step of bundle.main.steps) {
    const { effect, links, n } = step.event;
    const made = effect.is === 'Derived' ? madeOf(step) : null;
    if (made === null) continue;
    const parts = links.flatMap((link) => histories.get(link.item)?.item.value.registered ?? []);
    const sum = sumOf(parts);
    const holds = sum !== null && made.sum !== null && sum.unit === made.sum.unit && sum.amount === made.sum.amount;
    if (!holds) refuse('H9070', `balance what was made of event ${n} with what went in`, n);
  }
}

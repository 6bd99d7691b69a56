// The chain of custody, drawn: a band of periods in proportion to their time, and under it each holder with its events.
import type { ReadableEvent } from './bundle.ts';
import type { Period, Unit } from './custody.ts';
import { data, el, fingerprint, growing, svg, type Part } from './dom.ts';
import { timeText } from './readable.ts';
import type { Words } from './words.ts';

/** `2026-09-21 14:25:25 UTC`; milliseconds where there are any. */
export function shown(time: string): string {
  const found = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{3})Z$/.exec(time);
  if (found === null) return `${time} ms`;
  const [, date = '', clock = '', rest = ''] = found;
  return `${date} ${clock}${rest === '.000' ? '' : rest} UTC`;
}

function unitName({ id, code }: Unit): HTMLElement {
  return code === null ? fingerprint(id.slice(0, 16), 'hash short') : data(code, 'data unit');
}

/** Who held it, and where it was packed, what was in what. */
function holderName({ holder, units }: Period, words: Words): HTMLElement {
  const name = holder === null ? words.labels.noHolder : data(holder.name, 'holder');
  return el(
    'span',
    {},
    name,
    ...units.map((unit) => el('span', { class: 'inside' }, `${words.labels.inUnit} `, unitName(unit))),
  );
}

function holderText({ holder, units }: Period, words: Words): string {
  const name = holder === null ? words.labels.noHolder : holder.name;
  return [name, ...units.map((unit) => `${words.labels.inUnit} ${unit.code ?? unit.id.slice(0, 16)}`)].join(', ');
}

const WIDTH = 1000;
const LEAST = 28;

/** Widths in proportion to time, none too small to be seen. */
function widths(periods: readonly Period[], until: bigint): number[] {
  const spans = periods.map(({ from, to }) => Math.max(0, Number((to?.time ?? until) - from.time)));
  const total = spans.reduce((sum, span) => sum + span, 0);
  const room = Math.max(0, WIDTH - LEAST * spans.length);
  return spans.map((span) => LEAST + (total === 0 ? room / spans.length : (room * span) / total));
}

const BAND_MOST = 30;

function band(periods: readonly Period[], until: bigint, words: Words): SVGElement | null {
  if (periods.length === 0 || periods.length > BAND_MOST) return null;
  const all = widths(periods, until);
  let x = 0;
  const marks = periods.map((period, i) => {
    const width = all[i] ?? LEAST;
    const label = `${holderText(period, words)}, ${words.held(shown(timeText(period.from.time)), period.to === null ? null : shown(timeText(period.to.time)))}`;
    const rect = svg(
      'rect',
      {
        x: `${x + 1}`,
        y: '0',
        width: `${width - 2}`,
        height: '30',
        rx: '3',
        class: `tone${i % 4}${period.units.length > 0 ? ' packed' : ''}`,
      },
      svg('title', {}, label),
    );
    const text = svg('text', { x: `${x + width / 2}`, y: '20', 'text-anchor': 'middle' }, String(i + 1));
    x += width;
    return svg('g', {}, rect, text);
  });
  return svg(
    'svg',
    { class: 'band', viewBox: `0 0 ${WIDTH} 30`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    ...marks,
  );
}

/** Values of an event that words of the language stand for, and those that are data. */
function valueText(value: string, words: Words): Part {
  const term = words.terms[value];
  if (term !== undefined) return term;
  if (/^[0-9a-f]{64}$/.test(value)) return fingerprint(`${value.slice(0, 16)}`, 'hash short');
  return /^\d{4}-\d\d-\d\dT/.test(value) ? shown(value) : data(value);
}

export function details(event: ReadableEvent, words: Words): HTMLElement {
  const parts: Part[] = [];
  const put = (label: string, value: Part): void => {
    parts.push(el('span', { class: 'detail' }, el('span', { class: 'name' }, label), ' ', value));
  };
  if (event.quantity !== null) put(words.labels.quantity, data(event.quantity));
  if (event.to !== null) put(words.labels.to, data(event.to));
  if (event.note !== null)
    parts.push(el('span', { class: 'detail quote' }, words.terms[event.note] ?? data(event.note)));
  for (const { name, value } of event.values) put(words.values[name] ?? name, valueText(value, words));
  return el('span', { class: 'details' }, ...parts);
}

export function entry(event: ReadableEvent, words: Words): HTMLElement {
  return el(
    'li',
    {},
    el('span', { class: 'n' }, event.n.toString()),
    el(
      'div',
      {},
      el('p', { class: 'what' }, el('strong', {}, words.kinds[event.kind] ?? event.kind), ' ', details(event, words)),
      el(
        'p',
        { class: 'when' },
        shown(event.time),
        event.decision === null ? null : ' · ',
        event.decision === null ? null : data(event.decision, 'article'),
      ),
    ),
  );
}

function periodItem(
  period: Period,
  index: number,
  events: ReadonlyMap<bigint, ReadableEvent>,
  words: Words,
): HTMLElement {
  const from = shown(timeText(period.from.time));
  const to = period.to === null ? null : shown(timeText(period.to.time));
  const inside = period.events.flatMap((n) => events.get(n) ?? []);
  const entries = el('ol', { class: 'entries' });
  const more = growing(entries, inside, (event) => entry(event, words), words.more);
  return el(
    'li',
    { class: `period tone${index % 4}` },
    el(
      'div',
      { class: 'head' },
      el('span', { class: 'index', 'aria-hidden': 'true' }, String(index + 1)),
      el('div', {}, el('h4', {}, holderName(period, words)), el('p', { class: 'span' }, words.held(from, to))),
    ),
    entries,
    more,
  );
}

export function timeline(
  periods: readonly Period[],
  all: readonly ReadableEvent[],
  until: bigint,
  words: Words,
): HTMLElement {
  const events = new Map(all.map((event) => [event.n, event]));
  const list = el('ol', { class: 'periods' });
  const more = growing(list, periods, (period, i) => periodItem(period, i, events, words), words.more);
  return el('div', { class: 'timeline' }, band(periods, until, words), list, more);
}

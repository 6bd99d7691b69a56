// What the sheet shows of other items: what this one was made of, the units that it was in, what was made of it.
import type { Readable, ReadableRelated } from './bundle.ts';
import { data, el, fingerprint, growing, type Part } from './dom.ts';
import { facts } from './parts.ts';
import { entry } from './timeline.ts';
import type { Label, Words } from './words.ts';

const GROUPS: readonly (readonly [string, Label])[] = [
  ['origin', 'origins'],
  ['unit', 'units'],
  ['child', 'children'],
];

function hold({ by, placed, reason }: ReadableRelated['holds'][number], words: Words): HTMLElement {
  return el(
    'p',
    { class: 'hold' },
    el('strong', {}, words.labels.holds),
    ' · ',
    words.event(placed.toString()),
    ' · ',
    ...by.flatMap((name) => [data(name), ' ']),
    '· ',
    data(reason),
  );
}

function events(other: ReadableRelated, words: Words): HTMLElement {
  const list = el('ol', { class: 'entries' });
  const more = growing(list, other.events, (event) => entry(event, words), words.more);
  return el(
    'details',
    {},
    el('summary', {}, words.openEvents(other.events.length, other.count.toString())),
    list,
    more,
  );
}

function card(other: ReadableRelated, words: Words): HTMLElement {
  const holder = other.custodian === null ? null : data(other.custodian);
  return el(
    'article',
    { class: 'other', 'data-as': other.as },
    el('p', { class: 'link' }, data(other.item)),
    ...other.holds.map((one) => hold(one, words)),
    facts(
      words,
      ['state', words.states[other.state] ?? data(other.state)],
      ['custodian', holder],
      ['class', data(other.class)],
      ['registered', data(other.registered)],
      ['onHand', data(other.on_hand)],
      ['itemId', fingerprint(other.item_id.slice(0, 16), 'hash short')],
    ),
    events(other, words),
  );
}

/** Null where the file tells of no other item. */
export function others({ related }: Readable, words: Words): HTMLElement | null {
  if (related.length === 0) return null;
  const groups = GROUPS.flatMap(([as, label]): Part[] => {
    const items = related.filter((one) => one.as === as);
    if (items.length === 0) return [];
    const list = el('div', { class: 'others' });
    const more = growing(list, items, (one) => card(one, words), words.more);
    return [el('h4', {}, words.labels[label]), list, more];
  });
  return el(
    'section',
    { id: 'others' },
    el('h3', {}, words.labels.others),
    el('p', { class: 'note' }, words.labels.othersNote),
    ...groups,
  );
}

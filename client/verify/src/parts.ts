// Parts that several sections of the sheet are made of.
import { el, type Part } from './dom.ts';
import type { Label, Words } from './words.ts';

/** Rows of a list of names and values; those without a value are left out. */
export function facts(words: Words, ...rows: readonly (readonly [Label, Part])[]): HTMLElement {
  const parts = rows.flatMap(([label, value]) =>
    value === null ? [] : [el('div', {}, el('dt', {}, words.labels[label]), el('dd', {}, value))],
  );
  return el('dl', { class: 'facts' }, ...parts);
}

export function section(title: string, note: string | null, ...parts: readonly Part[]): HTMLElement {
  return el('section', {}, el('h3', {}, title), note === null ? null : el('p', { class: 'note' }, note), ...parts);
}

export function bulleted(items: readonly Part[]): HTMLElement {
  return el('ul', {}, ...items.map((item) => el('li', {}, item)));
}

// Elements from parts. Text is only ever set as text; what comes out of a file stands isolated, so that it can neither
// become markup nor turn the direction of what is around it.

export type Part = Node | string | null;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
  ...parts: readonly Part[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  append(element, parts);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Readonly<Record<string, string>>, ...parts: readonly Part[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  append(element, parts);
  return element;
}

function append(element: Element, parts: readonly Part[]): void {
  for (const part of parts) if (part !== null) element.append(part);
}

/** A text of the file. */
export function data(text: string, kind = 'data'): HTMLElement {
  return el('bdi', { class: kind, dir: 'auto' }, text);
}

/** A hash or identity, in groups that people can compare. */
export function fingerprint(hash: string, kind = 'hash'): HTMLElement {
  const groups = hash.match(/.{1,4}/g) ?? [];
  const spans = groups.map((group) => el('span', {}, group));
  return el(
    'bdi',
    { class: kind, dir: 'ltr', 'aria-label': groups.join(' ') },
    ...spans.flatMap((span) => [span, ' ']),
  );
}

const STEP = 200;

/**
 * Fills a list with its first parts, and gives a button that adds more as long as there are any: a file may have more
 * events than a browser can lay out at once.
 */
export function growing<T>(
  into: HTMLElement,
  items: readonly T[],
  part: (item: T, index: number) => HTMLElement,
  more: (left: number) => string,
): HTMLElement | null {
  const count = items.length;
  let shown = 0;
  const grow = (): void => {
    into.append(...items.slice(shown, shown + STEP).map((item, i) => part(item, shown + i)));
    shown = Math.min(count, shown + STEP);
  };
  grow();
  if (shown === count) return null;
  const button = el('button', { type: 'button', class: 'more' }, more(count - shown));
  button.addEventListener('click', () => {
    grow();
    if (shown === count) button.remove();
    else button.textContent = more(count - shown);
  });
  return button;
}

export function find<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

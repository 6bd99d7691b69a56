// The page: two files and two questions in, one sheet out. Nothing is fetched, stored or sent.
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8Bytes } from './bytes.ts';
import { data, el, find } from './dom.ts';
import { FILE_BYTES_MOST, isCard } from './reading.ts';
import { sheet, standingOf, type Shown } from './sheet.ts';
import { TRUST_BYTES_MOST } from './trust.ts';
import { unpacked } from './unpack.ts';
import { verifying, type Progress, type Question, type Report } from './verify.ts';
import { en } from './words.en.ts';
import { zh } from './words.zh.ts';
import type { Words } from './words.ts';

const LANGUAGES: readonly Words[] = [en, zh];
const SLICE_MS = 40;

interface State {
  words: Words;
  evidence: File | null;
  trust: File | null;
  maxAge: string;
  allowTest: boolean;
  problem: 'unsupported' | 'unreadable' | null;
  shown: Shown | null;
  /** Which run may still speak: a new one silences those before it. */
  run: number;
}

const state: State = {
  words: LANGUAGES.find((one) => one.tag.slice(0, 2) === navigator.language.slice(0, 2).toLowerCase()) ?? en,
  evidence: null,
  trust: null,
  maxAge: '',
  allowTest: false,
  problem: null,
  shown: null,
  run: 0,
};

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Lets the browser draw and listen before the work goes on. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

function say(text: string): void {
  find('progress', HTMLParagraphElement).textContent = text;
}

function told({ done, all }: Progress): string {
  return done === 0 ? state.words.progress.chain : state.words.progress.events(done, all);
}

async function drive(question: Question, run: number): Promise<Report | null> {
  const work = verifying(question);
  let since = performance.now();
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
    if (performance.now() - since < SLICE_MS) continue;
    say(told(next.value));
    await breathe();
    if (run !== state.run) return null;
    since = performance.now();
  }
}

/** The bytes of a trust file; of one that is too large as many zeros as show that it is, without reading it. */
async function trustOf(file: File): Promise<Uint8Array> {
  return file.size > TRUST_BYTES_MOST ? new Uint8Array(TRUST_BYTES_MOST + 1) : new Uint8Array(await file.arrayBuffer());
}

/** The evidence and its hash, out of the same bytes; of a large one there is no hash. */
async function evidenceOf(file: File): Promise<{ content: Question['file']; digest: string | null }> {
  if (file.size > FILE_BYTES_MOST) return { content: await unpacked(file), digest: null };
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { content: await unpacked(new Blob([bytes])), digest: toHex(sha256(bytes)) };
}

/** Milliseconds; null for any age; undefined where it is no number. */
function maxAgeMs(): bigint | null | undefined {
  if (state.maxAge.trim() === '') return null;
  const hours = Number(state.maxAge.replace(',', '.'));
  return Number.isFinite(hours) && hours >= 0 && hours < 1e9 ? BigInt(Math.round(hours * 3_600_000)) : undefined;
}

function stop(problem: State['problem']): void {
  state.problem = problem;
  render();
}

async function verifyNow(): Promise<void> {
  const { evidence, trust } = state;
  const age = maxAgeMs();
  state.run += 1;
  const { run } = state;
  state.shown = null;
  if (age === undefined) return stop('unsupported');
  state.problem = null;
  render();
  if (evidence === null) return;
  say(state.words.progress.reading);
  await breathe();
  const nowMs = Date.now();
  let question: Question;
  let digest: string | null;
  try {
    const read = await evidenceOf(evidence);
    digest = read.digest;
    question = {
      file: read.content,
      trust: trust === null ? null : await trustOf(trust),
      nowMs: BigInt(nowMs),
      maxAgeMs: age,
      allowTest: state.allowTest,
    };
  } catch {
    return stop('unreadable');
  }
  if (run !== state.run) return;
  const report = await drive(question, run);
  if (report === null || run !== state.run) return;
  state.shown = { report, name: evidence.name, sha256: digest, nowMs };
  render();
  find('sheet', HTMLElement).focus({ preventScroll: true });
}

/** Trust files say so near their beginning; anything else is taken for evidence. */
async function isTrustFile(file: File): Promise<boolean> {
  if (file.size > TRUST_BYTES_MOST) return false;
  return (await file.text()).includes('"hufu.trust/');
}

async function take(files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      if (await isTrustFile(file)) state.trust = file;
      else state.evidence = file;
    } catch {
      return stop('unreadable');
    }
  }
  await verifyNow();
}

/** A text that comes by the clipboard or is dropped: what begins as that of a card is taken for one. */
function takeText(text: string): boolean {
  // A blank is a digit of such texts: it may be the last one.
  const card = text.trimStart().replace(/[\r\n]+$/, '');
  if (!isCard(utf8Bytes(card))) return false;
  state.evidence = new File([card], state.words.form.card);
  void verifyNow();
  return true;
}

function picker(id: 'evidence' | 'trust', file: File | null): HTMLElement {
  const { form } = state.words;
  const input = el('input', { type: 'file', id, class: 'unseen' });
  input.addEventListener('change', () => {
    const [chosen] = input.files ?? [];
    if (chosen === undefined) return;
    state[id] = chosen;
    void verifyNow();
  });
  return el(
    'label',
    { class: file === null ? 'picker' : 'picker chosen', for: id },
    input,
    el('span', { class: 'name' }, form[id]),
    el('span', { class: 'file' }, file === null ? form.none : data(file.name)),
    el('span', { class: 'button', 'aria-hidden': 'true' }, form.choose),
  );
}

function options(): HTMLElement {
  const { form } = state.words;
  const age = el('input', {
    id: 'max-age',
    type: 'text',
    inputmode: 'decimal',
    size: '6',
    placeholder: form.anyAge,
    autocomplete: 'off',
  });
  age.value = state.maxAge;
  age.addEventListener('change', () => {
    state.maxAge = age.value;
    void verifyNow();
  });
  const test = el('input', { id: 'allow-test', type: 'checkbox' });
  test.checked = state.allowTest;
  test.addEventListener('change', () => {
    state.allowTest = test.checked;
    void verifyNow();
  });
  return el(
    'div',
    { class: 'options' },
    el('label', { for: 'max-age' }, `${form.maxAge} `, age, ` ${form.hours}`),
    el('label', { for: 'allow-test' }, test, ` ${form.allowTest}`),
    el(
      'span',
      { class: 'buttons' },
      el('button', { type: 'submit', class: 'primary' }, form.verify),
      state.shown === null ? null : printButton(),
    ),
  );
}

function printButton(): HTMLElement {
  const button = el('button', { type: 'button' }, state.words.form.print);
  button.addEventListener('click', () => window.print());
  return button;
}

function languages(): HTMLElement[] {
  return LANGUAGES.map((one) => {
    const button = el(
      'button',
      { type: 'button', lang: one.tag, 'aria-pressed': String(one === state.words) },
      one.name,
    );
    button.addEventListener('click', () => {
      state.words = one;
      render();
    });
    return button;
  });
}

function render(): void {
  const { words } = state;
  const focused = document.activeElement?.id ?? '';
  document.documentElement.lang = words.tag;
  document.title =
    state.shown === null ? words.title : `${words.verdicts[standingOf(state.shown.report)].word} · ${words.title}`;
  find('title', HTMLHeadingElement).textContent = words.title;
  find('subtitle', HTMLParagraphElement).textContent = words.subtitle;
  const switcher = find('languages', HTMLDivElement);
  switcher.setAttribute('aria-label', words.form.language);
  switcher.replaceChildren(...languages());
  find('form', HTMLFormElement).replaceChildren(
    el(
      'div',
      { class: 'drop' },
      el('p', {}, el('strong', {}, words.form.drop), ' ', el('span', {}, words.form.dropHint)),
    ),
    el('div', { class: 'pickers' }, picker('evidence', state.evidence), picker('trust', state.trust)),
    options(),
  );
  say(state.problem === null ? '' : words.form[state.problem]);
  const parts = state.shown === null ? [] : sheet(state.shown, words);
  find('sheet', HTMLElement).replaceChildren(...parts.filter((part) => part !== null));
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
}

function listen(): void {
  find('form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void verifyNow();
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('dragging');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.classList.remove('dragging');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    document.body.classList.remove('dragging');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0 && takeText(event.dataTransfer?.getData('text/plain') ?? '')) return;
    void take(files);
  });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void take(files);
    else if (!takeText(event.clipboardData?.getData('text/plain') ?? '')) return;
    event.preventDefault();
  });
}

listen();
render();

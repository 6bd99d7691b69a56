// The page itself, in a headless browser: verdicts as in Node, nothing loaded or sent, no policy broken, two languages, and
// hostile texts that stay texts.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { gzipSync } from 'node:zlib';
import { unpacked } from '../src/gunzip.ts';
import { verify } from '../src/verify.ts';
import { Batch } from '../src/node.ts';
import { forgeCard } from './cards.ts';
import { askPage, readCorpus, type Line } from './corpus.ts';
import { forge, note, packWith } from './forge.ts';
import { mutants } from './mutants.ts';
import { VECTORS, allCases, compared, json } from './vectors.ts';

const PAGE = new URL('../verify.html', import.meta.url);
/** Later than every vector, and within the time of every trust file: a page has a clock, and cases may have none. */
const NOW_MS = 1_790_080_000_000;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A folder of questions and verdicts of another verifier (README.md). */
const corpus = process.env['CORPUS'];
let context: BrowserContext;
const folder = mkdtempSync(join(tmpdir(), 'hufu-page-'));
const requests: string[] = [];
const complaints: string[] = [];

before(async () => {
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: ARGS,
    locale: 'en-GB',
  });
  context.on('request', (request) => requests.push(request.url()));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective}`),
    );
  });
});

after(async () => {
  await context.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(nowMs: number): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  await page.addInitScript((now) => {
    Date.now = () => now;
  }, nowMs);
  await page.goto(PAGE.href);
  return page;
}

function path(name: string): string {
  return fileURLToPath(new URL(name, VECTORS));
}

interface Asked {
  bundle: string;
  trust: string | null;
  maxAgeMs: number | null;
  allowTest: boolean;
}

async function ask(page: Page, { bundle, trust, maxAgeMs, allowTest }: Asked): Promise<unknown> {
  if (maxAgeMs !== null) await page.fill('#max-age', String(maxAgeMs / 3_600_000));
  if (allowTest) await page.check('#allow-test');
  if (trust !== null) await page.setInputFiles('#trust', trust);
  await page.setInputFiles('#evidence', bundle);
  const verdict = await page.locator('#verdict').textContent();
  return JSON.parse(verdict ?? '');
}

test('the verdicts are those of the cases', async () => {
  const pages = new Map<number, Page>();
  for (const one of allCases()) {
    const now = one.now_ms ?? NOW_MS;
    const known = pages.get(now);
    const page = known ?? (await open(now));
    if (known !== undefined) await page.reload();
    pages.set(now, page);
    const trust = one.trust === null ? null : path(one.trust);
    const asked = { bundle: path(one.bundle), trust, maxAgeMs: one.max_age_ms, allowTest: one.allow_test };
    const got = await ask(page, asked);
    assert.equal(compared(got), compared(one.verdict), one.bundle);
    const standing = await page.getAttribute('.banner', 'data-standing');
    assert.equal(standing, one.verdict['verdict']);
  }
  for (const page of pages.values()) await page.close();
});

/** What the program says of the same lines, each with the clock of the page. */
function inNode(batch: Batch, line: Line): string {
  return batch.answer(JSON.stringify(line));
}

/** A page has a clock always: what is asked without one is asked as of `NOW_MS`. */
function clocked(line: Line): Line {
  return { ...line, now_ms: line.now_ms ?? NOW_MS };
}

async function agree(lines: readonly Line[]): Promise<string[]> {
  const page = await open(NOW_MS);
  const batch = new Batch();
  const since = performance.now();
  const said = await askPage(page, PAGE.href, lines.map(clocked), join(folder, 'asked'));
  const ms = performance.now() - since;
  console.log(`# ${lines.length} files in the page: ${Math.round(ms)} ms`);
  for (const [i, line] of lines.entries()) {
    assert.equal(said[i], inNode(batch, clocked(line)), `line ${i + 1}: ${line.bundle ?? ''}`);
  }
  await page.close();
  return said;
}

test('damaged files have in the page the verdicts that they have in Node', async () => {
  const count = Number(process.env['MUTANTS'] ?? 600);
  const cards = [forgeCard(), forgeCard({ units: 3 }), forgeCard({ holder: false })];
  const all = [...mutants(7, count, cards)];
  const trust = path('bundle-trust.json');
  const lines = all.map(({ bytes }, i): Line => {
    const asked = { bundle: null, trust, now_ms: NOW_MS, max_age_ms: null, allow_test: false };
    return { ...asked, ...(i % 5 === 0 ? { trust: null } : {}), bytes: Buffer.from(bytes).toString('base64') };
  });
  const said = await agree(lines);
  const codes = new Set(said.map((one) => (JSON.parse(one) as { failure: { code: string } | null }).failure?.code));
  assert.ok(codes.size > 12, [...codes].join());
});

test('a corpus of others has in the page the verdicts that they give', { skip: corpus === undefined }, async () => {
  const { lines, expected } = readCorpus(corpus ?? '');
  const said = await agree(lines);
  writeFileSync(join(corpus ?? '', 'page.jsonl'), said.map((one) => `${one}\n`).join(''));
  if (expected === null) return;
  const batch = new Batch();
  for (const [i, line] of lines.entries()) {
    // What is asked without a clock the page can only be asked with one: there the same code without it speaks for the page.
    const one = line.now_ms === null ? inNode(batch, line) : (said[i] ?? '');
    assert.equal(compared(JSON.parse(one)), compared(JSON.parse(expected[i] ?? '')), `line ${i + 1}`);
  }
});

test('both languages say everything', async () => {
  const page = await open(NOW_MS);
  await ask(page, {
    bundle: path('bundle-harbour.json'),
    trust: path('bundle-trust.json'),
    maxAgeMs: null,
    allowTest: false,
  });
  assert.equal(await page.locator('.banner h2').textContent(), 'Valid');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.click('button[lang=zh-Hans]');
  assert.equal(await page.locator('.banner h2').textContent(), '有效');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
  assert.match((await page.locator('#sheet').textContent()) ?? '', /离线验证无法得知的事/);
  assert.equal(await page.locator('.period').count(), 4);
  assert.equal(await page.locator('tbody tr').count(), 12);
  assert.doesNotMatch((await page.locator('body').innerText()) ?? '', /undefined|null|\[object/);
  await page.close();
});

async function shownIn(page: Page, bundle: string, trust: string, tag: string): Promise<string> {
  await ask(page, { bundle: path(bundle), trust: path(trust), maxAgeMs: null, allowTest: false });
  await page.click(`button[lang=${tag}]`);
  const text = (await page.locator('#sheet').innerText()) ?? '';
  assert.doesNotMatch(text, /undefined|\[object/, bundle);
  return text;
}

test('the sheet tells what is around the item, in both languages', async () => {
  const page = await open(NOW_MS);
  const trust = 'bundle-trust.json';
  const packed = await shownIn(page, 'bundle-packed.json', trust, 'en');
  for (const part of [/Units that it was packed in/, /recall 8/, /in unit/, /Cold Chain Carriers/])
    assert.match(packed, part);
  assert.equal(await page.locator('.other[data-as=unit]').count(), 3);
  assert.equal(await page.locator('.hold').count(), 1);
  const inUnits = await page.locator('.period h4 .inside').count();
  assert.ok(inUnits >= 3, `${inUnits}`);
  const zh = await shownIn(page, 'bundle-split.json', trust, 'zh-Hans');
  for (const part of [/本物项的原料/, /由另外 1 个物项制成/]) assert.match(zh, part);
  assert.match(await shownIn(page, 'bundle-children.json', trust, 'en'), /What was made of it/);
  const kinds: [string, RegExp, RegExp][] = [
    ['feed-whole.json', /Blocks that touched it/, /涉及该单位的区块/],
    ['absence-honest.json', /nobody registered this code/, /无人登记此编码/],
    ['evidence-votes.json', /One key signed two messages/, /一个密钥签署了两份/],
    ['bundle-anchor.json', /Identity of the block/, /区块标识/],
  ];
  for (const [file, english, chinese] of kinds) {
    assert.match(await shownIn(page, file, trust, 'en'), english);
    assert.match(await shownIn(page, file, trust, 'zh-Hans'), chinese);
  }
  await page.close();
});

test('the sheet says why a file is not valid, and what to do', async () => {
  const page = await open(NOW_MS);
  const past = await shownIn(page, 'bundle-past.json', 'bundle-trust-later.json', 'en');
  for (const part of [/before your trust file starts/, /hufu bundle refresh/, /Your trust starts at/])
    assert.match(past, part);
  const few = await shownIn(page, 'bundle-one-witness.json', 'bundle-trust-asking.json', 'en');
  for (const part of [/1 of 3 witnesses/, /hufu witness attach/, /Witness 1/]) assert.match(few, part);
  await page.close();
  const later = await open(1_790_086_400_001);
  const expired = await shownIn(later, 'bundle-witnesses.json', 'bundle-trust-asking.json', 'zh-Hans');
  for (const part of [/已过时/, /hufu trust advance/]) assert.match(expired, part);
  await later.close();
});

test('compressed files are judged as in Node, and a bomb is not blown up', async () => {
  const page = await open(NOW_MS);
  const packed = readFileSync(path('bundle-packed.json.gz'));
  const flipped = Uint8Array.from(packed, (byte, i) => (i === packed.length - 1 ? byte ^ 1 : byte));
  const member = gzipSync(new Uint8Array(33_554_433), { level: 9 });
  const broken = Uint8Array.from([...member.subarray(0, -8), 7, ...member.subarray(-8)]);
  const bomb = gzipSync(new Uint8Array(500_000_000), { level: 9 });
  // Longer than what is in it may be, by the name in its header.
  const name = new Uint8Array(33_600_000).fill(0x61);
  name[name.length - 1] = 0;
  const begun = Uint8Array.from(packed.subarray(0, 10), (byte, i) => (i === 3 ? 8 : byte));
  const long = Buffer.concat([begun, name, packed.subarray(10)]);
  const files: [string, Uint8Array, string | null][] = [
    ['long.gz', new Uint8Array(long), null],
    ['flipped.gz', flipped, 'H9002'],
    ['short.gz', packed.subarray(0, 2), 'H9002'],
    ['behind.gz', Uint8Array.from([...packed, 0]), 'H9002'],
    ['most.gz', gzipSync(new Uint8Array(33_554_432), { level: 9 }), 'H9002'],
    ['broken.gz', broken, 'H9001'],
    ['bomb.gz', bomb, 'H9001'],
  ];
  for (const [name, bytes, code] of files) {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    const verdict = (await ask(page, { bundle: file, trust: null, maxAgeMs: null, allowTest: false })) as {
      failure: { code: string } | null;
    };
    assert.equal(verdict.failure?.code ?? null, code, name);
    const said = verify({ file: unpacked(bytes), trust: null, nowMs: null, maxAgeMs: null, allowTest: false });
    assert.equal(said.failure?.code ?? null, code, name);
    await page.evaluate(() => document.getElementById('verdict')?.remove());
  }
  await page.close();
});

const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e\u2066';

test('hostile texts stay texts', async () => {
  const page = await open(NOW_MS);
  const bundle = JSON.parse(readFileSync(path('bundle-private.json'), 'utf8')) as { readable: Record<string, unknown> };
  bundle.readable['class'] = HOSTILE;
  bundle.readable[HOSTILE] = HOSTILE;
  const file = join(folder, '<b onclick=alert(3)>\u202eevidence.json');
  writeFileSync(file, JSON.stringify(bundle));
  const verdict = (await ask(page, { bundle: file, trust: null, maxAgeMs: null, allowTest: false })) as {
    failure: { code: string };
  };
  assert.equal(verdict.failure.code, 'H9003');
  assert.equal(await page.locator('img, iframe, object, embed, a[href], #sheet b, #sheet script').count(), 0);
  assert.equal(await page.locator('.eyebrow bdi').evaluate((node) => getComputedStyle(node).unicodeBidi), 'isolate');
  assert.equal(await page.locator('script').count(), 1);
  await page.close();
});

test('signed texts with markup stay texts', async () => {
  const page = await open(NOW_MS);
  const { packs } = json('packs.json') as { packs: { bytes: string }[] };
  const roles = ['custodian'] as const;
  const markup = {
    orgName: '<img src=x onerror=alert(4)>',
    className: '</style><script>alert(5)</script>&lt;i&gt; \u05e9\u05dc\u05d5\u05dd',
  };
  const bundle = forge({ deeds: [note(roles)], pack: packWith(packs.at(-1)?.bytes ?? '', roles), ...markup });
  const file = join(folder, 'markup.json');
  writeFileSync(file, bundle);
  const verdict = (await ask(page, { bundle: file, trust: null, maxAgeMs: null, allowTest: false })) as {
    verdict: string;
  };
  assert.equal(verdict.verdict, 'untrusted');
  assert.equal(await page.locator('.period h4').first().textContent(), markup.orgName);
  assert.ok((await page.locator('.facts bdi').allTextContents()).includes(markup.className));
  assert.equal(await page.locator('img, i, #sheet script, #sheet style').count(), 0);
  await page.close();
});

test('a file that is too large is refused by its size', async () => {
  const page = await open(NOW_MS);
  const file = join(folder, 'large.json');
  writeFileSync(file, '');
  truncateSync(file, 1 << 30);
  const verdict = (await ask(page, { bundle: file, trust: null, maxAgeMs: null, allowTest: false })) as {
    failure: { code: string };
  };
  assert.equal(verdict.failure.code, 'H9001');
  await page.close();
});

test('a trust file that cannot be used is no verdict on the evidence', async () => {
  const page = await open(NOW_MS);
  const file = join(folder, 'trust.json');
  writeFileSync(file, readFileSync(path('bundle-trust.json'), 'utf8').replace('test-harbour', 'test-garbour'));
  await ask(page, { bundle: path('bundle-van.json'), trust: file, maxAgeMs: null, allowTest: false });
  assert.equal(await page.getAttribute('.banner', 'data-standing'), 'unusable');
  await page.close();
});

test('files that are dropped find their place', async () => {
  const page = await open(NOW_MS);
  const contents = ['bundle-packed.json.gz', 'bundle-trust-asking.json'].map((name) => ({
    name,
    bytes: [...readFileSync(path(name))],
  }));
  await page.evaluate((all) => {
    const transfer = new DataTransfer();
    for (const { name, bytes } of all) transfer.items.add(new File([Uint8Array.from(bytes)], name));
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }, contents);
  assert.equal(await page.locator('.banner').getAttribute('data-standing'), 'valid');
  await page.close();
});

function textOf(card: Uint8Array): string {
  return new TextDecoder().decode(card);
}

async function give(page: Page, kind: 'paste' | 'drop', text: string): Promise<void> {
  await page.evaluate(
    ([event, data]) => {
      const transfer = new DataTransfer();
      transfer.setData('text/plain', data ?? '');
      const options = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(
        event === 'paste'
          ? new ClipboardEvent('paste', { ...options, clipboardData: transfer })
          : new DragEvent('drop', { ...options, dataTransfer: transfer }),
      );
    },
    [kind, text],
  );
}

test('the text of a card is pasted, dropped or chosen as a file', async () => {
  const card = forgeCard({
    units: 2,
    holder: false,
    changeUnit: (unit) => (unit.holds = [{ by: [], placed: 1n, reason: 'recall' }]),
  });
  const file = join(folder, 'card.txt');
  writeFileSync(file, `${textOf(card)}\n`);
  for (const kind of ['paste', 'drop', 'file'] as const) {
    const page = await open(NOW_MS);
    await page.check('#allow-test');
    if (kind === 'file') await page.setInputFiles('#evidence', file);
    else await give(page, kind, kind === 'paste' ? `\n${textOf(card)}\r\n` : textOf(card));
    const verdict = JSON.parse((await page.locator('#verdict').textContent()) ?? '') as {
      schema: string;
      verdict: string;
    };
    assert.equal(verdict.schema, 'hufu.card-verdict/1');
    assert.equal(verdict.verdict, 'untrusted');
    const text = await page.locator('#sheet').innerText();
    for (const part of [/The card/, /its name is not on the card/, /recall/, /5 LTR/, /ask for the bundle/])
      assert.match(text, part, kind);
    await page.click('button[lang=zh-Hans]');
    const zh = await page.locator('#sheet').innerText();
    assert.match(zh, /凭卡上没有其名称/);
    assert.doesNotMatch(zh, /undefined|\[object/);
    await page.close();
  }
});

test('other texts are left where they are pasted', async () => {
  const page = await open(NOW_MS);
  await page.focus('#max-age');
  await give(page, 'paste', '24');
  assert.equal(await page.locator('#verdict').count(), 0);
  await give(page, 'paste', 'HUFU1:small letters');
  const verdict = JSON.parse((await page.locator('#verdict').textContent()) ?? '') as { failure: { code: string } };
  assert.equal(verdict.failure.code, 'H9201');
  await page.close();
});

test('the keyboard reaches everything', async () => {
  const page = await open(NOW_MS);
  const reached: string[] = [];
  for (let i = 0; i < 8; i += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || ''));
  }
  for (const name of ['English', '简体中文', 'evidence', 'trust', 'max-age', 'allow-test', 'Verify'])
    assert.ok(reached.includes(name), name);
  await page.close();
});

test('nothing was loaded or sent, and no policy was broken', () => {
  assert.deepEqual(
    requests.filter((url) => url !== PAGE.href),
    [],
  );
  assert.deepEqual(complaints, []);
});

// The page itself, in a headless browser: verdicts as in Node, nothing loaded or sent, no policy broken, two languages, and
// hostile texts that stay texts.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { forge, note, packWith } from './forge.ts';
import { VECTORS, cases, compared, json } from './vectors.ts';

const PAGE = new URL('../verify.html', import.meta.url);
/** Later than every vector, so that a page, which has a clock, agrees with cases that have none. */
const NOW_MS = 1_790_100_000_000;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

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
  for (const one of cases()) {
    const page = await open(one.now_ms ?? NOW_MS);
    const trust = one.trust === null ? null : path(one.trust);
    const asked = { bundle: path(one.bundle), trust, maxAgeMs: one.max_age_ms, allowTest: one.allow_test };
    const got = await ask(page, asked);
    assert.equal(compared(got), compared(one.verdict), one.bundle);
    const standing = await page.getAttribute('.banner', 'data-standing');
    assert.equal(standing, one.verdict['verdict']);
    await page.close();
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
  const contents = ['bundle-van.json', 'bundle-trust.json'].map((name) => ({
    name,
    text: readFileSync(path(name), 'utf8'),
  }));
  await page.evaluate((all) => {
    const transfer = new DataTransfer();
    for (const { name, text } of all) transfer.items.add(new File([text], name));
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }, contents);
  assert.equal(await page.locator('.banner').getAttribute('data-standing'), 'valid');
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

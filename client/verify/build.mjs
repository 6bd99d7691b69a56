// Builds dist/verify.html and dist/verify.mjs; with --tests the tests instead. The same sources give the same bytes in
// every folder: no dates, no paths, no names of files.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url);
process.chdir(here.pathname);

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  preserveSymlinks: true,
  logLevel: 'warning',
};

async function bundled(options) {
  const result = await build({ ...common, ...options, write: false });
  return result.outputFiles[0].text;
}

function digest(text) {
  return createHash('sha256').update(text).digest();
}

function source(text) {
  return `'sha256-${digest(text).toString('base64')}'`;
}

async function page() {
  const script = await bundled({ entryPoints: ['src/page.ts'], minify: true, platform: 'browser', format: 'iife' });
  if (/<\/script|<!--/i.test(script)) throw new Error('the script holds what would end its element');
  const style = (await bundled({ entryPoints: ['src/page.css'], minify: true })).trim();
  const policy = [
    "default-src 'none'",
    `script-src ${source(script)}`,
    `style-src ${source(style)}`,
    "img-src 'none'",
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "worker-src 'none'",
    "frame-src 'none'",
  ].join('; ');
  const template = await readFile('src/verify.html', 'utf8');
  return template
    .replace('{{policy}}', () => policy)
    .replace('{{style}}', () => style)
    .replace('{{script}}', () => script);
}

async function tests() {
  const names = (await readdir('test')).filter((name) => name.endsWith('.test.ts'));
  await build({
    ...common,
    entryPoints: names.map((name) => `test/${name}`),
    outdir: 'dist/test',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    external: ['playwright-core'],
  });
}

await mkdir('dist', { recursive: true });
if (process.argv.includes('--tests')) {
  await tests();
} else {
  await writeFile('dist/verify.mjs', await bundled({ entryPoints: ['src/node.ts'], platform: 'node' }));
  const html = await page();
  await writeFile('dist/verify.html', html);
  console.log(`${digest(html).toString('hex')}  dist/verify.html`);
}

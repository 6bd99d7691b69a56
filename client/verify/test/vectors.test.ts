// All cases of the specification, through the library and through the program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { verify } from '../src/verify.ts';
import { VECTORS, allCases, compared, plain, questionOf } from './vectors.ts';

const all = allCases();

for (const [i, one] of all.entries()) {
  test(`case ${i}: ${one.bundle}`, () => {
    const report = verify(questionOf(one));
    assert.equal(compared(plain(report.verdict)), compared(one.verdict), report.failure?.message);
    const isBundle = one.verdict['schema'] === 'hufu.verdict/1';
    assert.equal(report.readable !== null, isBundle && report.failure === null);
  });
}

test('every bundle among the vectors has a case', () => {
  const named = new Set(all.flatMap((one) => [one.bundle, one.trust]));
  const files = readdirSync(VECTORS).filter((name) => /^(bundle|feed|absence|evidence|card)-(?!cases)/.test(name));
  assert.deepEqual(
    files.filter((name) => !named.has(name)),
    [],
  );
});

test('the program answers every line', () => {
  const path = (name: string): string => fileURLToPath(new URL(name, VECTORS));
  const asked = all.map(({ verdict: _, ...one }) =>
    JSON.stringify({ ...one, bundle: path(one.bundle), trust: one.trust === null ? null : path(one.trust) }),
  );
  const odd = [
    '',
    'no JSON',
    '{}',
    '[1]',
    JSON.stringify({ bundle: path('nowhere.json'), trust: null }),
    JSON.stringify({ bundle: path('.') }),
  ];
  const program = fileURLToPath(new URL('../verify.mjs', import.meta.url));
  const input = `${[...asked, ...odd].join('\n')}\n`;
  const run = spawnSync(process.execPath, [program, '--batch'], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  assert.equal(run.status, 0, run.stderr);
  const answers = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { verdict: string; failure: { code: string } | null });
  assert.equal(answers.length, asked.length + odd.length);
  all.forEach((one, i) => assert.equal(compared(answers[i]), compared(one.verdict), one.bundle));
  for (const answer of answers.slice(all.length)) {
    assert.equal(answer.verdict, 'invalid');
    assert.equal(answer.failure?.code, 'H9000');
  }
});

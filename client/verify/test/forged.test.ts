// Bundles of a made-up network, in which every signature holds: the rules behind the signatures, one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify, type Report } from '../src/verify.ts';
import { ITEM, ORG, forge, note, packWith, type Deed, type Plan } from './forge.ts';
import type { Effect, Role } from '../src/records.ts';
import { json } from './vectors.ts';

const { packs } = json('packs.json') as { packs: { bytes: string; name?: string }[] };
const plainPack = packs.find((one) => one.name === 'plain') ?? packs.at(-1);
const ROLES: readonly Role[] = ['custodian'];
const pack = packWith(plainPack?.bytes ?? '', ROLES);

function judged(plan: Partial<Plan>): Report {
  const bundle = forge({ deeds: [], pack, ...plan });
  return verify({ bundle, trust: null, nowMs: null, maxAgeMs: null, allowTest: false });
}

function check(what: string, code: string | null, plan: Partial<Plan>): void {
  test(what, () => {
    const { verdict, failure } = judged(plan);
    assert.equal(failure?.code ?? null, code, failure?.message);
    assert.equal(verdict.verdict, code === null ? 'untrusted' : 'invalid');
  });
}

const noted = note(ROLES);

function changed(change: Partial<Deed>): Partial<Plan> {
  return { deeds: [noted, { ...noted, ...change }, noted] };
}

const use = (amount: bigint, unit = 'LTR', effectAmount = amount): Deed => ({
  roles: ROLES,
  operation: (_, before) => ({
    is: 'use',
    item: ITEM,
    at: { seq: before.custodySeq, trail: before.trail },
    quantity: { amount, unit },
    private: null,
  }),
  effect: (): Effect => ({ is: 'Used', quantity: { amount: effectAmount, unit: 'LTR' } }),
  changeEvent: (event) => {
    event.state = 'in-use';
  },
});

check('what is honest', null, { deeds: [noted, use(1_000_000n), noted, noted] });
check('nothing but a genesis event', null, { deeds: [] });
check('another network in a body', 'H9082', changed({ changeBody: (body) => (body.network = '12'.repeat(32)) }));
check('no slot', 'H9083', changed({ roles: [] }));
check('a key in two slots', 'H9083', changed({ changeBody: (body) => body.slots.push(...body.slots) }));
check('another suite', 'H9083', changed({ changeBody: (body) => body.slots.forEach((slot) => (slot.suite = 'none')) }));
check('expired at its event', 'H9084', changed({ changeBody: (body) => (body.expires -= 60_000n) }));
check('signed for too long', 'H9084', changed({ changeBody: (body) => (body.expires += 86_400_000n) }));
check(
  'an entry at another place',
  'H9085',
  changed({ changeEvent: (event) => event.cause.is === 'Tx' && (event.cause.index = 1) }),
);
check(
  'a list of nothing',
  'H9085',
  changed({
    changeBody: ({ operation }) => operation.is === 'note' && (operation.list = { ...operation.list, count: 0 }),
  }),
);
check('another item', 'H9086', {
  deeds: [
    {
      ...use(1n),
      operation: (list, before) => ({ ...use(1n).operation(list, before), item: '66'.repeat(32) }) as never,
    },
  ],
});
check(
  'a link to itself',
  'H9067',
  changed({ changeEvent: (event) => event.links.push({ item: ITEM, count: 1n, head: ITEM }) }),
);
check(
  'a link too many',
  'H9067',
  changed({ changeEvent: (event) => event.links.push({ item: ORG, count: 1n, head: ITEM }) }),
);
check('no decision', 'H9092', changed({ changeEvent: (event) => (event.decision = null) }));
check(
  'a decision of another article',
  'H9092',
  changed({ changeEvent: (event) => event.decision && (event.decision.article = 'art. 1') }),
);
check(
  'a role that the key has not',
  'H9088',
  changed({ changeBody: (body) => body.slots.forEach((slot) => (slot.role = 'officer')) }),
);
check('signers whom the law does not ask for', 'H9089', { deeds: [note(['declarant'])] });
check('a use of nothing', 'H9090', { deeds: [use(0n)] });
check('another point', 'H9090', {
  deeds: [
    {
      ...use(1n),
      operation: (list, before) =>
        ({ ...use(1n).operation(list, before), at: { seq: 1n, trail: before.trail } }) as never,
    },
  ],
});
check('another unit', 'H9090', { deeds: [use(1n, 'MLT', 1n)] });
check('another effect', 'H9091', { deeds: [use(1n, 'LTR', 2n)] });
check('a changed signature', 'H9087', {
  deeds: [noted, noted, noted, noted, noted],
  changeBundle: ({ steps }) => {
    const [signature] = steps[3]?.tx?.signatures ?? [];
    if (signature !== undefined) signature[40] = (signature[40] ?? 0) ^ 1;
  },
});
check('a changed signature before a broken rule is told first', 'H9087', {
  deeds: [noted, noted, { ...noted, changeEvent: (event) => (event.decision = null) }],
  changeBundle: ({ steps }) => {
    const [signature] = steps[1]?.tx?.signatures ?? [];
    if (signature !== undefined) signature[40] = (signature[40] ?? 0) ^ 1;
  },
});
check('a broken rule before a changed signature is told first', 'H9092', {
  deeds: [noted, { ...noted, changeEvent: (event) => (event.decision = null) }, noted],
  changeBundle: ({ steps }) => {
    const [signature] = steps[2]?.tx?.signatures ?? [];
    if (signature !== undefined) signature[40] = (signature[40] ?? 0) ^ 1;
  },
});
check(
  'a time that runs back',
  'H9065',
  changed({ changeEvent: (event) => (event.at = { height: 1n, time: event.at.time }) }),
);
check('a text that is not what was signed', 'H9110', {
  deeds: [noted],
  changeReadable: (readable) => (readable['class'] = 'Serum'),
});

test('the most signatures that fit into a file are checked in bounded time', () => {
  const roles: readonly Role[] = [
    'custodian',
    'declarant',
    'project-lead',
    'tester',
    'expert',
    'laboratory',
    'joint',
    'delegate',
  ];
  const events = Number(process.env['EVENTS'] ?? 400);
  const bundle = forge({
    deeds: Array.from({ length: events }, () => note(roles)),
    pack: packWith(plainPack?.bytes ?? '', roles),
  });
  const start = performance.now();
  const report = verify({ bundle, trust: null, nowMs: null, maxAgeMs: null, allowTest: false });
  const ms = Math.round(performance.now() - start);
  console.log(`# ${events} events of 8 signatures, ${bundle.length} bytes: ${ms} ms`);
  assert.equal(report.failure, null, report.failure?.message);
  assert.equal(report.verdict.signatures.checked, 8 * events + 1);
});

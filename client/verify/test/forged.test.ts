// Bundles of a made-up network, in which every signature holds: the rules behind the signatures, one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { toJson, verify, type Report } from '../src/verify.ts';
import { ITEM, ORG, START, forge, forgeMaking, note, packWith, type Deed, type Making, type Plan } from './forge.ts';
import type { Effect, Role } from '../src/records.ts';
import { json } from './vectors.ts';

const { packs } = json('packs.json') as { packs: { bytes: string; name?: string }[] };
const plainPack = packs.find((one) => one.name === 'plain') ?? packs.at(-1);
const MINUTE = 60_000n;
const ROLES: readonly Role[] = ['custodian'];
const pack = packWith(plainPack?.bytes ?? '', ROLES);

function checkMaking(what: string, code: string | null, making: Partial<Making>): void {
  test(what, () => {
    const bundle = forgeMaking({
      pack,
      inputs: [5_000_000n],
      parts: [3_000_000n, 2_000_000n],
      about: 'part',
      ...making,
    });
    const { failure } = judgedFile(bundle);
    assert.equal(failure?.code ?? null, code, failure?.message);
  });
}

const keep = process.env['KEEP_FORGED'];
let kept = 0;

/** With KEEP_FORGED a folder, each bundle is written there with its verdict, for other verifiers. */
function judged(plan: Partial<Plan>): Report {
  return judgedFile(forge({ deeds: [], pack, ...plan }));
}

function judgedFile(bundle: Uint8Array): Report {
  const report = verify({ file: bundle, trust: null, nowMs: null, maxAgeMs: null, allowTest: false });
  if (keep !== undefined) {
    writeFileSync(`${keep}/${kept}.json`, bundle);
    writeFileSync(`${keep}/${kept}.verdict`, toJson(report.verdict));
    kept += 1;
  }
  return report;
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
  changeBundle: ({ main: { steps } }) => {
    const [signature] = steps[3]?.tx?.signatures ?? [];
    if (signature !== undefined) signature[40] = (signature[40] ?? 0) ^ 1;
  },
});
check('a changed signature before a broken rule is told first', 'H9087', {
  deeds: [noted, noted, { ...noted, changeEvent: (event) => (event.decision = null) }],
  changeBundle: ({ main: { steps } }) => {
    const [signature] = steps[1]?.tx?.signatures ?? [];
    if (signature !== undefined) signature[40] = (signature[40] ?? 0) ^ 1;
  },
});
check('a broken rule before a changed signature is told first', 'H9092', {
  deeds: [noted, { ...noted, changeEvent: (event) => (event.decision = null) }, noted],
  changeBundle: ({ main: { steps } }) => {
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

const hold = (reason: string): Deed => ({
  roles: ROLES,
  operation: () => ({ is: 'place-hold', item: ITEM, reason }),
  effect: (): Effect => ({ is: 'HoldPlaced', by: [ORG], reason }),
});
check('a hold without a reason', 'H9083', { deeds: [hold(' \u3000')] });
check('a hold by whom the law does not ask', 'H9089', { deeds: [hold('x')] });
check('a use without enough on hand', 'H9090', { deeds: [{ ...use(1n), operation: use(5_000_001n).operation }] });
check('an act of a registry', 'H9086', {
  deeds: [{ ...noted, operation: () => ({ is: 'resume', grant: '77'.repeat(32) }) }],
});
check('an act of a registry that says nothing', 'H9083', {
  deeds: [{ ...noted, operation: () => ({ is: 'cancel', grant: '77'.repeat(32), reason: ' ' }) }],
});
const counted = (unit: string): Deed => {
  const one = { is: 'self-check' as const, counted: { amount: 1n, unit }, report: '55'.repeat(32) };
  return {
    roles: ROLES,
    operation: (list) => ({ is: 'note', list, note: one }),
    effect: () => ({ is: 'Noted', note: one, excursion: false }),
  };
};
check('a count in the unit of the item', null, { deeds: [counted('LTR')] });
check('a count in another unit', 'H9090', { deeds: [counted('EA')] });

const read = (from: bigint, to: bigint, min: number, max: number): Partial<Plan> => {
  const one = {
    is: 'telemetry' as const,
    kind: 'position' as const,
    root: '55'.repeat(32),
    count: 1,
    from,
    to,
    min,
    max,
  };
  return {
    deeds: [
      {
        roles: ROLES,
        operation: (list) => ({ is: 'note', list, note: one }),
        effect: () => ({ is: 'Noted', note: one, excursion: false }),
      },
    ],
  };
};
const noteTime = START + 2n * MINUTE;
check('readings of one moment and value', null, read(5n, 5n, -3, -3));
check('readings that run backwards', 'H9090', read(5n, 4n, 0, 0));
check('readings whose least is above their greatest', 'H9090', read(5n, 5n, 1, 0));
check('readings that end ten minutes after their block', null, read(5n, noteTime + 600_000n, 0, 0));
check('readings that end later', 'H9090', read(5n, noteTime + 600_001n, 0, 0));

check('items of genesis in a network that is no test', 'H9065', {
  deeds: [noted],
  header: { height: 2n, minutes: 2n, test: false },
});
const anchored = (documents: string, count: number): Partial<Plan> => ({
  deeds: [{ ...noted, operation: () => ({ is: 'anchor', documents, count }) }],
});
check('documents that are anchored', 'H9086', anchored('55'.repeat(32), 1));
check('a document of nothing', 'H9083', {
  deeds: [
    {
      ...noted,
      operation: (list) => ({
        is: 'note',
        list,
        note: { is: 'document', root: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262' },
      }),
    },
  ],
});
check('the time of the header for an event below it', 'H9065', {
  deeds: [noted, { ...noted, changeEvent: (event) => (event.at = { height: 3n, time: event.at.time + MINUTE }) }],
  header: { height: 4n, minutes: 4n },
});
check('more links than there can be', 'H9003', {
  deeds: [
    {
      ...noted,
      changeEvent: (event) => {
        event.links = Array.from({ length: 65 }, () => ({ item: ORG, count: 1n, head: ITEM }));
      },
    },
  ],
});
check('17 holds are too many', 'H9063', { deeds: Array.from({ length: 17 }, () => hold('x')) });

checkMaking('a part and the lot that it is of', null, {});
checkMaking('a lot without its parts', null, { about: 'lot' });
checkMaking('a lot with its parts', null, { about: 'lot', children: true });
checkMaking('one part of all', null, { parts: [5_000_000n] });
checkMaking('one part of less', 'H9070', { parts: [4_999_999n] });
checkMaking('a part of more than went in', 'H9070', { parts: [5_000_001n, 1n] });
checkMaking('parts that are not what went in, told by the lot', 'H9070', {
  about: 'lot',
  children: true,
  parts: [3_000_000n, 1_999_999n],
});
checkMaking('parts that are not what went in, told by a part', null, { parts: [3_000_000n, 1_999_999n] });
checkMaking('a manufacture makes other things', null, { kind: 'manufacture', parts: [7_000_000n] });
checkMaking('a link to another past of the lot', 'H9069', {
  changeChild: (event) => event.links.forEach((link) => (link.head = '99'.repeat(32))),
});
checkMaking('a link to the wrong event of the lot', 'H9060', {
  changeChild: (event) => event.links.forEach((link) => (link.count = 2n)),
});
checkMaking('a link to nothing', 'H9008', {
  changeChild: (event) => event.links.forEach((link) => (link.count = 0n)),
});
checkMaking('a lot that links its parts otherwise', 'H9069', {
  about: 'lot',
  children: true,
  changeParent: (event) => event.links.forEach((link) => (link.head = '99'.repeat(32))),
});
checkMaking('a lot that counts its parts otherwise', 'H9069', {
  about: 'lot',
  children: true,
  changeParent: (event) => event.links.forEach((link) => (link.count = 2n)),
});
checkMaking('parts in another order', 'H9069', {
  about: 'lot',
  children: true,
  changeParent: (event) => event.links.reverse(),
});
checkMaking('a lot that names fewer parts', 'H9067', {
  about: 'lot',
  changeParent: (event) => event.links.pop(),
});

const half = [5_000_000n, 5_000_000n];
const merge = { kind: 'merge' as const, inputs: half, parts: [10_000_000n] };
checkMaking('two lots that become one', null, merge);
checkMaking('a lot that became one with another', null, { ...merge, about: 'lot' });
checkMaking('a lot and what it became with another', null, { ...merge, about: 'lot', children: true });
checkMaking('a merge of one', 'H9085', { ...merge, inputs: [5_000_000n], parts: [5_000_000n] });
checkMaking('a merge into two', 'H9085', { ...merge, parts: half });
checkMaking('a merge of a lot with itself', 'H9085', {
  ...merge,
  inputs: [5_000_000n],
  changeInputs: (inputs) => inputs.push(...inputs),
});
checkMaking('a manufacture of a lot twice', 'H9085', {
  kind: 'manufacture',
  inputs: [1_000_000n],
  changeInputs: (inputs) => inputs.push(...inputs),
});
checkMaking('a split of two', 'H9085', { inputs: half, parts: [10_000_000n] });
checkMaking('a merge that leaves something', 'H9090', {
  ...merge,
  inputs: [5_000_000n, 4_000_000n],
  parts: [9_000_000n],
});
checkMaking('a split that leaves something', null, { inputs: [4_000_000n], parts: [4_000_000n] });

const GLN = 9521234000006n;
const GRANT = '88'.repeat(32);
const inherits = (what: string, code: string | null, making: Partial<Making>): void => checkMaking(what, code, making);
inherits('a part of human origin of a lot that is not', 'H9070', {
  changeChild: (event) => (event.effect.marks.hgr = true),
});
inherits('a part of a lot of human origin that is not', 'H9070', { changeLot: (lot) => (lot.marks.hgr = true) });
const ofHuman: Partial<Making> = {
  changeLot: (lot, index) => (lot.marks = { ...lot.marks, hgr: index === 1 }),
  changeChild: (event) => (event.effect.marks = { ...event.effect.marks, hgr: true }),
};
inherits('what one of two lots marks as of human origin', null, { ...merge, ...ofHuman });
inherits('a part for research of a lot for anything', 'H9070', {
  changeChild: ({ effect }) => {
    effect.marks = { ...effect.marks, researchOnly: true };
    effect.purpose = 'research';
  },
});
inherits('a part for anything of a lot for research', 'H9070', { changeLot: (lot) => (lot.marks.researchOnly = true) });
inherits('a part for research of a lot for research', null, {
  changeLot: (lot) => (lot.marks.researchOnly = true),
  changeChild: ({ effect }) => {
    effect.marks = { ...effect.marks, researchOnly: true };
    effect.purpose = 'research';
  },
});
inherits('a part at another place', 'H9070', { changeLot: (lot) => (lot.place = GLN) });
inherits('a part at a place of its own', 'H9070', { changeChild: ({ effect }) => (effect.place = GLN) });
inherits('a part at the place of its lot', null, {
  changeLot: (lot) => (lot.place = GLN),
  changeChild: ({ effect }) => (effect.place = GLN),
});
inherits('the place of the second lot', 'H9070', {
  ...merge,
  changeLot: (lot, index) => (lot.place = index === 1 ? GLN : null),
  changeChild: ({ effect }) => (effect.place = GLN),
});
inherits('the place of the first lot', null, {
  ...merge,
  changeLot: (lot, index) => (lot.place = index === 0 ? GLN : null),
  changeChild: ({ effect }) => (effect.place = GLN),
});
inherits('a part under a permit that its lot has not', 'H9070', {
  changeChild: ({ effect }) => (effect.grant = GRANT),
});
inherits('a part without the permit of its lot', 'H9070', { changeLot: (lot) => (lot.grant = GRANT) });
inherits('a part under the permit of its lot', null, {
  changeLot: (lot) => (lot.grant = GRANT),
  changeChild: ({ effect }) => (effect.grant = GRANT),
});
inherits('two lots under different permits', 'H9070', {
  ...merge,
  changeLot: (lot, index) => (lot.grant = index === 0 ? GRANT : null),
  changeChild: ({ effect }) => (effect.grant = GRANT),
});
inherits('what is manufactured under a permit', 'H9070', {
  kind: 'manufacture',
  changeLot: (lot) => (lot.grant = GRANT),
  changeChild: ({ effect }) => (effect.grant = GRANT),
});
inherits('what is manufactured out of a lot under a permit', null, {
  kind: 'manufacture',
  changeLot: (lot) => (lot.grant = GRANT),
});
const OTHER_LOT = { is: 'Lot' as const, gtin: 9521234543213n, lot: 'OTHER' };
inherits('a part under another code', 'H9070', { changeEntry: (entry) => (entry.code = OTHER_LOT) });
inherits('what is manufactured under another code', null, {
  kind: 'manufacture',
  changeEntry: (entry) => (entry.code = OTHER_LOT),
});
inherits('a part of which not all parents are here', null, {
  ...merge,
  about: 'lot',
  children: true,
  changeChild: ({ effect }) => (effect.place = GLN),
});
test('a child that takes not after the item is named', () => {
  const bundle = forgeMaking({
    pack,
    inputs: [5_000_000n],
    parts: [3_000_000n, 2_000_000n],
    about: 'lot',
    children: true,
    changeChild: ({ effect }) => (effect.place = GLN),
  });
  const { failure } = judgedFile(bundle);
  assert.equal(failure?.code, 'H9070');
  assert.equal(failure?.event, 1n);
  assert.match(failure?.item ?? '', /^[0-9a-f]{64}$/);
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
  const report = verify({ file: bundle, trust: null, nowMs: null, maxAgeMs: null, allowTest: false });
  const ms = Math.round(performance.now() - start);
  console.log(`# ${events} events of 8 signatures, ${bundle.length} bytes: ${ms} ms`);
  assert.equal(report.failure, null, report.failure?.message);
  assert.equal(report.verdict.signatures.checked, 8 * events + 1);
});

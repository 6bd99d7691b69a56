// Feeds, absence and anchors as files of their own (feed.md, absence.md; bundle.md, "Anchor file").
import { ZERO_HASH, encode, fromHex, type Hash } from './bytes.ts';
import { anchorShape, readAnchor } from './anchor.ts';
import { hash, struct, u64, union } from './codec.ts';
import { blankCommon, judgeAnchor, stand, type Common, type Context, type Finding, type Progress } from './family.ts';
import { codeText, itemCode } from './gs1.ts';
import { hashOf, listOf as merkleList, taggedHex } from './hash.ts';
import { bytes, hex, listOf, nullable, object, text, u64 as jsonU64 } from './json.ts';
import type { Notice } from './notices.ts';
import { LIMITS, read, readJson } from './reading.ts';
import * as rec from './records.ts';
import { refuse } from './refusal.ts';
import { rejection } from './rejection.ts';
import { leafOf, positionOf, provesAbsence, provesPresence } from './tree.ts';
import type { Trust } from './trust.ts';

export interface AnchorVerdict extends Common {
  schema: 'hufu.anchor-verdict/1';
  block: Hash | null;
}

export interface AbsenceVerdict extends Common {
  schema: 'hufu.absence-verdict/1';
  code: string | null;
}

export interface FeedVerdict extends Common {
  schema: 'hufu.feed-verdict/1';
  org: Hash | null;
  org_name: string | null;
  from: bigint | null;
  to: bigint | null;
  links: number;
  entries: number;
  events: number;
}

const anchorFile = object({ schema: text, anchor: anchorShape });

export function blankAnchor(given: Trust | null): AnchorVerdict {
  return { schema: 'hufu.anchor-verdict/1', block: null, ...blankCommon(given) };
}

export function* judgeAnchorFile(
  source: string,
  context: Context,
  verdict: AnchorVerdict,
  finding: Finding,
): Generator<Progress, void> {
  const anchor = readAnchor(readJson(source, anchorFile, 'hufu.anchor/1').anchor);
  yield { done: 0, all: 0 };
  const certified = judgeAnchor(anchor, context, verdict);
  verdict.block = certified.block;
  stand(certified, context, verdict, finding, []);
}

const absenceFile = object({ schema: text, anchor: anchorShape, code: bytes, proof: bytes });

export function blankAbsence(given: Trust | null): AbsenceVerdict {
  return { schema: 'hufu.absence-verdict/1', code: null, ...blankCommon(given) };
}

export function* judgeAbsence(
  source: string,
  context: Context,
  verdict: AbsenceVerdict,
  finding: Finding,
): Generator<Progress, void> {
  const raw = readJson(source, absenceFile, 'hufu.absence/1');
  const anchor = readAnchor(raw.anchor);
  const code = read(itemCode, raw.code, LIMITS.code, 'the code');
  const proof = read(rec.stateProof, raw.proof, LIMITS.stateProof, 'the proof');
  yield { done: 0, all: 0 };
  const certified = judgeAnchor(anchor, context, verdict);
  const { height, state } = certified.header;
  if (!provesAbsence(positionOf('code', taggedHex('code', raw.code)), proof, state)) {
    refuse('H9040', 'prove that the code is absent');
  }
  verdict.code = codeText(code);
  stand(certified, context, verdict, finding, [{ id: 'absence-covers', height }, { id: 'absence-covers-not' }]);
}

const LINKS_MOST = 20_000;
const ENTRIES_MOST = 65_536;
const LATER_MOST = 200_000;
const U64_MOST = 0xffff_ffff_ffff_ffffn;

const feedFile = object({
  schema: text,
  anchor: anchorShape,
  org: bytes,
  org_proof: bytes,
  feed: nullable(bytes),
  feed_proof: bytes,
  from: jsonU64,
  to: jsonU64,
  before: nullable(object({ count: jsonU64, head: hex, height: jsonU64, root: hex })),
  links: listOf(
    object({ height: jsonU64, entries: listOf(object({ entry: bytes, event: nullable(bytes) }), ENTRIES_MOST) }),
    LINKS_MOST,
  ),
  later: listOf(object({ height: jsonU64, root: hex }), LATER_MOST),
});

const feedRecord = struct({ count: u64, head: hash, height: u64 });
const feedEntry = union({
  event: [0, { item: hash, n: u64, hash }],
  done: [1, { tx: hash }],
  refused: [2, { tx: hash, why: rejection }],
  alert: [3, { alert: hash, times: u64 }],
});

interface FeedEntry {
  hash: Hash;
  names: { item: Hash; n: bigint; hash: Hash } | null;
  event: { value: rec.Event; hash: Hash } | null;
}

interface Feed {
  from: bigint;
  to: bigint;
  before: { count: bigint; head: Hash; height: bigint; root: Hash } | null;
  links: { height: bigint; entries: FeedEntry[] }[];
  later: { height: bigint; root: Hash }[];
  record: { count: bigint; head: Hash; height: bigint } | null;
}

function readEntry(raw: { entry: Uint8Array; event: Uint8Array | null }): FeedEntry {
  const entry = read(feedEntry, raw.entry, LIMITS.entry, 'an entry of the feed');
  return {
    hash: taggedHex('feed-leaf', raw.entry),
    names: entry.is === 'event' ? entry : null,
    event:
      raw.event === null
        ? null
        : { value: read(rec.event, raw.event, LIMITS.event, 'an event'), hash: taggedHex('event', raw.event) },
  };
}

function checkHeights({ from, to, before, links, later }: Feed, last: bigint): void {
  const ascends = (heights: readonly { height: bigint }[]): boolean =>
    heights.every(({ height }, i) => i === 0 || height > (heights[i - 1]?.height ?? height));
  const holds =
    from <= to &&
    to <= last &&
    (before === null || before.height < from) &&
    ascends(links) &&
    links.every(({ height }) => height >= from && height <= to) &&
    ascends(later) &&
    later.every(({ height }) => height > to);
  if (!holds) refuse('H9132', 'take the heights of the feed');
}

function checkChain(org: Hash, { before, links, later, record }: Feed): void {
  const fail = (): never => refuse('H9130', 'arrive at the certified head by the links of the feed');
  const all = [
    ...(before === null ? [] : [before]),
    ...links.map(({ height, entries }) => ({ height, root: merkleList(entries.map((one) => one.hash)) })),
    ...later,
  ];
  if (record === null) {
    if (all.length > 0) fail();
    return;
  }
  if (before !== null && before.count < 1n) fail();
  let count = before === null ? 0n : before.count - 1n;
  let head = before?.head ?? ZERO_HASH;
  let height = 0n;
  for (const link of all) {
    count += 1n;
    if (count > U64_MOST) fail();
    height = link.height;
    const parts = [fromHex(org), encode(u64, count), fromHex(head), encode(u64, height), fromHex(link.root)];
    head = taggedHex('feed-head', ...parts);
  }
  if (count !== record.count || head !== record.head || height !== record.height) fail();
}

function checkEvents({ links }: Feed): void {
  for (const { height, entries } of links) {
    for (const { names, event } of entries) {
      const fits =
        names === null || event === null
          ? names === null && event === null
          : event.hash === names.hash && event.value.item === names.item && event.value.n === names.n;
      if (!fits) refuse('H9131', `match an event with its entry at height ${height}`);
    }
  }
}

export function blankFeed(given: Trust | null): FeedVerdict {
  return {
    schema: 'hufu.feed-verdict/1',
    org: null,
    org_name: null,
    from: null,
    to: null,
    links: 0,
    entries: 0,
    events: 0,
    ...blankCommon(given),
  };
}

export function* judgeFeed(
  source: string,
  context: Context,
  verdict: FeedVerdict,
  finding: Finding,
): Generator<Progress, void> {
  const raw = readJson(source, feedFile, 'hufu.feed/1');
  const anchor = readAnchor(raw.anchor);
  const org = read(rec.orgRecord, raw.org, LIMITS.record, 'the organisation');
  const record = raw.feed === null ? null : read(feedRecord, raw.feed, LIMITS.record, 'the feed');
  const orgProof = read(rec.stateProof, raw.org_proof, LIMITS.stateProof, 'the proof of the organisation');
  const feedProof = read(rec.stateProof, raw.feed_proof, LIMITS.stateProof, 'the proof of the feed');
  const links = raw.links.map(({ height, entries }) => ({ height, entries: entries.map(readEntry) }));
  const { from, to, before, later } = raw;
  const feed: Feed = { from, to, before, links, later, record };
  yield { done: 0, all: 0 };
  const certified = judgeAnchor(anchor, context, verdict);
  const { state, height } = certified.header;
  const id = hashOf('org-id', rec.orgIdentifier, org.identifier);
  const feedStands =
    raw.feed === null
      ? provesAbsence(positionOf('feed', id), feedProof, state)
      : provesPresence(leafOf('feed', id, raw.feed), feedProof, state);
  if (!provesPresence(leafOf('org', id, raw.org), orgProof, state) || !feedStands) {
    refuse('H9040', 'prove the organisation and its feed');
  }
  Object.assign(verdict, { org: id, org_name: org.name });
  checkHeights(feed, height);
  yield { done: 0, all: 0 };
  checkChain(id, feed);
  checkEvents(feed);
  const entries = links.flatMap((link) => link.entries);
  Object.assign(verdict, { from, to, links: links.length, entries: entries.length });
  verdict.events = entries.filter((one) => one.event !== null).length;
  const notices: Notice[] = record === null ? [{ id: 'feed-empty' }] : [];
  notices.push({ id: 'feed-covers', from, to }, { id: 'feed-covers-not' });
  stand(certified, context, verdict, finding, notices);
}

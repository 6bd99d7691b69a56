// English.
import type { Notice } from './notices.ts';
import type { Closed } from './openings.ts';
import type { StandingNotice } from './set.ts';
import type { Words } from './words.ts';

const FAILURES: Readonly<Record<string, string>> = {
  H9000: 'The verifier met an error of its own.',
  H9001: 'The file is larger than an evidence file may be.',
  H9002: 'The file is not JSON, or its compression is broken.',
  H9003: 'The JSON is not that of such a file: a part is missing, repeated, unknown or of another type.',
  H9004: 'The file is of another kind or version.',
  H9005: 'A signed part of the file cannot be read.',
  H9006: 'A list in the file is out of order.',
  H9007: 'A record that is needed is missing.',
  H9008: 'The file holds a record that nothing in it names.',
  H9020: 'The block header is of an unknown version.',
  H9021: 'The certificate is not that of the block header.',
  H9022: 'The set of validators is not the one that the block header names.',
  H9023: 'Someone signed the certificate who is not among the validators.',
  H9024: 'A signature of the certificate does not hold.',
  H9025: 'Too few validators signed the certificate.',
  H9026: 'The file does not begin with the validators of your trust file.',
  H9027: 'The chain of validator sets is broken.',
  H9028: 'File and trust file do not agree on whether this is a test network.',
  H9029: 'The file comes from the future of this computer’s clock.',
  H9030: 'The block is not the one that your trust file starts at, or not in the history that it holds.',
  H9031: 'The signature of a witness does not hold.',
  H9040: 'A record in the file is not the one that the agencies certified.',
  H9046: 'A certified record does not fit the item.',
  H9060: 'The history is incomplete: an event is missing.',
  H9061: 'An event is not at its place in the history.',
  H9062: 'An event is of another item.',
  H9063: 'An event does not follow from what went before it.',
  H9064: 'The events do not lead to the certified record.',
  H9065: 'The time of an event contradicts the others.',
  H9066: 'The quantities of the item do not balance.',
  H9067: 'The links of an event to other items are not what the act makes.',
  H9068: 'Two events claim one cause.',
  H9069: 'The histories of two items contradict each other where one links the other.',
  H9070: 'What was made is not what went in.',
  H9080: 'The transaction of an event is missing, or there is one too many.',
  H9081: 'A transaction was changed after it was signed, or is not the one of its event.',
  H9082: 'A transaction is of another network.',
  H9083: 'The signers of a transaction are malformed, or signatures are missing.',
  H9084: 'A transaction was not valid at the time of its event.',
  H9085: 'The item is not in the list that was signed.',
  H9086: 'A transaction is about another item.',
  H9087: 'A signature of a transaction does not hold.',
  H9088: 'A key signed that could not sign at that time, or not in that role.',
  H9089: 'An act was signed by others than the law of the network asks for.',
  H9090: 'The item did not allow this act.',
  H9091: 'What an event states is not what follows from the act.',
  H9092: 'The decision of an event is missing or is not the one that the law of the network gives.',
  H9110: 'The readable text of the file is not what was signed.',
  H9111: 'An opened private field is not the one that was committed to.',
  H9112: 'An opened name is not the one that was committed to.',
  H9130: 'The links of the feed do not lead to its certified head: one is missing, added or exchanged.',
  H9131: 'An event in the feed is not the one that its entry names.',
  H9132: 'The heights of the feed are out of order or beyond what it covers.',
  H9140: 'The two messages or certificates do not contradict each other, or were not signed so.',
  H9141: 'The key that signed twice is no agency’s of the stated set.',
  H9200: 'The text is longer than a card may be.',
  H9201: 'The text is not that of a card: a character is wrong, missing or too many.',
  H9202: 'The card cannot be read.',
  H9203: 'The units on the card are not those around the item.',
  H9204: 'The organisation on the card is not the one that holds the item.',
  H9190: 'The trust file is too large.',
  H9191: 'The trust file has not the shape of one.',
  H9192: 'The trust file is of another kind or version.',
  H9193: 'A part of the trust file cannot be used.',
  H9194: 'The fingerprint of the trust file is not that of its content.',
};

function plural(count: number | bigint, one: string, many: string): string {
  return `${count} ${BigInt(count) === 1n ? one : many}`;
}

function closedText({ event, count, closed }: Closed): string {
  return closed === null
    ? `the private fields of event ${event}`
    : `${closed} of ${count} private fields of event ${event}`;
}

function notice(one: Notice): string {
  switch (one.id) {
    case 'test-network':
      return 'this is a test network: nothing in it is real';
    case 'no-trust-root':
      return 'no trust root of this network was given: anyone can make such a network';
    case 'before-start':
      return `this is from before your trust file starts (height ${one.start}), and the file does not show that the network has it in its history`;
    case 'witnesses-missing':
      return `${one.signed} of the witnesses of your trust file signed; it asks for ${one.needed}`;
    case 'trust-expired':
      return `your trust file starts at height ${one.start} and leads further for ${plural(one.days, 'day', 'days')} only: they are over`;
    case 'code-shared':
      return `${one.count} registrations carry this code; this is one of them`;
    case 'derived':
      return `made out of ${plural(one.count, 'other item', 'other items')}`;
    case 'origin-held':
      return `made out of ${one.code} (${one.item}), which is held since its event ${one.event}: ${one.reason}`;
    case 'packed-in':
      return `packed in unit ${one.unit}: who holds the outermost unit holds this item`;
    case 'unit-held':
      return `packed in unit ${one.code} (${one.item}), which is held since its event ${one.event}: ${one.reason}`;
    case 'unit-offered':
      return `packed in unit ${one.code} (${one.item}), of which an offer waits for its answer until ${one.until}`;
    default:
      return laterNotice(one);
  }
}

type Later = Exclude<
  Notice,
  { id: StandingNotice['id'] | 'code-shared' | 'derived' | 'origin-held' | 'packed-in' | 'unit-held' | 'unit-offered' }
>;

function laterNotice(one: Later): string {
  switch (one.id) {
    case 'research-only':
      return 'for research only';
    case 'held':
      return `held since event ${one.event}: ${one.reason}`;
    case 'offer-pending':
      return `an offer waits for its answer until ${one.until}`;
    case 'recovered-key':
      return `key ${one.key} was given to its agency by a vote of the others`;
    case 'key-compromised':
      return `key ${one.key} was reported compromised at height ${one.height}`;
    case 'fields-closed':
      return `closed: ${one.closed.map(closedText).join(', ')}`;
    case 'covers':
      return `covers every recorded event of this registration up to height ${one.height}`;
    case 'covers-not':
      return 'does not cover refused attempts, other registrations, or whether the thing at hand is this item';
    case 'absence-covers':
      return `covers every registration in this network up to height ${one.height}: none carries this code`;
    case 'absence-covers-not':
      return 'does not cover other networks, other codes, or what was registered later';
    case 'feed-empty':
      return 'nothing has ever touched this organisation';
    case 'feed-covers':
      return `covers everything that touched this organisation from height ${one.from} to height ${one.to}`;
    case 'feed-covers-not':
      return 'does not cover what happened to items in the hands of others, or that a banned party is watched';
    case 'card-covers':
      return `covers who held this item at height ${one.height}, its state, its quantities, its holds, and how many events it has`;
    case 'card-covers-not':
      return 'does not cover the events themselves, what happened later, or whether the thing at hand is this item: ask for the bundle';
    case 'seats-unrooted':
      return 'your trust file does not lead to the agencies whose keys signed: anyone can make such keys';
    case 'evidence-covers':
      return `shows what was signed at height ${one.height}, and by whom; not why`;
  }
}

export const en: Words = {
  tag: 'en',
  name: 'English',
  title: 'Verification of custody evidence',
  subtitle: 'Hufu · permissioned custody ledger for biological items',
  verdicts: {
    valid: {
      word: 'Valid',
      says: 'Everything in this file was signed as it says, and certified by the agencies of the network you trust.',
    },
    stale: {
      word: 'Out of date',
      says: 'Everything in this file holds, but it is older than you ask for, or your trust file is.',
    },
    untrusted: {
      word: 'Not trusted',
      says: 'The file agrees with itself, but it does not follow from what you trust.',
    },
    invalid: { word: 'Invalid', says: 'This file proves nothing. Do not rely on any part of it.' },
    unusable: {
      word: 'Trust file not usable',
      says: 'The evidence was not judged, because the trust file cannot be used.',
    },
  },
  evidenceSays: {
    valid: 'Agencies of the network you trust signed what nobody may sign: the rules of consensus were broken.',
    untrusted: 'What is shown here was signed, but it does not follow from what you trust that agencies signed it.',
  },
  advice: {
    stale: 'Ask the holder for a newer file.',
    expired:
      'Get a trust file that starts later from an agency you know, or lead your own on (hufu trust advance), compare its fingerprint, and verify again with it.',
    start:
      'Ask the holder to refresh the file (hufu bundle refresh): any node gives the path from this block into the history that your trust file holds.',
    witnesses: 'Ask the holder for a file that more of your witnesses have signed (hufu witness attach).',
    seats: 'Verify with a trust file that names these agencies, or one that starts before they signed.',
    untrusted:
      'Get the trust file of the network from an agency you know, compare its fingerprint with them by telephone or on paper, and verify again with it.',
    'untrusted-test': 'This is a test network. If you meant to look at a test, tick “accept a test network”.',
    file: 'The file may have been damaged on its way or is not an evidence file. Get it again from whoever sent it.',
    chain:
      'Check that the trust file is that of this network. If it is, the evidence was forged or damaged: ask an agency of the network.',
    clock: 'Check date and time of this computer, then verify again.',
    content:
      'The file was altered, damaged or made up. Keep it as it is, and report code and file to an agency of the network.',
    readable:
      'What the file tells people is not what was signed. Treat it as a forgery and report it to an agency of the network.',
    trust: 'Get the trust file again from an agency you know, and compare its fingerprint with them.',
  },
  failure: (code, event) =>
    `${FAILURES[code] ?? 'The file does not hold.'}${event === null ? '' : ` (event ${event})`}`,
  notice,
  form: {
    drop: 'Drop the evidence file here',
    dropHint: 'and the trust file with it, or paste the text of a card. Nothing leaves this computer.',
    card: 'text of a card',
    evidence: 'Evidence file',
    trust: 'Trust file',
    choose: 'Choose …',
    none: 'none chosen',
    maxAge: 'Maximum age',
    hours: 'hours',
    anyAge: 'any',
    allowTest: 'Accept a test network',
    verify: 'Verify',
    again: 'Verify another file',
    print: 'Print',
    language: 'Language',
    unsupported: 'The maximum age must be a number of hours.',
    tooLarge: 'This file is larger than an evidence file may be. It was not read.',
    unreadable: 'This file could not be read.',
    noTrust: 'Without a trust file the verdict cannot be better than “not trusted”.',
  },
  progress: {
    reading: 'Reading the file …',
    chain: 'Checking certificates and records …',
    events: (done, all) => `Checking event ${done} of ${all} …`,
  },
  labels: {
    code: 'Code',
    event: 'Event',
    asOf: 'As of',
    certifiedBy: 'Certified by',
    trustRoot: 'Trust root',
    trustStart: 'Your trust starts at',
    genesis: 'the genesis of the network',
    witnessedBy: 'Witnessed by',
    noHolder: 'unknown: a unit around it is not in this file',
    inUnit: 'in unit',
    others: 'Other items',
    othersNote: 'Their histories are in this file as far as they concern the item, and checked with it.',
    origins: 'What the item was made of',
    units: 'Units that it was packed in',
    children: 'What was made of it',
    feed: 'The organisation',
    feedNote: 'Everything that touched it in these heights, and nothing left out.',
    organisation: 'Organisation',
    orgId: 'Identity',
    heights: 'Heights, both included',
    links: 'Blocks that touched it',
    entries: 'Entries in them',
    eventsOfItems: 'Events of items among those',
    absence: 'The code that is not there',
    evidenceOf: 'What the evidence proves',
    height: 'Signed at height',
    round: 'In round',
    accused: 'Accused',
    nobody: 'nobody can be named by these two certificates',
    card: 'The card',
    cardNote:
      'What the agencies certified of the item at the stated height. Its events are in the evidence file, not on a card.',
    eventsCounted: 'Events until then',
    head: 'Head of the events',
    notOnCard: 'its name is not on the card',
    anchor: 'The block',
    anchorNote: 'An anchor by itself: a certified block, with the signatures of witnesses where there are any.',
    block: 'Identity of the block',
    network: 'Network',
    testNetwork: 'Test network',
    item: 'Item',
    itemId: 'Registration',
    class: 'Class',
    category: 'Category',
    grade: 'Risk grade',
    hs: 'Tariff codes',
    registrant: 'Registered by',
    custodian: 'Held by',
    state: 'State',
    purpose: 'Purpose',
    place: 'Place (GLN)',
    quarantined: 'In quarantine',
    grant: 'Permit',
    unit: 'Packed in unit',
    inside: 'Inside this unit',
    excursions: 'Temperature excursions',
    holds: 'Holds',
    offer: 'Pending offer',
    marks: 'Marks',
    hgr: 'human genetic resource',
    researchOnly: 'research only',
    registrations: 'Registrations of this code',
    signatures: 'Signatures checked',
    quantities: 'Quantities',
    registered: 'Registered',
    onHand: 'On hand',
    used: 'Used',
    derived: 'Derived',
    wasted: 'Wasted',
    lost: 'Lost',
    disposed: 'Disposed of',
    otherTrust: 'Your trust file is of another network and was not used:',
    claimed: 'This is the item that the file is about. What the file says of it does not hold.',
    machine: 'Verdict for machines',
    old: 'old when verified',
    custody: 'Chain of custody',
    custodyNote:
      'Who held the item, in which units, and from when to when. Who holds the outermost unit holds the item.',
    events: 'Recorded events',
    eventsNote: 'All events of this registration, each with its decision.',
    time: 'Time',
    kind: 'Event',
    actors: 'Signed by',
    to: 'To',
    details: 'Details',
    decision: 'Decision',
    fields: 'Private fields',
    opened: 'Opened by the holder',
    closed: 'Closed',
    nothingPrivate: 'No event of this item has private fields.',
    persons: 'Names of signers',
    person: 'Name',
    key: 'Key',
    notices: 'Please note',
    noNotices: 'Nothing to note.',
    cannotKnow: 'What offline verification cannot know',
    identity: 'The item',
    certification: 'The certificate',
    yes: 'yes',
    no: 'no',
    unknown: 'unknown',
    fileHash: 'SHA-256 of the file',
    message: 'In detail',
    field: 'Field',
    value: 'Value',
    notProved: 'not proved',
    now: 'as of the stated height',
    decisionUnder: 'Decision',
    verdictFor: 'Evidence file',
    quantity: 'Quantity',
  },
  limits: [
    'Whether the thing at hand is this item. Compare label, seal and content with what stands above.',
    'What was attempted and refused. Refusals are recorded in the ledger, but not in the history of an item.',
    'What happened after the stated height and time. Ask for a newer file if that matters.',
    'What happened to other items beyond what is told of them here, and registrations that share the code.',
    'Permits, quotas, lists, premises and bans on which decisions rest: the agencies’ certificate alone vouches for these.',
  ],
  kinds: {
    registered: 'Registered',
    declared: 'Declared',
    inspected: 'Inspected',
    released: 'Released',
    offered: 'Offered',
    moved: 'Handed over',
    'offer-refused': 'Offer refused',
    'offer-withdrawn': 'Offer withdrawn',
    used: 'Used',
    disposed: 'Disposed of',
    'hold-placed': 'Hold placed',
    'hold-lifted': 'Hold lifted',
    assigned: 'Permit assigned',
    arrived: 'Arrived at port',
    'inspection-ordered': 'Inspection ordered',
    tested: 'Tested',
    returned: 'Returned',
    destroyed: 'Destroyed',
    exited: 'Exited',
    stored: 'Stored',
    wasted: 'Wasted',
    lost: 'Lost',
    corrected: 'Corrected',
    noted: 'Noted',
    derived: 'Derived',
    packed: 'Packed',
    unpacked: 'Unpacked',
    filled: 'Content changed',
    reported: 'Final use reported',
    departed: 'Departed to another network',
    landed: 'Landed from another network',
  },
  states: {
    registered: 'registered',
    declared: 'declared',
    'test-pending': 'test pending',
    inspected: 'inspected',
    failed: 'failed inspection',
    released: 'released',
    consumed: 'consumed',
    disposed: 'disposed of',
    permitted: 'permitted',
    'declaration-exempt': 'exempt from declaration',
    'at-port': 'at port',
    inspecting: 'under inspection',
    'inspection-exempt': 'exempt from inspection',
    'in-transit': 'in transit',
    stored: 'stored',
    'in-use': 'in use',
    waste: 'waste',
    'waste-in-transit': 'waste in transit',
    exited: 'exited',
    'received-abroad': 'received abroad',
    'final-use-reported': 'final use reported',
    derived: 'derived',
    returned: 'returned',
    destroyed: 'destroyed',
    lost: 'lost',
    departed: 'departed to another network',
  },
  terms: {
    unstated: 'unstated',
    research: 'research',
    production: 'production',
    medical: 'medical',
    testing: 'testing',
    sale: 'sale',
    disposal: 'disposal',
    'micro-organism': 'micro-organism',
    'human-tissue': 'human tissue',
    'biological-product': 'biological product',
    blood: 'blood',
    holder: 'holder',
    carrier: 'carrier',
    disposer: 'disposer',
    partner: 'partner',
    split: 'split',
    merge: 'merge',
    manufacture: 'manufacture',
    passed: 'passed',
    'test-pending': 'test pending',
    failed: 'failed',
    exempt: 'exempt',
    yes: 'yes',
    temperature: 'temperature',
    position: 'position',
    'self-check': 'self-check',
    telemetry: 'telemetry',
    expert: 'expert report',
    document: 'document',
    used: 'used',
    wasted: 'wasted',
    lost: 'lost',
  },
  values: {
    network: 'other network',
    item: 'item there',
    head: 'chain of events there',
    custodian: 'custodian',
    previous: 'earlier registration',
    purpose: 'purpose',
    hgr: 'human genetic resource',
    research_only: 'research only',
    origin: 'made by',
    place: 'place',
    grant: 'permit',
    exempt: 'exempt',
    video: 'video',
    expires: 'expires',
    premises: 'premises',
    from: 'from',
    as: 'as',
    by: 'by',
    placed: 'placed at event',
    port: 'port',
    laboratory: 'laboratory',
    report: 'report',
    quarantine: 'quarantine',
    theft: 'theft',
    event: 'event',
    bucket: 'bucket',
    counted: 'counted',
    kind: 'kind',
    root: 'root',
    count: 'count',
    to: 'to',
    min: 'least',
    max: 'greatest',
    excursion: 'excursion',
    unit: 'unit',
    level: 'level',
    items: 'items',
    held: 'held',
    used: 'used',
    disposed: 'disposed of',
    last: 'last report',
  },
  held: (from, to) => (to === null ? `from ${from}` : `${from} to ${to}`),
  more: (left) => `Show more (${left} are checked but not shown)`,
  event: (n) => `Event ${n}`,
  height: (height) => `height ${height}`,
  openEvents: (open, all) =>
    String(open) === all
      ? `All ${plural(open, 'event', 'events')}`
      : `${open} of ${all} events; the later ones do not concern the item`,
  absentUpTo: (height) => `Up to height ${height} nobody registered this code in this network.`,
  witnesses: (signed, needed, named) => `${signed} of ${named} witnesses of your trust file; ${needed} needed`,
  proves: {
    'double-sign': 'One key signed two messages that contradict each other.',
    'two-certificates':
      'Two blocks were certified at one height and in one round. Whoever signed both broke the rules.',
    'more-than-f':
      'Two blocks were certified at one height, in different rounds: more than a third of the agencies broke the rules.',
  },
};

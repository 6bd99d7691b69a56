//! Every bound of what is hashed or signed. Each is tested at its value and one above.

/// Signers of one transaction.
pub const MAX_SIGNERS: usize = 8;
/// Alternatives of signers for one act of a policy pack.
pub const MAX_SIGNER_SETS: usize = 4;
/// Bytes of a policy pack: every bundle carries one.
pub const MAX_PACK_BYTES: usize = 6 * 1024;
/// Entries of one operation over many items.
pub const MAX_ENTRIES: usize = 1_000;
/// Bytes of one signed transaction.
pub const MAX_TX_BYTES: usize = 256 * 1024;
/// Transactions of one block.
pub const MAX_BLOCK_TXS: usize = 10_000;
/// Bytes of one block; the engine moves blocks beyond this badly.
pub const MAX_BLOCK_BYTES: usize = 1024 * 1024;
/// Bytes of a block that are kept for all but its transactions: header, evidence, carried certificate, lengths.
pub const BLOCK_OVERHEAD: usize = 32 * 1024;
/// Least room of a network's blocks: the longest transaction fits, whatever else the block holds.
pub const MIN_BLOCK_BYTES: usize = MAX_TX_BYTES + BLOCK_OVERHEAD;
/// Bytes of a genesis.
pub const MAX_GENESIS_BYTES: usize = 128 * 1024 * 1024;
/// Validators of one network.
pub const MAX_VALIDATORS: usize = 16;
/// Holds on one item at a time.
pub const MAX_HOLDS: usize = 16;
/// HS assertions of one class.
pub const MAX_HS_PER_CLASS: usize = 16;
/// Evidence in one block.
pub const MAX_EVIDENCE: usize = 32;
/// Links of one event to other items.
pub const MAX_LINKS: usize = 64;
/// Longest life of a transaction in milliseconds: 24 hours of block time.
pub const MAX_EXPIRY_MS: u64 = 24 * 3_600_000;
/// Longest life of a transaction that is bound to a custody sequence: 72 hours.
pub const MAX_CUSTODY_EXPIRY_MS: u64 = 72 * 3_600_000;
/// Private fields under one root.
pub const MAX_FIELDS: usize = 64;
/// Bytes of a private field's value.
pub const MAX_FIELD_BYTES: usize = 4 * 1024;
/// Items that go into one derivation.
pub const MAX_INPUTS: usize = 32;
/// Organisations of which one demand asks.
pub const MAX_DEBTORS: usize = 4;
/// Ports of one application.
pub const MAX_PORTS: usize = 8;
/// Grants that one application draws on or rests on.
pub const MAX_RESTS_ON: usize = 4;
/// Keys that the ban of one person ends.
pub const MAX_BANNED_KEYS: usize = 8;
/// Changes of one motion.
pub const MAX_CHANGES: usize = 8;
/// Approvals of one proposal.
pub const MAX_APPROVALS: usize = 32;
/// Records that one decision names as its grounds.
pub const MAX_GROUNDS: usize = 24;
/// Levels of units within units.
pub const MAX_DEPTH: usize = 4;
/// Items in one unit.
pub const MAX_IN_UNIT: u32 = 10_000;
/// By how much the clock of a test network advances at once: 366 days.
pub const MAX_ADVANCE_MS: u64 = 366 * 24 * 3_600_000;
/// What becomes due is handled in one block.
pub const MAX_DUES: usize = 256;
/// Grants of an organisation that one step of a cascade handles.
pub const CASCADE_STEP: usize = 16;
/// Longest streak of years that a condition asks for.
pub const MAX_STREAK: u8 = 10;
/// Events of an item behind which acts that change neither its custody nor its state nor what is on hand are refused: a
/// verifier takes 20,000 events in one file, and whoever holds an item must not be able to make it unprovable.
pub const MAX_IDLE_EVENTS: u64 = 10_000;
/// Events of an item behind which its holders do nothing more with it but end it.
pub const MAX_ITEM_EVENTS: u64 = 19_000;
/// By how much the clock of an instrument may be ahead of a block's: as much as that of a node, at most.
pub const MAX_READING_AHEAD_MS: u64 = 600_000;
/// Shares of one item.
pub const MAX_SHARES: usize = 16;
/// By how much the end of a share may lie ahead: 366 days.
pub const MAX_SHARE_MS: u64 = 366 * 24 * 3_600_000;
/// Changes of the seats of the other network between the block from which on it is known here and a passage.
pub const MAX_PASSAGE_CHAIN: usize = 8;
/// Bytes of a passage.
pub const MAX_PASSAGE_BYTES: usize = 64 * 1024;

//! Every bound of this crate. Each is checked where its name says; `docs/formats/access.md` has them as a table.

use ledger::bounds::MAX_TX_BYTES;
use std::time::Duration;

/// Largest request on either protocol: a transaction, or a piece of a document, with what stands around it.
pub const MAX_REQUEST_BYTES: usize = MAX_TX_BYTES + 8 * 1024;
/// Largest response on `access`.
pub const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;
/// Largest response on `documents`.
pub const MAX_DOCUMENT_RESPONSE_BYTES: usize = MAX_PIECE_BYTES + 8 * 1024;
/// Longest time that a request for a head may wait; longer ones wait so long.
pub const MAX_WAIT: Duration = Duration::from_millis(10_000);
/// Time for an answer, beside what the request wants to wait.
pub const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Requests of one connection at a time, on both protocols together.
pub const MAX_REQUESTS_OF_CONNECTION: usize = 8;
/// Streams that the other end of a connection has open at a time: twice as many as requests, so that what is too much can
/// be told so, and two for pings.
pub const MAX_STREAMS_OF_CONNECTION: usize = 2 * MAX_REQUESTS_OF_CONNECTION + 2;
/// Bytes of requests being read at a time, each as long as it announces to be; beyond it one waits for its turn, and both
/// end after [`ANSWER_TIME`].
pub const MAX_READING: usize = 256 * 1024 * 1024;
/// Requests of one organisation at a time.
pub const MAX_REQUESTS_OF_ORG: usize = 16;
/// Requests of one connection at a time that wait for a newer head.
pub const MAX_POLLS_OF_CONNECTION: usize = 1;
/// Bytes of answers that one organisation has not taken yet; beyond it the next request is busy.
pub const MAX_UNTAKEN_OF_ORG: usize = 16 * 1024 * 1024;
/// Bytes of answers that nobody has taken yet.
pub const MAX_UNTAKEN: usize = 256 * 1024 * 1024;
/// Answers being made at a time.
pub const MAX_ANSWERING: usize = 8;
/// Requests that wait for one of those places; beyond it a request is busy.
pub const MAX_WAITING: usize = 64;
/// Connections of one peer.
pub const MAX_CONNECTIONS_OF_PEER: u32 = 2;
/// Connections in all.
pub const MAX_CONNECTIONS: u32 = 2_048;
/// Connections of others in the middle of their handshake; beyond it the oldest of the origin with most of them gives way.
pub const MAX_HANDSHAKES: usize = 128;
/// Time for a connection to be made and for its handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(3);
/// How often the other end of a connection is asked whether it is there, and how long it may take to say so.
pub const PING: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));
/// Nodes of one organisation that are let in: the earliest.
pub const MAX_ACCESS_NODES_OF_ORG: usize = 8;
/// Nodes that are let in.
pub const MAX_GUESTS: usize = 4_096;
/// Agencies' nodes that a member keeps a connection to.
pub const MAX_NODES: usize = 16;

/// How much, and how much comes back each second.
pub type Rate = (u32, u32);
/// Requests of an organisation; a submitted transaction counts below instead.
pub const REQUEST_RATE: Rate = (400, 40);
/// Bytes of answers to an organisation. They are counted when the answer is made: the next request waits for them.
pub const BYTE_RATE: Rate = (64 * 1024 * 1024, 4 * 1024 * 1024);
/// Transactions that an organisation submits.
pub const SUBMIT_RATE: Rate = (2_000, 200);
/// Requests that one counts for that is none.
pub const MALFORMED_COST: u32 = 100;
/// The longest pause that a node asks for, and that a member keeps, in milliseconds.
pub const MAX_RETRY_MS: u32 = 60_000;
/// The same as a time.
pub const MAX_RETRY: Duration = Duration::from_millis(MAX_RETRY_MS as u64);
/// The pause that a busy node asks for.
pub const BUSY_RETRY: Duration = Duration::from_millis(500);

/// Identities in `Records`, `Txs` and `Waiting`.
pub const MAX_IDS: usize = 64;
/// Entries of a `List`.
pub const MAX_LIST: usize = 1_000;
/// Links in `Links`.
pub const MAX_LINKS: usize = 500;
/// Bytes of a code in `Absence`.
pub const MAX_CODE_BYTES: usize = 256;
/// Bytes of a header, a certificate or a set of validators.
pub const MAX_CERTIFIED_BYTES: usize = 16 * 1024;
/// Headers on the way from one set of validators to another.
pub const MAX_CHAIN: usize = 256;
/// Hashes on a path.
pub const MAX_PATH: usize = 64;

/// Bytes of a sealed document.
pub const MAX_DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of a piece of a document.
pub const MAX_PIECE_BYTES: usize = 256 * 1024;
/// Pieces of a document.
pub const MAX_PIECES: usize = 1_024;
/// Bytes of an envelope up to its chunks.
pub const MAX_ENVELOPE_BYTES: usize = 4 * 1024;
/// Documents in `List` and `Held`.
pub const MAX_DOCUMENTS: usize = 1_000;

//! Every bound of this crate. Each is checked where its name says.

use std::time::Duration;

/// Bytes of a block that one proposal part carries; the last part of a block may be shorter.
pub const PART_BYTES: usize = 128 * 1024;
/// Largest block that a configuration may allow; the engine moves larger ones badly.
pub const MAX_BLOCK_BYTES: usize = 4 * 1024 * 1024;
/// Largest transaction message that a configuration may allow: the longest transaction behind its length.
pub const MAX_GOSSIP_BYTES: usize = ledger::bounds::MAX_TX_BYTES + 4;
/// Room for framing around the payload of a gossip message.
pub const FRAME_SLACK: usize = 8 * 1024;
/// Largest vote, proposal, polka or round certificate, status on the wire.
pub const MAX_CONTROL_BYTES: usize = 8 * 1024;
/// Signatures in any certificate that is decoded: two votes of each of 16 validators.
pub const MAX_CERTIFICATE_SIGNATURES: usize = 32;
/// Blocks asked for in one sync request.
pub const SYNC_BATCH: usize = 5;
/// Sync requests to peers at one time.
pub const SYNC_PARALLEL: usize = 5;
/// Blocks in a sync response that is decoded.
pub const MAX_SYNC_VALUES: usize = 64;
/// Largest sync request.
pub const MAX_SYNC_REQUEST_BYTES: usize = 1024;
/// Room for certificate and framing of one block in a sync response.
pub const SYNC_SLACK: usize = 8 * 1024;
/// Time for a sync request to be answered.
pub const SYNC_TIMEOUT: Duration = Duration::from_secs(5);
/// Sync requests of peers that wait for an answer; more are dropped.
pub const MAX_INBOUND_SYNC: usize = 64;
/// Peers on the allow list.
pub const MAX_PEERS: usize = 256;
/// Connections of one peer.
pub const MAX_CONNECTIONS_PER_PEER: u32 = 3;
/// Connections of others in the middle of their handshake; beyond it the oldest of the origin with most of them gives way.
pub const MAX_PENDING_CONNECTIONS: usize = 128;
/// Time for a connection to be made and for its handshake.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(3);
/// Length of a stream's name.
pub const MAX_STREAM_ID_BYTES: usize = 32;
/// Unfinished streams of one publisher; the oldest gives way.
pub const MAX_STREAMS_PER_PUBLISHER: usize = 4;
/// Streams of one publisher whose opening has not come, beside those; the oldest of them gives way.
pub const MAX_UNOPENED_STREAMS: usize = 2;
/// Publishers of streams held at one time.
pub const MAX_STREAM_PUBLISHERS: usize = 64;
/// Heights ahead of the ledger whose blocks are kept for later.
pub const MAX_HEIGHTS_AHEAD: u64 = 4;
/// Blocks kept per publisher for each height ahead.
pub const MAX_AHEAD_PER_PUBLISHER: usize = 2;
/// Distinct blocks executed for one round; two prove that its proposer signs twice.
pub const MAX_BLOCKS_PER_ROUND: usize = 2;
/// Rounds ahead of the current one whose blocks are executed, as in the engine.
pub const MAX_ROUNDS_AHEAD: u32 = 10;
/// Bytes of proposal parts of one publisher on their way to the driver, in blocks of the configured size.
pub const PART_BUDGET_BLOCKS: usize = 8;
/// Control messages of one publisher: the burst, and what is added each second.
pub const CONTROL_RATE: (u32, u32) = (4_000, 2_000);
/// Transaction messages of one publisher: the burst, and what is added each second.
pub const GOSSIP_RATE: (u32, u32) = (20_000, 20_000);
/// Messages of one publisher below its newest that a forwarder may still bring, each once: sequence numbers in a row.
pub const FORWARD_WINDOW: u64 = 16_384;
/// Votes and proposals of one publisher for one coming height that are handed to the engine, which keeps 500 a height from
/// all publishers together and checks their signatures later: fewer than 500 from two sets of 16 validators, and from a
/// third that differs from its neighbour in one seat.
pub const MAX_EARLY_PER_PUBLISHER: u32 = 15;
/// Coming heights whose votes and proposals are handed to the engine: as many as it keeps.
pub const MAX_EARLY_HEIGHTS: u64 = 10;
/// Commands of engine and driver on their way to the swarm.
pub const COMMAND_QUEUE: usize = 1_024;
/// Transaction messages on their way to the swarm.
pub const GOSSIP_OUT_QUEUE: usize = 4_096;
/// Transaction messages on their way to the node; more are ignored, not relayed.
pub const GOSSIP_IN_QUEUE: usize = 4_096;
/// Heights ahead of the ledger that a message may claim and still end an idle pause.
pub const MAX_HEARD_AHEAD: u64 = 8;
/// Records kept in the sign-state for one height; rounds beyond drop the oldest.
pub const MAX_SIGN_RECORDS: usize = 512;
/// Time for the first quorum of peers before the first height starts anyway.
pub const START_GRACE: Duration = Duration::from_secs(2);
/// Time for the engine to end before it is taken to hang on purpose.
pub const STOP_GRACE: Duration = Duration::from_secs(3);

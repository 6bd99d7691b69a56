//! The transaction topic, as the node sees it.

use crate::limits::{GOSSIP_IN_QUEUE, GOSSIP_OUT_QUEUE};
use bytes::Bytes;
use libp2p::PeerId;
use libp2p::gossipsub::{MessageAcceptance, MessageId};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use transport::PeerKey;

/// Both directions of the transaction topic.
#[derive(Debug)]
pub struct TxGossip {
    /// Sends.
    pub publisher: TxPublisher,
    /// Messages of other nodes. When the node is slower than they come, further ones are dropped and not relayed.
    pub incoming: mpsc::Receiver<TxArrival>,
}

/// Sends messages to all nodes that take transactions.
#[derive(Clone, Debug)]
pub struct TxPublisher {
    pub(crate) out: mpsc::Sender<Bytes>,
    pub(crate) max_bytes: usize,
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Longer than the network carries.
    #[error("publish {length} bytes: at most {limit} are carried")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The queue is full: try later, or say no to whoever sends.
    #[error("publish: the queue is full")]
    Busy,
    /// The network has ended.
    #[error("publish: the network has ended")]
    Ended,
}

impl TxPublisher {
    /// Puts a message into the queue. The same bytes are carried once, whoever publishes them.
    pub fn publish(&self, bytes: Bytes) -> Result<(), PublishError> {
        if bytes.len() > self.max_bytes {
            return Err(PublishError::TooLong { length: bytes.len(), limit: self.max_bytes });
        }
        self.out.try_send(bytes).map_err(|e| match e {
            TrySendError::Full(_) => PublishError::Busy,
            TrySendError::Closed(_) => PublishError::Ended,
        })
    }
}

/// A message of another node. It is relayed only if it is accepted; dropping it is to ignore it.
#[derive(Debug)]
pub struct TxArrival {
    /// The node that published it, which need not be the one that forwarded it.
    pub from: PeerKey,
    /// What it published.
    pub bytes: Bytes,
    token: Token,
}

#[derive(Debug)]
struct Token {
    id: MessageId,
    forwarder: PeerId,
    verdicts: mpsc::Sender<Judgement>,
    open: bool,
}

/// A verdict on its way back to the swarm.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) id: MessageId,
    pub(crate) forwarder: PeerId,
    pub(crate) acceptance: MessageAcceptance,
}

impl TxArrival {
    pub(crate) fn new(
        from: PeerKey,
        bytes: Bytes,
        id: MessageId,
        forwarder: PeerId,
        verdicts: mpsc::Sender<Judgement>,
    ) -> TxArrival {
        TxArrival { from, bytes, token: Token { id, forwarder, verdicts, open: true } }
    }

    /// It is good: relay it.
    pub fn accept(mut self) {
        self.token.close(MessageAcceptance::Accept);
    }

    /// It is of no use here: do not relay it.
    pub fn ignore(mut self) {
        self.token.close(MessageAcceptance::Ignore);
    }

    /// It breaks a rule that every node knows: do not relay it.
    pub fn reject(mut self) {
        self.token.close(MessageAcceptance::Reject);
    }
}

impl Token {
    fn close(&mut self, acceptance: MessageAcceptance) {
        if std::mem::take(&mut self.open) {
            let judgement = Judgement { id: self.id.clone(), forwarder: self.forwarder, acceptance };
            // If the queue is full the message is not relayed from here, as if ignored.
            let _ = self.verdicts.try_send(judgement);
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.close(MessageAcceptance::Ignore);
    }
}

/// The swarm's ends of the queues.
pub(crate) struct GossipEnds {
    pub(crate) out: mpsc::Receiver<Bytes>,
    pub(crate) incoming: mpsc::Sender<TxArrival>,
    pub(crate) verdicts: (mpsc::Sender<Judgement>, mpsc::Receiver<Judgement>),
}

pub(crate) fn queues(max_bytes: usize) -> (TxGossip, GossipEnds) {
    let (out_tx, out_rx) = mpsc::channel(GOSSIP_OUT_QUEUE);
    let (in_tx, in_rx) = mpsc::channel(GOSSIP_IN_QUEUE);
    let gossip = TxGossip { publisher: TxPublisher { out: out_tx, max_bytes }, incoming: in_rx };
    let verdicts = mpsc::channel(2 * GOSSIP_IN_QUEUE);
    (gossip, GossipEnds { out: out_rx, incoming: in_tx, verdicts })
}

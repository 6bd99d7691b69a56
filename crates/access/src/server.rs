//! The end that is asked: an agency's node.
//!
//! One task owns the swarm, the counts and the quotas; it looks up whose a request is, judges and reads it. Answers are made
//! on a bounded number of blocking threads and come back to the task, which looks up once more before it sends.

use crate::codec::Frame;
use crate::guests::{self, Desk, Turned};
use crate::limits::{BUSY_RETRY, MAX_ANSWERING, MAX_RETRY_MS, MAX_WAIT, MAX_WAITING};
use crate::quota::Quotas;
use crate::swarm::{self, Behaviour, BehaviourEvent, Event, Lane, Told};
use crate::wire::{self, DocumentRequest, DocumentResponse, Refusal, Request, Response};
use crate::{AccessConfig, AccessError, Answers, Guest, Guests, Listening, code};
use futures::StreamExt;
use ledger::{OrgId, codec};
use libp2p::request_response as rpc;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{PeerId, Swarm};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use transport::{PeerKey, multiaddr, socket_address};

/// Orders on their way to the task.
const ORDERS: usize = 16;

/// What a server counted since its start, and how many are connected now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Peers connected now.
    pub connected: u64,
    /// Connections that ended before or with the handshake, strangers' among them.
    pub turned_away: u64,
    /// Requests of guests, whatever came of them.
    pub requests: u64,
    /// Of these, refused here: too much, busy, or no request.
    pub refused: u64,
    /// Bytes of requests.
    pub bytes_in: u64,
    /// Bytes of answers.
    pub bytes_out: u64,
    /// Answers that were not taken in time, or whose asker went.
    pub untaken: u64,
}

#[derive(Debug, Default)]
struct Tally {
    connected: AtomicU64,
    turned_away: AtomicU64,
    requests: AtomicU64,
    refused: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    untaken: AtomicU64,
}

impl Tally {
    fn figures(&self) -> Figures {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Figures {
            connected: read(&self.connected),
            turned_away: read(&self.turned_away),
            requests: read(&self.requests),
            refused: read(&self.refused),
            bytes_in: read(&self.bytes_in),
            bytes_out: read(&self.bytes_out),
            untaken: read(&self.untaken),
        }
    }
}

fn add(number: &AtomicU64, more: usize) {
    number.fetch_add(more as u64, Ordering::Relaxed);
}

/// An order to the task: who is let in has changed. Answered when connections of others are on their way out.
type Order = oneshot::Sender<()>;

/// A node that is asked. It ends with [`Server::end`], or when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    guests: Guests,
    orders: mpsc::Sender<Order>,
    tally: Arc<Tally>,
    task: JoinHandle<()>,
}

impl Server {
    /// Where it listens, with the port that the system chose if none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets in these and nobody else. Whoever is not among them is not answered from this call on, also on a connection
    /// that is open; the connection is closed.
    pub async fn admit(&self, guests: BTreeMap<PeerKey, OrgId>) {
        guests::replace(&self.guests, guests);
        let (done, brought) = oneshot::channel();
        if self.orders.send(done).await.is_ok() {
            // It fails if the task ended meanwhile, and nobody is connected then.
            let _ = brought.await;
        }
    }

    /// What it counted.
    pub fn figures(&self) -> Figures {
        self.tally.figures()
    }

    /// Closes all connections and stops listening.
    pub async fn end(self) {
        let Server { orders, task, .. } = self;
        drop(orders);
        if let Err(error) = task.await {
            tracing::error!(%error, "the access network's task did not end by itself");
        }
    }
}

/// Listens, and answers who is let in.
pub async fn serve(
    config: AccessConfig,
    listening: Listening,
    guests: Guests,
    answers: Arc<dyn Answers>,
) -> Result<Server, AccessError> {
    begin(config, listening, guests, answers).await
}

/// A server that begins to listen.
type Starting = Pin<Box<dyn Future<Output = Result<Server, AccessError>> + Send>>;

/// The future is boxed here, so that the network is compiled in this crate and not again in each that waits for it.
fn begin(config: AccessConfig, listening: Listening, guests: Guests, answers: Arc<dyn Answers>) -> Starting {
    Box::pin(async move {
        let tally = Arc::new(Tally::default());
        let mut serving = Serving {
            swarm: swarm::build(&config, &rpc::ProtocolSupport::Inbound)?,
            guests: Arc::clone(&guests),
            desk: Desk::new(),
            quotas: Quotas::default(),
            pool: Pool {
                answers,
                line: Arc::new(Semaphore::new(MAX_ANSWERING + MAX_WAITING)),
                places: Arc::new(Semaphore::new(MAX_ANSWERING)),
            },
            answering: JoinSet::new(),
            lost: mpsc::unbounded_channel(),
            tally: Arc::clone(&tally),
        };
        serving.let_in();
        let address = serving.listen(listening.listen).await?;
        let (orders, inbox) = mpsc::channel(ORDERS);
        let task = tokio::spawn(serving.run(inbox));
        Ok(Server { address, guests, orders, tally, task })
    })
}

/// A request, from its arrival until its answer is taken.
type Ticket = (Lane, rpc::InboundRequestId);

/// A request that was read.
enum Asked {
    Access(Request),
    Documents(DocumentRequest),
}

/// Whether bytes submit a transaction, if they are a request at all: they begin with the number of the variant.
fn submits(bytes: &[u8]) -> bool {
    bytes.first() == Some(&7)
}

impl Asked {
    fn read(lane: Lane, bytes: &[u8]) -> Result<Asked, wire::WireError> {
        match lane {
            Lane::Access => wire::decode(bytes).map(Asked::Access),
            Lane::Documents => wire::decode(bytes).map(Asked::Documents),
        }
    }

    /// Reads a request that its organisation can pay for, or says why not and after how long it may come again. It is paid
    /// for before it is read: to read is work.
    fn paid(
        quotas: &mut Quotas,
        (lane, org): (Lane, OrgId),
        request: Frame,
        now: Instant,
    ) -> Result<Asked, (Turned, Duration)> {
        let much = |pause| (Turned::Much("this organisation has asked as much as it may for now"), pause);
        let malformed = |garbage| (Turned::Malformed(garbage), BUSY_RETRY);
        quotas.hears(org, now).map_err(much)?;
        let is_submit = lane == Lane::Access && request.as_ref().is_ok_and(|bytes| submits(bytes));
        quotas.take(org, is_submit, now).map_err(much)?;
        let bytes = request.map_err(|error| malformed(error.into()))?;
        Asked::read(lane, &bytes).map_err(|error| malformed(error.into()))
    }

    /// What it knows, and how long it waits for more.
    fn waits(&self) -> Option<(u64, u64, Duration)> {
        match self {
            Asked::Access(Request::Head { known, links, wait_ms, .. }) if *wait_ms > 0 => {
                Some((*known, *links, Duration::from_millis(u64::from(*wait_ms)).min(MAX_WAIT)))
            }
            Asked::Access(_) | Asked::Documents(_) => None,
        }
    }
}

/// Bytes of a refusal on a lane.
fn refusal(lane: Lane, code: &str, detail: &str, retry: Duration) -> Vec<u8> {
    // Rounded up, so that it is not asked again a moment too early.
    let retry = u32::try_from(retry.as_millis()).unwrap_or(MAX_RETRY_MS).saturating_add(1).min(MAX_RETRY_MS);
    match lane {
        Lane::Access => codec::encode(&Response::failure(code, detail, retry)),
        Lane::Documents => codec::encode(&DocumentResponse::failure(code, detail, retry)),
    }
}

fn bytes_of<M: Refusal>(response: &M) -> Vec<u8> {
    wire::encode(response).unwrap_or_else(|error| {
        let detail = format!("{error}: ask for less, or ask an agency over HTTP");
        codec::encode(&M::failure(code::TOO_LARGE, &detail, 0))
    })
}

/// Where answers are made.
#[derive(Clone)]
struct Pool {
    answers: Arc<dyn Answers>,
    /// Places for those that are answered and those that wait for it.
    line: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Pool {
    /// The bytes of an answer; none if it could not be made.
    async fn answer(self, lane: Lane, guest: Guest, asked: Asked) -> Option<Vec<u8>> {
        if let Some((known, links, wait)) = asked.waits() {
            // The time is kept here too, whatever the node does with it.
            let _ = tokio::time::timeout(wait, self.answers.news(guest.org, known, links, wait)).await;
        }
        let Ok(_in_line) = self.line.try_acquire() else {
            return Some(refusal(lane, code::BUSY, "this node has no place for the request at the moment", BUSY_RETRY));
        };
        let _place = self.places.acquire().await.ok()?;
        let answers = Arc::clone(&self.answers);
        let made = tokio::task::spawn_blocking(move || match asked {
            Asked::Access(request) => bytes_of(&answers.answer(&guest, request)),
            Asked::Documents(request) => bytes_of(&answers.document(&guest, request)),
        });
        made.await.inspect_err(|error| tracing::error!(%error, "a request was not answered")).ok()
    }
}

/// An answer that comes back to the task.
struct Answered {
    ticket: Ticket,
    guest: Guest,
    channel: rpc::ResponseChannel<Vec<u8>>,
    bytes: Option<Vec<u8>>,
}

/// The place of an answer while it is made. It is given back also where the making ends in a panic.
struct Place {
    ticket: Option<Ticket>,
    lost: mpsc::UnboundedSender<Ticket>,
}

impl Place {
    /// The answer is made: whoever has the ticket gives the place back.
    fn made(mut self, ticket: Ticket) -> Ticket {
        self.ticket = None;
        ticket
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            // Without the task there are no places.
            let _ = self.lost.send(ticket);
        }
    }
}

/// The task.
struct Serving {
    swarm: Swarm<Behaviour>,
    guests: Guests,
    desk: Desk<Ticket>,
    quotas: Quotas,
    pool: Pool,
    answering: JoinSet<Answered>,
    /// Tickets of answers that will never be made; not more than there are places.
    lost: (mpsc::UnboundedSender<Ticket>, mpsc::UnboundedReceiver<Ticket>),
    tally: Arc<Tally>,
}

impl Serving {
    async fn listen(&mut self, address: SocketAddr) -> Result<SocketAddr, AccessError> {
        let fail = |detail: String| AccessError::Listen { address, detail };
        self.swarm.listen_on(multiaddr(address)).map_err(|e| fail(e.to_string()))?;
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::NewListenAddr { address: bound, .. } => {
                    let found = socket_address(&bound).ok_or_else(|| fail(bound.to_string()))?;
                    return Ok(SocketAddr::new(address.ip(), found.port()));
                }
                SwarmEvent::ListenerClosed { reason, .. } => return Err(fail(format!("{reason:?}"))),
                event => self.on_event(event),
            }
        }
    }

    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(done) => {
                        self.let_in();
                        // Whoever ordered it may have gone.
                        let _ = done.send(());
                    }
                    None => break,
                },
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(answered) = self.answering.join_next() => self.on_answer(answered),
                Some(ticket) = self.lost.1.recv() => {
                    if self.desk.made(&ticket) {
                        self.desk.close(&ticket);
                    }
                }
            }
        }
    }

    fn let_in(&mut self) {
        let peers = guests::peers(&self.guests);
        self.swarm.behaviour_mut().let_in(&peers);
        let orgs = guests::orgs(&self.guests);
        self.quotas.keep(|org| orgs.contains(org), Instant::now());
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { .. } | SwarmEvent::ConnectionClosed { .. } => {
                let connected = self.swarm.connected_peers().count();
                self.tally.connected.store(connected as u64, Ordering::Relaxed);
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "turned away");
                add(&self.tally.turned_away, 1);
            }
            SwarmEvent::ListenerClosed { reason, .. } => tracing::error!(?reason, "members cannot reach this node"),
            SwarmEvent::Behaviour(event) => match Event::from(event) {
                Event::Ping(event) => swarm::on_ping(&mut self.swarm, event),
                Event::Told(lane, event) => self.on_told(lane, event),
            },
            _ => {}
        }
    }

    fn on_told(&mut self, lane: Lane, event: Told) {
        match event {
            rpc::Event::Message {
                peer,
                connection_id,
                message: rpc::Message::Request { request_id, request, channel },
            } => self.on_request((lane, request_id), peer, connection_id, request, channel),
            rpc::Event::ResponseSent { request_id, .. } => self.desk.close(&(lane, request_id)),
            rpc::Event::InboundFailure { request_id, error: rpc::InboundFailure::ResponseOmission, .. } => {
                self.desk.close(&(lane, request_id));
            }
            rpc::Event::InboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "an answer was not taken");
                add(&self.tally.untaken, 1);
                self.desk.close(&(lane, request_id));
            }
            // Nothing is asked from here.
            rpc::Event::Message { message: rpc::Message::Response { .. }, .. } => {}
            rpc::Event::OutboundFailure { .. } => {}
        }
    }

    fn on_request(
        &mut self,
        ticket: Ticket,
        peer: PeerId,
        connection: ConnectionId,
        request: Frame,
        channel: rpc::ResponseChannel<Vec<u8>>,
    ) {
        // Its record may have ended since it connected. Dropping the channel ends the stream.
        let Some(guest) = PeerKey::of(&peer).and_then(|key| guests::guest(&self.guests, key)) else {
            self.swarm.close_connection(connection);
            return;
        };
        add(&self.tally.requests, 1);
        let taken = self.take(ticket, guest, connection, request);
        let (code, detail, retry) = match taken {
            Ok(asked) => {
                self.desk.make(&ticket);
                let pool = self.pool.clone();
                let place = Place { ticket: Some(ticket), lost: self.lost.0.clone() };
                self.answering.spawn(async move {
                    let bytes = pool.answer(ticket.0, guest, asked).await;
                    Answered { ticket: place.made(ticket), guest, channel, bytes }
                });
                return;
            }
            Err((Turned::Malformed(garbage), _)) => {
                tracing::info!(%peer, error = %garbage, "sends what is no request, closing");
                add(&self.tally.refused, 1);
                self.quotas.malformed(guest.org, Instant::now());
                self.swarm.close_connection(connection);
                return;
            }
            Err((Turned::Much(what), retry)) => (code::QUOTA, what, retry),
            Err((Turned::Busy, retry)) => (code::BUSY, "this node waits for others to take their answers", retry),
        };
        add(&self.tally.refused, 1);
        self.send(ticket, guest, channel, refusal(ticket.0, code, detail, retry));
    }

    /// Takes a request, or says why not and after how long it may come again.
    fn take(
        &mut self,
        ticket: Ticket,
        guest: Guest,
        connection: ConnectionId,
        request: Frame,
    ) -> Result<Asked, (Turned, Duration)> {
        let later = |turned| (turned, BUSY_RETRY);
        self.desk.open(ticket, guest, connection).map_err(later)?;
        add(&self.tally.bytes_in, request.as_ref().map_or(0, Vec::len));
        let asked = Asked::paid(&mut self.quotas, (ticket.0, guest.org), request, Instant::now())?;
        if asked.waits().is_some() {
            self.desk.polls(&ticket).map_err(later)?;
        }
        Ok(asked)
    }

    fn on_answer(&mut self, answered: Result<Answered, JoinError>) {
        // What ended in a panic has given back its place, and with the channel the stream ended.
        let Ok(Answered { ticket, guest, channel, bytes }) = answered else { return };
        if !self.desk.made(&ticket) {
            // Whoever asked has gone; what was made for it is paid for.
            let bytes = bytes.map_or(0, |bytes| bytes.len());
            self.quotas.answered(guest.org, bytes, Instant::now());
            return;
        }
        // Its record may have ended while the answer was made.
        if guests::guest(&self.guests, guest.peer) != Some(guest) {
            return;
        }
        if let Some(bytes) = bytes {
            self.send(ticket, guest, channel, bytes);
        }
    }

    fn send(&mut self, ticket: Ticket, guest: Guest, channel: rpc::ResponseChannel<Vec<u8>>, bytes: Vec<u8>) {
        self.quotas.answered(guest.org, bytes.len(), Instant::now());
        self.desk.answered(&ticket, bytes.len());
        add(&self.tally.bytes_out, bytes.len());
        if self.swarm.behaviour_mut().lane(ticket.0).send_response(channel, bytes).is_err() {
            tracing::debug!(peer = %guest.peer, "whoever asked has gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{REQUEST_RATE, SUBMIT_RATE};
    use ledger::Hash;

    #[test]
    fn what_is_not_paid_for_is_not_read() {
        let (org, now) = (OrgId(Hash([1; 32])), Instant::now());
        let garbage = || Ok(vec![0xff; 64]);
        let submit = || Ok(codec::encode(&Request::Submit { tx: vec![] }));
        let mut quotas = Quotas::default();
        let turned = |quotas: &mut Quotas, request: Frame| {
            Asked::paid(quotas, (Lane::Access, org), request, now).map(drop).map_err(|(turned, _)| turned)
        };
        assert!(matches!(turned(&mut quotas, garbage()), Err(Turned::Malformed(_))));
        for _ in 1..REQUEST_RATE.0 {
            turned(&mut quotas, Ok(codec::encode(&Request::Waiting { ids: vec![] }))).unwrap();
        }
        assert!(matches!(turned(&mut quotas, garbage()), Err(Turned::Much(_))));
        // A transaction has a quota of its own; bytes that only begin like one are paid for from it.
        turned(&mut quotas, submit()).unwrap();
        for _ in 1..SUBMIT_RATE.0 {
            assert!(matches!(turned(&mut quotas, Ok(vec![7; 64])), Err(Turned::Malformed(_))));
        }
        assert!(matches!(turned(&mut quotas, submit()), Err(Turned::Much(_))));
    }
}

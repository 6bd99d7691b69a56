//! What a member's node does with documents: it brings them to every agency's node that it knows, gets them from any, and
//! sees to it that what its people erase is erased everywhere.

use super::{
    Arrival, Arrived, Refused, Shown,
    files::{self, Note},
};
use ::access::{
    AskError, Asker, DocumentRequest, DocumentResponse, PeerKey,
    limits::{MAX_DOCUMENTS, MAX_PIECE_BYTES, MAX_RETRY},
    wire::Filed,
};
use futures::future::{BoxFuture, join_all};
use keys::seal::Head;
use ledger::{DocumentId, Hash, NetworkId, OrgId, Timestamp, list, sealed};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Documents that wait to be brought somewhere.
const MAX_OUT: usize = 1_000;
/// Their bytes.
const MAX_OUT_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// How often nodes that ask for patience are asked for the same thing.
const MAX_TRIES: usize = 30;
/// Longest time with one node before all of them are looked after anew: one that is slow does not hold up the others.
const VISIT: Duration = Duration::from_secs(30);
/// Time for a node to list what it has, where others do.
const LISTED: Duration = Duration::from_secs(3);
/// How often it is looked whether a node lacks something.
const ROUND: Duration = Duration::from_secs(5);
/// How often a node that stays connected is asked whether it has what was erased, and at least offered what it refused. It
/// is asked whenever it is connected anew.
const RECHECK: Duration = Duration::from_secs(600);

/// Who asks agencies' nodes.
pub(crate) trait Ask: Send + Sync + 'static {
    /// Nodes that can be asked now, the preferred one first.
    fn connected(&self) -> Vec<PeerKey>;

    /// Asks one.
    fn document(&self, node: PeerKey, request: DocumentRequest) -> BoxFuture<'_, Result<DocumentResponse, AskError>>;
}

impl Ask for Asker {
    fn connected(&self) -> Vec<PeerKey> {
        Asker::connected(self)
    }

    fn document(&self, node: PeerKey, request: DocumentRequest) -> BoxFuture<'_, Result<DocumentResponse, AskError>> {
        Box::pin(Asker::document(self, node, request))
    }
}

/// A document that is not everywhere yet.
#[derive(Clone, Debug)]
struct Outgoing {
    filed: Filed,
    has: BTreeSet<PeerKey>,
    /// Nodes that refused it.
    later: BTreeMap<PeerKey, Later>,
}

impl Outgoing {
    fn new(filed: Filed, has: BTreeSet<PeerKey>) -> Outgoing {
        Outgoing { filed, has, later: BTreeMap::new() }
    }

    /// Whether a node is to be offered it now.
    fn is_due(&self, node: &PeerKey, now: Instant) -> bool {
        !self.has.contains(node) && self.later.get(node).is_none_or(|later| later.due <= now)
    }
}

/// What a node lists.
struct Page {
    /// Which, where it is known.
    of: Option<PeerKey>,
    documents: Vec<Filed>,
    /// Whether more follow.
    more: bool,
}

/// When a node that refused a document is offered it again.
#[derive(Clone, Copy, Debug)]
struct Later {
    due: Instant,
    pause: Duration,
}

#[derive(Debug, Default)]
struct Books {
    out: BTreeMap<DocumentId, Outgoing>,
    /// Those that were erased, and may turn up at an agency that was away.
    erased: BTreeSet<DocumentId>,
    /// When a node that is still connected was last asked for erased ones.
    checked: BTreeMap<PeerKey, Instant>,
}

impl Books {
    fn has_room(&self, length: u64) -> Result<(), Refused> {
        let bytes: u64 = self.out.values().map(|out| out.filed.length).sum();
        let what = match self.out.len() >= MAX_OUT {
            true => format!("{MAX_OUT} documents that wait to be brought to agencies"),
            false if bytes.saturating_add(length) > MAX_OUT_BYTES => {
                format!("{MAX_OUT_BYTES} bytes that wait to be brought to agencies")
            }
            false => return Ok(()),
        };
        Err(Refused::Share { what })
    }
}

/// Brings documents of one organisation.
pub(crate) struct Courier {
    folder: PathBuf,
    network: NetworkId,
    org: OrgId,
    /// All agencies' nodes that are to have a document.
    nodes: Vec<PeerKey>,
    ask: Arc<dyn Ask>,
    books: Mutex<Books>,
    /// Something new is there to be brought or erased.
    news: Notify,
}

impl Courier {
    /// Takes up what a folder holds, which is made where it is not there.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub(crate) fn open(
        folder: PathBuf,
        network: NetworkId,
        org: OrgId,
        nodes: Vec<PeerKey>,
        ask: Arc<dyn Ask>,
    ) -> io::Result<Courier> {
        fs::create_dir_all(&folder)?;
        let mut names: BTreeMap<DocumentId, BTreeSet<String>> = BTreeMap::new();
        for path in files::list(&folder)? {
            match files::named(&path) {
                Some((id, ending)) => _ = names.entry(id).or_default().insert(ending),
                None => files::remove(&path)?,
            }
        }
        let courier = Courier { folder, network, org, nodes, ask, books: Mutex::default(), news: Notify::new() };
        for (id, endings) in names {
            courier.take_up(id, &endings)?;
        }
        Ok(courier)
    }

    /// Takes up a document at the start, and ends what a crash left half done: what has the sign of erasure loses its
    /// bytes, and what nobody was told is kept goes.
    fn take_up(&self, id: DocumentId, endings: &BTreeSet<String>) -> io::Result<()> {
        if endings.contains("erased") {
            self.books().erased.insert(id);
            return if endings.len() > 1 { self.forget(&id) } else { Ok(()) };
        }
        if !endings.contains("json") {
            return self.forget(&id);
        }
        let file = File::open(self.path(&id, "sealed")).ok();
        let head = file.and_then(|mut file| Head::read(&mut file).ok());
        if let (Some(note), Some(head)) = (Note::read(&self.path(&id, "json"))?, head) {
            let has = note.nodes().map(PeerKey).collect();
            self.books().out.insert(id, Outgoing::new(filed(id, &head, note.at()), has));
        } else {
            // Nothing that was ever kept is thrown away because it cannot be read now.
            tracing::error!(%id, "a sealed document cannot be read and is brought to nobody");
        }
        Ok(())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: &DocumentId, ending: &str) -> PathBuf {
        self.folder.join(format!("{id}.{ending}"))
    }

    fn forget(&self, id: &DocumentId) -> io::Result<()> {
        for ending in ["json", "sealed", "pieces", "new"] {
            files::remove(&self.path(id, ending))?;
        }
        files::sync_folder(&self.path(id, "sealed"))
    }

    // -------------------------------------------------------------------------------------------------------- taking

    /// Whether somebody is of the organisation whose node this is: it asks and brings for no other.
    pub(super) fn must_be_own(&self, org: Option<&OrgId>) -> Result<(), Refused> {
        if org == Some(&self.org) { Ok(()) } else { Err(Refused::NotYours) }
    }

    /// Room for one that somebody of the organisation brings.
    pub(super) fn arrival(&self, by: OrgId) -> Result<Arrival, Refused> {
        self.must_be_own(Some(&by))?;
        Ok(Arrival::new(self.folder.clone(), files::FREE, self.network, by)?)
    }

    /// Whether so many bytes more may wait: how many of the disk are to stay free of them.
    pub(super) fn has_room(&self, length: u64) -> Result<u64, Refused> {
        self.books().has_room(length)?;
        Ok(files::FREE)
    }

    /// Keeps one until each agency has it; it is durable when this returns.
    pub(super) fn keep(&self, arrived: Arrived, now: Timestamp) -> Result<Shown, Refused> {
        let Arrived { id, pieces, head, file } = arrived;
        let filed = filed(id, &head, now);
        let mut books = self.books();
        if let Some(out) = books.out.get(&id) {
            return Ok(shown(out));
        }
        if books.erased.contains(&id) {
            return Err(Refused::ErasedBefore(id));
        }
        books.has_room(filed.length)?;
        let out = Outgoing::new(filed, BTreeSet::new());
        if let Err(error) = self.place(&out, &pieces, &file) {
            // The first failure is what matters; the rest goes at the next start.
            let _ = self.forget(&id);
            return Err(error.into());
        }
        let view = shown(&out);
        books.out.insert(id, out);
        self.news.notify_one();
        Ok(view)
    }

    /// Gives a durable file the name of its document.
    fn place(&self, out: &Outgoing, pieces: &[Hash], file: &files::Temporary) -> io::Result<()> {
        let id = &out.filed.id;
        files::write_pieces(&self.path(id, "pieces"), pieces)?;
        fs::rename(file.path(), self.path(id, "sealed"))?;
        self.note(id, out)
    }

    fn note(&self, id: &DocumentId, out: &Outgoing) -> io::Result<()> {
        let nodes = out.has.iter().map(|node| node.0);
        Note::new(&out.filed.by, out.filed.at).with_nodes(nodes).write(&self.path(id, "json"))
    }

    // -------------------------------------------------------------------------------------------------------- giving

    /// Asks the nodes in their order until one answers what was asked. Where they only ask for patience, they get it: a long
    /// document passes at the pace that they allow.
    async fn first<T>(
        &self,
        request: DocumentRequest,
        take: impl Fn(DocumentResponse) -> Option<T>,
        id: &DocumentId,
    ) -> Result<T, Refused> {
        let mut tries = 0;
        let mut waited = Duration::ZERO;
        loop {
            let mut refused = Refused::Offline;
            let mut pause: Option<Duration> = None;
            for node in self.ask.connected() {
                match self.ask.document(node, request.clone()).await {
                    Ok(DocumentResponse::Failure { code, retry_ms, .. }) => {
                        refused = of_code(code.as_str(), id, refused);
                        let asked = Duration::from_millis(u64::from(retry_ms)).min(MAX_RETRY);
                        pause = [pause, Some(asked).filter(|asked| !asked.is_zero())].into_iter().flatten().min();
                    }
                    Ok(response) => match take(response) {
                        Some(taken) => return Ok(taken),
                        None => tracing::warn!(%node, %id, "a node gave something else than what was asked for"),
                    },
                    Err(error) => tracing::debug!(%node, %error, "a node was not asked for a document"),
                }
            }
            tries += 1;
            match pause {
                Some(pause) if tries < MAX_TRIES && waited < MAX_RETRY => {
                    waited = waited.saturating_add(pause);
                    tokio::time::sleep(pause).await;
                }
                Some(_) | None => return Err(refused),
            }
        }
    }

    /// A piece of a document, from whoever has it. A wrong one is noticed, and the next node is asked.
    pub(super) async fn piece(&self, id: &DocumentId, length: u64, number: u32) -> Result<Vec<u8>, Refused> {
        let count = sealed::pieces(length).ok_or(Refused::Piece { number })?;
        let right = |response| match response {
            DocumentResponse::Piece { bytes, path } => {
                let fits = sealed::piece_bytes(length, number) == Some(bytes.len());
                (fits && id.has(count, number, &bytes, &path)).then_some(bytes)
            }
            _ => None,
        };
        self.first(DocumentRequest::Get { id: *id, piece: number }, right, id).await
    }

    /// Bytes of a document.
    pub(super) async fn length(&self, id: &DocumentId) -> Result<u64, Refused> {
        Ok(self.head(id).await?.sealed_bytes())
    }

    /// The head of a document, in its first piece. It says how many pieces prove it.
    async fn head(&self, id: &DocumentId) -> Result<Head, Refused> {
        let right = |response| match response {
            DocumentResponse::Piece { bytes, path } if bytes.len() <= MAX_PIECE_BYTES => {
                let (head, _) = Head::parse(&bytes).ok()??;
                let count = sealed::pieces(head.sealed_bytes())?;
                id.has(count, 0, &bytes, &path).then_some(head)
            }
            _ => None,
        };
        self.first(DocumentRequest::Get { id: *id, piece: 0 }, right, id).await
    }

    /// Those that the organisation may have: what agencies list, and what they do not have yet. Not all of them have the
    /// same ones, and none can leave out what another lists. A list proves nothing: whoever fetches a document sees what
    /// it is.
    pub(super) async fn list(
        &self,
        about: Option<Hash>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<(Vec<Shown>, bool), Refused> {
        let asked = u16::try_from(limit.min(MAX_DOCUMENTS)).unwrap_or(u16::MAX);
        let request = DocumentRequest::For { after, about, limit: asked };
        let listed = |response| match response {
            DocumentResponse::List { documents, more } => Some((documents, more)),
            _ => None,
        };
        let each = self.ask.connected().into_iter().map(|node| self.listed(node, request.clone()));
        let mut pages: Vec<Page> = join_all(each).await.into_iter().flatten().collect();
        if pages.is_empty() {
            match self.first(request, listed, &DocumentId::default()).await {
                Ok((documents, more)) => pages.push(Page { of: None, documents, more }),
                // What waits here is shown without anybody.
                Err(Refused::Offline) if !self.books().out.is_empty() => {}
                Err(refused) => return Err(refused),
            }
        }
        let books = self.books();
        let asked_for = |filed: &Filed| about.is_none_or(|about| filed.about == about) && Some(filed.id) > after;
        let own = books.out.values().filter(|out| asked_for(&out.filed));
        let mut all: BTreeMap<DocumentId, Shown> = own.map(|out| (out.filed.id, shown(out))).collect();
        let mut more = false;
        for Page { of, documents, more: goes_on } in pages {
            more |= goes_on;
            for filed in documents.into_iter().filter(asked_for) {
                let shown = all.entry(filed.id).or_insert(Shown { filed, has: None });
                let Some(node) = of else { continue };
                let has = shown.has.get_or_insert_default();
                if !has.contains(&node) {
                    has.push(node);
                }
            }
        }
        // Whoever has more has given as many as were asked for: the first so many of all pass over none of his.
        let most = usize::from(asked);
        more |= all.len() > most;
        Ok((all.into_values().take(most).collect(), more))
    }

    /// What one node lists, where it does so in time.
    async fn listed(&self, node: PeerKey, request: DocumentRequest) -> Option<Page> {
        match tokio::time::timeout(LISTED, self.ask.document(node, request)).await {
            Ok(Ok(DocumentResponse::List { documents, more })) => Some(Page { of: Some(node), documents, more }),
            Ok(_) | Err(_) => None,
        }
    }

    // -------------------------------------------------------------------------------------------------------- erasing

    /// Erases one here, and at every node, now or when it is connected again.
    pub(super) async fn erase(&self, id: DocumentId, now: Timestamp) -> Result<(), Refused> {
        let is_own = {
            let books = self.books();
            books.out.contains_key(&id) || books.erased.contains(&id)
        };
        if !is_own {
            // This node keeps nothing of what every agency has. Whose it is, the head says, which the name proves: no
            // node that lies makes this one hunt for what is another's.
            let head = self.head(&id).await?;
            self.must_be_own(Some(&head.about.by))?;
        }
        {
            let mut books = self.books();
            Note::new(&self.org, now).write(&self.path(&id, "erased"))?;
            books.erased.insert(id);
            books.out.remove(&id);
            books.checked.clear();
            self.forget(&id)?;
        }
        let told = self.ask.connected().into_iter().map(|node| async move {
            if let Err(refused) = self.told(node, DocumentRequest::Erase { id }, &id).await {
                tracing::debug!(%node, %id, %refused, "a document is to be erased later");
            }
        });
        join_all(told).await;
        self.news.notify_one();
        Ok(())
    }

    // ------------------------------------------------------------------------------------------------------- bringing

    /// Brings and erases until the node ends.
    pub(crate) async fn run(self: Arc<Self>, mut end: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = end.wait_for(|end| *end) => return,
                () = self.round() => {}
            }
            tokio::select! {
                _ = end.wait_for(|end| *end) => return,
                () = self.news.notified() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// Sees once to every node that is connected.
    pub(crate) async fn round(&self) {
        let connected = self.ask.connected();
        self.books().checked.retain(|node, _| connected.contains(node));
        let each = connected.into_iter().filter(|node| self.nodes.contains(node)).map(|node| async move {
            match tokio::time::timeout(VISIT, self.see_to(node)).await {
                Ok(Ok(())) => {}
                Ok(Err(refused)) => tracing::debug!(%node, %refused, "documents wait for a node"),
                Err(_) => tracing::debug!(%node, "a node takes long: the next round goes on"),
            }
        });
        join_all(each).await;
        if let Err(error) = self.clear() {
            tracing::error!(%error, "documents that are everywhere are not removed here");
        }
    }

    async fn see_to(&self, node: PeerKey) -> Result<(), Refused> {
        self.erase_again(node).await?;
        let lacking: Vec<DocumentId> = {
            let (books, now) = (self.books(), Instant::now());
            books.out.iter().filter(|(_, out)| out.is_due(&node, now)).map(|(id, _)| *id).collect()
        };
        for id in lacking {
            match self.bring(node, &id).await {
                // Where it was erased there, somebody of this organisation did so, at another node of it.
                Ok(()) | Err(Refused::ErasedBefore(_)) => self.has(node, &id)?,
                Err(Refused::Offline) => return Err(Refused::Offline),
                // What stands in the way of one document does not stand in the way of the others.
                Err(refused) => {
                    if let Refused::Fault(error) = &refused {
                        tracing::error!(%error, %id, "a document cannot be read to be brought");
                    }
                    tracing::debug!(%node, %id, %refused, "a document waits for a node");
                    self.put_off(node, &id);
                }
            }
        }
        Ok(())
    }

    /// Offers a document to a node ever more rarely: each time costs of the quota that the organisation has at it.
    fn put_off(&self, node: PeerKey, id: &DocumentId) {
        if let Some(out) = self.books().out.get_mut(id) {
            let pause = out.later.get(&node).map_or(ROUND, |later| later.pause.saturating_mul(2).min(RECHECK));
            out.later.insert(node, Later { due: Instant::now() + pause, pause });
        }
    }

    /// Notes that a node has a document.
    fn has(&self, node: PeerKey, id: &DocumentId) -> Result<(), Refused> {
        let mut books = self.books();
        // It may have been erased meanwhile: then the next round erases it there too.
        if let Some(out) = books.out.get_mut(id) {
            out.has.insert(node);
            self.note(id, out)?;
        }
        Ok(())
    }

    /// Removes what every node has.
    fn clear(&self) -> io::Result<()> {
        let mut books = self.books();
        let everywhere = |out: &Outgoing| !self.nodes.is_empty() && self.nodes.iter().all(|n| out.has.contains(n));
        let ids: Vec<DocumentId> = books.out.iter().filter(|(_, out)| everywhere(out)).map(|(id, _)| *id).collect();
        for id in ids {
            books.out.remove(&id);
            self.forget(&id)?;
        }
        Ok(())
    }

    async fn erase_again(&self, node: PeerKey) -> Result<(), Refused> {
        let ids: Vec<DocumentId> = {
            let books = self.books();
            if books.checked.get(&node).is_some_and(|at| at.elapsed() < RECHECK) {
                return Ok(());
            }
            books.erased.iter().copied().collect()
        };
        let mut is_done = true;
        for part in ids.chunks(MAX_DOCUMENTS) {
            let answer = self.told(node, DocumentRequest::Held { ids: part.to_vec() }, &DocumentId::default()).await?;
            let DocumentResponse::Held { held } = answer else { return Err(Refused::Offline) };
            for (id, _) in part.iter().zip(held).filter(|(_, held)| *held) {
                match self.told(node, DocumentRequest::Erase { id: *id }, id).await {
                    Ok(_) => {}
                    Err(Refused::Offline) => return Err(Refused::Offline),
                    // The others are erased all the same, and this one is asked for again.
                    Err(refused) => {
                        tracing::debug!(%node, %id, %refused, "a document is to be erased later");
                        is_done = false;
                    }
                }
            }
        }
        let mut books = self.books();
        // What was erased while the node was asked has not been asked for.
        if is_done && books.erased.len() == ids.len() {
            books.checked.insert(node, Instant::now());
        }
        Ok(())
    }

    /// Brings the pieces that a node lacks of a document.
    async fn bring(&self, node: PeerKey, id: &DocumentId) -> Result<(), Refused> {
        let Ok(mut file) = File::open(self.path(id, "sealed")) else { return Err(Refused::Busy) };
        let head = Head::read(&mut file)?;
        let length = head.sealed_bytes();
        let count = sealed::pieces(length).ok_or(Refused::shape("it has no pieces"))?;
        let offer = DocumentRequest::Offer { id: *id, length, head: head.bytes() };
        let mut have = ready(self.told_in_time(node, offer, id).await?)?;
        if have == count {
            return Ok(());
        }
        let hashes = files::read_pieces(&self.path(id, "pieces"), id)?;
        let answer = self.told_in_time(node, DocumentRequest::Missing { id: *id, from: 0 }, id).await?;
        let DocumentResponse::Missing { pieces } = answer else { return Err(Refused::Offline) };
        for number in pieces {
            let put = put(&file, &hashes, id, length, number)?;
            have = ready(self.told_in_time(node, put, id).await?)?;
        }
        // Where the node found that what it wrote is something else, the next round begins again.
        if have == count { Ok(()) } else { Err(Refused::Busy) }
    }

    /// What one node answers; its refusals are errors.
    async fn told(
        &self,
        node: PeerKey,
        request: DocumentRequest,
        id: &DocumentId,
    ) -> Result<DocumentResponse, Refused> {
        said(node, self.ask.document(node, request).await, id)
    }

    /// The same, with the patience that the node asks for: a visit ends it.
    async fn told_in_time(
        &self,
        node: PeerKey,
        request: DocumentRequest,
        id: &DocumentId,
    ) -> Result<DocumentResponse, Refused> {
        loop {
            match self.ask.document(node, request.clone()).await {
                Ok(DocumentResponse::Failure { retry_ms, .. }) if retry_ms > 0 => {
                    tokio::time::sleep(Duration::from_millis(u64::from(retry_ms))).await;
                }
                answer => return said(node, answer, id),
            }
        }
    }
}

/// An answer; a refusal, and that there is none, are errors.
fn said(
    node: PeerKey,
    answer: Result<DocumentResponse, AskError>,
    id: &DocumentId,
) -> Result<DocumentResponse, Refused> {
    match answer {
        Ok(DocumentResponse::Failure { code, .. }) => Err(of_code(code.as_str(), id, Refused::Busy)),
        Ok(response) => Ok(response),
        Err(error) => {
            tracing::debug!(%node, %error, "a node was not asked");
            Err(Refused::Offline)
        }
    }
}

/// A request that brings a piece.
fn put(file: &File, hashes: &[Hash], id: &DocumentId, length: u64, number: u32) -> Result<DocumentRequest, Refused> {
    let none = || Refused::Piece { number };
    let mut bytes = vec![0u8; sealed::piece_bytes(length, number).ok_or_else(none)?];
    file.read_exact_at(&mut bytes, u64::from(number) * sealed::PIECE_BYTES as u64)?;
    let path = list::path(hashes, number as usize).ok_or_else(none)?;
    Ok(DocumentRequest::Put { id: *id, piece: number, bytes, path })
}

fn ready(response: DocumentResponse) -> Result<u32, Refused> {
    match response {
        DocumentResponse::Ready { have } => Ok(have),
        _ => Err(Refused::Offline),
    }
}

/// What a node's refusal means here. Of several nodes the one counts that says most.
fn of_code(code: &str, id: &DocumentId, so_far: Refused) -> Refused {
    match (code, so_far) {
        (_, erased @ Refused::Erased(_)) | ("H7004", erased @ Refused::ErasedBefore(_)) => erased,
        ("H7022", _) => Refused::Erased(*id),
        ("H4304", _) => Refused::ErasedBefore(*id),
        ("H7004", _) => Refused::Unknown(*id),
        ("H4302", _) => Refused::NotYours,
        ("H1426", _) => Refused::Share { what: "an agency has no room for it".into() },
        ("H1425" | "H1428", _) => Refused::shape("an agency does not take it"),
        (_, so_far) => so_far,
    }
}

fn filed(id: DocumentId, head: &Head, at: Timestamp) -> Filed {
    let about = head.about;
    Filed { id, by: about.by, length: head.sealed_bytes(), about: about.opens, tx: about.tx, at }
}

fn shown(out: &Outgoing) -> Shown {
    Shown { filed: out.filed.clone(), has: Some(out.has.iter().copied().collect()) }
}

#[cfg(test)]
mod tests;

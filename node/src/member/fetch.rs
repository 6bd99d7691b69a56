//! What is asked of agencies when somebody here needs it: names of the common frame, and files that only a whole ledger can
//! make. What comes is proven and kept, so that it is here when no agency is.

use super::{
    agencies::{Agencies, Unanswered, Wrong},
    items,
    keeper::{Keeper, Part},
    lists,
    proven::{self, End, Under},
};
use ::access::{
    Request, Response,
    limits::{MAX_IDS, MAX_LIST},
    wire::OwnList,
};
use ledger::{Hash, ItemId, StateKey, StateRead, tree};
use proof::{Problem, bounds::MAX_BUNDLE_BYTES};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use store::StoreError;
use tokio::sync::Semaphore;

/// How old a record may be before it is asked for again.
const FRESH: Duration = Duration::from_secs(600);
/// Names whose age is remembered.
const MAX_FRESH: usize = 10_000;
/// Fetches at a time; more are turned away.
const PLACES: usize = 8;
/// Members of a list of the frame that are fetched.
const MAX_MEMBERS: usize = 10_000;

/// What somebody needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// One record.
    Record(StateKey),
    /// A list of the frame, with its records.
    List(OwnList),
    /// The bundle of an item.
    Bundle(ItemId),
}

/// Why it cannot be had.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// No agency answers, and it is not here.
    Offline,
    /// Too many at a time.
    Busy,
    /// An agency refuses.
    Refused {
        /// Its code.
        code: &'static str,
        /// Its words.
        detail: String,
    },
    /// The slice cannot be read or written.
    Store(StoreError),
}

impl From<Unanswered> for FetchError {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Offline => FetchError::Offline,
            Unanswered::Refused { code, detail } => FetchError::Refused { code, detail },
        }
    }
}

impl From<StoreError> for FetchError {
    fn from(error: StoreError) -> Self {
        FetchError::Store(error)
    }
}

impl From<End> for FetchError {
    fn from(end: End) -> Self {
        match end {
            End::Store(error) => FetchError::Store(error),
            End::Unanswered(why) => why.into(),
            // Told to the watch where it was found.
            _ => FetchError::Offline,
        }
    }
}

/// How fresh an answer is that rests on what was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    /// The lowest height at which what is here of it was proven; none where it is not here, or nothing was asked for.
    pub(crate) as_of: Option<u64>,
    /// Whether it is a list, which nothing proves whole.
    pub(crate) is_list: bool,
}

impl Fetched {
    /// Rests on something as of a height too.
    pub(crate) fn is_of(&mut self, height: Option<u64>) {
        self.as_of = self.as_of.into_iter().chain(height).min();
    }
}

struct Inner {
    keeper: Arc<Keeper>,
    agencies: Agencies,
    places: Semaphore,
    fresh: Mutex<BTreeMap<Wanted, Instant>>,
}

/// Asks for what is needed. Shared by reference count.
#[derive(Clone)]
pub(crate) struct Fetch(Arc<Inner>);

impl Fetch {
    pub(crate) fn new(keeper: Arc<Keeper>, agencies: Agencies) -> Fetch {
        let (places, fresh) = (Semaphore::new(PLACES), Mutex::default());
        Fetch(Arc::new(Inner { keeper, agencies, places, fresh }))
    }

    /// The slice that it fills, and what that stands on.
    pub(crate) fn keeper(&self) -> &Arc<Keeper> {
        &self.0.keeper
    }

    /// Sees to it that what is wanted is here and not old. An error where it is not here and cannot be had; what an agency
    /// does not show is as if it were not there.
    pub(crate) async fn ensure(&self, wanted: &[Wanted]) -> Result<Fetched, FetchError> {
        let mut fetched = Fetched::default();
        for one in wanted {
            fetched.is_list |= matches!(one, Wanted::List(_));
            if !self.is_fresh(one) {
                let _place = self.0.places.try_acquire().map_err(|_| FetchError::Busy)?;
                match self.bring(one).await {
                    Ok(()) => self.note(one),
                    // Where it is here, it is as it was when it was shown last.
                    Err(FetchError::Refused { .. }) => {}
                    Err(FetchError::Offline) if self.at(one)?.is_some() => {}
                    Err(error) => return Err(error),
                }
            }
            fetched.is_of(self.at(one)?);
        }
        Ok(fetched)
    }

    fn is_fresh(&self, wanted: &Wanted) -> bool {
        let fresh = self.0.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.get(wanted).is_some_and(|at| at.elapsed() < FRESH)
    }

    fn note(&self, wanted: &Wanted) {
        let mut fresh = self.0.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        if fresh.len() >= MAX_FRESH {
            fresh.clear();
        }
        fresh.insert(wanted.clone(), Instant::now());
    }

    /// The height as of which something is here; none where it is not.
    fn at(&self, wanted: &Wanted) -> Result<Option<u64>, FetchError> {
        let view = self.0.keeper.store().view()?;
        Ok(match wanted {
            Wanted::Record(key) => view.as_of(key)?,
            // As much as is here is shown, and said to be no whole list.
            Wanted::List(_) => Some(view.tip().height),
            Wanted::Bundle(item) => view.file(item)?.map(|(height, _)| height),
        })
    }

    async fn bring(&self, wanted: &Wanted) -> Result<(), FetchError> {
        match wanted {
            Wanted::Record(key) => self.records(vec![key.clone()]).await,
            Wanted::List(list) => {
                let mut keys = Vec::new();
                for (id, hash) in self.members(*list).await? {
                    let key = lists::key(*list, id);
                    let here = self.0.keeper.store().read(&key).map_err(End::from)?;
                    if here.is_none_or(|record| tree::value(&record) != hash) {
                        keys.push(key);
                    }
                }
                self.records(keys).await
            }
            Wanted::Bundle(item) => self.bring_bundle(*item).await,
        }
    }

    async fn members(&self, list: OwnList) -> Result<Vec<(Hash, Hash)>, FetchError> {
        let mut found: Vec<(Hash, Hash)> = Vec::new();
        let limit = u16::try_from(MAX_LIST).unwrap_or(u16::MAX);
        while found.len() < MAX_MEMBERS {
            let after = found.last().map(|(id, _)| *id);
            let take = |response: Response| match response {
                Response::List { entries, more } => Ok((entries, more)),
                _ => Err(Wrong::shape("another answer than a list")),
            };
            let (entries, more) = self.0.agencies.first(Request::List { list, after, limit }, take).await?;
            let is_last = !more || entries.is_empty();
            found.extend(entries);
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    /// Records, and the entries of the places among them.
    async fn records(&self, keys: Vec<StateKey>) -> Result<(), FetchError> {
        let mut due = keys;
        while !due.is_empty() {
            let rest = due.split_off(due.len().min(MAX_IDS));
            let keys = std::mem::replace(&mut due, rest);
            let (ground, options) = (self.0.keeper.ground(), self.0.keeper.options());
            let take = |response: Response| match response {
                Response::Records { stand, records } => {
                    proven::records(&ground.trust, ground.known.as_ref(), &keys, (&stand, records), options)
                }
                _ => Err(Wrong::shape("another answer than records").into()),
            };
            let (height, came) = self.0.agencies.first(Request::Records { keys: keys.clone() }, take).await?;
            due.extend(lists::entries(self.0.keeper.store(), &came)?);
            let keeper = self.0.keeper.clone();
            blocking(move || keeper.add(Part { as_of: Some(height), ..Part::of(came) })).await?;
        }
        Ok(())
    }

    async fn bring_bundle(&self, item: ItemId) -> Result<(), FetchError> {
        let (ground, options) = (self.0.keeper.ground(), self.0.keeper.options());
        let take = |response: Response| match response {
            Response::File { bytes } => {
                proven::bundle(&ground, ground.known.as_ref(), item, &bytes, options).map(|contents| (contents, bytes))
            }
            _ => Err(Wrong::shape("another answer than a bundle").into()),
        };
        let (contents, gz) = self.0.agencies.first(Request::Bundle { item, children: false }, take).await?;
        let keeper = self.0.keeper.clone();
        blocking(move || {
            let height = contents.certified.header.height;
            let (part, _) = items::of_bundle(contents);
            keeper.add(part)?;
            keeper.keep_file(&item, height, &gz)
        })
        .await
    }

    /// The last bundle of an item that is here, as its file, and the height that it is of.
    pub(crate) fn bundle(&self, item: &ItemId) -> Result<Option<(u64, Vec<u8>)>, FetchError> {
        let Some((height, gz)) = self.0.keeper.store().view()?.file(item)? else { return Ok(None) };
        let damaged = |e: Problem| StoreError::Corrupt { what: "a bundle".into(), detail: e.to_string() };
        let plain = proof::read_file(&gz, MAX_BUNDLE_BYTES).map_err(damaged)?;
        Ok(Some((height, plain.into_owned())))
    }

    /// The bundle of an item with the items that were made out of it, and the height that it is of: it is judged and not
    /// kept.
    pub(crate) async fn with_children(&self, item: ItemId) -> Result<(u64, Vec<u8>), FetchError> {
        let (ground, options) = (self.0.keeper.ground(), self.0.keeper.options());
        let take = |response: Response| -> Result<(u64, Vec<u8>), End> {
            let Response::File { bytes } = response else {
                return Err(Wrong::shape("another answer than a bundle").into());
            };
            let contents = proven::bundle(&ground, ground.known.as_ref(), item, &bytes, options)?;
            Ok((contents.certified.header.height, plain(&bytes)?))
        };
        Ok(self.0.agencies.first(Request::Bundle { item, children: true }, take).await?)
    }

    /// Records with their proofs, for somebody else: they are judged and not kept.
    pub(crate) async fn under(&self, keys: Vec<StateKey>) -> Result<Under, FetchError> {
        let (ground, options) = (self.0.keeper.ground(), self.0.keeper.options());
        let take = |response: Response| match response {
            Response::Records { stand, records } => proven::under(&ground, &keys, &stand, records, options),
            _ => Err(Wrong::shape("another answer than records").into()),
        };
        Ok(self.0.agencies.first(Request::Records { keys: keys.clone() }, take).await?)
    }

    /// The proof that nobody registered a code, given as canonical bytes, and the height that it is of: it is judged and not
    /// kept.
    pub(crate) async fn absence(&self, code: Vec<u8>) -> Result<(u64, Vec<u8>), FetchError> {
        let (ground, options) = (self.0.keeper.ground(), self.0.keeper.options());
        let take = |response: Response| match response {
            Response::File { bytes } => proven::absence(&ground, &code, &bytes, options),
            _ => Err(Wrong::shape("another answer than a proof of an absence").into()),
        };
        Ok(self.0.agencies.first(Request::Absence { code: code.clone() }, take).await?)
    }
}

fn plain(gz: &[u8]) -> Result<Vec<u8>, Wrong> {
    Ok(proof::read_file(gz, MAX_BUNDLE_BYTES)?.into_owned())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, FetchError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(FetchError::Store(StoreError::Corrupt { what: "a write".into(), detail: error.to_string() })),
    }
}

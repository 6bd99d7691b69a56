//! Room for what goes on at a time. Who finds none waits as long as a request may take, and is refused then.

use super::{
    HttpOptions,
    failure::{Failure, code},
};
use api::paths;
use axum::http::Method;
use ledger::OrgId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Batches at a time: each holds up to 4 MiB twice.
const BATCHES: usize = 8;
/// Bundles at a time: each may grow to 32 MiB.
const BUNDLES: usize = 2;
/// Documents that come at a time.
const DEPOSITS: usize = 8;
/// Those of one organisation: however slow its lines are, it does not take the places of all others.
const DEPOSITS_OF_ORG: usize = 2;
/// Documents that are given at a time.
const GIVEN: usize = 32;
/// Those to one organisation.
const GIVEN_OF_ORG: usize = 8;
/// Followers of one organisation at a time.
const FOLLOWERS_OF_ORG: usize = 8;
/// Longest time for a document to come.
const DEPOSIT_TIME: Duration = Duration::from_secs(20 * 60);
/// Works on blocking threads at a time.
const READS: usize = 16;

/// How a request is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Health: answered however busy the node is.
    Probe,
    /// May wait for a transaction.
    Wait,
    /// Brings much.
    Batch,
    /// Brings a document, as fast as its line allows.
    Deposit,
    /// Everything else.
    Quick,
}

impl Kind {
    /// The kind of a request, by the template of its path.
    pub(super) fn of(template: &str, method: &Method) -> Kind {
        match template {
            paths::LIVEZ | paths::READYZ | paths::METRICS | paths::VERSION => Kind::Probe,
            paths::TX_ONE if *method == Method::GET => Kind::Wait,
            paths::TX_BATCH => Kind::Batch,
            paths::DOCUMENTS if *method == Method::POST => Kind::Deposit,
            _ => Kind::Quick,
        }
    }

    /// The longest time it may take.
    pub(super) fn time(self, request: Duration) -> Duration {
        match self {
            Kind::Probe | Kind::Batch | Kind::Quick => request,
            Kind::Wait => request.saturating_add(Duration::from_millis(paths::MAX_WAIT_MS)),
            Kind::Deposit => DEPOSIT_TIME.max(request),
        }
    }
}

/// How many of something each organisation has going on.
#[derive(Clone, Debug, Default)]
struct Shares(Arc<Mutex<BTreeMap<OrgId, usize>>>);

impl Shares {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<OrgId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more for an organisation: there is room for it or there is none.
    fn take(&self, org: OrgId, most: usize) -> Result<Share, Failure> {
        let mut counts = self.counts();
        let count = counts.entry(org).or_default();
        if *count >= most {
            return Err(Failure::new(code::TOO_MANY));
        }
        *count += 1;
        Ok(Share { of: self.clone(), org })
    }
}

/// One of what an organisation has going on, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Shares,
    org: OrgId,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.of.counts();
        match counts.get(&self.org).copied().unwrap_or_default().saturating_sub(1) {
            0 => counts.remove(&self.org),
            left => counts.insert(self.org, left),
        };
    }
}

/// All places.
pub(super) struct Places {
    quick: Arc<Semaphore>,
    waits: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    bundles: Arc<Semaphore>,
    deposits: Arc<Semaphore>,
    brought_by: Shares,
    given: Arc<Semaphore>,
    given_to: Shares,
    streams: Arc<Semaphore>,
    followed_by: Shares,
    reads: Arc<Semaphore>,
}

impl Places {
    pub(super) fn new(options: &HttpOptions) -> Places {
        let places = |n: usize| Arc::new(Semaphore::new(n.max(1)));
        Places {
            quick: places(options.in_flight),
            waits: places(options.waits),
            batches: places(BATCHES),
            bundles: places(BUNDLES),
            deposits: places(DEPOSITS),
            brought_by: Shares::default(),
            given: places(GIVEN),
            given_to: Shares::default(),
            streams: places(options.followers),
            followed_by: Shares::default(),
            reads: places(READS),
        }
    }

    /// A place for a request; none is needed for a probe.
    pub(super) async fn request(&self, kind: Kind) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let room = match kind {
            Kind::Probe => return Ok(None),
            Kind::Wait => &self.waits,
            Kind::Batch => &self.batches,
            Kind::Deposit => &self.deposits,
            Kind::Quick => &self.quick,
        };
        take(room).await.map(Some)
    }

    /// A place for work on a blocking thread.
    pub(super) async fn read(&self) -> Result<OwnedSemaphorePermit, Failure> {
        take(&self.reads).await
    }

    /// A place for assembling a bundle.
    pub(super) async fn bundle(&self) -> Result<OwnedSemaphorePermit, Failure> {
        take(&self.bundles).await
    }

    /// An organisation's share of the places in which documents come.
    pub(super) fn brought(&self, by: OrgId) -> Result<Share, Failure> {
        self.brought_by.take(by, DEPOSITS_OF_ORG)
    }

    /// A place for giving a document to an organisation, kept while it is given.
    pub(super) async fn given(&self, to: OrgId) -> Result<(Share, OwnedSemaphorePermit), Failure> {
        let share = self.given_to.take(to, GIVEN_OF_ORG)?;
        Ok((share, take(&self.given).await?))
    }

    /// A place for a follower of an organisation, who would keep it: there is one or there is none.
    pub(super) fn stream(&self, by: OrgId) -> Result<(Share, OwnedSemaphorePermit), Failure> {
        let share = self.followed_by.take(by, FOLLOWERS_OF_ORG)?;
        let place = self.streams.clone().try_acquire_owned().map_err(|_| Failure::new(code::TOO_MANY))?;
        Ok((share, place))
    }
}

async fn take(room: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Failure> {
    // None of them is ever closed.
    room.clone().acquire_owned().await.map_err(|_| Failure::new(code::TOO_MANY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn followers_are_refused_and_probes_are_not() {
        let options = HttpOptions { followers: 1, in_flight: 1, ..HttpOptions::new(Default::default()) };
        let places = Places::new(&options);
        let first = places.stream(OrgId::default()).unwrap();
        assert_eq!(places.stream(OrgId::default()).unwrap_err().code(), code::TOO_MANY);
        drop(first);
        assert!(places.stream(OrgId::default()).is_ok());
        let _only = places.request(Kind::Quick).await.unwrap();
        assert!(places.request(Kind::Probe).await.unwrap().is_none());
        let second = tokio::time::timeout(Duration::ZERO, places.request(Kind::Quick)).await;
        assert!(second.is_err());
    }

    #[tokio::test]
    async fn no_organisation_takes_all_places_for_documents() {
        let places = Places::new(&HttpOptions::new(Default::default()));
        let org = |n: u8| OrgId(ledger::Hash([n; 32]));
        let mut brought: Vec<Share> = (0..DEPOSITS_OF_ORG).map(|_| places.brought(org(1)).unwrap()).collect();
        assert_eq!(places.brought(org(1)).unwrap_err().code(), code::TOO_MANY);
        assert!(places.brought(org(2)).is_ok());
        brought.pop();
        assert!(places.brought(org(1)).is_ok());
        let mut given = Vec::new();
        for _ in 0..GIVEN_OF_ORG {
            given.push(places.given(org(1)).await.unwrap());
        }
        assert_eq!(places.given(org(1)).await.unwrap_err().code(), code::TOO_MANY);
        assert!(places.given(org(2)).await.is_ok());
        drop((brought, given));
        assert!(places.brought_by.counts().is_empty() && places.given_to.counts().is_empty());
    }

    #[tokio::test]
    async fn no_organisation_takes_all_places_for_followers() {
        let places = Places::new(&HttpOptions::new(Default::default()));
        let org = |n: u8| OrgId(ledger::Hash([n; 32]));
        let mut kept: Vec<_> = (0..FOLLOWERS_OF_ORG).map(|_| places.stream(org(1)).unwrap()).collect();
        assert_eq!(places.stream(org(1)).unwrap_err().code(), code::TOO_MANY);
        assert!(places.stream(org(2)).is_ok());
        kept.pop();
        assert!(places.stream(org(1)).is_ok());
        drop(kept);
        assert!(places.followed_by.counts().is_empty());
    }

    #[test]
    fn waiting_and_bringing_documents_take_longer() {
        let second = Duration::from_secs(1);
        assert_eq!(Kind::of(paths::TX_ONE, &Method::GET).time(second), Duration::from_secs(61));
        assert_eq!(Kind::of(paths::TX_ONE, &Method::POST).time(second), second);
        assert_eq!(Kind::of(paths::DOCUMENTS, &Method::POST).time(second), DEPOSIT_TIME);
        assert_eq!(Kind::of(paths::DOCUMENTS, &Method::GET), Kind::Quick);
        assert_eq!(Kind::of(paths::READYZ, &Method::GET), Kind::Probe);
        assert_eq!(Kind::of(paths::ITEM, &Method::GET), Kind::Quick);
    }
}

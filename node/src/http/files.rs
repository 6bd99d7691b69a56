//! Files beside the bundle that strangers judge: what touched an organisation, and that nobody registered a code.

use super::{
    Server, Shared,
    bundle::Moment,
    failure::{Failure, code},
    fetch::{dated, not_had},
    key,
    login::Caller,
    params::Params,
};
use crate::member::Kept;
use api::view::FeedQuery;
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, Uri, header},
    response::Response,
};
use custody::visibility::Resource;
use gs1::ItemCode;
use ledger::{Event, ItemId, OrgId, block::FeedLink, codec};
use proof::{
    absence::{self, AbsenceError},
    bounds::MAX_BUNDLE_BYTES,
    feed::{self, FeedError, FeedSource},
};
use store::StoreError;

impl FeedSource for Moment<'_> {
    fn feed_links(&self, org: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, StoreError> {
        self.0.feed_links(org, from, limit)
    }

    fn event(&self, item: &ItemId, n: u64) -> Result<Option<Event>, StoreError> {
        Ok(self.0.events(item, n, 1)?.pop())
    }
}

impl Server {
    /// What a store offers of one height. Nothing is certified before the first block.
    fn moment(&self) -> Result<Moment<'_>, Failure> {
        let view = self.handle.store.view().map_err(|e| Failure::fault("look at the store", e))?;
        match view.tip().height {
            0 => Err(Failure::new(code::NOT_READY)),
            _ => Ok(Moment(view)),
        }
    }

    fn feed_file(&self, org: &OrgId, query: &FeedQuery) -> Result<Vec<u8>, Failure> {
        match self.handle.member() {
            None => {
                let moment = self.moment()?;
                feed_of(&moment, org, query, moment.0.tip().height)
            }
            Some(way) => {
                let kept = Kept::of(way.fetch.keeper()).map_err(|e| Failure::fault("look at the slice", e))?;
                let kept = kept.ok_or(Failure::new(code::NOT_READY))?;
                feed_of_member(&kept, org, query)
            }
        }
    }

    /// The file, and on a member's node the height that it is of.
    fn absence_file(&self, code: &ItemCode) -> Result<(Vec<u8>, Option<u64>), Failure> {
        if let Some(way) = self.handle.member() {
            // A part of the ledger proves of nothing that it is not in the whole.
            let asked = way.fetch.absence(codec::encode(code));
            let (height, file) = tokio::runtime::Handle::current().block_on(asked).map_err(not_had)?;
            return Ok((file, Some(height)));
        }
        match absence::assemble(&self.moment()?, &codec::encode(code)) {
            Ok(file) => Ok((file.to_json(), None)),
            Err(AbsenceError::Registered) => {
                Err(Failure::new(code::REGISTERED).with("input", super::failure::shown(&code.to_string())))
            }
            Err(AbsenceError::Source(error)) => Err(Failure::fault("prove an absence", error)),
        }
    }
}

/// The file of a feed from what a member's node has of it: a feed that was begun later goes back to no earlier height.
fn feed_of_member(kept: &Kept<'_>, org: &OrgId, query: &FeedQuery) -> Result<Vec<u8>, Failure> {
    let (begins, last) = (kept.begins().map_err(|e| Failure::fault("look at the slice", e))?, kept.height());
    let from = query.from.unwrap_or(begins);
    if begins > 1 && (from < begins || last < begins) {
        return Err(Failure::new(code::PRUNED).with("floor", begins.to_string()));
    }
    feed_of(kept, org, &FeedQuery { from: Some(from), to: query.to }, last)
}

/// The file of a feed, up to the last height that a source has.
fn feed_of<S: FeedSource<Error = StoreError>>(
    source: &S,
    org: &OrgId,
    query: &FeedQuery,
    last: u64,
) -> Result<Vec<u8>, Failure> {
    let (from, to) = (query.from.unwrap_or(1), query.to.unwrap_or(last));
    let too_large = || Failure::request("a file has no room for so much: ask for fewer heights");
    match feed::assemble(source, org, from, to) {
        Ok(file) => Some(file.to_json()).filter(|bytes| bytes.len() <= MAX_BUNDLE_BYTES).ok_or_else(too_large),
        Err(FeedError::OrgUnknown(org)) => Err(Failure::not_found("organisation", org)),
        Err(FeedError::Range { from, to, height }) => {
            Err(Failure::request(format!("take the heights {from} to {to}: the last block is {height}")))
        }
        Err(FeedError::TooLarge) => Err(too_large()),
        Err(FeedError::Source(error)) => Err(Failure::store("assemble a feed", &error)),
        Err(FeedError::Missing { what, id }) => Err(Failure::fault("assemble a feed", format!("no {what} {id}"))),
        Err(FeedError::Record(error)) => Err(Failure::fault("assemble a feed", error)),
    }
}

fn attached(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// `GET /v1/orgs/{id}/feed`.
pub(super) async fn feed(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
    Params(query): Params<FeedQuery>,
) -> Result<Response, Failure> {
    let org: OrgId = text.parse().map_err(|_| Failure::id(&text))?;
    caller.must_see(&Resource::Feed { owner: &org })?;
    let _place = server.places.bundle().await?;
    let bytes = server.blocking(move |server| server.feed_file(&org, &query)).await?;
    Ok(attached(bytes, &format!("{org}.feed.json")))
}

/// `GET /v1/codes/{key}/absence`.
pub(super) async fn absence(State(server): State<Shared>, caller: Caller, uri: Uri) -> Result<Response, Failure> {
    caller.must_see(&Resource::Frame)?;
    let code = key::parse_absence(&uri)?;
    let (bytes, as_of) = server.blocking(move |server| server.absence_file(&code)).await?;
    Ok(dated(as_of, attached(bytes, "absence.json")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::tests::world::{Who, World},
        member::tests::{Folder, HONEST, Nodes, commit, member, register, round, until_has},
    };
    use ledger::{StateKey, StateRead, record::FeedRecord};
    use proof::{Options, Standing, TrustRoot};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_feed_that_was_begun_later_has_files_from_the_height_that_it_can_prove() {
        let world = World::start().await;
        let guest = register(&world, 1, Who::A).await;
        let (nodes, home, org) = (Nodes::over(&world, guest), Folder::new(), Who::A.org());
        let mut member = member(&world, home.path(), org, &nodes);
        member.follower.from_now = true;
        round(&mut member, HONEST).await.unwrap();
        let keeper = member.follower.keeper.clone();
        let ask = |from: Option<u64>, to: Option<u64>| {
            let kept = Kept::of(&keeper).unwrap().unwrap();
            feed_of_member(&kept, &org, &FeedQuery { from, to }).map_err(|failure| failure.code())
        };
        assert_eq!(ask(None, None), Err(code::PRUNED), "nothing has touched it since");
        let mut heights = Vec::new();
        for (salt, lot, giver, receiver) in
            [(2, "ONCE", Who::A, Who::B), (3, "TWICE", Who::A, Who::B), (4, "ONCE", Who::B, Who::A)]
        {
            let (item, _) = world.item(Who::A, lot);
            let tx = world.handover_of(salt, item, giver, receiver);
            commit(&world, tx.clone()).await;
            until_has(&mut member, HONEST, &tx.body.id()).await;
            heights.push(member.handle.store.tx(&tx.body.id()).unwrap().unwrap().height);
        }
        let begins = heights[1] + 1;
        let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
        let options = Options { allow_test: true, ..Options::default() };
        for from in [None, Some(begins), Some(heights[2])] {
            let verdict = feed::verify(&ask(from, None).unwrap(), Some(&trust), options);
            assert_eq!((verdict.head.verdict, verdict.links), (Standing::Valid, 1), "{:?}", verdict.head.failure);
            assert_eq!(verdict.from, from.or(Some(begins)));
        }
        for from in [1, heights[0], begins - 1] {
            assert_eq!(ask(Some(from), None), Err(code::PRUNED), "{from}");
        }
        assert_eq!(ask(None, Some(begins - 1)), Err("H1413"));
        // It is the feed that goes back no further; its record is the one that all have.
        let own: Option<FeedRecord> = member.handle.store.record(&StateKey::Feed(org)).unwrap();
        assert_eq!(own, world.handle.store.record(&StateKey::Feed(org)).unwrap());
        world.end().await;
    }
}

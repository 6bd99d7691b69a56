//! Items: one, its events, its bundle; and lists of them.

use super::{
    Server, Shared,
    failure::{Failure, code},
    fetch::dated,
    key::{self, Facet, ItemKey},
    login::Caller,
    page::{List, Pages, Window},
    params::{self, Params, flag, identity, one_of},
    reads::{ItemList, MAX_READS, MAX_SCAN, sift_until},
    sight::{Seen, Sight},
};
use api::view::{
    BundleQuery, EventView, HoldOnItem, HoldView, ItemParts, ItemView, ItemsQuery, PageQuery, PassageQuery,
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use custody::visibility::Reader;
use ledger::{
    ItemId, ItemRecord, Lifecycle, OrgId, OrgRecord, StateKey,
    record::{ClassRecord, CodeRecord},
    state::code_hash,
};

/// Which items a list is to show.
struct Wanted {
    list: ItemList,
    custodian: Option<OrgId>,
    offered_to: Option<OrgId>,
    unit: Option<ItemId>,
    state: Option<Lifecycle>,
}

impl Wanted {
    fn of(query: &ItemsQuery) -> Result<Wanted, Failure> {
        let custodian = identity(query.custodian.as_deref())?;
        let offered_to = identity(query.offered_to.as_deref())?;
        let unit = identity(query.unit.as_deref())?;
        // What is in one unit, or offered, is less than what somebody holds: the shorter list.
        let list = match (unit, offered_to, custodian) {
            (Some(unit), _, _) => ItemList::In(unit),
            (None, Some(receiver), _) => ItemList::OfferedTo(receiver),
            (None, None, Some(custodian)) => ItemList::HeldBy(custodian),
            (None, None, None) => ItemList::All,
        };
        Ok(Wanted { list, custodian, offered_to, unit, state: query.state.as_deref().map(lifecycle).transpose()? })
    }

    fn fits(&self, item: &ItemRecord) -> bool {
        let receiver = item.offer.as_ref().map(|o| o.receiver);
        self.custodian.is_none_or(|org| item.custodian == org)
            && self.offered_to.is_none_or(|org| receiver == Some(org))
            && self.unit.is_none_or(|unit| item.container.is_some_and(|packed| packed.unit == unit))
            && self.state.is_none_or(|state| item.state == state)
    }
}

fn lifecycle(name: &str) -> Result<Lifecycle, Failure> {
    one_of(name, &Lifecycle::ALL, Lifecycle::name)
}

/// Part of a list: entries, and where the next part begins.
struct Part<T> {
    entries: Vec<T>,
    next: Option<ItemId>,
}

impl Server {
    fn item_view(&self, seen: &Seen) -> Result<ItemView, Failure> {
        let item = seen.record();
        let class: Option<ClassRecord> = self.record(&StateKey::Class(item.class))?;
        let custodian: Option<OrgRecord> = self.record(&StateKey::Org(item.custodian))?;
        let registrant: Option<OrgRecord> = self.record(&StateKey::Org(item.registrant))?;
        Ok(ItemView::of(ItemParts {
            id: seen.id(),
            item,
            class: class.as_ref(),
            custodian: custodian.as_ref(),
            registrant: registrant.as_ref(),
            as_of: seen.left().unwrap_or_else(|| self.stamp()),
        }))
    }

    /// Goes through a list until the page is full, the list ends, or enough was read. A list of where things are now tells
    /// of an item to its present parties alone: neither that it is there nor that it left is for those who were parties.
    fn walk<T>(
        &self,
        who: &Reader,
        (list, fits): (ItemList, impl Fn(&ItemRecord) -> bool),
        window: Window<ItemId>,
        mut show: impl FnMut(&Seen) -> Result<Vec<T>, Failure>,
    ) -> Result<Part<T>, Failure> {
        let sight = Sight::new(self, who);
        let shown = sift_until(
            &window,
            || sight.reads() >= MAX_READS,
            |after, limit| sight.items(&list, after, limit),
            |id| {
                let Some(record): Option<ItemRecord> = sight.record(&StateKey::Item(id))? else {
                    return Ok(Vec::new());
                };
                let seen = match list {
                    ItemList::All => sight.seen(id, record)?,
                    ItemList::HeldBy(_) | ItemList::OfferedTo(_) | ItemList::In(_) | ItemList::Held => {
                        sight.present(id, record)?
                    }
                };
                seen.filter(|seen| fits(seen.record())).map_or(Ok(Vec::new()), |seen| show(&seen))
            },
        );
        let (entries, next) = shown?;
        Ok(Part { entries, next })
    }

    fn item_page(&self, who: &Reader, wanted: &Wanted, window: Window<ItemId>) -> Result<Part<ItemView>, Failure> {
        let asked = (wanted.list, |item: &ItemRecord| wanted.fits(item));
        self.walk(who, asked, window, |seen| Ok(vec![self.item_view(seen)?]))
    }

    fn hold_page(&self, who: &Reader, window: Window<ItemId>) -> Result<Part<HoldOnItem>, Failure> {
        self.walk(who, (ItemList::Held, |_: &ItemRecord| true), window, |seen| {
            let (id, item) = (seen.id(), seen.record());
            let on_item = |hold: &ledger::record::Hold| HoldOnItem {
                item: id.to_string(),
                code: item.code.digital_link(),
                hold: HoldView::of(hold),
            };
            Ok(item.holds.iter().map(on_item).collect())
        })
    }

    /// The visible registrations under a code, the latest first.
    fn carriers(sight: &Sight<'_>, code: &gs1::ItemCode, window: Window<ItemId>) -> Result<Part<Seen>, Failure> {
        let record: Option<CodeRecord> = sight.record(&StateKey::Code(code_hash(code)))?;
        let mut at = match window.after {
            Some(after) => sight.record::<ItemRecord>(&StateKey::Item(after))?.and_then(|item| item.previous),
            None => record.map(|r| r.latest),
        };
        let mut after = window.after;
        let mut entries = Vec::new();
        for _ in 0..MAX_SCAN {
            let Some(id) = at else { return Ok(Part { entries, next: None }) };
            if entries.len() >= window.limit || (after != window.after && sight.reads() >= MAX_READS) {
                break;
            }
            let Some(item) = sight.record::<ItemRecord>(&StateKey::Item(id))? else { break };
            (at, after) = (item.previous, Some(id));
            entries.extend(sight.seen(id, item)?);
        }
        Ok(Part { entries, next: after })
    }

    /// Whether an item that the reader may see carries a code.
    pub(super) fn carries(&self, who: &Reader, code: &gs1::ItemCode) -> Result<bool, Failure> {
        let window = Window { limit: 1, after: None };
        Ok(!Server::carriers(&Sight::new(self, who), code, window)?.entries.is_empty())
    }

    /// The one item that a key names, or several.
    fn named(&self, sight: &Sight<'_>, key: &ItemKey, window: Window<ItemId>) -> Result<Named, Failure> {
        match key {
            ItemKey::Id(id) => match sight.item(id)? {
                Some(seen) => Ok(Named::One(Box::new(seen))),
                None => Err(self.not_shown(id)?),
            },
            ItemKey::Code(code) => {
                let is_first = window.after.is_none();
                let Part { mut entries, next } = Server::carriers(sight, code, window)?;
                if is_first && next.is_none() && entries.len() < 2 {
                    let seen = entries.pop().ok_or_else(|| Failure::not_found("item", code))?;
                    return Ok(Named::One(Box::new(seen)));
                }
                let views = entries.iter().map(|seen| self.item_view(seen));
                Ok(Named::Several(Part { entries: views.collect::<Result<_, _>>()?, next }))
            }
        }
    }
}

impl Server {
    /// Why an item is not shown: there is none for this reader, or it has left a member's node, which has events of it still.
    fn not_shown(&self, id: &ItemId) -> Result<Failure, Failure> {
        let has_left = self.handle.member().is_some() && !self.events(id, 1, 1)?.is_empty();
        Ok(match has_left {
            true => Failure::new(code::LEFT).with("input", id.to_string()),
            false => Failure::not_found("item", id),
        })
    }
}

/// What a key names.
enum Named {
    One(Box<Seen>),
    Several(Part<ItemView>),
}

fn several(pages: &Pages<'_>, part: Part<ItemView>) -> Result<Response, Failure> {
    let mut response = pages.page(part.entries, part.next)?;
    *response.status_mut() = StatusCode::MULTIPLE_CHOICES;
    Ok(response)
}

/// `GET /v1/items`.
pub(super) async fn list(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<ItemsQuery>,
) -> Result<Response, Failure> {
    let wanted = Wanted::of(&query)?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Items)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let part = server.blocking(move |server| server.item_page(&who, &wanted, window)).await?;
    pages.page(part.entries, part.next)
}

/// `GET /v1/holds`.
pub(super) async fn holds(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<PageQuery>,
) -> Result<Response, Failure> {
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Holds)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let part = server.blocking(move |server| server.hold_page(&who, window)).await?;
    pages.page(part.entries, part.next)
}

/// `GET /v1/items/{key}`, `…/events`, `…/bundle` and `…/passage`.
pub(super) async fn one(State(server): State<Shared>, caller: Caller, uri: Uri) -> Result<Response, Failure> {
    let (key, facet) = key::parse(&uri)?;
    match facet {
        Facet::Record => {
            let query: PageQuery = params::parse(&uri)?;
            let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::ItemsOfCode)?;
            let window = pages.window(query.limit, query.cursor.as_deref())?;
            let who = caller.who();
            let read = server.blocking(move |server| match server.named(&Sight::new(server, &who), &key, window)? {
                Named::One(seen) => Ok(Ok(server.item_view(&seen)?)),
                Named::Several(part) => Ok(Err(part)),
            });
            match read.await? {
                Ok(view) => Ok(Json(view).into_response()),
                Err(part) => several(&pages, part),
            }
        }
        Facet::Events => {
            let query = params::parse(&uri)?;
            events(server, caller, uri, key, query).await
        }
        Facet::Bundle => {
            let query = params::parse(&uri)?;
            bundle(server, caller, uri, key, query).await
        }
        Facet::Passage => {
            let query: PassageQuery = params::parse(&uri)?;
            let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::ItemsOfCode)?;
            let who = caller.who();
            let read = server.blocking(move |server| match server.named(&Sight::new(server, &who), &key, FIRST)? {
                Named::One(seen) => Ok(Ok(server.passage(&seen, query.known_at)?)),
                Named::Several(part) => Ok(Err(part)),
            });
            match read.await? {
                Ok((file, as_of)) => Ok(dated(as_of, Json(file).into_response())),
                Err(part) => several(&pages, part),
            }
        }
    }
}

/// The first registrations under a code, to say that there are several.
const FIRST: Window<ItemId> = Window { limit: 100, after: None };

async fn events(server: Shared, caller: Caller, uri: Uri, key: ItemKey, query: PageQuery) -> Result<Response, Failure> {
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Events)?;
    let window = pages.window::<u64>(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let read = server.blocking(move |server| {
        let sight = Sight::new(server, &who);
        let from = window.after.unwrap_or(0).saturating_add(1);
        match (server.named(&sight, &key, FIRST), &key) {
            (Ok(Named::One(seen)), _) => Ok(Ok((sight.history(&seen, from, window.limit)?, seen.record().count))),
            (Ok(Named::Several(part)), _) => Ok(Err(part)),
            // Its record is gone, and what touched the organisation is here.
            (Err(failure), ItemKey::Id(id)) if failure.code() == code::LEFT => {
                let events = server.events(id, from, window.limit)?;
                let count = if events.len() < window.limit { 0 } else { u64::MAX };
                Ok(Ok((events, count)))
            }
            (Err(failure), _) => Err(failure),
        }
    });
    let (events, count) = match read.await? {
        Ok(found) => found,
        Err(part) => return several(&pages, part),
    };
    let next = events.last().map(|e| e.n).filter(|n| *n < count);
    let views: Vec<EventView> = events.iter().map(EventView::of).collect();
    pages.page(views, next)
}

async fn bundle(
    server: Shared,
    caller: Caller,
    uri: Uri,
    key: ItemKey,
    query: BundleQuery,
) -> Result<Response, Failure> {
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::ItemsOfCode)?;
    let who = caller.who();
    let children = flag(query.children)?;
    let _place = server.places.bundle().await?;
    let read = server.blocking(move |server| match server.named(&Sight::new(server, &who), &key, FIRST)? {
        Named::One(seen) => Ok(Ok((server.bundle(&seen, children)?, *seen.id()))),
        Named::Several(part) => Ok(Err(part)),
    });
    let ((bytes, as_of), id) = match read.await? {
        Ok(found) => found,
        Err(part) => return several(&pages, part),
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.hufu\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(dated(as_of, response))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_choose_the_shortest_list() {
        let id = "ab".repeat(32);
        let of = |custodian: Option<&str>, offered_to: Option<&str>| {
            let query = ItemsQuery {
                custodian: custodian.map(String::from),
                offered_to: offered_to.map(String::from),
                ..ItemsQuery::default()
            };
            Wanted::of(&query).map(|w| w.list).map_err(|f| f.code())
        };
        let org = id.parse().unwrap();
        assert_eq!(of(None, None), Ok(ItemList::All));
        assert_eq!(of(Some(&id), None), Ok(ItemList::HeldBy(org)));
        assert_eq!(of(Some(&id), Some(&id)), Ok(ItemList::OfferedTo(org)));
        assert_eq!(of(Some("me"), None), Err("H1409"));
        let query = ItemsQuery { custodian: Some(id.clone()), unit: Some(id.clone()), ..ItemsQuery::default() };
        assert_eq!(Wanted::of(&query).map(|w| w.list).ok(), Some(ItemList::In(id.parse().unwrap())));
    }

    #[test]
    fn states_are_words() {
        for state in Lifecycle::ALL {
            assert_eq!(lifecycle(state.name()), Ok(state));
        }
        assert_eq!(lifecycle("mislaid").unwrap_err().code(), "H1412");
    }
}

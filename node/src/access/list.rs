//! Lists of records by name, with the hash of each: what a member compares with what it has. A list cannot be proven whole;
//! each record in it can.

use super::{
    admission::{self, unread},
    answer::Refused,
};
use ::access::wire::OwnList;
use custody::visibility::{Reader, sees};
use ledger::{
    AlertId, ClassId, DutyId, GrantId, Hash, ItemId, KeyId, OrgId, StateKey, StateRead, TxId, operation::Registry, tree,
};
use store::{MAX_PAGE, StoreError, View};

/// Members of a list that are looked at for one answer.
const MAX_SCAN: usize = 20_000;

type Page<'a> = Box<dyn Fn(Option<Hash>, usize) -> Result<Vec<Hash>, StoreError> + 'a>;

/// Where the members of a list stand, and the key of the record of each.
struct Listing<'a> {
    page: Page<'a>,
    key: fn(Hash) -> StateKey,
}

/// Members of a list behind one, as far as the reader sees their records, and whether more follow.
pub(super) fn list(
    view: &View<'_>,
    reader: &Reader,
    list: OwnList,
    after: Option<Hash>,
    limit: usize,
) -> Result<(Vec<(Hash, Hash)>, bool), Refused> {
    let Some(Listing { page, key }) = listing(view, reader, list) else { return Ok((Vec::new(), false)) };
    let now = admission::time(view);
    let (mut after, mut entries) = (after, Vec::new());
    let stride = limit.clamp(1, MAX_PAGE);
    for _ in 0..MAX_SCAN.div_ceil(stride) {
        let ids = page(after, stride)?;
        for id in &ids {
            if entries.len() >= limit {
                return Ok((entries, true));
            }
            after = Some(*id);
            let key = key(*id);
            if sees(reader, &key, view, now).map_err(unread)?
                && let Some(record) = view.read(&key).map_err(unread)?
            {
                entries.push((*id, tree::value(&record)));
            }
        }
        if ids.len() < stride {
            return Ok((entries, false));
        }
    }
    Ok((entries, true))
}

fn listing<'a>(view: &'a View<'_>, reader: &Reader, list: OwnList) -> Option<Listing<'a>> {
    let org = *reader.org()?;
    let (page, key): (Page<'a>, fn(Hash) -> StateKey) = match list {
        OwnList::Grants => {
            (Box::new(move |after, n| Ok(hashes(view.grants_of(&org, after.map(GrantId), n)?, |id| id.0))), |id| {
                StateKey::Grant(GrantId(id))
            })
        }
        OwnList::Duties => {
            (Box::new(move |after, n| Ok(hashes(view.duties_of(&org, after.map(DutyId), n)?, |id| id.0))), |id| {
                StateKey::Duty(DutyId(id))
            })
        }
        OwnList::Proposals => {
            (Box::new(move |after, n| Ok(hashes(view.proposals(after.map(TxId), n)?, |id| id.0))), |id| {
                StateKey::Proposal(TxId(id))
            })
        }
        OwnList::Alerts => {
            (Box::new(move |after, n| Ok(hashes(view.alerts(after.map(AlertId), n)?, |id| id.0))), |id| {
                StateKey::Alert(AlertId(id))
            })
        }
        OwnList::Entries => (Box::new(move |after, n| view.registers_about(&org.0, after, n)), StateKey::Register),
        OwnList::Keys => keys(view, org),
        OwnList::Nodes => {
            (Box::new(move |after, n| Ok(hashes(view.nodes_of(&org, after.map(|id| id.0), n)?, Hash))), |id| {
                StateKey::Node(id.0)
            })
        }
        OwnList::Offered => (
            Box::new(move |after, n| Ok(hashes(view.items_with_offer_to(&org, after.map(ItemId), n)?, |id| id.0))),
            item,
        ),
        OwnList::Held => (
            Box::new(move |after, n| Ok(hashes(view.items_by_custodian(&org, after.map(ItemId), n)?, |id| id.0))),
            item,
        ),
        OwnList::Shared => {
            (Box::new(move |after, n| Ok(hashes(view.items_shared_with(&org, after.map(ItemId), n)?, |id| id.0))), item)
        }
        OwnList::Orgs => (Box::new(move |after, n| Ok(hashes(view.orgs(after.map(OrgId), n)?, |id| id.0))), |id| {
            StateKey::Org(OrgId(id))
        }),
        OwnList::Classes => {
            (Box::new(move |after, n| Ok(hashes(view.classes(after.map(ClassId), n)?, |id| id.0))), |id| {
                StateKey::Class(ClassId(id))
            })
        }
        OwnList::Premises => registry(view, Registry::Premises),
        OwnList::Registry(number) => registry(view, *Registry::ALL.get(usize::from(number))?),
        OwnList::AgencyKeys(agency) => keys(view, agency),
    };
    Some(Listing { page, key })
}

fn item(id: Hash) -> StateKey {
    StateKey::Item(ItemId(id))
}

fn keys<'a>(view: &'a View<'_>, org: OrgId) -> (Page<'a>, fn(Hash) -> StateKey) {
    (Box::new(move |after, n| Ok(hashes(view.keys_of(&org, after.map(KeyId), n)?, |id| id.0))), |id| {
        StateKey::Key(KeyId(id))
    })
}

fn registry<'a>(view: &'a View<'_>, of: Registry) -> (Page<'a>, fn(Hash) -> StateKey) {
    (Box::new(move |after, n| view.registers(of, after, n)), StateKey::Register)
}

fn hashes<T>(ids: Vec<T>, hash: impl Fn(T) -> Hash) -> Vec<Hash> {
    ids.into_iter().map(hash).collect()
}

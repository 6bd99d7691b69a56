//! The network and its chain: identity, genesis, blocks, validators, evidence.

use super::{
    Server, Shared,
    failure::{Failure, code},
    login::Caller,
    openapi::JSON,
    page::{List, Pages},
    params::Params,
};
use crate::{evidence, handle::Way};
use api::{
    network::{BlockView, EvidenceView, MAX_PAST_SEATS, NETWORK_SCHEMA, NetworkView, PackView, ValidatorsView},
    paths,
    view::{OrgRef, PageQuery},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderName, Uri, header},
    response::Response,
};
use custody::visibility::{Parties, Reader, Resource, visible};
use ledger::{
    Evidence, Genesis, OrgId, OrgRecord, PolicyPack, StateKey, ValidatorSet,
    genesis::{GenesisItem, GenesisOrg},
    record::{PackInForce, SeatChangeRecord, ValidatorsRecord},
    seats,
};
use std::collections::{BTreeMap, BTreeSet};
use store::View;

impl Server {
    fn network_view(&self) -> Result<NetworkView, Failure> {
        let hash = self.pack_in_force()?.pack;
        let pack: Option<PolicyPack> = self.record(&StateKey::Pack(hash))?;
        let pack = pack.ok_or_else(|| Failure::fault("read the policy pack in force", "there is no record"))?;
        Ok(NetworkView {
            schema: NETWORK_SCHEMA.into(),
            network: self.handle.network.to_string(),
            chain: self.handle.frame.chain.to_string(),
            test: self.handle.frame.test.is_some(),
            pack: PackView::of(&pack),
            trust: self.handle.trust.fingerprint().0.to_string(),
            as_of: self.stamp().into(),
        })
    }

    /// Which policy pack is in force, and which follows.
    pub(super) fn pack_in_force(&self) -> Result<PackInForce, Failure> {
        let record = self.record(&StateKey::PackInForce)?;
        record.ok_or_else(|| Failure::fault("read which policy pack is in force", "there is no record"))
    }

    fn validators(&self) -> Result<ValidatorsRecord, Failure> {
        let record = self.record(&StateKey::Validators)?;
        record.ok_or_else(|| Failure::fault("read the validators", "there is no record"))
    }

    fn org_name(&self, org: &OrgId) -> Result<Option<String>, Failure> {
        let record: Option<OrgRecord> = self.record(&StateKey::Org(*org))?;
        Ok(record.map(|r| r.profile.name.to_string()))
    }

    /// A block, with those of its transactions that the reader may know of.
    fn block_view(&self, who: &Reader, height: u64) -> Result<Option<BlockView>, Failure> {
        let (Some(stored), Some(signed)) = (self.block(height)?, self.signed(height)?) else { return Ok(None) };
        // Items are left out of this judgement: a look-up for each transaction of a block would cost too much.
        let none = Parties::default();
        let shown: Vec<_> = stored
            .receipts
            .iter()
            .zip(&signed.txs)
            .filter(|(_, tx)| visible(who, &Resource::Tx { signers: &tx.signers, parties: &none }))
            .map(|(receipt, _)| receipt.clone())
            .collect();
        Ok(Some(BlockView::of(&stored.block, &shown, Some(&stored.certificate))))
    }

    /// Evidence, with the agency by the seats of the height at which it signed twice.
    fn evidence_view(&self, view: &View<'_>, height: u64, evidence: &Evidence) -> Result<EvidenceView, Failure> {
        let set = seats::set_at(view, evidence.height());
        let set = set.map_err(|e| Failure::fault("read who signed a height", e))?;
        let org = match set.as_ref().and_then(|set| set.by_key(&evidence.signer())) {
            Some(validator) => {
                let name = self.org_name(&validator.org)?.unwrap_or_default();
                Some(OrgRef { id: validator.org.to_string(), name })
            }
            None => None,
        };
        let file = evidence::file(view, evidence).map_err(|e| Failure::fault("make a file of evidence", e))?;
        let file = file.map(serde_json::to_value).transpose();
        let file = file.map_err(|e| Failure::fault("write a file of evidence", e))?;
        Ok(EvidenceView::of(evidence, Some(height), org, file))
    }

    /// The seats now, those that follow, and those of before.
    fn validators_view(&self) -> Result<ValidatorsView, Failure> {
        let seats = self.validators()?;
        let mut past = Vec::new();
        let first = seats.changes.saturating_sub(MAX_PAST_SEATS).saturating_add(1);
        for n in (first..=seats.changes).rev() {
            let change: Option<SeatChangeRecord> = self.record(&StateKey::SeatChange(n))?;
            past.push(change.ok_or_else(|| Failure::fault("read a change of the seats", "there is no record"))?);
        }
        let next = seats.next.as_ref().map(|(set, _)| set);
        let sets = [&seats.set].into_iter().chain(next).chain(past.iter().map(|change| &change.signed));
        let orgs: BTreeSet<OrgId> = sets.flat_map(ValidatorSet::validators).map(|seat| seat.org).collect();
        let mut names = BTreeMap::new();
        for org in orgs {
            names.insert(org, self.org_name(&org)?);
        }
        Ok(ValidatorsView::of(&seats, &past, |org| names.get(org).cloned().flatten()))
    }
}

/// `GET /v1/network`.
pub(super) async fn network(State(server): State<Shared>) -> Result<Json<NetworkView>, Failure> {
    server.network_view().map(Json)
}

/// Whether a reader sees all that a genesis tells of: the keys of founders, and who holds which item.
fn sees_genesis(who: &Reader, genesis: &Genesis) -> bool {
    let sees_keys = |org: &GenesisOrg| {
        let (owner, agency) = (OrgId::of(&org.profile.identifier), org.profile.kind.function().is_some());
        org.keys.is_empty() || visible(who, &Resource::Keys { owner: &owner, agency })
    };
    let sees_item =
        |item: &GenesisItem| visible(who, &Resource::Item(&[item.custodian].into_iter().collect::<Parties>()));
    genesis.orgs.iter().all(sees_keys) && genesis.items.iter().all(sees_item)
}

/// `GET /v1/genesis`: its bytes; for who may not see all that is in it, the trust file that follows from it.
pub(super) async fn genesis(
    State(server): State<Shared>,
    caller: Caller,
) -> Result<([(HeaderName, &'static str); 1], Vec<u8>), Failure> {
    caller.must_see(&Resource::Frame)?;
    let who = caller.who();
    let read = server.blocking(move |server| {
        let given = match &server.handle.way {
            Way::Agency(way) if sees_genesis(&who, &way.genesis) => (paths::OCTETS, way.genesis.to_bytes()),
            // A member's node has no genesis either: on a test network that holds everybody's items.
            Way::Agency(_) | Way::Member(_) => (JSON, server.handle.trust.to_json()),
        };
        Ok(given)
    });
    let (media, bytes) = read.await?;
    Ok(([(header::CONTENT_TYPE, media)], bytes))
}

/// `GET /v1/blocks/{height}`.
pub(super) async fn block(
    State(server): State<Shared>,
    caller: Caller,
    Path(asked): Path<String>,
) -> Result<Json<BlockView>, Failure> {
    caller.must_see(&Resource::Frame)?;
    if server.handle.member().is_some() {
        return Err(Failure::new(code::NOT_HERE));
    }
    let height = match asked.as_str() {
        "latest" => server.handle.store.tip().height,
        digits => digits.parse().map_err(|_| Failure::not_found("block", digits))?,
    };
    let who = caller.who();
    let view = server.blocking(move |server| server.block_view(&who, height)).await?;
    view.map(Json).ok_or_else(|| Failure::not_found("block", asked))
}

/// `GET /v1/validators`.
pub(super) async fn validators(State(server): State<Shared>, caller: Caller) -> Result<Json<ValidatorsView>, Failure> {
    caller.must_see(&Resource::Frame)?;
    server.blocking(Server::validators_view).await.map(Json)
}

/// `GET /v1/evidence`: what stands in blocks, by height.
pub(super) async fn evidence(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<PageQuery>,
) -> Result<Response, Failure> {
    caller.must_see(&Resource::Evidence)?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Evidence)?;
    let window = pages.window::<u64>(query.limit, query.cursor.as_deref())?;
    let read = server.blocking(move |server| {
        let (found, next) = server.evidence(window)?;
        let view = server.handle.store.view().map_err(|e| Failure::fault("look at the store", e))?;
        let views = found.iter().map(|(height, evidence)| server.evidence_view(&view, *height, evidence));
        Ok((views.collect::<Result<Vec<_>, Failure>>()?, next))
    });
    let (views, next) = read.await?;
    pages.page(views, next)
}

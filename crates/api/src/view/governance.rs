//! Proposals, alerts and the audit trail, as people and programs read them.

use super::{
    AsOf, DecisionView,
    regulation::{SignedView, SubjectView, value},
    texts,
};
use crate::{bytes, time::rfc3339};
use ledger::{
    AlertId, KeyId, OrgId, TxId,
    operation::{Change, NewEntry},
    record::{AlertRecord, AlertSubject, AuditRecord, ProposalRecord, ProposalState},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

// --------------------------------------------------------------------------------------------------------- proposals

/// One change of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeView {
    /// Kind, such as `enter`; see [`Change::name`].
    pub kind: String,
    /// Its values, by name.
    pub values: BTreeMap<String, String>,
}

impl ChangeView {
    /// The view of a change.
    pub fn of(change: &Change) -> ChangeView {
        let values = match change {
            Change::Enter(entry) => entered(entry),
            Change::End { place, n, why, documents } => {
                let mut values =
                    vec![("place", place.to_string()), ("n", n.to_string()), ("why", why.name().to_owned())];
                values.extend(documents.map(|root| ("documents", root.to_string())));
                values
            }
            Change::InstallPack { pack, from } => vec![
                ("pack", pack.hash().to_string()),
                ("name", pack.name.to_string()),
                ("version", pack.version.to_string()),
                ("from", from.to_string()),
            ],
            Change::AddAgency { org, from } => vec![
                ("org", OrgId::of(&org.profile.identifier).to_string()),
                ("name", org.profile.name.to_string()),
                ("from", from.to_string()),
            ],
            Change::RemoveAgency { org, from } => vec![("org", org.to_string()), ("from", from.to_string())],
            Change::MoveSeat { org, node, from } => vec![
                ("org", org.to_string()),
                ("key", hex::encode(node.key)),
                ("peer", hex::encode(node.peer)),
                ("from", from.to_string()),
            ],
            Change::RecoverKey { org, claim } => {
                vec![("org", org.to_string()), ("key", KeyId::of_ed25519(&claim.key).to_string())]
            }
            Change::AdmitNetwork { network, chain, set, height, block, time } => vec![
                ("network", network.to_string()),
                ("chain", chain.to_string()),
                ("validators", set.hash().to_string()),
                ("height", height.to_string()),
                ("block", block.to_string()),
                ("time", rfc3339(*time)),
            ],
        };
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        ChangeView { kind: change.name().into(), values }
    }
}

/// The values of a new entry that are stated.
fn entered(entry: &NewEntry) -> Vec<(&'static str, String)> {
    let SubjectView { kind: _, org, class, person, place } = SubjectView::of(&entry.subject);
    let (value, owner) = value(&entry.value);
    let stated = [
        ("registry", Some(entry.registry.name().to_owned())),
        ("org", org),
        ("class", class),
        ("person", person),
        ("place", place),
        ("period", Some(entry.period.to_string()).filter(|_| entry.period > 0)),
        ("value", value),
        ("owner", owner),
        ("from", Some(rfc3339(entry.from))),
        ("to", entry.to.map(rfc3339)),
        ("documents", entry.documents.map(|root| root.to_string())),
    ];
    stated.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Changes put to those who must sign them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// `hufu.proposal/1`.
    pub schema: String,
    /// Identity: its transaction.
    pub id: String,
    /// Where it stands: `open`, `enacted`, `lapsed` or `retracted`.
    pub state: String,
    /// When it was enacted.
    pub enacted: Option<AsOf>,
    /// Who made it.
    pub by: String,
    /// When it was made.
    pub at: AsOf,
    /// Until when it may be approved.
    pub until: String,
    /// The changes.
    pub changes: Vec<ChangeView>,
    /// Who approves.
    pub approvals: Vec<SignedView>,
    /// Canonical bytes of the [`ProposalRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`ProposalView`].
pub const PROPOSAL_SCHEMA: &str = "hufu.proposal/1";

impl ProposalView {
    /// The view of a proposal.
    pub fn of(id: &TxId, record: &ProposalRecord) -> ProposalView {
        let ProposalRecord { motion, by, approvals, at, until, state } = record;
        let enacted = match state {
            ProposalState::Enacted(at) => Some((*at).into()),
            ProposalState::Open | ProposalState::Lapsed | ProposalState::Retracted => None,
        };
        ProposalView {
            schema: PROPOSAL_SCHEMA.into(),
            id: id.to_string(),
            state: state.name().into(),
            enacted,
            by: by.to_string(),
            at: (*at).into(),
            until: rfc3339(*until),
            changes: motion.changes.iter().map(ChangeView::of).collect(),
            approvals: approvals.iter().map(SignedView::of).collect(),
            record: bytes::of(record),
        }
    }
}

// ------------------------------------------------------------------------------------------------------------ alerts

/// Query of [`crate::paths::ALERTS`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AlertsQuery {
    /// `1`: those that nobody has closed.
    pub open: Option<u8>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`super::Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// That an alert was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedView {
    /// When.
    pub at: AsOf,
    /// By whom.
    pub by: String,
    /// By which transaction.
    pub tx: String,
}

/// An alert that the ledger itself derived, or one of the node that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertView {
    /// `hufu.alert/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// What it tells, such as `report-overdue`; of a local one `node-stale`, `node-silent`, `node-feed`, `node-proof` or
    /// `node-fork`.
    pub kind: String,
    /// Whether the node says it of another agency's node, and the ledger knows nothing of it. Then there is no decision and no
    /// record, and nobody closes it.
    #[serde(default)]
    pub local: bool,
    /// About what: `item`, `org`, `grant`, `place` with `n`, or `duty` with `org`. Of a local one `peer`, the node's transport
    /// identity; `node`, its name where the alert is one of a member's node; `org`, whose it is, where that is known; `by`, the
    /// organisation whose node reported it, at an agency; and `detail`.
    pub about: BTreeMap<String, String>,
    /// Organisations it concerns.
    pub orgs: Vec<String>,
    /// Functions of the agencies it is for.
    pub readers: Vec<String>,
    /// Under which rule.
    pub decision: DecisionView,
    /// First raised.
    pub raised: AsOf,
    /// Last raised.
    pub last: AsOf,
    /// How often.
    pub times: u64,
    /// That it was closed.
    pub closed: Option<ClosedView>,
    /// Canonical bytes of the [`AlertRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`AlertView`].
pub const ALERT_SCHEMA: &str = "hufu.alert/1";

impl AlertView {
    /// The view of an alert.
    pub fn of(id: &AlertId, record: &AlertRecord) -> AlertView {
        let AlertRecord { kind, subject, orgs, readers, decision, raised, last, times, closed } = record;
        let about = match subject {
            AlertSubject::Item(item) => vec![("item", item.to_string())],
            AlertSubject::Org(org) => vec![("org", org.to_string())],
            AlertSubject::Grant(grant) => vec![("grant", grant.to_string())],
            AlertSubject::Entry(place, n) => vec![("place", place.to_string()), ("n", n.to_string())],
            AlertSubject::Duty(duty, org) => vec![("duty", duty.to_string()), ("org", org.to_string())],
        };
        let closed =
            closed.as_ref().map(|(at, by, tx)| ClosedView { at: (*at).into(), by: by.to_string(), tx: tx.to_string() });
        AlertView {
            schema: ALERT_SCHEMA.into(),
            id: id.to_string(),
            kind: kind.name().into(),
            local: false,
            about: about.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            orgs: texts(orgs),
            readers: readers.iter().map(|function| function.name().into()).collect(),
            decision: DecisionView::of(decision),
            raised: (*raised).into(),
            last: (*last).into(),
            times: *times,
            closed,
            record: bytes::of(record),
        }
    }

    /// The view of what a node found of another, or was told of one.
    pub fn of_node(kind: &str, about: BTreeMap<String, String>, (raised, last): (AsOf, AsOf), times: u64) -> AlertView {
        let of = |name: &str| about.get(name).cloned().unwrap_or_default();
        AlertView {
            schema: ALERT_SCHEMA.into(),
            id: [kind, &of("peer"), &of("by")].join("-").trim_end_matches('-').to_owned(),
            kind: kind.to_owned(),
            local: true,
            about,
            orgs: Vec::new(),
            readers: Vec::new(),
            decision: DecisionView::default(),
            raised,
            last,
            times,
            closed: None,
            record: String::new(),
        }
    }
}

// ------------------------------------------------------------------------------------------------------- audit trail

/// Query of [`crate::paths::AUDIT`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Number of the first line, from 1.
    pub from: Option<u64>,
    /// Number of the last line.
    pub to: Option<u64>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`super::Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// Query of [`crate::paths::ORG_FEED`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FeedQuery {
    /// The first height; 1 without it.
    pub from: Option<u64>,
    /// The last height; that of the last block without it.
    pub to: Option<u64>,
}

/// A line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditView {
    /// `hufu.audit/1`.
    pub schema: String,
    /// Its number, from 1.
    pub n: u64,
    /// When.
    pub at: AsOf,
    /// By which transaction.
    pub tx: String,
    /// Which act.
    pub act: String,
    /// For which organisations it was signed.
    pub by: Vec<String>,
    /// About what, in words.
    pub what: String,
    /// Canonical bytes of the [`AuditRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`AuditView`].
pub const AUDIT_SCHEMA: &str = "hufu.audit/1";

impl AuditView {
    /// The view of line `n`.
    pub fn of(n: u64, record: &AuditRecord) -> AuditView {
        let AuditRecord { at, tx, act, by, what } = record;
        AuditView {
            schema: AUDIT_SCHEMA.into(),
            n,
            at: (*at).into(),
            tx: tx.to_string(),
            act: act.name().into(),
            by: texts(by),
            what: what.to_string(),
            record: bytes::of(record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::regulation::tests::{entry, org};
    use ledger::{
        DutyId, Hash, Text, Timestamp,
        operation::{EndWhy, Motion},
        record::{AgencyFunction, AlertKind, Stamp},
    };

    #[test]
    fn changes_tell_what_is_stated_and_nothing_else() {
        let ChangeView { kind, values } = ChangeView::of(&Change::Enter(entry()));
        assert_eq!(kind, "enter");
        let names: Vec<&str> = values.keys().map(String::as_str).collect();
        assert_eq!(names, ["class", "from", "org", "registry", "to"]);
        assert_eq!((values["registry"].as_str(), values["org"].clone()), ("white-list", org(1).to_string()));
        let end = Change::End { place: Hash([3; 32]), n: 2, why: EndWhy::Adjusted, documents: None };
        assert_eq!(ChangeView::of(&end).values["why"], "adjusted");
    }

    #[test]
    fn a_proposal_says_when_it_was_enacted() {
        let at = Stamp { height: 7, time: Timestamp(8) };
        let record = |state| ProposalRecord {
            motion: Motion { changes: vec![Change::Enter(entry())] },
            by: org(1),
            approvals: Vec::new(),
            at,
            until: Timestamp(9),
            state,
        };
        let view = |state| ProposalView::of(&TxId(Hash([6; 32])), &record(state));
        assert_eq!(view(ProposalState::Enacted(at)).enacted.map(|at| at.height), Some(7));
        let open = view(ProposalState::Open);
        assert_eq!((open.enacted, open.state.as_str(), open.changes.len()), (None, "open", 1));
    }

    #[test]
    fn an_alert_names_its_subject() {
        let record = |subject| AlertRecord {
            kind: AlertKind::ReportOverdue,
            subject,
            orgs: vec![org(1)],
            readers: vec![AgencyFunction::Customs],
            decision: ledger::Decision { article: Text::new("art. 32").unwrap(), ..Default::default() },
            raised: Stamp::default(),
            last: Stamp::default(),
            times: 1,
            closed: None,
        };
        let about = |subject| {
            let view = AlertView::of(&AlertId::default(), &record(subject));
            view.about.into_keys().collect::<Vec<String>>()
        };
        assert_eq!(about(AlertSubject::Duty(DutyId::default(), org(1))), ["duty", "org"]);
        assert_eq!(about(AlertSubject::Entry(Hash::default(), 3)), ["n", "place"]);
    }
}

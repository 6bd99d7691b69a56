//! Records as people and programs read them, each with its canonical bytes beside it.

mod governance;
mod regulation;
mod sealed;

use crate::{bytes, time, words};
pub use governance::{
    ALERT_SCHEMA, AUDIT_SCHEMA, AlertView, AlertsQuery, AuditQuery, AuditView, ChangeView, ClosedView, FeedQuery,
    PROPOSAL_SCHEMA, ProposalView,
};
use ledger::{
    ClassId, Event, ItemId, ItemRecord, KeyId, KeyRecord, OrgId, OrgRecord,
    event::{Cause, Decision, Ground},
    record::{Ban, ClassCode, ClassRecord, Hold, Inside, KeyEnd, Marks, PendingOffer, Stamp},
};
pub use regulation::{
    AnswerView, DUTY_SCHEMA, DutiesQuery, DutyView, ENTRY_SCHEMA, EntryEndView, EntryView, GRANT_SCHEMA, GrantView,
    PermitsQuery, RegistryQuery, SignedView, SubjectView,
};
pub use sealed::{DOCUMENT_SCHEMA, DocumentView, DocumentsQuery, SEAL_KEY_SCHEMA, SealKeyView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Identities and other words of a list.
fn texts<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Height and time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsOf {
    /// Height.
    pub height: u64,
    /// Block time.
    pub time: String,
}

impl From<Stamp> for AsOf {
    fn from(stamp: Stamp) -> AsOf {
        AsOf { height: stamp.height, time: time::rfc3339(stamp.time) }
    }
}

/// A page of a list; `Link: rel=next` says the same as `next`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// Query of a list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Entries a page, 1 to [`crate::paths::MAX_LIMIT`].
    pub limit: Option<u32>,
    /// [`Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// Query of a bundle, [`crate::paths::BUNDLE`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BundleQuery {
    /// `1`: with the items that were made out of this one.
    pub children: Option<u8>,
}

/// Query of a passage, [`crate::paths::PASSAGE`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PassageQuery {
    /// Height of this network at which the other one knows its seats: changes of the seats behind it are proven as well.
    /// Without it those of now are taken to be known.
    pub known_at: Option<u64>,
}

/// Query of [`crate::paths::ITEMS`]. Conditions are joined by "and".
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ItemsQuery {
    /// Held by this organisation.
    pub custodian: Option<String>,
    /// Offered to this organisation.
    pub offered_to: Option<String>,
    /// Packed in this logistic unit, not deeper in it.
    pub unit: Option<String>,
    /// In this state, such as `released`.
    pub state: Option<String>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// An organisation, named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrgRef {
    /// Identity.
    pub id: String,
    /// Name; empty where the reader may not see it.
    pub name: String,
}

impl OrgRef {
    /// An organisation by its identity and record.
    pub fn of(id: &OrgId, record: Option<&OrgRecord>) -> OrgRef {
        OrgRef { id: id.to_string(), name: record.map(|r| r.profile.name.to_string()).unwrap_or_default() }
    }
}

/// The class of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClassRef {
    /// Identity.
    pub id: String,
    /// Name.
    pub name: String,
    /// Risk grade.
    pub grade: String,
    /// Whether it is a human genetic resource.
    pub hgr: bool,
    /// Kind of special item.
    pub category: String,
    /// HS codes in force for it, such as `HS2022-WCO-300251`: one for each jurisdiction and edition.
    pub hs: Vec<String>,
}

impl ClassRef {
    /// A class by its identity and record.
    pub fn of(id: &ClassId, record: Option<&ClassRecord>) -> ClassRef {
        let Some(record) = record else { return ClassRef { id: id.to_string(), ..ClassRef::default() } };
        ClassRef {
            id: id.to_string(),
            name: record.name.to_string(),
            grade: record.grade.to_string(),
            hgr: record.hgr,
            category: record.category.name().into(),
            hs: record.hs_in_force().map(|hs| hs.to_string()).collect(),
        }
    }
}

/// Quantities of an item, decimal numbers in `unit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuantityView {
    /// Registered; `on_hand + used + derived + wasted + lost + disposed`.
    pub registered: String,
    /// On hand.
    pub on_hand: String,
    /// Used.
    pub used: String,
    /// Went into other items.
    pub derived: String,
    /// Set aside as waste and not disposed of.
    pub wasted: String,
    /// Lost or stolen.
    pub lost: String,
    /// Disposed of.
    pub disposed: String,
    /// UN/ECE Recommendation 20 code.
    pub unit: String,
}

/// A hold in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldView {
    /// The agencies, ascending, with commas between them.
    pub by: String,
    /// Number of the event that placed it; lifting names it.
    pub placed: u64,
    /// Why.
    pub reason: String,
}

impl HoldView {
    /// The view of a hold.
    pub fn of(hold: &Hold) -> HoldView {
        let by: Vec<String> = hold.by.iter().map(ToString::to_string).collect();
        HoldView { by: by.join(", "), placed: hold.placed, reason: hold.reason.to_string() }
    }
}

/// A hold in force with the item it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldOnItem {
    /// The item.
    pub item: String,
    /// Its code, a Digital Link.
    pub code: String,
    /// The hold.
    pub hold: HoldView,
}

/// An offer that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// Hash of the terms.
    pub terms: String,
    /// To whom.
    pub receiver: String,
    /// Until when.
    pub expires: String,
    /// For what.
    pub purpose: String,
    /// At which premises of the receiver it will be kept, a GLN.
    pub premises: Option<String>,
}

impl OfferView {
    /// The view of an offer.
    pub fn of(offer: &PendingOffer) -> OfferView {
        let PendingOffer { terms, receiver, expires, purpose, premises } = offer;
        OfferView {
            terms: terms.to_string(),
            receiver: receiver.to_string(),
            expires: time::rfc3339(*expires),
            purpose: purpose.name().into(),
            premises: premises.map(|gln| gln.to_string()),
        }
    }
}

/// What a logistic unit holds, at any depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InsideView {
    /// Items.
    pub items: u32,
    /// Levels of units below.
    pub depth: u8,
    /// Holds on them.
    pub held: u32,
    /// Those for research only.
    pub research_only: u32,
    /// Those that are human genetic resources.
    pub hgr: u32,
    /// The highest biosafety level of premises that one of them asks for.
    pub level: u8,
}

impl InsideView {
    /// The view of what a unit holds.
    pub fn of(inside: &Inside) -> InsideView {
        let Inside { items, depth, held, research_only, hgr, levels: _ } = *inside;
        InsideView { items, depth, held, research_only, hgr, level: inside.level() }
    }
}

/// What sticks to an item, in words.
fn marks(marks: Marks) -> Vec<String> {
    let Marks { hgr, research_only } = marks;
    let set = [(hgr, "hgr"), (research_only, "research-only")];
    set.into_iter().filter(|(is_set, _)| *is_set).map(|(_, word)| word.to_owned()).collect()
}

/// A point of custody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustodyView {
    /// Number of acts that changed custody, quantity or identity.
    pub seq: u64,
    /// Trail of those acts.
    pub trail: String,
}

/// An item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemView {
    /// `hufu.item/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// Code, a GS1 Digital Link or `hufu:scheme/value`.
    pub code: String,
    /// Class.
    pub class: ClassRef,
    /// Who holds it.
    pub custodian: OrgRef,
    /// Who registered it.
    pub registrant: OrgRef,
    /// Where it stands, such as `released`.
    pub state: String,
    /// How much.
    pub quantity: QuantityView,
    /// For what it was registered.
    pub purpose: String,
    /// What sticks to it: `hgr`, `research-only`.
    pub marks: Vec<String>,
    /// The premises where it is, a GLN.
    pub place: Option<String>,
    /// Whether it is in quarantine there.
    pub quarantined: bool,
    /// The permit it is under.
    pub grant: Option<String>,
    /// Series of readings beyond the limits.
    pub excursions: u32,
    /// Holds in force.
    pub holds: Vec<HoldView>,
    /// Logistic unit that it is packed in; its custody is the unit's.
    pub container: Option<String>,
    /// What it holds: it is a logistic unit.
    pub inside: Option<InsideView>,
    /// Offer that waits for its answer.
    pub offer: Option<OfferView>,
    /// Number of events.
    pub count: u64,
    /// Head of the event chain.
    pub head: String,
    /// Point of custody.
    pub custody: CustodyView,
    /// The registration before this one under the same code.
    pub previous: Option<String>,
    /// Root of its private fields.
    pub private: Option<String>,
    /// Canonical bytes of the [`ItemRecord`], base64url.
    pub record: String,
    /// The state it was read from.
    pub as_of: AsOf,
}

/// Value of `schema` in [`ItemView`].
pub const ITEM_SCHEMA: &str = "hufu.item/1";

/// What an [`ItemView`] is made of.
#[derive(Clone, Copy, Debug)]
pub struct ItemParts<'a> {
    /// Identity.
    pub id: &'a ItemId,
    /// Record.
    pub item: &'a ItemRecord,
    /// Record of its class.
    pub class: Option<&'a ClassRecord>,
    /// Record of its custodian.
    pub custodian: Option<&'a OrgRecord>,
    /// Record of its registrant.
    pub registrant: Option<&'a OrgRecord>,
    /// The state it is read from.
    pub as_of: Stamp,
}

impl ItemView {
    /// The view of an item.
    pub fn of(parts: ItemParts<'_>) -> ItemView {
        let ItemParts { id, item, class, custodian, registrant, as_of } = parts;
        ItemView {
            schema: ITEM_SCHEMA.into(),
            id: id.to_string(),
            code: item.code.digital_link(),
            class: ClassRef::of(&item.class, class),
            custodian: OrgRef::of(&item.custodian, custodian),
            registrant: OrgRef::of(&item.registrant, registrant),
            state: item.state.name().into(),
            quantity: QuantityView {
                registered: item.registered.decimal(),
                on_hand: item.on_hand.decimal(),
                used: item.used.decimal(),
                derived: item.derived.decimal(),
                wasted: item.wasted.decimal(),
                lost: item.lost.decimal(),
                disposed: item.disposed.decimal(),
                unit: item.registered.unit().to_string(),
            },
            purpose: item.purpose.name().into(),
            marks: marks(item.marks),
            place: item.place.map(|gln| gln.to_string()),
            quarantined: item.quarantined,
            grant: item.grant.map(|grant| grant.to_string()),
            excursions: item.excursions,
            holds: item.holds.iter().map(HoldView::of).collect(),
            container: item.container.map(|packed| packed.unit.to_string()),
            inside: item.inside.as_ref().map(InsideView::of),
            offer: item.offer.as_ref().map(OfferView::of),
            count: item.count,
            head: item.head.to_string(),
            custody: CustodyView { seq: item.custody_seq, trail: item.trail.to_string() },
            previous: item.previous.map(|p| p.to_string()),
            private: item.private.map(|p| p.to_string()),
            record: bytes::of(item),
            as_of: as_of.into(),
        }
    }
}

/// The rule under which an act was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// Hash of the policy pack.
    pub pack: String,
    /// Its version.
    pub version: u32,
    /// The rule, such as `R13`, if one stands behind the act.
    pub rule: Option<String>,
    /// The article.
    pub article: String,
    /// Records that it rests on: `entry <place>/<n>` or `grant <identity>`.
    #[serde(default)]
    pub grounds: Vec<String>,
}

impl DecisionView {
    /// The view of a decision.
    pub fn of(decision: &Decision) -> DecisionView {
        let Decision { pack, version, rule, article, grounds } = decision;
        let ground = |ground: &Ground| match ground {
            Ground::Entry { place, n } => format!("entry {place}/{n}"),
            Ground::Grant(grant) => format!("grant {grant}"),
        };
        DecisionView {
            pack: pack.to_string(),
            version: *version,
            rule: Some(rule.to_string()).filter(|rule| !rule.is_empty()),
            article: article.to_string(),
            grounds: grounds.iter().map(ground).collect(),
        }
    }
}

/// An event of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// `hufu.event/1`.
    pub schema: String,
    /// The item.
    pub item: String,
    /// Number, from 1.
    pub n: u64,
    /// Kind, such as `moved`; see [`ledger::Effect::name`].
    pub kind: String,
    /// Values of its effect, by name.
    pub effect: BTreeMap<String, String>,
    /// Transaction that caused it; none for genesis.
    pub tx: Option<String>,
    /// Entry of that transaction's list.
    pub index: Option<u32>,
    /// Height and time.
    pub at: AsOf,
    /// State of the item after it.
    pub state: String,
    /// Under which rule; none for genesis.
    pub decision: Option<DecisionView>,
    /// Hash of the event.
    pub hash: String,
    /// Canonical bytes of the [`Event`], base64url.
    pub record: String,
}

/// Value of `schema` in [`EventView`].
pub const EVENT_SCHEMA: &str = "hufu.event/1";

impl EventView {
    /// The view of an event.
    pub fn of(event: &Event) -> EventView {
        let (tx, index) = match event.cause {
            Cause::Genesis => (None, None),
            Cause::Tx { id, index } => (Some(id.to_string()), Some(index)),
        };
        EventView {
            schema: EVENT_SCHEMA.into(),
            item: event.item.to_string(),
            n: event.n,
            kind: event.effect.name().into(),
            effect: words::effect_params(&event.effect).into_iter().map(|(n, v)| (n.to_owned(), v)).collect(),
            tx,
            index,
            at: event.at.into(),
            state: event.state.name().into(),
            decision: event.decision.as_ref().map(DecisionView::of),
            hash: event.hash().to_string(),
            record: bytes::of(event),
        }
    }
}

/// That an organisation is banned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BanView {
    /// From when.
    pub from: String,
    /// Until when; open where there is none.
    pub to: Option<String>,
}

impl BanView {
    /// The view of a ban.
    pub fn of(ban: &Ban) -> BanView {
        let Ban { from, to } = ban;
        BanView { from: time::rfc3339(*from), to: to.map(time::rfc3339) }
    }
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrgView {
    /// `hufu.org/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is, such as `enterprise`.
    pub kind: String,
    /// Function, of an agency.
    pub function: Option<String>,
    /// Scheme of its identifier, such as `gln`.
    pub scheme: String,
    /// Its identifier in that scheme.
    pub value: String,
    /// When it was registered.
    pub from: AsOf,
    /// That it is banned, or will be, or was.
    #[serde(default)]
    pub ban: Option<BanView>,
    /// When an agency left.
    #[serde(default)]
    pub left: Option<AsOf>,
    /// Canonical bytes of the [`OrgRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`OrgView`].
pub const ORG_SCHEMA: &str = "hufu.org/1";

impl OrgView {
    /// The view of an organisation.
    pub fn of(record: &OrgRecord) -> OrgView {
        let profile = &record.profile;
        OrgView {
            schema: ORG_SCHEMA.into(),
            id: OrgId::of(&profile.identifier).to_string(),
            name: profile.name.to_string(),
            kind: profile.kind.name().into(),
            function: profile.kind.function().map(|f| f.name().into()),
            scheme: profile.identifier.scheme.to_string(),
            value: profile.identifier.value.to_string(),
            from: record.from.into(),
            ban: record.ban.as_ref().map(BanView::of),
            left: record.left.map(AsOf::from),
            record: bytes::of(record),
        }
    }
}

/// The end of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndView {
    /// When.
    pub at: AsOf,
    /// `retired`, `compromised` or `banned`.
    pub reason: String,
    /// By which transaction.
    pub tx: String,
}

impl EndView {
    /// The view of an end.
    pub fn of(end: &KeyEnd) -> EndView {
        EndView { at: end.at.into(), reason: end.reason.name().into(), tx: end.cause.to_string() }
    }
}

/// A person's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyView {
    /// `hufu.key-record/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// ed25519 public key, 64 hexadecimal digits.
    pub key: String,
    /// The organisation.
    pub org: String,
    /// The person, a pseudonym.
    pub person: String,
    /// Salted commitment to the person's name.
    pub name: String,
    /// In which capacities it may sign.
    pub roles: Vec<String>,
    /// When it was registered.
    pub from: AsOf,
    /// Of a key that an agency got back by the others' vote: from when it may sign.
    #[serde(default)]
    pub waits: Option<String>,
    /// Its end.
    pub end: Option<EndView>,
    /// Canonical bytes of the [`KeyRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`KeyView`].
pub const KEY_SCHEMA: &str = "hufu.key-record/1";

impl KeyView {
    /// The view of a key.
    pub fn of(record: &KeyRecord) -> KeyView {
        KeyView {
            schema: KEY_SCHEMA.into(),
            id: KeyId::of_ed25519(&record.key).to_string(),
            key: hex::encode(record.key),
            org: record.org.to_string(),
            person: record.person.to_string(),
            name: record.name.to_string(),
            roles: record.roles.list().into_iter().map(|r| r.name().into()).collect(),
            from: record.from.into(),
            waits: record.waits.map(time::rfc3339),
            end: record.end.as_ref().map(EndView::of),
            record: bytes::of(record),
        }
    }
}

/// An item class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClassView {
    /// `hufu.class/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// GTIN, or `scheme:value` where there is none.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind of special item.
    pub category: String,
    /// Risk grade.
    pub grade: String,
    /// Whether it is a human genetic resource.
    pub hgr: bool,
    /// HS codes in force for it: one for each jurisdiction and edition. The record holds the earlier ones too.
    pub hs: Vec<String>,
    /// When it was registered.
    pub from: AsOf,
    /// Canonical bytes of the [`ClassRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`ClassView`].
pub const CLASS_SCHEMA: &str = "hufu.class/1";

impl ClassView {
    /// The view of a class.
    pub fn of(record: &ClassRecord) -> ClassView {
        ClassView {
            schema: CLASS_SCHEMA.into(),
            id: ClassId::of(&record.code).to_string(),
            code: class_code(&record.code),
            name: record.name.to_string(),
            category: record.category.name().into(),
            grade: record.grade.to_string(),
            hgr: record.hgr,
            hs: record.hs_in_force().map(|hs| hs.to_string()).collect(),
            from: record.from.into(),
            record: bytes::of(record),
        }
    }
}

/// The code of a class as text: the 14 digits of a GTIN, or `scheme:value`.
pub fn class_code(code: &ClassCode) -> String {
    match code {
        ClassCode::Gtin(gtin) => gtin.as_str14(),
        ClassCode::Other { scheme, value } => format!("{scheme}:{value}"),
    }
}

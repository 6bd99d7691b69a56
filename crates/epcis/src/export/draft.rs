//! An EPCIS event as it is put together: first what happened to which thing, then what the standard has no word for.

use super::Told;
use crate::{Map, Value, uri};
use gs1::{Gln, ItemCode, Quantity};
use ledger::{
    Act, Cause, Effect, Hash, Lifecycle, OrgId,
    event::{Decision, EventKind, Ground},
};

/// What is done to the things of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Add,
    Observe,
    Delete,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Add => "ADD",
            Action::Observe => "OBSERVE",
            Action::Delete => "DELETE",
        }
    }
}

/// Where the things of an event stand: names of the list of EPCs and of the list of quantities.
type Lists = (&'static str, &'static str);

const OBJECTS: Lists = ("epcList", "quantityList");
const CHILDREN: Lists = ("childEPCs", "childQuantityList");
const INPUTS: Lists = ("inputEPCList", "inputQuantityList");
const OUTPUTS: Lists = ("outputEPCList", "outputQuantityList");

/// An EPCIS event in the making.
pub(super) struct Draft<'a> {
    told: &'a Told<'a>,
    kind: &'static str,
    members: Map,
    said: Vec<(&'static str, Value)>,
}

impl<'a> Draft<'a> {
    /// An `ObjectEvent` about so much of the item.
    pub(super) fn object(told: &'a Told<'a>, action: Action, step: &str, quantity: Option<Quantity>) -> Draft<'a> {
        Draft::begun(told, "ObjectEvent").things(OBJECTS, quantity).word("action", action.name()).word("bizStep", step)
    }

    /// An `ObjectEvent` that observes all that there is of the item.
    pub(super) fn observed(told: &'a Told<'a>, step: &str) -> Draft<'a> {
        Draft::object(told, Action::Observe, step, Some(present(told))).by_state()
    }

    /// An `AggregationEvent`: the item goes into a unit or comes out of it.
    pub(super) fn aggregated(told: &'a Told<'a>, action: Action, step: &str, parent: String) -> Draft<'a> {
        Draft::begun(told, "AggregationEvent")
            .word("parentID", &parent)
            .things(CHILDREN, Some(present(told)))
            .word("action", action.name())
            .word("bizStep", step)
            .by_state()
    }

    /// The part of a `TransformationEvent` that says what went in.
    pub(super) fn input(told: &'a Told<'a>, step: &str, quantity: Quantity) -> Draft<'a> {
        Draft::begun(told, "TransformationEvent").things(INPUTS, Some(quantity)).transformed(step)
    }

    /// The part of a `TransformationEvent` that says what came out.
    pub(super) fn output(told: &'a Told<'a>, step: &str, quantity: Quantity) -> Draft<'a> {
        Draft::begun(told, "TransformationEvent").things(OUTPUTS, Some(quantity)).transformed(step)
    }

    fn begun(told: &'a Told<'a>, kind: &'static str) -> Draft<'a> {
        let time = uri::of_time(told.event.at.time);
        let mut members = Map::default();
        members.insert("eventTime", time.clone());
        members.insert("eventTimeZoneOffset", "+00:00");
        members.insert("recordTime", time);
        Draft { told, kind, members, said: Vec::new() }
    }

    fn transformed(self, step: &str) -> Draft<'a> {
        let id = match self.told.event.cause {
            Cause::Tx { id, index: _ } => Some(uri::name("tx", id)),
            Cause::Genesis => None,
        };
        let named = match id {
            Some(id) => self.word("transformationID", &id),
            None => self,
        };
        named.word("bizStep", step)
    }

    fn things(mut self, (epcs, quantities): Lists, quantity: Option<Quantity>) -> Draft<'a> {
        let code = &self.told.after.code;
        let name = uri::of_code(code);
        match is_epc(code) {
            true => self.members.insert(epcs, Value::List(vec![name.into()])),
            false => self.members.insert(quantities, Value::List(vec![element(name, quantity)])),
        }
        self
    }

    fn word(mut self, name: &'static str, word: &str) -> Draft<'a> {
        self.members.insert(name, word);
        self
    }

    pub(super) fn disposition(self, word: &str) -> Draft<'a> {
        self.word("disposition", word)
    }

    /// The disposition that follows from the state after the event.
    pub(super) fn by_state(self) -> Draft<'a> {
        let word = disposition(self.told.event.state);
        self.disposition(word)
    }

    /// Sets or unsets a disposition that stays until it is taken back.
    pub(super) fn persistent(mut self, change: &'static str, word: &str) -> Draft<'a> {
        let mut members = Map::default();
        members.insert(change, Value::List(vec![word.into()]));
        self.members.insert("persistentDisposition", members);
        self
    }

    /// Where it happened.
    pub(super) fn read_at(self, place: Option<String>) -> Draft<'a> {
        self.located("readPoint", place)
    }

    fn located(mut self, name: &'static str, place: Option<String>) -> Draft<'a> {
        if let Some(place) = place {
            let mut members = Map::default();
            members.insert("id", place);
            self.members.insert(name, members);
        }
        self
    }

    /// Who gives.
    pub(super) fn giver(mut self, org: &OrgId) -> Draft<'a> {
        let party = ends("source", "possessing_party", self.party(org));
        self.members.insert("sourceList", Value::List(vec![party]));
        self
    }

    /// Who receives, and where.
    pub(super) fn receiver(mut self, org: &OrgId, place: Option<Gln>) -> Draft<'a> {
        let mut list = vec![ends("destination", "possessing_party", self.party(org))];
        list.extend(place.map(|gln| ends("destination", "location", uri::of_place(gln))));
        self.members.insert("destinationList", Value::List(list));
        self
    }

    /// A business document that stands behind it.
    pub(super) fn resting_on(mut self, kind: &str, document: &Hash) -> Draft<'a> {
        let mut members = Map::default();
        members.insert("type", kind);
        members.insert("bizTransaction", uri::name("document", document));
        self.members.insert("bizTransactionList", Value::List(vec![members.into()]));
        self
    }

    /// What a sensor reported.
    pub(super) fn sensed(mut self, element: Map) -> Draft<'a> {
        self.members.insert("sensorElementList", Value::List(vec![element.into()]));
        self
    }

    /// The URI of an organisation.
    pub(super) fn party(&self, org: &OrgId) -> String {
        uri::of_org(org, self.told.known.gln(org))
    }

    /// Adds a value of the extension.
    pub(super) fn say(mut self, name: &'static str, value: impl Into<Value>) -> Draft<'a> {
        self.said.push((name, value.into()));
        self
    }

    pub(super) fn given(self, name: &'static str, value: Option<impl Into<Value>>) -> Draft<'a> {
        match value {
            Some(value) => self.say(name, value),
            None => self,
        }
    }

    pub(super) fn flag(self, name: &'static str, set: bool) -> Draft<'a> {
        self.given(name, set.then_some("yes"))
    }

    pub(super) fn number(self, name: &'static str, value: impl ToString) -> Draft<'a> {
        self.say(name, Value::Number(value.to_string()))
    }

    /// A word of a list.
    pub(super) fn listed(self, name: &'static str, list: &str, word: &str) -> Draft<'a> {
        self.say(name, uri::name(list, word))
    }

    pub(super) fn orgs(self, name: &'static str, orgs: &[OrgId]) -> Draft<'a> {
        let list: Vec<Value> = orgs.iter().map(|org| self.party(org).into()).collect();
        self.given(name, (!list.is_empty()).then_some(list))
    }

    /// A quantity that the event states, where the lists of EPCIS have no place for it.
    pub(super) fn amount(self, quantity: &Quantity) -> Draft<'a> {
        let apart = is_epc(&self.told.after.code) || quantity.is_zero();
        self.given("quantity", apart.then(|| quantity.to_string()))
    }

    /// Type and members, all but the context and the identity of the event.
    pub(super) fn members(self) -> (&'static str, Map) {
        let after = self.told.after;
        let place = after.place.filter(|_| after.container.is_none()).map(uri::of_place);
        let Draft { told: _, kind, mut members, said } = self.located("bizLocation", place).facts();
        said.into_iter().for_each(|(name, value)| members.insert(format!("{}:{name}", uri::PREFIX), value));
        (kind, members)
    }

    /// What the extension says of every event.
    fn facts(self) -> Draft<'a> {
        let (event, after) = (self.told.event, self.told.after);
        let kind = event.effect.kind();
        let made_of_others = matches!(&event.effect, Effect::Registered { origin: Some(_), .. });
        let act = if made_of_others { Some(Act::Derive) } else { asked_by(kind) };
        let links: Vec<Value> = event.links.iter().map(|link| uri::name("item", link.item).into()).collect();
        let draft = self
            .listed("kind", "kind", kind.name())
            .given("act", act.map(|act| uri::name("act", act.name())))
            .listed("state", "state", event.state.name())
            .say("item", uri::name("item", event.item))
            .number("number", event.n)
            .say("head", uri::name("hash", after.head))
            .number("height", event.at.height)
            .given("link", (!links.is_empty()).then_some(links));
        let draft = match event.cause {
            Cause::Genesis => draft,
            Cause::Tx { id, index } => draft.say("tx", uri::name("tx", id)).number("index", index),
        };
        match &event.decision {
            Some(decision) => draft.decided(decision),
            None => draft,
        }
    }

    fn decided(self, decision: &Decision) -> Draft<'a> {
        let Decision { pack, version, rule, article, grounds } = decision;
        let ground = |ground: &Ground| match ground {
            Ground::Entry { place, n } => uri::name("entry", format_args!("{place}/{n}")),
            Ground::Grant(grant) => uri::name("grant", grant),
        };
        let grounds: Vec<Value> = grounds.iter().map(|one| ground(one).into()).collect();
        self.say("pack", uri::name("hash", pack))
            .number("version", version)
            .given("rule", Some(rule.to_string()).filter(|rule| !rule.is_empty()))
            .given("article", Some(article.to_string()).filter(|article| !article.is_empty()))
            .given("ground", (!grounds.is_empty()).then_some(grounds))
    }
}

/// What there is of the item: on hand, and as waste that waits.
fn present(told: &Told<'_>) -> Quantity {
    let after = told.after;
    after.on_hand.checked_add(after.wasted).unwrap_or(after.on_hand)
}

/// Whether a code names one thing, which EPCIS lists without a quantity.
fn is_epc(code: &ItemCode) -> bool {
    match code {
        ItemCode::Serial { .. } | ItemCode::Unit { .. } => true,
        ItemCode::Lot { .. } | ItemCode::Other { .. } => false,
    }
}

/// A quantity element (EPCIS 2.0, 7.3.3.3): without a unit it counts instances, and a quantity is more than nothing.
fn element(class: String, quantity: Option<Quantity>) -> Value {
    let mut members = Map::default();
    members.insert("epcClass", class);
    if let Some(quantity) = quantity.filter(|quantity| !quantity.is_zero()) {
        members.insert("quantity", Value::Number(quantity.decimal()));
        if quantity.unit() != gs1::Unit::PIECE {
            members.insert("uom", quantity.unit().as_str());
        }
    }
    members.into()
}

/// One end of a transfer.
fn ends(name: &'static str, kind: &str, what: String) -> Value {
    let mut members = Map::default();
    members.insert("type", kind);
    members.insert(name, what);
    members.into()
}

/// The act that an event of this kind is read as; none where an event cannot ask for one.
fn asked_by(kind: EventKind) -> Option<Act> {
    Some(match kind {
        EventKind::Registered => Act::Register,
        EventKind::Declared => Act::Declare,
        EventKind::Inspected => Act::Inspect,
        EventKind::Released => Act::Release,
        EventKind::Offered => Act::Offer,
        EventKind::Moved => Act::Accept,
        EventKind::OfferRefused => Act::Refuse,
        EventKind::OfferWithdrawn => Act::Withdraw,
        EventKind::Used => Act::Use,
        EventKind::Disposed => Act::Dispose,
        EventKind::HoldPlaced => Act::PlaceHold,
        EventKind::HoldLifted => Act::LiftHold,
        EventKind::Assigned => Act::Assign,
        EventKind::Arrived => Act::Arrive,
        EventKind::InspectionOrdered => Act::OrderInspection,
        EventKind::Tested => Act::Test,
        EventKind::Returned => Act::Return,
        EventKind::Destroyed => Act::Destroy,
        EventKind::Exited => Act::Exit,
        EventKind::Stored => Act::Store,
        EventKind::Wasted => Act::Waste,
        EventKind::Lost => Act::Lose,
        EventKind::Corrected => Act::Correct,
        EventKind::Noted => Act::Note,
        EventKind::Derived => Act::Derive,
        EventKind::Packed => Act::Pack,
        EventKind::Unpacked => Act::Unpack,
        // The unit's side of what the items tell; a report is one act on a whole filing, signed by both parties (R15).
        // What passes from one network to another takes a proof, which no event carries.
        EventKind::Filled | EventKind::Reported | EventKind::Departed | EventKind::Landed => return None,
    })
}

/// The disposition of a state.
fn disposition(state: Lifecycle) -> &'static str {
    match state {
        Lifecycle::Registered => "active",
        Lifecycle::Permitted
        | Lifecycle::Declared
        | Lifecycle::DeclarationExempt
        | Lifecycle::AtPort
        | Lifecycle::Inspecting
        | Lifecycle::TestPending
        | Lifecycle::InspectionExempt
        | Lifecycle::Stored
        | Lifecycle::ReceivedAbroad => "in_progress",
        Lifecycle::Inspected => "conformant",
        Lifecycle::Failed => "non_conformant",
        Lifecycle::Released => "available",
        Lifecycle::InTransit | Lifecycle::Exited => "in_transit",
        Lifecycle::InUse => "partially_dispensed",
        Lifecycle::Consumed => "dispensed",
        Lifecycle::Waste | Lifecycle::WasteInTransit => "non_sellable_other",
        Lifecycle::Disposed => "disposed",
        Lifecycle::Returned => "returned",
        Lifecycle::Destroyed => "destroyed",
        Lifecycle::Derived | Lifecycle::FinalUseReported | Lifecycle::Departed => "inactive",
        Lifecycle::Lost => "unknown",
    }
}

//! The values of an operation by name, computed from its bytes. Nothing that is signed is left out; of a pack, name,
//! version and hash are shown here, and what it changes by [`crate::law`].

use gs1::Quantity;
use ledger::{
    Hash, Header, ItemId, ItemRecord, KeyId, Operation, OrgId, Timestamp,
    bounds::MAX_PASSAGE_BYTES,
    codec,
    genesis::{GenesisOrg, NodeClaim},
    operation::{
        Application, Change, CustodyPoint, Entry, EntryBody, EntryList, HandoverTerms, Input, KeyClaim, Motion,
        NewEntry, Note, Registration, Subject, Usage, Value, Verdict,
    },
    passage::Passage,
    record::{ClassProfile, OrgProfile, Roles},
};

/// Values by name, in the order in which a person wants to read them. A name may stand behind numbers: `2.item` is the
/// item of the second of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    fn with(mut self, name: &str, value: impl ToString) -> Fields {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    fn given(self, name: &str, value: Option<impl ToString>) -> Fields {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn time(self, name: &str, time: Timestamp) -> Fields {
        self.with(name, api::time::rfc3339(time))
    }

    fn and(mut self, other: Fields) -> Fields {
        self.0.extend(other.0);
        self
    }

    /// With those of one of several.
    fn item(mut self, index: usize, of: Fields) -> Fields {
        self.0.extend(of.0.into_iter().map(|(name, value)| (format!("{}.{name}", index + 1), value)));
        self
    }

    /// With those of each of several.
    fn each<T>(self, all: &[T], of: impl Fn(&T) -> Fields) -> Fields {
        all.iter().enumerate().fold(self, |fields, (index, one)| fields.item(index, of(one)))
    }

    fn private(self, root: &Option<Hash>) -> Fields {
        self.given("private", root.as_ref())
    }
}

fn none() -> Fields {
    Fields::default()
}

fn count(list: &EntryList) -> Fields {
    let EntryList { count, root: _ } = list;
    none().with("count", count)
}

fn custody(at: &CustodyPoint) -> String {
    let CustodyPoint { seq, trail } = at;
    format!("{seq}:{trail}")
}

/// Roles by their words.
pub(crate) fn roles_text(roles: Roles) -> String {
    roles.list().into_iter().map(|r| r.name()).collect::<Vec<_>>().join(", ")
}

fn profile(profile: &OrgProfile) -> Fields {
    let OrgProfile { identifier, name, kind } = profile;
    none()
        .with("name", name)
        .with("kind", kind.name())
        .given("function", kind.function().map(|function| function.name()))
        .with("identifier", format!("{}:{}", identifier.scheme, identifier.value))
}

fn claim(claim: &KeyClaim) -> Fields {
    let KeyClaim { key, person, name, roles, possession: _ } = claim;
    none()
        .with("key", KeyId::of_ed25519(key))
        .with("person", person)
        .with("roles", roles_text(*roles))
        .with("name-commitment", name)
}

fn peer(key: &[u8; 32]) -> Fields {
    none().with("peer", hex::encode(key))
}

fn node(claim: &NodeClaim) -> Fields {
    let NodeClaim { key, peer: transport, possession: _, peer_possession: _ } = claim;
    none().with("consensus-key", hex::encode(key)).and(peer(transport))
}

fn class(profile: &ClassProfile) -> Fields {
    let ClassProfile { code, name, category, grade, hgr, hs } = profile;
    none()
        .with("code", api::view::class_code(code))
        .with("name", name)
        .with("category", category.name())
        .with("grade", grade)
        .with("hgr", hgr)
        .with("hs", hs)
}

/// Some of an item.
fn some(item: &ItemId, quantity: &Quantity, at: &CustodyPoint) -> Fields {
    none().with("item", item).with("quantity", quantity).with("custody", custody(at))
}

fn input(input: &Input) -> Fields {
    let Input { item, at, quantity } = input;
    some(item, quantity, at)
}

fn debtor(org: &OrgId) -> Fields {
    none().with("debtor", org)
}

fn terms(terms: &HandoverTerms) -> Fields {
    let HandoverTerms { network: _, item, at, giver, receiver, expires, purpose, premises, private } = terms;
    none()
        .with("item", item)
        .with("giver", giver)
        .with("receiver", receiver)
        .with("purpose", purpose.name())
        .given("premises", premises.as_ref())
        .time("until", *expires)
        .with("custody", custody(at))
        .with("terms", terms.hash())
        .private(private)
}

/// What is applied for.
pub(super) fn application(application: &Application) -> Fields {
    let Application {
        kind,
        counterpart,
        class,
        quantity,
        purpose,
        direction,
        region,
        ports,
        premises,
        from,
        on,
        private,
    } = application;
    let ports: Vec<&str> = ports.iter().map(|port| port.as_str()).collect();
    none()
        .with("kind", kind.name())
        .with("class", class)
        .with("quantity", quantity)
        .with("purpose", purpose.name())
        .with("direction", direction.name())
        .with("region", region)
        .given("ports", (!ports.is_empty()).then(|| ports.join(", ")))
        .given("premises", premises.as_ref())
        .given("counterpart", counterpart.as_ref())
        .time("from", *from)
        .each(on, |grant| none().with("rests-on", grant))
        .private(private)
}

/// Temperatures are in thousandths of a degree Celsius.
fn note(note: &Note) -> Fields {
    let fields = none().with("note", note.name());
    match note {
        Note::SelfCheck { counted, report } => fields.with("counted", counted).with("report", report),
        Note::Telemetry { kind, root, count, from, to, min, max } => fields
            .with("measures", kind.name())
            .with("readings", count)
            .time("from", *from)
            .time("to", *to)
            .with("min", min)
            .with("max", max)
            .with("root", root),
        Note::Expert { report } => fields.with("report", report),
        Note::Document { root } => fields.with("root", root),
    }
}

fn verdict(verdict: &Verdict) -> Fields {
    match verdict {
        Verdict::Grant { number, lane, from } => none()
            .with("verdict", "granted")
            .with("number", number)
            .given("lane", lane.map(|lane| lane.name()))
            .time("from", *from),
        Verdict::Refuse { reason } => none().with("verdict", "refused").with("reason", reason),
    }
}

fn subject(subject: &Subject) -> Fields {
    match subject {
        Subject::Org(org) => none().with("org", org),
        Subject::Class(class) => none().with("class", class),
        Subject::Person(person) => none().with("person", person),
        Subject::Place(place) => none().with("place", place),
        Subject::OrgClass(org, class) => none().with("org", org).with("class", class),
    }
}

fn value(value: &Value) -> Fields {
    match value {
        Value::None => none(),
        Value::Rating(rating) => none().with("rating", rating),
        Value::Level { org, level } => none().with("premises-of", org).with("level", level),
        Value::Grade(grade) => none().with("grade", grade),
        Value::Field(field) => none().with("field", field),
    }
}

/// A line of a registry.
pub(super) fn new_entry(entry: &NewEntry) -> Fields {
    let NewEntry { registry, subject: about, period, value: says, from, to, ends_keys, documents } = entry;
    let keys: Vec<String> = ends_keys.iter().map(KeyId::to_string).collect();
    none()
        .with("registry", registry.name())
        .and(subject(about))
        .given("period", (*period != 0).then_some(period))
        .and(value(says))
        .time("from", *from)
        .given("to", to.map(api::time::rfc3339))
        .given("ends-keys", (!keys.is_empty()).then(|| keys.join(", ")))
        .given("documents", documents.as_ref())
}

fn change(change: &Change) -> Fields {
    let fields = none().with("change", change.name());
    match change {
        Change::Enter(entry) => fields.and(new_entry(entry)),
        Change::End { place, n, why, documents } => {
            fields.with("entry", format!("{place}:{n}")).with("why", why.name()).given("documents", documents.as_ref())
        }
        Change::InstallPack { pack, from } => {
            fields.with("pack", &pack.name).with("version", pack.version).with("hash", pack.hash()).with("height", from)
        }
        Change::AddAgency { org: GenesisOrg { profile: of, keys, node: seat }, from } => {
            let fields = fields.and(profile(of)).each(keys, claim);
            let fields = match seat {
                Some(seat) => fields.and(node(seat)),
                None => fields,
            };
            fields.with("height", from)
        }
        Change::RemoveAgency { org, from } => fields.with("org", org).with("height", from),
        Change::MoveSeat { org, node: seat, from } => fields.with("org", org).and(node(seat)).with("height", from),
        Change::RecoverKey { org, claim: new } => fields.with("org", org).and(claim(new)),
        Change::AdmitNetwork { network, chain, set, height, block, time } => fields
            .with("network", network)
            .with("chain", chain)
            .each(set.validators(), |seat| none().with("validator", hex::encode(seat.key.bytes())))
            .with("height", height)
            .with("block", block)
            .time("time", *time),
    }
}

/// Every change of a motion.
pub(super) fn motion(motion: &Motion) -> Fields {
    none().each(&motion.changes, change)
}

/// Whether values of this name are words of the ledger, which people read in their language.
pub(super) fn is_word(name: &str) -> bool {
    const WORDS: [&str; 14] = [
        "kind",
        "function",
        "category",
        "result",
        "purpose",
        "direction",
        "lane",
        "verdict",
        "change",
        "registry",
        "why",
        "bucket",
        "note",
        "measures",
    ];
    WORDS.contains(&name)
}

/// The values of an operation.
pub(super) fn of(operation: &Operation) -> Fields {
    match operation {
        Operation::RegisterOrg { profile: of } => profile(of),
        Operation::RegisterKey { org, claim: of } => none().with("org", org).and(claim(of)),
        Operation::RotateKey { old, claim: of } => none().with("old", old).and(claim(of)),
        Operation::EndKey { key, reason } => none().with("key", key).with("reason", reason.name()),
        Operation::RegisterNode { org, peer: of, possession: _ } => none().with("org", org).and(peer(of)),
        Operation::EndNode { peer: of, reason } => peer(of).with("reason", reason.name()),
        Operation::RegisterClass { profile: of } => class(of),
        Operation::AssertHs { class, hs } => none().with("class", class).with("hs", hs),
        Operation::Register { list } | Operation::Release { list } => count(list),
        Operation::Assign { list, grant } => count(list).with("grant", grant),
        Operation::Declare { list, exempt, private } => count(list).with("exempt", exempt).private(private),
        Operation::Arrive { list, port } | Operation::Exit { list, port } => count(list).with("port", port),
        Operation::OrderInspection { list, premises } => count(list).given("premises", premises.as_ref()),
        Operation::Inspect { list, result, video, private } => {
            count(list).with("result", result.name()).given("video", video.as_ref()).private(private)
        }
        Operation::Test { list, passed, report } => {
            count(list).with("result", if *passed { "passed" } else { "failed" }).with("report", report)
        }
        Operation::Return { list, reason } | Operation::Destroy { list, reason } => count(list).with("reason", reason),
        Operation::Store { list, premises, quarantine } => {
            count(list).with("premises", premises).with("quarantine", quarantine)
        }
        Operation::Note { list, note: of } => count(list).and(note(of)),
        Operation::Offer { terms: of } | Operation::Handover { terms: of } => terms(of),
        Operation::Accept { item, terms, at } => {
            none().with("item", item).with("terms", terms).with("custody", custody(at))
        }
        Operation::Refuse { item, terms, reason } => {
            none().with("item", item).with("terms", terms).with("reason", reason)
        }
        Operation::Withdraw { item, terms } => none().with("item", item).with("terms", terms),
        Operation::Use { item, at, quantity, private }
        | Operation::Dispose { item, at, quantity, private }
        | Operation::Waste { item, at, quantity, private } => some(item, quantity, at).private(private),
        Operation::Lose { item, at, quantity, theft, private } => {
            some(item, quantity, at).with("theft", theft).private(private)
        }
        Operation::Correct { item, at, event, bucket, quantity, reason } => {
            some(item, quantity, at).with("event", event).with("bucket", bucket.name()).with("reason", reason)
        }
        Operation::Derive { kind, inputs, list } => {
            none().with("kind", kind.name()).each(inputs, input).and(count(list))
        }
        Operation::Pack { unit, at, list } | Operation::Unpack { unit, at, list } => {
            none().with("unit", unit).with("custody", custody(at)).and(count(list))
        }
        Operation::PlaceHold { item, reason } => none().with("item", item).with("reason", reason),
        Operation::LiftHold { item, placed } => none().with("item", item).with("placed", placed),
        Operation::Apply { application: of } => application(of),
        Operation::Pause { grant, notice } => none().with("grant", grant).with("notice", notice),
        Operation::Resume { grant } => none().with("grant", grant),
        Operation::Decide { grant, verdict: of } => none().with("grant", grant).and(verdict(of)),
        Operation::Cancel { grant, reason } => none().with("grant", grant).with("reason", reason),
        Operation::Demand { debtors, until, about, private } => {
            let fields = none().each(debtors, debtor).time("until", *until);
            fields.given("about", about.as_ref()).private(private)
        }
        Operation::Report { filing, year, quarter, list, last, private } => {
            let fields = none().with("filing", filing).with("year", year).with("quarter", quarter);
            fields.with("last", last).and(count(list)).private(private)
        }
        Operation::Answer { duty, private } => none().with("duty", duty).private(private),
        Operation::Enact { motion: of } => motion(of),
        Operation::Propose { motion: of, until } => motion(of).time("until", *until),
        Operation::Approve { proposal } | Operation::Retract { proposal } => none().with("proposal", proposal),
        Operation::CloseAlert { alert, reason } => none().with("alert", alert).with("reason", reason),
        Operation::AdvanceClock { ms } => none().with("ms", ms),
        Operation::Anchor { documents, count } => none().with("documents", documents).with("count", count),
        Operation::Share { item, with, until } => none().with("item", item).with("with", with).time("until", *until),
        Operation::EndShare { item, with } => none().with("item", item).with("with", with),
        Operation::SetSealKey { org, key } => none().with("org", org).with("seal-key", hex::encode(key)),
        Operation::Depart { item, at, to } => {
            none().with("item", item).with("custody", custody(at)).with("network", to)
        }
        Operation::Land { passage: of } => passage(of),
    }
}

/// What a passage says of the item; what cannot be read in it the ledger refuses.
fn passage(passage: &Passage) -> Fields {
    let fields = none().with("item", passage.item);
    let header = codec::decode::<Header>(&passage.header, MAX_PASSAGE_BYTES).ok();
    let fields = fields.given("network", header.map(|header| header.network));
    match codec::decode::<ItemRecord>(&passage.record, MAX_PASSAGE_BYTES) {
        Ok(record) => fields
            .with("code", record.code.digital_link())
            .with("quantity", record.on_hand)
            .with("class", record.class)
            .with("org", record.custodian),
        Err(_) => fields,
    }
}

/// The values of an entry.
pub(super) fn of_entry(entry: &Entry) -> Fields {
    let Entry { salt: _, body } = entry;
    match body {
        EntryBody::Item(item) => none().with("item", item),
        EntryBody::Registration(Registration { class, code, quantity, purpose, private }) => none()
            .with("code", code.digital_link())
            .with("quantity", quantity)
            .with("class", class)
            .with("purpose", purpose.name())
            .private(private),
        EntryBody::Usage(Usage { item, used, disposed, left }) => {
            none().with("item", item).with("used", used).with("disposed", disposed).with("left", left)
        }
    }
}

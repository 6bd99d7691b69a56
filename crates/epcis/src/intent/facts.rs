//! What stands in an event, read as the ledger's types.

use super::{AskError, Party, Thing};
use crate::{
    Captured, Value, uri,
    vocabulary::{Vocabulary, bare},
};
use gs1::{CodeError, Gln, ItemCode, Quantity, Unit};
use ledger::{Act, Hash, OrgId, Text, Timestamp, operation::Purpose, place};

/// One side of a transfer: the list that tells of it, and what it calls an end.
pub(super) type Side = (&'static str, &'static str);

pub(super) const SOURCE: Side = ("sourceList", "source");
pub(super) const DESTINATION: Side = ("destinationList", "destination");

/// Where things are listed.
const LISTS: [&str; 8] = [
    "epcList",
    "quantityList",
    "childEPCs",
    "childQuantityList",
    "inputEPCList",
    "inputQuantityList",
    "outputEPCList",
    "outputQuantityList",
];

/// How a party is written.
const PARTY: &str = "a GLN as Digital Link or EPC URI, or urn:hufu:org: and an identity";

/// A thing, and where it stands.
pub(super) struct Found {
    pub(super) at: String,
    pub(super) thing: Thing,
}

impl Found {
    /// How much: as said, or one piece of what is one.
    pub(super) fn amount(&self, act: Act) -> Result<Quantity, AskError> {
        match (self.thing.quantity, &self.thing.code) {
            (Some(quantity), _) => Ok(quantity),
            (None, ItemCode::Serial { .. } | ItemCode::Unit { .. }) => {
                Quantity::new(1, Unit::PIECE).map_err(|source| AskError::Code { at: self.at.clone(), source })
            }
            (None, ItemCode::Lot { .. } | ItemCode::Other { .. }) => {
                Err(AskError::Missing { act: act.name(), at: format!("{}/quantity", self.at) })
            }
        }
    }
}

/// The members of an event.
pub(super) struct Facts<'a> {
    event: &'a Captured,
}

impl<'a> Facts<'a> {
    pub(super) fn of(event: &'a Captured) -> Facts<'a> {
        Facts { event }
    }

    pub(super) fn member(&self, name: &str) -> Option<&'a Value> {
        self.event.value.get(name)
    }

    fn member_text(&self, name: &str) -> Option<&'a str> {
        self.member(name).and_then(Value::as_text)
    }

    /// The type of the event.
    pub(super) fn kind(&self) -> &'a str {
        self.member_text("type").unwrap_or_default()
    }

    pub(super) fn action(&self) -> &'a str {
        self.member_text("action").unwrap_or_default()
    }

    pub(super) fn step(&self) -> &'static str {
        self.member_text("bizStep").and_then(|text| bare(Vocabulary::BizStep, text)).unwrap_or_default()
    }

    pub(super) fn is_stolen(&self) -> bool {
        let word = self.member_text("disposition").and_then(|text| bare(Vocabulary::Disposition, text));
        word == Some("stolen")
    }

    pub(super) fn is_error_declaration(&self) -> bool {
        self.member("errorDeclaration").is_some()
    }

    pub(super) fn event_time(&self) -> Option<Timestamp> {
        self.member_text("eventTime").and_then(uri::time)
    }

    // ------------------------------------------------------------------------------------------------ the extension

    /// The values of the extension under a name: it may stand under each prefix that the context of the event binds to the
    /// extension, and in full.
    fn values(&self, name: &str) -> impl Iterator<Item = &'a Value> {
        let wanted = format!("{{{}}}{name}", uri::NAMESPACE);
        let Captured { value, context, bytes: _ } = self.event;
        let members = value.as_map().into_iter().flat_map(|members| members.iter());
        members.filter(move |(key, _)| context.full_name(key).is_ok_and(|full| full == wanted)).map(|(_, value)| value)
    }

    /// The value of the extension under a name. Error: it is said twice, and not the same.
    fn said(&self, name: &str) -> Result<Option<&'a Value>, AskError> {
        let mut values = self.values(name);
        let Some(first) = values.next() else { return Ok(None) };
        match values.all(|other| other == first) {
            true => Ok(Some(first)),
            false => Err(unclear(extension(name))),
        }
    }

    /// Whether the extension says something under a name.
    pub(super) fn says(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// A text of the extension.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, AskError> {
        let Some(value) = self.said(name)? else { return Ok(None) };
        match value.as_text() {
            Some(text) => Ok(Some(text)),
            None => Err(form(extension(name), value, "a text")),
        }
    }

    fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, AskError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(AskError::Form { at: extension(name), input: text.to_owned(), expected }),
        }
    }

    /// A word of a list.
    pub(super) fn word<T>(
        &self,
        name: &str,
        expected: &'static str,
        of_name: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, AskError> {
        self.read(name, expected, |text| of_name(uri::last(text)))
    }

    pub(super) fn hash(&self, name: &str) -> Result<Option<Hash>, AskError> {
        self.read(name, "64 hexadecimal digits", uri::hash)
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, AskError> {
        self.read(name, "a time such as 2026-11-21T08:00:00Z", uri::time)
    }

    pub(super) fn reason(&self) -> Result<Option<Text<256>>, AskError> {
        self.read("reason", "a text of at most 256 bytes", |text| Text::new(text).ok())
    }

    /// Whether a flag is set: `yes`, or the JSON `true`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, AskError> {
        match self.said(name)? {
            None | Some(Value::Bool(false)) => Ok(false),
            Some(Value::Bool(true)) => Ok(true),
            Some(Value::Text(text)) if text == "yes" => Ok(true),
            Some(other) => Err(form(extension(name), other, "yes, where it is set")),
        }
    }

    /// A whole number, as a number or a text.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, AskError> {
        let Some(value) = self.said(name)? else { return Ok(None) };
        let digits = value.as_number().or_else(|| value.as_text());
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(form(extension(name), value, "a whole number")),
        }
    }

    /// A quantity such as `12.5 MLT`.
    pub(super) fn quantity(&self, name: &str) -> Result<Option<Quantity>, AskError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse::<Quantity>().map(Some).map_err(|source| AskError::Code { at: extension(name), source })
    }

    pub(super) fn purpose(&self) -> Result<Purpose, AskError> {
        let expected = "unstated, research, production, medical, testing, sale or disposal";
        Ok(self.word("purpose", expected, Purpose::of_name)?.unwrap_or(Purpose::Unstated))
    }

    /// The act that the event names.
    pub(super) fn act(&self) -> Result<Option<Act>, AskError> {
        let Some(text) = self.text("act")? else { return Ok(None) };
        let word = uri::last(text);
        match Act::ALL.into_iter().find(|act| act.name() == word) {
            Some(act) => Ok(Some(act)),
            None => Err(AskError::Act { input: text.to_owned() }),
        }
    }

    // ------------------------------------------------------------------------------------------------ things

    /// The quantity that stands apart from the lists: that of the one thing which the event lists. Error: it lists several.
    fn apart(&self) -> Result<Option<Quantity>, AskError> {
        let Some(quantity) = self.quantity("quantity")? else { return Ok(None) };
        match LISTS.iter().map(|list| self.list(list).len()).sum::<usize>() {
            0 | 1 => Ok(Some(quantity)),
            _ => Err(unclear(extension("quantity"))),
        }
    }

    /// What the ledger traces of a list of EPCs and a list of quantities.
    pub(super) fn things(&self, epcs: &str, quantities: &str) -> Result<Vec<Found>, AskError> {
        let mut found = Vec::new();
        let apart = self.apart()?;
        for (index, value) in self.list(epcs).iter().enumerate() {
            let at = format!("/{epcs}/{index}");
            if let Some(code) = code(&at, value)? {
                found.push(Found { at, thing: Thing { code, quantity: apart } });
            }
        }
        for (index, value) in self.list(quantities).iter().enumerate() {
            let at = format!("/{quantities}/{index}");
            let Some(class) = value.get("epcClass") else { continue };
            if let Some(code) = code(&format!("{at}/epcClass"), class)? {
                let quantity = match (element(&at, value)?, apart) {
                    (Some(own), Some(apart)) if own != apart => return Err(unclear(extension("quantity"))),
                    (own, apart) => own.or(apart),
                };
                found.push(Found { at, thing: Thing { code, quantity } });
            }
        }
        Ok(found)
    }

    /// The things of an `ObjectEvent`.
    pub(super) fn objects(&self) -> Result<Vec<Found>, AskError> {
        self.things("epcList", "quantityList")
    }

    /// The children of an `AggregationEvent`.
    pub(super) fn children(&self) -> Result<Vec<Found>, AskError> {
        self.things("childEPCs", "childQuantityList")
    }

    /// What goes into a `TransformationEvent`.
    pub(super) fn inputs(&self) -> Result<Vec<Found>, AskError> {
        self.things("inputEPCList", "inputQuantityList")
    }

    /// What comes out of a `TransformationEvent`.
    pub(super) fn outputs(&self) -> Result<Vec<Found>, AskError> {
        self.things("outputEPCList", "outputQuantityList")
    }

    /// What joins the parts of a transformation.
    pub(super) fn transformation(&self) -> Option<&'a str> {
        self.member_text("transformationID")
    }

    /// Whether an `AggregationEvent` lists any child.
    pub(super) fn lists_children(&self) -> bool {
        !self.list("childEPCs").is_empty() || !self.list("childQuantityList").is_empty()
    }

    /// The logistic unit that is the parent.
    pub(super) fn unit(&self) -> Result<Option<ItemCode>, AskError> {
        let Some(value) = self.member("parentID") else { return Ok(None) };
        let code = code("/parentID", value)?;
        Ok(code.filter(|code| matches!(code, ItemCode::Unit { .. })))
    }

    pub(super) fn list(&self, name: &str) -> &'a [Value] {
        self.member(name).and_then(Value::as_list).unwrap_or_default()
    }

    // ------------------------------------------------------------------------------------------------ who and where

    /// The GLN of `readPoint` or `bizLocation`.
    pub(super) fn place(&self, name: &str) -> Result<Option<Gln>, AskError> {
        match self.place_text(name) {
            Some(text) => uri::gln(text).map_err(|source| AskError::Code { at: format!("/{name}/id"), source }),
            None => Ok(None),
        }
    }

    fn place_text(&self, name: &str) -> Option<&'a str> {
        self.member(name)?.get("id")?.as_text()
    }

    /// The port where it happened: as the extension says, or the `readPoint`. Error: they name two.
    pub(super) fn port(&self) -> Result<Option<Text<16>>, AskError> {
        let said = self.text("port")?.map(uri::last);
        let read = self.place_text("readPoint").and_then(uri::port);
        let (at, text) = match (said, read) {
            (Some(said), Some(read)) if said != read => return Err(unclear(extension("port"))),
            (Some(said), _) => (extension("port"), said),
            (None, Some(read)) => ("/readPoint/id".to_owned(), read),
            (None, None) => return Ok(None),
        };
        match Text::new(text).ok().filter(|_| place::is_port(text)) {
            Some(port) => Ok(Some(port)),
            None => Err(AskError::Form { at, input: text.to_owned(), expected: "a port such as CNSZX" }),
        }
    }

    /// Who acts, where the event says it outright: one, or all who sign.
    pub(super) fn by(&self) -> Result<Vec<Party>, AskError> {
        let Some(value) = self.said("by")? else { return Ok(Vec::new()) };
        let at = extension("by");
        let read = |one: &Value| -> Result<Party, AskError> {
            let found = one.as_text().map(|text| outright(&at, text)).transpose()?.flatten();
            found.ok_or_else(|| form(at.clone(), one, PARTY))
        };
        value.as_list().unwrap_or(std::slice::from_ref(value)).iter().map(read).collect()
    }

    /// Who has it on one side, where it is somebody that can be known; private names are passed over.
    pub(super) fn possessor(&self, side: Side) -> Result<Option<Party>, AskError> {
        match self.ends(side, "possessing_party")?.as_slice() {
            [] => Ok(None),
            [(at, text)] => party(at, text),
            [_, (at, _), ..] => Err(AskError::Twice { at: at.clone() }),
        }
    }

    /// Where it is on one side; private names are passed over.
    pub(super) fn locations(&self, side: Side) -> Result<Vec<Gln>, AskError> {
        let mut found = Vec::new();
        for (at, text) in self.ends(side, "location")? {
            found.extend(uri::gln(text).map_err(|source| AskError::Code { at, source })?);
        }
        Ok(found)
    }

    /// Who receives.
    pub(super) fn receiver(&self) -> Result<Option<Party>, AskError> {
        match self.ends(DESTINATION, "possessing_party")?.as_slice() {
            [] => Ok(None),
            [(at, text)] => match party(at, text)? {
                Some(party) => Ok(Some(party)),
                None => Err(AskError::Form { at: at.clone(), input: (*text).to_owned(), expected: PARTY }),
            },
            [_, (at, _), ..] => Err(AskError::Twice { at: at.clone() }),
        }
    }

    /// The premises at which it will be kept.
    pub(super) fn premises(&self) -> Result<Option<Gln>, AskError> {
        match self.ends(DESTINATION, "location")?.as_slice() {
            [] => Ok(None),
            [(at, text)] => uri::gln(text).map_err(|source| AskError::Code { at: at.clone(), source }),
            [_, (at, _), ..] => Err(AskError::Twice { at: at.clone() }),
        }
    }

    /// Whether somebody is named who will possess it.
    pub(super) fn has_receiver(&self) -> Result<bool, AskError> {
        Ok(!self.ends(DESTINATION, "possessing_party")?.is_empty())
    }

    /// The ends of one kind on one side, and where they stand.
    fn ends(&self, (list, name): Side, kind: &str) -> Result<Vec<(String, &'a str)>, AskError> {
        let is_of = |value: &Value| {
            let word = value.get("type").and_then(Value::as_text);
            word.and_then(|text| bare(Vocabulary::SourceDestination, text)) == Some(kind)
        };
        let mut found = Vec::new();
        for (index, value) in self.list(list).iter().enumerate().filter(|(_, value)| is_of(value)) {
            let at = format!("/{list}/{index}/{name}");
            match value.get(name).and_then(Value::as_text) {
                Some(text) => found.push((at, text)),
                None => return Err(form(at, value, "a URI")),
            }
        }
        Ok(found)
    }
}

/// Where a value of the extension stands, as it is written here.
pub(super) fn extension(name: &str) -> String {
    format!("/{}:{name}", uri::PREFIX)
}

/// What is said in two ways.
pub(super) fn unclear(at: String) -> AskError {
    AskError::Unclear { at }
}

fn form(at: String, value: &Value, expected: &'static str) -> AskError {
    AskError::Form { at, input: value.to_string().chars().take(80).collect(), expected }
}

fn code(at: &str, value: &Value) -> Result<Option<ItemCode>, AskError> {
    match value.as_text() {
        Some(text) => uri::code(text).map_err(|source| AskError::Code { at: at.to_owned(), source }),
        None => Err(form(at.to_owned(), value, "a URI")),
    }
}

fn party(at: &str, text: &str) -> Result<Option<Party>, AskError> {
    if let Some(org) = uri::org(text) {
        return Ok(Some(Party::Org(org)));
    }
    match uri::gln(text) {
        Ok(gln) => Ok(gln.map(Party::Gln)),
        Err(source) => Err(AskError::Code { at: at.to_owned(), source }),
    }
}

/// A party as the extension names it: in full, or its identity or GLN alone.
fn outright(at: &str, text: &str) -> Result<Option<Party>, AskError> {
    let alone = || {
        let org = text.parse::<OrgId>().ok().map(Party::Org);
        org.or_else(|| text.parse::<Gln>().ok().map(Party::Gln))
    };
    Ok(party(at, text)?.or_else(alone))
}

/// The quantity of a quantity element; without a unit it counts pieces.
fn element(at: &str, value: &Value) -> Result<Option<Quantity>, AskError> {
    let Some(quantity) = value.get("quantity") else { return Ok(None) };
    let read = |number: &str| -> Result<Quantity, CodeError> {
        let unit = match value.get("uom").and_then(Value::as_text) {
            Some(code) => code.parse::<Unit>()?,
            None => Unit::PIECE,
        };
        Quantity::parse(number, unit)
    };
    match quantity.as_number() {
        Some(number) => {
            read(number).map(Some).map_err(|source| AskError::Code { at: format!("{at}/quantity"), source })
        }
        None => Err(form(format!("{at}/quantity"), quantity, "a number")),
    }
}

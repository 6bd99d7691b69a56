//! What an act says, in words (`docs/formats/scenario.md`).

use super::ChangeSpec;
use serde::{Deserialize, Serialize};

/// An act as text. Quantities are `12.5 MLT`, or a number in the unit of the item; times are RFC 3339 or a span such as
/// `30d` from now; purposes, ports and the like are their words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of `ledger::Operation`, in words")]
pub enum ActSpec {
    RegisterOrg {
        id: String,
        name: String,
        kind: String,
    },
    RegisterClass {
        code: String,
        name: String,
        category: String,
        grade: String,
        #[serde(default)]
        hgr: bool,
        hs: String,
    },
    AssertHs {
        class: String,
        hs: String,
    },
    Register {
        items: Vec<ItemSpec>,
    },
    Assign {
        items: Vec<String>,
        grant: String,
    },
    Declare {
        items: Vec<String>,
        #[serde(default)]
        exempt: bool,
    },
    Arrive {
        items: Vec<String>,
        port: String,
    },
    OrderInspection {
        items: Vec<String>,
        premises: Option<String>,
    },
    Inspect {
        items: Vec<String>,
        result: String,
        video: Option<String>,
    },
    Test {
        items: Vec<String>,
        passed: bool,
        report: String,
    },
    Release {
        items: Vec<String>,
    },
    Return {
        items: Vec<String>,
        reason: String,
    },
    Destroy {
        items: Vec<String>,
        reason: String,
    },
    Exit {
        items: Vec<String>,
        port: String,
    },
    Offer {
        item: String,
        to: String,
        from: Option<String>,
        purpose: Option<String>,
        premises: Option<String>,
        until: Option<String>,
    },
    Handover {
        item: String,
        to: String,
        from: Option<String>,
        purpose: Option<String>,
        premises: Option<String>,
        until: Option<String>,
    },
    Accept {
        item: String,
    },
    Refuse {
        item: String,
        reason: String,
    },
    Withdraw {
        item: String,
    },
    Store {
        items: Vec<String>,
        premises: String,
        #[serde(default)]
        quarantine: bool,
    },
    Use {
        item: String,
        quantity: String,
    },
    Waste {
        item: String,
        quantity: String,
    },
    Dispose {
        item: String,
        quantity: String,
    },
    Lose {
        item: String,
        quantity: String,
        #[serde(default)]
        theft: bool,
    },
    Correct {
        item: String,
        event: u64,
        bucket: String,
        quantity: String,
        reason: String,
    },
    SelfCheck {
        items: Vec<String>,
        counted: String,
        report: String,
    },
    Telemetry {
        items: Vec<String>,
        kind: String,
        root: String,
        count: u32,
        from: String,
        to: String,
        min: i32,
        max: i32,
    },
    Expert {
        items: Vec<String>,
        report: String,
    },
    Document {
        items: Vec<String>,
        document: String,
    },
    Derive {
        kind: String,
        inputs: Vec<InputSpec>,
        outputs: Vec<ItemSpec>,
    },
    Pack {
        unit: String,
        items: Vec<String>,
    },
    Unpack {
        unit: String,
        items: Vec<String>,
    },
    PlaceHold {
        item: String,
        reason: String,
    },
    LiftHold {
        item: String,
        placed: Option<u64>,
    },
    Apply {
        kind: String,
        class: String,
        quantity: String,
        direction: String,
        region: String,
        purpose: Option<String>,
        counterpart: Option<String>,
        #[serde(default)]
        ports: Vec<String>,
        premises: Option<String>,
        from: Option<String>,
        #[serde(default)]
        on: Vec<String>,
    },
    Pause {
        grant: String,
        notice: String,
    },
    Resume {
        grant: String,
    },
    Grant {
        grant: String,
        number: String,
        lane: Option<String>,
        from: Option<String>,
    },
    RefuseGrant {
        grant: String,
        reason: String,
    },
    Cancel {
        grant: String,
        reason: String,
    },
    Demand {
        debtors: Vec<String>,
        until: String,
        about: Option<String>,
    },
    Report {
        filing: String,
        year: u16,
        quarter: u8,
        items: Vec<UsageSpec>,
        #[serde(default)]
        last: bool,
    },
    Answer {
        duty: String,
    },
    Enact {
        changes: Vec<ChangeSpec>,
    },
    Propose {
        changes: Vec<ChangeSpec>,
        until: Option<String>,
    },
    Approve {
        proposal: String,
    },
    Retract {
        proposal: String,
    },
    CloseAlert {
        alert: String,
        reason: String,
    },
    AdvanceClock {
        by: String,
    },
    Anchor {
        documents: String,
        count: u32,
    },
    Share {
        item: String,
        with: String,
        until: String,
    },
    EndShare {
        item: String,
        with: String,
    },
    SealKey {
        org: String,
        /// 64 hexadecimal digits; zeros end the key in force.
        key: String,
    },
    Depart {
        item: String,
        /// Identity of the network.
        to: String,
    },
    Land {
        /// Canonical bytes of a passage, in hexadecimal digits.
        passage: String,
    },
}

/// An item to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemSpec {
    /// Its code.
    pub code: String,
    /// How much; a piece for serials and units.
    pub quantity: Option<String>,
    /// Its class, where the code does not tell it.
    pub class: Option<String>,
    /// For what.
    pub purpose: Option<String>,
}

/// An item that goes into a derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// The item.
    pub item: String,
    /// How much of it; all of it where nothing is said.
    pub quantity: Option<String>,
}

/// What a report states of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageSpec {
    /// The item.
    pub item: String,
    /// Used up.
    pub used: String,
    /// Disposed of.
    pub disposed: String,
    /// Left.
    pub left: String,
}

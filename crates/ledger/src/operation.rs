//! What a transaction asks for: one typed operation.

mod application;
mod entry;
mod meaning;
mod motion;
mod note;
mod terms;

use crate::{
    crypto::Signature,
    hash::Hash,
    id::{AlertId, ClassId, DutyId, GrantId, ItemId, KeyId, NetworkId, OrgId, TxId},
    passage::Passage,
    record::{ClassProfile, KeyEndReason, OrgProfile},
    text::Text,
    time::Timestamp,
};
pub use application::{Application, Direction, GrantKind, Lane, Verdict};
use bincode::{Decode, Encode};
pub use entry::{Entry, EntryBody, EntryList, InspectionResult, KeyClaim, Registration, Usage};
use gs1::{Gln, HsCode, Quantity};
pub use motion::{Change, EndWhy, Motion, NewEntry, Registry, Subject, Value, place};
pub use note::{Bucket, DeriveKind, Input, Note, Telemetry};
pub use terms::{CustodyPoint, HandoverTerms, Purpose};

/// Makes the operations and their kinds, each with its word.
macro_rules! operations {
    ($(#[$whole:meta])* pub enum Operation { $(
        $(#[$about:meta])*
        $word:literal $name:ident { $( $(#[$meaning:meta])* $field:ident: $ty:ty, )+ },
    )* }) => {
        $(#[$whole])*
        pub enum Operation {
            $( $(#[$about])* $name { $( $(#[$meaning])* $field: $ty, )+ }, )*
        }

        /// The kind of an operation, without its content.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub enum Act {
            $( #[doc = concat!("See [`Operation::", stringify!($name), "`].")] $name, )*
        }

        impl Act {
            /// All acts, in the order of their numbers.
            pub const ALL: [Act; [$( $word ),*].len()] = [$( Act::$name ),*];

            /// The word used in JSON and on the command line.
            pub fn name(self) -> &'static str {
                match self { $( Act::$name => $word, )* }
            }
        }

        impl Operation {
            /// Its kind.
            pub fn act(&self) -> Act {
                match self { $( Operation::$name { .. } => Act::$name, )* }
            }
        }
    };
}

operations! {
    /// What a transaction asks for. Numbers of variants are stable until the first release and append-only after it.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
    pub enum Operation {
        /// Registers an organisation.
        "register-org" RegisterOrg {
            /// Its public facts.
            profile: OrgProfile,
        },
        /// Registers a person's key.
        "register-key" RegisterKey {
            /// The organisation it belongs to.
            org: OrgId,
            /// The key.
            claim: KeyClaim,
        },
        /// Replaces a key by a new one of the same person and roles; signed by the old one.
        "rotate-key" RotateKey {
            /// The key that retires.
            old: KeyId,
            /// The new key.
            claim: KeyClaim,
        },
        /// Ends a key.
        "end-key" EndKey {
            /// The key.
            key: KeyId,
            /// Why.
            reason: KeyEndReason,
        },
        /// Registers a node's transport identity.
        "register-node" RegisterNode {
            /// The organisation that runs it.
            org: OrgId,
            /// ed25519 public key of its transport identity, not yet checked.
            peer: [u8; 32],
            /// Signature by that key over [`crate::crypto::peer_possession`].
            possession: Signature,
        },
        /// Ends a node's transport identity.
        "end-node" EndNode {
            /// The identity.
            peer: [u8; 32],
            /// Why.
            reason: KeyEndReason,
        },
        /// Registers an item class.
        "register-class" RegisterClass {
            /// What it is.
            profile: ClassProfile,
        },
        /// Registers items.
        "register" Register {
            /// Their list ([`EntryBody::Registration`]).
            list: EntryList,
        },
        /// Declares items at the border.
        "declare" Declare {
            /// Their list ([`EntryBody::Item`]).
            list: EntryList,
            /// Whether they pass without a declaration (R10).
            exempt: bool,
            /// Root of private fields (declaration number, port), if any.
            private: Option<Hash>,
        },
        /// States the result of an inspection.
        "inspect" Inspect {
            /// The items.
            list: EntryList,
            /// The result.
            result: InspectionResult,
            /// Hash of the live video of an inspection on the firm's premises (R11).
            video: Option<Hash>,
            /// Root of private fields (report), if any.
            private: Option<Hash>,
        },
        /// Releases items from the border.
        "release" Release {
            /// The items.
            list: EntryList,
        },
        /// Offers an item.
        "offer" Offer {
            /// The terms.
            terms: HandoverTerms,
        },
        /// Accepts an offer; custody moves.
        "accept" Accept {
            /// The item.
            item: ItemId,
            /// Hash of the offered terms.
            terms: Hash,
            /// The point of custody, as in the terms.
            at: CustodyPoint,
        },
        /// Refuses an offer.
        "refuse" Refuse {
            /// The item.
            item: ItemId,
            /// Hash of the offered terms.
            terms: Hash,
            /// Why.
            reason: Text<256>,
        },
        /// Withdraws an offer.
        "withdraw" Withdraw {
            /// The item.
            item: ItemId,
            /// Hash of the offered terms.
            terms: Hash,
        },
        /// Hands an item over face to face, both signing one transaction; custody moves.
        "handover" Handover {
            /// The terms.
            terms: HandoverTerms,
        },
        /// Uses some or all of an item.
        "use" Use {
            /// The item.
            item: ItemId,
            /// The point of custody it builds on.
            at: CustodyPoint,
            /// How much.
            quantity: Quantity,
            /// Root of private fields (project, person in charge), if any.
            private: Option<Hash>,
        },
        /// Disposes of some or all of an item, countersigned by the competent agency.
        "dispose" Dispose {
            /// The item.
            item: ItemId,
            /// The point of custody it builds on.
            at: CustodyPoint,
            /// How much.
            quantity: Quantity,
            /// Root of private fields (manner, certificate), if any.
            private: Option<Hash>,
        },
        /// Places a hold.
        "place-hold" PlaceHold {
            /// The item.
            item: ItemId,
            /// Why.
            reason: Text<256>,
        },
        /// Lifts a hold.
        "lift-hold" LiftHold {
            /// The item.
            item: ItemId,
            /// Number of the event that placed it.
            placed: u64,
        },
        /// Asserts the HS code of a class in one jurisdiction and edition, from now on.
        "assert-hs" AssertHs {
            /// The class.
            class: ClassId,
            /// The code.
            hs: HsCode,
        },
        /// Puts items under a permit (R9); nothing is written off yet.
        "assign" Assign {
            /// The items.
            list: EntryList,
            /// The permit.
            grant: GrantId,
        },
        /// States that declared items have arrived at the port.
        "arrive" Arrive {
            /// The items.
            list: EntryList,
            /// The port.
            port: Text<16>,
        },
        /// Orders an inspection, at the port or on the firm's premises (R11).
        "order-inspection" OrderInspection {
            /// The items.
            list: EntryList,
            /// The firm's premises; at the port where there are none.
            premises: Option<Gln>,
        },
        /// States the result of a laboratory test (R12, R29).
        "test" Test {
            /// The items.
            list: EntryList,
            /// Whether they passed.
            passed: bool,
            /// Hash of the report.
            report: Hash,
        },
        /// Sends items back over the border.
        "return" Return {
            /// The items.
            list: EntryList,
            /// Why.
            reason: Text<256>,
        },
        /// Destroys items at the border.
        "destroy" Destroy {
            /// The items.
            list: EntryList,
            /// Why.
            reason: Text<256>,
        },
        /// Lets released items leave the country.
        "exit" Exit {
            /// The items.
            list: EntryList,
            /// The port.
            port: Text<16>,
        },
        /// Stores items at registered premises.
        "store" Store {
            /// The items.
            list: EntryList,
            /// The premises.
            premises: Gln,
            /// Whether in quarantine, which alone a hold allows.
            quarantine: bool,
        },
        /// Sets aside some or all of an item as waste.
        "waste" Waste {
            /// The item.
            item: ItemId,
            /// The point of custody it builds on.
            at: CustodyPoint,
            /// How much.
            quantity: Quantity,
            /// Root of private fields, if any.
            private: Option<Hash>,
        },
        /// Reports a loss or theft.
        "lose" Lose {
            /// The item.
            item: ItemId,
            /// The point of custody it builds on.
            at: CustodyPoint,
            /// How much.
            quantity: Quantity,
            /// Whether it was stolen.
            theft: bool,
            /// Root of private fields (circumstances), if any.
            private: Option<Hash>,
        },
        /// Corrects what an earlier event booked; that event stays.
        "correct" Correct {
            /// The item.
            item: ItemId,
            /// The point of custody it builds on.
            at: CustodyPoint,
            /// Number of the event that is corrected.
            event: u64,
            /// What it booked as.
            bucket: Bucket,
            /// How much is on hand again.
            quantity: Quantity,
            /// Why.
            reason: Text<256>,
        },
        /// Anchors a fact about items: a self-check, telemetry, a report.
        "note" Note {
            /// The items.
            list: EntryList,
            /// The fact.
            note: Note,
        },
        /// Makes items out of items: split, merge, manufacture.
        "derive" Derive {
            /// How.
            kind: DeriveKind,
            /// Out of what, 1 to [`crate::bounds::MAX_INPUTS`].
            inputs: Vec<Input>,
            /// What comes out ([`EntryBody::Registration`]), at most [`crate::bounds::MAX_LINKS`].
            list: EntryList,
        },
        /// Packs items into a logistic unit.
        "pack" Pack {
            /// The unit.
            unit: ItemId,
            /// Its point of custody.
            at: CustodyPoint,
            /// The items.
            list: EntryList,
        },
        /// Takes items out of a logistic unit.
        "unpack" Unpack {
            /// The unit.
            unit: ItemId,
            /// Its point of custody.
            at: CustodyPoint,
            /// The items.
            list: EntryList,
        },
        /// Applies for a plan, a clearance proof, a permit, or the filing of a human genetic resource.
        "apply" Apply {
            /// For what.
            application: Application,
        },
        /// Stops the clock of an application, with written notice (R7).
        "pause" Pause {
            /// The application.
            grant: GrantId,
            /// Hash of the notice.
            notice: Hash,
        },
        /// Lets the clock of an application run on.
        "resume" Resume {
            /// The application.
            grant: GrantId,
        },
        /// Grants or refuses an application.
        "decide" Decide {
            /// The application.
            grant: GrantId,
            /// Granted, or refused with a reason.
            verdict: Verdict,
        },
        /// Ends a grant before its time.
        "cancel" Cancel {
            /// The grant.
            grant: GrantId,
            /// Why.
            reason: Text<256>,
        },
        /// Demands a report (R16).
        "demand" Demand {
            /// Of whom, 1 to [`crate::bounds::MAX_DEBTORS`].
            debtors: Vec<OrgId>,
            /// Until when.
            until: Timestamp,
            /// About which item, if about one.
            about: Option<ItemId>,
            /// Root of private fields (the question), if any.
            private: Option<Hash>,
        },
        /// The report of a quarter on a human genetic resource (R15).
        "report" Report {
            /// The filing.
            filing: GrantId,
            /// The year.
            year: u16,
            /// The quarter, 1 to 4.
            quarter: u8,
            /// What was done with each item ([`EntryBody::Usage`]).
            list: EntryList,
            /// Whether nothing is left to report on.
            last: bool,
            /// Root of private fields, if any.
            private: Option<Hash>,
        },
        /// Answers a demand (R16).
        "answer" Answer {
            /// The duty.
            duty: DutyId,
            /// Root of the answer's private fields, if any.
            private: Option<Hash>,
        },
        /// Makes changes that all who must have signed together.
        "enact" Enact {
            /// The changes.
            motion: Motion,
        },
        /// Puts changes to those who must sign them.
        "propose" Propose {
            /// The changes.
            motion: Motion,
            /// Until when they may be approved.
            until: Timestamp,
        },
        /// Approves a proposal; the last approval that is needed enacts it.
        "approve" Approve {
            /// The proposal: its transaction.
            proposal: TxId,
        },
        /// Takes back one's own proposal.
        "retract" Retract {
            /// The proposal.
            proposal: TxId,
        },
        /// Closes an alert.
        "close-alert" CloseAlert {
            /// The alert.
            alert: AlertId,
            /// Why.
            reason: Text<256>,
        },
        /// Advances the clock of a test network.
        "advance-clock" AdvanceClock {
            /// By how many milliseconds, at most [`crate::bounds::MAX_ADVANCE_MS`].
            ms: u64,
        },
        /// Anchors documents that stay with whoever made them, such as EPCIS events: from then on nobody can say that they
        /// were made later, or were others.
        "anchor" Anchor {
            /// Root over them ([`crate::document::root`]).
            documents: Hash,
            /// How many.
            count: u32,
        },
        /// Lets another organisation see an item, its history and its file, until a time; custody and rights stay as they are.
        "share" Share {
            /// The item.
            item: ItemId,
            /// With whom.
            with: OrgId,
            /// Until when, at most [`crate::bounds::MAX_SHARE_MS`] ahead.
            until: Timestamp,
        },
        /// Ends such a share.
        "end-share" EndShare {
            /// The item.
            item: ItemId,
            /// With whom it was shared.
            with: OrgId,
        },
        /// Publishes the key to which documents for an organisation are sealed.
        "seal-key" SetSealKey {
            /// The organisation.
            org: OrgId,
            /// Its X25519 public key; 32 zero bytes end the one in force.
            key: [u8; 32],
        },
        /// Closes an item here, so that it can land in another network.
        "depart" Depart {
            /// The item.
            item: ItemId,
            /// The point of custody it builds on.
            at: CustodyPoint,
            /// The network that it goes to.
            to: NetworkId,
        },
        /// Opens here an item that has departed from another network.
        "land" Land {
            /// The proof that it has.
            passage: Box<Passage>,
        },
    }
}

impl Operation {
    /// The entry list of an operation over many items.
    pub fn list(&self) -> Option<&EntryList> {
        match self {
            Operation::Register { list }
            | Operation::Declare { list, .. }
            | Operation::Inspect { list, .. }
            | Operation::Release { list }
            | Operation::Assign { list, .. }
            | Operation::Arrive { list, .. }
            | Operation::OrderInspection { list, .. }
            | Operation::Test { list, .. }
            | Operation::Return { list, .. }
            | Operation::Destroy { list, .. }
            | Operation::Exit { list, .. }
            | Operation::Store { list, .. }
            | Operation::Note { list, .. }
            | Operation::Derive { list, .. }
            | Operation::Pack { list, .. }
            | Operation::Unpack { list, .. }
            | Operation::Report { list, .. } => Some(list),
            _ => None,
        }
    }

    /// The item of an operation on a single one, and the point of custody it builds on, if it is bound to one.
    pub fn subject(&self) -> Option<(ItemId, Option<CustodyPoint>)> {
        match self {
            Operation::Offer { terms } | Operation::Handover { terms } => Some((terms.item, Some(terms.at))),
            Operation::Accept { item, at, .. }
            | Operation::Use { item, at, .. }
            | Operation::Dispose { item, at, .. }
            | Operation::Waste { item, at, .. }
            | Operation::Lose { item, at, .. }
            | Operation::Correct { item, at, .. }
            | Operation::Depart { item, at, .. } => Some((*item, Some(*at))),
            Operation::Refuse { item, .. }
            | Operation::Withdraw { item, .. }
            | Operation::PlaceHold { item, .. }
            | Operation::LiftHold { item, .. } => Some((*item, None)),
            _ => None,
        }
    }

    /// All points of custody that the operation builds on.
    pub fn points(&self) -> Vec<(ItemId, CustodyPoint)> {
        match self {
            Operation::Derive { inputs, .. } => inputs.iter().map(|input| (input.item, input.at)).collect(),
            Operation::Pack { unit, at, .. } | Operation::Unpack { unit, at, .. } => vec![(*unit, *at)],
            other => other.subject().and_then(|(item, at)| Some((item, at?))).into_iter().collect(),
        }
    }

    /// Whether entries of this kind belong into its list.
    pub fn takes(&self, body: &EntryBody) -> bool {
        match (self, body) {
            (Operation::Register { .. } | Operation::Derive { .. }, EntryBody::Registration(_))
            | (Operation::Report { .. }, EntryBody::Usage(_)) => true,
            (Operation::Register { .. } | Operation::Derive { .. } | Operation::Report { .. }, _) => false,
            (_, EntryBody::Item(_)) => true,
            (_, EntryBody::Registration(_) | EntryBody::Usage(_)) => false,
        }
    }

    /// Whether it is about items and leaves events of theirs.
    pub fn is_on_items(&self) -> bool {
        self.list().is_some() || self.subject().is_some() || matches!(self, Operation::Land { .. })
    }

    /// Root of the private fields that the operation itself names; a registration's stand in its entries.
    pub fn private(&self) -> Option<Hash> {
        match self {
            Operation::Declare { private, .. }
            | Operation::Inspect { private, .. }
            | Operation::Use { private, .. }
            | Operation::Dispose { private, .. }
            | Operation::Waste { private, .. }
            | Operation::Lose { private, .. }
            | Operation::Demand { private, .. }
            | Operation::Report { private, .. }
            | Operation::Answer { private, .. } => *private,
            Operation::Apply { application } => application.private,
            Operation::Offer { terms } | Operation::Handover { terms } => terms.private,
            Operation::RegisterOrg { .. }
            | Operation::RegisterKey { .. }
            | Operation::RotateKey { .. }
            | Operation::EndKey { .. }
            | Operation::RegisterNode { .. }
            | Operation::EndNode { .. }
            | Operation::RegisterClass { .. }
            | Operation::AssertHs { .. }
            | Operation::Register { .. }
            | Operation::Release { .. }
            | Operation::Accept { .. }
            | Operation::Refuse { .. }
            | Operation::Withdraw { .. }
            | Operation::PlaceHold { .. }
            | Operation::LiftHold { .. }
            | Operation::Assign { .. }
            | Operation::Arrive { .. }
            | Operation::OrderInspection { .. }
            | Operation::Test { .. }
            | Operation::Return { .. }
            | Operation::Destroy { .. }
            | Operation::Exit { .. }
            | Operation::Store { .. }
            | Operation::Correct { .. }
            | Operation::Note { .. }
            | Operation::Derive { .. }
            | Operation::Pack { .. }
            | Operation::Unpack { .. }
            | Operation::Pause { .. }
            | Operation::Resume { .. }
            | Operation::Decide { .. }
            | Operation::Cancel { .. }
            | Operation::Enact { .. }
            | Operation::Propose { .. }
            | Operation::Approve { .. }
            | Operation::Retract { .. }
            | Operation::CloseAlert { .. }
            | Operation::AdvanceClock { .. }
            | Operation::Anchor { .. }
            | Operation::Share { .. }
            | Operation::EndShare { .. }
            | Operation::SetSealKey { .. }
            | Operation::Depart { .. }
            | Operation::Land { .. } => None,
        }
    }
}

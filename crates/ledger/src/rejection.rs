//! Refusals by a rule. They are consensus: a refused transaction stands in its block with its [`Rejection`].

mod param;

use crate::{
    id::{GrantId, ItemId, KeyId, NetworkId, OrgId},
    operation::{Act, CustodyPoint, GrantKind, Lane, Purpose, Registry},
    policy::Rule,
    record::{AgencyFunction, GrantState, Lifecycle, Role},
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};
pub use param::Flag;
use param::Param;

/// Makes the enum, and with it everything that has to name each of its variants: what stands in no list cannot be
/// forgotten in one. Before a name stand its code and the number of the rule that refuses, 0 for the rule of the act.
macro_rules! rejections {
    ($(#[$whole:meta])* pub enum Rejection { $(
        $(#[$about:meta])*
        $code:literal $rule:literal $name:ident $({ $( $(#[$meaning:meta])* $field:ident: $ty:ty, )+ })?,
    )* }) => {
        $(#[$whole])*
        pub enum Rejection {
            $( $(#[$about])* $name $({ $( $(#[$meaning])* $field: $ty, )+ })?, )*
        }

        impl Rejection {
            /// Every (code, name), in order.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$( ($code, stringify!($name)), )*];

            /// Stable code.
            pub fn code(&self) -> &'static str {
                match self { $( Rejection::$name { .. } => $code, )* }
            }

            /// Name of the variant.
            pub fn name(&self) -> &'static str {
                match self { $( Rejection::$name { .. } => stringify!($name), )* }
            }

            fn listed_rule(&self) -> Rule {
                match self { $( Rejection::$name { .. } => Rule($rule), )* }
            }

            /// The fields, by name, as text.
            pub fn params(&self) -> Vec<(&'static str, String)> {
                match self { $(
                    Rejection::$name $({ $( $field, )+ })? => vec![$( $( (stringify!($field), $field.text()), )+ )?],
                )* }
            }
        }
    };
}

rejections! {
    /// Why a rule refuses an act. Append-only; the code is what users and programs see.
    ///
    /// Precedence: the keys of the signers, the signers, competence, the existence of what is acted on, the point of
    /// custody, the custodian, the state, holds, offers, and last quantities.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
    pub enum Rejection {
        /// A signer's key is compromised.
        "H2101" 0 KeyCompromised {
            /// The key.
            key: KeyId,
        },
        /// A signer's key was retired and its signatures are no longer honoured.
        "H2102" 0 KeyRetired {
            /// The key.
            key: KeyId,
        },
        /// The key belongs to another organisation than the one it signs for.
        "H2103" 0 KeyForeign {
            /// The key.
            key: KeyId,
            /// The organisation named.
            org: OrgId,
        },
        /// The key may not sign in this capacity.
        "H2104" 0 RoleNotHeld {
            /// The key.
            key: KeyId,
            /// The capacity.
            role: Role,
        },
        /// The key is registered already; a key belongs to one person, one organisation and one use.
        "H2105" 0 KeyTaken {
            /// The key.
            key: KeyId,
        },
        /// The key is not canonical, or of small or mixed order.
        "H2106" 0 KeyUnusable,
        /// The proof of possession does not hold.
        "H2107" 0 PossessionInvalid,
        /// The key to be ended or rotated is not registered, or has ended.
        "H2108" 0 KeyUnknown {
            /// The key.
            key: KeyId,
        },
        /// A new key must keep the person and the roles of the old one.
        "H2109" 0 RotationChanges,
        /// The organisation is not registered.
        "H4001" 2 OrgUnknown {
            /// The organisation.
            org: OrgId,
        },
        /// The organisation is registered already.
        "H4002" 2 OrgTaken {
            /// The organisation.
            org: OrgId,
        },
        /// An agency is made at genesis or by vote, never by registration.
        "H4003" 0 AgencyByRegistration,
        /// The signers are not those that the act needs.
        "H4101" 0 SignersWrong {
            /// The act.
            act: Act,
        },
        /// The agency that signs is not competent for the act.
        "H4103" 0 NotCompetent {
            /// The act.
            act: Act,
            /// The agency.
            org: OrgId,
        },
        /// The transport identity is registered already.
        "H4201" 0 NodeTaken,
        /// The transport identity is not registered, or has ended.
        "H4202" 0 NodeUnknown,
        /// A validator's transport identity changes with its seat only.
        "H4203" 0 NodeIsValidator,
        /// No item has this identity.
        "H5001" 0 ItemUnknown {
            /// The item.
            item: ItemId,
        },
        /// The class is not registered.
        "H5002" 4 ClassUnknown,
        /// The class is registered already.
        "H5003" 4 ClassTaken,
        /// The code of the item is not of its class.
        "H5004" 0 CodeNotOfClass,
        /// The policy pack has no such grade.
        "H5005" 4 GradeUnknown {
            /// The grade.
            grade: Text<8>,
        },
        /// One list names an item or a code twice.
        "H5006" 0 EntryRepeated {
            /// Index of the second.
            index: u32,
        },
        /// The signer's organisation does not hold the item.
        "H5101" 0 NotCustodian {
            /// The item.
            item: ItemId,
            /// Who holds it.
            custodian: OrgId,
        },
        /// The act is not allowed in the state that the item is in.
        "H5102" 0 StateForbids {
            /// The item.
            item: ItemId,
            /// The act.
            act: Act,
            /// Its state.
            state: Lifecycle,
        },
        /// The item is held.
        "H5103" 28 Held {
            /// The item.
            item: ItemId,
            /// By which agency, the first of several.
            by: OrgId,
        },
        /// Custody has moved on: another act won.
        "H5104" 0 CustodyMoved {
            /// The item.
            item: ItemId,
            /// The point that the act builds on.
            asked: CustodyPoint,
            /// The point that the item is at.
            found: CustodyPoint,
        },
        /// An earlier offer waits for its answer.
        "H5105" 0 OfferPending {
            /// The item.
            item: ItemId,
            /// To whom.
            receiver: OrgId,
            /// Until when.
            expires: Timestamp,
        },
        /// No such offer waits for an answer.
        "H5106" 0 OfferUnknown {
            /// The item.
            item: ItemId,
        },
        /// The offer expired.
        "H5107" 0 OfferExpired {
            /// The item.
            item: ItemId,
            /// When.
            expires: Timestamp,
        },
        /// The terms name another network, or more time than is allowed.
        "H5108" 0 TermsInvalid,
        /// Giver and receiver are one organisation.
        "H5109" 0 ReceiverIsGiver,
        /// The offer is made to somebody else.
        "H5110" 0 NotReceiver {
            /// The item.
            item: ItemId,
            /// To whom it is offered.
            receiver: OrgId,
        },
        /// More than there is on hand.
        "H5201" 0 QuantityExceeded {
            /// The item.
            item: ItemId,
            /// On hand, in the smallest steps of the unit.
            on_hand: u64,
            /// Asked for.
            asked: u64,
        },
        /// A quantity of nothing.
        "H5202" 0 QuantityZero,
        /// Another unit than the item's.
        "H5203" 0 UnitMismatch {
            /// The item.
            item: ItemId,
        },
        /// A serial is one piece.
        "H5204" 0 SerialNotOnePiece,
        /// No such hold.
        "H5301" 28 HoldUnknown {
            /// The item.
            item: ItemId,
            /// Number of the event that is said to have placed it.
            placed: u64,
        },
        /// The hold was placed by another agency.
        "H5302" 28 HoldNotYours {
            /// The item.
            item: ItemId,
            /// By which agency.
            by: OrgId,
        },
        /// The item has as many holds as it can have.
        "H5303" 28 HoldsFull {
            /// The item.
            item: ItemId,
        },
        /// The policy pack in force does not know the act.
        "H4104" 33 ActNotInPack {
            /// The act.
            act: Act,
        },
        /// This very code is in force for the class.
        "H5007" 0 HsInForce,
        /// The class has as many assertions as it can have.
        "H5008" 0 HsFull,
        /// The person whose key it is is banned.
        "H2110" 18 KeyBanned {
            /// The key.
            key: KeyId,
        },
        /// A key that was recovered may not sign yet.
        "H2111" 33 KeyWaiting {
            /// The key.
            key: KeyId,
            /// From when it may.
            until: Timestamp,
        },
        /// The clock of a network that is no test network cannot be advanced.
        "H3201" 0 NotTestNetwork,
        /// The organisation has no such premises, or none with the biosafety level that the item asks for.
        "H4102" 4 PremisesMissing {
            /// The organisation.
            org: OrgId,
            /// The level needed.
            needed: u8,
            /// The level of the premises named.
            has: u8,
        },
        /// The organisation is banned.
        "H4105" 18 OrgBanned {
            /// The organisation.
            org: OrgId,
        },
        /// What must stand in a registry does not.
        "H4106" 0 NotListed {
            /// The registry.
            registry: Registry,
            /// Who or what.
            subject: Text<64>,
        },
        /// The laboratory is on the non-acceptance list.
        "H4107" 29 LaboratoryRefused {
            /// The laboratory.
            org: OrgId,
        },
        /// The pilot is stopped: the rating fell.
        "H4108" 26 PilotStopped {
            /// The organisation.
            org: OrgId,
        },
        /// The agency has left.
        "H4109" 33 OrgLeft {
            /// The agency.
            org: OrgId,
        },
        /// No such proposal.
        "H4110" 33 ProposalUnknown,
        /// The proposal is enacted, lapsed or taken back.
        "H4111" 33 ProposalClosed,
        /// The organisation has approved in this capacity.
        "H4112" 33 AlreadyApproved {
            /// The organisation.
            org: OrgId,
        },
        /// The change would take force too soon.
        "H4113" 33 HeightTooEarly {
            /// The height named.
            from: u64,
            /// The earliest.
            earliest: u64,
        },
        /// The policy pack contradicts itself, or is in force.
        "H4114" 33 PackInvalid {
            /// What is wrong.
            what: Text<128>,
        },
        /// The seats would make no validator set.
        "H4115" 33 SeatsInvalid {
            /// What is wrong.
            what: Text<64>,
        },
        /// Another change of seats is scheduled.
        "H4116" 33 SeatsPending {
            /// For which height.
            from: u64,
        },
        /// An agency that gains or loses competence has not signed.
        "H4117" 33 AgencyMissing {
            /// Its function.
            function: AgencyFunction,
        },
        /// Fewer agencies have signed than are needed.
        "H4118" 33 QuorumMissing {
            /// How many have.
            found: u32,
            /// How many must.
            needed: u32,
        },
        /// The motion has no change, too many, or changes that others must sign.
        "H4119" 33 MotionMixed,
        /// What comes out is not what goes in.
        "H5205" 21 BalanceDiffers {
            /// In, in the smallest steps of the unit.
            inputs: u64,
            /// Out.
            outputs: u64,
        },
        /// The items are not of one class, code and unit, or the derivation has not the right number of them.
        "H5206" 0 ParentsDiffer {
            /// The first that differs.
            item: ItemId,
        },
        /// More than was booked.
        "H5207" 17 CorrectionExceeds {
            /// The item.
            item: ItemId,
            /// Booked.
            booked: u64,
            /// Asked for.
            asked: u64,
        },
        /// No such grant or application.
        "H5401" 0 GrantUnknown {
            /// The grant.
            grant: GrantId,
        },
        /// The grant is another organisation's.
        "H5402" 9 GrantNotYours {
            /// The grant.
            grant: GrantId,
            /// Whose it is.
            holder: OrgId,
        },
        /// The act is not allowed in the state that the grant is in.
        "H5403" 0 GrantStateForbids {
            /// The grant.
            grant: GrantId,
            /// Its state.
            state: GrantState,
        },
        /// The grant is for something else.
        "H5404" 9 GrantDiffers {
            /// The grant.
            grant: GrantId,
            /// What differs.
            what: Text<32>,
        },
        /// The grant is not valid at this time.
        "H5405" 21 GrantExpired {
            /// The grant.
            grant: GrantId,
            /// From when it is.
            from: Timestamp,
            /// Until when it is.
            to: Timestamp,
        },
        /// More than is left of the grant.
        "H5406" 0 QuotaExceeded {
            /// The grant.
            grant: GrantId,
            /// Its kind.
            kind: GrantKind,
            /// Left, in the smallest steps of the unit.
            left: u64,
            /// Asked for.
            asked: u64,
        },
        /// The item is under no permit.
        "H5407" 9 PermitMissing {
            /// The item.
            item: ItemId,
        },
        /// The faster way is not open: a condition is not met.
        "H5408" 0 LaneClosed {
            /// Which.
            lane: Lane,
            /// The first condition that is not met.
            condition: Text<64>,
        },
        /// The goods need a clearance proof, or a line of the R&D white list for this organisation.
        "H5409" 0 ClearanceMissing {
            /// The item.
            item: ItemId,
            /// Whether there was such a line that has ended, or is another's.
            listed: Flag,
        },
        /// The regulation is not about this class.
        "H5410" 1 OutOfScope,
        /// Nothing may be carried through the country.
        "H5411" 9 TransitBanned,
        /// An inspection on the firm's premises needs its live video.
        "H5412" 11 VideoMissing,
        /// An inspection of this grade passes only with a laboratory test.
        "H5413" 12 TestMissing {
            /// The item.
            item: ItemId,
        },
        /// The class has no access approval.
        "H5414" 33 AccessMissing,
        /// A plan must be further ahead.
        "H5415" 32 PlanTooLate {
            /// The earliest.
            earliest: Timestamp,
        },
        /// A date lies before the one that it must follow.
        "H5416" 0 DatesReversed,
        /// The clock was stopped as often as it may be.
        "H5417" 7 PausesExceeded {
            /// The application.
            grant: GrantId,
        },
        /// No such entry, or it has ended.
        "H5501" 0 EntryUnknown,
        /// The entry does not fit its registry.
        "H5502" 0 EntryInvalid {
            /// The registry.
            registry: Registry,
            /// What does not fit.
            what: Text<64>,
        },
        /// The entry lasts longer than its registry allows.
        "H5503" 0 EntryPeriod {
            /// The registry.
            registry: Registry,
            /// Until when it may.
            latest: Timestamp,
        },
        /// The subject does not meet what its registry or grant asks for.
        "H5504" 0 ConditionUnmet {
            /// The first condition that is not met.
            condition: Text<64>,
        },
        /// The year of the rating is not over.
        "H5505" 3 RatingYearOpen {
            /// The year.
            year: u16,
        },
        /// It was cancelled and is barred for a while.
        "H5506" 24 Reapplication {
            /// Until when.
            until: Timestamp,
        },
        /// The person is banned.
        "H5508" 18 PersonBanned,
        /// The goods are for research only.
        "H5601" 24 PurposeForbidden {
            /// The item.
            item: ItemId,
            /// What they were to be for.
            purpose: Purpose,
        },
        /// A human genetic resource leaves the country only under a filing with its receiver.
        "H5602" 14 FilingMissing,
        /// No such duty.
        "H5603" 15 DutyUnknown,
        /// The report was made.
        "H5604" 15 DutyDone,
        /// The report does not agree with what the ledger holds.
        "H5605" 15 ReportDiffers {
            /// What would be left, in the smallest steps of the unit.
            left: u64,
            /// What the report states.
            stated: u64,
        },
        /// The organisation owes no such report.
        "H5606" 15 NotDebtor {
            /// The organisation.
            org: OrgId,
        },
        /// The item is packed: its unit moves, not it.
        "H5701" 0 Packed {
            /// The item.
            item: ItemId,
            /// The unit.
            unit: ItemId,
        },
        /// The item is not in this unit.
        "H5702" 0 NotPacked {
            /// The item.
            item: ItemId,
        },
        /// The unit holds as much as it can.
        "H5703" 0 UnitFull {
            /// The unit.
            unit: ItemId,
        },
        /// Units are packed into units as deep as they can be.
        "H5704" 0 UnitTooDeep {
            /// The unit.
            unit: ItemId,
        },
        /// Something is in the unit.
        "H5705" 0 UnitNotEmpty {
            /// The unit.
            unit: ItemId,
        },
        /// Something in the unit is held.
        "H5706" 28 UnitBlocked {
            /// The unit.
            unit: ItemId,
            /// How many holds.
            held: u32,
        },
        /// The item is no logistic unit, or is one where none may be.
        "H5707" 0 NotUnit {
            /// The item.
            item: ItemId,
        },
        /// No such alert is open for this agency.
        "H5801" 28 AlertUnknown,
        /// Waste goes to a carrier or disposer, and what has left the country to a carrier or a partner abroad.
        "H5111" 28 ReceiverUnfit {
            /// The item.
            item: ItemId,
        },
        /// No other agency has the function of the one that would leave, and the policy pack in force names it.
        "H4120" 33 FunctionUncovered {
            /// The function.
            function: AgencyFunction,
        },
        /// A proposal would wait for approvals longer than it may.
        "H4121" 33 ProposalTooLong {
            /// Until when it may.
            latest: Timestamp,
        },
        /// The terms of a handover have run out before they are offered or acted on by both.
        "H5112" 0 TermsExpired {
            /// The item.
            item: ItemId,
            /// When they ran out.
            expires: Timestamp,
        },
        /// A correction names an event that the item does not have.
        "H5208" 17 EventUnknown {
            /// The item.
            item: ItemId,
            /// The number named.
            event: u64,
            /// How many events there are.
            count: u64,
        },
        /// The history of the item is as long as acts like this may make it.
        "H5009" 0 HistoryFull {
            /// The item.
            item: ItemId,
            /// How many events it has.
            count: u64,
        },
        /// The quarter of the report is not over.
        "H5607" 15 QuarterOpen {
            /// The year.
            year: u16,
            /// The quarter.
            quarter: u8,
            /// When it is over.
            until: Timestamp,
        },
        /// The quarter of the report ended before its filing began.
        "H5608" 15 QuarterBefore {
            /// The filing.
            filing: GrantId,
            /// The year.
            year: u16,
            /// The quarter.
            quarter: u8,
        },
        /// Another grant of its kind was granted under this number.
        "H5418" 0 NumberTaken {
            /// The number.
            number: Text<32>,
            /// The grant that has it.
            grant: GrantId,
        },
        /// The readings end later than the act that anchors them.
        "H5010" 17 ReadingsAhead {
            /// The latest time that they may end at.
            latest: Timestamp,
        },
        /// This very seal key is in force, or none is that could end.
        "H4122" 0 SealKeyTaken,
        /// An item is shared with another organisation than the one that holds it.
        "H4123" 0 ShareSelf,
        /// The network is not admitted here.
        "H4124" 0 NetworkUnknown {
            /// The network.
            network: NetworkId,
        },
        /// Who lands an item is neither the organisation that held it when it departed nor an agency.
        "H4125" 0 LandingNotCustodian {
            /// The organisation that held it.
            custodian: OrgId,
        },
        /// The item is shared with as many as it can be.
        "H5113" 0 ShareFull {
            /// The item.
            item: ItemId,
        },
        /// The item is not shared with this organisation.
        "H5114" 0 ShareUnknown {
            /// The item.
            item: ItemId,
            /// The organisation.
            with: OrgId,
        },
        /// The share would last longer than it may, or is over before it begins.
        "H5115" 0 ShareTooLong {
            /// Until when it may.
            latest: Timestamp,
        },
        /// The item has departed: acts on it are for the network that it went to.
        "H5116" 0 Departed {
            /// The item.
            item: ItemId,
        },
        /// The item cannot depart as it stands: it is not at rest and released, is in quarantine, or has waste that waits.
        "H5117" 0 DepartState {
            /// The item.
            item: ItemId,
            /// Its state.
            state: Lifecycle,
        },
        /// The passage does not prove that the item has departed to here.
        "H5118" 0 PassageInvalid {
            /// What does not hold.
            what: Text<64>,
        },
        /// The item has landed here before.
        "H5119" 0 LandedBefore {
            /// The item that it became.
            item: ItemId,
        },
    }
}

impl Rejection {
    /// The rule that refuses; none where it is the rule of the act itself.
    pub fn rule(&self) -> Rule {
        match self {
            Rejection::StateForbids { item: _, act: _, state } => of_state(*state),
            Rejection::GrantStateForbids { grant: _, state } => match state {
                GrantState::Exhausted => Rule(21),
                GrantState::Applied
                | GrantState::Paused
                | GrantState::Granted
                | GrantState::Refused
                | GrantState::Cancelled
                | GrantState::Closed => Rule(7),
            },
            Rejection::QuotaExceeded { grant: _, kind, left: _, asked: _ } => match kind {
                GrantKind::Permit => Rule(21),
                GrantKind::HgrFiling => Rule(27),
                GrantKind::Plan => Rule(32),
                GrantKind::Clearance => Rule(25),
            },
            Rejection::LaneClosed { lane, condition: _ } => match lane {
                Lane::InstantPermit => Rule(8),
                Lane::DeclarationExempt => Rule(10),
                Lane::InspectionExempt => Rule(13),
            },
            Rejection::ClearanceMissing { item: _, listed } => match listed {
                Flag(true) => Rule(22),
                Flag(false) => Rule(25),
            },
            Rejection::NotListed { registry, subject: _ } => of_registry(*registry),
            other => other.listed_rule(),
        }
    }
}

fn of_state(state: Lifecycle) -> Rule {
    match state {
        Lifecycle::Registered | Lifecycle::Permitted => Rule(9),
        Lifecycle::Declared
        | Lifecycle::DeclarationExempt
        | Lifecycle::AtPort
        | Lifecycle::Inspecting
        | Lifecycle::InspectionExempt
        | Lifecycle::Inspected
        | Lifecycle::Failed => Rule(11),
        Lifecycle::TestPending => Rule(12),
        Lifecycle::Released
        | Lifecycle::Consumed
        | Lifecycle::Disposed
        | Lifecycle::InTransit
        | Lifecycle::Stored
        | Lifecycle::InUse
        | Lifecycle::Waste
        | Lifecycle::WasteInTransit
        | Lifecycle::Exited
        | Lifecycle::ReceivedAbroad
        | Lifecycle::FinalUseReported
        | Lifecycle::Derived
        | Lifecycle::Returned
        | Lifecycle::Destroyed
        | Lifecycle::Lost
        | Lifecycle::Departed => Rule::NONE,
    }
}

fn of_registry(registry: Registry) -> Rule {
    match registry {
        Registry::Qualified => Rule(1),
        Registry::Rating => Rule(3),
        Registry::Premises | Registry::GradedClass | Registry::Expert => Rule(4),
        Registry::PositiveList => Rule(5),
        Registry::PreReview => Rule(6),
        Registry::Laboratory | Registry::NonAcceptance => Rule(29),
        Registry::Tri => Rule(19),
        Registry::Pilot => Rule(26),
        Registry::WhiteList => Rule(22),
        Registry::OrgBan | Registry::PersonBan => Rule(18),
        Registry::Access => Rule(33),
    }
}

#[cfg(test)]
mod tests {
    use super::Rejection;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique() {
        let codes: BTreeSet<_> = Rejection::ALL.iter().map(|(c, _)| c).collect();
        assert_eq!(codes.len(), Rejection::ALL.len());
    }
}

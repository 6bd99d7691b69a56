//! Applications for permissions with a quota and a clock.

use super::Purpose;
use crate::{
    hash::Hash,
    id::{ClassId, GrantId, OrgId},
    text::Text,
    time::Timestamp,
    words,
};
use bincode::{Decode, Encode};
use gs1::{Gln, Quantity};

words! {
    /// What can be applied for.
    pub enum GrantKind {
        /// A use plan, half a year or a year ahead (R32).
        "plan" Plan,
        /// The joint mechanism's proof of clearance (R25, 通关证明).
        "clearance" Clearance,
        /// Customs' permit (R7, 审批单).
        "permit" Permit,
        /// The filing of a human genetic resource (R14).
        "hgr-filing" HgrFiling,
    }
}

words! {
    /// Which way over the border.
    pub enum Direction {
        /// Into the country.
        "import" Import,
        /// Out of the country.
        "export" Export,
        /// Through the country.
        "transit" Transit,
    }
}

words! {
    /// A faster way that a pack opens to those who meet its conditions.
    pub enum Lane {
        /// Permit on the spot (R8).
        "instant-permit" InstantPermit,
        /// Passes without a declaration (R10).
        "declaration-exempt" DeclarationExempt,
        /// Passes without an inspection (R13).
        "inspection-exempt" InspectionExempt,
    }
}

/// What is applied for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Application {
    /// Kind.
    pub kind: GrantKind,
    /// The other party: the trusted institution of a filing, or the one that receives an export.
    pub counterpart: Option<OrgId>,
    /// For which class.
    pub class: ClassId,
    /// For how much in all.
    pub quantity: Quantity,
    /// For what.
    pub purpose: Purpose,
    /// Which way.
    pub direction: Direction,
    /// Country or region of origin or destination, ISO 3166-1 alpha-2.
    pub region: Text<2>,
    /// Ports, at most [`crate::bounds::MAX_PORTS`]; any where there is none.
    pub ports: Vec<Text<16>>,
    /// Where the goods will be kept.
    pub premises: Option<Gln>,
    /// From when.
    pub from: Timestamp,
    /// Grants it draws on or rests on, at most [`crate::bounds::MAX_RESTS_ON`].
    pub on: Vec<GrantId>,
    /// Root of private fields, if any.
    pub private: Option<Hash>,
}

/// The decision on an application.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Verdict {
    /// Granted.
    Grant {
        /// Its number, as the agency issues it.
        number: Text<32>,
        /// By which lane, if by one.
        lane: Option<Lane>,
        /// From when it is valid.
        from: Timestamp,
    },
    /// Refused.
    Refuse {
        /// Why.
        reason: Text<256>,
    },
}

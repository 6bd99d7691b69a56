//! Item classes.

use super::Stamp;
use crate::{id::TxId, text::Text, words};
use bincode::{Decode, Encode};
use gs1::{Gtin, HsCode};

/// The code of a class: a GTIN, or an identifier of another registered scheme where there is none (无GTIN).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum ClassCode {
    /// A GTIN.
    Gtin(Gtin),
    /// Another scheme.
    Other {
        /// Name of the scheme.
        scheme: Text<16>,
        /// Identifier in it.
        value: Text<64>,
    },
}

/// Scheme and identifier of the class of logistic units.
const UNITS: (&str, &str) = ("sscc", "logistic-unit");

impl ClassCode {
    /// The code of the class of logistic units, which every network has: an SSCC needs no GTIN (General Specifications
    /// 3.3.1).
    pub fn of_units() -> ClassCode {
        let (scheme, value) = UNITS;
        ClassCode::Other { scheme: Text::new(scheme).unwrap_or_default(), value: Text::new(value).unwrap_or_default() }
    }

    /// Whether it is that code.
    pub fn is_of_units(&self) -> bool {
        match self {
            ClassCode::Gtin(_) => false,
            ClassCode::Other { scheme, value } => (scheme.as_str(), value.as_str()) == UNITS,
        }
    }
}

words! {
    /// Kind of special item.
    pub enum Category {
        /// 微生物 micro-organism.
        "micro-organism" MicroOrganism,
        /// 人体组织 human tissue.
        "human-tissue" HumanTissue,
        /// 生物制品 biological product.
        "biological-product" BiologicalProduct,
        /// 血液及其制品 blood and blood products.
        "blood" Blood,
    }
}

/// What a class is, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ClassProfile {
    /// Its code; the hash is the [`crate::ClassId`].
    pub code: ClassCode,
    /// Its name.
    pub name: Text<128>,
    /// Kind of special item.
    pub category: Category,
    /// Risk grade, one of the policy pack's table.
    pub grade: Text<8>,
    /// Whether it is a human genetic resource (人类遗传资源).
    pub hgr: bool,
    /// HS code asserted with the registration.
    pub hs: HsCode,
}

/// A dated assertion of an HS code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HsAssertion {
    /// The code, with jurisdiction and edition.
    pub hs: HsCode,
    /// When.
    pub at: Stamp,
    /// By which transaction; none for genesis.
    pub cause: Option<TxId>,
}

/// An item class.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ClassRecord {
    /// Its code.
    pub code: ClassCode,
    /// Its name.
    pub name: Text<128>,
    /// Kind of special item.
    pub category: Category,
    /// Risk grade.
    pub grade: Text<8>,
    /// Whether it is a human genetic resource.
    pub hgr: bool,
    /// HS codes asserted for it, in their order, at most [`crate::bounds::MAX_HS_PER_CLASS`]; of those of one
    /// jurisdiction and edition the last is in force.
    pub hs: Vec<HsAssertion>,
    /// When it was registered.
    pub from: Stamp,
    /// By which transaction; none for genesis.
    pub cause: Option<TxId>,
}

impl ClassRecord {
    /// The codes in force, in the order of their assertion: one for each jurisdiction and edition.
    pub fn hs_in_force(&self) -> impl Iterator<Item = &HsCode> {
        let place = |hs: &HsCode| (hs.jurisdiction(), hs.edition());
        let later = |index: usize| self.hs.iter().skip(index).skip(1);
        let in_force = move |(index, assertion): &(usize, &HsAssertion)| {
            later(*index).all(|other| place(&other.hs) != place(&assertion.hs))
        };
        self.hs.iter().enumerate().filter(in_force).map(|(_, assertion)| &assertion.hs)
    }
}

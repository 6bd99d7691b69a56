//! Policy packs: the rules that may change, as data on the ledger.

use crate::{hash::Hash, operation::Act, record::AgencyFunction, tag, text::Text};
use bincode::{Decode, Encode};
use std::collections::BTreeSet;

/// Which end of the grade scale is the most dangerous (A1 in `domain.md`: the sources do not settle it, and the wrong
/// reading exempts the most dangerous grade from inspection; so there is no default).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Orientation {
    /// The first grade of the table is the most dangerous.
    FirstIsHighest,
    /// The first grade of the table is the least dangerous.
    FirstIsLowest,
}

/// Which agencies must sign an act, and by which article.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Competence {
    /// The act.
    pub act: Act,
    /// Agencies each of which must sign; empty where the act needs no agency.
    pub agencies: Vec<AgencyFunction>,
    /// The article.
    pub article: Text<64>,
}

/// A named, versioned rule set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PolicyPack {
    /// Its name.
    pub name: Text<32>,
    /// Its version.
    pub version: u32,
    /// Risk grades, in the order of the table.
    pub grades: Vec<Text<8>>,
    /// Which end is dangerous.
    pub orientation: Orientation,
    /// One row for each act, in the order of [`Act::ALL`].
    pub competence: Vec<Competence>,
}

/// Why a pack contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The competence table is not one row for each act in order.
    #[error("read the competence table: it needs one row for each act, in order; row {row} is wrong")]
    Competence {
        /// Row, from 0.
        row: usize,
    },
    /// Nobody is named for an act that agencies must sign, so it could never be done.
    #[error("read the competence table: {} needs an agency that signs it, and none is named", .act.name())]
    NoAgency {
        /// The act.
        act: Act,
    },
    /// One agency twice in a row.
    #[error("read the competence table: an agency stands twice in the row of {}", .act.name())]
    AgencyTwice {
        /// The act.
        act: Act,
    },
    /// No grade, or one twice.
    #[error("read the grades: they must be present and differ")]
    Grades,
}

impl PolicyPack {
    /// Hash of the pack.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::POLICY_PACK, self)
    }

    /// The row of an act; `None` only for a pack that [`PolicyPack::check`] refuses.
    pub fn competence(&self, act: Act) -> Option<&Competence> {
        self.competence.iter().find(|c| c.act == act)
    }

    /// Checks that the pack says one thing about everything.
    pub fn check(&self) -> Result<(), PackError> {
        for (row, act) in Act::ALL.iter().enumerate() {
            if self.competence.get(row).map(|c| c.act) != Some(*act) {
                return Err(PackError::Competence { row });
            }
        }
        if self.competence.len() != Act::ALL.len() {
            return Err(PackError::Competence { row: Act::ALL.len() });
        }
        for Competence { act, agencies, article: _ } in &self.competence {
            if agencies.is_empty() && needs_agency(*act) {
                return Err(PackError::NoAgency { act: *act });
            }
            if has_repetition(agencies) {
                return Err(PackError::AgencyTwice { act: *act });
            }
        }
        match self.grades.is_empty() || has_repetition(&self.grades) {
            true => Err(PackError::Grades),
            false => Ok(()),
        }
    }

    /// The rules of the Shenzhen draft (建议案) as far as this ledger knows them: grades 1-4, and who must sign what.
    pub fn shenzhen_draft(orientation: Orientation) -> PolicyPack {
        use AgencyFunction::{Customs, Environment, ScienceTechnology};
        fn text<const MAX: usize>(t: &str) -> Text<MAX> {
            Text::new(t).unwrap_or_default()
        }
        let competence = Act::ALL
            .into_iter()
            .map(|act| {
                let (agencies, article): (&[AgencyFunction], &str) = match act {
                    Act::RegisterOrg => (&[Customs], "art. 8"),
                    Act::RegisterKey | Act::RotateKey | Act::EndKey => (&[Customs], "art. 34"),
                    Act::RegisterNode | Act::EndNode => (&[Customs], "art. 39"),
                    Act::RegisterClass => (&[ScienceTechnology], "art. 14"),
                    Act::Register => (&[], "art. 22"),
                    Act::Declare => (&[], "art. 22"),
                    Act::Inspect => (&[Customs], "art. 24"),
                    Act::Release => (&[Customs], "art. 24"),
                    Act::Offer | Act::Accept | Act::Refuse | Act::Withdraw | Act::Handover => (&[], "art. 34"),
                    Act::Use => (&[], "art. 35"),
                    Act::Dispose => (&[Environment], "art. 35"),
                    Act::PlaceHold | Act::LiftHold => (&[], "art. 36"),
                };
                Competence { act, agencies: agencies.to_vec(), article: text(article) }
            })
            .collect();
        PolicyPack {
            name: text("shenzhen-draft"),
            version: 1,
            grades: ["1", "2", "3", "4"].map(text).to_vec(),
            orientation,
            competence,
        }
    }
}

/// Whether some signers of an act can only be agencies that its row names.
fn needs_agency(act: Act) -> bool {
    match act {
        Act::RegisterOrg
        | Act::RegisterKey
        | Act::EndKey
        | Act::RegisterNode
        | Act::EndNode
        | Act::RegisterClass
        | Act::Inspect
        | Act::Release
        | Act::Dispose => true,
        Act::RotateKey
        | Act::Register
        | Act::Declare
        | Act::Offer
        | Act::Accept
        | Act::Refuse
        | Act::Withdraw
        | Act::Handover
        | Act::Use
        | Act::PlaceHold
        | Act::LiftHold => false,
    }
}

/// Whether something stands twice in a list.
pub(crate) fn has_repetition<T: Ord>(list: &[T]) -> bool {
    list.iter().collect::<BTreeSet<_>>().len() != list.len()
}

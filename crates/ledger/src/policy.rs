//! Policy packs: the rules that may change, as data on the ledger.

use crate::{hash::Hash, operation::Act, record::AgencyFunction, tag, text::Text};
use bincode::{Decode, Encode};

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
        let repeated = self.grades.iter().enumerate().any(|(i, g)| self.grades.iter().take(i).any(|h| h == g));
        match self.grades.is_empty() || repeated {
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

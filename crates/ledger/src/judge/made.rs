//! Items made out of items: what goes into them, and what sticks to them.

use crate::{
    id::GrantId,
    operation::{DeriveKind, Input},
    record::{ItemRecord, Marks},
};
use gs1::{Gln, Quantity};

/// What an item has from those that it is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inherited {
    /// The marks of all of them; those of its class come on top.
    pub marks: Marks,
    /// Where the first of them is.
    pub place: Option<Gln>,
    /// The permit of the first; none where something else is made.
    pub grant: Option<GrantId>,
}

/// What sticks to everything that is made of these items, as they are before it.
pub fn inherited(kind: DeriveKind, parents: &[&ItemRecord]) -> Inherited {
    let first = parents.first();
    Inherited {
        marks: parents.iter().fold(Marks::default(), |marks, parent| marks.and(parent.marks)),
        place: first.and_then(|parent| parent.place),
        grant: match kind {
            DeriveKind::Split | DeriveKind::Merge => first.and_then(|parent| parent.grant),
            DeriveKind::Manufacture => None,
        },
    }
}

/// What goes in, all together; none where the quantities have no sum.
pub fn went_in(inputs: &[Input]) -> Option<Quantity> {
    let (first, rest) = inputs.split_first()?;
    rest.iter().try_fold(first.quantity, |sum, input| sum.checked_add(input.quantity).ok())
}

/// Whether enough of an item goes in: a merge takes its lots whole, or something would be left that is neither.
pub fn takes_enough(kind: DeriveKind, quantity: &Quantity, parent: &ItemRecord) -> bool {
    kind != DeriveKind::Merge || quantity.amount() == parent.on_hand.amount()
}

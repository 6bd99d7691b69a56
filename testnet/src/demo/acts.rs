//! The steps of the story.

mod custody;
mod fault;
mod port;
mod proof;

pub(super) use custody::{hand_over, hand_over_offline, hold, use_and_dispose};
pub(super) use fault::kill_one;
pub(super) use port::{clear, import, onboard};
pub(super) use proof::prove;

/// The shipment list that is imported.
pub(super) const SHIPMENT: &str = include_str!("../../data/shipment.csv");

/// The lot whose life the story follows.
pub(super) const LOT: &str = "(01)09521000100039(10)MB26-1101";
/// Another lot of the same shipment.
pub(super) const OTHER_LOT: &str = "(01)09521000100039(10)MB26-1102";

/// What one step leaves to the next.
#[derive(Default)]
pub(super) struct Stage {
    /// Items of the shipment, by the codes on their labels.
    pub(super) items: Vec<String>,
}

//! The parameters of refusals, as text.

use crate::{
    id::{GrantId, ItemId, KeyId, NetworkId, OrgId},
    operation::{Act, CustodyPoint, GrantKind, Lane, Purpose, Registry},
    record::{AgencyFunction, GrantState, Lifecycle, Role},
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};

/// Yes or no, as a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Flag(pub bool);

/// Text of a parameter.
pub(super) trait Param {
    fn text(&self) -> String;
}
macro_rules! displayed {
    ($($ty:ty),*) => { $(impl Param for $ty { fn text(&self) -> String { self.to_string() } })* };
}
displayed!(KeyId, OrgId, ItemId, GrantId, NetworkId, u64, u32, u16, u8, Text<8>, Text<32>, Text<64>, Text<128>);
macro_rules! named {
    ($($ty:ty),*) => { $(impl Param for $ty { fn text(&self) -> String { self.name().into() } })* };
}
named!(Role, Act, Lifecycle, Registry, GrantState, GrantKind, Lane, Purpose, AgencyFunction);
impl Param for Flag {
    fn text(&self) -> String {
        if self.0 { "yes".into() } else { "no".into() }
    }
}
impl Param for Timestamp {
    fn text(&self) -> String {
        self.0.to_string()
    }
}
impl Param for CustodyPoint {
    fn text(&self) -> String {
        format!("{}:{}", self.seq, self.trail)
    }
}

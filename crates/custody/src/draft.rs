//! Drafts as they may be judged for somebody who does not see everything: as if what is hidden from him were not there.

use ledger::{
    Operation, SignedTx, StateKey, StateRead, Timestamp, TxId,
    hash::Hash,
    operation::{Change, EntryBody, Motion},
    state::ReadError,
};
use std::collections::BTreeSet;

/// A state without some of its records.
pub struct Veiled<'a, S> {
    state: &'a S,
    hidden: &'a BTreeSet<StateKey>,
}

impl<'a, S> Veiled<'a, S> {
    /// The state, and what is not in it.
    pub fn new(state: &'a S, hidden: &'a BTreeSet<StateKey>) -> Self {
        Veiled { state, hidden }
    }
}

impl<S: StateRead> StateRead for Veiled<'_, S> {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        match self.hidden.contains(key) {
            true => Ok(None),
            false => self.state.read(key),
        }
    }

    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        self.state.expired(until, limit)
    }

    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        self.state.due(until, limit)
    }
}

/// The records that a draft names by their identities, and that a judgement would tell of. Not among them is who signs:
/// whoever names a key has it from its holder.
pub fn named(draft: &SignedTx) -> BTreeSet<StateKey> {
    let mut named: BTreeSet<StateKey> = by_operation(&draft.body.operation).into_iter().collect();
    named.extend(draft.entries.iter().filter_map(|entry| match &entry.body {
        EntryBody::Item(item) => Some(StateKey::Item(*item)),
        EntryBody::Usage(usage) => Some(StateKey::Item(usage.item)),
        EntryBody::Registration(_) => None,
    }));
    named
}

fn by_operation(operation: &Operation) -> Vec<StateKey> {
    match operation {
        Operation::Offer { terms } | Operation::Handover { terms } => vec![StateKey::Item(terms.item)],
        Operation::Accept { item, .. }
        | Operation::Refuse { item, .. }
        | Operation::Withdraw { item, .. }
        | Operation::Use { item, .. }
        | Operation::Dispose { item, .. }
        | Operation::Waste { item, .. }
        | Operation::Lose { item, .. }
        | Operation::Correct { item, .. }
        | Operation::PlaceHold { item, .. }
        | Operation::LiftHold { item, .. }
        | Operation::Share { item, .. }
        | Operation::EndShare { item, .. }
        | Operation::Depart { item, .. } => vec![StateKey::Item(*item)],
        Operation::Pack { unit, .. } | Operation::Unpack { unit, .. } => vec![StateKey::Item(*unit)],
        Operation::Derive { inputs, .. } => inputs.iter().map(|input| StateKey::Item(input.item)).collect(),
        Operation::Demand { about, .. } => about.iter().map(|item| StateKey::Item(*item)).collect(),
        Operation::Assign { grant, .. }
        | Operation::Pause { grant, .. }
        | Operation::Resume { grant }
        | Operation::Decide { grant, .. }
        | Operation::Cancel { grant, .. } => vec![StateKey::Grant(*grant)],
        Operation::Report { filing, .. } => vec![StateKey::Grant(*filing)],
        Operation::Apply { application } => application.on.iter().map(|grant| StateKey::Grant(*grant)).collect(),
        Operation::Answer { duty, .. } => vec![StateKey::Duty(*duty)],
        Operation::Approve { proposal } | Operation::Retract { proposal } => vec![StateKey::Proposal(*proposal)],
        Operation::CloseAlert { alert, .. } => vec![StateKey::Alert(*alert)],
        Operation::RotateKey { old, .. } => vec![StateKey::Key(*old)],
        Operation::EndKey { key, .. } => vec![StateKey::Key(*key)],
        Operation::EndNode { peer, .. } => vec![StateKey::Node(*peer)],
        Operation::Enact { motion } | Operation::Propose { motion, .. } => by_motion(motion),
        // These name what everybody sees, what comes into being by them, or what the entries name.
        Operation::RegisterOrg { .. }
        | Operation::RegisterKey { .. }
        | Operation::RegisterNode { .. }
        | Operation::RegisterClass { .. }
        | Operation::AssertHs { .. }
        | Operation::Register { .. }
        | Operation::Declare { .. }
        | Operation::Inspect { .. }
        | Operation::Release { .. }
        | Operation::Arrive { .. }
        | Operation::OrderInspection { .. }
        | Operation::Test { .. }
        | Operation::Return { .. }
        | Operation::Destroy { .. }
        | Operation::Exit { .. }
        | Operation::Store { .. }
        | Operation::Note { .. }
        | Operation::AdvanceClock { .. }
        | Operation::Anchor { .. }
        | Operation::SetSealKey { .. }
        | Operation::Land { .. } => Vec::new(),
    }
}

fn by_motion(motion: &Motion) -> Vec<StateKey> {
    let named = |change: &Change| match change {
        Change::End { place, n, why: _, documents: _ } => Some(StateKey::Entry { place: *place, n: *n }),
        Change::Enter(_)
        | Change::InstallPack { .. }
        | Change::AddAgency { .. }
        | Change::RemoveAgency { .. }
        | Change::MoveSeat { .. }
        | Change::RecoverKey { .. }
        | Change::AdmitNetwork { .. } => None,
    };
    motion.changes.iter().filter_map(named).collect()
}

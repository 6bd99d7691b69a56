//! The keys of this node, and what the ledger makes of them at a height: a seat that votes, or none.

use ledger::{
    KeyId, OrgId, StateKey, StateRead,
    record::{NodeRecord, Stamp, ValidatorsRecord},
    state::ReadError,
};

/// A node by its keys. Where it sits is asked of the ledger, which moves seats while the node runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// Its consensus key.
    pub key: KeyId,
    /// Its transport identity.
    pub peer: [u8; 32],
    /// Whether it was told to follow without voting.
    pub observe: bool,
}

/// What the ledger says of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it signs the next block.
    pub votes: bool,
    /// Whether it signs from a later height on, where that is decided.
    pub will_vote: bool,
    /// Whether the ledger gives one of its two keys to a seat, and the other one not.
    pub torn: bool,
    /// The organisation that runs it; none while the ledger does not know it.
    pub org: Option<OrgId>,
    /// When its registration ended; none while it stands, or there never was one.
    pub ended: Option<Stamp>,
}

impl Standing {
    /// What the node is.
    pub fn role(&self) -> &'static str {
        if self.votes { "validator" } else { "observer" }
    }
}

impl Seat {
    /// What the ledger says of the node now.
    pub fn standing<S: StateRead>(&self, state: &S) -> Result<Standing, ReadError> {
        let seats: Option<ValidatorsRecord> = state.record(&StateKey::Validators)?;
        let (now, next) = seats.map_or((None, None), |seats| (Some(seats.set), seats.next.map(|(set, _)| set)));
        let whole = |seat: &&ledger::Validator| seat.key.id() == self.key && seat.peer == self.peer;
        let in_part = |seat: &ledger::Validator| (seat.key.id() == self.key) != (seat.peer == self.peer);
        let own = |set: &Option<ledger::ValidatorSet>| {
            set.as_ref().and_then(|set| set.validators().iter().find(whole).map(|seat| seat.org))
        };
        let (sits, will_sit) = (own(&now), own(&next));
        let torn = sits.or(will_sit).is_none() && now.iter().any(|set| set.validators().iter().any(in_part));
        let record: Option<NodeRecord> = state.record(&StateKey::Node(self.peer))?;
        let (org, end) = record.map_or((None, None), |record| (Some(record.org), record.end));
        Ok(Standing {
            votes: sits.is_some() && !self.observe,
            will_vote: will_sit.is_some() && !self.observe,
            torn,
            org: sits.or(will_sit).or(org),
            ended: end.map(|end| end.at),
        })
    }
}

//! Acts of the people of a local network: signed with the keys that lie in its folder, sent through the node of whoever
//! signs first, and waited for until they are decided there.

use crate::{
    files::{Folder, KeyEntry, Plan, RunningNode},
    http::Node,
    people,
    wait::{Seen, wait_for},
};
use api::{
    join::{ClaimedNode, NodeClaimFile},
    network::{NetworkView, ValidatorsView},
    paths,
    tx::{DryRun, TxAccepted, TxState, TxStatus},
};
use eyre::{Context, ensure, eyre};
use keys::{PersonKey, Signer};
use ledger::{
    NetworkId, Operation, OrgId, Rejection, Role, SignedTx, Slot, Timestamp, TxBody, TxId,
    crypto::Suite,
    operation::{Change, Entry, Motion},
};
use std::{path::Path, time::Duration};

/// Time for an act to be decided.
const IN_TIME: Duration = Duration::from_secs(120);
/// Longest wait of one question, below the time that a connection is given.
const ASK_MS: u32 = 20_000;
/// Life of an act, counted from the last block, in milliseconds.
const LIFE_MS: u64 = 6 * 3_600_000;

/// An act: what is done, and what it lists.
pub type Deed = (Operation, Vec<Entry>);

/// Signs and sends for everybody whose keys lie in the folder.
pub struct Clerk {
    plan: Plan,
    network: NetworkId,
    nodes: Vec<RunningNode>,
}

impl Clerk {
    /// For a network that is up.
    pub fn open(folder: &Folder) -> eyre::Result<Clerk> {
        Clerk::of(folder.plan()?, folder.network()?.nodes)
    }

    /// With the nodes that run so far; none of them is needed to sign.
    pub fn of(plan: Plan, nodes: Vec<RunningNode>) -> eyre::Result<Clerk> {
        let network: NetworkId = plan.network.parse().wrap_err("read the network in testnet.json")?;
        Ok(Clerk { plan, network, nodes })
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// What was set up.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The first key of an organisation that signs in a role.
    pub fn key(&self, org: &str, role: Role) -> eyre::Result<&KeyEntry> {
        people::key_of(&self.plan.keys, org, role.name())
    }

    /// The node that an organisation uses: its own where it lives, else an agency's.
    pub fn node_of(&self, org: &str) -> eyre::Result<&RunningNode> {
        let lives = |node: &&RunningNode| node.process().lives();
        let own = self.nodes.iter().filter(lives).find(|node| node.org == org);
        own.map_or_else(|| self.agency(), Ok)
    }

    /// The first node of an agency that runs.
    fn agency(&self) -> eyre::Result<&RunningNode> {
        let found = self.nodes.iter().find(|node| !node.is_member() && node.process().lives());
        found.ok_or_else(|| eyre!("no node of an agency runs"))
    }

    /// A connection for reading, to the first node of an agency that runs.
    pub fn reader(&self) -> eyre::Result<Node> {
        let node = self.agency()?;
        self.desk_at(node, &node.org, Role::Officer)
    }

    /// A connection in the name of an organisation, to the node that it uses.
    pub fn desk(&self, org: &str, role: Role) -> eyre::Result<Node> {
        self.desk_at(self.node_of(org)?, org, role)
    }

    /// The same to a node that is named.
    pub fn desk_at(&self, node: &RunningNode, org: &str, role: Role) -> eyre::Result<Node> {
        let signer = people::open(self.key(org, role)?)?;
        Ok(Node::new(&node.api).login(&self.network, &signer).wrap_err_with(|| format!("log in at {}", node.name))?.0)
    }

    /// Signs an act: one slot for each organisation and role, in their order.
    pub fn sign(&self, deed: Deed, signers: &[(&str, Role)], now: Timestamp) -> eyre::Result<SignedTx> {
        let (operation, entries) = deed;
        let opened = signers.iter().map(|(org, role)| {
            let key = people::open(self.key(org, *role)?)?;
            let org: OrgId = org.parse().wrap_err("read an organisation in testnet.json")?;
            let slot = Slot { suite: Suite::Ed25519, org, key: key.key_id(), role: *role };
            Ok((key, slot))
        });
        let opened: Vec<(PersonKey, Slot)> = opened.collect::<eyre::Result<_>>()?;
        let signers = opened.iter().map(|(_, slot)| *slot).collect();
        let (network, nonce) = (self.network, rand::random());
        let body = TxBody { network, nonce, expires: now.plus_ms(LIFE_MS), signers, operation };
        let id = body.id();
        let signatures = opened.iter().map(|(key, slot)| key.sign(&body.sign_hash(&id, slot))).collect();
        Ok(SignedTx { body, signatures, entries })
    }

    /// Signs an act, sends it through the first signer's own node, and waits until it is decided there.
    pub fn act(&self, deed: Deed, signers: &[(&str, Role)]) -> eyre::Result<TxStatus> {
        let (org, role) = signers.first().ok_or_else(|| eyre!("nobody signs"))?;
        let node = self.desk(org, *role)?;
        send(&node, &self.sign(deed, signers, now(&node)?)?)
    }

    /// The same where nothing but that it is done will do; its identity.
    pub fn done(&self, deed: Deed, signers: &[(&str, Role)]) -> eyre::Result<TxId> {
        let status = self.act(deed, signers)?;
        ensure!(status.status == TxState::Committed, "an act is not done: {:?}", status.rejection);
        status.id.parse().wrap_err("read the identity of an act")
    }

    /// Registers the node of a member by its claim, as its administrator. One that is registered stays so.
    pub(crate) fn register(&self, claim: &Path) -> eyre::Result<()> {
        let file = std::fs::read(claim).wrap_err_with(|| format!("read {}", claim.display()))?;
        let ClaimedNode { network: _, org, peer, possession } = NodeClaimFile::read(&file)?;
        let deed = (Operation::RegisterNode { org, peer, possession }, Vec::new());
        let status = self.act(deed, &[(org.to_string().as_str(), Role::Administrator)])?;
        let is_there = status.rejection.as_ref().is_some_and(|refused| refused.code == Rejection::NodeTaken.code());
        let is_done = status.status == TxState::Committed || is_there;
        ensure!(is_done, "{} is not registered: {:?}", claim.display(), status.rejection);
        Ok(())
    }

    /// Lets agencies with a seat vote for changes that need so many of them, approval by approval: `None` stands for a quorum.
    /// An agency that the changes let leave does not vote.
    pub fn vote(&self, changes: Vec<Change>, voters: Option<usize>) -> eyre::Result<()> {
        let reader = self.reader()?;
        let seats: ValidatorsView = reader.get(paths::VALIDATORS)?;
        let leaves = |id: &str| {
            changes.iter().any(|change| matches!(change, Change::RemoveAgency { org, .. } if org.to_string() == id))
        };
        let orgs = seats.validators.iter().map(|seat| seat.org.id.as_str()).filter(|id| !leaves(id));
        let count = voters.unwrap_or(seats.quorum as usize);
        let voters: Vec<&str> = orgs.take(count).collect();
        ensure!(voters.len() == count, "{count} agencies are needed, and {} vote", voters.len());
        let mut proposal: Option<TxId> = None;
        for org in voters {
            let operation = match proposal {
                None => {
                    let until = now(&reader)?.plus_ms(LIFE_MS);
                    Operation::Propose { motion: Motion { changes: changes.clone() }, until }
                }
                Some(proposal) => Operation::Approve { proposal },
            };
            let done = self.done((operation, Vec::new()), &[(org, Role::Officer)])?;
            proposal = proposal.or(Some(done));
        }
        Ok(())
    }
}

/// Time of the last block that a node has.
pub fn now(node: &Node) -> eyre::Result<Timestamp> {
    let view: NetworkView = node.get(paths::NETWORK)?;
    Ok(api::time::parse(&view.as_of.time)?)
}

/// What a node thinks of a draft.
pub fn dry_run(node: &Node, tx: &SignedTx) -> eyre::Result<DryRun> {
    Ok(node.post(&format!("{}?dry_run=1", paths::TX), paths::OCTETS, &tx.to_bytes())?)
}

/// Sends an act through a node, and waits until it is decided there.
pub fn send(node: &Node, tx: &SignedTx) -> eyre::Result<TxStatus> {
    let taken: TxAccepted = node.post(paths::TX, paths::OCTETS, &tx.to_bytes()).wrap_err("send the act")?;
    decided(node, &tx.body.id()).wrap_err_with(|| format!("it was taken as {:?}", taken.status))
}

/// Waits until a node has an act in a block.
pub fn decided(node: &Node, id: &TxId) -> eyre::Result<TxStatus> {
    let path = format!("{}?wait=committed&timeout_ms={ASK_MS}", paths::fill(paths::TX_ONE, &id.to_string()));
    let seen = wait_for(&format!("act {id} to be decided"), IN_TIME, || match node.get::<TxStatus>(&path) {
        Ok(status) if status.status.is_final() => Seen::Yes(status),
        Ok(status) => Seen::NotYet(format!("{:?}", status.status)),
        Err(error) => Seen::NotYet(error.to_string()),
    })?;
    let has_reason = seen.status == TxState::Committed || seen.rejection.is_some();
    ensure!(has_reason, "act {id} is {:?} without a reason", seen.status);
    Ok(seen)
}

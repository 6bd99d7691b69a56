//! Nodes of organisations: their transport identities on the ledger.

use super::key::{ended, keeper};
use crate::{
    acts::{self, Act},
    cli::NodeCommand,
    failure::{Failure, Result},
    session::Session,
    storage,
};
use api::join::{ClaimedNode, MAX_NODE_CLAIM_BYTES, NodeClaimFile};
use ledger::Operation;
use std::path::Path;

pub(crate) fn run(session: &Session, command: NodeCommand) -> Result<u8> {
    match command {
        NodeCommand::Register { file, life } => {
            let ClaimedNode { network, org, peer, possession } = read(&file)?;
            let here = session.network_id()?;
            if network != here {
                return Err(Failure::new("H3002", [("expected", here.to_string()), ("found", network.to_string())]));
            }
            let slots = vec![keeper(&session.key_header()?, &org)];
            acts::perform(session, Act::new(Operation::RegisterNode { org, peer, possession }, slots, &life.expires))
        }
        NodeCommand::End { peer, org, reason, life } => {
            let peer = peer.parse::<ledger::Hash>().map_err(|_| Failure::input("H1409", peer.as_str()))?.0;
            let header = session.key_header()?;
            let org = org.map_or(Ok(header.org), |word| session.org_id(&word))?;
            let operation = Operation::EndNode { peer, reason: ended(reason) };
            acts::perform(session, Act::new(operation, vec![keeper(&header, &org)], &life.expires))
        }
    }
}

fn read(file: &Path) -> Result<ClaimedNode> {
    NodeClaimFile::read(&storage::read(file, MAX_NODE_CLAIM_BYTES)?)
        .map_err(|error| Failure::new(error.code(), [("detail", format!("{}: {error}", file.display()))]))
}

//! The side of an agency's node on the access network: who may ask, and what they are told.

mod admission;
mod answer;
mod list;
mod news;
mod reports;

#[cfg(test)]
mod tests;

pub(crate) use answer::Desk;
pub(crate) use reports::{Reported, Reports};

use crate::{
    config::Config,
    documents::Library,
    handle::{Committed, Handle, Way},
    runtime::RunError,
};
use ::access::{AccessConfig, Listening, Server};
use admission::Admitted;
use ledger::Timestamp;
use std::{
    convert::Infallible,
    sync::{Arc, RwLock},
};
use store::Store;
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        oneshot,
    },
    task::JoinHandle,
};
use transport::TransportKey;

/// The access network, served by an agency's node.
pub(crate) struct Access {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Access {
    /// Begins to serve members' nodes, if the configuration says where.
    pub(crate) async fn open(config: &Config, handle: &Handle, documents: Library) -> Result<Option<Access>, RunError> {
        let (Some(listen), Way::Agency(way)) = (config.access.listen, &handle.way) else { return Ok(None) };
        let key = transport_key(config)?;
        let blocks = handle.follow();
        let admitted = admitted(&handle.store).await?;
        let (guests, until) = (Arc::new(RwLock::new(admitted.guests)), admitted.until);
        let config = AccessConfig { network: handle.network, key };
        let desk = Arc::new(Desk::new(handle.clone(), way.clone(), documents));
        let server = ::access::serve(config, Listening { listen }, guests, desk).await?;
        tracing::info!(access = %server.address(), "members may ask");
        let (stop, stopped) = oneshot::channel();
        let store = handle.store.clone();
        let serving = tokio::spawn(async move {
            tokio::select! {
                // The other end says so, or is gone.
                _ = stopped => {}
                never = follow(&server, store, blocks, until) => match never {},
            }
            server.end().await;
        });
        Ok(Some(Access { stop, serving }))
    }

    /// Ends all connections.
    pub(crate) async fn end(self) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        let _ = self.serving.await;
    }
}

/// The secret of this node's transport identity.
pub(crate) fn transport_key(config: &Config) -> Result<TransportKey, RunError> {
    let node_key = keys::NodeKey::read(&config.layout().node_key())?;
    TransportKey::from_secret(&mut node_key.transport.seed())
        .map_err(|_| RunError::Home { problem: "the transport key in node.key.json is no ed25519 key".into() })
}

async fn admitted(store: &Arc<Store>) -> Result<Admitted, RunError> {
    let store = store.clone();
    let read = tokio::task::spawn_blocking(move || admission::guests(&store.view()?)).await;
    Ok(read.map_err(|e| RunError::Home { problem: format!("reading who may ask ended: {e}") })??)
}

/// Tells the network who may ask, after each block that may have changed it. It never ends.
async fn follow(
    server: &Server,
    store: Arc<Store>,
    mut blocks: Receiver<Committed>,
    mut until: Option<Timestamp>,
) -> Infallible {
    let mut due = false;
    loop {
        due |= match blocks.recv().await {
            Ok(block) => block.nodes || block.orgs || until.is_some_and(|at| block.header.time >= at),
            // Any of those that were missed may have changed one.
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => std::future::pending().await,
        };
        if !due {
            continue;
        }
        match admitted(&store).await {
            Ok(admitted) => {
                server.admit(admitted.guests).await;
                (due, until) = (false, admitted.until);
            }
            // The next block finds it due still.
            Err(error) => tracing::error!(%error, "who may ask cannot be read"),
        }
    }
}

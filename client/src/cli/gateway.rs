//! The gateway: what an enterprise's own systems talk to.

use clap::{Args, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Take EPCIS events and acts over HTTP, sign and send them, and tell what became of them
    Serve(GatewayServe),
    /// Post to the webhooks again what happened from a height on; the gateway must be running
    Replay {
        /// The first height
        #[arg(long, value_name = "HEIGHT")]
        from: u64,
        /// Folder of the gateway; that of the settings without it
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct GatewayServe {
    /// Where to listen; 127.0.0.1:4050 unless the settings say otherwise
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Settings of the gateway; gateway.toml in its folder, where there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Folder of the gateway: journal, documents, token; that of the settings without it
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Listen although others than this computer can reach the address: whoever has the token signs with the key, and
    /// nothing is encrypted
    #[arg(long)]
    pub(crate) beyond_loopback: bool,
}

//! Which premises are the organisation's: asked of the node from time to time, and kept, so that a gateway which starts
//! without the network knows them too.

use super::Shared;
use crate::{capture, cli::Global, config, failure::Result, session::Session, storage};
use gs1::Gln;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

/// Name of the file.
const FILE: &str = "premises";
const SCHEMA: &str = "hufu.premises/1";
/// Largest file, in bytes.
const MAX_FILE: usize = 4 * 1024 * 1024;
/// Pause between two questions, and as long as there is no answer at all.
const PAUSE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    schema: String,
    premises: Vec<String>,
}

/// As the node tells them now, else as it told them last.
pub(super) fn known(session: &Session, dir: &Path, network: &str) -> Option<BTreeSet<Gln>> {
    told(session, dir, network).ok().or_else(|| kept(dir))
}

/// The same for an import, which writes nothing before it is agreed to. Errors: those of asking, where nothing is kept.
pub(super) fn seen(session: &Session, dir: &Path, network: &str) -> Result<BTreeSet<Gln>> {
    ask(session, network).or_else(|failure| kept(dir).ok_or(failure))
}

/// Asks again until the gateway ends. The settings are those of the desk, whose token lies with them.
pub(super) fn run(shared: &Shared, settings: &config::Settings) {
    let Some(network) = shared.book().network().map(str::to_owned) else { return };
    let mut asked = Instant::now();
    while !shared.is_ended() {
        let pause = if shared.knows_premises() { PAUSE } else { FIRST_PAUSE };
        if asked.elapsed() < pause {
            // The bell rings for other things too.
            shared.rest(pause.saturating_sub(asked.elapsed()));
            continue;
        }
        asked = Instant::now();
        let session = Session::new(settings.clone(), &Global { quiet: true, ..Global::default() });
        // What was told before holds until there is another answer.
        if let Ok(premises) = told(&session, &shared.dir, &network) {
            shared.tell_premises(premises);
        }
    }
}

fn ask(session: &Session, network: &str) -> Result<BTreeSet<Gln>> {
    let found = &session.network()?.network;
    if found != network {
        return Err(session.other_network(&session.network_id()?, found));
    }
    capture::premises(session, &session.key_header()?.org)
}

/// Asks, and keeps the answer.
fn told(session: &Session, dir: &Path, network: &str) -> Result<BTreeSet<Gln>> {
    let premises = ask(session, network)?;
    if kept(dir).as_ref() != Some(&premises) {
        let list = premises.iter().map(ToString::to_string).collect();
        // Writing plain structs to memory fails for no value.
        let text = serde_json::to_vec(&Kept { schema: SCHEMA.into(), premises: list }).unwrap_or_default();
        storage::replace(&dir.join(FILE), &text)?;
    }
    Ok(premises)
}

/// A file that cannot be read costs a question, and nothing else.
fn kept(dir: &Path) -> Option<BTreeSet<Gln>> {
    let bytes = storage::read(&dir.join(FILE), MAX_FILE).ok()?;
    let kept: Kept = serde_json::from_slice(&bytes).ok().filter(|kept: &Kept| kept.schema == SCHEMA)?;
    kept.premises.iter().map(|gln| gln.parse::<Gln>().ok()).collect()
}

//! Witnesses: who signs the headers that he sees, and no second history.
//!
//! What a witness signed stands in a log beside the configuration, for each network one. A header is signed only if it is
//! one of those, or in one history with them: the path of the older one into the history that the newer header holds
//! proves it, whoever gives it. The log is on disk before the signature is made.

use super::file;
use crate::{
    acts,
    cli::{Cosign, WitnessCommand},
    failure::{Failure, Result},
    output::Sheet,
    session::Session,
    storage,
};
use api::{catalogue::exit, network::HistoryView};
use keys::Signer;
use ledger::{BlockId, NetworkId, Signature, codec};
use proof::{AnchorFile, Digest, Judged, Options, bounds::MAX_SIGNATURE_BYTES};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

const LOG_SCHEMA: &str = "hufu.witness-log/1";
/// Largest log, in bytes: a header an hour for ten years.
const MAX_LOG_BYTES: usize = 32 * 1024 * 1024;
/// Largest file with a path, in bytes.
const MAX_HISTORY_FILE: usize = 16 * 1024;

pub(crate) fn run(session: &Session, command: WitnessCommand) -> Result<u8> {
    match command {
        WitnessCommand::Cosign(args) => cosign(session, &args),
        WitnessCommand::Extract { file, out } => extract(session, &file, &out),
        WitnessCommand::Attach { file, signed, out } => attach(session, &file, &signed, out.as_deref()),
    }
}

/// A header that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    height: u64,
    block: Digest,
    /// Merkle list of the blocks before it, as it says.
    history: Digest,
}

/// What was signed on one network, by ascending height.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    schema: String,
    network: String,
    signed: Vec<Signed>,
}

/// That a block is in the history that a later header holds.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    height: u64,
    block: Digest,
    /// Blocks before the later header, and the root of their list.
    size: u64,
    root: Digest,
}

impl Log {
    fn read(path: &Path, network: &NetworkId) -> Result<Log> {
        if !path.exists() {
            return Ok(Log { schema: LOG_SCHEMA.into(), network: network.to_string(), signed: Vec::new() });
        }
        let damaged =
            |detail: String| Failure::new("H9153", [("file", path.display().to_string()), ("detail", detail)]);
        let log: Log =
            serde_json::from_slice(&storage::read(path, MAX_LOG_BYTES)?).map_err(|e| damaged(e.to_string()))?;
        if log.schema != LOG_SCHEMA || log.network != network.to_string() {
            return Err(damaged(format!("{} {}", log.schema, log.network)));
        }
        match log.signed.windows(2).all(|w| w[0].height < w[1].height) {
            true => Ok(log),
            false => Err(damaged("height".into())),
        }
    }

    /// What must be proved before this header is signed; nothing for the first one, and for one that was signed.
    ///
    /// Error: H9150 when another block of its height was signed.
    fn claim(&self, new: &Signed) -> Result<Option<Claim>> {
        let at = match self.signed.binary_search_by_key(&new.height, |s| s.height) {
            Ok(known) if self.signed[known].block == new.block => return Ok(None),
            Ok(known) => return Err(contradiction(new.height, &self.signed[known].block.0.to_string())),
            Err(at) => at,
        };
        let into = |older: &Signed, newer: &Signed| Claim {
            height: older.height,
            block: older.block,
            size: newer.height.saturating_sub(1),
            root: newer.history,
        };
        // What was signed is one history, so its nearest member speaks for all.
        let (later, before) = (self.signed.get(at), at.checked_sub(1).and_then(|at| self.signed.get(at)));
        Ok(later.map(|later| into(new, later)).or_else(|| before.map(|before| into(before, new))))
    }

    fn add(&mut self, new: Signed) {
        if let Err(at) = self.signed.binary_search_by_key(&new.height, |s| s.height) {
            self.signed.insert(at, new);
        }
    }

    fn write(&self, path: &Path) -> Result<()> {
        // Writing plain structs to memory fails for no value.
        storage::replace(path, &serde_json::to_vec_pretty(self).unwrap_or_default())
    }
}

impl Claim {
    /// Holds the path against the header. Error: H9150.
    fn check(&self, session: &Session, file: Option<&Path>) -> Result<()> {
        let path = match file {
            None => file::history(session, self.height, self.size)?,
            Some(file) => {
                let view: HistoryView = serde_json::from_slice(&storage::read(file, MAX_HISTORY_FILE)?)
                    .map_err(|e| Failure::new("H9003", [("detail", e.to_string())]))?;
                file::read_path(session, &view, self.height, self.size)?
            }
        };
        match file::root(self.height, &BlockId(self.block.0), self.size, &path) == Some(self.root.0) {
            true => Ok(()),
            false => Err(contradiction(self.height, &self.block.0.to_string())),
        }
    }
}

fn contradiction(height: u64, block: &str) -> Failure {
    Failure::new("H9150", [("height", height.to_string()), ("detail", block.to_owned())])
}

#[derive(Serialize)]
struct Cosigned {
    schema: &'static str,
    file: String,
    height: u64,
    block: String,
    /// Key of the witness, 64 hexadecimal digits.
    key: String,
}

fn cosign(session: &Session, args: &Cosign) -> Result<u8> {
    let bytes = file::plain(&args.file)?;
    let mut anchor = proof::anchor_of(&bytes)?;
    let trust = session.needed_trust(args.trust.as_deref())?;
    let options = Options { now: file::clock(&bytes), allow_test: true, ..Options::default() };
    let judged = proof::judge(&anchor, Some(&trust), options)?;
    // Too few witnesses is no reason: this one is about to be one of them.
    if !judged.rooted || judged.expired {
        let detail = format!("{} · {}", trust.fingerprint(), judged.header.height);
        return Err(Failure::new("H9151", [("detail", detail)]));
    }
    let network = judged.header.network;
    let _alone = lock(session)?;
    let log_path = session.settings.state.join(format!("witness-{network}.json"));
    let mut log = Log::read(&log_path, &network)?;
    let new =
        Signed { height: judged.header.height, block: Digest(judged.block.0), history: Digest(judged.header.history) };
    if let Some(claim) = log.claim(&new)? {
        claim.check(session, args.history.as_deref())?;
    }
    session.out.show(&sheet(session, &judged));
    if session.dry_run {
        session.out.progress(session.out.pick("Nothing was signed.", "未签名。"));
        return Ok(exit::DONE);
    }
    acts::ask(session, session.out.pick("Sign this as a witness?", "作为见证人签名吗？"))?;
    let key = session.key()?;
    log.add(new);
    log.write(&log_path)?;
    anchor.add_witness(*key.public_key().bytes(), &key.sign(&judged.witness_message))?;
    let to = args.out.as_deref().unwrap_or(&args.file);
    file::write_back(session, &args.file, args.out.as_deref(), &proof::with_anchor(&bytes, &anchor)?)?;
    let done = Cosigned {
        schema: "hufu.witness-signed/1",
        file: to.display().to_string(),
        height: judged.header.height,
        block: judged.block.to_string(),
        key: key.public_key().to_string(),
    };
    let out = &session.out;
    out.result(&done, |sheet| {
        sheet.line(format!("{}{}", out.pick("signed: ", "已签名："), done.file));
        sheet.pair(out.pick("key of the witness", "见证人密钥"), &done.key);
    });
    Ok(exit::DONE)
}

/// Held while the log is read, added to and written: two runs at a time must not sign two histories.
fn lock(session: &Session) -> Result<File> {
    storage::folder(&session.settings.state)?;
    let path: PathBuf = session.settings.state.join("witness.lock");
    let locked = || -> std::io::Result<File> {
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    locked().map_err(|e| Failure::file(&path, &e))
}

/// What is about to be signed, from its very bytes.
fn sheet(session: &Session, judged: &Judged) -> Sheet {
    let out = &session.out;
    let header = &judged.header;
    let mut sheet = Sheet::default();
    let test = if header.test { out.pick(" (test network)", "（测试网络）") } else { "" };
    sheet.pair(out.pick("network", "网络"), format!("{}{test}", header.network));
    sheet.pair(out.pick("height", "高度"), format!("{} · {}", header.height, api::time::rfc3339(header.time)));
    sheet.pair(out.pick("block", "区块"), judged.block.to_string());
    sheet
}

#[derive(Serialize)]
struct Extracted {
    schema: &'static str,
    file: String,
    block: String,
}

fn extract(session: &Session, from: &Path, to: &Path) -> Result<u8> {
    let anchor = proof::anchor_of(&file::read(from)?)?;
    let block = anchor.block().to_string();
    file::write(session, to, &AnchorFile::of(anchor).to_json())?;
    let done = Extracted { schema: "hufu.anchor-written/1", file: to.display().to_string(), block };
    let out = &session.out;
    out.result(&done, |sheet| {
        sheet.line(format!("{}{}", out.pick("written: ", "已写入："), done.file));
        sheet.line(format!("{}hufu witness cosign {}", out.pick("Next: ", "下一步："), done.file));
    });
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct Attached {
    schema: &'static str,
    file: String,
    added: usize,
    witnesses: usize,
}

fn attach(session: &Session, to: &Path, from: &Path, out: Option<&Path>) -> Result<u8> {
    let bytes = file::plain(to)?;
    let mut anchor = proof::anchor_of(&bytes)?;
    let signed = proof::anchor_of(&file::read(from)?)?;
    let (expected, found) = (anchor.block(), signed.block());
    if expected != found {
        return Err(Failure::new("H9152", [("expected", expected.to_string()), ("found", found.to_string())]));
    }
    let before = anchor.witnesses.len();
    for witness in signed.witnesses.iter() {
        if anchor.witnesses.iter().any(|w| w.key == witness.key) {
            continue;
        }
        let signature: Signature = codec::decode(&witness.signature, MAX_SIGNATURE_BYTES)
            .map_err(|e| Failure::new("H9005", [("detail", e.to_string())]))?;
        anchor.add_witness(witness.key.0.0, &signature)?;
    }
    // Whatever does not hold would spoil the file for everybody.
    proof::judge(&anchor, None, Options::default())?;
    file::write_back(session, to, out, &proof::with_anchor(&bytes, &anchor)?)?;
    let to = out.unwrap_or(to);
    let witnesses = anchor.witnesses.len();
    let done = Attached {
        schema: "hufu.witnesses-attached/1",
        file: to.display().to_string(),
        added: witnesses.saturating_sub(before),
        witnesses,
    };
    let say = &session.out;
    say.result(&done, |sheet| {
        sheet.line(format!("{}{}", say.pick("written: ", "已写入："), done.file));
        sheet.pair(say.pick("witnesses", "见证人"), format!("{} (+{})", done.witnesses, done.added));
    });
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Hash;

    fn signed(height: u64, block: u8) -> Signed {
        Signed { height, block: Digest(Hash([block; 32])), history: Digest(Hash([block + 100; 32])) }
    }

    fn logged(signed: Vec<Signed>) -> Log {
        let network = NetworkId::default();
        Log { schema: LOG_SCHEMA.into(), network: network.to_string(), signed }
    }

    #[test]
    fn a_header_is_held_against_its_nearest_neighbour() {
        let log = logged(vec![signed(5, 5), signed(9, 9)]);
        let claim = |new: &Signed| log.claim(new).map_err(|e| e.code);
        assert_eq!(claim(&signed(9, 9)), Ok(None));
        assert_eq!(claim(&signed(9, 8)), Err("H9150".into()));
        assert_eq!(claim(&signed(5, 9)), Err("H9150".into()));
        let of = |older: Signed, newer: Signed| -> std::result::Result<Option<Claim>, String> {
            Ok(Some(Claim { height: older.height, block: older.block, size: newer.height - 1, root: newer.history }))
        };
        assert_eq!(claim(&signed(10, 1)), of(signed(9, 9), signed(10, 1)), "a later one continues the last");
        assert_eq!(claim(&signed(7, 1)), of(signed(7, 1), signed(9, 9)), "one between is in the history of the later");
        assert_eq!(claim(&signed(1, 1)), of(signed(1, 1), signed(5, 5)));
        assert_eq!(logged(Vec::new()).claim(&signed(3, 3)), Ok(None), "the first is taken");
    }

    #[test]
    fn the_log_is_kept_in_order_and_nothing_else_is_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("log.json");
        let network = NetworkId::default();
        let mut log = Log::read(&path, &network).unwrap();
        for height in [5, 2, 9, 5] {
            log.add(signed(height, 1));
        }
        log.write(&path).unwrap();
        let again = Log::read(&path, &network).unwrap();
        assert_eq!(again.signed, [signed(2, 1), signed(5, 1), signed(9, 1)]);
        let code = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Log::read(&path, &network).map(drop).unwrap_err().code
        };
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(code(&text.replace("\"height\": 2", "\"height\": 6")), "H9153");
        assert_eq!(code(&text.replace(LOG_SCHEMA, "hufu.witness-log/2")), "H9153");
        assert_eq!(code(&text.replace(&network.to_string(), &"a".repeat(64))), "H9153");
        assert_eq!(code(&text[1..]), "H9153");
    }
}

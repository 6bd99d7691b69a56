//! Trust files: made from a genesis, shown, compared, led on to a later block, told of witnesses.

use super::{file, pubkey::PubKey};
use crate::{
    cli::{Advance, TrustCommand, WitnessArgs},
    failure::{self, Failure, Result},
    output::Sheet,
    session::Session,
    storage,
};
use api::{catalogue::exit, paths};
use ledger::{Genesis, Hash, OrgId, Text, genesis::GenesisError};
use proof::{Options, TrustDifference, TrustRoot, TrustedWitness};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Largest genesis file, in bytes.
const MAX_GENESIS_FILE: usize = 192 * 1024 * 1024;
const DAY_MS: u64 = 86_400_000;

pub(crate) fn run(session: &Session, command: TrustCommand) -> Result<u8> {
    match command {
        TrustCommand::Create { genesis, out } => create(session, genesis.as_deref(), out.as_deref()),
        TrustCommand::Show { file } => show(session, &read(&file)?),
        TrustCommand::Compare { one, other } => compare(session, &read(&one)?, &read(&other)?),
        TrustCommand::Advance(args) => advance(session, &args),
        TrustCommand::Witnesses(args) => witnesses(session, &args),
    }
}

fn read(file: &Path) -> Result<TrustRoot> {
    Ok(TrustRoot::from_json(&storage::read(file, proof::bounds::MAX_TRUST_BYTES)?)?)
}

#[derive(Serialize)]
struct Written {
    schema: &'static str,
    file: String,
    network: String,
    height: u64,
    fingerprint: String,
}

/// Writes a trust file, and says what has to be compared; to stdout where no file is named.
fn write(session: &Session, root: &TrustRoot, file: Option<&Path>) -> Result<u8> {
    let out = &session.out;
    let Some(file) = file else {
        if out.json {
            return show(session, root);
        }
        out.print_raw(&String::from_utf8_lossy(&root.to_json()));
        return Ok(exit::DONE);
    };
    session.write_named(file, &root.to_json())?;
    let done = Written {
        schema: "hufu.trust-written/1",
        file: file.display().to_string(),
        network: root.network().to_string(),
        height: root.start().height,
        fingerprint: root.fingerprint().0.to_string(),
    };
    out.result(&done, |sheet| {
        sheet.line(format!("{}{}", out.pick("written: ", "已写入："), done.file));
        sheet.pair(out.pick("starts at height", "起始高度"), done.height.to_string());
        sheet.pair(out.pick("fingerprint", "指纹"), root.fingerprint().to_string());
        sheet.line(out.pick(
            "Compare the fingerprint by telephone with those who have one of their own.",
            "请与自有信任文件者电话核对指纹。",
        ));
    });
    Ok(exit::DONE)
}

/// What of a genesis file counts: the bytes that were signed.
#[derive(Deserialize)]
struct GenesisFile {
    genesis: String,
}

fn create(session: &Session, file: Option<&Path>, out: Option<&Path>) -> Result<u8> {
    let root = match file {
        Some(file) => TrustRoot::from_genesis(&genesis(&storage::read(file, MAX_GENESIS_FILE)?)?)?,
        None => {
            let root = given(&session.get(paths::GENESIS, &[])?.body)?;
            let expected = session.network_id()?;
            if root.network() != expected {
                return Err(session.other_network(&expected, &root.network().to_string()));
            }
            session.out.warn(session.out.pick(
                "this is what the node gave: compare the fingerprint with an agency",
                "此文件由节点提供：请与机关核对指纹",
            ));
            root
        }
    };
    write(session, &root, out)
}

/// What a node answers to the question for its genesis: that, or the trust file that follows from it where the genesis
/// tells of what the reader may not see.
fn given(body: &[u8]) -> Result<TrustRoot> {
    match TrustRoot::from_json(body) {
        Ok(root) => Ok(root),
        Err(_) => Ok(TrustRoot::from_genesis(&genesis(body)?)?),
    }
}

/// Reads canonical bytes, or a genesis file around them.
fn genesis(bytes: &[u8]) -> Result<Genesis> {
    let unfit = |e: GenesisError| Failure::new(e.code(), [("detail", e.to_string())]);
    let error = match Genesis::from_bytes(bytes) {
        Ok(genesis) => return Ok(genesis),
        Err(error) => error,
    };
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(unfit(error));
    }
    let shape = |detail: String| Failure::new("H3103", [("detail", detail)]);
    let file: GenesisFile = serde_json::from_slice(bytes).map_err(|e| shape(e.to_string()))?;
    let inner = api::bytes::decode(&file.genesis).map_err(|e| shape(e.to_string()))?;
    Genesis::from_bytes(&inner).map_err(unfit)
}

fn show(session: &Session, root: &TrustRoot) -> Result<u8> {
    // The file itself, which was read and checked just now.
    let file: serde_json::Value = serde_json::from_slice(&root.to_json()).unwrap_or_default();
    session.out.result(&file, |sheet| write_root(sheet, root, session));
    Ok(exit::DONE)
}

fn write_root(sheet: &mut Sheet, root: &TrustRoot, session: &Session) {
    let out = &session.out;
    let test = if root.is_test() { out.pick(" (test network)", "（测试网络）") } else { "" };
    sheet.pair(out.pick("chain", "链"), format!("{}{test}", root.chain()));
    sheet.pair(out.pick("network", "网络"), root.network().to_string());
    sheet.pair(out.pick("fingerprint", "指纹"), root.fingerprint().to_string());
    let start = root.start();
    let time = api::time::rfc3339(start.time);
    let place = match start.height {
        0 => out.pick("genesis", "创世").to_owned(),
        height => height.to_string(),
    };
    sheet.pair(out.pick("starts at", "起点"), format!("{place} · {time}"));
    if start.height > 0 {
        sheet.pair(out.pick("block", "区块"), start.block.to_string());
    }
    let until = root.trusting_ms().map(|ms| api::time::rfc3339(start.time.plus_ms(ms)));
    sheet.pair(
        out.pick("leads on until", "信任期至"),
        until.unwrap_or_else(|| out.pick("for ever", "无期限").to_owned()),
    );
    for v in root.validators() {
        sheet.pair(out.pick("agency", "机关"), format!("{} · {}", v.name, Hash(v.key)));
    }
    let witnesses = root.witnesses();
    let counted = format!("{} / {}", witnesses.needed, witnesses.keys.len());
    sheet.pair(out.pick("witnesses needed", "所需见证人"), counted);
    for w in &witnesses.keys {
        sheet.pair(out.pick("witness", "见证人"), format!("{} · {}", w.name, Hash(w.key)));
    }
}

#[derive(Serialize)]
struct Compared {
    schema: &'static str,
    equal: bool,
    one: String,
    other: String,
    differences: Vec<TrustDifference>,
}

fn compare(session: &Session, one: &TrustRoot, other: &TrustRoot) -> Result<u8> {
    let (left, right) = (one.fingerprint().0, other.fingerprint().0);
    let compared = Compared {
        schema: "hufu.trust-compared/1",
        equal: left == right,
        one: left.to_string(),
        other: right.to_string(),
        differences: one.differences(other),
    };
    let out = &session.out;
    out.result(&compared, |sheet| {
        if compared.equal {
            sheet.line(out.pick("Both say the same.", "二者内容相同。"));
            sheet.pair(out.pick("fingerprint", "指纹"), one.fingerprint().to_string());
            return;
        }
        sheet.line(out.pick("They differ.", "二者不同。"));
        for d in &compared.differences {
            let says = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            sheet.pair(d.field, says(&d.one));
            sheet.pair("", says(&d.other));
        }
    });
    Ok(if compared.equal { exit::DONE } else { exit::INVALID })
}

fn advance(session: &Session, args: &Advance) -> Result<u8> {
    let old = session.needed_trust(args.trust.as_deref())?;
    let bytes = file::read(&args.from)?;
    let options = Options { now: file::clock(&bytes), ..Options::default() };
    // Names are for people: where nobody can be asked, an agency that the old file does not know stays unknown.
    let name = |org: &OrgId| -> Option<Text<128>> {
        session.node().ok()?;
        Text::new(session.org(org).ok()?.0.name).ok()
    };
    let root = old.advance(&proof::anchor_of(&bytes)?, options, &name)?;
    let root = match args.trusting_days {
        None => root,
        Some(days) => {
            let unfit = || Failure::new("H1412", [("input", days.to_string()), ("expected", "1, 30, 365".to_owned())]);
            root.with_trusting_ms(Some(days.checked_mul(DAY_MS).ok_or_else(unfit)?))
        }
    };
    write(session, &root, args.out.as_deref())
}

fn witnesses(session: &Session, args: &WitnessArgs) -> Result<u8> {
    let root = read(&args.file)?;
    let mut witnesses = root.witnesses().clone();
    for name in &args.remove {
        let before = witnesses.keys.len();
        witnesses.keys.retain(|w| w.name.as_str() != name);
        if witnesses.keys.len() == before {
            let kind = session.out.pick("witness", "见证人");
            return Err(Failure::new("H7004", [("kind", kind), ("input", name.as_str())]));
        }
    }
    for word in &args.add {
        witnesses.keys.push(witness(word)?);
    }
    witnesses.needed = args.needed.unwrap_or(witnesses.needed);
    let root = root.with_witnesses(witnesses)?;
    write(session, &root, Some(args.out.as_deref().unwrap_or(&args.file)))
}

/// A witness as `NAME=KEY`, the key in hexadecimal digits or by its file.
fn witness(word: &str) -> Result<TrustedWitness> {
    let Some((name, key)) = word.split_once('=') else {
        return Err(Failure::new("H1412", [("input", word), ("expected", "NAME=KEY")]));
    };
    let name = failure::text("name", name)?;
    let key = match Path::new(key).is_file() {
        true => PubKey::read(Path::new(key))?.2.key,
        false => key.parse::<Hash>().map_err(|_| Failure::input("H1409", key))?.0,
    };
    Ok(TrustedWitness { name, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn witnesses_are_named_with_their_keys() {
        let taken = |word: &str| witness(word).map(|w| (w.name.to_string(), w.key)).map_err(|e| e.code);
        let key = "0a".repeat(32);
        assert_eq!(taken(&format!("Chamber of Commerce={key}")), Ok(("Chamber of Commerce".into(), [10; 32])));
        assert_eq!(taken(&key), Err("H1412".into()));
        assert_eq!(taken("Chamber=me"), Err("H1409".into()));
        assert_eq!(taken(&format!("{}={key}", "x".repeat(129))), Err("H1408".into()));
    }

    #[test]
    fn a_genesis_is_bytes_or_a_file_around_them() {
        let code = |bytes: &[u8]| genesis(bytes).map(drop).unwrap_err().code;
        assert_eq!(code(b""), "H3003");
        assert_eq!(code(b"\x01"), "H3003");
        assert_eq!(code(b" {\"schema\":1}"), "H3103");
        assert_eq!(code(b"{\"genesis\":\"?\"}"), "H3103");
        assert_eq!(code(b"{\"genesis\":\"AQ\"}"), "H3003");
        let asked = |bytes: &[u8]| given(bytes).map(drop).unwrap_err().code;
        assert_eq!((asked(b"\x01"), asked(b"{\"schema\":\"hufu.trust/1\"}")), ("H3003".into(), "H3103".into()));
    }
}

//! The second verifier, of `client/verify`, asked through its batch mode.

use super::base::Mutant;
use base64::{Engine, engine::general_purpose::STANDARD};
use proof::TrustRoot;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, mpsc},
    thread,
};

/// Disagreements that are told.
pub(crate) const SHOWN: usize = 20;

fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client/verify/dist/verify.mjs");
    assert!(path.is_file(), "{} is missing: run scripts/verifier.sh", path.display());
    path
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Writes a trust file once, under the name of its fingerprint.
fn trust_file(trust: &TrustRoot) -> PathBuf {
    static WRITTEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let path = folder().join(format!("corpus-trust-{}.json", trust.fingerprint().0));
    let mut written = WRITTEN.lock().unwrap();
    if written.insert(path.clone()) {
        fs::write(&path, trust.to_json()).unwrap();
    }
    path
}

fn question(mutant: &Mutant) -> String {
    let options = mutant.options;
    json!({
        "bundle": null,
        "bytes": STANDARD.encode(&mutant.bytes),
        "trust": mutant.trust.as_deref().map(trust_file),
        "now_ms": options.now.map(|now| now.0),
        "max_age_ms": options.max_age_ms,
        "allow_test": options.allow_test,
    })
    .to_string()
}

/// What both verifiers must agree in: all but messages, and which of H9002 and H9003 it is.
pub(crate) fn compared(verdict: &Value) -> Value {
    let mut verdict = verdict.clone();
    if let Some(failure) = verdict.get_mut("failure").and_then(Value::as_object_mut) {
        failure.remove("message");
        if failure.get("code") == Some(&json!("H9002")) {
            failure.insert("code".into(), json!("H9003"));
        }
    }
    let notices = verdict.get_mut("notices").and_then(Value::as_array_mut);
    for notice in notices.into_iter().flatten().filter_map(Value::as_object_mut) {
        notice.remove("message");
    }
    verdict
}

/// Where two verdicts differ, in a few words.
fn difference(one: &Value, other: &Value) -> String {
    let (Some(mine), Some(theirs)) = (one.as_object(), other.as_object()) else {
        return format!("{:.200}", other.to_string());
    };
    let names: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    let short =
        |value: Option<&Value>| value.map_or("missing".to_owned(), |value| format!("{:.160}", value.to_string()));
    let told = names.into_iter().filter(|name| mine.get(*name) != theirs.get(*name));
    told.map(|name| format!("{name}: {} / {}", short(mine.get(name)), short(theirs.get(name))))
        .collect::<Vec<_>>()
        .join("; ")
}

/// What was asked, and what our own verifier said.
struct Asked {
    number: usize,
    what: String,
    verdict: Value,
}

/// Asks a process of its own about each of these; gives how many verdicts were compared, and the disagreements.
///
/// `make` gives a file, what it is, and our own verdict. Questions are written by another thread than answers are read
/// by, so that neither process waits for the other.
pub(crate) fn ask(numbers: &[usize], make: &(dyn Fn(usize) -> (Mutant, String, Value) + Sync)) -> (usize, Vec<String>) {
    let mut child = Command::new("node")
        .arg(program())
        .arg("--batch")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start node");
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel::<Asked>();
    let found = thread::scope(|scope| {
        scope.spawn(move || {
            let mut input = BufWriter::new(input);
            for number in numbers {
                let (mutant, what, verdict) = make(*number);
                let line = question(&mutant);
                // Told before it is asked, so that the reader knows of every answer that may come.
                let heard = tell.send(Asked { number: *number, what, verdict });
                if heard.is_err() || writeln!(input, "{line}").is_err() {
                    return;
                }
            }
        });
        let mut compared_so_far = 0;
        let mut found = Vec::new();
        let mut lines = BufReader::new(output).lines();
        // To the end, even when enough was found: who stops reading stops the writer.
        while let Ok(Asked { number, what, verdict }) = told.recv() {
            let Some(Ok(line)) = lines.next() else {
                found.push(format!("{what}: the second verifier gave no answer"));
                break;
            };
            compared_so_far += 1;
            let theirs: Value = serde_json::from_str(&line).unwrap_or(Value::String(line));
            let (one, other) = (compared(&verdict), compared(&theirs));
            if one != other && found.len() < SHOWN {
                let kept = keep(number, &make(number).0);
                found.push(format!("{what}: {} (ours / theirs); kept as {kept}", difference(&one, &other)));
            }
        }
        // The writer ends when nobody listens.
        drop((told, lines));
        (compared_so_far, found)
    });
    child.wait().unwrap();
    found
}

/// Writes a file, and what its reader holds and asks, where they can be looked at.
fn keep(number: usize, mutant: &Mutant) -> String {
    let path = folder().join(format!("corpus-{number}.json"));
    fs::write(&path, &mutant.bytes).unwrap();
    let trust = mutant.trust.as_deref().map(|trust| trust_file(trust).display().to_string());
    format!("{}, trust {}, {:?}", path.display(), trust.unwrap_or("none".into()), mutant.options)
}

//! doctor: checks what a command needs, from the file system outward, and says what to do.

use crate::{failure::Result, outbox::Outbox, readable::short, session::Session, when};
use api::{catalogue::exit, login::WhoAmI, network::VersionView, paths};
use serde::Serialize;

/// Clocks that differ by more than this are worth a word, in milliseconds.
const SKEW_MS: u64 = 60_000;

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
    code: Option<String>,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    ok: bool,
    checks: Vec<Check>,
}

/// Runs every check, whatever the others find.
pub(crate) fn run(session: &Session) -> Result<u8> {
    let mut checks = Vec::new();
    let mut add = |name: &'static str, result: Result<String>| {
        checks.push(match result {
            Ok(detail) => Check { name, ok: true, detail, code: None },
            Err(failure) => {
                let problem = failure.problem(session.out.lang);
                Check {
                    name,
                    ok: false,
                    detail: format!("{} — {}", problem.detail, problem.hint),
                    code: Some(failure.code),
                }
            }
        });
    };
    let file = session.settings.file.as_ref().map(|f| f.display().to_string());
    add("configuration", Ok(file.unwrap_or_else(|| session.out.pick("none", "无").to_owned())));
    add("key", session.key_header().map(|h| format!("{} {}", h.label, short(&h.id().to_string()))));
    add(
        "trust",
        session.trust().map(|t| match t {
            Some(root) => {
                let starts = session.out.pick("starts at height", "起始高度");
                format!("{} · {} · {starts} {}", root.chain(), root.fingerprint(), root.start().height)
            }
            None => session
                .out
                .pick("no trust file: verdicts stay \"untrusted\"", "没有信任文件：结论将为“不受信任”")
                .to_owned(),
        }),
    );
    add("node", version(session));
    add(
        "network",
        session.network().map(|n| format!("{} {} · {} {}", n.chain, short(&n.network), n.as_of.height, n.as_of.time)),
    );
    add("clock", clock(session));
    add("login", session.read(paths::WHOAMI, &[]).map(|w: WhoAmI| format!("{} · {}", w.org.name, w.expires)));
    add("outbox", outbox(session));
    let ok = checks.iter().all(|c| c.ok);
    let report = Report { schema: "hufu.doctor/1", ok, checks };
    session.out.result(&report, |sheet| {
        for check in &report.checks {
            let mark = if check.ok { "ok" } else { check.code.as_deref().unwrap_or("!") };
            sheet.row([mark.to_owned(), check.name.to_owned(), check.detail.clone()]);
        }
    });
    Ok(if ok { exit::DONE } else { exit::FAILED })
}

/// How much waits. Error: H8007 for the first file that is damaged.
fn outbox(session: &Session) -> Result<String> {
    let mut waiting = Outbox::at(&session.settings.state).list()?;
    match waiting.damaged.pop() {
        Some(damaged) => Err(damaged),
        None => Ok(waiting.drafts.len().to_string()),
    }
}

fn version(session: &Session) -> Result<String> {
    let node = session.node()?.to_owned();
    let version: VersionView = session.read(paths::VERSION, &[])?;
    Ok(format!(
        "{node} · {} {} · {} {}",
        version.name,
        version.version,
        session.out.pick("protocol", "协议"),
        version.protocol
    ))
}

/// Block time and this computer's clock; a test network keeps its own time.
fn clock(session: &Session) -> Result<String> {
    let network = session.network()?;
    let (here, there) = (when::now(), session.block_time());
    let apart = here.ms_since(there).max(there.ms_since(here));
    if network.test {
        return Ok(session.out.pick("test network, its own time", "测试网络，自有时间").to_owned());
    }
    let text = format!("{} s", apart / 1_000);
    if apart > SKEW_MS {
        let warning = session.out.pick("this clock and block time differ by ", "本机时钟与区块时间相差 ");
        session.out.warn(&format!("{warning}{text}"));
    }
    Ok(text)
}

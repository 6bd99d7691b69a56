//! init, login, logout, whoami, explain, completions, man.

use crate::{
    cli::{Cli, Init},
    config::{self, ConfigFile},
    failure::{Failure, Result},
    session::Session,
    storage,
};
use api::{
    catalogue::{self, exit},
    login::WhoAmI,
    paths,
};
use clap::CommandFactory;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
struct InitDone {
    schema: &'static str,
    file: String,
    network: Option<String>,
}

/// Writes a configuration from the flags, and pins the network: by the trust file, else as the node says.
pub(crate) fn init(session: &Session, init: &Init) -> Result<u8> {
    let environment = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let path = match init.user {
        true => config::user_file(&environment)
            .ok_or_else(|| Failure::new("H1402", [("setting", "HOME"), ("flag", "--config"), ("variable", "HOME")]))?,
        false => PathBuf::from(config::LOCAL),
    };
    session.check_name(&path)?;
    let settings = &session.settings;
    let trust = init.trust.clone().or_else(|| settings.trust.clone());
    let network = match &trust {
        Some(file) => Some(proof::TrustRoot::from_json(&storage::read(file, 256 * 1024)?)?.network().to_string()),
        None if settings.nodes.is_empty() => None,
        None => {
            let view = session.network()?;
            let warning = session.out.pick(
                "the network is taken on the node's word; compare its fingerprint with an agency and pass --trust: ",
                "网络标识仅凭节点所报；请与机关核对指纹并使用 --trust：",
            );
            session.out.warn(&format!("{warning}{}", view.trust));
            Some(view.network.clone())
        }
    };
    let file = ConfigFile {
        nodes: settings.nodes.clone(),
        ca_file: absolute(&settings.ca_file)?,
        key: absolute(&settings.key)?,
        key_password_file: absolute(&settings.key_password_file)?,
        keys: None,
        trust: absolute(&trust)?,
        gateway: None,
        network: network.clone(),
        lang: None,
        allow_test: None,
    };
    let text = toml::to_string(&file).map_err(|e| Failure::new("H1401", [("detail", e.to_string())]))?;
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        storage::folder(folder)?;
    }
    session.write_named(&path, text.as_bytes())?;
    let done = InitDone { schema: "hufu.init/1", file: path.display().to_string(), network };
    session.out.result(&done, |sheet| {
        sheet.line(format!("{}{}", session.out.pick("written: ", "已写入："), done.file));
        sheet.line(session.out.pick("Next: hufu doctor", "下一步：hufu doctor"));
    });
    Ok(exit::DONE)
}

/// Paths in a configuration are read relative to it; what was given on the command line is relative to here.
fn absolute(path: &Option<PathBuf>) -> Result<Option<PathBuf>> {
    let absolute = |p: &PathBuf| std::path::absolute(p).map_err(|e| Failure::file(p, &e));
    path.as_ref().map(absolute).transpose()
}

#[derive(Serialize)]
struct LoginDone {
    schema: &'static str,
    org: String,
    expires: String,
}

pub(crate) fn login(session: &Session) -> Result<u8> {
    let token = session.login()?;
    let done = LoginDone { schema: "hufu.login/1", org: token.org, expires: token.expires };
    session.out.result(&done, |sheet| {
        sheet.line(format!("{}{}", session.out.pick("logged in until ", "已登录，至 "), done.expires));
    });
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct LogoutDone {
    schema: &'static str,
}

pub(crate) fn logout(session: &Session) -> Result<u8> {
    session.logout()?;
    session.out.result(&LogoutDone { schema: "hufu.logout/1" }, |sheet| {
        sheet.line(session.out.pick("logged out", "已退出"));
    });
    Ok(exit::DONE)
}

pub(crate) fn whoami(session: &Session) -> Result<u8> {
    let who: WhoAmI = session.read(paths::WHOAMI, &[])?;
    let out = &session.out;
    out.result(&who, |sheet| {
        let kind = who.function.as_deref().unwrap_or(&who.kind);
        sheet.pair(out.pick("organisation", "机构"), format!("{} · {}", who.org.name, out.word(kind)));
        sheet.pair(out.pick("identity", "标识"), &who.org.id);
        sheet.pair(out.pick("key", "密钥"), &who.key);
        sheet.pair(out.pick("person", "人员"), &who.person);
        let roles: Vec<String> = who.roles.iter().map(|r| out.word(r)).collect();
        sheet.pair(out.pick("roles", "角色"), roles.join(", "));
        sheet.pair(out.pick("token until", "令牌至"), &who.expires);
    });
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct Explained {
    schema: &'static str,
    code: &'static str,
    title: &'static str,
    cause: &'static str,
    cure: &'static str,
    http_status: u16,
    exit_code: u8,
}

/// Explains a code, or lists all of them.
pub(crate) fn explain(session: &Session, code: Option<&str>) -> Result<u8> {
    let out = &session.out;
    let explained = |code: &str| {
        let e = catalogue::explain(code, out.lang)?;
        let (title, cause, cure) = (e.title, e.cause, e.cure);
        Some(Explained {
            schema: "hufu.explanation/1",
            code: e.code,
            title,
            cause,
            cure,
            http_status: e.status,
            exit_code: e.exit,
        })
    };
    let Some(code) = code else {
        let all: Vec<Explained> = catalogue::codes().filter_map(explained).collect();
        out.result(&super::Listing { schema: "hufu.explanations/1", items: &all }, |sheet| {
            all.iter().for_each(|e| sheet.row([e.code.to_owned(), e.title.to_owned()]));
        });
        return Ok(exit::DONE);
    };
    let code = code.trim().to_ascii_uppercase();
    let found = explained(&code).ok_or_else(|| Failure::input("H1417", code))?;
    out.result(&found, |sheet| {
        sheet.line(format!("{}: {}", found.code, found.title));
        sheet.pair(out.pick("cause", "原因"), found.cause);
        sheet.pair(out.pick("cure", "办法"), found.cure);
        sheet.pair(out.pick("exit code", "退出码"), found.exit_code.to_string());
    });
    Ok(exit::DONE)
}

/// A text that is made for another program to read.
#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    text: String,
}

/// Prints it as it is, or as JSON. It is made in memory: a reader that has seen enough closes the pipe.
fn print(session: &Session, schema: &'static str, bytes: &[u8]) {
    let printed = Printed { schema, text: String::from_utf8_lossy(bytes).into_owned() };
    match session.out.json {
        true => session.out.result(&printed, |_| {}),
        false => session.out.print_raw(&printed.text),
    }
}

pub(crate) fn completions(session: &Session, shell: clap_complete::Shell) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "hufu", &mut script);
    print(session, "hufu.completions/1", &script);
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct PagesWritten {
    schema: &'static str,
    folder: String,
}

/// The manual page of the program to stdout, or a page for each command into a folder.
pub(crate) fn man(session: &Session, out: Option<&Path>) -> Result<u8> {
    match out {
        Some(folder) => {
            storage::folder(folder)?;
            clap_mangen::generate_to(Cli::command(), folder).map_err(|e| Failure::file(folder, &e))?;
            let written = PagesWritten { schema: "hufu.man-written/1", folder: folder.display().to_string() };
            session.out.result(&written, |sheet| {
                sheet.line(format!("{}{}", session.out.pick("written: ", "已写入："), written.folder));
            });
        }
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|e| Failure::file(Path::new("hufu.1"), &e))?;
            print(session, "hufu.man/1", &page);
        }
    }
    Ok(exit::DONE)
}

//! The program `hufu` in the hands of one person: a folder with a configuration and a key, and commands run in it.

use eyre::{Context, bail, ensure, eyre};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A person with a configuration.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// How the story calls them.
    pub(super) name: String,
    /// Their folder.
    pub(super) folder: PathBuf,
    hufu: PathBuf,
}

/// A command that a rule of the ledger refused.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) detail: String,
}

/// What a person's client is set up with.
pub(super) struct Configuration<'a> {
    /// Address of a node; none for somebody without a network.
    pub(super) node: Option<&'a str>,
    pub(super) key: &'a Path,
    pub(super) password_file: &'a Path,
    pub(super) trust: &'a Path,
    pub(super) network: &'a str,
}

impl Person {
    /// A person's folder, without a key yet.
    pub(super) fn new(folder: PathBuf, name: &str, hufu: &Path) -> eyre::Result<Person> {
        fs::create_dir_all(&folder).wrap_err_with(|| format!("make {}", folder.display()))?;
        Ok(Person { name: name.to_owned(), folder, hufu: hufu.to_owned() })
    }

    /// Writes the client's configuration.
    pub(super) fn configure(&self, with: &Configuration<'_>) -> eyre::Result<()> {
        let path = |path: &Path| Value::from(path.to_string_lossy().into_owned());
        let mut table = serde_json::Map::new();
        table.insert("nodes".into(), with.node.into_iter().map(Value::from).collect());
        table.insert("key".into(), path(with.key));
        table.insert("key_password_file".into(), path(with.password_file));
        table.insert("trust".into(), path(with.trust));
        table.insert("network".into(), with.network.into());
        let text = toml::to_string(&table)?;
        fs::write(self.folder.join("hufu.toml"), text).wrap_err("write hufu.toml")
    }

    /// Somebody with the same key and no network: in a folder of their own.
    pub(super) fn without_network(&self, with: &Configuration<'_>) -> eyre::Result<Person> {
        let away = Person::new(self.folder.join("away"), &self.name, &self.hufu)?;
        away.configure(&Configuration { node: None, ..*with })?;
        Ok(away)
    }

    fn output(&self, arguments: &[&str]) -> eyre::Result<Output> {
        Command::new(&self.hufu)
            .args(["--json", "--yes", "--no-input", "--quiet"])
            .args(arguments)
            .current_dir(&self.folder)
            // The story must not depend on the settings of whoever watches it.
            .env_clear()
            .env("HOME", &self.folder)
            .env("LANG", "C.UTF-8")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .output()
            .wrap_err_with(|| format!("run {}", self.hufu.display()))
    }

    /// A command that has to be done; its result.
    pub(super) fn does(&self, arguments: &[&str]) -> eyre::Result<Value> {
        let output = self.output(arguments)?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{}: `hufu {}` ended with {}: {}", self.name, arguments.join(" "), output.status, errors.trim());
        }
        Ok(last_json(&output.stdout).unwrap_or(Value::Null))
    }

    /// A command that has to be refused, with this code.
    pub(super) fn is_refused(&self, code: &str, arguments: &[&str]) -> eyre::Result<Refusal> {
        let output = self.output(arguments)?;
        let exit = output.status.code().unwrap_or(-1);
        let command = format!("{}: `hufu {}`", self.name, arguments.join(" "));
        ensure!(exit != 0, "{command} was done, and should be refused");
        let errors = String::from_utf8_lossy(&output.stderr);
        let problem = last_json(&output.stderr).ok_or_else(|| eyre!("it ended with {exit}, and said: {errors}"))?;
        let text = |field: &str| problem.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let refusal = Refusal { code: text("code"), detail: text("detail") };
        let as_expected = refusal.code == code && exit == i32::from(api::catalogue::exit::REFUSED);
        ensure!(as_expected, "{command} ended with {exit}, {}; expected is {code}: {}", refusal.code, errors.trim());
        Ok(refusal)
    }

    /// A command run without looking at how it ends: exit code, result and errors.
    pub(super) fn runs(&self, arguments: &[&str]) -> eyre::Result<(i32, Value, String)> {
        let output = self.output(arguments)?;
        let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok((output.status.code().unwrap_or(-1), last_json(&output.stdout).unwrap_or(Value::Null), errors))
    }

    /// An item as the node shows it.
    pub(super) fn item(&self, item: &str) -> eyre::Result<Value> {
        self.does(&["item", "show", item])
    }

    /// A file in their folder, as an argument.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }
}

/// The last line that is a JSON object: streams print one a line.
fn last_json(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.lines().rev().find(|l| l.trim_start().starts_with('{'))?;
    serde_json::from_str(line).ok()
}

/// The text at a path of an object, such as `custodian.name`.
pub(super) fn text_at(value: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(value, |value, name| value.get(name));
    match found {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

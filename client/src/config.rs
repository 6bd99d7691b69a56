//! Where settings come from: flag, `HUFU_*` variable, `./hufu.toml`, `~/.config/hufu/config.toml`, in this order.

use crate::{
    cli::Global,
    failure::{Failure, Result},
    storage,
};
use api::Lang;
use ledger::NetworkId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Name of the configuration file in a working folder.
pub(crate) const LOCAL: &str = "hufu.toml";
/// Largest configuration file, in bytes.
const MAX_CONFIG_BYTES: usize = 64 * 1024;

/// A configuration file. Paths are relative to the folder it lies in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// URLs of nodes; the first that answers is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) nodes: Vec<String>,
    /// File of the CAs that vouch for nodes which are reached by TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Key file to sign with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
    /// File that holds its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_password_file: Option<PathBuf>,
    /// Folder of key files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keys: Option<PathBuf>,
    /// Trust file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trust: Option<PathBuf>,
    /// Folder of the gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway: Option<PathBuf>,
    /// The network that nodes must be of, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<String>,
    /// Language of messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lang: Option<String>,
    /// Whether verdicts about test networks are taken as valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_test: Option<bool>,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) nodes: Vec<String>,
    /// File of the CAs that vouch for nodes which are reached by TLS.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) key_password_file: Option<PathBuf>,
    /// File that holds a backup's password. No configuration names it: it is not to lie where the key does.
    pub(crate) backup_password_file: Option<PathBuf>,
    /// Folder of key files.
    pub(crate) keys: PathBuf,
    pub(crate) trust: Option<PathBuf>,
    pub(crate) network: Option<NetworkId>,
    pub(crate) lang: Lang,
    pub(crate) allow_test: bool,
    pub(crate) no_input: bool,
    /// The file that was read; of two, the nearer one.
    pub(crate) file: Option<PathBuf>,
    /// Folder of outbox and tokens.
    pub(crate) state: PathBuf,
    /// Folder of the gateway and of `import epcis`: one book of events for both.
    pub(crate) gateway: PathBuf,
}

/// Reads a variable of the environment; none for an empty one.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// `~/.config/hufu/config.toml`, or below `XDG_CONFIG_HOME`.
pub(crate) fn user_file(environment: Environment<'_>) -> Option<PathBuf> {
    let base = match environment("XDG_CONFIG_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(environment("HOME")?).join(".config"),
    };
    Some(base.join("hufu").join("config.toml"))
}

/// The language, as far as it can be known without a configuration file.
pub(crate) fn language(flags: &Global, environment: Environment<'_>) -> Lang {
    let tag = flags.lang.clone().or_else(|| environment("HUFU_LANG"));
    tag.and_then(|t| Lang::from_tag(&t)).unwrap_or_else(|| locale(environment))
}

fn locale(environment: Environment<'_>) -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(environment).map_or(Lang::En, |l| Lang::from_locale(&l))
}

/// Reads the files and puts the settings together.
pub(crate) fn load(flags: &Global, environment: Environment<'_>) -> Result<Settings> {
    let explicit = flags.config.clone().or_else(|| environment("HUFU_CONFIG").map(PathBuf::from));
    let mut files = Vec::new();
    match explicit {
        Some(path) => files.push((path.clone(), read(&path)?)),
        None => {
            let candidates = [Some(PathBuf::from(LOCAL)), user_file(environment)];
            for path in candidates.into_iter().flatten().filter(|p| p.exists()) {
                files.push((path.clone(), read(&path)?));
            }
        }
    }
    resolve(flags, environment, files)
}

/// Reads one configuration file.
pub(crate) fn read(path: &Path) -> Result<ConfigFile> {
    let bytes = storage::read(path, MAX_CONFIG_BYTES)?;
    let wrong = |detail: String| Failure::new("H1401", [("detail", format!("{}: {detail}", path.display()))]);
    let text = String::from_utf8(bytes).map_err(|_| wrong("not UTF-8".into()))?;
    toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))
}

/// Flag before variable before nearer file before farther file.
fn resolve(flags: &Global, environment: Environment<'_>, files: Vec<(PathBuf, ConfigFile)>) -> Result<Settings> {
    let path = |flag: &Option<PathBuf>, variable: &str, field: fn(&ConfigFile) -> &Option<PathBuf>| {
        let given = flag.clone().or_else(|| environment(variable).map(PathBuf::from));
        given.or_else(|| files.iter().find_map(|(at, f)| field(f).as_ref().map(|p| beside(at, p))))
    };
    let text = |flag: Option<String>, variable: &str, field: fn(&ConfigFile) -> &Option<String>| {
        let given = flag.or_else(|| environment(variable));
        given.or_else(|| files.iter().find_map(|(_, f)| field(f).clone()))
    };
    let nodes = match (flags.node.is_empty(), environment("HUFU_NODE")) {
        (false, _) => flags.node.clone(),
        (true, Some(list)) => list.split(',').map(|n| n.trim().to_owned()).collect(),
        (true, None) => files.iter().map(|(_, f)| &f.nodes).find(|n| !n.is_empty()).cloned().unwrap_or_default(),
    };
    let lang = match text(flags.lang.clone(), "HUFU_LANG", |f| &f.lang) {
        None => locale(environment),
        Some(tag) => Lang::from_tag(&tag)
            .ok_or_else(|| Failure::new("H1412", [("input", tag), ("expected", "en, zh-Hans".to_owned())]))?,
    };
    let network = match text(None, "HUFU_NETWORK", |f| &f.network) {
        None => None,
        Some(id) => Some(id.parse().map_err(|_| Failure::input("H1409", id))?),
    };
    let file = files.first().map(|(at, _)| at.clone());
    let home = user_file(environment).unwrap_or_else(|| PathBuf::from(LOCAL));
    let state = state_folder(file.as_deref().unwrap_or(&home));
    Ok(Settings {
        nodes: nodes.into_iter().map(|n| n.trim_end_matches('/').to_owned()).filter(|n| !n.is_empty()).collect(),
        ca_file: path(&flags.ca_file, "HUFU_CA_FILE", |f| &f.ca_file),
        key: path(&flags.key, "HUFU_KEY", |f| &f.key),
        key_password_file: path(&flags.key_password_file, "HUFU_KEY_PASSWORD_FILE", |f| &f.key_password_file),
        backup_password_file: environment("HUFU_BACKUP_PASSWORD_FILE").map(PathBuf::from),
        keys: path(&None, "HUFU_KEYS", |f| &f.keys).unwrap_or_else(|| state.join("keys")),
        trust: path(&None, "HUFU_TRUST", |f| &f.trust),
        gateway: path(&None, "HUFU_GATEWAY", |f| &f.gateway).unwrap_or_else(|| state.join("gateway")),
        network,
        lang,
        allow_test: files.iter().find_map(|(_, f)| f.allow_test).unwrap_or(false),
        no_input: flags.no_input || environment("HUFU_NO_INPUT").is_some(),
        file,
        state,
    })
}

/// Outbox and tokens lie beside the configuration: in `.hufu` beside a `hufu.toml`, else in its folder.
fn state_folder(file: &Path) -> PathBuf {
    match file.file_name().is_some_and(|n| n == "config.toml") {
        true => beside(file, Path::new("")),
        false => beside(file, Path::new(".hufu")),
    }
}

fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn settings(flags: Global, variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Settings> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let files = files.iter().map(|(p, t)| (PathBuf::from(p), toml::from_str(t).unwrap())).collect();
        resolve(&flags, &|name| variables.get(name).cloned(), files)
    }

    const NEAR: (&str, &str) = ("hufu.toml", "nodes = ['http://near']\nkey = 'near.key'\nlang = 'zh-Hans'");
    const FAR: (&str, &str) = ("/home/a/.config/hufu/config.toml", "nodes = ['http://far/']\ntrust = 'trust.json'");

    #[test]
    fn nearer_settings_win() {
        let node = |s: Settings| s.nodes;
        assert_eq!(node(settings(Global::default(), &[], &[FAR]).unwrap()), ["http://far"]);
        assert_eq!(node(settings(Global::default(), &[], &[NEAR, FAR]).unwrap()), ["http://near"]);
        let variable = [("HUFU_NODE", "http://v1, http://v2/")];
        assert_eq!(node(settings(Global::default(), &variable, &[NEAR, FAR]).unwrap()), ["http://v1", "http://v2"]);
        let flags = Global { node: vec!["http://flag".into()], ..Global::default() };
        assert_eq!(node(settings(flags, &variable, &[NEAR, FAR]).unwrap()), ["http://flag"]);
    }

    #[test]
    fn files_complete_each_other_and_paths_lie_beside_them() {
        let s = settings(Global::default(), &[("HOME", "/home/a")], &[NEAR, FAR]).unwrap();
        assert_eq!(s.key, Some("near.key".into()));
        assert_eq!(s.trust, Some("/home/a/.config/hufu/trust.json".into()));
        assert_eq!(s.lang, Lang::ZhHans);
        assert_eq!(s.state, PathBuf::from(".hufu"));
        assert_eq!(s.gateway, PathBuf::from(".hufu/gateway"));
        let named = [("/home/a/.config/hufu/config.toml", "ca_file = 'ca.pem'")];
        let ca_file = |flags, variables: &[(&str, &str)]| settings(flags, variables, &named).unwrap().ca_file.unwrap();
        assert_eq!(ca_file(Global::default(), &[]), PathBuf::from("/home/a/.config/hufu/ca.pem"));
        assert_eq!(ca_file(Global::default(), &[("HUFU_CA_FILE", "v.pem")]), PathBuf::from("v.pem"));
        let flags = Global { ca_file: Some("f.pem".into()), ..Global::default() };
        assert_eq!(ca_file(flags, &[("HUFU_CA_FILE", "v.pem")]), PathBuf::from("f.pem"));
        let named = [("/home/a/.config/hufu/config.toml", "gateway = 'g'")];
        assert_eq!(settings(Global::default(), &[], &named).unwrap().gateway, PathBuf::from("/home/a/.config/hufu/g"));
        let variable = [("HUFU_GATEWAY", "/srv/g")];
        assert_eq!(settings(Global::default(), &variable, &named).unwrap().gateway, PathBuf::from("/srv/g"));
        let s = settings(Global::default(), &[], &[FAR]).unwrap();
        assert_eq!(s.state, PathBuf::from("/home/a/.config/hufu/"));
        assert_eq!(s.keys, PathBuf::from("/home/a/.config/hufu/keys"));
    }

    #[test]
    fn language_follows_the_locale_unless_told() {
        let lang = |flags, variables: &[(&str, &str)]| settings(flags, variables, &[]).map(|s| s.lang);
        assert_eq!(lang(Global::default(), &[("LANG", "zh_CN.UTF-8")]), Ok(Lang::ZhHans));
        assert_eq!(lang(Global::default(), &[("LANG", "zh_CN.UTF-8"), ("HUFU_LANG", "en")]), Ok(Lang::En));
        let flags = Global { lang: Some("fr".into()), ..Global::default() };
        assert_eq!(lang(flags, &[]).unwrap_err().code, "H1412");
    }

    #[test]
    fn unknown_fields_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        for (text, code) in [("nodes = 1", "H1401"), ("nodse = []", "H1401"), ("=", "H1401")] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap_err().code, code, "{text}");
        }
        assert_eq!(read(&folder.path().join("none")).unwrap_err().code, "H1403");
    }
}

//! Settings of the gateway, `gateway.toml`, with its token and the secrets of its webhooks.

use crate::{
    failure::{Failure, Result},
    storage, tls, when,
};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use ureq::tls::RootCerts;

/// Name of the file in the folder of the gateway.
pub(super) const FILE: &str = "gateway.toml";
/// Name of the file with the token.
pub(super) const TOKEN: &str = "token";
/// Where it listens unless it is told otherwise.
const LISTEN: &str = "127.0.0.1:4050";
/// Largest settings, token or secret, in bytes.
const MAX_FILE: usize = 64 * 1024;
/// Shortest secret of a webhook, in bytes.
const MIN_SECRET: usize = 16;
/// Most webhooks.
const MAX_HOOKS: usize = 16;
/// Most events that one document may have, and most documents of one anchor.
const MOST: usize = 20_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    listen: Option<SocketAddr>,
    events: Option<usize>,
    bytes: Option<usize>,
    kept: Option<usize>,
    life: Option<String>,
    give_up: Option<String>,
    anchor_after: Option<String>,
    anchor_most: Option<usize>,
    #[serde(default)]
    strict: bool,
    own_only: Option<bool>,
    #[serde(default)]
    webhook: Vec<HookFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HookFile {
    name: String,
    url: String,
    secret_file: PathBuf,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    kinds: Vec<String>,
    attempts: Option<u32>,
    first_retry: Option<String>,
}

/// A webhook.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) secret: Vec<u8>,
    /// The CAs, one of which vouches for the receiver, where it is reached by TLS.
    pub(super) roots: Option<RootCerts>,
    /// What is posted: a word, or the beginning of one before a point. Everything where there is none.
    pub(super) kinds: Vec<String>,
    /// Tries before a delivery is given up.
    pub(super) attempts: u32,
    /// Pause after the first failure; each pause is twice the one before.
    pub(super) first_retry: Duration,
}

/// Whether a kind of notice goes to a webhook that takes some kinds.
pub(super) fn takes(kinds: &[String], kind: &str) -> bool {
    let fits = |own: &String| kind.strip_prefix(own.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.'));
    kinds.is_empty() || kinds.iter().any(fits)
}

/// The settings in force.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) listen: SocketAddr,
    /// Most events of one document.
    pub(super) events: usize,
    /// Most bytes of one document.
    pub(super) bytes: usize,
    /// Most events that are kept in all.
    pub(super) kept: usize,
    /// How long a transaction may wait for a network that is away, before it is signed anew.
    pub(super) life: String,
    /// How long a node may fail at an act, while it answers otherwise, before that is set aside.
    pub(super) give_up: Duration,
    /// How long an event waits for others to be anchored with.
    pub(super) anchor_after: Duration,
    /// Most documents of one anchor.
    pub(super) anchor_most: usize,
    /// Whether an event that asks for an act, and lacks what it takes, is refused.
    pub(super) strict: bool,
    /// Whether an act that takes away or ends is signed only where its event names the organisation.
    pub(super) own_only: bool,
    pub(super) hooks: Vec<Hook>,
}

fn wrong(path: &Path, detail: impl std::fmt::Display) -> Failure {
    Failure::new("H1640", [("file", path.display().to_string()), ("detail", detail.to_string())])
}

impl Settings {
    /// Reads a file that was named, or that of the folder where there is one. Errors: H1640, H1644, H1403.
    pub(super) fn load(named: Option<&Path>, dir: &Path) -> Result<Settings> {
        let path = named.map_or_else(|| dir.join(FILE), Path::to_owned);
        let text = match named.is_some() || path.exists() {
            true => {
                let bytes = storage::read(&path, MAX_FILE)?;
                String::from_utf8(bytes).map_err(|_| wrong(&path, "not UTF-8"))?
            }
            false => String::new(),
        };
        let file: File = toml::from_str(&text).map_err(|e| wrong(&path, e.message()))?;
        Settings::of(file, &path)
    }

    fn of(file: File, path: &Path) -> Result<Settings> {
        let within = |name: &str, value: Option<usize>, usual: usize, most: usize| match value.unwrap_or(usual) {
            value if (1..=most).contains(&value) => Ok(value),
            value => Err(wrong(path, format!("{name} = {value}: 1 to {most}"))),
        };
        let life = file.life.unwrap_or_else(|| "2h".to_owned());
        let span = when::span(&life)?;
        if !(60_000..=24 * 3_600_000).contains(&span) {
            return Err(wrong(path, format!("life = {life}: 1m to 24h")));
        }
        let give_up = file.give_up.unwrap_or_else(|| "6h".to_owned());
        let give_up_ms = when::span(&give_up)?;
        if !(1_000..=30 * 24 * 3_600_000).contains(&give_up_ms) {
            return Err(wrong(path, format!("give-up = {give_up}: 1s to 30d")));
        }
        let listen = match file.listen {
            Some(listen) => listen,
            None => LISTEN.parse().map_err(|_| wrong(path, LISTEN))?,
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let hooks = file.webhook.into_iter().map(|hook| hook.read(folder, path)).collect::<Result<Vec<_>>>()?;
        let names: BTreeSet<&str> = hooks.iter().map(|hook| hook.name.as_str()).collect();
        if names.len() != hooks.len() || hooks.len() > MAX_HOOKS {
            return Err(wrong(path, format!("webhook: at most {MAX_HOOKS}, each with a name of its own")));
        }
        Ok(Settings {
            listen,
            events: within("events", file.events, 2_000, MOST)?,
            bytes: within("bytes", file.bytes, epcis::MAX_DOCUMENT, epcis::MAX_DOCUMENT)?,
            kept: within("kept", file.kept, 1_000_000, 100_000_000)?,
            life,
            give_up: Duration::from_millis(give_up_ms),
            anchor_after: Duration::from_millis(when::span(file.anchor_after.as_deref().unwrap_or("10s"))?),
            anchor_most: within("anchor-most", file.anchor_most, 4_096, MOST)?,
            strict: file.strict,
            own_only: file.own_only.unwrap_or(true),
            hooks,
        })
    }
}

impl HookFile {
    fn read(self, folder: &Path, path: &Path) -> Result<Hook> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(is_word) {
            return Err(wrong(path, format!("webhook name {:?}: letters, digits, - and _", self.name)));
        }
        let is_safe = match &self.ca_file {
            Some(_) => tls::is_by_tls(&self.url),
            None => tls::is_local(&self.url),
        };
        if !is_safe {
            return Err(Failure::input("H1644", self.url));
        }
        let roots = |file: PathBuf| tls::roots(&file, |detail| wrong(&file, detail));
        let roots = self.ca_file.map(|file| roots(folder.join(file))).transpose()?;
        let file = folder.join(&self.secret_file);
        let mut secret = storage::read(&file, MAX_FILE)?;
        let end = secret.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        secret.truncate(end);
        if secret.len() < MIN_SECRET {
            return Err(wrong(&file, format!("a secret has {MIN_SECRET} bytes at least")));
        }
        let first_retry = Duration::from_millis(when::span(self.first_retry.as_deref().unwrap_or("1s"))?);
        let attempts = self.attempts.unwrap_or(12).clamp(1, 100);
        Ok(Hook { name: self.name, url: self.url, secret, roots, kinds: self.kinds, attempts, first_retry })
    }
}

/// The token that every caller shows, made at the first start. Error: H1403.
pub(super) fn token(dir: &Path) -> Result<String> {
    let path = dir.join(TOKEN);
    if path.exists() {
        let bytes = storage::read(&path, MAX_FILE)?;
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        // An empty token would let everybody in.
        return match text.len() >= MIN_SECRET {
            true => Ok(text),
            false => Err(wrong(&path, format!("a token has {MIN_SECRET} characters at least"))),
        };
    }
    let token = hex::encode(keys::random::<32>()?);
    storage::replace(&path, format!("{token}\n").as_bytes())?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(dir: &Path, text: &str) -> Result<Settings> {
        std::fs::write(dir.join(FILE), text).unwrap();
        Settings::load(None, dir)
    }

    #[test]
    fn settings_have_bounds_and_their_usual_values() {
        let dir = tempfile::tempdir().unwrap();
        let usual = Settings::load(None, dir.path()).unwrap();
        assert!(usual.listen.ip().is_loopback() && usual.hooks.is_empty() && !usual.strict);
        assert_eq!(load(dir.path(), "events = 5\nlife = '30m'").unwrap().events, 5);
        assert_eq!(usual.give_up, Duration::from_secs(6 * 3_600));
        assert_eq!(load(dir.path(), "give-up = '90m'").unwrap().give_up, Duration::from_secs(90 * 60));
        assert!(usual.own_only && !load(dir.path(), "own-only = false").unwrap().own_only);
        let bad = ["events = 0", "bytes = 99999999", "life = '1s'", "life = '2d'", "give-up = '0s'", "give-up = '31d'"];
        for bad in bad.into_iter().chain(["more = 1", "webhook = 1"]) {
            assert_eq!(load(dir.path(), bad).unwrap_err().code, "H1640", "{bad}");
        }
        assert_eq!(Settings::load(Some(&dir.path().join("none")), dir.path()).unwrap_err().code, "H1403");
    }

    #[test]
    fn webhooks_stay_on_this_computer_and_have_a_secret() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("s"), "0123456789abcdef\n").unwrap();
        std::fs::write(dir.path().join("short"), "0123\n").unwrap();
        let hook = |url: &str, secret: &str| {
            load(dir.path(), &format!("[[webhook]]\nname = 'a'\nurl = '{url}'\nsecret-file = '{secret}'"))
        };
        let read = hook("http://127.0.0.1:9/x", "s").unwrap();
        assert_eq!(read.hooks[0].secret, b"0123456789abcdef");
        assert!(hook("http://[::1]:9/x", "s").is_ok() && hook("http://localhost/x", "s").is_ok());
        let bad = ["https://127.0.0.1/", "https://erp.example/", "http://10.0.0.1/", "http://localhost.example/", "x"];
        for url in bad.into_iter().chain(["http://127.0.0.1@x/"]) {
            assert_eq!(hook(url, "s").unwrap_err().code, "H1644", "{url}");
        }
        // What looks like a host is the name and password of a user.
        for url in ["http://localhost:80@x.example/", "http://[::1]@x.example/", "http://[::1].example/"] {
            assert_eq!(hook(url, "s").unwrap_err().code, "H1644", "{url}");
        }
        assert_eq!(hook("http://127.0.0.1:9/x", "short").unwrap_err().code, "H1640");
    }

    /// A CA in PEM.
    fn ca() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_webhook_of_another_computer_is_reached_by_tls_with_its_ca() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("s"), "0123456789abcdef").unwrap();
        std::fs::write(dir.path().join("ca.pem"), format!("of the warehouse\n{}{}", ca(), ca())).unwrap();
        let hook = |url: &str| {
            let text = format!("[[webhook]]\nname = 'a'\nurl = '{url}'\nsecret-file = 's'\nca-file = 'ca.pem'");
            load(dir.path(), &text).map(|mut settings| settings.hooks.remove(0))
        };
        for url in ["https://erp.example/x", "https://erp.example:8443", "https://10.0.0.1/", "https://[fd00::1]:9/x"] {
            let roots = hook(url).unwrap().roots;
            assert!(matches!(roots, Some(RootCerts::Specific(all)) if all.len() == 2), "{url}");
        }
        // Whoever names a CA means TLS, on this computer too; and a certificate is for a host.
        let bad = ["http://127.0.0.1:9/x", "https://", "https://:9/", "https://erp.example:x/", "https://a b/"];
        for url in bad.into_iter().chain(["https://u@erp.example/", "https://[erp.example]x/", "ftp://erp.example/"]) {
            assert_eq!(hook(url).unwrap_err().code, "H1644", "{url}");
        }
    }

    #[test]
    fn a_webhook_takes_its_kinds() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("s"), "0123456789abcdef").unwrap();
        let text =
            "[[webhook]]\nname = 'a'\nurl = 'http://localhost/'\nsecret-file = 's'\nkinds = ['incoming', 'refused']";
        let hook = load(dir.path(), text).unwrap().hooks.remove(0);
        assert!(takes(&hook.kinds, "incoming.offered") && takes(&hook.kinds, "refused"));
        assert!(!takes(&hook.kinds, "incomings") && !takes(&hook.kinds, "committed"));
        assert!(takes(&[], "committed"));
    }

    #[test]
    fn the_token_is_made_once() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let first = token(dir.path()).unwrap();
        assert_eq!((first.len(), token(dir.path()).unwrap()), (64, first));
        let mode = std::fs::metadata(dir.path().join(TOKEN)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(dir.path().join(TOKEN), "\n").unwrap();
        assert_eq!(token(dir.path()).unwrap_err().code, "H1640");
    }
}

//! A gateway as its own process, and a caller of it.
#![allow(unreachable_pub)]

use crate::node::NETWORK;
use keys::{KdfCost, KeyFile, PersonKey, SecretString};
use ledger::{NetworkId, OrgId, PersonId, Role, record::Roles};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Longest wait for something that comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A working folder with a key and a configuration.
pub struct Desk {
    pub folder: tempfile::TempDir,
    network: NetworkId,
}

impl Desk {
    pub fn new(node: &str) -> Desk {
        Desk::of(OrgId::default(), NETWORK, node)
    }

    /// That of an organisation on a network.
    pub fn of(org: OrgId, network: NetworkId, node: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap(), network };
        let roles = Roles::of(&[Role::Declarant, Role::Custodian, Role::Receiver]);
        let key = PersonKey::from_seed(&[1; 32], org, PersonId::default(), "A", "a", roles).unwrap();
        let sealed = KeyFile::seal(&key, &SecretString::from("password"), KdfCost::Light).unwrap();
        sealed.write_new(&desk.path("a.key")).unwrap();
        fs::write(desk.path("password"), "password\n").unwrap();
        desk.configure(&[node]);
        fs::create_dir(desk.path("g")).unwrap();
        desk.settings("anchor-after = '0s'\n");
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// With these nodes.
    pub fn configure(&self, nodes: &[&str]) {
        let nodes: Vec<String> = nodes.iter().map(|node| format!("'{node}'")).collect();
        let text = format!(
            "nodes = [{}]\nkey = 'a.key'\nkey_password_file = 'password'\nnetwork = '{}'\nlang = 'en'\n",
            nodes.join(", "),
            self.network
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn settings(&self, text: &str) {
        fs::write(self.path("g/gateway.toml"), text).unwrap();
    }

    pub fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
        command.args(["--json", "--no-input", "--config"]).arg(self.path("config.toml")).args(line);
        command.arg("--dir").arg(self.path("g"));
        command
    }

    pub fn start(&self) -> Gateway {
        let mut child =
            self.command(&["gateway", "serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let token = fs::read_to_string(told["token_file"].as_str().unwrap()).unwrap().trim().to_owned();
        Gateway { child, url: told["url"].as_str().unwrap().to_owned(), token }
    }

    pub fn journal(&self) -> String {
        fs::read_to_string(self.path("g/journal")).unwrap_or_default()
    }

    /// The lines of one kind in the journal.
    pub fn lines(&self, kind: &str) -> Vec<Value> {
        let all = self.journal();
        let lines = all.lines().filter_map(|line| serde_json::from_str::<Value>(line.split_once(' ')?.1).ok());
        lines.filter(|line| line["line"] == kind).collect()
    }

    /// `import epcis` of a document: exit code and summary, or what it failed with.
    pub fn import(&self, document: &str) -> (Option<i32>, Value) {
        self.import_with(document, &[])
    }

    /// The same with flags.
    pub fn import_with(&self, document: &str, flags: &[&str]) -> (Option<i32>, Value) {
        let file = self.path("import.json");
        fs::write(&file, document).unwrap();
        let file = file.display().to_string();
        let mut line = vec!["--yes", "import", "epcis", file.as_str()];
        line.extend(flags);
        let output = self.command(&line).output().unwrap();
        let told = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let said = String::from_utf8_lossy(told).into_owned();
        let last = said.lines().rev().find_map(|line| serde_json::from_str(line).ok());
        (output.status.code(), last.unwrap_or(Value::String(said)))
    }
}

/// A gateway that runs; it is killed in the end, as by kill -9.
pub struct Gateway {
    child: Child,
    pub url: String,
    pub token: String,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What was answered.
pub struct Told {
    pub status: u16,
    pub body: Vec<u8>,
    pub location: String,
    pub kind: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Gateway {
    pub fn get(&self, path: &str) -> Told {
        self.get_with(path, &[("Authorization", &format!("Bearer {}", self.token))])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Told {
        let mut request = agent().get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        told(request.call().unwrap())
    }

    pub fn post(&self, path: &str, kind: &str, headers: &[(&str, &str)], body: &[u8]) -> Told {
        let mut request = agent().post(format!("{}{path}", self.url)).content_type(kind);
        request = request.header("Authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        told(request.send(body).unwrap())
    }

    pub fn capture(&self, body: &str) -> Told {
        self.post("/capture", "application/json", &[], body.as_bytes())
    }

    /// The job when nothing of it runs any more.
    pub fn done(&self, place: &str) -> Value {
        until(|| Some(self.get(place).json()).filter(|job| job["running"] == false))
    }
}

/// Asks until there is an answer.
pub fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "nothing came");
        std::thread::yield_now();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().new_agent()
}

fn told(mut response: ureq::http::Response<ureq::Body>) -> Told {
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (location, kind) = (header("location"), header("content-type"));
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec().unwrap();
    Told { status, body, location, kind }
}

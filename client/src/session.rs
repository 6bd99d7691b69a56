//! One run of the program: settings, key, token, and what was read from nodes, each verified against its bytes.

use crate::{
    cli::Global,
    config::Settings,
    disclosure::Disclosures,
    failure::{Failure, Result},
    http::{Answer, Http, Stream},
    outbox::Outbox,
    output::Output,
    password::Password,
    refs::{self, OrgWord},
    storage, when,
};
use api::{
    login::{ChallengeRequest, LoginChallenge, LoginRequest, LoginToken, login_message},
    network::NetworkView,
    paths,
    view::{ClassView, ItemParts, ItemView, KeyView, OrgView, Page},
};
use keys::{KeyFile, KeyHeader, PersonKey, Signer};
use ledger::{
    ClassId, Event, Hash, ItemId, ItemRecord, KeyId, KeyRecord, NetworkId, OrgId, OrgRecord, PolicyPack, Timestamp,
    TxId,
    codec::{CodecError, decode},
    record::{
        AlertRecord, AuditRecord, ClassRecord, DutyRecord, EntryRecord, GrantRecord, ProposalRecord, SealKeyRecord,
        Stamp,
    },
    state::MAX_RECORD_BYTES,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, OnceCell},
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

/// Largest trust or token file, in bytes.
const MAX_SMALL_FILE: usize = 256 * 1024;

/// Most items that are looked through for the beginning of an identity.
const MOST_ITEMS: usize = 1_000_000;

/// What `tx draft` asks for: write the act to a file instead of sending it.
#[derive(Clone, Debug)]
pub(crate) struct Drafting {
    pub(crate) out: PathBuf,
    pub(crate) unsigned: bool,
    /// When the act becomes void, whatever its own command says.
    pub(crate) expires: Option<String>,
}

/// One run of the program.
pub(crate) struct Session {
    pub(crate) settings: Settings,
    pub(crate) out: Output,
    pub(crate) yes: bool,
    pub(crate) dry_run: bool,
    /// Whether a file that a person named may be replaced.
    pub(crate) force: bool,
    pub(crate) drafting: OnceCell<Drafting>,
    http: Http,
    /// Opened once, for the sessions with single nodes too.
    key: Rc<OnceCell<PersonKey>>,
    network: OnceCell<NetworkView>,
    tokens_loaded: Cell<bool>,
}

/// An item as its record says.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: ItemId,
    pub(crate) record: ItemRecord,
    pub(crate) view: ItemView,
}

/// A record that a node gives beside a view.
pub(crate) trait Record: Sized {
    /// Reads its canonical bytes.
    fn from_canonical(bytes: &[u8]) -> std::result::Result<Self, CodecError>;
}

macro_rules! records {
    ($($name:ty),*) => {$(
        impl Record for $name {
            fn from_canonical(bytes: &[u8]) -> std::result::Result<Self, CodecError> {
                decode(bytes, MAX_RECORD_BYTES)
            }
        }
    )*};
}
records!(
    ItemRecord,
    OrgRecord,
    KeyRecord,
    ClassRecord,
    PolicyPack,
    Event,
    GrantRecord,
    EntryRecord,
    DutyRecord,
    ProposalRecord,
    AlertRecord,
    AuditRecord,
    SealKeyRecord
);

/// A token for one node and one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    token: String,
    expires: String,
}

impl Session {
    pub(crate) fn new(settings: Settings, flags: &Global) -> Session {
        let out = Output::new(flags, settings.lang);
        let http = Http::new(settings.nodes.clone(), settings.ca_file.clone(), out.clone());
        Session {
            settings,
            out,
            yes: flags.yes,
            dry_run: flags.dry_run,
            force: flags.force,
            drafting: OnceCell::new(),
            http,
            key: Rc::default(),
            network: OnceCell::new(),
            tokens_loaded: Cell::new(false),
        }
    }

    /// Private fields that are kept here.
    pub(crate) fn disclosures(&self) -> Disclosures {
        Disclosures::at(&self.settings.state)
    }

    /// Writes a file that a person named, as by `--out`. Error: H1418 for one that is there, unless `--force`.
    pub(crate) fn write_named(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        storage::write_named(path, bytes, self.force)
    }

    /// The same question without writing. Error: H1418.
    pub(crate) fn check_name(&self, path: &Path) -> Result<()> {
        storage::check_name(path, self.force)
    }

    /// The node in use.
    pub(crate) fn node(&self) -> Result<&str> {
        self.http.node()
    }

    /// Whether all nodes of the settings can be asked, as far as these go. Errors: H1450, H1444, H1403, H1451.
    pub(crate) fn check_nodes(&self) -> Result<()> {
        self.http.check()
    }

    /// A session for each node of the settings, by itself, in their order.
    pub(crate) fn each_node(&self) -> Vec<Session> {
        let mut seen = BTreeSet::new();
        self.settings.nodes.iter().filter(|node| seen.insert(*node)).map(|node| self.at(node)).collect()
    }

    /// The same key and settings with one node.
    fn at(&self, node: &str) -> Session {
        let settings = Settings { nodes: vec![node.to_owned()], ..self.settings.clone() };
        Session {
            http: self.http.at(node.to_owned()),
            settings,
            out: self.out.clone(),
            yes: self.yes,
            dry_run: self.dry_run,
            force: self.force,
            drafting: OnceCell::new(),
            key: self.key.clone(),
            network: OnceCell::new(),
            tokens_loaded: Cell::new(false),
        }
    }

    /// Forgets what was learnt of the network, for a program that runs on while blocks come.
    pub(crate) fn renew(&mut self) {
        self.network = OnceCell::new();
    }

    // Keys

    /// Path of the configured key file.
    pub(crate) fn key_path(&self) -> Result<PathBuf> {
        match &self.settings.key {
            Some(path) => self.find_key(path),
            None => Err(Failure::new("H1402", [("setting", "key"), ("flag", "--key"), ("variable", "HUFU_KEY")])),
        }
    }

    /// A key file by path, or by its name within the keys folder.
    pub(crate) fn find_key(&self, path: &Path) -> Result<PathBuf> {
        let named = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            self.settings.keys.join(name)
        };
        let candidates = [path.to_owned(), named(""), named(".key"), named(".key.json")];
        Ok(candidates.into_iter().find(|p| p.is_file()).unwrap_or_else(|| path.to_owned()))
    }

    /// What the key file says without its password.
    pub(crate) fn key_header(&self) -> Result<KeyHeader> {
        Ok(KeyFile::read(&self.key_path()?)?.header().clone())
    }

    /// The configured key, opened with its password once.
    pub(crate) fn key(&self) -> Result<&PersonKey> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let key = self.open_key(&self.key_path()?)?;
        Ok(self.key.get_or_init(|| key))
    }

    /// The key of a file, opened with its password.
    pub(crate) fn open_key(&self, path: &Path) -> Result<PersonKey> {
        let file = KeyFile::read(path)?;
        let question = format!("{} {}", self.out.pick("password of", "密码："), path.display());
        Ok(file.open(&Password::of_key(self).get(&question)?)?)
    }

    // Tokens

    fn tokens_path(&self) -> PathBuf {
        self.settings.state.join("tokens.json")
    }

    fn tokens(&self) -> BTreeMap<String, Token> {
        // A token file that cannot be read costs a new login and nothing else.
        let bytes = storage::read(&self.tokens_path(), MAX_SMALL_FILE).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Under which a token of the node in use is kept.
    fn token_name(&self) -> Result<String> {
        Ok(token_name(self.node()?, &self.key_header()?.id()))
    }

    /// Takes what each node gave for the configured key.
    fn load_tokens(&self) {
        if self.tokens_loaded.replace(true) {
            return;
        }
        let Ok(header) = self.key_header() else { return };
        let (tokens, key) = (self.tokens(), header.id());
        self.http.set_tokens(|node| Some(tokens.get(&token_name(node, &key))?.token.clone()));
    }

    /// Signs a challenge and keeps the token.
    pub(crate) fn login(&self) -> Result<LoginToken> {
        let key = self.key()?;
        let request = ChallengeRequest { key: key.key_id().to_string() };
        let challenge: LoginChallenge = self.http.post_json(paths::LOGIN_CHALLENGE, &request)?.json()?;
        let network = self.network_id()?;
        if challenge.network != network.to_string() {
            return Err(self.other_network(&network, &challenge.network));
        }
        let bytes: Hash = challenge.challenge.parse().map_err(|_| self.mismatch("challenge"))?;
        let signature = key.sign(&login_message(&network, &key.key_id(), &bytes.0));
        let answer = LoginRequest {
            key: request.key,
            challenge: challenge.challenge,
            signature: api::bytes::encode(&signature.0),
        };
        let token: LoginToken = self.http.post_json(paths::LOGIN, &answer)?.json()?;
        let mut tokens = self.tokens();
        let kept = Token { token: token.token.clone(), expires: token.expires.clone() };
        tokens.insert(self.token_name()?, kept);
        self.write_tokens(&tokens)?;
        self.load_tokens();
        self.http.set_token(token.token.clone());
        Ok(token)
    }

    /// Ends the token here and at the node.
    pub(crate) fn logout(&self) -> Result<()> {
        self.load_tokens();
        let mut tokens = self.tokens();
        let known = tokens.remove(&self.token_name()?).is_some();
        self.write_tokens(&tokens)?;
        match known {
            true => self.http.post_bytes(paths::LOGOUT, &[], &[]).map(|_| ()),
            false => Ok(()),
        }
    }

    fn write_tokens(&self, tokens: &BTreeMap<String, Token>) -> Result<()> {
        storage::folder(&self.settings.state)?;
        // Writing plain structs to memory fails for no value.
        storage::replace(&self.tokens_path(), &serde_json::to_vec_pretty(tokens).unwrap_or_default())
    }

    // Reading

    /// Asks with the token at hand, and once more with a new one when that is not honoured.
    fn with_login<T>(&self, ask: impl Fn() -> Result<T>) -> Result<T> {
        self.load_tokens();
        match ask() {
            Err(failure) if matches!(failure.code.as_str(), "H2301" | "H2302") && self.settings.key.is_some() => {
                self.login()?;
                ask()
            }
            other => other,
        }
    }

    /// GET, with a login where one is needed.
    pub(crate) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Answer> {
        self.with_login(|| self.http.get(path, query))
    }

    /// POST of canonical bytes, with a login where one is needed.
    pub(crate) fn post(&self, path: &str, query: &[(&str, String)], body: &[u8]) -> Result<Answer> {
        self.with_login(|| self.http.post_bytes(path, query, body))
    }

    /// POST of a file, with a login where one is needed.
    pub(crate) fn post_file(&self, path: &str, file: &fs::File) -> Result<Answer> {
        self.with_login(|| self.http.post_file(path, file))
    }

    /// DELETE, likewise.
    pub(crate) fn delete(&self, path: &str) -> Result<Answer> {
        self.with_login(|| self.http.delete(path))
    }

    /// GET of much, from a byte on, likewise.
    pub(crate) fn stream(&self, path: &str, from: u64) -> Result<Stream> {
        self.with_login(|| self.http.stream(path, from))
    }

    /// GET of JSON.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T> {
        self.get(path, query)?.json()
    }

    /// All pages of a list. Error: H1441 where it has more than `most` entries: a part is never given for the whole.
    pub(crate) fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        most: usize,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each_page(path, query, most, |items| {
            all.extend(items);
            Ok(())
        })?;
        Ok(all)
    }

    /// The same page by page, for lists of which no more than one is to be held.
    pub(crate) fn each_page<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        most: usize,
        mut take: impl FnMut(Vec<T>) -> Result<()>,
    ) -> Result<()> {
        let mut seen = 0usize;
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", paths::MAX_LIMIT.to_string()));
            query.extend(cursor.clone().map(|c| ("cursor", c)));
            let page: Page<T> = self.read(path, &query)?;
            // A page may be short or empty and not the last: of what was looked at, this reader sees little.
            let is_last = page.next.is_none() || page.next == cursor;
            seen += page.items.len();
            if seen > most || (seen == most && !is_last) {
                return Err(Failure::new("H1441", [("most", most.to_string()), ("path", path.to_owned())]));
            }
            take(page.items)?;
            if is_last {
                return Ok(());
            }
            cursor = page.next;
        }
    }

    /// A record that stands beside a view.
    pub(crate) fn record<T: Record>(&self, text: &str) -> Result<T> {
        let bytes = api::bytes::decode(text).map_err(|_| self.mismatch("record"))?;
        T::from_canonical(&bytes).map_err(|e| self.mismatch(&e.to_string()))
    }

    /// The node shows something else than its bytes say.
    pub(crate) fn mismatch(&self, detail: &str) -> Failure {
        Failure::new("H7013", [("node", self.http.node().unwrap_or_default()), ("detail", detail)])
    }

    // The network

    pub(crate) fn other_network(&self, expected: &NetworkId, found: &str) -> Failure {
        Failure::new("H3002", [("expected", expected.to_string()), ("found", found.to_owned())])
    }

    /// The trust root of the settings.
    pub(crate) fn trust(&self) -> Result<Option<proof::TrustRoot>> {
        self.settings.trust.as_deref().map(|file| self.trust_of(file)).transpose()
    }

    /// The trust root of a file.
    pub(crate) fn trust_of(&self, file: &Path) -> Result<proof::TrustRoot> {
        Ok(proof::TrustRoot::from_json(&storage::read(file, MAX_SMALL_FILE)?)?)
    }

    /// A trust root by its file, else that of the settings.
    pub(crate) fn trust_at(&self, file: Option<&Path>) -> Result<Option<proof::TrustRoot>> {
        match file {
            Some(path) => self.trust_of(path).map(Some),
            None => self.trust(),
        }
    }

    /// As [`Session::trust_at`], for what cannot do without one.
    pub(crate) fn needed_trust(&self, file: Option<&Path>) -> Result<proof::TrustRoot> {
        let missing = || Failure::new("H1402", [("setting", "trust"), ("flag", "--trust"), ("variable", "HUFU_TRUST")]);
        self.trust_at(file)?.ok_or_else(missing)
    }

    /// The network that the settings name, by configuration or trust file.
    fn pinned(&self) -> Result<Option<NetworkId>> {
        match self.settings.network {
            Some(network) => Ok(Some(network)),
            None => Ok(self.trust()?.map(|t| t.network())),
        }
    }

    /// What the node says about the network, which must be the pinned one.
    pub(crate) fn network(&self) -> Result<&NetworkView> {
        if let Some(view) = self.network.get() {
            return Ok(view);
        }
        let view: NetworkView = self.http.get(paths::NETWORK, &[])?.json()?;
        if let Some(expected) = self.pinned()?.filter(|n| n.to_string() != view.network) {
            return Err(self.other_network(&expected, &view.network));
        }
        Ok(self.network.get_or_init(|| view))
    }

    /// Identity of the network: as pinned, else as the node says.
    pub(crate) fn network_id(&self) -> Result<NetworkId> {
        match self.pinned()? {
            Some(network) => Ok(network),
            None => self.network()?.network.parse().map_err(|_| self.mismatch("network")),
        }
    }

    /// Time of the last block; this computer's where no node can be asked.
    pub(crate) fn block_time(&self) -> Timestamp {
        let view = self.network().ok();
        view.and_then(|v| api::time::parse(&v.as_of.time).ok()).unwrap_or_else(when::now)
    }

    /// The policy pack in force, checked against its hash.
    pub(crate) fn pack(&self) -> Result<PolicyPack> {
        let view = &self.network()?.pack;
        let pack: PolicyPack = self.record(&view.record)?;
        match pack.hash().to_string() == view.hash {
            true => Ok(pack),
            false => Err(self.mismatch("pack")),
        }
    }

    // Organisations and keys

    /// An organisation by whatever word names it.
    pub(crate) fn org_id(&self, input: &str) -> Result<OrgId> {
        let name = match refs::org(input)? {
            OrgWord::Id(id) => return Ok(id),
            OrgWord::Name(name) => name,
        };
        let all: Vec<OrgView> = self.pages(paths::ORGS, &[], 100_000)?;
        let found: Vec<&OrgView> = all.iter().filter(|o| o.name == name).collect();
        match found.as_slice() {
            [one] => one.id.parse().map_err(|_| self.mismatch("org")),
            [] => Err(Failure::new(
                "H7004",
                [("kind", self.out.pick("organisation", "机构").to_owned()), ("input", name)],
            )),
            many => {
                let list: Vec<String> = many.iter().map(|o| o.id.clone()).collect();
                Err(refs::several(&name, many.len(), &list))
            }
        }
    }

    /// The record of an organisation.
    pub(crate) fn org(&self, id: &OrgId) -> Result<(OrgView, OrgRecord)> {
        let view: OrgView = self.read(&paths::fill(paths::ORG, &id.to_string()), &[])?;
        let record: OrgRecord = self.record(&view.record)?;
        match OrgId::of(&record.profile.identifier) == *id && OrgView::of(&record) == view {
            true => Ok((view, record)),
            false => Err(self.mismatch("org")),
        }
    }

    /// Names of organisations, as far as they can be had.
    pub(crate) fn org_names(&self, ids: &[OrgId]) -> BTreeMap<String, String> {
        let named = ids.iter().filter_map(|id| Some((id.to_string(), self.org(id).ok()?.0.name)));
        named.collect()
    }

    /// Names of organisations and classes, as far as they can be had.
    pub(crate) fn names(&self, orgs: &[OrgId], classes: &[ClassId]) -> BTreeMap<String, String> {
        let mut names = self.org_names(orgs);
        names.extend(classes.iter().filter_map(|id| Some((id.to_string(), self.class_name(id)?))));
        names
    }

    /// The name of a class that a node shows and its record says.
    fn class_name(&self, id: &ClassId) -> Option<String> {
        let view: ClassView = self.read(&paths::fill(paths::CLASS, &id.to_string()), &[]).ok()?;
        let record: ClassRecord = self.record(&view.record).ok()?;
        (ClassId::of(&record.code) == *id && ClassView::of(&record) == view).then_some(view.name)
    }

    /// The record of a key.
    pub(crate) fn key_record(&self, id: &KeyId) -> Result<(KeyView, KeyRecord)> {
        let view: KeyView = self.read(&paths::fill(paths::KEY, &id.to_string()), &[])?;
        let record: KeyRecord = self.record(&view.record)?;
        match KeyId::of_ed25519(&record.key) == *id && KeyView::of(&record) == view {
            true => Ok((view, record)),
            false => Err(self.mismatch("key")),
        }
    }

    /// The keys of an organisation.
    pub(crate) fn org_keys(&self, org: &OrgId) -> Result<Vec<(KeyView, KeyRecord)>> {
        let views: Vec<KeyView> = self.pages(&paths::fill(paths::ORG_KEYS, &org.to_string()), &[], 10_000)?;
        let mut keys = Vec::with_capacity(views.len());
        for view in views {
            let record: KeyRecord = self.record(&view.record)?;
            if KeyView::of(&record) != view || record.org != *org {
                return Err(self.mismatch("key"));
            }
            keys.push((view, record));
        }
        Ok(keys)
    }

    // Items

    /// An item by its identity, the beginning of it, or a code. Error: H1407 when several are meant.
    pub(crate) fn item(&self, input: &str) -> Result<Item> {
        let path = match item_path(input) {
            // A code of digits alone may be the beginning of an identity as well.
            Err(failure) if refs::is_prefix(input.trim()) => self.item_like(input.trim())?.ok_or(failure)?,
            other => other?,
        };
        let path = paths::fill(paths::ITEM, &path);
        let answer = self.get(&path, &[])?;
        if answer.status == 300 {
            let page: Page<ItemView> = answer.json()?;
            let list: Vec<String> = page.items.iter().map(|i| i.id.clone()).collect();
            return Err(refs::several(input, list.len(), &list));
        }
        let item = self.checked_item(answer.json()?)?;
        let is_asked = match (input.trim().parse::<ItemId>(), gs1::parse_code(input.trim())) {
            (Ok(id), _) => item.id == id,
            (Err(_), Ok(code)) => item.record.code == code,
            (Err(_), Err(_)) => true,
        };
        // What is signed is about the thing that was named, whatever a node answers.
        if is_asked { Ok(item) } else { Err(self.mismatch("code")) }
    }

    /// The identity of the one item among those that one may see which begins like this.
    fn item_like(&self, prefix: &str) -> Result<Option<String>> {
        let views: Vec<ItemView> = self.pages(paths::ITEMS, &[], MOST_ITEMS)?;
        refs::by_prefix(prefix, views.into_iter().map(|view| view.id))
    }

    /// A transaction by its identity, or the beginning of one that is known here: in the outbox, among what is kept of
    /// private fields, or among the proposals that one may see. Errors: H1407, H1409.
    pub(crate) fn tx_id(&self, input: &str) -> Result<TxId> {
        let word = input.trim();
        if let Ok(id) = word.parse() {
            return Ok(id);
        }
        if !refs::is_prefix(word) {
            return Err(Failure::input("H1409", input));
        }
        let mut known: Vec<String> =
            Outbox::at(&self.settings.state).list()?.drafts.iter().map(|draft| draft.id().to_string()).collect();
        for (_, read) in self.disclosures().all(&self.network_id()?)? {
            known.extend(read.iter().flat_map(|kept| &kept.lists).map(|kept| kept.tx.to_string()));
        }
        // Without a node those that are kept here have to do.
        known.extend(crate::shown::proposals(self).unwrap_or_default().iter().map(|proposal| proposal.id.to_string()));
        let found = refs::by_prefix(word, known)?;
        found.and_then(|id| id.parse().ok()).ok_or_else(|| Failure::input("H1409", input))
    }

    /// The items of a code that this organisation holds and has something of.
    ///
    /// Nothing is known of them without a node: that is warned of, for an act may be drafted on the road.
    pub(crate) fn held(&self, code: &gs1::ItemCode) -> Result<Vec<Item>> {
        match self.views_of(code) {
            Err(failure) if matches!(failure.code.as_str(), "H4301" | "H7004") => Ok(Vec::new()),
            Err(failure) if failure.is_of_the_road() => {
                self.out.warn(self.out.pick(
                    "no node was asked whether this code is registered already",
                    "未能向节点查询此编码是否已登记",
                ));
                Ok(Vec::new())
            }
            other => self.own(other?),
        }
    }

    /// The items of a code that one may see.
    pub(crate) fn items_of(&self, code: &gs1::ItemCode) -> Result<Vec<Item>> {
        let items: Vec<Item> =
            self.views_of(code)?.into_iter().map(|view| self.checked_item(view)).collect::<Result<_>>()?;
        if items.iter().all(|item| item.record.code == *code) { Ok(items) } else { Err(self.mismatch("code")) }
    }

    fn views_of(&self, code: &gs1::ItemCode) -> Result<Vec<ItemView>> {
        let answer = self.get(&paths::fill(paths::ITEM, &code.to_string()), &[])?;
        Ok(match answer.status {
            300 => answer.json::<Page<ItemView>>()?.items,
            _ => vec![answer.json()?],
        })
    }

    /// Of some items those that this organisation holds and has something of.
    pub(crate) fn own(&self, views: Vec<ItemView>) -> Result<Vec<Item>> {
        let org = self.key_header()?.org;
        let items: Vec<Item> = views.into_iter().map(|view| self.checked_item(view)).collect::<Result<_>>()?;
        Ok(items.into_iter().filter(|i| i.record.custodian == org && !i.record.on_hand.is_zero()).collect())
    }

    /// Checks a view of an item against the record beside it.
    pub(crate) fn checked_item(&self, view: ItemView) -> Result<Item> {
        let id: ItemId = view.id.parse().map_err(|_| self.mismatch("id"))?;
        let record: ItemRecord = self.record(&view.record)?;
        let mut computed = ItemView::of(ItemParts {
            id: &id,
            item: &record,
            class: None,
            custodian: None,
            registrant: None,
            as_of: Stamp::default(),
        });
        let same_orgs = computed.custodian.id == view.custodian.id && computed.registrant.id == view.registrant.id;
        if !same_orgs || computed.class.id != view.class.id {
            return Err(self.mismatch("item"));
        }
        // Names and class are other records; the height is the node's word.
        computed.class = view.class.clone();
        computed.custodian = view.custodian.clone();
        computed.registrant = view.registrant.clone();
        computed.as_of = view.as_of.clone();
        match computed == view {
            true => Ok(Item { id, record, view }),
            false => Err(self.mismatch("item")),
        }
    }
}

/// Under which a token of a node for a key is kept.
fn token_name(node: &str, key: &KeyId) -> String {
    format!("{node} {key}")
}

/// The path of an item: its identity, or its code as a Digital Link path.
pub(crate) fn item_path(input: &str) -> Result<String> {
    let input = input.trim();
    match input.parse::<ItemId>() {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Ok(code(input)?.to_string()),
    }
}

/// A code in any form. Digits alone are a GTIN whose lot or serial was left out, not a scan of unknown elements.
pub(crate) fn code(input: &str) -> Result<gs1::ItemCode> {
    let input = input.trim();
    if matches!(input.len(), 8 | 12..=14) && input.bytes().all(|b| b.is_ascii_digit()) {
        input.parse::<gs1::Gtin>()?;
        return Err(gs1::CodeError::NoLotOrSerial { input: input.to_owned() }.into());
    }
    Ok(gs1::parse_code(input)?)
}

/// The keys folder's files, by name.
pub(crate) fn key_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(folder, &error)),
    };
    let is_key = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.ends_with(".key") || name.ends_with(".key.json")
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok()).map(|e| e.path()).filter(is_key).collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_identity_and_by_any_form_of_code() {
        let id = "ab".repeat(32);
        assert_eq!(item_path(&format!(" {id} ")), Ok(id));
        for form in
            ["(01)09521100000017(10)L1", "01/09521100000017/10/L1", "https://id.gs1.org/01/09521100000017/10/L1"]
        {
            assert_eq!(item_path(form), Ok("01/09521100000017/10/L1".into()), "{form}");
        }
        assert_eq!(item_path("?").unwrap_err().code, "H1103");
        assert_eq!(item_path("06901234567893").unwrap_err().code, "H1203");
        assert_eq!(item_path("09521100000017").unwrap_err().code, "H1122");
    }
}

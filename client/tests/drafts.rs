//! Every command that acts makes the very act that a file describes: what `hufu tx draft -- COMMAND` writes is what
//! `hufu tx draft --act FILE` writes, but for salts, nonce and expiry.

use crate::node::{GTIN, NETWORK, Node};
use crate::office::{
    CUSTOMS, ENVIRONMENT, FILING, FIRM, GRANT, HEALTH, JOINT, LABORATORY, LEAD, PARTNER, PEOPLE, PROPOSAL, Person,
    SCIENCE, class, item_id, premises, serve,
};
use keys::{KdfCost, KeyFile, SecretString, Signer};
use ledger::{
    Hash, Operation, PersonId, Role, Timestamp, TxBody,
    codec::decode,
    operation::{Change, Entry, EntryBody, Note},
};
use std::{ffi::OsString, fs, path::PathBuf};

/// A folder with everybody's key, and a node.
struct Desk {
    folder: tempfile::TempDir,
    node: Node,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap(), node: Node::start() };
        serve(&desk.node);
        for person in PEOPLE {
            let sealed = KeyFile::seal(&person.key(), &SecretString::from("password"), KdfCost::Light).unwrap();
            sealed.write_new(&desk.path(&format!("{}.key", person.seed))).unwrap();
        }
        fs::write(desk.path("password"), "password\n").unwrap();
        fs::write(desk.path("paper.pdf"), "paper").unwrap();
        let text = format!(
            "nodes = ['{}']\nkey_password_file = 'password'\nnetwork = '{NETWORK}'\nlang = 'en'\n",
            desk.node.url
        );
        fs::write(desk.path("config.toml"), text).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command line with somebody's key; its exit code.
    fn hufu(&self, person: Person, line: &[String]) -> u8 {
        let (config, key) = (self.path("config.toml"), self.path(&format!("{}.key", person.seed)));
        let flags = ["hufu", "--yes", "--quiet", "--no-input", "--config"].map(OsString::from);
        let files = [config.into_os_string(), OsString::from("--key"), key.into_os_string()];
        client::run(flags.into_iter().chain(files).chain(line.iter().map(OsString::from)))
    }

    /// What a draft holds: the body, and what its entries say.
    fn draft(&self, person: Person, line: &[String]) -> (TxBody, Vec<EntryBody>, Hash) {
        let file = self.path("draft.json");
        let out = ["--force", "tx", "draft", "--unsigned", "--out", &file.display().to_string()].map(str::to_owned);
        let whole: Vec<String> = out.into_iter().chain(line.iter().cloned()).collect();
        assert_eq!(self.hufu(person, &whole), 0, "{}", line.join(" "));
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let bytes = |value: &serde_json::Value| api::bytes::decode(value.as_str().unwrap()).unwrap();
        let body: TxBody = decode(&bytes(&json["body"]), ledger::bounds::MAX_TX_BYTES).unwrap();
        let entries = json["entries"].as_array().unwrap().iter();
        let entries: Vec<Entry> = entries.map(|entry| decode(&bytes(entry), 65_536).unwrap()).collect();
        let root = ledger::list::root(&entries.iter().map(Entry::hash).collect::<Vec<_>>());
        (body, entries.into_iter().map(|entry| entry.body).collect(), root)
    }

    /// The words of a command line: an underscore is a blank within a word, DIR this folder.
    fn words(&self, line: &str) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        line.split(' ').map(|word| filled(&word.replace('_', " ")).replace("DIR/", &folder)).collect()
    }

    /// The body that a command line drafts.
    fn body(&self, person: Person, line: &str) -> TxBody {
        let words: Vec<String> = [String::from("--")].into_iter().chain(self.words(line)).collect();
        self.draft(person, &words).0
    }

    /// Both ways lead to the same act by the same signers.
    fn same(&self, person: Person, line: &str, act: &str) -> TxBody {
        let words: Vec<String> = [String::from("--")].into_iter().chain(self.words(line)).collect();
        let (told, entries, root) = self.draft(person, &words);
        let file = self.path("act.toml");
        fs::write(&file, act).unwrap();
        let read = ["--act".to_owned(), file.display().to_string()];
        let (read, read_entries, read_root) = self.draft(person, &read);
        let bare = |body: &TxBody, root: &Hash| format!("{:?}", body.operation).replace(&root.to_string(), "ROOT");
        assert_eq!(bare(&told, &root), bare(&read, &read_root), "{line}");
        assert_eq!(entries, read_entries, "{line}");
        let who = |body: &TxBody| body.signers.iter().map(|s| (s.role, s.org, s.key)).collect::<Vec<_>>();
        assert_eq!(who(&told), who(&read), "{line}");
        told
    }
}

fn roles(body: &TxBody) -> Vec<&'static str> {
    body.signers.iter().map(|slot| slot.role.name()).collect()
}

/// Fills in the items, grants and organisations of these tests.
fn filled(text: &str) -> String {
    let id = |seed: u8| Hash([seed; 32]).to_string();
    [
        ("$A", item_id(21)),
        ("$B", item_id(22)),
        ("$C", item_id(23)),
        ("$U", item_id(24)),
        ("$GRANT", id(GRANT)),
        ("$FILING", id(FILING)),
        ("$PROPOSAL", id(PROPOSAL)),
        ("$ID", id(5)),
        ("$GTIN", GTIN.to_owned()),
        ("$class", class().to_string()),
        ("$PERSON", PersonId(Hash([1; 32])).to_string()),
        ("$KEY", FIRM.key().key_id().to_string()),
        ("$PAPER", blake3_of("paper")),
    ]
    .iter()
    .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Plain BLAKE3, as `b3sum` prints it.
fn blake3_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Who acts, the command line, the act, the roles that sign.
type Row = (Person, &'static str, &'static str, &'static [&'static str]);

fn check(rows: &[Row]) {
    let desk = Desk::new();
    for (person, line, act, signers) in rows {
        let body = desk.same(*person, line, &filled(act));
        assert_eq!(roles(&body), *signers, "{line}");
    }
}

const LEADS: &[&str] = &["custodian", "project-lead"];
const OFFICER: &[&str] = &["officer"];
const DECLARANT: &[&str] = &["declarant"];
const CUSTODIAN: &[&str] = &["custodian"];

#[test]
fn items() {
    check(&[
        (FIRM, "item use $A --quantity 1.5", "act = 'use'\nitem = '$A'\nquantity = '1.5 KGM'", LEADS),
        (FIRM, "item waste $A --quantity 2", "act = 'waste'\nitem = '$A'\nquantity = '2'", LEADS),
        (FIRM, "item lose $A --quantity 2 --theft", "act = 'lose'\nitem = '$A'\nquantity = '2'\ntheft = true", LEADS),
        (
            FIRM,
            "item dispose $A --quantity 10",
            "act = 'dispose'\nitem = '$A'\nquantity = '10'",
            &["custodian", "countersigner"],
        ),
        (
            FIRM,
            "item correct $A --event 3 --booked wasted --quantity 1 --reason counted_twice",
            "act = 'correct'\nitem = '$A'\nevent = 3\nbucket = 'wasted'\nquantity = '1'\nreason = 'counted twice'",
            &["custodian", "countersigner"],
        ),
        (
            FIRM,
            "item note $A $B --document DIR/paper.pdf",
            "act = 'document'\nitems = ['$A', '$B']\ndocument = '$PAPER'",
            CUSTODIAN,
        ),
        (FIRM, "item note $A --expert $ID", "act = 'expert'\nitems = ['$A']\nreport = '$ID'", CUSTODIAN),
        (
            FIRM,
            "item split $A --into 4 --into 3_KGM",
            "act = 'derive'\nkind = 'split'\ninputs = [{ item = '$A', quantity = '7' }]\noutputs = [\
             { code = '01/$GTIN/10/L1', quantity = '4 KGM', purpose = 'research' },\
             { code = '01/$GTIN/10/L1', quantity = '3 KGM', purpose = 'research' }]",
            LEADS,
        ),
        (
            FIRM,
            "item merge $A $B",
            "act = 'derive'\nkind = 'merge'\ninputs = [{ item = '$A' }, { item = '$B' }]\n\
             outputs = [{ code = '01/$GTIN/10/L1', quantity = '20 KGM', purpose = 'research' }]",
            LEADS,
        ),
        (
            FIRM,
            "item derive --input $A=2 --input $C --output 01/09521200000023/21/P001 --purpose medical",
            "act = 'derive'\nkind = 'manufacture'\ninputs = [{ item = '$A', quantity = '2' }, { item = '$C' }]\n\
             outputs = [{ code = '01/09521200000023/21/P001', purpose = 'medical' }]",
            LEADS,
        ),
        (FIRM, "item pack $U $A $C", "act = 'pack'\nunit = '$U'\nitems = ['$A', '$C']", CUSTODIAN),
        (FIRM, "item unpack $U $A", "act = 'unpack'\nunit = '$U'\nitems = ['$A']", CUSTODIAN),
        (
            FIRM,
            "item store $A --premises 9521000000018 --quarantine",
            "act = 'store'\nitems = ['$A']\npremises = '9521000000018'\nquarantine = true",
            CUSTODIAN,
        ),
        (CUSTOMS, "hold place $A --reason alert", "act = 'place-hold'\nitem = '$A'\nreason = 'alert'", OFFICER),
        (CUSTOMS, "hold lift $A --placed 4", "act = 'lift-hold'\nitem = '$A'\nplaced = 4", OFFICER),
    ]);
}

#[test]
fn the_border() {
    check(&[
        (FIRM, "agency declare $A --exempt", "act = 'declare'\nitems = ['$A']\nexempt = true", DECLARANT),
        (CUSTOMS, "agency arrive $A $B --port CNSHA", "act = 'arrive'\nitems = ['$A', '$B']\nport = 'CNSHA'", OFFICER),
        (CUSTOMS, "agency order $A", "act = 'order-inspection'\nitems = ['$A']", OFFICER),
        (CUSTOMS, "agency inspect $A --result exempt", "act = 'inspect'\nitems = ['$A']\nresult = 'exempt'", OFFICER),
        (
            CUSTOMS,
            "agency inspect $A --result passed --video DIR/paper.pdf",
            "act = 'inspect'\nitems = ['$A']\nresult = 'passed'\nvideo = '$PAPER'",
            OFFICER,
        ),
        (
            LABORATORY,
            "agency test $A --result failed --report $ID",
            "act = 'test'\nitems = ['$A']\npassed = false\nreport = '$ID'",
            &["laboratory", "tester"],
        ),
        (CUSTOMS, "agency release $A", "act = 'release'\nitems = ['$A']", OFFICER),
        (CUSTOMS, "agency return $A --reason wrong", "act = 'return'\nitems = ['$A']\nreason = 'wrong'", OFFICER),
        (
            CUSTOMS,
            "agency destroy $A --reason wrong",
            "act = 'destroy'\nitems = ['$A']\nreason = 'wrong'",
            &["officer", "countersigner"],
        ),
        (CUSTOMS, "agency exit $A --port CNSHA", "act = 'exit'\nitems = ['$A']\nport = 'CNSHA'", OFFICER),
        (
            CUSTOMS,
            "agency demand firm test:laboratory --until 10d --about $A",
            "act = 'demand'\ndebtors = ['test:firm', 'laboratory']\nuntil = '10d'\nabout = '$A'",
            OFFICER,
        ),
    ]);
}

#[test]
fn permits() {
    check(&[
        (
            FIRM,
            "permit apply $GTIN --quantity 100_KGM --direction import --region DE --purpose research --port CNSHA \
             --premises 9521000000018 --from 5d --on F-1",
            "act = 'apply'\nkind = 'permit'\nclass = '$class'\nquantity = '100 KGM'\ndirection = 'import'\n\
             region = 'DE'\npurpose = 'research'\nports = ['CNSHA']\npremises = '9521000000018'\nfrom = '5d'\n\
             on = ['$FILING']",
            DECLARANT,
        ),
        (
            FIRM,
            "permit plan $GTIN --quantity 1_KGM --direction import --region DE --from 181d",
            "act = 'apply'\nkind = 'plan'\nclass = '$GTIN'\nquantity = '1 KGM'\ndirection = 'import'\nregion = 'DE'\n\
             from = '181d'",
            DECLARANT,
        ),
        (
            FIRM,
            "permit clearance $GTIN --quantity 1_KGM --direction import --region DE",
            "act = 'apply'\nkind = 'clearance'\nclass = '$GTIN'\nquantity = '1 KGM'\ndirection = 'import'\n\
             region = 'DE'",
            DECLARANT,
        ),
        (
            FIRM,
            "permit filing $GTIN --quantity 1_KGM --direction export --region HK --counterpart partner",
            "act = 'apply'\nkind = 'hgr-filing'\nclass = '$GTIN'\nquantity = '1 KGM'\ndirection = 'export'\n\
             region = 'HK'\ncounterpart = 'partner'",
            &["declarant", "joint"],
        ),
        (CUSTOMS, "permit pause SZ-1 --notice $ID", "act = 'pause'\ngrant = '$GRANT'\nnotice = '$ID'", OFFICER),
        (CUSTOMS, "permit resume SZ-1", "act = 'resume'\ngrant = '$GRANT'", OFFICER),
        (
            CUSTOMS,
            "permit grant $GRANT --number SZ-2 --lane instant-permit --from 1d",
            "act = 'grant'\ngrant = '$GRANT'\nnumber = 'SZ-2'\nlane = 'instant-permit'\nfrom = '1d'",
            OFFICER,
        ),
        (CUSTOMS, "permit refuse $GRANT --reason no", "act = 'refuse-grant'\ngrant = '$GRANT'\nreason = 'no'", OFFICER),
        (SCIENCE, "permit resume F-1", "act = 'resume'\ngrant = '$FILING'", OFFICER),
        (FIRM, "permit cancel SZ-1 --reason no", "act = 'cancel'\ngrant = '$GRANT'\nreason = 'no'", DECLARANT),
        (CUSTOMS, "permit cancel SZ-1 --reason no", "act = 'cancel'\ngrant = '$GRANT'\nreason = 'no'", OFFICER),
        (FIRM, "permit assign SZ-1 $A $B", "act = 'assign'\ngrant = '$GRANT'\nitems = ['$A', '$B']", DECLARANT),
    ]);
}

#[test]
fn registries_and_motions() {
    check(&[
        (
            CUSTOMS,
            "registry enter rating --org firm --period 2024 --value A --from 1d --to 365d --documents DIR/paper.pdf",
            "act = 'enact'\nchanges = [{ change = 'enter', registry = 'rating', org = 'firm', period = 2024, \
             value = 'A', from = '1d', to = '365d', documents = '$PAPER' }]",
            OFFICER,
        ),
        (
            CUSTOMS,
            "registry enter premises --org firm --place 9521000000018 --value 2",
            "act = 'enact'\nchanges = [{ change = 'enter', registry = 'premises', org = 'firm', \
             place = '9521000000018', value = '2' }]",
            OFFICER,
        ),
        (
            CUSTOMS,
            "registry enter person-ban --person $PERSON --ends-key $KEY",
            "act = 'enact'\nchanges = [{ change = 'enter', registry = 'person-ban', person = '$PERSON', \
             ends-keys = ['$KEY'] }]",
            OFFICER,
        ),
        (
            CUSTOMS,
            "registry end rating --org firm --period 2024 --why violation",
            "act = 'enact'\nchanges = [{ change = 'end', registry = 'rating', org = 'firm', period = 2024, \
             why = 'violation' }]",
            OFFICER,
        ),
        // The three sign together, in the order of the rule.
        (
            HEALTH,
            "registry enter positive-list --class $GTIN",
            "act = 'enact'\nchanges = [{ change = 'enter', registry = 'positive-list', class = '$GTIN' }]",
            &["officer", "officer", "officer"],
        ),
        (
            JOINT,
            "registry enter pilot --org firm",
            "act = 'enact'\nchanges = [{ change = 'enter', registry = 'pilot', org = 'firm' }]",
            &["delegate"],
        ),
        (
            HEALTH,
            "gov propose entry positive-list --class $GTIN --until 7d",
            "act = 'propose'\nuntil = '7d'\nchanges = [{ change = 'enter', registry = 'positive-list', \
             class = '$GTIN' }]",
            OFFICER,
        ),
        // Who asks to be entered may propose it.
        (
            FIRM,
            "gov propose entry pilot --org firm",
            "act = 'propose'\nchanges = [{ change = 'enter', registry = 'pilot', org = 'firm' }]",
            DECLARANT,
        ),
        (
            CUSTOMS,
            "gov propose end rating --org firm --period 2024 --why removed",
            "act = 'propose'\nchanges = [{ change = 'end', registry = 'rating', org = 'firm', period = 2024, \
             why = 'removed' }]",
            OFFICER,
        ),
        (
            CUSTOMS,
            "gov propose pack gacc-281 --from 100",
            "act = 'propose'\nchanges = [{ change = 'install-pack', pack = 'gacc-281', from = 100 }]",
            OFFICER,
        ),
        (
            CUSTOMS,
            "gov enact remove-agency health --from 100",
            "act = 'enact'\nchanges = [{ change = 'remove-agency', org = 'health', from = 100 }]",
            OFFICER,
        ),
        (CUSTOMS, "gov approve $PROPOSAL", "act = 'approve'\nproposal = '$PROPOSAL'", OFFICER),
        (FIRM, "gov retract $PROPOSAL", "act = 'retract'\nproposal = '$PROPOSAL'", DECLARANT),
    ]);
}

#[test]
fn reports_and_alerts() {
    check(&[
        (
            PARTNER,
            "report hgr F-1 --year 2025 --quarter 1 --usage $A=6,0,4 --last",
            "act = 'report'\nfiling = '$FILING'\nyear = 2025\nquarter = 1\nlast = true\n\
             items = [{ item = '$A', used = '6', disposed = '0', left = '4' }]",
            &["custodian", "joint"],
        ),
        // The firm may draft it as well: its own half is the second one.
        (
            LEAD,
            "report hgr F-1 --year 2025 --quarter 1 --usage $A=6,0,4",
            "act = 'report'\nfiling = '$FILING'\nyear = 2025\nquarter = 1\n\
             items = [{ item = '$A', used = '6', disposed = '0', left = '4' }]",
            &["custodian", "joint"],
        ),
        (FIRM, "report answer $ID", "act = 'answer'\nduty = '$ID'", DECLARANT),
        (
            FIRM,
            "report selfcheck $A --counted 9.5 --report DIR/paper.pdf",
            "act = 'self-check'\nitems = ['$A']\ncounted = '9.5'\nreport = '$PAPER'",
            CUSTODIAN,
        ),
        (
            CUSTOMS,
            "alert close $ID --reason looked_at",
            "act = 'close-alert'\nalert = '$ID'\nreason = 'looked at'",
            OFFICER,
        ),
    ]);
}

#[test]
fn who_signs_can_be_said() {
    let desk = Desk::new();
    let who = |body: &TxBody| body.signers.iter().map(|s| (s.role, s.key)).collect::<Vec<_>>();
    let signs = |person: Person, role| (role, person.key().key_id());

    let check = "report selfcheck $A --counted 9.5 --report $ID --with project-lead";
    assert_eq!(roles(&desk.body(FIRM, check)), LEADS);
    // The custodian consents to an inspection on his premises, whether or not somebody is named.
    let order = "agency order $A --premises 9521000000018";
    let expected = [signs(CUSTOMS, Role::Officer), signs(LEAD, Role::Joint)];
    assert_eq!(who(&desk.body(CUSTOMS, order)), expected);
    let key = LEAD.key().key_id();
    assert_eq!(who(&desk.body(CUSTOMS, &format!("{order} --with joint@test:firm:{key}"))), expected);
    let dispose = format!("item dispose $A --quantity 1 --countersigner {}", ENVIRONMENT.key().key_id());
    let expected = [signs(FIRM, Role::Custodian), signs(ENVIRONMENT, Role::Countersigner)];
    assert_eq!(who(&desk.body(FIRM, &dispose)), expected);
    let motion = "gov enact remove-agency health --from 100 --with officer@science --with officer@environment";
    assert_eq!(roles(&desk.body(CUSTOMS, motion)), ["officer"; 3]);

    fs::write(desk.path("act.toml"), filled("act = 'place-hold'\nitem = '$A'\nreason = 'x'")).unwrap();
    let file = desk.path("act.toml").display().to_string();
    let by = ["--act", &file, "--by", "officer", "--by", "officer@health", "--expires", "30m"].map(str::to_owned);
    let (body, _, _) = desk.draft(CUSTOMS, &by);
    assert_eq!(who(&body), [signs(CUSTOMS, Role::Officer), signs(HEALTH, Role::Officer)]);

    // How long an act lives is said once, for either way, and refused before anybody signs.
    let out = desk.path("life.json").display().to_string();
    let life = |expires: &str, act: &str| {
        let words = ["--force", "tx", "draft", "--unsigned", "--out", &out, "--expires", expires].map(str::to_owned);
        let code = desk.hufu(FIRM, &words.into_iter().chain(desk.words(act)).collect::<Vec<_>>());
        let json = fs::read(&out).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        (code, json.map(|json| json["readable"]["expires"].as_str().unwrap().to_owned()))
    };
    let at = |hours: u64| Some(api::time::rfc3339(ledger::Timestamp(1_800_000_000_000 + hours * 3_600_000)));
    assert_eq!(life("25h", "-- agency declare $A"), (1, None));
    assert_eq!(life("23h", "-- agency declare $A"), (0, at(23)));
    assert_eq!(life("3h", "-- agency declare $A --expires 5h"), (0, at(3)));
    assert_eq!(life("49h", "-- item use $A --quantity 1"), (0, at(49)));
    assert_eq!(life("73h", "-- item use $A --quantity 1"), (1, at(49)));

    // A key that the rule does not ask for, and one too many.
    let fails = |person: Person, line: &str| {
        let out = desk.path("none.json").display().to_string();
        let words = ["tx", "draft", "--unsigned", "--out", &out, "--"].map(str::to_owned);
        desk.hufu(person, &words.into_iter().chain(desk.words(line)).collect::<Vec<_>>())
    };
    assert_eq!(fails(FIRM, "agency release $A"), 4);
    assert_eq!(fails(HEALTH, "agency release $A"), 4);
    assert_eq!(fails(CUSTOMS, "agency release $A --with officer@health"), 4);
    assert_eq!(fails(FIRM, "item waste $A --quantity 1 --with boss"), 2);
    assert_eq!(fails(CUSTOMS, "permit resume SZ-9"), 3);
    // What is wrong is said of the value, and not of the command line.
    let said = |person: Person, line: &str, parts: &[&str]| {
        let text = printed(&desk, person, line);
        assert!(parts.iter().all(|part| text.contains(part)), "{line}: {text}");
    };
    // What makes no act leaves no draft, and is not run.
    for line in ["item list", "tx submit DIR/none.json", "outbox send", "agency countersign DIR/none.json"] {
        assert_eq!(fails(CUSTOMS, line), 2, "{line}");
        said(CUSTOMS, &format!("tx draft --out DIR/none.json -- {line}"), &["H1449"]);
    }
    said(CUSTOMS, "audit export --from 3 --to 2", &["H1444", "up to 2"]);
    said(CUSTOMS, "audit export --from 100000", &["H1444"]);
    said(CUSTOMS, "gov propose pack shenzhen-draft --from 100", &["H1448", "--orientation"]);
    let plan = "permit plan $GTIN --quantity 1_KGM --direction import --from 181d --region";
    said(FIRM, "item use $A --quantity -5", &["H1232"]);
    said(FIRM, "handover offer $A --to partner --until -3d", &["H1444", "-3d"]);
    said(FIRM, &format!("{plan} Germany"), &["H1444", "two letters"]);
    said(FIRM, "item register 01/$GTIN/10/L9", &["H1443", "--quantity"]);
    said(CUSTOMS, "registry enter laboratory --org firm --value x", &["H1446", "laboratory"]);
    said(CUSTOMS, "registry enter positive-list --org firm", &["H1445", "--class"]);
    said(FIRM, "agency release $A", &["H4101", "custodian@enterprise", "officer@customs"]);
    said(CUSTOMS, "hold lift $A", &["H7004", "/10/L1"]);
    said(
        CUSTOMS,
        "agency order $A --premises 9521000000018 --with joint@laboratory",
        &["H1447", "--with", "laboratory"],
    );
    assert_eq!(fails(CUSTOMS, "gov enact pack gacc-281 --from 100 --until 7d"), 2);
}

#[test]
fn changes_of_a_file_are_one_motion() {
    let desk = Desk::new();
    let text = "changes = [{ change = 'enter', registry = 'qualified', org = 'firm', value = 'research' },\
                { change = 'end', registry = 'rating', org = 'firm', period = 2024, why = 'removed' }]";
    fs::write(desk.path("changes.toml"), text).unwrap();
    let body = desk.body(CUSTOMS, "gov propose file DIR/changes.toml");
    let Operation::Propose { motion, .. } = &body.operation else { panic!("{:?}", body.operation) };
    assert_eq!(motion.changes.iter().map(Change::name).collect::<Vec<_>>(), ["enter", "end"]);
}

#[test]
fn a_series_is_anchored_and_one_altered_reading_fails() {
    let desk = Desk::new();
    let list = desk.path("van.csv");
    fs::write(&list, "time,temperature\n2025-03-03T01:00:00Z,-150.5\n2025-03-03T01:10:00Z,-149\n").unwrap();
    let anchor = "telemetry anchor DIR/van.csv --item $A";
    let body = desk.body(FIRM, anchor);
    let Operation::Note { note, .. } = &body.operation else { panic!("{:?}", body.operation) };
    let Note::Telemetry { root, count, from, to, min, max, .. } = note else { panic!("{note:?}") };
    assert_eq!((*count, *min, *max), (2, -150_500, -149_000));
    let act = format!(
        "act = 'telemetry'\nitems = ['$A']\nkind = 'temperature'\nroot = '{root}'\ncount = 2\n\
         from = '{}'\nto = '{}'\nmin = -150500\nmax = -149000",
        api::time::rfc3339(*from),
        api::time::rfc3339(*to)
    );
    // The same salts again: what was anchored stays what the file says.
    desk.same(FIRM, anchor, &filled(&act));

    let file = desk.path("van.readings.json");
    let (name, root) = (file.display().to_string(), root.to_string());
    let verify = |root: &str| {
        let words = ["telemetry", "verify", &name, "--root", root].map(str::to_owned);
        desk.hufu(FIRM, &words)
    };
    assert_eq!(verify(&root), 0);
    assert_eq!(verify(&Hash([1; 32]).to_string()), 10);
    let honest = fs::read_to_string(&file).unwrap();
    fs::write(&file, honest.replace("-149.000", "-149.001")).unwrap();
    assert_eq!(verify(&root), 10);
    fs::write(&file, honest).unwrap();
    // What cannot be read says nothing about the anchored ones.
    let text = fs::read_to_string(&file).unwrap();
    for damaged in ["", &text[..text.len() / 2]] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(verify(&root), 2);
        assert_eq!(desk.hufu(FIRM, &desk.words(anchor)), 2);
    }
    fs::write(&file, text).unwrap();
    assert_eq!(desk.hufu(FIRM, &desk.words("verify DIR/none.hufu")), 2);
    // Another list does not take the place of the salts of this one.
    fs::write(&list, "time,temperature\n2025-03-03T01:00:00Z,-151\n").unwrap();
    let words: Vec<String> = [String::from("--dry-run")].into_iter().chain(desk.words(anchor)).collect();
    assert_eq!(desk.hufu(FIRM, &words), 1);
}

/// What a command line prints.
fn printed(desk: &Desk, person: Person, line: &str) -> String {
    let (config, key) = (desk.path("config.toml"), desk.path(&format!("{}.key", person.seed)));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hufu"))
        .args(["--quiet", "--no-input", "--config"])
        .args([config, PathBuf::from("--key"), key])
        .args(desk.words(line))
        .output()
        .unwrap();
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
}

#[test]
fn a_proposal_tells_what_it_is_about_and_whose_approval_is_missing() {
    let desk = Desk::new();
    let listed = printed(&desk, CUSTOMS, "gov list");
    assert!(listed.contains("rating") && listed.contains("firm 2024"), "{listed}");
    let shown = printed(&desk, CUSTOMS, "gov show $PROPOSAL");
    assert!(shown.contains("still to approve") && shown.contains("officer@customs"), "{shown}");
}

#[test]
fn lists_have_headings_and_empty_ones_say_so() {
    let desk = Desk::new();
    for (line, heading) in [
        ("permit list", "valid to"),
        ("registry list rating --all", "from – to"),
        ("gov list", "approvals"),
        ("alert list", "standing"),
        ("report overdue", "owed by"),
        ("class list", "HS codes"),
        ("party list", "identifier"),
    ] {
        let text = printed(&desk, CUSTOMS, line);
        assert!(text.lines().next().unwrap().contains(heading) && text.lines().count() > 1, "{line}: {text}");
    }
    for line in ["permit list --state refused", "registry list tri", "item list", "hold list"] {
        let empty = serde_json::json!({"items": [], "next": null});
        desk.node.with(|state| drop(state.served.insert("/v1/holds".to_owned(), empty)));
        assert_eq!(printed(&desk, CUSTOMS, line), "none\n", "{line}");
    }
}

#[test]
fn organisations_are_found_by_the_level_of_their_premises() {
    let desk = Desk::new();
    let lines = [
        premises("9521000000018", FIRM, 2, None),
        premises("9521000000025", PARTNER, 3, None),
        premises("9521000000032", LABORATORY, 4, Some(Timestamp(1))),
    ];
    let page = serde_json::json!({"items": lines, "next": null});
    desk.node.with(|state| drop(state.served.insert("/v1/registries/premises".to_owned(), page)));
    let listed = |line: &str| {
        let text = printed(&desk, CUSTOMS, &format!("party list {line}"));
        text.lines().skip(1).map(|row| row.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("--accredited bsl2"), ["firm", "partner"]);
    assert_eq!(listed("--accredited BSL-3"), ["partner"]);
    assert_eq!(listed("--accredited 2 --kind enterprise"), ["firm"]);
    assert_eq!(listed("--accredited 4"), [""; 0]);
    for wrong in ["0", "5", "bsl", "high"] {
        let text = printed(&desk, CUSTOMS, &format!("party list --accredited {wrong}"));
        assert!(text.contains("H1444"), "{wrong}: {text}");
    }
}

#[test]
fn classes_and_items_are_shown_by_name() {
    let desk = Desk::new();
    let shown = printed(&desk, FIRM, "permit show SZ-1");
    assert!(shown.contains(&format!("x ({})", &class().to_string()[..8])), "{shown}");
    // The second signer sees what the first one saw.
    let draft = desk.words("tx draft --out DIR/d.json -- item use $A --quantity 1");
    assert_eq!(desk.hufu(FIRM, &draft), 0);
    for line in ["tx show DIR/d.json", "tx cosign DIR/d.json"] {
        let shown = printed(&desk, LEAD, line);
        assert!(shown.contains(&format!("01/{GTIN}/10/L1")) && shown.contains("10 KGM"), "{line}: {shown}");
    }
}

#[test]
fn the_beginning_of_an_identity_is_enough() {
    let desk = Desk::new();
    let items: Vec<serde_json::Value> = [21, 22, 23, 24]
        .map(|seed| desk.node.state.lock().unwrap().served[&format!("/v1/items/{}", item_id(seed))].clone())
        .to_vec();
    let page = |items: &[serde_json::Value]| serde_json::json!({"items": items, "next": null});
    desk.node.with(|state| drop(state.served.insert("/v1/items".to_owned(), page(&items))));
    let start = |seed: u8| Hash([seed; 32]).to_string()[..8].to_owned();
    let run = |words: &[&str]| desk.hufu(CUSTOMS, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    assert_eq!(run(&["item", "show", &start(21)]), 0);
    assert_eq!(run(&["item", "show", &start(99)]), 2);
    assert_eq!(run(&["permit", "show", &start(GRANT)]), 0);
    assert_eq!(run(&["permit", "show", &start(99)]), 3);
    assert_eq!(run(&["gov", "show", &start(PROPOSAL)]), 0);
    assert_eq!(run(&["gov", "show", &start(99)]), 2);
    // The same item twice is one, and two with one beginning are told.
    desk.node
        .with(|state| drop(state.served.insert("/v1/items".to_owned(), page(&[&items[..1], &items[..1]].concat()))));
    assert_eq!(run(&["item", "show", &start(21)]), 0);
    let mut like = items[0].clone();
    like["id"] = format!("{}{}", start(21), "0".repeat(56)).into();
    desk.node.with(|state| drop(state.served.insert("/v1/items".to_owned(), page(&[items[0].clone(), like]))));
    assert_eq!(run(&["item", "show", &start(21)]), 2);

    let body = desk.body(FIRM, &format!("permit assign {} $A", start(GRANT)));
    assert!(matches!(body.operation, Operation::Assign { grant, .. } if grant.0 == Hash([GRANT; 32])));
}

#[test]
fn what_is_held_already_is_registered_again_only_if_that_is_meant() {
    let desk = Desk::new();
    let code = format!("01/{GTIN}/10/L2");
    let held = desk.node.state.lock().unwrap().served[&format!("/v1/items/{}", item_id(23))].clone();
    desk.node.with(|state| {
        state.served.insert(format!("/v1/items/{code}"), held.clone());
        state.served.insert("/v1/items".to_owned(), serde_json::json!({"items": [held], "next": null}));
    });
    let register = |person: Person, flags: &[&str]| {
        let words = [&["--dry-run", "item", "register", &code, "--quantity", "2 KGM"][..], flags].concat();
        desk.hufu(person, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(register(FIRM, &[]), 2);
    assert_eq!(register(FIRM, &["--again"]), 0);
    // Two importers may hold parts of one lot.
    assert_eq!(register(PARTNER, &[]), 0);

    let list = desk.path("list.csv");
    fs::write(&list, format!("gtin,lot,quantity,unit\n{GTIN},L2,2,KGM\n{GTIN},L3,2,KGM\n")).unwrap();
    let import = |flags: &str| desk.hufu(FIRM, &desk.words(&format!("--dry-run import csv DIR/list.csv{flags}")));
    assert_eq!((import(""), import(" --again")), (6, 0));
}

#[test]
fn no_file_that_is_named_takes_the_place_of_another() {
    let desk = Desk::new();
    let (key, before) = (desk.path("1.key"), fs::read(desk.path("1.key")).unwrap());
    let out = key.display().to_string();
    for line in [
        "key export-pub --out",
        "audit export --out",
        "disclosure export --person --out",
        "item waste $A --quantity 1 --with project-lead --out",
    ] {
        let words: Vec<String> = desk.words(line).into_iter().chain([out.clone()]).collect();
        assert_eq!(desk.hufu(FIRM, &words), 1, "{line}");
        assert_eq!(fs::read(&key).unwrap(), before, "{line}");
    }
    let draft = desk.words("tx draft --out DIR/1.key -- item waste $A --quantity 1");
    assert_eq!(desk.hufu(FIRM, &draft), 1);
    assert_eq!(fs::read(&key).unwrap(), before);
    let forced = ["--force", "key", "export-pub", "--out", &out].map(str::to_owned);
    assert_eq!(desk.hufu(LEAD, &forced), 0);
    assert_ne!(fs::read(&key).unwrap(), before);
}

#[test]
fn what_a_node_shows_is_read() {
    let desk = Desk::new();
    let run = |line: &str| desk.hufu(CUSTOMS, &desk.words(line));
    for line in [
        "permit list --kind permit --state applied",
        "permit show SZ-1",
        "permit show $FILING",
        "registry list rating --all",
        "registry show rating --org firm --period 2024",
        "gov list",
        "gov show $PROPOSAL",
        "report overdue",
        "alert list --kind excursion",
        "audit export --from 2",
        "item show $A",
    ] {
        assert_eq!(run(line), 0, "{line}");
        assert_eq!(run(&format!("--json {line}")), 0, "{line}");
    }
    assert_eq!(run("registry show rating --org firm --period 2023"), 3);
    assert_eq!(run("permit show SZ-9"), 3);
    assert_eq!(run("gov show $ID"), 3);
    assert_eq!(run("alert list --kind fun"), 2);
    let file = desk.path("audit.json");
    assert_eq!(run("audit export --from 2 --to 3 --out DIR/audit.json"), 0);
    let trail: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!((trail["schema"].as_str(), trail["from"].as_u64()), (Some("hufu.audit-trail/1"), Some(2)));
    let heights: Vec<_> = trail["items"].as_array().unwrap().iter().map(|line| line["at"]["height"].clone()).collect();
    assert_eq!(heights, [2, 3]);
}

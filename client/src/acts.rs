//! The one way by which anything is signed and sent: show, ask, sign, keep, send, wait, report.

use crate::{
    cli::Plain,
    draft::Draft,
    failure::{Failure, Result},
    fate, law,
    outbox::Outbox,
    output::Sheet,
    private::Private,
    readable::{self, Readable},
    session::Session,
    shown, when,
};
use api::{
    catalogue::exit,
    paths,
    tx::{DryRun, RejectionView, TxAccepted, TxState, TxStatus},
};
use keys::KeyHeader;
use ledger::{
    GrantId, Operation, Role, Slot, TxBody, TxId,
    crypto::Suite,
    operation::{Entry, EntryBody, EntryList},
    record::ProposalState,
};
use serde::Serialize;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long an act stays valid that is sent at once, in milliseconds.
const LIFE_MS: u64 = 12 * 3_600_000;
/// How long the client waits for a decision.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait of one question to the node, in milliseconds.
const WAIT_MS: u64 = 20_000;

/// What somebody wants to do.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) operation: Operation,
    pub(crate) slots: Vec<Slot>,
    pub(crate) entries: Vec<Entry>,
    /// When the transaction becomes void, as written on the command line.
    pub(crate) expires: Option<String>,
    /// Private fields in the clear, under the roots that the operation names.
    pub(crate) private: Vec<Private>,
    /// Whether the values stay out of a draft for others.
    pub(crate) withhold: bool,
    /// Where the draft goes while others have to sign.
    pub(crate) out: Option<PathBuf>,
    /// What the bytes do not say: names, codes. Shown beside them.
    pub(crate) notes: Vec<(String, String)>,
}

impl Act {
    /// An act on a single subject.
    pub(crate) fn new(operation: Operation, slots: Vec<Slot>, expires: &Option<String>) -> Act {
        Act {
            operation,
            slots,
            entries: Vec::new(),
            expires: expires.clone(),
            private: Vec::new(),
            withhold: false,
            out: None,
            notes: Vec::new(),
        }
    }

    /// Adds the private fields that the operation commits to.
    pub(crate) fn with(self, private: Option<Private>, plain: &Plain) -> Act {
        Act { private: private.into_iter().collect(), withhold: plain.withhold, ..self }
    }

    /// Adds something to show.
    pub(crate) fn note(mut self, label: &str, value: impl Into<String>) -> Act {
        self.notes.push((label.to_owned(), value.into()));
        self
    }
}

/// The slot of a key in a role.
pub(crate) fn slot(header: &KeyHeader, role: Role) -> Slot {
    Slot { suite: Suite::Ed25519, org: header.org, key: header.id(), role }
}

/// Salted entries and the list that commits to them.
pub(crate) fn entries(bodies: Vec<EntryBody>) -> Result<(EntryList, Vec<Entry>)> {
    let mut entries = Vec::with_capacity(bodies.len());
    for body in bodies {
        entries.push(Entry { salt: keys::random()?, body });
    }
    let hashes: Vec<_> = entries.iter().map(Entry::hash).collect();
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    Ok((EntryList { count, root: ledger::list::root(&hashes) }, entries))
}

/// The body of an act, with a fresh nonce and an expiry in block time. Errors: those of a transaction's shape
/// and life.
pub(crate) fn draft(session: &Session, act: &Act) -> Result<Draft> {
    let now = session.block_time();
    let mut body = TxBody {
        network: session.network_id()?,
        nonce: keys::random()?,
        expires: now,
        signers: act.slots.clone(),
        operation: act.operation.clone(),
    };
    let drafting = session.drafting.get().and_then(|drafting| drafting.expires.as_ref());
    body.expires = match drafting.or(act.expires.as_ref()) {
        Some(text) => when::moment(text, now)?,
        None => now.plus_ms(LIFE_MS),
    };
    let draft = Draft::new(body, act.entries.clone()).with(act.private.clone());
    // What no node takes is not shown to anybody for a signature.
    draft.unsigned().check_shape()?;
    draft.body.check_time(now)?;
    Ok(draft)
}

/// Does what somebody wants to do, as far as it goes without others.
pub(crate) fn perform(session: &Session, act: Act) -> Result<u8> {
    let draft = draft(session, &act)?;
    let Act { notes, out, withhold, .. } = act;
    perform_draft(session, draft, Aside { notes, out, withhold })
}

/// What belongs to a draft and is no part of it.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// What the bytes do not say.
    pub(crate) notes: Vec<(String, String)>,
    /// Where the draft goes while others have to sign.
    pub(crate) out: Option<PathBuf>,
    /// Whether private values stay out of it.
    pub(crate) withhold: bool,
}

/// The same for a draft that is made already.
pub(crate) fn perform_draft(session: &Session, mut draft: Draft, aside: Aside) -> Result<u8> {
    let Aside { mut notes, out, withhold } = aside;
    let drafting = session.drafting.get();
    let out = drafting.map(|d| d.out.clone()).or(out);
    if let (Some(path), false) = (&out, session.dry_run) {
        session.check_name(path)?;
    }
    let signs = drafting.is_none_or(|d| !d.unsigned);
    if signs || session.dry_run {
        if notes.is_empty() {
            notes = law::items_told(session, &draft);
        }
        notes.extend(law::told(session, &draft.body.operation));
    }
    if session.dry_run {
        return dry_run(session, &draft, &notes);
    }
    let own = session.key_header().ok().map(|header| header.id());
    if out.is_some() || draft.body.signers.iter().any(|slot| Some(slot.key) != own) {
        let (label, value) = foreseen(session, &draft)?;
        if !signs {
            session.out.progress(&format!("{label}: {value}"));
        }
        notes.push((label, value));
    }
    if signs {
        confirm(session, &draft, &notes, &names(session, &draft))?;
    }
    session.disclosures().keep_draft(&draft)?;
    if signs && draft.sign(session.key()?) == 0 {
        let key = session.key()?.header().id().to_string();
        return Err(Failure::new("H1410", [("key", key)]));
    }
    if withhold {
        draft.private.clear();
    }
    match out {
        Some(path) => write_draft(session, &draft, &path),
        None if !draft.missing().is_empty() => {
            let name =
                format!("{}-{}.tx.json", draft.body.operation.act().name(), readable::short(&draft.id().to_string()));
            write_draft(session, &draft, Path::new(&name))
        }
        None => {
            let exit = send(session, &draft)?;
            if matches!(draft.body.operation, Operation::Offer { .. }) && !draft.private.is_empty() {
                // The ledger shows the receiver a commitment; the values go by another way.
                let next = session.out.pick("Give the receiver the private terms: ", "请将保密条款交给接收方：");
                session.out.progress(&format!("{next}hufu disclosure export {} --out FILE", draft.id()));
            }
            Ok(exit)
        }
    }
}

/// Does several acts that one's own key signs alone: shows each, asks once, and sends one after the other. What became
/// of each, in their order.
///
/// Errors: those by which nothing was signed.
pub(crate) fn perform_each(session: &Session, acts: Vec<Act>) -> Result<Vec<Result<u8>>> {
    if session.dry_run {
        return Ok(acts.into_iter().map(|act| perform(session, act)).collect());
    }
    let mut drafts = Vec::with_capacity(acts.len());
    for act in acts {
        let draft = draft(session, &act)?;
        let mut notes = act.notes;
        notes.extend(law::told(session, &draft.body.operation));
        session.out.show(&sheet(session, &draft, &notes, &names(session, &draft)));
        drafts.push(draft);
    }
    let question = match drafts.len() {
        0 => return Ok(Vec::new()),
        1 => session.out.pick("Sign this?", "签名吗？"),
        _ => session.out.pick("Sign all of these?", "全部签名吗？"),
    };
    ask(session, question)?;
    Ok(drafts.into_iter().map(|draft| sign_and_send(session, draft)).collect())
}

fn sign_and_send(session: &Session, mut draft: Draft) -> Result<u8> {
    session.disclosures().keep_draft(&draft)?;
    let key = session.key()?;
    if draft.sign(key) == 0 {
        return Err(Failure::new("H1410", [("key", key.header().id().to_string())]));
    }
    send(session, &draft)
}

/// Names for what a draft shows.
pub(crate) fn names(session: &Session, draft: &Draft) -> std::collections::BTreeMap<String, String> {
    session.names(&readable::orgs(&draft.body), &readable::classes(&draft.body, &draft.entries))
}

/// The decoded content, and what the command knows besides.
pub(crate) fn sheet(
    session: &Session,
    draft: &Draft,
    notes: &[(String, String)],
    names: &std::collections::BTreeMap<String, String>,
) -> Sheet {
    let mut sheet = Sheet::default();
    readable::write(&mut sheet, draft, names, &session.out);
    for (label, value) in notes {
        sheet.pair(label, value);
    }
    sheet
}

/// Shows what is about to be signed and asks. Errors: H1405 where nobody can be asked, H1406 for a no.
pub(crate) fn confirm(
    session: &Session,
    draft: &Draft,
    notes: &[(String, String)],
    names: &std::collections::BTreeMap<String, String>,
) -> Result<()> {
    session.out.show(&sheet(session, draft, notes, names));
    ask(session, session.out.pick("Sign this?", "签名吗？"))
}

/// Asks a question whose answer is yes or no; `--yes` is an answer.
pub(crate) fn ask(session: &Session, question: &str) -> Result<()> {
    if session.yes {
        return Ok(());
    }
    if session.settings.no_input || !io::stdin().is_terminal() {
        return Err(Failure::new("H1405", [("question", question)]));
    }
    eprint!("{question} [y/N] ");
    // A prompt that cannot be flushed is still answered.
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|e| Failure::file(Path::new("/dev/stdin"), &e))?;
    match matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是") {
        true => Ok(()),
        false => Err(Failure::plain("H1406")),
    }
}

/// A dry run with what would be signed.
#[derive(Serialize)]
struct DryRunShown<'a> {
    #[serde(flatten)]
    run: &'a DryRun,
    readable: Readable,
}

/// What the rules say of an act now.
pub(crate) fn judge(session: &Session, draft: &Draft) -> Result<DryRun> {
    let own = session.key_header().ok().map(|header| header.id());
    session.post(paths::TX, &[("dry_run", "1".into())], &draft.judged(own).to_bytes())?.json()
}

/// Why an act that was judged would not be done; none where it would.
pub(crate) fn objection(session: &Session, run: &DryRun) -> Option<Failure> {
    match (&run.problem, &run.rejection) {
        _ if run.accepted => None,
        (Some(problem), _) => Some(problem.clone().into()),
        (None, Some(rejection)) => Some(refusal(session, rejection)),
        (None, None) => Some(session.mismatch("dry run")),
    }
}

/// Lets the node judge what others are to sign, so that nobody signs what is refused in the end; the note for the sheet.
///
/// On the road nobody can be asked, what builds on a draft that is not sent yet cannot be judged, and neither can a draft
/// about an item that is hidden from who is to sign it before its holder: then it is said to be unchecked. Errors: those of
/// the rules.
pub(crate) fn foreseen(session: &Session, draft: &Draft) -> Result<(String, String)> {
    let out = &session.out;
    let own = session.key_header().ok().map(|header| header.id());
    let missing = draft.missing();
    let others_sign = missing.iter().filter_map(|i| draft.body.signers.get(*i)).any(|slot| Some(slot.key) != own);
    let why = match judge(session, draft).map(|run| objection(session, &run)) {
        Ok(None) => {
            let said = out.pick("the ledger would do this now", "账本现在会接受");
            return Ok((out.pick("checked", "核对").to_owned(), said.to_owned()));
        }
        // The chain before it is not in the ledger yet.
        Ok(Some(failure)) | Err(failure) if failure.code == "H1007" || failure.is_of_the_road() => failure,
        // Perhaps there is such an item, and nobody who sees it has signed yet.
        Ok(Some(failure)) if others_sign && failure.code == "H5001" => failure,
        Ok(Some(failure)) => return Err(failure),
        Err(failure) => failure,
    };
    let unchecked = out.pick("NOT CHECKED against the ledger", "未与账本核对").to_owned();
    let why = format!("{} {}", why.code, why.problem(out.lang).title);
    Ok((unchecked, why))
}

/// Lets the node judge the act, and shows it.
fn dry_run(session: &Session, draft: &Draft, notes: &[(String, String)]) -> Result<u8> {
    let run = judge(session, draft)?;
    let shown = DryRunShown { run: &run, readable: Readable::of(&draft.body, &draft.entries) };
    let names = names(session, draft);
    let out = &session.out;
    session.out.result(&shown, |text| {
        *text = sheet(session, draft, notes, &names);
        text.line(match run.accepted {
            true => out
                .pick("The ledger would do this now. Nothing was signed or sent.", "账本现在会接受。未签名，未发送。"),
            false => out.pick(
                "The ledger would refuse this now. Nothing was signed or sent.",
                "账本现在会拒绝。未签名，未发送。",
            ),
        });
        for event in &run.events {
            text.pair(
                out.pick("event", "事件"),
                format!("{} {} · {}", readable::short(&event.item), event.n, out.word(&event.kind)),
            );
        }
    });
    objection(session, &run).map_or(Ok(exit::DONE), Err)
}

/// A draft that was written for others to sign.
#[derive(Serialize)]
struct Written {
    schema: &'static str,
    file: String,
    id: String,
    /// Slots without a signature: role, organisation, key.
    missing: Vec<[String; 3]>,
}

/// Writes a draft to a file of its own, and says who has to sign it. Error: H1418.
pub(crate) fn write_draft(session: &Session, draft: &Draft, path: &Path) -> Result<u8> {
    session.write_named(path, &draft.to_json())?;
    say_written(session, draft, path)
}

/// Says where a draft is and who has to sign it.
pub(crate) fn say_written(session: &Session, draft: &Draft, path: &Path) -> Result<u8> {
    let missing: Vec<[String; 3]> = draft
        .missing()
        .iter()
        .filter_map(|i| draft.body.signers.get(*i))
        .map(|s| [s.role.name().into(), s.org.to_string(), s.key.to_string()])
        .collect();
    let written = Written {
        schema: "hufu.draft-written/1",
        file: path.display().to_string(),
        id: draft.id().to_string(),
        missing: missing.clone(),
    };
    let out = &session.out;
    let names = names(session, draft);
    out.result(&written, |text| {
        text.line(format!("{}{}", out.pick("Draft written: ", "草稿已写入："), written.file));
        for [role, org, key] in &missing {
            let org = names.get(org).cloned().unwrap_or_else(|| readable::short(org));
            let who = format!("{} · {org} · {} {}", out.word(role), out.pick("key", "密钥"), readable::short(key));
            text.pair(out.pick("still has to sign", "待签名"), who);
        }
        let (next, file) = (if missing.is_empty() { "submit" } else { "cosign" }, &written.file);
        text.line(format!("{}hufu tx {next} {file}", out.pick("Next: ", "下一步：")));
    });
    Ok(exit::DONE)
}

/// Sends a complete draft, waits for the decision, and prints it.
pub(crate) fn send(session: &Session, draft: &Draft) -> Result<u8> {
    let status = deliver(session, draft).map_err(|failure| kept(session, draft, failure))?;
    let exit = report(session, &status)?;
    if let Some(next) = what_follows(session, draft) {
        session.out.progress(&next);
    }
    Ok(exit)
}

/// What a committed act led to and its bytes do not say: how others go on with it, or what became of it.
fn what_follows(session: &Session, draft: &Draft) -> Option<String> {
    let out = &session.out;
    match &draft.body.operation {
        Operation::Propose { .. } => {
            let next = out.pick("The others approve it: ", "其他机构批准：");
            Some(format!("{next}hufu gov approve {}", draft.id()))
        }
        Operation::Approve { proposal } => {
            let record = shown::proposal(session, proposal).ok()?.record;
            Some(match record.state {
                ProposalState::Open => {
                    let next = out.pick("Approvals so far: ", "目前批准数：");
                    format!("{next}{} · hufu gov show {proposal}", record.approvals.len())
                }
                state => format!("{}{}", out.pick("The proposal is now: ", "提案现为："), out.word(state.name())),
            })
        }
        Operation::Apply { .. } => {
            let grant = GrantId::of(&draft.body.network, &draft.id());
            Some(format!("{}hufu permit show {grant}", out.pick("The application: ", "该申请：")))
        }
        _ => None,
    }
}

/// A failure to send, with word of what is kept in spite of it.
fn kept(session: &Session, draft: &Draft, mut failure: Failure) -> Failure {
    if !Outbox::at(&session.settings.state).has(&draft.id()) {
        return failure;
    }
    let (name, id) = ("kept".to_owned(), draft.id().to_string());
    if let Some(remote) = &mut failure.remote {
        remote.params.insert(name.clone(), id.clone());
    }
    failure.params.insert(name, id);
    session.out.warn(session.out.pick(
        "what was signed is kept; send it later: hufu outbox send",
        "已签名的内容已保存，可稍后发送：hufu outbox send",
    ));
    failure
}

/// Keeps a complete draft in the outbox, sends it, waits for the decision, and forgets it.
pub(crate) fn deliver(session: &Session, draft: &Draft) -> Result<TxStatus> {
    let tx = draft.complete()?;
    tx.check_shape()?;
    let bytes = tx.to_bytes();
    let outbox = Outbox::at(&session.settings.state);
    let was_kept = outbox.has(&draft.id());
    outbox.put(draft)?;
    match post(session, &bytes).and_then(|_| wait(session, &draft.id())) {
        Ok(status) => {
            outbox.remove(&draft.id())?;
            Ok(status)
        }
        Err(failure) => {
            // That what was sent before has expired is one node's word, and it may be in a block all the same.
            if was_kept
                && failure.code == "H1004"
                && let Some(status) = fate::lost(session, &tx)?
            {
                outbox.remove(&draft.id())?;
                return Ok(status);
            }
            if is_hopeless(&failure) {
                outbox.remove(&draft.id())?;
            }
            Err(failure)
        }
    }
}

/// Whether sending the same bytes again can never help: they are inadmissible as they are.
pub(crate) fn is_hopeless(failure: &Failure) -> bool {
    matches!(
        failure.code.as_str(),
        "H1001" | "H1002" | "H1003" | "H1004" | "H1005" | "H1008" | "H2001" | "H2002" | "H2003" | "H2005" | "H3001"
    )
}

/// Sends the bytes of a signed transaction.
pub(crate) fn post(session: &Session, bytes: &[u8]) -> Result<TxAccepted> {
    let accepted = session.post(paths::TX, &[], bytes).and_then(|a| a.json::<TxAccepted>());
    match accepted {
        // It is in the ledger: what became of it is the answer.
        Err(failure) if failure.code == "H1006" => {
            Ok(TxAccepted { schema: api::tx::SCHEMA.into(), id: String::new(), status: TxState::Pending })
        }
        other => other,
    }
}

/// Asks what became of a transaction until it is decided. Error: H7007 when that takes too long.
pub(crate) fn wait(session: &Session, id: &TxId) -> Result<TxStatus> {
    session.out.progress(session.out.pick("waiting for the agencies …", "等待各机关裁定……"));
    decision(session, id)
}

/// The same without a word, for what sends many.
pub(crate) fn decision(session: &Session, id: &TxId) -> Result<TxStatus> {
    let start = Instant::now();
    let path = paths::fill(paths::TX_ONE, &id.to_string());
    let query = [("wait", "committed".to_owned()), ("timeout_ms", WAIT_MS.to_string())];
    loop {
        let asked = Instant::now();
        let status: TxStatus = session.read(&path, &query)?;
        if status.status.is_final() {
            return Ok(status);
        }
        if start.elapsed() > PATIENCE {
            return Err(Failure::new("H7007", [("id", id.to_string())]));
        }
        // A node that answers at once instead of waiting is not to be flooded.
        std::thread::sleep(Duration::from_millis(250).saturating_sub(asked.elapsed()));
    }
}

/// Prints what became of a transaction; a refusal is a failure too.
pub(crate) fn report(session: &Session, status: &TxStatus) -> Result<u8> {
    let out = &session.out;
    out.result(status, |text| write_status(text, status, session));
    match &status.rejection {
        Some(rejection) => Err(refusal(session, rejection)),
        None => Ok(exit::DONE),
    }
}

/// A refusal as a failure. For people, organisations are named; for programs, the values stay as they are.
fn refusal(session: &Session, rejection: &RejectionView) -> Failure {
    let mut params = rejection.params.clone();
    if !session.out.json {
        for name in ["by", "receiver", "custodian", "org"] {
            let Some(value) = params.get_mut(name) else { continue };
            let named = value.parse().ok().and_then(|id| session.org_names(&[id]).remove(value));
            if let Some(named) = named {
                *value = format!("{named} ({})", readable::short(value));
            }
        }
    }
    rejection.problem(params, session.out.lang).into()
}

/// What became of a transaction, for people.
pub(crate) fn write_status(text: &mut Sheet, status: &TxStatus, session: &Session) {
    let out = &session.out;
    let word = serde_json::to_value(status.status).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    text.line(format!("{} {}: {}", out.pick("transaction", "交易"), status.id, out.word(&word)));
    if let (Some(height), Some(time)) = (status.height, &status.time) {
        text.pair(out.pick("height", "高度"), format!("{height} · {time}"));
    }
    for event in status.events.iter().take(20) {
        text.pair(out.pick("item", "物品"), format!("{} · {} {}", event.item, out.pick("event", "事件"), event.n));
    }
    if let Some(more @ 1..) = status.events.len().checked_sub(20) {
        text.line(format!("  … {more}"));
    }
}

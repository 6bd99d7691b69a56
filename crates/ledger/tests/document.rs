//! `docs/formats/ledger.md` says everything that has a number, a code or a tag, and which act is possible in which
//! state.

use crate::samples::*;
use ledger::{
    Act, Effect, ItemRecord, Lifecycle, Rejection, Role, TxBody, bounds, calendar,
    judge::{self, Authority, Beside},
    policy::Rule,
    record::{Hold, Inside, Marks, PendingOffer},
    tag,
};
use std::{collections::BTreeSet, fs, path::Path};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/ledger.md");
    fs::read_to_string(path).expect("read the document")
}

/// What stands under a heading, up to the next one of its level or above.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let level = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section {heading:?}"));
    let mut ends = rest.match_indices("\n#").map(|(at, _)| at);
    let end = ends.find(|at| level(&rest[at + 1..]) <= level(heading)).unwrap_or(rest.len());
    &rest[..end]
}

/// The cells of each row of the tables of a section.
fn rows(section: &str) -> Vec<Vec<&str>> {
    let lines = section.lines().filter(|line| line.starts_with("| "));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[track_caller]
fn says(text: &str, row: &str) {
    assert!(text.contains(row), "docs/formats/ledger.md lacks {row:?}");
}

#[test]
fn every_tag_act_role_and_refusal_is_listed() {
    let text = document();
    for tag in tag::ALL {
        says(&text, &format!("\n| `{}` |", tag.name()));
    }
    for (number, act) in Act::ALL.iter().enumerate() {
        says(&text, &format!("\n| {number} | {} |", act.name()));
    }
    for (number, role) in Role::ALL.iter().enumerate() {
        says(&text, &format!("{number} {}", role.name()));
    }
    for (number, (code, name)) in Rejection::ALL.iter().enumerate() {
        says(&text, &format!("\n| {number} | {code} | {name} |"));
    }
    let inadmissible = ["H1001", "H1002", "H1003", "H1004", "H1005", "H1006", "H1007", "H1008", "H1009", "H3001"];
    let of_signers = ["H2001", "H2002", "H2003", "H2004", "H2005", "H2006"];
    for code in inadmissible.iter().chain(&of_signers) {
        says(&text, &format!("\n| {code} |"));
    }
}

/// Enums whose variants have words: one row each, with every number and word.
#[test]
fn every_word_is_listed() {
    let (text, of_packs) = (document(), ["Act", "KindTag", "Orientation", "Period"]);
    let is_word = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let mut listed = 0;
    for Variants { name, samples } in variants() {
        if of_packs.contains(&name) || !samples.iter().all(|sample| is_word(&sample.name)) {
            continue;
        }
        let words: Vec<String> = samples.iter().enumerate().map(|(n, sample)| format!("{n} {}", sample.name)).collect();
        says(&text, &format!("\n| {name} | {} |", words.join(", ")));
        listed += 1;
    }
    assert!(listed >= 19, "{listed} enums of words");
}

#[test]
fn every_effect_and_key_is_listed() {
    let text = document();
    for (effect, _) in effects() {
        let number = ledger::codec::encode(&effect)[0];
        says(section(&text, "## Events"), &format!("\n| {number} | {} |", variant(&effect)));
    }
    for Record { key, coded: _ } in records() {
        let number = ledger::codec::encode(&key)[0];
        says(section(&text, "## Records"), &format!("\n| {number} | {} ", variant(&key)));
    }
}

/// Fields and rules of refusals are those of the code.
#[test]
fn refusals_name_their_fields_and_rules() {
    let text = document();
    let rows = rows(section(&text, "## Codes"));
    for rejection in rejections() {
        let (code, name) = (rejection.code(), rejection.name());
        let row = rows.iter().find(|row| row.get(1) == Some(&code)).unwrap_or_else(|| panic!("no row of {code}"));
        let [_, _, of_row, fields, rule, _meaning] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(*of_row, name);
        let told: BTreeSet<&str> = fields.split(", ").filter_map(|field| field.split(' ').next()).collect();
        let params = rejection.params();
        let found: BTreeSet<&str> = match params.is_empty() {
            true => BTreeSet::from(["–"]),
            false => params.iter().map(|(name, _)| *name).collect(),
        };
        assert_eq!(told, found, "{code}");
        let by = match rejection.rule() {
            Rule::NONE => "–".to_owned(),
            rule => rule.to_string(),
        };
        // Some depend on what stands in their fields.
        assert!(*rule == by || (rule.starts_with("by the ") && rule.contains(&by)), "{code}: {rule}, not {by}");
    }
}

/// 67108864 as people read it: 67,108,864.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = digits.as_bytes()[first..].chunks(3).map(|g| std::str::from_utf8(g).unwrap()).collect();
    if first > 0 {
        groups.insert(0, &digits[..first]);
    }
    groups.join(",")
}

#[test]
fn every_bound_is_listed() {
    let text = document();
    let section = section(&text, "## Bounds");
    let sizes = [
        bounds::MAX_SIGNERS,
        bounds::MAX_SIGNER_SETS,
        bounds::MAX_PACK_BYTES,
        bounds::MAX_ENTRIES,
        bounds::MAX_TX_BYTES,
        bounds::MAX_BLOCK_TXS,
        bounds::MAX_BLOCK_BYTES,
        bounds::MAX_EVIDENCE,
        bounds::BLOCK_OVERHEAD,
        bounds::MIN_BLOCK_BYTES,
        bounds::MAX_GENESIS_BYTES,
        bounds::MAX_VALIDATORS,
        bounds::MAX_HOLDS,
        bounds::MAX_HS_PER_CLASS,
        bounds::MAX_LINKS,
        bounds::MAX_FIELDS,
        bounds::MAX_FIELD_BYTES,
        bounds::MAX_INPUTS,
        bounds::MAX_DEBTORS,
        bounds::MAX_PORTS,
        bounds::MAX_RESTS_ON,
        bounds::MAX_BANNED_KEYS,
        bounds::MAX_CHANGES,
        bounds::MAX_APPROVALS,
        bounds::MAX_GROUNDS,
        bounds::MAX_DEPTH,
        bounds::MAX_IN_UNIT as usize,
        bounds::MAX_DUES,
        bounds::CASCADE_STEP,
        bounds::MAX_SHARES,
        bounds::MAX_PASSAGE_CHAIN,
        bounds::MAX_PASSAGE_BYTES,
        usize::from(bounds::MAX_STREAK),
        calendar::MAX_LISTED_DAYS,
        usize::from(calendar::MAX_UTC_OFFSET_MIN),
        calendar::MAX_DAYS_AHEAD as usize,
        ledger::state::MAX_RECORD_BYTES,
        ledger::list::MAX_PATH,
        ledger::tree::DEPTH,
    ];
    // Whole numbers: 8 is not found in 86,400,000.
    let words = section.split(|c: char| !c.is_ascii_digit() && c != ',').map(|word| word.trim_matches(','));
    let numbers: BTreeSet<&str> = words.collect();
    let times = [
        bounds::MAX_EXPIRY_MS,
        bounds::MAX_CUSTODY_EXPIRY_MS,
        bounds::MAX_ADVANCE_MS,
        bounds::MAX_READING_AHEAD_MS,
        bounds::MAX_SHARE_MS,
    ];
    let histories = [bounds::MAX_IDLE_EVENTS, bounds::MAX_ITEM_EVENTS];
    for bound in sizes.iter().map(|n| *n as u64).chain(times).chain(histories) {
        assert!(numbers.contains(grouped(bound).as_str()), "{bound} is not in the section on bounds");
    }
}

// --------------------------------------------------------------------------------------------------- acts and states

/// States as the document names them: a list, `any`, or `all but` a list.
fn states(words: &str) -> Vec<Lifecycle> {
    let named = |list: &str| -> Vec<Lifecycle> {
        let state = |word: &str| Lifecycle::of_name(word).unwrap_or_else(|| panic!("no state {word:?}"));
        list.split(", ").map(state).collect()
    };
    match (words, words.strip_prefix("all but ")) {
        ("any", _) => Lifecycle::ALL.to_vec(),
        (_, Some(list)) => {
            let except = named(list);
            Lifecycle::ALL.into_iter().filter(|state| !except.contains(state)).collect()
        }
        (list, None) => named(list),
    }
}

/// Judges an act of the samples on an item of the organisation that acts, after a change of its record.
fn probe(body: &TxBody, state: Lifecycle, change: impl FnOnce(&mut ItemRecord)) -> Result<Option<Effect>, Rejection> {
    let mut record = ItemRecord {
        custodian: org(1),
        state,
        marks: Marks::default(),
        holds: Vec::new(),
        container: None,
        inside: None,
        custody_seq: point().seq,
        trail: point().trail,
        offer: Some(PendingOffer { receiver: org(1), ..offer() }),
        quarantined: false,
        wasted: quantity("0 H87"),
        used: quantity("350 H87"),
        ..item_record()
    };
    change(&mut record);
    let authority = Authority { decision: decision(), principal: org(1), counterpart: None, orgs: vec![org(1)] };
    let unpacked = Some((org(1), Lifecycle::Stored, None));
    let beside = Beside { packed: Some(packed()), unpacked, ..Beside::default() };
    judge::effect(&network(), body, &authority, &item(1), &record, stamp(), &beside)
}

/// The table of the document is the one by which acts are judged: states, and what else it asks of an item.
#[test]
fn acts_and_states_are_those_of_the_code() {
    let document = document();
    let mut told = BTreeSet::new();
    for row in rows(section(&document, "### Acts and states")) {
        let [word, allowed, flags] = row.as_slice() else { panic!("{row:?}") };
        let Some(act) = Act::ALL.into_iter().find(|act| act.name() == *word) else {
            assert_eq!(*word, "act", "{row:?}");
            continue;
        };
        assert!(told.insert(act), "{word} stands twice");
        let (body, allowed) = (tx_of(act).body, states(allowed));
        for state in Lifecycle::ALL {
            let forbidden = matches!(
                probe(&body, state, |_| {}),
                Err(Rejection::StateForbids { .. } | Rejection::DepartState { .. } | Rejection::Departed { .. })
            );
            assert_eq!(forbidden, !allowed.contains(&state), "{word} in {}", state.name());
        }
        let state = allowed[0];
        let is = |flag: char| flags.contains(flag);
        let of = |change: fn(&mut ItemRecord)| probe(&body, state, change);
        let foreign = of(|record| record.custodian = org(3));
        assert_eq!(matches!(foreign, Err(Rejection::NotCustodian { .. })), is('C'), "{word}: custodian, {foreign:?}");
        let held = of(|record| {
            record.holds = vec![Hold { by: vec![org(7)], placed: 4, reason: text("recall") }];
        });
        assert_eq!(matches!(held, Err(Rejection::Held { .. })), !is('H'), "{word}: hold, {held:?}");
        let within = of(|record| record.container = Some(packed()));
        assert_eq!(matches!(within, Err(Rejection::Packed { .. })), !is('P'), "{word}: packed, {within:?}");
        let unit = of(|record| record.inside = Some(Inside::default()));
        assert_eq!(matches!(unit, Err(Rejection::NotUnit { .. })), !is('U'), "{word}: unit, {unit:?}");
        let blocked = of(|record| record.inside = Some(Inside { held: 1, ..Inside::default() }));
        assert_eq!(matches!(blocked, Err(Rejection::UnitBlocked { .. })), is('F'), "{word}: held inside, {blocked:?}");
        let full = of(|record| record.inside = Some(Inside { items: 1, ..Inside::default() }));
        assert_eq!(matches!(full, Err(Rejection::UnitNotEmpty { .. })), is('E'), "{word}: full, {full:?}");
    }
    // Those and no others are acts on items that exist.
    for (operation, _, _) in operations() {
        let act = operation.act();
        let on_items = operation.is_on_items() && !matches!(act, Act::Register | Act::Land);
        assert_eq!(told.contains(&act), on_items, "{}", act.name());
        if !on_items {
            assert_eq!(probe(&tx_of(act).body, Lifecycle::Stored, |_| {}), Ok(None), "{}", act.name());
        }
    }
}

//! Packs as text: those that come with the program, their vectors, and what is refused.

use api::pack::{self, BY_GENESIS, SHIPPED};
use ledger::{
    Act, PolicyPack, Role, Text,
    bounds::MAX_PACK_BYTES,
    codec,
    policy::{Condition, Grade, KindTag, Orientation, Rule, SignerNeed, Who},
    record::AgencyFunction,
};
use serde_json::{Value, json};
use std::{env, fs, path::Path};

fn text(name: &str) -> &'static str {
    pack::shipped(name).unwrap()
}

fn draft() -> &'static str {
    text("shenzhen-draft")
}

/// Every pack that comes with the program, in each orientation that it leaves open.
fn shipped() -> Vec<PolicyPack> {
    let mut packs = Vec::new();
    for (name, text) in SHIPPED {
        let open = text.contains(&format!("orientation = {BY_GENESIS:?}"));
        let orientations = if open { Orientation::ALL.map(Some).to_vec() } else { vec![None] };
        for orientation in orientations {
            let pack = pack::read(text, orientation).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(pack.name.as_str(), name);
            packs.push(pack);
        }
    }
    packs
}

/// `HUFU_BLESS=1 cargo test -p api --test packs` writes the vectors; the crates below this one take their packs from them.
#[test]
fn the_packs_are_those_of_the_vectors() {
    let vector = |pack: &PolicyPack| {
        let bytes = codec::encode(pack);
        assert!(bytes.len() <= MAX_PACK_BYTES, "{} bytes", bytes.len());
        assert_eq!(codec::decode::<PolicyPack>(&bytes, MAX_PACK_BYTES).unwrap(), *pack);
        json!({
            "name": pack.name.as_str(),
            "version": pack.version,
            "orientation": pack.orientation.name(),
            "bytes": hex::encode(bytes),
            "hash": pack.hash().to_string(),
        })
    };
    let made = json!({"packs": shipped().iter().map(vector).collect::<Vec<_>>()});
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/packs.json");
    if env::var_os("HUFU_BLESS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let found: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(found, made);
}

/// What each of them is for.
#[test]
fn the_packs_know_what_they_are_for() {
    let names = ["shenzhen-draft", "shenzhen-draft", "gacc-281", "plain", "plain"];
    let packs = shipped();
    assert_eq!(packs.iter().map(|pack| pack.name.as_str()).collect::<Vec<_>>(), names);
    let sizes = |pack: &PolicyPack| {
        [pack.acts.len(), pack.registries.len(), pack.grants.len(), pack.lanes.len(), pack.alerts.len()]
    };
    let [shenzhen, _, gacc, plain, _] = packs.as_slice() else { panic!("{names:?}") };
    assert_eq!(sizes(shenzhen), [Act::ALL.len(), 14, 4, 3, 14]);
    assert_eq!(sizes(gacc), [Act::ALL.len() - 1, 9, 1, 0, 11]);
    assert_eq!(sizes(plain), [46, 0, 0, 0, 0]);
    assert!(gacc.row(Act::Report).is_none());
    for pack in &packs {
        // Whoever takes a pack can replace it, and each rule that a row names has its article.
        assert!([Act::Enact, Act::Propose, Act::Approve, Act::Retract].iter().all(|act| pack.row(*act).is_some()));
        let rows = pack.acts.iter().map(|row| row.rule).chain(pack.registries.iter().map(|row| row.rule));
        assert!(rows.filter(|rule| *rule != Rule::NONE).all(|rule| pack.article(rule).is_some()), "{}", pack.name);
    }
}

// ------------------------------------------------------------------------------------------------------- round trips

#[test]
fn what_is_written_is_read_again() {
    for pack in shipped() {
        let text = pack::write(&pack);
        assert_eq!(pack::read(&text, None).unwrap(), pack, "{text}");
        assert_eq!(pack::read(&text, Some(pack.orientation)).unwrap(), pack);
    }
}

/// With words and numbers that no pack that comes with the program has.
#[test]
fn every_word_is_read_as_it_is_written() {
    let mut pack = pack::read(draft(), Some(Orientation::FirstIsHighest)).unwrap();
    let need = |role, who| SignerNeed { role, who, many: false };
    let note = pack.acts.iter_mut().find(|row| row.act == Act::Note).unwrap();
    note.any = vec![
        vec![need(Role::Custodian, Who::Principal)],
        AgencyFunction::ALL.map(|function| need(Role::Officer, Who::Agency(function))).to_vec(),
        KindTag::ALL.map(|kind| need(Role::Joint, Who::Kind(kind))).to_vec(),
        vec![need(Role::Delegate, Who::Anyone), need(Role::Countersigner, Who::AnyAgency)],
    ];
    note.article = Some(Text::new("第“三十五”条 \"35\" 'a' \\ \u{1f9ea}").unwrap());
    pack.grades[0].name = Text::new("G 1").unwrap();
    pack.grades[0].validity_months = 1;
    pack.registries[0].requires = vec![Condition::Record { days: 365 }];
    pack.lanes[2].any[0][0] = Condition::RiskAtMost(Text::new("G 1").unwrap());
    (pack.temperatures[0].min, pack.temperatures[0].max) = (-500, 2_125);
    (pack.temperatures[1].min, pack.temperatures[1].max) = (i32::MIN, i32::MAX);
    (pack.calendar.utc_offset_min, pack.calendar.weekend) = (-210, 0b0001_0001);
    pack.limits.pilot_rating = None;
    let text = pack::write(&pack);
    assert_eq!(pack::read(&text, None).unwrap(), pack, "{text}");
    let words = [
        "\"officer@public-security\"",
        "\"joint@joint-mechanism\"",
        "\"delegate@anyone\"",
        "[[\"officer@any-agency+\"]]",
        "validity = \"1 month\"",
        "\"risk<=G 1\"",
        "requires = [\"record 365\"]",
        "min = \"-0.5\"\nmax = \"2.125\"",
        "min = \"-2147483.648\"\nmax = \"2147483.647\"",
        "utc-offset = \"-03:30\"",
        "weekend = [\"monday\", \"friday\"]",
        "any = [[\"region HK MO\", \"listed pre-review\", \"declared-before\"",
    ];
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
}

/// Rows and days may stand in any order; the pack is the same.
#[test]
fn the_order_of_rows_does_not_matter() {
    let pack = pack::read(draft(), Some(Orientation::FirstIsLowest)).unwrap();
    let swap = |text: &str, a: &str, b: &str| text.replace(a, "@@").replace(b, a).replace("@@", b);
    let mut text = swap(draft(), "name = \"inspect\"", "name = \"release\"");
    text = swap(&text, "name = \"org-ban\"", "name = \"person-ban\"");
    text = swap(&text, "category = \"human-tissue\"", "category = \"blood\"");
    text = swap(&text, "\"2025-04-04\"", "\"2026-05-01\"");
    text = swap(&text, "\"2025-01-26\"", "\"2025-10-11\"");
    assert_ne!(text, draft());
    assert_eq!(pack::read(&text, Some(Orientation::FirstIsLowest)).unwrap(), pack);
}

// ------------------------------------------------------------------------------------------------------------ faults

fn faults(from: &str, to: &str) -> (String, Vec<pack::Fault>) {
    assert!(draft().contains(from), "{from}");
    let changed = draft().replacen(from, to, 1);
    match pack::read(&changed, Some(Orientation::FirstIsLowest)) {
        Ok(_) => panic!("{from} -> {to}: taken"),
        Err(faults) => (changed, faults),
    }
}

/// The text with one change is refused: at this line and column (0 for any), with these words.
#[track_caller]
fn refused(from: &str, to: &str, at: (usize, usize), words: &str) {
    let (_, faults) = faults(from, to);
    let [fault] = faults.as_slice() else { panic!("{from} -> {to}: {faults:?}") };
    assert!(fault.what.contains(words), "{from} -> {to}: {fault}");
    if at != (0, 0) {
        assert_eq!((fault.line, fault.column), at, "{fault}");
    }
}

fn line_of(part: &str) -> usize {
    line_in(draft(), part)
}

fn line_in(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}")) + 1
}

#[test]
fn faults_are_told_where_they_stand() {
    let at = |part: &str, column| (line_of(part), column);
    refused("\"officer@science-technology\"", "\"officer@science\"", at("officer@science", 13), "no organisation");
    refused("\"officer@science-technology\"", "\"official@customs\"", at("officer@science", 13), "no capacity");
    refused("\"officer@science-technology\"", "\"customs\"", at("officer@science", 13), "capacity@organisation");
    refused("\"hufu.pack/1\"", "\"hufu.pack/9\"", at("hufu.pack/1", 10), "hufu.pack/1");
    refused("R33 = ", "R34 = ", at("R33 = ", 7), "R1 to R33");
    refused("R33 = ", "R033 = ", at("R33 = ", 8), "R1 to R33");
    refused("name = \"release\"", "name = \"releese\"", at("name = \"release\"", 8), "releese");
    refused("name = \"release\"", "name = \"inspect\"", at("name = \"release\"", 8), "inspect stands twice");
    refused("\"$genesis\"", "\"upwards\"", at("$genesis", 15), "no orientation");
    refused("\"$genesis\"", "\"first-is-highest\"", at("$genesis", 15), "first-is-lowest is asked for");
    refused("name = \"4\"", "name = \"2\"", at("name = \"4\"", 8), "differ");
    refused("name = \"4\"", "name = \"123456789\"", at("name = \"4\"", 8), "at most 8");
    // Columns are characters, not bytes.
    refused("\"A\", \"B\", \"C\"", "\"é\", \"BBB\", \"C\"", at("ratings =", 17), "at most 2");
    refused("version = 1", "version = -1", at("version = 1", 11), "invalid value");
    refused("version = 1", "version = 1\ncolour = 1", (0, 0), "unknown field");
    refused("name = \"shenzhen-draft\"\n", "", (0, 0), "missing field `name`");
    refused("[articles]", "[articles", (0, 0), "unclosed");
}

/// A change of the draft, a part of the line where its fault stands, and words of the fault.
type Bad = (&'static str, &'static str, &'static str, &'static str);

#[track_caller]
fn all_refused(list: &[Bad]) {
    for (from, to, part, words) in list {
        let (changed, faults) = faults(from, to);
        let [fault] = faults.as_slice() else { panic!("{from} -> {to}: {faults:?}") };
        assert!(fault.what.contains(words), "{from} -> {to}: {fault}");
        assert_eq!(fault.line, line_in(&changed, part), "{from} -> {to}: {fault}");
    }
}

#[test]
fn words_that_nobody_knows() {
    all_refused(&[
        ("\"officer@customs\"", "\"officer@customs++\"", "customs++", "\"customs+\" is no organisation"),
        ("validity = \"12 months\"", "validity = \"a year\"", "\"a year\"", "is no validity"),
        ("validity = \"12 months\"", "validity = \"256 months\"", "\"256 months\"", "255 the longest"),
        ("\"batches\"", "\"never\"", "\"never\"", "\"never\" is no way of writing off: once, batches are"),
        ("name = \"tri\"", "name = \"trio\"", "\"trio\"", "\"trio\" is no registry: qualified,"),
        ("\"half-year\"", "\"month\"", "\"month\"", "\"month\" is no period: open, year, half-year are"),
        ("name = \"plan\"", "name = \"plans\"", "\"plans\"", "\"plans\" is no grant: plan,"),
        ("name = \"instant-permit\"", "name = \"instant\"", "\"instant\"", "\"instant\" is no lane"),
        ("name = \"loss\"", "name = \"losses\"", "\"losses\"", "\"losses\" is no alert"),
        ("[\"health\", \"customs\"]", "[\"health\", \"police\"]", "\"police\"", "\"police\" is no agency: customs,"),
        ("\"rated A 3\"", "\"rated A\"", "\"rated A\"", "\"rated A\" is no condition"),
        ("\"rated A 3\"", "\"rated A +3\"", "\"rated A +3\"", "is no condition"),
        ("\"rated A 3\"", "\"always\"", "\"always\"", "they are like region HK MO"),
        ("\"region HK MO\"", "\"region hk\"", "\"region hk\"", "\"hk\" is no region"),
        ("\"listed pre-review\"", "\"listed pre-view\"", "\"listed pre-view\"", "\"pre-view\" is no registry"),
        ("category = \"blood\"", "category = \"sweat\"", "\"sweat\"", "\"sweat\" is no category"),
        (
            "[\"import\", \"export\"]",
            "[\"import\", \"smuggle\"]",
            "smuggle",
            "is no direction: import, export, transit are",
        ),
        ("max = \"8\"", "max = \"8.0001\"", "\"8.0001\"", "is no temperature"),
        ("max = \"8\"", "max = \"2147484\"", "\"2147484\"", "is no temperature"),
        ("\"+08:00\"", "\"8\"", "utc-offset", "\"8\" is no offset from UTC"),
        ("\"sunday\"", "\"someday\"", "\"someday\"", "is no day of the week: monday,"),
        ("\"sunday\"", "\"saturday\"", "weekend =", "saturday stands twice"),
        ("\"2025-01-01\"", "\"2025-02-29\"", "\"2025-02-29\"", "is no day: 2026-02-17 is one"),
        ("\"answer\", \"report\"", "\"answer\", \"repent\"", "\"repent\"", "knows no act \"repent\""),
    ]);
}

#[test]
fn rows_that_do_not_fit() {
    all_refused(&[
        ("premises = 1", "premises = 5", "name = \"1\"", "the grade 1: biosafety levels are 0 to 4"),
        ("\"12 months\"", "\"0 months\"", "name = \"1\"", "the grade 1: a permit is valid for a month or more"),
        ("permit = true\naccess = false", "permit = false\naccess = true", "name = \"1\"", "access approval"),
        ("name = \"4\"", "name = \"\"", "name = \"\"", "read the grades: it is empty"),
        ("R33 = \"P0\"", "R33 = \"\"", "R33 = ", "read the articles: it is empty"),
        ("\"shenzhen-draft\"", "\"\"", "name = \"\"", "read the name: it is empty"),
        ("name = \"laboratory\"", "name = \"expert\" # again", "# again", "the registry expert: it stands twice"),
        ("name = \"tri\"", "name = \"access\"", "name = \"hgr-filing\"", "a registry that the pack does not have"),
        (
            "enter = [[\"officer@customs\", \"officer@health\", \"officer@science-technology\"]]",
            "enter = []",
            "name = \"positive-list\"",
            "it takes 1 to 4 alternatives",
        ),
        ("\"expert@anyone+\"", "\"expert@health\"", "name = \"graded-class\"", "agencies sign as officer"),
        ("R6 = \"art. 19\"\n", "", "name = \"pre-review\"", "its rule does not exist or has no article"),
        ("decide = [[\"officer@customs\"]]", "decide = []", "name = \"permit\"", "an agency must be among"),
        ("working-days = 3", "working-days = 0", "name = \"permit\"", "it takes working days to decide"),
        ("\"listed tri\"", "\"rated A 5\"", "name = \"hgr-filing\"", "a condition stands twice"),
        ("\"rated A 3\"", "\"rated E 3\"", "name = \"instant-permit\"", "the pack has no such rating"),
        ("\"rated A 3\"", "\"rated A 11\"", "name = \"instant-permit\"", "a streak is 1 to 10 years long"),
        ("\"region HK MO\"", "\"region HK HK\"", "name = \"declaration-exempt\"", "missing or repeated"),
        ("\"risk<=2\"", "\"risk<=5\"", "name = \"inspection-exempt\"", "the pack has no such grade"),
        (
            "[\"rated A 3\", \"listed positive-list\", \"listed qualified\"]",
            "[]",
            "name = \"instant-permit\"",
            "it is open to nobody or to everybody",
        ),
        ("rule = \"R8\"\n", "", "name = \"instant-permit\"", "its rule does not exist or has no article"),
        (
            "quorum of the agencies\nrule = \"R28\"\nsigners = [[\"officer@any-agency+\"]]",
            "quorum of the agencies\nrule = \"R28\"\nsigners = [[\"officer@any-agency\"]]",
            "name = \"lift-hold\"",
            "both take the same alternatives",
        ),
        (
            "[[act]]\nname = \"rotate-key\"          # the old key signs it\narticle = \"art. 34\"\nsigners = []\n",
            "",
            "name = \"shenzhen-draft\"",
            "rotate-key is missing",
        ),
    ]);
}

#[test]
fn lists_that_do_not_fit() {
    all_refused(&[
        ("\"C\", \"D\"]", "\"C\", \"A\"]", "ratings =", "the ratings: one is empty or stands twice"),
        ("name = \"loss\"", "name = \"hold\" # again", "# again", "the alerts: one stands twice"),
        ("[\"public-security\", \"customs\", \"health\"]", "[]", "name = \"loss\"", "the alerts: one is for nobody"),
        ("rule = \"R24\"", "rule = \"R30\"", "name = \"purpose-breach\"", "of a rule without an article"),
        (
            "[\"micro-organism\", \"human-tissue\", \"biological-product\", \"blood\"]",
            "[]",
            "categories =",
            "categories are missing",
        ),
        ("[\"import\", \"export\"]", "[\"import\", \"import\"]", "directions =", "directions are missing or repeated"),
        ("clearance-hs = [\"3004\"]", "clearance-hs = [\"3\"]", "clearance-hs =", "is 2 digits or more"),
        ("excluded-hs = []", "excluded-hs = [\"3004\"]", "clearance-hs =", "an HS code stands twice"),
        ("min = \"-196\"", "min = \"9\"", "min = \"9\"", "or with limits reversed"),
        ("category = \"blood\"", "category = \"human-tissue\" # again", "# again", "a category stands twice"),
        ("\"+08:00\"", "\"+15:00\"", "utc-offset", "the UTC offset of 900 minutes"),
        (
            "[\"saturday\", \"sunday\"]",
            "[\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"]",
            "weekend =",
            "at least one of them worked",
        ),
        ("\"2026-01-02\"", "\"2026-01-01\"", "\"2026-01-01\"", "2026-01-01 stands twice"),
        ("\"2025-01-26\"", "\"2025-01-28\"", "\"2025-01-28\", \"2025-02-08\"", "2025-01-28 is in both lists"),
        ("seat-lead = 10", "seat-lead = 1", "seat-lead", "2 blocks ahead or more"),
        ("proposal-days = 30", "proposal-days = 0", "proposal-days", "a proposal waits a day or more"),
        ("pilot-rating = \"B\"", "pilot-rating = \"E\"", "pilot-rating", "the pack has no such rating"),
        ("\"answer\", \"report\"", "\"answer\", \"answer\"", "ban-allows", "an act stands twice in ban-allows"),
    ]);
}

/// Where the text is no TOML of this shape, the first fault alone is told.
#[test]
fn texts_of_another_shape() {
    let check = |from: &str, to: &str, words: &str| refused(from, to, (0, 0), words);
    check("permit = true", "permit = \"yes\"", "invalid type");
    check("period = \"year\"\n", "", "missing field `period`");
    check("requires = []\n", "requires = []\ncolour = 1\n", "unknown field `colour`");
    check("barred-days", "barred_days", "unknown field `barred_days`");
    check("warn-days = 30", "warn-days = 70000", "invalid value");
    check("working-days = 3", "working-days = -3", "invalid value");
    check("[calendar]", "[almanac]", "unknown field `almanac`");
    check("ban-allows = [", "ban-allows = [1, ", "invalid type");
    check("[[lane]]\nname = \"instant-permit\"", "[lane]\nname = \"instant-permit\"", "");
    check("name = \"release\"", "name = \"release\"\nname = \"inspect\"", "duplicate key");
}

#[test]
fn a_pack_cannot_take_away_what_is_fixed() {
    let handover = "[[\"custodian@principal\", \"receiver@counterpart\"]]";
    refused(handover, "[[\"custodian@principal\"]]", (0, 0), "two halves");
    let dispose = "  [\"custodian@principal\", \"countersigner@environment\"],\n";
    refused(dispose, "[\"custodian@principal\"]", (0, 0), "and an agency (officer");
    refused(dispose, "[\"countersigner@environment\"]", (0, 0), "custodian@principal");
    refused(dispose, "[\"custodian@principal\", \"custodian@principal\", \"officer@health\"]", (0, 0), "twice");
    refused(dispose, "[]", (0, 0), "1 to 8 signers");
    refused("[[\"laboratory@principal\", \"tester@principal\"]]", "[]", (0, 0), "1 to 4 alternatives");
    refused("article = \"art. 39\"", "rule = \"R30\"", (0, 0), "needs an article");
    refused("signers = []", "signers = [[\"officer@customs\"]]", (0, 0), "none for rotate-key");
    let apply = "rule = \"R7\"\nsigners = []";
    refused(apply, "rule = \"R7\"\nsigners = [[\"declarant@principal\"]]", (0, 0), "acts on grants and motions");
    let keys = "signers = [[\"administrator@principal\"], [\"officer@customs\"]]";
    refused(keys, "signers = [[\"administrator@principal\"]]", (0, 0), "one or more of agencies alone");
    refused(keys, "signers = [[\"officer@customs\"]]", (0, 0), "the alternative administrator@principal");
    refused(keys, "signers = [[\"administrator@principal\"], [\"receiver@customs\"]]", (0, 0), "as officer");
    refused(
        "signers = [[\"declarant@principal\"]]",
        "signers = [[\"officer@customs\"]]",
        (0, 0),
        "declarant@principal",
    );
    refused("signers = [[\"officer@customs\"]]", "signers = [[\"custodian@principal\"]]", (0, 0), "agencies sign it");
    let order = "[[\"officer@customs\"], [\"officer@customs\", \"joint@principal\"]]";
    refused(order, "[[\"joint@principal\"]]", (0, 0), "an agency must be among the signers");
    let test = "[[\"laboratory@principal\", \"tester@principal\"]]";
    refused(test, "[[\"laboratory@principal\"]]", (0, 0), "laboratory@principal and tester@principal");
    refused(test, "[[\"laboratory@principal\", \"tester@principal+\"]]", (0, 0), "laboratory@principal and tester");
    refused(
        "[[\"custodian@principal\", \"joint@counterpart\"]]",
        "[[\"custodian@principal\"]]",
        (0, 0),
        "both parties",
    );
    refused("[\"expert@principal\"]", "[\"expert@counterpart\"]", (0, 0), "no counterpart signs it");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let changed = draft().replacen("officer@science-technology", "officer@science", 1).replacen("R33", "R99", 1);
    let faults = pack::read(&changed, None).unwrap_err();
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [line_of("$genesis"), line_of("R33 = "), line_of("officer@science")], "{faults:?}");
    // Then what does not fit.
    let lines = |changed: &str| -> Vec<usize> {
        let faults = pack::read(changed, Some(Orientation::FirstIsLowest)).unwrap_err();
        faults.iter().map(|fault| fault.line).collect()
    };
    let acts =
        ["offer", "withdraw", "handover", "use", "dispose", "store", "waste", "lose", "correct", "derive", "pack"];
    let later = ["unpack", "anchor", "share", "end-share", "depart", "land"];
    let rows = acts.into_iter().chain(later).map(|act| line_of(&format!("name = \"{act}\"")));
    let changed = draft().replace("[\"custodian@principal\"", "[\"receiver@principal\"");
    assert_eq!(lines(&changed), rows.collect::<Vec<_>>());
    // A pack that rates nobody has no use for ratings.
    let rows = ["rating", "hgr-filing", "instant-permit", "declaration-exempt", "inspection-exempt"];
    let rows = rows.iter().map(|row| line_of(&format!("name = \"{row}\""))).chain([line_of("pilot-rating")]);
    let changed = draft().replace("ratings = [\"A\", \"B\", \"C\", \"D\"]", "ratings = []");
    assert_eq!(lines(&changed), rows.collect::<Vec<_>>());
}

/// Without a row an act is not possible, and the pack is one all the same.
#[test]
fn a_pack_need_not_know_every_act() {
    let mut pack = pack::read(draft(), Some(Orientation::FirstIsHighest)).unwrap();
    pack.acts.truncate(4);
    let pack = pack::read(&pack::write(&pack), None).unwrap();
    assert_eq!(pack.acts.len(), 4);
    assert_eq!(pack.article(Rule(13)).unwrap().as_str(), "art. 26");
    // Neither is the pack of its name that comes with the program.
    assert!(pack::is_impostor(&pack) && !pack::is_shipped(&pack));
    for pack in shipped() {
        assert!(pack::is_shipped(&pack) && !pack::is_impostor(&pack));
        let other = PolicyPack { version: 2, ..pack };
        assert!(!pack::is_shipped(&other) && !pack::is_impostor(&other));
    }
}

/// What is quoted from a stranger's text does not speak to the terminal.
#[test]
fn control_characters_are_escaped() {
    let changed = draft().replace("version = 1", "version = 1\n\"col\\u001b[31mour\" = 1");
    let faults = pack::read(&changed, None).unwrap_err();
    assert!(faults.iter().all(|fault| !fault.to_string().contains('\u{1b}')), "{faults:?}");
}

#[test]
fn a_text_or_a_pack_that_is_too_long_is_refused() {
    let long = format!("{}{}", draft(), "# more\n".repeat(40_000));
    assert!(pack::read(&long, None).unwrap_err()[0].what.contains("at most"));
    let mut pack = pack::read(draft(), Some(Orientation::FirstIsHighest)).unwrap();
    let grade = pack.grades[0].clone();
    let more = |n: usize| Grade { name: Text::new(format!("G{n:06}")).unwrap(), ..grade.clone() };
    // Each takes 14 bytes; their number takes 3 from 251 on instead of 1.
    let room = (MAX_PACK_BYTES - codec::encode(&pack).len() - 2) / 14;
    pack.grades.extend((0..room).map(more));
    assert_eq!(pack::read(&pack::write(&pack), None).unwrap(), pack);
    pack.grades.push(more(room));
    let faults = pack::read(&pack::write(&pack), None).unwrap_err();
    let [fault] = faults.as_slice() else { panic!("{faults:?}") };
    assert!(fault.line == 2 && fault.what.contains("at most 6144 fit"), "{fault}");
}

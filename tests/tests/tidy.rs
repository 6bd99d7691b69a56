//! What must stay true of the repository, so that nobody has to remember it.
//!
//! Words that these checks look for are put together from halves here, so that this file does not find itself.

mod repo;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Package};

use repo::{is_test_file, report, split_tests};

// ---------------------------------------------------------------------------------------------- crates and arrows

/// Each package of ours, and which of ours it may depend on. docs/ARCHITECTURE.md draws the same picture.
const ARROWS: &[(&str, &[&str])] = &[
    ("gs1", &[]),
    ("ledger", &["gs1"]),
    ("custody", &["ledger", "gs1"]),
    ("proof", &["ledger"]),
    ("keys", &["ledger"]),
    ("store", &["ledger", "proof"]),
    ("mempool", &["ledger"]),
    ("transport", &[]),
    ("consensus", &["ledger", "keys", "transport"]),
    ("access", &["ledger", "transport"]),
    ("epcis", &["gs1", "ledger"]),
    ("api", &["ledger"]),
    ("edge", &[]),
    (
        "node",
        &[
            "gs1",
            "ledger",
            "custody",
            "proof",
            "keys",
            "store",
            "mempool",
            "transport",
            "consensus",
            "access",
            "epcis",
            "api",
            "edge",
        ],
    ),
    ("client", &["api", "edge", "epcis", "keys", "proof", "ledger", "gs1"]),
    ("testnet", &["node", "client", "custody", "api", "ledger", "gs1", "keys", "proof"]),
    (
        "tests",
        &[
            "gs1",
            "ledger",
            "custody",
            "proof",
            "keys",
            "store",
            "mempool",
            "consensus",
            "access",
            "epcis",
            "api",
            "edge",
            "node",
            "client",
            "testnet",
        ],
    ),
];

/// What the unit tests of a package may use in addition.
const TEST_ARROWS: &[(&str, &[&str])] = &[("proof", &["custody", "gs1"]), ("store", &["gs1", "custody"])];

/// Packages of others (a name, or all that begin with it and a dash) and the only ones of ours that may name them.
const WALLS: &[(&str, &[&str])] = &[
    ("rocksdb", &["store"]),
    ("librocksdb", &["store"]),
    ("arc-malachitebft", &["consensus"]),
    ("libp2p", &["consensus", "access", "transport"]),
    ("tokio", &["node", "consensus", "client", "testnet", "transport", "access", "edge", "tests"]),
    ("hpke", &["keys"]),
    ("hyper", &["edge"]),
    ("axum", &["edge", "node", "client"]),
];

/// What a verifier must build without: storage, network, async.
const NOT_IN_PROOF: &[&str] = &["rocksdb", "librocksdb", "libp2p", "tokio", "async-std", "ureq", "axum", "hyper"];

#[test]
fn crates_depend_only_along_the_drawn_arrows() {
    let metadata = repo::metadata();
    let packages = metadata.workspace_packages();
    let mut findings = Vec::new();
    for package in &packages {
        let name = package.name.as_str();
        let Some(allowed) = row(ARROWS, name) else {
            findings.push(format!("{name} is not in the table"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let target = dependency.name.as_str();
            let in_tests = dependency.kind == DependencyKind::Development;
            let drawn = allowed.contains(&target)
                || (in_tests && row(TEST_ARROWS, name).is_some_and(|targets| targets.contains(&target)));
            if !drawn {
                findings.push(format!("{name} -> {target}{}", if in_tests { " (tests)" } else { "" }));
            }
        }
    }
    let exists = |name: &str| packages.iter().any(|package| package.name.as_str() == name);
    findings.extend(ARROWS.iter().filter(|(name, _)| !exists(name)).map(|(name, _)| format!("{name} does not exist")));
    report("arrows that docs/ARCHITECTURE.md and ARROWS in tests/tests/tidy.rs do not draw:", &findings);
}

#[test]
fn foreign_crates_stay_behind_their_walls() {
    let metadata = repo::metadata();
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        for dependency in &package.dependencies {
            for (wall, inside) in WALLS {
                if is_of_family(&dependency.name, wall) && !inside.contains(&package.name.as_str()) {
                    findings.push(format!("{} -> {}; only {}", package.name, dependency.name, inside.join(", ")));
                }
            }
        }
    }
    report("a crate may be named only where WALLS in tests/tests/tidy.rs says so:", &findings);
}

/// Asked of `cargo tree`, which sees the features of this one package; cargo metadata mixes in everyone's.
#[test]
fn the_verifier_needs_no_storage_network_or_async() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "-p", "proof", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(repo::root())
        .output()
        .expect("run cargo tree");
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("cargo speaks UTF-8");
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("ledger"), "cargo tree was not understood:\n{tree}");

    let findings: Vec<String> = names
        .iter()
        .filter(|name| NOT_IN_PROOF.iter().any(|banned| is_of_family(name, banned)))
        .map(|name| format!("{name} (`cargo tree -p proof -i {name}` says why)"))
        .collect();
    report("proof must build without storage, network or async, but takes in:", &findings);
}

#[test]
fn every_package_inherits_the_lints_and_is_published_nowhere() {
    let metadata = repo::metadata();
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        if package.publish.as_deref() != Some(&[]) {
            findings.push(format!("{}: `publish.workspace = true` is missing", package.name));
        }
        if !manifest(package).contains("[lints]\nworkspace = true\n") {
            findings.push(format!("{}: `[lints]` with `workspace = true` is missing", package.name));
        }
    }
    report("the manifests of these packages lack something:", &findings);
}

/// Dependencies are built without these checks, and so would be a crate that the profile does not name.
#[test]
fn each_of_our_crates_checks_for_overflow() {
    let manifest = repo::text("Cargo.toml").unwrap_or_default();
    let checks = |name: &str| {
        let (_, section) = manifest.split_once(&format!("[profile.dev.package.{name}]\n"))?;
        section.lines().take_while(|line| !line.starts_with('[')).find(|line| *line == "overflow-checks = true")
    };
    let lacking: Vec<String> =
        ARROWS.iter().filter(|(name, _)| checks(name).is_none()).map(|(name, _)| (*name).to_owned()).collect();
    report("each of our crates has a section of the profile dev with overflow-checks = true:", &lacking);
}

fn row<'a>(table: &'a [(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(entry, _)| *entry == name).map(|(_, targets)| *targets)
}

/// Is `name` that crate, or one that it was split into?
fn is_of_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn manifest(package: &Package) -> String {
    fs::read_to_string(&package.manifest_path).expect("read a manifest")
}

// ------------------------------------------------------------------------------------------------ deterministic core

/// Crates whose results every node and every verifier must agree on.
const DETERMINISTIC: &[&str] = &["gs1", "ledger", "custody", "proof"];

const BANNED_TYPES: &[&str] =
    &["std::collections::HashMap", "std::collections::HashSet", "std::time::SystemTime", "std::time::Instant"];

const DENIED_LINTS: &[&str] = &["arithmetic_side_effects", "indexing_slicing", "unwrap_used", "expect_used", "panic"];

#[test]
fn deterministic_crates_ban_what_differs_between_nodes() {
    let mut findings = Vec::new();
    for name in DETERMINISTIC {
        let file = format!("crates/{name}/clippy.toml");
        let text = fs::read_to_string(repo::root().join(&file)).unwrap_or_default();
        let missing = BANNED_TYPES.iter().filter(|banned| !text.contains(&format!("path = \"{banned}\"")));
        findings.extend(missing.map(|banned| format!("{file} does not ban {banned}")));
    }
    report("the nearest clippy.toml wins and nothing merges, so each of these crates needs all bans:", &findings);
}

#[test]
fn deterministic_crates_deny_what_can_panic() {
    let mut findings = Vec::new();
    for name in DETERMINISTIC {
        let file = format!("crates/{name}/src/lib.rs");
        let text = repo::text(&file).expect("Rust is UTF-8");
        let code: String = text.lines().filter(|line| !is_comment(line)).collect();
        let denied: String = code
            .split("#![")
            .skip(1)
            .filter_map(|attribute| attribute.split_once("deny(").or_else(|| attribute.split_once("forbid(")))
            .filter_map(|(_, list)| list.split(')').next())
            .collect();
        let missing = DENIED_LINTS.iter().filter(|lint| !denied.contains(&format!("clippy::{lint}")));
        findings.extend(missing.map(|lint| format!("{file} does not deny clippy::{lint}")));
    }
    report("a panic on input halts every node; put #![cfg_attr(not(test), deny(...))] at the top of:", &findings);
}

// ------------------------------------------------------------------------------------------------------------ sizes

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 100;
const MAIN_LINES_MAX: usize = 29;

#[test]
fn files_are_short() {
    let long: Vec<String> = repo::rust_files()
        .iter()
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    report(&format!("files over {FILE_LINES_MAX} lines; split them:"), &long);
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    // A test is a table and its checks; splitting one makes it no clearer.
    for (file, text) in repo::rust_files().into_iter().filter(|(file, _)| !file.to_string().contains("/tests/")) {
        let functions = functions(&text);
        let over = functions.iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES_MAX);
        long.extend(over.map(|(number, name, lines)| format!("{file}:{number}: `{name}` has {lines} lines")));
    }
    report(&format!("functions over {FUNCTION_LINES_MAX} lines (aim at 70); split them:"), &long);
}

#[test]
fn function_lengths_are_counted() {
    let text = "\
fn one() {}
impl X {
    pub(crate) async fn three(&self) -> u8 {
        if true { 1 } else { 2 }
    }
    fn declared(&self) -> u8;
    fn six<T>(
        a: T,
    ) where
        T: Copy,
    {
    }
}
";
    let expected = [(1, "one", 1), (3, "three", 3), (6, "declared", 1), (7, "six", 6)];
    let expected: Vec<_> = expected.iter().map(|(number, name, lines)| (*number, (*name).to_owned(), *lines)).collect();
    assert_eq!(functions(text), expected);
}

#[test]
fn programs_only_parse_and_run() {
    let long: Vec<String> = repo::rust_files()
        .iter()
        .filter(|(file, _)| file.ends_with("/main.rs") || file.contains("/src/bin/"))
        .filter(|(file, _)| !is_test_file(file))
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > MAIN_LINES_MAX)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    report("a main.rs parses arguments and calls run(config), in under 30 lines:", &long);
}

/// Where tests are one program, cargo finds no file by itself.
#[test]
fn tests_that_are_one_program_are_all_in_it() {
    let files = repo::rust_files();
    let mut left_out = Vec::new();
    for (main, modules) in files.iter().filter(|(file, _)| file.ends_with("/tests/main.rs")) {
        let package = main.trim_end_matches("tests/main.rs");
        let manifest = repo::text(&format!("{package}Cargo.toml")).unwrap_or_default();
        for (file, _) in &files {
            let Some(path) = file.strip_prefix(package).filter(|path| path.starts_with("tests/")) else { continue };
            let name = path.trim_start_matches("tests/").trim_end_matches(".rs").trim_end_matches("/mod");
            let named = modules.lines().any(|line| line == format!("mod {name};"));
            if !name.contains('/') && !named && !manifest.contains(&format!("\"{path}\"")) {
                left_out.push(file.clone());
            }
        }
    }
    report("a file of tests is a module of tests/main.rs, or a target of its Cargo.toml:", &left_out);
}

/// (line, name, lines) of each function. Formatted code closes a body at the indentation of its `fn`.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let rest = &lines[start..];
        let head = rest.iter().position(|line| line.contains('{') || line.trim_end().ends_with(';')).unwrap_or(0);
        let closes = |line: &&str| repo::indent(line) == repo::indent(lines[start]) && line.trim() == "}";
        let length = if rest[head].trim_end().ends_with(['}', ';']) {
            head + 1
        } else {
            rest.iter().position(closes).map_or(1, |end| end + 1)
        };
        functions.push((start + 1, name.to_owned(), length));
    }
    functions
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.trim_start().split(' ');
    let qualifier = |word: &str| {
        word.starts_with("pub") || matches!(word, "const" | "async" | "unsafe" | "default" | "extern" | "\"C\"")
    };
    let word = words.by_ref().find(|word| !qualifier(word))?;
    if word != "fn" {
        return None;
    }
    words.next()?.split(['(', '<']).next().filter(|name| !name.is_empty())
}

// -------------------------------------------------------------------------------------------------------- leftovers

const LEFTOVERS: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X"),
    concat!("dbg", "!("),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore]"),
    concat!("println!(\"", "debug"),
    concat!("eprintln!(\"", "debug"),
];

const SLEEPS: &[&str] = &[concat!("thread::", "sleep"), concat!("time::", "sleep")];

#[test]
fn nothing_is_left_over() {
    let code = |file: &String| {
        [".rs", ".sh", ".toml", ".html", ".css", ".js", ".ts"].iter().any(|end| file.ends_with(end))
            || file == ".ci/run"
    };
    let mut findings = Vec::new();
    for file in repo::files().into_iter().filter(code) {
        let text = repo::text(&file).unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let left = LEFTOVERS.iter().filter(|word| has_word(line, word));
            findings.extend(left.map(|word| format!("{file}:{}: {word}", index + 1)));
        }
    }
    report("finish these, or file them as issues:", &findings);
}

/// A test that needs what no script installs passes where somebody installed it by hand, and nowhere else.
#[test]
fn what_can_be_installed_is_installed() {
    let scripts = ["scripts/setup.sh", "scripts/test.sh"].map(|file| repo::text(file).unwrap());
    let defined = |line: &str| line.strip_suffix("() {").filter(|name| name.starts_with("install_")).map(String::from);
    let installs: Vec<_> = scripts[0].lines().filter_map(defined).collect();
    assert!(installs.len() > 4, "{installs:?}");
    // With arguments it is called in the middle of a function; without, on a line of its own.
    let is_called = |name: &str| {
        scripts.iter().flat_map(|text| text.lines()).any(|line| line.trim_start().split(' ').next() == Some(name))
    };
    let forgotten: Vec<_> = installs.into_iter().filter(|name| !is_called(name)).collect();
    report("no script calls these functions of scripts/setup.sh:", &forgotten);
}

#[test]
fn tests_wait_for_events_and_never_sleep() {
    let mut findings = Vec::new();
    for (file, text) in repo::rust_files() {
        let (_, tests) = split_tests(&file, &text);
        let asleep = tests.iter().filter(|line| !is_comment(line.text) && SLEEPS.iter().any(|s| line.text.contains(s)));
        findings.extend(asleep.map(|line| format!("{file}:{}: {}", line.number, line.text.trim())));
    }
    report("wait for the event, with a deadline, instead of sleeping:", &findings);
}

/// Places that exist on one machine only.
#[test]
fn no_file_names_a_folder_of_a_build_machine() {
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    let mut findings = Vec::new();
    for file in repo::files() {
        for (index, line) in repo::text(&file).unwrap_or_default().lines().enumerate() {
            let named = paths.iter().filter(|path| starts_a_path(line, path));
            findings.extend(named.map(|path| format!("{file}:{}: {path}", index + 1)));
        }
    }
    report("absolute paths of one machine:", &findings);
}

#[test]
fn shared_fixtures_are_read_where_they_are() {
    let top = repo::root();
    let fixtures = top.join("../shared/fixtures");
    let mut sizes: BTreeMap<u64, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![fixtures];
    while let Some(folder) = folders.pop() {
        // They are not part of a clone: where they are absent there is nothing to compare.
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.map(|entry| entry.expect("read a folder")) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sizes.entry(fs::metadata(&path).expect("read a size").len()).or_default().push(path);
            }
        }
    }
    let mut findings = Vec::new();
    for file in repo::files() {
        let size = fs::metadata(top.join(&file)).expect("read a size").len();
        // Files of a few bytes may well be equal by chance.
        let Some(same_size) = sizes.get(&size).filter(|_| size > 16) else {
            continue;
        };
        let bytes = fs::read(top.join(&file)).expect("read a file");
        let same = same_size.iter().filter(|fixture| fs::read(fixture).expect("read a fixture") == bytes);
        findings.extend(same.map(|fixture| format!("{file} = {}", fixture.display())));
    }
    report("copies of shared fixtures; make data of our own instead:", &findings);
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Does `line` hold `word`, not as part of a longer one?
fn has_word(line: &str, word: &str) -> bool {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let goes_back = word.starts_with(in_word) && line[..at].ends_with(in_word);
        let goes_on = word.ends_with(in_word) && line[at + word.len()..].starts_with(in_word);
        !goes_back && !goes_on
    })
}

/// Does `line` hold `path` as the beginning of a path, not as the middle of an address or a longer path?
fn starts_a_path(line: &str, path: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '~' | '}' | ')' | '>' | '*');
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(inside))
}

// ------------------------------------------------------------------------------------------------------ domain tags

const TAG_FILE: &str = "crates/ledger/src/tag.rs";
const TAG_START: &str = concat!("\"", "hufu/");

#[test]
fn domain_tags_are_unique_and_declared_in_one_place() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for (file, text) in repo::rust_files() {
        let (shipped, _) = split_tests(&file, &text);
        for line in shipped.iter().filter(|line| !is_comment(line.text)) {
            for tag in tags(line.text) {
                if file != TAG_FILE {
                    findings.push(format!("{file}:{}: \"{tag}\" stands outside {TAG_FILE}", line.number));
                } else if let Some(first) = seen.insert(tag.clone(), line.number) {
                    findings.push(format!("{file}:{}: \"{tag}\" stands at line {first} already", line.number));
                }
            }
        }
    }
    assert!(!seen.is_empty(), "{TAG_FILE} declares no domain tag");
    report("one tag for each hash and each signature, all in one file:", &findings);
}

/// The string literals of a line that look like tags.
fn tags(line: &str) -> Vec<String> {
    line.split(TAG_START)
        .skip(1)
        .map(|rest| format!("{}{}", &TAG_START[1..], rest.split('"').next().unwrap_or(rest)))
        .collect()
}

// ------------------------------------------------------------------------------------------------------------ links

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for file in repo::files().into_iter().filter(|file| file.ends_with(".md")) {
        let text = repo::text(&file).expect("Markdown is UTF-8");
        let folder = Path::new(&file).parent().expect("a file lies in a folder");
        for (number, target) in links(&text) {
            let path = target.split(['#', '?']).next().unwrap_or_default();
            let foreign = target.contains("://") || target.starts_with("mailto:") || path.is_empty();
            if foreign {
                continue;
            }
            match within(&folder.join(path)) {
                None => findings.push(format!("{file}:{number}: {target} leads out of the repository")),
                Some(path) if !repo::root().join(&path).exists() => {
                    findings.push(format!("{file}:{number}: {target} does not exist"));
                }
                Some(_) => {}
            }
        }
    }
    report("links that lead nowhere:", &findings);
}

/// In Markdown anywhere, in Rust in comments: a document is often named without a link.
#[test]
fn named_documents_exist() {
    let mut findings = Vec::new();
    for file in repo::files().into_iter().filter(|file| file.ends_with(".md") || file.ends_with(".rs")) {
        let text = repo::text(&file).expect("text is UTF-8");
        for (index, line) in text.lines().enumerate().filter(|(_, line)| file.ends_with(".md") || is_comment(line)) {
            let missing = documents(line).into_iter().filter(|path| !repo::root().join(path).exists());
            findings.extend(missing.map(|path| format!("{file}:{}: {path} does not exist", index + 1)));
        }
    }
    report("documents that are named but do not exist:", &findings);
}

#[test]
fn links_and_documents_are_found() {
    let text = "see [a](b.md#c \"t\") and ![d](<e f.svg>), `[no](code)`\n```\n[no](fence)\n```\n[x]: y.md\n<img src=\"z.svg\">\n";
    let found: Vec<_> = links(text).into_iter().map(|(number, target)| format!("{number} {target}")).collect();
    assert_eq!(found, ["1 b.md#c", "1 e f.svg", "5 y.md", "6 z.svg"]);

    let line = "`docs/a.md`, docs/b/, (docs/c.md). https://x.org/docs/no docs/d/*.md";
    assert_eq!(documents(line), ["docs/a.md", "docs/b/", "docs/c.md", "docs/d/"]);
}

/// (line, target) of each link in Markdown, code apart.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        let inline = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let quoted = ["src=\"", "href=\""]
            .into_iter()
            .flat_map(|start| prose.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>());
        let defined = prose.split_once("]: ").filter(|(label, _)| label.starts_with('[')).map(|(_, target)| target);
        for target in inline.chain(quoted).chain(defined) {
            let bare = match target.strip_prefix('<') {
                Some(rest) => rest.split('>').next().unwrap_or(rest),
                None => target.split_whitespace().next().unwrap_or_default(),
            };
            links.push((index + 1, bare.to_owned()));
        }
    }
    links
}

/// The paths below docs/ that a line names; of a pattern, the folder.
fn documents(line: &str) -> Vec<String> {
    let in_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
    let mut documents = Vec::new();
    for (at, _) in line.match_indices("docs/") {
        if line[..at].ends_with(in_path) {
            continue;
        }
        let rest = &line[at..];
        let end = rest.find(|c| !in_path(c)).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches('.');
        let pattern = rest[end..].starts_with(['*', '{', '<', '…']);
        let folder = path.rfind('/').map_or(path, |slash| &path[..=slash]);
        documents.push(if pattern { folder } else { path }.to_owned());
    }
    documents
}

/// The path without `.` and `..`, or `None` where it leaves the repository.
fn within(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

//! Dependencies: licences that go with Apache-2.0, and versions that are not known to be unsound.

mod repo;

use std::collections::BTreeSet;

use cargo_metadata::semver::{Version, VersionReq};

/// SPDX identifiers that ask for no more than notices.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Package, licence, reason. A package that goes away must leave this list too.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "attohttpc",
    "MPL-2.0",
    "named by libp2p's UPnP support, which is not built; copyleft by file, and no file of it is changed",
)];

/// Package, the line of releases it is about, the versions of that line that will do, reason.
///
/// yamux 0.12 has no release without its fault; [`yamux_is_configured_by_its_defaults`] keeps it from running.
const MINIMUM_VERSIONS: &[(&str, &str, &str, &str)] = &[
    ("libp2p-gossipsub", "*", ">=0.49.5", "a peer can crash older ones"),
    ("yamux", ">=0.13, <0.14", ">=0.13.10", "a peer can crash older ones"),
    ("quinn-proto", "*", ">=0.11.14", "a peer can crash older ones"),
];

#[test]
fn every_dependency_has_an_allowed_licence() {
    let mut findings = Vec::new();
    let mut excepted = BTreeSet::new();
    for package in repo::metadata().packages {
        let name = package.name.as_str();
        let Some(licence) = package.license.as_deref() else {
            findings.push(format!("{name} {} names no licence", package.version));
            continue;
        };
        if let Some((entry, ..)) = EXCEPTIONS.iter().find(|(entry, known, _)| *entry == name && *known == licence) {
            excepted.insert(*entry);
            continue;
        }
        match evaluate(licence) {
            Ok(true) => {}
            Ok(false) => findings.push(format!("{name} {} is under {licence}", package.version)),
            Err(error) => findings.push(format!("{name} {}: cannot read `{licence}`: {error}", package.version)),
        }
    }
    let unused = EXCEPTIONS.iter().filter(|(entry, ..)| !excepted.contains(entry));
    findings.extend(unused.map(|(entry, ..)| format!("{entry} is excepted, but is no dependency under that licence")));
    repo::report(
        "licences outside the list in tests/tests/licences.rs: find another crate, or argue for it:",
        &findings,
    );
}

#[test]
fn no_dependency_is_older_than_its_known_faults() {
    let lock = repo::text("Cargo.lock").expect("Cargo.lock is UTF-8");
    let locked = locked(&lock);
    assert!(locked.len() > 100, "Cargo.lock was not understood: {} packages", locked.len());
    let mut findings = Vec::new();
    for (name, line, enough, reason) in MINIMUM_VERSIONS {
        let line = VersionReq::parse(line).expect("a version range");
        let enough = VersionReq::parse(enough).expect("a version range");
        let old = locked
            .iter()
            .filter(|(package, version)| package == name && line.matches(version) && !enough.matches(version));
        findings.extend(old.map(|(_, version)| format!("{name} {version}, needed {enough}: {reason}")));
    }
    repo::report("dependencies with known faults: run `cargo update -p NAME`:", &findings);
}

/// libp2p-yamux compiles yamux 0.12 beside 0.13, and goes back to it as soon as one of these is called.
#[test]
fn yamux_is_configured_by_its_defaults() {
    let setters = [
        "set_receive_window_size(",
        "set_max_buffer_size(",
        "set_max_num_streams(",
        "set_window_update_mode(",
        "yamux::Config::client(",
        "yamux::Config::server(",
    ];
    let mut findings = Vec::new();
    for (file, text) in repo::rust_files().iter().filter(|(file, _)| file != "tests/tests/licences.rs") {
        for (index, line) in text.lines().enumerate() {
            let called = setters.iter().filter(|setter| line.contains(**setter));
            findings.extend(called.map(|setter| format!("{file}:{}: {setter})", index + 1)));
        }
    }
    repo::report("these switch libp2p to yamux 0.12, which a peer can crash:", &findings);
}

#[test]
fn licence_expressions_are_evaluated() {
    let cases = [
        ("MIT", Ok(true)),
        ("GPL-3.0-only", Ok(false)),
        ("MIT OR GPL-3.0-only", Ok(true)),
        ("GPL-3.0-only OR MIT", Ok(true)),
        ("MIT AND GPL-3.0-only", Ok(false)),
        ("MIT AND GPL-3.0-only OR Apache-2.0", Ok(true)),
        ("MIT AND (GPL-3.0-only OR Apache-2.0)", Ok(true)),
        ("GPL-3.0-only AND (MIT OR Apache-2.0)", Ok(false)),
        ("Apache-2.0 WITH LLVM-exception", Ok(true)),
        ("GPL-3.0-only WITH GCC-exception-3.1", Ok(false)),
        ("MIT/Apache-2.0", Ok(true)),
        ("GPL-2.0/GPL-3.0", Ok(false)),
        ("", Err("expected a licence")),
        ("MIT OR", Err("expected a licence")),
        ("(MIT", Err("expected `)`")),
        ("MIT Apache-2.0", Err("text after the end")),
        ("MIT WITH", Err("expected an exception")),
    ];
    for (expression, expected) in cases {
        assert_eq!(evaluate(expression), expected, "`{expression}`");
    }
}

/// Is there a way to take `expression` (SPDX, or the older `A/B`) that asks for allowed licences alone?
fn evaluate(expression: &str) -> Result<bool, &'static str> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any_of(&mut words)?;
    if words.next().is_some() { Err("text after the end") } else { Ok(allowed) }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>) -> Result<bool, &'static str> {
    let mut allowed = all_of(words)?;
    while words.next_if_eq(&"OR").is_some() {
        allowed |= all_of(words)?;
    }
    Ok(allowed)
}

fn all_of(words: &mut Words<'_>) -> Result<bool, &'static str> {
    let mut allowed = one(words)?;
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words)?;
    }
    Ok(allowed)
}

fn one(words: &mut Words<'_>) -> Result<bool, &'static str> {
    match words.next() {
        Some("(") => {
            let allowed = any_of(words)?;
            words.next_if_eq(&")").ok_or("expected `)`")?;
            Ok(allowed)
        }
        Some(")" | "OR" | "AND" | "WITH") | None => Err("expected a licence"),
        Some(licence) if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().ok_or("expected an exception")?;
            Ok(ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        Some(licence) => Ok(ALLOWED.contains(&licence)),
    }
}

/// The packages of a lock file, on every platform.
fn locked(lock: &str) -> Vec<(String, Version)> {
    let quoted = |line: &str, key: &str| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?;
        Some(value.to_owned())
    };
    let mut packages = Vec::new();
    let mut name = None;
    for line in lock.lines() {
        if let Some(value) = quoted(line, "name") {
            name = Some(value);
        } else if let Some(value) = quoted(line, "version")
            && let Some(name) = name.take()
        {
            packages.push((name, Version::parse(&value).expect("a lock file holds versions")));
        }
    }
    packages
}

//! A golden vector that no test reads proves nothing: each must be named in test code.

mod repo;

const FOLDER: &str = "docs/formats/vectors/";

#[test]
fn every_vector_is_read_by_a_test() {
    let vectors: Vec<String> =
        repo::files().into_iter().filter(|file| file.starts_with(FOLDER) && !file.ends_with(".md")).collect();
    assert!(!vectors.is_empty(), "{FOLDER} holds no vector: every encoding, hash, event and proof needs one");

    let tests: Vec<String> = repo::rust_files()
        .into_iter()
        .filter(|(file, _)| file != "tests/tests/vectors.rs")
        .map(|(file, text)| {
            let (_, tests) = repo::split_tests(&file, &text);
            tests.iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
        })
        .collect();

    let name = |vector: &str| vector.rsplit('/').next().unwrap_or(vector).to_owned();
    let (read, others): (Vec<String>, Vec<String>) =
        vectors.into_iter().partition(|vector| tests.iter().any(|text| text.contains(&name(vector))));
    // A vector that a test reads may be a list of others; that test fails when one of them is not read.
    let lists: Vec<String> =
        read.iter().map(|vector| std::fs::read_to_string(repo::root().join(vector)).unwrap_or_default()).collect();
    let unread: Vec<String> =
        others.into_iter().filter(|vector| !lists.iter().any(|list| list.contains(&name(vector)))).collect();
    repo::report("a golden vector must be named in the test that reads it; read these or remove them:", &unread);
}

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

    let unread: Vec<String> = vectors
        .into_iter()
        .filter(|vector| {
            let name = vector.rsplit('/').next().unwrap_or(vector);
            !tests.iter().any(|text| text.contains(name))
        })
        .collect();
    repo::report("a golden vector must be named in the test that reads it; read these or remove them:", &unread);
}

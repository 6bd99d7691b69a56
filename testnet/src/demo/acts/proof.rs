//! The bundle: exported from a running node, verified by a stranger without any network, tampered with.

use super::{LOT, Stage};
use crate::{
    demo::{
        client::{Person, text_at},
        setting::{DISPOSER, Setting},
        story::Story,
    },
    tamper,
};
use eyre::{Context, ensure};
use std::{fs, process::Command};

/// Copies that are changed.
const TAMPERS: u64 = 20;
/// Of these, shown.
const SHOWN: u64 = 3;

/// Export, verification, and what becomes of changed copies.
pub(in crate::demo) fn prove(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let disposer = &setting.firms[DISPOSER];
    let (bundle, trust) = (setting.bundle(), setting.trust());
    let (bundle_text, trust_text) = (bundle.to_string_lossy().into_owned(), trust.to_string_lossy().into_owned());
    disposer.does(&["bundle", "export", LOT, "--open", "place", "--force", "--out", &bundle_text])?;
    let size = fs::metadata(&bundle).wrap_err("find the bundle")?.len();
    story.held(format!(
        "the disposer exported the history of the lot, opening one private field: {} ({} KiB)",
        bundle.display(),
        size.div_ceil(1024)
    ));

    // A stranger has the two files, and neither node nor key.
    let stranger = Person::new(setting.folder.join("people").join("stranger"), "a stranger", &setting.hufu)?;
    let verdict = stranger.does(&["verify", &bundle_text, "--trust", &trust_text])?;
    ensure!(text_at(&verdict, "verdict") == "valid", "the verdict is {verdict}");
    story.held(format!(
        "a stranger verified it offline: {}, {} events, {} signatures checked, as of height {}",
        text_at(&verdict, "verdict"),
        text_at(&verdict, "events"),
        text_at(&verdict, "signatures.checked"),
        text_at(&verdict, "as_of.height")
    ));
    let opened = text_at(&verdict, "fields");
    ensure!(opened.contains("Lingang") && !opened.contains("fee"), "opened is {opened}");
    story.held("the stranger sees where the disposer took over; the fee stays closed, and every proof holds");
    for lang in ["en", "zh-Hans"] {
        let said = Command::new(&setting.hufu)
            .args(["--lang", lang, "verify", &bundle_text, "--trust", &trust_text])
            .current_dir(&stranger.folder)
            .env("NO_COLOR", "1")
            .output()
            .wrap_err("run hufu verify")?;
        String::from_utf8_lossy(&said.stdout).lines().take(2).for_each(|line| story.note(line.trim()));
    }
    let (exit, _, _) = stranger.runs(&["verify", &bundle_text])?;
    ensure!(exit == 11, "without a trust root hufu verify ended with {exit}");
    story.held("without the agencies' trust root it is not taken as proved (exit 11)");
    for seed in 1..=TAMPERS {
        let changed = stranger.folder.join(format!("changed-{seed}.hufu"));
        let what = tamper::tamper(&bundle, seed, &changed)?;
        let (exit, verdict, errors) = stranger.runs(&["verify", &changed.to_string_lossy(), "--trust", &trust_text])?;
        ensure!(exit == 10, "a copy with a changed {what} (seed {seed}) ended with {exit}: {errors}");
        if seed <= SHOWN {
            let code = text_at(&verdict, "failure.code");
            story.refused(format!("a copy with a changed {what}"), &code, text_at(&verdict, "failure.message"));
        }
    }
    story.held(format!("{TAMPERS} of {TAMPERS} changed copies fail (exit 10)"));
    Ok(())
}

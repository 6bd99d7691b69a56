//! The whole path, told as a story: four agencies as processes, one shipment from the port to its disposal, faults,
//! refusals, and a bundle that a stranger verifies offline.
//!
//! Every act is done with the programs that people use, `hufu` and `hufud`; nothing here reaches past them.

mod acts;
mod client;
mod setting;
mod story;

use crate::running;
use acts::Stage;
use eyre::Context;
use setting::Setting;
use std::{fs, path::PathBuf};
use story::Story;

/// What to do.
#[derive(Clone, Debug, Default)]
pub struct DemoOptions {
    /// End when done.
    pub once: bool,
    /// The folder; otherwise a new one under the system's temporary files.
    pub dir: Option<PathBuf>,
    /// A JSON object a step, and one of what is left at the end, instead of a story.
    pub json: bool,
}

/// A step of the story.
type Act = fn(&Setting, &mut Story, &mut Stage) -> eyre::Result<()>;

/// The steps, in their order.
const ACTS: &[(&str, Act)] = &[
    ("Customs lets four firms take part, Science and Technology registers what is imported", acts::onboard),
    ("The importer reads its shipment list into the ledger", acts::import),
    ("The shipment is at the port: declared, inspected, released", acts::clear),
    ("First handover: the importer offers, the carrier accepts", acts::hand_over),
    ("Second handover: carrier and laboratory sign face to face, without a network", acts::hand_over_offline),
    ("One of four agencies is killed; the ledger goes on, and the agency catches up", acts::kill_one),
    ("Health orders a hold: nothing moves until it lifts it", acts::hold),
    ("The laboratory uses what it needs; the disposer destroys the rest", acts::use_and_dispose),
    ("A stranger verifies the whole history offline, and no changed copy passes", acts::prove),
];

/// Runs the demo. An error if any step did not hold.
pub fn run(options: &DemoOptions) -> eyre::Result<()> {
    let folder = match &options.dir {
        Some(dir) => dir.clone(),
        None => tempfile::Builder::new().prefix("hufu-demo-").tempdir().wrap_err("make a folder")?.keep(),
    };
    fs::create_dir_all(&folder).wrap_err_with(|| format!("make {}", folder.display()))?;
    let network = folder.join("network");
    let told = tell(&folder, options.json);
    match (&told, options.json, options.once) {
        (Ok(setting), true, _) => println!("{}", setting.summary(!options.once)),
        (Ok(setting), false, false) => setting.try_next(&network),
        (Ok(setting), false, true) => setting.try_later(),
        (Err(_), true, _) => {}
        (Err(_), false, _) => eprintln!("the logs are in {}", network.display()),
    }
    if told.is_ok() && !options.once {
        until_told().wrap_err("wait for a signal")?;
    }
    let ended = running::down(&network, None).wrap_err("end the nodes");
    told.map(|_| ()).and(ended.map(|_| ()))
}

/// Returns at SIGINT (Ctrl-C) or SIGTERM. The nodes have process groups of their own and do not hear of it.
fn until_told() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    waiting.block_on(async {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

fn tell(folder: &std::path::Path, json: bool) -> eyre::Result<Setting> {
    let mut story = Story::new(ACTS.len() + 1, json);
    story.title("Hufu 虎符: custody of biological special items, from the port to disposal");
    let setting = story.step("Four agencies agree on one network, each with keys of its own", |story| {
        Setting::prepare(folder, story)
    })?;
    let mut stage = Stage::default();
    for (title, act) in ACTS {
        story.step(title, |story| act(&setting, story, &mut stage))?;
    }
    story.end();
    Ok(setting)
}

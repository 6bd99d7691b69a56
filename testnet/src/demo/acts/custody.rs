//! Handovers, holds, use and disposal.

use super::{LOT, OTHER_LOT, Stage};
use crate::demo::{
    client::{Person, text_at},
    setting::{CARRIER, DISPOSER, FIRMS, IMPORTER, LABORATORY, Setting},
    story::Story,
};
use crate::wait::{Seen, wait_for};
use eyre::ensure;
use std::time::Duration;

/// Time in which all agencies have a block that one has.
const SEEN_TIME: Duration = Duration::from_secs(20);

/// Private terms between laboratory and disposer.
const FEE: &str = "fee=8800 CNY";
const PLACE: &str = "place=临港 Lingang";

fn held_by(setting: &Setting, item: &str, firm: usize) -> eyre::Result<()> {
    customs_shows(setting, item, "custodian.name", FIRMS[firm].name)
}

/// Waits until Customs sees a value of an item. Whoever acted has heard of it from the node of another agency, and nodes are
/// not at one height at the same moment.
pub(super) fn customs_shows(setting: &Setting, item: &str, field: &str, expected: &str) -> eyre::Result<()> {
    wait_for(&format!("{field} of {item} to be {expected} at Customs"), SEEN_TIME, || {
        match setting.customs.item(item) {
            Ok(shown) if text_at(&shown, field) == expected => Seen::Yes(()),
            Ok(shown) => Seen::NotYet(text_at(&shown, field)),
            Err(error) => Seen::NotYet(error.to_string()),
        }
    })?;
    Ok(())
}

fn gln(firm: usize) -> String {
    format!("gln:{}", FIRMS[firm].gln)
}

/// Offer and acceptance on the ledger.
pub(in crate::demo) fn hand_over(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let (importer, carrier) = (&setting.firms[IMPORTER], &setting.firms[CARRIER]);
    for lot in [LOT, OTHER_LOT] {
        importer.does(&["handover", "offer", lot, "--to", &gln(CARRIER)])?;
    }
    story.held(format!("{} offered two lots to {}", importer.name, FIRMS[CARRIER].name));
    held_by(setting, LOT, IMPORTER)?;
    story.held("until the receiver signs, custody has not moved");
    for lot in [LOT, OTHER_LOT] {
        carrier.does(&["handover", "accept", lot])?;
        held_by(setting, lot, CARRIER)?;
    }
    story.held(format!("{} accepted: custody moved with the second half of the tally", carrier.name));
    Ok(())
}

/// A draft signed by two people without a network, anchored later; a rival of it loses.
pub(in crate::demo) fn hand_over_offline(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let (carrier, laboratory) = (&setting.firms[CARRIER], &setting.firms[LABORATORY]);
    let before = carrier.file("item.hufu");
    carrier.does(&["bundle", "export", LOT, "--out", &before])?;
    let (away, there) = (away(setting, CARRIER)?, away(setting, LABORATORY)?);
    let (draft, rival) = (away.file("handover.json"), away.file("rival.json"));
    let draw = |to: usize, out: &str| {
        let with = setting.firms[to].file("public-key.json");
        let act = ["handover", "direct", "--item-file", &before, "--to", &gln(to), "--with", &with, "--out", out];
        away.does(&act)
    };
    draw(LABORATORY, &draft)?;
    story.held(format!("in the van, without a network, {} signed a handover as a file", carrier.name));
    there.does(&["tx", "cosign", &draft])?;
    story.held(format!("{} read it and signed the same file", laboratory.name));
    draw(IMPORTER, &rival)?;
    self::away(setting, IMPORTER)?.does(&["tx", "cosign", &rival])?;
    story.note(format!("{} signed a second handover of the same lot, back to the importer", carrier.name));
    laboratory.does(&["tx", "submit", &draft])?;
    held_by(setting, LOT, LABORATORY)?;
    story.held(format!("back in reach, the file was sent: {} holds the lot", FIRMS[LABORATORY].name));
    let refusal = setting.firms[IMPORTER].is_refused("H5104", &["tx", "submit", &rival])?;
    story.refused("the rival handover of the same lot", &refusal.code, &refusal.detail);
    held_by(setting, LOT, LABORATORY)
}

/// The same person with the same key, and no node.
fn away(setting: &Setting, firm: usize) -> eyre::Result<Person> {
    let person = &setting.firms[firm];
    let (key, password, trust) =
        (person.folder.join("person.key.json"), person.folder.join("password"), setting.trust());
    person.without_network(&setting.configuration("", &key, &password, &trust))
}

/// A hold by any agency stops everything; the same agency lifts it.
pub(in crate::demo) fn hold(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let (health, laboratory) = (&setting.health, &setting.firms[LABORATORY]);
    health.does(&["hold", "place", LOT, "--reason", "温度记录存疑 temperature record in doubt"])?;
    story.held("Health placed a hold: the temperature record is in doubt (art. 36)");
    let refusal = laboratory.is_refused("H5103", &["item", "use", LOT, "--quantity", "10"])?;
    story.refused("the laboratory uses the lot under the hold", &refusal.code, &refusal.detail);
    health.does(&["hold", "lift", LOT])?;
    let holds = text_at(&laboratory.item(LOT)?, "holds");
    ensure!(holds == "[]", "holds are left: {holds}");
    story.held("Health lifted its hold");
    Ok(())
}

/// Use by the laboratory, the rest to the disposer, and disposal with the countersignature of Environment.
pub(in crate::demo) fn use_and_dispose(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let (laboratory, disposer) = (&setting.firms[LABORATORY], &setting.firms[DISPOSER]);
    laboratory.does(&["item", "use", LOT, "--quantity", "880"])?;
    story.held(format!("{} used 880 doses (100 were used before)", laboratory.name));
    let offer = ["handover", "offer", LOT, "--to", &gln(DISPOSER), "--private", FEE, "--private", PLACE];
    let offered = text_at(&laboratory.does(&offer)?, "id");
    let terms = disposer.file("terms.json");
    laboratory.does(&["disclosure", "export", &offered, "--out", &terms])?;
    disposer.does(&["disclosure", "import", &terms])?;
    disposer.does(&["handover", "accept", LOT])?;
    held_by(setting, LOT, DISPOSER)?;
    story.held(format!("{} took over the 20 doses that are left", FIRMS[DISPOSER].name));
    story.held("only the two know fee and place of this handover: the ledger has a salted commitment");
    let (draft, officer) = (disposer.file("disposal.json"), setting.environment.file("public-key.json"));
    setting.environment.does(&["key", "export-pub", "--out", &officer])?;
    disposer.does(&["item", "dispose", LOT, "--quantity", "20", "--countersigner", &officer, "--out", &draft])?;
    story.held(format!("{} signed the disposal; it counts with Environment's signature only", disposer.name));
    setting.environment.does(&["agency", "countersign", &draft])?;
    let item = setting.environment.item(LOT)?;
    let quantities = ["registered", "used", "disposed", "on_hand"].map(|q| text_at(&item, &format!("quantity.{q}")));
    ensure!(quantities == ["1000", "980", "20", "0"], "the quantities are {quantities:?}");
    ensure!(text_at(&item, "state") == "disposed", "the lot is {}", text_at(&item, "state"));
    story.held("Environment countersigned (art. 35): 1000 = 980 used + 20 disposed of, nothing is left over");
    Ok(())
}

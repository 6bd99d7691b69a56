//! Firms, classes, import, and the border.

use super::{LOT, SHIPMENT, Stage};
use crate::{
    demo::{
        client::{Person, text_at},
        setting::{FIRMS, FirmFacts, IMPORTER, Setting},
        story::Story,
    },
    people,
};
use eyre::{Context, ensure};
use std::fs;

/// GTIN, name, category, grade, HS code, human genetic resource.
type ClassFacts = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);

/// What is imported. The GTINs are under the demonstration prefix 952.
const CLASSES: [ClassFacts; 5] = [
    ("09521000100015", "CAR-T 细胞制剂 CAR-T cell product", "biological-product", "3", "HS2022-WCO-300251", true),
    ("09521000100022", "人凝血因子 VIII Coagulation factor VIII", "blood", "2", "HS2022-WCO-300212", false),
    ("09521000100039", "单克隆抗体标准品 Monoclonal antibody", "biological-product", "2", "HS2022-WCO-300215", false),
    ("09521000100046", "减毒疫苗株培养物 Attenuated vaccine strain", "micro-organism", "4", "HS2022-WCO-300249", false),
    ("09521000100053", "人体组织切片 Human tissue sections", "human-tissue", "3", "HS2022-WCO-300190", true),
];

/// A class and its code in the Chinese tariff.
const TARIFF: (&str, &str) = ("09521000100039", "HS2022-CN-3002150010");

/// Firms with their persons' keys, and classes.
pub(in crate::demo) fn onboard(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let nodes = setting.network()?.nodes;
    for (place, (facts, person)) in FIRMS.iter().zip(&setting.firms).enumerate() {
        admit(setting, facts, person, &nodes[place].api)?;
        story.held(format!("Customs registered {} (GLN {}) and the key of {}", facts.name, facts.gln, facts.person));
    }
    for (gtin, name, category, grade, hs, hgr) in CLASSES {
        let mut act = vec!["class", "register", gtin, "--name", name, "--category", category, "--grade", grade];
        act.extend(["--hs", hs]);
        act.extend(hgr.then_some("--hgr"));
        setting.science.does(&act)?;
        let marked = if hgr { ", human genetic resource" } else { "" };
        story.held(format!("Science and Technology registered {name}: GTIN {gtin}, {hs}, grade {grade}{marked}"));
    }
    let (gtin, hs) = TARIFF;
    setting.customs.does(&["class", "assert-hs", gtin, hs])?;
    story.held(format!("Customs asserted the Chinese tariff code of {gtin}: {hs}"));
    let refusal = setting.customs.is_refused("H5007", &["class", "assert-hs", gtin, hs])?;
    story.refused("the same code once more", &refusal.code, &refusal.detail);
    Ok(())
}

/// A firm's person makes a key and gives away its public half; Customs registers both firm and key.
fn admit(setting: &Setting, facts: &FirmFacts, person: &Person, api: &str) -> eyre::Result<()> {
    let (key, password) = (person.folder.join("person.key.json"), person.folder.join("password"));
    people::write_password(&password, &people::password())?;
    person.configure(&setting.configuration(api, &key, &password, &setting.trust()))?;
    let org = format!("gln:{}", facts.gln);
    let (key, claim) = (person.file("person.key.json"), person.file("public-key.json"));
    let roles = "custodian,receiver,declarant";
    let new = ["key", "new", "--org", &org, "--name", facts.person, "--roles", roles, "--label", facts.key];
    person.does(&[&new[..], &["--out", &key, "--light"]].concat())?;
    person.does(&["key", "export-pub", "--out", &claim])?;
    setting.customs.does(&["party", "register", &org, "--name", facts.name, "--kind", facts.kind])?;
    setting.customs.does(&["key", "register", &claim])?;
    Ok(())
}

/// The shipment list: first checked, then imported; a second import changes nothing.
pub(in crate::demo) fn import(setting: &Setting, story: &mut Story, stage: &mut Stage) -> eyre::Result<()> {
    let importer = &setting.firms[IMPORTER];
    let list = importer.folder.join("shipment.csv");
    fs::write(&list, SHIPMENT).wrap_err("write the shipment list")?;
    let list = importer.file("shipment.csv");
    importer.does(&["--dry-run", "import", "csv", &list])?;
    story.held("a dry run found no bad row in shipment.csv (12 rows, Chinese headings, quoted line breaks)");
    let report = importer.file("report.csv");
    importer.does(&["import", "csv", &list, "--report", &report])?;
    stage.items = labels()?;
    for label in &stage.items {
        let state = text_at(&importer.item(label)?, "state");
        ensure!(state == "registered", "{label} is {state}");
    }
    story.held(format!("{} items are registered, {} holds them", stage.items.len(), importer.name));
    importer.does(&["import", "csv", &list])?;
    let count = text_at(&importer.item(LOT)?, "count");
    ensure!(count == "1", "the second import left {count} events on {LOT}");
    story.held("importing the list again registers nothing twice");
    Ok(())
}

/// The codes on the labels of the shipment, as bracketed element strings.
fn labels() -> eyre::Result<Vec<String>> {
    // Every record begins with its number and the GTIN; the line break within a quoted field does not.
    let mut labels = Vec::new();
    for line in SHIPMENT.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let Some(gtin) = fields.get(1).filter(|f| f.len() == 14 && f.bytes().all(|b| b.is_ascii_digit())) else {
            continue;
        };
        // A quoted comma in the name shifts what follows by one.
        let shift = usize::from(fields.get(2).is_some_and(|name| name.starts_with('"')));
        let (lot, serial) = (fields.get(4 + shift).unwrap_or(&""), fields.get(5 + shift).unwrap_or(&""));
        labels.push(match serial.is_empty() {
            true => format!("(01){gtin}(10){lot}"),
            false => format!("(01){gtin}(21){serial}"),
        });
    }
    ensure!(labels.len() == 12, "the shipment list has {} rows", labels.len());
    Ok(labels)
}

/// Declared by the importer, inspected and released by Customs; nothing is used before.
pub(in crate::demo) fn clear(setting: &Setting, story: &mut Story, stage: &mut Stage) -> eyre::Result<()> {
    let (importer, customs) = (&setting.firms[IMPORTER], &setting.customs);
    let items: Vec<&str> = stage.items.iter().map(String::as_str).collect();
    importer.does(&[&["agency", "declare"], &items[..]].concat())?;
    story.held(format!("{} declared {} items at the border", importer.name, items.len()));
    let refusal = importer.is_refused("H5102", &["item", "use", LOT, "--quantity", "10"])?;
    story.refused("the importer uses an item that Customs has not released", &refusal.code, &refusal.detail);
    customs.does(&[&["agency", "inspect", "--result", "passed"], &items[..]].concat())?;
    story.held("Customs inspected the shipment: passed (art. 24)");
    customs.does(&[&["agency", "release"], &items[..]].concat())?;
    let state = text_at(&importer.item(LOT)?, "state");
    ensure!(state == "released", "{LOT} is {state}");
    story.held("Customs released it (art. 24)");
    Ok(())
}

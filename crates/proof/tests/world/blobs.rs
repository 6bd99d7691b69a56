//! Every byte string of a bundle, and what a verifier may say when a bit of one is another.

use proof::{Blob, Bundle};

/// Every byte string of a bundle, with a word for what it is.
pub(crate) fn blobs(bundle: &mut Bundle) -> Vec<(&'static str, &mut Blob)> {
    let anchor = &mut bundle.anchor;
    let mut all: Vec<(&'static str, &mut Blob)> = vec![
        ("header", &mut anchor.header),
        ("certificate", &mut anchor.certificate),
        ("validators", &mut anchor.validators),
    ];
    for link in &mut anchor.chain.0 {
        all.extend([("header", &mut link.header), ("certificate", &mut link.certificate)]);
        all.push(("validators", &mut link.validators));
    }
    all.extend(anchor.witnesses.0.iter_mut().map(|w| ("witness", &mut w.signature)));
    if let Some(history) = &mut anchor.history {
        all.push(("history", &mut history.path));
    }
    all.extend([("proof", &mut bundle.proof), ("item", &mut bundle.item), ("code", &mut bundle.code)]);
    all.extend(bundle.classes.0.iter_mut().map(|b| ("class", b)));
    all.extend(bundle.packs.0.iter_mut().map(|b| ("pack", b)));
    all.extend(bundle.keys.0.iter_mut().map(|b| ("key", b)));
    all.extend(bundle.orgs.0.iter_mut().map(|b| ("org", b)));
    let mut steps: Vec<_> = bundle.events.0.iter_mut().collect();
    for related in &mut bundle.related.0 {
        all.extend([("item", &mut related.item), ("later", &mut related.later)]);
        steps.extend(&mut related.events.0);
    }
    for step in steps {
        all.push(("event", &mut step.event));
        if let Some(tx) = &mut step.tx {
            all.extend([("body", &mut tx.body), ("signatures", &mut tx.signatures)]);
            if let Some(entry) = &mut tx.entry {
                all.extend([("entry", &mut entry.bytes), ("entry path", &mut entry.path)]);
            }
        }
    }
    for field in &mut bundle.disclosures.fields.0 {
        all.extend([("field", &mut field.field), ("field path", &mut field.path)]);
    }
    for person in &mut bundle.disclosures.persons.0 {
        all.push(("name", &mut person.name));
    }
    all
}

/// The codes that a bit of such a byte string may lead to.
pub(crate) fn expected(kind: &str) -> &'static [&'static str] {
    match kind {
        "header" => &["H9005", "H9021"],
        "certificate" => &["H9005", "H9021", "H9023", "H9024"],
        "validators" => &["H9005", "H9022"],
        "witness" => &["H9005", "H9031"],
        "history" => &["H9005", "H9030"],
        "proof" | "item" | "code" => &["H9005", "H9040"],
        // A list out of order is found first: an identity is computed from the record.
        "class" | "pack" | "key" | "org" => &["H9005", "H9006", "H9040"],
        "event" => &["H9005", "H9060", "H9061", "H9062", "H9063", "H9064"],
        "later" => &["H9005", "H9060", "H9064"],
        "body" => &["H9005", "H9081"],
        "signatures" => &["H9005", "H9087"],
        "entry" | "entry path" => &["H9005", "H9085"],
        "field" | "field path" => &["H9005", "H9111"],
        "name" => &["H9005", "H9112"],
        other => panic!("{other}"),
    }
}

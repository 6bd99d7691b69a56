//! What an enterprise's systems tell in events, what the node shows of the items in them, and what it was sent.
#![allow(unreachable_pub)]

use crate::{
    node::{GTIN, Node},
    office,
};
use ledger::{Hash, ItemId, ItemRecord, Operation, OrgId, record::PendingOffer};
use serde_json::{Value, json};

pub const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

pub fn link(lot: &str) -> String {
    format!("https://id.gs1.org/01/{GTIN}/10/{lot}")
}

/// An event about 2 kg of a lot.
pub fn event(id: &str, lot: &str, step: &str, more: Value) -> Value {
    let mut event = json!({
        "type": "ObjectEvent", "eventID": id, "action": "OBSERVE", "bizStep": step,
        "eventTime": "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        "quantityList": [{ "epcClass": link(lot), "quantity": 2, "uom": "KGM" }],
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

pub fn registering(id: &str, lot: &str) -> Value {
    event(id, lot, "commissioning", json!({ "action": "ADD" }))
}

/// Who gives and who receives, as an event says it.
pub fn shipping(from: OrgId, to: OrgId) -> Value {
    let end = |name: &str, org: OrgId| json!({ "type": "possessing_party", name: format!("urn:hufu:org:{org}") });
    json!({ "sourceList": [end("source", from)], "destinationList": [end("destination", to)] })
}

pub fn document(events: &[Value]) -> String {
    let body = json!({
        "@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-05-01T08:00:00Z", "epcisBody": { "eventList": events },
    });
    body.to_string()
}

/// An item that the node shows under its code.
pub fn show(node: &Node, lot: &str, seed: u8, custodian: OrgId, offer: Option<PendingOffer>) {
    let quantity: gs1::Quantity = "2 KGM".parse().unwrap();
    let record = ItemRecord {
        registrant: custodian,
        custodian,
        registered: quantity,
        on_hand: quantity,
        offer,
        ..office::item(&format!("01/{GTIN}/10/{lot}"))
    };
    let view = serde_json::to_value(office::view(&ItemId(Hash([seed; 32])), &record)).unwrap();
    node.with(|state| {
        state.served.insert(format!("/v1/items/{}", record.code), view);
    });
}

/// Operations that the node was sent, without anchors.
pub fn acts(node: &Node) -> Vec<Operation> {
    let state = node.state.lock().unwrap();
    let all = state.txs.iter().map(|tx| tx.body.operation.clone());
    all.filter(|operation| !matches!(operation, Operation::Anchor { .. })).collect()
}

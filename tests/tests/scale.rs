//! The numbers of docs/scale.md are those that were measured, and what follows from them.

use std::fs;
use testnet::{files::read_json, scale::Measure};
use tests::top;

const BEGIN: &str = "<!-- tables -->\n";
const END: &str = "<!-- end -->";

#[test]
fn the_page_says_what_follows_from_what_was_measured() {
    let file = top().join("docs/scale.json");
    assert!(file.is_file(), "measure first: testnet measure --dir D --json > docs/scale.json");
    let measure: Measure = read_json(&file).unwrap();
    assert_eq!(measure.schema, testnet::scale::MEASURE_SCHEMA);
    let [few, many] = measure.handovers;
    assert!(few > 0 && many >= 5 * few, "the second run is to have ten times as many: {few}, {many}");
    let page = fs::read_to_string(top().join("docs/scale.md")).unwrap();
    let (_, from) = page.split_once(BEGIN).unwrap();
    let (tables, _) = from.split_once(END).unwrap();
    assert_eq!(tables, measure.tables(), "put the tables of `testnet measure --table docs/scale.json` there");
}

#[test]
fn others_cost_a_member_nothing_worth_counting() {
    let measure: Measure = read_json(&top().join("docs/scale.json")).unwrap();
    let (others, own) = (measure.member.others_wire, measure.member.event_wire);
    assert!(others < own / 100.0, "{others} bytes for a handover of others, {own} for an own event");
}

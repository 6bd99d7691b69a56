//! What a country costs: from what was measured of a handover, an own event and a heartbeat to disk, memory, network and
//! cores of each kind of node, for a number of items a year. Every number of `docs/scale.md` comes from here.

use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Value of `schema` in what was measured.
pub const MEASURE_SCHEMA: &str = "hufu.measure/1";
/// Events in the life of an item, as in the demo: from registration over some handovers to disposal.
pub const EVENTS: f64 = 20.0;
/// Bytes of memory that an agency's node takes for a record: its place in the state tree (ADR 2).
pub const LEAF_BYTES: f64 = 90.0;
/// Items a year that one ledger takes. Beyond them a country has several: its regions.
pub const LEDGER_ITEMS: f64 = 5e7;
/// Part of all items that the member of the table has.
pub const MEMBER_SHARE: f64 = 0.001;
/// Items that the partner of the table has.
pub const PARTNER_ITEMS: f64 = 100.0;
/// Items a year of the table.
pub const ITEMS: [f64; 3] = [1e6, 1e8, 1e10];
const YEAR_S: f64 = 365.0 * 86_400.0;
/// Seconds from one block to the next where nothing happens, and from one heartbeat to the next, as configured by default.
const BLOCK_S: f64 = 1.0;
const HEARTBEAT_S: f64 = 5.0;

/// On what it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Cores.
    pub cores: usize,
    /// Model of the processor, as it calls itself.
    pub processor: String,
    /// Memory, in MiB.
    pub memory_mib: u64,
}

/// What an agency's node spends. Bytes on the network are those that it sends and receives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Bytes on disk for a block without transactions.
    pub block_disk: f64,
    /// Bytes on disk for a handover.
    pub handover_disk: f64,
    /// Microseconds of a core for a handover: verifying, executing, voting, committing.
    pub handover_cpu_us: f64,
    /// Bytes between agencies for a handover.
    pub handover_wire: f64,
    /// Records of an item.
    pub leaves: f64,
}

/// What the node of a member spends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Bytes on the network for a heartbeat, while nothing of its own happens.
    pub heartbeat_wire: f64,
    /// Bytes on the network for a handover of others.
    pub others_wire: f64,
    /// Bytes on the network for an own event.
    pub event_wire: f64,
    /// Bytes on disk for an own event.
    pub event_disk: f64,
    /// Microseconds of a core for an own event.
    pub event_cpu_us: f64,
    /// Bytes on the network for an own link, where it catches up.
    pub link_wire: f64,
    /// Bytes of the bundle of an item with one event.
    pub bundle: f64,
}

/// What the node of a partner spends on an item that is shared with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Bytes on the network.
    pub item_wire: f64,
    /// Bytes on disk.
    pub item_disk: f64,
}

/// What was measured: `testnet measure --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// [`MEASURE_SCHEMA`].
    pub schema: String,
    /// The day, RFC 3339.
    pub date: String,
    /// On what.
    pub machine: Machine,
    /// Handovers that were committed in the two runs, the second with ten times as many.
    pub handovers: [u64; 2],
    /// Of an agency.
    pub agency: Agency,
    /// Of a member.
    pub member: Member,
    /// Of a partner.
    pub partner: Partner,
}

/// What one node takes in a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needs {
    /// Bytes more on disk at the end of it.
    pub disk: f64,
    /// Bytes of memory for the records of that year.
    pub memory: f64,
    /// Mean load of the network, in Mbit/s.
    pub mbit_s: f64,
    /// Mean load of the processor, in cores.
    pub cores: f64,
}

fn mbit_s(bytes_a_year: f64) -> f64 {
    bytes_a_year * 8.0 / YEAR_S / 1e6
}

/// Ledgers that a country has for so many items a year.
pub fn ledgers(items: f64) -> f64 {
    (items / LEDGER_ITEMS).ceil().max(1.0)
}

impl Measure {
    /// An agency's node, in one of the ledgers.
    pub fn validator(&self, items: f64) -> Needs {
        let Agency { block_disk, handover_disk, handover_cpu_us, handover_wire, leaves } = self.agency;
        let own = items / ledgers(items);
        let events = own * EVENTS;
        Needs {
            disk: events * handover_disk + YEAR_S / BLOCK_S * block_disk,
            memory: own * leaves * LEAF_BYTES,
            mbit_s: mbit_s(events * handover_wire),
            cores: events * handover_cpu_us / 1e6 / YEAR_S,
        }
    }

    /// The node of a member with its share of all items.
    pub fn member(&self, items: f64) -> Needs {
        let Member { heartbeat_wire, event_wire, event_disk, event_cpu_us, .. } = self.member;
        let own = items * MEMBER_SHARE;
        let events = own * EVENTS;
        Needs {
            disk: events * event_disk,
            memory: own * self.agency.leaves * LEAF_BYTES,
            mbit_s: mbit_s(events * event_wire + YEAR_S / HEARTBEAT_S * heartbeat_wire),
            cores: events * event_cpu_us / 1e6 / YEAR_S,
        }
    }

    /// The node of a partner: how many items others have does not matter to it.
    pub fn partner(&self) -> Needs {
        let Partner { item_wire, item_disk } = self.partner;
        Needs {
            disk: PARTNER_ITEMS * item_disk,
            memory: PARTNER_ITEMS * self.agency.leaves * LEAF_BYTES,
            mbit_s: mbit_s(PARTNER_ITEMS * item_wire + YEAR_S / HEARTBEAT_S * self.member.heartbeat_wire),
            cores: PARTNER_ITEMS * self.member.event_cpu_us / 1e6 / YEAR_S,
        }
    }

    /// Bytes that a member fetches after so many days away, with so many own links in them.
    pub fn catch_up(&self, links: f64) -> f64 {
        self.member.heartbeat_wire + links * self.member.link_wire
    }

    /// The tables of `docs/scale.md`, in Markdown.
    pub fn tables(&self) -> String {
        let mut text = String::new();
        self.constants(&mut text);
        self.country(&mut text);
        text
    }

    fn constants(&self, text: &mut String) {
        let Measure { machine, date, handovers, agency, member, partner, .. } = self;
        let Machine { cores, processor, memory_mib } = machine;
        let [few, many] = handovers;
        // Writing to a string never fails.
        let _ = write!(
            text,
            "Measured on {} on {cores} cores ({processor}) with {memory_mib} MiB, with {few} and {many} handovers of others.\n\n\
             | of | what | measured |\n|---|---|---|\n",
            date.get(..10).unwrap_or(date)
        );
        let rows = [
            ("agency", "disk for a block without transactions", bytes(agency.block_disk)),
            ("agency", "disk for a handover", bytes(agency.handover_disk)),
            ("agency", "processor for a handover", format!("{} µs", figure(agency.handover_cpu_us))),
            ("agency", "network between agencies for a handover", bytes(agency.handover_wire)),
            ("agency", "records of an item", figure(agency.leaves)),
            ("member", "network for a heartbeat", bytes(member.heartbeat_wire)),
            ("member", "network for a handover of others", bytes(member.others_wire)),
            ("member", "network for an own event", bytes(member.event_wire)),
            ("member", "disk for an own event", bytes(member.event_disk)),
            ("member", "processor for an own event", format!("{} µs", figure(member.event_cpu_us))),
            ("member", "network for a link, catching up", bytes(member.link_wire)),
            ("member", "network after a month away with 1,000 links", bytes(self.catch_up(1_000.0))),
            ("member", "bundle of an item with one event", bytes(member.bundle)),
            ("partner", "network for a shared item", bytes(partner.item_wire)),
            ("partner", "disk for a shared item", bytes(partner.item_disk)),
        ];
        for (of, what, value) in rows {
            let _ = writeln!(text, "| {of} | {what} | {value} |");
        }
    }

    fn country(&self, text: &mut String) {
        let _ = write!(
            text,
            "\n| items a year | ledgers | node | disk a year | memory | network | cores |\n|---|---|---|---|---|---|---|\n"
        );
        for items in ITEMS {
            let rows = [
                ("agency's, in one ledger", self.validator(items)),
                ("member's, with 0.1 % of the items", self.member(items)),
                ("partner's, with 100 items", self.partner()),
            ];
            for (node, Needs { disk, memory, mbit_s, cores }) in rows {
                let _ = writeln!(
                    text,
                    "| {} | {} | {node} | {} | {} | {} Mbit/s | {} |",
                    figure(items),
                    figure(ledgers(items)),
                    bytes(disk),
                    bytes(memory),
                    figure(mbit_s),
                    figure(cores)
                );
            }
        }
    }
}

/// Three figures of a number.
fn figure(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size >= 1e5 => format!("{value:.2e}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 0.001 => format!("{value:.3}"),
        _ if size == 0.0 => "0".into(),
        _ => format!("{value:.2e}"),
    }
}

/// Three figures of a number of bytes, in decimal units.
fn bytes(value: f64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")];
    match units.into_iter().find(|(size, _)| value.abs() >= *size) {
        Some((size, unit)) => format!("{} {unit}", figure(value / size)),
        None => format!("{value:.0} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round() -> Measure {
        let agency = Agency {
            block_disk: 1_000.0,
            handover_disk: 2_000.0,
            handover_cpu_us: 500.0,
            handover_wire: 4_000.0,
            leaves: 2.0,
        };
        let member = Member {
            heartbeat_wire: 5_000.0,
            others_wire: 0.0,
            event_wire: 3_000.0,
            event_disk: 1_500.0,
            event_cpu_us: 1_000.0,
            link_wire: 2_500.0,
            bundle: 9_000.0,
        };
        Measure {
            schema: MEASURE_SCHEMA.into(),
            date: "2026-01-02T03:04:05Z".into(),
            machine: Machine { cores: 2, processor: "a processor".into(), memory_mib: 8_192 },
            handovers: [100, 1_000],
            agency,
            member,
            partner: Partner { item_wire: 20_000.0, item_disk: 10_000.0 },
        }
    }

    #[test]
    fn needs_follow_from_what_was_measured() {
        let measure = round();
        assert_eq!([1e6, 5e7, 5.1e7, 1e10].map(ledgers), [1.0, 1.0, 2.0, 200.0]);
        let Needs { disk, memory, cores, .. } = measure.validator(5e7);
        assert_eq!(disk, 5e7 * 20.0 * 2_000.0 + 365.0 * 86_400.0 * 1_000.0);
        assert_eq!(memory, 5e7 * 2.0 * 90.0);
        assert!((cores - 5e7 * 20.0 * 0.0005 / (365.0 * 86_400.0)).abs() < 1e-9);
        // Beyond what one ledger takes, one of them is as large as it was.
        assert_eq!(measure.validator(1e10), measure.validator(5e7));
        // A member's needs grow with its own items, a partner's not at all.
        assert_eq!(measure.member(1e8).disk, 100.0 * measure.member(1e6).disk);
        assert!((measure.member(0.0).mbit_s - 0.008).abs() < 1e-12);
        assert_eq!(measure.catch_up(10.0), 30_000.0);
    }

    #[test]
    fn tables_have_three_figures() {
        let tables = round().tables();
        assert!(tables.contains("| agency | disk for a handover | 2.000 KB |"), "{tables}");
        assert!(tables.contains("| 1.00e10 | 200 | agency's, in one ledger |"), "{tables}");
        assert_eq!(["0", "0.500", "12.3", "123"], [0.0, 0.5, 12.34, 123.4].map(figure).each_ref().map(String::as_str));
    }
}

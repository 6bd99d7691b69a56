//! What the bytes of an act do not say by themselves and a signer has to know: what a new pack changes, what an ended
//! entry said, which motion an approval is of.

use crate::{
    draft::Draft,
    output::Output,
    readable::{self, short},
    session::Session,
    shown,
};
use api::pack::{self, Comparison, Competence};
use ledger::{
    Hash, Operation, PolicyPack,
    operation::{Change, Motion},
};

/// Pairs for a sheet.
pub(crate) type Pairs = Vec<(String, String)>;

/// What is to be shown beside the bytes of an act. What cannot be had is said to be missing: silence would be taken for
/// an answer.
pub(crate) fn told(session: &Session, operation: &Operation) -> Pairs {
    match operation {
        Operation::Enact { motion } | Operation::Propose { motion, .. } => of_motion(session, motion),
        Operation::Approve { proposal } | Operation::Retract { proposal } => match shown::proposal(session, proposal) {
            Ok(shown) => proposed(session, &shown.record.motion),
            Err(_) => vec![unknown(session, session.out.pick("the changes", "变更内容"))],
        },
        _ => Vec::new(),
    }
}

/// The items that an act is about, as the ledger has them now: code, class, what is on hand, state, holder. An item that
/// is not shown says so; without a node there is nothing to say.
pub(crate) fn items_told(session: &Session, draft: &Draft) -> Pairs {
    let mut pairs = Vec::new();
    for id in readable::items(&draft.body, &draft.entries) {
        pairs.push(match session.item(&id.to_string()) {
            Ok(item) => {
                let (view, record) = (&item.view, &item.record);
                let state = session.out.word(record.state.name());
                let on_hand = record.on_hand.to_string();
                let said = [view.class.name.as_str(), &on_hand, &state, &view.custodian.name].join(" · ");
                (record.code.to_string(), said)
            }
            Err(failure) if failure.is_of_the_road() => return pairs,
            Err(_) => unknown(session, &format!("{} {}", session.out.pick("item", "物品"), short(&id.to_string()))),
        });
    }
    pairs
}

fn unknown(session: &Session, what: &str) -> (String, String) {
    let value = session.out.pick("not shown by this node: look before you sign", "本节点未显示：签名前请核对");
    (what.to_owned(), value.to_owned())
}

/// Every change of a proposed motion, with its organisations named, and what it means.
pub(crate) fn proposed(session: &Session, motion: &Motion) -> Pairs {
    let names = session.names(&readable::orgs_of_motion(motion), &readable::classes_of_motion(motion));
    let named = |value: String| match names.get(&value) {
        Some(name) => format!("{name}  ({})", short(&value)),
        None => value,
    };
    let mut pairs: Pairs = readable::motion_pairs(motion, &session.out);
    for (_, value) in &mut pairs {
        *value = named(std::mem::take(value));
    }
    pairs.extend(of_motion(session, motion));
    pairs
}

/// What the changes mean: an ended line in words, and what a pack changes.
fn of_motion(session: &Session, motion: &Motion) -> Pairs {
    let mut pairs = Vec::new();
    for change in &motion.changes {
        match change {
            Change::End { place, n, .. } => pairs.extend(ended(session, place, *n)),
            Change::InstallPack { pack: new, .. } => match session.pack() {
                Ok(old) => pairs.extend(pack_pairs(&old, new, &session.out)),
                Err(_) => pairs.push(unknown(session, session.out.pick("the pack in force", "现行规则包"))),
            },
            Change::Enter(_)
            | Change::AddAgency { .. }
            | Change::RemoveAgency { .. }
            | Change::MoveSeat { .. }
            | Change::RecoverKey { .. }
            | Change::AdmitNetwork { .. } => {}
        }
    }
    pairs
}

/// The line that ends.
fn ended(session: &Session, place: &Hash, n: u64) -> Pairs {
    match shown::line_at(session, place, n) {
        Some(line) => {
            let entry = &line.record.entry;
            let classes: Vec<_> = readable::class_of_entry(entry).into_iter().collect();
            let names = session.names(&readable::orgs_of_entry(entry), &classes);
            let label = session.out.pick("ends · ", "终止 · ");
            let pairs = readable::entry_pairs(entry, &session.out).into_iter().map(|(name, value)| {
                let value = names.get(&value).cloned().unwrap_or(value);
                (format!("{label}{name}"), value)
            });
            pairs.collect()
        }
        None => vec![unknown(session, session.out.pick("the ended line", "被终止的条目"))],
    }
}

/// What a new pack changes, and which agency gains or loses what.
fn pack_pairs(old: &PolicyPack, new: &PolicyPack, out: &Output) -> Pairs {
    let mut pairs = vec![(
        out.pick("pack in force", "现行规则包").to_owned(),
        format!("{} {} · {}", old.name, old.version, short(&old.hash().to_string())),
    )];
    if pack::is_impostor(new) {
        let warning = out.pick(
            "name and version are those of a pack that comes with the program, and it is another one",
            "名称和版本与程序自带的规则包相同，但内容不同",
        );
        pairs.push((out.pick("CAUTION", "注意").to_owned(), warning.to_owned()));
    }
    let Comparison { heads: [before, after], acts, rows, competence } = pack::compare(old, new, out.lang);
    if before != after {
        pairs.push((String::new(), format!("- {before}")));
        pairs.push((String::new(), format!("+ {after}")));
    }
    for difference in acts.iter().chain(&rows) {
        for (index, line) in difference.lines().into_iter().enumerate() {
            pairs.push((if index == 0 { difference.heading() } else { String::new() }, line));
        }
    }
    if competence.is_empty() {
        pairs.push((
            out.pick("competence", "职权").to_owned(),
            out.pick("no agency gains or loses any", "各机关职权不变").to_owned(),
        ));
    }
    for Competence { agency, gains, loses } in competence {
        for (verb, powers) in [(out.pick("gains: ", "增加："), gains), (out.pick("loses: ", "失去："), loses)] {
            if !powers.is_empty() {
                pairs.push((out.word(agency.name()), format!("{verb}{}", powers.join(", "))));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::Lang;
    use ledger::policy::Orientation;

    fn shipped(name: &str) -> PolicyPack {
        let text = pack::shipped(name).unwrap();
        let read = pack::read(text, Some(Orientation::FirstIsHighest));
        read.or_else(|_| pack::read(text, None)).unwrap()
    }

    fn pairs(old: &PolicyPack, new: &PolicyPack) -> String {
        let out = Output::new(&crate::cli::Global::default(), Lang::En);
        let lines = pack_pairs(old, new, &out).into_iter().map(|(label, value)| format!("{label}|{value}\n"));
        lines.collect()
    }

    #[test]
    fn a_new_pack_is_told_row_by_row_and_who_gains_or_loses() {
        let text = pairs(&shipped("shenzhen-draft"), &shipped("gacc-281"));
        for part in [
            "pack in force|shenzhen-draft 1 · ",
            "\n|- shenzhen-draft version 1, grades 1 2 3 4, ",
            "\n|+ gacc-281 version 1, grades A1 A2 ",
            "act report|- custodian@principal and joint@counterpart (R15, art. 32)\n|+ not possible\n",
            "grade A1|+ permit = true\n|+ access = true\n",
            "registry rating|- rule = \"R3\"\n",
            "science technology|loses: register-class, ",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        assert!(!text.contains("CAUTION"), "{text}");
    }

    #[test]
    fn the_same_pack_differs_in_nothing() {
        let pack = shipped("plain");
        let text = pairs(&pack, &pack);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.ends_with("competence|no agency gains or loses any\n"), "{text}");
    }

    #[test]
    fn a_pack_under_a_borrowed_name_is_told() {
        let pack = shipped("plain");
        let mut other = pack.clone();
        other.limits.proposal_days += 1;
        let text = pairs(&pack, &other);
        assert!(text.contains("CAUTION|"), "{text}");
        assert!(text.contains("limits|- proposal-days = 30\n|+ proposal-days = 31\n"), "{text}");
    }
}

//! Documents at the nodes of the settings: each keeps a copy of its own, none is asked for all of them, and none that is
//! away stands in the way of the others.

use crate::{
    failure::{Failure, Result},
    session::Session,
};
use api::{paths, view::DocumentView};
use ledger::DocumentId;
use serde::Serialize;
use std::{collections::BTreeMap, fs::File};

/// Most documents that a node lists.
const MOST: usize = 1_000_000;

/// A document, and where it is.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    #[serde(flatten)]
    pub(super) view: DocumentView,
    /// URLs of the nodes of the settings that have it, as they say.
    pub(super) nodes: Vec<String>,
}

/// What came of asking each node.
struct Asked<T> {
    done: Vec<(String, T)>,
    failed: Vec<(String, Failure)>,
}

/// Asks each node by itself, in the order of the settings. Error: H1402 without any.
fn each<T>(session: &Session, ask: impl Fn(&Session) -> Result<T>) -> Result<Asked<T>> {
    session.node()?;
    let mut asked = Asked { done: Vec::new(), failed: Vec::new() };
    for node in session.each_node() {
        let url = node.node()?.to_owned();
        match ask(&node) {
            Ok(told) => asked.done.push((url, told)),
            Err(failure) => asked.failed.push((url, failure)),
        }
    }
    Ok(asked)
}

impl<T> Asked<T> {
    /// What was done at all; the failures beside it are warnings. Error: the one that says most, where nothing was done.
    fn some(self, session: &Session) -> Result<Vec<(String, T)>> {
        if self.done.is_empty() {
            return Err(telling(self.failed));
        }
        self.warn(session);
        Ok(self.done)
    }

    fn warn(&self, session: &Session) {
        for (url, failure) in &self.failed {
            session.out.warn(&format!("{url}: {}", failure.text(session.out.lang).trim_end()));
        }
    }
}

/// Of several failures the one that says most, the first of those: that one node does not have a document says least.
fn telling(failed: Vec<(String, Failure)>) -> Failure {
    let weight = |failure: &Failure| match failure.code.as_str() {
        "H7004" => 0,
        _ if failure.is_of_the_road() => 1,
        _ => 2,
    };
    let said = failed.into_iter().map(|(_, failure)| failure).rev().max_by_key(weight);
    said.unwrap_or_else(|| Failure::plain("H7001"))
}

/// Asks the nodes in turn until one gives what it is asked for.
pub(super) fn first<T>(session: &Session, ask: impl Fn(&Session) -> Result<T>) -> Result<T> {
    session.node()?;
    let mut failed = Vec::new();
    for node in session.each_node() {
        match ask(&node) {
            Ok(told) => return Ok(told),
            Err(failure) => failed.push((node.node()?.to_owned(), failure)),
        }
    }
    Err(telling(failed))
}

/// Leaves a sealed document at every node. It is sent once one has it: of the others is warned.
pub(super) fn leave(session: &Session, id: &DocumentId, sealed: &File) -> Result<Held> {
    let asked = each(session, |node| {
        // Nobody brings so much to be told that he has to log in first.
        node.get(paths::WHOAMI, &[])?;
        let view: DocumentView = node.post_file(paths::DOCUMENTS, sealed)?.json()?;
        match view.id == id.to_string() {
            true => Ok(view),
            false => Err(node.mismatch("document")),
        }
    })?;
    if !asked.failed.is_empty() && !asked.done.is_empty() {
        let later = session.out.pick(
            "not at every node; later: hufu document replicate",
            "尚未到达所有节点；稍后执行：hufu document replicate",
        );
        session.out.warn(&format!("{later} {id}"));
    }
    merged(asked.some(session)?.into_iter().map(|(url, view)| (url, vec![view])))
        .pop()
        .ok_or_else(|| session.mismatch("document"))
}

/// What the nodes list, by name.
pub(super) fn list(session: &Session, query: &[(&str, String)]) -> Result<Vec<Held>> {
    let asked = each(session, |node| node.pages::<DocumentView>(paths::DOCUMENTS, query, MOST))?;
    Ok(merged(asked.some(session)?))
}

/// Lists of several nodes as one. A member's node tells of agencies' nodes as well.
fn merged(lists: impl IntoIterator<Item = (String, Vec<DocumentView>)>) -> Vec<Held> {
    let mut all: BTreeMap<String, Held> = BTreeMap::new();
    for (url, views) in lists {
        for view in views {
            let has = view.has.clone();
            let held = all.entry(view.id.clone()).or_insert_with(|| Held { view, nodes: Vec::new() });
            held.nodes.push(url.clone());
            held.view.has = held.view.has.take().or(has);
        }
    }
    all.into_values().collect()
}

/// Whether some node knows that a document was erased. Error: H7022.
pub(super) fn must_not_be_erased(session: &Session, id: &DocumentId) -> Result<()> {
    let path = paths::fill(paths::DOCUMENT, &id.to_string());
    let asked = each(session, |node| node.stream(&path, 1).map(|_| ()))?;
    match asked.failed.into_iter().find(|(_, failure)| failure.code == "H7022") {
        Some((_, erased)) => Err(erased),
        None => Ok(()),
    }
}

/// Erases a document at every node, and says at which it was. Where one was not reached, or refused, that is an error once
/// the others have erased it: a copy is left.
pub(super) fn erase(session: &Session, id: &DocumentId) -> Result<Vec<String>> {
    let path = paths::fill(paths::DOCUMENT, &id.to_string());
    let asked = each(session, |node| match node.delete(&path) {
        Ok(_) => Ok(true),
        Err(failure) if failure.code == "H7004" => Ok(false),
        Err(failure) => Err(failure),
    })?;
    if !asked.failed.is_empty() {
        asked.warn(session);
        return Err(telling(asked.failed));
    }
    let had: Vec<String> = asked.done.into_iter().filter(|(_, had)| *had).map(|(url, _)| url).collect();
    match had.is_empty() {
        true => Err(Failure::new("H7004", [("kind", "document".to_owned()), ("input", id.to_string())])),
        false => Ok(had),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_failures_the_one_counts_that_says_most() {
        let check = |codes: &[&str], expect: &str| {
            let failed = codes.iter().map(|code| (String::new(), Failure::plain(code)));
            assert_eq!(telling(failed.collect()).code, expect, "{codes:?}");
        };
        check(&[], "H7001");
        check(&["H7004", "H7004"], "H7004");
        check(&["H7004", "H7001", "H7004"], "H7001");
        check(&["H7001", "H1428", "H7022", "H7004"], "H1428");
    }
}

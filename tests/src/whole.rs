//! Whether the part of an organisation is whole: what its own node proves of it is what an agency has.

use crate::local::SOON;
use api::paths;
use proof::{
    Options, Standing, TrustRoot,
    feed::{self, Feed, FeedVerdict},
};
use testnet::{Seen, http::Node, wait_for};

fn feed_of(node: &Node, org: &str) -> Result<Vec<u8>, String> {
    match node.get_raw(&paths::fill(paths::ORG_FEED, org)) {
        Ok((200, bytes)) => Ok(bytes),
        Ok((status, bytes)) => Err(format!("{status}: {}", String::from_utf8_lossy(&bytes))),
        Err(error) => Err(error.to_string()),
    }
}

/// Waits until the own node proves every link that an agency has now; its proof is judged as a stranger would.
pub fn is_whole(own: &Node, agency: &Node, org: &str, trust: &TrustRoot) -> FeedVerdict {
    let expected = Feed::from_json(&feed_of(agency, org).unwrap()).unwrap().links.0;
    let whole = wait_for(&format!("all links of {org}"), SOON, || {
        let Ok(bytes) = feed_of(own, org) else { return Seen::NotYet("no feed".into()) };
        let links = Feed::from_json(&bytes).unwrap().links.0;
        match links.starts_with(&expected) {
            true => Seen::Yes(bytes),
            false => Seen::NotYet(format!("{} of {} links", links.len(), expected.len())),
        }
    });
    let options = Options { now: None, max_age_ms: None, allow_test: true };
    let verdict = feed::verify(&whole.unwrap(), Some(trust), options);
    assert_eq!(verdict.head.verdict, Standing::Valid, "{org}: {:?}", verdict.head.failure);
    assert!(verdict.links > 0, "{org}");
    verdict
}

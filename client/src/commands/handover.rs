//! Handover: by offer and answer on the ledger, or face to face in one transaction that both sign.

use super::{
    item::{about, point, rows},
    pubkey::other_slot,
};
use crate::{
    acts::{self, Act, slot},
    cli::{Direct, HandoverCommand, Life, OfferArgs},
    draft::Draft,
    failure::{Failure, Result, text},
    private::{self, Private},
    readable, refs,
    session::{Item, Session},
    when,
};
use api::{catalogue::exit, paths, view::ItemView};
use gs1::Gln;
use ledger::{CustodyPoint, HandoverTerms, ItemId, Operation, OrgId, Role, record::PendingOffer};
use serde::Serialize;
use std::path::Path;

/// Most items that are looked through for offers.
const MOST: usize = 1_000_000;

pub(crate) fn run(session: &Session, command: HandoverCommand) -> Result<u8> {
    match command {
        HandoverCommand::Offer(args) => offer(session, &args),
        HandoverCommand::Accept { item, life } => {
            acts::perform(session, acceptance(session, &session.item(&item)?, &life)?)
        }
        HandoverCommand::Refuse { item, reason, life } => refuse(session, &item, &reason, &life),
        HandoverCommand::Withdraw { item, life } => withdraw(session, &item, &life),
        HandoverCommand::Pending => pending(session),
        HandoverCommand::Direct(direct) => face_to_face(session, &direct),
    }
}

fn offer(session: &Session, args: &OfferArgs) -> Result<u8> {
    let item = session.item(&args.item)?;
    let receiver = session.org_id(&args.to)?;
    let header = session.key_header()?;
    let private = private::of_flags(&args.plain)?;
    let terms = HandoverTerms {
        network: session.network_id()?,
        item: item.id,
        at: point(&item.record),
        giver: header.org,
        receiver,
        expires: when::moment(&args.until, session.block_time())?,
        purpose: refs::purpose(args.purpose.as_deref())?,
        premises: args.premises.as_deref().map(str::parse::<Gln>).transpose()?,
        private: private.as_ref().map(Private::root),
    };
    // An unknown receiver would make an offer that nobody can answer.
    session.org(&receiver)?;
    let slots = vec![slot(&header, Role::Custodian)];
    let act = Act::new(Operation::Offer { terms }, slots, &args.life.expires).with(private, &args.plain);
    acts::perform(session, about(act, &item, session))
}

/// The offer that waits on an item.
fn waiting(item: &Item) -> Result<&PendingOffer> {
    item.record.offer.as_ref().ok_or_else(|| Failure::new("H5106", [("item", item.id.to_string())]))
}

/// The acceptance of the offer that waits on an item. Error: H5106 where none does.
pub(super) fn acceptance(session: &Session, item: &Item, life: &Life) -> Result<Act> {
    let offer = waiting(item)?;
    let terms = HandoverTerms {
        network: session.network_id()?,
        item: item.id,
        at: point(&item.record),
        giver: item.record.custodian,
        receiver: offer.receiver,
        expires: offer.expires,
        purpose: offer.purpose,
        premises: offer.premises,
        private: None,
    };
    let private = private_terms(session, &terms, offer)?;
    let operation = Operation::Accept { item: item.id, terms: offer.terms, at: point(&item.record) };
    let slots = vec![slot(&session.key_header()?, Role::Receiver)];
    let act = about(Act::new(operation, slots, &life.expires), item, session)
        .note(session.out.pick("from", "交付方"), item.view.custodian.name.clone())
        .note(session.out.pick("purpose", "用途"), session.out.word(offer.purpose.name()))
        .note(session.out.pick("offered until", "交付有效至"), api::time::rfc3339(offer.expires));
    let act = match &offer.premises {
        Some(premises) => act.note(session.out.pick("to be kept at", "存放场所"), premises.to_string()),
        None => act,
    };
    Ok(private.into_iter().fold(act, |act, (label, value)| act.note(&label, value)))
}

/// The private terms of an offer, by name and value: the hash binds place, price, conditions that the ledger does not
/// show. Values that are kept here are shown if they are the very ones that were offered.
fn private_terms(session: &Session, terms: &HandoverTerms, offer: &PendingOffer) -> Result<Vec<(String, String)>> {
    if terms.hash() == offer.terms {
        return Ok(Vec::new());
    }
    let with = |root| HandoverTerms { private: Some(root), ..terms.clone() };
    let kept = super::disclosure::about(session, |kept| {
        kept.items.contains(&terms.item) && with(kept.private.root()).hash() == offer.terms
    })?;
    let Some(kept) = kept.first() else {
        let value = session.out.pick(
            "yes, and not known here: have the giver send them (hufu disclosure import) before you sign",
            "有，但本机没有：签名前请交付方发来（hufu disclosure import）",
        );
        return Ok(vec![(session.out.pick("private terms", "保密条款").to_owned(), value.to_owned())]);
    };
    Ok(readable::private_pairs(&kept.private, &session.out))
}

fn refuse(session: &Session, item: &str, reason: &str, life: &Life) -> Result<u8> {
    let item = session.item(item)?;
    let terms = waiting(&item)?.terms;
    let operation = Operation::Refuse { item: item.id, terms, reason: text("reason", reason)? };
    let slots = vec![slot(&session.key_header()?, Role::Receiver)];
    acts::perform(session, about(Act::new(operation, slots, &life.expires), &item, session))
}

fn withdraw(session: &Session, item: &str, life: &Life) -> Result<u8> {
    let item = session.item(item)?;
    let terms = waiting(&item)?.terms;
    let operation = Operation::Withdraw { item: item.id, terms };
    let slots = vec![slot(&session.key_header()?, Role::Custodian)];
    acts::perform(session, about(Act::new(operation, slots, &life.expires), &item, session))
}

/// Offers that wait for an answer.
#[derive(Serialize)]
struct Pending {
    schema: &'static str,
    /// To this organisation.
    incoming: Vec<ItemView>,
    /// By this organisation.
    outgoing: Vec<ItemView>,
}

fn pending(session: &Session) -> Result<u8> {
    let org = session.key_header()?.org.to_string();
    let incoming = session.pages(paths::ITEMS, &[("offered_to", org.clone())], MOST)?;
    let mine: Vec<ItemView> = session.pages(paths::ITEMS, &[("custodian", org)], MOST)?;
    let outgoing = mine.into_iter().filter(|i| i.offer.is_some()).collect();
    let pending = Pending { schema: "hufu.pending/1", incoming, outgoing };
    let out = &session.out;
    out.result(&pending, |sheet| {
        let count = |list: &[ItemView]| list.len().to_string();
        sheet.line(format!("{}{}", out.pick("offered to you: ", "向您交付："), count(&pending.incoming)));
        rows(sheet, &pending.incoming, session);
        sheet.line(format!("{}{}", out.pick("offered by you: ", "您已交付："), count(&pending.outgoing)));
        rows(sheet, &pending.outgoing, session);
    });
    Ok(exit::DONE)
}

/// Where a face-to-face handover starts: the item and the point of custody it builds on.
struct Start {
    item: ItemId,
    at: CustodyPoint,
    /// Who gives, where the source says so.
    giver: Option<OrgId>,
    known: Option<Item>,
}

fn face_to_face(session: &Session, direct: &Direct) -> Result<u8> {
    let start = start(session, direct)?;
    let header = session.key_header()?;
    if let Some(giver) = start.giver.filter(|g| *g != header.org) {
        return Err(Failure::new("H5101", [("item", start.item.to_string()), ("custodian", giver.to_string())]));
    }
    let to = direct.to.as_deref().map(|to| session.org_id(to)).transpose()?;
    let receiver = other_slot(session, direct.with.as_deref(), to, Role::Receiver)?;
    if receiver.org == header.org {
        return Err(Failure::plain("H5109"));
    }
    let expires = when::moment(&direct.until, session.block_time())?;
    let private = private::of_flags(&direct.plain)?;
    let terms = HandoverTerms {
        network: session.network_id()?,
        item: start.item,
        at: start.at,
        giver: header.org,
        receiver: receiver.org,
        expires,
        purpose: refs::purpose(direct.purpose.as_deref())?,
        premises: direct.premises.as_deref().map(str::parse::<Gln>).transpose()?,
        private: private.as_ref().map(Private::root),
    };
    let slots = vec![slot(&header, Role::Custodian), receiver];
    // The transaction lives as long as its terms: signed in the van, anchored at the next office.
    let until = Some(api::time::rfc3339(expires));
    let act = Act::new(Operation::Handover { terms }, slots, &until).with(private, &direct.plain);
    let act = Act { out: direct.out.clone(), ..act };
    let act = match &start.known {
        Some(item) => about(act, item, session),
        None => act,
    };
    acts::perform(session, act)
}

/// The state to build on: a draft before this one, a file, or the ledger.
fn start(session: &Session, direct: &Direct) -> Result<Start> {
    if let Some(path) = &direct.after {
        return after(&Draft::read(path)?);
    }
    let item = match (&direct.item_file, &direct.item) {
        (Some(path), _) => item_of_file(session, path)?,
        (None, Some(word)) => session.item(word)?,
        (None, None) => {
            return Err(Failure::missing("item", "ITEM"));
        }
    };
    Ok(Start { item: item.id, at: point(&item.record), giver: Some(item.record.custodian), known: Some(item) })
}

/// The point that custody will be at when the draft is committed, and who will hold the item then.
fn after(draft: &Draft) -> Result<Start> {
    match &draft.body.operation {
        Operation::Handover { terms } => {
            Ok(Start { item: terms.item, at: terms.at.after(&draft.id()), giver: Some(terms.receiver), known: None })
        }
        other => Err(Failure::form(other.act().name(), "handover")),
    }
}

/// An item as `item show --json` printed it, or as a bundle proves it.
fn item_of_file(session: &Session, path: &Path) -> Result<Item> {
    let bytes = super::file::plain(path)?;
    if let Ok(view) = serde_json::from_slice::<ItemView>(&bytes) {
        return session.checked_item(view);
    }
    let other = || Failure::form(path.display().to_string(), "a bundle, or hufu item show --json");
    let bundle = proof::Bundle::from_json(&bytes).map_err(|_| other())?;
    let trust = session.trust()?;
    let options = proof::Options { allow_test: true, ..proof::Options::default() };
    let verdict = proof::verify(&bytes, trust.as_ref(), options);
    if let Some(failure) = verdict.failure {
        return Err(Failure::new(failure.code, [("detail", failure.message)]));
    }
    super::bundle::item_of(session, &bundle, &verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tests::{handover, person};

    #[test]
    fn a_chain_builds_on_the_draft_before() {
        let first = handover();
        let start = after(&first).unwrap();
        let Operation::Handover { terms } = &first.body.operation else { panic!("a handover") };
        assert_eq!(start.at, terms.at.after(&first.id()));
        assert_eq!(start.at.seq, 1);
        assert_eq!(start.giver, Some(person(2).header().org));
    }
}

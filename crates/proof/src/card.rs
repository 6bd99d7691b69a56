//! The card: who held an item at a height, as a text that one QR code holds (`docs/formats/card.md`).
//!
//! Nothing in it is compressed. Hashes and signatures do not get shorter, and a text that is inflated has many forms;
//! what can be computed is left out instead, so that one card has one text.

use crate::{
    anchor::{Anchor, Anchored, Certified, ChainLink, HistoryPath, Witness},
    bounds::{MAX_CARD_BYTES, MAX_CARD_TEXT, MAX_CERTIFIED_BYTES, MAX_PATH_BYTES, MAX_SIGNATURE_BYTES},
    bundle::{Bundle, cut},
    ground::{self, notice},
    json::{Blob, Digest, List},
    narrow::narrowed,
    parts::Parts,
    problem::Problem,
    standing::VerdictHead,
    trust::TrustRoot,
    verdict::Notice,
    verify::{
        Options,
        record::{balanced, leaves},
        told,
    },
};
use ledger::{
    BlockId, Certificate, CommitSignature, Hash, Header, ItemId, ItemRecord, KeyId, NetworkId, OrgId, OrgRecord,
    Signature, StateKey, Timestamp, ValidatorSet,
    bounds::MAX_DEPTH,
    codec,
    tree::{self, JointProof},
};
use serde::Serialize;

/// Schema of a card.
pub const CARD_SCHEMA: &str = "hufu.card/1";
/// How the text of a card begins.
pub const CARD_PREFIX: &str = "HUFU1:";
const VERDICT_SCHEMA: &str = "hufu.card-verdict/1";

/// A card, decoded but not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The certified header that the records stand under.
    pub anchor: Anchor,
    /// Identity of the item.
    pub item_id: ItemId,
    /// Its record.
    pub item: ItemRecord,
    /// The units around it, from the inside out.
    pub units: Vec<(ItemId, ItemRecord)>,
    /// The record of the organisation that holds it; none where there is no room for it.
    pub holder: Option<OrgRecord>,
    /// The proof of all of these records.
    pub proof: JointProof,
}

/// A header without the hash of the set that signs it; the last is the hash of the next one where that is another.
type WireHeader =
    (u16, NetworkId, bool, u64, u32, KeyId, Timestamp, BlockId, Hash, Hash, Hash, Hash, Hash, Option<Hash>);
/// Header, round of the certificate, the set, which of it signed, and their signatures.
type WireSigned = (WireHeader, u32, ValidatorSet, u16, Vec<Signature>);
type WireAnchor = (WireSigned, Vec<WireSigned>, Vec<([u8; 32], Signature)>, Option<(u64, Vec<Hash>)>);
type WireCard = (WireAnchor, ItemId, ItemRecord, Vec<(ItemId, ItemRecord)>, Option<OrgRecord>, JointProof);

/// Whether a file is the text of a card.
pub(crate) fn is_card(file: &[u8]) -> bool {
    file.starts_with(CARD_PREFIX.as_bytes())
}

impl Card {
    /// The card of a bundle in which nothing is wrong, for readers of a trust root: with the record of the holder where
    /// it has room for that.
    ///
    /// Error: [`Problem::CardTooLong`] where it has no room for the rest, and what decoding a bundle says.
    pub fn of(bundle: &Bundle, trust: Option<&TrustRoot>) -> Result<Card, Problem> {
        let parts = Parts::decode(bundle, trust)?;
        let item = &parts.main.item.value;
        let (units, complete) = parts.units_around(item);
        if !complete {
            return Err(Problem::CardUnits);
        }
        let holder = units.last().map_or(item.custodian, |unit| unit.item.value.custodian);
        let mut card = Card {
            anchor: from_start(&bundle.anchor, &parts.anchor, trust),
            item_id: parts.item_id(),
            item: item.clone(),
            units: units.iter().map(|unit| (unit.id(), unit.item.value.clone())).collect(),
            holder: Some(parts.org(&holder)?.clone()),
            proof: JointProof { depths: Vec::new(), siblings: Vec::new() },
        };
        let all = leaves(&parts);
        card.prove(&parts.proof, &all)?;
        if card.text().is_err() {
            card.holder = None;
            card.prove(&parts.proof, &all)?;
            card.text()?;
        }
        Ok(card)
    }

    /// Takes the proof of its records out of that of a bundle.
    fn prove(&mut self, proof: &JointProof, all: &[(Hash, Hash)]) -> Result<(), Problem> {
        let wanted: Vec<Hash> = self.leaves().iter().map(|(position, _)| *position).collect();
        self.proof = narrowed(proof, all, &wanted).ok_or(Problem::StateProof)?;
        Ok(())
    }

    /// Its text. Errors: [`Problem::CardTooLong`]; [`Problem::CardBytes`] for an anchor that does not hold together.
    pub fn text(&self) -> Result<String, Problem> {
        let Card { anchor, item_id, item, units, holder, proof } = self;
        let wire: WireCard =
            (packed_anchor(anchor)?, *item_id, item.clone(), units.clone(), holder.clone(), proof.clone());
        let text = format!("{CARD_PREFIX}{}", base45::encode(codec::encode(&wire)));
        match text.len() > MAX_CARD_TEXT {
            true => Err(too_long(text.len())),
            false => Ok(text),
        }
    }

    /// Reads a text, with or without one line end behind it; nothing is verified.
    ///
    /// Errors: [`Problem::CardTooLong`], [`Problem::CardText`], [`Problem::CardBytes`].
    pub fn read(file: &[u8]) -> Result<Card, Problem> {
        let wire: WireCard = codec::decode(&bytes_of(file)?, MAX_CARD_BYTES)
            .map_err(|error| Problem::CardBytes { detail: cut(&error.to_string()) })?;
        let (anchor, item_id, item, units, holder, proof) = wire;
        Ok(Card { anchor: unpacked_anchor(anchor)?, item_id, item, units, holder, proof })
    }

    /// The organisation that holds the item.
    pub fn custodian(&self) -> OrgId {
        self.units.last().map_or(self.item.custodian, |(_, unit)| unit.custodian)
    }

    /// Position and value of its records in the state tree, by ascending position.
    fn leaves(&self) -> Vec<(Hash, Hash)> {
        let item = |id: &ItemId, record: &ItemRecord| (StateKey::Item(*id).hash(), tree::value(&codec::encode(record)));
        let mut leaves = vec![item(&self.item_id, &self.item)];
        leaves.extend(self.units.iter().map(|(id, unit)| item(id, unit)));
        leaves.extend(self.holder.iter().map(|org| {
            let id = OrgId::of(&org.profile.identifier);
            (StateKey::Org(id).hash(), tree::value(&codec::encode(org)))
        }));
        leaves.sort_unstable();
        leaves
    }
}

/// The anchor without those changes of the validator set that a reader of the trust root does not need.
fn from_start(anchor: &Anchor, decoded: &Anchored, trust: Option<&TrustRoot>) -> Anchor {
    let start = decoded.known(trust).map_or(0, |trust| trust.start().height);
    let links = anchor.chain.iter().zip(&decoded.chain);
    let above = links.filter(|(_, signed)| signed.header.height > start).map(|(link, _)| link.clone());
    Anchor { chain: List(above.collect()), ..anchor.clone() }
}

fn too_long(length: usize) -> Problem {
    Problem::CardTooLong { length, limit: MAX_CARD_TEXT }
}

/// The bytes that a text stands for.
fn bytes_of(file: &[u8]) -> Result<Vec<u8>, Problem> {
    let line = file.strip_suffix(b"\n");
    let text = line.map_or(file, |line| line.strip_suffix(b"\r").unwrap_or(line));
    if text.len() > MAX_CARD_TEXT {
        return Err(too_long(text.len()));
    }
    let fail = |detail| Err(Problem::CardText { detail });
    let Some(body) = text.strip_prefix(CARD_PREFIX.as_bytes()) else {
        return fail("it does not begin with HUFU1:");
    };
    let Ok(bytes) = base45::decode(body) else { return fail("it is no base45") };
    // Of two characters at the end, some stand for more than a byte.
    match base45::encode(&bytes).as_bytes() == body {
        true => Ok(bytes),
        false => fail("it is not the one text of its bytes"),
    }
}

/// The bit of each place in a validator set, from the first.
fn bits() -> impl Iterator<Item = u16> {
    std::iter::successors(Some(1u16), |bit| bit.checked_mul(2))
}

fn unfit(detail: &str) -> Problem {
    Problem::CardBytes { detail: detail.to_owned() }
}

fn packed_anchor(anchor: &Anchor) -> Result<WireAnchor, Problem> {
    let Anchor { header, certificate, validators, chain, witnesses, history } = anchor;
    let head = ChainLink { header: header.clone(), certificate: certificate.clone(), validators: validators.clone() };
    let witness = |w: &Witness| -> Result<([u8; 32], Signature), Problem> {
        Ok((w.key.0.0, read!("the signature of a witness", &w.signature, MAX_SIGNATURE_BYTES)?))
    };
    let history = match history {
        None => None,
        Some(HistoryPath { size, path }) => {
            let path: Vec<Hash> = read!("the path in the history", path, MAX_PATH_BYTES)?;
            Some((*size, path))
        }
    };
    let chain = chain.iter().map(packed).collect::<Result<_, _>>()?;
    Ok((packed(&head)?, chain, witnesses.iter().map(witness).collect::<Result<_, _>>()?, history))
}

fn packed(link: &ChainLink) -> Result<WireSigned, Problem> {
    let header: Header = read!("the header", &link.header, MAX_CERTIFIED_BYTES)?;
    let certificate: Certificate = read!("the certificate", &link.certificate, MAX_CERTIFIED_BYTES)?;
    let set: ValidatorSet = read!("the validator set", &link.validators, MAX_CERTIFIED_BYTES)?;
    let mut signers = 0u16;
    let mut left = certificate.signatures.as_slice();
    for (bit, validator) in bits().zip(set.validators()) {
        if let [first, rest @ ..] = left
            && first.signer == validator.key.id()
        {
            signers |= bit;
            left = rest;
        }
    }
    let is_of_header = (certificate.height, certificate.block) == (header.height, header.id());
    let set_hash = set.hash();
    if !left.is_empty() || !is_of_header || header.validators != set_hash {
        return Err(unfit("header, certificate and validator set do not belong together"));
    }
    let Header {
        version,
        network,
        test,
        height,
        round,
        builder,
        time,
        parent,
        txs,
        results,
        rest,
        state,
        history,
        validators: _,
        next_validators,
    } = header;
    let next = (next_validators != set_hash).then_some(next_validators);
    let header =
        (version, network, test, height, round, builder, time, parent, txs, results, rest, state, history, next);
    let signatures = certificate.signatures.iter().map(|signed| signed.signature).collect();
    Ok((header, certificate.round, set, signers, signatures))
}

fn unpacked_anchor((head, chain, witnesses, history): WireAnchor) -> Result<Anchor, Problem> {
    let chain = chain.into_iter().map(unpacked).collect::<Result<Vec<_>, _>>()?;
    let witness = |(key, signature): ([u8; 32], Signature)| Witness {
        key: Digest(Hash(key)),
        signature: Blob(codec::encode(&signature)),
    };
    Ok(Anchor {
        witnesses: List(witnesses.into_iter().map(witness).collect()),
        history: history.map(|(size, path)| HistoryPath { size, path: Blob(codec::encode(&path)) }),
        ..ground::anchor(&unpacked(head)?, &chain)
    })
}

fn unpacked((header, decided, validators, signers, signatures): WireSigned) -> Result<ChainLink, Problem> {
    let (version, network, test, height, round, builder, time, parent, txs, results, rest, state, history, next) =
        header;
    let set_hash = validators.hash();
    let header = Header {
        version,
        network,
        test,
        height,
        round,
        builder,
        time,
        parent,
        txs,
        results,
        rest,
        state,
        history,
        validators: set_hash,
        next_validators: next.unwrap_or(set_hash),
    };
    if next == Some(set_hash) {
        return Err(unfit("a validator set that stays is written out"));
    }
    let seats = bits().zip(validators.validators());
    let ids: Vec<KeyId> =
        seats.filter(|(bit, _)| signers & bit != 0).map(|(_, validator)| validator.key.id()).collect();
    // A bit beyond the set has no seat.
    let bits_set = usize::try_from(signers.count_ones()).unwrap_or(usize::MAX);
    if ids.len() != bits_set || ids.len() != signatures.len() {
        return Err(unfit("signers and signatures do not match"));
    }
    let signed = ids.into_iter().zip(signatures);
    let signatures = signed.map(|(signer, signature)| CommitSignature { signer, signature }).collect();
    let certificate = Certificate { height, round: decided, block: header.id(), signatures };
    Ok(ground::link(&Certified { header, certificate, validators }))
}

/// What a card is worth. What it says of the item is filled only when nothing in it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardVerdict {
    /// `hufu.card-verdict/1`.
    pub schema: &'static str,
    /// The item as a GS1 Digital Link.
    pub item: Option<String>,
    /// Identity of the item, hexadecimal.
    pub item_id: Option<String>,
    /// Identity of the organisation that holds it, hexadecimal.
    pub custodian: Option<String>,
    /// Its name, where the card has it.
    pub custodian_name: Option<String>,
    /// Where the item stands.
    pub state: Option<&'static str>,
    /// Quantity on hand.
    pub on_hand: Option<String>,
    /// Number of its events, none of which is in the card.
    pub events: u64,
    /// Head of its events, hexadecimal.
    #[serde(rename = "head")]
    pub event_head: Option<String>,
    /// What all verdicts say.
    #[serde(flatten)]
    pub head: VerdictHead,
}

/// Judges a card; arguments as of [`crate::verify()`].
pub fn verify(file: &[u8], trust: Option<&TrustRoot>, options: Options) -> CardVerdict {
    let mut verdict = CardVerdict {
        schema: VERDICT_SCHEMA,
        item: None,
        item_id: None,
        custodian: None,
        custodian_name: None,
        state: None,
        on_hand: None,
        events: 0,
        event_head: None,
        head: VerdictHead::new(trust),
    };
    if let Err(problem) = check(file, trust, options, &mut verdict) {
        verdict.head.fail(&problem);
    }
    verdict
}

fn check(file: &[u8], trust: Option<&TrustRoot>, options: Options, verdict: &mut CardVerdict) -> Result<(), Problem> {
    let card = Card::read(file)?;
    let anchored = Anchored::decode(&card.anchor, trust)?;
    let ground = verdict.head.anchored(&anchored, trust, options)?;
    let header = anchored.header();
    if !card.proof.proves(&header.state, &card.leaves()) {
        return Err(Problem::StateProof);
    }
    wrapped(&card)?;
    let custodian = card.custodian();
    if card.holder.as_ref().is_some_and(|org| OrgId::of(&org.profile.identifier) != custodian) {
        return Err(Problem::CardHolder);
    }
    balanced(&card.item)?;

    let item = &card.item;
    verdict.item = Some(item.code.digital_link());
    verdict.item_id = Some(card.item_id.to_string());
    verdict.custodian = Some(custodian.to_string());
    verdict.custodian_name = card.holder.as_ref().map(|org| org.profile.name.to_string());
    verdict.state = Some(item.state.name());
    verdict.on_hand = Some(item.on_hand.to_string());
    verdict.events = item.count;
    verdict.event_head = Some(item.head.to_string());
    verdict.head.conclude(&anchored, trust, &ground, options, notices(&card, header));
    Ok(())
}

/// The units are those around the item, each in the next, and the last in none.
fn wrapped(card: &Card) -> Result<(), Problem> {
    let mut inner = &card.item;
    for (id, unit) in &card.units {
        if inner.container.is_none_or(|packed| packed.unit != *id) || unit.inside.is_none() {
            return Err(Problem::CardUnits);
        }
        inner = unit;
    }
    match inner.container.is_none() && card.units.len() <= MAX_DEPTH {
        true => Ok(()),
        false => Err(Problem::CardUnits),
    }
}

fn notices(card: &Card, header: &Header) -> Vec<Notice> {
    let units: Vec<_> = card.units.iter().map(|(id, unit)| (*id, unit)).collect();
    let mut notices = Vec::new();
    told::item(&card.item, &units, &mut |id, message| notices.push(Notice { id, message }));
    let message = format!("covers who held the item at height {}, and how many events it had by then", header.height);
    notices.push(notice("card-covers", message));
    let message = "does not cover what those events are and who signed them, what happened later, or whether the thing \
                   at hand is this item: the bundle is the evidence";
    notices.push(notice("card-covers-not", message));
    notices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_form() {
        let bytes = |text: &str| bytes_of(text.as_bytes()).map_err(|problem| problem.code());
        // The examples of RFC 9285, section 4.3.
        assert_eq!(bytes("HUFU1:%69 VD92EX0"), Ok(b"Hello!!".to_vec()));
        assert_eq!(bytes("HUFU1:UJCLQE7W581\n"), Ok(b"base-45".to_vec()));
        assert_eq!(bytes("HUFU1:QED8WEX0\r\n"), Ok(b"ietf!".to_vec()));
        assert_eq!(bytes("HUFU1:"), Ok(Vec::new()));
        // GGW stands for 65,536, and U7 for 345, whose lowest byte is that of `:1`.
        for wrong in [
            "",
            "HUFU1",
            "HUFU2:BB8",
            "hufu1:BB8",
            " HUFU1:BB8",
            "HUFU1:bb8",
            "HUFU1:B",
            "HUFU1:BB8B",
            "HUFU1:GGW",
            "HUFU1:U7",
            "HUFU1:BB8\n\n",
            "HUFU1:BB8\r",
            "HUFU1:BB8 ",
            "HUFU1:BB8\t",
            "HUFU1:BB8é",
        ] {
            assert_eq!(bytes(wrong), Err("H9201"), "{wrong:?}");
        }
    }

    #[test]
    fn the_bounds_are_those_of_one_qr_code() {
        let text = |bytes: usize| format!("{CARD_PREFIX}{}", base45::encode(vec![0xff; bytes]));
        assert_eq!(text(MAX_CARD_BYTES).len(), MAX_CARD_TEXT);
        assert_eq!(bytes_of(text(MAX_CARD_BYTES).as_bytes()).map(|bytes| bytes.len()), Ok(MAX_CARD_BYTES));
        let code = |text: &str| Card::read(text.as_bytes()).unwrap_err().code();
        assert_eq!(code(&text(MAX_CARD_BYTES)), "H9202");
        assert_eq!(code(&text(MAX_CARD_BYTES + 1)), "H9200");
        assert_eq!(code(&format!("{}\r\n", text(MAX_CARD_BYTES))), "H9202");
    }

    #[test]
    fn a_set_has_a_bit_for_each_seat() {
        let all: Vec<u16> = bits().collect();
        assert_eq!((all.len(), all[0], all[15]), (ledger::bounds::MAX_VALIDATORS, 1, 1 << 15));
    }
}

//! Signatures of others, and certificates that are no quorum.

use super::base::{Base, Codes, Dice, Mutant, Source, sign};
use crate::world::later::witness;
use ed25519_dalek::SigningKey;
use ledger::{
    Certificate, CommitSignature, Header, KeyId, PublicKey, Signature, TxBody, Validator, ValidatorSet, VoteKind, codec,
};
use proof::{Blob, Bundle, bundle::StepTx, judge};

fn key_of(secret: &SigningKey) -> KeyId {
    KeyId::of_ed25519(secret.verifying_key().as_bytes())
}

/// The transactions of all histories.
fn txs(bundle: &mut Bundle) -> Vec<&mut StepTx> {
    let main = bundle.events.0.iter_mut();
    let others = bundle.related.0.iter_mut().flat_map(|related| related.events.0.iter_mut());
    main.chain(others).filter_map(|step| step.tx.as_mut()).collect()
}

pub(crate) fn resigned(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    match dice.below(8) {
        0..=2 => transaction(base, source, dice),
        3 => anew(base, source, dice),
        4 | 5 => precommit(base, source, dice),
        6 => by_no_witness(source, dice),
        _ => by_another_set(source, dice),
    }
}

/// Another key over the right words, or the right key over other words.
fn transaction(base: &Base, source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let mut all = txs(&mut bundle);
    let number = dice.below(all.len());
    if all.is_empty() {
        return None;
    }
    let tx = all.swap_remove(number);
    let body: TxBody = codec::decode(&tx.body, codec::MAX_INPUT).unwrap();
    let mut signatures: Vec<Signature> = codec::decode(&tx.signatures, codec::MAX_INPUT).unwrap();
    let at = dice.below(body.signers.len());
    let slot = body.signers.get(at)?;
    let right = body.sign_hash(&body.id(), slot);
    *signatures.get_mut(at)? = match dice.below(3) {
        0 => sign(&base.people.iter().find(|p| p.key == slot.key)?.secret, &dice.hash()),
        1 => sign(&dice.key(), &right),
        _ => sign(&dice.pick(&base.people).filter(|p| p.key != slot.key)?.secret, &right),
    };
    tx.signatures = Blob(codec::encode(&signatures));
    source.changed("transaction", format!("transaction {number} slot {at}"), &bundle, &["H9087"])
}

/// The same act, in the name of somebody who signs it well.
fn anew(base: &Base, source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let mut all = txs(&mut bundle);
    let number = dice.below(all.len());
    if all.is_empty() {
        return None;
    }
    let tx = all.swap_remove(number);
    let mut body: TxBody = codec::decode(&tx.body, codec::MAX_INPUT).unwrap();
    let stranger = dice.pick(&base.people)?;
    let at = dice.below(body.signers.len());
    let slot = body.signers.get_mut(at)?;
    (slot.key, slot.org) = (stranger.key, stranger.org);
    let id = body.id();
    let by = |slot: &ledger::Slot| base.people.iter().find(|p| p.key == slot.key).map(|p| &p.secret);
    let signed = body.signers.iter().map(|slot| Some(sign(by(slot)?, &body.sign_hash(&id, slot))));
    let signatures: Vec<Signature> = signed.collect::<Option<_>>()?;
    (tx.body, tx.signatures) = (Blob(codec::encode(&body)), Blob(codec::encode(&signatures)));
    source.changed("signed anew", format!("transaction {number}"), &bundle, &["H9081"])
}

/// The head or one of the links: bytes of the header, the certificate and the set.
fn certified<'a>(bundle: &'a mut Bundle, dice: &mut Dice) -> (usize, Header, &'a mut Blob, ValidatorSet) {
    let links = bundle.anchor.chain.len();
    let number = dice.below(links + 1);
    let anchor = &mut bundle.anchor;
    let (header, certificate, set) = match anchor.chain.0.get_mut(number) {
        Some(link) => (&link.header, &mut link.certificate, &link.validators),
        None => (&anchor.header, &mut anchor.certificate, &anchor.validators),
    };
    let header = codec::decode(header, codec::MAX_INPUT).unwrap();
    (number, header, certificate, codec::decode(set, codec::MAX_INPUT).unwrap())
}

/// A precommit under the name of an agency that another key made, or that of a stranger.
fn precommit(base: &Base, source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let (number, header, bytes, _) = certified(&mut bundle, dice);
    let mut certificate: Certificate = codec::decode(bytes, codec::MAX_INPUT).unwrap();
    let at = dice.below(certificate.signatures.len());
    let agency = certificate.signatures.get(at)?.signer;
    let other = match dice.below(2) {
        0 => dice.pick(&base.agencies).filter(|key| key_of(key) != agency)?.clone(),
        _ => dice.key(),
    };
    let in_own_name = dice.below(2) == 0;
    let signer = if in_own_name { key_of(&other) } else { agency };
    if in_own_name && base.agencies.iter().any(|key| key_of(key) == signer) {
        return None;
    }
    let signature = sign(&other, &certificate.precommit(header.network, signer).sign_hash());
    *certificate.signatures.get_mut(at)? = CommitSignature { signer, signature };
    certificate.signatures.sort_by_key(|s| s.signer);
    *bytes = Blob(codec::encode(&certificate));
    let codes: Codes = if in_own_name { &["H9023"] } else { &["H9024"] };
    source.changed("precommit", format!("precommit {at} of header {number}"), &bundle, codes)
}

/// The signature of a witness, by another key, or of another header.
fn by_no_witness(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let message = judge(&bundle.anchor, None, source.options).ok()?.witness_message;
    let seed = 1 + dice.below(200) as u8;
    let key = witness(seed).verifying_key().to_bytes();
    let signature = match dice.below(2) {
        0 => sign(&dice.key(), &message),
        _ => sign(&witness(seed), &dice.hash()),
    };
    bundle.anchor.add_witness(key, &signature).ok()?;
    source.changed("witness", format!("witness {seed}"), &bundle, &["H9031"])
}

/// The header certified by agencies that nobody named.
fn by_another_set(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let mut header = bundle.anchor.header().ok()?;
    let keys: Vec<SigningKey> = (0..1 + dice.below(5)).map(|_| dice.key()).collect();
    let seat = |key: &SigningKey| {
        let bytes = key.verifying_key().to_bytes();
        Validator { key: PublicKey::from_bytes(bytes).unwrap(), org: ledger::OrgId::default(), peer: bytes }
    };
    let set = ValidatorSet::new(keys.iter().map(seat).collect()).ok()?;
    (header.validators, header.next_validators) = (set.hash(), set.hash());
    let mut certificate =
        Certificate { height: header.height, round: header.round, block: header.id(), signatures: Vec::new() };
    for key in &keys {
        let signer = key_of(key);
        let signature = sign(key, &certificate.precommit(header.network, signer).sign_hash());
        certificate.signatures.push(CommitSignature { signer, signature });
    }
    certificate.signatures.sort_by_key(|s| s.signer);
    // Below the start of the reader nobody is asked for but the history, and whoever witnessed another block.
    let codes: Codes = if !bundle.anchor.chain.is_empty() {
        &["H9027"]
    } else if header.height > source.trust.start().height {
        &["H9026"]
    } else if !bundle.anchor.witnesses.is_empty() {
        &["H9031"]
    } else {
        &["H9030"]
    };
    bundle.anchor.header = Blob(codec::encode(&header));
    bundle.anchor.certificate = Blob(codec::encode(&certificate));
    bundle.anchor.validators = Blob(codec::encode(&set));
    source.changed("another set", format!("{} strangers", keys.len()), &bundle, codes)
}

/// A certificate with too few signers, one twice, out of order, unknown ones, or votes that are no precommits of it.
pub(crate) fn requorum(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    let mut bundle = source.bundle.clone();
    let (number, header, bytes, set) = certified(&mut bundle, dice);
    let mut certificate: Certificate = codec::decode(bytes, codec::MAX_INPUT).unwrap();
    let honest = certificate.signatures.clone();
    let list = &mut certificate.signatures;
    let (what, codes): (&str, Codes) = match dice.below(6) {
        0 => {
            let keep = dice.below(set.quorum());
            while list.len() > keep {
                list.remove(dice.below(list.len()));
            }
            ("too few", &["H9025"])
        }
        1 => {
            let again = dice.pick(&honest)?.clone();
            list.insert(dice.below(list.len() + 1), again);
            ("repeated", &["H9023"])
        }
        2 => {
            dice.shuffle(list);
            if *list == honest {
                return None;
            }
            ("out of order", &["H9023"])
        }
        3 | 4 => {
            let unknown = dice.key();
            let signer = key_of(&unknown);
            if dice.below(2) == 0 {
                list.clear();
            }
            let signature = sign(&unknown, &certificate.precommit(header.network, signer).sign_hash());
            certificate.signatures.push(CommitSignature { signer, signature });
            certificate.signatures.sort_by_key(|s| s.signer);
            ("unknown", &["H9023"])
        }
        _ => {
            let at = dice.below(honest.len());
            let signer = honest.get(at)?.signer;
            let agency = base.agencies.iter().find(|key| key_of(key) == signer)?;
            let mut vote = certificate.precommit(header.network, signer);
            match dice.below(4) {
                0 => vote.kind = VoteKind::Prevote,
                1 => vote.block = None,
                2 => vote.round = dice.number() as u32 | 1,
                _ => vote.height = vote.height.wrapping_add(1 + dice.number() % 1_000),
            }
            certificate.signatures.get_mut(at)?.signature = sign(agency, &vote.sign_hash());
            ("another vote", &["H9024"])
        }
    };
    *bytes = Blob(codec::encode(&certificate));
    source.changed(what, format!("{what}, header {number}"), &bundle, codes)
}

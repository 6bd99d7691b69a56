//! Samples as bytes with their decoders, and every refusal.

use super::*;
use ledger::{
    Act, BlockId, CustodyPoint, Lifecycle, Role, VoteKind,
    codec::{self, Canonical, CodecError},
};

// ------------------------------------------------------------------------------------------------------ for decoders

/// Bytes of a value and a decoder that encodes again what it read.
pub(crate) struct Coded {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) again: fn(&[u8]) -> Result<Vec<u8>, CodecError>,
}

fn coded<T: Canonical>(name: impl Into<String>, value: &T) -> Coded {
    Coded {
        name: name.into(),
        bytes: codec::encode(value),
        again: |bytes| codec::decode::<T>(bytes, codec::MAX_INPUT).map(|value| codec::encode(&value)),
    }
}

/// One of everything that is decoded from bytes of others.
pub(crate) fn everything() -> Vec<Coded> {
    let mut all = Vec::new();
    for (tx, _) in transactions() {
        all.push(coded(format!("tx {}", tx.body.operation.act().name()), &tx));
    }
    for event in events() {
        all.push(coded(format!("event {}", event.n), &event));
    }
    all.push(coded("item record", &item_record()));
    all.push(coded("header", &header(hash(9))));
    all.push(coded("block", &block()));
    all.push(coded("vote", &signed_vote(VoteKind::Precommit, Some(BlockId(hash(1))))));
    all.push(coded("proposal", &signed_proposal(Some(3))));
    all.push(coded("seal", &seal()));
    all.push(coded("validators", &validators()));
    all.push(coded("pack", &pack()));
    all.push(coded("terms", &terms(Some(hash(5)))));
    all.push(coded("genesis", &test_genesis()));
    for receipt in receipts() {
        all.push(coded("receipt", &receipt));
    }
    for rejection in rejections() {
        all.push(coded(rejection.name(), &rejection));
    }
    for (name, key, _) in records() {
        all.push(coded(format!("state key {name}"), &key));
    }
    all
}

/// Every refusal, in the order of its numbers.
pub(crate) fn rejections() -> Vec<ledger::Rejection> {
    use ledger::{Act, Rejection::*};
    let (key, org, item, role) = (key_id(1), org(1), item(1), Role::Custodian);
    let (act, state, placed) = (Act::Handover, Lifecycle::Released, 5);
    let (asked, found, receiver, expires) = (point(), CustodyPoint::start(&item), org, START);
    vec![
        KeyCompromised { key },
        KeyRetired { key },
        KeyForeign { key, org },
        RoleNotHeld { key, role },
        KeyTaken { key },
        KeyUnusable,
        PossessionInvalid,
        KeyUnknown { key },
        RotationChanges,
        OrgUnknown { org },
        OrgTaken { org },
        AgencyByRegistration,
        SignersWrong { act },
        NotCompetent { act, org },
        NodeTaken,
        NodeUnknown,
        NodeIsValidator,
        ItemUnknown { item },
        ClassUnknown,
        ClassTaken,
        CodeNotOfClass,
        GradeUnknown { grade: text("A1") },
        EntryRepeated { index: 70_000 },
        NotCustodian { item, custodian: org },
        StateForbids { item, act, state },
        Held { item, by: org },
        CustodyMoved { item, asked, found },
        OfferPending { item, receiver, expires },
        OfferUnknown { item },
        OfferExpired { item, expires },
        TermsInvalid,
        ReceiverIsGiver,
        NotReceiver { item, receiver },
        QuantityExceeded { item, on_hand: 250, asked: 251 },
        QuantityZero,
        UnitMismatch { item },
        SerialNotOnePiece,
        HoldUnknown { item, placed },
        HoldNotYours { item, by: org },
        HoldsFull { item },
        ActNotInPack { act },
        HsInForce,
        HsFull,
    ]
}

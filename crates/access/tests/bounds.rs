//! Each field of a message at its bound and one past it.

use access::limits::*;
use access::wire::{
    Certified3, DocumentRequest, DocumentResponse, Filed, Head, Link, Message, OwnList, PlacedTx, Proven, Refusal,
    Request, Response, Stand, WireError, decode, encode,
};
use ledger::bounds::MAX_TX_BYTES;
use ledger::codec::{self, CodecError};
use ledger::tree::{StateProof, Terminal};
use ledger::{DocumentId, Hash, OrgId, StateKey, Timestamp, TxId};
use std::fmt::Debug;

/// What is made with the bound is a message, at both ends; with one more it is none.
#[track_caller]
fn check<M: Message + Debug + PartialEq>(bound: usize, make: impl Fn(usize) -> M) {
    let (fits, more) = (make(bound), make(bound + 1));
    let bytes = encode(&fits).unwrap();
    assert_eq!(decode::<M>(&bytes).as_ref(), Ok(&fits));
    assert_eq!(encode(&more), Err(WireError::Bounds));
    assert_eq!(decode::<M>(&codec::encode(&more)), Err(WireError::Bounds));
}

fn stand(bytes: usize, chain: usize) -> Stand {
    let certified = Certified3 { header: vec![1; bytes], certificate: vec![], validators: vec![] };
    Stand { head: certified, chain: vec![Certified3::default(); chain] }
}

fn proven() -> Proven {
    Proven { record: None, proof: StateProof { siblings: vec![], terminal: Terminal::Empty } }
}

fn placed(tx: usize, header: usize, [in_results, in_txs, in_history]: [usize; 3]) -> Response {
    let path = |length| vec![Hash::default(); length];
    let placed = PlacedTx {
        tx: vec![0; tx],
        receipt: vec![],
        receipts: 1,
        in_results: path(in_results),
        in_txs: path(in_txs),
        header: vec![0; header],
        in_history: path(in_history),
    };
    Response::Txs { txs: vec![Some(Box::new(placed))] }
}

#[test]
fn requests() {
    let list = OwnList::Held;
    check(MAX_LINKS, |n| Request::Links { from: 1, limit: n as u16 });
    check(MAX_IDS, |n| Request::Records { keys: vec![StateKey::Params; n] });
    check(MAX_LIST, |n| Request::List { list, after: None, limit: n as u16 });
    check(MAX_IDS, |n| Request::Txs { at: 1, ids: vec![TxId::default(); n] });
    check(MAX_IDS, |n| Request::Waiting { ids: vec![TxId::default(); n] });
    check(MAX_CODE_BYTES, |n| Request::Absence { code: vec![0; n] });
    check(MAX_TX_BYTES, |n| Request::Submit { tx: vec![0; n] });
    check(MAX_TX_BYTES, |n| Request::Judge { draft: vec![0; n] });
}

#[test]
fn responses() {
    let head = |stand, path| Response::Head(Box::new(Head { stand, path: vec![Hash::default(); path], own: None }));
    check(MAX_CERTIFIED_BYTES, |n| head(stand(n, 0), 0));
    check(MAX_CHAIN, |n| head(stand(0, n), 0));
    check(MAX_PATH, |n| head(stand(0, 0), n));
    check(MAX_LINKS, |n| Response::Links { links: vec![Link { height: 1, entries: vec![] }; n] });
    check(MAX_IDS, |n| Response::Records { stand: stand(0, 0), records: vec![proven(); n] });
    check(MAX_CHAIN, |n| Response::Records { stand: stand(0, n), records: vec![] });
    check(MAX_LIST, |n| Response::List { entries: vec![(Hash::default(), Hash::default()); n], more: true });
    check(MAX_IDS, |n| Response::Txs { txs: vec![None; n] });
    check(MAX_TX_BYTES, |n| placed(n, 0, [0; 3]));
    check(MAX_CERTIFIED_BYTES, |n| placed(0, n, [0; 3]));
    check(MAX_PATH, |n| placed(0, 0, [n, 0, 0]));
    check(MAX_PATH, |n| placed(0, 0, [0, n, 0]));
    check(MAX_PATH, |n| placed(0, 0, [0, 0, n]));
    check(MAX_IDS, |n| Response::Waiting { pending: vec![true; n] });
}

#[test]
fn documents() {
    let id = DocumentId::default();
    let path = |n| vec![Hash::default(); n];
    let filed = Filed {
        id,
        by: OrgId::default(),
        length: MAX_DOCUMENT_BYTES,
        about: Hash::default(),
        tx: TxId::default(),
        at: Timestamp(u64::MAX),
    };
    check(MAX_DOCUMENT_BYTES as usize, |n| DocumentRequest::Offer { id, length: n as u64, head: vec![] });
    check(MAX_ENVELOPE_BYTES, |n| DocumentRequest::Offer { id, length: 0, head: vec![0; n] });
    check(MAX_PIECE_BYTES, |n| DocumentRequest::Put { id, piece: 0, bytes: vec![0; n], path: path(MAX_PATH) });
    check(MAX_PATH, |n| DocumentRequest::Put { id, piece: 0, bytes: vec![0; MAX_PIECE_BYTES], path: path(n) });
    check(MAX_DOCUMENTS, |n| DocumentRequest::For { after: None, about: None, limit: n as u16 });
    check(MAX_DOCUMENTS, |n| DocumentRequest::Held { ids: vec![id; n] });
    check(MAX_PIECES, |n| DocumentResponse::Missing { pieces: vec![u32::MAX; n] });
    check(MAX_DOCUMENTS, |n| DocumentResponse::List { documents: vec![filed.clone(); n], more: true });
    check(MAX_PIECE_BYTES, |n| DocumentResponse::Piece { bytes: vec![0; n], path: path(MAX_PATH) });
    check(MAX_PATH, |n| DocumentResponse::Piece { bytes: vec![0; MAX_PIECE_BYTES], path: path(n) });
    check(MAX_DOCUMENTS, |n| DocumentResponse::Held { held: vec![true; n] });
}

#[test]
fn a_message_is_as_long_as_its_protocol_carries() {
    // One byte of the variant, five of the length.
    let file = |length: usize| Response::File { bytes: vec![0; length - 6] };
    let bytes = encode(&file(MAX_RESPONSE_BYTES)).unwrap();
    assert_eq!(bytes.len(), MAX_RESPONSE_BYTES);
    assert_eq!(decode(&bytes), Ok(file(MAX_RESPONSE_BYTES)));
    let too_long =
        || WireError::Codec(CodecError::TooLong { length: MAX_RESPONSE_BYTES + 1, limit: MAX_RESPONSE_BYTES });
    assert_eq!(encode(&file(MAX_RESPONSE_BYTES + 1)), Err(too_long()));
    assert_eq!(decode::<Response>(&codec::encode(&file(MAX_RESPONSE_BYTES + 1))), Err(too_long()));
}

#[test]
fn a_refusal_says_as_much_as_fits() {
    let check = |code: &str, detail: &str, expect: (&str, &str)| {
        let Response::Failure { code, detail, retry_ms: 7 } = Response::failure(code, detail, 7) else {
            panic!("none")
        };
        assert_eq!((code.as_str(), detail.as_str()), expect);
    };
    check("H7123", "蜂", ("H7123", "蜂"));
    let long = "蜂".repeat(171);
    assert_eq!(long.len(), 513);
    check("H7123", &long, ("H7123", &long[..510]));
    check("H71231234", "a line\nand another", ("H7123123", ""));
}

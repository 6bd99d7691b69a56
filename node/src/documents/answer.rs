//! What an agency's node answers to members' nodes about documents.

use super::{Refused, Shelf};
use ::access::{DocumentRequest, DocumentResponse, limits::MAX_DOCUMENTS, wire::Refusal as _};
use custody::visibility::Reader;
use ledger::Timestamp;

/// After how long it is asked again, where the document is being written.
const RETRY_MS: u32 = 1_000;

/// The answer to a request of a reader's node. It reads and writes files, and may take the time of a whole document.
pub(crate) fn answer(shelf: &Shelf, of: &Reader, request: DocumentRequest, now: Timestamp) -> DocumentResponse {
    match answered(shelf, of, request, now) {
        Ok(response) => response,
        Err(refused) => {
            let retry_ms = if matches!(refused, Refused::Busy) { RETRY_MS } else { 0 };
            let detail = match &refused {
                Refused::Fault(error) => {
                    tracing::error!(%error, "a request about documents failed");
                    String::new()
                }
                other => other.to_string(),
            };
            DocumentResponse::failure(refused.code(), &detail, retry_ms)
        }
    }
}

fn answered(shelf: &Shelf, of: &Reader, request: DocumentRequest, now: Timestamp) -> Result<DocumentResponse, Refused> {
    let by = of.org().ok_or(Refused::NotYours)?;
    Ok(match request {
        DocumentRequest::Offer { id, length, head } => {
            DocumentResponse::Ready { have: shelf.offer(by, &id, length, &head, now)? }
        }
        DocumentRequest::Put { id, piece, bytes, path } => {
            DocumentResponse::Ready { have: shelf.put(by, &id, piece, &bytes, &path, now)? }
        }
        DocumentRequest::Missing { id, from } => DocumentResponse::Missing { pieces: shelf.missing(by, &id, from)? },
        DocumentRequest::For { after, about, limit } => {
            let limit = usize::from(limit).clamp(1, MAX_DOCUMENTS);
            let (documents, more) = shelf.list(of, about.as_ref(), after, limit);
            DocumentResponse::List { documents, more }
        }
        DocumentRequest::Get { id, piece } => {
            let (bytes, path) = shelf.piece(of, &id, piece)?;
            DocumentResponse::Piece { bytes, path }
        }
        DocumentRequest::Erase { id } => match shelf.erase(of, &id, now) {
            // What never came here is as good as erased: it is not taken from whoever said so.
            Ok(()) | Err(Refused::Unknown(_)) => DocumentResponse::Erased,
            Err(refused) => return Err(refused),
        },
        DocumentRequest::Held { ids } => {
            shelf.forget_late(now)?;
            DocumentResponse::Held { held: shelf.held(of, &ids) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{
        Bounds,
        shelf::tests::{Folder, NETWORK, reader, sealed},
    };
    use keys::seal::Head;
    use ledger::{
        DocumentId, Hash, list,
        sealed::{PIECE_BYTES, piece},
    };

    const NOW: Timestamp = Timestamp(1_000);

    fn code(response: &DocumentResponse) -> Option<&str> {
        match response {
            DocumentResponse::Failure { code, .. } => Some(code.as_str()),
            _ => None,
        }
    }

    /// A document goes through the requests of a member's node from its offer to its end.
    #[test]
    fn every_request_is_answered_for_whoever_asks() {
        let folder = Folder::new();
        let shelf = Shelf::open(folder.path(), NETWORK, Bounds::default()).unwrap();
        let (id, bytes) = sealed(1, &[2], &vec![7; PIECE_BYTES]);
        let (head, length) = Head::parse(&bytes).unwrap().unwrap();
        let parts: Vec<&[u8]> = bytes.chunks(PIECE_BYTES).collect();
        let hashes: Vec<Hash> = parts.iter().map(|bytes| piece(bytes)).collect();
        let ask = |of: u8, request: DocumentRequest| answer(&shelf, &reader(of), request, NOW);
        let put = |number: u32| DocumentRequest::Put {
            id,
            piece: number,
            bytes: parts[number as usize].to_vec(),
            path: list::path(&hashes, number as usize).unwrap(),
        };
        let offer = || DocumentRequest::Offer { id, length: bytes.len() as u64, head: bytes[..length].to_vec() };
        assert_eq!(head.sealed_bytes(), bytes.len() as u64);
        assert_eq!(code(&ask(2, offer())), Some("H4302"));
        assert_eq!(code(&ask(1, put(0))), Some("H7004"));
        assert_eq!(ask(1, offer()), DocumentResponse::Ready { have: 0 });
        assert_eq!(code(&ask(1, put(1))), Some("H1425"));
        assert_eq!(ask(1, put(0)), DocumentResponse::Ready { have: 1 });
        assert_eq!(ask(1, DocumentRequest::Missing { id, from: 0 }), DocumentResponse::Missing { pieces: vec![1] });
        assert_eq!(code(&ask(2, DocumentRequest::Get { id, piece: 0 })), Some("H7004"));
        assert_eq!(ask(1, put(1)), DocumentResponse::Ready { have: 2 });
        for reader in [1, 2] {
            let DocumentResponse::Piece { bytes, path } = ask(reader, DocumentRequest::Get { id, piece: 1 }) else {
                panic!("no piece for {reader}");
            };
            assert!(id.has(2, 1, &bytes, &path));
            let all = DocumentRequest::For { after: None, about: None, limit: 10 };
            assert!(
                matches!(ask(reader, all), DocumentResponse::List { documents, more: false } if documents.len() == 1)
            );
        }
        let held = |of: u8| ask(of, DocumentRequest::Held { ids: vec![id, DocumentId::default()] });
        assert_eq!(held(2), DocumentResponse::Held { held: vec![true, false] });
        assert_eq!(held(3), DocumentResponse::Held { held: vec![false, false] });
        assert_eq!(code(&ask(3, DocumentRequest::Get { id, piece: 0 })), Some("H7004"));
        assert_eq!(code(&ask(2, DocumentRequest::Erase { id })), Some("H4302"));
        assert_eq!(ask(3, DocumentRequest::Erase { id }), DocumentResponse::Erased);
        assert_eq!(held(2), DocumentResponse::Held { held: vec![true, false] });
        for _ in 0..2 {
            assert_eq!(ask(1, DocumentRequest::Erase { id }), DocumentResponse::Erased);
        }
        assert_eq!(code(&ask(2, DocumentRequest::Get { id, piece: 0 })), Some("H7022"));
        assert_eq!(code(&ask(1, offer())), Some("H4304"));
    }
}

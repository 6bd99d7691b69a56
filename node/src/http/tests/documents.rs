//! Sealed documents over HTTP: whoever they are for gets them, nobody else learns of them, and what is erased is gone.

use super::{
    failure,
    world::{Who, World},
};
use api::view::{DocumentView, Page};
use keys::{
    SealKey,
    seal::{About, Letter, seal},
};
use ledger::{Hash, Text, TxId, sealed::PIECE_BYTES};

/// A document of A for B.
fn sealed(world: &World, content: &[u8]) -> (String, Vec<u8>) {
    let about =
        About { network: world.handle.network, by: Who::A.org(), opens: Hash([9; 32]), tx: TxId(Hash([1; 32])) };
    let keys = [(Who::B.org(), *SealKey::from_secret(&[2; 32]).public())];
    let letter = Letter { salt: [5; 16], media: Text::default(), name: Text::default() };
    let mut out = Vec::new();
    let id = seal(&about, &keys, &letter, content.len() as u64, content, &mut out).unwrap();
    (id.to_string(), out)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_from_its_depositor_to_its_recipient_and_to_its_end() {
    let world = World::start().await;
    let [customs, a, b, c] = world.logins().await;
    let (id, bytes) = sealed(&world, &vec![7; 2 * PIECE_BYTES]);
    let path = format!("/v1/documents/{id}");
    assert_eq!(world.post("/v1/documents", None, &bytes).await.failure(), failure(401, "H2301"));
    assert_eq!(world.post("/v1/documents", Some(&b), &bytes).await.failure(), failure(403, "H4302"));
    let left = world.post("/v1/documents", Some(&a), &bytes).await;
    assert_eq!((left.status, left.header("location")), (201, Some(path.as_str())));
    let view: DocumentView = left.ok();
    assert_eq!((view.id.as_str(), view.by.clone(), view.has.clone()), (id.as_str(), Who::A.org().to_string(), None));
    assert_eq!((view.bytes, view.tx.clone()), (bytes.len() as u64, Some(Hash([1; 32]).to_string())));
    let again: DocumentView = world.post("/v1/documents", Some(&a), &bytes).await.ok();
    assert_eq!(again, view);
    for (token, expect) in [(&a, 1), (&b, 1), (&c, 0), (&customs, 0)] {
        let page: Page<DocumentView> = world.get("/v1/documents", Some(token)).await.ok();
        assert_eq!((page.items.len(), page.next), (expect, None));
        let about = format!("/v1/documents?about={}", view.opens);
        let page: Page<DocumentView> = world.get(&about, Some(token)).await.ok();
        assert_eq!(page.items.len(), expect);
        let other = format!("/v1/documents?about={}", "00".repeat(32));
        assert!(world.get(&other, Some(token)).await.ok::<Page<DocumentView>>().items.is_empty());
        let given = world.get(&path, Some(token)).await;
        match expect {
            0 => assert_eq!(given.failure(), failure(404, "H7004")),
            _ => assert!(given.status == 200 && given.body == bytes),
        }
    }
    let ranged = |range: &'static str| {
        let headers = format!("Authorization: Bearer {b}\r\nRange: {range}\r\n");
        let (world, path) = (&world, &path);
        async move { world.send("GET", path, &headers, b"").await }
    };
    let from = PIECE_BYTES + 10;
    let rest = ranged("bytes=262154-").await;
    assert!(rest.status == 206 && rest.body == bytes[from..]);
    let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
    assert_eq!(rest.header("content-range"), Some(range.as_str()));
    let across = ranged("bytes=262100-262199").await;
    assert!(across.status == 206 && across.body == bytes[262_100..262_200]);
    let beyond = ranged("bytes=99999999-").await;
    assert!(beyond.status == 200 && beyond.body == bytes);
    let erase = |token: &str| {
        let headers = format!("Authorization: Bearer {token}\r\n");
        let (world, path) = (&world, &path);
        async move { world.send("DELETE", path, &headers, b"").await }
    };
    assert_eq!(erase(&b).await.failure(), failure(403, "H4302"));
    assert_eq!(erase(&c).await.failure(), failure(404, "H7004"));
    assert_eq!(erase(&customs).await.failure(), failure(404, "H7004"));
    assert_eq!((erase(&a).await.status, erase(&a).await.status), (204, 204));
    assert_eq!(world.get(&path, Some(&b)).await.failure(), failure(410, "H7022"));
    for stranger in [&c, &customs] {
        assert_eq!(world.get(&path, Some(stranger)).await.failure(), failure(404, "H7004"));
    }
    assert_eq!(world.post("/v1/documents", Some(&a), &bytes).await.failure(), failure(410, "H4304"));
    let page: Page<DocumentView> = world.get("/v1/documents", Some(&b)).await.ok();
    assert!(page.items.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_document_is_refused_with_a_code() {
    let world = World::start().await;
    let a = world.login(Who::A).await;
    let (id, bytes) = sealed(&world, b"text");
    let longer = [&bytes[..], &[0]].concat();
    for (wrong, expect) in [
        (b"".as_slice(), failure(400, "H1425")),
        (b"{\"what\": \"ever\"}".as_slice(), failure(400, "H1425")),
        (&bytes[..bytes.len() - 1], failure(400, "H1425")),
        (longer.as_slice(), failure(400, "H1425")),
    ] {
        assert_eq!(world.post("/v1/documents", Some(&a), wrong).await.failure(), expect);
    }
    let head = format!(
        "POST /v1/documents HTTP/1.1\r\nHost: node\r\nConnection: close\r\nExpect: 100-continue\r\nAuthorization: Bearer {a}\r\nContent-Length: 268435457\r\n\r\n"
    );
    assert_eq!(world.raw(head.as_bytes()).await.failure(), failure(413, "H1414"));
    assert_eq!(world.get("/v1/documents/x", Some(&a)).await.failure(), failure(400, "H1409"));
    assert_eq!(world.get("/v1/documents?about=x", Some(&a)).await.failure(), failure(400, "H1409"));
    assert_eq!(world.get(&format!("/v1/documents/{id}"), Some(&a)).await.failure(), failure(404, "H7004"));
    world.end().await;
}

//! What bytes of a stranger may cost: memory in proportion to them, whatever length they claim. Alone in its process, so
//! that nobody else's memory is counted.

use ledger::{
    Block, Event, Genesis, PolicyPack, SignedTx,
    codec::{self, CodecError},
};

/// Most memory that the process has had mapped so far, in KiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmPeak:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The varint form of a length in eight bytes, behind a few honest ones.
fn claim(before: &[u8], length: u64) -> Vec<u8> {
    let mut bytes = before.to_vec();
    match u32::try_from(length) {
        Ok(short) => {
            bytes.push(252);
            bytes.extend(short.to_le_bytes());
        }
        Err(_) => {
            bytes.push(253);
            bytes.extend(length.to_le_bytes());
        }
    }
    bytes.resize(bytes.len().max(9), 0);
    bytes
}

#[test]
fn a_great_claim_in_few_bytes_allocates_little() {
    let before = peak();
    for length in [100_000_000, u64::from(u32::MAX), 1 << 40, u64::MAX] {
        let bytes = claim(&[], length);
        assert_eq!(bytes.len(), 9);
        let refused = |result: Result<(), CodecError>| {
            assert!(
                matches!(&result, Err(CodecError::Malformed { detail }) if !detail.is_empty()),
                "{length}: {result:?}"
            );
        };
        refused(codec::decode::<Vec<u8>>(&bytes, codec::MAX_INPUT).map(drop));
        refused(codec::decode::<Vec<Vec<u8>>>(&bytes, codec::MAX_INPUT).map(drop));
        refused(codec::decode::<ledger::Text<4096>>(&bytes, codec::MAX_INPUT).map(drop));
        refused(codec::decode::<Vec<Event>>(&bytes, codec::MAX_INPUT).map(drop));
        refused(codec::decode::<PolicyPack>(&bytes, codec::MAX_INPUT).map(drop));
        // A transaction that claims as many signers: network, nonce, expiry, and the count.
        let signers = claim(&[0; 32 + 16 + 1], length);
        assert!(SignedTx::from_bytes(&signers).is_err());
        assert!(Genesis::from_bytes(&bytes).is_err());
        assert!(Block::from_bytes(&bytes).is_err());
    }
    // A claim in the middle of a long input may cost what the input may, and no more.
    let mut long = claim(&[], 100_000_000);
    long.resize(200_000, 0);
    assert!(codec::decode::<Vec<u8>>(&long, codec::MAX_INPUT).is_err());
    match (before, peak()) {
        (Some(before), Some(after)) => assert!(after - before < 32 * 1024, "{before} KiB grew to {after} KiB"),
        _ => println!("skipped: the system does not tell the memory of a process"),
    }
}

use super::*;
use tempfile::TempDir;

const NETWORK: NetworkId = NetworkId(Hash([7; 32]));
const SIGNER: KeyId = KeyId(Hash([9; 32]));

fn home() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sign-state");
    (dir, path)
}

fn at(height: u64, round: u32, slot: Slot) -> Position {
    Position { height, round, slot }
}

/// A stand-in for a key: the signature names the hash, so that a second signing would show.
fn pen(hash: &Hash) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&hash.0);
    Signature(bytes)
}

#[derive(Debug, PartialEq)]
enum Answer {
    Signed,
    Old,
    Conflict,
    Regressed,
    Locked,
}

fn statement(n: u8) -> Statement {
    Statement { hash: Hash([n; 32]), block: None }
}

fn attempt(state: &mut SignState, position: Position, n: u8) -> Answer {
    attempt_for(state, position, statement(n), |_, _| false)
}

fn attempt_for(
    state: &mut SignState,
    position: Position,
    statement: Statement,
    had_polka: impl FnOnce(Range<u32>, &BlockId) -> bool,
) -> Answer {
    let mut used = false;
    let hash = statement.hash;
    let result = state.sign(position, statement, had_polka, |h| {
        used = true;
        pen(h)
    });
    match result {
        Ok(signature) => {
            assert_eq!(signature, pen(&hash));
            if used { Answer::Signed } else { Answer::Old }
        }
        Err(SignError::Conflict { .. }) => Answer::Conflict,
        Err(SignError::Regressed { .. }) => Answer::Regressed,
        Err(SignError::Locked { .. }) => Answer::Locked,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn the_order_of_statements() {
    use Answer::*;
    use Slot::*;
    // Applied in sequence, each with the file read anew before it.
    let table = [
        (at(5, 0, Proposal), 1, Signed),
        (at(5, 0, Seal), 2, Signed),
        (at(5, 0, Prevote), 3, Signed),
        (at(5, 0, Prevote), 3, Old),
        (at(5, 0, Prevote), 4, Conflict),
        (at(5, 0, Proposal), 1, Old),
        (at(5, 0, Proposal), 9, Conflict),
        (at(5, 0, Seal), 2, Old),
        (at(5, 0, Seal), 3, Conflict),
        (at(5, 0, Precommit), 5, Signed),
        (at(5, 2, Prevote), 6, Signed),
        (at(5, 2, Proposal), 6, Regressed),
        (at(5, 1, Precommit), 6, Regressed),
        (at(5, 2, Seal), 6, Signed),
        (at(5, 1, Seal), 6, Regressed),
        (at(5, 0, Precommit), 5, Old),
        (at(4, 9, Precommit), 1, Regressed),
        (at(6, 0, Prevote), 7, Signed),
        (at(5, 2, Prevote), 6, Regressed),
        (at(6, 0, Prevote), 8, Conflict),
        (at(6, 0, Seal), 8, Signed),
        (at(9, 3, Precommit), 8, Signed),
    ];
    let (_dir, path) = home();
    drop(SignState::create(&path, NETWORK, SIGNER, 5).unwrap());
    let mut durable = 4;
    for (step, (position, statement, expect)) in table.into_iter().enumerate() {
        let mut state = SignState::open(&path, NETWORK, SIGNER, durable).unwrap();
        assert_eq!(attempt(&mut state, position, statement), expect, "step {step}");
        durable = state.height() - 1;
    }
}

#[test]
fn first_height_is_a_floor() {
    let (_dir, path) = home();
    let mut state = SignState::create(&path, NETWORK, SIGNER, 10).unwrap();
    assert_eq!(attempt(&mut state, at(9, 0, Slot::Prevote), 1), Answer::Regressed);
    assert_eq!(attempt(&mut state, at(10, 0, Slot::Prevote), 1), Answer::Signed);
}

#[test]
fn create_never_replaces() {
    let (_dir, path) = home();
    SignState::create(&path, NETWORK, SIGNER, 1).unwrap();
    assert!(matches!(SignState::create(&path, NETWORK, SIGNER, 1), Err(SignStateError::Exists { .. })));
}

#[test]
fn opening_is_refused() {
    let (_dir, path) = home();
    let open = |network, signer, ledger| SignState::open(&path, network, signer, ledger);
    assert!(matches!(open(NETWORK, SIGNER, 0), Err(SignStateError::Missing { .. })));
    let mut state = SignState::create(&path, NETWORK, SIGNER, 1).unwrap();
    assert_eq!(attempt(&mut state, at(7, 0, Slot::Prevote), 1), Answer::Signed);
    drop(state);
    let other = Hash([1; 32]);
    assert!(matches!(open(NetworkId(other), SIGNER, 7), Err(SignStateError::Foreign { what: "network", .. })));
    assert!(matches!(open(NETWORK, KeyId(other), 7), Err(SignStateError::Foreign { what: "key", .. })));
    assert!(matches!(open(NETWORK, SIGNER, 8), Err(SignStateError::Old { state: 7, ledger: 8, .. })));
    open(NETWORK, SIGNER, 7).unwrap();
    open(NETWORK, SIGNER, 6).unwrap();
    let mut state = open(NETWORK, SIGNER, 3).unwrap();
    assert_eq!(attempt(&mut state, at(4, 0, Slot::Prevote), 1), Answer::Regressed, "an old ledger signs nothing");
}

#[test]
fn no_prevote_goes_against_the_lock() {
    use Slot::*;
    let (_dir, path) = home();
    let block = |n: u8| BlockId(Hash([n; 32]));
    let for_block = |n: u8| Statement { hash: Hash([n; 32]), block: Some(block(n)) };
    drop(SignState::create(&path, NETWORK, SIGNER, 5).unwrap());
    // The file is read anew before each: the lock outlives the process and the engine's log.
    let step = |position: Position, what: Statement, polka: Option<(u32, u8)>, expect: Answer| {
        let mut state = SignState::open(&path, NETWORK, SIGNER, position.height - 1).unwrap();
        let had = |rounds: Range<u32>, b: &BlockId| polka.is_some_and(|(r, n)| rounds.contains(&r) && *b == block(n));
        assert_eq!(attempt_for(&mut state, position, what, had), expect, "{position:?} {what:?}");
    };
    step(at(5, 0, Prevote), for_block(1), None, Answer::Signed);
    step(at(5, 0, Precommit), statement(9), None, Answer::Signed);
    step(at(5, 1, Prevote), for_block(2), None, Answer::Signed);
    step(at(5, 1, Precommit), for_block(2), None, Answer::Signed);
    // Locked on block 2 in round 1.
    step(at(5, 2, Prevote), for_block(1), None, Answer::Locked);
    step(at(5, 2, Prevote), for_block(1), Some((0, 1)), Answer::Locked);
    step(at(5, 2, Prevote), for_block(1), Some((2, 1)), Answer::Locked);
    step(at(5, 2, Prevote), for_block(2), None, Answer::Signed);
    step(at(5, 3, Prevote), statement(8), None, Answer::Signed);
    step(at(5, 3, Precommit), statement(9), None, Answer::Signed);
    step(at(5, 4, Prevote), for_block(1), None, Answer::Locked);
    step(at(5, 4, Prevote), for_block(1), Some((1, 1)), Answer::Signed);
    step(at(5, 4, Precommit), for_block(1), None, Answer::Signed);
    step(at(5, 5, Proposal), for_block(3), None, Answer::Signed);
    step(at(5, 5, Prevote), for_block(2), Some((1, 2)), Answer::Locked);
    // The next height starts without a lock.
    step(at(6, 0, Prevote), for_block(7), None, Answer::Signed);
}

#[test]
fn covering_moves_the_floor() {
    let (_dir, path) = home();
    let mut state = SignState::create(&path, NETWORK, SIGNER, 1).unwrap();
    assert_eq!(attempt(&mut state, at(1, 0, Slot::Prevote), 1), Answer::Signed);
    state.cover(1).unwrap();
    assert_eq!(attempt(&mut state, at(1, 0, Slot::Prevote), 1), Answer::Old, "covering a signed height keeps it");
    state.cover(30).unwrap();
    assert_eq!(attempt(&mut state, at(29, 0, Slot::Prevote), 1), Answer::Regressed);
    drop(state);
    assert_eq!(SignState::open(&path, NETWORK, SIGNER, 30).unwrap().height(), 30);
}

#[test]
fn the_number_of_records_is_bounded() {
    let (_dir, path) = home();
    let mut state = SignState::create(&path, NETWORK, SIGNER, 1).unwrap();
    for round in 0..=MAX_SIGN_RECORDS as u32 {
        assert_eq!(attempt(&mut state, at(1, round, Slot::Prevote), 1), Answer::Signed);
    }
    assert_eq!(attempt(&mut state, at(1, 0, Slot::Prevote), 1), Answer::Regressed, "the oldest was dropped");
    assert_eq!(attempt(&mut state, at(1, 1, Slot::Prevote), 1), Answer::Old);
    drop(state);
    let state = SignState::open(&path, NETWORK, SIGNER, 1).unwrap();
    assert_eq!(state.content.records.len(), MAX_SIGN_RECORDS);
}

fn written() -> (TempDir, PathBuf, Vec<u8>) {
    let (dir, path) = home();
    let mut state = SignState::create(&path, NETWORK, SIGNER, 1).unwrap();
    for slot in Slot::ALL {
        // Sealing comes first in the list but has an order of its own.
        let block = (slot == Slot::Precommit).then_some(BlockId(Hash([4; 32])));
        let statement = Statement { block, ..statement(slot as u8) };
        assert_eq!(attempt_for(&mut state, at(3, 1, slot), statement, |_, _| false), Answer::Signed);
    }
    let bytes = std::fs::read(&path).unwrap();
    (dir, path, bytes)
}

#[test]
fn every_single_bit_flip_is_detected() {
    let (_dir, path, bytes) = written();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Content::decode(&damaged).is_err(), "bit {bit}");
    }
    // And the decoder is what opening uses.
    let mut damaged = bytes;
    damaged[60] ^= 4;
    std::fs::write(&path, damaged).unwrap();
    assert!(matches!(SignState::open(&path, NETWORK, SIGNER, 3), Err(SignStateError::Corrupt { .. })));
}

#[test]
fn every_truncation_and_extension_is_detected() {
    let (_dir, path, bytes) = written();
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let result = SignState::open(&path, NETWORK, SIGNER, 3);
        assert!(matches!(result, Err(SignStateError::Corrupt { .. })), "length {length}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    std::fs::write(&path, longer).unwrap();
    assert!(matches!(SignState::open(&path, NETWORK, SIGNER, 3), Err(SignStateError::Corrupt { .. })));
}

#[test]
fn a_left_over_temporary_file_is_harmless() {
    let (_dir, path, _) = written();
    std::fs::write(path.with_extension("new"), b"half of something").unwrap();
    let mut state = SignState::open(&path, NETWORK, SIGNER, 3).unwrap();
    assert_eq!(attempt(&mut state, at(3, 1, Slot::Precommit), Slot::Precommit as u8), Answer::Old);
    assert_eq!(attempt(&mut state, at(4, 0, Slot::Prevote), 1), Answer::Signed);
}

#[test]
fn nothing_is_signed_after_a_failed_write() {
    let (dir, path, _) = written();
    let mut state = SignState::open(&path, NETWORK, SIGNER, 3).unwrap();
    // A folder in the way of the temporary file makes the write fail.
    std::fs::create_dir(path.with_extension("new")).unwrap();
    let failed = state.sign(at(4, 0, Slot::Prevote), statement(1), |_, _| false, pen);
    assert!(matches!(failed, Err(SignError::NotDurable { .. })));
    std::fs::remove_dir(path.with_extension("new")).unwrap();
    let refused = state.sign(at(4, 0, Slot::Prevote), statement(1), |_, _| false, pen);
    assert!(matches!(refused, Err(SignError::Poisoned { .. })));
    drop(dir);
}

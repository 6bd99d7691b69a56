//! Every bound of what this crate reads. Each is tested at its value and one above.

/// Bytes of a bundle.
pub const MAX_BUNDLE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of a trust file.
pub const MAX_TRUST_BYTES: usize = 256 * 1024;
/// Open events of one bundle, those of all its histories together.
pub const MAX_EVENTS: usize = 20_000;
/// Histories of other items in one bundle.
pub const MAX_RELATED: usize = 1_024;
/// Bytes of the hashes of the later events of one history: 32 for each of as many as a bundle has events.
pub const MAX_LATER_BYTES: usize = 640_000;
/// Key records of one bundle.
pub const MAX_KEYS: usize = 4_096;
/// Organisation records of one bundle.
pub const MAX_ORGS: usize = 4_096;
/// Class records of one bundle.
pub const MAX_CLASSES: usize = 64;
/// Policy packs of one bundle.
pub const MAX_PACKS: usize = 64;
/// Changes of the validator set that one bundle leads through.
pub const MAX_CHAIN: usize = 256;
/// Opened private fields, and opened names, of one bundle.
pub const MAX_OPENED: usize = 4_096;
/// Names, codes or holds in one readable list.
pub const MAX_READABLE: usize = 64;
/// Bytes of a header, certificate or validator set.
pub const MAX_CERTIFIED_BYTES: usize = 16 * 1024;
/// Bytes of the proof of all records: 30 siblings of 33 bytes for each of as many records as a bundle can have.
pub const MAX_PROOF_BYTES: usize = 10 * 1024 * 1024;
/// Bytes of an event: its links dominate.
pub const MAX_EVENT_BYTES: usize = 16 * 1024;
/// Bytes of the signatures of one transaction: 8 of 64 bytes and their count.
pub const MAX_SIGNATURES_BYTES: usize = 513;
/// Bytes of one entry of a list.
pub const MAX_ENTRY_BYTES: usize = 4 * 1024;
/// Bytes of a path in a Merkle list: 40 hashes and their count.
pub const MAX_PATH_BYTES: usize = 1_281;
/// Bytes of an opened field: salt, name, value and their lengths.
pub const MAX_FIELD_OPEN_BYTES: usize = 5 * 1024;
/// Bytes of an item code.
pub const MAX_CODE_BYTES: usize = 256;
/// Bytes of the proof of one record, or of its absence: 256 siblings of 33 bytes and what the path ends in.
pub const MAX_STATE_PROOF_BYTES: usize = 9 * 1024;
/// Links of a feed whose entries one file shows.
pub const MAX_FEED_LINKS: usize = 20_000;
/// Entries of one link: a block of the greatest size touches a firm less often.
pub const MAX_FEED_ENTRIES: usize = 65_536;
/// Links behind those, of which one file has the roots.
pub const MAX_FEED_LATER: usize = 200_000;
/// Bytes of an entry of a feed: the words of a refusal dominate.
pub const MAX_FEED_ENTRY_BYTES: usize = 4 * 1024;
/// Bytes of two signed messages that contradict each other.
pub const MAX_EVIDENCE_BYTES: usize = 4 * 1024;
/// How far the time of a header may lie ahead of the reader's clock, in milliseconds.
pub const MAX_AHEAD_MS: u64 = 600_000;
/// Signatures of witnesses in one anchor, and witnesses that one trust file names.
pub const MAX_WITNESSES: usize = 64;
/// Bytes of the signature of a witness.
pub const MAX_SIGNATURE_BYTES: usize = 64;
/// Characters of the text of a card: a QR code of version 40 and level L holds as many of the alphanumeric mode.
pub const MAX_CARD_TEXT: usize = 4_296;
/// Bytes of a card: three characters for two, behind the six of its beginning.
pub const MAX_CARD_BYTES: usize = 2_860;

#[cfg(test)]
mod tests {
    use super::*;

    /// They are part of the formats: another verifier has them as numbers.
    #[test]
    fn bounds_of_bytes_are_these_numbers() {
        assert_eq!([MAX_BUNDLE_BYTES, MAX_TRUST_BYTES, MAX_PROOF_BYTES], [33_554_432, 262_144, 10_485_760]);
        assert_eq!([MAX_CERTIFIED_BYTES, MAX_EVENT_BYTES, MAX_ENTRY_BYTES], [16_384, 16_384, 4_096]);
        assert_eq!([MAX_FIELD_OPEN_BYTES, MAX_STATE_PROOF_BYTES], [5_120, 9_216]);
        assert_eq!([MAX_FEED_ENTRY_BYTES, MAX_EVIDENCE_BYTES], [4_096, 4_096]);
    }
}

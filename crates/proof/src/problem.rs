//! Why a bundle proves nothing: one stable code for each reason.

use std::fmt;

/// `codec::decode` needs a name for its bounds; this is the only place that writes them out.
macro_rules! read {
    ($what:literal, $bytes:expr, $limit:expr) => {
        ledger::codec::decode($bytes, $limit)
            .map_err(|e| $crate::problem::Problem::Bytes { what: $what, detail: $crate::bundle::cut(&e.to_string()) })
    };
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident $({ $($field:ident: $ty:ty),* })? = $code:literal, $short:literal, $message:literal;)*) => {
        /// Why verification failed. Append-only; the code is what users, programs and other verifiers see.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Problem {
            $($(#[$doc])* $name $({ $($field: $ty),* })?,)*
        }

        impl Problem {
            /// Stable code, `H9001` to `H9209`.
            pub fn code(&self) -> &'static str {
                match self { $(Problem::$name $({ $($field: _),* })? => $code,)* }
            }
        }

        impl fmt::Display for Problem {
            #[allow(unused_variables)]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Problem::$name $({ $($field),* })? => write!(f, $message),)* }
            }
        }

        impl std::error::Error for Problem {}

        /// Every code with its meaning in a few words.
        pub const CODES: &[(&str, &str)] = &[$(($code, $short)),*];
    };
}

problems! {
    /// The file is longer than a bundle can be.
    TooLarge { length: usize, limit: usize } = "H9001", "the file is too large",
        "read a file of {length} bytes: at most {limit} are taken";
    /// The file is no JSON.
    NotJson { detail: String } = "H9002", "the file is no JSON", "read the file as JSON: {detail}";
    /// The JSON has not the shape of a bundle: unknown, missing or repeated fields, wrong types, too many elements.
    Shape { detail: String } = "H9003", "the JSON has not the shape of a bundle", "read the JSON as a bundle: {detail}";
    /// Another schema.
    Schema { found: String } = "H9004", "the schema is another one", "read the schema {found:?}";
    /// Bytes that are no canonical encoding of what they should be.
    Bytes { what: &'static str, detail: String } = "H9005", "bytes do not decode",
        "decode the bytes of {what}: {detail}";
    /// A list is not in strictly ascending order, or holds one thing twice.
    ListOrder { what: &'static str } = "H9006", "a list is out of order or repeats itself",
        "read the {what}: they are not in strictly ascending order";
    /// Something that the judgement needs is not in the bundle.
    Missing { what: &'static str, id: String } = "H9007", "a record that is needed is missing",
        "find the {what} {id} in the bundle";
    /// Something that nothing in the bundle refers to.
    Surplus { what: &'static str, id: String } = "H9008", "a record belongs to nothing in the bundle",
        "find a use for the {what} {id}: nothing in the bundle refers to it";

    /// The header has a version that this verifier does not know.
    Version { found: u16 } = "H9020", "the protocol version is unknown", "judge protocol version {found}";
    /// The certificate is one of another block.
    CertificateOther = "H9021", "the certificate is one of another block", "match the certificate with the header";
    /// The validator set is not the one that the header names.
    ValidatorsOther = "H9022", "the validator set is not the one that the header names",
        "match the validator set with the header";
    /// The certificate has repeated or unordered signers, or one who is not of the set.
    CertificateSigners { detail: String } = "H9023", "the certificate has wrong signers",
        "take the signers of the certificate: {detail}";
    /// A precommit does not hold.
    CertificateSignature { detail: String } = "H9024", "a precommit of the certificate does not hold", "{detail}";
    /// Fewer than more than two thirds.
    CertificateTooFew { found: usize, needed: usize } = "H9025", "the certificate has too few signatures",
        "reach a quorum: {found} of {needed} precommits";
    /// The first validator set of the bundle is not the one of the trust root.
    TrustBroken = "H9026", "the validator set does not follow from the trust root",
        "lead from the trust root to the validator set of the bundle";
    /// A link of the chain of validator sets does not follow from the one before.
    ChainBroken { link: usize } = "H9027", "the chain of validator sets is broken",
        "follow the chain of validator sets at link {link}";
    /// Test flag of the header and of the trust root differ.
    TestFlag = "H9028", "the test flag is not that of the trust root", "match the test flag with the trust root";
    /// The header comes from the future.
    Future { ms: u64 } = "H9029", "the header is from the future", "take a header from {ms} ms ahead of this clock";

    /// The header is not in the history that its path leads to, or that history is not the trust root's.
    HistoryBroken { detail: &'static str } = "H9030", "the header is not in the history of the trust root",
        "find the header in the history of the trust root: {detail}";
    /// A witness's key is not usable, or its signature does not hold.
    WitnessInvalid { key: String } = "H9031", "the signature of a witness does not hold",
        "verify the signature of witness {key}";

    /// The records and their proof do not lead to the certified state: which of them is at fault cannot be told.
    StateProof = "H9040", "the records are not in the certified state", "prove the records of the bundle";
    /// A record contradicts itself or another record.
    RecordContradicts { what: &'static str, id: String } = "H9046", "a record contradicts itself or another",
        "match the record of {what} {id} with itself and its companions";

    /// An event is missing.
    Incomplete { n: u64, count: u64 } = "H9060", "an event is missing", "find event {n} of {count}: incomplete at event {n}";
    /// An event stands twice, at the wrong place, or beyond the count.
    EventOrder { n: u64 } = "H9061", "an event is repeated or out of order", "read event {n} at its place";
    /// An event of another item.
    EventForeign { n: u64 } = "H9062", "an event is one of another item", "take event {n}: it is one of another item";
    /// An event does not follow from the one before.
    EventUnfit { n: u64, detail: String } = "H9063", "an event does not follow from the one before", "{detail}";
    /// The events do not yield the certified record.
    HistoryDiffers = "H9064", "the events do not yield the certified record",
        "arrive at the certified record by the events of the bundle";
    /// Time or height run backwards, or past the header's.
    EventTime { n: u64 } = "H9065", "time or height of an event is impossible", "place event {n} in time";
    /// Registered is not on hand + used + derived + wasted + lost + disposed.
    Quantities = "H9066", "quantities do not add up",
        "balance registered = on hand + used + derived + wasted + lost + disposed";
    /// Links to other items than those that effect and transaction call for.
    EventLinks { n: u64 } = "H9067", "an event has links that no rule explains", "explain the links of event {n}";
    /// Two events of one cause.
    CauseRepeated { n: u64 } = "H9068", "one transaction caused two events of the item",
        "take event {n}: its transaction has caused an earlier one";
    /// A link that does not lead to the event that it names.
    LinkBroken { n: u64 } = "H9069", "a link does not lead to the event of the other item",
        "follow the links of event {n} to the events of the other items";
    /// More, less or something else came out of a split or merge than went in.
    DerivationUnbalanced { n: u64 } = "H9070", "what was made is not what went in",
        "balance what was made at event {n} with what went in";

    /// An event without its transaction, or a genesis event with one.
    TxPresence { n: u64 } = "H9080", "a transaction is missing or too many", "find the transaction of event {n}";
    /// The body is not the one that the event names.
    TxOther { n: u64 } = "H9081", "a transaction is not the one that caused the event",
        "match the transaction with the cause of event {n}";
    /// A transaction of another network.
    TxNetwork { n: u64 } = "H9082", "a transaction was signed for another network",
        "take the transaction of event {n}: it was signed for another network";
    /// Wrong number of signers or signatures, a repeated key, an unknown suite.
    TxShape { n: u64, detail: String } = "H9083", "signers or signatures of a transaction are wrong in number",
        "take the signers of event {n}: {detail}";
    /// Expired, or with too long a life, when it was executed.
    TxTime { n: u64 } = "H9084", "a transaction had expired or reached too far", "take the expiry of event {n}";
    /// The entry is not in the list that was signed.
    TxEntry { n: u64 } = "H9085", "an entry is not in the list that was signed",
        "find the entry of event {n} in the list that was signed";
    /// The transaction is about another item.
    TxSubject { n: u64 } = "H9086", "a transaction is about another item", "match the transaction of event {n} with the item";
    /// A signature does not hold.
    SignatureInvalid { n: u64, slot: usize } = "H9087", "a signature does not hold",
        "verify the signature of slot {slot} of event {n}";
    /// A key that was not registered yet, had ended, is another organisation's or not for this role.
    KeyRefused { n: u64, code: &'static str, name: &'static str } = "H9088", "a key could not sign this at that time",
        "accept the keys of event {n}: {name} ({code})";
    /// Signers who are not competent for the act.
    NotCompetent { n: u64, code: &'static str, name: &'static str } = "H9089", "the signers were not competent for the act",
        "find the signers of event {n} competent: {name} ({code})";
    /// The item did not allow the act.
    Forbidden { n: u64, code: &'static str, name: &'static str } = "H9090", "the item did not allow the act",
        "allow event {n}: {name} ({code})";
    /// The effect is not what was signed.
    EffectDiffers { n: u64 } = "H9091", "the effect is not what was signed", "match the effect of event {n} with what was signed";
    /// The decision does not name the pack, version, rule and article applied, or has too many grounds.
    DecisionDiffers { n: u64 } = "H9092", "the decision does not name the rule applied", "match the decision of event {n} with its policy pack";

    /// A readable field is not what the signed objects say.
    ReadableDiffers { field: &'static str } = "H9110", "a readable field is not what the signed objects say",
        "match the readable field {field:?} with the signed objects";
    /// An opened field is not what was committed to.
    FieldDiffers { n: u64 } = "H9111", "an opened field is not what was committed to",
        "match the opened field of event {n} with its commitment";
    /// An opened name is not what was committed to.
    PersonDiffers { key: String } = "H9112", "an opened name is not what was committed to",
        "match the opened name with the record of key {key}";

    /// The links of a feed do not lead to the certified record: one was left out, exchanged or changed.
    FeedBroken = "H9130", "the links of the feed do not lead to the certified record",
        "lead by the links of the file to the certified record of the feed";
    /// An event is not the one that its entry names, is missing, or stands where no event belongs.
    FeedEvent { height: u64, entry: usize } = "H9131", "an event is not the one that the feed names",
        "match the event of entry {entry} at height {height} with the feed";
    /// Heights that are not those asked for, or out of order.
    FeedRange { what: &'static str } = "H9132", "the heights of the feed are wrong", "take the heights of the feed: {what}";

    /// Evidence that proves nothing.
    EvidenceVoid { detail: &'static str } = "H9140", "the evidence proves nothing", "convict by the evidence: {detail}";
    /// A signer without a seat.
    EvidenceStranger { key: String } = "H9141", "the signer has no seat among the validators",
        "find the signer {key} among the validators of the file";

    /// A head below one that is known.
    HeadOld { height: u64, known: u64 } = "H9161", "the head is older than one that is known",
        "follow to height {height}: height {known} is known already";
    /// A head that is not the known block, or has not got it in its history.
    HeadFork { height: u64 } = "H9162", "the head does not extend the one that is known",
        "find the block of height {height} that is known in the history of the head";
    /// The certified record of a feed does not come behind one that was proven earlier.
    FeedShrinks { found: u64, known: u64 } = "H9163", "the feed is shorter than it was, or another",
        "continue the feed: {known} links of it are known, and the certified record, of {found}, does not come behind them";
    /// A transaction that does not stand where it is said to.
    Placed { detail: &'static str } = "H9164", "the transaction is not in that block, or the block not in that history",
        "find the transaction below the head: {detail}";
    /// A trust root that started too long ago.
    TrustExpired = "H9165", "the trust root is too old to lead to this head",
        "lead from the trust root to the head: it started too long ago";

    /// More text than one QR code holds.
    CardTooLong { length: usize, limit: usize } = "H9200", "the text is too long for a card",
        "take a card of {length} characters: at most {limit} fit one QR code";
    /// The text is not the one text of a card.
    CardText { detail: &'static str } = "H9201", "the text is no card", "read the text of the card: {detail}";
    /// Bytes that are no card, or not in its one form.
    CardBytes { detail: String } = "H9202", "the bytes of the card do not decode", "decode the bytes of the card: {detail}";
    /// Other units than those that the item is packed in.
    CardUnits = "H9203", "the units of the card are not those around the item",
        "match the units of the card with those around the item";
    /// The record of another organisation.
    CardHolder = "H9204", "the organisation of the card does not hold the item",
        "match the organisation of the card with the one that holds the item";
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_ascend_within_their_range() {
        assert!(CODES.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(CODES.iter().all(|(code, _)| ("H9001"..="H9209").contains(code)));
    }
}

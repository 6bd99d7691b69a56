//! That nobody registered a code (`docs/formats/absence.md`).

use crate::{
    anchor::{Anchor, Anchored},
    assemble::Source,
    bounds::{MAX_CODE_BYTES, MAX_STATE_PROOF_BYTES},
    ground::{self, notice},
    json::Blob,
    problem::Problem,
    standing::VerdictHead,
    trust::TrustRoot,
    verify::Options,
};
use ledger::{
    Hash, StateKey, codec,
    state::code_hash,
    tag,
    tree::{StateProof, Terminal},
};
use serde::Serialize;

/// Schema of the file.
pub const ABSENCE_SCHEMA: &str = "hufu.absence/1";
const VERDICT_SCHEMA: &str = "hufu.absence-verdict/1";

object! {
    /// The file as it is written.
    pub struct Absence {
        /// `hufu.absence/1`.
        schema: String,
        /// The certified header under whose state the code is absent.
        anchor: Anchor,
        /// Canonical bytes of the item code.
        code: Blob,
        /// Canonical bytes of the `StateProof` that there is no record of it.
        proof: Blob,
    }
}

impl Absence {
    /// Reads the file; nothing is verified.
    pub fn from_json(bytes: &[u8]) -> Result<Absence, Problem> {
        ground::from_json(bytes, ABSENCE_SCHEMA, |file: &Absence| &file.schema)
    }

    /// The file.
    pub fn to_json(&self) -> Vec<u8> {
        ground::to_json(self)
    }
}

/// What the file is worth. `code` is filled only when its absence was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AbsenceVerdict {
    /// `hufu.absence-verdict/1`.
    pub schema: &'static str,
    /// The code as a GS1 Digital Link.
    pub code: Option<String>,
    /// What all verdicts say.
    #[serde(flatten)]
    pub head: VerdictHead,
}

/// Why no file can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AbsenceError<E> {
    /// The store failed.
    #[error("read the store")]
    Source(E),
    /// Somebody registered the code.
    #[error("prove a code absent that has been registered")]
    Registered,
}

/// Makes the file. `code`: canonical bytes of the item code.
pub fn assemble<S: Source>(source: &S, code: &[u8]) -> Result<Absence, AbsenceError<S::Error>> {
    let head = source.certified().map_err(AbsenceError::Source)?;
    let chain = source.validator_chain().map_err(AbsenceError::Source)?;
    let key = StateKey::Code(Hash::of_bytes(&tag::CODE, code));
    let (record, proof) = source.prove(&key).map_err(AbsenceError::Source)?;
    if record.is_some() || proof.terminal == Terminal::Leaf {
        return Err(AbsenceError::Registered);
    }
    Ok(Absence {
        schema: ABSENCE_SCHEMA.into(),
        anchor: Anchor::at(&head, &chain),
        code: Blob(code.to_vec()),
        proof: Blob(codec::encode(&proof)),
    })
}

/// Judges the file; arguments as of [`crate::verify()`].
pub fn verify(bytes: &[u8], trust: Option<&TrustRoot>, options: Options) -> AbsenceVerdict {
    let mut verdict = AbsenceVerdict { schema: VERDICT_SCHEMA, code: None, head: VerdictHead::new(trust) };
    if let Err(problem) = check(bytes, trust, options, &mut verdict) {
        verdict.head.fail(&problem);
    }
    verdict
}

fn check(
    bytes: &[u8],
    trust: Option<&TrustRoot>,
    options: Options,
    verdict: &mut AbsenceVerdict,
) -> Result<(), Problem> {
    let file = Absence::from_json(bytes)?;
    let anchored = Anchored::decode(&file.anchor, trust)?;
    let code = read!("the item code", &file.code, MAX_CODE_BYTES)?;
    let key = StateKey::Code(code_hash(&code));
    let proof: StateProof = read!("the proof of absence", &file.proof, MAX_STATE_PROOF_BYTES)?;

    let ground = verdict.head.anchored(&anchored, trust, options)?;
    let header = anchored.header();
    if !proof.proves(&header.state, &key.hash(), None) {
        return Err(Problem::StateProof);
    }
    verdict.code = Some(code.digital_link());
    let own = vec![
        notice("absence-covers", format!("nobody registered this code up to height {}", header.height)),
        notice("absence-covers-not", "does not cover other networks, nor whether the code is used on a thing"),
    ];
    verdict.head.conclude(&anchored, trust, &ground, options, own);
    Ok(())
}

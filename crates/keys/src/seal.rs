//! Sealed documents, `hufu-sealed/1`: for organisations by their keys, in bounded memory (`docs/formats/sealed.md`).
//!
//! A fresh content key encrypts the document in chunks and is wrapped for each recipient by HPKE (RFC 9180). Everything that
//! stands in the open is bound to every chunk. Who sealed a document it does not say: whoever deposits it proves who he is,
//! and the commitment that it opens is on the ledger under signatures.

mod head;
mod pieces;

use crate::{KeyError, random};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit, Nonce,
    aead::{Aead, Payload},
};
pub use head::{About, Head, Letter, MAX_HEAD_BYTES, MAX_RECIPIENTS, Recipient};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::ChaCha20Poly1305 as WrapAead,
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
    rand_core::{TryCryptoRng, TryRng},
    single_shot_open, single_shot_seal_with_rng,
};
use ledger::{DocumentId, Hash, OrgId, sealed::MAX_BYTES, tag};
pub use pieces::Pieces;
use std::{
    convert::Infallible,
    fmt,
    io::{self, Read, Write},
};
use zeroize::Zeroizing;

/// Plaintext of a chunk.
const CHUNK_BYTES: usize = 64 * 1024;
/// By how much a chunk grows.
const TAG_BYTES: usize = 16;

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

/// Why a document was not sealed or not opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No sealed document, or not as it must be.
    #[error("read a sealed document: {detail}")]
    Shape {
        /// What is wrong.
        detail: &'static str,
    },
    /// More bytes than a document may have.
    #[error("take a sealed document of {length} bytes: at most {max} fit", max = MAX_BYTES)]
    TooLarge {
        /// Bytes, sealed.
        length: u64,
    },
    /// None of the keys is one that it is sealed to.
    #[error("open it: it is sealed to other keys")]
    NotForYou,
    /// Something in it was changed or cut.
    #[error("open it: {part} was changed")]
    Damaged {
        /// Which part.
        part: String,
    },
    /// Nobody can seal to this key.
    #[error("seal to the key of {org}")]
    Key {
        /// Whose.
        org: OrgId,
    },
    /// No random bytes.
    #[error(transparent)]
    Random(KeyError),
    /// It cannot be read or written.
    #[error("read or write: {0}")]
    Io(#[from] io::Error),
}

impl SealError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SealError::Shape { .. } => "H1425",
            SealError::TooLarge { .. } => "H1426",
            SealError::NotForYou => "H1427",
            SealError::Damaged { .. } => "H1428",
            SealError::Key { .. } => "H2221",
            SealError::Random(error) => error.code(),
            SealError::Io(_) => "H1403",
        }
    }
}

/// The secret key of an organisation to which documents are sealed, wiped when it is dropped.
#[derive(Clone)]
pub struct SealKey {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl SealKey {
    /// A new one. Error: [`KeyError::Random`].
    pub fn random() -> Result<SealKey, KeyError> {
        let secret = Zeroizing::new(random::<32>()?);
        Ok(SealKey::from_secret(&secret))
    }

    /// The key of 32 secret bytes (RFC 7748 section 5).
    pub fn from_secret(secret: &[u8; 32]) -> SealKey {
        let mut public = [0u8; 32];
        X25519HkdfSha256::sk_to_pk(&private(secret)).write_exact(&mut public);
        SealKey { secret: Zeroizing::new(*secret), public }
    }

    /// The public half, as the ledger has it.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The secret half.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl fmt::Debug for SealKey {
    /// The public half only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", hex::encode(self.public))
    }
}

fn private(secret: &[u8; 32]) -> PrivateKey {
    PrivateKey::from_bytes(secret).expect("32 bytes are a private key of X25519")
}

/// By what a document names the key that it is sealed to.
pub fn seal_key_id(key: &[u8; 32]) -> Hash {
    Hash::of_bytes(&tag::SEAL, key)
}

/// What came out of a sealed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What stood in the open.
    pub head: Head,
    /// What was sealed with the bytes.
    pub letter: Letter,
}

/// Seals a document of `length` bytes for some organisations, each by its key, and gives its name.
///
/// Errors: [`SealError::Shape`] without recipients, with too many or with one twice, [`SealError::TooLarge`],
/// [`SealError::Key`], [`SealError::Random`], [`SealError::Io`].
pub fn seal(
    about: &About,
    keys: &[(OrgId, [u8; 32])],
    letter: &Letter,
    length: u64,
    content: impl Read,
    out: impl Write,
) -> Result<DocumentId, SealError> {
    let mut system = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| SealError::Random(KeyError::Random));
    seal_with(&mut system, about, keys, letter, length, content, out)
}

/// The same with randomness from elsewhere.
fn seal_with<D>(
    draw: &mut D,
    about: &About,
    keys: &[(OrgId, [u8; 32])],
    letter: &Letter,
    length: u64,
    content: impl Read,
    out: impl Write,
) -> Result<DocumentId, SealError>
where
    D: FnMut(&mut [u8]) -> Result<(), SealError>,
{
    let begin = Zeroizing::new(letter.bytes());
    let plain = length.checked_add(begin.len() as u64).ok_or(SealError::TooLarge { length })?;
    let mut key = Zeroizing::new([0u8; 32]);
    draw(&mut *key)?;
    let head = addressed(draw, about, keys, plain, &key)?.bytes();
    // What nobody could read is not written.
    Head::parse(&head)?;
    let bound = head::binding(&head);
    let mut out = Pieces::new(out);
    out.write_all(&head)?;
    let cipher = ChaCha20Poly1305::new(key.as_slice().into());
    let mut source = begin.as_slice().chain(content);
    let mut buffer = Zeroizing::new(vec![0u8; CHUNK_BYTES]);
    for Chunk { number, bytes, last } in Chunk::all(plain) {
        let chunk = &mut buffer[..bytes];
        source.read_exact(chunk)?;
        let payload = Payload { msg: chunk, aad: bound.as_bytes() };
        let sealed = cipher.encrypt(&nonce(number, last), payload);
        out.write_all(&sealed.map_err(|_| SealError::Shape { detail: "a chunk cannot be encrypted" })?)?;
    }
    if source.read(&mut [0u8])? > 0 {
        return Err(io::Error::other("it became longer while it was read").into());
    }
    Ok(out.finish()?.0)
}

/// The head, with the content key wrapped for each recipient.
fn addressed<D>(
    draw: &mut D,
    about: &About,
    keys: &[(OrgId, [u8; 32])],
    plain: u64,
    content_key: &[u8; 32],
) -> Result<Head, SealError>
where
    D: FnMut(&mut [u8]) -> Result<(), SealError>,
{
    let mut keys = keys.to_vec();
    keys.sort_by_key(|(org, _)| *org);
    let mut recipients = Vec::with_capacity(keys.len());
    for (org, key) in keys.iter().take(MAX_RECIPIENTS + 1) {
        let (enc, wrapped) = wrap(draw, key, &info(about, org, plain), content_key).map_err(|error| match error {
            None => SealError::Key { org: *org },
            Some(error) => error,
        })?;
        recipients.push(Recipient { org: *org, key: seal_key_id(key), enc, wrapped });
    }
    Ok(Head { about: *about, recipients, plain })
}

fn info(about: &About, org: &OrgId, plain: u64) -> Vec<u8> {
    [tag::SEAL.name().as_bytes(), &about.bytes(), &org.0.0, &plain.to_le_bytes()].concat()
}

/// Randomness for HPKE. It asks for some in a way that cannot fail: whether it did is looked at afterwards.
struct Drawn<'d, D> {
    draw: &'d mut D,
    failed: Option<SealError>,
}

impl<D: FnMut(&mut [u8]) -> Result<(), SealError>> TryRng for Drawn<'_, D> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0u8; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0u8; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        if let Err(error) = (self.draw)(bytes) {
            self.failed = Some(error);
        }
        Ok(())
    }
}

impl<D: FnMut(&mut [u8]) -> Result<(), SealError>> TryCryptoRng for Drawn<'_, D> {}

/// Encapsulated and wrapped key. No error is named where nobody can seal to the key.
fn wrap<D>(
    draw: &mut D,
    key: &[u8; 32],
    info: &[u8],
    content_key: &[u8; 32],
) -> Result<([u8; 32], [u8; 48]), Option<SealError>>
where
    D: FnMut(&mut [u8]) -> Result<(), SealError>,
{
    let to = PublicKey::from_bytes(key).map_err(unusable)?;
    let mut drawn = Drawn { draw, failed: None };
    let sealed = single_shot_seal_with_rng::<WrapAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &to,
        info,
        content_key,
        &[],
        &mut drawn,
    );
    if drawn.failed.is_some() {
        return Err(drawn.failed);
    }
    let (encapped, wrapped) = sealed.map_err(unusable)?;
    let mut enc = [0u8; 32];
    encapped.write_exact(&mut enc);
    Ok((enc, wrapped.try_into().map_err(unusable)?))
}

/// Whatever HPKE says of a key that it does not seal to.
fn unusable<E>(_: E) -> Option<SealError> {
    None
}

/// Opens a document with one of some keys, and writes its bytes out while it does: nobody may use them before it has
/// ended well.
///
/// Errors: [`SealError::Shape`], [`SealError::TooLarge`], [`SealError::NotForYou`], [`SealError::Damaged`],
/// [`SealError::Io`].
pub fn open(mine: &[(OrgId, &SealKey)], mut sealed: impl Read, mut out: impl Write) -> Result<Opened, SealError> {
    let head = Head::read(&mut sealed)?;
    let key = unwrapped(mine, &head)?;
    let bound = head::binding(&head.bytes());
    let cipher = ChaCha20Poly1305::new(key.as_slice().into());
    let mut buffer = vec![0u8; CHUNK_BYTES + TAG_BYTES];
    let mut letter = None;
    for Chunk { number, bytes, last } in Chunk::all(head.plain) {
        let damaged = || SealError::Damaged { part: format!("chunk {number}") };
        let chunk = &mut buffer[..bytes + TAG_BYTES];
        sealed.read_exact(chunk).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged(),
            _ => SealError::Io(error),
        })?;
        let payload = Payload { msg: chunk, aad: bound.as_bytes() };
        let plain = Zeroizing::new(cipher.decrypt(&nonce(number, last), payload).map_err(|_| damaged())?);
        if letter.is_some() {
            out.write_all(&plain)?;
        } else {
            let (first, content) = Letter::read(&plain)?;
            out.write_all(content)?;
            letter = Some(first);
        }
    }
    if sealed.read(&mut [0u8])? > 0 {
        return Err(SealError::Shape { detail: "something stands behind its end" });
    }
    out.flush()?;
    match letter {
        Some(letter) => Ok(Opened { head, letter }),
        None => Err(SealError::Shape { detail: "nothing was sealed" }),
    }
}

/// The content key.
fn unwrapped(mine: &[(OrgId, &SealKey)], head: &Head) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut fits = false;
    for (org, key) in mine {
        let id = seal_key_id(key.public());
        for Recipient { org: _, key: _, enc, wrapped } in
            head.recipients.iter().filter(|recipient| recipient.org == *org && recipient.key == id)
        {
            fits = true;
            let Ok(encapped) = EncappedKey::from_bytes(enc) else { continue };
            let opened = single_shot_open::<WrapAead, HkdfSha256, X25519HkdfSha256>(
                &OpModeR::Base,
                &private(key.secret()),
                &encapped,
                &info(&head.about, org, head.plain),
                wrapped,
                &[],
            );
            let Ok(opened) = opened.map(Zeroizing::new) else { continue };
            if let Ok(content_key) = <[u8; 32]>::try_from(opened.as_slice()) {
                return Ok(Zeroizing::new(content_key));
            }
        }
    }
    Err(match fits {
        true => SealError::Damaged { part: "the head".into() },
        false => SealError::NotForYou,
    })
}

/// A chunk of the plaintext.
struct Chunk {
    number: u64,
    bytes: usize,
    last: bool,
}

impl Chunk {
    /// Those of so many bytes.
    fn all(plain: u64) -> impl Iterator<Item = Chunk> {
        let whole = CHUNK_BYTES as u64;
        let count = plain.div_ceil(whole);
        (0..count).map(move |number| {
            let left = plain.saturating_sub(number.saturating_mul(whole));
            // Never more than a chunk has.
            let bytes = usize::try_from(left.min(whole)).unwrap_or(CHUNK_BYTES);
            Chunk { number, bytes, last: number + 1 == count }
        })
    }
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0u8; 12];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes[8] = u8::from(last);
    Nonce::from(bytes)
}

#[cfg(test)]
mod tests;

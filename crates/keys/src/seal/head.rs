//! The open part of a sealed document: what it is about, for whom it is, and how long it is.

use super::{CHUNK_BYTES, SealError, TAG_BYTES};
use ledger::{Hash, NetworkId, OrgId, Text, TxId, sealed::MAX_BYTES, tag};
use std::io::Read;

const MAGIC: &[u8; 8] = b"HUFUSEAL";
const VERSION: u16 = 1;
/// Most recipients of a document.
pub const MAX_RECIPIENTS: usize = 16;
/// Bytes before the number of recipients.
const ABOUT_BYTES: usize = 138;
/// Bytes of a recipient.
const RECIPIENT_BYTES: usize = 144;
/// Bytes of the longest head.
pub const MAX_HEAD_BYTES: usize = ABOUT_BYTES + 1 + MAX_RECIPIENTS * RECIPIENT_BYTES + 8;

/// What a sealed document is about, readable by everybody who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The network.
    pub network: NetworkId,
    /// The organisation that deposits it.
    pub by: OrgId,
    /// The commitment that it opens.
    pub opens: Hash,
    /// The transaction that names the commitment; zeros where none does.
    pub tx: TxId,
}

impl About {
    /// The beginning of a head, to which the content key of each recipient is bound.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_HEAD_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        for part in [&self.network.0, &self.by.0, &self.opens, &self.tx.0] {
            bytes.extend_from_slice(&part.0);
        }
        bytes
    }
}

/// One for whom a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The organisation.
    pub org: OrgId,
    /// Which of its keys, by [`super::seal_key_id`].
    pub key: Hash,
    /// The encapsulated key of HPKE.
    pub enc: [u8; 32],
    /// The content key, wrapped.
    pub wrapped: [u8; 48],
}

/// The head of a sealed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is about.
    pub about: About,
    /// For whom it is: 1 to [`MAX_RECIPIENTS`], ascending by organisation.
    pub recipients: Vec<Recipient>,
    /// Bytes of its plaintext.
    pub plain: u64,
}

impl Head {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.about.bytes();
        // A head has at most 16 recipients.
        bytes.push(u8::try_from(self.recipients.len()).unwrap_or(u8::MAX));
        for recipient in &self.recipients {
            bytes.extend_from_slice(&recipient.org.0.0);
            bytes.extend_from_slice(&recipient.key.0);
            bytes.extend_from_slice(&recipient.enc);
            bytes.extend_from_slice(&recipient.wrapped);
        }
        bytes.extend_from_slice(&self.plain.to_le_bytes());
        bytes
    }

    /// Reads the head at the beginning of some bytes, and says how many are of it; none where more bytes are needed.
    ///
    /// Errors: [`SealError::Shape`], [`SealError::TooLarge`].
    pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, SealError> {
        let mut rest = Cursor(bytes);
        if !MAGIC.starts_with(&bytes[..bytes.len().min(MAGIC.len())]) {
            return Err(SealError::Shape { detail: "it does not begin as one" });
        }
        let Some(about) = rest.about()? else { return Ok(None) };
        let Some([count]) = rest.take::<1>() else { return Ok(None) };
        let count = usize::from(count);
        if !(1..=MAX_RECIPIENTS).contains(&count) {
            return Err(SealError::Shape { detail: "it has no recipients, or too many" });
        }
        let mut recipients: Vec<Recipient> = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(recipient) = rest.recipient() else { return Ok(None) };
            if recipients.last().is_some_and(|last| last.org >= recipient.org) {
                return Err(SealError::Shape { detail: "its recipients are not in order" });
            }
            recipients.push(recipient);
        }
        let Some(plain) = rest.take().map(u64::from_le_bytes) else { return Ok(None) };
        let head = Head { about, recipients, plain };
        if plain < Letter::MIN_BYTES {
            return Err(SealError::Shape { detail: "it has no room for its salt" });
        }
        match head.sealed_bytes() {
            length if length <= MAX_BYTES => Ok(Some((head, bytes.len() - rest.0.len()))),
            length => Err(SealError::TooLarge { length }),
        }
    }

    /// Reads the head from the beginning of a document.
    ///
    /// Errors: those of [`Head::parse`], [`SealError::Io`].
    pub fn read(from: &mut impl Read) -> Result<Head, SealError> {
        let mut bytes = vec![0u8; ABOUT_BYTES + 1];
        let cut = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => SealError::Shape { detail: "it ends within its head" },
            _ => SealError::Io(error),
        };
        from.read_exact(&mut bytes).map_err(cut)?;
        // A number that is none is refused before so much is read.
        Head::parse(&bytes)?;
        let count = usize::from(bytes[ABOUT_BYTES]);
        bytes.resize(ABOUT_BYTES + 1 + count * RECIPIENT_BYTES + 8, 0);
        from.read_exact(&mut bytes[ABOUT_BYTES + 1..]).map_err(cut)?;
        match Head::parse(&bytes)? {
            Some((head, _)) => Ok(head),
            None => Err(SealError::Shape { detail: "it ends within its head" }),
        }
    }

    /// Bytes of the whole document.
    pub fn sealed_bytes(&self) -> u64 {
        let head = ABOUT_BYTES + 1 + self.recipients.len() * RECIPIENT_BYTES + 8;
        let chunks = self.plain.div_ceil(CHUNK_BYTES as u64);
        self.plain.saturating_add(chunks.saturating_mul(TAG_BYTES as u64)).saturating_add(head as u64)
    }
}

/// What each chunk is bound to.
pub(super) fn binding(head: &[u8]) -> Hash {
    Hash::of_bytes(&tag::SEAL, head)
}

/// Bytes that are read from the front.
struct Cursor<'b>(&'b [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn hash(&mut self) -> Option<Hash> {
        self.take().map(Hash)
    }

    fn text(&mut self) -> Option<String> {
        let [length] = self.take::<1>()?;
        let (first, rest) = self.0.split_at_checked(usize::from(length))?;
        let text = std::str::from_utf8(first).ok()?.to_owned();
        self.0 = rest;
        Some(text)
    }

    fn about(&mut self) -> Result<Option<About>, SealError> {
        let Some((_, version)) = self.take::<8>().zip(self.take().map(u16::from_le_bytes)) else { return Ok(None) };
        if version != VERSION {
            return Err(SealError::Shape { detail: "it is of another version" });
        }
        let mut parts = || {
            let (network, by) = (NetworkId(self.hash()?), OrgId(self.hash()?));
            Some(About { network, by, opens: self.hash()?, tx: TxId(self.hash()?) })
        };
        Ok(parts())
    }

    fn recipient(&mut self) -> Option<Recipient> {
        Some(Recipient { org: OrgId(self.hash()?), key: self.hash()?, enc: self.take()?, wrapped: self.take()? })
    }
}

/// What stands before the bytes of a document, sealed with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// 128 random bits, of which the commitment may be made.
    pub salt: [u8; 16],
    /// Media type.
    pub media: Text<64>,
    /// Name of the file.
    pub name: Text<128>,
}

impl Letter {
    /// Bytes of the shortest one.
    pub(super) const MIN_BYTES: u64 = 18;

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.salt.to_vec();
        for text in [self.media.as_str(), self.name.as_str()] {
            // Neither has room for more than 128 bytes.
            bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    /// Reads one at the beginning of some bytes, and gives the others. Error: [`SealError::Shape`].
    pub(super) fn read(bytes: &[u8]) -> Result<(Letter, &[u8]), SealError> {
        let shape = SealError::Shape { detail: "what was sealed does not begin with salt, media type and name" };
        let (Some(letter), rest) = Letter::split(bytes) else { return Err(shape) };
        Ok((letter, rest))
    }

    fn split(bytes: &[u8]) -> (Option<Letter>, &[u8]) {
        let mut rest = Cursor(bytes);
        let salt = rest.take();
        let (media, name) = (rest.text(), rest.text());
        let letter = || {
            let (media, name) = (Text::new(media?).ok()?, Text::new(name?).ok()?);
            Some(Letter { salt: salt?, media, name })
        };
        (letter(), rest.0)
    }
}

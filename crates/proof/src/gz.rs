//! Files that come compressed.

use crate::{bundle::cut, problem::Problem};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use std::{
    borrow::Cow,
    io::{Read, Write},
};

/// How a gzip member begins (RFC 1952).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The file as it was before it was compressed with gzip, or as it is.
///
/// One member and nothing behind it, else one file would have many forms. Not more than `limit` bytes and one come out,
/// however many there would be. Errors: [`Problem::TooLarge`] for more, [`Problem::NotJson`] for a broken member.
pub fn read_file(bytes: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, Problem> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(Cow::Borrowed(bytes));
    }
    let broken = |detail: &str| Problem::NotJson { detail: format!("it is compressed: {}", cut(detail)) };
    let room = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut member = GzDecoder::new(bytes);
    let mut plain = Vec::new();
    // Only where the bound is not reached is the member read to its end, and its check sum compared.
    let read = Read::by_ref(&mut member).take(room).read_to_end(&mut plain);
    if plain.len() > limit {
        return Err(Problem::TooLarge { length: plain.len(), limit });
    }
    read.map_err(|error| broken(&error.to_string()))?;
    match member.get_ref().is_empty() {
        true => Ok(Cow::Owned(plain)),
        false => Err(broken("bytes are left over behind it")),
    }
}

/// The file compressed, as [`read_file`] reads it: the same bytes give the same, for there is no name and no time in it.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let written = writer.write_all(bytes).and_then(|()| writer.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8], limit: usize) -> &'static str {
        read_file(bytes, limit).map_or_else(|p| p.code(), |_| "read")
    }

    #[test]
    fn one_member_within_the_bound_is_read() {
        let file = b"{\"schema\":\"x\"}".repeat(100);
        let gz = compress(&file);
        assert!(gz.len() < file.len());
        assert_eq!(read_file(&gz, file.len()).unwrap(), file.as_slice());
        assert_eq!(code(&gz, file.len() - 1), "H9001");
        // Plain files are bounded elsewhere.
        assert!(matches!(read_file(&file, 1), Ok(Cow::Borrowed(same)) if same == file));
        assert!(matches!(read_file(b"", 1), Ok(Cow::Borrowed(b""))));
        assert_eq!(read_file(&compress(b""), 0).unwrap(), b"".as_slice());
    }

    #[test]
    fn a_bomb_ends_at_the_bound() {
        let bomb = compress(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        let Err(Problem::TooLarge { length, limit: 1_000 }) = read_file(&bomb, 1_000) else { panic!("it was read") };
        assert_eq!(length, 1_001);
    }

    #[test]
    fn whatever_is_not_one_whole_member_is_refused() {
        let gz = compress(b"{}");
        for end in 2..gz.len() {
            assert_eq!(code(&gz[..end], 100), "H9002", "cut at {end}");
        }
        assert_eq!(code(&[gz.clone(), gz.clone()].concat(), 100), "H9002", "two members");
        assert_eq!(code(&[gz.as_slice(), b"\n"].concat(), 100), "H9002", "something behind it");
        assert_eq!(code(&gz[..1], 100), "read", "no gzip");
        // The check sum and the length at the end.
        for at in gz.len() - 8..gz.len() {
            let mut other = gz.clone();
            other[at] ^= 1;
            assert_eq!(code(&other, 100), "H9002", "byte {at}");
        }
        assert_eq!(code(&[&MAGIC[..], &[0; 100]].concat(), 100), "H9002");
    }
}

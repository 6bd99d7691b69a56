//! The text of a shipment list, whatever it is encoded in: UTF-8 with or without a byte order mark, GB18030, or UTF-16 as
//! spreadsheets write "Unicode text".
//!
//! All passes stream over one open file: what is signed is read from the file that was judged.

use super::cells::{Cells, delimiter};
use crate::failure::{Failure, Result};
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use ledger::Hash;
use std::{
    cmp::Ordering,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

const CHUNK: usize = 64 * 1024;
/// How much of a list is looked at for what separates its fields, in bytes.
const HEAD: u64 = 64 * 1024;
/// How files begin that are workbooks and no text: zip, as of .xlsx, and the compound file of .xls.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];

/// A list that is open, with all that is needed to read its rows.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    file: File,
    pub(super) encoding: &'static Encoding,
    /// The other encoding in which it is text too, where its bytes do not tell.
    pub(super) rival: Option<&'static Encoding>,
    delimiter: u8,
    /// Whether the first line says nothing but the delimiter.
    hint: bool,
    /// Hash of its bytes.
    pub(super) content: Hash,
}

impl Source {
    /// Opens a list. Encoding and delimiter are as given, else as the bytes tell.
    ///
    /// Errors: H1301 for bytes that are no text, H1319 for a workbook, H1412 for an encoding that is not known, H1403.
    pub(super) fn open(path: &Path, encoding: Option<&str>, given: Option<u8>) -> Result<Source> {
        let fail = |e: io::Error| Failure::file(path, &e);
        let file = File::open(path).map_err(fail)?;
        let mut head = Vec::new();
        (&file).take(HEAD).read_to_end(&mut head).map_err(fail)?;
        if WORKBOOKS.iter().any(|begin| head.starts_with(begin)) {
            return Err(Failure::new("H1319", [("file", path.display().to_string())]));
        }
        let (encoding, rival) = match encoding {
            Some(word) => (named(word)?, None),
            None => detect(&file, &head)
                .map_err(fail)?
                .ok_or_else(|| Failure::input("H1301", path.display().to_string()))?,
        };
        let mut text = Vec::new();
        // A head may be cut within a character, which is no matter here.
        let _ = Text::new(head.as_slice(), encoding).read_to_end(&mut text);
        let (found, hint) = delimiter(&String::from_utf8_lossy(&text));
        let mut hasher = blake3::Hasher::new();
        (&file).seek(SeekFrom::Start(0)).map_err(fail)?;
        hasher.update_reader(&file).map_err(fail)?;
        let content = Hash(*hasher.finalize().as_bytes());
        Ok(Source { path: path.to_owned(), file, encoding, rival, delimiter: given.unwrap_or(found), hint, content })
    }

    /// Its name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The rows, from the first on. One reader at a time: all share the place in the file.
    pub(super) fn rows(&self) -> Result<Cells<Text<BufReader<&File>>>> {
        (&self.file).seek(SeekFrom::Start(0)).map_err(|e| Failure::file(&self.path, &e))?;
        let text = Text::new(BufReader::new(&self.file), self.encoding);
        let mut cells = Cells::new(text, &self.path, self.delimiter);
        if self.hint {
            cells.skip()?;
        }
        Ok(cells)
    }
}

/// A failure to read the text of a list.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::InvalidData => Failure::input("H1301", path.display().to_string()),
        _ => Failure::file(path, error),
    }
}

/// The encoding named on the command line.
fn named(word: &str) -> Result<&'static Encoding> {
    match word.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(UTF_8),
        "gb18030" | "gbk" | "gb2312" => Ok(GB18030),
        "utf-16" | "utf-16le" => Ok(UTF_16LE),
        "utf-16be" => Ok(UTF_16BE),
        _ => Err(Failure::new("H1412", [("input", word), ("expected", "utf-8, gb18030, utf-16le, utf-16be")])),
    }
}

/// Finds the encoding in which every byte of a file is text, and the other one where two would do.
fn detect(file: &File, head: &[u8]) -> io::Result<Option<(&'static Encoding, Option<&'static Encoding>)>> {
    if let Some(encoding) = marked(head).or_else(|| wide(head)) {
        return Ok(is_text(file, encoding)?.then_some((encoding, None)));
    }
    if !is_text(file, UTF_8)? {
        return Ok(is_text(file, GB18030)?.then_some((GB18030, None)));
    }
    Ok(Some(match likeness(file)? {
        Likeness::One => (UTF_8, None),
        Likeness::BothLatin => (UTF_8, Some(GB18030)),
        Likeness::BothChinese => (GB18030, Some(UTF_8)),
    }))
}

/// The encoding of a byte order mark.
fn marked(head: &[u8]) -> Option<&'static Encoding> {
    let marks: [(&[u8], &'static Encoding); 4] =
        [(b"\xef\xbb\xbf", UTF_8), (b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE), (b"\x84\x31\x95\x33", GB18030)];
    marks.into_iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, encoding)| encoding)
}

/// UTF-16 without a byte order mark: of the two bytes of a character of ASCII one is zero, always the same one, and lists
/// are full of those.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    match first.cmp(&second) {
        Ordering::Less if second * 16 >= head.len() => Some(UTF_16LE),
        Ordering::Greater if first * 16 >= head.len() => Some(UTF_16BE),
        Ordering::Less | Ordering::Equal | Ordering::Greater => None,
    }
}

/// What else than UTF-8 a text in valid UTF-8 may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// Nothing.
    One,
    /// GB18030 as well; what UTF-8 makes of it are signs such as `µ` and `é`.
    BothLatin,
    /// GB18030 as well, common Chinese; what UTF-8 makes of it are letters of scripts that no list here is written in.
    BothChinese,
}

/// A short list may be text twice over: `支` in GB18030 is a letter of another script in UTF-8. That takes characters of
/// two bytes alone, each of which is among the common ones of Chinese.
fn likeness(mut file: &File) -> io::Result<Likeness> {
    file.seek(SeekFrom::Start(0))?;
    let (mut pairs, mut latin, mut lead) = (false, true, None);
    for byte in BufReader::new(file).bytes() {
        let byte = byte?;
        match (lead.take(), byte) {
            (None, 0..0x80) => {}
            // Characters of three bytes and more stand in UTF-8 alone, but for the rarest of chances.
            (None, 0xe0..) => return Ok(Likeness::One),
            (None, _) => lead = Some(byte),
            // Rows 16 to 55 of GB 2312 are the common characters; its columns begin at A1.
            (Some(0xb0..=0xd7), 0xa1..) => pairs = true,
            (Some(_), _) => return Ok(Likeness::One),
        }
        // Latin letters and signs, and Greek.
        latin &= !matches!(lead, Some(first) if !matches!(first, 0xc2 | 0xc3 | 0xce | 0xcf));
    }
    Ok(match (pairs, latin) {
        (false, _) => Likeness::One,
        (true, true) => Likeness::BothLatin,
        (true, false) => Likeness::BothChinese,
    })
}

fn is_text(mut file: &File, encoding: &'static Encoding) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut text = Text::new(file, encoding);
    let mut buffer = vec![0; CHUNK];
    loop {
        match text.read(&mut buffer) {
            Ok(0) => return Ok(true),
            // A NUL is in no list.
            Ok(n) if buffer[..n].contains(&0) => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// A reader of bytes in some encoding as UTF-8. Malformed bytes are an error of kind `InvalidData`.
pub(super) struct Text<R> {
    source: R,
    decoder: Decoder,
    /// Bytes that are not decoded yet.
    input: Vec<u8>,
    /// Decoded text that is not taken yet, and how much of it was taken.
    output: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: Read> Text<R> {
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Text<R> {
        let decoder = encoding.new_decoder_with_bom_removal();
        Text { source, decoder, input: Vec::new(), output: Vec::new(), taken: 0, ended: false }
    }

    /// Decodes the next chunk.
    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0u8; 8 * 1024];
        let read = self.source.read(&mut chunk)?;
        self.input.extend_from_slice(&chunk[..read]);
        let last = read == 0;
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(self.input.len())
            .ok_or_else(|| io::Error::other("a chunk too large"))?;
        self.output.resize(room, 0);
        let (result, consumed, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.input, &mut self.output, last);
        self.output.truncate(written);
        self.taken = 0;
        self.input.drain(..consumed);
        self.ended = last;
        match result {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::OutputFull => Err(io::Error::other("a chunk too large")),
            DecoderResult::Malformed(..) => Err(io::Error::new(io::ErrorKind::InvalidData, "malformed text")),
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.output.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = out.len().min(self.output.len() - self.taken);
        out[..count].copy_from_slice(&self.output[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "行号,商品条码\r\n1,\"诊断试剂盒 \"\"HBV\"\"\"\r\n";

    fn open(bytes: &[u8], encoding: Option<&str>) -> Result<Source> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Source::open(file.path(), encoding, None)
    }

    fn check(bytes: &[u8], expect: std::result::Result<&'static Encoding, &str>) {
        let found = open(bytes, None).map(|source| source.encoding).map_err(|failure| failure.code);
        assert_eq!(found.as_ref().map_err(String::as_str), expect.as_ref().map_err(|code| *code), "{bytes:?}");
        if let Ok(encoding) = expect {
            let mut text = String::new();
            Text::new(bytes, encoding).read_to_string(&mut text).unwrap();
            assert_eq!(text, TEXT);
        }
    }

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_told_apart() {
        let marked = format!("\u{feff}{TEXT}");
        check(TEXT.as_bytes(), Ok(UTF_8));
        check(marked.as_bytes(), Ok(UTF_8));
        check(&GB18030.encode(TEXT).0, Ok(GB18030));
        for text in [TEXT, &marked] {
            check(&utf_16(text, u16::to_le_bytes), Ok(UTF_16LE));
            check(&utf_16(text, u16::to_be_bytes), Ok(UTF_16BE));
        }
        check(b"\x80\xff\xff\xff", Err("H1301"));
        check(b"\x00,\x00\x00", Err("H1301"));
        check(b"\xef\xbb\xbfa\xff", Err("H1301"));
        check(b"PK\x03\x04\x14\x00\x06\x00", Err("H1319"));
        check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", Err("H1319"));
    }

    #[test]
    fn a_short_list_that_is_text_twice_over_is_told() {
        let found = |bytes: &[u8]| {
            let source = open(&[b"gtin,lot,qty,unit\n1,L1,5,", bytes, b"\n"].concat(), None).unwrap();
            (source.encoding, source.rival)
        };
        let gb = |text: &str| found(&GB18030.encode(text).0);
        assert_eq!(found(b"H87"), (UTF_8, None));
        // Bytes of units that are valid UTF-8 as well.
        assert_eq!(gb("支"), (GB18030, Some(UTF_8)));
        assert_eq!(gb("瓶"), (GB18030, Some(UTF_8)));
        assert_eq!(gb("件"), (GB18030, None));
        assert_eq!(gb("毫升"), (GB18030, None));
        assert_eq!(found("支".as_bytes()), (UTF_8, None));
        assert_eq!(found("ł".as_bytes()), (UTF_8, None));
        assert_eq!(found("µg".as_bytes()), (UTF_8, Some(GB18030)));
        assert_eq!(found("°C, 5 ℃".as_bytes()), (UTF_8, None));
    }

    #[test]
    fn an_encoding_that_is_named_is_used() {
        assert_eq!(open("支".as_bytes(), Some("GBK")).unwrap().encoding, GB18030);
        assert_eq!(open(b"x", Some("latin-1")).unwrap_err().code, "H1412");
    }

    #[test]
    fn chunks_may_end_within_a_character() {
        struct Drip<'a>(&'a [u8]);
        impl Read for Drip<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
                out[0] = *first;
                self.0 = rest;
                Ok(1)
            }
        }
        for (encoding, bytes) in [
            (UTF_8, TEXT.as_bytes().to_vec()),
            (GB18030, GB18030.encode(TEXT).0.into_owned()),
            (UTF_16LE, utf_16(TEXT, u16::to_le_bytes)),
        ] {
            let mut text = String::new();
            Text::new(Drip(&bytes), encoding).read_to_string(&mut text).unwrap();
            assert_eq!(text, TEXT);
        }
        let cut = &TEXT.as_bytes()[..4];
        assert!(Text::new(Drip(cut), UTF_8).read_to_string(&mut String::new()).is_err());
    }
}

//! The text of a shipment list, whatever it is encoded in: UTF-8 with or without a byte order mark, or GB18030.
//!
//! Both passes stream: one over the bytes to learn the encoding, one over the text to read it.

use crate::failure::{Failure, Result};
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8};
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

const CHUNK: usize = 64 * 1024;

/// The encoding named on the command line.
pub(super) fn named(word: &str) -> Result<&'static Encoding> {
    match word.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(UTF_8),
        "gb18030" | "gbk" | "gb2312" => Ok(GB18030),
        _ => Err(Failure::new("H1412", [("input", word), ("expected", "utf-8, gb18030")])),
    }
}

/// Finds the encoding in which every byte of a file is text. Error: H1301 where there is none.
pub(super) fn detect(path: &Path) -> Result<&'static Encoding> {
    for encoding in [UTF_8, GB18030] {
        if is_text(path, encoding).map_err(|e| Failure::file(path, &e))? {
            return Ok(encoding);
        }
    }
    Err(Failure::input("H1301", path.display().to_string()))
}

fn is_text(path: &Path, encoding: &'static Encoding) -> io::Result<bool> {
    let mut text = Text::new(File::open(path)?, encoding);
    let mut buffer = vec![0; CHUNK];
    loop {
        match text.read(&mut buffer) {
            Ok(0) => return Ok(true),
            // A NUL is in no list; UTF-16 is full of them.
            Ok(n) if buffer[..n].contains(&0) => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// Opens a file as UTF-8 text without byte order mark.
pub(super) fn open(path: &Path, encoding: &'static Encoding) -> Result<Text<BufReader<File>>> {
    let file = File::open(path).map_err(|e| Failure::file(path, &e))?;
    Ok(Text::new(BufReader::new(file), encoding))
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

    fn check(bytes: &[u8], expect: Option<&'static Encoding>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        assert_eq!(detect(file.path()).ok(), expect);
        if let Some(encoding) = expect {
            let mut text = String::new();
            open(file.path(), encoding).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, TEXT);
        }
    }

    #[test]
    fn encodings_are_told_apart() {
        check(TEXT.as_bytes(), Some(UTF_8));
        check(format!("\u{feff}{TEXT}").as_bytes(), Some(UTF_8));
        check(&GB18030.encode(TEXT).0, Some(GB18030));
        check(b"\xff\xfe1\x00,\x002\x00", None);
        check(b"\x80\xff\xff\xff", None);
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
        for (encoding, bytes) in [(UTF_8, TEXT.as_bytes().to_vec()), (GB18030, GB18030.encode(TEXT).0.into_owned())] {
            let mut text = String::new();
            Text::new(Drip(&bytes), encoding).read_to_string(&mut text).unwrap();
            assert_eq!(text, TEXT);
        }
        let cut = &TEXT.as_bytes()[..4];
        assert!(Text::new(Drip(cut), UTF_8).read_to_string(&mut String::new()).is_err());
    }
}

//! Which kind of file it is: what the first `schema` of the outermost object says (`docs/formats/absence.md`, "Kinds").
//!
//! Every verifier must find the same one in every file. So what stands before it is read strictly, whatever its depth,
//! and what stands behind it is not looked at. No value is held.

/// The text of the first member `schema` of the outermost object. None where it is no text, where there is none, and
/// where something before it is no JSON.
pub(crate) fn schema(json: &[u8]) -> Option<String> {
    let mut scan = Scan { rest: json };
    scan.blanks();
    scan.take(b'{')?;
    loop {
        scan.blanks();
        let name = scan.name()?;
        if name == "schema" {
            return scan.text();
        }
        scan.value()?;
        scan.blanks();
        scan.take(b',')?;
    }
}

/// What is still to be read.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Whether this byte comes next; it is behind us then.
    fn passes(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.passes(byte).then_some(())
    }

    /// The next bytes, so many of them.
    fn token(&mut self, length: usize) -> Option<&'a [u8]> {
        let (token, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(token)
    }

    /// A text, judged by the reader of all texts.
    fn text(&mut self) -> Option<String> {
        let token = self.token(length_of_text(self.rest)?)?;
        serde_json::from_slice(token).ok()
    }

    /// A number, or one of the three words.
    fn plain(&mut self) -> Option<()> {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || [b'+', b'-', b'.'].contains(*byte);
        let length = self.rest.iter().take_while(is_part).count();
        match self.token(length)? {
            b"true" | b"false" | b"null" => Some(()),
            number => serde_json::from_slice::<serde_json::Number>(number).ok().map(drop),
        }
    }

    /// The name of a member, and all that stands between it and its value.
    fn name(&mut self) -> Option<String> {
        let name = self.text()?;
        self.blanks();
        self.take(b':')?;
        self.blanks();
        Some(name)
    }

    /// What stands before a value in a list or object that ends so.
    fn before(&mut self, close: u8) -> Option<()> {
        match close {
            b'}' => self.name().map(drop),
            _ => Some(()),
        }
    }

    /// One value with all that is in it: of what is open a byte a level is kept.
    fn value(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            let close = match self.rest.first()? {
                b'[' => Some(b']'),
                b'{' => Some(b'}'),
                b'"' => self.text().map(|_| None)?,
                _ => self.plain().map(|()| None)?,
            };
            if let Some(close) = close {
                self.token(1)?;
                self.blanks();
                if !self.passes(close) {
                    open.push(close);
                    self.before(close)?;
                    continue;
                }
            }
            // A value has ended, and with it perhaps what it is in.
            loop {
                let Some(close) = open.last().copied() else { return Some(()) };
                self.blanks();
                if self.passes(b',') {
                    self.blanks();
                    self.before(close)?;
                    break;
                }
                self.take(close)?;
                open.pop();
            }
        }
    }
}

/// Bytes of the text that begins here, with its quotes; what is between them is not judged.
fn length_of_text(json: &[u8]) -> Option<usize> {
    let inside = json.strip_prefix(b"\"")?;
    let mut escaped = false;
    let end = inside.iter().position(|byte| {
        let ends = !escaped && *byte == b'"';
        escaped = !escaped && *byte == b'\\';
        ends
    });
    end?.checked_add(2)
}

#[cfg(test)]
mod tests {
    use super::schema;

    #[test]
    fn the_first_schema_of_the_outermost_object_is_found() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(schema(text.as_bytes()).as_deref(), expect, "{text:.99}");
        };
        check(r#"{"schema":"a","x":1}"#, Some("a"));
        check(" {\t\"schema\"\r\n: \"a\" }", Some("a"));
        check(r#"{"x":{"schema":"b"},"schema":"a"}"#, Some("a"));
        check(r#"{"x":[{"schema":"b"},[],{}, [ 1 , {"schema":"c"} ]],"schema":"a"}"#, Some("a"));
        check(r#"{"x":"\"schema\":\"b\"","\\":"\\","schema":"a"}"#, Some("a"));
        check(r#"{"schemas":"b","Schema":"c","":"d","schema":"a"}"#, Some("a"));
        check(r#"{"sch\u0065ma":"\u0061","schema":"b"}"#, Some("a"));
        check(r#"{"x":-0.5e+7,"y":true,"z":false,"n":null,"e":"é\ud83e\uddea","schema":"a"}"#, Some("a"));
        check(&format!(r#"{{"x":{}{},"schema":"a"}}"#, "[".repeat(100_000), "]".repeat(100_000)), Some("a"));
        check(&format!(r#"{{"x":{}1{},"schema":"a"}}"#, r#"{"schema":"#.repeat(1_000), "}".repeat(1_000)), Some("a"));
        // What follows is for the reader of the kind to refuse.
        check(r#"{"schema":"a","schema":"b"}"#, Some("a"));
        check(r#"{"schema":"a","#, Some("a"));
        check(r#"{"schema":"a" nonsense"#, Some("a"));
        assert_eq!(schema(b"{\"schema\":\"a\",\"\xff").as_deref(), Some("a"));
    }

    #[test]
    fn a_file_without_one_or_with_no_json_before_it_has_no_kind() {
        let all = [
            "",
            "{}",
            "[\"schema\",\"a\"]",
            "\"schema\"",
            "{\"x\":",
            "{\"x\":{\"schema\":\"a\"}}",
            "{\"x\":[\"schema\",\"a\"]}",
            "{\"schema\":1}",
            "{\"schema\":null,\"schema\":\"a\"}",
            "{\"schema\":\"a",
            "{\"schema\":\"\\ud800\"}",
            "{\"schema\" \"a\"}",
            "{schema:\"a\"}",
            "\u{feff}{\"schema\":\"a\"}",
            "\u{c}{\"schema\":\"a\"}",
            "x{\"schema\":\"a\"}",
            "{,\"schema\":\"a\"}",
            "{\"x\":1,,\"schema\":\"a\"}",
            "{\"x\":1 \"schema\":\"a\"}",
            "{\"x\":,\"schema\":\"a\"}",
            "{\"x\":[1,],\"schema\":\"a\"}",
            "{\"x\":[1},\"schema\":\"a\"}",
            "{\"x\":[1]],\"schema\":\"a\"}",
            "{\"x\":{1:2},\"schema\":\"a\"}",
            "{\"x\":{\"y\"},\"schema\":\"a\"}",
            "{\"x\":01,\"schema\":\"a\"}",
            "{\"x\":+1,\"schema\":\"a\"}",
            "{\"x\":1.,\"schema\":\"a\"}",
            "{\"x\":1e400,\"schema\":\"a\"}",
            "{\"x\":NaN,\"schema\":\"a\"}",
            "{\"x\":True,\"schema\":\"a\"}",
            "{\"x\":\"\\x\",\"schema\":\"a\"}",
            "{\"x\":\"\\ud800\",\"schema\":\"a\"}",
            "{\"\\udc00\":1,\"schema\":\"a\"}",
            "{\"x\":\"\n\",\"schema\":\"a\"}",
            "{\"x\":'y',\"schema\":\"a\"}",
        ];
        for text in all {
            assert_eq!(schema(text.as_bytes()), None, "{text}");
        }
        assert_eq!(schema(b"{\"x\":\"\xff\",\"schema\":\"a\"}"), None);
        assert_eq!(schema(&[b"{\"x\":".as_slice(), &[b'['; 100_000]].concat()), None);
    }
}

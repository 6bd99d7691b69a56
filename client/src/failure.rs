//! A failure on its way to the person: a code of the catalogue with its values. Words are chosen at the edge.

use api::{Lang, Problem, catalogue};
use gs1::CodeError;
use std::{collections::BTreeMap, path::Path};

/// A failure with a stable code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {params:?}")]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// Values for the catalogue's template.
    pub params: BTreeMap<String, String>,
    /// Lines that show the place, such as the input with a caret below it.
    pub excerpt: Vec<String>,
    /// The node's own words, when it was the node that failed.
    pub remote: Option<Box<Problem>>,
}

/// What client functions return.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// The failure of a code with its values.
    pub fn new<N: Into<String>, V: Into<String>>(code: &str, params: impl IntoIterator<Item = (N, V)>) -> Failure {
        let params = params.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        Failure { code: code.to_owned(), params, excerpt: Vec::new(), remote: None }
    }

    /// The failure of a code that says everything by itself.
    pub fn plain(code: &str) -> Failure {
        Failure::new(code, [("", ""); 0])
    }

    /// The failure of a code with the value `input`.
    pub fn input(code: &str, input: impl Into<String>) -> Failure {
        Failure::new(code, [("input", input.into())])
    }

    /// An argument that the command needs this time, and that was not given.
    pub fn missing(what: impl Into<String>, flag: &str) -> Failure {
        Failure::new("H1443", [("what", what.into()), ("flag", flag.to_owned())])
    }

    /// A value that is not of the form in which it is written.
    pub fn form(input: impl Into<String>, expected: impl Into<String>) -> Failure {
        Failure::new("H1444", [("input", input.into()), ("expected", expected.into())])
    }

    /// A file that cannot be read or written.
    pub fn file(path: &Path, error: &std::io::Error) -> Failure {
        Failure::new("H1403", [("file", path.display().to_string()), ("detail", error.to_string())])
    }

    /// As problem details, in a language.
    pub fn problem(&self, lang: Lang) -> Problem {
        match &self.remote {
            Some(problem) => (**problem).clone(),
            None => Problem::new(&self.code, self.params.clone(), lang),
        }
    }

    /// Whether it comes of being without a node: none is set, or none answers.
    pub(crate) fn is_of_the_road(&self) -> bool {
        let has_no_node = self.code == "H1402" && self.params.get("setting").is_some_and(|s| s == "node");
        has_no_node || self.code == "H7001"
    }

    /// Whether no node heard what was said: none answers, or none that is who was meant.
    pub(crate) fn is_unheard(&self) -> bool {
        matches!(self.code.as_str(), "H7001" | "H7024" | "H7025" | "H7026" | "H7027" | "H7028")
    }

    /// Exit code.
    pub fn exit_code(&self) -> u8 {
        catalogue::exit_code(&self.code)
    }

    /// As a person meets it; see the contract, "Errors, as a person meets them".
    pub fn text(&self, lang: Lang) -> String {
        let problem = self.problem(lang);
        let word = lang.pick("error", "错误");
        let colon = lang.pick(": ", "：");
        let mut text = format!("{word}[{}]{colon}{}\n", problem.code, problem.title);
        for line in &self.excerpt {
            text.push_str(&format!("  {line}\n"));
        }
        let says_more = problem.detail != problem.title && !problem.detail.is_empty();
        if says_more && self.excerpt.is_empty() {
            text.push_str(&format!("  {}\n", problem.detail));
        }
        if !problem.hint.is_empty() {
            text.push_str(&format!("  {}{colon}{}\n", lang.pick("help", "建议"), problem.hint));
        }
        text
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure {
            code: problem.code.clone(),
            params: problem.params.clone(),
            excerpt: Vec::new(),
            remote: Some(Box::new(problem)),
        }
    }
}

impl From<CodeError> for Failure {
    fn from(error: CodeError) -> Failure {
        Failure { excerpt: caret_lines(&error), ..Failure::new(error.code(), code_params(&error)) }
    }
}

impl From<ledger::transaction::TxError> for Failure {
    fn from(error: ledger::transaction::TxError) -> Failure {
        Failure::new(error.code(), catalogue::tx_params(&error))
    }
}

impl From<ledger::Rejection> for Failure {
    fn from(rejection: ledger::Rejection) -> Failure {
        Failure::new(rejection.code(), rejection.params())
    }
}

impl From<keys::KeyError> for Failure {
    fn from(error: keys::KeyError) -> Failure {
        Failure::new(error.code(), error.params())
    }
}

impl From<proof::Problem> for Failure {
    fn from(problem: proof::Problem) -> Failure {
        Failure::new(problem.code(), [("detail", problem.to_string())])
    }
}

impl From<proof::TrustError> for Failure {
    fn from(error: proof::TrustError) -> Failure {
        Failure::new(error.code(), [("detail", error.to_string())])
    }
}

/// A text for the ledger, or why it is not one.
pub(crate) fn text<const MAX: usize>(field: &str, value: &str) -> Result<ledger::Text<MAX>> {
    ledger::Text::new(value)
        .map_err(|e| Failure::new("H1408", [("field", field.to_owned()), ("detail", e.to_string())]))
}

/// The input, and below it a caret under the character at fault with what was expected.
fn caret_lines(error: &CodeError) -> Vec<String> {
    let Some((input, position)) = error.caret() else { return Vec::new() };
    let note = match check_digits(error) {
        Some((_, expected, found)) => format!(" expected {expected}, found {found}"),
        None => String::new(),
    };
    let column = input.get(..position).map_or(0, |before| before.chars().count());
    vec![input.to_owned(), format!("{}^{note}", " ".repeat(column))]
}

fn check_digits(error: &CodeError) -> Option<(&str, u8, u8)> {
    match error {
        CodeError::GtinCheckDigit { input, expected, found, .. }
        | CodeError::SsccCheckDigit { input, expected, found, .. }
        | CodeError::GlnCheckDigit { input, expected, found, .. }
        | CodeError::ElementCheckDigit { input, expected, found, .. } => Some((input, *expected, *found)),
        _ => None,
    }
}

/// The values of a code's error, by name: `input`, for check digits `expected` and `found`, for tables `line`, and what must
/// or may not stand together.
pub(crate) fn code_params(error: &CodeError) -> Vec<(&'static str, String)> {
    match error {
        CodeError::AiMissing { ai, input, expected } => {
            return vec![("input", input.clone()), ("ai", ai.clone()), ("expected", expected.clone())];
        }
        CodeError::AiExcluded { ai, input, other } => {
            return vec![("input", input.clone()), ("ai", ai.clone()), ("other", other.clone())];
        }
        _ => {}
    }
    if let Some((input, expected, found)) = check_digits(error) {
        return vec![("input", input.to_owned()), ("expected", expected.to_string()), ("found", found.to_string())];
    }
    if let CodeError::PrefixTableRow { input, line } | CodeError::PrefixTableRepeated { input, line } = error {
        return vec![("input", input.clone()), ("line", line.to_string())];
    }
    let input = match error {
        CodeError::UnknownForm { input }
        | CodeError::ElementLength { input, .. }
        | CodeError::ElementDate { input, .. }
        | CodeError::UnsupportedSymbology { input, .. }
        | CodeError::NoGtin { input }
        | CodeError::NoLotOrSerial { input }
        | CodeError::SerialMissing { input, .. }
        | CodeError::NoSymbology { input }
        | CodeError::ScanForm { input, .. }
        | CodeError::NoGs1Data { input }
        | CodeError::ElementOnlyDigits { input, .. }
        | CodeError::UnknownLinter { input }
        | CodeError::LinkScheme { input }
        | CodeError::LinkNoKey { input }
        | CodeError::LinkSequence { input, .. }
        | CodeError::LinkQualifierInQuery { input, .. }
        | CodeError::OtherForm { input }
        | CodeError::LinkAttribute { input, .. }
        | CodeError::LinkCompressed { input }
        | CodeError::EpcForm { input }
        | CodeError::EpcScheme { input, .. }
        | CodeError::EpcPart { input, .. }
        | CodeError::EpcNone { input }
        | CodeError::CompanyPrefix { input }
        | CodeError::PrefixTableHeading { input }
        | CodeError::GtinLength { input, .. }
        | CodeError::SsccLength { input, .. }
        | CodeError::GlnLength { input, .. }
        | CodeError::LotLength { input, .. }
        | CodeError::SerialLength { input, .. }
        | CodeError::HsLength { input, .. }
        | CodeError::HsChapter { input, .. }
        | CodeError::HsJurisdiction { input }
        | CodeError::HsEdition { input }
        | CodeError::HsForm { input }
        | CodeError::UnknownUnit { input }
        | CodeError::QuantityNotANumber { input }
        | CodeError::QuantityNegative { input }
        | CodeError::QuantityTooPrecise { input, .. }
        | CodeError::QuantityTooLarge { input, .. }
        | CodeError::QuantityForm { input }
        | CodeError::SchemeLength { input, .. }
        | CodeError::OtherValueLength { input, .. } => Some(input.clone()),
        other => other.caret().map(|(input, _)| input.to_owned()),
    };
    input.map(|i| vec![("input", i)]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_check_digit_reads_as_in_the_contract() {
        let error = "06901234567893".parse::<gs1::Gtin>().unwrap_err();
        let text = Failure::from(error).text(Lang::En);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("error[H1203]: the check digit of this GTIN is wrong"));
        assert_eq!(lines.next(), Some("  06901234567893"));
        assert_eq!(lines.next(), Some("               ^ expected 2, found 3"));
        assert!(lines.next().unwrap().starts_with("  help: scan the label again."));
    }

    #[test]
    fn every_code_of_the_parsers_and_the_verifier_is_in_the_catalogue() {
        let known = gs1::CODES.iter().chain(proof::CODES).chain(proof::TrustError::CODES).chain(epcis::check::CODES);
        for (code, title) in known {
            for lang in [Lang::En, Lang::ZhHans] {
                assert!(catalogue::explain(code, lang).is_some(), "{code} {title}");
            }
        }
        for (code, title) in gs1::CODES.iter().chain(epcis::check::CODES) {
            assert_eq!(catalogue::explain(code, Lang::En).map(|e| e.title), Some(*title), "{code}");
        }
    }

    #[test]
    fn the_words_of_a_node_are_passed_on() {
        let problem = Problem::new("H7004", [("kind", "item"), ("input", "x")], Lang::ZhHans);
        let failure = Failure::from(problem.clone());
        assert_eq!(failure.problem(Lang::En), problem);
        assert_eq!(failure.exit_code(), 3);
    }
}

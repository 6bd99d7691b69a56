//! Scans: what a scanner sends of a symbol, after a symbology identifier (ISO/IEC 15424; General Specifications 7.8).
//!
//! As people write it, what a symbol carries is a message: an element string from `^` on, in which every `^` is FNC1;
//! the digits of an EAN, UPC, ITF or DataBar symbol; behind either, from `|^` on, the element string of a composite;
//! and everything else is text. Text that itself begins with `^`, or with backslashes before it, has one backslash more.
use crate::element::FNC1;
use crate::{CodeError, Elements, Gtin, bounded, digital_link};

/// What stands between the digits of an EAN or UPC symbol and its composite component.
const COMPOSITE: &str = "|]e0";

/// A kind of symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbology {
    /// Data Matrix, with or without FNC1: `]d2`, `]d1`.
    DataMatrix,
    /// QR Code, with or without FNC1: `]Q3`, `]Q1`.
    QrCode,
    /// DotCode, with or without FNC1: `]J1`, `]J0`.
    DotCode,
    /// GS1-128, `]C1`; with a composite `]e0`.
    Gs1128,
    /// GS1 DataBar Omnidirectional and its kin, `]e0`: a GTIN, with or without a composite.
    DataBar,
    /// GS1 DataBar Limited, `]e0`: a GTIN with indicator 0 or 1.
    DataBarLimited,
    /// GS1 DataBar Expanded, `]e0`. All scans with that identifier are read as of this one: they cannot be told apart.
    DataBarExpanded,
    /// EAN-13, `]E0`. Scanners send a UPC symbol so too, with a zero before it.
    Ean13,
    /// UPC-A, `]E0`.
    UpcA,
    /// EAN-8, `]E4`.
    Ean8,
    /// ITF-14, `]I1`.
    Itf14,
}

/// What a kind of symbol can carry.
enum Form {
    /// Text, or element strings.
    Matrix { text: &'static str, elements: &'static str },
    /// Element strings.
    Linear { identifier: &'static str },
    /// A GTIN, sent as an element.
    DataBar,
    /// Digits, sent as they are, `before` them what the symbol leaves out.
    Digits { identifier: &'static str, before: &'static str, width: usize, with_composite: bool },
}

impl Symbology {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::DataMatrix,
        Self::QrCode,
        Self::DotCode,
        Self::Gs1128,
        Self::DataBar,
        Self::DataBarLimited,
        Self::DataBarExpanded,
        Self::Ean13,
        Self::UpcA,
        Self::Ean8,
        Self::Itf14,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataMatrix => "Data Matrix",
            Self::QrCode => "QR Code",
            Self::DotCode => "DotCode",
            Self::Gs1128 => "GS1-128",
            Self::DataBar => "GS1 DataBar",
            Self::DataBarLimited => "GS1 DataBar Limited",
            Self::DataBarExpanded => "GS1 DataBar Expanded",
            Self::Ean13 => "EAN-13",
            Self::UpcA => "UPC-A",
            Self::Ean8 => "EAN-8",
            Self::Itf14 => "ITF-14",
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::DataMatrix | Self::QrCode | Self::DotCode => "text or an element string",
            Self::Gs1128 | Self::DataBarExpanded => "an element string",
            Self::DataBar => "the 14 digits of a GTIN",
            Self::DataBarLimited => "the 14 digits of a GTIN with indicator 0 or 1",
            Self::Ean13 => "13 digits",
            Self::UpcA => "12 digits",
            Self::Ean8 => "8 digits",
            Self::Itf14 => "14 digits and no composite",
        }
    }

    fn form(self) -> Form {
        let digits = |identifier, width, with_composite| Form::Digits { identifier, before: "", width, with_composite };
        match self {
            Self::DataMatrix => Form::Matrix { text: "]d1", elements: "]d2" },
            Self::QrCode => Form::Matrix { text: "]Q1", elements: "]Q3" },
            Self::DotCode => Form::Matrix { text: "]J0", elements: "]J1" },
            Self::Gs1128 => Form::Linear { identifier: "]C1" },
            Self::DataBarExpanded => Form::Linear { identifier: "]e0" },
            Self::DataBar | Self::DataBarLimited => Form::DataBar,
            Self::Ean13 => digits("]E0", 13, true),
            Self::UpcA => Form::Digits { identifier: "]E0", before: "0", width: 12, with_composite: true },
            Self::Ean8 => digits("]E4", 8, true),
            Self::Itf14 => digits("]I1", 14, false),
        }
    }

    fn refuse(self, input: &str) -> CodeError {
        CodeError::ScanForm { input: input.to_owned(), symbology: self.name(), expected: self.expected() }
    }

    /// The digits of a GTIN, as many as the symbol has.
    fn gtin(self, digits: &str, width: usize) -> Result<Gtin, CodeError> {
        if digits.chars().count() == width { digits.parse() } else { Err(self.refuse(digits)) }
    }
}

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The kind of symbol, where the scanner told it.
    pub symbology: Option<Symbology>,
    /// What the symbol carries.
    pub data: Data,
}

/// What a symbol carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Element strings, those of a composite included.
    Elements(Elements),
    /// A Digital Link.
    Link {
        /// As it was read.
        text: String,
        /// Key, qualifiers and attributes.
        elements: Elements,
    },
    /// The digits of an EAN, UPC or ITF symbol.
    Digits {
        /// As they were read.
        digits: String,
        /// The GTIN that they are.
        gtin: Gtin,
        /// The element strings of its composite component.
        composite: Option<Elements>,
    },
    /// Anything else.
    Text(String),
}

/// What a scanner that types like a keyboard makes of FNC1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wedge {
    /// It types Ctrl+], which arrives as 0x1D or as the two characters `^]`.
    TypesSeparators,
    /// It types nothing, or it is not known what.
    DropsSeparators,
}

/// Reads what a scanner sends: a symbology identifier, which must be there, and the data of the symbol.
///
/// Errors: [`CodeError::NoSymbology`], [`CodeError::UnsupportedSymbology`], [`CodeError::ScanForm`] for digits that are
/// not as many as the symbol has, and those of [`Elements::parse_scan`], of [`Gtin`] and of [`digital_link::parse`].
pub fn read(input: &str) -> Result<Scan, CodeError> {
    bounded(input)?;
    let Some((identifier, data)) = input.split_at_checked(3).filter(|(identifier, _)| identifier.starts_with(']'))
    else {
        return Err(CodeError::NoSymbology { input: input.to_owned() });
    };
    let elements = || Elements::read(input, data).map(Data::Elements);
    let (symbology, data) = match identifier {
        "]d2" => (Symbology::DataMatrix, elements()?),
        "]Q3" => (Symbology::QrCode, elements()?),
        "]J1" => (Symbology::DotCode, elements()?),
        "]C1" => (Symbology::Gs1128, elements()?),
        "]e0" => (Symbology::DataBarExpanded, elements()?),
        "]d1" => (Symbology::DataMatrix, text_or_link(data)?),
        "]Q1" => (Symbology::QrCode, text_or_link(data)?),
        "]J0" => (Symbology::DotCode, text_or_link(data)?),
        "]E0" => (Symbology::Ean13, digits(Symbology::Ean13, 13, data)?),
        "]E4" => (Symbology::Ean8, digits(Symbology::Ean8, 8, data)?),
        "]I1" => (Symbology::Itf14, digits(Symbology::Itf14, 14, data)?),
        _ => {
            let found = identifier.to_owned();
            return Err(CodeError::UnsupportedSymbology { input: input.to_owned(), found });
        }
    };
    Ok(Scan { symbology: Some(symbology), data })
}

/// Reads what a scanner typed like a keyboard. The symbology identifier may be absent: then what begins with a digit
/// or a separator is an element string. Blanks and line ends around it are dropped.
///
/// Where separators are dropped, a label of which the last value could as well hold other elements is refused with
/// [`CodeError::SeparatorLost`]: `10L1` and `17270131` run together read like lot `L117270131`, and which it is nobody
/// can say. Other errors as for [`read`].
pub fn read_typed(input: &str, wedge: Wedge) -> Result<Scan, CodeError> {
    bounded(input)?;
    let text = input.trim_matches(|c: char| c.is_ascii_whitespace()).replace("^]", "\u{1d}");
    if text.is_empty() {
        return Err(CodeError::InputEmpty);
    }
    let scan = if text.starts_with(']') {
        read(&text)?
    } else if text.starts_with(|c: char| c.is_ascii_digit() || c == FNC1) {
        Scan { symbology: None, data: Data::Elements(Elements::read(&text, &text)?) }
    } else {
        Scan { symbology: None, data: text_or_link(&text)? }
    };
    if let (Wedge::DropsSeparators, Data::Elements(elements)) = (wedge, &scan.data)
        && !text.contains(FNC1)
        && let Some(element) = elements.open_end()
    {
        let position = text.len().saturating_sub(element.value().len());
        return Err(CodeError::SeparatorLost { position, ai: element.ai().to_owned(), input: text });
    }
    Ok(scan)
}

/// What a scanner sends of a symbol that carries `message`, in the form that the head of this module tells.
///
/// Errors: [`CodeError::ScanForm`] where the symbol does not carry such data, and those of [`Elements::parse_caret`]
/// and of [`Gtin`].
pub fn write(symbology: Symbology, message: &str) -> Result<String, CodeError> {
    bounded(message)?;
    match symbology.form() {
        Form::Matrix { text, elements } => match message.strip_prefix('^') {
            Some(body) => {
                Elements::parse_caret(message)?;
                Ok(format!("{elements}{}", body.replace('^', "\u{1d}")))
            }
            None => Ok(format!("{text}{}", unescaped(message))),
        },
        Form::Linear { identifier } => {
            let (linear, composite) = with_composite(message)?;
            if !linear.starts_with('^') {
                return Err(symbology.refuse(message));
            }
            let identifier = if composite.is_some() { "]e0" } else { identifier };
            Ok(format!("{identifier}{}", joined(&Elements::parse_caret(linear)?, composite.as_ref())))
        }
        Form::DataBar => {
            let (linear, composite) = with_composite(message)?;
            let digits = linear.strip_prefix("^01").unwrap_or(linear);
            symbology.gtin(digits, 14)?;
            if symbology == Symbology::DataBarLimited && !digits.starts_with(['0', '1']) {
                return Err(symbology.refuse(digits));
            }
            Ok(format!("]e0{}", joined(&Elements::from_pairs([("01", digits)])?, composite.as_ref())))
        }
        Form::Digits { identifier, before, width, with_composite: may_have } => {
            let (digits, composite) = with_composite(message)?;
            symbology.gtin(digits, width)?;
            match composite {
                Some(_) if !may_have => Err(symbology.refuse(message)),
                Some(composite) => Ok(format!("{identifier}{before}{digits}{COMPOSITE}{}", composite.to_scan())),
                None => Ok(format!("{identifier}{before}{digits}")),
            }
        }
    }
}

impl Scan {
    /// What the symbol says in elements; the digits of an EAN, UPC or ITF symbol as AI (01).
    ///
    /// Errors: [`CodeError::NoGs1Data`] for text, [`CodeError::DuplicateAi`] where a composite names another GTIN.
    pub fn elements(&self) -> Result<Elements, CodeError> {
        match &self.data {
            Data::Elements(elements) | Data::Link { elements, text: _ } => Ok(elements.clone()),
            Data::Digits { gtin, composite, digits: _ } => {
                let mut elements = Elements::from_pairs([("01", gtin.as_str14().as_str())])?;
                for element in composite.iter().flat_map(Elements::iter) {
                    elements.push(element.ai(), element.value())?;
                }
                Ok(elements)
            }
            Data::Text(text) => Err(CodeError::NoGs1Data { input: text.clone() }),
        }
    }

    /// The message of the symbol, in the form that the head of this module tells.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.data {
            Data::Elements(elements) => elements.to_caret(),
            Data::Link { text, elements: _ } | Data::Text(text) => escaped(text),
            Data::Digits { digits, gtin: _, composite: None } => digits.clone(),
            Data::Digits { digits, gtin: _, composite: Some(composite) } => {
                format!("{digits}|{}", composite.to_caret())
            }
        }
    }
}

fn text_or_link(data: &str) -> Result<Data, CodeError> {
    let text = data.to_owned();
    if digital_link::is_web_uri(data) {
        return Ok(Data::Link { text, elements: digital_link::parse(data)? });
    }
    Ok(Data::Text(text))
}

fn digits(symbology: Symbology, width: usize, data: &str) -> Result<Data, CodeError> {
    let composite = data.split_once(COMPOSITE).filter(|_| symbology != Symbology::Itf14);
    let (digits, composite) = composite.map_or((data, None), |(digits, composite)| (digits, Some(composite)));
    let gtin = symbology.gtin(digits, width)?;
    let composite = composite.map(|composite| Elements::read(data, composite)).transpose()?;
    Ok(Data::Digits { digits: digits.to_owned(), gtin, composite })
}

/// The message of the symbol itself, and that of its composite component.
fn with_composite(message: &str) -> Result<(&str, Option<Elements>), CodeError> {
    match message.split_once('|') {
        Some((linear, composite)) => Ok((linear, Some(Elements::parse_caret(composite)?))),
        None => Ok((message, None)),
    }
}

/// A linear symbol and its composite component as one element string.
fn joined(linear: &Elements, composite: Option<&Elements>) -> String {
    let mut out = linear.to_scan();
    if let Some(composite) = composite {
        if linear.iter().last().is_some_and(|element| !element.rule().predefined) {
            out.push(FNC1);
        }
        out.push_str(&composite.to_scan());
    }
    out
}

/// Whether text would be taken for an element string, or for text with a backslash too many.
fn begins_like_elements(text: &str) -> bool {
    text.trim_start_matches('\\').starts_with('^')
}

fn escaped(text: &str) -> String {
    if begins_like_elements(text) { format!("\\{text}") } else { text.to_owned() }
}

fn unescaped(message: &str) -> &str {
    message.strip_prefix('\\').filter(|text| begins_like_elements(text)).unwrap_or(message)
}

#[cfg(test)]
#[path = "scan/tests.rs"]
mod tests;

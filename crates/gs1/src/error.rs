//! Every way in which input can be refused, with its stable code.
use thiserror::Error;

/// Why text or bytes are not a valid identifier, unit or quantity.
///
/// Fields mean the same in every variant: `input` is the text that was read (at most [`crate::MAX_INPUT`] bytes; for an
/// element string or a Digital Link, the value of one application identifier where that value is at fault), `position` a
/// zero-based offset in `input` (bytes, which are columns too: all text before it is ASCII), `found` what stands there or
/// the length found in characters, `expected`, `min` and `max` what the rule asks for, `ai` an application identifier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are explained once, above")]
pub enum CodeError {
    // H110x: any input
    /// The text is longer than the bound.
    #[error("this input is too long: {found} bytes, at most {max} allowed")]
    InputTooLong { found: usize, max: usize },
    /// There is no text.
    #[error("the input is empty")]
    InputEmpty,
    /// Neither Digital Link, nor element string, nor scan, nor short path.
    #[error("{input:?} is none of the known forms of a code")]
    UnknownForm { input: String },
    /// A character outside ASCII, such as a full-width digit.
    #[error("the character {found:?} at offset {position} of {input:?} is not ASCII")]
    NotAscii { input: String, position: usize, found: char },

    // H111x, H112x: element strings and scans
    /// An application identifier that is not in the table.
    #[error("unknown application identifier {ai:?} at offset {position} of {input:?}")]
    UnknownAi { input: String, position: usize, ai: String },
    /// Brackets that do not enclose an application identifier.
    #[error("misplaced bracket at offset {position} of {input:?}")]
    MalformedBrackets { input: String, position: usize },
    /// One application identifier with two different values.
    #[error("({ai}) stands twice with different values, {first:?} and {second:?}")]
    DuplicateAi { ai: String, first: String, second: String },
    /// A value too short or too long for its application identifier.
    #[error("the value {input:?} of ({ai}) has {found} characters, not {min} to {max}")]
    ElementLength { ai: String, input: String, found: usize, min: usize, max: usize },
    /// A character that the application identifier does not allow.
    #[error("the character {found:?} at offset {position} is not allowed in the value {input:?} of ({ai})")]
    ElementCharacter { ai: String, input: String, position: usize, found: char },
    /// Not a date YYMMDD; day 00 is allowed where it can stand for the month.
    #[error("the value {input:?} of ({ai}) is not a date YYMMDD")]
    ElementDate { ai: String, input: String, position: usize },
    /// A scanner prefix of a symbology that does not carry GS1 element strings.
    #[error("unsupported symbology identifier {found:?}")]
    UnsupportedSymbology { input: String, found: String },
    /// A group separator where no value has ended.
    #[error("misplaced separator FNC1 at offset {position} of {input:?}")]
    MisplacedSeparator { input: String, position: usize },
    /// Valid elements, but none of them a GTIN; nor an SSCC, which would name a unit.
    #[error("there is no GTIN, AI (01), in {input:?}")]
    NoGtin { input: String },
    /// A GTIN alone names a class, not an item.
    #[error("there is neither lot, AI (10), nor serial, AI (21), in {input:?}")]
    NoLotOrSerial { input: String },
    /// Valid elements, of which one needs others beside it.
    #[error("({ai}) in {input:?} must stand beside {expected}")]
    AiMissing { ai: String, input: String, expected: String },
    /// Valid elements, of which two may not stand together.
    #[error("({ai}) may not stand beside ({other}) in {input:?}")]
    AiExcluded { ai: String, input: String, other: String },
    /// A signature, AI (8030), of a key that names a class and not one thing.
    #[error("({ai}) in {input:?} has no serial component, which a signature (8030) needs")]
    SerialMissing { ai: String, input: String },
    /// A value goes on where it must have ended, and what follows reads as another element.
    #[error("the separator FNC1 behind the value of ({ai}) at offset {position} of {input:?} seems to be lost")]
    SeparatorLost { input: String, position: usize, ai: String },
    /// A scan that does not say from which kind of symbol it comes.
    #[error("{input:?} does not begin with a symbology identifier such as ]d2")]
    NoSymbology { input: String },
    /// Data that this kind of symbol does not carry.
    #[error("a symbol {symbology} carries {expected}, not {input:?}")]
    ScanForm { input: String, symbology: &'static str, expected: &'static str },
    /// Text without GS1 data.
    #[error("there is no GS1 data in {input:?}")]
    NoGs1Data { input: String },

    // H113x: Digital Links
    /// Not an http or https URI.
    #[error("{input:?} does not begin with http:// or https://")]
    LinkScheme { input: String },
    /// The host is empty or has a character that no host has.
    #[error("malformed host at offset {position} of {input:?}")]
    LinkHost { input: String, position: usize },
    /// A character that no URI may hold.
    #[error("the character {found:?} at offset {position} of {input:?} is not allowed in a URI")]
    LinkCharacter { input: String, position: usize, found: char },
    /// A percent sign without two hexadecimal digits, or one that writes no ASCII character.
    #[error("malformed percent-encoding at offset {position} of {input:?}")]
    LinkPercent { input: String, position: usize },
    /// No key that this parser knows, with its value, stands in the path.
    #[error("there is no GS1 key in the path of {input:?}")]
    LinkNoKey { input: String },
    /// Key qualifiers that are not of this key, or out of order.
    #[error("({ai}) may not stand there in the path after key ({key}) in {input:?}")]
    LinkSequence { input: String, key: String, ai: String },
    /// A key qualifier in the query.
    #[error("({ai}) may not stand in the query of {input:?}")]
    LinkQualifierInQuery { input: String, ai: String },
    /// A `hufu:` code without scheme or value.
    #[error("{input:?} is not of the form hufu:scheme/value")]
    OtherForm { input: String },
    /// An application identifier that is neither key, nor qualifier, nor attribute of a link.
    #[error("({ai}) may stand in no link, so not in {input:?}")]
    LinkAttribute { input: String, ai: String },
    /// A link in the compressed form.
    #[error("{input:?} is a compressed Digital Link")]
    LinkCompressed { input: String },

    // H115x, H116x: parts of values; `ai` is the name of the linter where [`crate::lint()`] was asked
    /// The last digit does not follow from the others.
    #[error("the check digit of the value {input:?} of ({ai}) is wrong: expected {expected}, found {found}")]
    ElementCheckDigit { ai: String, input: String, position: usize, expected: u8, found: u8 },
    /// The last two characters do not follow from the others.
    #[error(
        "the check characters at offset {position} of the value {input:?} of ({ai}) are wrong: expected {expected}"
    )]
    ElementCheckPair { ai: String, input: String, position: usize, expected: String },
    /// Not a date with a year of four digits, or not a time of day.
    #[error("at offset {position} of the value {input:?} of ({ai}) stands no such date or time")]
    ElementTime { ai: String, input: String, position: usize },
    /// A code that its list does not have.
    #[error("what stands at offset {position} of the value {input:?} of ({ai}) is not among {list}")]
    ElementUnlisted { ai: String, input: String, position: usize, list: &'static str },
    /// A number that is too large, too small or not written as it must be.
    #[error("at offset {position} of the value {input:?} of ({ai}) should stand {expected}")]
    ElementNumber { ai: String, input: String, position: usize, expected: &'static str },
    /// A percent sign without two hexadecimal digits.
    #[error("malformed percent-encoding at offset {position} of the value {input:?} of ({ai})")]
    ElementPercent { ai: String, input: String, position: usize },
    /// Not an international bank account number.
    #[error("at offset {position} of the account number {input:?} of ({ai}) should stand {expected}")]
    ElementIban { ai: String, input: String, position: usize, expected: &'static str },
    /// No company prefix can begin so.
    #[error("the value {input:?} of ({ai}) has no company prefix: no digit at offset {position}")]
    ElementPrefix { ai: String, input: String, position: usize },
    /// Not a coupon of North America.
    #[error("at offset {position} of the coupon {input:?} of ({ai}) should stand {expected}")]
    ElementCoupon { ai: String, input: String, position: usize, expected: &'static str },
    /// Digits only, where a value of this kind has something else too.
    #[error("the value {input:?} of ({ai}) has digits only")]
    ElementOnlyDigits { ai: String, input: String },
    /// No linter has this name.
    #[error("unknown linter {input:?}")]
    UnknownLinter { input: String },

    // H117x: Digital Links, EPC URIs and company prefixes
    /// A percent sign that writes a control character.
    #[error("the control character {found:?} is written at offset {position} of {input:?}")]
    LinkControl { input: String, position: usize, found: char },
    /// Neither an EPC URI nor a Digital Link.
    #[error("{input:?} is neither an EPC URI nor a Digital Link")]
    EpcForm { input: String },
    /// An EPC URI of a scheme that no link stands for.
    #[error("unknown EPC scheme {found:?} in {input:?}")]
    EpcScheme { input: String, found: String },
    /// A part of an EPC URI, or of a link to be made one, of a wrong length or with a wrong character.
    #[error("the {part} of {input:?} has a wrong length or a wrong character")]
    EpcPart { input: String, part: &'static str },
    /// A key, or a qualifier of it, that no EPC URI says.
    #[error("no EPC URI says what {input:?} names")]
    EpcNone { input: String },
    /// A key of which the table does not tell the company prefix.
    #[error("the table of company prefixes does not have that of {input:?}")]
    CompanyPrefix { input: String },
    /// A table over the bound.
    #[error("this table of company prefixes is too long: {found} bytes, at most {max} allowed")]
    PrefixTableLong { found: usize, max: usize },
    /// Another first line than a table has.
    #[error("a table of company prefixes begins with the line prefix,gcp_length, not {input:?}")]
    PrefixTableHeading { input: String },
    /// A line that is not digits, a comma and a length.
    #[error("line {line} of the table of company prefixes, {input:?}, is not digits and a length")]
    PrefixTableRow { input: String, line: usize },
    /// Digits that stand in an earlier line.
    #[error("the digits of line {line} of the table of company prefixes, {input:?}, stand there before")]
    PrefixTableRepeated { input: String, line: usize },

    // H120x: keys
    /// A GTIN with something other than digits.
    #[error("the character {found:?} at offset {position} of the GTIN {input:?} is not a digit")]
    GtinCharacter { input: String, position: usize, found: char },
    /// Not 8, 12, 13 or 14 digits.
    #[error("the GTIN {input:?} has {found} digits, not 8, 12, 13 or 14")]
    GtinLength { input: String, found: usize },
    /// The last digit does not follow from the others.
    #[error("the check digit of this GTIN is wrong: {input}, expected {expected}, found {found}")]
    GtinCheckDigit { input: String, position: usize, expected: u8, found: u8 },
    /// An SSCC with something other than digits.
    #[error("the character {found:?} at offset {position} of the SSCC {input:?} is not a digit")]
    SsccCharacter { input: String, position: usize, found: char },
    /// Not 18 digits.
    #[error("the SSCC {input:?} has {found} digits, not 18")]
    SsccLength { input: String, found: usize },
    /// The last digit does not follow from the others.
    #[error("the check digit of this SSCC is wrong: {input}, expected {expected}, found {found}")]
    SsccCheckDigit { input: String, position: usize, expected: u8, found: u8 },
    /// A GLN with something other than digits.
    #[error("the character {found:?} at offset {position} of the GLN {input:?} is not a digit")]
    GlnCharacter { input: String, position: usize, found: char },
    /// Not 13 digits.
    #[error("the GLN {input:?} has {found} digits, not 13")]
    GlnLength { input: String, found: usize },
    /// The last digit does not follow from the others.
    #[error("the check digit of this GLN is wrong: {input}, expected {expected}, found {found}")]
    GlnCheckDigit { input: String, position: usize, expected: u8, found: u8 },

    // H121x: lot and serial
    /// Not 1 to 20 characters.
    #[error("the lot {input:?} has {found} characters, not 1 to {max}")]
    LotLength { input: String, found: usize, max: usize },
    /// A character outside set 82.
    #[error("the character {found:?} at offset {position} of the lot {input:?} is not in GS1 character set 82")]
    LotCharacter { input: String, position: usize, found: char },
    /// Not 1 to 20 characters.
    #[error("the serial {input:?} has {found} characters, not 1 to {max}")]
    SerialLength { input: String, found: usize, max: usize },
    /// A character outside set 82.
    #[error("the character {found:?} at offset {position} of the serial {input:?} is not in GS1 character set 82")]
    SerialCharacter { input: String, position: usize, found: char },

    // H122x: tariff codes
    /// An HS code with something other than digits.
    #[error("the character {found:?} at offset {position} of the HS code {input:?} is not a digit")]
    HsCharacter { input: String, position: usize, found: char },
    /// A length that the jurisdiction does not use.
    #[error("the HS code {input:?} has {found} digits, but {jurisdiction} uses {expected}")]
    HsLength { input: String, jurisdiction: &'static str, expected: &'static str, found: usize },
    /// A chapter that is not 01 to 97, or 77.
    #[error("the HS code {input:?} names chapter {chapter}, which the WCO nomenclature does not have")]
    HsChapter { input: String, chapter: String },
    /// Not WCO, CN, HK or MO.
    #[error("unknown HS jurisdiction {input:?}")]
    HsJurisdiction { input: String },
    /// Neither HS2022 nor HS2028.
    #[error("unknown HS edition {input:?}")]
    HsEdition { input: String },
    /// Not edition, jurisdiction and digits with hyphens between.
    #[error("{input:?} is not of the form HS2022-CN-3002120090")]
    HsForm { input: String },

    // H123x: units and quantities
    /// Not a UN/ECE Recommendation 20 code of the table.
    #[error("unknown unit {input:?}")]
    UnknownUnit { input: String },
    /// Not a plain decimal number.
    #[error("the quantity {input:?} is not a decimal number such as 12.5")]
    QuantityNotANumber { input: String },
    /// A minus sign.
    #[error("the quantity {input:?} is negative")]
    QuantityNegative { input: String },
    /// More decimals than the unit has.
    #[error("the quantity {input:?} has more than {scale} decimals, the most that unit {unit} allows")]
    QuantityTooPrecise { input: String, unit: &'static str, scale: u8 },
    /// Above the greatest amount.
    #[error("the quantity {input} {unit} is too large")]
    QuantityTooLarge { input: String, unit: &'static str },
    /// Two quantities of different units.
    #[error("quantities in {left} and in {right} cannot be combined")]
    UnitMismatch { left: &'static str, right: &'static str },
    /// More is taken away than there is.
    #[error("{subtrahend} cannot be taken from {minuend} {unit}")]
    QuantityUnderflow { minuend: String, subtrahend: String, unit: &'static str },
    /// Not a number, a space and a unit.
    #[error("{input:?} is not a quantity with its unit, such as \"12.5 MLT\"")]
    QuantityForm { input: String },

    // H124x: codes of other schemes
    /// Not 1 to 16 characters.
    #[error("the scheme {input:?} has {found} characters, not 1 to {max}")]
    SchemeLength { input: String, found: usize, max: usize },
    /// A character other than a-z, 0-9 and hyphen.
    #[error("the character {found:?} at offset {position} of the scheme {input:?} is not a-z, 0-9 or a hyphen")]
    SchemeCharacter { input: String, position: usize, found: char },
    /// Not 1 to 64 characters.
    #[error("the code {input:?} has {found} characters, not 1 to {max}")]
    OtherValueLength { input: String, found: usize, max: usize },
    /// Not printable ASCII.
    #[error("the character {found:?} at offset {position} of the code {input:?} is not printable ASCII")]
    OtherValueCharacter { input: String, position: usize, found: char },
}

/// Every code of this crate and its short title. Codes never change meaning and are never used again.
pub const CODES: &[(&str, &str)] = &[
    ("H1101", "this input is too long"),
    ("H1102", "the input is empty"),
    ("H1103", "this is none of the known forms of a code"),
    ("H1104", "this input holds a character that is not ASCII"),
    ("H1110", "this application identifier is unknown"),
    ("H1111", "a bracket of this element string is misplaced"),
    ("H1112", "an application identifier stands twice with different values"),
    ("H1113", "this value is too short or too long for its application identifier"),
    ("H1114", "this value holds a character that its application identifier does not allow"),
    ("H1115", "this value is not a date YYMMDD"),
    ("H1116", "this symbology identifier is not supported"),
    ("H1117", "a separator FNC1 is misplaced"),
    ("H1121", "there is no GTIN in this code"),
    ("H1122", "there is neither lot nor serial in this code"),
    ("H1123", "an element of this code lacks another one that it needs"),
    ("H1124", "two elements of this code may not stand together"),
    ("H1125", "a signed key of this code lacks its serial component"),
    ("H1126", "a separator FNC1 seems to be lost"),
    ("H1127", "this scan does not begin with a symbology identifier"),
    ("H1128", "this kind of symbol does not carry such data"),
    ("H1129", "there is no GS1 data in this text"),
    ("H1130", "this is not an http or https address"),
    ("H1131", "the host of this Digital Link is malformed"),
    ("H1132", "this Digital Link holds a character that is not allowed in a URI"),
    ("H1133", "the percent-encoding of this Digital Link is malformed"),
    ("H1134", "there is no GS1 key in this path"),
    ("H1135", "the key qualifiers of this Digital Link are wrong or out of order"),
    ("H1136", "a key qualifier stands in the query of this Digital Link"),
    ("H1137", "this is not of the form hufu:scheme/value"),
    ("H1138", "this application identifier may stand in no Digital Link"),
    ("H1139", "this Digital Link is compressed"),
    ("H1150", "the check digit of this value is wrong"),
    ("H1151", "the check characters of this value are wrong"),
    ("H1152", "this value holds no such date or time"),
    ("H1153", "this value is not in its list of codes"),
    ("H1154", "this value holds a number that does not fit"),
    ("H1155", "the percent-encoding of this value is malformed"),
    ("H1156", "this is not an international bank account number"),
    ("H1157", "this value does not begin with a company prefix"),
    ("H1158", "this is not a coupon code"),
    ("H1159", "this value has digits only"),
    ("H1160", "this linter is unknown"),
    ("H1170", "this Digital Link holds a control character"),
    ("H1171", "this is neither an EPC URI nor a Digital Link"),
    ("H1172", "this EPC scheme is unknown"),
    ("H1173", "a part of this EPC has a wrong length or a wrong character"),
    ("H1174", "there is no EPC URI for this Digital Link"),
    ("H1175", "the company prefix of this key is unknown"),
    ("H1176", "this table of company prefixes is too long"),
    ("H1177", "this is not a table of company prefixes"),
    ("H1178", "a line of the table of company prefixes is malformed"),
    ("H1179", "digits stand twice in the table of company prefixes"),
    ("H1201", "this GTIN holds a character that is not a digit"),
    ("H1202", "this GTIN does not have 8, 12, 13 or 14 digits"),
    ("H1203", "the check digit of this GTIN is wrong"),
    ("H1204", "this SSCC holds a character that is not a digit"),
    ("H1205", "this SSCC does not have 18 digits"),
    ("H1206", "the check digit of this SSCC is wrong"),
    ("H1207", "this GLN holds a character that is not a digit"),
    ("H1208", "this GLN does not have 13 digits"),
    ("H1209", "the check digit of this GLN is wrong"),
    ("H1210", "this lot does not have 1 to 20 characters"),
    ("H1211", "this lot holds a character outside GS1 character set 82"),
    ("H1212", "this serial does not have 1 to 20 characters"),
    ("H1213", "this serial holds a character outside GS1 character set 82"),
    ("H1220", "this HS code holds a character that is not a digit"),
    ("H1221", "this HS code has the wrong length for its jurisdiction"),
    ("H1222", "this HS chapter does not exist"),
    ("H1223", "this HS jurisdiction is unknown"),
    ("H1224", "this HS edition is unknown"),
    ("H1225", "this is not of the form HS2022-CN-3002120090"),
    ("H1230", "this unit is unknown"),
    ("H1231", "this quantity is not a decimal number"),
    ("H1232", "this quantity is negative"),
    ("H1233", "this quantity has more decimals than its unit allows"),
    ("H1234", "this quantity is too large"),
    ("H1235", "quantities of different units cannot be combined"),
    ("H1236", "more would be taken away than there is"),
    ("H1237", "this is not a quantity with its unit"),
    ("H1240", "this scheme does not have 1 to 16 characters"),
    ("H1241", "this scheme holds a character other than a-z, 0-9 and hyphen"),
    ("H1242", "this code does not have 1 to 64 characters"),
    ("H1243", "this code holds a character that is not printable ASCII"),
];

impl CodeError {
    /// The stable code, `H1101` to `H1299`; listed in [`CODES`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InputTooLong { .. } => "H1101",
            Self::InputEmpty => "H1102",
            Self::UnknownForm { .. } => "H1103",
            Self::NotAscii { .. } => "H1104",
            Self::UnknownAi { .. } => "H1110",
            Self::MalformedBrackets { .. } => "H1111",
            Self::DuplicateAi { .. } => "H1112",
            Self::ElementLength { .. } => "H1113",
            Self::ElementCharacter { .. } => "H1114",
            Self::ElementDate { .. } => "H1115",
            Self::UnsupportedSymbology { .. } => "H1116",
            Self::MisplacedSeparator { .. } => "H1117",
            Self::NoGtin { .. } => "H1121",
            Self::NoLotOrSerial { .. } => "H1122",
            Self::AiMissing { .. } => "H1123",
            Self::AiExcluded { .. } => "H1124",
            Self::SerialMissing { .. } => "H1125",
            Self::SeparatorLost { .. } => "H1126",
            Self::NoSymbology { .. } => "H1127",
            Self::ScanForm { .. } => "H1128",
            Self::NoGs1Data { .. } => "H1129",
            Self::LinkScheme { .. } => "H1130",
            Self::LinkHost { .. } => "H1131",
            Self::LinkCharacter { .. } => "H1132",
            Self::LinkPercent { .. } => "H1133",
            Self::LinkNoKey { .. } => "H1134",
            Self::LinkSequence { .. } => "H1135",
            Self::LinkQualifierInQuery { .. } => "H1136",
            Self::OtherForm { .. } => "H1137",
            Self::LinkAttribute { .. } => "H1138",
            Self::LinkCompressed { .. } => "H1139",
            Self::ElementCheckDigit { .. } => "H1150",
            Self::ElementCheckPair { .. } => "H1151",
            Self::ElementTime { .. } => "H1152",
            Self::ElementUnlisted { .. } => "H1153",
            Self::ElementNumber { .. } => "H1154",
            Self::ElementPercent { .. } => "H1155",
            Self::ElementIban { .. } => "H1156",
            Self::ElementPrefix { .. } => "H1157",
            Self::ElementCoupon { .. } => "H1158",
            Self::ElementOnlyDigits { .. } => "H1159",
            Self::UnknownLinter { .. } => "H1160",
            Self::LinkControl { .. } => "H1170",
            Self::EpcForm { .. } => "H1171",
            Self::EpcScheme { .. } => "H1172",
            Self::EpcPart { .. } => "H1173",
            Self::EpcNone { .. } => "H1174",
            Self::CompanyPrefix { .. } => "H1175",
            Self::PrefixTableLong { .. } => "H1176",
            Self::PrefixTableHeading { .. } => "H1177",
            Self::PrefixTableRow { .. } => "H1178",
            Self::PrefixTableRepeated { .. } => "H1179",
            Self::GtinCharacter { .. } => "H1201",
            Self::GtinLength { .. } => "H1202",
            Self::GtinCheckDigit { .. } => "H1203",
            Self::SsccCharacter { .. } => "H1204",
            Self::SsccLength { .. } => "H1205",
            Self::SsccCheckDigit { .. } => "H1206",
            Self::GlnCharacter { .. } => "H1207",
            Self::GlnLength { .. } => "H1208",
            Self::GlnCheckDigit { .. } => "H1209",
            Self::LotLength { .. } => "H1210",
            Self::LotCharacter { .. } => "H1211",
            Self::SerialLength { .. } => "H1212",
            Self::SerialCharacter { .. } => "H1213",
            Self::HsCharacter { .. } => "H1220",
            Self::HsLength { .. } => "H1221",
            Self::HsChapter { .. } => "H1222",
            Self::HsJurisdiction { .. } => "H1223",
            Self::HsEdition { .. } => "H1224",
            Self::HsForm { .. } => "H1225",
            Self::UnknownUnit { .. } => "H1230",
            Self::QuantityNotANumber { .. } => "H1231",
            Self::QuantityNegative { .. } => "H1232",
            Self::QuantityTooPrecise { .. } => "H1233",
            Self::QuantityTooLarge { .. } => "H1234",
            Self::UnitMismatch { .. } => "H1235",
            Self::QuantityUnderflow { .. } => "H1236",
            Self::QuantityForm { .. } => "H1237",
            Self::SchemeLength { .. } => "H1240",
            Self::SchemeCharacter { .. } => "H1241",
            Self::OtherValueLength { .. } => "H1242",
            Self::OtherValueCharacter { .. } => "H1243",
        }
    }

    /// The short title of [`Self::code`], without the values: the first line of a report to a person.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let code = self.code();
        CODES.iter().find(|(known, _)| *known == code).map_or("", |(_, title)| *title)
    }

    /// Where the fault stands: the text that was read and the zero-based offset in it, for a caret under the character.
    #[must_use]
    pub fn caret(&self) -> Option<(&str, usize)> {
        match self {
            Self::NotAscii { input, position, .. }
            | Self::UnknownAi { input, position, .. }
            | Self::MalformedBrackets { input, position }
            | Self::ElementCharacter { input, position, .. }
            | Self::ElementDate { input, position, .. }
            | Self::MisplacedSeparator { input, position }
            | Self::SeparatorLost { input, position, .. }
            | Self::ElementCheckDigit { input, position, .. }
            | Self::ElementCheckPair { input, position, .. }
            | Self::ElementTime { input, position, .. }
            | Self::ElementUnlisted { input, position, .. }
            | Self::ElementNumber { input, position, .. }
            | Self::ElementPercent { input, position, .. }
            | Self::ElementIban { input, position, .. }
            | Self::ElementPrefix { input, position, .. }
            | Self::ElementCoupon { input, position, .. }
            | Self::LinkHost { input, position }
            | Self::LinkCharacter { input, position, .. }
            | Self::LinkPercent { input, position }
            | Self::LinkControl { input, position, .. }
            | Self::GtinCharacter { input, position, .. }
            | Self::GtinCheckDigit { input, position, .. }
            | Self::SsccCharacter { input, position, .. }
            | Self::SsccCheckDigit { input, position, .. }
            | Self::GlnCharacter { input, position, .. }
            | Self::GlnCheckDigit { input, position, .. }
            | Self::LotCharacter { input, position, .. }
            | Self::SerialCharacter { input, position, .. }
            | Self::HsCharacter { input, position, .. }
            | Self::SchemeCharacter { input, position, .. }
            | Self::OtherValueCharacter { input, position, .. } => Some((input, *position)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every code that `code()` can return, read from this file, so that a new variant cannot be forgotten in `CODES`.
    fn codes_of_variants() -> Vec<String> {
        let source = include_str!("error.rs");
        let body = source.split("pub fn code(&self)").nth(1).unwrap().split("pub fn title").next().unwrap();
        body.lines().filter_map(|line| line.split_once("=> \"")).map(|(_, rest)| rest[..5].to_owned()).collect()
    }

    #[test]
    fn codes_are_complete_unique_and_in_range() {
        let listed: Vec<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(listed, codes_of_variants());
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), CODES.len());
        assert_eq!(CODES.iter().map(|(_, title)| title).collect::<BTreeSet<_>>().len(), CODES.len());
        assert!(listed.iter().all(|code| ("H1101".."H1300").contains(&code.as_str())));
        assert!(listed.is_sorted());
    }

    #[test]
    fn titles_and_carets() {
        let error = CodeError::LotCharacter { input: "A B".into(), position: 1, found: ' ' };
        assert_eq!(error.title(), "this lot holds a character outside GS1 character set 82");
        assert_eq!(error.caret(), Some(("A B", 1)));
        assert_eq!(CodeError::InputEmpty.caret(), None);
    }

    #[test]
    fn errors_are_small() {
        assert!(size_of::<CodeError>() <= 96);
    }
}

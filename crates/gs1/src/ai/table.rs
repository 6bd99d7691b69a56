//! The table of all application identifiers: their formats, what must and what may not stand beside them, and their
//! place in a Digital Link (General Specifications 3.2 and 4.13 to 4.15; GS1 Digital Link Standard: URI Syntax 4).
//!
//! Formats are named as in the General Specifications: `N6` six digits, `X_20` up to twenty characters of set 82. In
//! patterns of identifiers `n` stands for any digit.
use super::{AiRule, Content, Kind, Part};
use crate::lint::Linter as L;

const fn part(kind: Kind, min: usize, max: usize, linters: &'static [L]) -> Part {
    Part { kind, min, max, optional: false, linters }
}

/// Digits.
const fn n(min: usize, max: usize, linters: &'static [L]) -> Part {
    part(Kind::Digits, min, max, linters)
}

/// Characters of set 82.
const fn x(min: usize, max: usize, linters: &'static [L]) -> Part {
    part(Kind::Set82, min, max, linters)
}

/// Characters of set 39.
const fn y(min: usize, max: usize, linters: &'static [L]) -> Part {
    part(Kind::Set39, min, max, linters)
}

/// Characters of set 64.
const fn z(min: usize, max: usize, linters: &'static [L]) -> Part {
    part(Kind::Set64, min, max, linters)
}

impl Part {
    const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

// Formats without a meaning of their own.
const N2: &[Part] = &[n(2, 2, &[])];
const N4: &[Part] = &[n(4, 4, &[])];
const N6: &[Part] = &[n(6, 6, &[])];
const N13: &[Part] = &[n(13, 13, &[])];
const N15: &[Part] = &[n(15, 15, &[])];
const N32: &[Part] = &[n(32, 32, &[])];
const N_4: &[Part] = &[n(1, 4, &[])];
const N_6: &[Part] = &[n(1, 6, &[])];
const N_8: &[Part] = &[n(1, 8, &[])];
const N_10: &[Part] = &[n(1, 10, &[])];
const N_15: &[Part] = &[n(1, 15, &[])];
const X_2: &[Part] = &[x(1, 2, &[])];
const X_3: &[Part] = &[x(1, 3, &[])];
const X_10: &[Part] = &[x(1, 10, &[])];
const X_12: &[Part] = &[x(1, 12, &[])];
const X_20: &[Part] = &[x(1, 20, &[])];
const X_25: &[Part] = &[x(1, 25, &[])];
const X_28: &[Part] = &[x(1, 28, &[])];
const X_30: &[Part] = &[x(1, 30, &[])];
const X_50: &[Part] = &[x(1, 50, &[])];
const X_70: &[Part] = &[x(1, 70, &[])];
const X_90: &[Part] = &[x(1, 90, &[])];
const Z_90: &[Part] = &[z(1, 90, &[])];
const PCX_35: &[Part] = &[x(1, 35, &[L::PcEnc])];
const PCX_40: &[Part] = &[x(1, 40, &[L::PcEnc])];
const PCX_70: &[Part] = &[x(1, 70, &[L::PcEnc])];
const PCX_90: &[Part] = &[x(1, 90, &[L::PcEnc])];

// Keys.
const SSCC: &[Part] = &[n(18, 18, &[L::Csum, L::GcpPos2])];
const GTIN: &[Part] = &[n(14, 14, &[L::Csum, L::GcpPos2])];
const GLN: &[Part] = &[n(13, 13, &[L::Csum, L::GcpPos1])];
const GDTI: &[Part] = &[n(13, 13, &[L::Csum, L::GcpPos1]), x(1, 17, &[]).optional()];
const GCN: &[Part] = &[n(13, 13, &[L::Csum, L::GcpPos1]), n(1, 12, &[]).optional()];
const GSIN: &[Part] = &[n(17, 17, &[L::Csum, L::GcpPos1])];
const GRAI: &[Part] = &[n(1, 1, &[L::Zero]), n(13, 13, &[L::Csum, L::GcpPos1]), x(1, 16, &[]).optional()];
const GIAI: &[Part] = &[x(1, 30, &[L::GcpPos1])];
const ITIP: &[Part] = &[n(14, 14, &[L::Csum, L::GcpPos2]), n(4, 4, &[L::PieceOfTotal])];
const CPID: &[Part] = &[y(1, 30, &[L::GcpPos1])];
const GMN: &[Part] = &[x(1, 25, &[L::CsumAlpha, L::GcpPos1])];
const MUDI: &[Part] = &[x(1, 25, &[L::CsumAlpha, L::GcpPos1, L::HasNonDigit])];
const GSRN: &[Part] = &[n(18, 18, &[L::Csum, L::GcpPos1])];

// Formats with a meaning.
const DATE: &[Part] = &[n(6, 6, &[L::YyMmD0])];
const MONEY: &[Part] = &[n(3, 3, &[L::Iso4217]), n(1, 15, &[])];
const POST_CODE: &[Part] = &[n(3, 3, &[L::Iso3166]), x(1, 9, &[])];
const COUNTRY: &[Part] = &[n(3, 3, &[L::Iso3166])];
const COUNTRIES: &[Part] = &[
    n(3, 3, &[L::Iso3166]),
    n(3, 3, &[L::Iso3166]).optional(),
    n(3, 3, &[L::Iso3166]).optional(),
    n(3, 3, &[L::Iso3166]).optional(),
    n(3, 3, &[L::Iso3166]).optional(),
];
const COUNTRY_ALPHA2: &[Part] = &[x(2, 2, &[L::Iso3166Alpha2])];
const PLACE: &[Part] = &[n(10, 10, &[L::Latitude]), n(10, 10, &[L::Longitude])];
const YES_NO: &[Part] = &[n(1, 1, &[L::YesNo])];
const DATE_TIME: &[Part] = &[n(6, 6, &[L::YyMmD0]), n(4, 4, &[L::HhMi])];
const DAY: &[Part] = &[n(6, 6, &[L::YyMmDd])];
const TEMPERATURE: &[Part] = &[n(6, 6, &[]), x(1, 1, &[L::Hyphen]).optional()];
const DAY_TIME: &[Part] = &[n(6, 6, &[L::YyMmDd]), n(4, 4, &[L::HhMi])];
const DAYS: &[Part] = &[n(6, 6, &[L::YyMmDd]), n(6, 6, &[L::YyMmDd]).optional()];
const DAY_OR_TIME: &[Part] = &[n(6, 6, &[L::YyMmDd]), n(4, 4, &[L::HhMi]).optional()];
const PROCESSOR: &[Part] = &[n(3, 3, &[L::Iso3166Or999]), x(1, 27, &[])];
const UIC: &[Part] = &[n(1, 1, &[]), x(1, 1, &[]), x(1, 1, &[]), x(1, 1, &[L::ImporterIdx])];
const PACKAGE: &[Part] = &[x(1, 4, &[L::PackageType])];
const CERTIFICATE: &[Part] = &[x(2, 2, &[]), x(1, 28, &[])];
const MEDIA: &[Part] = &[n(2, 2, &[L::MediaType])];
const BIRTH_DAY: &[Part] = &[n(8, 8, &[L::YyyyMmDd])];
const BIRTH_TIME: &[Part] = &[n(8, 8, &[L::YyyyMmDd]), n(4, 4, &[L::HhMi])];
const SEX: &[Part] = &[n(1, 1, &[L::Iso5218])];
const SEQUENCE: &[Part] = &[x(3, 3, &[L::PosInSeqSlash])];
const ROLL: &[Part] =
    &[n(4, 4, &[L::NonZero]), n(5, 5, &[L::NonZero]), n(3, 3, &[L::NonZero]), n(1, 1, &[L::Winding]), n(1, 1, &[])];
const IBAN: &[Part] = &[x(1, 34, &[L::Iban])];
const PRODUCED: &[Part] =
    &[n(6, 6, &[L::YyMmDd]), n(2, 2, &[L::Hh]), n(2, 2, &[L::Mi]).optional(), n(2, 2, &[L::Ss]).optional()];
const CPID_SERIAL: &[Part] = &[n(1, 12, &[L::NoZeroPrefix])];
const PSIM: &[Part] = &[n(18, 18, &[]), n(1, 2, &[]).optional()];
const COUPON: &[Part] = &[x(1, 70, &[L::CouponCode])];
const OFFER: &[Part] = &[x(1, 70, &[L::CouponPosOffer])];

/// Alternatives, each of identifiers of which all must stand there.
type Groups = &'static [&'static [&'static str]];

const OF_GTIN: Groups = &[&["01"]];
const OF_GTIN_OR_CONTENT: Groups = &[&["01"], &["02"]];
const OF_ANY_GTIN: Groups = &[&["01"], &["02"], &["03"]];
const OF_TRADE_ITEM: Groups = &[&["01"], &["02"], &["03"], &["8006"], &["8026"]];
const OF_UNIT: Groups = &[&["00"]];
const OF_UNIT_OR_GTIN: Groups = &[&["00"], &["01"]];
const OF_GTIN_OR_ASSET: Groups = &[&["01"], &["8004"]];
const OF_PERSON: Groups = &[&["8017"], &["8018"]];
const OF_RECIPIENT: Groups = &[&["8018"]];
const OF_MADE_ITEM: Groups = &[&["01"], &["03"], &["8006"]];
const OF_DEVICE: Groups = &[&["01", "21", "8040"]];
const OF_MEASURE: Groups = &[&["30"], &["31nn"], &["32nn"], &["35nn"], &["36nn"]];
const OF_MEASURED_GTIN: Groups = &[&["01", "30"], &["01", "31nn"], &["01", "32nn"], &["01", "35nn"], &["01", "36nn"]];
const OF_SINGLE_THING: Groups = &[
    &["00"],
    &["01", "21"],
    &["03", "21"],
    &["253"],
    &["255"],
    &["8003"],
    &["8004"],
    &["8006", "21"],
    &["8010", "8011"],
    &["8017"],
    &["8018"],
];

const fn open(ai: &'static str, title: &'static str, parts: &'static [Part]) -> AiRule {
    AiRule {
        first: ai,
        last: ai,
        title,
        content: Content::Parts,
        parts,
        predefined: false,
        requires: &[],
        excludes: &[],
        dl_key: false,
        dl_qualifiers: &[],
        dl_attribute: true,
    }
}

const fn fixed(ai: &'static str, title: &'static str, parts: &'static [Part]) -> AiRule {
    let mut rule = open(ai, title, parts);
    rule.predefined = true;
    rule
}

impl AiRule {
    const fn through(mut self, last: &'static str) -> Self {
        self.last = last;
        self
    }

    const fn of(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    const fn needs(mut self, groups: Groups) -> Self {
        self.requires = groups;
        self
    }

    const fn without(mut self, patterns: &'static [&'static str]) -> Self {
        self.excludes = patterns;
        self
    }

    const fn key(mut self, qualifiers: Groups) -> Self {
        self.dl_key = true;
        self.dl_qualifiers = qualifiers;
        self
    }

    const fn not_in_query(mut self) -> Self {
        self.dl_attribute = false;
        self
    }
}

/// The table, in order of identifier.
#[rustfmt::skip] // one row, one line: a table is read down its columns
pub const TABLE: &[AiRule] = &[
    fixed("00", "SSCC", SSCC).of(Content::Sscc).key(&[]),
    fixed("01", "GTIN", GTIN).of(Content::Gtin).without(&["255", "37"]).key(&[&["22", "10", "21"], &["235"]]),
    fixed("02", "CONTENT", GTIN).of(Content::Gtin).without(&["01", "03"]).needs(&[&["37"]]),
    fixed("03", "MTO GTIN", GTIN).of(Content::Gtin).not_in_query().without(&["01", "02", "37", "235"]),
    open("10", "BATCH/LOT", X_20).of(Content::Lot).needs(OF_TRADE_ITEM),
    fixed("11", "PROD DATE", DATE).needs(OF_TRADE_ITEM),
    fixed("12", "DUE DATE", DATE).needs(&[&["8020"]]),
    fixed("13", "PACK DATE", DATE).needs(OF_TRADE_ITEM),
    fixed("15", "BEST BEFORE or BEST BY", DATE).needs(OF_TRADE_ITEM),
    fixed("16", "SELL BY", DATE).needs(OF_TRADE_ITEM),
    fixed("17", "USE BY or EXPIRY", DATE).needs(&[&["01"], &["02"], &["03"], &["255"], &["8006"], &["8026"]]),
    fixed("20", "VARIANT", N2).needs(OF_TRADE_ITEM),
    open("21", "SERIAL", X_20).of(Content::Serial).not_in_query().needs(OF_MADE_ITEM).without(&["235"]),
    open("22", "CPV", X_20).not_in_query().needs(OF_GTIN),
    open("235", "TPX", X_28).not_in_query().needs(OF_GTIN),
    open("240", "ADDITIONAL ID", X_30).needs(OF_TRADE_ITEM),
    open("241", "CUST. PART No.", X_30).needs(OF_TRADE_ITEM),
    open("242", "MTO VARIANT", N_6).needs(&[&["01"], &["02"], &["8006"], &["8026"]]),
    open("243", "PCN", X_20).needs(&[&["01"], &["03"]]),
    open("250", "SECONDARY SERIAL", X_30).needs(&[&["01", "21"], &["03", "21"], &["8006", "21"]]),
    open("251", "REF. TO SOURCE", X_30).needs(OF_MADE_ITEM),
    open("253", "GDTI", GDTI).key(&[]),
    open("254", "GLN EXTENSION COMPONENT", X_20).not_in_query().needs(&[&["414"]]),
    open("255", "GCN", GCN).key(&[]).without(&["01", "02", "415", "8006", "8020", "8026"]),
    open("30", "VAR. COUNT", N_8).needs(OF_GTIN_OR_CONTENT),
    fixed("3100", "NET WEIGHT (kg)", N6).through("3105").needs(OF_GTIN_OR_CONTENT).without(&["310n"]),
    fixed("3110", "LENGTH (m)", N6).through("3115").needs(OF_GTIN_OR_CONTENT).without(&["311n"]),
    fixed("3120", "WIDTH (m)", N6).through("3125").needs(OF_GTIN_OR_CONTENT).without(&["312n"]),
    fixed("3130", "HEIGHT (m)", N6).through("3135").needs(OF_GTIN_OR_CONTENT).without(&["313n"]),
    fixed("3140", "AREA (m²)", N6).through("3145").needs(OF_GTIN_OR_CONTENT).without(&["314n"]),
    fixed("3150", "NET VOLUME (l)", N6).through("3155").needs(OF_GTIN_OR_CONTENT).without(&["315n"]),
    fixed("3160", "NET VOLUME (m³)", N6).through("3165").needs(OF_GTIN_OR_CONTENT).without(&["316n"]),
    fixed("3200", "NET WEIGHT (lb)", N6).through("3205").needs(OF_GTIN_OR_CONTENT).without(&["320n"]),
    fixed("3210", "LENGTH (in)", N6).through("3215").needs(OF_GTIN_OR_CONTENT).without(&["321n"]),
    fixed("3220", "LENGTH (ft)", N6).through("3225").needs(OF_GTIN_OR_CONTENT).without(&["322n"]),
    fixed("3230", "LENGTH (yd)", N6).through("3235").needs(OF_GTIN_OR_CONTENT).without(&["323n"]),
    fixed("3240", "WIDTH (in)", N6).through("3245").needs(OF_GTIN_OR_CONTENT).without(&["324n"]),
    fixed("3250", "WIDTH (ft)", N6).through("3255").needs(OF_GTIN_OR_CONTENT).without(&["325n"]),
    fixed("3260", "WIDTH (yd)", N6).through("3265").needs(OF_GTIN_OR_CONTENT).without(&["326n"]),
    fixed("3270", "HEIGHT (in)", N6).through("3275").needs(OF_GTIN_OR_CONTENT).without(&["327n"]),
    fixed("3280", "HEIGHT (ft)", N6).through("3285").needs(OF_GTIN_OR_CONTENT).without(&["328n"]),
    fixed("3290", "HEIGHT (yd)", N6).through("3295").needs(OF_GTIN_OR_CONTENT).without(&["329n"]),
    fixed("3300", "GROSS WEIGHT (kg)", N6).through("3305").needs(OF_UNIT_OR_GTIN).without(&["330n"]),
    fixed("3310", "LENGTH (m), log", N6).through("3315").needs(OF_UNIT_OR_GTIN).without(&["331n"]),
    fixed("3320", "WIDTH (m), log", N6).through("3325").needs(OF_UNIT_OR_GTIN).without(&["332n"]),
    fixed("3330", "HEIGHT (m), log", N6).through("3335").needs(OF_UNIT_OR_GTIN).without(&["333n"]),
    fixed("3340", "AREA (m²), log", N6).through("3345").needs(OF_UNIT_OR_GTIN).without(&["334n"]),
    fixed("3350", "VOLUME (l), log", N6).through("3355").needs(OF_UNIT_OR_GTIN).without(&["335n"]),
    fixed("3360", "VOLUME (m³), log", N6).through("3365").needs(OF_UNIT_OR_GTIN).without(&["336n"]),
    fixed("3370", "KG PER m²", N6).through("3375").needs(OF_GTIN).without(&["337n"]),
    fixed("3400", "GROSS WEIGHT (lb)", N6).through("3405").needs(OF_UNIT_OR_GTIN).without(&["340n"]),
    fixed("3410", "LENGTH (in), log", N6).through("3415").needs(OF_UNIT_OR_GTIN).without(&["341n"]),
    fixed("3420", "LENGTH (ft), log", N6).through("3425").needs(OF_UNIT_OR_GTIN).without(&["342n"]),
    fixed("3430", "LENGTH (yd), log", N6).through("3435").needs(OF_UNIT_OR_GTIN).without(&["343n"]),
    fixed("3440", "WIDTH (in), log", N6).through("3445").needs(OF_UNIT_OR_GTIN).without(&["344n"]),
    fixed("3450", "WIDTH (ft), log", N6).through("3455").needs(OF_UNIT_OR_GTIN).without(&["345n"]),
    fixed("3460", "WIDTH (yd), log", N6).through("3465").needs(OF_UNIT_OR_GTIN).without(&["346n"]),
    fixed("3470", "HEIGHT (in), log", N6).through("3475").needs(OF_UNIT_OR_GTIN).without(&["347n"]),
    fixed("3480", "HEIGHT (ft), log", N6).through("3485").needs(OF_UNIT_OR_GTIN).without(&["348n"]),
    fixed("3490", "HEIGHT (yd), log", N6).through("3495").needs(OF_UNIT_OR_GTIN).without(&["349n"]),
    fixed("3500", "AREA (in²)", N6).through("3505").needs(OF_GTIN_OR_CONTENT).without(&["350n"]),
    fixed("3510", "AREA (ft²)", N6).through("3515").needs(OF_GTIN_OR_CONTENT).without(&["351n"]),
    fixed("3520", "AREA (yd²)", N6).through("3525").needs(OF_GTIN_OR_CONTENT).without(&["352n"]),
    fixed("3530", "AREA (in²), log", N6).through("3535").needs(OF_UNIT_OR_GTIN).without(&["353n"]),
    fixed("3540", "AREA (ft²), log", N6).through("3545").needs(OF_UNIT_OR_GTIN).without(&["354n"]),
    fixed("3550", "AREA (yd²), log", N6).through("3555").needs(OF_UNIT_OR_GTIN).without(&["355n"]),
    fixed("3560", "NET WEIGHT (tr oz)", N6).through("3565").needs(OF_GTIN_OR_CONTENT).without(&["356n"]),
    fixed("3570", "NET VOLUME (oz)", N6).through("3575").needs(OF_GTIN_OR_CONTENT).without(&["357n"]),
    fixed("3600", "NET VOLUME (qt (US))", N6).through("3605").needs(OF_GTIN_OR_CONTENT).without(&["360n"]),
    fixed("3610", "NET VOLUME (gal.)", N6).through("3615").needs(OF_GTIN_OR_CONTENT).without(&["361n"]),
    fixed("3620", "VOLUME (qt (US)), log", N6).through("3625").needs(OF_UNIT_OR_GTIN).without(&["362n"]),
    fixed("3630", "VOLUME (gal (US)), log", N6).through("3635").needs(OF_UNIT_OR_GTIN).without(&["363n"]),
    fixed("3640", "NET VOLUME (in³)", N6).through("3645").needs(OF_GTIN_OR_CONTENT).without(&["364n"]),
    fixed("3650", "NET VOLUME (ft³)", N6).through("3655").needs(OF_GTIN_OR_CONTENT).without(&["365n"]),
    fixed("3660", "NET VOLUME (yd³)", N6).through("3665").needs(OF_GTIN_OR_CONTENT).without(&["366n"]),
    fixed("3670", "VOLUME (in³), log", N6).through("3675").needs(OF_UNIT_OR_GTIN).without(&["367n"]),
    fixed("3680", "VOLUME (ft³), log", N6).through("3685").needs(OF_UNIT_OR_GTIN).without(&["368n"]),
    fixed("3690", "VOLUME (yd³), log", N6).through("3695").needs(OF_UNIT_OR_GTIN).without(&["369n"]),
    open("37", "COUNT", N_8).needs(&[&["00", "02"], &["00", "8026"]]),
    open("3900", "AMOUNT", N_15).through("3909").needs(&[&["255"], &["8020"]]).without(&["390n", "391n", "394n", "8111"]),
    open("3910", "AMOUNT", MONEY).through("3919").needs(&[&["8020"]]).without(&["391n"]),
    open("3920", "PRICE", N_15).through("3929").needs(OF_MEASURED_GTIN).without(&["392n", "393n"]),
    open("3930", "PRICE", MONEY).through("3939").needs(OF_MEASURE).without(&["393n"]),
    open("3940", "PRCNT OFF", N4).through("3943").needs(&[&["255"]]).without(&["394n", "8111"]),
    open("3950", "PRICE/UoM", N6).through("3955").needs(OF_MEASURE).without(&["392n", "393n", "395n", "8005"]),
    open("400", "ORDER NUMBER", X_30),
    open("401", "GINC", GIAI).key(&[]),
    open("402", "GSIN", GSIN).key(&[]),
    open("403", "ROUTE", X_30).needs(OF_UNIT),
    fixed("410", "SHIP TO LOC", GLN).of(Content::Gln),
    fixed("411", "BILL TO", GLN).of(Content::Gln),
    fixed("412", "PURCHASE FROM", GLN).of(Content::Gln),
    fixed("413", "SHIP FOR LOC", GLN).of(Content::Gln),
    fixed("414", "LOC No.", GLN).of(Content::Gln).key(&[&["254"], &["7040"]]),
    fixed("415", "PAY TO", GLN).of(Content::Gln).needs(&[&["8020"]]).key(&[&["8020"]]),
    fixed("416", "PROD/SERV LOC", GLN).of(Content::Gln),
    fixed("417", "PARTY", GLN).of(Content::Gln).key(&[&["7040"]]),
    open("420", "SHIP TO POST", X_20).without(&["421"]),
    open("421", "SHIP TO POST", POST_CODE).without(&["4307"]),
    open("422", "ORIGIN", COUNTRY).of(Content::Origin).needs(OF_TRADE_ITEM).without(&["426"]),
    open("423", "COUNTRY - INITIAL PROCESS", COUNTRIES).needs(OF_ANY_GTIN).without(&["426"]),
    open("424", "COUNTRY - PROCESS", COUNTRY).needs(OF_ANY_GTIN).without(&["426"]),
    open("425", "COUNTRY - DISASSEMBLY", COUNTRIES).needs(OF_ANY_GTIN).without(&["426"]),
    open("426", "COUNTRY - FULL PROCESS", COUNTRY).needs(OF_ANY_GTIN),
    open("427", "ORIGIN SUBDIVISION", X_3).needs(&[&["01", "422"], &["02", "422"], &["03", "422"]]),
    open("4300", "SHIP TO COMP", PCX_35).needs(OF_UNIT),
    open("4301", "SHIP TO NAME", PCX_35).needs(OF_UNIT),
    open("4302", "SHIP TO ADD1", PCX_70).needs(OF_UNIT),
    open("4303", "SHIP TO ADD2", PCX_70).needs(&[&["4302"]]),
    open("4304", "SHIP TO SUB", PCX_70).needs(OF_UNIT),
    open("4305", "SHIP TO LOC", PCX_70).needs(OF_UNIT),
    open("4306", "SHIP TO REG", PCX_70).needs(OF_UNIT),
    open("4307", "SHIP TO COUNTRY", COUNTRY_ALPHA2).needs(OF_UNIT),
    open("4308", "SHIP TO PHONE", X_30).needs(OF_UNIT),
    open("4309", "SHIP TO GEO", PLACE).needs(OF_UNIT),
    open("4310", "RTN TO COMP", PCX_35).needs(OF_UNIT),
    open("4311", "RTN TO NAME", PCX_35).needs(OF_UNIT),
    open("4312", "RTN TO ADD1", PCX_70).needs(OF_UNIT),
    open("4313", "RTN TO ADD2", PCX_70).needs(&[&["4312"]]),
    open("4314", "RTN TO SUB", PCX_70).needs(OF_UNIT),
    open("4315", "RTN TO LOC", PCX_70).needs(OF_UNIT),
    open("4316", "RTN TO REG", PCX_70).needs(OF_UNIT),
    open("4317", "RTN TO COUNTRY", COUNTRY_ALPHA2).needs(OF_UNIT),
    open("4318", "RTN TO POST", X_20).needs(OF_UNIT),
    open("4319", "RTN TO PHONE", X_30).needs(OF_UNIT),
    open("4320", "SRV DESCRIPTION", PCX_35).needs(OF_UNIT),
    open("4321", "DANGEROUS GOODS", YES_NO).needs(OF_UNIT),
    open("4322", "AUTH TO LEAVE", YES_NO).needs(OF_UNIT),
    open("4323", "SIG REQUIRED", YES_NO).needs(OF_UNIT),
    open("4324", "NOT BEF DEL DT", DATE_TIME).needs(OF_UNIT),
    open("4325", "NOT AFT DEL DT", DATE_TIME).needs(OF_UNIT),
    open("4326", "REL DATE", DAY).needs(OF_UNIT),
    open("4330", "MAX TEMP F.", TEMPERATURE).needs(OF_UNIT).without(&["4331"]),
    open("4331", "MAX TEMP C.", TEMPERATURE).needs(OF_UNIT).without(&["4330"]),
    open("4332", "MIN TEMP F.", TEMPERATURE).needs(OF_UNIT).without(&["4333"]),
    open("4333", "MIN TEMP C.", TEMPERATURE).needs(OF_UNIT).without(&["4332"]),
    open("7001", "NSN", N13).needs(&[&["01"], &["02"], &["8006"], &["8026"]]),
    open("7002", "MEAT CUT", X_30).needs(OF_GTIN_OR_CONTENT),
    open("7003", "EXPIRY TIME", DAY_TIME).needs(OF_ANY_GTIN),
    open("7004", "ACTIVE POTENCY", N_4).needs(&[&["01", "10"], &["03", "10"]]),
    open("7005", "CATCH AREA", X_12).needs(OF_GTIN_OR_CONTENT),
    open("7006", "FIRST FREEZE DATE", DAY).needs(OF_GTIN_OR_CONTENT),
    open("7007", "HARVEST DATE", DAYS).needs(OF_GTIN_OR_CONTENT),
    open("7008", "AQUATIC SPECIES", X_3).needs(OF_GTIN_OR_CONTENT),
    open("7009", "FISHING GEAR TYPE", X_10).needs(OF_GTIN_OR_CONTENT),
    open("7010", "PROD METHOD", X_2).needs(OF_ANY_GTIN),
    open("7011", "TEST BY DATE", DAY_OR_TIME).needs(OF_ANY_GTIN),
    open("7020", "REFURB LOT", X_20).needs(&[&["01", "416"], &["03", "416"], &["8006", "416"]]),
    open("7021", "FUNC STAT", X_20).needs(OF_MADE_ITEM),
    open("7022", "REV STAT", X_20).needs(&[&["01", "7021"], &["03", "7021"], &["8006", "7021"]]),
    open("7023", "GIAI - ASSEMBLY", GIAI),
    open("7030", "PROCESSOR # 0", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7031", "PROCESSOR # 1", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7032", "PROCESSOR # 2", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7033", "PROCESSOR # 3", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7034", "PROCESSOR # 4", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7035", "PROCESSOR # 5", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7036", "PROCESSOR # 6", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7037", "PROCESSOR # 7", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7038", "PROCESSOR # 8", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7039", "PROCESSOR # 9", PROCESSOR).needs(OF_GTIN_OR_CONTENT),
    open("7040", "UIC+EXT", UIC).not_in_query(),
    open("7041", "UFRGT UNIT TYPE", PACKAGE).not_in_query().needs(OF_UNIT),
    open("710", "NHRN PZN", X_20).needs(OF_GTIN),
    open("711", "NHRN CIP", X_20).needs(OF_GTIN),
    open("712", "NHRN CN", X_20).needs(OF_GTIN),
    open("713", "NHRN DRN", X_20).needs(OF_GTIN),
    open("714", "NHRN AIM", X_20).needs(OF_GTIN),
    open("715", "NHRN NDC", X_20).needs(OF_GTIN),
    open("716", "NHRN AIC", X_20).needs(OF_GTIN),
    open("717", "NHRN SRN", X_20).needs(OF_GTIN),
    open("7230", "CERT # 1", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7231", "CERT # 2", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7232", "CERT # 3", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7233", "CERT # 4", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7234", "CERT # 5", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7235", "CERT # 6", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7236", "CERT # 7", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7237", "CERT # 8", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7238", "CERT # 9", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7239", "CERT # 10", CERTIFICATE).needs(OF_GTIN_OR_ASSET),
    open("7240", "PROTOCOL", X_20).needs(&[&["01"], &["8006"]]).without(&["03"]),
    open("7241", "AIDC MEDIA TYPE", MEDIA).needs(OF_PERSON),
    open("7242", "VCN", X_25).needs(OF_PERSON),
    open("7250", "DOB", BIRTH_DAY).needs(OF_RECIPIENT).without(&["7251"]),
    open("7251", "DOB TIME", BIRTH_TIME).needs(OF_RECIPIENT).without(&["7250"]),
    open("7252", "BIO SEX", SEX).needs(OF_RECIPIENT),
    open("7253", "FAMILY NAME", PCX_40).needs(OF_PERSON).without(&["7256", "7259"]),
    open("7254", "GIVEN NAME", PCX_40).needs(OF_PERSON).without(&["7256", "7259"]),
    open("7255", "SUFFIX", X_10).needs(OF_PERSON).without(&["7256", "7259"]),
    open("7256", "FULL NAME", PCX_90).needs(OF_PERSON),
    open("7257", "PERSON ADDR", PCX_70).needs(OF_RECIPIENT),
    open("7258", "BIRTH SEQUENCE", SEQUENCE).needs(&[&["8018", "7259"]]),
    open("7259", "BABY", PCX_40).needs(OF_RECIPIENT).without(&["7256"]),
    open("8001", "DIMENSIONS", ROLL).needs(OF_GTIN),
    open("8002", "CMT No.", X_20),
    open("8003", "GRAI", GRAI).key(&[]),
    open("8004", "GIAI", GIAI).key(&[&["7040"]]),
    open("8005", "PRICE PER UNIT", N6).needs(OF_GTIN_OR_CONTENT),
    open("8006", "ITIP", ITIP).without(&["01", "03", "37"]).key(&[&["22", "10", "21"]]),
    open("8007", "IBAN", IBAN).needs(&[&["415"]]),
    open("8008", "PROD TIME", PRODUCED).needs(OF_ANY_GTIN),
    open("8009", "OPTSEN", X_50).needs(&[&["00"], &["01"], &["03"]]),
    open("8010", "CPID", CPID).key(&[&["8011"]]),
    open("8011", "CPID SERIAL", CPID_SERIAL).not_in_query().needs(&[&["8010"]]),
    open("8012", "VERSION", X_20).needs(OF_MADE_ITEM),
    open("8013", "GMN", GMN).key(&[]),
    open("8014", "MUDI", MUDI).not_in_query().needs(OF_GTIN),
    open("8017", "GSRN - PROVIDER", GSRN).without(&["8018"]).key(&[&["8019"]]),
    open("8018", "GSRN - RECIPIENT", GSRN).without(&["8017"]).key(&[&["8019"]]),
    open("8019", "SRIN", N_10).not_in_query().needs(OF_PERSON),
    open("8020", "REF No.", X_25).not_in_query().needs(&[&["415"]]),
    open("8026", "ITIP CONTENT", ITIP).needs(&[&["37"]]).without(&["02", "03", "8006"]),
    open("8030", "DIGSIG", Z_90).needs(OF_SINGLE_THING),
    open("8040", "IMEI", N15).not_in_query().needs(&[&["01", "21"]]),
    open("8041", "IMEI2", N15).not_in_query().needs(OF_DEVICE),
    open("8042", "ESIM", N32).not_in_query().needs(OF_DEVICE),
    open("8043", "PSIM", PSIM).not_in_query().needs(OF_DEVICE),
    open("8110", "", COUPON),
    open("8111", "POINTS", N4).needs(&[&["255"]]),
    open("8112", "", OFFER),
    open("8200", "PRODUCT URL", X_70).not_in_query().needs(OF_GTIN),
    open("90", "INTERNAL", X_30),
    open("91", "INTERNAL", X_90).through("99"),
];

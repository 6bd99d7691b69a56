//! The small words of a pack, each with one way to read it and one to write it. What cannot be read says what could be.

use ledger::{
    Act, Role, Text,
    calendar::Date,
    operation::Registry,
    policy::{Condition, KindTag, Rule, SignerNeed, SignerSet, Who},
    record::AgencyFunction,
};
use std::str::FromStr;

/// Days of the week, in the order of the bits of a calendar's weekend.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The one with this word.
pub(super) fn one_of<T: Copy>(word: &str, what: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|one| name(*one) == word).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        format!("{word:?} is no {what}: {} are", names.join(", "))
    })
}

pub(super) fn read_text<const MAX: usize>(text: &str) -> Result<Text<MAX>, String> {
    Text::new(text).map_err(|error| error.to_string())
}

pub(super) fn read_rule(word: &str) -> Result<Rule, String> {
    word.parse().map_err(|_| format!("{word:?} is no rule: R1 to R33 are"))
}

pub(super) fn read_act(word: &str) -> Result<Act, String> {
    let act = Act::ALL.into_iter().find(|act| act.name() == word);
    act.ok_or_else(|| format!("this program knows no act {word:?}"))
}

/// A whole number in decimal digits, without sign and leading zeros.
fn number<T: FromStr>(digits: &str) -> Option<T> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

// ----------------------------------------------------------------------------------------------------------- signers

fn every_who() -> Vec<Who> {
    let words = [Who::Principal, Who::Counterpart, Who::AnyAgency, Who::Anyone];
    words.into_iter().chain(AgencyFunction::ALL.map(Who::Agency)).chain(KindTag::ALL.map(Who::Kind)).collect()
}

fn who_word(who: Who) -> &'static str {
    match who {
        Who::Principal => "principal",
        Who::Counterpart => "counterpart",
        Who::AnyAgency => "any-agency",
        Who::Anyone => "anyone",
        Who::Agency(function) => function.name(),
        Who::Kind(kind) => kind.name(),
    }
}

pub(super) fn read_need(word: &str) -> Result<SignerNeed, String> {
    let (role, who) =
        word.split_once('@').ok_or_else(|| format!("{word:?} is no signer: write capacity@organisation"))?;
    let (who, many) = match who.strip_suffix('+') {
        Some(who) => (who, true),
        None => (who, false),
    };
    let role = one_of(role, "capacity", &Role::ALL, Role::name)?;
    Ok(SignerNeed { role, who: one_of(who, "organisation", &every_who(), who_word)?, many })
}

/// The word for a signer, such as `officer@customs`; with a `+` where several organisations may sign so.
pub fn need_word(need: &SignerNeed) -> String {
    let SignerNeed { role, who, many } = need;
    format!("{}@{}{}", role.name(), who_word(*who), if *many { "+" } else { "" })
}

/// The words for alternatives of signers: each alternative's signers.
pub fn set_words(any: &[SignerSet]) -> Vec<Vec<String>> {
    any.iter().map(|set| set.iter().map(need_word).collect()).collect()
}

// -------------------------------------------------------------------------------------------------------- conditions

/// The way back is [`Condition`]'s `Display`.
pub(super) fn read_condition(text: &str) -> Result<Condition, String> {
    let unknown = || {
        format!(
            "{text:?} is no condition: they are like region HK MO, rated A 5, risk<=2, listed positive-list, \
             declared-before, record 365"
        )
    };
    if text == "declared-before" {
        return Ok(Condition::DeclaredBefore);
    }
    if let Some(grade) = text.strip_prefix("risk<=") {
        return Ok(Condition::RiskAtMost(read_text(grade)?));
    }
    match text.split_once(' ').ok_or_else(unknown)? {
        ("region", regions) => Ok(Condition::Region(regions.split(' ').map(read_region).collect::<Result<_, _>>()?)),
        ("rated", rest) => {
            let (rating, years) = rest.rsplit_once(' ').ok_or_else(unknown)?;
            Ok(Condition::Rated { at_least: read_text(rating)?, years: number(years).ok_or_else(unknown)? })
        }
        ("listed", registry) => Ok(Condition::Listed(one_of(registry, "registry", &Registry::ALL, Registry::name)?)),
        ("record", days) => Ok(Condition::Record { days: number(days).ok_or_else(unknown)? }),
        _ => Err(unknown()),
    }
}

/// ISO 3166-1 alpha-2.
fn read_region(word: &str) -> Result<Text<2>, String> {
    match word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => read_text(word),
        false => Err(format!("{word:?} is no region: two capital letters are, such as HK")),
    }
}

// --------------------------------------------------------------------------------------------------------- quantities

pub(super) fn read_months(text: &str) -> Result<u8, String> {
    let digits = text.strip_suffix(" months").or_else(|| text.strip_suffix(" month"));
    digits.and_then(number).ok_or_else(|| format!("{text:?} is no validity: 12 months is one, 255 the longest"))
}

pub(super) fn months(months: u8) -> String {
    format!("{months} {}", if months == 1 { "month" } else { "months" })
}

/// Degrees Celsius with at most three places, as thousandths.
pub(super) fn read_degrees(text: &str) -> Result<i32, String> {
    let thousandths = || {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, places) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, places)) => (whole, places),
            None => (digits, ""),
        };
        if places.len() > 3 || !places.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let places: i64 = format!("{places:0<3}").parse().ok()?;
        i32::try_from(sign * (i64::from(number::<u32>(whole)?) * 1_000 + places)).ok()
    };
    thousandths().ok_or_else(|| format!("{text:?} is no temperature: -25 and 2.5 are, with at most three places"))
}

pub(super) fn degrees(thousandths: i32) -> String {
    let (sign, size) = (if thousandths < 0 { "-" } else { "" }, thousandths.unsigned_abs());
    let places = format!(".{:03}", size % 1_000);
    format!("{sign}{}{}", size / 1_000, places.trim_end_matches('0').trim_end_matches('.'))
}

// ----------------------------------------------------------------------------------------------------------- calendar

/// Minutes ahead of UTC.
pub(super) fn read_offset(text: &str) -> Result<i16, String> {
    let two = |digits: &str| -> Option<i16> {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { digits.parse().ok() } else { None }
    };
    let minutes = || {
        let (sign, clock) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(clock), _) => (1, clock),
            (None, clock) => (-1, clock?),
        };
        let (hours, minutes) = clock.split_once(':')?;
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        (minutes < 60).then_some(sign * (hours * 60 + minutes))
    };
    minutes().ok_or_else(|| format!("{text:?} is no offset from UTC: +08:00 is one"))
}

pub(super) fn offset(minutes: i16) -> String {
    let (sign, size) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
    format!("{sign}{:02}:{:02}", size / 60, size % 60)
}

/// The bit of a day of the week.
pub(super) fn read_weekday(word: &str) -> Result<u8, String> {
    let day = WEEKDAYS.iter().position(|day| *day == word);
    day.map(|day| 1 << day).ok_or_else(|| format!("{word:?} is no day of the week: {} are", WEEKDAYS.join(", ")))
}

/// The days of the week of a weekend.
pub(super) fn weekdays(mask: u8) -> Vec<&'static str> {
    WEEKDAYS.into_iter().enumerate().filter(|(day, _)| (mask >> day) & 1 == 1).map(|(_, word)| word).collect()
}

/// Days since 1970-01-01.
pub(super) fn read_day(text: &str) -> Result<u32, String> {
    Date::parse(text).map(Date::day_number).ok_or_else(|| format!("{text:?} is no day: 2026-02-17 is one"))
}

pub(super) fn day(day: u32) -> String {
    Date::of_day(day).to_string()
}

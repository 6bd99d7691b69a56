//! Check digits, check characters, and the beginnings of keys.
use super::{Fault, Wrong, list, set};

/// The shortest company prefix, in digits.
const PREFIX_MIN: usize = 4;

/// The longest value that has a check pair; the weights are the primes below it.
const PAIR_MAX: usize = 99;

/// More than the shortest IBAN with check characters.
const IBAN_MIN: usize = 11;

/// The longest IBAN (ISO 13616-1).
const IBAN_MAX: usize = 34;

/// Set 82 in the order of its weights (General Specifications figure 7.11-1).
const SET_82: &str = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// Set 32 in the order of its weights: what check pairs are written in (General Specifications 7.9.5).
const SET_32: &str = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Weights 3, 1, 3, … from the right, as for every numeric key, however long (General Specifications 7.9.1).
pub(super) fn check_digit(data: &str) -> Result<(), Fault> {
    set::digits(data)?;
    let mut digits = data.bytes().rev().map(|byte| u32::from(byte.saturating_sub(b'0')));
    let Some(found) = digits.next() else {
        return Err(Wrong::Length { min: 1, max: crate::MAX_INPUT }.at(0));
    };
    let weighted = digits.zip([3_u32, 1].into_iter().cycle()).map(|(digit, weight)| digit.saturating_mul(weight));
    let expected = 10_u32.saturating_sub(weighted.sum::<u32>() % 10) % 10;
    if expected == found {
        return Ok(());
    }
    let digit = |number: u32| u8::try_from(number).unwrap_or(0);
    let position = data.len().saturating_sub(1);
    Err(Wrong::CheckDigit { expected: digit(expected), found: digit(found) }.at(position))
}

/// The weights of the characters before the pair are the primes, from the right; the sum modulo 1021 is written as two
/// characters of five bits each (General Specifications 7.9.5).
pub(super) fn check_pair(data: &str) -> Result<(), Fault> {
    let length = data.chars().count();
    if !(2..=PAIR_MAX).contains(&length) {
        return Err(Wrong::Length { min: 2, max: PAIR_MAX }.at(0));
    }
    // A character before the pair that is not in the set is found first, then the pair is compared as a whole.
    let start = data.char_indices().rev().nth(1).map_or(0, |(position, _)| position);
    let (body, pair) = data.split_at_checked(start).unwrap_or_default();
    set::set_82(body)?;
    let weight = |c: char| SET_82.find(c).unwrap_or(0);
    let weighted = body.chars().rev().zip(primes()).map(|(c, prime)| weight(c).saturating_mul(prime));
    let sum = weighted.sum::<usize>() % 1021;
    let expected: String = [sum / 32, sum % 32].into_iter().filter_map(|bits| SET_32.chars().nth(bits)).collect();
    if pair == expected { Ok(()) } else { Err(Wrong::CheckPair { expected }.at(start)) }
}

/// 2, 3, 5, 7, …
fn primes() -> impl Iterator<Item = usize> {
    (2_usize..).filter(|n| (2..*n).take_while(|d| d.saturating_mul(*d) <= *n).all(|d| n.checked_rem(d) != Some(0)))
}

/// The prefix itself is not looked up, as the head of lint.rs says.
pub(super) fn prefix_first(data: &str) -> Result<(), Fault> {
    for position in 0..PREFIX_MIN {
        if !data.as_bytes().get(position).is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(Wrong::Prefix.at(position.min(data.len())));
        }
    }
    Ok(())
}

/// Before the prefix stands an indicator or an extension digit.
pub(super) fn prefix_second(data: &str) -> Result<(), Fault> {
    let rest = data.strip_prefix(|c: char| c.is_ascii_digit()).ok_or_else(|| Wrong::Prefix.at(0))?;
    prefix_first(rest).map_err(|fault| Fault { position: fault.position.saturating_add(1), ..fault })
}

/// Country, check characters, account: letters count as 10 to 35, the first four characters go to the end, and the
/// number that this writes is one more than a multiple of 97 (ISO 13616-1, ISO/IEC 7064 MOD 97-10).
pub(super) fn iban(data: &str) -> Result<(), Fault> {
    if !(IBAN_MIN..=IBAN_MAX).contains(&data.chars().count()) {
        return Err(Wrong::Length { min: IBAN_MIN, max: IBAN_MAX }.at(0));
    }
    if !data.get(..2).is_some_and(list::is_country_letters) {
        return Err(Wrong::Iban { expected: "the two letters of a country" }.at(0));
    }
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if let Some((position, found)) = data.char_indices().find(|(_, c)| !is_allowed(*c)) {
        return Err(Wrong::Character(found).at(position));
    }
    let (head, account) = data.split_at_checked(4).unwrap_or_default();
    let remainder = account.chars().chain(head.chars()).fold(0_u32, |sum, c| {
        let value = c.to_digit(36).unwrap_or(0);
        sum.saturating_mul(if value < 10 { 10 } else { 100 }).saturating_add(value) % 97
    });
    if remainder == 1 { Ok(()) } else { Err(Wrong::Iban { expected: "other check characters" }.at(2)) }
}

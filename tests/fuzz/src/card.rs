//! How texts of cards are changed.

use proof::CARD_PREFIX;

/// Changes the text of a card as the bytes that it stands for, three times out of four: hardly any other text stands for
/// bytes. Everything else is changed as it is.
pub fn change(data: &mut [u8], size: usize, max: usize, seed: u32) -> usize {
    // Three characters stand for two bytes.
    let most = max.saturating_sub(CARD_PREFIX.len()) / 3 * 2;
    let body = data[..size].strip_prefix(CARD_PREFIX.as_bytes());
    let bytes = body.and_then(|body| base45::decode(body).ok());
    let Some(mut bytes) = bytes.filter(|bytes| bytes.len() <= most && most > 0 && !seed.is_multiple_of(4)) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max);
    };
    let length = bytes.len();
    bytes.resize(most, 0);
    let length = libfuzzer_sys::fuzzer_mutate(&mut bytes, length, most);
    let text = format!("{CARD_PREFIX}{}", base45::encode(&bytes[..length]));
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

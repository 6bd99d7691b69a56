//! Webhooks: each notice is posted until its receiver takes it, or is given up and kept (`docs/formats/gateway.md`).

use super::{Shared, journal::Line, notice::Outline, settings::Hook};
use crate::{
    failure::Result,
    tls::{self, Distrust},
    when,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    thread,
    time::{Duration, Instant},
};
use ureq::Agent;

/// Longest time for one try.
const TRY: Duration = Duration::from_secs(10);
/// Longest pause between two tries.
const LAST_PAUSE: Duration = Duration::from_secs(300);
/// Longest time without a look.
const IDLE: Duration = Duration::from_secs(5);
/// Longest word on a failure that is kept, in characters.
const MAX_DETAIL: usize = 200;

/// What is posted.
struct Message {
    id: String,
    kind: String,
    height: u64,
    body: Vec<u8>,
}

/// Serves all webhooks until the gateway ends: one that is slow holds up no other.
pub(super) fn run(shared: &Shared) {
    thread::scope(|scope| {
        for hook in &shared.settings.hooks {
            scope.spawn(move || {
                if let Err(failure) = serve(shared, hook) {
                    // The journal fails: nothing is certain any more.
                    shared.say_trouble(Some(&failure));
                    shared.end();
                }
            });
        }
    });
}

/// Who posts to a webhook: by TLS alone where there are roots to trust, and then only those.
fn agent(hook: &Hook) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(TRY))
        // A proxy of the environment is another computer.
        .proxy(None)
        .user_agent(concat!("hufu-gateway-", env!("CARGO_PKG_VERSION")));
    tls::agent(config, hook.roots.as_ref())
}

fn serve(shared: &Shared, hook: &Hook) -> Result<()> {
    let agent = agent(hook);
    let mut attempts = 0;
    while !shared.is_ended() {
        let Some(notice) = first(shared, hook) else { continue };
        let message = message(shared, notice)?;
        attempts += 1;
        let (taken, detail) = match post(&agent, hook, &message) {
            Ok(()) => (true, String::new()),
            Err(detail) if attempts >= hook.attempts => (false, detail.chars().take(MAX_DETAIL).collect()),
            Err(_) => {
                pause(shared, hook, attempts);
                continue;
            }
        };
        shared.book().write(&Line::Told { hook: hook.name.clone(), notice, taken, attempts, detail })?;
        attempts = 0;
    }
    Ok(())
}

/// The first notice that waits; none after a while without one.
fn first(shared: &Shared, hook: &Hook) -> Option<usize> {
    let book = shared.book();
    let waiting = book.queues.get(&hook.name).and_then(|queue| queue.waiting.first().copied());
    if waiting.is_none() && !shared.is_ended() {
        // That the time is over changes nothing.
        drop(shared.bell.wait_timeout(book, IDLE));
    }
    waiting
}

fn message(shared: &Shared, notice: usize) -> Result<Message> {
    let (outline, mut reader) = {
        let book = shared.book();
        (Outline::of(&book, notice)?, book.reader())
    };
    let view = outline.read(&mut reader)?;
    // Writing plain structs to memory fails for no value.
    let body = serde_json::to_vec(&view).unwrap_or_default();
    Ok(Message { id: view.id, kind: view.kind, height: view.height, body })
}

/// Each pause is twice the one before.
fn pause(shared: &Shared, hook: &Hook, attempts: u32) {
    let doubled = hook.first_retry.saturating_mul(1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    let until = Instant::now() + doubled.min(LAST_PAUSE);
    while !shared.is_ended() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        shared.rest(left);
    }
}

/// The value of `Hufu-Signature`: when, and HMAC-SHA256 of that time, a point, and the body.
pub(super) fn signature(secret: &[u8], time: u64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    Some(format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes())))
}

/// One try. Error: what went wrong, in words.
fn post(agent: &Agent, hook: &Hook, message: &Message) -> std::result::Result<(), String> {
    let seconds = when::now().0 / 1_000;
    let signature = signature(&hook.secret, seconds, &message.body).ok_or("the secret cannot be used")?;
    let request = agent
        .post(&hook.url)
        .header("Hufu-Signature", signature)
        .header("Hufu-Height", message.height.to_string())
        .header("Hufu-Id", &message.id)
        .header("Hufu-Kind", &message.kind)
        .content_type("application/json");
    match request.send(message.body.as_slice()) {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(format!("HTTP status {}", response.status().as_u16())),
        Err(error) => Err(words(&error)),
    }
}

/// What went wrong on the way, in words; of TLS what is to be mended.
fn words(error: &ureq::Error) -> String {
    let known = match Distrust::of(error) {
        Some(Distrust::Ca) => "the certificate of the receiver is of no CA in ca-file",
        Some(Distrust::Expired) => "the certificate of the receiver has expired",
        Some(Distrust::Early) => "the certificate of the receiver is not valid yet",
        Some(Distrust::Host) => "the certificate of the receiver is for another host than that of url",
        Some(Distrust::NoTls) => "the receiver does not speak TLS",
        Some(Distrust::Other) | None => return error.to_string(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `openssl dgst -sha256 -hmac 0123456789abcdef` over `1700000000.{"a":1}`.
    #[test]
    fn a_signature_is_that_of_other_programs() {
        let expected = "t=1700000000,v1=9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23";
        assert_eq!(signature(b"0123456789abcdef", 1_700_000_000, b"{\"a\":1}").as_deref(), Some(expected));
    }
}

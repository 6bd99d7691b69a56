//! Logging in: a challenge, its answer by a registered key, and a short-lived token.
//!
//! Challenges are not remembered: each carries its expiry under a code that only this process can make, so that asking
//! for them costs no memory however often a stranger does it. What is remembered is which were answered, and that takes
//! a registered key. Tokens are kept as their hashes: a copy of this memory logs nobody in.

use custody::visibility::Reader;
use ledger::{KeyId, OrgId, PersonId, Timestamp, record::OrgKind};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Time in which a challenge may be answered.
pub(super) const CHALLENGE_LIFE: Duration = Duration::from_secs(120);
/// Tokens of one key; the oldest gives way.
pub(super) const MAX_TOKENS_PER_KEY: usize = 32;
/// Tokens of all keys; the one that ends first gives way.
pub(super) const MAX_TOKENS: usize = 100_000;

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) org: OrgId,
    pub(super) kind: OrgKind,
    pub(super) key: KeyId,
    pub(super) person: PersonId,
    pub(super) expires: Timestamp,
}

impl Session {
    pub(super) fn who(&self) -> Reader {
        Reader::of(self.org, self.kind)
    }
}

/// A token: 32 random bytes. Its text is base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Token([u8; 32]);

impl Token {
    pub(super) fn from_text(text: &str) -> Option<Token> {
        api::bytes::decode(text).ok()?.try_into().ok().map(Token)
    }

    pub(super) fn text(&self) -> String {
        api::bytes::encode(&self.0)
    }

    fn stored(&self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }
}

/// Why an answer to a challenge is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChallengeError {
    /// Not made here for this key, or too old.
    NotOpen,
    /// Answered before.
    Used,
}

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("draw random bytes")]
pub(super) struct RandomError;

#[derive(Default)]
struct Inner {
    tokens: HashMap<[u8; 32], Arc<Session>>,
    /// Tokens by their end, so that the oldest are found.
    ends: BTreeMap<(Timestamp, [u8; 32]), KeyId>,
    /// Answered challenges until they expire.
    used: BTreeMap<(Timestamp, [u8; 32]), ()>,
}

/// Open challenges and tokens of this process; all end with it.
pub(super) struct Sessions {
    secret: [u8; 32],
    token_life: Duration,
    inner: Mutex<Inner>,
}

/// Real time. Block time of a test network may run faster; tokens are between people and this machine.
pub(super) fn real_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

impl Sessions {
    pub(super) fn new(token_life: Duration) -> Result<Sessions, RandomError> {
        Ok(Sessions { secret: random()?, token_life, inner: Mutex::default() })
    }

    /// A challenge for a key and its expiry: 8 bytes of expiry, 8 random bytes, and a code of 16 bytes over both.
    pub(super) fn challenge(&self, key: &KeyId, now: Timestamp) -> Result<([u8; 32], Timestamp), RandomError> {
        let expires = now.plus_ms(millis(CHALLENGE_LIFE));
        Ok((self.sealed(key, expires, random()?), expires))
    }

    fn sealed(&self, key: &KeyId, expires: Timestamp, nonce: [u8; 8]) -> [u8; 32] {
        let mut head = [0; 16];
        head[..8].copy_from_slice(&expires.0.to_be_bytes());
        head[8..].copy_from_slice(&nonce);
        let code = blake3::Hasher::new_keyed(&self.secret).update(&head).update(key.0.as_bytes()).finalize();
        let mut challenge = [0; 32];
        challenge[..16].copy_from_slice(&head);
        challenge[16..].copy_from_slice(&code.as_bytes()[..16]);
        challenge
    }

    /// Whether a challenge was made here for this key and is open. Done before the signature is looked at.
    pub(super) fn check(&self, key: &KeyId, challenge: &[u8; 32], now: Timestamp) -> Result<Timestamp, ChallengeError> {
        let (expires, nonce) = read_head(challenge);
        // Hashing both makes the comparison take the same time wherever they differ.
        let is_ours = blake3::hash(&self.sealed(key, expires, nonce)) == blake3::hash(challenge);
        match is_ours && now < expires {
            true => Ok(expires),
            false => Err(ChallengeError::NotOpen),
        }
    }

    /// Uses up a challenge whose signature holds and gives a token.
    pub(super) fn begin(
        &self,
        challenge: &[u8; 32],
        session: impl FnOnce(Timestamp) -> Session,
        now: Timestamp,
    ) -> Result<(Token, Arc<Session>), BeginError> {
        let token = Token(random()?);
        let session = Arc::new(session(now.plus_ms(millis(self.token_life))));
        let mut inner = self.inner();
        inner.forget(now);
        if inner.used.insert((read_head(challenge).0, *challenge), ()).is_some() {
            return Err(BeginError::Challenge(ChallengeError::Used));
        }
        inner.make_room(&session.key);
        inner.ends.insert((session.expires, token.stored()), session.key);
        inner.tokens.insert(token.stored(), session.clone());
        Ok((token, session))
    }

    /// Who a token stands for.
    pub(super) fn find(&self, token: &Token, now: Timestamp) -> Option<Arc<Session>> {
        let found = self.inner().tokens.get(&token.stored()).cloned();
        found.filter(|session| now < session.expires)
    }

    /// Ends a token.
    pub(super) fn end(&self, token: &Token) {
        self.inner().remove(&token.stored());
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every change below leaves both maps whole, so a panic elsewhere spoils nothing.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why no token is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BeginError {
    Challenge(ChallengeError),
    Random(RandomError),
}

impl From<RandomError> for BeginError {
    fn from(error: RandomError) -> Self {
        BeginError::Random(error)
    }
}

fn read_head(challenge: &[u8; 32]) -> (Timestamp, [u8; 8]) {
    let (mut expires, mut nonce) = ([0; 8], [0; 8]);
    expires.copy_from_slice(&challenge[..8]);
    nonce.copy_from_slice(&challenge[8..16]);
    (Timestamp(u64::from_be_bytes(expires)), nonce)
}

impl Inner {
    fn remove(&mut self, stored: &[u8; 32]) {
        if let Some(session) = self.tokens.remove(stored) {
            self.ends.remove(&(session.expires, *stored));
        }
    }

    /// Drops what has expired.
    fn forget(&mut self, now: Timestamp) {
        while self.used.first_key_value().is_some_and(|((expires, _), ())| *expires <= now) {
            self.used.pop_first();
        }
        while self.ends.first_key_value().is_some_and(|((expires, _), _)| *expires <= now) {
            if let Some(((_, stored), _)) = self.ends.pop_first() {
                self.tokens.remove(&stored);
            }
        }
    }

    /// Makes room for one more token of a key: its own oldest gives way first.
    fn make_room(&mut self, key: &KeyId) {
        let own: Vec<_> = self.ends.iter().filter(|(_, k)| *k == key).map(|((_, stored), _)| *stored).collect();
        let surplus = (own.len() + 1).saturating_sub(MAX_TOKENS_PER_KEY);
        for stored in own.iter().take(surplus) {
            self.remove(stored);
        }
        while self.tokens.len() >= MAX_TOKENS {
            let Some((_, stored)) = self.ends.first_key_value().map(|(end, _)| *end) else { return };
            self.remove(&stored);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Hash;

    const KEY: KeyId = KeyId(Hash([1; 32]));
    const NOW: Timestamp = Timestamp(1_000_000);

    fn open() -> Sessions {
        Sessions::new(Duration::from_secs(60)).unwrap()
    }

    fn session(key: KeyId) -> impl Fn(Timestamp) -> Session {
        move |expires| Session {
            org: OrgId::default(),
            kind: OrgKind::Carrier,
            key,
            person: PersonId::default(),
            expires,
        }
    }

    #[test]
    fn a_challenge_is_good_for_one_key_once_and_for_a_while() {
        let sessions = open();
        let (challenge, expires) = sessions.challenge(&KEY, NOW).unwrap();
        assert_eq!(expires, NOW.plus_ms(120_000));
        assert_eq!(sessions.check(&KEY, &challenge, NOW), Ok(expires));
        assert_eq!(sessions.check(&KeyId::default(), &challenge, NOW), Err(ChallengeError::NotOpen));
        assert_eq!(sessions.check(&KEY, &challenge, NOW.plus_ms(119_999)), Ok(expires));
        assert_eq!(sessions.check(&KEY, &challenge, expires), Err(ChallengeError::NotOpen));
        for position in 0..32 {
            let mut other = challenge;
            other[position] ^= 1;
            assert_eq!(sessions.check(&KEY, &other, NOW), Err(ChallengeError::NotOpen), "byte {position}");
        }
        assert!(open().check(&KEY, &challenge, NOW).is_err(), "another process");
        assert!(sessions.begin(&challenge, session(KEY), NOW).is_ok());
        let again = sessions.begin(&challenge, session(KEY), NOW).err();
        assert_eq!(again, Some(BeginError::Challenge(ChallengeError::Used)));
    }

    #[test]
    fn a_token_ends_by_time_or_by_word() {
        let sessions = open();
        let begin = |now| {
            let (challenge, _) = sessions.challenge(&KEY, now).unwrap();
            sessions.begin(&challenge, session(KEY), now).unwrap().0
        };
        let token = begin(NOW);
        let read = Token::from_text(&token.text()).unwrap();
        assert!(sessions.find(&read, NOW.plus_ms(59_999)).is_some());
        assert!(sessions.find(&read, NOW.plus_ms(60_000)).is_none());
        sessions.end(&token);
        assert!(sessions.find(&token, NOW).is_none());
        let late = begin(NOW.plus_ms(300_000));
        assert_eq!(sessions.inner().tokens.len(), 1);
        assert_eq!(sessions.inner().ends.len(), 1);
        assert_eq!(sessions.inner().used.len(), 1);
        assert!(sessions.find(&late, NOW.plus_ms(300_001)).is_some());
    }

    #[test]
    fn text_that_is_no_token() {
        for wrong in ["", "x", "AAAA", &"A".repeat(44), &format!("{}=", "A".repeat(43))] {
            assert!(Token::from_text(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_key_has_a_bounded_number_of_tokens_and_the_newest_stay() {
        let sessions = open();
        let begin = |key: KeyId, now| {
            let (challenge, _) = sessions.challenge(&key, now).unwrap();
            sessions.begin(&challenge, session(key), now).unwrap().0
        };
        let other = begin(KeyId::default(), NOW);
        let tokens: Vec<_> = (0..=MAX_TOKENS_PER_KEY as u64).map(|ms| begin(KEY, NOW.plus_ms(ms))).collect();
        let later = NOW.plus_ms(100);
        assert!(sessions.find(&tokens[0], later).is_none());
        assert!(tokens[1..].iter().all(|t| sessions.find(t, later).is_some()));
        assert!(sessions.find(&other, later).is_some());
    }
}

//! Logging in and out, and who a request comes from.

use super::{
    Server, Shared,
    body::Json,
    failure::{Failure, code},
    sessions::{BeginError, Session, Token, real_now},
};
use api::{
    login::{
        CHALLENGE_SCHEMA, ChallengeRequest, LoginChallenge, LoginRequest, LoginToken, TOKEN_SCHEMA, WHOAMI_SCHEMA,
        WhoAmI, login_message,
    },
    time::rfc3339,
    view::OrgRef,
};
use axum::{
    Json as Answer,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use custody::visibility::{Reader, Resource, visible};
use ledger::{KeyId, KeyRecord, OrgRecord, Signature, StateKey};
use std::sync::Arc;

/// Who a request comes from, by its token.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) session: Arc<Session>,
    pub(super) token: Token,
}

impl Caller {
    pub(super) fn who(&self) -> Reader {
        self.session.who()
    }

    /// Goes on only if the caller may see something whose existence is no secret.
    pub(super) fn must_see(&self, resource: &Resource<'_>) -> Result<(), Failure> {
        match visible(&self.who(), resource) {
            true => Ok(()),
            false => Err(Failure::new(code::HIDDEN)),
        }
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, server: &Shared) -> Result<Self, Failure> {
        match parts.extensions.get::<Caller>() {
            Some(caller) => Ok(caller.clone()),
            None => server.caller(&parts.headers),
        }
    }
}

/// The token of `Bearer …` (RFC 6750 section 2.1; the scheme in any case).
fn bearer(header: &str) -> Option<Token> {
    let (scheme, text) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::from_text(text.trim()))?
}

impl Server {
    /// Who a request comes from.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let header = headers.get(header::AUTHORIZATION).ok_or(Failure::new(code::TOKEN_MISSING))?;
        let token = header.to_str().ok().and_then(bearer).ok_or(Failure::new(code::TOKEN))?;
        let session = self.honoured(&token)?;
        Ok(Caller { session, token })
    }

    /// Who a token stands for, if it is honoured: it lives as long as its key does. The key's record is one point read.
    pub(super) fn honoured(&self, token: &Token) -> Result<Arc<Session>, Failure> {
        let refused = || Failure::new(code::TOKEN);
        let session = self.sessions.find(token, real_now()).ok_or_else(refused)?;
        match self.live_key(&session.key)? {
            Some(_) => Ok(session),
            None => {
                self.sessions.end(token);
                Err(refused())
            }
        }
    }

    /// The record of a key that has not ended.
    fn live_key(&self, key: &KeyId) -> Result<Option<KeyRecord>, Failure> {
        let record: Option<KeyRecord> = self.record(&StateKey::Key(*key))?;
        Ok(record.filter(|r| r.end.is_none()))
    }

    fn login_key(&self, text: &str) -> Result<(KeyId, KeyRecord), Failure> {
        let key = text.parse().map_err(|_| Failure::id(text))?;
        // A member's node keeps keys of those whom its organisation deals with: they have nothing to look for on it.
        let own = self.handle.member().map(|way| way.org);
        match self.live_key(&key)? {
            Some(record) if own.is_some_and(|own| own != record.org) => Err(Failure::new(code::HIDDEN)),
            Some(record) => Ok((key, record)),
            None => Err(Failure::new(code::KEY).with("key", key.to_string())),
        }
    }

    fn log_in(&self, request: &LoginRequest) -> Result<LoginToken, Failure> {
        let now = real_now();
        let (key, record) = self.login_key(&request.key)?;
        let mut challenge = [0; 32];
        hex::decode_to_slice(&request.challenge, &mut challenge).map_err(|_| Failure::id(&request.challenge))?;
        let signature = api::bytes::decode(&request.signature).ok().and_then(|b| <[u8; 64]>::try_from(b).ok());
        let signature = signature.map(Signature).ok_or_else(|| Failure::new(code::SIGNATURE))?;
        self.sessions.check(&key, &challenge, now).map_err(|_| Failure::new(code::CHALLENGE))?;
        let message = login_message(&self.handle.network, &key, &challenge);
        if !record.public_key().is_some_and(|k| k.verify(&message, &signature)) {
            return Err(Failure::new(code::SIGNATURE));
        }
        let org: Option<OrgRecord> = self.record(&StateKey::Org(record.org))?;
        let kind = org.ok_or_else(|| Failure::fault("log in", "the organisation of a key has no record"))?.profile.kind;
        let session = |expires| Session { org: record.org, kind, key, person: record.person, expires };
        let (token, session) = self.sessions.begin(&challenge, session, now).map_err(|error| match error {
            BeginError::Challenge(_) => Failure::new(code::CHALLENGE),
            BeginError::Random(error) => Failure::fault("log in", error),
        })?;
        Ok(LoginToken {
            schema: TOKEN_SCHEMA.into(),
            token: token.text(),
            expires: rfc3339(session.expires),
            org: session.org.to_string(),
        })
    }
}

/// `POST /v1/login/challenge`.
pub(super) async fn challenge(
    State(server): State<Shared>,
    Json(request): Json<ChallengeRequest>,
) -> Result<Answer<LoginChallenge>, Failure> {
    let (key, _) = server.login_key(&request.key)?;
    let (challenge, expires) =
        server.sessions.challenge(&key, real_now()).map_err(|e| Failure::fault("make a challenge", e))?;
    Ok(Answer(LoginChallenge {
        schema: CHALLENGE_SCHEMA.into(),
        network: server.handle.network.to_string(),
        challenge: hex::encode(challenge),
        expires: rfc3339(expires),
    }))
}

/// `POST /v1/login`.
pub(super) async fn login(
    State(server): State<Shared>,
    Json(request): Json<LoginRequest>,
) -> Result<Answer<LoginToken>, Failure> {
    server.log_in(&request).map(Answer)
}

/// `POST /v1/logout`.
pub(super) async fn logout(State(server): State<Shared>, caller: Caller) -> StatusCode {
    server.sessions.end(&caller.token);
    StatusCode::NO_CONTENT
}

/// `GET /v1/whoami`.
pub(super) async fn whoami(State(server): State<Shared>, caller: Caller) -> Result<Answer<WhoAmI>, Failure> {
    let session = &caller.session;
    let org: Option<OrgRecord> = server.record(&StateKey::Org(session.org))?;
    let key = server.live_key(&session.key)?;
    Ok(Answer(WhoAmI {
        schema: WHOAMI_SCHEMA.into(),
        org: OrgRef::of(&session.org, org.as_ref()),
        kind: session.kind.name().into(),
        function: session.kind.function().map(|f| f.name().into()),
        key: session.key.to_string(),
        person: session.person.to_string(),
        roles: key.map(|k| k.roles.list().into_iter().map(|r| r.name().into()).collect()).unwrap_or_default(),
        expires: rfc3339(session.expires),
    }))
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn the_scheme_is_read_in_any_case_and_no_other_is() {
        let text = "A".repeat(43);
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert!(bearer(&format!("{scheme} {text}")).is_some());
        }
        for wrong in [format!("Basic {text}"), text.clone(), "Bearer".into(), "Bearer x".into(), String::new()] {
            assert!(bearer(&wrong).is_none(), "{wrong}");
        }
    }
}

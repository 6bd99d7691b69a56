//! Reading needs a token, got by signing a challenge with a person's key.

use ledger::{Hash, KeyId, NetworkId, tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    /// Identity of the key, 64 hexadecimal digits.
    pub key: String,
}

/// What the key has to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginChallenge {
    /// `hufu.login-challenge/1`.
    pub schema: String,
    /// The network.
    pub network: String,
    /// 32 random bytes, 64 hexadecimal digits.
    pub challenge: String,
    /// Until when it may be answered.
    pub expires: String,
}

/// The answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Identity of the key.
    pub key: String,
    /// The challenge.
    pub challenge: String,
    /// Signature over [`login_message`], base64url of 64 bytes.
    pub signature: String,
}

/// A short-lived token: sent as `Authorization: Bearer …`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginToken {
    /// `hufu.login/1`.
    pub schema: String,
    /// The token.
    pub token: String,
    /// Until when it is honoured.
    pub expires: String,
    /// For whom.
    pub org: String,
}

/// Who a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhoAmI {
    /// `hufu.whoami/1`.
    pub schema: String,
    /// Organisation.
    pub org: crate::view::OrgRef,
    /// Kind of the organisation, such as `agency`.
    pub kind: String,
    /// Function, of an agency.
    pub function: Option<String>,
    /// Key that logged in.
    pub key: String,
    /// The person, a pseudonym.
    pub person: String,
    /// Roles of the key.
    pub roles: Vec<String>,
    /// Until when the token is honoured.
    pub expires: String,
}

/// Value of `schema` in [`LoginChallenge`].
pub const CHALLENGE_SCHEMA: &str = "hufu.login-challenge/1";
/// Value of `schema` in [`LoginToken`].
pub const TOKEN_SCHEMA: &str = "hufu.login/1";
/// Value of `schema` in [`WhoAmI`].
pub const WHOAMI_SCHEMA: &str = "hufu.whoami/1";

/// What a key signs to log in: a challenge answers for one network and one key only.
pub fn login_message(network: &NetworkId, key: &KeyId, challenge: &[u8; 32]) -> Hash {
    Hash::of(&tag::LOGIN, &(network, key, challenge))
}

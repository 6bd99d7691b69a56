//! Organisations, their keys and their nodes.

use super::Stamp;
use crate::{
    crypto::PublicKey,
    hash::Hash,
    id::{OrgId, PersonId, TxId},
    text::Text,
};
use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};

/// The capacity in which a person signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Role {
    /// For the organisation that holds the item and gives, uses or disposes of it.
    Custodian,
    /// For the organisation that receives.
    Receiver,
    /// For the organisation that registers and declares (Art. 22 of the Shenzhen draft).
    Declarant,
    /// For an agency, in an act of its competence.
    Officer,
    /// For an agency that countersigns somebody else's act.
    Countersigner,
    /// For an organisation, over its own keys and nodes.
    Administrator,
}

impl Role {
    /// All roles, in the order of their numbers.
    pub const ALL: [Role; 6] =
        [Role::Custodian, Role::Receiver, Role::Declarant, Role::Officer, Role::Countersigner, Role::Administrator];

    /// The word used in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Custodian => "custodian",
            Role::Receiver => "receiver",
            Role::Declarant => "declarant",
            Role::Officer => "officer",
            Role::Countersigner => "countersigner",
            Role::Administrator => "administrator",
        }
    }

    fn mask(self) -> u16 {
        match self {
            Role::Custodian => 1,
            Role::Receiver => 2,
            Role::Declarant => 4,
            Role::Officer => 8,
            Role::Countersigner => 16,
            Role::Administrator => 32,
        }
    }
}

/// A set of roles, a bit each in the order of [`Role`]; a bit that stands for no role does not decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode)]
pub struct Roles(u16);

impl Roles {
    /// The set of these roles.
    pub fn of(roles: &[Role]) -> Roles {
        Roles(roles.iter().fold(0, |set, role| set | role.mask()))
    }

    /// Whether the role is in the set.
    pub fn has(self, role: Role) -> bool {
        self.0 & role.mask() != 0
    }

    /// The roles of the set.
    pub fn list(self) -> Vec<Role> {
        Role::ALL.into_iter().filter(|r| self.has(*r)).collect()
    }
}

impl<C> Decode<C> for Roles {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let bits = u16::decode(decoder)?;
        match bits & !Roles::of(&Role::ALL).0 {
            0 => Ok(Roles(bits)),
            _ => Err(DecodeError::Other("a bit that stands for no role")),
        }
    }
}
impl<'de, C> BorrowDecode<'de, C> for Roles {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        <Self as Decode<C>>::decode(decoder)
    }
}

/// What an agency is competent for (`domain.md`, "Who takes part").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum AgencyFunction {
    /// 海关 Customs and quarantine.
    Customs,
    /// 科学技术行政主管部门 Science and technology.
    ScienceTechnology,
    /// 卫生健康委 Health.
    Health,
    /// 市场监督管理局 Market regulation.
    MarketRegulation,
    /// 商务委 Commerce.
    Commerce,
    /// 生态环境局 Environment.
    Environment,
    /// 交通 Transport.
    Transport,
    /// 公安 Public security.
    PublicSecurity,
}

impl AgencyFunction {
    /// All functions, in the order of their numbers.
    pub const ALL: [AgencyFunction; 8] = [
        AgencyFunction::Customs,
        AgencyFunction::ScienceTechnology,
        AgencyFunction::Health,
        AgencyFunction::MarketRegulation,
        AgencyFunction::Commerce,
        AgencyFunction::Environment,
        AgencyFunction::Transport,
        AgencyFunction::PublicSecurity,
    ];

    /// The word used in JSON, file names and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            AgencyFunction::Customs => "customs",
            AgencyFunction::ScienceTechnology => "science-technology",
            AgencyFunction::Health => "health",
            AgencyFunction::MarketRegulation => "market-regulation",
            AgencyFunction::Commerce => "commerce",
            AgencyFunction::Environment => "environment",
            AgencyFunction::Transport => "transport",
            AgencyFunction::PublicSecurity => "public-security",
        }
    }
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum OrgKind {
    /// A regulating agency.
    Agency(AgencyFunction),
    /// 适格机构: research, production, medical, testing, sales, warehouse.
    Enterprise,
    /// 承运人 carrier.
    Carrier,
    /// 第三方检测机构 laboratory.
    Laboratory,
    /// 处置单位 disposer.
    Disposer,
    /// 可信科研机构 trusted institution of Hong Kong or Macau.
    Partner,
}

impl OrgKind {
    /// The function of an agency.
    pub fn function(self) -> Option<AgencyFunction> {
        match self {
            OrgKind::Agency(function) => Some(function),
            OrgKind::Enterprise | OrgKind::Carrier | OrgKind::Laboratory | OrgKind::Disposer | OrgKind::Partner => None,
        }
    }

    /// The word used in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            OrgKind::Agency(_) => "agency",
            OrgKind::Enterprise => "enterprise",
            OrgKind::Carrier => "carrier",
            OrgKind::Laboratory => "laboratory",
            OrgKind::Disposer => "disposer",
            OrgKind::Partner => "partner",
        }
    }
}

/// A registered identifier of an organisation, such as a GLN or a unified social credit code (统一社会信用代码).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct OrgIdentifier {
    /// `gln`, `uscc`, `agency` or another scheme.
    pub scheme: Text<16>,
    /// The identifier in that scheme.
    pub value: Text<64>,
}

/// Public facts of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrgProfile {
    /// Its identifier; its hash is the [`OrgId`].
    pub identifier: OrgIdentifier,
    /// Its name.
    pub name: Text<128>,
    /// What it is.
    pub kind: OrgKind,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrgRecord {
    /// Public facts.
    pub profile: OrgProfile,
    /// When it was registered.
    pub from: Stamp,
    /// By which transaction; none for genesis.
    pub cause: Option<TxId>,
}

/// Why a key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum KeyEndReason {
    /// Routine: signatures are honoured until they expire.
    Retired,
    /// Compromise: refused at once, judged at the height of execution.
    Compromised,
}

/// The end of a key or node identity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeyEnd {
    /// When.
    pub at: Stamp,
    /// Why.
    pub reason: KeyEndReason,
    /// By which transaction.
    pub cause: TxId,
}

/// A person's key. It belongs to one person, one organisation and one use for ever, and is never deleted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeyRecord {
    /// ed25519 public key, checked when it was registered.
    pub key: [u8; 32],
    /// The organisation.
    pub org: OrgId,
    /// The person, pseudonymous.
    pub person: PersonId,
    /// Salted commitment to the person's name.
    pub name: Hash,
    /// In which capacities the key may sign.
    pub roles: Roles,
    /// When it was registered.
    pub from: Stamp,
    /// By which transaction; none for genesis.
    pub cause: Option<TxId>,
    /// Its end.
    pub end: Option<KeyEnd>,
}

impl KeyRecord {
    /// The parsed key; `None` only for a record that no node wrote.
    pub fn public_key(&self) -> Option<PublicKey> {
        PublicKey::registered(self.key).ok()
    }
}

/// A node's transport identity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NodeRecord {
    /// The organisation that runs it.
    pub org: OrgId,
    /// When it was registered.
    pub from: Stamp,
    /// By which transaction; none for genesis.
    pub cause: Option<TxId>,
    /// Its end.
    pub end: Option<KeyEnd>,
}

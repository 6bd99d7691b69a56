//! Organisations, their keys and their nodes.

use super::Stamp;
use crate::{
    crypto::PublicKey,
    hash::Hash,
    id::{OrgId, PersonId, TxId},
    text::Text,
    time::Timestamp,
    words,
};
use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};

words! {
    /// The capacity in which a person signs.
    pub enum Role {
        /// For the organisation that holds the item and gives, uses or disposes of it.
        "custodian" Custodian,
        /// For the organisation that receives.
        "receiver" Receiver,
        /// For the organisation that registers, applies and declares (Art. 22 of the Shenzhen draft).
        "declarant" Declarant,
        /// For an agency, in an act of its competence.
        "officer" Officer,
        /// For an agency that countersigns somebody else's act.
        "countersigner" Countersigner,
        /// For an organisation, over its own keys and nodes.
        "administrator" Administrator,
        /// The named person who leads a project (项目负责人, Art. 35).
        "project-lead" ProjectLead,
        /// The named person who tested (R29).
        "tester" Tester,
        /// An expert, in his own name (R4).
        "expert" Expert,
        /// For a laboratory (R29).
        "laboratory" Laboratory,
        /// For an organisation that joins in another's act: the other party of a filing or report, the disposer.
        "joint" Joint,
        /// For a mechanism of several bodies.
        "delegate" Delegate,
    }
}

impl Role {
    fn mask(self) -> u16 {
        match self {
            Role::Custodian => 1,
            Role::Receiver => 1 << 1,
            Role::Declarant => 1 << 2,
            Role::Officer => 1 << 3,
            Role::Countersigner => 1 << 4,
            Role::Administrator => 1 << 5,
            Role::ProjectLead => 1 << 6,
            Role::Tester => 1 << 7,
            Role::Expert => 1 << 8,
            Role::Laboratory => 1 << 9,
            Role::Joint => 1 << 10,
            Role::Delegate => 1 << 11,
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

words! {
    /// What an agency is competent for (`domain.md`, "Who takes part").
    pub enum AgencyFunction {
        /// 海关 Customs and quarantine.
        "customs" Customs,
        /// 科学技术行政主管部门 Science and technology.
        "science-technology" ScienceTechnology,
        /// 卫生健康委 Health.
        "health" Health,
        /// 市场监督管理局 Market regulation.
        "market-regulation" MarketRegulation,
        /// 商务委 Commerce.
        "commerce" Commerce,
        /// 生态环境局 Environment.
        "environment" Environment,
        /// 交通 Transport.
        "transport" Transport,
        /// 公安 Public security.
        "public-security" PublicSecurity,
    }
}

words! {
    /// A body of several that decides together.
    pub enum Mechanism {
        /// 区 the district's mechanism: recommends for the R&D white list.
        "district" District,
        /// 联合工作机制 the joint mechanism: admits pilots, proves clearance.
        "joint" Joint,
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
    /// 海关总署, 国务院科技主管部门 or an auditor: supervises, does not vote.
    Observer,
    /// A body of several.
    Mechanism(Mechanism),
}

impl OrgKind {
    /// The function of an agency.
    pub fn function(self) -> Option<AgencyFunction> {
        match self {
            OrgKind::Agency(function) => Some(function),
            OrgKind::Enterprise
            | OrgKind::Carrier
            | OrgKind::Laboratory
            | OrgKind::Disposer
            | OrgKind::Partner
            | OrgKind::Observer
            | OrgKind::Mechanism(_) => None,
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
            OrgKind::Observer => "observer",
            OrgKind::Mechanism(Mechanism::District) => "district-mechanism",
            OrgKind::Mechanism(Mechanism::Joint) => "joint-mechanism",
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
    /// That it is banned (R18).
    pub ban: Option<Ban>,
    /// When an agency left.
    pub left: Option<Stamp>,
}

/// That an organisation is banned (R18): the entry that says so, mirrored where every act looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ban {
    /// From when.
    pub from: Timestamp,
    /// Until when; open where there is none.
    pub to: Option<Timestamp>,
}

impl OrgRecord {
    /// The ban in force at a time.
    pub fn banned(&self, at: Timestamp) -> Option<&Ban> {
        self.ban.as_ref().filter(|ban| ban.from <= at && ban.to.is_none_or(|to| at < to))
    }
}

/// Why a key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum KeyEndReason {
    /// Routine: signatures are honoured until they expire.
    Retired,
    /// Compromise: refused at once, judged at the height of execution.
    Compromised,
    /// The person is banned (R18): refused at once.
    Banned,
}

impl KeyEndReason {
    /// The word used in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            KeyEndReason::Retired => "retired",
            KeyEndReason::Compromised => "compromised",
            KeyEndReason::Banned => "banned",
        }
    }
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
    /// Of a key that an agency got back by the others' vote: from when it may sign.
    pub waits: Option<Timestamp>,
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

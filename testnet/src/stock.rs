//! Items that genesis holds for load, and the keys that move them.
//!
//! The keys follow from one random seed in the network's folder, so that `load` has them again without a keystore each:
//! they hold nothing but items of a test network.

use crate::files::{Folder, StockPlan};
use eyre::{Context, ensure};
use keys::{KeyPair, Signer};
use ledger::{
    CustodyPoint, HandoverTerms, Hash, ItemId, KeyId, NetworkId, Operation, OrgId, PersonId, Role, SignedTx, Slot,
    Text, Timestamp, TxBody, TxId,
    crypto::Suite,
    genesis::{GenesisItem, GenesisOrg},
    operation::{KeyClaim, Purpose, Registration},
    record::{Category, ClassCode, ClassProfile, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use rand::{RngCore, SeedableRng, rngs::StdRng};

/// Organisations among which the keys are shared out. Even, so that neighbouring keys are of different ones.
const ORGS: u32 = 16;
/// Most keys, unless told otherwise.
pub const DEFAULT_KEYS: u32 = 16_384;
/// GTIN of the class of all items.
const GTIN: &str = "09521999000013";
/// Most keys.
const MAX_KEYS: u32 = 65_536;
/// Most items that a genesis has room for, beside so many keys.
pub const MAX_ITEMS: u32 = 1_200_000;

/// A key of the stock.
struct StockKey {
    pair: KeyPair,
    id: KeyId,
    org: OrgId,
}

/// The keys of the stock, and so the items: item `i` is held with key `2i` and goes to key `2i + 1`.
pub struct Stock {
    keys: Vec<StockKey>,
    plan: StockPlan,
}

/// What the stock adds to a genesis.
pub struct StockGenesis {
    /// Organisations with their keys.
    pub orgs: Vec<GenesisOrg>,
    /// The class of the items.
    pub class: ClassProfile,
    /// The items.
    pub items: Vec<GenesisItem>,
}

/// A key that nobody has seen before.
pub fn random_key() -> KeyPair {
    KeyPair::from_seed(&rand::random())
}

impl StockPlan {
    /// Items and keys that fit together: a multiple of the organisations, at least one pair for each.
    pub fn of(items: u32, keys: Option<u32>) -> eyre::Result<StockPlan> {
        ensure!((1..=MAX_ITEMS).contains(&items), "--items takes 1 to {MAX_ITEMS}: a genesis has no room for more");
        let keys = keys.unwrap_or(items.min(DEFAULT_KEYS));
        ensure!((1..=MAX_KEYS).contains(&keys), "--keys takes 1 to {MAX_KEYS}");
        Ok(StockPlan { items, keys: keys.next_multiple_of(ORGS) })
    }
}

impl Stock {
    /// The stock of a seed.
    pub fn of_seed(seed: [u8; 32], plan: StockPlan) -> eyre::Result<Stock> {
        let mut random = StdRng::from_seed(seed);
        let mut keys = Vec::with_capacity(plan.keys as usize);
        for index in 0..plan.keys {
            let mut secret = [0u8; 32];
            random.fill_bytes(&mut secret);
            let pair = KeyPair::from_seed(&secret);
            let id = pair.key_id();
            keys.push(StockKey { pair, id, org: OrgId::of(&profile(index % ORGS)?.identifier) });
        }
        Ok(Stock { keys, plan })
    }

    /// The stock of a network's folder.
    pub fn open(folder: &Folder, plan: StockPlan) -> eyre::Result<Stock> {
        let text = std::fs::read_to_string(folder.seed()).wrap_err("read load.seed")?;
        let mut seed = [0u8; 32];
        hex::decode_to_slice(text.trim(), &mut seed).wrap_err("read load.seed")?;
        Stock::of_seed(seed, plan)
    }

    /// What it adds to a genesis.
    pub fn genesis(&self) -> eyre::Result<StockGenesis> {
        let mut orgs = (0..ORGS)
            .map(|n| Ok(GenesisOrg { profile: profile(n)?, keys: Vec::new(), node: None }))
            .collect::<eyre::Result<Vec<_>>>()?;
        for (index, key) in self.keys.iter().enumerate() {
            orgs[index % ORGS as usize].keys.push(claim(key));
        }
        let class = class()?;
        let (gtin, unit) = (GTIN.parse()?, "H87".parse()?);
        let quantity = gs1::Quantity::parse("100", unit)?;
        let items = (0..self.plan.items)
            .map(|item| {
                let code = gs1::ItemCode::Lot { gtin, lot: format!("S{item:07}").parse()? };
                let registration = Registration {
                    class: ledger::ClassId::of(&class.code),
                    code,
                    quantity,
                    purpose: Purpose::Unstated,
                    private: None,
                };
                Ok(GenesisItem { registration, custodian: self.giver(item).org })
            })
            .collect::<eyre::Result<Vec<_>>>()?;
        Ok(StockGenesis { orgs, class, items })
    }

    fn giver(&self, item: u32) -> &StockKey {
        &self.keys[(item as usize * 2) % self.keys.len()]
    }

    fn receiver(&self, item: u32) -> &StockKey {
        &self.keys[(item as usize * 2 + 1) % self.keys.len()]
    }

    /// The handover of an item that has not moved since genesis, signed by both.
    pub fn handover(&self, network: &NetworkId, item: u32, expires: Timestamp) -> SignedTx {
        let (giver, receiver) = (self.giver(item), self.receiver(item));
        let id = ItemId::of(network, &TxId::default(), item);
        let terms = HandoverTerms {
            network: *network,
            item: id,
            at: CustodyPoint::start(&id),
            giver: giver.org,
            receiver: receiver.org,
            expires,
            purpose: Purpose::Unstated,
            premises: None,
            private: None,
        };
        let slot = |key: &StockKey, role| Slot { suite: Suite::Ed25519, org: key.org, key: key.id, role };
        let body = TxBody {
            network: *network,
            nonce: rand::random(),
            expires,
            signers: vec![slot(giver, Role::Custodian), slot(receiver, Role::Receiver)],
            operation: Operation::Handover { terms },
        };
        let tx = body.id();
        let sign = |(slot, key): (&Slot, &StockKey)| key.pair.sign(&body.sign_hash(&tx, slot));
        let signatures = body.signers.iter().zip([giver, receiver]).map(sign).collect();
        SignedTx { body, signatures, entries: Vec::new() }
    }
}

fn profile(number: u32) -> eyre::Result<OrgProfile> {
    Ok(OrgProfile {
        identifier: OrgIdentifier { scheme: Text::new("load")?, value: Text::new(format!("{number:02}"))? },
        name: Text::new(format!("Load firm {number:02}"))?,
        kind: OrgKind::Enterprise,
    })
}

fn class() -> eyre::Result<ClassProfile> {
    Ok(ClassProfile {
        code: ClassCode::Gtin(GTIN.parse()?),
        name: Text::new("Load test vials")?,
        category: Category::BiologicalProduct,
        grade: Text::new("1")?,
        hgr: false,
        hs: gs1::HsCode::new(gs1::HsJurisdiction::Wco, gs1::HsEdition::from_year(2022)?, "300215")?,
    })
}

/// The claim of a key for a genesis. The person is named after the key, and the name is nobody's.
fn claim(key: &StockKey) -> KeyClaim {
    let roles = Roles::of(&[Role::Custodian, Role::Receiver]);
    keys::claim(&key.pair, &NetworkId::default(), &key.org, PersonId(key.id.0), Hash::default(), roles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{bounds::MAX_GENESIS_BYTES, codec};

    #[test]
    fn a_genesis_has_room_for_the_most_items_and_keys() {
        let bytes = |items, keys| {
            let plan = StockPlan::of(items, Some(keys)).unwrap();
            let StockGenesis { orgs, class: _, items } = Stock::of_seed([7; 32], plan).unwrap().genesis().unwrap();
            codec::encode(&orgs).len() + codec::encode(&items).len()
        };
        let few = bytes(1, ORGS);
        let (item, key) = (bytes(1_001, ORGS) - few, bytes(1, ORGS + 1_024) - few);
        let most = item * MAX_ITEMS as usize / 1_000 + key * MAX_KEYS as usize / 1_024;
        // The rest of a genesis: the policy pack, agencies and members.
        assert!(most + 1024 * 1024 < MAX_GENESIS_BYTES, "{most}");
        for (items, keys) in [(0, 1), (MAX_ITEMS + 1, 1), (1, 0), (1, MAX_KEYS + 1)] {
            assert!(StockPlan::of(items, Some(keys)).is_err(), "{items} {keys}");
        }
        assert_eq!(StockPlan::of(MAX_ITEMS, Some(MAX_KEYS)).unwrap().items, MAX_ITEMS);
    }

    #[test]
    fn every_handover_is_between_two_organisations_and_moves_its_own_item() {
        let plan = StockPlan::of(100, Some(20)).unwrap();
        assert_eq!(plan.keys, 32);
        let stock = Stock::of_seed([7; 32], plan).unwrap();
        let network = NetworkId::default();
        let genesis = stock.genesis().unwrap();
        assert_eq!(genesis.items.len(), 100);
        for item in 0..100 {
            let tx = stock.handover(&network, item, Timestamp(1));
            tx.check_shape().unwrap();
            let [giver, receiver] = tx.body.signers.as_slice() else { panic!("two signers") };
            assert_ne!(giver.org, receiver.org);
            assert_eq!(genesis.items[item as usize].custodian, giver.org);
            let key = |id: &KeyId| stock.keys.iter().find(|k| k.id == *id).map(|k| k.pair.public_key());
            assert!(tx.resolve(&network, key).unwrap().verify().is_ok());
        }
        let again = Stock::of_seed([7; 32], plan).unwrap();
        assert!(again.keys.iter().zip(&stock.keys).all(|(a, b)| a.id == b.id));
    }
}

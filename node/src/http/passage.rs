//! The proof that an item has departed to another network: records of one view, or on a member's node as an agency proves
//! them.

use super::{
    Server,
    bundle::Moment,
    failure::{Failure, code},
    fetch::not_had,
    sight::Seen,
};
use crate::member::Under;
use ::access::wire::Proven;
use api::passage::PassageFile;
use ledger::{
    StateKey, bounds::MAX_PASSAGE_CHAIN, codec, passage::Passage, record::DepartureRecord, state::MAX_RECORD_BYTES,
};
use proof::{Certified, Source};
use store::StoreError;

impl Server {
    /// The file, and on a member's node the height that it is of: of an item that departed, under the last header.
    /// `known_at`: the height at which the other network knows this one; each change of the seats behind it adds a link.
    /// Without it the seats of now are taken to be known. It shows the item as it is now, so that only who sees that gets it.
    pub(super) fn passage(&self, seen: &Seen, known_at: Option<u64>) -> Result<(PassageFile, Option<u64>), Failure> {
        seen.must_be_present()?;
        let item = *seen.id();
        let gone = || Failure::not_found("departure of", item);
        let keys = [StateKey::Departure(item), StateKey::Item(item), StateKey::Class(seen.record().class)];
        let under = match self.handle.member() {
            Some(way) => {
                // A part of the ledger proves nothing by itself.
                let asked = way.fetch.under(keys.to_vec());
                tokio::runtime::Handle::current().block_on(asked).map_err(not_had)?
            }
            None => self.under(&keys).map_err(|e| Failure::fault("prove records", e))?,
        };
        let Under { certified: Certified { header, certificate, validators }, chain, records } = under;
        let mut records = records.into_iter().map(|Proven { record, proof }| record.map(|record| (record, proof)));
        let mut next = || records.next().flatten().ok_or_else(gone);
        let ((departure, departure_proof), (record, record_proof), (class, class_proof)) = (next()?, next()?, next()?);
        let read = codec::decode::<DepartureRecord>(&departure, MAX_RECORD_BYTES);
        let to = read.map_err(|e| Failure::fault("read a departure", e))?.to;
        let as_of = self.handle.member().map(|_| header.height);
        let links: Vec<Certified> = match known_at {
            Some(height) => chain.into_iter().filter(|link| link.header.height > height).collect(),
            None => Vec::new(),
        };
        if links.len() > MAX_PASSAGE_CHAIN {
            let detail =
                format!("{} changes of the seats since then: the other network admits this one anew", links.len());
            return Err(Failure::new(code::SEATS_CHANGED).with("detail", detail));
        }
        let link = |link: &Certified| {
            (codec::encode(&link.header), codec::encode(&link.certificate), codec::encode(&link.validators))
        };
        let chain = links.iter().map(link).collect();
        let passage = Passage {
            header: codec::encode(&header),
            certificate: codec::encode(&certificate),
            validators: codec::encode(&validators),
            chain,
            item,
            record,
            record_proof,
            departure,
            departure_proof,
            class,
            class_proof,
        };
        let file = PassageFile::of(&passage, to).map_err(|e| Failure::fault("assemble a passage", e))?;
        Ok((file, as_of))
    }

    /// Records as the whole ledger proves them, under its last header.
    fn under(&self, keys: &[StateKey]) -> Result<Under, StoreError> {
        let moment = Moment(self.handle.store.view()?);
        let proven = |key: &StateKey| moment.prove(key).map(|(record, proof)| Proven { record, proof });
        let records = keys.iter().map(proven).collect::<Result<_, _>>()?;
        Ok(Under { certified: moment.certified()?, chain: moment.validator_chain()?, records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::{
            sight::Sight,
            tests::world::{Who, World, server_of, text},
        },
        member::tests::{Folder, HONEST, Nodes, commit, member, register, round, until_has},
    };
    use custody::visibility::Reader;
    use ledger::{
        BlockId, CustodyPoint, Hash, ItemId, NetworkId, Operation, StateRead,
        operation::{Change, Motion},
        record::{NetworkRecord, Role, Stamp, ValidatorsRecord},
    };

    /// The network that the item departs to.
    const AFAR: NetworkId = NetworkId(Hash([0x77; 32]));

    fn admission(world: &World) -> Operation {
        let seats: ValidatorsRecord = world.handle.store.record(&StateKey::Validators).unwrap().unwrap();
        let (block, time) = (BlockId(Hash([1; 32])), world.handle.clock.now());
        let change =
            Change::AdmitNetwork { network: AFAR, chain: text("afar"), set: seats.set, height: 1, block, time };
        Operation::Enact { motion: Motion { changes: vec![change] } }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_members_node_gives_the_passage_of_its_item_as_an_agency_proves_it() {
        let world = World::start().await;
        let guest = register(&world, 1, Who::A).await;
        let seats: ValidatorsRecord = world.handle.store.record(&StateKey::Validators).unwrap().unwrap();
        commit(&world, world.tx(2, admission(&world), &[(Who::Customs, Role::Officer)])).await;
        let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
        let mut member = member(&world, home.path(), Who::A.org(), &nodes);
        round(&mut member, HONEST).await.unwrap();
        let (item, record) = world.item(Who::A, "ONCE");
        let server = server_of(member.handle.clone());
        let ask = async |item: ItemId| {
            let asked = server.blocking(move |server| {
                let reader = Reader::Member(Who::A.org());
                let seen = Sight::new(server, &reader).item(&item)?.unwrap();
                server.passage(&seen, Some(0)).map(|(file, _)| file)
            });
            asked.await.map_err(|failure| failure.code())
        };
        assert_eq!(ask(item).await.map(drop), Err(code::NOT_FOUND), "it has not departed");
        let at = CustodyPoint { seq: record.custody_seq, trail: record.trail };
        let depart = world.tx(3, Operation::Depart { item, at, to: AFAR }, &[(Who::A, Role::Custodian)]);
        commit(&world, depart.clone()).await;
        until_has(&mut member, HONEST, &depart.body.id()).await;
        let file = serde_json::to_vec(&ask(item).await.unwrap()).unwrap();
        let (_, passage) = PassageFile::read(&file).unwrap();
        // Who knows this network since before believes it.
        let known = NetworkRecord {
            chain: text("one agency"),
            set: seats.set,
            height: 0,
            block: BlockId::default(),
            time: ledger::Timestamp(0),
            from: Stamp::default(),
        };
        let arrived = ledger::passage::check(&passage, &known, AFAR).unwrap();
        assert_eq!((arrived.item, arrived.departure.by), (item, Who::A.org()));
        world.end().await;
    }
}

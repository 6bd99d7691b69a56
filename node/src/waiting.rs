//! Evidence that stands in no block yet: a small file in the home, so that a node that stops loses nothing of what it saw
//! (`docs/formats/consensus.md`, "`evidence`").

use ledger::{Evidence, NetworkId, bounds::MAX_EVIDENCE, codec};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

const MAGIC: &[u8; 8] = b"HUFUEVID";
const VERSION: u16 = 1;
/// Largest file: the longest list, many times over.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// Why the file is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WaitingError {
    /// The system does not let us.
    #[error("access {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// It was damaged, or is none of ours.
    #[error("read {path}: {what}")]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// The evidence that waits for a block, in memory as in the file.
#[derive(Debug)]
pub(crate) struct Waiting {
    path: PathBuf,
    network: NetworkId,
    list: Vec<Evidence>,
}

impl Waiting {
    /// What the file holds, and none where there is no file. One that cannot be read is put aside under another name: the
    /// node goes on without it, for what it held was a node's own find and others may have it too.
    pub(crate) fn open(path: PathBuf, network: NetworkId) -> Result<Waiting, WaitingError> {
        let list = match read(&path, network) {
            Ok(list) => list,
            Err(error @ WaitingError::Io { .. }) => return Err(error),
            Err(error @ WaitingError::Unfit { .. }) => {
                let aside = path.with_extension("damaged");
                fs::rename(&path, &aside).map_err(|source| WaitingError::Io { path: path.clone(), source })?;
                tracing::error!(%error, aside = %aside.display(), "evidence that waited for a block is put aside");
                Vec::new()
            }
        };
        Ok(Waiting { path, network, list })
    }

    /// The evidence, in the order in which it was found.
    pub(crate) fn list(&self) -> &[Evidence] {
        &self.list
    }

    /// Changes the list; what is in it is durable when this returns.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Vec<Evidence>)) -> io::Result<()> {
        let mut list = self.list.clone();
        change(&mut list);
        list.truncate(MAX_EVIDENCE);
        if list != self.list {
            write(&self.path, self.network, &list)?;
            self.list = list;
        }
        Ok(())
    }
}

/// The evidence of a file; none where there is no file. It is not judged.
pub(crate) fn read(path: &Path, network: NetworkId) -> Result<Vec<Evidence>, WaitingError> {
    let failed = |source| WaitingError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    decode(&bytes, network).map_err(|what| WaitingError::Unfit { path: path.to_owned(), what })
}

fn head(network: NetworkId) -> Vec<u8> {
    [MAGIC.as_slice(), &VERSION.to_be_bytes(), &network.0.0].concat()
}

fn encode(network: NetworkId, list: &[Evidence]) -> Vec<u8> {
    let mut bytes = head(network);
    bytes.extend(codec::encode(&list.to_vec()));
    let sum = blake3::hash(&bytes);
    bytes.extend(sum.as_bytes());
    bytes
}

fn decode(bytes: &[u8], network: NetworkId) -> Result<Vec<Evidence>, String> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!("it is longer than {MAX_FILE_BYTES} bytes"));
    }
    let (content, sum) = bytes.split_last_chunk::<32>().ok_or("it is cut short")?;
    if blake3::hash(content).as_bytes() != sum {
        return Err("its check sum does not hold".into());
    }
    let list = content.strip_prefix(head(network).as_slice()).ok_or("it is of another network or version")?;
    codec::decode(list, MAX_FILE_BYTES).map_err(|e| e.to_string())
}

/// Replaces the file as a whole; an empty list has none.
fn write(path: &Path, network: NetworkId, list: &[Evidence]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    if list.is_empty() {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    } else {
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&encode(network, list))?;
        file.sync_all()?;
        fs::rename(&new, path)?;
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{BlockId, Hash, KeyId, Signature, SignedVote, Vote, VoteKind};

    const NETWORK: NetworkId = NetworkId(Hash([7; 32]));

    fn evidence(height: u64) -> Evidence {
        let vote = |n: u8| SignedVote {
            vote: Vote {
                network: NETWORK,
                kind: VoteKind::Prevote,
                height,
                round: 3,
                signer: KeyId(Hash([1; 32])),
                block: Some(BlockId(Hash([n; 32]))),
            },
            signature: Signature([n; 64]),
        };
        Evidence::Votes { first: vote(1), second: vote(2) }
    }

    /// A folder of the system's temporary one, gone with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let salt: [u8; 8] = keys::random().unwrap();
            let folder = Folder(std::env::temp_dir().join(format!("hufu-waiting-{}", hex::encode(salt))));
            fs::create_dir_all(&folder.0).unwrap();
            folder
        }
        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_was_found_is_there_after_a_start() {
        let folder = Folder::new();
        let path = folder.0.join("evidence");
        let mut waiting = Waiting::open(path.clone(), NETWORK).unwrap();
        assert_eq!(waiting.list(), []);
        waiting.change(|_| {}).unwrap();
        assert_eq!(folder.names(), [""; 0]);
        let two = [evidence(1), evidence(2)];
        waiting.change(|list| list.extend(two.clone())).unwrap();
        assert_eq!(folder.names(), ["evidence"]);
        let mut again = Waiting::open(path.clone(), NETWORK).unwrap();
        assert_eq!(again.list(), two);
        let drop_first = |list: &mut Vec<Evidence>| *list = list.split_off(1);
        again.change(drop_first).unwrap();
        assert_eq!(read(&path, NETWORK).unwrap(), two[1..]);
        again.change(Vec::clear).unwrap();
        assert_eq!(folder.names(), [""; 0]);
        // As many as a block takes, and no more.
        again.change(|list| list.extend((0..100).map(evidence))).unwrap();
        assert_eq!((again.list().len(), read(&path, NETWORK).unwrap().len()), (MAX_EVIDENCE, MAX_EVIDENCE));
    }

    #[test]
    fn a_file_that_is_damaged_or_of_another_network_is_put_aside() {
        let sound = encode(NETWORK, &[evidence(1)]);
        let mut flipped = sound.clone();
        flipped[60] ^= 1;
        let foreign = encode(NetworkId(Hash([8; 32])), &[evidence(1)]);
        let long = vec![0; MAX_FILE_BYTES + 1];
        for bytes in [&flipped[..], &sound[..40], &sound[..sound.len() - 1], &foreign[..], &[][..], &long[..]] {
            let folder = Folder::new();
            let path = folder.0.join("evidence");
            fs::write(&path, bytes).unwrap();
            assert!(matches!(read(&path, NETWORK), Err(WaitingError::Unfit { .. })));
            let waiting = Waiting::open(path, NETWORK).unwrap();
            assert_eq!((waiting.list(), folder.names()), (&[][..], vec!["evidence.damaged".to_owned()]));
        }
        assert_eq!(decode(&sound, NETWORK), Ok(vec![evidence(1)]));
    }
}

//! Where a gateway that runs is found: the file `address`, which its process holds locked as long as it lives.
//!
//! A file that nobody holds is of a gateway that ended, and somebody else may listen there by now: the token is not sent
//! to it.

use super::settings::TOKEN;
use crate::{
    failure::{Failure, Result},
    http::Http,
    output::Output,
    storage,
};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Name of the file.
const ADDRESS: &str = "address";
/// Longest address, and longest token, in bytes.
const MAX_WORD: usize = 64 * 1024;

/// The address of this process, for as long as this is held.
#[derive(Debug)]
pub(super) struct Door {
    _held: File,
}

impl Door {
    /// Says where this process listens. The file is whole and locked before it gets its name. Error: H1403.
    pub(super) fn open(dir: &Path, url: &str) -> Result<Door> {
        let (path, temporary) = (dir.join(ADDRESS), dir.join(format!("{ADDRESS}.{}.tmp", std::process::id())));
        let made = || -> io::Result<File> {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.try_lock().map_err(io::Error::other)?;
            file.write_all(format!("{url}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            storage::sync_folder(&path)?;
            Ok(file)
        };
        made().map(|held| Door { _held: held }).map_err(|e| Failure::file(&path, &e))
    }
}

/// A gateway that runs.
#[derive(Debug)]
pub(super) struct Running {
    url: String,
    token: String,
}

impl Running {
    /// A caller of it, who shows its token.
    pub(super) fn http(self, out: &Output) -> Http {
        let http = Http::near(self.url, out.clone());
        http.set_token(self.token);
        http
    }
}

/// The gateway that runs on a folder. Errors: H1668 where none does, H1403.
pub(super) fn running(dir: &Path) -> Result<Running> {
    let none = || Failure::new("H1668", [("file", dir.join(ADDRESS).display().to_string())]);
    let mut file = File::open(dir.join(ADDRESS)).map_err(|_| none())?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) | Err(TryLockError::Error(_)) => return Err(none()),
    }
    // What is locked is what its holder wrote.
    let mut url = String::new();
    let bound = u64::try_from(MAX_WORD).unwrap_or(u64::MAX);
    (&mut file).take(bound).read_to_string(&mut url).map_err(|e| Failure::file(&dir.join(ADDRESS), &e))?;
    let token = storage::read(&dir.join(TOKEN), MAX_WORD)?;
    Ok(Running { url: url.trim().to_owned(), token: String::from_utf8_lossy(&token).trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_as_long_as_its_process() {
        let dir = tempfile::tempdir().unwrap();
        let found = || running(dir.path()).map(|running| (running.url, running.token)).map_err(|failure| failure.code);
        fs::write(dir.path().join(TOKEN), "secret\n").unwrap();
        assert_eq!(found(), Err("H1668".to_owned()));
        let door = Door::open(dir.path(), "http://127.0.0.1:1").unwrap();
        assert_eq!(found(), Ok(("http://127.0.0.1:1".to_owned(), "secret".to_owned())));
        drop(door);
        assert_eq!(found(), Err("H1668".to_owned()));
        // The next one takes its place, whatever the first one left.
        let _door = Door::open(dir.path(), "http://127.0.0.1:2").unwrap();
        assert_eq!(found().unwrap().0, "http://127.0.0.1:2");
    }
}

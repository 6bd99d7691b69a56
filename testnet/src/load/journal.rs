//! What was sent and what was answered, a JSON object a line, so that a test can hold the ledger to it afterwards.

use eyre::Context;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// The journal; none writes nothing.
pub(super) struct Journal(Option<Mutex<BufWriter<File>>>);

impl Journal {
    pub(super) fn open(path: Option<&Path>) -> eyre::Result<Journal> {
        let Some(path) = path else { return Ok(Journal(None)) };
        let file = File::options().create(true).append(true).open(path);
        let file = file.wrap_err_with(|| format!("write {}", path.display()))?;
        Ok(Journal(Some(Mutex::new(BufWriter::with_capacity(256 * 1024, file)))))
    }

    /// Notes one event of some transactions, and gives it to the system before returning: a request stands in the
    /// journal before it is sent.
    pub(super) fn note<'a>(&self, event: &str, transactions: impl Iterator<Item = &'a [u8; 32]>) {
        let Some(file) = &self.0 else { return };
        let t = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut lines = Vec::new();
        for id in transactions {
            // Writing to memory never fails.
            let _ = writeln!(lines, "{{\"t\":{t},\"tx\":\"{}\",\"event\":\"{event}\"}}", hex::encode(id));
        }
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(&lines).and_then(|()| file.flush()) {
            eprintln!("load: the journal cannot be written: {error}");
        }
    }

    pub(super) fn finish(&self) -> eyre::Result<()> {
        match &self.0 {
            Some(file) => file.lock().unwrap_or_else(PoisonError::into_inner).flush().wrap_err("write the journal"),
            None => Ok(()),
        }
    }
}

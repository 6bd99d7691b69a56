//! Changing the meaning of a bundle, to see that its verification fails.

use eyre::Context;
use std::{fs, path::Path};

/// Changes at least one value of a bundle in a way that `seed` decides, and says which.
pub fn tamper(file: &Path, seed: u64, out: &Path) -> eyre::Result<String> {
    let bytes = fs::read(file).wrap_err_with(|| format!("read {}", file.display()))?;
    let bytes = proof::read_file(&bytes, proof::bounds::MAX_BUNDLE_BYTES)
        .wrap_err_with(|| format!("unpack {}", file.display()))?;
    let tampered = proof::tamper::tamper(&bytes, seed).wrap_err_with(|| format!("tamper with {}", file.display()))?;
    fs::write(out, &tampered.bytes).wrap_err_with(|| format!("write {}", out.display()))?;
    Ok(tampered.kind.name().to_owned())
}

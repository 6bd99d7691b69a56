//! What can go wrong with a key file, each with its stable code.

use std::{io, path::PathBuf};

/// Why a key was not made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The password does not open the file, or the file was changed: the two cannot be told apart.
    #[error("open {} with this password", file.display())]
    Password {
        /// The file; empty for one in memory.
        file: PathBuf,
    },
    /// Not a key file, or a field of it cannot be read.
    #[error("read {}: {detail}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Another version of the format.
    #[error("read {}: unknown version {found:?}", file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: String,
    },
    /// Others than the owner can read or write it.
    #[error("read {}: its mode {mode:o} lets others in", file.display())]
    TooOpen {
        /// The file.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The operating system refused.
    #[error("access {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is a file of this name, and keys are never overwritten.
    #[error("write {}: it exists", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// The operating system gives no random bytes.
    #[error("get random bytes from the operating system")]
    Random,
    /// argon2 parameters outside the bounds.
    #[error("take the argon2 parameters of {}", file.display())]
    Cost {
        /// The file.
        file: PathBuf,
    },
    /// Fewer than [`crate::MIN_PASSWORD_CHARS`] characters.
    #[error("take a password that short")]
    PasswordShort,
    /// A label or name too long, or with a control character.
    #[error("take the {field}")]
    Header {
        /// Which.
        field: &'static str,
    },
    /// A key file of another use: a key that signs, where one is needed that opens documents, or the other way round.
    #[error("use {} for this: it is of another use", file.display())]
    Use {
        /// The file.
        file: PathBuf,
    },
    /// A backup that was written does not open when it is read back; it was not kept.
    #[error("open the backup {} after it was written", file.display())]
    Unproved {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: Box<KeyError>,
    },
}

impl KeyError {
    /// Stable code, `H2201` to `H2211`, and `H2222`.
    pub fn code(&self) -> &'static str {
        match self {
            KeyError::Password { .. } => "H2201",
            KeyError::Damaged { .. } => "H2202",
            KeyError::Version { .. } => "H2203",
            KeyError::TooOpen { .. } => "H2204",
            KeyError::Io { .. } => "H2205",
            KeyError::Exists { .. } => "H2206",
            KeyError::Random => "H2207",
            KeyError::Cost { .. } => "H2208",
            KeyError::PasswordShort => "H2209",
            KeyError::Header { .. } => "H2210",
            KeyError::Unproved { .. } => "H2211",
            KeyError::Use { .. } => "H2222",
        }
    }

    /// The values, by name, for the catalogue's templates.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let name = |file: &PathBuf| ("file", file.display().to_string());
        match self {
            KeyError::Password { file }
            | KeyError::Exists { file }
            | KeyError::Cost { file }
            | KeyError::Use { file } => vec![name(file)],
            KeyError::Damaged { file, detail } => vec![name(file), ("detail", detail.clone())],
            KeyError::Version { file, found } => vec![name(file), ("found", found.clone())],
            KeyError::TooOpen { file, mode } => vec![name(file), ("mode", format!("{mode:o}"))],
            KeyError::Io { file, source } => vec![name(file), ("detail", source.to_string())],
            KeyError::Random | KeyError::PasswordShort => Vec::new(),
            KeyError::Header { field } => vec![("field", (*field).to_owned())],
            KeyError::Unproved { file, source } => vec![name(file), ("detail", source.to_string())],
        }
    }
}

//! Passwords: from a file, or from the terminal; never from the command line.

use crate::{
    failure::{Failure, Result},
    session::Session,
    storage,
};
use keys::{ExposeSecret, SecretString};
use std::{io::IsTerminal, path::Path};
use zeroize::Zeroize;

/// Largest password file, in bytes.
const MAX_PASSWORD_FILE: usize = 256 * 1024;

/// Whose password, and where it is found if nobody types it.
pub(crate) struct Password<'a> {
    session: &'a Session,
    file: Option<&'a Path>,
    /// The flag that names such a file.
    flag: &'static str,
}

impl<'a> Password<'a> {
    /// That of a key file.
    pub(crate) fn of_key(session: &'a Session) -> Password<'a> {
        Password { session, file: session.settings.key_password_file.as_deref(), flag: "--key-password-file" }
    }

    /// That of a backup; `file` is what the flag names.
    pub(crate) fn of_backup(session: &'a Session, file: Option<&'a Path>) -> Password<'a> {
        let file = file.or(session.settings.backup_password_file.as_deref());
        Password { session, file, flag: "--backup-password-file" }
    }

    /// Reads it, or asks. Errors: H1403, H1405.
    pub(crate) fn get(&self, question: &str) -> Result<SecretString> {
        if let Some(path) = self.file {
            let mut bytes = storage::read(path, MAX_PASSWORD_FILE)?;
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
            bytes.zeroize();
            return Ok(SecretString::from(text));
        }
        if self.session.settings.no_input || !std::io::stdin().is_terminal() {
            return Err(Failure::new("H1405", [("question", format!("{question} ({})", self.flag))]));
        }
        let text = rpassword::prompt_password(format!("{question}: "))
            .map_err(|e| Failure::file(Path::new("/dev/tty"), &e))?;
        Ok(SecretString::from(text))
    }

    /// One under which something is to be encrypted: who types it does so twice. Errors: those of [`Password::get`], H2212.
    pub(crate) fn choose(&self, question: &str) -> Result<SecretString> {
        let first = self.get(question)?;
        match self.file {
            Some(_) => Ok(first),
            None => agreed(first, &self.get(self.session.out.pick("the same once more", "再次输入"))?),
        }
    }
}

/// What was typed twice. Error: H2212.
fn agreed(first: SecretString, again: &SecretString) -> Result<SecretString> {
    match first.expose_secret() == again.expose_secret() {
        true => Ok(first),
        false => Err(Failure::plain("H2212")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_what_was_typed_twice() {
        let check = |first: &str, again: &str| {
            let found = agreed(SecretString::from(first), &SecretString::from(again));
            found.map(|password| password.expose_secret().to_owned()).map_err(|failure| failure.code)
        };
        assert_eq!(check("correct horse", "correct horse"), Ok("correct horse".to_owned()));
        assert_eq!(check("correct horse", "correct house"), Err("H2212".to_owned()));
    }
}

//! That nobody registered a code.

use super::verify;
use crate::{
    cli::AbsenceCommand,
    failure::Result,
    session::{self, Session},
};
use api::paths;
use proof::FileVerdict;

pub(crate) fn run(session: &Session, command: AbsenceCommand) -> Result<u8> {
    let AbsenceCommand::Export { code, out } = command;
    let code = session::code(&code)?;
    let path = paths::fill(paths::CODE, &format!("{code}/{}", paths::ABSENCE));
    let bytes = session.get(&path, &[])?.body;
    match verify::sound(session, &bytes)? {
        FileVerdict::Absence(absence) if absence.code == Some(code.digital_link()) => {
            verify::deliver(session, &bytes, FileVerdict::Absence(absence), out.as_deref())
        }
        _ => Err(session.mismatch("absence")),
    }
}

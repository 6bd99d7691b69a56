//! Mappings that a user keeps under a name: one for each supplier whose lists come again.

use super::mapping::{MAX_MAPPING, Mapping};
use crate::{
    cli::MapCommand,
    commands::Listing,
    failure::{Failure, Result},
    session::Session,
    storage,
};
use api::catalogue::exit;
use serde::Serialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Longest name, in characters.
const NAME: usize = 64;
const SUFFIX: &str = ".toml";

/// A mapping that is kept.
#[derive(Serialize)]
struct Kept {
    name: String,
    file: String,
}

/// Runs `import map`.
pub(super) fn run(session: &Session, command: MapCommand) -> Result<u8> {
    match command {
        MapCommand::Keep { name, file } => keep(session, &name, &file)?,
        MapCommand::List => list(session)?,
        MapCommand::Show { name } => session.out.print_raw(&text(&kept(session, &name)?)?),
        MapCommand::Forget { name } => {
            let path = kept(session, &name)?;
            fs::remove_file(&path).and_then(|()| storage::sync_folder(&path)).map_err(|e| Failure::file(&path, &e))?;
        }
    }
    Ok(exit::DONE)
}

/// The mapping of `--map`: a file, or one that is kept under this name. Errors: H1315, H1335.
pub(super) fn mapping(session: &Session, word: &str) -> Result<Mapping> {
    let file = Path::new(word);
    let is_file = file.is_file() || file.extension().is_some() || file.components().count() > 1;
    Mapping::read(&if is_file { file.to_owned() } else { kept(session, word)? })
}

fn folder(session: &Session) -> PathBuf {
    session.settings.state.join("maps")
}

/// Where a mapping of this name is kept. Error: H1444 for what names no file of that folder.
fn path_of(session: &Session, name: &str) -> Result<PathBuf> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    match !name.is_empty() && name.chars().count() <= NAME && name.chars().all(fits) {
        true => Ok(folder(session).join(format!("{name}{SUFFIX}"))),
        false => Err(Failure::form(name, format!("letters, digits, - and _, at most {NAME}"))),
    }
}

/// The file of a mapping that is kept. Error: H1335.
fn kept(session: &Session, name: &str) -> Result<PathBuf> {
    let path = path_of(session, name)?;
    match path.is_file() {
        true => Ok(path),
        false => {
            let names: Vec<String> = all(session)?.into_iter().map(|kept| kept.name).collect();
            Err(Failure::new("H1335", [("input", name.to_owned()), ("list", names.join(", "))]))
        }
    }
}

fn text(path: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&storage::read(path, MAX_MAPPING)?).into_owned())
}

fn keep(session: &Session, name: &str, file: &Path) -> Result<()> {
    let path = path_of(session, name)?;
    // What cannot be used is not kept.
    Mapping::read(file)?;
    storage::folder(&folder(session))?;
    session.write_named(&path, &storage::read(file, MAX_MAPPING)?)
}

fn all(session: &Session) -> Result<Vec<Kept>> {
    let folder = folder(session);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(&folder, &error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| Failure::file(&folder, &e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(SUFFIX) {
            all.push(Kept { name: name.to_owned(), file: path.display().to_string() });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn list(session: &Session) -> Result<()> {
    let items = all(session)?;
    let out = &session.out;
    out.result(&Listing { schema: "hufu.maps/1", items: &items }, |sheet| {
        let rows = items.iter().map(|kept| [kept.name.clone(), kept.file.clone()]);
        sheet.table(out, [("name", "名称"), ("file", "文件")], rows);
    });
    Ok(())
}

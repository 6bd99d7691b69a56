//! What a process and a folder tell of themselves.

use crate::{process::Process, scale::Machine};
use eyre::{Context, eyre};
use std::{fs, path::Path};

/// A hundredth of a second, in microseconds: the unit of `/proc/<pid>/stat`.
const TICK_US: u64 = 10_000;

/// Microseconds of a core that a process has used so far.
pub(super) fn cpu_us(process: &Process) -> eyre::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.pid)).wrap_err("read what a process has used")?;
    let after = stat.rfind(')').and_then(|at| stat.get(at + 2..)).unwrap_or_default();
    let fields: Vec<&str> = after.split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).ok_or_else(|| eyre!("/proc/{}/stat has no times", process.pid))?;
    Ok((user + system) * TICK_US)
}

/// Bytes of all files in a folder. A file that goes meanwhile is none.
pub(super) fn size(folder: &Path) -> eyre::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder).wrap_err_with(|| format!("look into {}", folder.display()))? {
        let path = entry?.path();
        sum += match path.is_dir() {
            true => size(&path)?,
            false => fs::metadata(&path).map_or(0, |file| file.len()),
        };
    }
    Ok(sum)
}

/// This machine.
pub(super) fn machine() -> Machine {
    let field = |file: &str, name: &str| -> String {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    let memory = field("/proc/meminfo", "MemTotal");
    Machine {
        cores: std::thread::available_parallelism().map_or(1, |n| n.get()),
        processor: field("/proc/cpuinfo", "model name"),
        memory_mib: memory.trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_time_and_this_machine_has_cores() {
        let me = Process::of(std::process::id()).unwrap();
        let before = cpu_us(&me).unwrap();
        // Work until it shows.
        let mut sum = 0u64;
        while cpu_us(&me).unwrap() == before {
            sum = sum.wrapping_add(std::hint::black_box(sum ^ 7));
        }
        assert!(machine().cores > 0 && machine().memory_mib > 0);
    }

    #[test]
    fn the_size_of_a_folder_is_that_of_its_files() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("in")).unwrap();
        fs::write(dir.path().join("a"), [0; 10]).unwrap();
        fs::write(dir.path().join("in/b"), [0; 32]).unwrap();
        assert_eq!(size(dir.path()).unwrap(), 42);
    }
}

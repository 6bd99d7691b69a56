//! Processes that this program started, told from all others by their start time.

use crate::wait::{NotInTime, Seen, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Time for a process to end by itself before it is killed.
const STOP_TIME: Duration = Duration::from_secs(20);

/// A process by number and start time: a number alone may belong to another process by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its start, in clock ticks since the machine started.
    pub started: u64,
}

impl Process {
    /// The living process of a number.
    pub fn of(pid: u32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold blanks and parentheses itself.
        let fields: Vec<&str> = stat.get(stat.rfind(')')? + 2..)?.split(' ').collect();
        let (state, threads, started) = (fields.first()?, fields.get(17)?, fields.get(19)?.parse().ok()?);
        // While threads besides the first are still ending, the process has its files and their locks.
        let ended = matches!(*state, "Z" | "X") && matches!(*threads, "0" | "1");
        (!ended).then_some(Process { pid, started })
    }

    /// Whether this very process lives. One that has ended and waits to be reaped does not.
    pub fn lives(&self) -> bool {
        Process::of(self.pid) == Some(*self)
    }

    /// Sends a signal to this very process. Whether it lived.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).filter(|_| self.lives());
        match pid.map(|pid| kill_process(pid, signal)) {
            None => Ok(false),
            Some(Ok(())) => Ok(true),
            Some(Err(rustix::io::Errno::SRCH)) => Ok(false),
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// Ends it: asks, waits, and kills it if it does not listen.
    pub fn stop(&self) -> io::Result<()> {
        if !self.signal(Signal::TERM)? || self.ended(STOP_TIME).is_ok() {
            return Ok(());
        }
        self.kill()
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)?;
        self.ended(STOP_TIME).map_err(io::Error::other)
    }

    fn ended(&self, at_most: Duration) -> Result<(), NotInTime> {
        wait_for(&format!("the end of process {}", self.pid), at_most, || match self.lives() {
            true => Seen::NotYet("it lives".into()),
            false => Seen::Yes(()),
        })
    }
}

/// Starts a program that outlives this one: in a process group of its own, with its output in a file.
pub fn start(program: &Path, arguments: &[&str], log: &Path) -> io::Result<Process> {
    start_with(program, arguments, &[], log)
}

/// The same with variables of the environment.
pub fn start_with(program: &Path, arguments: &[&str], environment: &[(&str, &str)], log: &Path) -> io::Result<Process> {
    let out = OpenOptions::new().create(true).append(true).open(log)?;
    let errors = out.try_clone()?;
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(errors)
        .process_group(0)
        .spawn()?;
    let pid = child.id();
    let process = Process::of(pid);
    // Whoever started a process has to reap it; where this program ends first, the system does.
    std::thread::spawn(move || child.wait());
    process.ok_or_else(|| io::Error::other(format!("{} ended at once; see {}", program.display(), log.display())))
}

/// A program that lies beside this one, as cargo and packages put them.
pub fn beside(name: &str) -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    // A test's program lies one folder deeper.
    let places = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    places.into_iter().find(|p| p.is_file()).ok_or_else(|| {
        let help = "build all programs: cargo build -p client -p node -p testnet";
        io::Error::new(io::ErrorKind::NotFound, format!("{name} is not beside {}; {help}", own.display()))
    })
}

/// The last lines of a log, to show why something failed.
pub fn last_lines(log: &Path, count: usize) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start() {
        let me = Process::of(std::process::id()).unwrap();
        assert!(me.lives());
        let other = Process { started: me.started + 1, ..me };
        assert!(!other.lives());
        assert!(!other.signal(Signal::KILL).unwrap());
    }

    #[test]
    fn started_and_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let process = start(Path::new("/bin/sh"), &["-c", "echo up; exec tail -f /dev/null"], &dir.path().join("log"));
        let process = process.unwrap();
        assert!(process.lives());
        process.stop().unwrap();
        assert!(!process.lives());
    }
}

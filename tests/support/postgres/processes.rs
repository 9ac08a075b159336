//! Signals to processes, and what Linux says of them.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Sends a signal. A process that is gone already is fine: it ended by itself.
pub(super) fn signal(process: u32, signal: Signal) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).expect("no process has the number 0");
    match kill_process(process, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => panic!("a signal to process {process:?}: {error}"),
    }
}

/// The processes that this one started.
pub(super) fn children(parent: u32) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    processes.filter(|process| state(*process).is_some_and(|(_, of)| of == parent)).collect()
}

/// Whether it is there and can still do something: not if it only waits for its parent to take note of its end.
pub(super) fn lives(process: u32) -> bool {
    state(process).is_some_and(|(letter, _)| !['Z', 'X'].contains(&letter))
}

/// Whether it was stopped by a signal.
pub(super) fn stands(process: u32) -> bool {
    state(process).expect("the process is there").0 == 'T'
}

/// The state's letter and the parent.
fn state(process: u32) -> Option<(char, u32)> {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in brackets and may hold anything, brackets too.
    let mut words = line.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

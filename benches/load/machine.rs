//! What the machine says of processes: processor time and memory, from `/proc`.

use std::{fs, io};

/// Ticks a second of the times in `/proc`: 100 on every Linux that is in use.
const TICKS: f64 = 100.0;

/// Processor seconds a process has used by itself, and with the children it has buried.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    parent: u32,
    own: f64,
    buried: f64,
}

fn times(process: u32) -> Option<Times> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program stands in brackets and may hold anything.
    let rest: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| rest.get(at).and_then(|word| word.parse::<f64>().ok());
    Some(Times {
        parent: rest.get(1)?.parse().ok()?,
        own: (number(11)? + number(12)?) / TICKS,
        buried: (number(13)? + number(14)?) / TICKS,
    })
}

/// Processor seconds one process has used.
pub fn seconds_of(process: u32) -> f64 {
    times(process).map_or(0.0, |times| times.own)
}

/// The process that started another.
pub fn parent(process: u32) -> Option<u32> {
    times(process).map(|times| times.parent)
}

/// Processor seconds a process and all its children have used, those gone included.
pub fn seconds_of_family(process: u32) -> f64 {
    let head = times(process).unwrap_or_default();
    let children: f64 = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(times)
        .filter(|times| times.parent == process)
        .map(|times| times.own + times.buried)
        .sum();
    head.own + head.buried + children
}

/// Megabytes of memory a process holds now, and the most it ever held.
///
/// # Errors
/// When there is no such process.
pub fn memory_of(process: u32) -> io::Result<(f64, f64)> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kilobytes = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    Ok((
        kilobytes("VmRSS").unwrap_or(0.0) / 1024.0,
        kilobytes("VmHWM").unwrap_or(0.0) / 1024.0,
    ))
}

/// How busy the machine is with everything: processes that want to run, on average of the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

//! What one flush of the disk costs: the least that a durable answer can take.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::clock;

/// As large as a page of the data file.
const PAGE_BYTES: usize = 4096;
/// As many pages as are written over and over, as a write-ahead log is.
const PAGES: u64 = 256;

/// Writes a page and has it flushed (fdatasync), `count` times, and returns how long each took. The file has its length
/// before, so that no flush pays for its growth.
pub(super) fn flush_times(directory: &Path, count: u32) -> anyhow::Result<Vec<Duration>> {
    let path = directory.join("flush");
    let mut file = File::create(&path).with_context(|| format!("cannot write in {}", directory.display()))?;
    let page = [0x5a; PAGE_BYTES];
    for _ in 0..PAGES {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut times = Vec::new();
    for number in 0..count {
        file.seek(SeekFrom::Start(u64::from(number) % PAGES * PAGE_BYTES as u64))?;
        let start = clock::instant();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(clock::instant() - start);
    }
    std::fs::remove_file(path)?;
    Ok(times)
}

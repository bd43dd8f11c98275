//! The lock: keeps a second process out of a data directory, and tells it whom to
//! ask instead.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::super::StoreError;

/// Who holds a data directory, as its lock file tells: process and admin address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub text: String,
    pub admin: Option<String>,
}

/// Who holds the directory, if anybody does.
pub(super) fn holder(dir: &Path) -> Option<Holder> {
    let mut file = File::open(dir.join("lock")).ok()?;
    match file.try_lock() {
        Ok(()) => None,
        Err(_) => Some(read_holder(&mut file)),
    }
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    // What the holder says of itself is a courtesy: an unreadable one is still a holder.
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let admin = text.lines().find_map(|l| l.strip_prefix("admin ")).map(str::to_owned);
    let first = text.lines().next().unwrap_or_default();
    Holder { text: if first.is_empty() { "unknown process".to_owned() } else { first.to_owned() }, admin }
}

/// Takes the directory for this process.
pub(super) fn take(dir: &Path, admin: Option<&str>) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let io = |cause| StoreError::Io { doing: format!("locking {}", path.display()), cause };
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    if file.try_lock().is_err() {
        let holder = read_holder(&mut file).text;
        return Err(StoreError::InUse { dir: dir.display().to_string(), holder });
    }
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    writeln!(file, "process {}", std::process::id()).map_err(io)?;
    if let Some(admin) = admin {
        writeln!(file, "admin {admin}").map_err(io)?;
    }
    Ok(file)
}

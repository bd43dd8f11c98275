//! Days: the keys of hits' contents, one file a day, sealed. To remove a file is
//! to make a day's contents unreadable for good.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::super::StoreError;
use super::super::keys::Keys;
use super::super::vault::{self, Day, DayKey};
use super::io;

/// The directory, and what was read of it.
pub(super) struct Days {
    dir: PathBuf,
    known: Mutex<HashMap<Day, Option<DayKey>>>,
}

impl Days {
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        super::make_durably(dir).map_err(io("making", dir))?;
        Ok(Self { dir: dir.to_owned(), known: Mutex::default() })
    }

    fn path(&self, day: Day) -> PathBuf {
        self.dir.join(day.to_string())
    }

    /// The key of a day, if there is one.
    pub(super) fn get(&self, keys: &Keys, day: Day) -> Result<Option<DayKey>, StoreError> {
        let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(key) = known.get(&day) {
            return Ok(*key);
        }
        let sealed = read(&self.path(day))?;
        let key = sealed.map(|sealed| vault::open_day_key(keys, day, &sealed)).transpose()?;
        known.insert(day, key);
        Ok(key)
    }

    /// The key of a day; a new one is durable before it is used.
    pub(super) fn get_or_make(&self, keys: &Keys, day: Day) -> Result<DayKey, StoreError> {
        if let Some(key) = self.get(keys, day)? {
            return Ok(key);
        }
        let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(Some(key)) = known.get(&day) {
            return Ok(*key);
        }
        let (key, sealed) = vault::new_day_key(keys, day);
        let unavailable = |cause: std::io::Error| StoreError::Unavailable(format!("a content key: {cause}"));
        super::replace(&self.path(day), &sealed).map_err(unavailable)?;
        known.insert(day, Some(key));
        Ok(key)
    }

    /// All days that have a key.
    pub(super) fn all(&self) -> Result<Vec<Day>, StoreError> {
        let mut days = Vec::new();
        for item in std::fs::read_dir(&self.dir).map_err(io("listing", &self.dir))? {
            let name = item.map_err(io("listing", &self.dir))?.file_name();
            days.extend(name.to_str().and_then(|n| n.parse::<Day>().ok()));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// A day's key as it is kept; none where it was shredded meanwhile.
    pub(super) fn sealed(&self, day: Day) -> Result<Option<Vec<u8>>, StoreError> {
        read(&self.path(day))
    }

    /// Keeps a key that was kept elsewhere.
    pub(super) fn adopt(&self, day: Day, sealed: &[u8]) -> Result<(), StoreError> {
        let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
        let path = self.path(day);
        super::replace(&path, sealed).map_err(io("writing", &path))?;
        known.remove(&day);
        Ok(())
    }

    /// Seals all keys with the sealing key in use; nothing is made or shredded meanwhile.
    pub(super) fn seal_anew(&self, keys: &Keys) -> Result<(), StoreError> {
        let _alone = self.known.lock().unwrap_or_else(|e| e.into_inner());
        for day in self.all()? {
            let path = self.path(day);
            let Some(sealed) = read(&path)?.filter(|sealed| !keys.is_current(sealed)) else { continue };
            let key = vault::open_day_key(keys, day, &sealed)?;
            super::replace(&path, &vault::seal_day_key(keys, day, &key)).map_err(io("writing", &path))?;
        }
        Ok(())
    }

    /// Destroys the keys of all days before that one; how many. The octets are
    /// written over first; what the disk itself remembers is beyond a program.
    pub(super) fn shred(&self, before: Day) -> Result<u64, StoreError> {
        let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
        let mut gone = 0;
        for day in self.all()?.into_iter().filter(|d| *d < before) {
            let path = self.path(day);
            let length = std::fs::metadata(&path).map_err(io("reading", &path))?.len();
            let mut file = std::fs::OpenOptions::new().write(true).open(&path).map_err(io("opening", &path))?;
            let zeros = vec![0u8; usize::try_from(length).unwrap_or(0)];
            std::io::Write::write_all(&mut file, &zeros)
                .and_then(|()| file.sync_all())
                .map_err(io("writing", &path))?;
            std::fs::remove_file(&path).map_err(io("removing", &path))?;
            known.insert(day, None);
            gone += 1;
        }
        if gone > 0 {
            super::sync_dir(&self.dir).map_err(io("syncing", &self.dir))?;
        }
        Ok(gone)
    }
}

/// A key as it is kept. One that was written over with zeros was being shredded
/// when the power went.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match std::fs::read(path) {
        Ok(sealed) => Ok(sealed.iter().any(|octet| *octet != 0).then_some(sealed)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(io("reading", path)(cause)),
    }
}

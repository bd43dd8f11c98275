//! Places: two dense files beside the index, made of the journal and made anew
//! from it: where every entry lies in its segment, and the hashes of the ledger's
//! complete subtrees of sixteen entries and more. They are durable up to the
//! index's position; what lies beyond is written again.
//!
//! ```text
//! places  offset[4] length[4]      for each entry, by its number
//! tree    hash[32]                 in-order: level 4+l, index i at (2i+1) * 2^l - 1
//! ```

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::super::StoreError;
use super::io;
use super::journal::Place;
use crate::ledger::tree::{Frontier, Hash, Part};

/// Smaller subtrees are joined from leaf hashes, which the journal has.
pub(super) const LOWEST: u8 = 4;
const PLACE: u64 = 8;
const HASH: u64 = 32;

/// The two files.
pub(super) struct Places {
    dir: PathBuf,
    places: File,
    tree: File,
}

impl Places {
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let open = |name: &str| {
            let path = dir.join(name);
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(io("opening", &path))
        };
        Ok(Self { dir: dir.to_owned(), places: open("places")?, tree: open("tree")? })
    }

    /// How many entries the file has room for.
    pub(super) fn len(&self) -> Result<u64, StoreError> {
        Ok(self.places.metadata().map_err(io("reading", &self.dir))?.len() / PLACE)
    }

    /// Puts down where entries lie, from that number on.
    pub(super) fn put(&self, first: u64, places: &[Place]) -> Result<(), StoreError> {
        let octets: Vec<u8> =
            places.iter().flat_map(|p| (u64::from(p.offset) << 32 | u64::from(p.length)).to_be_bytes()).collect();
        self.places.write_all_at(&octets, first * PLACE).map_err(|e| self.failed(&e))
    }

    /// Where an entry lies; `segment` is the one that holds it.
    pub(super) fn get(&self, number: u64, segment: u64) -> Result<Place, StoreError> {
        let mut octets = [0u8; PLACE as usize];
        self.places.read_exact_at(&mut octets, number * PLACE).map_err(io("reading", &self.dir))?;
        let both = u64::from_be_bytes(octets);
        Ok(Place { segment, offset: (both >> 32) as u32, length: both as u32 })
    }

    /// Appends leaves to the tree and keeps the subtrees they complete.
    pub(super) fn grow(&self, frontier: &mut Frontier, leaves: impl Iterator<Item = Hash>) -> Result<(), StoreError> {
        let mut nodes = Vec::new();
        for leaf in leaves {
            frontier.push(leaf, |part, hash| {
                if part.level >= LOWEST {
                    nodes.push((part, *hash));
                }
            });
        }
        nodes.into_iter().try_for_each(|(part, hash)| {
            self.tree.write_all_at(&hash, position(part) * HASH).map_err(|e| self.failed(&e))
        })
    }

    /// The hash of a complete subtree of sixteen entries or more.
    pub(super) fn node(&self, part: Part) -> Result<Hash, StoreError> {
        let mut hash = [0u8; HASH as usize];
        self.tree.read_exact_at(&mut hash, position(part) * HASH).map_err(io("reading", &self.dir))?;
        Ok(hash)
    }

    /// Makes all that was put down durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.places.sync_data().and_then(|()| self.tree.sync_data()).map_err(|e| self.failed(&e))
    }

    fn failed(&self, cause: &std::io::Error) -> StoreError {
        StoreError::Unavailable(format!("index in {}: {cause}", self.dir.display()))
    }
}

fn position(part: Part) -> u64 {
    ((2 * part.index + 1) << (part.level - LOWEST)) - 1
}

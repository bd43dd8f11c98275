//! What a disk would hold had the power gone at some moment, worked out from the
//! log of `shim.c`. POSIX promises two things: the octets of a file that were
//! written before an fsync of it began are there once it returned, and so are the
//! names in a directory after an fsync of the directory. Of everything else any
//! part may be there: a sector has one of the states it had since, a size one of
//! the sizes, and names were changed up to some moment.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A disk writes one of these whole or not at all.
const SECTOR: usize = 512;
const HEAD: usize = 4 + 4 + 8 + 8;
const ROOT: Id = 0;

/// A file or directory; inode numbers are used again, these are not.
type Id = usize;

/// A directory, a name in it, and what has that name from now on.
type Name = (Id, String, Option<Id>);

/// One thing that happened.
enum Step {
    Names(Vec<Name>),
    Write(Id, usize, Vec<u8>),
    Size(Id, usize),
    AtLeast(Id, usize),
    /// Of one file or directory, or of everything.
    SyncBegins(Option<Id>),
    /// The place of its beginning.
    Synced(usize),
    Mark(String),
}

impl Step {
    fn names(&self) -> Option<&[Name]> {
        if let Step::Names(changes) = self { Some(changes) } else { None }
    }
}

/// What is left of what was not synced.
#[derive(Debug, Clone, Copy)]
pub enum Rest {
    /// Nothing: no octets, no names.
    Nothing,
    /// All names and none of the octets, as some file systems leave it.
    Names,
    /// All names and sizes, and every other sector; the seed says which.
    Torn(u64),
    /// What the seed says of each.
    Some(u64),
}

/// Everything that happened, in its order.
pub struct History {
    steps: Vec<Step>,
    directories: Vec<bool>,
}

/// The names in every directory that was ever made, whether it has a name or not.
type Tree = HashMap<Id, BTreeMap<String, Id>>;

/// Appends a mark to a log; one write, so that it has its place among the rest.
pub fn mark(log: &Path, text: &str) {
    let mut record = Vec::new();
    record.extend((text.len() as u32).to_ne_bytes());
    record.extend(u32::from(b'K').to_ne_bytes());
    record.extend([0; 16]);
    record.extend(text.as_bytes());
    let mut log = std::fs::OpenOptions::new().append(true).open(log).expect("the log");
    log.write_all(&record).expect("marked");
}

/// Reads records into steps; knows which inode and which path is what just then.
#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    directories: Vec<bool>,
    inodes: HashMap<u64, Id>,
    syncs: HashMap<u64, usize>,
    tree: Tree,
}

impl Reader {
    fn made(&mut self, inode: u64, directory: bool) -> Id {
        let id = self.directories.len();
        self.directories.push(directory);
        if directory {
            self.tree.insert(id, BTreeMap::new());
        }
        self.inodes.insert(inode, id);
        id
    }

    /// A path's directory and last part.
    fn place(&self, path: &str) -> (Id, String) {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let down = |at, part: &str| *self.tree[&at].get(part).unwrap_or_else(|| panic!("{path} is nowhere"));
        (parent.split('/').filter(|p| !p.is_empty()).fold(ROOT, down), name.to_owned())
    }

    fn at(&self, path: &str) -> Option<Id> {
        let (directory, name) = self.place(path);
        self.tree[&directory].get(&name).copied()
    }

    fn name(&mut self, changes: Vec<(&str, Option<Id>)>) {
        let placed = changes.into_iter().map(|(path, id)| (self.place(path), id));
        let changes: Vec<Name> = placed.map(|((directory, name), id)| (directory, name, id)).collect();
        apply_names(&mut self.tree, &changes);
        self.steps.push(Step::Names(changes));
    }

    fn create(&mut self, path: &str, inode: u64, directory: bool) {
        let id = self.made(inode, directory);
        self.name(vec![(path, Some(id))]);
    }

    fn record(&mut self, kind: u8, inode: u64, number: u64, payload: &[u8]) {
        let text = || std::str::from_utf8(payload).expect("UTF-8");
        let known = self.inodes.get(&inode).copied();
        let file = || known.unwrap_or_else(|| panic!("inode {inode} was not made under the shim"));
        let size = usize::try_from(number).unwrap_or(usize::MAX);
        match kind {
            // Every process begins so, in the same directory.
            b'B' if self.directories.is_empty() => drop(self.made(inode, true)),
            b'B' => assert_eq!(known, Some(ROOT), "the processes run in one directory"),
            b'C' => self.create(text(), inode, false),
            b'M' => self.create(text(), inode, true),
            b'W' => self.steps.push(Step::Write(file(), size, payload.to_vec())),
            b'T' => self.steps.push(Step::Size(file(), size)),
            b'G' => self.steps.push(Step::AtLeast(file(), size)),
            b'U' => self.name(vec![(text(), None)]),
            b'R' | b'L' => {
                let (from, to) = text().split_once('\0').expect("two paths");
                let id = self.at(from).unwrap_or_else(|| panic!("{from} was not made under the shim"));
                self.name(if kind == b'L' { vec![(to, Some(id))] } else { vec![(from, None), (to, Some(id))] });
            }
            b'S' => {
                self.syncs.insert(number, self.steps.len());
                self.steps.push(Step::SyncBegins((inode != 0).then(file)));
            }
            b'E' => self.steps.push(Step::Synced(self.syncs[&number])),
            b'K' => self.steps.push(Step::Mark(text().to_owned())),
            _ => panic!("the program did what this test cannot replay: {} ({})", text(), char::from(kind)),
        }
    }
}

impl History {
    pub fn read(log: &Path) -> Self {
        let octets = std::fs::read(log).expect("the log");
        let mut reader = Reader::default();
        let mut rest = octets.as_slice();
        while !rest.is_empty() {
            let (head, after) = rest.split_at(HEAD);
            let number = |at| u32::from_ne_bytes(head[at..at + 4].try_into().expect("4 octets"));
            let long = |at| u64::from_ne_bytes(head[at..at + 8].try_into().expect("8 octets"));
            let (payload, next) = after.split_at(number(0) as usize);
            reader.record(number(4) as u8, long(8), long(16), payload);
            rest = next;
        }
        assert_eq!(reader.directories.first(), Some(&true), "the shim was not loaded");
        Self { steps: reader.steps, directories: reader.directories }
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The marks before a moment, with theirs.
    pub fn marks(&self, before: usize) -> impl Iterator<Item = (usize, &str)> {
        let steps = self.steps[..before].iter().enumerate();
        steps.filter_map(|(at, step)| if let Step::Mark(text) = step { Some((at, text.as_str())) } else { None })
    }

    /// The moments when an fsync has just ended.
    pub fn synced(&self) -> Vec<usize> {
        (1..=self.len()).filter(|n| matches!(self.steps[n - 1], Step::Synced(_))).collect()
    }

    /// The moments when an fsync has just begun: the half of them with more to do,
    /// since more can be torn there.
    pub fn syncing(&self) -> Vec<usize> {
        let mut waiting: HashMap<Id, usize> = HashMap::new();
        let mut begun = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Write(id, _, octets) => *waiting.entry(*id).or_default() += octets.len(),
                Step::SyncBegins(Some(id)) => begun.push((waiting.remove(id).unwrap_or(0), at + 1)),
                _ => {}
            }
        }
        begun.sort_unstable_by(|a, b| b.cmp(a));
        begun[..begun.len() / 2].iter().map(|(_, moment)| *moment).collect()
    }

    /// Lays out below `to` what was on the disk at a moment.
    pub fn lay_out(&self, moment: usize, rest: Rest, to: &Path) {
        let covered = self.covered(moment);
        let seed = if let Rest::Some(seed) | Rest::Torn(seed) = rest { seed } else { 0 };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let tree = self.names(moment, rest, &covered, &mut random);
        let files = self.octets(moment, rest, &covered, &mut random);
        write_out(&tree, &files, ROOT, to);
    }

    /// The directory as the program itself saw it at a moment: all that was done.
    pub fn lay_out_all(&self, moment: usize, to: &Path) {
        // As if everything had been synced at that moment.
        let covered = vec![moment; self.directories.len()];
        let mut unused = ChaCha8Rng::seed_from_u64(0);
        let tree = self.names(moment, Rest::Nothing, &covered, &mut unused);
        let files = self.octets(moment, Rest::Nothing, &covered, &mut unused);
        write_out(&tree, &files, ROOT, to);
    }

    /// Names that no fsync of their directory covers, without what is below them.
    pub fn names_at_risk(&self, moment: usize) -> Vec<String> {
        let (covered, mut unused) = (self.covered(moment), ChaCha8Rng::seed_from_u64(0));
        let seen = self.names(moment, Rest::Names, &covered, &mut unused);
        let certain = self.names(moment, Rest::Nothing, &covered, &mut unused);
        let (mut risky, mut rest) = (Vec::new(), vec![(ROOT, String::new())]);
        while let Some((directory, path)) = rest.pop() {
            for (name, id) in &seen[&directory] {
                let path = format!("{path}{name}");
                match certain[&directory].get(name) == Some(id) {
                    true if self.directories[*id] => rest.push((*id, format!("{path}/"))),
                    true => {}
                    false => risky.push(path),
                }
            }
        }
        risky
    }

    /// For every file and directory the step up to which it is on the disk for certain.
    fn covered(&self, moment: usize) -> Vec<usize> {
        let mut covered = vec![0; self.directories.len()];
        for step in &self.steps[..moment] {
            let Step::Synced(begun) = step else { continue };
            match self.steps[*begun] {
                Step::SyncBegins(Some(id)) => covered[id] = covered[id].max(*begun),
                _ => covered.iter_mut().for_each(|c| *c = (*c).max(*begun)),
            }
        }
        covered
    }

    fn names(&self, moment: usize, rest: Rest, covered: &[usize], random: &mut impl Rng) -> Tree {
        let certain = |at: usize, changes: &[Name]| changes.iter().any(|c| at < covered[c.0]);
        let all = || self.steps[..moment].iter().enumerate().filter_map(|(at, step)| Some((at, step.names()?)));
        // A file system that keeps a journal of names keeps them up to some moment.
        let least = all().rfind(|(at, c)| certain(*at, c)).map_or(0, |(at, _)| at + 1);
        let until = match rest {
            Rest::Nothing => 0,
            Rest::Names | Rest::Torn(_) => moment,
            Rest::Some(_) => random.random_range(least..=moment),
        };
        let directories = self.directories.iter().enumerate().filter(|(_, is)| **is);
        let mut tree: Tree = directories.map(|(id, _)| (id, BTreeMap::new())).collect();
        for (at, changes) in all() {
            for change in changes.iter().filter(|c| at < until || at < covered[c.0]) {
                apply_names(&mut tree, std::slice::from_ref(change));
            }
        }
        tree
    }

    fn octets(&self, moment: usize, rest: Rest, covered: &[usize], random: &mut impl Rng) -> HashMap<Id, Vec<u8>> {
        let mut files: HashMap<Id, File> = HashMap::new();
        for (at, step) in self.steps[..moment].iter().enumerate() {
            let (Step::Write(id, ..) | Step::Size(id, _) | Step::AtLeast(id, _)) = step else { continue };
            let file = files.entry(*id).or_default();
            if at >= covered[*id] {
                file.disk.get_or_insert_with(|| file.seen.clone());
            }
            let sectors = file.change(step);
            let Some(disk) = &mut file.disk else { continue };
            match rest {
                Rest::Nothing | Rest::Names => {}
                Rest::Torn(_) => write_back(disk, &file.seen, sectors, (0.5, 1.0), random),
                Rest::Some(_) => {
                    let odds = FATES[random.random_range(0..FATES.len())];
                    write_back(disk, &file.seen, sectors, odds, random);
                }
            }
        }
        files.into_iter().map(|(id, file)| (id, file.disk.unwrap_or(file.seen))).collect()
    }
}

#[derive(Default)]
struct File {
    /// As the program sees it.
    seen: Vec<u8>,
    /// As the disk has it, from the first change on that no fsync covers.
    disk: Option<Vec<u8>>,
}

impl File {
    /// Takes a change in; returns the sectors that it touched.
    fn change(&mut self, step: &Step) -> Range<usize> {
        let (from, to) = match step {
            Step::Write(_, at, octets) => {
                let end = at + octets.len();
                self.seen.resize(end.max(self.seen.len()), 0);
                self.seen[*at..end].copy_from_slice(octets);
                (*at, end)
            }
            Step::Size(_, size) => {
                self.seen.resize(*size, 0);
                (*size, *size)
            }
            Step::AtLeast(_, size) => {
                self.seen.resize(self.seen.len().max(*size), 0);
                (*size, *size)
            }
            _ => (0, 0),
        };
        from / SECTOR..to.div_ceil(SECTOR)
    }
}

/// The odds for each sector and for the size: nearly nothing, a part, everything.
const FATES: [(f64, f64); 3] = [(0.0, 0.3), (0.5, 0.8), (1.0, 0.9)];

/// The disk gets round to a change, or to a part of it, or not. A sector goes
/// there as it is by then, with everything that was written to it before; the
/// size goes apart from the octets, so that there may be zeros in place of them.
fn write_back(disk: &mut Vec<u8>, seen: &[u8], sectors: Range<usize>, odds: (f64, f64), random: &mut impl Rng) {
    if random.random_bool(odds.1) {
        disk.resize(seen.len(), 0);
    }
    for sector in sectors {
        let end = seen.len().min(disk.len()).min((sector + 1) * SECTOR);
        if sector * SECTOR < end && random.random_bool(odds.0) {
            disk[sector * SECTOR..end].copy_from_slice(&seen[sector * SECTOR..end]);
        }
    }
}

/// Modes are not recorded; there is a key among the files.
fn private(path: &Path) -> std::fs::File {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("made")
}

/// A tree as real files.
fn write_out(tree: &Tree, files: &HashMap<Id, Vec<u8>>, directory: Id, to: &Path) {
    for (name, id) in &tree[&directory] {
        let path = to.join(name);
        if tree.contains_key(id) {
            std::fs::create_dir(&path).expect("made");
            write_out(tree, files, *id, &path);
        } else {
            let mut file = private(&path);
            file.write_all(files.get(id).map_or(&[][..], Vec::as_slice)).expect("written");
        }
    }
}

fn apply_names(tree: &mut Tree, changes: &[Name]) {
    for (directory, name, id) in changes {
        let names = tree.entry(*directory).or_default();
        match id {
            Some(id) => drop(names.insert(name.clone(), *id)),
            None => drop(names.remove(name)),
        }
    }
}

//! A file that a command writes: it appears whole, under its name, or not at all.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file on its way.
pub(super) struct Output {
    path: PathBuf,
    part: PathBuf,
    file: File,
    done: bool,
}

impl Output {
    /// Begins a file that must not be there yet. Others cannot read it: what these
    /// commands write is for few eyes.
    pub(super) fn begin(path: &Path) -> Result<Self> {
        if path.exists() {
            bail!("{} is there already; nothing was written", path.display());
        }
        let dir = path.parent().filter(|p| !p.as_os_str().is_empty());
        if let Some(dir) = dir.filter(|d| !d.is_dir()) {
            bail!("there is no directory {} for {}", dir.display(), path.display());
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        // What an interrupted command left; never what somebody put there for us to follow.
        let _ = std::fs::remove_file(&part);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&part).with_context(|| format!("writing {}", part.display()))?;
        Ok(Self { path: path.to_owned(), part, file, done: false })
    }

    pub(super) fn write(&mut self, octets: &[u8]) -> std::io::Result<()> {
        self.file.write_all(octets)
    }

    /// Makes it durable and gives it its name.
    pub(super) fn finish(mut self) -> Result<()> {
        let failed = || format!("writing {}", self.path.display());
        self.file.sync_all().with_context(failed)?;
        std::fs::rename(&self.part, &self.path).with_context(failed)?;
        self.done = true;
        let dir = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(dir).and_then(|d| d.sync_all()).with_context(failed)?;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.done {
            // What is left is of no use to anybody, and in nobody's way.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

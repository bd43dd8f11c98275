//! A whole file: written beside its place under another name, made durable, and
//! renamed when nothing is left to do. Whatever fails before that leaves nothing.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::seed::SeedError;

/// The permissions a copy may have: those of reading, writing and executing.
const MODE: u32 = 0o777;

/// Refuses an output that is the input under this or another name.
pub(super) fn refuse_same(input: &Path, output: &Path) -> Result<(), SeedError> {
    let about = std::fs::metadata(input).map_err(|e| failed("opening", input, e))?;
    let is_same = std::fs::metadata(output).is_ok_and(|o| (o.dev(), o.ino()) == (about.dev(), about.ino()));
    if !is_same {
        return Ok(());
    }
    let what = "the output is the input itself, which is never written to; name another output".to_owned();
    Err(SeedError::Table { path: output.display().to_string(), what })
}

/// Writes a file, all or nothing, with the permissions of the input.
pub(super) fn write(
    input: &Path,
    output: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), SeedError>,
) -> Result<(), SeedError> {
    refuse_same(input, output)?;
    let part = Part::create(input, output)?;
    let mut file = part.file.try_clone().map_err(|e| failed("opening", &part.path, e))?;
    fill(&mut file)?;
    part.settle(output)
}

/// A file that is not whole yet; it goes when it is dropped.
struct Part {
    path: PathBuf,
    file: File,
    mode: u32,
}

impl Part {
    fn create(input: &Path, output: &Path) -> Result<Self, SeedError> {
        let mode = std::fs::metadata(input).map_err(|e| failed("opening", input, e))?.mode() & MODE;
        let path = part_of(output);
        // What an earlier run left when it was killed; a name that is no file fails below.
        let _ = std::fs::remove_file(&path);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode & 0o600).open(&path);
        Ok(Self { file: file.map_err(|e| failed("creating", &path, e))?, path, mode })
    }

    fn settle(self, output: &Path) -> Result<(), SeedError> {
        self.file
            .set_permissions(Permissions::from_mode(self.mode))
            .map_err(|e| failed("protecting", &self.path, e))?;
        self.file.sync_all().map_err(|e| failed("syncing", &self.path, e))?;
        std::fs::rename(&self.path, output).map_err(|e| failed("renaming to", output, e))?;
        let dir = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(dir).and_then(|d| d.sync_all()).map_err(|e| failed("syncing the directory of", output, e))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is none; that a useless one cannot be removed changes nothing.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn failed(doing: &'static str, path: &Path, cause: io::Error) -> SeedError {
    SeedError::Io { doing, path: path.display().to_string(), cause }
}

fn part_of(output: &Path) -> PathBuf {
    let name = output.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    output.with_file_name(format!(".{name}.part"))
}

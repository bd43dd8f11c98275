//! What is wrong with a workbook, before the name of its file is put to it:
//! the place inside (a part, a cell) and what to do about it.

use crate::seed::SeedError;

/// Why a workbook cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Read(std::io::Error),
    #[error("{0}")]
    Write(std::io::Error),
    #[error("{0}")]
    Whole(String),
    #[error("{place}: {what}")]
    At { place: String, what: String },
}

impl Fault {
    /// A fault of the workbook as a whole.
    pub fn whole(what: impl Into<String>) -> Self {
        Self::Whole(what.into())
    }

    /// A fault at a place of the workbook.
    pub fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::At { place: place.into(), what: what.into() }
    }

    /// The same with the place it happened in, if it has none yet.
    pub fn within(self, place: &str) -> Self {
        match self {
            Self::Whole(what) => Self::at(place, what),
            Self::Read(cause) if cause.kind() == std::io::ErrorKind::InvalidData => Self::at(place, cause.to_string()),
            other => other,
        }
    }

    /// The same as the rest of seeding knows it.
    pub fn of(self, path: &std::path::Path) -> SeedError {
        let path = path.display().to_string();
        match self {
            Self::Read(cause) => SeedError::Io { doing: "reading", path, cause },
            Self::Write(cause) => SeedError::Io { doing: "writing the copy of", path, cause },
            Self::Whole(what) => SeedError::Table { path, what },
            Self::At { place, what } => SeedError::Row { path, place, what },
        }
    }
}

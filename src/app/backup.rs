//! `backup`: all that is recorded, as a file, while everything goes on.

use super::{App, AppError};
use crate::model::Event;
use crate::store::archive::Archive;

/// A backup that is being made.
pub struct Backup(Archive);

impl App {
    /// Begins a backup; that it was taken is the last entry in it.
    pub async fn begin_backup(&self, by: &str) -> Result<Backup, AppError> {
        self.record(vec![Event::Revealed { by: by.to_owned(), what: "a backup of everything".to_owned() }]).await?;
        Ok(Backup(Archive::begin(self.store.as_ref()).await?))
    }

    /// The next octets of a backup.
    pub async fn backup_next(&self, backup: &mut Backup) -> Result<Option<Vec<u8>>, AppError> {
        Ok(backup.0.next(self.store.as_ref()).await?)
    }
}

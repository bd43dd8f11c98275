//! `backup`: all that is recorded, as a file, while everything goes on.

use super::{App, AppError};
use crate::model::Event;
use crate::store::archive::Archive;

impl App {
    /// Begins a backup; that it was taken is the last entry in it.
    pub async fn begin_backup(&self, by: &str) -> Result<Archive, AppError> {
        self.record(vec![Event::Revealed { by: by.to_owned(), what: "a backup of everything".to_owned() }]).await?;
        Ok(Archive::begin(self.store.as_ref()).await?)
    }

    /// The next octets of a backup.
    pub async fn backup_next(&self, archive: &mut Archive) -> Result<Option<Vec<u8>>, AppError> {
        Ok(archive.next(self.store.as_ref()).await?)
    }
}

//! Streams: answers that are too long to be held whole. One that fails in the
//! middle breaks off, which whoever reads it notices: both end in a summary.

use actix_web::web::Bytes;
use futures_util::stream::{Stream, try_unfold};
use std::sync::Arc;

use super::failure::Failed;
use crate::app::App;
use crate::app::backup::Backup;
use crate::app::evidence::Export;

enum At {
    Header,
    Entries(u64),
    End,
}

/// The lines of an export.
pub fn export(app: Arc<App>, export: Export) -> impl Stream<Item = Result<Bytes, Failed>> {
    try_unfold((app, export, At::Header), |(app, export, at)| async move {
        let (octets, at) = match at {
            At::Header => (export.header.clone().into_bytes(), At::Entries(0)),
            At::Entries(from) if from < export.entries => {
                let (lines, next) = app.export_lines(&export, from).await?;
                (lines, At::Entries(next))
            }
            At::Entries(_) => (export.trailer.clone().into_bytes(), At::End),
            At::End => return Ok(None),
        };
        Ok(Some((Bytes::from(octets), (app, export, at))))
    })
}

/// The frames of a backup.
pub fn backup(app: Arc<App>, backup: Backup) -> impl Stream<Item = Result<Bytes, Failed>> {
    try_unfold((app, backup), |(app, mut backup)| async move {
        let octets = app.backup_next(&mut backup).await?;
        Ok(octets.map(|octets| (Bytes::from(octets), (app, backup))))
    })
}

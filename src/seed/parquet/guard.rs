//! A guard around the reader of files: on some damaged files it panics where it
//! should return an error, and no file may bring the program down.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::errors::{ParquetError, Result};

/// What `read` returns; a panic in it is an error like others. What it worked on must not be used after one.
pub fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("its pages contradict one another".to_owned())))
}

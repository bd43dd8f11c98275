//! The configuration: typed sections of one TOML file, whose commented default
//! is compiled in. What was typed stays apart from what is made of it: secrets
//! are named here and read when a part needs them.

pub mod file;
pub mod secret;

pub use file::{AlertChannel, Config, ConfigError, Expected, Hook, StorePlace};
pub use secret::{Secret, SecretError, SecretRef};

/// The file that `dyepack init` writes.
pub const DEFAULT: &str = include_str!("config/default.toml");

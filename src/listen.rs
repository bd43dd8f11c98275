//! Where hits come from: the public web door (beacons and provider hooks) and
//! the SMTP door. Each understands its protocol over octets, hands contacts to
//! the app, and answers only once they are durable.

pub mod decode;
pub mod hooks;
pub mod proxies;
pub mod smtp;
pub mod web;

//! An application goes on while its tables are seeded: no statement of it fails.
//! How much slower it gets is measured in `benches/databases.rs`.

use super::{seed, site};
use crate::databases::registry;
use crate::servers::{Dialect, load};

#[test]
fn no_statement_of_the_application_fails() {
    for dialect in Dialect::SERVERS {
        let database = registry(dialect);
        let site = site(&database);
        let (_, report) =
            load::during(&database, || seed(&site, &database, &["subscribers", "contracts"], &["--count", "100"]));
        assert!(report.failures.is_empty(), "{dialect:?}: {:?}", report.failures);
        assert!(report.times.len() > 50, "the load was at work");
        let check = site.json(&["release", "check", &super::newest(&site)]);
        assert_eq!(check["gone"].as_array().map(Vec::len), Some(0), "{check}");
    }
}

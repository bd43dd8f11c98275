//! Months: hits are kept in one partition for each month, so that what is old
//! can be moved or dropped as a whole. Partitions are made before they are
//! needed, by whichever replica comes first.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;
use std::collections::BTreeSet;

use super::super::StoreError;
use super::failure::Failure;
use super::shared::{Shared, lock};
use crate::ledger::entry::Entry;
use crate::model::{Event, Time};

/// Hits of other years share one partition before and one after them.
const YEARS: std::ops::Range<i16> = 2000..2100;

type Month = (i16, i8);

/// Moments of the hits among events.
pub(super) fn of_batch<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Time> {
    events
        .filter_map(|event| match event {
            Event::Hit(hit) => Some(hit.at),
            _ => None,
        })
        .collect()
}

/// Moments of the hits among entries.
pub(super) fn of_entries(entries: &[Vec<u8>]) -> Vec<Time> {
    let events: Vec<Event> = entries.iter().filter_map(|octets| Some(Entry::read(octets).ok()?.event)).collect();
    of_batch(events.iter())
}

fn month(at: Time) -> Option<Month> {
    let date = at.to_zoned_datetime(TimeZone::UTC).date();
    YEARS.contains(&date.year()).then(|| (date.year(), date.month()))
}

fn next((year, month): Month) -> Month {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

impl Shared {
    /// Makes sure that hits of those moments have a place, and those of the month
    /// after.
    pub(super) async fn make_room(&self, moments: &[Time]) -> Result<(), StoreError> {
        let Some(made) = &self.months else { return Ok(()) };
        let wanted: BTreeSet<Month> = moments.iter().filter_map(|at| month(*at)).flat_map(|m| [m, next(m)]).collect();
        let missing: Vec<Month> = wanted.into_iter().filter(|m| !lock(made).contains(m)).collect();
        for month in missing.into_iter().filter(|(year, _)| YEARS.contains(year)) {
            self.writing(|pool| make(pool, month)).await?;
            lock(made).insert(month);
        }
        Ok(())
    }
}

/// Whoever makes partitions holds the row of the schema, so that each is made
/// once. Attaching does not keep anybody from reading or appending hits.
async fn make(pool: PgPool, month: Month) -> Result<(), Failure> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT number FROM dyepack_meta WHERE name = 'schema' FOR UPDATE")
        .fetch_one(&mut *transaction)
        .await?;
    let name = format!("hits_{:04}_{:02}", month.0, month.1);
    let there = "SELECT to_regclass($1) IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(there).bind(&name).fetch_one(&mut *transaction).await? {
        let (from, to) = (first_day(month), first_day(next(month)));
        let make = format!(
            "CREATE TABLE {name} (LIKE hits INCLUDING ALL);
             ALTER TABLE hits ATTACH PARTITION {name}
             FOR VALUES FROM ('{from} 00:00:00+00') TO ('{to} 00:00:00+00')"
        );
        sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

fn first_day((year, month): Month) -> Date {
    Date::new(year, month, 1).unwrap_or(Date::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_that_of_utc_and_december_is_followed_by_january() {
        let at = |text: &str| month(text.parse().expect("a moment"));
        assert_eq!(at("2026-12-31T23:59:59Z"), Some((2026, 12)));
        assert_eq!(at("2026-12-31T23:59:59-01:00"), Some((2027, 1)));
        assert_eq!(at("1999-12-31T23:59:59Z"), None);
        assert_eq!(next((2026, 12)), (2027, 1));
        assert_eq!(first_day((2027, 1)).to_string(), "2027-01-01");
    }
}

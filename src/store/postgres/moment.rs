//! A moment as PostgreSQL keeps it (timestamptz: microseconds since 2000, UTC).
//! What is finer than that stands in the sealed entry only; a moment is cut
//! down, never up, so that comparing two keeps their order.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

use crate::model::Time;

/// 2000-01-01 in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

/// A `Time` on its way to or from a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) Time);

/// The moment of a column that may be empty.
pub(super) fn maybe(at: Option<Time>) -> Option<Moment> {
    at.map(Moment)
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for Moment {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = i64::try_from(self.0.as_nanosecond().div_euclid(1_000))?;
        <i64 as Encode<'_, Postgres>>::encode(micros - EPOCH, buf)
    }

    fn size_hint(&self) -> usize {
        size_of::<i64>()
    }
}

impl Decode<'_, Postgres> for Moment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<'_, Postgres>>::decode(value)?;
        Ok(Self(Time::from_microsecond(micros.checked_add(EPOCH).ok_or("a moment out of range")?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_that_of_postgresql() {
        let epoch: Time = "2000-01-01T00:00:00Z".parse().expect("a moment");
        assert_eq!(epoch.as_microsecond(), EPOCH);
    }
}

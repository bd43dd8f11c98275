//! Nodes: hashes of complete subtrees of the ledger. The higher ones lie ready;
//! those of the lowest levels are joined from their leaves.

use sqlx::Row;
use sqlx::postgres::PgPool;
use std::collections::HashMap;

use super::super::StoreError;
use super::commit::LOWEST;
use super::failure::Failure;
use super::rows::signed;
use crate::ledger::tree::{Frontier, Hash, Part};

/// Hashes asked for in one statement.
const ASKED: usize = 10_000;

/// The hashes of those parts, in their order.
pub(super) async fn nodes(pool: &PgPool, parts: &[Part]) -> Result<Vec<Hash>, Failure> {
    let (mut high, mut leaves) = (Vec::new(), Vec::new());
    for part in parts {
        if part.level >= LOWEST {
            high.push(*part);
        } else {
            leaves.extend(numbers(part).map(signed));
        }
    }
    let (high, leaves) = (joined(pool, &high).await?, leaf_hashes(pool, &leaves).await?);
    parts.iter().map(|part| hash(part, &high, &leaves).ok_or_else(|| missing(part).into())).collect()
}

fn numbers(part: &Part) -> std::ops::Range<u64> {
    let at = |index: u64| index.checked_shl(u32::from(part.level)).unwrap_or(u64::MAX);
    at(part.index)..at(part.index.saturating_add(1))
}

fn hash(part: &Part, high: &HashMap<Part, Hash>, leaves: &HashMap<i64, Hash>) -> Option<Hash> {
    if part.level >= LOWEST {
        return high.get(part).copied();
    }
    let mut frontier = Frontier::new();
    for number in numbers(part) {
        frontier.push(*leaves.get(&signed(number))?, |_, _| {});
    }
    Some(frontier.root())
}

fn missing(part: &Part) -> StoreError {
    StoreError::Damaged {
        place: format!("the tree at level {}, index {}", part.level, part.index),
        what: "the hash is missing".to_owned(),
    }
}

async fn joined(pool: &PgPool, parts: &[Part]) -> Result<HashMap<Part, Hash>, Failure> {
    const SELECT: &str = "SELECT t.level, t.idx, t.hash
        FROM UNNEST($1::bigint[], $2::bigint[]) AS asked (level, idx)
        JOIN tree t ON t.level = asked.level AND t.idx = asked.idx";
    let mut found = HashMap::new();
    for asked in parts.chunks(ASKED) {
        let levels: Vec<i64> = asked.iter().map(|part| i64::from(part.level)).collect();
        let indexes: Vec<i64> = asked.iter().map(|part| signed(part.index)).collect();
        for row in sqlx::query(SELECT).bind(levels).bind(indexes).fetch_all(pool).await? {
            let level = u8::try_from(row.try_get::<i64, _>("level")?).unwrap_or(u8::MAX);
            let index = u64::try_from(row.try_get::<i64, _>("idx")?).unwrap_or(u64::MAX);
            found.extend(row.try_get::<&[u8], _>("hash")?.try_into().map(|hash| (Part { level, index }, hash)));
        }
    }
    Ok(found)
}

async fn leaf_hashes(pool: &PgPool, numbers: &[i64]) -> Result<HashMap<i64, Hash>, Failure> {
    let mut found = HashMap::new();
    for asked in numbers.chunks(ASKED) {
        let select = "SELECT number, leaf FROM ledger WHERE number = ANY($1)";
        for row in sqlx::query(select).bind(asked).fetch_all(pool).await? {
            let number: i64 = row.try_get("number")?;
            found.extend(row.try_get::<&[u8], _>("leaf")?.try_into().map(|hash| (number, hash)));
        }
    }
    Ok(found)
}

//! The contract of the store: one suite, which every backend must pass. A case is
//! a function over any `Bench`; `suite!` makes a test of each of them for one
//! backend. What a single backend promises beside is left to its own tests.

/// Restoring into another store.
mod adopted;
/// What must have no owner yet, and who owns what.
mod claimed;
/// Hits, and who can read their words.
mod contents;
/// The PostgreSQL store, as the suite sees it.
pub mod database;
/// The embedded store, as the suite sees it.
mod directory;
/// Sealing keys: rotated, wrong, and what they hide.
pub mod keys;
/// What is recorded is there.
mod recorded;
/// The tree over the ledger.
mod tree;
/// News, alerts and tasks.
mod work;
/// Words to make stores of.
pub mod world;

use async_trait::async_trait;
use dyepack::store::keys::Keys;
use dyepack::store::{Store, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How a backend is made, opened and looked into.
#[async_trait]
pub trait Bench: Sized + Send + Sync + 'static {
    /// Whether two may be open over one store.
    const SHARED: bool;

    /// An empty store with a key file of its own.
    async fn fresh() -> Self;
    /// An empty store with a copy of the key file of another.
    async fn fresh_like(other: &Self) -> Self;
    async fn open_with(&self, keys: Keys) -> Result<Arc<dyn Store>, StoreError>;
    fn key_file(&self) -> PathBuf;
    /// All octets of the store, as a thief would have them.
    async fn raw(&self) -> Vec<u8>;
    /// Makes the store one that a newer program wrote.
    async fn make_newer(&self);

    /// A program that another test starts at that moment shares the lock of a store that
    /// was just closed until it is run: fork(2) copies what exec(3) closes.
    async fn open(&self) -> Arc<dyn Store> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            let keys = Keys::read(&self.key_file()).expect("a key file");
            match self.open_with(keys).await {
                Err(StoreError::InUse { .. }) if tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                opened => return opened.expect("the store opens"),
            }
        }
    }
}

const LONGEST: Duration = Duration::from_secs(180);

/// Runs a case to its end, which must come.
pub fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(LONGEST, case).await.expect("the case comes to an end") });
}

/// Looks again and again until it is so.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while !so().await {
        assert!(tokio::time::Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

macro_rules! suite {
    ($backend:ident, $bench:ty) => {
        mod $backend {
            suite! { @ $bench:
                recorded::events_are_there_after_reopening_with_numbers_in_order
                recorded::a_batch_is_recorded_as_a_whole_or_not_at_all
                recorded::the_newest_entry_of_an_id_is_its_state
                recorded::entries_of_a_subject_are_all_its_states
                recorded::sixty_four_writers_at_once_lose_nothing
                recorded::five_thousand_canaries_are_one_batch
                recorded::cases_judgements_and_tokens_are_found
                recorded::two_openers_see_each_other_or_the_second_is_refused
                claimed::what_another_batch_holds_is_taken
                claimed::a_canary_keeps_its_contact_points_in_every_release
                claimed::what_a_batch_claims_twice_is_taken
                claimed::of_two_at_once_exactly_one_wins
                claimed::every_kind_of_owner_is_found_however_a_value_is_written
                claimed::of_the_pool_what_was_never_planted_is_free
                contents::hits_come_in_order_with_their_words
                contents::a_content_key_opens_one_hit
                contents::what_is_shredded_stays_proven_and_unreadable
                work::news_rest_until_they_are_due
                work::news_are_taken_by_one
                work::only_counted_hits_are_news
                work::a_hit_is_news_of_everybody_who_holds_the_canary
                work::an_alert_is_taken_by_one
                work::an_alert_waits_until_it_is_due_or_its_claim_ends
                work::the_outbox_tells_of_the_newest_alert
                work::a_task_is_of_one_until_its_time_is_over
                tree::nodes_join_to_the_root_of_every_size
                tree::proofs_from_nodes_verify
                adopted::entries_are_the_same_octets_and_answer_the_same
                adopted::any_store_survives_being_restored
                keys::everything_is_readable_while_and_after_keys_are_rotated
                keys::what_is_recorded_while_keys_are_rotated_is_readable_after
                keys::a_rotation_that_was_cut_off_goes_on
                keys::nothing_is_readable_without_the_key
                keys::another_key_file_is_refused
                keys::a_newer_store_is_refused
            }
        }
    };
    (@ $bench:ty: $($file:ident :: $case:ident)*) => {
        $(#[test]
        fn $case() {
            super::run(super::$file::$case::<$bench>());
        })*
    };
}

suite!(embedded, crate::contract::directory::Directory);
suite!(postgres, crate::contract::database::Database);

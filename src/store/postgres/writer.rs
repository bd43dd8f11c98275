//! The writer: one task that appends for the whole process. All jobs that wait
//! are committed together, and answered only once PostgreSQL has answered. Where
//! the answer to a COMMIT was lost, it looks whether the entries are there.

use sqlx::pool::PoolConnection;
use sqlx::{Connection, Postgres};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};

use super::super::StoreError;
use super::commit::{self, Pending, Verdict};
use super::draft::Drafts;
use super::failure::{Failure, code};
use super::head::{Head, catch_up};
use super::shared::Shared;
use crate::ledger::tree::Hash;

/// Jobs and entries of one transaction; a larger job has one of its own.
const JOBS: usize = 1_000;
const ENTRIES: usize = 5_000;
/// No transaction of ours takes that long unless the server is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// The server must not give up by itself: a COMMIT that waits for a synchronous
/// standby and is cut short there is answered as if it had succeeded. We hang up
/// instead, which cancels nothing.
const NEVER_CUT: &str = "SET statement_timeout = 0";
/// How long it is looked for what became of a transaction.
const FIND_OUT: Duration = Duration::from_secs(10);

type Answer = oneshot::Sender<Result<u64, StoreError>>;

/// Something to be appended, and who waits for it.
pub(super) struct Job {
    drafts: Drafts,
    answer: Answer,
}

/// Where jobs are handed in.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the task; it ends when the last of its handles is dropped.
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let (jobs, waiting) = mpsc::channel(JOBS);
        tokio::spawn(Desk { shared, connection: None }.work(waiting));
        Self { jobs }
    }

    /// Appends the drafts, all or none; the number of the first one.
    pub(super) async fn append(&self, drafts: Drafts) -> Result<u64, StoreError> {
        let stopped = || StoreError::Unavailable("the store was closed".to_owned());
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { drafts, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

/// How a transaction ended.
enum Ended {
    Done(Pending),
    /// Nothing of it is in the ledger.
    Not(Failure),
    /// Nobody can tell at the moment.
    Unknown(Failure),
}

struct Desk {
    shared: Arc<Shared>,
    connection: Option<PoolConnection<Postgres>>,
}

impl Desk {
    async fn work(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut taken = Vec::new();
        while waiting.recv_many(&mut taken, JOBS).await > 0 {
            let mut queue = VecDeque::from(std::mem::take(&mut taken));
            while !queue.is_empty() {
                let group = group(&mut queue);
                self.group(group).await;
            }
        }
    }

    /// Commits a group; if one of its jobs cannot be recorded at all, the others are.
    async fn group(&mut self, mut group: Vec<Job>) {
        let ended = self.commit(&mut group).await;
        if group.len() > 1 && matches!(&ended, Ended::Not(failure) if is_of_one(failure)) {
            for job in group {
                let mut alone = vec![job];
                let ended = self.commit(&mut alone).await;
                self.answer(alone, ended);
            }
        } else {
            self.answer(group, ended);
        }
    }

    fn answer(&self, group: Vec<Job>, ended: Ended) {
        let place = &self.shared.place;
        match ended {
            Ended::Done(pending) => {
                self.shared.rise(pending.size);
                self.shared.tell.notify_one();
                for (job, verdict) in group.into_iter().zip(pending.verdicts) {
                    job.answer.send(verdict.into()).ok();
                }
            }
            Ended::Not(failure) => {
                self.shared.mend(&failure);
                refuse(group, &failure.writing(place));
            }
            Ended::Unknown(failure) => {
                self.shared.mend(&failure);
                let told = format!("{}; whether this was recorded could not be found out", failure.text(place));
                refuse(group, &StoreError::Unavailable(told));
            }
        }
    }

    /// Tries once more where a connection was lost or our keys are behind.
    async fn commit(&mut self, group: &mut [Job]) -> Ended {
        match self.attempt(group).await {
            Ended::Not(Failure::OtherRing) => match self.catch_up(group).await {
                Ok(()) => self.attempt(group).await,
                Err(failure) => Ended::Not(failure),
            },
            Ended::Not(failure) if failure.may_pass() => self.attempt(group).await,
            ended => ended,
        }
    }

    async fn attempt(&mut self, group: &mut [Job]) -> Ended {
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(failure) => return Ended::Not(failure),
        };
        let ended = self.transact(&mut connection, group).await;
        if matches!(ended, Ended::Done(_) | Ended::Not(Failure::OtherRing)) {
            self.connection = Some(connection);
        } else {
            connection.close_on_drop();
        }
        ended
    }

    async fn transact(&self, connection: &mut PoolConnection<Postgres>, group: &mut [Job]) -> Ended {
        let mut jobs: Vec<&mut Drafts> = group.iter_mut().map(|job| &mut job.drafts).collect();
        let prepared = async {
            let mut transaction = connection.begin().await?;
            let pending = commit::prepare(&mut transaction, &self.shared.keys, &mut jobs).await;
            Ok((transaction, pending?))
        };
        let (transaction, pending) = match timeout(SILENCE, prepared).await {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(failure)) => return Ended::Not(failure),
            Err(_) => return Ended::Not(Failure::Silent(SILENCE)),
        };
        let Some(mark) = pending.mark else {
            transaction.rollback().await.ok();
            return Ended::Done(pending);
        };
        match timeout(SILENCE, transaction.commit()).await {
            Ok(Ok(())) => Ended::Done(pending),
            Ok(Err(error)) => self.find_out(mark, pending, Failure::Sql(error)).await,
            Err(_) => self.find_out(mark, pending, Failure::Silent(SILENCE)).await,
        }
    }

    async fn connection(&mut self) -> Result<PoolConnection<Postgres>, Failure> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                let mut connection = self.shared.pools.now().acquire().await?;
                sqlx::query(NEVER_CUT).execute(&mut *connection).await?;
                Ok(connection)
            }
        }
    }

    /// Whether a transaction is in the ledger whose COMMIT was not answered.
    async fn find_out(&self, mark: (i64, Hash), pending: Pending, failure: Failure) -> Ended {
        let deadline = Instant::now() + FIND_OUT;
        while Instant::now() < deadline {
            match tokio::time::timeout_at(deadline, self.look(mark)).await {
                Ok(Ok(true)) => return Ended::Done(pending),
                Ok(Ok(false)) => return Ended::Not(failure),
                Ok(Err(_)) => sleep(Duration::from_millis(100)).await,
                Err(_) => break,
            }
        }
        Ended::Unknown(failure)
    }

    /// The lock is only had once the transaction in question has ended. What is
    /// seen may not have reached the standby yet; once a later COMMIT is answered,
    /// it has.
    async fn look(&self, (number, leaf): (i64, Hash)) -> Result<bool, Failure> {
        let mut connection = self.shared.pools.now().acquire().await?;
        connection.close_on_drop();
        sqlx::query(NEVER_CUT).execute(&mut *connection).await?;
        let mut transaction = connection.begin().await?;
        let head = Head::lock(&mut transaction).await?;
        let select = "SELECT leaf FROM ledger WHERE number = $1";
        let found: Option<Vec<u8>> = sqlx::query_scalar(select).bind(number).fetch_optional(&mut *transaction).await?;
        head.write(&mut transaction).await?;
        transaction.commit().await?;
        Ok(found.is_some_and(|found| found == leaf))
    }

    /// Reads the key file again and makes the drafts anew.
    async fn catch_up(&mut self, group: &mut [Job]) -> Result<(), Failure> {
        let mut connection = self.connection().await?;
        let head = Head::read(&mut connection).await?;
        self.connection = Some(connection);
        catch_up(&self.shared.keys, &head.ring)?;
        for job in group {
            job.drafts.under_new_keys(&self.shared.keys)?;
        }
        Ok(())
    }
}

impl From<Verdict> for Result<u64, StoreError> {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Numbered(number) => Ok(number),
            Verdict::Refused(refusal) => Err(StoreError::Taken(refusal)),
        }
    }
}

/// The jobs that are committed together, in the order they came.
fn group(queue: &mut VecDeque<Job>) -> Vec<Job> {
    let (mut jobs, mut entries) = (Vec::new(), 0);
    while let Some(next) = queue.front() {
        entries += next.drafts.list.len();
        if !jobs.is_empty() && entries > ENTRIES {
            break;
        }
        jobs.extend(queue.pop_front());
    }
    jobs
}

/// Whether the values of one job are the cause, so that others may do without it.
fn is_of_one(failure: &Failure) -> bool {
    match failure {
        Failure::Sql(error) => code(error).is_some_and(|code| code.starts_with("22") || code.starts_with("23")),
        Failure::Store(_) => true,
        Failure::Silent(_) | Failure::OtherRing => false,
    }
}

fn refuse(group: Vec<Job>, cause: &StoreError) {
    for job in group {
        let cause = match cause {
            StoreError::Damaged { place, what } => StoreError::Damaged { place: place.clone(), what: what.clone() },
            other => StoreError::Unavailable(match other {
                StoreError::Unavailable(told) => told.clone(),
                other => other.to_string(),
            }),
        };
        job.answer.send(Err(cause)).ok();
    }
}

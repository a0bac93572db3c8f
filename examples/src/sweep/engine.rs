//! Many tasks on many cores.

use super::evaluate::Evaluator;
use super::plan::Task;
use super::record::Record;
use super::store::{Store, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

/// Works through tasks and remembers what they share from one call to the next.
#[derive(Debug)]
pub struct Engine {
    evaluator: Evaluator,
    pool: rayon::ThreadPool,
}

/// What ends a run early. A design that fails does not: its record says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No threads.
    #[error("no thread pool: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The file of results.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored result that cannot be read.
    #[error("stored result {id}: {source}")]
    Stored {
        /// Which one.
        id: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// A finished task, for progress and timing.
#[derive(Debug)]
pub struct Finished<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Time it took here, waiting for what it shares included.
    pub seconds: f64,
}

/// A bar on standard error, if that is a terminal, which starts at what the store has already.
pub fn progress_bar(tasks: &[Task], store: &Store) -> ProgressBar {
    let known = tasks.iter().filter(|t| store.found().contains_key(&t.id));
    let bar = ProgressBar::new(tasks.len() as u64).with_position(known.count() as u64);
    bar.reset_eta();
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} designs, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

impl Engine {
    /// So many threads; 0 for one a core.
    ///
    /// # Errors
    ///
    /// The operating system gives none.
    pub fn new(threads: usize) -> Result<Self, RunError> {
        Ok(Self {
            evaluator: Evaluator::default(),
            pool: rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()?,
        })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs other work on the engine's threads.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// Records of all tasks by their `id`: those that the store has are taken from it, the others are computed,
    /// appended to it, and reported.
    ///
    /// # Errors
    ///
    /// The store cannot be written, or has something that is no record.
    pub fn run(
        &self,
        tasks: &[Task],
        store: Option<&Store>,
        finished: &(dyn Fn(&Finished<'_>) + Sync),
    ) -> Result<BTreeMap<String, Record>, RunError> {
        let mut records = BTreeMap::new();
        let mut open = Vec::new();
        for task in tasks {
            match store.and_then(|store| store.found().get(&task.id)) {
                None => open.push(task),
                Some(value) => {
                    let record = serde_json::from_value(value.clone());
                    let record = record.map_err(|source| RunError::Stored {
                        id: task.id.clone(),
                        source,
                    })?;
                    records.insert(task.id.clone(), record);
                }
            }
        }
        let computed = Mutex::new(Vec::with_capacity(open.len()));
        let work = |task: &&Task| -> Result<(), RunError> {
            let start = Instant::now();
            let record = self.evaluator.evaluate(task);
            if let Some(store) = store {
                store.append(&record)?;
            }
            let seconds = start.elapsed().as_secs_f64();
            finished(&Finished {
                record: &record,
                seconds,
            });
            computed
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .push(record);
            Ok(())
        };
        self.pool
            .install(|| open.par_iter().with_max_len(1).try_for_each(work))?;
        let computed = computed
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        records.extend(
            computed
                .into_iter()
                .map(|record| (record.id.clone(), record)),
        );
        Ok(records)
    }
}

/// Part `index` (from 1) of `count` parts: neighbours stay together, because they share the most. The parts
/// of one list make up the whole list.
///
/// `None` for an index of 0 or above the count.
pub fn shard(tasks: &[Task], index: usize, count: usize) -> Option<&[Task]> {
    if index == 0 || index > count {
        return None;
    }
    let place = |part: usize| part * tasks.len() / count;
    tasks.get(place(index - 1)..place(index))
}

//! The command: arguments in, exit code out.

use crate::arguments::Arguments;
use crate::side_file::SideFile;
use clap::Parser;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use td_isac_examples::flags;
use td_isac_examples::sweep::{
    Engine, Plan, PlanError, RunError, Status, Store, StoreError, Task, progress_bar, shard,
};

/// Everything that ends the command early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {source}", path.display())]
    Side {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{}: has a result of another sweep, {id}; give another --out", path.display())]
    OtherSweep { path: PathBuf, id: String },
}

/// Runs the command with its arguments (without the program's name); returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, err: &mut dyn Write) -> u8 {
    match try_run(arguments, err) {
        Ok(0) => 0,
        Ok(failed) => {
            let _ = writeln!(
                err,
                "{failed} designs failed: see lines of status solver-failed"
            );
            4
        }
        Err(Failure::Arguments(error)) => flags::end(&error, &mut std::io::stdout(), err),
        Err(failure) => {
            // If standard error is closed as well, the exit code is all that is left.
            let _ = writeln!(err, "error: {failure}");
            2
        }
    }
}

/// The number of designs that a solver failed on.
fn try_run(
    arguments: impl IntoIterator<Item = OsString>,
    err: &mut dyn Write,
) -> Result<usize, Failure> {
    let arguments = Arguments::try_parse_from(arguments)?;
    let mut plan = Plan::from_file(&arguments.scenario)?;
    plan.axes.clone_from(&arguments.axes);
    plan.seeds = arguments
        .seeds
        .map(|count| arguments.first_seed..arguments.first_seed.saturating_add(count));
    plan.schemes = arguments.schemes();
    plan.allocation = arguments.allocation();
    let all = plan.tasks()?;
    let (index, count) = arguments.shard;
    let tasks = shard(&all, index, count).unwrap_or(&[]);
    let Some(out) = arguments.out.as_deref().filter(|_| !arguments.count) else {
        let _ = writeln!(
            err,
            "{} designs, {} of them in this shard",
            all.len(),
            tasks.len()
        );
        return Ok(0);
    };
    let store = Store::open(out)?;
    reject_others(&store, tasks, out)?;
    compute(&arguments, tasks, &store, out)
}

fn reject_others(store: &Store, tasks: &[Task], out: &Path) -> Result<(), Failure> {
    let ids: BTreeSet<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    match store.found().keys().find(|id| !ids.contains(id.as_str())) {
        None => Ok(()),
        Some(id) => Err(Failure::OtherSweep {
            path: out.to_owned(),
            id: id.clone(),
        }),
    }
}

fn compute(
    arguments: &Arguments,
    tasks: &[Task],
    store: &Store,
    out: &Path,
) -> Result<usize, Failure> {
    let engine = Engine::new(arguments.threads)?;
    let mut side_path = out.as_os_str().to_owned();
    side_path.push(".host");
    let side_path = PathBuf::from(side_path);
    let side_error = |source| Failure::Side {
        path: side_path.clone(),
        source,
    };
    let side = SideFile::open(&side_path, engine.threads(), arguments.shard).map_err(side_error)?;
    let bar = progress_bar(tasks, store);
    let mut side_result = std::sync::Mutex::new(Ok(()));
    let records = engine.run(tasks, Some(store), &|finished| {
        if let Err(error) = side.add(finished) {
            let mut result = side_result
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            *result = Err(error);
        }
        bar.inc(1);
    });
    bar.finish_and_clear();
    let records = records?;
    let side_result = side_result
        .get_mut()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    std::mem::replace(side_result, Ok(())).map_err(side_error)?;
    let failed = |status: &Status| *status == Status::SolverFailed;
    Ok(records
        .values()
        .filter(|record| failed(&record.status))
        .count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("td-isac-sweep-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Exit code and standard error of a sweep of the paper's scenario that costs little.
    fn sweep(out: &Path, more: &[&str]) -> (u8, String) {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml");
        let mut arguments = vec![scenario, "--scheme", "sensing,ei,zf", "--seeds", "2"];
        arguments.extend([
            "--sweep",
            "sensing.crlb_threshold_m2=1e-13,2e-12,2e-11",
            "--threads",
            "2",
        ]);
        arguments.extend(["--out", out.to_str().unwrap()]);
        arguments.extend(more);
        let mut err = Vec::new();
        let code = run(arguments.into_iter().map(OsString::from), &mut err);
        (code, String::from_utf8(err).unwrap())
    }

    fn sorted(files: &[PathBuf]) -> Vec<String> {
        let read = |file: &PathBuf| std::fs::read_to_string(file).unwrap();
        let mut lines: Vec<String> = files
            .iter()
            .flat_map(|file| read(file).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        lines.sort();
        lines
    }

    #[test]
    fn shards_make_up_the_whole_and_a_torn_file_is_resumed() {
        let folder = folder("shards");
        let whole = folder.join("whole.jsonl");
        assert_eq!(sweep(&whole, &[]).0, 0);
        let lines = sorted(std::slice::from_ref(&whole));
        assert_eq!(lines.len(), 18);
        assert!(
            lines
                .iter()
                .any(|line| line.contains("threshold-unreachable"))
        );

        let part = |i: usize| folder.join(format!("part{i}.jsonl"));
        for i in 1..=4 {
            assert_eq!(
                sweep(&part(i), &["--shard", &format!("{i}/4"), "--threads", "1"]).0,
                0
            );
        }
        let parts: Vec<PathBuf> = (1..=4).map(part).collect();
        assert!(
            parts
                .iter()
                .all(|part| sorted(std::slice::from_ref(part)).len() >= 4)
        );
        assert_eq!(sorted(&parts), lines);

        // Killed while it wrote its eighth line.
        let text = std::fs::read_to_string(&whole).unwrap();
        let end = text.match_indices('\n').nth(6).unwrap().0 + 40;
        std::fs::write(&whole, &text[..end]).unwrap();
        let kept = &text[..text.match_indices('\n').nth(6).unwrap().0 + 1];
        assert_eq!(sweep(&whole, &[]).0, 0);
        assert_eq!(sorted(std::slice::from_ref(&whole)), lines);
        // What was finished was kept and not computed again.
        let resumed = std::fs::read_to_string(&whole).unwrap();
        assert!(resumed.starts_with(kept));
        let host = std::fs::read_to_string(folder.join("whole.jsonl.host")).unwrap();
        assert_eq!(host.matches("\"seconds\"").count(), 18 + 11);
        assert_eq!(host.matches("\"architecture\"").count(), 2);
    }

    #[test]
    fn mistakes_end_with_2_and_name_the_value() {
        let out = folder("mistakes").join("out.jsonl");
        let wrong = |more: &[&str], word: &str| {
            let (code, err) = sweep(&out, more);
            assert_eq!(code, 2, "{err}");
            assert!(err.contains(word), "{err}");
        };
        wrong(&["--sweep", "power.sensing_dbm=loud"], "loud");
        wrong(&["--sweep", "power.sensng_dbm=1"], "power.sensng_dbm");
        wrong(&["--sweep", "user[9].position_m[0]=1"], "index 9");
        std::fs::write(&out, "{\"id\":\"another\"}\n").unwrap();
        wrong(&[], "another sweep, another");
        std::fs::write(&out, "no json\n").unwrap();
        wrong(&[], "line 1");
    }
}

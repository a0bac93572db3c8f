//! The command: arguments in, exit code out.

use crate::FIGURES;
use crate::arguments::Arguments;
use crate::claims::{Elsewhere, Row, markdown};
use crate::context::{Context, Entry, Failure, Preset, Results};
use crate::output::{save, save_json, write};
use clap::Parser;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use td_isac_examples::flags;
use td_isac_examples::sweep::{Engine, Record, Status, Store, Task, digest, progress_bar};

/// Runs the command with its arguments (without the program's name); returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, err: &mut dyn Write) -> u8 {
    match try_run(arguments, err) {
        Ok(0) => 0,
        Ok(failed) => {
            let _ = writeln!(
                err,
                "{failed} designs failed: see \"solver-failed\" in the JSON files"
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
    let wanted = |entry: &&Entry| arguments.wants(entry.name);
    let entries: Vec<&Entry> = FIGURES.iter().filter(wanted).collect();
    let context = Context {
        preset: arguments.preset,
        seeds: Some(arguments.seed..arguments.seed + arguments.realisations()),
        seed: arguments.seed,
        quick: arguments.quick,
    };
    let others: Vec<Context> = Preset::ALL
        .into_iter()
        .filter(|preset| *preset != context.preset)
        .map(|preset| Context {
            preset,
            seeds: None,
            quick: true,
            ..context.clone()
        })
        .collect();
    let engine = Engine::new(arguments.threads)?;
    let build = build_digest();
    let store = Store::open(&arguments.out.join("points").join(format!("{build}.jsonl")))?;
    let results = compute(&engine, &store, &tasks(&entries, &context, &others)?)?;

    let mut rows = Vec::new();
    for entry in &entries {
        let made = engine.install(|| (entry.make)(&context, &results))?;
        let designs = designs(entry, &context, &results)?;
        write(
            &arguments.out,
            entry.name,
            (&context, &build),
            &made,
            &designs,
        )?;
        let _ = writeln!(
            err,
            "{}",
            arguments
                .out
                .join(entry.name)
                .with_extension("png")
                .display()
        );
        rows.extend(verdicts(entry, made.claims, &others, &results, &engine)?);
    }
    write_claims(&arguments.out, &context, &rows)?;
    let held = rows.iter().filter(|row| row.holds).count();
    let claims = arguments.out.join("claims.md");
    let _ = writeln!(
        err,
        "{}: {held} of {} statements hold",
        claims.display(),
        rows.len()
    );
    let failed = |record: &&Record| record.status == Status::SolverFailed;
    Ok(results.0.values().filter(failed).count())
}

/// Names the program: results of another one are not reused.
fn build_digest() -> String {
    let program = std::env::current_exe().and_then(std::fs::read);
    let program = program.unwrap_or_else(|_| env!("CARGO_PKG_VERSION").into());
    format!("{:016x}", digest(&program))
}

/// Every design that the figures need, once.
fn tasks(entries: &[&Entry], context: &Context, others: &[Context]) -> Result<Vec<Task>, Failure> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in entries {
        let elsewhere = if entry.by_preset { others } else { &[] };
        for context in std::iter::once(context).chain(elsewhere) {
            for plan in (entry.plans)(context)? {
                let new = plan
                    .tasks()?
                    .into_iter()
                    .filter(|task| seen.insert(task.id.clone()));
                tasks.extend(new);
            }
        }
    }
    Ok(tasks)
}

fn compute(engine: &Engine, store: &Store, tasks: &[Task]) -> Result<Results, Failure> {
    let bar = progress_bar(tasks, store);
    let records = engine.run(tasks, Some(store), &|_| bar.inc(1));
    bar.finish_and_clear();
    Ok(Results(records?))
}

fn designs<'a>(
    entry: &Entry,
    context: &Context,
    results: &'a Results,
) -> Result<Vec<&'a Record>, Failure> {
    let mut designs = Vec::new();
    for plan in (entry.plans)(context)? {
        designs.extend(results.of(&plan)?);
    }
    Ok(designs)
}

fn verdicts(
    entry: &Entry,
    claims: Vec<crate::context::Claim>,
    others: &[Context],
    results: &Results,
    engine: &Engine,
) -> Result<Vec<Row>, Failure> {
    let mut elsewhere = Vec::new();
    for context in others.iter().filter(|_| entry.by_preset) {
        let made = engine.install(|| (entry.make)(context, results))?;
        elsewhere.push((context.preset.name, made.claims));
    }
    let row = |claim: crate::context::Claim| {
        let same = elsewhere.iter().filter_map(|(preset, claims)| {
            let other = claims.iter().find(|other| other.id == claim.id)?;
            Some(Elsewhere {
                preset,
                numbers: other.numbers.clone(),
                holds: other.holds,
            })
        });
        let others = same.collect();
        Row::new(entry.name, claim, others)
    };
    Ok(claims.into_iter().map(row).collect())
}

fn write_claims(out: &Path, context: &Context, rows: &[Row]) -> Result<(), Failure> {
    save(&out.join("claims.md"), &markdown(context, rows))?;
    save_json(
        &out.join("claims.json"),
        &serde_json::json!({
            "preset": context.preset.name,
            "realisations": context.realisations(),
            "seed": context.seed,
            "quick": context.quick,
            "claims": rows,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn figures(name: &str, arguments: &[&str]) -> (u8, String, PathBuf) {
        let process = std::process::id();
        let folder = std::env::temp_dir().join(format!("td-isac-figures-{process}-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        let mut all = vec!["--quick", "--out", folder.to_str().unwrap()];
        all.extend(arguments);
        let mut err = Vec::new();
        let code = run(all.into_iter().map(OsString::from), &mut err);
        (code, String::from_utf8(err).unwrap(), folder)
    }

    /// The figures that need no beams, by one thread and by two, and once more from the results that are
    /// there.
    #[test]
    fn threads_and_resumption_change_no_byte() {
        let arguments = |threads| {
            [
                "--only",
                "fig3,fig4",
                "--realisations",
                "2",
                "--threads",
                threads,
            ]
        };
        let (code, err, one) = figures("one", &arguments("1"));
        assert_eq!(code, 0, "{err}");
        let (code, _, two) = figures("two", &arguments("2"));
        assert_eq!(code, 0);
        let read = |folder: &Path, file: &str| std::fs::read(folder.join(file)).unwrap();
        let files = [
            "fig3.csv",
            "fig4.csv",
            "fig3.png",
            "fig4.svg",
            "fig4.json",
            "claims.md",
            "claims.json",
        ];
        for file in files {
            assert!(read(&one, file) == read(&two, file), "{file}");
        }
        let points = std::fs::read_dir(one.join("points"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        let before = std::fs::read(points.path()).unwrap();
        let mut again = vec!["--quick", "--out", one.to_str().unwrap()];
        again.extend(arguments("2"));
        assert_eq!(
            run(again.into_iter().map(OsString::from), &mut Vec::new()),
            0
        );
        assert!(std::fs::read(points.path()).unwrap() == before);
        assert!(read(&one, "fig4.csv") == read(&two, "fig4.csv"));
    }

    #[test]
    fn mistakes_end_with_2() {
        let (code, err, _) = figures("mistakes", &["--only", "fig99"]);
        assert_eq!(code, 2);
        assert!(err.contains("fig99"), "{err}");
        let (code, err, _) = figures("blocked", &["--only", "fig3", "--out", "/proc/nowhere"]);
        assert_eq!(code, 2);
        assert!(err.contains("/proc/nowhere"), "{err}");
    }
}

//! The command: arguments in, exit code out.

use crate::arguments::{Allocation, Arguments, USAGE};
use crate::failure::Failure;
use crate::report::{Report, SCHEMA_VERSION};
use crate::save::SavedDesign;
use crate::schemes::{SchemeRun, run_schemes};
use crate::sensing::run_sensing;
use crate::table;
use std::ffi::OsString;
use std::io::Write;
use td_isac_algos::scenario::{AnyScenario, Scenario};

/// Runs the command with its arguments (without the program's name); returns the exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    match try_run(arguments, out, err) {
        Ok(()) => 0,
        Err(failure) => {
            // If standard error is closed as well, the exit code is all that is left.
            let _ = writeln!(err, "error: {failure}");
            if matches!(failure, Failure::Arguments(_)) {
                let _ = writeln!(err, "try --help");
            }
            failure.code()
        }
    }
}

fn try_run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let Some(arguments) = Arguments::parse(arguments)? else {
        return print(out, USAGE);
    };
    match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => design(&scenario, &arguments, out, err),
        AnyScenario::ThreeD(scenario) => design(&scenario, &arguments, out, err),
    }
}

fn design<const D: usize>(
    scenario: &Scenario<D>,
    arguments: &Arguments,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let checked = scenario.check()?;
    let sensing = run_sensing(&checked)?;
    for note in sensing.notes() {
        let _ = writeln!(err, "note: {note}");
    }
    if matches!(arguments.allocation, Allocation::Optimised { .. }) {
        sensing.eta_max()?;
    }
    let runs = run_schemes(&checked, &sensing, arguments)?;
    let (schemes, designs) = runs
        .into_iter()
        .map(|SchemeRun { report, design }| (report, design))
        .unzip();
    if let Some(file) = &arguments.save {
        SavedDesign::new(&scenario.name, &sensing, designs).write(file)?;
    }
    let report = Report {
        schema_version: SCHEMA_VERSION,
        scenario: scenario.name.clone(),
        sensing: sensing.report(),
        schemes,
    };
    let text = if arguments.json {
        json(&report)?
    } else {
        table::report(&report, scenario)
    };
    print(out, &text)
}

fn json(report: &Report) -> Result<String, Failure> {
    serde_json::to_string_pretty(report)
        .map(|text| text + "\n")
        .map_err(|source| Failure::Output {
            destination: "--json".to_owned(),
            source: source.into(),
        })
}

fn print(out: &mut dyn Write, text: &str) -> Result<(), Failure> {
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| Failure::Output {
            destination: "standard output".to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Exit code, standard output and standard error.
    fn command(arguments: &[&str]) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(arguments.iter().map(OsString::from), &mut out, &mut err);
        (
            code,
            String::from_utf8(out).unwrap(),
            String::from_utf8(err).unwrap(),
        )
    }

    fn preset(name: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        folder.join(name).to_str().unwrap().to_owned()
    }

    #[test]
    fn json_is_all_there_is_on_standard_output() {
        let (code, out, _) = command(&[&preset("paper.toml"), "--json", "--eta", "0.6"]);
        assert_eq!(code, 0);
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["scenario"], "paper");
        // An independent solver found 4.644042878746718e-13 to a relative gap of 3e-5.
        let number = |key: &str| report["sensing"][key].as_f64().unwrap();
        assert!((number("crlb_constant_m2") / 4.644_042_878_746_718e-13 - 1.0).abs() < 3e-5);
        let isotropic = 2.774_137_161_153_019e-12;
        assert!((number("crlb_constant_isotropic_m2") / isotropic - 1.0).abs() < 1e-8);
        assert!((number("eta_max") - 0.976_779_785).abs() < 1e-6);
        assert!(number("relative_gap") <= 1e-6);
    }

    #[test]
    fn the_table_names_the_scenario() {
        let (code, out, _) = command(&[&preset("paper.toml"), "--eta", "0.6"]);
        assert_eq!(code, 0);
        assert!(out.starts_with("paper: 3 access points"), "{out}");
        assert!(out.contains("4.644e-13"), "{out}");
    }

    #[test]
    fn an_unreachable_threshold_is_exit_3() {
        let file = preset("paper-printed.toml");
        let (code, out, err) = command(&[&file, "--json"]);
        assert_eq!((code, out.as_str()), (3, ""));
        assert!(
            err.contains("threshold 1e-11 m²") && err.contains("e-4 m²"),
            "{err}"
        );
        // With a fixed time allocation the threshold is not enforced.
        let (code, out, _) = command(&[&file, "--json", "--eta", "0.5"]);
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(code, 0);
        assert!(report["sensing"]["eta_max"].as_f64().unwrap() < -1e6);
    }

    #[test]
    fn bad_files_and_options_are_exit_2() {
        let (code, out, err) = command(&["no-such-file.toml"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(
            err.starts_with("error: no-such-file.toml: cannot be read"),
            "{err}"
        );
        let (code, _, err) = command(&[&preset("paper.toml"), "--scheme", "nobody"]);
        assert_eq!(code, 2);
        assert!(err.contains("--scheme nobody"), "{err}");
    }

    #[test]
    fn help_is_a_success() {
        assert_eq!(command(&["--help"]), (0, USAGE.to_owned(), String::new()));
    }
}

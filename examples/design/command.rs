//! The command: arguments in, exit code out.

use crate::arguments::{Allocation, Arguments, Solver};
use crate::channels::Channels;
use crate::failure::Failure;
use crate::least_power::run_least_power;
use crate::report::{Page, Report, SCHEMA_VERSION};
use crate::save::{SavedDesign, SavedScheme, SavedSensing};
use crate::schemes::{Job, SchemeRun, run_schemes};
use crate::sensing::run_sensing;
use crate::solvers::Solvers;
use crate::{table, uncertainty};
use clap::Parser;
use serde::Serialize;
use std::ffi::OsString;
use std::io::Write;
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_examples::{flags, output};

/// Runs the command with its arguments (without the program's name); returns the exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    run_with(&Solvers::chosen, arguments, out, err)
}

/// Which solvers a word on the command line stands for.
type Choice = dyn Fn(Solver) -> Result<Solvers, clap::Error>;

fn run_with(
    choice: &Choice,
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    match try_run(choice, arguments, out, err) {
        Ok(()) => 0,
        Err(Failure::Arguments(error)) => flags::end(&error, out, err),
        Err(failure) => {
            // If standard error is closed as well, the exit code is all that is left.
            let _ = writeln!(err, "error: {failure}");
            failure.code()
        }
    }
}

fn try_run(
    choice: &Choice,
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let arguments = Arguments::try_parse_from(arguments)?;
    let solvers = choice(arguments.solver)?;
    if let Some(file) = &arguments.save {
        output::file(file).map_err(|error| Failure::save(file, error.source))?;
    }
    if let Some(channels) = Channels::of(&arguments.scenario)? {
        return match channels.scenario() {
            Some(AnyScenario::TwoD(scenario)) => {
                design(scenario, Some(&channels), &arguments, &solvers, out, err)
            }
            Some(AnyScenario::ThreeD(scenario)) => {
                design(scenario, Some(&channels), &arguments, &solvers, out, err)
            }
            None => design_without_sensing(&channels, &arguments, &solvers, out, err),
        };
    }
    match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => design(&scenario, None, &arguments, &solvers, out, err),
        AnyScenario::ThreeD(scenario) => design(&scenario, None, &arguments, &solvers, out, err),
    }
}

fn design<const D: usize>(
    scenario: &Scenario<D>,
    channels: Option<&Channels>,
    arguments: &Arguments,
    solvers: &Solvers,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let checked = scenario.check()?;
    let sensing = run_sensing(&checked, solvers.sensing())?;
    for note in sensing.notes() {
        let _ = writeln!(err, "note: {note}");
    }
    if matches!(arguments.allocation(), Allocation::Optimised { .. }) {
        sensing.eta_max()?;
    }
    let user_crlb_m2 = |eta: f64| sensing.user_crlb_m2(eta);
    let job = Job {
        downlink: match channels {
            Some(channels) => channels.downlink().clone(),
            None => checked.robust_downlink(sensing.designed())?,
        },
        eta_max: sensing.eta_max().ok(),
        frame: Some(checked.frame()),
        whole_slots: checked.whole_slots(),
        user_crlb_m2: &user_crlb_m2,
    };
    let (access_points, users) = (scenario.access_points.len(), scenario.users_m.len());
    let name = &scenario.name;
    let (heading, uncertainty, assumptions) = match channels {
        Some(channels) => (
            channels.heading(),
            channels.uncertainty(),
            Channels::assumptions(),
        ),
        None => (
            format!("{name}: {access_points} access points and {users} users in {D} dimensions"),
            uncertainty::report(&checked, sensing.designed())?,
            checked.assumptions(),
        ),
    };
    let page = Page {
        scenario: name.clone(),
        heading,
        threshold_m2: Some(scenario.crlb_threshold_m2),
        sensing: Some(sensing.report()),
        uncertainty,
        assumptions,
    };
    let saved = SavedSensing::new(&sensing);
    let task = Task {
        job,
        page,
        sensing: Some(saved),
    };
    task.run(arguments, solvers, out, err)
}

/// Channels without positions: beams for a given time allocation.
fn design_without_sensing(
    channels: &Channels,
    arguments: &Arguments,
    solvers: &Solvers,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    if matches!(arguments.allocation(), Allocation::Optimised { .. }) {
        return Err(Failure::Channels(format!(
            "{}: channels without positions, sensing and reflectivity limit no time allocation: give --eta",
            arguments.scenario.display()
        )));
    }
    let task = Task {
        job: Job {
            downlink: channels.downlink().clone(),
            eta_max: None,
            frame: None,
            whole_slots: None,
            user_crlb_m2: &|_| Vec::new(),
        },
        page: Page {
            scenario: channels.name().to_owned(),
            heading: channels.heading(),
            threshold_m2: None,
            sensing: None,
            uncertainty: channels.uncertainty(),
            assumptions: Channels::assumptions(),
        },
        sensing: None,
    };
    task.run(arguments, solvers, out, err)
}

/// Beams to be designed, and what is said of them besides their numbers.
struct Task<'a> {
    job: Job<'a>,
    page: Page,
    /// What `--save` writes of sensing.
    sensing: Option<SavedSensing>,
}

impl Task<'_> {
    fn run(
        self,
        arguments: &Arguments,
        solvers: &Solvers,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Failure> {
        if let Some(sinr_db) = arguments.least_power()? {
            let (row, saved) =
                run_least_power(&self.job, arguments, sinr_db, solvers.beamforming())?;
            return self.finish(arguments, vec![row], vec![saved], table::least_power, out);
        }
        let runs = run_schemes(&self.job, arguments, solvers.beamforming())?;
        let (rows, designs): (Vec<_>, Vec<_>) = runs
            .into_iter()
            .map(|SchemeRun { report, design }| (report, design))
            .unzip();
        if designs.iter().all(Result::is_err) {
            return Err(Failure::no_scheme(rows));
        }
        for failed in rows.iter().filter(|row| row.message.is_some()) {
            let message = failed.message.as_deref().unwrap_or_default();
            let _ = writeln!(err, "note: scheme {}: {message}", failed.scheme);
        }
        let designs = designs.into_iter().filter_map(Result::ok).collect();
        self.finish(arguments, rows, designs, table::rates, out)
    }

    /// Writes what was asked for.
    fn finish<Row: Serialize>(
        self,
        arguments: &Arguments,
        rows: Vec<Row>,
        schemes: Vec<SavedScheme>,
        table: fn(&Page, &[Row]) -> String,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        if let Some(file) = &arguments.save {
            let saved = SavedDesign {
                schema_version: SCHEMA_VERSION,
                scenario: self.page.scenario.clone(),
                sensing: self.sensing,
                schemes,
            };
            saved.write(file)?;
        }
        let text = if arguments.json {
            json(&self.page.report(rows))?
        } else {
            table(&self.page, &rows)
        };
        print(out, &text)
    }
}

fn json<Row: Serialize>(report: &Report<Row>) -> Result<String, Failure> {
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
    use robust_sdp::{
        HermitianIpm, Residuals, SdpOutcome, SdpSolver, SolveRequest, SolverError, ValidSdp,
    };
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use td_isac_examples::arrays;

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

    /// Beams saved for NumPy are those of the JSON, and send the powers of the design.
    #[test]
    fn beams_for_numpy() {
        let folder = std::env::temp_dir().join(format!("td-isac-npz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let save = |name: &str, schemes: &str| {
            let file = folder.join(name);
            let line = [
                &preset("paper.toml"),
                "--eta",
                "0.6",
                "--scheme",
                schemes,
                "--save",
                file.to_str().unwrap(),
            ];
            let (code, _, err) = command(&line);
            assert_eq!(code, 0, "{err}");
            file
        };
        let text = std::fs::read_to_string(save("beams.json", "zf,mrt-equal")).unwrap();
        let saved: serde_json::Value = serde_json::from_str(&text).unwrap();
        let alone = arrays::matrices(&save("zf.npz", "zf"), 'w', &[4; 3]).unwrap();
        for (m, matrix) in alone.iter().enumerate() {
            assert_eq!((matrix.nrows(), matrix.ncols()), (4, 21));
            for user in 0..4 {
                for n in 0..21 {
                    let pair = &saved["schemes"][0]["beamformers"][user][m][n];
                    let [re, im] = [0, 1].map(|part| pair[part].as_f64().unwrap());
                    assert_eq!((matrix[(user, n)].re, matrix[(user, n)].im), (re, im));
                }
            }
            let power_w = matrix.norm_l2().powi(2);
            assert!(power_w <= 1.0 + 1e-9, "{power_w}");
        }
        let both = std::fs::read(save("both.npz", "zf,mrt-equal")).unwrap();
        let names = ["zf_w0.npy", "mrt-equal_w2.npy"];
        assert!(
            names
                .iter()
                .all(|name| both.windows(name.len()).any(|w| w == name.as_bytes()))
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// With positions the time allocation is limited by sensing; without them it has to be given, and the rates are those of the
    /// same channels.
    #[test]
    fn channels_of_a_file() {
        let channels = Path::new(env!("CARGO_MANIFEST_DIR")).join("channels");
        let street = channels.join("street.toml");
        let street = street.to_str().unwrap();
        let report = |arguments: &[&str]| -> serde_json::Value {
            let (code, out, said) = command(arguments);
            assert_eq!(code, 0, "{said}");
            serde_json::from_str(&out).unwrap()
        };
        let whole = report(&[street, "--json", "--scheme", "zf"]);
        let row = &whole["schemes"][0];
        let slots = row["sensing_slots"].as_f64().unwrap();
        assert!(
            slots > 0.5 && (slots - slots.round()).abs() < 1e-9,
            "{slots}"
        );
        assert!(row["rate_bit_s_hz"].as_f64().unwrap() > 0.0);
        assert_eq!(whole["uncertainty"]["relative_radius"], 0.02);

        let fixed = report(&[street, "--json", "--scheme", "zf", "--eta", "0.8"]);
        let folder = std::env::temp_dir().join(format!("td-isac-channels-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("own.toml");
        let own = |channels: &str| {
            let text = format!(
                "name = \"own\"\n[channels]\n{channels}\n[power]\ncommunication_dbm = 30\n[noise]\ncommunication_dbm = -100\n"
            );
            std::fs::write(&file, text).unwrap();
            file.to_str().unwrap().to_owned()
        };
        let npy = channels.join("street.npy");
        let npy = npy.display();
        let bare = own(&format!("file = \"{npy}\"\nerror = 0.02"));
        let alone = report(&[&bare, "--json", "--scheme", "zf", "--eta", "0.8"]);
        assert!(alone["sensing"].is_null());
        let gamma = |report: &serde_json::Value| report["schemes"][0]["gamma"].as_f64().unwrap();
        assert_eq!(gamma(&alone), gamma(&fixed));
        // Each link its own error: those of one size are that size.
        let row = "[0.02, 0.02, 0.02, 0.02]";
        let each = own(&format!(
            "file = \"{npy}\"\nerror = [{row}, {row}, {row}, {row}]"
        ));
        assert_eq!(
            gamma(&report(&[
                &each, "--json", "--scheme", "zf", "--eta", "0.8"
            ])),
            gamma(&fixed)
        );

        let refused = |channels: &str, eta: &[&str], words: &str| {
            let file = own(channels);
            let mut arguments = vec![file.as_str(), "--scheme", "zf"];
            arguments.extend(eta);
            let (code, out, said) = command(&arguments);
            assert_eq!((code, out.as_str()), (2, ""), "{said}");
            assert!(said.contains(words), "{words}: {said}");
        };
        let eta = ["--eta", "0.8"];
        let good = format!("file = \"{npy}\"\n");
        refused(&good, &[], "give --eta");
        refused(
            &format!("{good}error = [{row}]"),
            &eta,
            "channels.error (users): expected length 4, found 1",
        );
        refused(
            &format!("{good}error = -1"),
            &eta,
            "channels.error: -1 must not be negative",
        );
        refused(
            &format!("{good}eror = 1"),
            &eta,
            "channels.eror: unknown field",
        );
        refused("error = 0.1", &eta, "channels.file: missing");
        refused("file = \"none.npy\"", &eta, "none.npy: cannot be read");
        let toml = format!("file = \"{street}\"");
        refused(&toml, &eta, "is no array");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// The default is the paper's ball, `ε/‖h‖ = 4/λ sqrt(C)` at `η = 0`; a set of positions has its regions:
    /// 95 % of a Gaussian error in the plane lie within 2.4477 deviations, and a disc that holds as much
    /// lies between those of the ellipse's axes.
    #[test]
    fn the_uncertainty_is_said() {
        let folder = std::env::temp_dir().join(format!("td-isac-design-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let paper = std::fs::read_to_string(preset("paper.toml")).unwrap();
        let report = |model: &str| -> serde_json::Value {
            let file = folder.join("scenario.toml");
            std::fs::write(&file, format!("{paper}\n{model}")).unwrap();
            let line = [
                file.to_str().unwrap(),
                "--json",
                "--eta",
                "0.6",
                "--scheme",
                "zf",
            ];
            let (code, out, err) = command(&line);
            assert_eq!(code, 0, "{err}");
            serde_json::from_str(&out).unwrap()
        };
        let default = report("");
        let (said, sensed) = (&default["uncertainty"], &default["sensing"]);
        assert_eq!(
            (&said["model"], &said["scale"]),
            (&"ball".into(), &1.0.into())
        );
        assert!(said["confidence"].is_null() && said["position_semi_axes_m"].is_null());
        let deviation = sensed["crlb_constant_m2"].as_f64().unwrap().sqrt();
        let expected = 4.0 * 28.0e9 / 299_792_458.0 * deviation;
        let radius = said["relative_radius"].as_f64().unwrap();
        assert!((radius / expected - 1.0).abs() < 1e-9);

        let axes = |model: &str| -> Vec<[f64; 2]> {
            let of = format!("[uncertainty]\nmodel = \"{model}\"\nconfidence = 0.95\n");
            let said = &report(&of)["uncertainty"];
            assert_eq!(
                (&said["model"], &said["confidence"]),
                (&model.into(), &0.95.into())
            );
            assert!(said["scale"].is_null() && said["relative_radius"].is_null());
            serde_json::from_value(said["position_semi_axes_m"].clone()).unwrap()
        };
        let (discs, ellipses) = (axes("phase"), axes("ellipse"));
        assert_eq!((discs.len(), ellipses.len()), (4, 4));
        let mut trace = 0.0;
        for ([radius, same], [long, short]) in discs.into_iter().zip(ellipses) {
            assert!((radius / same - 1.0).abs() < 1e-12);
            assert!(short <= radius && radius <= long);
            trace += (long.powi(2) + short.powi(2)) / 2.447_747_f64.powi(2);
        }
        // The variances of all coordinates add up to C.
        assert!((trace.sqrt() / deviation - 1.0).abs() < 1e-5);
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
    fn a_design_that_cannot_be_saved_is_not_computed() {
        let line = [&preset("paper.toml"), "--save", "/proc/nowhere/beams.json"];
        let (code, out, err) = command(&line);
        assert_eq!((code, out.as_str()), (2, ""));
        let expected = "error: --save /proc/nowhere/beams.json: cannot be written";
        assert!(err.starts_with(expected), "{err}");
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
        assert!(err.contains("'nobody' for '--scheme"), "{err}");
    }

    /// The native solver for so many programs, then failures only.
    #[derive(Debug)]
    struct BreaksDown {
        after: usize,
        calls: AtomicUsize,
    }

    impl SdpSolver for BreaksDown {
        fn name(&self) -> &'static str {
            "breaks-down"
        }

        fn solve(
            &self,
            problem: &ValidSdp,
            request: SolveRequest<'_>,
        ) -> Result<SdpOutcome, SolverError> {
            if self.calls.fetch_add(1, Ordering::Relaxed) < self.after {
                return HermitianIpm::default().solve(problem, request);
            }
            Err(SolverError::Stalled {
                solver: self.name(),
                reason: "on purpose",
                iterations: 7,
                residuals: Residuals::UNKNOWN,
                last: None,
            })
        }
    }

    /// A solver that fails, early or late, at sensing or at beamforming, is exit code 4 with its own
    /// words, and never a design, an infeasible scenario or a rate of zero.
    #[test]
    fn a_failing_solver_is_exit_4() {
        for (after, also_senses) in [(0, true), (0, false), (6, false), (12, false)] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let choice = move |_| {
                let solver = BreaksDown {
                    after,
                    calls: AtomicUsize::new(0),
                };
                Ok(Solvers::everywhere(Box::new(solver), also_senses))
            };
            let file = preset("weak-echo.toml");
            let line = [file.as_str(), "--json", "--eta", "0.6", "--scheme", "mrt"];
            let code = run_with(&choice, line.iter().map(OsString::from), &mut out, &mut err);
            let err = String::from_utf8(err).unwrap();
            assert_eq!(code, 4, "after {after} programs: {err}");
            assert!(out.is_empty());
            let words = "breaks-down: on purpose after 7 iterations";
            assert!(err.contains(words), "after {after} programs: {err}");
        }
    }

    /// A scheme that fails has its row and costs the others nothing: zero-forcing needs eight programs, what
    /// comes after them fails.
    #[test]
    fn a_failing_scheme_is_a_row() {
        let folder = std::env::temp_dir().join(format!("td-isac-rows-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let save = folder.join("designs.json");
        let choice = |_| {
            let solver = BreaksDown {
                after: 10,
                calls: AtomicUsize::new(0),
            };
            Ok(Solvers::everywhere(Box::new(solver), false))
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let line = [
            &preset("weak-echo.toml"),
            "--json",
            "--eta",
            "0.6",
            "--scheme",
            "zf,mrt",
            "--save",
        ];
        let line = line
            .iter()
            .map(OsString::from)
            .chain([save.clone().into_os_string()]);
        let code = run_with(&choice, line, &mut out, &mut err);
        let err = String::from_utf8(err).unwrap();
        assert_eq!(code, 0, "{err}");
        assert!(err.contains("scheme mrt: "), "{err}");
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let [zf, mrt] = [&report["schemes"][0], &report["schemes"][1]];
        assert_eq!((&zf["scheme"], &zf["status"]), (&"zf".into(), &"ok".into()));
        assert!(zf["rate_bit_s_hz"].as_f64().unwrap() > 0.0 && zf["message"].is_null());
        assert_eq!(
            (&mrt["scheme"], &mrt["status"]),
            (&"mrt".into(), &"solver-failed".into())
        );
        assert!(mrt["message"].as_str().unwrap().contains("on purpose"));
        for key in [
            "eta",
            "gamma",
            "rate_bit_s_hz",
            "iterations",
            "sdp_solves",
            "termination",
        ] {
            assert!(mrt[key].is_null(), "{key}");
            assert!(!zf[key].is_null(), "{key}");
        }
        // The same keys for both.
        let keys = |row: &serde_json::Value| -> Vec<String> {
            row.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(keys(zf), keys(mrt));
        let saved: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(save).unwrap()).unwrap();
        assert_eq!(saved["schemes"].as_array().unwrap().len(), 1);
        assert_eq!(saved["schemes"][0]["scheme"], "zf");
    }

    /// No attack unless it is asked for; what it finds is between what is certified and what is nominal.
    #[test]
    fn attacks_are_asked_for() {
        let rates = |more: &[&str]| {
            let file = preset("weak-echo.toml");
            let mut line = vec![file.as_str(), "--json", "--eta", "0.6", "--scheme", "zf"];
            line.extend(more);
            let (code, out, err) = command(&line);
            assert_eq!(code, 0, "{err}");
            let report: serde_json::Value = serde_json::from_str(&out).unwrap();
            let row = report["schemes"][0].clone();
            let nominal = 0.6 * (1.0 + row["gamma_nominal"].as_f64().unwrap()).log2();
            let certified = row["rate_bit_s_hz"].as_f64().unwrap();
            (certified, row["rate_attacked_bit_s_hz"].as_f64(), nominal)
        };
        assert_eq!(rates(&[]).1, None);
        let (certified, attacked, nominal) = rates(&["--attack"]);
        let attacked = attacked.unwrap();
        assert!(certified <= attacked * (1.0 + 1e-9) && attacked < nominal);
    }

    #[cfg(not(feature = "clarabel-sdp"))]
    #[test]
    fn a_missing_feature_is_exit_2() {
        let (code, out, err) = command(&[&preset("paper.toml"), "--solver", "clarabel"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains("--features clarabel-sdp"), "{err}");
    }

    #[cfg(feature = "clarabel-sdp")]
    #[test]
    fn clarabel_agrees_on_a_preset() {
        let report = |solver: &str| -> serde_json::Value {
            let file = preset("carrier-phase.toml");
            let line = [&file, "--json", "--eta", "0.6", "--solver", solver];
            let (code, out, err) = command(&line);
            assert_eq!(code, 0, "{err}");
            serde_json::from_str(&out).unwrap()
        };
        let (native, clarabel) = (report("native"), report("clarabel"));
        let same = |pointer: &str, tolerance: f64| {
            let number = |r: &serde_json::Value| r.pointer(pointer).unwrap().as_f64().unwrap();
            let (a, b) = (number(&native), number(&clarabel));
            assert!((a / b - 1.0).abs() < tolerance, "{pointer}: {a} {b}");
        };
        same("/sensing/crlb_constant_m2", 1e-6);
        for (index, scheme) in ["main", "ei", "mrt"].iter().enumerate() {
            let name = native.pointer(&format!("/schemes/{index}/scheme"));
            assert_eq!(name.and_then(|n| n.as_str()), Some(*scheme));
            same(&format!("/schemes/{index}/rate_bit_s_hz"), 1e-5);
            if *scheme != "ei" {
                same(&format!("/schemes/{index}/rate_upper_bound_bit_s_hz"), 1e-5);
            }
        }
    }

    #[test]
    fn help_is_a_success() {
        let (code, out, err) = command(&["--help"]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("Usage: design"), "{out}");
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    }
}

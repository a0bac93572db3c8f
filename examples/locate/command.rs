//! From the command line to the report.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::Parser;
use faer::{Mat, c64};
use music_loc::{Echoes, UserCount};
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_examples::arrays::matrices;
use td_isac_examples::{Failure, flags};

use crate::arguments::{Arguments, Users};
use crate::report::Report;

/// Most users that are looked for where their number is unknown.
const MOST_USERS: usize = 16;

/// What the access points heard, and the waveform that they had sent.
type Heard = (Echoes, Vec<Mat<c64>>);

/// Runs the command and returns its exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let line = std::iter::once("locate".into()).chain(arguments);
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(error) => return flags::end(&error, out, err),
    };
    match execute(&arguments, out) {
        Ok(()) => 0,
        Err(error) => {
            // If the stream is closed, the exit code is all that is left.
            let _ = writeln!(err, "error: {:?}", Failure::from(error));
            2
        }
    }
}

fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let report = match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => locate(&scenario, arguments)?,
        AnyScenario::ThreeD(scenario) => locate(&scenario, arguments)?,
    };
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", report.text())?;
    }
    Ok(())
}

fn locate<const D: usize>(
    scenario: &Scenario<D>,
    arguments: &Arguments,
) -> Result<Report, Box<dyn Error>> {
    let scenario = scenario.check()?;
    let users_m = &scenario.parameters().users_m;
    let users = match arguments.users {
        None => UserCount::Given(users_m.len()),
        Some(Users::Given(count)) => UserCount::Given(count),
        Some(Users::Unknown) => UserCount::AtMost(MOST_USERS),
    };
    let detector = scenario.detector_parameters(users).check()?;
    if let (Some(echoes), Some(waveform)) = (&arguments.echoes, &arguments.waveform) {
        let elements: Vec<usize> = scenario.access_points().iter().map(|a| a.len()).collect();
        let (echoes, waveform) = recorded(echoes, waveform, &elements)?;
        return Ok(Report::new(&detector.detect(&echoes, &waveform)?, None));
    }
    let signals = if arguments.isotropic {
        scenario.isotropic_signals()
    } else {
        Sensing::design(&scenario, None)?
            .covariance
            .transmit_covariances()
    };
    let model = scenario.echo_parameters(signals, arguments.slots).check()?;
    let heard = model.simulate(arguments.seed)?;
    let detection = detector.detect(&heard.echoes, &heard.waveform)?;
    Ok(Report::new(&detection, Some(users_m)))
}

fn recorded(echoes: &Path, waveform: &Path, elements: &[usize]) -> Result<Heard, Box<dyn Error>> {
    let received = Echoes::new(matrices(echoes, 'y', elements)?)?;
    Ok((received, matrices(waveform, 's', elements)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use npyz::WriterBuilder;
    use num_complex::Complex;
    use std::path::PathBuf;
    use td_isac_examples::scenes::{PAPER, preset};
    use zip::write::SimpleFileOptions;

    fn ran(line: &[&str]) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(line.iter().map(OsString::from), &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (code, text(out), text(err))
    }

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("locate-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// An archive as NumPy writes it, deflated, arrays in the order of C or of Fortran.
    fn write(file: &Path, letter: char, matrices: &[Mat<c64>], order: npyz::Order) {
        let mut archive = zip::ZipWriter::new(std::fs::File::create(file).unwrap());
        for (index, matrix) in matrices.iter().enumerate() {
            let name = format!("{letter}{index}.npy");
            archive
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            let mut bytes = Vec::new();
            let (rows, columns) = matrix.shape();
            let mut writer = npyz::WriteOptions::<Complex<f64>>::new()
                .default_dtype()
                .order(order)
                .shape(&[rows as u64, columns as u64])
                .writer(&mut bytes)
                .begin_nd()
                .unwrap();
            for k in 0..rows * columns {
                let at = match order {
                    npyz::Order::C => (k / columns, k % columns),
                    npyz::Order::Fortran => (k % rows, k / rows),
                };
                writer.push(&matrix[at]).unwrap();
            }
            writer.finish().unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap();
    }

    #[test]
    fn recorded_echoes_give_what_simulated_ones_do() {
        let (folder, scenario) = (folder(), preset("paper").unwrap().check().unwrap());
        let signals = scenario.isotropic_signals();
        let model = scenario.echo_parameters(signals, 30).check().unwrap();
        let heard = model.simulate(7).unwrap();
        let echoes: Vec<_> = (0..3)
            .map(|l| heard.echoes.received(l).to_owned())
            .collect();
        let (y, s) = (folder.join("y.npz"), folder.join("s.npz"));
        write(&y, 'y', &echoes, npyz::Order::Fortran);
        write(&s, 's', &heard.waveform, npyz::Order::C);
        let files = [y.to_str().unwrap(), s.to_str().unwrap()];
        let recorded = [
            PAPER,
            "--json",
            "--echoes",
            files[0],
            "--waveform",
            files[1],
        ];
        let simulated = [
            PAPER,
            "--json",
            "--isotropic",
            "--slots",
            "30",
            "--seed",
            "7",
        ];
        let read = |line: &[&str]| -> serde_json::Value {
            let (code, out, err) = ran(line);
            assert_eq!((code, err.as_str()), (0, ""));
            serde_json::from_str(&out).unwrap()
        };
        let (recorded, simulated) = (read(&recorded), read(&simulated));
        // But for the error, which only a simulation knows.
        let mut without_errors = simulated["users"].as_array().unwrap().clone();
        for user in &mut without_errors {
            assert!(user.as_object_mut().unwrap().remove("error_m").is_some());
        }
        assert_eq!(recorded["users"].as_array().unwrap(), &without_errors);
        assert_eq!(without_errors.len(), 4);
        for user in recorded["users"].as_array().unwrap() {
            assert_eq!(user["verdict"], "found");
            assert!(user["deviation_m"].as_f64().unwrap() < 1e-5);
        }
        assert!(recorded.get("errors_m").is_none());
        for error in simulated["errors_m"].as_array().unwrap() {
            assert!(error.as_f64().unwrap() < 1e-5);
        }
        // Files of other things.
        let swapped = ran(&[PAPER, "--echoes", files[1], "--waveform", files[0]]);
        assert_eq!(swapped.0, 2);
        assert!(
            swapped.2.contains("s.npz: y0: cannot be read"),
            "{}",
            swapped.2
        );
        write(
            &y,
            'y',
            &[echoes[0].subrows(0, 4).to_owned()],
            npyz::Order::C,
        );
        let short = ran(&[PAPER, "--echoes", files[0], "--waveform", files[1]]);
        let expected = "y0: has 4 rows; access point 0 has 21 elements";
        assert!(short.0 == 2 && short.2.contains(expected), "{}", short.2);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn bad_lines_end_with_2_and_name_what_is_bad() {
        for (line, expected) in [
            (vec![PAPER, "--users", "-1"], "unknown"),
            (vec![PAPER, "--echoes", "y.npz"], "--waveform"),
            (vec![PAPER, "--slots", "0", "--isotropic"], "slots"),
            (vec!["no-such.toml"], "no-such.toml"),
            (
                vec![PAPER, "--echoes", "no.npz", "--waveform", "no.npz"],
                "no.npz",
            ),
        ] {
            let (code, out, err) = ran(&line);
            assert_eq!((code, out.as_str()), (2, ""), "{line:?}");
            assert!(err.contains(expected), "{err}");
        }
    }
}

//! The least power at which every user keeps a given SINR, in the place of the largest rate.

use crate::arguments::{Allocation, Arguments};
use crate::failure::Failure;
use crate::report::{Certificate, LeastPowerReport};
use crate::save::SavedScheme;
use crate::schemes::Job;
use robust_sdp::{AttackOptions, LeastPowerOptions, RobustError, SdpSolver};
use std::time::Instant;
use td_isac_algos::{
    DesignError, Downlink, LeastPowerDesign, Study, attack_beams, design_least_power,
};

/// The scheme's name.
const SCHEME: &str = "main";

/// Designs the beams: at the time allocation given, or at the one to start from, if the threshold permits it, else at the largest
/// that it permits.
pub fn run_least_power(
    job: &Job<'_>,
    arguments: &Arguments,
    sinr_db: f64,
    solver: &dyn SdpSolver,
) -> Result<(LeastPowerReport, SavedScheme), Failure> {
    let eta = match arguments.allocation() {
        Allocation::Fixed { eta } => eta,
        Allocation::Optimised { start, .. } => job.within_threshold(start)?,
    };
    let downlink = &job.downlink;
    let start = Instant::now();
    let gamma = vec![10f64.powf(0.1 * sinr_db); downlink.users()];
    let options = LeastPowerOptions::default();
    let found = design_least_power(downlink, eta, &gamma, solver, &options, &mut || false)
        .map_err(|error| failure(error, downlink, eta, sinr_db, solver))?;
    let gamma_attacked = if arguments.attack {
        let (beams, certified) = (&found.beamformers, &found.certified);
        let options = AttackOptions::default();
        let attacks = attack_beams(downlink, eta, beams, certified, &options)?;
        Some(least(attacks.iter().map(|attack| attack.gamma)))
    } else {
        None
    };
    let seconds = start.elapsed().as_secs_f64();
    let saved = SavedScheme::new(
        SCHEME,
        eta,
        &found.beamformers,
        &found.certified,
        (job.user_crlb_m2)(eta),
    );
    Ok((report(found, sinr_db, gamma_attacked, seconds), saved))
}

fn report(
    found: LeastPowerDesign,
    sinr_db: f64,
    gamma_attacked: Option<f64>,
    seconds: f64,
) -> LeastPowerReport {
    LeastPowerReport {
        scheme: SCHEME,
        status: "ok",
        eta: found.eta,
        sinr_db,
        gamma: least(found.user_gamma.iter().copied()),
        power_total_w: found.total_power_w(),
        power_lower_bound_w: found.power_lower_bound_w,
        gamma_nominal: found.certified.gamma_nominal,
        gamma_attacked,
        certificate: Certificate::new(&found.certified, Some(found.rank_one_ratio)),
        sdp_solves: found.conic_solves,
        seconds,
        user_gamma: found.user_gamma,
        power_w: found.power_w,
    }
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

/// What is out of reach is said with what is not.
fn failure(
    error: DesignError,
    downlink: &Downlink,
    eta: f64,
    sinr_db: f64,
    solver: &dyn SdpSolver,
) -> Failure {
    let decibels = |gamma: f64| 10.0 * gamma.log10();
    // The largest common SINR is bracketed by a search of its own, which knows better where programs break down.
    let most = Study::new(downlink).eta(eta).solver(solver).run();
    let most = most.ok().and_then(|design| design.gamma_upper_bound);
    let reason = match &error {
        DesignError::Robust(RobustError::BeyondReach { target, bound, .. }) => format!(
            ": user {target} has at most {:.3} dB, with all power for it alone",
            decibels(*bound)
        ),
        DesignError::Robust(RobustError::BeyondReachTogether { budget_factor })
            if budget_factor.is_finite() =>
        {
            format!(": it takes at least {budget_factor:.4} times the power there is")
        }
        DesignError::Robust(RobustError::BeyondReachTogether { .. }) => {
            ": no power will do".to_owned()
        }
        _ if most.is_some_and(|bound| bound < 10f64.powf(0.1 * sinr_db)) => String::new(),
        _ => return error.into(),
    };
    let most = match most {
        Some(bound) if bound > 0.0 => {
            let bound = decibels(bound);
            format!("; at most {bound:.3} dB is certifiable for all users")
        }
        Some(_) => "; no SINR is certifiable for all users".to_owned(),
        None => String::new(),
    };
    Failure::OutOfReach(format!(
        "{sinr_db} dB at time allocation {eta} is out of reach{reason}{most}"
    ))
}

#[cfg(test)]
mod tests {
    use crate::command::run;
    use std::ffi::OsString;
    use std::path::Path;

    /// Exit code, standard output and standard error for a preset.
    fn command(preset: &str, line: &str) -> (u8, String, String) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let file = folder.join(preset).into_os_string();
        let words = line.split_whitespace().map(OsString::from);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(std::iter::once(file).chain(words), &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (code, text(out), text(err))
    }

    fn row(preset: &str, line: &str) -> serde_json::Value {
        let (code, out, err) = command(preset, &format!("--least-power --json {line}"));
        assert_eq!(code, 0, "{err}");
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["schemes"].as_array().unwrap().len(), 1);
        report["schemes"][0].clone()
    }

    #[test]
    fn rows_have_powers_and_what_they_are_for() {
        let saved = std::env::temp_dir().join(format!("td-isac-power-{}", std::process::id()));
        let line = format!("--sinr-db 5 --eta 0.4 --attack --save {}", saved.display());
        let row = row("weak-echo.toml", &line);
        let number = |key: &str| row[key].as_f64().unwrap();
        let list = |key: &str| -> Vec<f64> {
            let values = row[key].as_array().unwrap().iter();
            values.map(|v| v.as_f64().unwrap()).collect()
        };
        assert_eq!(
            (&row["scheme"], &row["status"]),
            (&"main".into(), &"ok".into())
        );
        assert_eq!((number("eta"), number("sinr_db")), (0.4, 5.0));
        let wanted = 10f64.powf(0.5);
        assert!(list("user_gamma").iter().all(|gamma| *gamma >= wanted));
        assert!(number("gamma") >= wanted && number("gamma_nominal") > wanted);
        assert!(number("gamma_attacked") >= wanted * (1.0 - 1e-9));
        let total: f64 = list("power_w").iter().sum();
        assert!((total / number("power_total_w") - 1.0).abs() < 1e-12);
        assert!(number("power_lower_bound_w") <= total);
        assert!(number("power_lower_bound_w") > total * (1.0 - 1e-4));
        assert!(row["certificate"]["max_power_ratio"].as_f64().unwrap() < 1.0);
        let design: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(saved).unwrap()).unwrap();
        let beams = design["schemes"][0]["beamformers"].as_array().unwrap();
        assert_eq!(beams.len(), list("user_gamma").len());
        let entries = beams.iter().flat_map(|user| user.as_array().unwrap());
        let entries = entries.flat_map(|part| part.as_array().unwrap());
        let squares = entries
            .flat_map(|z| z.as_array().unwrap())
            .map(|x| x.as_f64().unwrap());
        let sum: f64 = squares.map(|x| x * x).sum();
        assert!((sum / total - 1.0).abs() < 1e-12, "{sum:e} {total:e}");
    }

    /// Without a time allocation: the start, or what the threshold leaves.
    #[test]
    fn the_time_allocation_is_the_start_or_the_largest() {
        let eta = |line: &str| row("paper.toml", line)["eta"].as_f64().unwrap();
        assert_eq!(eta("--sinr-db 30"), 0.5);
        assert_eq!(eta("--sinr-db 30 --eta-start 0.2"), 0.2);
        assert!((eta("--sinr-db 30 --eta-start 0.999") - 0.976_779_785).abs() < 1e-6);
    }

    #[test]
    fn what_is_out_of_reach_is_exit_3_with_the_numbers() {
        let line = "--least-power --eta 0.5 --sinr-db";
        let (code, out, err) = command("weak-echo.toml", &format!("{line} 60"));
        assert_eq!((code, out.as_str()), (3, ""), "{err}");
        for words in [
            "60 dB",
            "out of reach",
            "at most ",
            "dB is certifiable for all users",
        ] {
            assert!(err.contains(words), "{words}: {err}");
        }
        // Errors are the limit here, not noise: power grows as the inverse of the distance from it, and beyond it none will do.
        let (_, rest) = err.rsplit_once("at most ").unwrap();
        let most: f64 = rest.split(' ').next().unwrap().parse().unwrap();
        let power = |below: f64| {
            let row = row(
                "weak-echo.toml",
                &format!("--eta 0.5 --sinr-db {}", most - below),
            );
            row["power_total_w"].as_f64().unwrap()
        };
        let growth = power(0.2) / power(0.4);
        assert!(growth > 1.8 && growth < 2.2, "{growth}");
        let (code, _, err) = command("weak-echo.toml", &format!("{line} {}", most + 0.02));
        assert_eq!(code, 3);
        assert!(err.contains("no power will do"), "{err}");
        let (code, _, err) = command("weak-echo.toml", &format!("{line} 300"));
        assert_eq!(code, 3);
        assert!(err.contains("with all power for it alone"), "{err}");
    }

    #[test]
    fn the_table_has_a_line_for_each() {
        let (code, out, err) = command("paper.toml", "--least-power --sinr-db 20 --eta 0.5");
        assert_eq!(code, 0, "{err}");
        for words in [
            "Least power for 20 dB at time allocation 0.5",
            "access point 0 ",
            "together",
            "user 3, certified",
            "20.0000 dB",
            "These SINRs are promises if",
        ] {
            assert!(out.contains(words), "{words}: {out}");
        }
    }
}

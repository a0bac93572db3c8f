//! The command line.

use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: design SCENARIO.toml [options]

  --scheme LIST            beamforming schemes, separated by commas, of main, ei, mrt,
                           zf, rzf, mrt-equal and perfect (default main,ei,mrt)
  --eta X                  fix the time allocation, 0 < X < 1; the threshold is not enforced
  --eta-start X            where the time allocation starts, 0 < X < 1 (default 0.5)
  --time-allocation HOW    slope (default), margin, margin-fixed, rate or exhaustive
  --solver NAME            native (default), or clarabel if built with --features clarabel-sdp
  --mrt-powers KIND        real (default) or hermitian
  --attack                 look for the worst channel errors of the finished beams
  --json                   one JSON object on standard output instead of a table
  --save FILE              write the design itself as JSON
  --help                   this text

--eta excludes --eta-start and --time-allocation.
";

/// What is wrong with a command line.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// An unknown option, or one without its value.
    #[error("{0}")]
    Syntax(#[from] lexopt::Error),
    /// No scenario file.
    #[error("a scenario file is missing")]
    NoScenario,
    /// More than one scenario file.
    #[error("{second:?}: one scenario file is enough")]
    SecondScenario { second: OsString },
    /// An option given twice.
    #[error("--{flag} is given twice")]
    Repeated { flag: &'static str },
    /// A value that the option does not take.
    #[error("--{flag} {value}: expected {expected}")]
    Value {
        flag: &'static str,
        value: String,
        expected: String,
    },
    /// A solver that was not built in.
    #[cfg(not(feature = "clarabel-sdp"))]
    #[error("--solver {solver} needs a build with --features {feature}")]
    MissingFeature {
        solver: &'static str,
        feature: &'static str,
    },
    /// Two options that contradict each other.
    #[error("--eta fixes the time allocation and excludes --{flag}")]
    Excluded { flag: &'static str },
}

/// A beamforming scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Largest certified worst-case rate (TD-ISAC-Main).
    Main,
    /// Channel errors ignored (TD-ISAC-EI).
    ErrorIgnorant,
    /// Maximum-ratio directions with robust powers (TD-ISAC-MRT).
    MaximumRatio,
    /// Zero-forcing.
    ZeroForcing,
    /// Regularised zero-forcing.
    RegularisedZeroForcing,
    /// Maximum-ratio directions at equal power.
    EqualPowerMrt,
    /// The channels known exactly: a bound.
    PerfectCsi,
}

/// Solver of the semidefinite programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solver {
    /// The workspace's own interior-point methods.
    Native,
    /// Clarabel, if it was built in.
    Clarabel,
}

/// How the time allocation is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeAllocation {
    /// The root of the exact rate's slope.
    Slope,
    /// Largest margin, multipliers re-optimised for each candidate.
    Margin,
    /// Largest margin with frozen multipliers, as the paper prints it.
    MarginFixed,
    /// Largest worst-case rate of fixed beamformers.
    Rate,
    /// Search of the exact rate.
    Exhaustive,
}

/// Which power matrices MRT chooses among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MrtPowers {
    /// Real symmetric.
    Real,
    /// Hermitian: each access point's phase as well.
    Hermitian,
}

/// Where the time allocation comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allocation {
    /// Given: one beamforming problem, no projection, the threshold not enforced.
    Fixed { eta: f64 },
    /// Alternating optimisation.
    Optimised { start: f64, how: TimeAllocation },
}

/// A valid command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub scenario: PathBuf,
    pub schemes: Vec<Scheme>,
    pub allocation: Allocation,
    pub solver: Solver,
    pub mrt_powers: MrtPowers,
    pub json: bool,
    pub attack: bool,
    pub save: Option<PathBuf>,
}

impl Scheme {
    const CHOICES: [(&str, Self); 7] = [
        ("main", Self::Main),
        ("ei", Self::ErrorIgnorant),
        ("mrt", Self::MaximumRatio),
        ("zf", Self::ZeroForcing),
        ("rzf", Self::RegularisedZeroForcing),
        ("mrt-equal", Self::EqualPowerMrt),
        ("perfect", Self::PerfectCsi),
    ];

    /// The paper's three, run when none are named.
    const DEFAULT: [Self; 3] = [Self::Main, Self::ErrorIgnorant, Self::MaximumRatio];

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::ErrorIgnorant => "ei",
            Self::MaximumRatio => "mrt",
            Self::ZeroForcing => "zf",
            Self::RegularisedZeroForcing => "rzf",
            Self::EqualPowerMrt => "mrt-equal",
            Self::PerfectCsi => "perfect",
        }
    }
}

impl Solver {
    const CHOICES: [(&str, Self); 2] = [("native", Self::Native), ("clarabel", Self::Clarabel)];
}

impl TimeAllocation {
    const CHOICES: [(&str, Self); 5] = [
        ("slope", Self::Slope),
        ("margin", Self::Margin),
        ("margin-fixed", Self::MarginFixed),
        ("rate", Self::Rate),
        ("exhaustive", Self::Exhaustive),
    ];
}

impl TimeAllocation {
    /// Name on the command line.
    pub fn name(self) -> &'static str {
        let entry = Self::CHOICES.iter().find(|(_, how)| *how == self);
        entry.map_or("", |(name, _)| name)
    }
}

impl MrtPowers {
    const CHOICES: [(&str, Self); 2] = [("real", Self::Real), ("hermitian", Self::Hermitian)];
}

impl Arguments {
    /// Reads a command line without the program's name; `None` when it asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, ArgumentError> {
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut scenario = None;
        let mut given = Given::default();
        let (mut json, mut attack) = (false, false);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("json") => json = true,
                Long("attack") => attack = true,
                Long("scheme") => given.scheme.set("scheme", parser.value()?)?,
                Long("eta") => given.eta.set("eta", parser.value()?)?,
                Long("eta-start") => given.eta_start.set("eta-start", parser.value()?)?,
                Long("solver") => given.solver.set("solver", parser.value()?)?,
                Long("time-allocation") => {
                    given
                        .time_allocation
                        .set("time-allocation", parser.value()?)?;
                }
                Long("mrt-powers") => given.mrt_powers.set("mrt-powers", parser.value()?)?,
                Long("save") => given.save.set("save", parser.value()?)?,
                Value(file) if scenario.is_none() => scenario = Some(PathBuf::from(file)),
                Value(second) => return Err(ArgumentError::SecondScenario { second }),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        Ok(Some(Self {
            schemes: given.schemes()?,
            allocation: given.allocation()?,
            solver: given
                .solver
                .choice(&Solver::CHOICES)?
                .unwrap_or(Solver::Native),
            mrt_powers: given
                .mrt_powers
                .choice(&MrtPowers::CHOICES)?
                .unwrap_or(MrtPowers::Real),
            json,
            attack,
            save: given.save.value.map(PathBuf::from),
            scenario: scenario.ok_or(ArgumentError::NoScenario)?,
        }))
    }
}

/// The options that take a value, as they were given.
#[derive(Default)]
struct Given {
    scheme: Flag,
    eta: Flag,
    eta_start: Flag,
    solver: Flag,
    time_allocation: Flag,
    mrt_powers: Flag,
    save: Flag,
}

impl Given {
    fn schemes(&self) -> Result<Vec<Scheme>, ArgumentError> {
        let Some(list) = self.scheme.text() else {
            return Ok(Scheme::DEFAULT.to_vec());
        };
        list.split(',')
            .map(|name| choose("scheme", name, &Scheme::CHOICES))
            .collect()
    }

    fn allocation(&self) -> Result<Allocation, ArgumentError> {
        let start = self.eta_start.share()?;
        let how = self.time_allocation.choice(&TimeAllocation::CHOICES)?;
        match self.eta.share()? {
            None => Ok(Allocation::Optimised {
                start: start.unwrap_or(0.5),
                how: how.unwrap_or(TimeAllocation::Slope),
            }),
            Some(_) if start.is_some() => Err(ArgumentError::Excluded { flag: "eta-start" }),
            Some(_) if how.is_some() => Err(ArgumentError::Excluded {
                flag: "time-allocation",
            }),
            Some(eta) => Ok(Allocation::Fixed { eta }),
        }
    }
}

/// One option that takes a value.
#[derive(Default)]
struct Flag {
    name: &'static str,
    value: Option<OsString>,
}

impl Flag {
    fn set(&mut self, name: &'static str, value: OsString) -> Result<(), ArgumentError> {
        if self.value.is_some() {
            return Err(ArgumentError::Repeated { flag: name });
        }
        *self = Self {
            name,
            value: Some(value),
        };
        Ok(())
    }

    /// The value; what is not Unicode is shown as such and matches no choice and no number.
    fn text(&self) -> Option<String> {
        self.value
            .as_ref()
            .map(|value| value.to_string_lossy().into_owned())
    }

    fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<Option<T>, ArgumentError> {
        self.text()
            .map(|word| choose(self.name, &word, choices))
            .transpose()
    }

    /// A share of the frame, strictly between 0 and 1.
    fn share(&self) -> Result<Option<f64>, ArgumentError> {
        let Some(value) = self.text() else {
            return Ok(None);
        };
        match value.parse::<f64>() {
            Ok(share) if share > 0.0 && share < 1.0 => Ok(Some(share)),
            _ => Err(ArgumentError::Value {
                flag: self.name,
                value,
                expected: "a number between 0 and 1".to_owned(),
            }),
        }
    }
}

fn choose<T: Copy>(
    flag: &'static str,
    word: &str,
    choices: &[(&str, T)],
) -> Result<T, ArgumentError> {
    choices
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            ArgumentError::Value {
                flag,
                value: word.to_owned(),
                expected: names.join(" or "),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, ArgumentError> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    fn message(line: &str) -> String {
        parse(line).unwrap_err().to_string()
    }

    #[test]
    fn defaults() {
        let expected = Arguments {
            scenario: PathBuf::from("a.toml"),
            schemes: vec![Scheme::Main, Scheme::ErrorIgnorant, Scheme::MaximumRatio],
            allocation: Allocation::Optimised {
                start: 0.5,
                how: TimeAllocation::Slope,
            },
            solver: Solver::Native,
            mrt_powers: MrtPowers::Real,
            json: false,
            attack: false,
            save: None,
        };
        assert_eq!(parse("a.toml").unwrap(), Some(expected));
    }

    #[test]
    fn everything() {
        let line = "--eta-start=0.1 --json a.toml --time-allocation margin-fixed --scheme main,perfect \
                    --solver native --mrt-powers hermitian --save out.json";
        let arguments = parse(line).unwrap().unwrap();
        assert_eq!(
            arguments.allocation,
            Allocation::Optimised {
                start: 0.1,
                how: TimeAllocation::MarginFixed
            }
        );
        assert_eq!(arguments.schemes, [Scheme::Main, Scheme::PerfectCsi]);
        assert_eq!(arguments.mrt_powers, MrtPowers::Hermitian);
        assert!(arguments.json);
        assert_eq!(arguments.save, Some(PathBuf::from("out.json")));
        let fixed = parse("a.toml --eta 0.25").unwrap().unwrap();
        assert_eq!(fixed.allocation, Allocation::Fixed { eta: 0.25 });
        assert_eq!(parse("a.toml --help").unwrap(), None);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(message(""), "a scenario file is missing");
        assert_eq!(
            message("a.toml b.toml"),
            "\"b.toml\": one scenario file is enough"
        );
        assert_eq!(
            message("a.toml --eta"),
            "missing argument for option '--eta'"
        );
        assert!(message("a.toml --verbose").contains("--verbose"));
        assert!(message("a.toml --json=yes").contains("--json"));
        assert_eq!(
            message("a.toml --eta 0.5 --eta 0.6"),
            "--eta is given twice"
        );
        let schemes = "main or ei or mrt or zf or rzf or mrt-equal or perfect";
        assert_eq!(
            message("a.toml --scheme EI"),
            format!("--scheme EI: expected {schemes}")
        );
        assert_eq!(
            message("a.toml --scheme main,"),
            format!("--scheme : expected {schemes}")
        );
        assert_eq!(
            message("a.toml --solver mosek"),
            "--solver mosek: expected native or clarabel"
        );
        assert_eq!(
            message("a.toml --mrt-powers complex"),
            "--mrt-powers complex: expected real or hermitian"
        );
        assert_eq!(
            message("a.toml --time-allocation brute"),
            "--time-allocation brute: expected slope or margin or margin-fixed or rate or exhaustive"
        );
    }

    #[test]
    fn shares_lie_strictly_between_0_and_1() {
        for value in ["0", "1", "-0.5", "1.5", "nan", "inf", "half", "0,5"] {
            for flag in ["eta", "eta-start"] {
                assert_eq!(
                    message(&format!("a.toml --{flag} {value}")),
                    format!("--{flag} {value}: expected a number between 0 and 1")
                );
            }
        }
    }

    #[test]
    fn a_fixed_allocation_is_not_optimised() {
        assert_eq!(
            message("a.toml --eta 0.5 --eta-start 0.1"),
            "--eta fixes the time allocation and excludes --eta-start"
        );
        assert_eq!(
            message("a.toml --time-allocation rate --eta 0.5"),
            "--eta fixes the time allocation and excludes --time-allocation"
        );
    }
}

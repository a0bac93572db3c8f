//! Counts by outcome.

use std::collections::BTreeMap;
use std::fmt;

use super::verdict::{Ending, Findings, SHARP, Verdict};

/// Counts of a series of cases.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Cases.
    pub cases: usize,
    /// Cases by ending, with the message of the first of each.
    pub endings: BTreeMap<Ending, (usize, Option<String>)>,
    /// Cases by what is extreme about them.
    pub traits: BTreeMap<&'static str, usize>,
    /// `(case, violation)`.
    pub violations: Vec<(u64, String)>,
    /// Numbers of the rechecks.
    pub findings: Findings,
}

impl Tally {
    /// Adds a case.
    pub fn add(&mut self, number: u64, traits: &[&'static str], verdict: &Verdict) {
        self.cases += 1;
        let entry = self
            .endings
            .entry(verdict.ending.clone())
            .or_insert_with(|| (0, verdict.message.clone()));
        entry.0 += 1;
        let mut named = traits.to_vec();
        named.sort_unstable();
        named.dedup();
        for name in named {
            *self.traits.entry(name).or_default() += 1;
        }
        self.findings.merge(&verdict.findings);
        let violations = verdict.violations.iter().cloned();
        self.violations.extend(violations.map(|v| (number, v)));
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certified => write!(f, "certified result, rechecked"),
            Self::Nothing => write!(f, "answer: nothing can be guaranteed"),
            Self::NoSolution(why) => write!(f, "no solution: {why}"),
            Self::SolverFailed(why) => write!(f, "solver failed: {why}"),
            Self::Rejected(why) => write!(f, "rejected: {why}"),
            Self::Panicked => write!(f, "panic"),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| outcome | cases |\n|---|---|")?;
        for (ending, (count, _)) in &self.endings {
            writeln!(f, "| {ending} | {count} |")?;
        }
        writeln!(f, "| all | {} |", self.cases)?;
        writeln!(f, "\n| extreme | cases |\n|---|---|")?;
        for (name, count) in &self.traits {
            writeln!(f, "| {name} | {count} |")?;
        }
        let found = &self.findings;
        writeln!(
            f,
            "\n{} covariances rechecked: gap at most {:.1e}; bound within {:.1e} in the {} whose rounding is below {:.0e}, \
             no bound off by more than {:.1e} of its rounding limit",
            found.sensing_checks,
            found.gap,
            found.bound_error,
            found.sharp_bounds,
            SHARP,
            found.bound_error_in_limits,
        )?;
        writeln!(
            f,
            "{} guarantees rechecked: noise margin at least 1 - {:.1e}, dense eigenvalue at least {:.1e}, {} attacks",
            found.beam_checks, -found.least_margin, found.negative_eigenvalue, found.attacks
        )?;
        for (ending, (_, message)) in &self.endings {
            if let Some(message) = message {
                writeln!(f, "first \"{ending}\": {message}")?;
            }
        }
        writeln!(f, "{} violations", self.violations.len())?;
        for (number, violation) in &self.violations {
            writeln!(f, "case {number}: {violation}")?;
        }
        Ok(())
    }
}

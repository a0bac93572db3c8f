//! Two solvers that share no code, on the same problems at the same tolerance.
//!
//! Every claim is checked from the problem's data by naive dense algebra: optima by primal and
//! dual feasibility and equal objectives, infeasibility and unboundedness by their certificates.
//! The long study, whose table is in `docs/solvers.md`:
//!
//! ```text
//! OPENBLAS_NUM_THREADS=1 cargo test --release -p robust-sdp --features clarabel-sdp,system-openblas \
//!     --test agreement -- --ignored --nocapture
//! ```
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // helpers of tests

mod common;
mod naive;
mod programs;
mod random;

use naive::*;
use programs::Class;
use random::*;
use robust_sdp::*;

/// Disagreements above this, relative, are errors of one of the two.
const AGREEMENT: f64 = 1e-6;

/// What both are asked for. Clarabel's dual residuals end between 1e-8 and 1e-6 on these
/// problems; a tighter tolerance compares failures.
const GAP: f64 = 1e-7;
const FEASIBILITY: f64 = 1e-7;

/// What a solver says of a problem, checked.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    Optimal(f64),
    Infeasible,
    Unbounded,
    Failed(String),
}

fn ask(solver: &dyn SdpSolver, problem: &ValidSdp, tolerance: Tolerance) -> Verdict {
    let request = SolveRequest {
        tolerance,
        ..SolveRequest::default()
    };
    match solver.solve(problem, request) {
        Ok(SdpOutcome::Optimal(solution)) => {
            let worth = worth(problem, &solution.primal, &solution.dual);
            let name = solver.name();
            assert!(
                worth.is_optimal(
                    10.0 * AGREEMENT,
                    scale(constants(problem)),
                    scale(costs(problem))
                ),
                "{name}: {worth:?}, {}",
                solution.residuals
            );
            Verdict::Optimal(0.5 * (worth.value + worth.bound))
        }
        Ok(SdpOutcome::PrimalInfeasible { certificate, .. }) => {
            // Annihilates the unknowns, lies in the cones, and is negative on the constants.
            let bound = dual_bound(problem, &certificate);
            assert!((bound + 1.0).abs() < 1e-9, "{bound}");
            assert!(dual_violation(problem, &certificate, 0.0) < AGREEMENT);
            Verdict::Infeasible
        }
        Ok(SdpOutcome::DualInfeasible { direction, .. }) => {
            let growth = form_value(&problem.objective, &direction);
            assert!((growth - 1.0).abs() < 1e-9, "{growth}");
            assert!(primal_violation(problem, &direction, false) < AGREEMENT);
            Verdict::Unbounded
        }
        Ok(SdpOutcome::NoPointBelow { size, .. }) => {
            Verdict::Failed(format!("no point below {size:e}"))
        }
        Ok(SdpOutcome::AlmostOptimal { solution, .. }) => {
            Verdict::Failed(format!("almost: {}", solution.residuals))
        }
        Ok(SdpOutcome::NoMultipliersBelow { size, .. }) => {
            Verdict::Failed(format!("no multipliers below {size:e}"))
        }
        Ok(SdpOutcome::Stopped(_)) => panic!("nobody asked {} to stop", solver.name()),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

/// What is tolerated grows with the data, and shrinks with it.
fn scale(size: f64) -> f64 {
    (1.0 + size).min(2.0 * size)
}

/// The size of the constants.
fn constants(problem: &SdpProblem) -> f64 {
    let bounds = problem.inequalities.iter().chain(&problem.equalities);
    let lmis = problem.lmis.iter().map(|l| l.constant.norm_l2());
    bounds
        .map(|c| c.bound.abs())
        .chain(lmis)
        .fold(0.0, f64::hypot)
}

/// The size of the objective in the unknowns' magnitudes.
fn costs(problem: &SdpProblem) -> f64 {
    let matrices = problem.objective.matrices.iter().map(|(id, c)| {
        let size = problem.matrices[id.index()]
            .magnitude
            .iter()
            .fold(0.0, |a: f64, b| a.max(*b));
        c.norm_l2() * size * size
    });
    let scalars = problem.objective.scalars.iter().map(|(_, c)| c.abs());
    matrices.chain(scalars).fold(0.0, f64::hypot)
}

/// One class of problems in the table.
#[derive(Debug, Default)]
struct Row {
    name: String,
    problems: usize,
    both: usize,
    largest_difference: f64,
    native_failures: usize,
    clarabel_failures: usize,
    disagreements: Vec<String>,
}

impl Row {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    fn compare(&mut self, label: &str, problem: &ValidSdp, tolerance: Tolerance) {
        let native = ask(&HermitianIpm::default(), problem, tolerance);
        let clarabel = ask(&ClarabelSolver::default(), problem, tolerance);
        self.problems += 1;
        for (verdict, failures) in [
            (&native, &mut self.native_failures),
            (&clarabel, &mut self.clarabel_failures),
        ] {
            if let Verdict::Failed(reason) = verdict {
                *failures += 1;
                println!("{label}: {reason}");
            }
        }
        match (&native, &clarabel) {
            (Verdict::Failed(_), _) | (_, Verdict::Failed(_)) => {}
            (Verdict::Optimal(a), Verdict::Optimal(b)) => {
                let scale = a.abs().max(b.abs()).max(tolerance.objective_floor);
                let difference = (a - b).abs() / scale;
                self.both += 1;
                self.largest_difference = self.largest_difference.max(difference);
                if difference > AGREEMENT {
                    self.disagreements.push(format!("{label}: {a:e} {b:e}"));
                }
            }
            (a, b) if a == b => self.both += 1,
            (a, b) => self.disagreements.push(format!("{label}: {a:?} {b:?}")),
        }
    }

    fn print(&self) {
        println!(
            "| {} | {} | {} | {:.0e} | {} | {} |",
            self.name,
            self.problems,
            self.both,
            self.largest_difference,
            self.native_failures,
            self.clarabel_failures
        );
    }
}

fn generic(class: Class, count: u64) -> Row {
    let mut row = Row::new(&format!("{class:?}"));
    for seed in 0..count {
        let problem = class.draw(seed).check().unwrap();
        let tolerance = Tolerance {
            relative_gap: GAP,
            // Relative to the objective's own size: one of 1e-6 has digits too.
            objective_floor: costs(&problem),
            feasibility: FEASIBILITY,
        };
        row.compare(&format!("{class:?} {seed}"), &problem, tolerance);
    }
    row
}

/// The programs that robust ratio problems lead to, and the answers themselves.
fn robust(count: u64, programs: &mut Row, answers: &mut Row) {
    for seed in 0..count {
        let mut draw = Draw::new(seed + 1000);
        let shape = Shape {
            targets: 2 + (seed % 3) as usize,
            groups: vec![2 + (seed % 2) as usize; 1 + (seed % 3) as usize],
            radii: (0.0, [0.02, 0.2, 0.5][(seed % 3) as usize]),
            floors: [(0.1, 1.0), (1e-6, 1e-5)][(seed % 2) as usize],
        };
        let problem = problem(&mut draw, &shape).check().unwrap();
        let recorder = Recorder::new(HermitianIpm::default());
        let options = MaxMinOptions::default();
        let native = max_min_ratio(&problem, &recorder, &options, &mut || false);
        let clarabel = ClarabelSolver::default();
        let clarabel = max_min_ratio(&problem, &clarabel, &options, &mut || false);
        answers.problems += 1;
        answers.native_failures += usize::from(native.is_err());
        answers.clarabel_failures += usize::from(clarabel.is_err());
        if let (Ok(a), Ok(b)) = (&native, &clarabel) {
            answers.both += 1;
            // Both are brackets: they must overlap.
            let apart =
                (a.bracket.lower() - b.bracket.upper()).max(b.bracket.lower() - a.bracket.upper());
            let difference = (a.bracket.lower() / b.bracket.lower() - 1.0).abs();
            if a.bracket.lower() > 0.0 {
                answers.largest_difference = answers.largest_difference.max(difference);
            }
            if apart > 1e-9 * a.bracket.upper() {
                let text = format!("robust {seed}: {a:?} {b:?}");
                answers.disagreements.push(text);
            }
        }
        for (error, name) in [(native.err(), "native"), (clarabel.err(), "clarabel")] {
            if let Some(error) = error {
                println!("robust {seed}, {name}: {error}");
            }
        }
        let seen = recorder.take();
        // The first relaxation, the last one, and a worst case of given forms.
        let relaxations: Vec<_> = seen
            .iter()
            .filter(|(p, _)| !p.matrices.is_empty())
            .collect();
        let fixed = seen.iter().rfind(|(p, _)| p.matrices.is_empty());
        let chosen = relaxations
            .first()
            .into_iter()
            .chain(relaxations.last())
            .copied();
        for (i, (program, tolerance)) in chosen.chain(fixed).enumerate() {
            // The margin has to be known to what makes an error of GAP in the ratio: where it
            // falls steeply that is much less than its own seventh digit.
            let tolerance = Tolerance {
                relative_gap: GAP,
                objective_floor: tolerance.objective_floor
                    * (tolerance.relative_gap / GAP).max(1.0),
                feasibility: FEASIBILITY,
            };
            programs.compare(&format!("robust {seed}, program {i}"), program, tolerance);
        }
    }
}

fn generic_rows(per_class: u64) -> Vec<Row> {
    Class::ALL.map(|class| generic(class, per_class)).into()
}

fn robust_rows(problems: u64) -> Vec<Row> {
    let mut programs = Row::new("programs of robust problems");
    let mut answers = Row::new("robust problems, whole");
    robust(problems, &mut programs, &mut answers);
    vec![programs, answers]
}

fn verdict(rows: &[Row]) {
    println!(
        "| class | problems | both answer | largest difference | native fails | Clarabel fails |"
    );
    println!("|---|---|---|---|---|---|");
    rows.iter().for_each(Row::print);
    for row in rows {
        assert!(row.disagreements.is_empty(), "{:#?}", row.disagreements);
    }
}

fn native_failures(rows: &[Row]) -> (usize, usize) {
    let problems = rows.iter().map(|r| r.problems).sum();
    (rows.iter().map(|r| r.native_failures).sum(), problems)
}

#[test]
fn the_solvers_agree() {
    let mut rows = generic_rows(4);
    rows.extend(robust_rows(3));
    verdict(&rows);
    assert_eq!(native_failures(&rows).0, 0);
}

/// A minute or two.
#[test]
#[ignore = "long; the command is at the top"]
fn the_solvers_agree_on_generic_programs() {
    let rows = generic_rows(50);
    verdict(&rows);
    let (failures, problems) = native_failures(&rows);
    assert!(100 * failures <= problems, "{failures} of {problems}");
}

/// Many minutes: Clarabel is slow on these.
#[test]
#[ignore = "long; the command is at the top"]
fn the_solvers_agree_on_robust_problems() {
    let rows = robust_rows(30);
    verdict(&rows);
    let (failures, problems) = native_failures(&rows);
    assert!(100 * failures <= problems, "{failures} of {problems}");
}

/// Settings that Clarabel does not know are an error with its name, before any iteration.
#[test]
fn settings_that_clarabel_rejects() {
    let mut problem = SdpProblem::new();
    let x = problem.add_scalar(ScalarUnknown::NonNegative);
    problem.objective = LinearForm::new().scalar(x, -1.0);
    let mut solver = ClarabelSolver::default();
    solver.settings.direct_solve_method = "by hand".to_owned();
    let outcome = solver.solve(&problem.check().unwrap(), SolveRequest::default());
    let error = outcome.unwrap_err();
    assert!(matches!(error, SolverError::Unsupported { .. }), "{error}");
    assert!(
        error.to_string().starts_with("clarabel does not"),
        "{error}"
    );
    assert!(error.last_iterate().is_none());
}

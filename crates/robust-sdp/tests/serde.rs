//! What is written comes back the same, what was invalid does not come back, and neither does a proof.
#![allow(clippy::unwrap_used)] // helpers of tests

mod common;
mod naive;
mod programs;
mod random;

use std::fmt::Debug;

use robust_sdp::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

use common::reference_problem;
use random::Draw;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    to_value(value).unwrap()
}

fn error<T: DeserializeOwned + Debug>(value: Value) -> String {
    from_value::<T>(value).unwrap_err().to_string()
}

/// Two digits are enough to be written.
fn roughly_best(problem: &ValidRatioProblem) -> MaxMinSolution {
    let options = MaxMinOptions {
        ratio_tolerance: 1e-2,
        method: Method::Vectors,
        ..MaxMinOptions::default()
    };
    max_min_ratio(problem, &HermitianIpm::default(), &options, &mut || false).unwrap()
}

#[test]
fn options_come_back_and_what_is_left_out_has_its_default() {
    let options = MaxMinOptions {
        method: Method::Vectors,
        root_finding: RootFinding::Bisection,
        conditioning: Conditioning::GroupZeroForcing,
        start: Some(1.0 / 3.0),
        policy: Policy {
            growth: (2.0, 50.0),
            ..Policy::default()
        },
        ..MaxMinOptions::default()
    };
    let written = comes_back(&options);
    assert_eq!(written["conditioning"], "group_zero_forcing");
    comes_back(&RankOneOptions {
        sacrifice: 0.1,
        ..RankOneOptions::default()
    });
    comes_back(&AttackOptions {
        restarts: 3,
        ..AttackOptions::default()
    });
    comes_back(&Tolerance::default());
    comes_back(&HermitianIpm::default());

    let some: MaxMinOptions = from_value(json!({ "method": "vectors" })).unwrap();
    let expected = MaxMinOptions {
        method: Method::Vectors,
        ..MaxMinOptions::default()
    };
    assert_eq!(some, expected);
    let text = error::<MaxMinOptions>(json!({ "metod": "vectors" }));
    assert!(text.starts_with("unknown field `metod`"), "{text}");
}

#[test]
fn programs_and_their_solutions_come_back() {
    for seed in 0..8 {
        let problem = programs::random_program(seed);
        comes_back(&problem);
        let checked = problem.check().unwrap();
        comes_back(&checked);
        let outcome = HermitianIpm::default()
            .solve(&checked, SolveRequest::default())
            .unwrap();
        let SdpOutcome::Optimal(solution) = &outcome else {
            unreachable!("{outcome:?}");
        };
        comes_back(solution);
        let written = to_value(&outcome).unwrap();
        assert_eq!(written["optimal"], to_value(solution).unwrap());
    }
    let written = comes_back(&Residuals::UNKNOWN);
    assert_eq!(written["primal_objective"], "-inf");
}

#[test]
fn ratio_problems_and_what_is_found_come_back() {
    let mut problem = reference_problem(0.1, 7).into_inner();
    let side: usize = problem.group_sizes.iter().sum();
    let mut draw = Draw::new(1);
    problem.targets[0].errors.extend([
        ErrorBlock::Directions {
            matrix: draw.matrix(side, 2),
            field: Field::Real,
        },
        ErrorBlock::Phase {
            group: 1,
            angle: 0.1,
        },
    ]);
    let written = comes_back(&problem);
    let blocks = written["targets"][0]["errors"].as_array().unwrap();
    assert_eq!(blocks[0]["ball"]["group"], 0);
    assert_eq!(blocks[blocks.len() - 1]["phase"]["angle"], 0.1);

    let problem = reference_problem(0.1, 7);
    comes_back(&problem);
    let solver = HermitianIpm::default();
    let best = roughly_best(&problem);
    let attained = Attained {
        ratio: best.point.ratio,
        slope: best.point.slope,
        forms: &best.point.forms,
    };
    let vectors = rank_one(
        &problem,
        &solver,
        &attained,
        &RankOneOptions::default(),
        &mut || false,
    )
    .unwrap();
    comes_back(&vectors);
    let options = AttackOptions::default();
    comes_back(&attack(&problem, &vectors.vectors, &[], &options).unwrap());
    comes_back(&Subspace {
        basis: vectors.vectors[0].clone(),
        field: Field::Complex,
    });
}

/// Forms and multipliers that are read prove what they proved when they were written, once `certify`
/// has said so: the claim itself stays behind.
#[test]
fn a_proof_is_repeated_and_not_read() {
    let problem = reference_problem(0.1, 7);
    let best = roughly_best(&problem);
    let written = to_value(&best).unwrap();

    assert_eq!(written["bracket"]["lower"], best.bracket.lower());
    let read: RatioPoint = from_value(written["point"].clone()).unwrap();
    assert_eq!(read, best.point);
    let certified = |p: &RatioPoint| certify(&problem, &p.forms, &p.multipliers, p.ratio).unwrap();
    let (again, first) = (certified(&read), certified(&best.point));
    assert_eq!(to_value(again).unwrap(), to_value(first).unwrap());
}

/// Implemented once for every type and once more for those that can be read: naming the method is ambiguous, and
/// does not compile, for the latter.
trait NeverRead<Marker> {
    fn never_read() {}
}

impl<T> NeverRead<()> for T {}

struct CanBeRead;

impl<T: DeserializeOwned> NeverRead<CanBeRead> for T {}

#[test]
fn what_claims_a_proof_is_never_read() {
    fn written<T: Serialize>() {}
    macro_rules! written_only {
        ($($claim:ty),*) => { $(
            written::<$claim>();
            <$claim as NeverRead<_>>::never_read();
        )* };
    }
    written_only!(Certificate, CertificateCheck, MaxMinSolution, SdpOutcome);
    written_only!(Bracket, Proven, Ascent, Reduction);
}

#[test]
fn what_is_invalid_does_not_come_back() {
    let mut problem = to_value(reference_problem(0.1, 7)).unwrap();
    problem["targets"][1]["floor"] = json!(-1.0);
    let text = error::<ValidRatioProblem>(problem.clone());
    let checked = from_value::<RatioProblem>(problem).unwrap().check();
    assert_eq!(text, checked.unwrap_err().to_string());

    let mut program = programs::random_program(3);
    program.matrices[0].magnitude.push(1.0);
    let text = error::<ValidSdp>(to_value(&program).unwrap());
    assert_eq!(text, program.check().unwrap_err().to_string());

    let subspace = json!({ "basis": [[[1, 0], [2, 0]], [[1, 0]]], "field": "real" });
    let text = error::<Subspace>(subspace);
    assert_eq!(text, "row 1 has 1 entries and must have 2, like row 0");
    let mut residuals = to_value(Residuals::UNKNOWN).unwrap();
    residuals["gap"] = json!("wide");
    let text = error::<Residuals>(residuals);
    assert_eq!(text, "\"wide\" must be a number");
}

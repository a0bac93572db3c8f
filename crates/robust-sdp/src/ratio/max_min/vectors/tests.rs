//! The derivatives against differences.

use super::barrier::{Constraint, Model, Point, moved};
use super::duals::curvature_residual;
use super::newton::dot;
use super::system::{Curvature, System};
use crate::hermitian::{Field, linalg};
use crate::ratio::Conditioning;
use crate::ratio::ErrorBlock;
use crate::ratio::RatioProblem;
use crate::ratio::RatioTarget;
use crate::ratio::ValidRatioProblem;
use crate::ratio::max_min::Policy;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use faer::{Mat, c64};

/// A reproducible number in `[-1, 1]`.
fn number(state: &mut u64) -> f64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn complex(state: &mut u64) -> c64 {
    c64::new(number(state), number(state))
}

fn problem(state: &mut u64, extra: Option<ErrorBlock>) -> ValidRatioProblem {
    let targets = (0..2)
        .map(|_| {
            let mut errors = vec![
                ErrorBlock::Ball {
                    group: 0,
                    radius: 0.05,
                },
                ErrorBlock::Ball {
                    group: 1,
                    radius: 0.03,
                },
            ];
            errors.extend(extra.clone());
            RatioTarget {
                nominal: (0..4).map(|_| complex(state)).collect(),
                errors,
                floor: 0.3,
            }
        })
        .collect();
    RatioProblem {
        group_sizes: vec![2, 2],
        budgets: vec![1.0, 2.0],
        targets,
    }
    .check()
    .unwrap_or_else(|error| unreachable!("{error}"))
}

/// Inside all inequalities: small columns beside large multipliers cannot be, so the ratio is small.
fn inside(model: &Model<'_>, state: &mut u64) -> Point {
    let targets = &model.relaxation.scaled.targets;
    let owners = vec![0, 1, 1];
    let columns = Mat::from_fn(4, 3, |i, j| {
        let own = targets[owners[j]].nominal()[(i, 0)];
        own * 0.3 + complex(state) * 0.02
    });
    // Free multipliers take from the diagonal.
    let size = |c: &Constraint| if c.free { 0.0005 } else { 0.004 };
    let multipliers = model
        .constraints
        .iter()
        .map(|list| {
            list.iter()
                .map(|c| size(c) + 0.001 * number(state))
                .collect()
        })
        .collect();
    let mut point = Point {
        columns,
        owners,
        multipliers,
        log_ratio: 0.0,
    };
    while model.barrier(&point).is_none() {
        point.log_ratio -= 0.5;
        assert!(point.log_ratio > -30.0);
    }
    point.log_ratio -= 0.3;
    point
}

fn check(problem: &ValidRatioProblem, state: &mut u64) {
    let relaxation = Relaxation::new(problem, Conditioning::None);
    let model = Model::new(&relaxation, None, Policy::DEFAULT);
    let point = inside(&model, state);
    let system = |point: &Point| {
        let interior = model.interior(point);
        interior.and_then(|interior| System::new(&model, point, &interior, Curvature::Exact))
    };
    let Some(here) = system(&point) else {
        unreachable!("the point lies inside")
    };
    let size = here.gradient.len();
    for _ in 0..4 {
        let small: f64 = 1e-6;
        let step: Vec<f64> = (0..size)
            .map(|i| {
                let multiplier = (24..size - 1).contains(&i);
                small * number(state) * if multiplier { 1e-3 } else { 1.0 }
            })
            .collect();
        let (ahead, behind) = (moved(&point, &step, 1.0), moved(&point, &step, -1.0));
        let difference = 0.5
            * (model.barrier(&ahead).unwrap_or(f64::NAN)
                - model.barrier(&behind).unwrap_or(f64::NAN));
        let along: f64 = here.gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
        assert!(
            (difference - along).abs() < 1e-5 * along.abs() + 1e-12,
            "{difference:e} {along:e}"
        );
        let (Some(ahead), Some(behind)) = (system(&ahead), system(&behind)) else {
            unreachable!("a small step stays inside")
        };
        let largest = here.gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        for i in 0..size {
            let entry = |j: usize| here.hessian[(i.max(j), i.min(j))];
            let predicted: f64 = (0..size).map(|j| entry(j) * step[j]).sum();
            let found = 0.5 * (ahead.gradient[i] - behind.gradient[i]);
            let scale: f64 = (0..size).map(|j| (entry(j) * step[j]).abs()).sum();
            assert!(
                (predicted - found).abs() < 1e-5 * scale + 1e-13 * largest,
                "row {i}: {predicted:e} {found:e}"
            );
        }
    }
}

/// The second-order term of an arc against its definition, with slacks and their derivatives by differences.
fn check_curvature(problem: &ValidRatioProblem, state: &mut u64) {
    let relaxation = Relaxation::new(problem, Conditioning::None);
    let model = Model::new(&relaxation, None, Policy::DEFAULT);
    let point = inside(&model, state);
    let Some(interior) = model.interior(&point) else {
        unreachable!("the point lies inside")
    };
    let size = 24 + point.multipliers.iter().map(Vec::len).sum::<usize>() + 1;
    let mut draw = |length: f64| -> Vec<f64> {
        let multiplier = |i: usize| (24..size - 1).contains(&i);
        (0..size)
            .map(|i| length * number(state) * if multiplier(i) { 1e-3 } else { 1.0 })
            .collect()
    };
    let (step, along) = (draw(0.05), draw(1e-5));
    let slack = |point: &Point, k: usize| {
        let images = linalg::mul(model.factors[k].as_ref(), point.columns.as_ref());
        model.slack(point, k, images.as_ref())
    };
    let used = |point: &Point, form: &Mat<c64>| {
        let image = linalg::mul(form.as_ref(), point.columns.as_ref());
        linalg::inner(image.as_ref(), point.columns.as_ref())
    };
    let small = 1e-5;
    let (next, ahead, behind) = (
        moved(&point, &step, 1.0),
        moved(&point, &step, small),
        moved(&point, &step, -small),
    );
    let (up, down) = (moved(&point, &along, 1.0), moved(&point, &along, -1.0));
    let mut expected = 0.0;
    for k in 0..model.targets() {
        let first = (slack(&ahead, k) - slack(&behind, k)) * faer::Scale(c64::from(0.5 / small));
        let second = slack(&next, k) - slack(&point, k) - first;
        let change = (slack(&up, k) - slack(&down, k)) * faer::Scale(c64::from(0.5));
        let v = interior.slacks[k].inverse.as_ref();
        let m = linalg::mul(linalg::mul(v, second.as_ref()).as_ref(), v);
        expected += linalg::inner(m.as_ref(), change.as_ref());
    }
    for (form, left) in model.budgets.iter().zip(&interior.unused) {
        let first = (used(&ahead, form) - used(&behind, form)) * 0.5 / small;
        let second = used(&next, form) - used(&point, form) - first;
        expected += second / (left * left) * 0.5 * (used(&up, form) - used(&down, form));
    }
    let found = dot(
        &curvature_residual(&model, &point, &interior, &step),
        &along,
    );
    assert!(
        (found / expected - 1.0).abs() < 1e-4,
        "{found:e} {expected:e}"
    );
}

#[test]
fn derivatives_are_those_of_the_barrier() {
    for seed in 1..6 {
        let mut state = seed;
        let complex = problem(&mut state, None);
        check(&complex, &mut state);
        check_curvature(&complex, &mut state);
        // An inequality over the reals.
        let direction = |state: &mut u64| Mat::from_fn(4, 1, |_, _| complex_part(state));
        let real = ErrorBlock::Directions {
            matrix: direction(&mut state),
            field: Field::Real,
        };
        let over_the_reals = problem(&mut state, Some(real));
        check(&over_the_reals, &mut state);
        check_curvature(&over_the_reals, &mut state);
        // Multipliers that are free, and coefficients off the diagonal.
        let turning = ErrorBlock::Phase {
            group: 0,
            angle: 0.2,
        };
        let turned = problem(&mut state, Some(turning));
        check(&turned, &mut state);
        check_curvature(&turned, &mut state);
    }
}

fn complex_part(state: &mut u64) -> c64 {
    complex(state) * 0.05
}

//! What the proofs must say where it is known by hand, and what they must refuse.

use std::f64::consts::PI;

use faer::{Mat, MatRef, c64};

use super::certificate::{certify, check_multipliers, check_ratio};
use super::inequality::Inequality;
use super::lower::attains;
use super::upper::{Room, Witness};
use crate::hermitian::Field;
use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget, ValidRatioProblem};

const J: c64 = c64::new(0.0, 1.0);

fn re(x: f64) -> c64 {
    c64::from(x)
}

/// Numbers that have nothing to do with each other.
fn number(i: usize, j: usize) -> c64 {
    let (a, b) = (i as f64, j as f64);
    c64::new(
        (1.3 + 2.1 * a + 0.7 * b).sin(),
        (0.4 + 1.7 * a + 2.9 * b).cos(),
    )
}

fn target(nominal: &[c64], errors: Vec<ErrorBlock>, floor: f64) -> RatioTarget {
    RatioTarget {
        nominal: nominal.to_vec(),
        errors,
        floor,
    }
}

fn problem(groups: &[usize], budget: f64, targets: Vec<RatioTarget>) -> ValidRatioProblem {
    let problem = RatioProblem {
        group_sizes: groups.to_vec(),
        budgets: vec![budget; groups.len()],
        targets,
    };
    problem.check().unwrap()
}

fn ball(group: usize, radius: f64) -> ErrorBlock {
    ErrorBlock::Ball { group, radius }
}

fn column(values: &[c64]) -> Mat<c64> {
    Mat::from_fn(values.len(), 1, |i, _| values[i])
}

fn outer(y: &[c64]) -> Mat<c64> {
    Mat::from_fn(y.len(), y.len(), |i, j| y[i] * y[j].conj())
}

fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs(),
        "{found} {expected}"
    );
}

/// `F y`, `F^H g`, the lengths of `F`'s columns and `-y^H Q y` are what the sets say, `vector(y)` being the
/// uncertain vector and `quadratics(y)` the quadratics, both written from the statement.
fn assert_inequality(
    problem: &ValidRatioProblem,
    side: usize,
    vector: impl Fn(&[c64]) -> Vec<c64>,
    quadratics: impl Fn(&[c64]) -> Vec<f64>,
) {
    let inequality = Inequality::new(problem, 0);
    assert_eq!(inequality.side, side);
    let g = Mat::from_fn(problem.dimension(), 2, |i, j| number(i, j + 30));
    let seen = inequality.seen(g.as_ref());
    let image = inequality.image(Mat::<c64>::identity(side, side).as_ref());
    let lengths = inequality.lengths();
    for p in 0..side {
        let unit: Vec<c64> = (0..side).map(|q| re(f64::from(p == q))).collect();
        let expected = vector(&unit);
        let norm: f64 = expected.iter().map(|v| v.norm_sqr()).sum();
        near(lengths[p], norm.sqrt());
        for (i, v) in expected.iter().enumerate() {
            assert!((image[(i, p)] - v).norm() < 1e-13, "{i} {p}");
        }
        for c in 0..2 {
            let arriving: c64 = (0..expected.len())
                .map(|i| expected[i].conj() * g[(i, c)])
                .sum();
            assert!((seen[(p, c)] - arriving).norm() < 1e-13, "{p} {c}");
        }
    }
    for trial in 0..5 {
        let y: Vec<c64> = (0..side).map(|p| number(p, 40 + trial)).collect();
        let expected = quadratics(&y);
        assert_eq!(inequality.multipliers.len(), expected.len());
        for (i, value) in expected.iter().enumerate() {
            let mut m = Mat::zeros(side, side);
            let only: Vec<f64> = (0..expected.len()).map(|l| f64::from(i == l)).collect();
            inequality.add_multipliers(&mut m, &only);
            let found: c64 = (0..side * side)
                .map(|e| y[e / side].conj() * m[(e / side, e % side)] * y[e % side])
                .sum();
            assert!((found - value).norm() < 1e-12, "{i}: {found} {value}");
        }
    }
}

fn square(x: &[c64]) -> f64 {
    x.iter().map(|v| v.norm_sqr()).sum()
}

/// Over the reals a complex block is written twice; a ball of no radius has no columns but keeps its multiplier.
#[test]
fn a_set_with_real_directions() {
    let (real, complex) = (
        Mat::from_fn(3, 2, number),
        Mat::from_fn(3, 1, |i, _| number(i, 9)),
    );
    let directions = |matrix: &Mat<c64>, field| ErrorBlock::Directions {
        matrix: matrix.clone(),
        field,
    };
    let errors = vec![
        ball(1, 0.0),
        directions(&real, Field::Real),
        ball(0, 0.3),
        directions(&complex, Field::Complex),
    ];
    let nominal: Vec<c64> = (0..3).map(|i| number(i, 20)).collect();
    let problem = problem(&[2, 1], 1.0, vec![target(&nominal, errors, 1.0)]);
    let vector = |y: &[c64]| {
        let in_ball = [
            (y[2] + J * y[4]) * 0.3,
            (y[3] + J * y[5]) * 0.3,
            c64::from(0.0),
        ];
        let at = |i: usize| {
            let real = real[(i, 0)] * y[0] + real[(i, 1)] * y[1];
            nominal[i] * y[8] + real + in_ball[i] + complex[(i, 0)] * (y[6] + J * y[7])
        };
        (0..3).map(at).collect()
    };
    let quadratics = |y: &[c64]| {
        let corner = y[8].norm_sqr();
        let own = [square(&y[..2]), square(&y[2..6]), square(&y[6..8])];
        [0.0]
            .into_iter()
            .chain(own.map(|x| x - corner))
            .collect::<Vec<f64>>()
    };
    assert_inequality(&problem, 9, vector, quadratics);
    // The real part of the Hermitian part, here and nowhere else.
    let mut m = Mat::from_fn(9, 9, number);
    Inequality::new(&problem, 0).project(&mut m);
    let expected = 0.5 * (number(0, 1).re + number(1, 0).re);
    assert_eq!((m[(0, 1)], m[(1, 0)]), (re(expected), re(expected)));
}

/// Three groups that turn; two of the pairs count, the third's phases add up to π.
#[test]
fn a_set_with_phases() {
    let angles = [0.5 * PI, 0.3, 0.5 * PI];
    let phase = |group: usize| ErrorBlock::Phase {
        group,
        angle: angles[group],
    };
    let errors = vec![phase(0), ball(0, 0.3), phase(1), phase(2)];
    let nominal: Vec<c64> = (0..4).map(|i| number(i, 20)).collect();
    let problem = problem(&[2, 1, 1], 1.0, vec![target(&nominal, errors, 1.0)]);
    let rho = angles.map(|a| 2.0 * (0.5 * a).sin());
    let vector = |y: &[c64]| {
        let turned = [2, 2, 3, 4].map(|p| y[5] + y[p] * rho[p - 2]);
        let errors = [y[0] * 0.3, y[1] * 0.3, re(0.0), re(0.0)];
        (0..4).map(|i| nominal[i] * turned[i] + errors[i]).collect()
    };
    let quadratics = |y: &[c64]| {
        let corner = y[5].norm_sqr();
        let mut all = vec![square(&y[..2]) - corner];
        for m in 0..3 {
            let x = y[2 + m];
            all.push(x.norm_sqr() - corner);
            all.push(-2.0 * (x * y[5].conj()).re - rho[m] * x.norm_sqr());
        }
        for (m, l) in [(0, 1), (1, 2)] {
            let chord = 2.0 * (0.5 * (angles[m] + angles[l])).sin();
            let apart = y[2 + m] * rho[m] - y[2 + l] * rho[l];
            all.push(apart.norm_sqr() / (chord * chord) - corner);
        }
        all
    };
    assert_inequality(&problem, 6, vector, quadratics);
    let mut m = Mat::from_fn(6, 6, number);
    Inequality::new(&problem, 0).project(&mut m);
    assert_eq!(m[(0, 1)], (number(0, 1) + number(1, 0).conj()) * 0.5);
    // The moduli's multipliers, and no others, may be negative.
    let free = [
        false, false, true, false, true, false, true, false, false, false,
    ];
    for (i, &may) in free.iter().enumerate().take(9) {
        let mut values = vec![0.5; 9];
        values[i] = -0.5;
        assert_eq!(check_multipliers(&problem, &[values]).is_ok(), may, "{i}");
    }
}

#[test]
fn multipliers_and_ratios_that_are_none() {
    let one = problem(&[1], 1.0, vec![target(&[re(2.0)], vec![ball(0, 1.0)], 1.0)]);
    let accepted = |m: &[Vec<f64>]| check_multipliers(&one, m).is_ok();
    assert!(accepted(&[vec![0.5]]) && accepted(&[vec![0.0]]));
    for wrong in [vec![], vec![0.5, 0.5], vec![-0.5], vec![f64::NAN]] {
        assert!(!accepted(&[wrong]));
    }
    assert!(!accepted(&[vec![f64::INFINITY]]) && !accepted(&[]));
    assert!(!accepted(&[vec![0.5], vec![0.5]]));
    assert!(check_ratio(1e-300).is_ok());
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(check_ratio(wrong).is_err());
    }
}

/// A ball of radius 1 around a vector of length 5, floor 2, a beam of length 1 along it: along the beam the inequality
/// is `[[1/γ + μ, 5/γ], [5/γ, 25/γ - μ - 2]]`, and `μ` across.
#[test]
fn a_certificate_by_hand() {
    let nominal = [re(3.0), re(4.0)];
    let errors = vec![ball(0, 1.0)];
    let round = problem(&[2], 8.0, vec![target(&nominal, errors, 2.0)]);
    let forms = [column(&[re(0.6), re(0.8)])];
    let found = certify(&round, &forms, &[vec![0.5]], 4.0).unwrap();
    let root = (4.5f64 * 4.5 - 4.0 * 1.25).sqrt();
    near(
        found.min_lmi_eigenvalue_relative,
        (4.5 - root) / (4.5 + root),
    );
    near(found.noise_margin, (5.75 - 1.25 * 1.25 / 0.75) / 2.0);
    near(found.max_power_ratio, 1.0 / 8.0);
    assert!(certify(&round, &forms, &[vec![0.5]], 0.0).is_err());
    assert!(certify(&round, &forms, &[vec![-0.5]], 4.0).is_err());
    // The multipliers that come back prove the ratio that comes with them.
    let proven = attains(&round, &forms, 0, 7.0, &[0.5]).unwrap();
    let &[multiplier] = proven.multipliers() else {
        unreachable!("one ball, one multiplier")
    };
    assert!(multiplier > 0.5 * (1.0 + 4e-11) && multiplier < 0.5 * (1.0 + 1e-9));
    // Without errors a number: signal 4/γ less the floor 1, against the sum of both.
    let exact = problem(&[1], 1.0, vec![target(&[re(2.0)], vec![], 1.0)]);
    let found = certify(&exact, &[column(&[re(1.0)])], &[vec![]], 3.2).unwrap();
    near(found.min_lmi_eigenvalue_relative, 0.25 / 2.25);
    near(found.noise_margin, 1.25);
}

/// One coordinate, everything one: the ratio is one, and each proof keeps the distance that its roundings ask for.
#[test]
fn the_reserve_of_the_simplest_proofs() {
    let unit = problem(&[1], 1.0, vec![target(&[re(1.0)], vec![], 1.0)]);
    // 1/γ - 1 ≥ η (1/γ + 1), η = 2e-14.
    let forms = [column(&[re(1.0)])];
    let below = |distance: f64| attains(&unit, &forms, 0, 1.0 - distance, &[]).is_some();
    assert!(!below(3e-14) && below(6e-14));
    // p - 1 ≥ η (p + 1) with p = γ (1 - 1e-14); the products' part of the reserve, 8e-18, is nothing here.
    let one = Mat::<c64>::identity(1, 1);
    let claim = outer(&[re(1.0)]);
    let room = Room::Everywhere(one.as_ref());
    let witness = Witness::new(&unit, room, std::slice::from_ref(&claim)).unwrap();
    let above = |distance: f64| witness.bounds(1.0 + distance, Some(&[1.0]));
    assert!(above(4e-14).is_none() && above(6e-14).is_some());
    let theta = 0.5e-10;
    let bound = witness.bounds(2.0, Some(&[1.0])).unwrap().ratio();
    let least = 2.0 * (1.0 + theta) / (1.0 - theta);
    assert!(
        bound > least && bound < least * (1.0 + 2e-14),
        "{bound} {least}"
    );
    // A negative ratio is none, however large the reserve is that it changes the sign of.
    let strong = problem(&[2], 1.0, vec![target(&[re(1e12), re(0.0)], vec![], 1.0)]);
    let null = [column(&[re(0.0), re(1.0)])];
    assert_eq!(attains(&strong, &null, 0, -1.0, &[]), None);
}

/// Forms that null a vector of length 10^9: `d² = (η 10^9)²` against the price of one, `θ = d`.
#[test]
fn a_bound_gives_way_where_forms_null_strong_vectors() {
    let nominal = [re(1e9), re(0.0)];
    let strong = problem(&[2], 1.0, vec![target(&nominal, vec![], 1.0)]);
    let across = column(&[re(0.0), re(1.0)]);
    let room = Room::Within(vec![(across.as_ref(), Field::Complex)]);
    let witness = Witness::new(&strong, room, &[outer(&[re(1.0)])]).unwrap();
    let bound = witness.bounds(1.0, Some(&[1.0])).unwrap().ratio();
    assert!((bound - 1.0 - 4e-5).abs() < 1e-8, "{bound}");
}

fn is_bound(
    problem: &ValidRatioProblem,
    room: Room<'_>,
    claims: &[Mat<c64>],
    gamma: f64,
    prices: &[f64],
) -> bool {
    let witness = Witness::new(problem, room, claims);
    witness.is_some_and(|w| w.bounds(gamma, Some(prices)).is_some())
}

/// Rooms are what they claim to be: all coordinates, or one set of the right side for each target.
#[test]
fn rooms_that_are_none() {
    let exact = problem(&[2], 1.0, vec![target(&[re(3.0), J * 4.0], vec![], 1.0)]);
    let claims = [outer(&[re(1.0)])];
    let holds = |room: Room<'_>, gamma| is_bound(&exact, room, &claims, gamma, &[1.0]);
    let graded = Mat::from_fn(2, 2, |i, j| re([[1e-9, 0.0], [0.0, 1e9]][i][j]));
    assert!(holds(Room::Everywhere(graded.as_ref()), 25.1));
    assert!(!holds(Room::Everywhere(graded.as_ref()), 24.9));
    // 9 is the most along the first coordinate, but not everywhere.
    let first = column(&[re(1.0), re(0.0)]);
    let tall = column(&[re(1.0), re(0.0), re(0.0)]);
    let within = |list: &[MatRef<'_, c64>]| {
        let list = list.iter().map(|t| (*t, Field::Complex)).collect();
        holds(Room::Within(list), 9.1)
    };
    assert!(within(&[first.as_ref()]));
    assert!(!holds(Room::Everywhere(first.as_ref()), 9.1));
    assert!(!within(&[tall.as_ref()]) && !within(&[]));
    assert!(!within(&[first.as_ref(), first.as_ref()]));
    // A claim of the wrong shape.
    let flat = Mat::from_fn(1, 2, |_, _| re(1.0));
    let room = Room::Within(vec![(first.as_ref(), Field::Complex)]);
    assert!(!is_bound(&exact, room, &[flat], 9.1, &[1.0]));
}

/// `(1, j)`: complex forms attain two, real ones one.
#[test]
fn real_forms_attain_less() {
    let exact = problem(&[2], 1.0, vec![target(&[re(1.0), J], vec![], 1.0)]);
    let identity = Mat::<c64>::identity(2, 2);
    for (field, best) in [(Field::Real, 1.0), (Field::Complex, 2.0)] {
        let holds = |gamma| {
            let room = Room::Within(vec![(identity.as_ref(), field)]);
            is_bound(&exact, room, &[outer(&[re(1.0)])], gamma, &[1.0])
        };
        assert!(holds(best * (1.0 + 1e-9)) && !holds(best * (1.0 - 1e-9)));
    }
}

/// A ball of radius 1 around a complex vector of length 5; over the reals the same ball, in one coordinate beside
/// a real error along `j` that does not help.
#[test]
fn complex_and_real_claims() {
    let nominal = [re(3.0), J * 4.0];
    let round = problem(&[2], 1.0, vec![target(&nominal, vec![ball(0, 1.0)], 1.0)]);
    let identity = Mat::<c64>::identity(2, 2);
    let claims = [outer(&[re(-0.6), J * -0.8, re(1.0)])];
    let holds = |gamma| {
        let room = Room::Everywhere(identity.as_ref());
        is_bound(&round, room, &claims, gamma, &[1.0])
    };
    assert!(holds(16.0 * (1.0 + 1e-9)) && !holds(16.0 * (1.0 - 1e-9)));

    let along_j = ErrorBlock::Directions {
        matrix: column(&[J * 0.5]),
        field: Field::Real,
    };
    let errors = vec![along_j, ball(0, 1.0)];
    let real = problem(&[1], 1.0, vec![target(&[re(5.0)], errors, 1.0)]);
    let one = Mat::<c64>::identity(1, 1);
    let holds = |gamma| {
        let claims = [outer(&[0.0, -1.0, 0.0, 1.0].map(re))];
        let room = Room::Everywhere(one.as_ref());
        is_bound(&real, room, &claims, gamma, &[1.0])
    };
    assert!(holds(16.0 * (1.0 + 1e-9)) && !holds(16.0 * (1.0 - 1e-9)));
}

/// Two targets with the same vector in the second group, `γ = 2`: with prices `(4.5, -0.5)` the inequalities and the sum
/// would be right; a negative price rewards forms for power, so it is refused.
#[test]
fn negative_prices_are_refused() {
    let same = || target(&[re(0.0), re(1.0)], vec![], 1.0);
    let two = problem(&[1, 1], 1.0, vec![same(), same()]);
    let identity = Mat::<c64>::identity(2, 2);
    let claims = [outer(&[re(1.0)]), outer(&[re(1.0)])];
    let holds = |prices: &[f64]| {
        let room = Room::Everywhere(identity.as_ref());
        is_bound(&two, room, &claims, 2.0, prices)
    };
    assert!(holds(&[3.5, 0.5]) && !holds(&[4.5, -0.5]));
}

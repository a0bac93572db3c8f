//! Information adds up: priors, several frames, and what is left of the users after them.
#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use crlb::faer::Mat;
use crlb::nf_channel::{Array, Carrier, EchoScene, LinearExtent, Reflectivity};
use crlb::{
    CrlbError, FisherInformation, PositionCovariance, PositionInformation, SensingParameters,
    SensingSignal,
};
use proptest::prelude::*;

fn echoes(seed: u64) -> FisherInformation<2> {
    let extent = LinearExtent::Aperture { aperture_m: 0.5 };
    let array = |at, axis| Array::uniform_linear(at, axis, 9, extent).unwrap();
    let arrays = vec![
        array([0.0, 0.0], [1.0, 0.0]),
        array([40.0, 5.0], [0.0, 1.0]),
    ];
    let users = vec![[15.0, 20.0], [22.0, 31.0]];
    let mut scene = EchoScene::new(Carrier::new(28e9).unwrap(), arrays, users);
    scene.reflectivity = Reflectivity::rayleigh(2, 2, seed);
    let model = SensingParameters::new(scene, 1e-12).check().unwrap();
    let signal = SensingSignal::isotropic(vec![0.1; 2]);
    model.fisher_information(&signal).unwrap()
}

fn positive(values: &[f64], scale: f64) -> Mat<f64> {
    let root = Mat::from_fn(4, 4, |i, j| scale * values[4 * i + j]);
    let square = &root * root.transpose();
    Mat::from_fn(4, 4, |i, j| 0.5 * (square[(i, j)] + square[(j, i)]))
}

fn close(a: &Mat<f64>, b: &Mat<f64>, tolerance: f64) {
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            let scale = (b[(i, i)] * b[(j, j)]).sqrt();
            assert!(
                (a[(i, j)] - b[(i, j)]).abs() <= tolerance * scale,
                "{a:?} {b:?}"
            );
        }
    }
}

#[test]
fn no_other_information_leaves_the_bound_as_it_is() {
    let echoes = echoes(3);
    let none = PositionInformation::none(2).unwrap();
    let (with, bound) = (
        echoes.bound_with(7.0, &none).unwrap(),
        echoes.bound().unwrap(),
    );
    assert_eq!(with.total_m2(), {
        let covariance = bound.covariance_m2(7.0);
        (0..4).map(|i| covariance[(i, i)]).sum::<f64>()
    });
    close(
        &with.matrix_m2().to_owned(),
        &bound.covariance_m2(7.0),
        1e-15,
    );
    assert_relative_eq!(with.total_m2(), bound.crlb_m2(7.0), max_relative = 1e-15);
    let of_frames = echoes.position_information(3.0).unwrap();
    let of_frames = of_frames
        .plus(&echoes.position_information(4.0).unwrap())
        .unwrap();
    close(
        &of_frames.covariance().unwrap().matrix_m2().to_owned(),
        &bound.covariance_m2(7.0),
        1e-9,
    );
}

/// The ends: a prior known exactly leaves nothing, a prior without end is no prior.
#[test]
fn priors_from_nothing_to_everything() {
    let information = echoes(5).position_information(2.0).unwrap();
    let bound = information.covariance().unwrap();
    let exact = PositionCovariance::<2>::from_deviations_m(&[0.0, 0.0]).unwrap();
    assert_eq!(exact.updated(&information).unwrap().total_m2(), 0.0);
    let vague = PositionCovariance::<2>::from_deviations_m(&[1e4, 1e4]).unwrap();
    close(
        &vague.updated(&information).unwrap().matrix_m2().to_owned(),
        &bound.matrix_m2().to_owned(),
        1e-6,
    );
    // One user known exactly: the other's bound is that of the information with this user's coordinates crossed out.
    let half = PositionCovariance::<2>::from_deviations_m(&[0.0, 1e4]).unwrap();
    let left = half.updated(&information).unwrap();
    let j = information.matrix_per_m2();
    let det = j[(2, 2)] * j[(3, 3)] - j[(2, 3)] * j[(3, 2)];
    let expected = (j[(2, 2)] + j[(3, 3)]) / det;
    assert_eq!(left.user_total_m2()[0], 0.0);
    assert_relative_eq!(left.user_total_m2()[1], expected, max_relative = 1e-5);
}

#[test]
fn users_and_their_ellipsoids_are_blocks() {
    let block = [[4.0, 1.0], [1.0, 2.0]];
    let prior = PositionCovariance::from_users_m2(&[block, [[9.0, 0.0], [0.0, 1.0]]]).unwrap();
    assert_eq!(prior.users_m2()[0], block);
    assert_eq!(prior.user_total_m2(), [6.0, 10.0]);
    let axes = prior.error_ellipsoids().unwrap()[1].semi_axes_m;
    assert_relative_eq!(axes[0], 1.0, max_relative = 1e-12);
    assert_relative_eq!(axes[1], 3.0, max_relative = 1e-12);
}

#[test]
fn priors_that_are_none_are_named() {
    let text = |result: Result<PositionCovariance<2>, CrlbError>| result.unwrap_err().to_string();
    let deviations = |d: f64| PositionCovariance::<2>::from_deviations_m(&[0.1, d]);
    assert_eq!(
        text(deviations(-0.2)),
        "position_std_m = -0.2 must be at least 0"
    );
    assert_eq!(
        text(deviations(f64::NAN)),
        "position_std_m = NaN must be finite"
    );
    let users = |a, b, c| PositionCovariance::<2>::from_users_m2(&[[[a, b], [b, c]]]);
    assert!(text(users(-1.0, 0.0, 1.0)).contains("= -1 must be at least 0"));
    assert!(text(users(1.0, 1.5, 1.0)).contains("positive semidefinite"));
    assert!(text(users(0.0, 0.1, 1.0)).contains("positive semidefinite"));
    assert!(text(PositionCovariance::from_matrix(Mat::zeros(3, 3))).contains("rows"));
    assert!(text(PositionCovariance::from_matrix(Mat::zeros(0, 0))).contains("users = 0"));
    let skew = Mat::from_fn(2, 2, |i, j| [[1.0, 0.2], [0.1, 1.0]][i][j]);
    assert!(matches!(
        PositionInformation::<2>::from_matrix(skew),
        Err(CrlbError::NotSymmetric { .. })
    ));
    let one = PositionInformation::<2>::none(1).unwrap();
    let two = PositionInformation::<2>::none(2).unwrap();
    assert!(one.clone().plus(&two).is_err() && echoes(1).bound_with(1.0, &one).is_err());
    assert!(echoes(1).bound_with(0.0, &two).is_err());
    assert!(two.covariance().is_err());
    let exact = PositionCovariance::<2>::from_deviations_m(&[0.0]).unwrap();
    assert!(matches!(
        exact.information(),
        Err(CrlbError::Factorisation { .. })
    ));
}

proptest! {
    /// Through the echoes' own axes, by plain inversion, and as an update of the prior: three ways to one posterior,
    /// below both the prior and the bound.
    #[test]
    fn three_ways_to_the_posterior(
        values in prop::array::uniform16(-1.0..1.0f64),
        size in -5.0..1.0f64,
        seed in any::<u64>(),
    ) {
        let echoes = echoes(seed);
        let mut matrix = positive(&values, 10f64.powf(size));
        for i in 0..4 {
            matrix[(i, i)] += 0.1 * 10f64.powf(2.0 * size);
        }
        let prior = PositionCovariance::<2>::from_matrix(matrix).unwrap();
        let source = prior.information().unwrap();
        let own = echoes.bound_with(3.0, &source).unwrap();
        let sum = echoes.position_information(3.0).unwrap().plus(&source).unwrap();
        let updated = prior.updated(&echoes.position_information(3.0).unwrap()).unwrap();
        let own_matrix = own.matrix_m2().to_owned();
        close(&sum.covariance().unwrap().matrix_m2().to_owned(), &own_matrix, 1e-5);
        close(&updated.matrix_m2().to_owned(), &own_matrix, 1e-5);
        let bound = echoes.bound().unwrap();
        for user in 0..2 {
            let posterior = own.user_total_m2()[user];
            prop_assert!(posterior <= bound.user_crlb_m2(3.0)[user] * (1.0 + 1e-9));
            prop_assert!(posterior <= prior.user_total_m2()[user] * (1.0 + 1e-9));
        }
    }
}

//! More signal, more access points and more knowledge never hurt; more users never help. And the
//! textbook's bounds for one array and one user.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{cases, entries, linear, matrices, scene, well_conditioned};
use crlb::{GainModel, PositionBound, SensingParameters, SensingSignal};
use faer::Mat;
use nf_channel::{Carrier, EchoConvention, EchoScene, Reflectivity};
use proptest::prelude::*;

/// The bound, if rounding leaves it eight digits.
fn bound<const D: usize>(
    parameters: &SensingParameters<D>,
    signal: SensingSignal,
) -> Option<PositionBound<D>> {
    let model = parameters.clone().check().unwrap();
    let information = model.fisher_information(&signal).unwrap();
    let sound = well_conditioned(&information);
    information.bound().ok().filter(|_| sound)
}

fn isotropic<const D: usize>(parameters: &SensingParameters<D>) -> SensingSignal {
    SensingSignal::isotropic(vec![1.0; parameters.scene.network.access_points.len()])
}

/// The reflectivities of the first users and access points.
fn cut(table: &Reflectivity, users: usize, stations: usize) -> Reflectivity {
    let values = (0..users)
        .map(|k| {
            (0..stations)
                .map(|l| (0..stations).map(|m| table.get(k, l, m)).collect())
                .collect()
        })
        .collect();
    Reflectivity::explicit(values).unwrap()
}

proptest! {
    #![proptest_config(cases(48))]

    /// `Ψ + Δ` with `Δ ⪰ 0` shows at least as much as `Ψ`, to every user.
    #[test]
    fn more_signal_never_hurts(
        parameters in scene::<2>(1..4, 1..4),
        values in entries(3 * 7 * 16),
    ) {
        let rows: Vec<usize> = parameters.scene.network.access_points.iter().map(|a| a.len()).collect();
        let roots = matrices(&rows, 16, &values);
        let part = |columns: usize| {
            let square = |r: &Mat<faer::c64>| r.subcols(0, columns) * r.subcols(0, columns).adjoint();
            SensingSignal::dense(roots.iter().map(square).collect())
        };
        let (Some(less), Some(more)) = (bound(&parameters, part(10)), bound(&parameters, part(16)))
        else {
            return Err(TestCaseError::reject("badly conditioned"));
        };
        let (less, more) = (less.user_crlb_m2(1.0), more.user_crlb_m2(1.0));
        for (less, more) in less.iter().zip(&more) {
            prop_assert!(*more <= less * (1.0 + 1e-7), "{more} {less}");
        }
    }

    /// Another access point adds its own echoes and changes nothing about the others'.
    #[test]
    fn more_access_points_never_hurt(parameters in scene::<2>(2..4, 1..4)) {
        let mut fewer = parameters.clone();
        fewer.scene.network.access_points.pop();
        let stations = fewer.scene.network.access_points.len();
        fewer.scene.reflectivity = cut(&parameters.scene.reflectivity, fewer.scene.users_m.len(), stations);
        let (Some(less), Some(more)) =
            (bound(&fewer, isotropic(&fewer)), bound(&parameters, isotropic(&parameters)))
        else {
            return Err(TestCaseError::reject("badly conditioned"));
        };
        for (less, more) in less.user_crlb_m2(1.0).iter().zip(more.user_crlb_m2(1.0)) {
            prop_assert!(more <= less * (1.0 + 1e-7), "{more} {less}");
        }
    }

    /// Another user's unknown position and gains are nuisance to the rest.
    #[test]
    fn more_users_never_help(parameters in scene::<2>(1..4, 2..4)) {
        let mut fewer = parameters.clone();
        fewer.scene.users_m.pop();
        let users = fewer.scene.users_m.len();
        fewer.scene.reflectivity = cut(&parameters.scene.reflectivity, users, fewer.scene.network.access_points.len());
        let (Some(alone), Some(crowded)) =
            (bound(&fewer, isotropic(&fewer)), bound(&parameters, isotropic(&parameters)))
        else {
            return Err(TestCaseError::reject("badly conditioned"));
        };
        for (alone, crowded) in alone.user_crlb_m2(1.0).iter().zip(crowded.user_crlb_m2(1.0)) {
            prop_assert!(crowded >= alone * (1.0 - 1e-7), "{crowded} {alone}");
        }
    }

    /// Gains that must be estimated cost information.
    #[test]
    fn unknown_gains_never_help(parameters in scene::<2>(1..4, 1..4)) {
        let with = |model| {
            let mut copy = parameters.clone();
            copy.gain_model = model;
            bound(&copy, isotropic(&copy))
        };
        let (Some(known), Some(unknown)) = (with(GainModel::Known), with(GainModel::Unknown)) else {
            return Err(TestCaseError::reject("badly conditioned"));
        };
        for (known, unknown) in known.user_crlb_m2(1.0).iter().zip(unknown.user_crlb_m2(1.0)) {
            prop_assert!(unknown >= known * (1.0 - 1e-7), "{unknown} {known}");
        }
    }

    /// The order in which users are listed is immaterial: their bounds move along.
    #[test]
    fn order_of_users_is_immaterial(parameters in scene::<3>(1..4, 2..4)) {
        let users = parameters.scene.users_m.len();
        let stations = parameters.scene.network.access_points.len();
        let mut turned = parameters.clone();
        turned.scene.users_m.rotate_left(1);
        let table = &parameters.scene.reflectivity;
        let values = (0..users)
            .map(|k| {
                (0..stations)
                    .map(|l| (0..stations).map(|m| table.get((k + 1) % users, l, m)).collect())
                    .collect()
            })
            .collect();
        turned.scene.reflectivity = Reflectivity::explicit(values).unwrap();
        let (Some(here), Some(there)) =
            (bound(&parameters, isotropic(&parameters)), bound(&turned, isotropic(&turned)))
        else {
            return Err(TestCaseError::reject("badly conditioned"));
        };
        let (here, there) = (here.user_crlb_m2(1.0), there.user_crlb_m2(1.0));
        for k in 0..users {
            let ratio = there[k] / here[(k + 1) % users];
            prop_assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
        }
    }

    /// One linear array of `N` elements at spacing `d`, one user at broadside angle θ and a range `r` many
    /// apertures away, isotropic power `P`, unknown gain: the bounds of the two-way angle and, from the curvature of
    /// the Fresnel phase `k (d_n sin θ - d_n² cos² θ/(2r))`, of the range,
    ///
    /// ```text
    /// CRLB(θ) = σ²/(4 τ P |α|²) · 12 / (k² d² cos² θ N(N²-1))
    /// CRLB(r) = σ²/(4 τ P |α|²) · 180 · 4r⁴ / (k² d⁴ cos⁴ θ N(N²-1)(N²-4))
    /// ```
    ///
    /// Across the line of sight an angle is worth `r`. Terms of relative order `N d/r` are left out.
    #[test]
    fn one_array_and_one_user_as_in_textbooks(
        elements in 5usize..40,
        degrees in -60.0..60.0f64,
        apertures in 300.0..1000.0f64,
        axis_deg in 0.0..360.0f64,
        reciprocal in any::<bool>(),
    ) {
        let carrier = Carrier::new(28e9).unwrap();
        let spacing = 0.5 * carrier.wavelength_m();
        let aperture = spacing * (elements as f64 - 1.0);
        let range = apertures * aperture;
        let array = linear([3.0, -2.0], elements, aperture, axis_deg);
        let direction = (axis_deg + 90.0 - degrees).to_radians();
        let user = [3.0 + range * direction.cos(), -2.0 + range * direction.sin()];
        let (noise_w, power_w, slots) = (1e-13, 2.0, 50.0);
        let mut parameters = SensingParameters::new(EchoScene::new(carrier, vec![array], vec![user]), noise_w);
        if reciprocal {
            parameters.scene.network.echo_convention = EchoConvention::Reciprocal;
        }
        let model = parameters.check().unwrap();
        let bound = model
            .fisher_information(&SensingSignal::isotropic(vec![power_w]))
            .unwrap()
            .bound()
            .unwrap();
        let n = elements as f64;
        let alpha = model.scene().echo_gain(0, 0, 0).norm_sqr();
        let k = model.scene().network().parameters().carrier.wavenumber_rad_per_m();
        let cosine = degrees.to_radians().cos();
        let unit = noise_w / (4.0 * slots * power_w * alpha);
        let moment = n * (n * n - 1.0);
        let angle = unit * 12.0 / ((k * spacing * cosine).powi(2) * moment);
        let along = unit * 180.0 * 4.0 * range.powi(4)
            / (k * k * spacing.powi(4) * cosine.powi(4) * moment * (n * n - 4.0));
        let ellipse = &bound.error_ellipsoids(slots).unwrap()[0];
        let mut axes = ellipse.semi_axes_m.map(|a| a * a);
        axes.sort_by(f64::total_cmp);
        prop_assert!((axes[0] / (angle * range * range) - 1.0).abs() < 0.03, "{axes:?} {angle}");
        prop_assert!((axes[1] / along - 1.0).abs() < 0.03, "{axes:?} {along}");
    }
}

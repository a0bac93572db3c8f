//! Fisher information against its Gram products, and the spectrum against its sines and cosines.

use std::error::Error;

use crlb::SensingSignal;
use faer::{Mat, c64};
use music_loc::Grid;
use td_isac_algos::Sensing;
use td_isac_examples::scenes;

use crate::report::{Report, time};
use crate::timing::in_turn;

/// The equivalent Fisher information of the scene, under the optimal covariance as a dense one, against
/// `A^H A` and `B^H Ψ B` at every access point, which nobody can do without.
pub fn fisher_information(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let scenario = scenes::with_elements(21)?;
    let model = scenario.sensing_parameters().check()?;
    let sensing = Sensing::design(&scenario, None)?;
    let dense: Vec<Mat<c64>> = (sensing.covariance.factors.iter())
        .map(|factors| factors.to_dense())
        .collect();
    let signal = SensingSignal::dense(dense.clone());
    let stations = model.access_points();
    let (rounds, calls) = if quick { (20, 20) } else { (200, 20) };
    let pair = in_turn(
        rounds,
        calls,
        || {
            let information = model.fisher_information(&signal);
            information.map(|i| i.equivalent_normalised())
        },
        || {
            (0..stations)
                .map(|m| {
                    let (a, b) = (model.receive_vectors(m), model.transmit_vectors(m));
                    (a.adjoint() * a, b.adjoint() * (&dense[m] * b))
                })
                .collect::<Vec<_>>()
        },
    );
    report.row(
        "EFIM of `paper`, dense Ψ",
        time(pair.first),
        format!("its Gram products alone: {}", time(pair.second)),
        Some(pair.ratio()),
    );
    Ok(())
}

/// The pseudo-spectrum on a grid against a loop over as many sines and cosines of the standard library.
///
/// The spectrum takes its own, for several positions at once, and the projections besides.
pub fn spectrum(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let scenario = scenes::with_elements(21)?;
    let elements: usize = scenario.access_points().iter().map(|a| a.len()).sum();
    let signals = scenario.isotropic_signals();
    let echoes = scenario
        .echo_parameters(signals, 50)
        .check()?
        .simulate(1)?
        .echoes;
    let side = if quick { 101 } else { 701 };
    let grid = Grid::new([0.0, 0.0], [70.0, 70.0], [side, side])?;
    let music = scenario
        .localiser_parameters(grid)
        .check()?
        .analyse(&echoes)?;
    let points = grid.len();
    // Phases as they occur, a block of the first-level cache at a time.
    let phases: Vec<f64> = (0..2048).map(|i| 0.15 * f64::from(i) - 150.0).collect();
    let (mut sines, mut cosines) = (vec![0.0; phases.len()], vec![0.0; phases.len()]);
    let pair = in_turn(
        if quick { 9 } else { 5 },
        1,
        || music.grid_spectrum_db(&grid),
        || {
            let mut left = points * elements;
            while left > 0 {
                let now = left.min(phases.len());
                for (i, phase) in phases[..now].iter().enumerate() {
                    (sines[i], cosines[i]) = phase.sin_cos();
                }
                left -= now;
            }
        },
    );
    report.row(
        format!("MUSIC on {side} × {side} points, {elements} elements"),
        format!(
            "{} ({:.1} million points/s)",
            time(pair.first),
            1e-6 * points as f64 / pair.first
        ),
        format!(
            "its sines and cosines alone, from the standard library: {}",
            time(pair.second)
        ),
        Some(pair.ratio()),
    );
    Ok(())
}

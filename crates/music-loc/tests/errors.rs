//! Searches that cannot be made say what is wrong.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use common::{USERS_M, music, network, rayleigh};
use faer::Mat;
use music_loc::{Grid, LocError, LocaliserParameters, PeakSearch};
use nf_channel::Invalid;

/// Positions whose distances overflow.
#[test]
fn positions_beyond_numbers() {
    let music = music(&rayleigh(1), 1, |_| {});
    let far = |error| {
        matches!(
            error,
            LocError::SearchedPosition {
                access_point: 0,
                ..
            }
        )
    };
    assert!(far(music.noise_fraction(&[1e200, 0.0]).unwrap_err()));
    assert!(far(music
        .noise_fraction(&[0.0, f64::INFINITY])
        .unwrap_err()));
    assert!(far(music
        .spectrum_db(&[USERS_M[0], [1e200, 0.0]])
        .unwrap_err()));
    let grid = Grid::new([1e200, 0.0], [2e200, 1.0], [2, 2]).unwrap();
    assert!(far(music.grid_spectrum_db(&grid).unwrap_err()));
    assert!(far(music
        .peaks(&PeakSearch::new(grid, 1).check().unwrap())
        .unwrap_err()));
}

#[test]
fn spectra_of_other_grids() {
    let music = music(&rayleigh(1), 1, |_| {});
    let grid = Grid::new([19.0, 29.0], [21.0, 31.0], [5, 5]).unwrap();
    let search = PeakSearch::new(grid, 1);
    assert_eq!(
        music.peaks_of_spectrum(&search.check().unwrap(), &[0.0; 24]),
        Err(LocError::Invalid(Invalid::Size {
            what: "spectrum",
            requirement: 25,
            value: 24
        }))
    );
    let mut coarse = search;
    coarse.resolution_m = 0.0;
    assert!(matches!(
        coarse.check(),
        Err(LocError::Invalid(Invalid::Number {
            what: "resolution_m",
            ..
        }))
    ));
}

/// Each stage of the localiser reports its own.
#[test]
fn a_localiser_passes_errors_on() {
    let model = rayleigh(1);
    let data = model.simulate(1).unwrap();
    let region = Grid::new([19.5, 29.5], [20.5, 30.5], [6, 6]).unwrap();
    let localiser = |users| {
        LocaliserParameters::in_region(network().parameters().clone(), region, users)
            .check()
            .unwrap()
    };
    let good = localiser(4);
    assert!(good.locate(&data.echoes, &data.waveform).is_ok());
    // No signal dimension at all.
    let error = localiser(0).locate(&data.echoes, &data.waveform);
    assert!(
        matches!(error, Err(LocError::Order { dimension: 0, .. })),
        "{error:?}"
    );
    // The waveform of fewer access points.
    let error = good.locate(&data.echoes, &data.waveform[..2]);
    assert!(
        matches!(error, Err(LocError::Invalid(Invalid::Size { .. }))),
        "{error:?}"
    );
    let error = good.locate(&data.echoes, &vec![Mat::zeros(21, 50); 3]);
    assert!(
        matches!(error, Err(LocError::Factorisation { .. })),
        "{error:?}"
    );
}

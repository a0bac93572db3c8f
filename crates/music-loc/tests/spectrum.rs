//! Many positions at once against one at a time.
#![allow(clippy::unwrap_used)]

mod common;

use common::{music, music_of, rayleigh};
use music_loc::{LocError, SubspaceVariant};
use nf_channel::{AmplitudeProfile, Wavefront};

/// Positions all over the scene and beyond, their number not a multiple of any vector's length.
fn positions() -> Vec<[f64; 2]> {
    let mut positions: Vec<[f64; 2]> = (0..333)
        .map(|i| {
            let t = f64::from(i);
            [
                35.0 + (0.2 * t + 1.0) * t.cos(),
                35.0 + (0.2 * t + 1.0) * t.sin(),
            ]
        })
        .collect();
    positions.extend([[1.0e4, -3.0e3], [30.01, 69.9], [20.0, 30.0]]);
    positions
}

#[test]
fn blocks_agree_with_single_positions() {
    let model = rayleigh(5);
    let positions = positions();
    for variant in [
        SubspaceVariant::PerAccessPoint,
        SubspaceVariant::StackedKM,
        SubspaceVariant::StackedK,
    ] {
        for wavefront in [Wavefront::Near, Wavefront::Far] {
            for profile in [AmplitudeProfile::Uniform, AmplitudeProfile::PerElement] {
                let music = music_of(&model, 1, |network, m| {
                    m.variant = variant;
                    network.wavefront = wavefront;
                    network.amplitude_profile = profile;
                });
                let levels = music.spectrum_db(&positions).unwrap();
                assert_eq!(levels.len(), positions.len());
                for (position, level) in positions.iter().zip(levels) {
                    let expected = music.noise_fraction(position).unwrap();
                    let found = 10f64.powf(-0.1 * level);
                    assert!(
                        (found - expected).abs() < 2e-13,
                        "{variant:?} {wavefront:?} {profile:?} {position:?}: {found} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_odd_position_does_not_spoil_its_block() {
    let music = music(&rayleigh(5), 1, |_| {});
    let mut positions = positions();
    positions[7] = [30.0, 70.0]; // on the first array's reference point, an element
    let levels = music.spectrum_db(&positions).unwrap();
    assert_eq!(levels[7], 0.0);
    assert!(levels[8] > 0.0);
    positions[7] = [f64::NAN, 0.0];
    let error = music.spectrum_db(&positions).unwrap_err();
    assert!(
        matches!(error, LocError::SearchedPosition { .. }),
        "{error}"
    );
}

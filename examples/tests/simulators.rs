//! The channel model against two programs that know nothing of it.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use std::path::{Path, PathBuf};

use faer::c64;
use nf_channel::{AmplitudeProfile, PathGain};
use td_isac_algos::scenario::{AnyScenario, OwnChannels, Scenario};
use td_isac_examples::arrays::channels;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("channels")
}

fn friis<const D: usize>(
    mut scenario: Scenario<D>,
    profile: AmplitudeProfile,
) -> Vec<Vec<Vec<c64>>> {
    scenario.path_gain = PathGain::Friis;
    scenario.amplitude_profile = profile;
    let checked = scenario.check().unwrap();
    (checked.channels().iter())
        .map(|user| user.iter().map(|h| h.values.clone()).collect())
        .collect()
}

/// Largest difference between channels of one link, relative to the link's largest entry.
fn difference(ours: &[Vec<Vec<c64>>], theirs: &[Vec<Vec<c64>>]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let mut largest: f64 = 0.0;
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert_eq!(ours.len(), theirs.len());
            let size = theirs.iter().map(|h| h.norm()).fold(0.0, f64::max);
            for (a, b) in ours.iter().zip(theirs) {
                largest = largest.max((a - b).norm() / size);
            }
        }
    }
    largest
}

#[test]
fn direct_paths_of_a_ray_tracer() {
    let file = folder().join("street.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let own = OwnChannels::from_toml_str(&text, &file).unwrap().unwrap();
    let Some(AnyScenario::TwoD(scenario)) = own.scenario else {
        panic!("no scenario in the plane");
    };
    let ours = friis(scenario, AmplitudeProfile::PerElement);
    let theirs = channels(&folder().join("street-direct.npy")).unwrap();
    let found = difference(&ours, &theirs);
    assert!(found < 1e-9, "{found:e}");
}

#[test]
fn spherical_waves_of_a_channel_generator() {
    let scenario = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        AnyScenario::from_toml_file(folder.join(name)).unwrap()
    };
    let AnyScenario::TwoD(paper) = scenario("paper.toml") else {
        panic!("not in the plane");
    };
    let AnyScenario::ThreeD(room) = scenario("room-3d.toml") else {
        panic!("not in space");
    };
    for (ours, file) in [
        (
            friis(paper, AmplitudeProfile::Uniform),
            "paper-quadriga.npy",
        ),
        (
            friis(room, AmplitudeProfile::Uniform),
            "room-3d-quadriga.npy",
        ),
    ] {
        let found = difference(&ours, &channels(&folder().join(file)).unwrap());
        assert!(found < 1e-9, "{file} {found:e}");
    }
}

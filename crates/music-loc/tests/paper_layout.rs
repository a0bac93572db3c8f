//! MUSIC on the paper's layout with Rayleigh reflectivity, variant by variant.
//!
//! The suite searches a box that holds the users on a coarse grid, for a few seeds. The whole area:
//!
//! ```text
//! cargo test --release -p music-loc --test paper_layout -- --ignored --nocapture
//! ```
//!
//! Users found within 0.1 m, runs of 40 seeds (`MUSIC_LOC_SEEDS=40`, isotropic signals): all four in 40 of 40
//! with one subspace for each receiver and with KM stacked vectors; none in 40 of 40 with planar waves;
//! with K stacked vectors none in 26, one in 13, three in 1.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use common::{USERS_M, found, music, music_of, rayleigh};
use music_loc::{Grid, PeakSearch, SubspaceVariant};
use nf_channel::{Network, Wavefront};

fn users_box() -> PeakSearch<2> {
    PeakSearch::new(Grid::with_step([17.0, 27.0], [43.0, 63.0], 0.2).unwrap(), 4)
}

#[test]
fn one_subspace_for_each_receiver_finds_all_users() {
    for seed in 0..5 {
        let music = music(&rayleigh(seed), 100 + seed, |_| {});
        assert_eq!(found(&music, &users_box(), &USERS_M, 0.1), 4, "seed {seed}");
    }
}

#[test]
fn planar_waves_find_at_most_one() {
    for seed in 0..3 {
        let music = music_of(&rayleigh(seed), 100 + seed, |network, _| {
            network.wavefront = Wavefront::Far
        });
        assert!(
            found(&music, &users_box(), &USERS_M, 0.1) <= 1,
            "seed {seed}"
        );
    }
}

#[test]
fn a_stack_needs_a_dimension_for_each_user_and_receiver() {
    for seed in 0..3 {
        let model = rayleigh(seed);
        let with = |variant| {
            let music = music(&model, 100 + seed, |m| m.variant = variant);
            found(&music, &users_box(), &USERS_M, 0.1)
        };
        assert!(with(SubspaceVariant::StackedK) < 4, "seed {seed}");
        assert_eq!(with(SubspaceVariant::StackedKM), 4, "seed {seed}");
    }
}

/// The table of the module documentation's command: users found, over 100 seeds.
#[test]
#[ignore = "minutes: the whole area for 100 seeds"]
#[allow(clippy::print_stdout)]
fn whole_area() {
    let search = PeakSearch::new(Grid::with_step([0.0, 0.0], [70.0, 70.0], 0.2).unwrap(), 4);
    let seeds = std::env::var("MUSIC_LOC_SEEDS").map_or(100, |s| s.parse().unwrap());
    type Edit = fn(&mut Network<2>, &mut music_loc::MusicParameters);
    let cases: [(&str, Edit); 4] = [
        ("per access point", |_, _| {}),
        ("planar waves", |network, _| {
            network.wavefront = Wavefront::Far
        }),
        ("stacked, K vectors", |_, m| {
            m.variant = SubspaceVariant::StackedK
        }),
        ("stacked, KM vectors", |_, m| {
            m.variant = SubspaceVariant::StackedKM
        }),
    ];
    for (name, edit) in cases {
        let mut runs_that_found = [0; 5];
        for seed in 0..seeds {
            let music = music_of(&rayleigh(seed), 100 + seed, edit);
            runs_that_found[found(&music, &search, &USERS_M, 0.1)] += 1;
        }
        println!("{name}: runs that found 0, 1, 2, 3, 4 users: {runs_that_found:?}");
        if name == "per access point" {
            assert!(
                runs_that_found[4] >= seeds * 95 / 100,
                "{runs_that_found:?}"
            );
        }
    }
}

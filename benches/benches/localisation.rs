//! The pseudo-spectrum of MUSIC, the search for its peaks, and the refinement to the most likely positions.
#![allow(clippy::unwrap_used)]

mod common;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use music_loc::{Grid, SubspaceVariant};

const SLOTS: usize = 50;

fn localisation(c: &mut Criterion) {
    let scenario = common::preset("paper");
    let heard = scenario
        .echo_parameters(scenario.isotropic_signals(), SLOTS)
        .check()
        .unwrap()
        .simulate(1)
        .unwrap();
    let users_m = scenario.parameters().users_m.clone();
    let region = Grid::enclosing(&users_m, 3.0, 0.25).unwrap();
    let parameters = scenario.localiser_parameters(region);
    let localiser = parameters.clone().check().unwrap();

    let mut group = c.benchmark_group("spectrum");
    group.sample_size(10);
    for side in [101, 301] {
        let grid = Grid::new([0.0, 0.0], [70.0, 70.0], [side, side]).unwrap();
        group.throughput(Throughput::Elements((side * side) as u64));
        for (name, variant) in [
            ("per access point", SubspaceVariant::PerAccessPoint),
            ("stacked, KM vectors", SubspaceVariant::StackedKM),
        ] {
            let mut parameters = parameters.clone();
            parameters.music.variant = variant;
            let localiser = parameters.check().unwrap();
            let music = localiser.analyse(&heard.echoes).unwrap();
            group.bench_function(BenchmarkId::new(name, side), |b| {
                b.iter(|| music.grid_spectrum_db(&grid));
            });
        }
    }
    group.finish();

    let mut group = c.benchmark_group("localisation");
    group.sample_size(10);
    group.bench_function("subspaces", |b| {
        b.iter(|| localiser.analyse(&heard.echoes).unwrap());
    });
    let music = localiser.analyse(&heard.echoes).unwrap();
    group.bench_function("peaks", |b| {
        b.iter(|| music.peaks(localiser.search()).unwrap());
    });
    let starts: Vec<[f64; 2]> = users_m.iter().map(|[x, y]| [x + 0.01, y - 0.01]).collect();
    group.bench_function("maximum likelihood", |b| {
        b.iter(|| {
            let refined = localiser.refine(&heard.echoes, &heard.waveform, &starts);
            refined.unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, localisation);
criterion_main!(benches);

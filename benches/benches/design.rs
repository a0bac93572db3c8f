//! Whole designs: `main` by time-allocation strategy and by number of antennas, and the other schemes.
#![allow(clippy::unwrap_used)]

mod common;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use td_isac_algos::allocation::{ConstraintMargin, Exhaustive, TimeAllocation, WorstCaseRate};
use td_isac_algos::scenario::CheckedScenario;
use td_isac_algos::scheme::{BeamformingScheme, ErrorIgnorant, Main, MaximumRatio};
use td_isac_algos::{Design, Study};

fn whole(
    scenario: &CheckedScenario<2>,
    scheme: &dyn BeamformingScheme,
    allocation: &dyn TimeAllocation,
) -> Design {
    Study::new(scenario)
        .scheme(scheme)
        .allocation(allocation)
        .run()
        .unwrap()
}

fn design(c: &mut Criterion) {
    let mut group = c.benchmark_group("design");
    group.sample_size(10);
    let paper = common::preset("paper");
    let strategies: [&dyn TimeAllocation; 3] = [
        &ConstraintMargin::default(),
        &WorstCaseRate::default(),
        &Exhaustive::default(),
    ];
    for allocation in strategies {
        group.bench_function(BenchmarkId::new("paper", allocation.name()), |b| {
            b.iter(|| whole(&paper, &Main::default(), allocation));
        });
    }
    let others: [&dyn BeamformingScheme; 2] = [&ErrorIgnorant::default(), &MaximumRatio::default()];
    for scheme in others {
        group.bench_function(BenchmarkId::new("paper by scheme", scheme.name()), |b| {
            b.iter(|| whole(&paper, scheme, &WorstCaseRate::default()));
        });
    }
    for elements in [21, 1025] {
        let scenario = common::with_elements(elements);
        group.bench_function(BenchmarkId::new("paper by antennas", elements), |b| {
            b.iter(|| whole(&scenario, &Main::default(), &WorstCaseRate::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, design);
criterion_main!(benches);

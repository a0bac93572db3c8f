//! Responses, Fisher information and the optimal sensing covariance.
#![allow(clippy::unwrap_used)]

mod common;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use crlb::SensingSignal;
use nf_channel::{AmplitudeProfile, Wavefront};
use td_isac_algos::Sensing;

fn sensing(c: &mut Criterion) {
    let mut group = c.benchmark_group("sensing");
    for elements in [21, 257, 1025] {
        let scenario = common::preset("paper", Some(elements));
        let array = &scenario.access_points()[0];
        let user = scenario.parameters().users_m[0];
        group.bench_function(BenchmarkId::new("response and gradient", elements), |b| {
            b.iter(|| {
                array
                    .response(
                        scenario.carrier(),
                        Wavefront::Near,
                        AmplitudeProfile::Uniform,
                        &user,
                    )
                    .unwrap()
            });
        });
        let model = scenario.sensing_parameters().check().unwrap();
        let isotropic = SensingSignal::Isotropic(vec![10.0; 3]);
        group.bench_function(BenchmarkId::new("isotropic bound", elements), |b| {
            b.iter(|| {
                model
                    .fisher_information(&isotropic)
                    .unwrap()
                    .bound()
                    .unwrap()
            });
        });
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("optimal covariance", elements), |b| {
            b.iter(|| Sensing::design(&scenario, None).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, sensing);
criterion_main!(benches);

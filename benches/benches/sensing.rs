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
        let scenario = common::with_elements(elements);
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
        let isotropic = SensingSignal::isotropic(vec![10.0; 3]);
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

/// The bound and its optimal covariance, by users and by access points.
fn sizes(c: &mut Criterion) {
    let mut group = c.benchmark_group("sensing by size");
    group.sample_size(10);
    for (users, stations) in [(2, 3), (4, 3), (6, 3), (8, 3), (4, 2), (4, 4), (4, 6)] {
        let scenario = common::spread(users, stations);
        let model = scenario.sensing_parameters().check().unwrap();
        let isotropic = SensingSignal::isotropic(vec![10.0; stations]);
        let size = format!("K {users} M {stations}");
        group.bench_function(BenchmarkId::new("isotropic bound", &size), |b| {
            b.iter(|| {
                let information = model.fisher_information(&isotropic).unwrap();
                information.bound().unwrap()
            });
        });
        group.bench_function(BenchmarkId::new("optimal covariance", &size), |b| {
            b.iter(|| Sensing::design(&scenario, None).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, sensing, sizes);
criterion_main!(benches);

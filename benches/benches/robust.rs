//! The robust max-min problem of the presets at a fixed time allocation.
#![allow(clippy::unwrap_used)]

mod common;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use robust_sdp::{
    HermitianIpm, MaxMinOptions, Recorder, RootFinding, SdpSolver, SolveRequest, max_min_ratio,
    worst_case_ratios,
};
use td_isac_algos::Sensing;

fn robust(c: &mut Criterion) {
    let mut group = c.benchmark_group("robust");
    group.sample_size(10);
    let solver = HermitianIpm::default();
    for name in ["paper", "weak-echo"] {
        let scenario = common::preset(name);
        let sensing = Sensing::design(&scenario, None).unwrap();
        let downlink = scenario.downlink(sensing.crlb_constant_m2).unwrap();
        let problem = downlink.problem_at(0.6).unwrap();
        let recorder = Recorder::new(HermitianIpm::default());
        max_min_ratio(&problem, &recorder, &MaxMinOptions::default(), &mut || {
            false
        })
        .unwrap();
        let programs = recorder.take();
        let (program, tolerance) = programs
            .iter()
            .rfind(|(program, _)| program.matrices.len() > 1)
            .unwrap();
        group.bench_function(BenchmarkId::new("one program", name), |b| {
            b.iter(|| {
                let request = SolveRequest {
                    tolerance: *tolerance,
                    ..SolveRequest::default()
                };
                solver.solve(program, request).unwrap()
            });
        });
        for (label, root_finding) in [
            ("newton", RootFinding::Newton),
            ("bisection", RootFinding::Bisection),
        ] {
            let options = MaxMinOptions {
                root_finding,
                ..MaxMinOptions::default()
            };
            group.bench_function(BenchmarkId::new(label, name), |b| {
                b.iter(|| max_min_ratio(&problem, &solver, &options, &mut || false).unwrap());
            });
        }
        let forms = max_min_ratio(&problem, &solver, &MaxMinOptions::default(), &mut || false)
            .unwrap()
            .point
            .forms;
        group.bench_function(BenchmarkId::new("worst case of given forms", name), |b| {
            b.iter(|| worst_case_ratios(&problem, &forms, &solver).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, robust);
criterion_main!(benches);

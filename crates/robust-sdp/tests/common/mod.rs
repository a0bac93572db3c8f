//! A reference instance with published optima: spherical waves from three groups of 21 points
//! to four positions, every vector known up to the same relative error in each group.
#![allow(dead_code, clippy::unwrap_used)]

use faer::c64;
use robust_sdp::*;

const WAVELENGTH: f64 = 299_792_458.0 / 28.0e9;

fn wave(center: [f64; 2], angle_deg: f64, target: [f64; 2], points: usize) -> Vec<c64> {
    let (s, c) = angle_deg.to_radians().sin_cos();
    let step = 0.53 / (points - 1) as f64;
    let r0 = (target[0] - center[0]).hypot(target[1] - center[1]);
    let amplitude = (WAVELENGTH / (4.0 * std::f64::consts::PI)).sqrt() / r0;
    (0..points)
        .map(|n| {
            let x = (n as f64 - 0.5 * (points - 1) as f64) * step;
            let r = (target[0] - center[0] - x * c).hypot(target[1] - center[1] - x * s);
            c64::from_polar(amplitude, -2.0 * std::f64::consts::PI / WAVELENGTH * r)
        })
        .collect()
}

/// Relative error radius `rho` in every group; budgets 1 W, floors -100 dBm.
pub fn reference_problem(rho: f64, points: usize) -> ValidRatioProblem {
    let centers = [
        ([30.0, 70.0], 0.0),
        ([10.0, 20.0], -45.0),
        ([60.0, 30.0], 45.0),
    ];
    let positions = [[20.0, 30.0], [25.0, 40.0], [40.0, 30.0], [35.0, 60.0]];
    let targets = positions
        .iter()
        .map(|&p| {
            let parts: Vec<Vec<c64>> = centers
                .iter()
                .map(|&(c, a)| wave(c, a, p, points))
                .collect();
            let errors = parts
                .iter()
                .enumerate()
                .map(|(group, h)| ErrorBlock::Ball {
                    group,
                    radius: rho * h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt(),
                })
                .collect();
            RatioTarget {
                nominal: parts.concat(),
                errors,
                floor: 1e-13,
            }
        })
        .collect();
    RatioProblem {
        group_sizes: vec![points; 3],
        budgets: vec![1.0; 3],
        targets,
    }
    .check()
    .unwrap()
}

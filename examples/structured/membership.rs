//! Whether a channel lies in a set of error blocks.

use faer::c64;
use robust_sdp::{ErrorBlock, RatioProblem};
use td_isac_algos::uncertainty::PositionRegion;

/// Relative slack for rounding.
const ROUNDING: f64 = 1e-9;

/// Whether a position error lies in a region, whose semi-axes are orthogonal.
pub fn position_inside<const D: usize>(
    region: &PositionRegion<D>,
    displacement_m: &[f64; D],
) -> bool {
    // Coordinates along the axes, over their lengths.
    let y = region.semi_axes_m().map(|axis| {
        let square: f64 = axis.iter().map(|a| a * a).sum();
        let along: f64 = axis.iter().zip(displacement_m).map(|(a, d)| a * d).sum();
        along / square
    });
    y.iter().map(|v| v * v).sum::<f64>() <= 1.0
}

/// Whether a user's channel lies in its set, on every group of antennas, of balls with or without a
/// phase before them: `‖h - e^{jα} ĥ‖ ≤ radius` for some `|α| ≤ angle`, and the best α is that of
/// `ĥ^H h`, if it may be. `None` for other blocks.
pub fn channel_inside(problem: &RatioProblem, user: usize, channel: &[c64]) -> Option<bool> {
    let target = &problem.targets[user];
    let mut start = 0;
    for (index, &size) in problem.group_sizes.iter().enumerate() {
        let range = start..start + size;
        let (mut radius, mut angle) = (0.0, 0.0_f64);
        for block in &target.errors {
            match block {
                ErrorBlock::Ball { group, radius: own } if *group == index => radius += own,
                ErrorBlock::Ball { .. } => {}
                ErrorBlock::Phase { group, angle: own } if *group == index => angle += own,
                ErrorBlock::Phase { .. } => {}
                ErrorBlock::Directions { .. } => return None,
            }
        }
        let (estimate, truth) = (&target.nominal[range.clone()], &channel[range]);
        let along: c64 = estimate.iter().zip(truth).map(|(e, t)| e.conj() * t).sum();
        let turned = c64::from_polar(1.0, along.arg().clamp(-angle, angle));
        let difference = estimate
            .iter()
            .zip(truth)
            .map(|(e, t)| (t - turned * e).norm_sqr());
        if difference.sum::<f64>().sqrt() > radius * (1.0 + ROUNDING) {
            return Some(false);
        }
        start += size;
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use robust_sdp::RatioTarget;

    fn problem(errors: Vec<ErrorBlock>) -> RatioProblem {
        RatioProblem {
            group_sizes: vec![1, 1],
            budgets: vec![1.0; 2],
            targets: vec![RatioTarget {
                nominal: vec![c64::new(1.0, 0.0), c64::new(0.0, 2.0)],
                errors,
                floor: 1.0,
            }],
        }
    }

    #[test]
    fn balls_and_phases() {
        let ball = |group, radius| ErrorBlock::Ball { group, radius };
        let turned = |first: f64| [c64::from_polar(1.0, first), c64::new(0.0, 2.0)];
        let balls = problem(vec![ball(0, 0.1), ball(1, 0.1)]);
        assert_eq!(channel_inside(&balls, 0, &turned(0.09)), Some(true));
        assert_eq!(channel_inside(&balls, 0, &turned(0.2)), Some(false));
        let phase = ErrorBlock::Phase {
            group: 0,
            angle: 0.5,
        };
        let both = problem(vec![phase, ball(0, 0.1), ball(1, 0.1)]);
        assert_eq!(channel_inside(&both, 0, &turned(-0.55)), Some(true));
        assert_eq!(channel_inside(&both, 0, &turned(0.65)), Some(false));
        let second = [c64::new(1.0, 0.0), c64::from_polar(2.0, 2.0)];
        assert_eq!(channel_inside(&both, 0, &second), Some(false));
    }

    #[test]
    fn ellipses() {
        let region = PositionRegion::Ellipsoid {
            semi_axes_m: [[0.0, 2.0], [1.0, 0.0]],
        };
        assert!(position_inside(&region, &[0.0, 1.9]));
        assert!(!position_inside(&region, &[1.1, 0.0]));
        assert!(!position_inside(&region, &[0.8, 1.5]));
    }
}

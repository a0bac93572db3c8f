//! From users that a search has found to what is claimed of each.

use nf_channel::ValidNetwork;

use crate::lobes::Candidate;
use crate::refine::{Descent, Outcome};
use crate::region::distance;
use crate::verdict::{Absence, DetectedUser, Doubt, Fit, Verdict};
use crate::{Detector, UserCount};

/// Twice the log-likelihood by which one of two positions must be better for the other to be ruled out: odds of a
/// thousand to one.
pub(crate) const MARGIN: f64 = 13.815_510_557_964_274;

/// The best other position of a user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rival<const D: usize> {
    pub(crate) candidate: Candidate<D>,
    /// By how much twice the log-likelihood is smaller there.
    pub(crate) gap: f64,
    /// Whether it is a mirror image of the user's.
    pub(crate) mirror: bool,
}

/// What verdicts rest on.
pub(crate) struct Judge<'a, const D: usize> {
    pub(crate) detector: &'a Detector<D>,
    pub(crate) fit: Fit,
    /// Known, or estimated.
    pub(crate) noise_w: f64,
    pub(crate) rivals: &'a [Option<Rival<D>>],
    pub(crate) ratios: &'a [f64],
    /// Users that may be at wrong places together without a misfit.
    pub(crate) linked: &'a [usize],
    pub(crate) threshold: f64,
    pub(crate) count: UserCount,
    pub(crate) next_ratio: f64,
}

impl<const D: usize> Judge<'_, D> {
    /// The users of a refinement, with verdicts.
    pub(crate) fn users(&self, descent: &Descent<D>) -> Vec<DetectedUser<D>> {
        let covariance = descent.point.covariance();
        let positions = &descent.point.positions_m;
        let block = |user: usize| -> Option<Vec<[f64; D]>> {
            let all = covariance.as_ref()?;
            let entry = |i: usize, j: usize| all[(D * user + i, D * user + j)];
            let block: Vec<[f64; D]> = (0..D)
                .map(|i| std::array::from_fn(|j| entry(i, j)))
                .collect();
            block
                .iter()
                .flatten()
                .all(|v| v.is_finite())
                .then_some(block)
        };
        let blocks: Vec<_> = (0..positions.len()).map(block).collect();
        let deviation = |user: usize| {
            let block = blocks[user].as_ref()?;
            Some((0..D).map(|i| block[i][i]).sum::<f64>().sqrt())
        };
        let deviations: Vec<_> = (0..positions.len()).map(deviation).collect();
        (0..positions.len())
            .map(|user| {
                let apart = seen_apart(&descent.point.echo_energies(user), self.noise_w);
                let verdict = match self.verdict(user, positions, &deviations, descent.outcome) {
                    Verdict::Found if apart => Verdict::Doubtful(Doubt::SeenApart),
                    verdict => verdict,
                };
                let withheld = matches!(
                    verdict,
                    Verdict::Doubtful(
                        Doubt::ModelDoesNotFit { .. } | Doubt::Undetermined | Doubt::NotConverged
                    )
                );
                let absent = matches!(verdict, Verdict::NotFound(_));
                let covariance_m2 = blocks[user].clone().filter(|_| !withheld && !absent);
                DetectedUser {
                    position_m: Some(positions[user]).filter(|_| !absent),
                    covariance_m2,
                    verdict,
                    likelihood_ratio: self.ratios[user],
                }
            })
            .collect()
    }

    /// The gravest doubt there is.
    fn verdict(
        &self,
        user: usize,
        positions_m: &[[f64; D]],
        deviations_m: &[Option<f64>],
        outcome: Outcome,
    ) -> Verdict<D> {
        let here = &positions_m[user];
        if self.ratios[user] <= self.threshold {
            return Verdict::NotFound(Absence::NoEcho {
                likelihood_ratio: self.ratios[user],
                threshold: self.threshold,
            });
        }
        if self.detector.misfits(self.fit.p_value) {
            return Verdict::Doubtful(Doubt::ModelDoesNotFit {
                p_value: self.fit.p_value,
                noise_over_known: self.fit.noise_over_known,
            });
        }
        if outcome == Outcome::IterationLimit {
            return Verdict::Doubtful(Doubt::NotConverged);
        }
        if !self.detector.parameters().region.contains(here) {
            return Verdict::Doubtful(Doubt::OutsideRegion);
        }
        let Some(deviation_m) =
            deviations_m[user].filter(|d| *d < beam_width(&self.detector.network, here))
        else {
            return Verdict::Doubtful(Doubt::Undetermined);
        };
        for (other, position_m) in positions_m.iter().enumerate() {
            let theirs = deviations_m[other].unwrap_or(f64::INFINITY);
            if other != user && distance(here, position_m) <= 5.0 * (deviation_m + theirs) {
                return Verdict::Doubtful(Doubt::NotSeparated { other });
            }
        }
        if let Some(Some(rival)) = self.rivals.get(user) {
            let apart = distance(&rival.candidate.position_m, here) > 5.0 * deviation_m;
            if rival.gap < MARGIN && apart {
                return Verdict::Doubtful(Doubt::Ambiguous {
                    position_m: rival.candidate.position_m,
                    likelihood_ratio: rival.gap,
                    mirror: rival.mirror,
                });
            }
        }
        // One such user has been looked for everywhere, the others held; several together have not.
        if self.linked.len() > 1 && self.linked.contains(&user) {
            return Verdict::Doubtful(Doubt::WeakTogether {
                users: self.linked.len(),
            });
        }
        if let UserCount::Given(users) = self.count {
            let more = usize::from(self.next_ratio > self.threshold);
            let echoes = positions_m.len() + more;
            if echoes > users {
                return Verdict::Doubtful(Doubt::MoreEchoesThanUsers { echoes, users });
            }
        }
        Verdict::Found
    }
}

/// Whether access points see a user in groups between which no echo passes. An echo passes between any two access
/// points that see one user; where none does, rays of several users may cross at the position.
fn seen_apart(energies: &[Vec<f64>], noise_w: f64) -> bool {
    let passes = |l: usize, m: usize| 2.0 * energies[l][m] > MARGIN * noise_w;
    let stations = energies.len();
    let linked = |l: usize, m: usize| passes(l, m) || passes(m, l);
    let seeing: Vec<usize> = (0..stations)
        .filter(|&l| (0..stations).any(|m| linked(l, m)))
        .collect();
    let mut group: Vec<usize> = seeing.first().copied().into_iter().collect();
    let mut next = 0;
    while let Some(&l) = group.get(next) {
        for &m in &seeing {
            if linked(l, m) && !group.contains(&m) {
                group.push(m);
            }
        }
        next += 1;
    }
    group.len() < seeing.len()
}

/// A beam width of the narrowest array at a position, in the direction across it.
pub(crate) fn beam_width<const D: usize>(network: &ValidNetwork<D>, position_m: &[f64; D]) -> f64 {
    let wavelength_m = network.parameters().carrier.wavelength_m();
    (network.access_points().iter())
        .filter(|array| array.aperture_m() > 0.0)
        .map(|array| {
            let beams = distance(array.reference_m(), position_m) / array.aperture_m();
            wavelength_m * beams.max(1.0)
        })
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_between_access_points_hold_a_user_together() {
        let apart = |energies: [[f64; 3]; 3]| seen_apart(&energies.map(|row| row.to_vec()), 1.0);
        // Each of two sees something, and neither what the other sends.
        assert!(apart([[1e3, 0.0, 0.0], [0.0; 3], [0.0, 0.0, 1e3]]));
        assert!(!apart([[1e3, 0.0, 1e2], [0.0; 3], [0.0, 0.0, 1e3]]));
        // By way of the third; one alone; nobody.
        assert!(!apart([[1e3, 0.0, 0.0], [1e2, 1e3, 0.0], [0.0, 1e2, 1e3]]));
        assert!(!apart([[1e3, 0.0, 0.0], [0.0; 3], [0.0; 3]]));
        assert!(!apart([[0.0; 3]; 3]));
    }
}

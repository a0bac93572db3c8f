//! Where else the users of a search might be.

use crate::judge::{MARGIN, Rival, beam_width};
use crate::lobes::{Candidate, candidates};
use crate::mirror;
use crate::others::Others;
use crate::refine::Point;
use crate::region::distance;
use crate::scan::Left;
use crate::search::{SHORT, Search, State, TRIAL};

/// Ratio of a user's likelihood ratio to the deviation of the residual's power beyond which a wrong lobe cannot hide: where it
/// explains all but a hundredth of the echo, the rest still shows as a misfit.
const STRONG: f64 = 100.0;
/// The same where few waveforms reach a user, or only one array sees it: users beyond are not looked for elsewhere.
const FAINT: f64 = 1e3;
/// How many times what the users that may be ghosts explain has to be left where a user would be elsewhere, for that user to be
/// believed: what is left is measured from the reported place, not from the true one.
const LEAST_EVIDENCE: f64 = 10.0;
/// Other positions of a user for which the other users move along.
const FOLLOWED: usize = 4;

impl<const D: usize> Search<'_, D> {
    /// Likelihood ratio of each user, the others' gains adapted.
    pub(crate) fn user_ratios(&self, point: &Point<D>) -> Vec<f64> {
        let scale_w = (self.known_w()).unwrap_or(point.cost / point.freedom().max(0.5));
        (0..point.positions_m.len())
            .map(|user| {
                let mut others = point.positions_m.clone();
                others.remove(user);
                let cost = if others.is_empty() {
                    self.received.iter().map(|y| y.squared_norm_l2()).sum()
                } else {
                    Point::new(self.network, self.echoes, self.waveform, others)
                        .map_or(f64::INFINITY, |point| point.cost)
                };
                2.0 * (cost - point.cost) / scale_w
            })
            .collect()
    }

    /// Looks for the best other position of each user, the others' positions held.
    pub(crate) fn look_elsewhere(&mut self) {
        let users = self.state.positions_m().len();
        let suspects = self.suspects();
        let sets: Vec<_> = (suspects.iter())
            .map(|&user| self.left_without(user))
            .collect();
        let mut lobes = vec![Vec::new(); users];
        if !suspects.is_empty() {
            for (user, candidates) in
                suspects
                    .into_iter()
                    .zip(candidates(self.detector, &mut self.scan, &sets))
            {
                lobes[user] = candidates;
            }
        }
        self.rivals = (lobes.into_iter().enumerate())
            .map(|(user, candidates)| self.rival(user, candidates))
            .collect();
    }

    /// What the others leave of the data without a user. Their gains adapt to the user's other places too, unless the model does not
    /// fit: nothing is claimed then, and the search is shorter.
    fn left_without(&mut self, user: usize) -> Left {
        let mut others_m = self.state.positions_m().to_vec();
        others_m.remove(user);
        let others = if self.fits() {
            Others::of(&mut self.scan, &others_m)
        } else {
            None
        };
        let residual = if others_m.is_empty() {
            self.received.clone()
        } else {
            Point::new(self.network, self.echoes, self.waveform, others_m)
                .map_or_else(|_| self.received.clone(), |point| point.residuals())
        };
        Left { residual, others }
    }

    /// Puts the user elsewhere that gains most by it. Whether one did.
    pub(crate) fn improve(&mut self) -> bool {
        let rivals = self.rivals.iter().enumerate();
        let worst = rivals
            .filter_map(|(user, rival)| Some((user, (*rival)?)))
            .min_by(|a, b| a.1.gap.total_cmp(&b.1.gap));
        match worst {
            Some((user, rival)) if rival.gap < -MARGIN => self.replace(user, rival.candidate),
            _ => false,
        }
    }

    /// Users whose other positions are looked for: all of them where the model does not fit, else those that may be
    /// [linked](Self::linked_users).
    fn suspects(&self) -> Vec<usize> {
        let State::Users(descent) = &self.state else {
            return Vec::new();
        };
        if !self.fits() {
            return (0..self.state.positions_m().len()).collect();
        }
        let ratios = self.user_ratios(&descent.point);
        self.chain(&ratios, FAINT, |user| ratios[user] / FAINT)
    }

    /// Users that may be ghosts together: those whose position at the wrong lobe would not show in the fit, and those for whom it
    /// would not because the former may explain what it leaves.
    pub(crate) fn linked_users(&self, ratios: &[f64]) -> Vec<usize> {
        self.chain(ratios, STRONG, |user| match self.rivals.get(user) {
            Some(Some(rival)) => rival.gap / LEAST_EVIDENCE,
            _ => ratios[user] / STRONG,
        })
    }

    /// Users that are weaker than some deviations of the residual's power or outside of the region, and then, the weaker ones
    /// first, those for whom being elsewhere costs less than what the users before them explain.
    fn chain(&self, ratios: &[f64], deviations: f64, cost: impl Fn(usize) -> f64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..ratios.len()).collect();
        order.sort_by(|&a, &b| ratios[a].total_cmp(&ratios[b]));
        let hidden = deviations * self.power_deviation();
        let region = &self.detector.parameters().region;
        let outside = |user: usize| !region.contains(&self.state.positions_m()[user]);
        let mut explained = 0.0;
        let mut chain = Vec::new();
        for user in order {
            if ratios[user] < hidden || outside(user) || cost(user) < explained {
                chain.push(user);
                explained += ratios[user];
            }
        }
        chain
    }

    /// Likelihood ratio below which a user at the wrong lobe leaves no more than noise may.
    pub(crate) fn hidden(&self) -> f64 {
        STRONG * self.power_deviation()
    }

    /// Deviation of twice the residual's power over the noise, if users and noise are all there is.
    fn power_deviation(&self) -> f64 {
        (4.0 * self.freedom_and_cost().0.max(0.5)).sqrt()
    }

    /// Puts a user elsewhere if all users refined from there are more likely than before.
    fn replace(&mut self, user: usize, candidate: Candidate<D>) -> bool {
        let mut starts = self.state.positions_m().to_vec();
        starts[user] = candidate.position_m;
        let (_, before) = self.freedom_and_cost();
        match self.descend(starts, SHORT) {
            Ok(descent) if self.ratio(before - descent.point.cost) > MARGIN => {
                self.state = State::Users(Box::new(descent));
                true
            }
            _ => false,
        }
    }

    /// The best other position of a user among lobes and mirror images, and by how much it is worse.
    pub(crate) fn rival(&mut self, user: usize, candidates: Vec<Candidate<D>>) -> Option<Rival<D>> {
        let here = self.state.positions_m()[user];
        let data = [self.left_without(user)];
        let own = self.scan.explained(&data, &[here])[0][0];
        // What is nearer is the same lobe.
        let reach = 0.5 * beam_width(self.network, &here);
        let elsewhere = |position_m: &[f64; D]| distance(position_m, &here) > reach;
        let images: Vec<[f64; D]> = (self.network.access_points().iter())
            .filter_map(|array| mirror::image(array, &here))
            .filter(|image| self.detector.parameters().region.contains(image))
            .collect();
        let explained = self.scan.explained(&data, &images);
        let images = (images.iter().zip(&explained[0])).map(|(&position_m, &explained)| {
            let candidate = Candidate {
                position_m,
                explained,
            };
            (candidate, true)
        });
        let lobes = candidates.into_iter().map(|candidate| (candidate, false));
        let mut all: Vec<(Candidate<D>, bool)> = (images.chain(lobes))
            .filter(|(candidate, _)| elsewhere(&candidate.position_m))
            .collect();
        all.sort_by(|a, b| b.0.explained.total_cmp(&a.0.explained));
        let (freedom, cost) = self.freedom_and_cost();
        let noise_w = self.known_w().unwrap_or(cost / freedom.max(0.5));
        let held = all.iter().map(|&(candidate, mirror)| Rival {
            candidate,
            gap: 2.0 * (own - candidate.explained) / noise_w,
            mirror,
        });
        // Others that a wrong user has pulled aside cost more than a rival may, as long as they stay there.
        let tried = all.iter().filter(|(_, mirror)| !mirror && self.fits());
        let followed = tried.take(FOLLOWED).filter_map(|&(candidate, mirror)| {
            let mut starts = self.state.positions_m().to_vec();
            starts[user] = candidate.position_m;
            let point = self.descend(starts, TRIAL).ok()?.point;
            let position_m = point.positions_m[user];
            elsewhere(&position_m).then_some(Rival {
                candidate: Candidate {
                    position_m,
                    ..candidate
                },
                gap: 2.0 * (point.cost - cost) / noise_w,
                mirror,
            })
        });
        (held.chain(followed)).min_by(|a, b| a.gap.total_cmp(&b.gap))
    }
}

//! The search behind a [`Detector`]: relaxation, as in J. Li and P. Stoica, "Efficient mixed-spectrum estimation with
//! applications to target feature extraction", IEEE Trans. SP 44, 1996 (RELAX), with joint refinement.

use faer::{Mat, c64};
use nf_channel::ValidNetwork;

use crate::fit::fit;
use crate::judge::{Judge, MARGIN, Rival, beam_width};
use crate::lobes::{CANDIDATES, Candidate, candidates, lobes, longest};
use crate::mirror;
use crate::peaks::suppress;
use crate::refine::{Descent, Point};
use crate::region::distance;
use crate::scan::Scan;
use crate::verdict::{Absence, DetectedUser, Detection, Fit, Verdict};
use crate::{
    Detector, Echoes, LocError, ModelOrder, MusicParameters, Noise, SubspaceVariant, UserCount,
};

/// Iterations of refinements that are followed by others.
const SHORT: usize = 12;
/// Users beyond a given number that are looked for, so that ghosts are crowded out before the rest is counted.
const OVERSHOOT: usize = 2;
/// Iterations of refinements that choose between lobes: from the right one they nearly converge.
const TRIAL: usize = 4;
/// Times that all users are reconsidered.
const ROUNDS: usize = 2;
/// Ratio of a user's likelihood ratio to the deviation of the residual's power beyond which a wrong lobe cannot hide: where it
/// explains all but a hundredth of the echo, the rest still shows as a misfit.
const STRONG: f64 = 100.0;

/// The users so far.
enum State<const D: usize> {
    Nobody,
    Users(Box<Descent<D>>),
}

impl<const D: usize> State<D> {
    fn positions_m(&self) -> &[[f64; D]] {
        match self {
            Self::Nobody => &[],
            Self::Users(descent) => &descent.point.positions_m,
        }
    }
}

/// One frame.
pub(crate) struct Search<'a, const D: usize> {
    detector: &'a Detector<D>,
    network: &'a ValidNetwork<D>,
    echoes: &'a Echoes,
    waveform: &'a [Mat<c64>],
    scan: Scan<'a, D>,
    threshold: f64,
    received: Vec<Mat<c64>>,
    state: State<D>,
    /// Largest likelihood ratio of one more user when growth ended.
    next_ratio: f64,
    /// For each user the best other position.
    rivals: Vec<Option<Rival<D>>>,
}

impl<'a, const D: usize> Search<'a, D> {
    pub fn new(
        detector: &'a Detector<D>,
        network: &'a ValidNetwork<D>,
        echoes: &'a Echoes,
        waveform: &'a [Mat<c64>],
    ) -> Self {
        Self {
            detector,
            network,
            echoes,
            waveform,
            scan: Scan::new(network, waveform),
            threshold: detector.unchecked_threshold(waveform),
            received: (0..echoes.receivers())
                .map(|l| echoes.received(l).to_owned())
                .collect(),
            state: State::Nobody,
            next_ratio: 0.0,
            rivals: Vec::new(),
        }
    }

    pub fn detect(mut self) -> Result<Detection<D>, LocError> {
        self.explain();
        self.verdicts()
    }

    /// The same without the reconsideration, for a comparison.
    pub fn quick_fit(mut self) -> Fit {
        self.seed();
        self.settle(false);
        self.fit()
    }

    /// From the peaks of MUSIC if they explain the data; else one user after the other, each at the highest lobe of what is left;
    /// else the same with every lobe tried before one is chosen, for a ghost may stand where its echo is that of several
    /// users or of an ill-placed one.
    fn explain(&mut self) {
        self.seed();
        self.settle(false);
        if !self.fits() && !self.state.positions_m().is_empty() {
            let (_, cost) = self.freedom_and_cost();
            let quick = std::mem::replace(&mut self.state, State::Nobody);
            let next_ratio = self.next_ratio;
            self.settle(true);
            if self.freedom_and_cost().1 >= cost {
                self.state = quick;
                self.next_ratio = next_ratio;
            }
        }
        for _ in 0..ROUNDS {
            if !self.reconsider() {
                break;
            }
            self.settle(false);
        }
    }

    fn settle(&mut self, thoroughly: bool) {
        self.grow(thoroughly);
        self.prune();
        self.finish();
    }

    fn fits(&self) -> bool {
        !self.detector.misfits(self.fit().p_value)
    }

    /// Takes the peaks of MUSIC for users if they explain the data. It sees through echoes far stronger than others, where
    /// the receivers' data have as many dimensions as there are users.
    fn seed(&mut self) {
        let Ok(peaks) = self.peaks() else { return };
        if peaks.is_empty() {
            return;
        }
        if let Ok(descent) = self.descend(peaks, SHORT) {
            self.state = State::Users(Box::new(descent));
            self.prune();
            if !self.fits() {
                self.state = State::Nobody;
            }
        }
    }

    /// As many peaks as there are users, or dimensions of signal in some receiver.
    fn peaks(&self) -> Result<Vec<[f64; D]>, LocError> {
        let (order, most) = match self.detector.parameters().users {
            UserCount::Given(users) => (ModelOrder::Given(users), users),
            UserCount::AtMost(users) => (ModelOrder::MinimumDescriptionLength, users),
        };
        let parameters = MusicParameters {
            variant: SubspaceVariant::PerAccessPoint,
            order,
        };
        let music = parameters.analyse(self.network, self.echoes)?;
        let dimensions = music.signal_dimensions().into_iter().max().unwrap_or(0);
        let count = most.min(dimensions);
        let cells = &self.detector.cells;
        let levels = music.spectrum_db(&cells.centres_m)?;
        let region = &self.detector.parameters().region;
        let mut peaks = Vec::new();
        for cell in lobes(cells, &levels, 0.0, CANDIDATES * count) {
            let (start_m, sides_m) = (cells.centres_m[cell], cells.sides_m[cell]);
            let resolution_m = 1e-3 * longest(&sides_m);
            let inside = |position_m: &[f64; D]| region.contains(position_m);
            peaks.extend(music.climb(start_m, sides_m, resolution_m, inside)?);
        }
        let wavelength_m = self.network.parameters().carrier.wavelength_m();
        let peaks = suppress(peaks, wavelength_m, count);
        Ok(peaks.into_iter().map(|peak| peak.position_m).collect())
    }

    fn known_w(&self) -> Option<f64> {
        match self.detector.parameters().noise {
            Noise::Known(noise_w) => Some(noise_w),
            Noise::Estimated => None,
        }
    }

    fn fit(&self) -> Fit {
        let (freedom, cost) = self.freedom_and_cost();
        fit(&self.residuals(None), cost, freedom, self.known_w())
    }

    pub fn assess(mut self, starts_m: &[[f64; D]]) -> Result<Detection<D>, LocError> {
        self.next_ratio = f64::NAN;
        if !starts_m.is_empty() {
            self.state = State::Users(Box::new(self.descend(starts_m.to_vec(), SHORT)?));
            self.finish();
            self.rivals = (0..starts_m.len())
                .map(|user| self.rival(user, Vec::new()))
                .collect();
        }
        self.verdicts()
    }

    fn descend(&self, starts_m: Vec<[f64; D]>, limit: usize) -> Result<Descent<D>, LocError> {
        let refiner = &self.detector.refiner;
        refiner.descend(self.network, self.echoes, self.waveform, starts_m, limit)
    }

    /// Complex degrees of freedom, squared norm of the residual.
    fn freedom_and_cost(&self) -> (f64, f64) {
        match &self.state {
            State::Nobody => {
                let samples: usize = self.received.iter().map(|y| y.nrows() * y.ncols()).sum();
                let cost = self.received.iter().map(|y| y.squared_norm_l2()).sum();
                (samples as f64, cost)
            }
            State::Users(descent) => (descent.point.freedom(), descent.point.cost),
        }
    }

    /// Likelihood ratio of what explains so much more power of the residual.
    fn ratio(&self, explained: f64) -> f64 {
        let (freedom, cost) = self.freedom_and_cost();
        let left_w = (cost - explained).max(f64::MIN_POSITIVE) / freedom;
        2.0 * explained / self.known_w().unwrap_or(left_w)
    }

    fn residuals(&self, with_user: Option<usize>) -> Vec<Mat<c64>> {
        match &self.state {
            State::Nobody => self.received.clone(),
            State::Users(descent) => descent.point.residuals(with_user),
        }
    }

    /// Adds users while one more raises the likelihood by more than noise does anywhere.
    fn grow(&mut self, thoroughly: bool) {
        let limit = match self.detector.parameters().users {
            UserCount::Given(users) => users + OVERSHOOT,
            UserCount::AtMost(users) => users,
        };
        loop {
            if self.is_complete() {
                // The residual is noise by its power and by its structure: what it may hide disturbs nobody.
                self.next_ratio = 0.0;
                return;
            }
            let residual = vec![self.residuals(None)];
            let candidates = candidates(self.detector, &mut self.scan, &residual).swap_remove(0);
            self.next_ratio = candidates.first().map_or(0.0, |c| self.ratio(c.explained));
            if self.next_ratio <= self.threshold || self.state.positions_m().len() >= limit {
                return;
            }
            let grown = if thoroughly {
                (candidates.iter())
                    .filter_map(|candidate| self.with(candidate, TRIAL))
                    .reduce(|a, b| if b.point.cost < a.point.cost { b } else { a })
                    .and_then(|best| self.descend(best.point.positions_m, SHORT).ok())
            } else {
                (candidates.iter()).find_map(|candidate| self.with(candidate, SHORT))
            };
            match grown {
                Some(descent) => self.state = State::Users(Box::new(descent)),
                None => return,
            }
        }
    }

    /// Whether as many users as there are explain the data.
    fn is_complete(&self) -> bool {
        let count = self.state.positions_m().len();
        count > 0 && self.detector.parameters().users == UserCount::Given(count) && self.fits()
    }

    /// The users and one more, refined.
    fn with(&self, candidate: &Candidate<D>, limit: usize) -> Option<Descent<D>> {
        let mut starts = self.state.positions_m().to_vec();
        starts.push(candidate.position_m);
        self.descend(starts, limit).ok()
    }

    /// Drops users that the others have made superfluous.
    fn prune(&mut self) {
        loop {
            let State::Users(descent) = &self.state else {
                return;
            };
            let ratios = self.user_ratios(&descent.point);
            let weakest = (0..ratios.len()).min_by(|&a, &b| ratios[a].total_cmp(&ratios[b]));
            let Some(weakest) = weakest.filter(|&user| ratios[user] <= self.threshold) else {
                return;
            };
            let mut starts = descent.point.positions_m.clone();
            starts.remove(weakest);
            if starts.is_empty() {
                self.state = State::Nobody;
                return;
            }
            match self.descend(starts, SHORT) {
                Ok(descent) => self.state = State::Users(Box::new(descent)),
                Err(_) => return,
            }
        }
    }

    /// Likelihood ratio of each user, the others' gains adapted.
    fn user_ratios(&self, point: &Point<D>) -> Vec<f64> {
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

    /// Looks for a better position of each user, the others held, and remembers the best other one. Whether
    /// one was better.
    fn reconsider(&mut self) -> bool {
        let users = self.state.positions_m().len();
        if users == 0 {
            self.rivals = Vec::new();
            return false;
        }
        let weak = self.weak_users();
        let sets: Vec<_> = weak
            .iter()
            .map(|&user| self.residuals(Some(user)))
            .collect();
        let mut lobes = vec![Vec::new(); users];
        if !weak.is_empty() {
            for (user, candidates) in
                weak.into_iter()
                    .zip(candidates(self.detector, &mut self.scan, &sets))
            {
                lobes[user] = candidates;
            }
        }
        let rivals: Vec<_> = (lobes.into_iter().enumerate())
            .map(|(user, candidates)| self.rival(user, candidates))
            .collect();
        let worst = (0..users)
            .filter_map(|user| Some((user, rivals[user]?)))
            .min_by(|a, b| a.1.gap.total_cmp(&b.1.gap));
        self.rivals = rivals;
        match worst {
            Some((user, rival)) if rival.gap < -MARGIN => self.replace(user, rival.candidate),
            _ => false,
        }
    }

    /// Users whose position at the wrong lobe would not show in the fit: all of them where the model does not fit.
    fn weak_users(&self) -> Vec<usize> {
        let State::Users(descent) = &self.state else {
            return Vec::new();
        };
        let misfit = !self.fits();
        let hidden = STRONG * (4.0 * descent.point.freedom().max(0.5)).sqrt();
        let ratios = self.user_ratios(&descent.point);
        (0..ratios.len())
            .filter(|&user| misfit || ratios[user] < hidden)
            .collect()
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
    fn rival(&mut self, user: usize, candidates: Vec<Candidate<D>>) -> Option<Rival<D>> {
        let here = self.state.positions_m()[user];
        let data = vec![self.residuals(Some(user))];
        let own = self.scan.explained(&data, &[here])[0][0];
        // What is nearer is the same lobe.
        let reach = 0.5 * beam_width(self.network, &here);
        let elsewhere = |c: &Candidate<D>| distance(&c.position_m, &here) > reach;
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
        let (best, mirror) = images
            .chain(lobes)
            .filter(|(candidate, _)| elsewhere(candidate))
            .reduce(|a, b| if b.0.explained > a.0.explained { b } else { a })?;
        let (freedom, cost) = self.freedom_and_cost();
        let noise_w = self.known_w().unwrap_or(cost / freedom.max(0.5));
        Some(Rival {
            candidate: best,
            gap: 2.0 * (own - best.explained) / noise_w,
            mirror,
        })
    }

    /// The last refinement, with all its iterations.
    fn finish(&mut self) {
        let starts = self.state.positions_m().to_vec();
        let limit = self.detector.refiner.parameters().max_iterations;
        if !starts.is_empty() {
            if let Ok(descent) = self.descend(starts, limit) {
                self.state = State::Users(Box::new(descent));
            }
        }
    }

    fn verdicts(self) -> Result<Detection<D>, LocError> {
        let fit = self.fit();
        let mut users = Vec::new();
        let (threshold, next_ratio, count) = (
            self.threshold,
            self.next_ratio,
            self.detector.parameters().users,
        );
        let Self {
            detector,
            rivals,
            state,
            ..
        } = &self;
        if let State::Users(descent) = state {
            let ratios = self.user_ratios(&descent.point);
            let weak = self.weak_users();
            let judge = Judge {
                detector,
                fit,
                rivals,
                ratios: &ratios,
                weak: &weak,
                threshold,
                count,
                next_ratio,
            };
            users = judge.users(descent);
        }
        users.sort_by(|a, b| b.likelihood_ratio.total_cmp(&a.likelihood_ratio));
        if let UserCount::Given(given) = count {
            while users.len() < given {
                let absence = if next_ratio > threshold {
                    Absence::NoPosition
                } else {
                    Absence::NoEcho {
                        likelihood_ratio: next_ratio,
                        threshold,
                    }
                };
                users.push(DetectedUser {
                    position_m: None,
                    covariance_m2: None,
                    verdict: Verdict::NotFound(absence),
                    likelihood_ratio: next_ratio,
                });
            }
        }
        Ok(Detection {
            users,
            fit,
            threshold,
            better_convention: None,
        })
    }
}

//! The search behind a [`Detector`]: relaxation, as in J. Li and P. Stoica, "Efficient mixed-spectrum estimation with
//! applications to target feature extraction", IEEE Trans. SP 44, 1996 (RELAX), with joint refinement.

use faer::{Mat, c64};
use nf_channel::ValidNetwork;

use crate::fit::fit;
use crate::judge::{Judge, Rival};
use crate::lobes::{CANDIDATES, Candidate, candidates, lobes, longest};
use crate::others::Others;
use crate::peaks::suppress;
use crate::refine::Descent;
use crate::scan::{Left, Scan};
use crate::verdict::{Absence, DetectedUser, Detection, Fit, Verdict};
use crate::{
    Detector, Echoes, LocError, ModelOrder, MusicParameters, Noise, SubspaceVariant, UserCount,
};

/// Iterations of refinements that are followed by others.
pub(crate) const SHORT: usize = 12;
/// Users beyond a given number that are looked for, so that ghosts are crowded out before the rest is counted.
const OVERSHOOT: usize = 2;
/// Iterations of refinements that choose between lobes: from the right one they nearly converge.
pub(crate) const TRIAL: usize = 4;
/// Times that all users are reconsidered.
const ROUNDS: usize = 2;

/// The users so far.
pub(crate) enum State<const D: usize> {
    Nobody,
    Users(Box<Descent<D>>),
}

impl<const D: usize> State<D> {
    pub(crate) fn positions_m(&self) -> &[[f64; D]] {
        match self {
            Self::Nobody => &[],
            Self::Users(descent) => &descent.point.positions_m,
        }
    }
}

/// One frame.
pub(crate) struct Search<'a, const D: usize> {
    pub(crate) detector: &'a Detector<D>,
    pub(crate) network: &'a ValidNetwork<D>,
    pub(crate) echoes: &'a Echoes,
    pub(crate) waveform: &'a [Mat<c64>],
    pub(crate) scan: Scan<'a, D>,
    threshold: f64,
    pub(crate) received: Vec<Mat<c64>>,
    pub(crate) state: State<D>,
    /// Largest likelihood ratio of one more user when growth ended.
    next_ratio: f64,
    /// For each user the best other position.
    pub(crate) rivals: Vec<Option<Rival<D>>>,
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
        if self.detector.parameters().users != UserCount::Given(0) {
            self.explain();
        }
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
        self.look_elsewhere();
        for _ in 0..ROUNDS {
            if !self.improve() {
                break;
            }
            self.settle(false);
            self.look_elsewhere();
        }
    }

    fn settle(&mut self, thoroughly: bool) {
        self.grow(thoroughly);
        self.prune();
        self.finish();
    }

    pub(crate) fn fits(&self) -> bool {
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

    pub(crate) fn known_w(&self) -> Option<f64> {
        match self.detector.parameters().noise {
            Noise::Known(noise_w) => Some(noise_w),
            Noise::Estimated => None,
        }
    }

    fn fit(&self) -> Fit {
        let (freedom, cost) = self.freedom_and_cost();
        fit(&self.residuals(), cost, freedom, self.known_w())
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

    pub(crate) fn descend(
        &self,
        starts_m: Vec<[f64; D]>,
        limit: usize,
    ) -> Result<Descent<D>, LocError> {
        let refiner = &self.detector.refiner;
        refiner.descend(self.network, self.echoes, self.waveform, starts_m, limit)
    }

    /// Complex degrees of freedom, squared norm of the residual.
    pub(crate) fn freedom_and_cost(&self) -> (f64, f64) {
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
    pub(crate) fn ratio(&self, explained: f64) -> f64 {
        let (freedom, cost) = self.freedom_and_cost();
        let left_w = (cost - explained).max(f64::MIN_POSITIVE) / freedom;
        2.0 * explained / self.known_w().unwrap_or(left_w)
    }

    fn residuals(&self) -> Vec<Mat<c64>> {
        match &self.state {
            State::Nobody => self.received.clone(),
            State::Users(descent) => descent.point.residuals(),
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
            let left = [Left {
                residual: self.residuals(),
                others: Others::of(&mut self.scan, self.state.positions_m()),
            }];
            let candidates = candidates(self.detector, &mut self.scan, &left).swap_remove(0);
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

    /// Drops users that the others have made superfluous, or would if they moved.
    fn prune(&mut self) {
        while let State::Users(descent) = &self.state {
            let ratios = self.user_ratios(&descent.point);
            let mut weak: Vec<usize> = (0..ratios.len())
                .filter(|&user| ratios[user] < self.hidden())
                .collect();
            weak.sort_by(|&a, &b| ratios[a].total_cmp(&ratios[b]));
            let cost = descent.point.cost;
            let Some(fewer) = weak.into_iter().find_map(|user| {
                let mut starts = self.state.positions_m().to_vec();
                starts.remove(user);
                let surely = ratios[user] <= self.threshold;
                if starts.is_empty() {
                    return surely.then_some(State::Nobody);
                }
                let descent = self.descend(starts, SHORT).ok()?;
                let needed = self.ratio(descent.point.cost - cost) > self.threshold;
                (surely || !needed).then(|| State::Users(Box::new(descent)))
            }) else {
                return;
            };
            self.state = fewer;
        }
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
            let linked = self.linked_users(&ratios);
            let judge = Judge {
                detector,
                fit,
                noise_w: self.known_w().unwrap_or(fit.noise_w),
                rivals,
                ratios: &ratios,
                linked: &linked,
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

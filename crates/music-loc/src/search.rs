//! The search behind a [`Detector`]: relaxation, as in J. Li and P. Stoica, "Efficient mixed-spectrum estimation with
//! applications to target feature extraction", IEEE Trans. SP 44, 1996 (RELAX), with joint refinement.

use faer::{Mat, c64};
use nf_channel::ValidNetwork;

use crate::fit::fit;
use crate::mirror;
use crate::peaks::suppress;
use crate::refine::{Descent, Outcome, Point};
use crate::region::distance;
use crate::scan::Scan;
use crate::verdict::{Absence, DetectedUser, Detection, Doubt, Fit, Verdict};
use crate::{
    Detector, Echoes, LocError, ModelOrder, MusicParameters, Noise, SubspaceVariant, UserCount,
};

/// Lobes that are climbed for each set of data.
const CANDIDATES: usize = 16;
/// Least share of a lobe's top in its highest cell: a third, on both ways of an echo (see `region`).
const CELL_LOSS: f64 = 0.1;
/// Halvings of the step while a lobe is climbed: a 32nd of half a beam width from its top, the likelihood ratio is short by
/// less than a thousandth.
const HALVINGS: usize = 5;
/// Moves while one lobe is climbed.
const MOVE_LIMIT: usize = 64;
/// Iterations of refinements that are followed by others.
const SHORT: usize = 12;
/// Twice the log-likelihood by which one of two positions must be better for the other to be ruled out: odds of a
/// thousand to one.
const MARGIN: f64 = 13.815_510_557_964_274;
/// Users beyond a given number that are looked for, so that ghosts are crowded out before the rest is counted.
const OVERSHOOT: usize = 2;
/// Iterations of refinements that choose between lobes: from the right one they nearly converge.
const TRIAL: usize = 4;
/// Times that all users are reconsidered.
const ROUNDS: usize = 2;
/// Ratio of a user's likelihood ratio to the deviation of the residual's power beyond which a wrong lobe cannot hide: where it
/// explains all but a hundredth of the echo, the rest still shows as a misfit.
const STRONG: f64 = 100.0;

/// A lobe's top and the power that one user there explains.
#[derive(Debug, Clone, Copy)]
struct Candidate<const D: usize> {
    position_m: [f64; D],
    explained: f64,
}

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
    /// For each user the best other position, and by how much twice the log-likelihood is smaller there.
    rivals: Vec<Option<(Candidate<D>, f64, bool)>>,
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
        for cell in self.lobes(&levels, 0.0, CANDIDATES * count) {
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
            let candidates = self.candidates(&residual).swap_remove(0);
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
            for (user, candidates) in weak.into_iter().zip(self.candidates(&sets)) {
                lobes[user] = candidates;
            }
        }
        let rivals: Vec<_> = (lobes.into_iter().enumerate())
            .map(|(user, candidates)| self.rival(user, candidates))
            .collect();
        let worst = (0..users)
            .filter_map(|user| rivals[user].map(|(candidate, gap, _)| (user, candidate, gap)))
            .min_by(|a, b| a.2.total_cmp(&b.2));
        self.rivals = rivals;
        match worst {
            Some((user, candidate, gap)) if gap < -MARGIN => self.replace(user, candidate),
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
    fn rival(
        &mut self,
        user: usize,
        candidates: Vec<Candidate<D>>,
    ) -> Option<(Candidate<D>, f64, bool)> {
        let here = self.state.positions_m()[user];
        let data = vec![self.residuals(Some(user))];
        let own = self.scan.explained(&data, &[here])[0][0];
        let reach = self.reach(&here);
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
        Some((best, 2.0 * (own - best.explained) / noise_w, mirror))
    }

    /// Half a beam width of the narrowest array at a position: what is nearer is the same lobe.
    fn reach(&self, position_m: &[f64; D]) -> f64 {
        let wavelength_m = self.network.parameters().carrier.wavelength_m();
        (self.network.access_points().iter())
            .filter(|array| array.aperture_m() > 0.0)
            .map(|array| {
                let beams = distance(array.reference_m(), position_m) / array.aperture_m();
                0.5 * wavelength_m * beams.max(1.0)
            })
            .fold(f64::INFINITY, f64::min)
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

    /// The highest lobes of each set of data, the highest first.
    fn candidates(&mut self, sets: &[Vec<Mat<c64>>]) -> Vec<Vec<Candidate<D>>> {
        let cells = &self.detector.cells;
        let levels = self.scan.explained(sets, &cells.centres_m);
        (levels.iter().zip(sets))
            .map(|(levels, data)| {
                let data = std::slice::from_ref(data);
                let mut climbed: Vec<Candidate<D>> = Vec::with_capacity(CANDIDATES);
                for cell in self.lobes(levels, CELL_LOSS, CANDIDATES) {
                    let top = self.climb(data, cell, levels[cell]);
                    let reach = 0.25 * longest(&cells.sides_m[cell]);
                    if (climbed.iter()).all(|c| distance(&c.position_m, &top.position_m) > reach) {
                        climbed.push(top);
                    }
                }
                climbed.sort_by(|a, b| b.explained.total_cmp(&a.explained));
                climbed
            })
            .collect()
    }

    /// Cells whose lobes may have the highest tops, no two of them neighbours.
    fn lobes(&self, levels: &[f64], share: f64, count: usize) -> Vec<usize> {
        let cells = &self.detector.cells;
        let highest = levels.iter().fold(0.0_f64, |m, level| m.max(*level));
        let mut order: Vec<usize> = (0..levels.len())
            .filter(|&cell| levels[cell] > share * highest)
            .collect();
        order.sort_by(|&a, &b| levels[b].total_cmp(&levels[a]));
        let mut chosen: Vec<usize> = Vec::with_capacity(count);
        for cell in order {
            let reach = 1.6 * longest(&cells.sides_m[cell]);
            let near =
                |&other: &usize| distance(&cells.centres_m[cell], &cells.centres_m[other]) < reach;
            if !chosen.iter().any(near) {
                chosen.push(cell);
                if chosen.len() == count {
                    break;
                }
            }
        }
        chosen
    }

    /// The top of the lobe that a cell lies on, by ever smaller steps that do not leave the region.
    fn climb(&mut self, data: &[Vec<Mat<c64>>], cell: usize, level: f64) -> Candidate<D> {
        let cells = &self.detector.cells;
        let region = &self.detector.parameters().region;
        let mut here = cells.centres_m[cell];
        let mut highest = level;
        let mut step = cells.sides_m[cell].map(|side| 0.5 * side);
        let mut halvings = 0;
        for _ in 0..MOVE_LIMIT {
            let around: Vec<[f64; D]> = crate::grid::offsets::<D>()
                .map(|offset| std::array::from_fn(|i| here[i] + offset[i] as f64 * step[i]))
                .filter(|position| region.contains(position))
                .collect();
            let levels = self.scan.explained(data, &around);
            let best = (0..around.len()).max_by(|&a, &b| levels[0][a].total_cmp(&levels[0][b]));
            match best.filter(|&i| levels[0][i] > highest) {
                Some(i) => (here, highest) = (around[i], levels[0][i]),
                None if halvings == HALVINGS => break,
                None => {
                    halvings += 1;
                    step = step.map(|s| 0.5 * s);
                }
            }
        }
        Candidate {
            position_m: here,
            explained: highest,
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
            let judge = Judge {
                detector,
                fit,
                rivals,
                ratios: &ratios,
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

/// What verdicts rest on.
struct Judge<'a, const D: usize> {
    detector: &'a Detector<D>,
    fit: Fit,
    rivals: &'a [Option<(Candidate<D>, f64, bool)>],
    ratios: &'a [f64],
    threshold: f64,
    count: UserCount,
    next_ratio: f64,
}

impl<const D: usize> Judge<'_, D> {
    fn users(&self, descent: &Descent<D>) -> Vec<DetectedUser<D>> {
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
                let verdict = self.verdict(user, positions, &deviations, descent.outcome);
                let withheld = matches!(
                    verdict,
                    Verdict::Doubtful(
                        Doubt::ModelDoesNotFit { .. } | Doubt::Undetermined | Doubt::NotConverged
                    )
                );
                DetectedUser {
                    position_m: Some(positions[user]),
                    covariance_m2: if withheld { None } else { blocks[user].clone() },
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
        let Some(deviation_m) = deviations_m[user].filter(|d| *d < self.beam(here)) else {
            return Verdict::Doubtful(Doubt::Undetermined);
        };
        for (other, position_m) in positions_m.iter().enumerate() {
            let theirs = deviations_m[other].unwrap_or(f64::INFINITY);
            if other != user && distance(here, position_m) <= 5.0 * (deviation_m + theirs) {
                return Verdict::Doubtful(Doubt::NotSeparated { other });
            }
        }
        if let Some(Some((rival, gap, mirror))) = self.rivals.get(user) {
            let apart = distance(&rival.position_m, here) > 5.0 * deviation_m;
            if *gap < MARGIN && apart {
                return Verdict::Doubtful(Doubt::Ambiguous {
                    position_m: rival.position_m,
                    likelihood_ratio: *gap,
                    mirror: *mirror,
                });
            }
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

    /// A beam width of the narrowest array at a position, in the direction across it.
    fn beam(&self, position_m: &[f64; D]) -> f64 {
        let network = &self.detector.network;
        let wavelength_m = network.parameters().carrier.wavelength_m();
        (network.access_points().iter())
            .filter(|array| array.aperture_m() > 0.0)
            .map(|array| {
                let beams = distance(array.reference_m(), position_m) / array.aperture_m();
                wavelength_m * beams.max(1.0)
            })
            .fold(f64::INFINITY, f64::min)
    }
}

fn longest<const D: usize>(sides: &[f64; D]) -> f64 {
    sides.iter().fold(0.0, |m, s| s.max(m))
}

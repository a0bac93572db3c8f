//! Signals of a few slots that are what was designed.
//!
//! A covariance is a promise about many slots. Of few random slots the sample covariance is another one, and signals of
//! different access points are correlated by chance, so that a receiver has to separate them: with the paper's
//! arrays the bound of seven random slots is 1.4 times the planned one. But a sensing signal is known, not random:
//!
//! ```math
//! S_m = \sqrt{\tau}\,\Psi_m^{1/2} U_m, \qquad U_m U_m^H = I, \quad U_m U_n^H = 0,
//! ```
//!
//! with rows of the unitary Fourier matrix of side τ. Then `S_m S_m^H/τ = Ψ_m` and `S_m S_n^H = 0`, exactly, and every slot
//! has the same power, wherever `τ ≥ Σ_m rank Ψ_m`, directions of less than a millionth of the power not counted: these share the
//! row of another one of their access point if there is none left. With fewer slots no waveform has these covariances; the one whose own
//! bound is smallest is sought in the range of the Ψ_m, from several starts.

use crlb::{CrlbError, FactoredCovariance, SensingModel, SensingSignal};
use faer::{Mat, Side, c64};
use nf_channel::Invalid;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::descent::{Smooth, minimise_smooth};
use super::error::SensingError;
use super::hermitian;
use super::mean::check_scenes;
use super::sensitivity::EchoGeometry;

/// Directions with more than this part of an access point's power have to be in an exact waveform.
const NEEDED: f64 = 1e-6;

/// Directions with less are rounding. Between the two a direction need not have a Fourier row of its own, and has to be sent all
/// the same: a little power is all that some echoes are lit with, and without it estimators miss the bound (by a quarter with
/// 12 slots in the paper's scene).
const NO_POWER: f64 = 1e-12;

/// Starts from random signals, besides the one from Fourier rows.
const RANDOM_STARTS: u64 = 2;

/// A finite sensing signal.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Waveform {
    /// `S_m`, one `N_t × τ` matrix for each access point.
    pub samples: Vec<Mat<c64>>,
    /// The bound of these signals over that of the covariances they were made from, means over the scenes they were made for: 1 with
    /// slots enough, up to the directions of no power.
    pub bound_ratio: f64,
    /// Whether the sample covariances are the designed ones.
    pub exact: bool,
}

impl Waveform {
    /// Signals of so many slots for covariances that were designed for a scene, or for draws from a prior: where slots are
    /// few, their mean own bound over all these is made small. (For the prior's centre alone it would be large elsewhere.)
    ///
    /// # Errors
    ///
    /// [`SensingError::Bound`]: no slots, no scenes, covariances of other scenes, or so few slots that they identify no positions.
    pub fn design<const D: usize>(
        scenes: &[SensingModel<D>],
        covariances: &[FactoredCovariance],
        slots: usize,
    ) -> Result<Self, SensingError> {
        Invalid::if_none("slots", slots).map_err(CrlbError::from)?;
        check_scenes(scenes)?;
        let planned = mean_trace(scenes, &SensingSignal::factored(covariances.to_vec()))?;
        let directions: Vec<Directions> =
            (covariances.iter().map(Directions::new)).collect::<Result<_, _>>()?;
        let rows = fourier_rows(&directions, slots);
        let exact = rows.iter().flatten().all(Option::is_some);
        let least = if exact { NO_POWER } else { NEEDED };
        let roots: Vec<Mat<c64>> = (directions.iter())
            .map(|directions| directions.root(least))
            .collect();
        let turning = |rows: &Vec<Option<usize>>, root: &Mat<c64>| {
            // Any row for what has none: a start.
            Mat::from_fn(root.ncols(), slots, |i, t| {
                let row = rows.get(i).copied().flatten().unwrap_or(i);
                let turns = (row * t % slots) as f64 / slots as f64;
                c64::from_polar(1.0, std::f64::consts::TAU * turns)
            })
        };
        let coefficients: Vec<Mat<c64>> = (rows.iter().zip(&roots))
            .map(|(rows, root)| turning(rows, root))
            .collect();
        let fourier = apply(&roots, &coefficients);
        let samples = if exact {
            fourier
        } else {
            least_bound(scenes, &roots, &coefficients, slots)
        };
        let own = mean_trace(scenes, &SensingSignal::Waveform(samples.clone()))?;
        Ok(Self {
            bound_ratio: own / planned,
            samples,
            exact,
        })
    }
}

/// Mean of `Tr J̄_e^{-1}`.
fn mean_trace<const D: usize>(
    scenes: &[SensingModel<D>],
    signal: &SensingSignal,
) -> Result<f64, CrlbError> {
    let mut sum = 0.0;
    for scene in scenes {
        sum += scene
            .fisher_information(signal)?
            .bound()?
            .trace_normalised();
    }
    Ok(sum / scenes.len() as f64)
}

/// Eigenvectors of a covariance, and their shares of its power.
struct Directions {
    vectors: Mat<c64>,
    shares: Vec<f64>,
    power_w: f64,
}

impl Directions {
    fn new(covariance: &FactoredCovariance) -> Result<Self, CrlbError> {
        let dense = (covariance.floor_w > 0.0).then(|| covariance.to_dense());
        let core = dense.as_ref().unwrap_or(&covariance.core);
        let eigen =
            (core.self_adjoint_eigen(Side::Lower)).map_err(|_| CrlbError::Factorisation {
                what: "covariance of the sensing signal",
            })?;
        let vectors = match &dense {
            Some(_) => eigen.U().to_owned(),
            None => &covariance.basis * eigen.U(),
        };
        let power_w = covariance.power_w();
        let values = eigen.S().column_vector();
        Ok(Self {
            shares: values.iter().map(|value| value.re / power_w).collect(),
            vectors,
            power_w,
        })
    }

    /// Directions of more than this share, the strongest first.
    fn above(&self, least: f64) -> Vec<usize> {
        (0..self.shares.len())
            .rev()
            .filter(|&i| self.shares[i] > least)
            .collect()
    }

    /// `Ψ = L L^H` up to directions of less than this share, whose power the others share.
    fn root(&self, least: f64) -> Mat<c64> {
        let kept = self.above(least);
        let total: f64 = kept.iter().map(|&i| self.shares[i]).sum();
        Mat::from_fn(self.vectors.nrows(), kept.len(), |i, j| {
            self.vectors[(i, kept[j])] * (self.shares[kept[j]] * self.power_w / total).sqrt()
        })
    }
}

/// The Fourier row of each direction of power, by access point, the strongest first: different ones for the strongest of all;
/// for what is left, if it need not have its own, that of its access point's weakest direction that has one, which changes the
/// covariance least. `None` where that is not possible.
fn fourier_rows(directions: &[Directions], slots: usize) -> Vec<Vec<Option<usize>>> {
    let mut order: Vec<(usize, usize, f64)> = (directions.iter().enumerate())
        .flat_map(|(m, directions)| {
            let kept = directions.above(NO_POWER).into_iter().enumerate();
            kept.map(move |(i, at)| (m, i, directions.shares[at]))
        })
        .collect();
    order.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut rows: Vec<Vec<Option<usize>>> = vec![Vec::new(); directions.len()];
    for (place, &(m, _, share)) in order.iter().enumerate() {
        let shared = rows[m].last().copied().flatten();
        rows[m].push(if place < slots {
            Some(place)
        } else {
            shared.filter(|_| share <= NEEDED)
        });
    }
    rows
}

fn apply(roots: &[Mat<c64>], rows: &[Mat<c64>]) -> Vec<Mat<c64>> {
    roots
        .iter()
        .zip(rows)
        .map(|(root, rows)| root * rows)
        .collect()
}

/// The mean bound of `S_m = L_m C_m`, scaled to the power of `Ψ_m`, as a function of the entries of all `C_m`.
struct OwnBound<'a, const D: usize> {
    scenes: Vec<EchoGeometry<'a, D>>,
    /// `L_m`.
    roots: &'a [Mat<c64>],
    slots: usize,
}

impl<const D: usize> OwnBound<'_, D> {
    /// The coefficients, and the factor that gives their signals the power of the covariance.
    fn coefficients(&self, x: &[f64]) -> Vec<(Mat<c64>, f64)> {
        let mut at = 0;
        (self.roots.iter())
            .map(|root| {
                let rank = root.ncols();
                let c = Mat::from_fn(rank, self.slots, |i, t| {
                    let place = at + 2 * (t * rank + i);
                    c64::new(x[place], x[place + 1])
                });
                at += 2 * rank * self.slots;
                let used = (root * &c).squared_norm_l2() / self.slots as f64;
                let scale = (root.squared_norm_l2() / used).sqrt();
                (c, scale)
            })
            .collect()
    }

    fn samples(&self, x: &[f64]) -> Vec<Mat<c64>> {
        (self.coefficients(x).iter().zip(self.roots))
            .map(|((c, scale), root)| hermitian::scaled(*scale, &(root * c)))
            .collect()
    }
}

impl<const D: usize> Smooth for OwnBound<'_, D> {
    /// `∂f/∂S_m`, and through the scale, which leaves nothing along `S_m` itself.
    fn at(&self, x: &[f64]) -> Option<(f64, Vec<f64>)> {
        let samples = self.samples(x);
        let (value, slopes) = self.slopes(&samples)?;
        let mut gradient = Vec::with_capacity(x.len());
        for (m, ((_, scale), slope)) in self.coefficients(x).iter().zip(slopes).enumerate() {
            let along = hermitian::inner(&samples[m], &slope) / samples[m].squared_norm_l2();
            let rest = slope - hermitian::scaled(along, &samples[m]);
            let of_coefficients = hermitian::scaled(*scale, &(self.roots[m].adjoint() * rest));
            for t in 0..self.slots {
                for i in 0..of_coefficients.nrows() {
                    let entry = of_coefficients[(i, t)];
                    gradient.extend([entry.re, entry.im]);
                }
            }
        }
        (value.is_finite() && gradient.iter().all(|g| g.is_finite())).then_some((value, gradient))
    }
}

impl<const D: usize> OwnBound<'_, D> {
    /// `f` and `∂f/∂S_m = -(2/τ) B_m Σ_n K_mn B_n^H S_n`, means over the scenes.
    fn slopes(&self, samples: &[Mat<c64>]) -> Option<(f64, Vec<Mat<c64>>)> {
        let signal = SensingSignal::Waveform(samples.to_vec());
        let zero = |s: &Mat<c64>| Mat::<c64>::zeros(s.nrows(), s.ncols());
        let (mut value, mut slopes): (f64, Vec<_>) = (0.0, samples.iter().map(zero).collect());
        let weight = 1.0 / self.scenes.len() as f64;
        for geometry in &self.scenes {
            let model = geometry.model();
            let gram = model.transmit_gram(&signal).ok()?;
            let sensitivity = geometry.sensitivity_of(&gram).ok()?;
            value += weight * sensitivity.objective();
            let seen: Vec<Mat<c64>> = (samples.iter().enumerate())
                .map(|(m, s)| model.transmit_vectors(m).adjoint() * s)
                .collect();
            for (m, slope) in slopes.iter_mut().enumerate() {
                let mut sum = Mat::<c64>::zeros(seen[m].nrows(), self.slots);
                for (n, other) in seen.iter().enumerate() {
                    sum += sensitivity.cross_core(m, n) * other;
                }
                let share = -2.0 * weight / self.slots as f64;
                *slope += hermitian::scaled(share, &(model.transmit_vectors(m) * sum));
            }
        }
        Some((value, slopes))
    }
}

/// The signals of least own bound; those that the search starts from where no start has a bound, so that the caller's own says why.
fn least_bound<const D: usize>(
    scenes: &[SensingModel<D>],
    roots: &[Mat<c64>],
    start: &[Mat<c64>],
    slots: usize,
) -> Vec<Mat<c64>> {
    let problem = OwnBound {
        scenes: scenes.iter().map(EchoGeometry::new).collect(),
        roots,
        slots,
    };
    let first: Vec<f64> = (start.iter())
        .flat_map(|c| (0..slots).flat_map(move |t| (0..c.nrows()).map(move |i| c[(i, t)])))
        .flat_map(|entry| [entry.re, entry.im])
        .collect();
    let size = first.len();
    let mut starts = vec![first];
    for seed in 0..RANDOM_STARTS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        starts.push((0..size).map(|_| 2.0 * rng.random::<f64>() - 1.0).collect());
    }
    let found = (starts.into_iter())
        .filter_map(|start| minimise_smooth(&problem, start))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    found.map_or_else(|| apply(roots, start), |(_, x)| problem.samples(&x))
}

#[cfg(test)]
mod tests {
    use crlb::SensingParameters;
    use nf_channel::{Array, Carrier, EchoScene, LinearExtent, Reflectivity};

    use super::*;

    #[test]
    fn the_slope_of_the_own_bound_matches_central_differences() {
        let extent = LinearExtent::Aperture { aperture_m: 0.5 };
        let array = |at, axis| Array::uniform_linear(at, axis, 5, extent).unwrap();
        let arrays = vec![
            array([0.0, 0.0], [1.0, 0.0]),
            array([40.0, 5.0], [0.0, 1.0]),
        ];
        let users = vec![[15.0, 20.0], [22.0, 31.0]];
        let mut scene = EchoScene::new(Carrier::new(28e9).unwrap(), arrays, users);
        scene.reflectivity = Reflectivity::rayleigh(2, 2, 4);
        for gain_model in [crlb::GainModel::Unknown, crlb::GainModel::CarrierPhase] {
            let mut parameters = SensingParameters::new(scene.clone(), 1e-12);
            parameters.gain_model = gain_model;
            let near = parameters.clone();
            parameters.scene.users_m[0][0] += 1.0;
            let scenes = [near.check().unwrap(), parameters.check().unwrap()];
            let roots = vec![
                Mat::from_fn(5, 3, |i, j| c64::from_polar(1.0, (i * (j + 1)) as f64)),
                Mat::from_fn(5, 2, |i, j| c64::from_polar(2.0, (i * i + j * i) as f64)),
            ];
            let slots = 4;
            let problem = OwnBound {
                scenes: scenes.iter().map(EchoGeometry::new).collect(),
                roots: &roots,
                slots,
            };
            let x: Vec<f64> = (0..2 * slots * 5)
                .map(|i| (1.3 * (i * i) as f64).sin())
                .collect();
            let (_, gradient) = problem.at(&x).unwrap();
            for direction in 0..3 {
                let d: Vec<f64> = (0..x.len())
                    .map(|i| ((direction + 1) as f64 * i as f64).cos())
                    .collect();
                let moved = |h: f64| -> f64 {
                    let y: Vec<f64> = x.iter().zip(&d).map(|(x, d)| x + h * d).collect();
                    problem.at(&y).unwrap().0
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let slope: f64 = gradient.iter().zip(&d).map(|(g, d)| g * d).sum();
                let scale = gradient.iter().map(|g| g.abs()).sum::<f64>();
                assert!(
                    (difference - slope).abs() < 1e-5 * scale,
                    "{difference} {slope}"
                );
            }
        }
    }
}

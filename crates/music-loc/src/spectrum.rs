//! The noise fraction at many positions.
//!
//! Positions are taken in blocks, structure of arrays: phases, sines and cosines of a whole block are
//! computed element by element in vectors over the positions, and the block is then projected on
//! the signal vectors. Nothing is allocated for a position.

use std::array::from_fn;

use faer::{Mat, c64};
use nf_channel::{AmplitudeProfile, Array, ValidNetwork, Wavefront};
use pulp::{Arch, Simd, WithSimd};

use crate::trigonometry::{LARGEST_ANGLE_RAD, sin_cos_lanes};

/// Positions in a block: responses of some twenty elements fit into the first-level cache.
pub(crate) const BLOCK: usize = 32;

/// Distances outside of this range, and those lost in the rounding of coordinates, are left to the
/// evaluation of single positions and its diagnostics.
const DISTANCES_M: std::ops::Range<f64> = 1e-100..1e100;

/// Values of a block.
pub(crate) type Lanes = [f64; BLOCK];

/// The receivers of an analysis, laid out for blocks.
pub(crate) struct BlockSpectrum<const D: usize> {
    receivers: Vec<Receiver<D>>,
    /// Whether receivers share one set of signal vectors.
    stacked: bool,
    wavenumber: f64,
    wavefront: Wavefront,
    profile: AmplitudeProfile,
    /// Responses of one receiver in a block, and inner products with the signal vectors.
    re: Vec<Lanes>,
    im: Vec<Lanes>,
    products: Vec<[Lanes; 2]>,
}

struct Receiver<const D: usize> {
    reference_m: [f64; D],
    offsets_m: Vec<[f64; D]>,
    /// `U_s`, row by row, real and imaginary parts.
    signal: Vec<[f64; 2]>,
    rank: usize,
}

/// What a block yields: `Σ ‖v‖²` and `Σ ‖U_s^H v‖²`.
pub(crate) struct Powers {
    pub total: Lanes,
    pub signal: Lanes,
}

impl<const D: usize> BlockSpectrum<D> {
    /// `None` where the arrays are so large that phases leave the range of the vectorised sine.
    pub fn new(network: &ValidNetwork<D>, stacked: bool, bases: &[Mat<c64>]) -> Option<Self> {
        let of = network.parameters();
        let wavenumber = of.carrier.wavenumber_rad_per_m();
        let mut first = 0;
        let mut receivers = Vec::with_capacity(of.access_points.len());
        for (l, array) in of.access_points.iter().enumerate() {
            let longest = (array.offsets_m().iter())
                .map(|d| d.iter().map(|x| x * x).sum::<f64>().sqrt())
                .fold(0.0, f64::max);
            // |r_n - r_0| ≤ |d_n|
            if wavenumber * longest >= LARGEST_ANGLE_RAD {
                return None;
            }
            let basis = if stacked { &bases[0] } else { &bases[l] };
            receivers.push(Receiver::new(array, basis, if stacked { first } else { 0 }));
            first += array.len();
        }
        let elements = receivers.iter().map(|r| r.offsets_m.len()).max()?;
        let rank = receivers.iter().map(|r| r.rank).max()?;
        Some(Self {
            receivers,
            stacked,
            wavenumber,
            wavefront: of.wavefront,
            profile: of.amplitude_profile,
            re: vec![[0.0; BLOCK]; elements],
            im: vec![[0.0; BLOCK]; elements],
            products: vec![[[0.0; BLOCK]; 2]; rank],
        })
    }

    /// Powers at up to [`BLOCK`] positions, of which there is at least one. `gain(l, i)` weighs
    /// receiver `l` at position `i` where the stack is coherent. `None` when a position needs the
    /// diagnostics of the evaluation one by one.
    pub fn powers(
        &mut self,
        positions_m: &[[f64; D]],
        gain: Option<&dyn Fn(usize, usize) -> c64>,
    ) -> Option<Powers> {
        let coordinates = coordinates(positions_m);
        let mut powers = Powers {
            total: [0.0; BLOCK],
            signal: [0.0; BLOCK],
        };
        self.products.fill([[0.0; BLOCK]; 2]);
        for l in 0..self.receivers.len() {
            let seen = self.see(l, positions_m, &coordinates)?;
            let mut power = seen.power;
            if let Some(gain) = gain {
                self.weigh(l, &mut power, |i| gain(l, i.min(positions_m.len() - 1)));
            }
            for (total, power) in powers.total.iter_mut().zip(&power) {
                *total += power;
            }
            let receiver = &self.receivers[l];
            Arch::new().dispatch(Projection {
                receiver,
                re: &self.re,
                im: &self.im,
                products: &mut self.products,
            });
            if !self.stacked {
                self.collect(&mut powers.signal);
            }
        }
        if self.stacked {
            self.collect(&mut powers.signal);
        }
        Some(powers)
    }

    /// Responses of access point `l` at up to [`BLOCK`] positions, of which there is at least one, real and
    /// imaginary parts by element. `None` as for [`powers`](Self::powers).
    pub fn responses(&mut self, l: usize, positions_m: &[[f64; D]]) -> Option<[&[Lanes]; 2]> {
        self.see(l, positions_m, &coordinates(positions_m))?;
        let elements = self.receivers[l].offsets_m.len();
        Some([&self.re[..elements], &self.im[..elements]])
    }

    /// Computes the responses of receiver `l`; `None` where some position is too near to it or too far.
    fn see(
        &mut self,
        l: usize,
        positions_m: &[[f64; D]],
        coordinates: &[Lanes; D],
    ) -> Option<Seen> {
        let receiver = &self.receivers[l];
        let seen = Arch::new().dispatch(Responses {
            receiver,
            wavenumber: self.wavenumber,
            wavefront: self.wavefront,
            profile: self.profile,
            coordinates,
            re: &mut self.re,
            im: &mut self.im,
        });
        let size = |v: &[f64; D]| v.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let reference = size(&receiver.reference_m);
        let valid = (0..positions_m.len()).all(|i| {
            let resolution = 8.0 * f64::EPSILON * size(&positions_m[i]).max(reference);
            seen.nearest[i] > resolution.max(DISTANCES_M.start)
                && seen.furthest[i] < DISTANCES_M.end
        });
        valid.then_some(seen)
    }

    /// Multiplies the responses of receiver `l` by its gains.
    fn weigh(&mut self, l: usize, power: &mut Lanes, gain: impl Fn(usize) -> c64) {
        let gains: [c64; BLOCK] = from_fn(gain);
        let elements = self.receivers[l].offsets_m.len();
        for (re, im) in self.re[..elements].iter_mut().zip(&mut self.im) {
            for i in 0..BLOCK {
                let weighed = c64::new(re[i], im[i]) * gains[i];
                (re[i], im[i]) = (weighed.re, weighed.im);
            }
        }
        for (power, gain) in power.iter_mut().zip(&gains) {
            *power *= gain.norm_sqr();
        }
    }

    /// Adds `‖U_s^H v‖²` and starts the next sum.
    fn collect(&mut self, signal: &mut Lanes) {
        for [re, im] in &mut self.products {
            for i in 0..BLOCK {
                signal[i] += re[i] * re[i] + im[i] * im[i];
            }
            (*re, *im) = ([0.0; BLOCK], [0.0; BLOCK]);
        }
    }
}

/// Coordinates of a block; one that is not full repeats its last position.
fn coordinates<const D: usize>(positions_m: &[[f64; D]]) -> [Lanes; D] {
    let at = |i: usize| positions_m[i.min(positions_m.len() - 1)];
    from_fn(|axis| from_fn(|i| at(i)[axis]))
}

impl<const D: usize> Receiver<D> {
    fn new(array: &Array<D>, basis: &Mat<c64>, first: usize) -> Self {
        let rank = basis.ncols();
        let rows = first..first + array.len();
        let signal = rows.flat_map(|row| {
            (0..rank).map(move |column| {
                let value = basis[(row, column)];
                [value.re, value.im]
            })
        });
        Self {
            reference_m: *array.reference_m(),
            offsets_m: array.offsets_m().to_vec(),
            signal: signal.collect(),
            rank,
        }
    }
}

/// The responses of one receiver at a block of positions.
struct Responses<'a, const D: usize> {
    receiver: &'a Receiver<D>,
    wavenumber: f64,
    wavefront: Wavefront,
    profile: AmplitudeProfile,
    coordinates: &'a [Lanes; D],
    re: &'a mut [Lanes],
    im: &'a mut [Lanes],
}

/// Distances from the elements and the reference point, and `‖v‖²`.
struct Seen {
    nearest: Lanes,
    furthest: Lanes,
    power: Lanes,
}

impl<const D: usize> WithSimd for Responses<'_, D> {
    type Output = Seen;

    /// As in `nf_channel`, `r_n - r_0 = d·(d - 2x)/(r_n + r_0)`, or `-d·x/r_0` for a planar wave.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Seen {
        let Self {
            receiver,
            wavenumber,
            wavefront,
            profile,
            coordinates,
            re,
            im,
        } = self;
        let vectors = BLOCK / S::F64_LANES;
        let mut from_reference = [[0.0; BLOCK]; D];
        let mut distance: Lanes = [0.0; BLOCK];
        for v in 0..vectors {
            let mut square = simd.splat_f64s(0.0);
            for axis in 0..D {
                let origin = simd.splat_f64s(receiver.reference_m[axis]);
                let x = simd.sub_f64s(part::<S>(&coordinates[axis], v), origin);
                *part_mut::<S>(&mut from_reference[axis], v) = x;
                square = simd.mul_add_e_f64s(x, x, square);
            }
            *part_mut::<S>(&mut distance, v) = simd.sqrt_f64s(square);
        }
        let mut seen = Seen {
            nearest: distance,
            furthest: distance,
            power: [0.0; BLOCK],
        };
        let wave = simd.splat_f64s(-wavenumber);
        let uniform = wavefront == Wavefront::Far || profile == AmplitudeProfile::Uniform;
        for ((offset, re), im) in receiver.offsets_m.iter().zip(re).zip(im) {
            let offset = offset.map(|d| simd.splat_f64s(d));
            for v in 0..vectors {
                let x: [S::f64s; D] = from_fn(|axis| part::<S>(&from_reference[axis], v));
                let r_0 = part::<S>(&distance, v);
                let mut amplitude = simd.splat_f64s(1.0);
                let longer_by = match wavefront {
                    Wavefront::Near => {
                        let (square, difference) = distances(simd, &x, &offset);
                        let r_n = simd.sqrt_f64s(square);
                        let nearest = part_mut::<S>(&mut seen.nearest, v);
                        *nearest = simd.min_f64s(*nearest, r_n);
                        if !uniform {
                            let furthest = part_mut::<S>(&mut seen.furthest, v);
                            *furthest = simd.max_f64s(*furthest, r_n);
                            amplitude = simd.div_f64s(r_0, r_n);
                        }
                        simd.div_f64s(difference, simd.add_f64s(r_n, r_0))
                    }
                    Wavefront::Far => {
                        let mut along = simd.splat_f64s(0.0);
                        for axis in 0..D {
                            along = simd.mul_add_e_f64s(offset[axis], x[axis], along);
                        }
                        simd.neg_f64s(simd.div_f64s(along, r_0))
                    }
                };
                let (sine, cosine) = sin_cos_lanes(simd, simd.mul_f64s(wave, longer_by));
                *part_mut::<S>(re, v) = simd.mul_f64s(amplitude, cosine);
                *part_mut::<S>(im, v) = simd.mul_f64s(amplitude, sine);
                if !uniform {
                    let power = part_mut::<S>(&mut seen.power, v);
                    *power = simd.mul_add_e_f64s(amplitude, amplitude, *power);
                }
            }
        }
        if uniform {
            seen.power = [receiver.offsets_m.len() as f64; BLOCK];
        }
        seen
    }
}

/// `r_n²` and `r_n² - r_0² = d·(d - 2x)`.
#[inline(always)]
fn distances<S: Simd, const D: usize>(
    simd: S,
    x: &[S::f64s; D],
    d: &[S::f64s; D],
) -> (S::f64s, S::f64s) {
    let mut square = simd.splat_f64s(0.0);
    let mut difference = square;
    for axis in 0..D {
        let from_element = simd.sub_f64s(x[axis], d[axis]);
        square = simd.mul_add_e_f64s(from_element, from_element, square);
        // d - 2x = (d - x) - x
        let factor = simd.add_f64s(from_element, x[axis]);
        difference = simd.negate_mul_add_e_f64s(d[axis], factor, difference);
    }
    (square, difference)
}

/// One vector of a block.
#[inline(always)]
fn part<S: Simd>(lanes: &Lanes, vector: usize) -> S::f64s {
    S::as_simd_f64s(lanes).0[vector]
}

#[inline(always)]
fn part_mut<S: Simd>(lanes: &mut Lanes, vector: usize) -> &mut S::f64s {
    &mut S::as_mut_simd_f64s(lanes).0[vector]
}

/// `U_s^H v` at a block of positions, added to what other receivers of the stack have left.
struct Projection<'a, const D: usize> {
    receiver: &'a Receiver<D>,
    re: &'a [Lanes],
    im: &'a [Lanes],
    products: &'a mut [[Lanes; 2]],
}

impl<const D: usize> WithSimd for Projection<'_, D> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rank = self.receiver.rank;
        for (pair, products) in self.products[..rank].chunks_mut(2).enumerate() {
            for v in (0..BLOCK / S::F64_LANES).step_by(2) {
                let first = 2 * pair;
                match products {
                    [a, b] => project(simd, self.receiver, self.re, self.im, first, [a, b], v),
                    [a] => project(simd, self.receiver, self.re, self.im, first, [a], v),
                    _ => {}
                }
            }
        }
    }
}

/// `C` signal vectors from `first` on, at two vectors of positions.
#[inline(always)]
fn project<S: Simd, const C: usize, const D: usize>(
    simd: S,
    receiver: &Receiver<D>,
    re: &[Lanes],
    im: &[Lanes],
    first: usize,
    products: [&mut [Lanes; 2]; C],
    vector: usize,
) {
    let zero = simd.splat_f64s(0.0);
    let (mut sum_re, mut sum_im) = ([[zero; 2]; C], [[zero; 2]; C]);
    let rows = receiver.signal.chunks_exact(receiver.rank);
    for ((row, re), im) in rows.zip(re).zip(im) {
        let re = &S::as_simd_f64s(re).0[vector..vector + 2];
        let im = &S::as_simd_f64s(im).0[vector..vector + 2];
        let row = &row[first..first + C];
        for c in 0..C {
            let (u_re, u_im) = (simd.splat_f64s(row[c][0]), simd.splat_f64s(row[c][1]));
            for i in 0..2 {
                // conj(u) v
                sum_re[c][i] = simd.mul_add_e_f64s(u_re, re[i], sum_re[c][i]);
                sum_im[c][i] = simd.mul_add_e_f64s(u_re, im[i], sum_im[c][i]);
                sum_re[c][i] = simd.mul_add_e_f64s(u_im, im[i], sum_re[c][i]);
                sum_im[c][i] = simd.negate_mul_add_e_f64s(u_im, re[i], sum_im[c][i]);
            }
        }
    }
    for (c, [out_re, out_im]) in products.into_iter().enumerate() {
        for i in 0..2 {
            let (re, im) = (
                part_mut::<S>(out_re, vector + i),
                simd.add_f64s(part::<S>(out_im, vector + i), sum_im[c][i]),
            );
            *re = simd.add_f64s(*re, sum_re[c][i]);
            *part_mut::<S>(out_im, vector + i) = im;
        }
    }
}

//! What beams guarantee, from raw channels.
//!
//! With `M = W_k/γ - Σ_{j≠k} W_j = G C G^H`, `G = [w_1 .. w_K]`, `C = diag(1/γ at k, -1 elsewhere)`, the
//! S-procedure's matrix over the balls `ε_m` is
//!
//! ```text
//! L(t) = [ E^H M E + D    E^H M ĥ          ]     E = blkdiag(ε_m I), D = blkdiag(μ_m I)
//!        [ ĥ^H M E        ĥ^H M ĥ - Σμ - t ]
//! ```
//!
//! By Woodbury its Schur complement is `g^H S^{-1} g - Σμ - t` with `S = C^{-1} + Σ_m (ε_m²/μ_m) G_m^H G_m` and
//! `g = G^H ĥ`, and by Haynsworth's inertia formula the leading block is positive definite exactly
//! if `S` has one positive eigenvalue (as many as `C`). So the largest provable noise `t` follows
//! from a `K × K` matrix.

use faer::{Mat, Side, c64, cx128, fx128};

use super::precise::{self, complex, real, square};

/// What multipliers are raised by, together and in units of the noise.
pub const RAISED: f64 = 1e-9;

/// One user's problem in antenna coordinates.
#[derive(Debug, Clone)]
pub struct User<'a> {
    /// `ĥ_m` of each access point.
    pub channel: &'a [Vec<c64>],
    /// `ε_m`.
    pub radii: Vec<f64>,
    /// All beams, stacked over access points.
    pub beams: &'a [Mat<c64>],
    /// Which beam is its own.
    pub index: usize,
    /// Noise power in watts.
    pub noise_w: f64,
}

impl User<'_> {
    /// The largest noise power for which the multipliers prove `ratio`, over the noise (negative
    /// infinity if there is none), and a bound of its rounding error. `None` where a number is none.
    ///
    /// In double-double arithmetic: what is found is the margin of the numbers as they are given. The
    /// multipliers are raised, by [`RAISED`] of the noise together, so that one of zero beside a ball does not divide
    /// by it. That lowers the margin by no more.
    pub fn noise_margin(&self, ratio: f64, multipliers: &[f64]) -> Option<(f64, f64)> {
        let beams = self.beams.len();
        let least = real(RAISED * self.noise_w / multipliers.len().max(1) as f64);
        let raised: Vec<fx128> = (multipliers.iter().zip(&self.radii))
            .map(|(&mu, &radius)| {
                if radius > 0.0 {
                    real(mu) + least
                } else {
                    real(0.0)
                }
            })
            .collect();
        let (s, g, antennas) = self.woodbury(ratio, &raised);
        let (values, vectors) = precise::eigen(&s)?;
        if values.iter().filter(|v| v.0 > 0.0).count() != 1 {
            return Some((f64::NEG_INFINITY, 0.0));
        }
        // x = S^{-1} g, and with it the quadratic's sensitivity to rounding in S and g.
        let zero = cx128::new(real(0.0), real(0.0));
        let along: Vec<cx128> = (0..beams)
            .map(|i| {
                let inner = (0..beams).fold(zero, |sum, j| sum + vectors[j][i].conj() * g[j]);
                cx128::new(inner.re / values[i], inner.im / values[i])
            })
            .collect();
        let x: Vec<cx128> = (0..beams)
            .map(|j| (0..beams).fold(zero, |sum, i| sum + vectors[j][i] * along[i]))
            .collect();
        let quadratic = (0..beams).fold(real(0.0), |sum, i| sum + (g[i].conj() * x[i]).re);
        let sum = raised.iter().fold(real(0.0), |sum, &mu| sum + mu);
        let size = |z: cx128| square(z).0.sqrt();
        let mut terms = sum.0;
        for i in 0..beams {
            terms += 2.0 * size(g[i]) * size(x[i]);
            for j in 0..beams {
                terms += size(x[i]) * size(s[i][j]) * size(x[j]);
            }
        }
        let rounding = 4.0 * precise::UNIT * (antennas + beams) as f64 * terms;
        let margin = (quadratic - sum) / real(self.noise_w);
        margin
            .0
            .is_finite()
            .then_some((margin.0, rounding / self.noise_w))
    }

    /// `S` and `g`, the own row and column scaled by `γ^{-1/2}`, which keeps the entries alike; and the number of
    /// antennas.
    fn woodbury(&self, ratio: f64, multipliers: &[fx128]) -> (Vec<Vec<cx128>>, Vec<cx128>, usize) {
        let beams = self.beams.len();
        // A power of two, so that scaling rounds nothing.
        let own = real((-0.5 * ratio.log2()).round().exp2());
        let scale = |j: usize| if j == self.index { own } else { real(1.0) };
        let mut s: Vec<Vec<cx128>> = (0..beams)
            .map(|i| {
                (0..beams)
                    .map(|j| {
                        let value = match (i == j, i == self.index) {
                            (false, _) => real(0.0),
                            (true, true) => real(ratio) * own * own,
                            (true, false) => real(-1.0),
                        };
                        cx128::new(value, real(0.0))
                    })
                    .collect()
            })
            .collect();
        let zero = cx128::new(real(0.0), real(0.0));
        let mut g = vec![zero; beams];
        let mut row = 0;
        for (m, part) in self.channel.iter().enumerate() {
            let beam = |j: usize, n: usize| complex(self.beams[j][(row + n, 0)]);
            let weight = if self.radii[m] > 0.0 {
                real(self.radii[m]) * real(self.radii[m]) / multipliers[m]
            } else {
                real(0.0)
            };
            for i in 0..beams {
                let seen =
                    (0..part.len()).fold(zero, |sum, n| sum + beam(i, n).conj() * complex(part[n]));
                g[i] += seen * cx128::new(scale(i), real(0.0));
                for j in 0..beams {
                    let inner =
                        (0..part.len()).fold(zero, |sum, n| sum + beam(i, n).conj() * beam(j, n));
                    s[i][j] += inner * cx128::new(weight * scale(i) * scale(j), real(0.0));
                }
            }
            row += part.len();
        }
        (s, g, row)
    }

    /// Smallest over largest eigenvalue of the dense inequality in all antennas, every user's divided by
    /// `P ‖ĥ‖²` and antenna coordinates scaled by the budgets `power_w`.
    pub fn dense_eigenvalue(
        &self,
        ratio: f64,
        multipliers: &[f64],
        power_w: &[f64],
    ) -> Option<f64> {
        let sizes: Vec<usize> = self.channel.iter().map(Vec::len).collect();
        let antennas: usize = sizes.iter().sum();
        let access_point: Vec<usize> = (0..sizes.len())
            .flat_map(|m| std::iter::repeat_n(m, sizes[m]))
            .collect();
        let amplitude = |i: usize| power_w[access_point[i]].sqrt();
        let flat: Vec<c64> = self.channel.iter().flatten().copied().collect();
        // Columns of B^H G: errors antenna by antenna, then the channel.
        let seen = Mat::<c64>::from_fn(antennas + 1, self.beams.len(), |i, j| {
            let beam = &self.beams[j];
            if i < antennas {
                beam[(i, 0)] * self.radii[access_point[i]]
            } else {
                (0..antennas).map(|n| flat[n].conj() * beam[(n, 0)]).sum()
            }
        });
        let unit = (0..antennas)
            .map(|i| flat[i].norm_sqr() * amplitude(i).powi(2))
            .sum::<f64>();
        let weight = |j: usize| if j == self.index { 1.0 } else { -ratio };
        let sum: f64 = multipliers.iter().sum();
        let l = Mat::<c64>::from_fn(antennas + 1, antennas + 1, |p, q| {
            let form: c64 = (0..self.beams.len())
                .map(|j| seen[(p, j)] * seen[(q, j)].conj() * weight(j))
                .sum();
            let diagonal = match (p == q, p < antennas) {
                (false, _) => 0.0,
                (true, true) => multipliers[access_point[p]],
                (true, false) => -sum - self.noise_w,
            };
            (form + diagonal * ratio) / unit
        });
        // A ball without radius has neither rows nor columns.
        let kept: Vec<usize> = (0..=antennas)
            .filter(|&i| i == antennas || self.radii[access_point[i]] > 0.0)
            .collect();
        let l = Mat::from_fn(kept.len(), kept.len(), |p, q| l[(kept[p], kept[q])]);
        let values = l.self_adjoint_eigenvalues(Side::Lower).ok()?;
        // Where no error has any size, the matrix is a number, a difference of powers: its size is theirs.
        let terms: f64 = if kept.len() > 1 {
            0.0
        } else {
            (0..self.beams.len())
                .map(|j| seen[(antennas, j)].norm_sqr() * weight(j).abs() / unit)
                .sum()
        };
        let least = terms + self.noise_w * ratio / unit;
        let largest = values.iter().fold(least, |a: f64, v| a.max(v.abs()));
        Some(values[0] / largest)
    }

    /// The user's SINR if its channel is off by an error (stacked).
    pub fn sinr(&self, error: &[c64]) -> f64 {
        let (signal, rest) = self.powers(&self.arriving(error));
        signal / rest
    }

    /// Signal, and interference with noise. Never a difference: the signal may be 10^12 times the rest.
    fn powers(&self, arriving: &[c64]) -> (f64, f64) {
        let power = |j: usize| arriving[j].norm_sqr();
        let interference: f64 = (0..arriving.len())
            .filter(|&j| j != self.index)
            .map(power)
            .sum();
        (power(self.index), interference + self.noise_w)
    }

    /// `h^H w_j`.
    fn arriving(&self, error: &[c64]) -> Vec<c64> {
        let flat = self.channel.iter().flatten().zip(error);
        let h: Vec<c64> = flat.map(|(h, e)| (h + e).conj()).collect();
        (self.beams.iter())
            .map(|w| h.iter().enumerate().map(|(i, v)| v * w[(i, 0)]).sum())
            .collect()
    }

    /// Descent of the SINR over the balls by its gradient: the linear minimiser on each ball, with steps
    /// that shrink until one helps. Returns the least SINR met.
    pub fn attacked(&self, start: Vec<c64>, steps: usize) -> f64 {
        let mut error = start;
        let mut best = self.sinr(&error);
        for _ in 0..steps {
            let target = self.steepest(&error);
            let mut step = 1.0;
            let found = loop {
                let trial: Vec<c64> = (error.iter().zip(&target))
                    .map(|(e, t)| e + (t - e) * step)
                    .collect();
                let value = self.sinr(&trial);
                if value < best {
                    break Some((trial, value));
                }
                step *= 0.5;
                if step < 1e-6 {
                    break None;
                }
            };
            let Some((trial, value)) = found else { break };
            (error, best) = (trial, value);
        }
        best
    }

    /// The point of the balls at which the linearised SINR is least.
    fn steepest(&self, error: &[c64]) -> Vec<c64> {
        let arriving = self.arriving(error);
        let (signal, rest) = self.powers(&arriving);
        // ∂SINR/∂conj(h) ∝ w_k (w_k^H h) rest - Σ_j w_j (w_j^H h) signal.
        let gradient: Vec<c64> = (0..error.len())
            .map(|i| {
                (0..self.beams.len())
                    .map(|j| {
                        let weight = if j == self.index { rest } else { -signal };
                        self.beams[j][(i, 0)] * arriving[j].conj() * (weight / rest)
                    })
                    .sum()
            })
            .collect();
        let mut out = Vec::with_capacity(error.len());
        let mut row = 0;
        for (part, radius) in self.channel.iter().zip(&self.radii) {
            let piece = &gradient[row..row + part.len()];
            let length = piece.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
            let factor = if length > 0.0 { -radius / length } else { 0.0 };
            out.extend(piece.iter().map(|v| v * factor));
            row += part.len();
        }
        out
    }
}

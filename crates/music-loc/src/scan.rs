//! How much more likely one more user at a position makes the data.
//!
//! The echoes of a user at `c` in receiver `l` are `a_l(c) w^T` with `w` in the span of the waveforms that reach it,
//! the rows `b_m(c)^H S_m`. With an orthonormal basis `Q(c)` of that span the gains' best choice explains the power
//!
//! ```math
//! T(c) = \sum_l \frac{\lVert a_l^H Y_l\, Q^*(c) \rVert^2}{\lVert a_l \rVert^2}
//! ```
//!
//! of data. Every receiver counts by what it hears: one that does not see a user adds no more than its noise. Beside other
//! users, whose gains adapt, it explains what `others` says.

use faer::{Mat, c64};
use nf_channel::{EchoConvention, ValidNetwork};

use crate::linalg;
use crate::others::Others;
use crate::spectrum::{BLOCK, BlockSpectrum};

/// Rows that others explain up to this, relative to the largest, are no rows of their own.
const DEPENDENT: f64 = 1e-9;
/// Part of the largest power explained below which the gains of others are not adapted: what is heard then differs from what
/// the others explain by a tenth of their amplitude.
const FLOOR: f64 = 0.01;

/// What some users leave of the data, and these users.
pub(crate) struct Left {
    /// Elements by slots, for each receiver.
    pub residual: Vec<Mat<c64>>,
    /// `None` for nobody.
    pub others: Option<Others>,
}

/// A network and a waveform, ready for many positions.
pub(crate) struct Scan<'a, const D: usize> {
    network: &'a ValidNetwork<D>,
    waveform: &'a [Mat<c64>],
    /// `None` for arrays beyond the vectorised sine.
    blocks: Option<BlockSpectrum<D>>,
}

impl<'a, const D: usize> Scan<'a, D> {
    pub fn new(network: &'a ValidNetwork<D>, waveform: &'a [Mat<c64>]) -> Self {
        let no_bases: Vec<Mat<c64>> = (network.access_points().iter())
            .map(|array| Mat::zeros(array.len(), 0))
            .collect();
        Self {
            network,
            waveform,
            blocks: BlockSpectrum::new(network, false, &no_bases),
        }
    }

    /// What one user more at each position explains of each set, `[set][position]`; zero on antennas and where there is no
    /// response.
    pub fn explained(&mut self, sets: &[Left], positions_m: &[[f64; D]]) -> Vec<Vec<f64>> {
        let mut explained = self.alone(sets, positions_m);
        for (set, levels) in sets.iter().zip(&mut explained) {
            let Some(others) = &set.others else { continue };
            let floor = FLOOR * levels.iter().fold(0.0_f64, |m, level| m.max(*level));
            let high: Vec<usize> = (0..levels.len()).filter(|&p| levels[p] > floor).collect();
            for block in high.chunks(BLOCK) {
                let at: Vec<[f64; D]> = block.iter().map(|&p| positions_m[p]).collect();
                let adapted = self.beside(others, &set.residual, &at);
                for (&p, level) in block.iter().zip(adapted) {
                    levels[p] = level;
                }
            }
        }
        explained
    }

    /// The same with the gains of others as they are.
    fn alone(&mut self, sets: &[Left], positions_m: &[[f64; D]]) -> Vec<Vec<f64>> {
        let side_by_side: Vec<Mat<c64>> = (0..self.waveform.len())
            .map(|l| {
                let shape = sets[0].residual[l].shape();
                Mat::from_fn(shape.0, shape.1 * sets.len(), |i, j| {
                    sets[j / shape.1].residual[l][(i, j % shape.1)]
                })
            })
            .collect();
        let mut explained = vec![Vec::with_capacity(positions_m.len()); sets.len()];
        for block in positions_m.chunks(BLOCK) {
            self.block(&side_by_side, block, &mut explained);
        }
        explained
    }

    /// Positions that have responses, beside others whose gains adapt.
    fn beside(
        &mut self,
        others: &Others,
        residual: &[Mat<c64>],
        positions_m: &[[f64; D]],
    ) -> Vec<f64> {
        let Some(responses) = self.responses(positions_m) else {
            return vec![0.0; positions_m.len()];
        };
        let reaching = self.reaching(&responses);
        let heard: Vec<Mat<c64>> = (responses.iter().zip(residual))
            .map(|(seen, received)| linalg::transpose_times_conjugate(received, seen))
            .collect();
        let mut span = Span::new(self.waveform[0].ncols(), reaching.len());
        (0..positions_m.len())
            .map(|p| {
                span.fill(&reaching, p);
                others.explained_beside(&responses, &heard, p, span.basis())
            })
            .collect()
    }

    fn block(&mut self, data: &[Mat<c64>], positions_m: &[[f64; D]], explained: &mut [Vec<f64>]) {
        let Some(responses) = self.responses(positions_m) else {
            // One of them has no response: each by itself, and nothing for that one.
            if let [_] = positions_m {
                explained.iter_mut().for_each(|levels| levels.push(0.0));
            } else {
                for position in positions_m.chunks(1) {
                    self.block(data, position, explained);
                }
            }
            return;
        };
        // Columns are positions: `(b^H S)^T`, and `(a^H Y)^T` below.
        let reaching = self.reaching(&responses);
        let heard: Vec<Mat<c64>> = (responses.iter().zip(data))
            .map(|(seen, received)| linalg::transpose_times_conjugate(received, seen))
            .collect();
        let slots = self.waveform[0].ncols();
        let mut span = Span::new(slots, reaching.len());
        for p in 0..positions_m.len() {
            span.fill(&reaching, p);
            for (set, levels) in explained.iter_mut().enumerate() {
                let mut level = 0.0;
                for (seen, heard) in responses.iter().zip(&heard) {
                    let power: f64 = seen.col(p).iter().map(|v| v.norm_sqr()).sum();
                    let column = linalg::column_slice(heard, p);
                    level += span.power(&column[set * slots..(set + 1) * slots]) / power;
                }
                levels.push(level);
            }
        }
    }

    /// `(b^H S)^T` for each transmitter, slots by positions.
    fn reaching(&self, responses: &[Mat<c64>]) -> Vec<Mat<c64>> {
        let conjugate = self.network.parameters().echo_convention == EchoConvention::Conjugate;
        (responses.iter().zip(self.waveform))
            .map(|(seen, sent)| {
                if conjugate {
                    linalg::transpose_times_conjugate(sent, seen)
                } else {
                    linalg::transpose_times(sent, seen)
                }
            })
            .collect()
    }

    /// Orthonormal waveforms that reach positions, with each row's position, and the responses.
    pub fn echoes_from(&mut self, positions_m: &[[f64; D]]) -> Option<EchoSpace> {
        let seen = self.responses(positions_m)?;
        let reaching = self.reaching(&seen);
        let mut span = Span::new(self.waveform[0].ncols(), reaching.len());
        let (mut rows, mut owner) = (Vec::new(), Vec::new());
        for p in 0..positions_m.len() {
            span.fill(&reaching, p);
            rows.extend(span.basis().iter().cloned());
            owner.resize(rows.len(), p);
        }
        Some(EchoSpace { seen, rows, owner })
    }

    /// Responses of every access point, elements by positions; `None` where one is missing.
    fn responses(&mut self, positions_m: &[[f64; D]]) -> Option<Vec<Mat<c64>>> {
        let arrays = self.network.access_points();
        (0..arrays.len())
            .map(|l| match &mut self.blocks {
                Some(blocks) => {
                    let [re, im] = blocks.responses(l, positions_m)?;
                    Some(Mat::from_fn(arrays[l].len(), positions_m.len(), |n, p| {
                        c64::new(re[n][p], im[n][p])
                    }))
                }
                None => {
                    let columns = (positions_m.iter())
                        .map(|position| self.network.response_values(l, position).ok())
                        .collect::<Option<Vec<_>>>()?;
                    Some(Mat::from_fn(arrays[l].len(), positions_m.len(), |n, p| {
                        columns[p][n]
                    }))
                }
            })
            .collect()
    }
}

/// The echoes that users at some positions may have.
pub(crate) struct EchoSpace {
    /// Responses of each receiver, elements by positions.
    pub seen: Vec<Mat<c64>>,
    /// Orthonormal waveforms that reach each position.
    pub rows: Vec<Vec<c64>>,
    /// Position of each row.
    pub owner: Vec<usize>,
}

/// Orthonormal rows that span the waveforms reaching one position.
pub(crate) struct Span {
    rows: Vec<Vec<c64>>,
    pub rank: usize,
}

impl Span {
    pub fn new(slots: usize, transmitters: usize) -> Self {
        Self {
            rows: vec![vec![c64::ZERO; slots]; transmitters],
            rank: 0,
        }
    }

    /// Gram–Schmidt, each row twice, on column `p` of every transmitter's matrix.
    pub fn fill(&mut self, reaching: &[Mat<c64>], p: usize) {
        let square = |row: &[c64]| row.iter().map(c64::norm_sqr).sum::<f64>();
        let columns = reaching.iter().map(|block| linalg::column_slice(block, p));
        let largest = columns.clone().map(square).fold(0.0, f64::max);
        self.rank = 0;
        for column in columns {
            let (done, rest) = self.rows.split_at_mut(self.rank);
            let row = &mut rest[0];
            row.copy_from_slice(column);
            for _ in 0..2 {
                for other in done.iter() {
                    let along = inner(other, row);
                    for (value, other) in row.iter_mut().zip(other) {
                        *value -= along * other;
                    }
                }
            }
            let left = square(row);
            if left > DEPENDENT * DEPENDENT * largest {
                let scale = 1.0 / left.sqrt();
                row.iter_mut().for_each(|value| *value *= scale);
                self.rank += 1;
            }
        }
    }

    /// The rows.
    pub fn basis(&self) -> &[Vec<c64>] {
        &self.rows[..self.rank]
    }

    /// Squared norm of the part of a row in the span.
    pub fn power(&self, row: &[c64]) -> f64 {
        (self.rows[..self.rank].iter())
            .map(|basis| inner(basis, row).norm_sqr())
            .sum()
    }
}

/// `Σ conj(a) b`.
pub(crate) fn inner(a: &[c64], b: &[c64]) -> c64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        re += a.re * b.re + a.im * b.im;
        im += a.re * b.im - a.im * b.re;
    }
    c64::new(re, im)
}

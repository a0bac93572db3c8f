//! Errors to begin with where a relaxation has been solved.

use faer::{Mat, c64};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::coordinates;
use crate::hermitian::{Field, linalg};
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::problem::ValidRatioProblem;

/// Errors that a relaxation's multipliers of each target have in mind, as [`Attack::coordinates`](super::Attack::coordinates): `duals` are those of
/// [`RatioPoint::duals`](crate::RatioPoint::duals), `Z = L L^H`. Where the S-procedure is exact `Z` is a sum over errors of the set,
/// `L U` for some unitary `U`. Which, is guessed a few times: all columns end in the same modulus, the rest is chance.
pub(in crate::ratio) fn errors_of_duals(
    problem: &ValidRatioProblem,
    duals: &[Mat<c64>],
    seed: u64,
) -> Vec<Vec<Vec<Vec<c64>>>> {
    let scaled = NormalisedProblem::new(problem);
    let of_target = |(k, dual): (usize, &Mat<c64>)| {
        let target = &scaled.targets[k];
        if dual.nrows() != target.side() || dual.ncols() != target.side() {
            return Vec::new();
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(k as u64);
        let points = (0..GUESSES).flat_map(|_| decomposed(target, dual, &mut rng));
        points
            .map(|v| coordinates(problem, k, target, &v))
            .collect()
    };
    duals.iter().enumerate().map(of_target).collect()
}

/// Unitary matrices that are tried for each target.
const GUESSES: usize = 8;

/// A share of the largest eigenvalue below which multipliers are rounding.
const NO_PART: f64 = 1e-8;

/// The columns of `L U`, `Z = L L^H`, scaled to end in one. ([`coordinates`] moves them into the set.)
fn decomposed(target: &NormalisedTarget, dual: &Mat<c64>, rng: &mut ChaCha8Rng) -> Vec<Vec<c64>> {
    let side = target.side();
    let Some((values, vectors)) = linalg::eigen(dual.as_ref(), true) else {
        return Vec::new();
    };
    let largest = values.last().copied().unwrap_or(0.0);
    let first = values
        .iter()
        .take_while(|v| **v <= NO_PART * largest)
        .count();
    let rank = side - first;
    if rank == 0 {
        return Vec::new();
    }
    let l = Mat::from_fn(side, rank, |r, c| {
        vectors[(r, first + c)] * values[first + c].max(0.0).sqrt()
    });
    // An orthonormal basis that begins with the last row's own direction, the others by chance.
    let mut seeds = Mat::from_fn(rank, rank, |r, c| {
        if c == 0 {
            l[(side - 1, r)].conj()
        } else {
            c64::new(rng.random::<f64>() - 0.5, rng.random::<f64>() - 0.5)
        }
    });
    let length = linalg::norm(seeds.as_ref().subcols(0, 1));
    if length == 0.0 {
        return Vec::new();
    }
    (0..rank).for_each(|r| seeds[(r, 0)] /= length);
    let basis = linalg::orthonormal_basis(seeds.as_ref(), 0.0);
    // The discrete Fourier transform spreads the first coordinate evenly.
    let mixed = Mat::from_fn(basis.ncols(), rank, |r, c| {
        let turn = std::f64::consts::TAU * ((r * c) % rank) as f64 / rank as f64;
        c64::from_polar((rank as f64).sqrt().recip(), turn)
    });
    let points = linalg::mul(
        l.as_ref(),
        linalg::mul(basis.as_ref(), mixed.as_ref()).as_ref(),
    );
    (0..rank)
        .filter_map(|c| {
            let anchor = points[(side - 1, c)];
            let mut v: Vec<c64> = (0..side).map(|r| points[(r, c)] / anchor).collect();
            if target.field == Field::Real {
                v.iter_mut().for_each(|x| x.im = 0.0);
            }
            let finite = v.iter().all(|x| x.re.is_finite() && x.im.is_finite());
            finite.then_some(v)
        })
        .collect()
}

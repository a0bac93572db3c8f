//! What rounding can do to a proof, so that it holds for the numbers as they are given.
//!
//! Both proofs say that a sum `Σ_i w_i v_i v_i^H` (and some terms without products) is positive
//! semidefinite, with one or more computed vectors `v_i` under each weight. Two things are rounded: the entries
//! of the sum, against the sizes of its terms; and the entries of each `v_i`, by `|δ_p| ≤ d_p`, `η` times the
//! product of the lengths that it is an inner product of. The second is what counts where beams null
//! strong channels: `v_i` is then a small rest of large terms. For every `0 < θ < 1`
//!
//! ```text
//! (1-θ) v v^H - δδ^H/θ ⪯ (v+δ)(v+δ)^H ⪯ (1+θ) v v^H + (1+1/θ) δδ^H,     δδ^H ⪯ n diag(d_p²)
//! ```
//!
//! with `n` the side. Let the sum with all products but the wanted ones `v v^H` weighted by `γ` (they
//! count against the claim below, in its favour above) hold at `γ` with `n Σ_i |w_i| d_ip²/(θ (1-θ))` taken off
//! its diagonal. Then the exact one holds at `γ (1-θ)/(1+θ)` below and at `γ (1+θ)/(1-θ)` above, with the
//! terms without products multiplied by `1+θ`. ([`super::lower`] and [`super::upper`] write it out.)

/// η, and the relative rounding of the sum of products: some ninety units in the last place, for
/// inner products over hundreds of coordinates, changes between bases and a Cholesky factorisation.
pub(super) const ROUNDING: f64 = 2e-14;

/// The least 2θ: what is given up of a ratio anyway.
const SACRIFICE: f64 = 1e-10;

/// What has to be taken off a matrix, and off what it then proves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reserve {
    /// For each diagonal entry.
    pub(super) diagonal: Vec<f64>,
    /// θ.
    theta: f64,
}

impl Reserve {
    /// `sizes[p]` is the sum of the magnitudes of the terms of diagonal entry `p`, `errors[p]` is `Σ_i |w_i| d_ip²`,
    /// and `decisive` the rows whose losses of both kinds are to be alike.
    pub(super) fn new(sizes: &[f64], errors: &[f64], decisive: std::ops::Range<usize>) -> Self {
        let n = sizes.len() as f64;
        let quotients = decisive
            .filter(|&p| sizes[p] > 0.0)
            .map(|p| errors[p] / sizes[p]);
        let worst = quotients.fold(0.0, f64::max);
        let theta = (n * worst).sqrt().clamp(0.5 * SACRIFICE, 0.5);
        let factor = n / (theta * (1.0 - theta));
        let diagonal = (sizes.iter().zip(errors))
            .map(|(size, error)| ROUNDING * size + factor * error)
            .collect();
        Self { diagonal, theta }
    }

    /// The ratio that a lower bound with this reserve proves.
    pub(super) fn down(&self, gamma: f64) -> f64 {
        gamma * (1.0 - self.theta) / (1.0 + self.theta)
    }

    /// The ratio that an upper bound with this reserve proves.
    pub(super) fn up(&self, gamma: f64) -> f64 {
        gamma * (1.0 + self.theta) / (1.0 - self.theta)
    }

    /// What the terms without products are multiplied by.
    pub(super) fn rest(&self) -> f64 {
        1.0 + self.theta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas at the top, written out.
    #[test]
    fn reserve_by_hand() {
        let (sizes, errors) = ([4.0, 3.0], [1e-9, 3e-6]);
        let reserve = Reserve::new(&sizes, &errors, 1..2);
        let theta = (2.0f64 * 1e-6).sqrt();
        let same = |x: f64, y: f64| assert!((x / y - 1.0).abs() < 1e-12, "{x:e} {y:e}");
        for p in 0..2 {
            let lost = 2.0 / theta / (1.0 - theta) * errors[p];
            same(reserve.diagonal[p], 2e-14 * sizes[p] + lost);
        }
        same(reserve.down(2.0), 2.0 * (1.0 - theta) / (1.0 + theta));
        same(reserve.up(2.0), 2.0 * (1.0 + theta) / (1.0 - theta));
        same(reserve.rest(), 1.0 + theta);
        // Nothing to lose: the least that is given up. Everything to lose: no more than half.
        assert_eq!(Reserve::new(&sizes, &[0.0; 2], 0..2).theta, 0.5e-10);
        assert_eq!(Reserve::new(&sizes, &[9.0; 2], 0..2).theta, 0.5);
    }
}

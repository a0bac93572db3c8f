//! The least total power of forms that attain given ratios.
//!
//! Each target `k` has a ratio `t_k` of its own. From below: with `Z_k` as in [`super::upper`], a price `c ≥ 0` of power and
//! prices `q_m ≥ 0` of the budgets, let
//!
//! ```text
//! Σ_m (c + q_m) Π_m + Σ_{k≠j} t_k F_k Z_k F_k^H - F_j Z_j F_j^H ⪰ 0   for all j .
//! ```
//!
//! Adding up the inequalities times `Z_k` shows that forms which attain all `t_k` within the budgets have
//! `c Σ_j Tr W_j + Σ_m q_m P_m ≥ Σ_k t_k σ_k² [Z_k]_last`. Without `c` that says how many times the budgets such forms
//! take, and without any price that there are none. Rounding is that of [`super::upper`]: what is computed at smaller
//! ratios holds at `t_k` with prices `1+θ` times as high.
//!
//! From above: vectors, and multipliers that prove each ratio by [`super::lower`].

use faer::{Mat, c64};

use super::lower::{Proven, attains};
use super::rounding::ROUNDING;
use super::upper::Witness;
use crate::hermitian::linalg;
use crate::ratio::problem::ValidRatioProblem;

/// Power that forms need, proven from below.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct PowerBound(f64);

impl PowerBound {
    /// What any forms need.
    pub(crate) const ZERO: Self = Self(0.0);

    /// The power.
    pub(crate) fn power(self) -> f64 {
        self.0
    }

    /// How many times the budgets of a problem that is at least.
    pub(crate) fn over_budgets(self, problem: &ValidRatioProblem) -> f64 {
        self.0 / problem.budgets.iter().sum::<f64>() * (1.0 - ROUNDING)
    }

    /// The higher of two bounds.
    #[must_use]
    pub(crate) fn max(self, other: Option<Self>) -> Self {
        other.map_or(self, |o| Self(self.0.max(o.0)))
    }
}

impl Witness<'_> {
    /// The power that forms need to attain `ratios`, one for each target, by a price of power and prices of the budgets (without
    /// these whatever the budgets are). `None` if the prices do not pay for every form, or nothing follows from them.
    pub(crate) fn least_power(
        &self,
        ratios: &[f64],
        price: f64,
        budget_prices: Option<&[f64]>,
    ) -> Option<PowerBound> {
        let prices: Vec<f64> = (0..self.budgets.len())
            .map(|m| price + budget_prices.map_or(0.0, |q| q[m]))
            .collect();
        let paid = budget_prices.map_or(0.0, |q| self.worth(q));
        let power = (self.earned(ratios, &prices)? - paid) / price * (1.0 - ROUNDING);
        (power.is_finite() && power > 0.0 && paid >= 0.0).then_some(PowerBound(power))
    }

    /// How many times the budgets forms need to attain `ratios`, by prices of the budgets; infinite where none of them has a
    /// price. `None` as above.
    pub(crate) fn budget_factor(&self, ratios: &[f64], prices: &[f64]) -> Option<f64> {
        let earned = self.earned(ratios, prices)?;
        (earned > 0.0).then(|| earned / self.worth(prices) * (1.0 - ROUNDING))
    }

    /// `Σ_m q_m P_m`, rounded up.
    fn worth(&self, prices: &[f64]) -> f64 {
        let terms = self.budgets.iter().zip(prices).map(|(p, q)| p * q);
        terms.sum::<f64>() * (1.0 + ROUNDING)
    }

    /// `Σ_k t_k σ_k² [Z_k]_last` less what rounding takes off it, if `prices` of the groups' powers pay for every form.
    fn earned(&self, ratios: &[f64], prices: &[f64]) -> Option<f64> {
        let targets = self.weights.len();
        let sound = |list: &[f64]| list.iter().all(|v| v.is_finite() && *v >= 0.0);
        let fitting = ratios.len() == targets && prices.len() == self.budgets.len();
        if !(fitting && sound(ratios) && sound(prices)) {
            return None;
        }
        // How far the computed ratios have to stay below those that are claimed.
        let mut excess: f64 = 0.0;
        for _ in 0..4 {
            let reduced: Vec<f64> = ratios.iter().map(|t| t / (1.0 + excess)).collect();
            let reserves: Vec<_> = (0..targets)
                .map(|j| self.pays_for(j, &reduced, prices))
                .collect::<Option<_>>()?;
            let least = reserves.iter().map(|r| r.up(1.0) - 1.0).fold(0.0, f64::max);
            if least <= excess {
                let rest = reserves.iter().map(|r| r.rest()).fold(1.0, f64::max);
                let terms = ratios.iter().zip(&self.weights).map(|(t, w)| t * w);
                return Some(terms.sum::<f64>() / rest * (1.0 - ROUNDING));
            }
            // Half as much again: the reserve changes a little with the ratios.
            excess = 1.5 * least;
        }
        None
    }
}

/// Forms with proofs that they attain what is asked of them, and the power they use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PowerUsed {
    power: f64,
    fits: bool,
    proofs: Vec<Proven>,
}

impl PowerUsed {
    /// `None` unless the multipliers prove for every target that the forms attain its ratio; `claims` are ratios a little
    /// higher, at which the inequalities are to hold.
    pub(crate) fn new(
        problem: &ValidRatioProblem,
        forms: &[Mat<c64>],
        ratios: &[f64],
        claims: &[f64],
        multipliers: &[Vec<f64>],
    ) -> Option<Self> {
        let targets = problem.targets.len();
        let lengths = [forms.len(), ratios.len(), claims.len(), multipliers.len()];
        if lengths.iter().any(|l| *l != targets) {
            return None;
        }
        let proof = |k: usize| {
            let proven = attains(problem, forms, k, claims[k], &multipliers[k])?;
            (proven.ratio() >= ratios[k]).then_some(proven)
        };
        let proofs = (0..targets).map(proof).collect::<Option<Vec<_>>>()?;
        let group = |rows: std::ops::Range<usize>| -> f64 {
            let own = forms.iter().map(|g| {
                let part = g.as_ref().subrows(rows.start, rows.len());
                linalg::norm(part).powi(2)
            });
            own.sum::<f64>() * (1.0 + ROUNDING)
        };
        let powers: Vec<f64> = problem.group_ranges().into_iter().map(group).collect();
        let power = powers.iter().sum::<f64>() * (1.0 + ROUNDING);
        power.is_finite().then(|| Self {
            power,
            fits: (powers.iter().zip(&problem.budgets)).all(|(used, budget)| used <= budget),
            proofs,
        })
    }

    /// The power of all groups together.
    pub(crate) fn power(&self) -> f64 {
        self.power
    }

    /// Whether each group's power is within its budget.
    pub(crate) fn is_within_budgets(&self) -> bool {
        self.fits
    }

    /// The proofs, one for each target.
    pub(crate) fn into_proofs(self) -> Vec<Proven> {
        self.proofs
    }
}

/// The least total power at which ratios can be certified, proven from both sides.
///
/// There are vectors with the power [`upper`](Self::upper) which the S-procedure certifies at every ratio asked for, and no
/// forms, of any rank, with less than [`lower`](Self::lower) which it does. Both ends allow for rounding.
///
/// Nobody but the proofs makes one:
///
/// ```compile_fail,E0451
/// let wishful = robust_sdp::PowerBracket { lower: 2.0, upper: 2.0 };
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PowerBracket {
    lower: f64,
    upper: f64,
}

impl PowerBracket {
    /// Of two bounds for one problem. That they cross is impossible but for rounding beyond what is allowed for: then the
    /// lower one gives way.
    pub(crate) fn new(lower: PowerBound, used: &PowerUsed) -> Self {
        Self {
            lower: lower.0.min(used.power),
            upper: used.power,
        }
    }

    /// No forms of any rank with less power are certified at all ratios.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The power of vectors that are.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// `(upper - lower)/upper`.
    pub fn relative_width(&self) -> f64 {
        (self.upper - self.lower) / self.upper
    }
}

#[cfg(test)]
mod tests {
    use super::super::upper::Room;
    use super::*;
    use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget};

    /// One vector of length 5 with a ball of radius 1 around it, floor 1/2, two groups: a ratio of 8 takes a power of
    /// `8/2/(5-1)² = 1/4` if the ball is of one group and the vector too.
    fn problem(budget: f64) -> ValidRatioProblem {
        let target = RatioTarget {
            nominal: [3.0, 4.0, 0.0].map(c64::from).to_vec(),
            errors: vec![ErrorBlock::Ball {
                group: 0,
                radius: 1.0,
            }],
            floor: 0.5,
        };
        RatioProblem {
            group_sizes: vec![2, 1],
            budgets: vec![budget, 7.0],
            targets: vec![target],
        }
        .check()
        .unwrap()
    }

    fn with_witness<T>(budget: f64, f: impl Fn(&Witness<'_>) -> T) -> T {
        let problem = problem(budget);
        let identity = Mat::<c64>::identity(3, 3);
        let y = [-0.6, -0.8, 1.0];
        let worst = Mat::from_fn(3, 3, |i, j| c64::from(y[i] * y[j]));
        let room = Room::Everywhere(identity.as_ref());
        let witness = Witness::new(&problem, room, &[worst]).unwrap();
        f(&witness)
    }

    fn bound(budget: f64, price: f64, budget_prices: Option<&[f64]>) -> Option<f64> {
        with_witness(budget, |witness| {
            let found = witness.least_power(&[8.0], price, budget_prices);
            assert_eq!(witness.least_power(&[8.0, 8.0], price, budget_prices), None);
            assert_eq!(witness.least_power(&[f64::NAN], price, budget_prices), None);
            found.map(PowerBound::power)
        })
    }

    /// `F Z F^H` has the one eigenvalue `(5-1)² = 16`: the least price that pays, and the bound is `8/2/16`.
    #[test]
    fn a_price_by_hand() {
        let found = bound(1.0, 16.0 * (1.0 + 1e-9), None).unwrap();
        assert!(found <= 0.25 && found > 0.25 * (1.0 - 2e-9), "{found}");
        assert_eq!(bound(1.0, 16.0 * (1.0 - 1e-9), None), None);
        for price in [0.0, -16.0, f64::NAN, f64::INFINITY] {
            assert_eq!(bound(1.0, price, None), None, "{price}");
        }
        // Twice the price, half the bound; what a budget's price pays is taken off: (4 - 8 P)/8.
        let half = bound(1.0, 32.0, None).unwrap();
        assert!((half / 0.125 - 1.0).abs() < 1e-9);
        let shared = bound(0.1, 8.0 + 1e-6, Some(&[8.0, 0.0])).unwrap();
        assert!((shared / 0.4 - 1.0).abs() < 1e-6, "{shared}");
        assert_eq!(bound(1.0, 8.0 + 1e-6, Some(&[8.0, 0.0])), None);
        assert_eq!(bound(1.0, 16.1, Some(&[-1.0, 0.0])), None);
    }

    /// The first budget must be a quarter at least.
    #[test]
    fn budgets_too_small_by_hand() {
        let factor = |q: &[f64]| with_witness(0.2, |w| w.budget_factor(&[8.0], q));
        let found = factor(&[16.0 * (1.0 + 1e-9), 1e-9]).unwrap();
        assert!(found < 1.25 && found > 1.25 * (1.0 - 2e-8), "{found}");
        assert_eq!(factor(&[16.0 * (1.0 - 1e-9), 1e-9]), None);
        assert_eq!(factor(&[17.0]), None);
        // Nothing pays for a form along the vector.
        assert_eq!(factor(&[0.0, 1.0]), None);
    }

    /// Two targets with the same vector cannot both have a ratio of one: their beams cost nothing but each other.
    #[test]
    fn no_power_will_do_by_hand() {
        let target = |size: f64| RatioTarget {
            nominal: vec![c64::from(size)],
            errors: vec![],
            floor: 1.0,
        };
        let problem = RatioProblem {
            group_sizes: vec![1],
            budgets: vec![1.0],
            targets: vec![target(2.0), target(2.0)],
        };
        let problem = problem.check().unwrap();
        let identity = Mat::<c64>::identity(1, 1);
        let room = Room::Everywhere(identity.as_ref());
        let claims = vec![Mat::<c64>::identity(1, 1); 2];
        let witness = Witness::new(&problem, room, &claims).unwrap();
        let factor = |t: f64| witness.budget_factor(&[t, t], &[0.0]);
        assert_eq!(factor(1.0 + 1e-9), Some(f64::INFINITY));
        assert_eq!(factor(1.0 - 1e-9), None);
        // With ratios of 4 and 1/5: one target more, one less.
        assert_eq!(witness.budget_factor(&[4.0, 0.2], &[0.0]), None);
    }

    #[test]
    fn vectors_use_what_they_are_proven_with() {
        let problem = problem(0.26);
        // At a power of 1/4, (1/32 + μ) (25/32 - μ - 1/2) = (5/32)².
        let used = |power: f64, ratio: f64, claim: f64, multiplier: f64| {
            let beam = Mat::from_fn(3, 1, |i, _| c64::from([0.6, 0.8, 0.0][i] * power.sqrt()));
            PowerUsed::new(&problem, &[beam], &[ratio], &[claim], &[vec![multiplier]])
        };
        let multiplier = 0.125;
        let found = used(0.25 * (1.0 + 1e-6), 8.0, 8.0 * (1.0 + 1e-9), multiplier).unwrap();
        assert!((found.power() / 0.25 - 1.0 - 1e-6).abs() < 1e-12 && found.is_within_budgets());
        assert!(found.proofs[0].ratio() >= 8.0);
        assert!(used(0.27, 8.0, 8.0 * (1.0 + 1e-9), multiplier).is_some_and(|u| !u.fits));
        // Less power, a claim that is not above what is asked for, a wrong sign.
        assert!(used(0.25 * (1.0 - 1e-6), 8.0, 8.0 * (1.0 + 1e-9), multiplier).is_none());
        assert!(used(0.25 * (1.0 + 1e-6), 8.0, 8.0, multiplier).is_none());
        assert!(used(1.0, 1.0, 1.1, -0.1).is_none());
        let bracket = PowerBracket::new(PowerBound(0.2), &found);
        assert_eq!((bracket.lower(), bracket.upper()), (0.2, found.power()));
        let crossed = PowerBracket::new(PowerBound(0.3), &found);
        assert_eq!(crossed.relative_width(), 0.0);
        let high = PowerBound::ZERO.max(Some(PowerBound(2.0))).max(None);
        assert_eq!(high.power(), 2.0);
        assert!((high.over_budgets(&problem) - 2.0 / 7.26).abs() < 1e-13);
    }
}

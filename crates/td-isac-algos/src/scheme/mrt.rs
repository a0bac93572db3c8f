//! TD-ISAC-MRT: maximum-ratio directions with robust powers, problem (25).

use faer::{Mat, c64};
use robust_sdp::{
    Attained, Field, MaxMinOptions, RankOneOptions, Subspace, ValidRatioProblem,
    max_min_ratio_within, rank_one_within,
};

use super::{BeamformingScheme, Extracted, Relaxed, SchemeContext};
use crate::downlink::Downlink;
use crate::error::DesignError;

/// Which power matrices [`MaximumRatio`] chooses among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum MrtPowers {
    /// Real symmetric `P_k`: amplitudes (and signs) at each access point, as in the paper.
    #[default]
    Real,
    /// Hermitian `P_k`: each access point's phase is chosen as well.
    Hermitian,
}

/// TD-ISAC-MRT: each access point sends user `k` along the channel that it believes in,
/// `w_{k,m} = p_{k,m} ĥ_{k,m} / ‖ĥ_{k,m}‖`, and the amplitudes `p` are chosen for the worst case.
///
/// `W_k = A_k P_k A_k^H`, `A_k` block-diagonal with one unit direction per access point, in the
/// same matrix inequality as for [`Main`](super::Main) ((25) prints `M_k` with the opposite sign
/// beside an unchanged inequality; `W_k/γ - Σ_{j≠k} W_j` is meant). `P_k ⪰ 0` is `M × M`; its
/// rank-one extraction costs a sacrifice of 0.1 %, and what else it loses is the distance of the
/// certified SINR from the bound.
///
/// Cost of a solve: as for [`Main`](super::Main), with `K M²` unknowns.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MaximumRatio {
    /// Real or Hermitian power matrices.
    pub powers: MrtPowers,
    /// Root finding.
    pub max_min: MaxMinOptions,
    /// Extraction.
    pub rank_one: RankOneOptions,
}

impl MaximumRatio {
    /// The scheme with the given kind of power matrices.
    pub fn new(powers: MrtPowers) -> Self {
        Self {
            powers,
            ..Self::default()
        }
    }

    /// `A_k` for each user.
    fn subspaces(&self, problem: &ValidRatioProblem) -> Vec<Subspace> {
        let field = match self.powers {
            MrtPowers::Real => Field::Real,
            MrtPowers::Hermitian => Field::Complex,
        };
        maximum_ratio_directions(problem)
            .into_iter()
            .map(|basis| Subspace { basis, field })
            .collect()
    }
}

/// For each user one unit column per access point that reaches it, `ĥ_{k,m} / ‖ĥ_{k,m}‖`.
pub(super) fn maximum_ratio_directions(problem: &ValidRatioProblem) -> Vec<Mat<c64>> {
    let ranges = problem.group_ranges();
    problem
        .targets
        .iter()
        .map(|target| {
            let reached: Vec<_> = ranges
                .iter()
                .filter_map(|range| {
                    let part = &target.nominal[range.clone()];
                    let length = part.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
                    (length > 0.0).then_some((range, length))
                })
                .collect();
            Mat::from_fn(problem.dimension(), reached.len(), |i, m| {
                let (range, length) = &reached[m];
                if range.contains(&i) {
                    target.nominal[i] / *length
                } else {
                    c64::new(0.0, 0.0)
                }
            })
        })
        .collect()
}

impl BeamformingScheme for MaximumRatio {
    fn name(&self) -> &str {
        match self.powers {
            MrtPowers::Real => "mrt",
            MrtPowers::Hermitian => "mrt-hermitian",
        }
    }

    fn check(&self) -> Result<(), DesignError> {
        self.max_min.check()?;
        Ok(self.rank_one.check()?)
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let problem = downlink.problem_at(eta)?;
        let options = MaxMinOptions {
            start: context.inherited_gamma(downlink, eta)?,
            ..self.max_min
        };
        let solution = max_min_ratio_within(
            &problem,
            &self.subspaces(&problem),
            context.solver,
            &options,
            &mut *context.interrupted,
        )?;
        context.conic_solves += solution.solves;
        Relaxed::of_solution(downlink, solution)
    }

    fn extract(
        &self,
        downlink: &Downlink,
        eta: f64,
        relaxed: &Relaxed,
        context: &mut SchemeContext<'_>,
    ) -> Result<Extracted, DesignError> {
        let problem = downlink.problem_at(eta)?;
        let flat = rank_one_within(
            &problem,
            &self.subspaces(&problem),
            context.solver,
            &Attained {
                ratio: relaxed.gamma,
                slope: relaxed.slope,
                forms: relaxed.forms.columns(),
            },
            &self.rank_one,
            &mut *context.interrupted,
        )?;
        context.conic_solves += flat.solves;
        Extracted::of_rank_one(downlink, flat)
    }
}

//! Semidefinite programs with complex Hermitian blocks, and robust quadratic ratio problems.
//!
//! # Semidefinite programs
//!
//! State a problem with [`SdpProblem`], [`check`](SdpProblem::check) it, and hand it to an
//! [`SdpSolver`]; [`HermitianIpm`] is the one that needs nothing else. [`SdpProblem`] documents the
//! problem class.
//!
//! # Robust max-min ratios
//!
//! ```math
//! \begin{aligned}
//! \max_{W,\gamma}\ & \gamma \\
//! \text{s.t.}\ & h^H W_k h \ge \gamma \Big(\sum_{j\ne k} h^H W_j h + \sigma_k^2\Big)
//!    \quad \forall h \in \hat h_k + \mathcal U_k,\ \forall k, \\
//! & \sum_j \mathrm{Tr}(\Pi_m W_j) \le P_m \quad \forall m, \qquad W_j \succeq 0.
//! \end{aligned}
//! ```
//!
//! State it with [`RatioProblem`]; shrink it without loss with [`Reduction`]; solve it with
//! [`max_min_ratio`]; make the forms vectors with [`rank_one`]; evaluate any forms with
//! [`worst_case_ratios`]; recheck a claim with [`certify`].
//!
//! ```
//! use robust_sdp::faer::c64;
//! use robust_sdp::*;
//!
//! // One vector known up to 20 %: the worst case is P (‖ĥ‖ - ε)² / σ².
//! let problem = RatioProblem {
//!     group_sizes: vec![2],
//!     budgets: vec![4.0],
//!     targets: vec![RatioTarget {
//!         nominal: vec![c64::new(3.0, 0.0), c64::new(0.0, 4.0)],
//!         errors: vec![ErrorBlock::Ball { group: 0, radius: 1.0 }],
//!         floor: 0.5,
//!     }],
//! }
//! .check()?;
//! let solver = HermitianIpm::default();
//! let best = max_min_ratio(&problem, &solver, &MaxMinOptions::default(), &mut || false)?;
//! assert!((best.bracket.lower() / (4.0 * 16.0 / 0.5) - 1.0).abs() < 1e-6);
//! # Ok::<(), RobustError>(())
//! ```

//!
//! # What is written and what is read (feature `serde`)
//!
//! Parameters, problems and plain results are `Serialize` and `Deserialize`: matrices are lists of rows with
//! complex entries `[re, im]`, numbers that are not finite the strings `"inf"`, `"-inf"` and `"NaN"`, and options
//! that are left out have their defaults. A checked problem is checked again when it is read.
//!
//! What claims a proof ([`MaxMinSolution`] and its [`Bracket`], [`LeastPower`] and its [`PowerBracket`], [`Proven`], [`Ascent`], [`Certificate`], [`CertificateCheck`], [`SdpOutcome`],
//! and the [`Reduction`] on which proofs are made) is `Serialize` only, or a file could claim anything. Read the
//! forms, multipliers and points in it, and have [`certify`], [`ValidSdp::check_infeasibility`] or
//! [`ValidSdp::check_unboundedness`] prove it again.

mod hermitian;
mod ratio;
mod sdp;
mod solvers;
#[cfg(feature = "serde")]
mod written;

/// The matrices in problems and solutions.
pub use faer;

pub use hermitian::Field;
pub use ratio::*;
pub use sdp::*;
#[cfg(feature = "clarabel-sdp")]
pub use solvers::clarabel::{ClarabelSettings, ClarabelSolver};
pub use solvers::native::HermitianIpm;

/// The code in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Whether users and white noise explain the data.
//!
//! Two tests, of which either rejects:
//!
//! - the residual's power, `2‖r‖²/σ²`, is a chi-square of twice its complex degrees of freedom;
//! - the largest eigenvalue of each receiver's residual is that of white noise ([`largest_eigenvalue_tail`]). An echo
//!   that no user explains is nearly of rank one, and shows here when its energy exceeds some `√(N τ)` noise powers,
//!   where the total power asks for several `√(2 M N τ)`.
//!
//! The smallest of the tests' p-values times their number is a p-value of all (Bonferroni). With an
//! unknown noise power only the second kind is left, against the estimated power.

use faer::{Mat, c64};

use crate::chi_square::{largest_eigenvalue_tail, upper_tail};
use crate::linalg;
use crate::verdict::Fit;

/// Below this many rows or columns the law of the largest eigenvalue is not near its limit yet.
const SMALLEST_SIDE: usize = 5;

/// Residuals of every receiver, with their squared norm and complex degrees of freedom.
pub(crate) fn fit(residuals: &[Mat<c64>], cost: f64, freedom: f64, known_w: Option<f64>) -> Fit {
    let freedom = freedom.max(0.5);
    let noise_w = cost / freedom;
    let scale_w = known_w.unwrap_or(noise_w);
    let eigenvalue = (residuals.iter())
        .filter(|r| r.nrows().min(r.ncols()) >= SMALLEST_SIDE)
        .filter_map(|r| {
            let largest = linalg::largest_squared_singular_value(r)?;
            Some(largest_eigenvalue_tail(
                r.nrows(),
                r.ncols(),
                largest / scale_w,
            ))
        })
        .fold(1.0, f64::min);
    let structure = eigenvalue * residuals.len() as f64;
    let p_value = match known_w {
        Some(known_w) => {
            let power = upper_tail(2.0 * freedom, 2.0 * cost / known_w);
            2.0 * power.min(structure)
        }
        None => structure,
    };
    Fit {
        noise_w,
        noise_over_known: known_w.map(|known_w| noise_w / known_w),
        freedom,
        p_value: p_value.min(1.0),
    }
}

//! How many dimensions of the data are signal.
//!
//! The information criteria compare the `p − k` smallest eigenvalues `λ` of the sample covariance with
//! equal ones: with `n` snapshots, `g` their geometric and `a` their arithmetic mean,
//!
//! ```math
//! \begin{aligned}
//! \mathrm{AIC}(k) &= -2n(p-k)\ln(g/a) + 2k(2p-k), \\
//! \mathrm{MDL}(k) &= -n(p-k)\ln(g/a) + \tfrac12 k(2p-k)\ln n.
//! \end{aligned}
//! ```
//!
//! (M. Wax, T. Kailath, "Detection of signals by information theoretic criteria", IEEE Trans. ASSP 33,
//! 1985). With fewer snapshots than antennas the covariance has zero eigenvalues; the noise being white
//! both ways, antennas and snapshots then change places: `p` is the smaller number and `n` the larger.

/// Number of users, or the criterion that estimates the dimension of the signal subspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ModelOrder {
    /// So many users.
    Given(usize),
    /// Minimum description length: consistent as the number of snapshots grows.
    MinimumDescriptionLength,
    /// Akaike's criterion: tends to find too many.
    Akaike,
}

/// Dimension that minimises the criterion, `0..p`, given singular values of the data in descending
/// order and the larger of the numbers of antennas and snapshots. Values of
/// zero up to rounding count as equal noise, so that noiseless data has the order of its rank.
pub(crate) fn estimate(order: ModelOrder, singular: &[f64], larger: usize) -> usize {
    let (p, n) = (singular.len(), larger as f64);
    let floor = (f64::EPSILON * n).powi(2);
    let eigenvalues: Vec<f64> = (singular.iter())
        .map(|s| (s / singular[0]).powi(2).max(floor))
        .collect();
    let criterion = |k: usize| {
        let noise = &eigenvalues[k..];
        let count = noise.len() as f64;
        let arithmetic = noise.iter().sum::<f64>() / count;
        let misfit = -noise.iter().map(|v| (v / arithmetic).ln()).sum::<f64>();
        let freedom = (k * (2 * p - k)) as f64;
        match order {
            ModelOrder::Akaike => 2.0 * n * misfit + 2.0 * freedom,
            _ => n * misfit + 0.5 * freedom * n.ln(),
        }
    };
    let mut best = (0, f64::INFINITY);
    for k in 0..p {
        let value = criterion(k);
        if value < best.1 {
            best = (k, value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_noise_eigenvalues_are_counted_out() {
        for order in [ModelOrder::MinimumDescriptionLength, ModelOrder::Akaike] {
            let strong = [30.0, 20.0, 10.0, 1.0, 1.0, 1.0, 1.0, 1.0];
            assert_eq!(estimate(order, &strong, 50), 3);
            assert_eq!(estimate(order, &[1.0; 6], 50), 0);
            assert_eq!(estimate(order, &[2.0, 1.0, 1e-17, 0.0], 4), 2);
        }
    }
}

//! Hermitian roots of covariances: what turns white noise into signals.

use crlb::{CrlbError, TransmitCovariance};
use faer::{Mat, MatRef, Side, c64};

/// Largest tolerated departure from a positive semidefinite matrix (relative to the largest entry) and
/// from an orthonormal basis. Semidefinite programs answer to about this.
const TOLERANCE: f64 = 1e-8;

/// `Ψ^{1/2}`, the unique Hermitian positive semidefinite root.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Root {
    /// `s I`.
    Scaled(f64),
    Dense(Mat<c64>),
    /// `Q Z Q^H + s I`: with `Q^H Q = I` the root of `Q X Q^H + s² I` has
    /// `Z = (X + s² I)^{1/2} − s I`.
    Factored {
        basis: Mat<c64>,
        core: Mat<c64>,
        scale: f64,
    },
}

impl Root {
    /// The root for an array of so many elements.
    ///
    /// # Errors
    ///
    /// Those of [`TransmitCovariance::check`], and [`CrlbError::NotACovariance`] for a negative eigenvalue
    /// or a basis that is not orthonormal.
    pub fn new(
        covariance: &TransmitCovariance,
        elements: usize,
        access_point: usize,
    ) -> Result<Self, CrlbError> {
        covariance.check(elements, access_point)?;
        match covariance {
            TransmitCovariance::Isotropic { power_w } => {
                Ok(Self::Scaled((power_w / elements as f64).sqrt()))
            }
            TransmitCovariance::Factored(factors) => {
                check_orthonormal(factors.basis.as_ref(), access_point)?;
                let scale = factors.floor_w.sqrt();
                let mut core = hermitian_root(&factors.core, factors.floor_w, access_point)?;
                for i in 0..core.nrows() {
                    core[(i, i)] -= scale;
                }
                Ok(Self::Factored {
                    basis: factors.basis.clone(),
                    core,
                    scale,
                })
            }
            // Whatever kinds there may be one day, a dense matrix is one of them.
            other => {
                let dense = other.to_dense(elements);
                Ok(Self::Dense(hermitian_root(&dense, 0.0, access_point)?))
            }
        }
    }

    /// `Ψ^{1/2} Z`.
    pub fn apply(&self, white: &Mat<c64>) -> Mat<c64> {
        let scaled = |scale: f64| faer::Scale(c64::from(scale)) * white;
        match self {
            Self::Scaled(scale) => scaled(*scale),
            Self::Dense(root) => root * white,
            Self::Factored { basis, core, scale } => {
                basis * (core * (basis.adjoint() * white)) + scaled(*scale)
            }
        }
    }
}

/// `(A + shift·I)^{1/2}` of a Hermitian positive semidefinite `A`.
fn hermitian_root(
    matrix: &Mat<c64>,
    shift: f64,
    access_point: usize,
) -> Result<Mat<c64>, CrlbError> {
    let side = matrix.nrows();
    let tolerance = TOLERANCE * matrix.norm_max();
    let hermitian = Mat::from_fn(side, side, |i, j| {
        (matrix[(i, j)] + matrix[(j, i)].conj()) * 0.5
    });
    let eigen =
        hermitian
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| CrlbError::Factorisation {
                what: "transmit covariance",
            })?;
    let (values, vectors) = (eigen.S(), eigen.U());
    if (0..side).any(|i| values[i].re < -tolerance * side as f64) {
        return Err(CrlbError::NotACovariance {
            access_point,
            why: "negative eigenvalue",
        });
    }
    let weighted = Mat::from_fn(side, side, |i, j| {
        vectors[(i, j)] * (values[j].re.max(0.0) + shift).sqrt()
    });
    Ok(weighted * vectors.adjoint())
}

fn check_orthonormal(basis: MatRef<'_, c64>, access_point: usize) -> Result<(), CrlbError> {
    let gram = basis.adjoint() * basis;
    let departure = (&gram - Mat::<c64>::identity(gram.nrows(), gram.ncols())).norm_max();
    // Not `>`: NaN must fail too.
    if departure <= TOLERANCE {
        return Ok(());
    }
    Err(CrlbError::NotACovariance {
        access_point,
        why: "columns of its basis not orthonormal",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use crlb::FactoredCovariance;

    fn example(rows: usize, columns: usize) -> Mat<c64> {
        Mat::from_fn(rows, columns, |i, j| {
            let x = (3 * i + 7 * j) as f64 + 0.4;
            c64::new(x.sin(), (1.7 * x).cos())
        })
    }

    fn square(root: &Root, elements: usize) -> Mat<c64> {
        root.apply(&root.apply(&Mat::identity(elements, elements)))
    }

    #[test]
    fn the_root_is_hermitian_and_squares_to_the_covariance() {
        let basis = example(6, 2).qr().compute_thin_Q();
        let factor = example(2, 2);
        let core = &factor * factor.adjoint();
        let mut dense = &basis * &core * basis.adjoint();
        for i in 0..6 {
            dense[(i, i)] += 0.3;
        }
        let factored = TransmitCovariance::Factored(FactoredCovariance {
            basis,
            core,
            floor_w: 0.3,
        });
        let factored = Root::new(&factored, 6, 0).unwrap();
        let direct = Root::new(&TransmitCovariance::Dense(dense.clone()), 6, 0).unwrap();
        for root in [&factored, &direct] {
            let matrix = root.apply(&Mat::identity(6, 6));
            assert_abs_diff_eq!(
                (&matrix - matrix.adjoint()).norm_max(),
                0.0,
                epsilon = 1e-13
            );
            assert_abs_diff_eq!((square(root, 6) - &dense).norm_max(), 0.0, epsilon = 1e-12);
        }
        // Unique: both ways give the same matrix.
        let identity = Mat::identity(6, 6);
        let difference = factored.apply(&identity) - direct.apply(&identity);
        assert_abs_diff_eq!(difference.norm_max(), 0.0, epsilon = 1e-12);
        let isotropic = Root::new(&TransmitCovariance::Isotropic { power_w: 12.0 }, 6, 0).unwrap();
        let expected = faer::Scale(c64::from(2.0)) * Mat::<c64>::identity(6, 6);
        assert_abs_diff_eq!(
            (square(&isotropic, 6) - expected).norm_max(),
            0.0,
            epsilon = 1e-14
        );
    }

    #[test]
    fn invalid_covariances_are_named() {
        let why = |covariance: TransmitCovariance| Root::new(&covariance, 2, 1).unwrap_err();
        let dense = |entries: [[f64; 2]; 2]| {
            TransmitCovariance::Dense(Mat::from_fn(2, 2, |i, j| c64::from(entries[i][j])))
        };
        let is = |error: CrlbError, expected: &str| {
            assert!(error.to_string().contains(expected), "{error}");
        };
        is(why(dense([[1.0, 0.5], [0.2, 1.0]])), "not Hermitian");
        is(why(dense([[1.0, 2.0], [2.0, 1.0]])), "negative eigenvalue");
        is(why(dense([[f64::NAN, 0.0], [0.0, 1.0]])), "non-finite");
        is(
            why(TransmitCovariance::Dense(Mat::zeros(3, 3))),
            "(rows) = 3 must be 2",
        );
        is(
            why(TransmitCovariance::Isotropic { power_w: -1.0 }),
            "power_w",
        );
        is(
            why(TransmitCovariance::Isotropic { power_w: f64::NAN }),
            "power_w",
        );
        is(
            why(TransmitCovariance::Factored(FactoredCovariance {
                basis: example(2, 2),
                core: Mat::identity(2, 2),
                floor_w: 0.0,
            })),
            "orthonormal",
        );
    }
}

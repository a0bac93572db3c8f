//! Sensing covariances that minimise the Cramér–Rao bound, with a proof of optimality.
mod certificate;
mod cone;
mod design;
mod error;
mod hermitian;
mod interior_point;
mod newton;
mod sensitivity;

pub use certificate::{CovarianceGradient, covariance_gradient, relative_gap};
pub use design::{SensingCovariance, SensingDesign, Subspace};
pub use error::SensingError;

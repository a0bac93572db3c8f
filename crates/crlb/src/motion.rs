//! Positions and velocities from one sensing phase.

use faer::{Mat, MatRef};
use nf_channel::Invalid;

use crate::CrlbError;
use crate::linalg;
use crate::model::{GainModel, SensingModel};
use crate::position_covariance::PositionCovariance;
use crate::signal::SensingSignal;

/// Cramér–Rao bound of positions, at the middle of a sensing phase, and of velocities, that are constant in it.
///
/// Model: user k is at `p_k + (t - t̄) τ_s v_k` in slot t of τ; echo gains are unknown constants over all slots, and the carrier
/// phase follows the path of each echo. Every slot has the same covariance. Then, at the middle, positions and velocities have no
/// information in common, positions have that of τ slots with unknown gains, and velocities, which turn the phase of an echo whose
/// gain the mean over the slots tells,
///
/// ```math
/// \mathrm{cov}(v) = \frac{\sigma^2}{2}\,\frac{12}{\tau_s^2\,\tau(\tau^2-1)}\,\bar J^{-1}_{\text{carrier phase}} .
/// ```
///
/// Not modelled: what the motion changes of the responses during sensing, an offset of the carrier frequency between access points (unknown ones take this information
/// away), and accelerations.
#[derive(Debug, Clone, PartialEq)]
pub struct MotionBound<const D: usize> {
    position: PositionCovariance<D>,
    velocity_m2_per_s2: Mat<f64>,
}

impl<const D: usize> SensingModel<D> {
    /// The bound for so many slots of a duration.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for fewer than two slots, which show no motion, or a duration that is not positive; those of
    /// [`fisher_information`](Self::fisher_information) and [`bound`](crate::FisherInformation::bound), of the model's own gains for
    /// the positions and of the carrier phase for the velocities.
    pub fn motion_bound(
        &self,
        signal: &SensingSignal,
        slots: usize,
        slot_s: f64,
    ) -> Result<MotionBound<D>, CrlbError> {
        if slots < 2 {
            return Err(CrlbError::Invalid(Invalid::Count {
                what: "slots",
                value: slots,
                requirement: "at least 2 to show motion",
            }));
        }
        Invalid::unless_positive("slot_s", slot_s)?;
        let count = slots as f64;
        let positions = self.fisher_information(signal)?.bound()?;
        let phases = self.with_gain_model(GainModel::CarrierPhase)?;
        let velocities = phases.fisher_information(signal)?.bound()?;
        // Σ (t - t̄)² τ_s² in place of τ.
        let spread = slot_s * slot_s * count * (count * count - 1.0) / 12.0;
        Ok(MotionBound {
            position: PositionCovariance::unchecked(positions.covariance_m2(count)),
            velocity_m2_per_s2: velocities.covariance_m2(spread),
        })
    }
}

impl<const D: usize> MotionBound<D> {
    /// Of the positions in the middle of the phase.
    pub fn position(&self) -> &PositionCovariance<D> {
        &self.position
    }

    /// Of the velocities, `DK × DK`, in m²/s²; coordinates as those of positions.
    pub fn velocity_m2_per_s2(&self) -> MatRef<'_, f64> {
        self.velocity_m2_per_s2.as_ref()
    }

    /// Of the positions so long after the middle, or before, of users that keep their velocities.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for a time that is not finite.
    pub fn position_after(&self, time_s: f64) -> Result<PositionCovariance<D>, CrlbError> {
        Invalid::unless_finite("time_s", time_s)?;
        let moved = linalg::scaled(time_s * time_s, &self.velocity_m2_per_s2);
        let sum = linalg::sum(&self.position.matrix_m2().to_owned(), &moved);
        Ok(PositionCovariance::unchecked(sum))
    }
}

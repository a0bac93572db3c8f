//! Time division: the bound as a function of the share of the frame left to communication.
//!
//! A frame of duration `T` gives the fraction η to communication and the rest to sensing slots of
//! duration `τ_s`, so `τ = (1-η) T/τ_s` and
//!
//! ```math
//! \mathrm{CRLB}(\eta) = \frac{C}{1-\eta}, \qquad
//!    C = \frac{\tau_s \sigma^2}{2T}\,\mathrm{Tr}\,\bar J_e^{-1}.
//! ```

use nf_channel::Invalid;

use crate::CrlbError;
use crate::bound::PositionBound;

/// Durations of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Durations"))]
pub struct Frame {
    duration_s: f64,
    sensing_slot_s: f64,
}

impl Frame {
    /// A frame of `duration_s` seconds with sensing slots of `sensing_slot_s` seconds.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] when a duration, or their ratio, is not positive and finite.
    pub fn new(duration_s: f64, sensing_slot_s: f64) -> Result<Self, CrlbError> {
        for (field, value) in [
            ("duration_s", duration_s),
            ("sensing_slot_s", sensing_slot_s),
            ("duration_s / sensing_slot_s", duration_s / sensing_slot_s),
        ] {
            Invalid::unless_positive(field, value)?;
        }
        Ok(Self {
            duration_s,
            sensing_slot_s,
        })
    }

    /// Duration of the frame.
    pub fn duration_s(&self) -> f64 {
        self.duration_s
    }

    /// Duration of a sensing slot.
    pub fn sensing_slot_s(&self) -> f64 {
        self.sensing_slot_s
    }

    /// Number of sensing slots at a time allocation η, as a real number.
    pub fn sensing_slots(&self, time_allocation: f64) -> f64 {
        (1.0 - time_allocation) * self.duration_s / self.sensing_slot_s
    }

    /// The time allocations next to a wished one, at most two, that leave a whole number of sensing slots, at least
    /// one, and are not above the limit; none where no number of slots that the limit asks for fits into the frame.
    ///
    /// ```
    /// let frame = crlb::Frame::new(0.1, 1e-3)?; // 100 slots
    /// let near = |eta, limit| frame.whole_slot_allocations(eta, limit);
    /// assert_eq!(near(0.5, 0.9), [0.5]);
    /// assert_eq!(near(0.905, 0.977), [0.91, 0.9]); // 9 or 10 slots
    /// assert_eq!(near(0.99, 0.977), [0.97]); // 2.3 slots are needed: 3
    /// # Ok::<(), crlb::CrlbError>(())
    /// ```
    pub fn whole_slot_allocations(&self, wish: f64, limit: f64) -> Vec<f64> {
        let all = self.sensing_slots(0.0);
        // Of a time allocation that was computed from a number of slots.
        let rounding = 4.0 * f64::EPSILON * all;
        let least = (self.sensing_slots(limit) - rounding).ceil().max(1.0);
        let wished = self.sensing_slots(wish);
        let mut slots = vec![
            (wished + rounding).floor().max(least),
            (wished - rounding).ceil().max(least),
        ];
        slots.dedup();
        let left = |slots: f64| (slots < all).then_some((all - slots) / all);
        slots.into_iter().filter_map(left).collect()
    }

    /// `C`, in m²: the CRLB if all of the frame were spent on sensing.
    pub fn crlb_constant_m2<const D: usize>(&self, bound: &PositionBound<D>) -> f64 {
        bound.crlb_m2(self.sensing_slots(0.0))
    }
}

/// What a frame is read from.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Durations {
    duration_s: f64,
    sensing_slot_s: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<Durations> for Frame {
    type Error = CrlbError;

    fn try_from(plain: Durations) -> Result<Self, CrlbError> {
        Self::new(plain.duration_s, plain.sensing_slot_s)
    }
}

/// `C/(1-η)`: the CRLB at a time allocation η, in m².
pub fn crlb_at_m2(crlb_constant_m2: f64, time_allocation: f64) -> f64 {
    crlb_constant_m2 / (1.0 - time_allocation)
}

/// η̄ = 1 - C/CRLB_th, (17) of the paper: the largest time allocation that meets the threshold.
/// Zero or negative when there is none; see [`max_time_allocation`].
pub fn time_allocation_limit(crlb_constant_m2: f64, threshold_m2: f64) -> f64 {
    1.0 - crlb_constant_m2 / threshold_m2
}

/// [`time_allocation_limit`], checked and below one.
///
/// # Errors
///
/// [`CrlbError::Invalid`] for numbers that are not positive and finite;
/// [`CrlbError::ThresholdUnreachable`] when `C ≥ CRLB_th`.
pub fn max_time_allocation(crlb_constant_m2: f64, threshold_m2: f64) -> Result<f64, CrlbError> {
    for (field, value) in [
        ("crlb_constant_m2", crlb_constant_m2),
        ("threshold_m2", threshold_m2),
    ] {
        Invalid::unless_positive(field, value)?;
    }
    let limit = time_allocation_limit(crlb_constant_m2, threshold_m2);
    if limit > 0.0 {
        // A threshold beyond 10^16 C rounds to all of the time, which leaves none to sense in.
        Ok(limit.min(1.0 - 0.5 * f64::EPSILON))
    } else {
        Err(CrlbError::ThresholdUnreachable {
            crlb_constant_m2,
            threshold_m2,
        })
    }
}

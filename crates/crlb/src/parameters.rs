//! What a bound is computed from: plain parameters that anyone may edit, and their validation.

use nf_channel::{EchoScene, Invalid, ValidScene};

use crate::CrlbError;
use crate::model::{GainModel, SensingModel};
use crate::signal::SensingSignal;
use crate::user_axes::UserAxes;

/// A scene and what its bound depends on besides, freely editable; [`check`](Self::check) turns it into a
/// [`SensingModel`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: nf_channel::Plain")
)]
pub struct SensingParameters<const D: usize> {
    /// Access points, users, and the gains between them.
    pub scene: EchoScene<D>,
    /// What is known about the echo gains.
    pub gain_model: GainModel,
    /// Receiver noise power per element and sensing slot, in watts.
    pub noise_w: f64,
}

impl<const D: usize> SensingParameters<D> {
    /// The paper's model of a scene: unknown gains. Change the field for anything else.
    pub fn new(scene: EchoScene<D>, noise_w: f64) -> Self {
        Self {
            scene,
            gain_model: GainModel::Unknown,
            noise_w,
        }
    }

    /// Validates the scene and computes its responses, gradients and echo gains.
    ///
    /// Cost: `O(M N_t (D+1)² K²)` operations and `O(M N_t (D+1) K)` memory.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Scene`] for a scene that cannot be ([`EchoScene::check`]), [`CrlbError::Invalid`] for
    /// the noise power.
    pub fn check(self) -> Result<SensingModel<D>, CrlbError> {
        Invalid::unless_positive("noise_w", self.noise_w)?;
        SensingModel::of_scene(self.scene.check()?, self.gain_model, self.noise_w)
    }
}

impl<const D: usize> SensingModel<D> {
    fn of_scene(
        scene: ValidScene<D>,
        gain_model: GainModel,
        noise_w: f64,
    ) -> Result<Self, CrlbError> {
        let model = Self::new(scene, gain_model, noise_w);
        // Positions are measured along the principal axes of each user's own information.
        let signal = SensingSignal::isotropic(vec![1.0; model.access_points()]);
        let information = model.fisher_information(&signal)?;
        let axes = UserAxes::principal(information.position_normalised().as_ref())?;
        Ok(model.along(axes))
    }

    /// The same scene with other knowledge of the echo gains.
    pub(crate) fn with_gain_model(&self, gain_model: GainModel) -> Result<Self, CrlbError> {
        Self::of_scene(self.scene().clone(), gain_model, self.noise_w())
    }
}

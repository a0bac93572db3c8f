//! Detection: which users are there, and what may be claimed of each.

use faer::{Mat, c64};
use nf_channel::{EchoConvention, Invalid, Network, ValidNetwork};

use crate::false_alarm::Extent;
use crate::refine::check_waveform;
use crate::region::Cells;
use crate::search::Search;
use crate::verdict::Detection;
use crate::{Echoes, LocError, RefineParameters, Refiner, Region};

/// How many users there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum UserCount {
    /// So many. Those that no echo tells of are reported as not found, and more echoes than users
    /// make all of them doubtful. With none, nobody is looked for, and the fit says whether noise explains the data.
    Given(usize),
    /// As many as echoes stand out, up to a largest number.
    AtMost(usize),
}

/// What is known of the noise power per element and slot.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Noise {
    /// This power, in watts.
    Known(f64),
    /// Nothing: it is estimated from the residual, and only the residual's structure shows a model that
    /// does not fit.
    Estimated,
}

/// What to look for, where and how surely, freely editable; [`check`](Self::check) turns it into a
/// [`Detector`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: nf_channel::Plain")
)]
pub struct DetectorParameters<const D: usize> {
    /// The access points: they receive the echoes, and have sent the waveform.
    pub network: Network<D>,
    /// Where users can be.
    pub region: Region<D>,
    /// How many there are.
    pub users: UserCount,
    /// What is known of the noise.
    pub noise: Noise,
    /// Probability that a frame of noise alone yields a user anywhere in the region.
    pub false_alarm: f64,
    /// Probability that users who are all there is are taken for something else.
    pub misfit_alarm: f64,
    /// How positions are refined.
    pub refine: RefineParameters,
}

impl<const D: usize> DetectorParameters<D> {
    /// False alarms in 5 % of empty frames, misfits in one of a thousand that fit.
    pub fn new(network: Network<D>, region: Region<D>, users: UserCount, noise: Noise) -> Self {
        Self {
            network,
            region,
            users,
            noise,
            false_alarm: 0.05,
            misfit_alarm: 1e-3,
            refine: RefineParameters::default(),
        }
    }

    /// Checks all parts and lays out the search.
    ///
    /// # Errors
    ///
    /// As for [`Network::check`] and [`RefineParameters::check`]; [`LocError::Invalid`] for a noise power that is not
    /// positive, levels not between 0 and 1, a normal of no length or a region without positions;
    /// [`LocError::Grid`] for its bounds, [`LocError::Region`] for one of too many cells.
    pub fn check(self) -> Result<Detector<D>, LocError> {
        if let Noise::Known(noise_w) = self.noise {
            Invalid::unless_positive("noise_w", noise_w)?;
        }
        for (what, level) in [
            ("false_alarm", self.false_alarm),
            ("misfit_alarm", self.misfit_alarm),
        ] {
            if !(level > 0.0 && level < 1.0) {
                return Err(Invalid::Number {
                    what,
                    value: level,
                    requirement: "between 0 and 1",
                }
                .into());
            }
        }
        let network = self.network.clone().check()?;
        Ok(Detector {
            cells: Cells::new(&network, &self.region)?,
            network,
            refiner: self.refine.check()?,
            parameters: self,
        })
    }
}

/// From echoes to users and verdicts, for the access points of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector<const D: usize> {
    parameters: DetectorParameters<D>,
    pub(crate) network: ValidNetwork<D>,
    pub(crate) cells: Cells<D>,
    pub(crate) refiner: Refiner,
}

impl<const D: usize> Detector<D> {
    /// The parameters that were checked.
    pub fn parameters(&self) -> &DetectorParameters<D> {
        &self.parameters
    }

    /// Number of positions of the coarse search.
    pub fn searched_positions(&self) -> usize {
        self.cells.centres_m.len()
    }

    /// Likelihood ratio that noise alone exceeds somewhere in the region with the probability
    /// [`false_alarm`](DetectorParameters::false_alarm), for a waveform of the network's shape.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] or [`LocError::NonFiniteSamples`] for another shape.
    pub fn threshold(&self, waveform: &[Mat<c64>], slots: usize) -> Result<f64, LocError> {
        let silent = (self.network.access_points().iter())
            .map(|array| Mat::zeros(array.len(), slots))
            .collect();
        check_waveform(&self.network, &Echoes::new(silent)?, waveform)?;
        Ok(self.unchecked_threshold(waveform))
    }

    pub(crate) fn unchecked_threshold(&self, waveform: &[Mat<c64>]) -> f64 {
        Extent::new(&self.network, waveform, &self.cells).threshold(self.parameters.false_alarm)
    }

    /// Looks for users one after the other, each where it raises the likelihood most given those before, and refines all
    /// of them after each; then asks of each whether it is still needed and whether another position would do as well
    /// or better. What is then left decides whether the model fits.
    ///
    /// Cost: for each user that is found one evaluation of the likelihood on all cells, `O(Σ N_l τ)` operations
    /// each, and one more with as many sets of data as users; and the refinements of [`Refiner::refine`].
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] or [`LocError::NonFiniteSamples`] for echoes or waveforms of the wrong shape,
    /// [`LocError::Factorisation`].
    pub fn detect(&self, echoes: &Echoes, waveform: &[Mat<c64>]) -> Result<Detection<D>, LocError> {
        check_waveform(&self.network, echoes, waveform)?;
        let detection = Search::new(self, &self.network, echoes, waveform).detect()?;
        self.with_hint(echoes, waveform, detection)
    }

    /// Verdicts on positions that something else has found, after their refinement: everything of
    /// [`detect`](Self::detect) but the search. More echoes than positions, and other positions that do as well, are
    /// looked for among the mirror images only.
    ///
    /// # Errors
    ///
    /// As for [`detect`](Self::detect), and [`LocError::Scene`] for a start on an antenna.
    pub fn assess(
        &self,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        starts_m: &[[f64; D]],
    ) -> Result<Detection<D>, LocError> {
        check_waveform(&self.network, echoes, waveform)?;
        let detection = Search::new(self, &self.network, echoes, waveform).assess(starts_m)?;
        self.with_hint(echoes, waveform, detection)
    }

    fn with_hint(
        &self,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        mut detection: Detection<D>,
    ) -> Result<Detection<D>, LocError> {
        if !detection.users.is_empty() && self.misfits(detection.fit.p_value) {
            let noise_w = detection.fit.noise_w;
            detection.better_convention = self.other_convention(echoes, waveform, noise_w)?;
        }
        Ok(detection)
    }

    pub(crate) fn misfits(&self, p_value: f64) -> bool {
        p_value < self.parameters.misfit_alarm
    }

    /// The other convention if it explains at least half of what this one leaves.
    fn other_convention(
        &self,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        noise_w: f64,
    ) -> Result<Option<EchoConvention>, LocError> {
        let mut network = self.network.parameters().clone();
        let other = match network.echo_convention {
            EchoConvention::Conjugate => EchoConvention::Reciprocal,
            EchoConvention::Reciprocal => EchoConvention::Conjugate,
        };
        network.echo_convention = other;
        let network = network.check()?;
        let fit = Search::new(self, &network, echoes, waveform).quick_fit();
        Ok((fit.noise_w < 0.5 * noise_w).then_some(other))
    }
}

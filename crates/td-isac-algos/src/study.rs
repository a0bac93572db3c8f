//! The one way in: from a scenario, or from channels of one's own, to a certified design.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use crlb::Frame;
use robust_sdp::{AttackOptions, BeamBoundOptions, HermitianIpm, SdpSolver};

use crate::allocation::{self, TimeAllocation};
use crate::design::Design;
use crate::downlink::{Downlink, check_eta};
use crate::driver::{Driver, Limits, Task};
use crate::error::DesignError;
use crate::observer::{Observer, Silent};
use crate::scenario::{AnyScenario, CheckedScenario, Scenario};
use crate::scheme::{BeamformingScheme, Main};
use crate::system::Sensing;
use crate::uncertainty::UncertaintyModel;

/// What a [`Study`] can be made of: scenarios, checked or not, and [`Downlink`]s.
pub trait System {
    /// A sensing half that is there already; [`Infallible`] where there can be none.
    type Sensing;

    /// The downlink, with the given uncertainty in place of the system's own if there is one, and the
    /// largest time allocation that the system's sensing threshold permits.
    ///
    /// # Errors
    /// Whatever keeps the system from having a downlink.
    fn prepare(
        &self,
        sensing: Option<&Self::Sensing>,
        uncertainty: Option<Arc<dyn UncertaintyModel>>,
    ) -> Result<Prepared, DesignError>;
}

/// A system made ready for beamforming.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The communication half.
    pub downlink: Downlink,
    /// `η̄` (17), or why there is none: an error only for runs that have to keep it.
    pub eta_max: Result<f64, DesignError>,
    /// The frame, if only time allocations with whole numbers of its sensing slots are answers.
    pub whole_slots: Option<Frame>,
}

/// The largest time allocation where no threshold limits it.
const UNLIMITED: f64 = 1.0 - 1e-12;

impl System for Downlink {
    type Sensing = Infallible;

    fn prepare(
        &self,
        _sensing: Option<&Infallible>,
        uncertainty: Option<Arc<dyn UncertaintyModel>>,
    ) -> Result<Prepared, DesignError> {
        Ok(Prepared {
            downlink: match uncertainty {
                Some(own) => self.with_uncertainty(own)?,
                None => self.clone(),
            },
            eta_max: Ok(UNLIMITED),
            whole_slots: None,
        })
    }
}

impl<const D: usize> System for CheckedScenario<D> {
    type Sensing = Sensing<D>;

    fn prepare(
        &self,
        sensing: Option<&Sensing<D>>,
        uncertainty: Option<Arc<dyn UncertaintyModel>>,
    ) -> Result<Prepared, DesignError> {
        let designed;
        let sensing = match sensing {
            Some(sensing) => sensing,
            None => {
                designed = Sensing::design(self, None)?;
                &designed
            }
        };
        Ok(Prepared {
            downlink: match uncertainty {
                Some(own) => self.downlink_under(own)?,
                None => self.robust_downlink(sensing)?,
            },
            eta_max: sensing.eta_max().map_err(DesignError::from),
            whole_slots: self.whole_slots(),
        })
    }
}

impl<const D: usize> System for Scenario<D> {
    type Sensing = Sensing<D>;

    fn prepare(
        &self,
        sensing: Option<&Sensing<D>>,
        uncertainty: Option<Arc<dyn UncertaintyModel>>,
    ) -> Result<Prepared, DesignError> {
        self.check()?.prepare(sensing, uncertainty)
    }
}

impl System for AnyScenario {
    type Sensing = Infallible;

    fn prepare(
        &self,
        _sensing: Option<&Infallible>,
        uncertainty: Option<Arc<dyn UncertaintyModel>>,
    ) -> Result<Prepared, DesignError> {
        match self {
            Self::TwoD(scenario) => scenario.prepare(None, uncertainty),
            Self::ThreeD(scenario) => scenario.prepare(None, uncertainty),
        }
    }
}

/// A design to be made: what of, by which scheme, at which time allocation.
///
/// Everything has a default: the scheme [`Main`], the time allocation that promises most
/// ([`allocation::recommended`]) within the sensing threshold, the solver [`HermitianIpm`], no
/// observer, no attack.
///
/// ```
/// # use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
/// # use td_isac_algos::scenario::Scenario;
/// use td_isac_algos::Study;
/// use td_isac_algos::scheme::ZeroForcing;
///
/// # fn main() -> Result<(), td_isac_algos::DesignError> {
/// # let array = |reference_m, axis_deg| ArraySpec::UniformLinear {
/// #     reference_m,
/// #     axis: axis_from_degrees(axis_deg),
/// #     elements: 21,
/// #     extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
/// # };
/// # let access_points = vec![array([30.0, 70.0], 0.0), array([10.0, 20.0], -45.0)];
/// # let scenario = Scenario::new(28.0e9, access_points, vec![[20.0, 30.0], [25.0, 40.0]]);
/// let best = Study::new(&scenario).run()?;
/// let simple = Study::new(&scenario).scheme(&ZeroForcing).eta(best.eta).run()?;
/// assert!(simple.rate_bit_s_hz() <= best.rate_bit_s_hz() * (1.0 + 1e-3));
/// # Ok(())
/// # }
/// ```
pub struct Study<'a, S: System> {
    system: &'a S,
    sensing: Option<&'a S::Sensing>,
    uncertainty: Option<Arc<dyn UncertaintyModel>>,
    scheme: Option<&'a dyn BeamformingScheme>,
    allocation: Option<&'a dyn TimeAllocation>,
    solver: Option<&'a dyn SdpSolver>,
    observer: Option<&'a mut dyn Observer>,
    eta: Option<f64>,
    eta_max: Option<f64>,
    whole_slots: Option<Option<Frame>>,
    attack: Option<AttackOptions>,
    beam_bound: Option<BeamBoundOptions>,
    driver: Driver,
}

impl<'a, S: System> Study<'a, S> {
    /// A study of a scenario or of a downlink, with the defaults.
    pub fn new(system: &'a S) -> Self {
        Self {
            system,
            sensing: None,
            uncertainty: None,
            scheme: None,
            allocation: None,
            solver: None,
            observer: None,
            eta: None,
            eta_max: None,
            whole_slots: None,
            attack: None,
            beam_bound: None,
            driver: Driver::default(),
        }
    }

    /// The beamforming scheme; [`Main`] by default.
    #[must_use]
    pub fn scheme(mut self, scheme: &'a dyn BeamformingScheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// The strategy for the time allocation; [`allocation::recommended`] by default.
    #[must_use]
    pub fn allocation(mut self, allocation: &'a dyn TimeAllocation) -> Self {
        self.allocation = Some(allocation);
        self
    }

    /// The solver of semidefinite programs; [`HermitianIpm`] by default.
    #[must_use]
    pub fn solver(mut self, solver: &'a dyn SdpSolver) -> Self {
        self.solver = Some(solver);
        self
    }

    /// Who watches and may cancel; nobody by default.
    #[must_use]
    pub fn observer(mut self, observer: &'a mut dyn Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The sensing half, if there is one already; a scenario's is designed by default.
    #[must_use]
    pub fn sensing(mut self, sensing: &'a S::Sensing) -> Self {
        self.sensing = Some(sensing);
        self
    }

    /// What is known of the channel errors, in place of what the system says.
    #[must_use]
    pub fn uncertainty(mut self, uncertainty: Arc<dyn UncertaintyModel>) -> Self {
        self.uncertainty = Some(uncertainty);
        self
    }

    /// Fixes the time allocation, `0 < η < 1`: one beamforming problem, and the sensing threshold is
    /// not enforced.
    #[must_use]
    pub fn eta(mut self, eta: f64) -> Self {
        self.eta = Some(eta);
        self
    }

    /// The largest time allocation that is an answer, in place of what the sensing threshold permits.
    #[must_use]
    pub fn eta_max(mut self, eta_max: f64) -> Self {
        self.eta_max = Some(eta_max);
        self
    }

    /// Only time allocations with whole numbers of this frame's sensing slots are answers, or any with `None`; in place
    /// of what the system says. Of the two next to the best one the better is chosen.
    #[must_use]
    pub fn whole_slots(mut self, frame: Option<Frame>) -> Self {
        self.whole_slots = Some(frame);
        self
    }

    /// Where the search for the time allocation starts; 0.5 by default.
    #[must_use]
    pub fn eta_start(mut self, eta_start: f64) -> Self {
        self.driver.eta_start = eta_start;
        self
    }

    /// Accepted steps allowed to the search for the time allocation; 30 by default.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.driver.max_iterations = max_iterations;
        self
    }

    /// Attacks the finished beams: [`Design::gamma_attacked`] then has the SINR at the most harmful
    /// channel errors found, an upper bound beside the proven lower one.
    #[must_use]
    pub fn attack(mut self, options: AttackOptions) -> Self {
        self.attack = Some(options);
        self
    }

    /// Looks for the channel errors that bound all beams: [`Design::gamma_beam_upper_bound`] is then close to the best that beams
    /// can do, for a scheme that [looks among all](BeamformingScheme::seeks_among_all_beams). Costs several times the design.
    #[must_use]
    pub fn beam_bound(mut self, options: BeamBoundOptions) -> Self {
        self.beam_bound = Some(options);
        self
    }

    /// Makes the design.
    ///
    /// # Errors
    /// What the system objects to (a scenario's check, positions that cannot be identified, a threshold
    /// out of reach), a bad option, or a failure to solve. Cancellation by the observer is an error
    /// only before the first design exists.
    pub fn run(self) -> Result<Design, DesignError> {
        let (main, native) = (Main::default(), HermitianIpm::default());
        let recommended = allocation::recommended();
        let scheme = self.scheme.unwrap_or(&main);
        let allocation = self.allocation.unwrap_or(&recommended);
        // Mistakes are named before anything is computed.
        scheme.check()?;
        allocation.check()?;
        if let Some(options) = &self.attack {
            options.check()?;
        }
        if let Some(options) = &self.beam_bound {
            options.check()?;
        }
        for (name, eta) in [("eta", self.eta), ("eta_max", self.eta_max)] {
            eta.map_or(Ok(()), |eta| check_eta(name, eta))?;
        }
        check_eta("eta_start", self.driver.eta_start)?;
        let prepared = self.system.prepare(self.sensing, self.uncertainty)?;
        let mut silent = Silent;
        let downlink = if scheme.knows_channels() {
            prepared.downlink.with_exact_channels()
        } else {
            prepared.downlink
        };
        let task = Task {
            downlink: &downlink,
            scheme,
            solver: self.solver.unwrap_or(&native),
            observer: self.observer.unwrap_or(&mut silent),
            attack: self.attack,
            beam_bound: self.beam_bound,
        };
        if let Some(eta) = self.eta {
            return self.driver.run_fixed(task, eta);
        }
        let eta_max = match self.eta_max {
            Some(eta_max) => eta_max,
            None => prepared.eta_max?,
        };
        let limits = Limits {
            eta_max,
            whole_slots: self.whole_slots.unwrap_or(prepared.whole_slots),
        };
        self.driver.run(task, limits, allocation)
    }
}

impl<S: System> fmt::Debug for Study<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Study")
            .field("scheme", &self.scheme)
            .field("allocation", &self.allocation)
            .field("solver", &self.solver.map(|solver| solver.name()))
            .field("uncertainty", &self.uncertainty)
            .field("eta", &self.eta)
            .field("eta_max", &self.eta_max)
            .field("whole_slots", &self.whole_slots)
            .field("attack", &self.attack)
            .field("driver", &self.driver)
            .finish_non_exhaustive()
    }
}

//! Schemes and strategies by name.

use td_isac_algos::{allocation, scheme};

/// A beamforming scheme, or the sensing design alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// No beams: the bound and its covariance only.
    Sensing,
    /// Largest certified worst-case rate.
    Main,
    /// Channel errors ignored.
    ErrorIgnorant,
    /// Maximum-ratio directions with robust powers, real as in the paper.
    MaximumRatio,
    /// The same with each access point's phase.
    MaximumRatioHermitian,
    /// Zero-forcing.
    ZeroForcing,
    /// Regularised zero-forcing.
    RegularisedZeroForcing,
    /// Maximum-ratio directions at equal power.
    EqualPowerMrt,
    /// The channels known exactly: a bound.
    PerfectCsi,
}

impl Scheme {
    /// All of them with their names.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("sensing", Self::Sensing),
        ("main", Self::Main),
        ("ei", Self::ErrorIgnorant),
        ("mrt", Self::MaximumRatio),
        ("mrt-hermitian", Self::MaximumRatioHermitian),
        ("zf", Self::ZeroForcing),
        ("rzf", Self::RegularisedZeroForcing),
        ("mrt-equal", Self::EqualPowerMrt),
        ("perfect", Self::PerfectCsi),
    ];

    /// The scheme of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        let entry = Self::NAMES.iter().find(|entry| entry.0 == name)?;
        Some(entry.1)
    }

    /// Its name on command lines and in records.
    pub fn name(self) -> &'static str {
        let entry = Self::NAMES.iter().find(|entry| entry.1 == self);
        entry.map_or("", |entry| entry.0)
    }

    /// The scheme itself; `None` for the sensing design alone.
    pub fn beamforming(self) -> Option<Box<dyn scheme::BeamformingScheme>> {
        let mrt = scheme::MaximumRatio::new;
        Some(match self {
            Self::Sensing => return None,
            Self::Main => Box::new(scheme::Main::default()),
            Self::ErrorIgnorant => Box::new(scheme::ErrorIgnorant::default()),
            Self::MaximumRatio => Box::new(mrt(scheme::MrtPowers::Real)),
            Self::MaximumRatioHermitian => Box::new(mrt(scheme::MrtPowers::Hermitian)),
            Self::ZeroForcing => Box::new(scheme::ZeroForcing),
            Self::RegularisedZeroForcing => Box::new(scheme::RegularisedZeroForcing),
            Self::EqualPowerMrt => Box::new(scheme::EqualPowerMrt),
            Self::PerfectCsi => Box::new(scheme::PerfectCsi::default()),
        })
    }
}

/// How the time allocation is improved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Largest worst-case rate of fixed beams: the quickest.
    Rate,
    /// The paper's largest constraint margin, multipliers re-optimised.
    Margin,
    /// The same with frozen multipliers, as printed.
    MarginFixed,
    /// Search of the exact rate.
    Exhaustive,
}

impl Strategy {
    /// All of them with their names.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("rate", Self::Rate),
        ("margin", Self::Margin),
        ("margin-fixed", Self::MarginFixed),
        ("exhaustive", Self::Exhaustive),
    ];

    /// The strategy of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        let entry = Self::NAMES.iter().find(|entry| entry.0 == name)?;
        Some(entry.1)
    }

    /// Its name on command lines and in records.
    pub fn name(self) -> &'static str {
        let entry = Self::NAMES.iter().find(|entry| entry.1 == self);
        entry.map_or("", |entry| entry.0)
    }

    /// The strategy itself.
    pub fn allocation(self) -> Box<dyn allocation::TimeAllocation> {
        let margin = |multipliers| allocation::ConstraintMargin {
            multipliers,
            ..Default::default()
        };
        match self {
            Self::Rate => Box::new(allocation::WorstCaseRate::default()),
            Self::Margin => Box::new(margin(allocation::Multipliers::Reoptimised)),
            Self::MarginFixed => Box::new(margin(allocation::Multipliers::Fixed)),
            Self::Exhaustive => Box::new(allocation::Exhaustive::default()),
        }
    }
}

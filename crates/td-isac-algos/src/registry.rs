//! Schemes and strategies by name.

use std::sync::Arc;

use crate::allocation::{
    ConstraintMargin, Exhaustive, Multipliers, Slope, TimeAllocation, WorstCaseRate,
};
use crate::error::DesignError;
use crate::scheme::{
    BeamformingScheme, EqualPowerMrt, ErrorIgnorant, Main, MaximumRatio, MrtPowers, PerfectCsi,
    RegularisedZeroForcing, ZeroForcing,
};

/// Things of a kind by name, in a fixed order. The default holds those of this crate;
/// [`with`](Self::with) adds one's own.
#[derive(Debug, Clone)]
pub struct Registry<T: ?Sized> {
    kind: &'static str,
    entries: Vec<(String, Arc<T>)>,
}

/// Beamforming schemes: `main`, `ei`, `mrt`, `mrt-hermitian`, `zf`, `rzf`, `mrt-equal` and `perfect`.
pub type Schemes = Registry<dyn BeamformingScheme>;

/// Strategies for the time allocation: `slope`, `margin`, `margin-fixed` (the paper's rule as printed),
/// `rate` and `exhaustive`.
pub type Strategies = Registry<dyn TimeAllocation>;

impl<T: ?Sized> Registry<T> {
    /// The same with one more entry, in the place of an entry of the same name if there is one.
    #[must_use]
    pub fn with(mut self, name: &str, entry: Arc<T>) -> Self {
        match self.entries.iter_mut().find(|known| known.0 == name) {
            Some(known) => known.1 = entry,
            None => self.entries.push((name.to_owned(), entry)),
        }
        self
    }

    /// The entry of a name.
    ///
    /// # Errors
    /// [`DesignError::UnknownName`] with the names there are.
    pub fn get(&self, name: &str) -> Result<&T, DesignError> {
        self.find(name).map(Arc::as_ref)
    }

    /// The entry of a name, to be kept longer than the registry.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_shared(&self, name: &str) -> Result<Arc<T>, DesignError> {
        self.find(name).cloned()
    }

    fn find(&self, name: &str) -> Result<&Arc<T>, DesignError> {
        let found = self.entries.iter().find(|known| known.0 == name);
        let unknown = || DesignError::UnknownName {
            kind: self.kind,
            name: name.to_owned(),
            known: self.names().collect::<Vec<_>>().join(", "),
        };
        found.map(|known| &known.1).ok_or_else(unknown)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|known| known.0.as_str())
    }
}

impl Default for Schemes {
    fn default() -> Self {
        let none = Self {
            kind: "scheme",
            entries: Vec::new(),
        };
        none.with("main", Arc::new(Main::default()))
            .with("ei", Arc::new(ErrorIgnorant::default()))
            .with("mrt", Arc::new(MaximumRatio::new(MrtPowers::Real)))
            .with(
                "mrt-hermitian",
                Arc::new(MaximumRatio::new(MrtPowers::Hermitian)),
            )
            .with("zf", Arc::new(ZeroForcing))
            .with("rzf", Arc::new(RegularisedZeroForcing))
            .with("mrt-equal", Arc::new(EqualPowerMrt))
            .with("perfect", Arc::new(PerfectCsi::default()))
    }
}

impl Default for Strategies {
    fn default() -> Self {
        let none = Self {
            kind: "time allocation",
            entries: Vec::new(),
        };
        let printed = ConstraintMargin {
            multipliers: Multipliers::Fixed,
            ..ConstraintMargin::default()
        };
        none.with("slope", Arc::new(Slope::default()))
            .with("margin", Arc::new(ConstraintMargin::default()))
            .with("margin-fixed", Arc::new(printed))
            .with("rate", Arc::new(WorstCaseRate::default()))
            .with("exhaustive", Arc::new(Exhaustive::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever asks a registry by name gets what calls itself that.
    #[test]
    fn names_are_the_entries_own() {
        let (schemes, strategies) = (Schemes::default(), Strategies::default());
        for name in schemes.names() {
            assert_eq!(schemes.get(name).unwrap().name(), name);
        }
        for name in strategies.names() {
            assert_eq!(strategies.get(name).unwrap().name(), name);
        }
        let error = schemes.get("nobody").err().unwrap().to_string();
        assert!(error.contains("scheme nobody") && error.contains("mrt-equal"));
    }

    #[test]
    fn ones_own_entries_are_added_or_replace() {
        let count = Schemes::default().names().count();
        let more = Schemes::default().with("mine", Arc::new(ZeroForcing));
        assert_eq!(more.names().count(), count + 1);
        assert_eq!(more.get("mine").unwrap().name(), "zf");
        let replaced = more.with("mine", Arc::new(EqualPowerMrt));
        assert_eq!(replaced.names().count(), count + 1);
        assert_eq!(replaced.get("mine").unwrap().name(), "mrt-equal");
    }
}

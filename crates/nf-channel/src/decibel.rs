//! Decibels, for the edges of a program only: everything inside is in SI units.

/// Power ratio of a level in dB.
pub fn db_to_linear(level_db: f64) -> f64 {
    10f64.powf(level_db / 10.0)
}

/// Level in dB of a power ratio.
pub fn linear_to_db(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

/// Power in watts of a level in dBm.
pub fn dbm_to_watt(level_dbm: f64) -> f64 {
    db_to_linear(level_dbm - 30.0)
}

/// Level in dBm of a power in watts.
pub fn watt_to_dbm(power_w: f64) -> f64 {
    linear_to_db(power_w) + 30.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn known_levels() {
        assert_eq!(dbm_to_watt(30.0), 1.0);
        assert_relative_eq!(dbm_to_watt(-100.0), 1e-13, max_relative = 1e-14);
        assert_relative_eq!(
            db_to_linear(3.0),
            1.995_262_314_968_88,
            max_relative = 1e-14
        );
        assert_relative_eq!(watt_to_dbm(dbm_to_watt(-73.2)), -73.2, max_relative = 1e-14);
        assert_relative_eq!(linear_to_db(db_to_linear(12.5)), 12.5, max_relative = 1e-14);
    }
}

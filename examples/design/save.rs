//! The design itself, as `--save` writes it. In JSON, complex numbers are pairs `[re, im]`.

use crate::failure::Failure;
use crate::sensing::SensingRun;
use crlb::FactoredCovariance;
use faer::{Mat, c64};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use td_isac_algos::{Beams, CertifiedBeams, rate_bit_s_hz};
use td_isac_examples::arrays;

/// Everything that is needed to transmit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedDesign {
    pub schema_version: u32,
    pub scenario: String,
    /// Null for channels without positions.
    pub sensing: Option<SavedSensing>,
    pub schemes: Vec<SavedScheme>,
}

/// The sensing signal and what it reaches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedSensing {
    /// One covariance an access point.
    pub covariances: Vec<SavedCovariance>,
    /// Mean squared error of each user if all of the frame were spent on sensing.
    pub user_crlb_constant_m2: Vec<f64>,
}

/// `Ψ = basis · core · basis^H + floor_w · I`, matrices as lists of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedCovariance {
    #[serde(with = "crlb::rows")]
    pub basis: Mat<c64>,
    #[serde(with = "crlb::rows")]
    pub core_w: Mat<c64>,
    pub floor_w: f64,
}

/// The beamformers of one scheme and what they reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedScheme {
    pub scheme: String,
    pub eta: f64,
    /// `beamformers[user][access point][element]`, in square roots of watts.
    pub beamformers: Beams,
    /// `multipliers[user][error block]`: with the beamformers they prove the rates.
    pub multipliers: Vec<Vec<f64>>,
    /// Certified worst-case rate of each user.
    pub user_rate_bit_s_hz: Vec<f64>,
    /// Mean squared position error of each user at this time allocation.
    pub user_crlb_m2: Vec<f64>,
}

impl SavedSensing {
    pub fn new<const D: usize>(sensing: &SensingRun<D>) -> Self {
        let covariances = sensing.covariances().iter();
        Self {
            covariances: covariances.map(SavedCovariance::new).collect(),
            user_crlb_constant_m2: sensing.user_crlb_m2(0.0),
        }
    }
}

impl SavedDesign {
    /// JSON, or the beams alone for NumPy if the file is called `.npz`.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let npz = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("npz"));
        if npz {
            return arrays::save(file, &self.beams()).map_err(|source| Failure::save(file, source));
        }
        let write = || -> std::io::Result<()> {
            let mut writer = BufWriter::new(File::create(file)?);
            serde_json::to_writer(&mut writer, self)?;
            writeln!(writer)?;
            writer.flush()
        };
        write().map_err(|source| Failure::save(file, source))
    }
}

impl SavedDesign {
    /// `w0, w1, ..`, one for each access point, `[user][element]`; of several schemes with the scheme's name before it,
    /// `main_w0`.
    fn beams(&self) -> Vec<(String, Mat<c64>)> {
        let several = self.schemes.len() > 1;
        let of_scheme = |saved: &SavedScheme| {
            let beams = &saved.beamformers;
            let prefix = if several {
                format!("{}_", saved.scheme)
            } else {
                String::new()
            };
            let part = |(m, &elements): (usize, &usize)| {
                let part = Mat::from_fn(beams.users(), elements, |user, n| beams.of(user, m)[n]);
                (format!("{prefix}w{m}"), part)
            };
            beams
                .antennas()
                .iter()
                .enumerate()
                .map(part)
                .collect::<Vec<_>>()
        };
        self.schemes.iter().flat_map(of_scheme).collect()
    }
}

impl SavedScheme {
    /// Beamformers at a time allocation with what is certified of them.
    pub fn new(
        scheme: &str,
        eta: f64,
        beamformers: &Beams,
        certified: &CertifiedBeams,
        user_crlb_m2: Vec<f64>,
    ) -> Self {
        Self {
            scheme: scheme.to_owned(),
            eta,
            beamformers: beamformers.clone(),
            multipliers: certified.multipliers.clone(),
            user_rate_bit_s_hz: certified
                .user_gamma
                .iter()
                .map(|&gamma| rate_bit_s_hz(eta, gamma))
                .collect(),
            user_crlb_m2,
        }
    }
}

impl SavedCovariance {
    fn new(factor: &FactoredCovariance) -> Self {
        Self {
            basis: factor.basis.clone(),
            core_w: factor.core.clone(),
            floor_w: factor.floor_w,
        }
    }
}

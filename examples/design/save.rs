//! The design itself, as `--save` writes it. Complex numbers are pairs `[re, im]`.

use crate::failure::Failure;
use crate::report::SCHEMA_VERSION;
use crate::sensing::SensingRun;
use crlb::FactoredCovariance;
use faer::{Mat, c64};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use td_isac_algos::{Design, rate_bit_s_hz};

/// Everything that is needed to transmit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedDesign {
    pub schema_version: u32,
    pub scenario: String,
    pub sensing: SavedSensing,
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
    pub basis: Vec<Vec<[f64; 2]>>,
    pub core_w: Vec<Vec<[f64; 2]>>,
    pub floor_w: f64,
}

/// The beamformers of one scheme and what they reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedScheme {
    pub scheme: &'static str,
    pub eta: f64,
    /// `beamformers[user][access point][element]`, in square roots of watts.
    pub beamformers: Vec<Vec<Vec<[f64; 2]>>>,
    /// `multipliers[user][error block]`: with the beamformers they prove the rates.
    pub multipliers: Vec<Vec<f64>>,
    /// Certified worst-case rate of each user.
    pub user_rate_bit_s_hz: Vec<f64>,
    /// Mean squared position error of each user at this time allocation.
    pub user_crlb_m2: Vec<f64>,
}

impl SavedDesign {
    pub fn new<const D: usize>(
        scenario: &str,
        sensing: &SensingRun<D>,
        schemes: Vec<SavedScheme>,
    ) -> Self {
        let covariances = sensing
            .covariances()
            .iter()
            .map(SavedCovariance::new)
            .collect();
        let user_crlb_constant_m2 = sensing.user_crlb_m2(0.0);
        Self {
            schema_version: SCHEMA_VERSION,
            scenario: scenario.to_owned(),
            sensing: SavedSensing {
                covariances,
                user_crlb_constant_m2,
            },
            schemes,
        }
    }

    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let write = || -> std::io::Result<()> {
            let mut writer = BufWriter::new(File::create(file)?);
            serde_json::to_writer(&mut writer, self)?;
            writeln!(writer)?;
            writer.flush()
        };
        write().map_err(|source| Failure::save(file, source))
    }
}

impl SavedScheme {
    /// A design's beamformers and multipliers.
    pub fn new(scheme: &'static str, design: &Design, user_crlb_m2: Vec<f64>) -> Self {
        let beams = &design.beamformers;
        let numbers = |user, access_point| {
            let part = beams.of(user, access_point).iter();
            part.map(|v| [v.re, v.im]).collect()
        };
        let access_points = beams.antennas().len();
        let beam = |user| (0..access_points).map(|m| numbers(user, m)).collect();
        let certified = &design.certified;
        Self {
            scheme,
            eta: design.eta,
            beamformers: (0..beams.users()).map(beam).collect(),
            multipliers: certified.multipliers.clone(),
            user_rate_bit_s_hz: certified
                .user_gamma
                .iter()
                .map(|&gamma| rate_bit_s_hz(design.eta, gamma))
                .collect(),
            user_crlb_m2,
        }
    }
}

impl SavedCovariance {
    fn new(factor: &FactoredCovariance) -> Self {
        Self {
            basis: rows(&factor.basis),
            core_w: rows(&factor.core),
            floor_w: factor.floor_w,
        }
    }
}

fn rows(matrix: &Mat<c64>) -> Vec<Vec<[f64; 2]>> {
    let entry = |i, j| [matrix[(i, j)].re, matrix[(i, j)].im];
    (0..matrix.nrows())
        .map(|i| (0..matrix.ncols()).map(|j| entry(i, j)).collect())
        .collect()
}

//! Every set, size and scheme.

use faer::c64;
use robust_sdp::RatioProblem;
use td_isac_algos::coverage::Proportion;
use td_isac_algos::scenario::{CheckedScenario, ErrorSize, Scenario, UncertaintySpec};
use td_isac_algos::uncertainty::{PositionRegion, PositionSet};
use td_isac_algos::{Beams, Downlink, PositionAttack, Schemes, Sensing, Study, rate_bit_s_hz};
use td_isac_examples::table::{Cell, Table};

use crate::Failure;
use crate::arguments::Arguments;
use crate::errors::{Errors, Truth};
use crate::membership::{channel_inside, position_inside};

/// The sets, by the words of scenario files; the balls with a scale are the paper's.
pub const SETS: [(&str, PositionSet); 3] = [
    ("ball", PositionSet::Ball),
    ("phase", PositionSet::Phase),
    ("ellipse", PositionSet::Ellipse),
];

/// The sizes.
const SIZES: [(&str, ErrorSize); 4] = [
    ("1 sigma", ErrorSize::Scale(1.0)),
    ("90 %", ErrorSize::Confidence(0.90)),
    ("95 %", ErrorSize::Confidence(0.95)),
    ("99 %", ErrorSize::Confidence(0.99)),
];

/// One set of one size under one scheme's beams.
#[derive(Debug, Clone)]
pub struct Row {
    pub set: &'static str,
    pub size: &'static str,
    /// Probability that the set is made for.
    pub confidence: Option<f64>,
    pub scheme: String,
    pub certified_bit_s_hz: f64,
    pub attacked_bit_s_hz: f64,
    pub nominal_bit_s_hz: f64,
    pub bound: Kept,
    pub estimator: Option<Kept>,
}

/// How often what was promised came true.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// One user's channel in its set, or for `ellipse`, where that is no matter of one formula, its
    /// position in the region whose channels all are in the set.
    pub channel: Proportion,
    /// All users' at once.
    pub channels: Proportion,
    /// The certified rate reached by a user at its true position.
    pub user: Proportion,
    /// By all users.
    pub users: Proportion,
}

/// The study.
pub fn rows<const D: usize>(
    scenario: &Scenario<D>,
    sensing: &Sensing<D>,
    arguments: &Arguments,
    bound: &Errors<D>,
    estimator: Option<&Errors<D>>,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (size_name, size) in SIZES {
        for (set_name, set) in SETS {
            let uncertainty = UncertaintySpec { set, size };
            let mut scenario = scenario.clone();
            scenario.uncertainty = uncertainty;
            if !uncertainty.is_the_papers() {
                scenario.error_scale_per_m = None; // of the paper's balls only
            }
            let world = World::new(scenario.check()?, sensing, arguments.eta)?;
            for scheme in &arguments.schemes {
                let mut row = world.row(scheme, bound, estimator)?;
                (row.set, row.size) = (set_name, size_name);
                if let ErrorSize::Confidence(confidence) = size {
                    row.confidence = Some(confidence);
                }
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// A scenario with one set, at one time allocation.
struct World<const D: usize> {
    scenario: CheckedScenario<D>,
    downlink: Downlink,
    regions: Vec<PositionRegion<D>>,
    problem: RatioProblem,
    eta: f64,
}

impl<const D: usize> World<D> {
    fn new(scenario: CheckedScenario<D>, sensing: &Sensing<D>, eta: f64) -> Result<Self, Failure> {
        let downlink = scenario.robust_downlink(sensing)?;
        Ok(Self {
            regions: (scenario.position_regions(sensing)?.iter())
                .map(|region| region.at(eta))
                .collect(),
            problem: downlink.full_problem_at(eta)?.into_inner(),
            downlink,
            scenario,
            eta,
        })
    }

    fn row(
        &self,
        scheme: &str,
        bound: &Errors<D>,
        estimator: Option<&Errors<D>>,
    ) -> Result<Row, Failure> {
        let schemes = Schemes::default();
        let design = Study::new(&self.downlink)
            .scheme(schemes.get(scheme)?)
            .eta(self.eta)
            .run()?;
        let beams = &design.beamformers;
        let gamma = design.certified.gamma;
        let worst = PositionAttack::default().worst_users(&self.scenario, &self.regions, beams)?;
        let attacked = worst.iter().map(|u| u.gamma).fold(f64::INFINITY, f64::min);
        Ok(Row {
            set: "",
            size: "",
            confidence: None,
            scheme: scheme.to_owned(),
            certified_bit_s_hz: design.rate_bit_s_hz(),
            attacked_bit_s_hz: rate_bit_s_hz(self.eta, attacked),
            nominal_bit_s_hz: rate_bit_s_hz(self.eta, design.certified.gamma_nominal),
            bound: self.kept(bound, beams, gamma),
            estimator: estimator.map(|errors| self.kept(errors, beams, gamma)),
        })
    }

    fn kept(&self, errors: &Errors<D>, beams: &Beams, gamma: f64) -> Kept {
        let users = beams.users();
        let counted = |outcomes: &[bool]| {
            let all = outcomes
                .chunks(users)
                .map(|one| one.iter().all(|&kept| kept));
            (
                Proportion::of(outcomes.iter().copied()),
                Proportion::of(all),
            )
        };
        let each = || {
            errors
                .truths
                .iter()
                .flat_map(|t| (0..users).map(move |k| (t, k)))
        };
        let inside: Vec<bool> = each()
            .map(|(truth, user)| self.inside(truth, user))
            .collect();
        let reached: Vec<bool> = each()
            .map(|(truth, user)| self.sinr(truth, user, beams) >= gamma)
            .collect();
        let ((channel, channels), (user, users)) = (counted(&inside), counted(&reached));
        Kept {
            channel,
            channels,
            user,
            users,
        }
    }

    fn inside(&self, truth: &Truth<D>, user: usize) -> bool {
        let position = || position_inside(&self.regions[user], &truth.displacements_m[user]);
        channel_inside(&self.problem, user, &truth.channels[user]).unwrap_or_else(position)
    }

    fn sinr(&self, truth: &Truth<D>, user: usize, beams: &Beams) -> f64 {
        let arriving = |of: usize| {
            let products = truth.channels[user].iter().zip(beams.stacked(of));
            products.map(|(h, w)| h.conj() * w).sum::<c64>().norm_sqr()
        };
        let all: f64 = (0..beams.users()).map(arriving).sum();
        let signal = arriving(user);
        signal / (all - signal + self.problem.targets[user].floor)
    }
}

/// The rows as a table; shares are of what is in their names, and empty without frames.
pub fn table(rows: &[Row]) -> Table {
    let mut table = Table::new([
        "set",
        "size",
        "scheme",
        "certified_rate_bit_s_hz",
        "attacked_rate_bit_s_hz",
        "nominal_rate_bit_s_hz",
        "bound_channel_in_set",
        "bound_all_channels_in_sets",
        "bound_promise_kept_user",
        "bound_promise_kept_all",
        "estimator_channel_in_set",
        "estimator_all_channels_in_sets",
        "estimator_promise_kept_user",
        "estimator_promise_kept_all",
    ]);
    for row in rows {
        let shares = |kept: Option<Kept>| {
            let parts = kept.map(|k| [k.channel, k.channels, k.user, k.users]);
            (0..4).map(move |i| Cell::from(parts.map(|parts| parts[i].share())))
        };
        let mut cells = vec![
            Cell::from(row.set),
            row.size.into(),
            row.scheme.as_str().into(),
            row.certified_bit_s_hz.into(),
            row.attacked_bit_s_hz.into(),
            row.nominal_bit_s_hz.into(),
        ];
        cells.extend(shares(Some(row.bound)));
        cells.extend(shares(row.estimator));
        table.push(cells);
    }
    table
}

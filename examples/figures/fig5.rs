//! Fig. 5: MUSIC spectra over the whole area, with spherical and with planar waves assumed.
//!
//! Echoes of the optimal sensing signals at η = 0.5. One signal subspace of K dimensions for each receiver:
//! the paper's one of K dimensions for all receivers together has too few of them when the
//! reflectivities of a user differ between pairs of access points (see `music_loc::SubspaceVariant`).

use crate::context::{Claim, Context, Entry, Failure, Made, Results};
use music_loc::{Grid, Peak};
use nf_channel::Wavefront;
use rayon::prelude::*;
use serde_json::json;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_examples::plot::{
    Axis, Colour, ColourScale, Figure, HeatMap, Marker, Panel, Series, Style, sequential,
};
use td_isac_examples::sweep::Plan;
use td_isac_examples::table::{Cell, Table};

pub const ENTRY: Entry = Entry {
    name: "fig5",
    by_preset: true,
    by_default: true,
    plans,
    make,
};

const ETA: f64 = 0.5;
const AREA_M: f64 = 70.0;
/// Half the width of a beam at the nearest user: wider steps miss peaks.
const STEP_M: f64 = 0.2;
/// Edges of the four colour bands.
const BANDS_DB: [f64; 3] = [1.5, 3.0, 6.0];
/// A user is found when one of the K highest peaks is this close; a peak is false when it is further than
/// the second from all users.
const FOUND_M: f64 = 0.1;
const FALSE_M: f64 = 0.5;
/// Realisations that the claims are tried on.
const MOST_REALISATIONS: u64 = 10;

/// One spectrum and its highest peaks.
struct Spectrum {
    levels_db: Vec<f64>,
    peaks: Vec<Peak<2>>,
    found: usize,
    false_peaks: usize,
}

fn plans(_: &Context) -> Result<Vec<Plan>, Failure> {
    Ok(Vec::new())
}

fn grid() -> Result<Grid<2>, Failure> {
    Grid::with_step([0.0; 2], [AREA_M; 2], STEP_M).map_err(Failure::other)
}

/// Spectra of the echoes of one realisation.
struct Realisation {
    /// Spherical waves, optimal signals.
    near: Spectrum,
    /// Planar waves assumed, the same echoes.
    far: Spectrum,
    /// Spherical waves, isotropic signals of the same power.
    isotropic: Spectrum,
}

fn realise(context: &Context, seed: Option<u64>) -> Result<Realisation, Failure> {
    let scenario = context.scenario(seed)?;
    let simulated = |optimal: bool| -> Result<music_loc::Echoes, Failure> {
        let seed = context.seed.wrapping_add(seed.unwrap_or(0));
        let simulation = echoes(&scenario, optimal)?.simulate(seed);
        Ok(simulation.map_err(Failure::other)?.echoes)
    };
    let optimal = simulated(true)?;
    Ok(Realisation {
        near: spectrum(&scenario, &optimal, Wavefront::Near)?,
        far: spectrum(&scenario, &optimal, Wavefront::Far)?,
        isotropic: spectrum(&scenario, &simulated(false)?, Wavefront::Near)?,
    })
}

fn spectrum(
    scenario: &CheckedScenario<2>,
    echoes: &music_loc::Echoes,
    wavefront: Wavefront,
) -> Result<Spectrum, Failure> {
    let users_m = &scenario.parameters().users_m;
    let mut parameters = scenario.localiser_parameters(grid()?);
    parameters.network.wavefront = wavefront;
    let localiser = parameters.check().map_err(Failure::other)?;
    let music = localiser.analyse(echoes).map_err(Failure::other)?;
    let levels_db = music.grid_spectrum_db(&grid()?).map_err(Failure::other)?;
    let peaks = music
        .peaks_of_spectrum(localiser.search(), &levels_db)
        .map_err(Failure::other)?;
    let near = |user: &[f64; 2], peak: &Peak<2>, radius_m: f64| {
        let [x, y] = peak.position_m;
        (x - user[0]).hypot(y - user[1]) <= radius_m
    };
    let found = |user: &&[f64; 2]| peaks.iter().any(|peak| near(user, peak, FOUND_M));
    let wrong = |peak: &&Peak<2>| !users_m.iter().any(|user| near(user, peak, FALSE_M));
    Ok(Spectrum {
        found: users_m.iter().filter(found).count(),
        false_peaks: peaks.iter().filter(wrong).count(),
        levels_db,
        peaks,
    })
}

/// The scene with its optimal sensing signals, or with isotropic ones.
fn echoes(
    scenario: &CheckedScenario<2>,
    optimal: bool,
) -> Result<music_loc::EchoModel<2>, Failure> {
    let covariances = if optimal {
        let sensing = Sensing::design(scenario, None).map_err(Failure::other)?;
        sensing.covariance.transmit_covariances()
    } else {
        scenario.isotropic_signals()
    };
    let slots = scenario.frame().sensing_slots(ETA).floor() as usize;
    let echoes = scenario.echo_parameters(covariances, slots);
    echoes.check().map_err(Failure::other)
}

fn make(context: &Context, _: &Results) -> Result<Made, Failure> {
    let seeds: Vec<Option<u64>> = match &context.seeds {
        None => vec![None],
        Some(range) => range
            .clone()
            .take(MOST_REALISATIONS as usize)
            .map(Some)
            .collect(),
    };
    let all: Vec<Realisation> = seeds
        .par_iter()
        .map(|&seed| realise(context, seed))
        .collect::<Result<_, _>>()?;
    let users_m = context.scenario(None)?.parameters().users_m.clone();
    let counts = |of: fn(&Realisation) -> usize| all.iter().map(of).collect::<Vec<_>>();
    Ok(Made {
        figure: figure(&all[0], &users_m)?,
        table: table(&seeds, &all)?,
        settings: json!({
            "time_allocation": ETA, "bands_db": BANDS_DB, "step_m": STEP_M,
            "seed_shown": seeds[0], "found_within_m": FOUND_M, "false_beyond_m": FALSE_M,
            "users_found_near": counts(|r| r.near.found),
            "users_found_far": counts(|r| r.far.found),
            "users_found_near_isotropic_signals": counts(|r| r.isotropic.found),
            "false_peaks_near": counts(|r| r.near.false_peaks),
            "false_peaks_far": counts(|r| r.far.false_peaks),
        }),
        claims: claims(&all, users_m.len()),
    })
}

fn figure(realisation: &Realisation, users_m: &[[f64; 2]]) -> Result<Figure, Failure> {
    let grid = grid()?;
    let [columns, _] = grid.shape();
    let mut figure = Figure::new("Fig. 5: MUSIC spectrum of the same echoes");
    figure.row_height_px = 520;
    let spectra = [
        (&realisation.near, "spherical waves"),
        (&realisation.far, "planar waves"),
    ];
    for (spectrum, name) in spectra {
        let peaks = spectrum.peaks.iter().map(|peak| peak.position_m).collect();
        let colours = [0.0, 0.45, 0.75, 1.0].map(sequential).to_vec();
        let axes = Panel::new(
            Axis::linear("x (m)").between(0.0, AREA_M),
            Axis::linear("y (m)").between(0.0, AREA_M),
        );
        let panel = axes
            .titled(format!(
                "{name}: {} of {} users found",
                spectrum.found,
                users_m.len()
            ))
            .with_heat(HeatMap {
                x: [0.0, AREA_M],
                y: [0.0, AREA_M],
                columns,
                values: spectrum.levels_db.clone(),
                label: "spectrum (dB)".to_owned(),
                scale: ColourScale::Bands {
                    edges: BANDS_DB.to_vec(),
                    colours,
                },
            })
            .with(Series::styled(
                "users",
                Style::marks(Colour(213, 94, 0), Marker::Ring),
                users_m.to_vec(),
            ))
            .with(Series::styled(
                "highest peaks",
                Style::marks(Colour::BLACK, Marker::Cross),
                peaks,
            ));
        figure = figure.with(panel);
    }
    Ok(figure)
}

fn table(seeds: &[Option<u64>], all: &[Realisation]) -> Result<Table, Failure> {
    let mut table = Table::new(["kind", "seed", "x_m", "y_m", "near_db", "far_db"]);
    let name = |seed: &Option<u64>| seed.map_or("unit".to_owned(), |seed| seed.to_string());
    let rounded = |value: f64| (value * 1e3).round() / 1e3;
    let mut push = |kind: &str, seed: &Option<u64>, [x, y]: [f64; 2], levels: [Option<f64>; 2]| {
        let seed = name(seed);
        let [near, far] = levels.map(|level| level.map(rounded));
        table.push([
            Cell::from(kind),
            seed.as_str().into(),
            rounded(x).into(),
            rounded(y).into(),
            near.into(),
            far.into(),
        ]);
    };
    for (seed, realisation) in seeds.iter().zip(all) {
        for peak in &realisation.near.peaks {
            push("peak", seed, peak.position_m, [Some(peak.level_db), None]);
        }
        for peak in &realisation.far.peaks {
            push("peak", seed, peak.position_m, [None, Some(peak.level_db)]);
        }
    }
    let (near, far) = (&all[0].near.levels_db, &all[0].far.levels_db);
    for (i, position_m) in grid()?.positions_m().enumerate() {
        push(
            "spectrum",
            &seeds[0],
            position_m,
            [Some(near[i]), Some(far[i])],
        );
    }
    Ok(table)
}

fn claims(all: &[Realisation], users: usize) -> Vec<Claim> {
    let count = |test: &dyn Fn(&Realisation) -> bool| all.iter().filter(|r| test(r)).count();
    let complete = count(&|r| r.near.found == users);
    let isotropic = count(&|r| r.isotropic.found == users);
    let misled = count(&|r| r.far.false_peaks > 0);
    let most = all.iter().map(|r| r.far.found).max().unwrap_or(0);
    vec![
        Claim {
            id: "near-field-music",
            statement: "With spherical waves MUSIC shows every user.",
            test: format!(
                "all {users} users within {FOUND_M} m of one of the {users} highest peaks, in every realisation"
            ),
            numbers: format!(
                "in {complete} of {} realisations with the optimal signals, {isotropic} with isotropic ones",
                all.len()
            ),
            holds: complete == all.len(),
        },
        Claim {
            id: "far-field-music",
            statement: "With planar waves MUSIC shows peaks where there is no user.",
            test: format!(
                "one of the {users} highest peaks is more than {FALSE_M} m from every user, in every realisation"
            ),
            numbers: format!(
                "in {misled} of {} realisations; at most {most} users found",
                all.len()
            ),
            holds: misled == all.len(),
        },
    ]
}

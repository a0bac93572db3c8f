//! Fig. 5: MUSIC spectra over the whole area, with spherical and with planar waves assumed.
//!
//! Echoes of the optimal sensing signals at η = 0.5. One signal subspace of K dimensions for each receiver:
//! the paper's one of K dimensions for all receivers together has too few of them when the
//! reflectivities of a user differ between pairs of access points (see `music_loc::SubspaceVariant`).

use crate::context::{Claim, Context, Entry, Failure, Made, Results};
use music_loc::{EchoParameters, Grid, MusicParameters, Peak, PeakSearch, TransmitCovariance};
use nf_channel::Wavefront;
use rayon::prelude::*;
use serde_json::json;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_examples::plot::{
    Axis, Colour, ColourScale, Dash, Figure, HeatMap, Marker, Panel, Series, Style, sequential,
};
use td_isac_examples::sweep::Plan;
use td_isac_examples::table::{Cell, Table};

pub const ENTRY: Entry = Entry {
    name: "fig5",
    by_preset: true,
    plans,
    make,
};

const ETA: f64 = 0.5;
const AREA_M: f64 = 70.0;
/// Edges of the four colour bands.
const BANDS_DB: [f64; 3] = [3.0, 6.0, 12.0];
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

fn grid(context: &Context) -> Result<Grid<2>, Failure> {
    let step_m = if context.quick { 0.4 } else { 0.25 };
    Grid::with_step([0.0; 2], [AREA_M; 2], step_m).map_err(Failure::other)
}

/// The near-field spectrum and the far-field one, of the same echoes.
fn spectra(context: &Context, seed: Option<u64>) -> Result<[Spectrum; 2], Failure> {
    let scenario = context.scenario(seed)?;
    let echoes = echoes(&scenario)?
        .simulate(context.seed.wrapping_add(seed.unwrap_or(0)))
        .map_err(Failure::other)?
        .echoes;
    let (carrier, arrays) = (*scenario.carrier(), scenario.access_points().to_vec());
    let users_m = &scenario.parameters().users_m;
    let search = PeakSearch::new(grid(context)?, users_m.len());
    let spectrum = |wavefront| -> Result<Spectrum, Failure> {
        let mut parameters = MusicParameters::new(carrier, arrays.clone(), users_m.len());
        parameters.wavefront = wavefront;
        let music = parameters.analyse(&echoes).map_err(Failure::other)?;
        let levels_db = music
            .grid_spectrum_db(&search.grid)
            .map_err(Failure::other)?;
        let peaks = music
            .peaks_of_spectrum(&search, &levels_db)
            .map_err(Failure::other)?;
        let near = |user: &[f64; 2], peak: &Peak<2>, radius_m: f64| {
            let [x, y] = peak.position_m;
            (x - user[0]).hypot(y - user[1]) <= radius_m
        };
        let found = users_m
            .iter()
            .filter(|user| peaks.iter().any(|p| near(user, p, FOUND_M)));
        let wrong = peaks
            .iter()
            .filter(|p| !users_m.iter().any(|user| near(user, p, FALSE_M)));
        Ok(Spectrum {
            found: found.count(),
            false_peaks: wrong.count(),
            levels_db,
            peaks,
        })
    };
    Ok([spectrum(Wavefront::Near)?, spectrum(Wavefront::Far)?])
}

/// The scene with its optimal sensing signals.
fn echoes(scenario: &CheckedScenario<2>) -> Result<music_loc::EchoModel<2>, Failure> {
    let sensing = Sensing::design(scenario, None).map_err(Failure::other)?;
    let factors = sensing.covariance.factors.into_iter();
    let covariances = factors.map(|factor| TransmitCovariance::Factored {
        basis: factor.basis,
        core: factor.core,
        floor_w: factor.floor_w,
    });
    let parameters = scenario.parameters();
    let mut scene = EchoParameters::new(
        *scenario.carrier(),
        scenario.access_points().to_vec(),
        parameters.users_m.clone(),
        covariances.collect(),
        parameters.sensing_noise_w,
        scenario.frame().sensing_slots(ETA).floor() as usize,
    );
    scene.path_gain = parameters.path_gain;
    scene.echo_gain = parameters.echo_gain;
    scene.echo_convention = parameters.echo_convention;
    scene.amplitude_profile = parameters.amplitude_profile;
    scene.reflectivity = scenario.reflectivity().clone();
    scene.check().map_err(Failure::other)
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
    let all: Vec<[Spectrum; 2]> = seeds
        .par_iter()
        .map(|&seed| spectra(context, seed))
        .collect::<Result<_, _>>()?;
    let users_m = context.scenario(None)?.parameters().users_m.clone();
    Ok(Made {
        figure: figure(context, &all[0], &users_m)?,
        table: table(context, &seeds, &all)?,
        settings: json!({
            "time_allocation": ETA, "bands_db": BANDS_DB, "step_m": grid(context)?.step_m(),
            "seed_shown": seeds[0], "found_within_m": FOUND_M, "false_beyond_m": FALSE_M,
            "users_found": all.iter().map(|s| [s[0].found, s[1].found]).collect::<Vec<_>>(),
            "false_peaks": all.iter().map(|s| [s[0].false_peaks, s[1].false_peaks]).collect::<Vec<_>>(),
        }),
        claims: claims(&all, users_m.len()),
    })
}

fn figure(
    context: &Context,
    spectra: &[Spectrum; 2],
    users_m: &[[f64; 2]],
) -> Result<Figure, Failure> {
    let grid = grid(context)?;
    let [columns, _] = grid.shape();
    let mut figure = Figure::new("Fig. 5: MUSIC spectrum of the same echoes");
    figure.row_height_px = 520;
    let marks = |colour, marker| Style {
        colour,
        marker,
        dash: Dash::None,
    };
    for (spectrum, name) in spectra.iter().zip(["spherical waves", "planar waves"]) {
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
                marks(Colour(213, 94, 0), Marker::Ring),
                users_m.to_vec(),
            ))
            .with(Series::styled(
                "highest peaks",
                marks(Colour::BLACK, Marker::Cross),
                peaks,
            ));
        figure = figure.with(panel);
    }
    Ok(figure)
}

fn table(
    context: &Context,
    seeds: &[Option<u64>],
    all: &[[Spectrum; 2]],
) -> Result<Table, Failure> {
    let mut table = Table::new(["kind", "seed", "x_m", "y_m", "near_db", "far_db"]);
    let name = |seed: &Option<u64>| seed.map_or("unit".to_owned(), |seed| seed.to_string());
    for (seed, spectra) in seeds.iter().zip(all) {
        for (which, spectrum) in spectra.iter().enumerate() {
            for peak in &spectrum.peaks {
                let level = |index: usize| (index == which).then_some(peak.level_db);
                let [x, y] = peak.position_m;
                table.push([
                    Cell::from("peak"),
                    name(seed).as_str().into(),
                    x.into(),
                    y.into(),
                    level(0).into(),
                    level(1).into(),
                ]);
            }
        }
    }
    let rounded = |level: f64| (level * 1e3).round() / 1e3;
    for (i, [x, y]) in grid(context)?.positions_m().enumerate() {
        table.push([
            Cell::from("spectrum"),
            name(&seeds[0]).as_str().into(),
            x.into(),
            y.into(),
            rounded(all[0][0].levels_db[i]).into(),
            rounded(all[0][1].levels_db[i]).into(),
        ]);
    }
    Ok(table)
}

fn claims(all: &[[Spectrum; 2]], users: usize) -> Vec<Claim> {
    let count = |test: &dyn Fn(&[Spectrum; 2]) -> bool| all.iter().filter(|s| test(s)).count();
    let complete = count(&|s| s[0].found == users);
    let misled = count(&|s| s[1].false_peaks > 0);
    let most = all.iter().map(|s| s[1].found).max().unwrap_or(0);
    vec![
        Claim {
            id: "near-field-music",
            statement: "With spherical waves MUSIC shows every user.",
            test: format!(
                "all {users} users within {FOUND_M} m of one of the {users} highest peaks, in every realisation"
            ),
            numbers: format!("in {complete} of {} realisations", all.len()),
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

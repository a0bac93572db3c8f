//! Both spectra side by side: the whole scene, and a window around the first user.

use std::error::Error;
use std::path::Path;

use music_loc::Grid;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_examples::plot::{
    Axis, Colour, ColourScale, Figure, HeatMap, Marker, Panel, Series, Style,
};

use crate::View;

/// Half the side of the window, and its points along each axis.
const WINDOW_M: f64 = 1.5;
const WINDOW_POINTS: usize = 121;

/// Share of a map's points that its colours tell apart: the peaks themselves are far narrower than a
/// pixel and would leave everything else black.
const SHOWN: f64 = 0.999;

/// Writes `localise.png` and `localise.svg` into the folder.
pub fn write(
    folder: &Path,
    scenario: &CheckedScenario<2>,
    map: &Grid<2>,
    views: &[View],
) -> Result<(), Box<dyn Error>> {
    let user = scenario.parameters().users_m[0];
    let window = Grid::new(
        user.map(|x| x - WINDOW_M),
        user.map(|x| x + WINDOW_M),
        [WINDOW_POINTS; 2],
    )?;
    let near_user = (views.iter())
        .map(|view| view.music.grid_spectrum_db(&window))
        .collect::<Result<Vec<_>, _>>()?;
    // One scale for both kinds of wave, so that their contrast can be compared.
    let whole = views.iter().map(|view| view.levels_db.as_slice());
    let whole_db = highest_shown(whole.clone());
    let window_db = highest_shown(near_user.iter().map(Vec::as_slice));
    let mut figure = Figure::new("MUSIC pseudo-spectrum, one subspace for each access point");
    for (view, levels_db) in views.iter().zip(whole) {
        let panel = panel(scenario, map, view, levels_db, whole_db);
        figure = figure.with(panel.titled(view.title));
    }
    for (view, levels_db) in views.iter().zip(&near_user) {
        let panel = panel(scenario, &window, view, levels_db, window_db);
        figure = figure.with(panel.titled(format!("the first user, {}", view.title)));
    }
    figure.write(&folder.join("localise"))?;
    Ok(())
}

/// The level that few points exceed.
fn highest_shown<'a>(maps: impl Iterator<Item = &'a [f64]>) -> f64 {
    let mut levels: Vec<f64> = maps.flatten().copied().collect();
    levels.sort_by(f64::total_cmp);
    let index = (SHOWN * levels.len() as f64) as usize;
    levels.get(index).map_or(1.0, |level| level.max(1.0))
}

fn panel(
    scenario: &CheckedScenario<2>,
    map: &Grid<2>,
    view: &View,
    levels_db: &[f64],
    highest_db: f64,
) -> Panel {
    let (low, high) = (map.minimum_m(), map.maximum_m());
    let heat = HeatMap {
        x: [low[0], high[0]],
        y: [low[1], high[1]],
        columns: map.shape()[0],
        values: levels_db.to_vec(),
        label: "pseudo-spectrum (dB)".to_owned(),
        scale: ColourScale::Continuous {
            low: 0.0,
            high: highest_db,
        },
    };
    let inside = |place: &[f64; 2]| (0..2).all(|i| (low[i]..=high[i]).contains(&place[i]));
    let points = |name: &str, colour, marker, mut places: Vec<[f64; 2]>| {
        places.retain(inside);
        Series::styled(name, Style::marks(colour, marker), places)
    };
    let arrays = scenario.access_points().iter().map(|a| *a.reference_m());
    let peaks = view.peaks.iter().map(|peak| peak.position_m);
    let users_m = scenario.parameters().users_m.clone();
    Panel::new(
        Axis::linear("x (m)").between(low[0], high[0]),
        Axis::linear("y (m)").between(low[1], high[1]),
    )
    .with_heat(heat)
    .with(points(
        "access point",
        Colour(86, 180, 233),
        Marker::Triangle,
        arrays.collect(),
    ))
    .with(points("user", Colour(230, 120, 0), Marker::Ring, users_m))
    .with(points(
        "peak",
        Colour(255, 60, 200),
        Marker::Cross,
        peaks.collect(),
    ))
}

//! Both spectra side by side.

use std::error::Error;
use std::path::Path;

use music_loc::Grid;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_examples::plot::{
    Axis, Colour, ColourScale, Dash, Figure, HeatMap, Marker, Panel, Series, Style,
};

use crate::View;

/// Writes `localise.png` and `localise.svg` into the folder.
pub fn write(
    folder: &Path,
    scenario: &CheckedScenario<2>,
    map: &Grid<2>,
    views: &[View],
) -> Result<(), Box<dyn Error>> {
    // One scale for both, so that their contrast can be compared.
    let levels = views.iter().flat_map(|view| view.levels_db.iter().copied());
    let highest = levels.fold(0.0, f64::max);
    let mut figure = Figure::new("MUSIC pseudo-spectrum, one subspace for each access point");
    for view in views {
        figure = figure.with(panel(scenario, map, view, highest));
    }
    figure.write(&folder.join("localise"))?;
    Ok(())
}

fn panel(scenario: &CheckedScenario<2>, map: &Grid<2>, view: &View, highest_db: f64) -> Panel {
    let (low, high) = (map.minimum_m(), map.maximum_m());
    let heat = HeatMap {
        x: [low[0], high[0]],
        y: [low[1], high[1]],
        columns: map.shape()[0],
        values: view.levels_db.clone(),
        label: "pseudo-spectrum (dB)".to_owned(),
        scale: ColourScale::Continuous {
            low: 0.0,
            high: highest_db,
        },
    };
    let points = |name: &str, colour, marker, points: Vec<[f64; 2]>| {
        let dash = Dash::None;
        Series::styled(
            name,
            Style {
                colour,
                dash,
                marker,
            },
            points,
        )
    };
    let arrays = scenario.access_points().iter().map(|a| *a.reference_m());
    let peaks = view.peaks.iter().map(|peak| peak.position_m);
    Panel::new(
        Axis::linear("x (m)").between(low[0], high[0]),
        Axis::linear("y (m)").between(low[1], high[1]),
    )
    .titled(view.title)
    .with_heat(heat)
    .with(points(
        "access point",
        Colour::WHITE,
        Marker::Triangle,
        arrays.collect(),
    ))
    .with(points(
        "user",
        Colour(255, 120, 60),
        Marker::Ring,
        scenario.parameters().users_m.clone(),
    ))
    .with(points(
        "peak",
        Colour(255, 60, 200),
        Marker::Cross,
        peaks.collect(),
    ))
}

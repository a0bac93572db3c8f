//! Horizontal slices of the pseudo-spectrum, one at each user's height.

use std::error::Error;
use std::path::Path;

use music_loc::{Grid, Music};
use td_isac_algos::scenario::CheckedScenario;
use td_isac_examples::plot::{
    Axis, Colour, ColourScale, Figure, HeatMap, Marker, Panel, Series, Style,
};

/// Distance between the points of a slice.
const STEP_M: f64 = 0.04;
/// An estimate is drawn in the slices this close to it.
const CLOSE_M: f64 = 0.1;
/// Levels from here on look alike: the ridges around a peak are far below its top, and would not be seen.
const BRIGHTEST_DB: f64 = 4.0;

/// Writes `planar_array_3d.png` and `planar_array_3d.svg` into the folder.
pub fn write(
    folder: &Path,
    scenario: &CheckedScenario<3>,
    music: &Music<3>,
    [low, high]: [[f64; 3]; 2],
    estimates_m: &[[f64; 3]],
) -> Result<(), Box<dyn Error>> {
    let mut slices = Vec::new();
    for user in &scenario.parameters().users_m {
        // A thin volume: the user's height is its only layer.
        let layer = [[low[0], low[1], user[2]], [high[0], high[1], user[2]]];
        let grid = Grid::with_step(layer[0], layer[1], STEP_M)?;
        slices.push((*user, grid, music.grid_spectrum_db(&grid)?));
    }
    let highest = slices
        .iter()
        .flat_map(|s| s.2.iter().copied())
        .fold(0.0, f64::max);
    let mut figure = Figure::new(format!(
        "MUSIC pseudo-spectrum at the users' heights (highest {highest:.0} dB)"
    ));
    // The hall is 12 m by 9 m, and a metre as long in either direction.
    (figure.columns, figure.width_px, figure.row_height_px) = (slices.len(), 1500, 310);
    for (user, grid, levels) in slices {
        let heat = HeatMap {
            x: [low[0], high[0]],
            y: [low[1], high[1]],
            columns: grid.shape()[0],
            values: levels,
            label: "pseudo-spectrum (dB)".to_owned(),
            scale: ColourScale::Continuous {
                low: 0.0,
                high: BRIGHTEST_DB,
            },
        };
        let marks = |name: &str, colour, marker, points| {
            Series::styled(name, Style::marks(colour, marker), points)
        };
        let flat = |p: &[f64; 3]| [p[0], p[1]];
        let close = estimates_m
            .iter()
            .filter(|p| (p[2] - user[2]).abs() < CLOSE_M);
        let arrays = scenario
            .access_points()
            .iter()
            .map(|a| flat(a.reference_m()));
        figure = figure.with(
            Panel::new(
                Axis::linear("x (m)").between(0.0, 12.0),
                Axis::linear("y (m)").between(0.0, 9.0),
            )
            .titled(format!("z = {} m", user[2]))
            .with_heat(heat)
            .with(marks(
                "access point",
                Colour::BLACK,
                Marker::Triangle,
                arrays.collect(),
            ))
            .with(marks(
                "user at this height",
                Colour(255, 120, 60),
                Marker::Ring,
                vec![flat(&user)],
            ))
            .with(marks(
                "estimate",
                Colour(255, 60, 200),
                Marker::Cross,
                close.map(flat).collect(),
            )),
        );
    }
    figure.write(&folder.join("planar_array_3d"))?;
    Ok(())
}

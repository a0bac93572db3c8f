//! Silent failures over a mixture of layouts.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_examples::table::{Cell, Table};

use crate::arguments::MixtureOptions;
use crate::frame::{Drawn, draw};
use crate::layouts::{Layout, layouts};
use crate::outcome::Outcome;

const COLUMNS: [&str; 17] = [
    "frame",
    "layout",
    "signals",
    "users",
    "blocked_links",
    "scatterers",
    "reflections",
    "other_convention",
    "found_users",
    "found_scatterers",
    "doubtful",
    "silent",
    "worst_error_m",
    "its_deviation_m",
    "noise_over_known",
    "fit_p_value",
    "error",
];

/// Draws the frames, writes `mixture.csv` and what was reported in frames with silent failures (`reported.txt`), both after every
/// frame, and returns the summary.
///
/// # Errors
///
/// A layout that is none, a table that cannot be written.
pub fn run(options: &MixtureOptions, out: &Path) -> Result<String, Box<dyn Error>> {
    let layouts = layouts(&options.layouts)?;
    let mut table = Table::new(COLUMNS);
    let mut told = String::new();
    let mut totals = vec![Total::default(); layouts.len()];
    for frame in options.first..options.first + options.frames {
        let mut rng = ChaCha8Rng::seed_from_u64(frame);
        let index = rng.random_range(0..layouts.len());
        let layout = &layouts[index];
        let row = match &layout.scenario {
            AnyScenario::TwoD(scenario) => one(scenario, layout, &mut rng)?,
            AnyScenario::ThreeD(scenario) => one(scenario, layout, &mut rng)?,
        };
        totals[index].add(&row);
        if options.verbose || row.outcome.silent > 0 {
            let _ = writeln!(told, "frame {frame}: {}", row.scene);
            for line in &row.outcome.lines {
                let _ = writeln!(told, "  {line}");
            }
            std::fs::write(out.join("reported.txt"), &told)?;
        }
        table.push(row.cells(frame, layout.name));
        table.write(&out.join("mixture.csv"))?;
    }
    Ok(summary(&layouts, &totals))
}

struct Row {
    cells: Vec<Cell>,
    users: usize,
    outcome: Outcome,
    scene: String,
}

fn one<const D: usize>(
    scenario: &Scenario<D>,
    layout: &Layout,
    rng: &mut ChaCha8Rng,
) -> Result<Row, Box<dyn Error>> {
    let frame = draw(scenario, layout.traced.as_ref(), rng)?;
    let detector = frame.detector.check()?;
    let (outcome, error) = match detector.detect(&frame.echoes, &frame.waveform) {
        Ok(detection) => (Outcome::of(&detection, &frame.drawn), None),
        Err(error) => (Outcome::default(), Some(error.to_string())),
    };
    let Drawn {
        users_m,
        scatterers_m,
        blocked,
        reflections,
        optimal,
        other_convention,
    } = &frame.drawn;
    Ok(Row {
        cells: vec![
            (if *optimal { "optimal" } else { "isotropic" }).into(),
            users_m.len().into(),
            (*blocked).into(),
            scatterers_m.len().into(),
            (*reflections).into(),
            usize::from(*other_convention).into(),
            outcome.users.into(),
            outcome.scatterers.into(),
            outcome.doubtful.into(),
            outcome.silent.into(),
            outcome.worst_m.map(|w| w.0).into(),
            outcome.worst_m.map(|w| w.1).into(),
            outcome.noise_over_known.into(),
            outcome.p_value.into(),
            error.as_deref().unwrap_or_default().into(),
        ],
        users: users_m.len(),
        scene: format!(
            "{}, users at {users_m:.2?}, {blocked} links blocked, scatterers at {scatterers_m:.2?}, reflections × {reflections}{}{}",
            layout.name,
            if *optimal { ", optimal signals" } else { "" },
            if *other_convention {
                ", other convention"
            } else {
                ""
            }
        ),
        outcome,
    })
}

impl Row {
    fn cells(self, frame: u64, layout: &str) -> Vec<Cell> {
        let mut cells = vec![Cell::from(frame as usize), layout.into()];
        cells.extend(self.cells);
        cells
    }
}

#[derive(Debug, Clone, Default)]
struct Total {
    frames: usize,
    silent_frames: usize,
    users: usize,
    found: usize,
    doubtful: usize,
    silent: usize,
}

impl Total {
    fn add(&mut self, row: &Row) {
        self.frames += 1;
        self.silent_frames += usize::from(row.outcome.silent > 0);
        self.users += row.users;
        self.found += row.outcome.users;
        self.doubtful += row.outcome.doubtful;
        self.silent += row.outcome.silent;
    }
}

fn summary(layouts: &[Layout], totals: &[Total]) -> String {
    let mut text = format!(
        "{:15} {:>6} {:>16} {:>6} {:>6} {:>9} {:>7}\n",
        "layout", "frames", "silent failures", "users", "found", "doubtful", "silent"
    );
    let mut all = Total::default();
    for (layout, total) in layouts.iter().zip(totals) {
        text += &line(layout.name, total);
        all.frames += total.frames;
        all.silent_frames += total.silent_frames;
        all.users += total.users;
        all.found += total.found;
        all.doubtful += total.doubtful;
        all.silent += total.silent;
    }
    text + &line("all", &all)
}

fn line(name: &str, total: &Total) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{name:15} {:6} {:16} {:6} {:6} {:9} {:7}",
        total.frames, total.silent_frames, total.users, total.found, total.doubtful, total.silent
    );
    text
}

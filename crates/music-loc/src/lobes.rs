//! The lobes of what one user more would explain: cells of the search region that may hold one, and their tops.

use crate::Detector;
use crate::region::{Cells, distance};
use crate::scan::{Left, Scan};

/// Lobes that are climbed for each set of data.
pub(crate) const CANDIDATES: usize = 16;
/// Least share of a lobe's top in its highest cell: a third, on both ways of an echo (see `region`).
const CELL_LOSS: f64 = 0.1;
/// Halvings of the step while a lobe is climbed: a 32nd of half a beam width from its top, the likelihood ratio is short by
/// less than a thousandth.
const HALVINGS: usize = 5;
/// Moves while one lobe is climbed.
const MOVE_LIMIT: usize = 64;

/// A lobe's top and the power that one user there explains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<const D: usize> {
    pub(crate) position_m: [f64; D],
    pub(crate) explained: f64,
}

/// The highest lobes of each set of data, the highest first.
pub(crate) fn candidates<const D: usize>(
    detector: &Detector<D>,
    scan: &mut Scan<'_, D>,
    sets: &[Left],
) -> Vec<Vec<Candidate<D>>> {
    let cells = &detector.cells;
    let levels = scan.explained(sets, &cells.centres_m);
    (levels.iter().zip(sets))
        .map(|(levels, data)| {
            let data = std::slice::from_ref(data);
            let mut climbed: Vec<Candidate<D>> = Vec::with_capacity(CANDIDATES);
            for cell in lobes(cells, levels, CELL_LOSS, CANDIDATES) {
                let top = climb(detector, scan, data, cell, levels[cell]);
                let reach = 0.25 * longest(&cells.sides_m[cell]);
                if (climbed.iter()).all(|c| distance(&c.position_m, &top.position_m) > reach) {
                    climbed.push(top);
                }
            }
            climbed.sort_by(|a, b| b.explained.total_cmp(&a.explained));
            climbed
        })
        .collect()
}

/// Cells whose lobes may have the highest tops, no two of them neighbours.
pub(crate) fn lobes<const D: usize>(
    cells: &Cells<D>,
    levels: &[f64],
    share: f64,
    count: usize,
) -> Vec<usize> {
    let highest = levels.iter().fold(0.0_f64, |m, level| m.max(*level));
    let mut order: Vec<usize> = (0..levels.len())
        .filter(|&cell| levels[cell] > share * highest)
        .collect();
    order.sort_by(|&a, &b| levels[b].total_cmp(&levels[a]));
    let mut chosen: Vec<usize> = Vec::with_capacity(count);
    for cell in order {
        let reach = 1.6 * longest(&cells.sides_m[cell]);
        let near =
            |&other: &usize| distance(&cells.centres_m[cell], &cells.centres_m[other]) < reach;
        if !chosen.iter().any(near) {
            chosen.push(cell);
            if chosen.len() == count {
                break;
            }
        }
    }
    chosen
}

/// The top of the lobe that a cell lies on, by ever smaller steps that do not leave the region.
fn climb<const D: usize>(
    detector: &Detector<D>,
    scan: &mut Scan<'_, D>,
    data: &[Left],
    cell: usize,
    level: f64,
) -> Candidate<D> {
    let cells = &detector.cells;
    let region = &detector.parameters().region;
    let mut here = cells.centres_m[cell];
    let mut highest = level;
    let mut step = cells.sides_m[cell].map(|side| 0.5 * side);
    let mut halvings = 0;
    for _ in 0..MOVE_LIMIT {
        let around: Vec<[f64; D]> = crate::grid::offsets::<D>()
            .map(|offset| std::array::from_fn(|i| here[i] + offset[i] as f64 * step[i]))
            .filter(|position| region.contains(position))
            .collect();
        let levels = scan.explained(data, &around);
        let best = (0..around.len()).max_by(|&a, &b| levels[0][a].total_cmp(&levels[0][b]));
        match best.filter(|&i| levels[0][i] > highest) {
            Some(i) => (here, highest) = (around[i], levels[0][i]),
            None if halvings == HALVINGS => break,
            None => {
                halvings += 1;
                step = step.map(|s| 0.5 * s);
            }
        }
    }
    Candidate {
        position_m: here,
        explained: highest,
    }
}

/// The longest side.
pub(crate) fn longest<const D: usize>(sides: &[f64; D]) -> f64 {
    sides.iter().fold(0.0, |m, s| s.max(m))
}

//! The verdicts as a table.

use crate::context::{Claim, Context};
use serde::Serialize;
use std::fmt::Write;

/// A claim, and how it fares elsewhere.
#[derive(Debug, Serialize)]
pub struct Row {
    pub figure: &'static str,
    pub id: &'static str,
    pub statement: &'static str,
    pub test: String,
    pub numbers: String,
    pub holds: bool,
    /// In words, the other presets considered.
    pub verdict: String,
    pub other_presets: Vec<Elsewhere>,
}

/// The same claim under another preset, at unit reflectivity and on the coarse grids.
#[derive(Debug, Serialize)]
pub struct Elsewhere {
    pub preset: &'static str,
    pub numbers: String,
    pub holds: bool,
}

impl Row {
    /// A claim with its fate under other presets.
    pub fn new(figure: &'static str, claim: Claim, other_presets: Vec<Elsewhere>) -> Self {
        let names = |holds: bool| {
            let chosen = other_presets.iter().filter(|other| other.holds == holds);
            chosen
                .map(|other| other.preset)
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let (yes, no) = (names(true), names(false));
        let verdict = match (claim.holds, yes.is_empty(), no.is_empty()) {
            (true, _, true) => "holds".to_owned(),
            (true, _, false) => format!("holds here, not under {no}"),
            (false, true, _) => "does not hold".to_owned(),
            (false, false, _) => format!("holds only under {yes}"),
        };
        Self {
            figure,
            id: claim.id,
            statement: claim.statement,
            test: claim.test,
            numbers: claim.numbers,
            holds: claim.holds,
            verdict,
            other_presets,
        }
    }
}

/// The table for people.
pub fn markdown(context: &Context, rows: &[Row]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_markdown(&mut text, context, rows);
    text
}

fn write_markdown(text: &mut String, context: &Context, rows: &[Row]) -> std::fmt::Result {
    let held = rows.iter().filter(|row| row.holds).count();
    writeln!(text, "# Statements of the paper, tested\n")?;
    writeln!(
        text,
        "{held} of {} hold under the preset `{}` ({} realisations of the reflectivities, seed {}, {} grids). \
         The other presets were tried at unit reflectivity on the quick grids.\n",
        rows.len(),
        context.preset.name,
        context.realisations(),
        context.seed,
        if context.quick { "quick" } else { "full" },
    )?;
    writeln!(
        text,
        "| figure | statement | verdict | numbers |\n|---|---|---|---|"
    )?;
    for row in rows {
        writeln!(
            text,
            "| {} | {} | **{}** | {} |",
            row.figure, row.statement, row.verdict, row.numbers
        )?;
    }
    writeln!(text, "\n## Tests\n")?;
    for row in rows {
        writeln!(text, "- `{}`: {}.", row.id, row.test)?;
        for other in &row.other_presets {
            let word = if other.holds {
                "holds"
            } else {
                "does not hold"
            };
            writeln!(text, "  - `{}`: {word}; {}", other.preset, other.numbers)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_name_the_presets() {
        let verdict = |here: bool, others: [bool; 2]| {
            let claim = Claim {
                id: "x",
                statement: "x",
                test: String::new(),
                numbers: String::new(),
                holds: here,
            };
            let elsewhere = |(preset, holds)| Elsewhere {
                preset,
                numbers: String::new(),
                holds,
            };
            let others = ["a", "b"].into_iter().zip(others).map(elsewhere).collect();
            Row::new("fig", claim, others).verdict
        };
        assert_eq!(verdict(true, [true, true]), "holds");
        assert_eq!(verdict(true, [false, true]), "holds here, not under a");
        assert_eq!(verdict(false, [true, true]), "holds only under a and b");
        assert_eq!(verdict(false, [false, false]), "does not hold");
    }
}

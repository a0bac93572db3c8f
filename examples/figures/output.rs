//! What is written for a figure besides its pictures.

use crate::context::{Context, Failure, Made};
use serde::Serialize;
use std::path::{Path, PathBuf};
use td_isac_examples::sweep::Record;

/// How a figure was made.
#[derive(Serialize)]
struct Provenance<'a> {
    figure: &'a str,
    package_version: &'a str,
    rust_version: &'a str,
    /// Digest of the program that computed it.
    build: &'a str,
    preset: &'a str,
    seed: u64,
    /// First and last seed of the reflectivities; `null` for unit reflectivity.
    reflectivity_seeds: Option<[u64; 2]>,
    quick: bool,
    settings: &'a serde_json::Value,
    claims: Vec<&'a str>,
    /// Every design behind the figure, with its certificate and solver diagnostics.
    designs: &'a [&'a Record],
}

/// Writes PNG, SVG, CSV and JSON of a figure.
pub fn write(
    folder: &Path,
    name: &str,
    (context, build): (&Context, &str),
    made: &Made,
    designs: &[&Record],
) -> Result<(), Failure> {
    made.figure.write(&folder.join(name))?;
    save(&folder.join(format!("{name}.csv")), &made.table.to_csv())?;
    let provenance = Provenance {
        figure: name,
        package_version: env!("CARGO_PKG_VERSION"),
        rust_version: env!("CARGO_PKG_RUST_VERSION"),
        build,
        preset: context.preset.name,
        seed: context.seed,
        reflectivity_seeds: context
            .seeds
            .as_ref()
            .map(|seeds| [seeds.start, seeds.end - 1]),
        quick: context.quick,
        settings: &made.settings,
        claims: made.claims.iter().map(|claim| claim.id).collect(),
        designs,
    };
    save_json(&folder.join(format!("{name}.json")), &provenance)
}

/// Writes a text file.
pub fn save(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|source| Failure::Write {
        path: PathBuf::from(path),
        source,
    })
}

/// Writes a JSON file.
pub fn save_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::other)?;
    save(path, &(text + "\n"))
}

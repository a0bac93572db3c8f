//! The scenes that frames are drawn from: presets, arrays on one wall, and a street with its reflections.

use std::error::Error;
use std::path::Path;

use faer::c64;
use nf_channel::{ArraySpec, EchoConvention, LinearExtent};
use td_isac_algos::scenario::{AnyScenario, OwnChannels, Scenario};
use td_isac_examples::arrays::channels;

/// Names of all layouts.
pub const NAMES: [&str; 8] = [
    "paper",
    "weak-echo",
    "carrier-phase",
    "paper-printed",
    "room-3d",
    "street",
    "wall",
    "two-on-a-wall",
];

/// A scene and what is special about it.
pub struct Layout {
    pub name: &'static str,
    pub scenario: AnyScenario,
    /// One-way channels of a ray tracer, `[user][access point][element]`.
    pub traced: Option<Traced>,
}

/// Channels along all paths and along the direct ones.
pub struct Traced {
    pub all: Vec<Vec<Vec<c64>>>,
    pub direct: Vec<Vec<Vec<c64>>>,
}

/// The layouts of some names, all of them if there are none.
///
/// # Errors
///
/// A name that is none, or a file that cannot be read.
pub fn layouts(names: &[String]) -> Result<Vec<Layout>, Box<dyn Error>> {
    if let Some(other) = names.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("there is no layout {other}; there are {}", NAMES.join(", ")).into());
    }
    let wanted = |name: &&str| names.is_empty() || names.iter().any(|n| n == name);
    NAMES.into_iter().filter(wanted).map(layout).collect()
}

fn layout(name: &'static str) -> Result<Layout, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut traced = None;
    let scenario = match name {
        "street" => {
            let folder = folder.join("channels");
            let file = folder.join("street.toml");
            let text = std::fs::read_to_string(&file)?;
            traced = Some(Traced {
                all: channels(&folder.join("street.npy"))?,
                direct: channels(&folder.join("street-direct.npy"))?,
            });
            let own = OwnChannels::from_toml_str(&text, &file)?;
            let scenario = own.and_then(|own| own.scenario);
            match scenario.ok_or("street.toml has no positions")? {
                AnyScenario::TwoD(mut scenario) => {
                    // What a ray tracer gives is physical: round trips of reciprocal arrays.
                    scenario.echo_convention = EchoConvention::Reciprocal;
                    AnyScenario::TwoD(scenario)
                }
                other @ AnyScenario::ThreeD(_) => other,
            }
        }
        "wall" => on_a_wall(&[0.0], 128),
        "two-on-a-wall" => on_a_wall(&[-3.0, 3.0], 64),
        preset => AnyScenario::from_toml_file(folder.join(format!("scenarios/{preset}.toml")))?,
    };
    Ok(Layout {
        name,
        scenario,
        traced,
    })
}

/// Arrays of half a wavelength on the line y = 0, which cannot tell its two sides.
fn on_a_wall(at_m: &[f64], elements: usize) -> AnyScenario {
    const FREQUENCY_HZ: f64 = 28e9;
    let spacing_m = 0.5 * 299_792_458.0 / FREQUENCY_HZ;
    let access_points = (at_m.iter())
        .map(|&x| ArraySpec::UniformLinear {
            reference_m: [x, 0.0],
            axis: [1.0, 0.0],
            elements,
            extent: Some(LinearExtent::Spacing { spacing_m }),
        })
        .collect();
    let mut scenario = Scenario::new(FREQUENCY_HZ, access_points, vec![[1.0, 4.0], [-2.0, 6.0]]);
    scenario.search.box_m = Some([[-6.0, -9.0], [6.0, 9.0]]);
    AnyScenario::TwoD(scenario)
}

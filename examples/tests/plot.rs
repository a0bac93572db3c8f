//! Figures as files.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use td_isac_examples::plot::{
    Axis, Colour, ColourScale, Figure, HeatMap, Marker, Panel, PlotError, Series, Style,
};

/// A folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn lines() -> Figure {
    let curve = |scale: f64| (0..9).map(move |i| [1e-12 * 2f64.powi(i), scale * f64::from(i + 1)]);
    let band = curve(1.0).map(|[x, y]| [x, 0.8 * y, 1.3 * y]).collect();
    let panel = Panel::new(Axis::log("threshold (m²)"), Axis::linear("rate (bit/s/Hz)"))
        .with(Series::new("Main", 0, curve(1.0).collect()).with_band(band))
        .with(Series::new("EI", 1, curve(0.7).collect()));
    Figure::new("Rate")
        .with(panel.clone())
        .with(panel.titled("again"))
}

fn heat(scale: ColourScale) -> Figure {
    let users = Style::marks(Colour(213, 94, 0), Marker::Ring);
    let panel = Panel::new(Axis::linear("x (m)"), Axis::linear("y (m)"))
        .with_heat(HeatMap {
            x: [0.0, 70.0],
            y: [0.0, 70.0],
            columns: 8,
            values: (0..64).map(f64::from).collect(),
            label: "spectrum (dB)".to_owned(),
            scale,
        })
        .with(Series::styled("users", users, vec![[20.0, 30.0]]));
    Figure::new("").with(panel)
}

/// Width, height and pixels of a PNG.
fn pixels(png: &[u8]) -> (u32, u32, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut buffer).unwrap();
    let pixels = buffer.chunks_exact(3).map(|p| [p[0], p[1], p[2]]);
    (info.width, info.height, pixels.collect())
}

#[test]
fn png_and_svg_show_what_they_should() {
    let stem = folder("lines").join("rate.v1");
    lines().write(&stem).unwrap();
    let (width, height, pixels) = pixels(&fs::read(stem.with_file_name("rate.v1.png")).unwrap());
    assert_eq!(width, 1200);
    assert!((600..900).contains(&height));
    for style in 0..2 {
        let Colour(r, g, b) = Colour::palette(style);
        let count = pixels.iter().filter(|p| **p == [r, g, b]).count();
        assert!(count > 1000, "style {style}: {count} pixels");
    }
    let svg = fs::read_to_string(stem.with_file_name("rate.v1.svg")).unwrap();
    for text in [
        "threshold (m²)",
        "Main",
        "EI",
        "again",
        "10⁻¹¹",
        "width=\"1200\"",
    ] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn heat_maps_use_their_colours() {
    let edges = vec![16.0, 32.0, 48.0];
    let colours = vec![
        Colour(1, 2, 3),
        Colour(50, 60, 70),
        Colour(100, 90, 80),
        Colour(250, 240, 230),
    ];
    let stem = folder("heat").join("bands");
    heat(ColourScale::Bands {
        edges,
        colours: colours.clone(),
    })
    .write(&stem)
    .unwrap();
    let (_, _, seen) = pixels(&fs::read(stem.with_extension("png")).unwrap());
    for Colour(r, g, b) in colours {
        let count = seen.iter().filter(|p| **p == [r, g, b]).count();
        // A quarter of the map each: two of its eight rows.
        assert!(count > 50_000, "{r} {g} {b}: {count} pixels");
    }
    let stem = folder("continuous").join("map");
    heat(ColourScale::Continuous {
        low: 0.0,
        high: 63.0,
    })
    .write(&stem)
    .unwrap();
    let (_, _, seen) = pixels(&fs::read(stem.with_extension("png")).unwrap());
    assert!(seen.into_iter().collect::<HashSet<_>>().len() > 64);
}

#[test]
fn same_figure_same_bytes() {
    let write = |name: &str| {
        let stem = folder(name).join("figure");
        lines().write(&stem).unwrap();
        ["png", "svg"].map(|extension| fs::read(stem.with_extension(extension)).unwrap())
    };
    assert!(write("first") == write("second"));
}

#[test]
fn impossible_figures_are_named() {
    let stem = folder("impossible").join("x");
    let error = |figure: Figure| figure.write(&stem).unwrap_err().to_string();
    assert!(error(Figure::new("empty")).contains("panels"));
    let axes = || Panel::new(Axis::linear("x"), Axis::log("power (W)"));
    let negative = axes().with(Series::new("", 0, vec![[1.0, -1.0]]));
    assert!(error(Figure::new("").with(negative)).contains("power (W)"));
    let ragged = heat(ColourScale::Bands {
        edges: vec![1.0],
        colours: Vec::new(),
    });
    assert!(error(ragged).contains("1 edges between 0 colours"));
    assert!(!stem.with_extension("png").exists());
}

#[test]
fn a_file_in_the_way_is_named() {
    let folder = folder("way");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("file"), "").unwrap();
    let error = lines()
        .write(&folder.join("file").join("figure"))
        .unwrap_err();
    assert!(
        matches!(&error, PlotError::Write { path, .. } if path.ends_with("file")),
        "{error}"
    );
}

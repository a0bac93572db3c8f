//! The table, on the screen as it grows and in the documentation at the end.

use std::io;
use std::path::Path;

#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<[String; 4]>,
}

const HEAD: &str = "| what | time | compared with | ratio |\n|---|---|---|---|\n";
const BEGIN: &str = "<!-- performance table -->\n";
const END: &str = "<!-- end of the performance table -->";

impl Report {
    pub fn row(
        &mut self,
        what: impl Into<String>,
        time: String,
        other: impl Into<String>,
        ratio: Option<f64>,
    ) {
        let ratio = ratio.map_or_else(String::new, |r| {
            if r >= 10.0 {
                format!("{r:.0}")
            } else {
                format!("{r:.2}")
            }
        });
        let row = [what.into(), time, other.into(), ratio];
        println!("{}", line(&row));
        self.rows.push(row);
    }

    /// Replaces what stands between the markers of a file.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = std::fs::read_to_string(file)?;
        let missing = || io::Error::other(format!("no markers in {}", file.display()));
        let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
        let (_, after) = rest.split_once(END).ok_or_else(missing)?;
        let rows: String = self.rows.iter().map(|row| line(row) + "\n").collect();
        std::fs::write(file, format!("{before}{BEGIN}{HEAD}{rows}{END}{after}"))
    }
}

fn line(row: &[String; 4]) -> String {
    format!("| {} |", row.join(" | "))
}

/// A time in a unit that suits it.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.3} µs", 1e6 * s),
        s if s < 1.0 => format!("{:.2} ms", 1e3 * s),
        s => format!("{s:.2} s"),
    }
}

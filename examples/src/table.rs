//! Tables as CSV.
//!
//! Written by hand: quoting is all that the csv crate would take over, ten lines for two more crates to build, and
//! nothing here reads CSV.

use std::io::{self, Write};
use std::path::Path;

/// A table of named columns. Cells are numbers or text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Written with as many digits as it takes to read the same number back.
    Number(f64),
    /// Written as it is, quoted where CSV asks for it.
    Text(String),
    /// Nothing: there is no such value.
    Empty,
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }
}

impl Table {
    /// An empty table. Column names carry the unit: `crlb_m2`.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// The row has another length than the header: a mistake of the program, not of its user.
    pub fn push<C: Into<Cell>>(&mut self, row: impl IntoIterator<Item = C>) {
        let row: Vec<Cell> = row.into_iter().map(Into::into).collect();
        assert_eq!(row.len(), self.columns.len(), "columns {:?}", self.columns);
        self.rows.push(row);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The table as CSV: comma, line feed, RFC 4180 quotes.
    pub fn to_csv(&self) -> String {
        let mut text = line(self.columns.iter().map(|name| quoted(name)));
        for row in &self.rows {
            text += &line(row.iter().map(|cell| match cell {
                Cell::Number(value) => number(*value),
                Cell::Text(value) => quoted(value),
                Cell::Empty => String::new(),
            }));
        }
        text
    }

    /// Writes the CSV to a file.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(self.to_csv().as_bytes())
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\n"
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-3..1e7).contains(&magnitude) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_by_rfc_4180() {
        let mut table = Table::new(["name", "value_m2", "note"]);
        table.push([Cell::from("a,b"), 4.64404286e-13.into(), Cell::Empty]);
        table.push([Cell::from("say \"x\""), 0.1.into(), 3usize.into()]);
        let expected = "name,value_m2,note\n\"a,b\",4.64404286e-13,\n\"say \"\"x\"\"\",0.1,3\n";
        assert_eq!(table.to_csv(), expected);
    }

    #[test]
    fn numbers_read_back_exactly() {
        for value in [0.0, 1.0 / 3.0, -2e-11, 6.02e23, f64::MIN_POSITIVE, 123456.0] {
            assert_eq!(number(value).parse::<f64>().unwrap(), value);
        }
    }
}

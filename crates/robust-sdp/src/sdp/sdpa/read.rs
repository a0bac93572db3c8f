//! Reading of SDPA's sparse format.

use std::collections::HashSet;
use std::str::FromStr;

use super::{SdpaBlock, SdpaEntry, SdpaError, SdpaProblem};

/// Words and the lines they stand on.
struct Words<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
    /// What is left of the current line.
    rest: &'a str,
    /// Number of the current line, from 1.
    line: usize,
}

/// Largest side of a symmetric block: a dense matrix of it takes 4 GB.
const LARGEST_SIDE: usize = 1 << 14;

/// Largest diagonal block.
const LARGEST_DIAGONAL: usize = 1 << 24;

/// Brackets and commas may stand between numbers.
fn is_space(c: char) -> bool {
    c.is_whitespace() || "{}(),".contains(c)
}

impl<'a> Words<'a> {
    /// Behind the comments at the head of the file.
    fn new(text: &'a str) -> Self {
        let mut words = Self {
            lines: text.lines().enumerate(),
            rest: "",
            line: 0,
        };
        while words.next_line() {
            let start = words.rest.trim_start();
            if !(start.is_empty() || start.starts_with(['"', '*'])) {
                break;
            }
        }
        words
    }

    fn next_line(&mut self) -> bool {
        let next = self.lines.next();
        if let Some((index, text)) = next {
            (self.line, self.rest) = (index + 1, text);
        }
        next.is_some()
    }

    /// The next word, on this line or on a later one.
    fn next(&mut self) -> Option<&'a str> {
        loop {
            let start = self.rest.trim_start_matches(is_space);
            if !start.is_empty() {
                let end = start.find(is_space).unwrap_or(start.len());
                let (word, rest) = start.split_at(end);
                self.rest = rest;
                return Some(word);
            }
            self.rest = "";
            if !self.next_line() {
                return None;
            }
        }
    }

    fn parse<T: FromStr>(&mut self, expected: &'static str) -> Result<T, SdpaError> {
        let word = self.next().ok_or(SdpaError::Ended {
            line: self.line,
            expected,
        })?;
        self.convert(word, expected)
    }

    fn convert<T: FromStr>(&self, word: &str, expected: &'static str) -> Result<T, SdpaError> {
        // Some writers put a sign before positive numbers; integers in Rust take it as well.
        word.parse().map_err(|_| SdpaError::NotA {
            line: self.line,
            expected,
            found: word.to_owned(),
        })
    }

    /// A count, behind which the rest of the line is a remark.
    fn count(&mut self, expected: &'static str) -> Result<usize, SdpaError> {
        let count = self.parse(expected)?;
        self.rest = "";
        Ok(count)
    }

    fn number(&mut self, expected: &'static str) -> Result<f64, SdpaError> {
        let word = self.next().ok_or(SdpaError::Ended {
            line: self.line,
            expected,
        })?;
        let value: f64 = self.convert(word, expected)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(SdpaError::NotA {
                line: self.line,
                expected,
                found: word.to_owned(),
            })
        }
    }

    /// An index from `least` to `most`.
    fn index(
        &self,
        word: &str,
        what: &'static str,
        least: usize,
        most: usize,
    ) -> Result<usize, SdpaError> {
        let value = self.convert(word, what)?;
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(SdpaError::OutOfRange {
                line: self.line,
                what,
                value,
                least,
                most,
            })
        }
    }

    fn block(&mut self) -> Result<SdpaBlock, SdpaError> {
        let size: i64 = self.parse("size of a block")?;
        let side = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
        let most = if size > 0 {
            LARGEST_SIDE
        } else {
            LARGEST_DIAGONAL
        };
        if side > most {
            return Err(SdpaError::OutOfRange {
                line: self.line,
                what: "size of a block",
                value: side,
                least: 1,
                most,
            });
        }
        match size {
            1.. => Ok(SdpaBlock::Symmetric(side)),
            0 => Err(SdpaError::NotA {
                line: self.line,
                expected: "size of a block",
                found: "0".to_owned(),
            }),
            _ => Ok(SdpaBlock::Diagonal(side)),
        }
    }

    /// An entry, with the row not behind the column; `None` at the end of the file.
    fn entry(
        &mut self,
        unknowns: usize,
        blocks: &[SdpaBlock],
    ) -> Result<Option<SdpaEntry>, SdpaError> {
        let Some(word) = self.next() else {
            return Ok(None);
        };
        let matrix = self.index(word, "number of a matrix", 0, unknowns)?;
        let mut place = |what: &'static str, most: usize| {
            let word = self.next().ok_or(SdpaError::Ended {
                line: self.line,
                expected: what,
            })?;
            Ok(self.index(word, what, 1, most)? - 1)
        };
        let block = place("number of a block", blocks.len())?;
        let side = blocks[block].side();
        let i = place("row", side)?;
        let j = place("column", side)?;
        let value = self.number("value of an entry")?;
        if i != j && matches!(blocks[block], SdpaBlock::Diagonal(_)) {
            return Err(SdpaError::OffDiagonal {
                line: self.line,
                block: block + 1,
                row: i + 1,
                column: j + 1,
            });
        }
        Ok(Some(SdpaEntry {
            matrix,
            block,
            row: i.min(j),
            column: i.max(j),
            value,
        }))
    }
}

impl FromStr for SdpaProblem {
    type Err = SdpaError;

    fn from_str(text: &str) -> Result<Self, SdpaError> {
        let mut words = Words::new(text);
        let unknowns = words.count("number of unknowns")?;
        let count = words.count("number of blocks")?;
        let mut blocks = Vec::new();
        for _ in 0..count {
            blocks.push(words.block()?);
        }
        words.rest = "";
        let mut costs = Vec::new();
        for _ in 0..unknowns {
            costs.push(words.number("coefficient of the objective")?);
        }
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        while let Some(e) = words.entry(unknowns, &blocks)? {
            if !seen.insert((e.matrix, e.block, e.row, e.column)) {
                return Err(SdpaError::Twice {
                    line: words.line,
                    matrix: e.matrix,
                    block: e.block + 1,
                    row: e.row + 1,
                    column: e.column + 1,
                });
            }
            if e.value != 0.0 {
                entries.push(e);
            }
        }
        Ok(Self {
            blocks,
            costs,
            entries,
        })
    }
}

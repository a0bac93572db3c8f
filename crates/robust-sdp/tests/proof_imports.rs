//! The code that checks proofs shares nothing with the code that looks for them.

use std::path::Path;

/// What `src/ratio/proof` may import: the problem, its errors, plain linear algebra, and itself.
const ALLOWED: [&str; 11] = [
    "alone",
    "bracket",
    "crate::hermitian",
    "crate::ratio::error",
    "crate::ratio::problem",
    "faer",
    "std::",
    "super::",
    "lower",
    "power",
    "upper",
];

/// Every `use` and every path through the crate in the folder names one of these, outside of the tests of a file.
#[test]
fn proofs_import_the_problem_and_linear_algebra_only() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ratio/proof");
    let files = std::fs::read_dir(&folder).map_or_else(|e| unreachable!("{e}"), |d| d.flatten());
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().map(str::trim).filter(|l| !l.starts_with("//")) {
            for word in line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
                let import = line.starts_with("use ") && line.contains(&format!("use {word}"));
                let path = word.starts_with("crate::") || word.starts_with("super::super");
                if word.is_empty() || word == "use" || !(import || path) {
                    continue;
                }
                seen += 1;
                let fine =
                    ALLOWED.iter().any(|a| word.starts_with(a)) && !word.contains("super::super");
                let own = word.starts_with("certificate");
                assert!(fine || own, "{}: {line}", file.path().display());
            }
        }
    }
    assert!(
        seen > 15,
        "{seen} imports found: the test does not see them"
    );
}

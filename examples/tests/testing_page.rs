//! The page on testing against the sources: every public function that can fail and every variant of every
//! error is listed, and every test it names exists where it says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

type Failure = Box<dyn std::error::Error>;

const CRATES: [&str; 5] = [
    "nf-channel",
    "crlb",
    "music-loc",
    "robust-sdp",
    "td-isac-algos",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> Result<String, Failure> {
    Ok(std::fs::read_to_string(root().join("docs/testing.md"))?)
}

/// All Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The code of a file without its module of tests and without comments.
fn code(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)?;
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    Ok(text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n"))
}

/// Names of public functions, and of a public trait's methods, that return a `Result`. Those in private
/// modules are left out by what they return.
fn fallible(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut in_trait = false;
    for (at, _) in code.match_indices("fn ") {
        let line = code[..at].rfind('\n').map_or(0, |i| i + 1);
        let lead = code[line..at].trim();
        if let Some(i) = code[..at].rfind("\npub trait ") {
            in_trait = !code[i + 1..at].contains("\n}");
        }
        let public = lead == "pub" || (in_trait && lead.is_empty());
        let rest = &code[at + 3..];
        let name: String = (rest.chars())
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let end = [" {\n", ";\n"].iter().filter_map(|e| rest.find(e)).min();
        let signature = &rest[..end.unwrap_or(rest.len())];
        let returned = signature.rsplit("->").next().unwrap_or("");
        let internal = ["Misread", "ArgumentError"]
            .iter()
            .any(|e| returned.contains(e));
        if public && signature.contains("->") && returned.contains("Result<") && !internal {
            found.insert(name);
        }
    }
    found
}

#[test]
fn every_function_that_can_fail_is_listed() -> Result<(), Failure> {
    let page = page()?;
    let mut missing = Vec::new();
    for name in CRATES {
        let section = page
            .split(&format!("### `{name}`"))
            .nth(1)
            .and_then(|rest| rest.split("\n## ").next())
            .and_then(|rest| rest.split("\n### ").next())
            .unwrap_or("");
        let mut files = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut files)?;
        for file in files {
            for function in fallible(&code(&file)?) {
                if !section.contains(&format!("`{function}`")) {
                    missing.push(format!("{name}: {function} ({})", file.display()));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not on the page:\n{}",
        missing.join("\n")
    );
    Ok(())
}

#[test]
fn every_error_is_listed() -> Result<(), Failure> {
    let page = page()?;
    let mut missing = Vec::new();
    for name in CRATES {
        let mut files = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut files)?;
        for file in files {
            let code = code(&file)?;
            for (at, _) in code.match_indices("thiserror::Error") {
                let body = &code[at..];
                let Some(start) = body.find("pub enum ") else {
                    continue;
                };
                let body = &body[start + 9..];
                let body = &body[..body.find("\n}").unwrap_or(body.len())];
                let error = body.split_whitespace().next().unwrap_or("");
                for line in body
                    .lines()
                    .filter(|l| l.starts_with("    ") && !l.starts_with("     "))
                {
                    let variant: String = (line.trim().chars())
                        .take_while(|c| c.is_alphanumeric())
                        .collect();
                    let listed = format!("`{error}::{variant}`");
                    if !variant.is_empty() && !page.contains(&listed) {
                        missing.push(listed);
                    }
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not on the page: {}",
        missing.join(", ")
    );
    Ok(())
}

/// Tests are named as `path/file.rs: test_name`, several of one file separated by commas.
#[test]
fn every_test_named_exists() -> Result<(), Failure> {
    let page = page()?;
    let (mut checked, mut missing) = (0, Vec::new());
    for row in page.lines().filter(|line| line.starts_with('|')) {
        for cell in row.split('|') {
            let Some((file, tests)) = cell.trim().split_once(".rs: ") else {
                continue;
            };
            let file = root().join(format!("{file}.rs"));
            let Ok(text) = std::fs::read_to_string(&file) else {
                missing.push(file.display().to_string());
                continue;
            };
            for test in tests.split(',').map(|t| t.trim().trim_matches('`')) {
                checked += 1;
                if !text.contains(&format!("fn {test}(")) {
                    missing.push(format!("{}: {test}", file.display()));
                }
            }
        }
    }
    assert!(checked > 100, "{checked}");
    assert!(missing.is_empty(), "not there:\n{}", missing.join("\n"));
    Ok(())
}

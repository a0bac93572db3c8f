//! Places for results, tried before anything is computed.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A place where nothing can be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}", path.display())]
pub struct Unwritable {
    /// File or folder.
    pub path: PathBuf,
    /// What the operating system says.
    #[source]
    pub source: io::Error,
}

impl Unwritable {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// Makes a folder, if it is not there, and makes sure that files can be made in it.
///
/// # Errors
///
/// They cannot.
pub fn folder(path: &Path) -> Result<(), Unwritable> {
    let tried = fs::create_dir_all(path).and_then(|()| try_folder(path));
    tried.map_err(Unwritable::at(path))
}

/// Makes sure that a file can be written, and leaves it as it is.
///
/// # Errors
///
/// It cannot: it is a folder, its folder is not there, or either may not be written.
pub fn file(path: &Path) -> Result<(), Unwritable> {
    let tried = if path.exists() {
        OpenOptions::new().append(true).open(path).map(drop)
    } else {
        let parent = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        try_folder(parent.unwrap_or(Path::new(".")))
    };
    tried.map_err(Unwritable::at(path))
}

/// Makes a file in a folder and removes it.
fn try_folder(path: &Path) -> io::Result<()> {
    let file = path.join(format!(".td-isac-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).open(&file)?;
    fs::remove_file(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_tried_and_left_as_they_are() {
        let top = std::env::temp_dir().join(format!("td-isac-output-{}", std::process::id()));
        let inside = top.join("a/b");
        folder(&inside).unwrap();
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 0);

        let result = inside.join("result.json");
        file(&result).unwrap();
        assert!(!result.exists());
        fs::write(&result, "old").unwrap();
        file(&result).unwrap();
        assert_eq!(fs::read_to_string(&result).unwrap(), "old");

        // A file is no folder, a folder no file, and nothing is in a folder that is not there.
        let wrong = [folder(&result), file(&inside), file(&top.join("no/file"))];
        for (outcome, name) in wrong.into_iter().zip(["result.json", "b", "file"]) {
            let message = outcome.unwrap_err().to_string();
            assert!(
                message.contains(&format!("{name}: cannot be written")),
                "{message}"
            );
        }
        fs::remove_dir_all(&top).unwrap();
    }
}

//! Finds the program of a command as the system will, so that what is missing can be told well.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What a system takes when `PATH` is not set.
const USUAL_PATH: &str = "/usr/bin:/bin";

/// Why no program was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The name is in no directory of `PATH`.
    NotInPath,
    /// There is no such file.
    NoFile(PathBuf),
    /// The file is no program, or not one for us.
    NotExecutable(PathBuf),
}

/// Where a command looks for its program.
#[derive(Debug)]
pub(super) struct Search<'a> {
    /// The working directory of the child, if not ours.
    pub(super) cwd: Option<&'a Path>,
    /// `PATH` of the child.
    pub(super) path: Option<&'a OsStr>,
    /// What Windows puts behind a name that has no extension, `PATHEXT`; nothing elsewhere.
    pub(super) extensions: Option<&'a OsStr>,
}

impl Search<'_> {
    pub(super) fn find(&self, program: &OsStr) -> Result<PathBuf, Missing> {
        let bare = Path::new(program);
        if has_separator(program) {
            let path = self.place(bare);
            let found = self.candidates(&path).find(|path| path.is_file());
            return match found {
                Some(path) if may_execute(&path) => Ok(path),
                Some(path) => Err(Missing::NotExecutable(path)),
                None if path.exists() => Err(Missing::NotExecutable(path)),
                None => Err(Missing::NoFile(path)),
            };
        }
        let mut refused = None;
        let directories = self.path.unwrap_or(OsStr::new(USUAL_PATH));
        for directory in std::env::split_paths(directories) {
            let path = self.place(&directory.join(bare));
            for path in self.candidates(&path).filter(|path| path.is_file()) {
                if may_execute(&path) {
                    return Ok(path);
                }
                refused.get_or_insert(path);
            }
        }
        Err(refused.map_or(Missing::NotInPath, Missing::NotExecutable))
    }

    fn place(&self, path: &Path) -> PathBuf {
        self.cwd.map_or_else(|| path.to_owned(), |cwd| cwd.join(path))
    }

    /// The files that the path can mean. Windows' own search knows `.exe` only, and thus not `npx`,
    /// which is `npx.cmd`.
    fn candidates(&self, path: &Path) -> impl Iterator<Item = PathBuf> {
        let extensions = self.extensions.and_then(OsStr::to_str).unwrap_or_default();
        let with_extensions: Vec<PathBuf> = extensions
            .split(';')
            .filter(|extension| extension.starts_with('.'))
            .map(|extension| {
                let mut path = OsString::from(path);
                path.push(extension);
                PathBuf::from(path)
            })
            .collect();
        // Windows cannot start a file without an extension.
        let itself = extensions.is_empty() || path.extension().is_some();
        itself.then(|| path.to_owned()).into_iter().chain(with_extensions)
    }
}

fn has_separator(program: &OsStr) -> bool {
    program.to_string_lossy().chars().any(std::path::is_separator)
}

#[cfg(unix)]
fn may_execute(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn may_execute(_path: &Path) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::{Missing, Search};

    /// A directory with a program, a file that is none, and a directory.
    fn house() -> tempfile::TempDir {
        let house = tempfile::tempdir().unwrap();
        fs::create_dir_all(house.path().join("bin/folder")).unwrap();
        for (name, mode) in [("bin/tides", 0o755), ("bin/notes", 0o644), ("bin/npx.CMD", 0o755)] {
            fs::write(house.path().join(name), "").unwrap();
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(house.path().join(name), permissions).unwrap();
        }
        house
    }

    fn find(house: &Path, program: &str, extensions: Option<&str>) -> Result<String, Missing> {
        let search = Search {
            cwd: Some(house),
            path: Some(OsStr::new("/nowhere:bin")),
            extensions: extensions.map(OsStr::new),
        };
        let shown = |path: &Path| path.strip_prefix(house).unwrap().display().to_string();
        search.find(OsStr::new(program)).map(|path| shown(&path))
    }

    #[test]
    fn a_name_is_looked_up_in_the_path_and_a_path_from_the_working_directory() {
        let house = house();
        assert_eq!(find(house.path(), "tides", None).unwrap(), "bin/tides");
        assert_eq!(find(house.path(), "bin/tides", None).unwrap(), "bin/tides");
        assert_eq!(find(house.path(), "./bin/tides", None).unwrap(), "bin/tides");
    }

    #[test]
    fn what_is_missing_is_told() {
        let house = house();
        let at = |path: &str| house.path().join(path);
        assert_eq!(find(house.path(), "tide", None), Err(Missing::NotInPath));
        assert_eq!(find(house.path(), "./tides", None), Err(Missing::NoFile(at("./tides"))));
        assert_eq!(find(house.path(), "folder", None), Err(Missing::NotInPath));
        assert_eq!(find(house.path(), "notes", None), Err(Missing::NotExecutable(at("bin/notes"))));
        for path in ["bin/notes", "bin/folder"] {
            assert_eq!(find(house.path(), path, None), Err(Missing::NotExecutable(at(path))));
        }
    }

    #[test]
    fn an_extension_of_windows_is_added() {
        let house = house();
        let extensions = Some(".COM;.EXE;.CMD");
        assert_eq!(find(house.path(), "npx", extensions).unwrap(), "bin/npx.CMD");
        assert_eq!(find(house.path(), "npx.CMD", extensions).unwrap(), "bin/npx.CMD");
        assert_eq!(find(house.path(), "bin/npx", extensions).unwrap(), "bin/npx.CMD");
        assert_eq!(find(house.path(), "tides", extensions), Err(Missing::NotInPath));
        assert_eq!(find(house.path(), "npx", None), Err(Missing::NotInPath));
    }
}

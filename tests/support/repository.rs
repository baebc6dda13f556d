//! A git repository in a world of its own.

use std::path::Path;

use super::run::{Ran, World, finish};

pub(crate) fn git(world: &World, directory: &Path, arguments: &[&str]) -> String {
    let mut command = world.scrubbed("git");
    command
        .current_dir(directory)
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.com")
        .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments);
    let ran = finish(command, b"");
    assert_eq!(ran.code, Some(0), "git {arguments:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// A repository in the working directory.
pub(crate) struct Repository(pub(crate) World);

impl Repository {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let repository = Self(World::new());
        repository.git(&["init", "-q"]);
        repository.commit(files);
        repository
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.0, &self.0.work(""), arguments)
    }

    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.0.file(path, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }

    pub(crate) fn run(&self, options: &[&str]) -> Ran {
        let args: Vec<&str> = std::iter::once(&"scan").chain(options).copied().collect();
        self.0.run(&args)
    }
}

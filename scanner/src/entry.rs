//! What is at a path, as far as an analysis may ask.

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What kind of thing it is.
    pub kind: EntryKind,
    /// Who may do what with it, where the system says so.
    pub access: Option<Access>,
}

/// What kind of thing is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Nothing.
    Nothing,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A pipe, socket or device.
    Other,
}

impl EntryKind {
    /// The word for it in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::File => "file",
            Self::Directory => "directory",
            Self::Other => "other",
        }
    }
}

/// Permissions of a Unix file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The permission bits with the sticky bit (POSIX `st_mode`, the lower 12 bits).
    pub mode: u32,
    /// The group is the owner's own or root's, so that its rights are given to nobody else.
    pub private_group: bool,
}

impl Access {
    /// Who besides the owner may change the file: `others`, or a `group`.
    #[must_use]
    pub const fn writers(self) -> Option<&'static str> {
        if self.mode & 0o002 != 0 {
            Some("others")
        } else if self.mode & 0o020 != 0 && !self.private_group {
            Some("group")
        } else {
            None
        }
    }

    /// Whether everybody may put files into the directory and replace those of others.
    #[must_use]
    pub const fn is_open_directory(self) -> bool {
        self.mode & 0o002 != 0 && self.mode & 0o1000 == 0
    }
}

//! Standard input and output without the buffers and locks of the standard library.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

pub(crate) fn input() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

pub(crate) fn output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

//! A file to scan, on disk or at hand.

use std::borrow::Cow;

use crate::problem::Problem;
use crate::source::{Candidate, read};

/// Something to scan, with its bytes if they are at hand.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) candidate: &'a Candidate,
    pub(crate) bytes: Option<&'a [u8]>,
}

impl Item<'_> {
    /// Its bytes, and what was odd while they were read.
    pub(crate) fn read(&self, limit: usize) -> Result<(Cow<'_, [u8]>, Option<Problem>), Problem> {
        match self.bytes {
            Some(bytes) => Ok((Cow::Borrowed(bytes), None)),
            None => {
                read(&self.candidate.path, limit).map(|(bytes, oddity)| (Cow::Owned(bytes), oddity))
            }
        }
    }
}

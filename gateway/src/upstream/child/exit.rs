//! How a process ended.

use std::fmt;
use std::process::ExitStatus;

/// How a process ended, in words by `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It ended, but the system does not say how.
    Unknown,
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal(signal);
        }
        status.code().map_or(Self::Unknown, Self::Code)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "exited with code {code}"),
            Self::Signal(signal) => write!(formatter, "was killed by signal {signal}"),
            Self::Unknown => formatter.write_str("ended in an unknown way"),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::Exit;

    #[test]
    fn an_exit_is_told_in_words() {
        let told = |wait_status| Exit::from(ExitStatus::from_raw(wait_status)).to_string();
        assert_eq!(told(0), "exited with code 0");
        assert_eq!(told(1 << 8), "exited with code 1");
        assert_eq!(told(9), "was killed by signal 9");
    }
}

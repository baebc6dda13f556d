//! Which environment variables a child gets.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::command::ChildEnvironment;

/// Variables of ours begin with this; they hold our secrets and settings.
const OURS: &str = "MCP_GUARD_";

const SAFE: [&str; 8] = ["PATH", "TERM", "TZ", "LANG", "LANGUAGE", "TMPDIR", "TMP", "TEMP"];
const SAFE_PREFIX: &str = "LC_";

const SAFE_UNIX: [&str; 4] = ["HOME", "USER", "LOGNAME", "SHELL"];
const SAFE_UNIX_PREFIX: &str = "XDG_";

const SAFE_WINDOWS: [&str; 22] = [
    "ALLUSERSPROFILE",
    "APPDATA",
    "COMMONPROGRAMFILES",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PROGRAMW6432",
    "PUBLIC",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// Whose rules for variables are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Unix,
    /// Case does not matter in names.
    Windows,
}

impl Platform {
    pub(super) const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// The name as it is compared.
    fn key(self, name: &OsStr) -> OsString {
        if self == Self::Windows { name.to_ascii_uppercase() } else { name.to_owned() }
    }
}

/// The variables of a child.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variables {
    platform: Platform,
    /// By the name as it is compared: the name as it is written, and the value.
    by_name: BTreeMap<OsString, (OsString, OsString)>,
}

impl Variables {
    /// From the variables of this process.
    pub(super) fn of(
        wanted: &ChildEnvironment,
        ours: impl IntoIterator<Item = (OsString, OsString)>,
        platform: Platform,
    ) -> Self {
        let mut variables = Self { platform, by_name: BTreeMap::new() };
        for (name, value) in ours {
            let key = platform.key(&name);
            let passes = match wanted {
                ChildEnvironment::PassedThrough => !begins(&key, OURS),
                ChildEnvironment::Cleaned { .. } => is_safe(&key, &value, platform),
            };
            if passes {
                variables.by_name.insert(key, (name, value));
            }
        }
        if let ChildEnvironment::Cleaned { set } = wanted {
            for (name, value) in set {
                variables.by_name.insert(platform.key(name), (name.clone(), value.clone()));
            }
        }
        variables
    }

    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        let key = self.platform.key(OsStr::new(name));
        self.by_name.get(&key).map(|(_, value)| value.as_os_str())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.by_name.values().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

fn is_safe(key: &OsStr, value: &OsStr, platform: Platform) -> bool {
    // A function that bash exports, which is code (CVE-2014-6271).
    if begins(value, "()") {
        return false;
    }
    let among = |names: &[&str]| names.iter().any(|name| key == *name);
    among(&SAFE)
        || begins(key, SAFE_PREFIX)
        || match platform {
            Platform::Unix => among(&SAFE_UNIX) || begins(key, SAFE_UNIX_PREFIX),
            Platform::Windows => among(&SAFE_WINDOWS),
        }
}

fn begins(text: &OsStr, prefix: &str) -> bool {
    text.as_encoded_bytes().starts_with(prefix.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{ChildEnvironment, Platform, Variables};

    fn pairs(text: &str) -> Vec<(OsString, OsString)> {
        text.split_whitespace()
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    fn child(wanted: &ChildEnvironment, ours: &str, platform: Platform) -> String {
        let variables = Variables::of(wanted, pairs(ours), platform);
        let shown: Vec<String> = variables
            .iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect();
        shown.join(" ")
    }

    fn cleaned(set: &str) -> ChildEnvironment {
        ChildEnvironment::Cleaned { set: pairs(set) }
    }

    #[test]
    fn all_but_our_own_variables_pass_through() {
        let ours = "A=1 MCP_GUARD_KEY=2 MCP_GUARD=3 mcp_guard_x=4 HTTP_PROXY=5";
        let passed = ChildEnvironment::PassedThrough;
        assert_eq!(
            child(&passed, ours, Platform::Unix),
            "A=1 HTTP_PROXY=5 MCP_GUARD=3 mcp_guard_x=4"
        );
        assert_eq!(child(&passed, ours, Platform::Windows), "A=1 HTTP_PROXY=5 MCP_GUARD=3");
    }

    #[test]
    fn of_a_cleaned_environment_only_what_is_known_to_be_harmless_is_ours() {
        let ours = "PATH=1 HOME=2 LC_ALL=3 XDG_CONFIG_HOME=4 GITHUB_TOKEN=5 HTTPS_PROXY=6 path=7 \
                    MCP_GUARD_KEY=8 LD_PRELOAD=9 NODE_OPTIONS=10 TERM=()ls";
        assert_eq!(
            child(&cleaned(""), ours, Platform::Unix),
            "HOME=2 LC_ALL=3 PATH=1 XDG_CONFIG_HOME=4"
        );
    }

    #[test]
    fn what_is_set_wins() {
        let set = cleaned("HOME=mine TOKEN=a TOKEN=b MCP_GUARD_X=c");
        assert_eq!(
            child(&set, "HOME=ours PATH=p", Platform::Unix),
            "HOME=mine MCP_GUARD_X=c PATH=p TOKEN=b"
        );
    }

    #[test]
    fn windows_knows_no_case() {
        let ours = "Path=1 SystemRoot=2 HOME=3 Secret=4";
        assert_eq!(child(&cleaned(""), ours, Platform::Windows), "Path=1 SystemRoot=2");
        assert_eq!(child(&cleaned("PATH=x"), ours, Platform::Windows), "PATH=x SystemRoot=2");
        let variables = Variables::of(&cleaned(""), pairs(ours), Platform::Windows);
        assert_eq!(variables.get("PATH").unwrap(), "1");
    }
}

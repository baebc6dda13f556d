//! What a host is written like, and what it looks like to a reader.

use std::borrow::Cow;
use std::net::IpAddr;

use unicode_security::{MixedScript, RestrictionLevel, RestrictionLevelDetection, skeleton};

use super::address::from_normal;
use super::name::normal;
use super::punycode;

/// How a host is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostForm {
    /// A name of ASCII letters.
    Name,
    /// An address in its usual spelling.
    Address,
    /// An IPv4 address that does not look like one: a single number, octal or hexadecimal digits, inside of an IPv6 address.
    DisguisedAddress,
    /// A name with letters beyond ASCII, written out or as Punycode (RFC 3492).
    International,
    /// The same, with letters of scripts in one label that no language mixes (UTS 39, section 5.2, not even moderately restrictive).
    MixedScript,
}

impl HostForm {
    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::DisguisedAddress => "disguised-address",
            Self::International => "international",
            Self::MixedScript => "mixed-script",
        }
    }
}

/// Tells how a host is written. A text that is no host is a name.
#[must_use]
pub fn form(host: &str) -> HostForm {
    let Some(plain) = normal(host) else { return HostForm::Name };
    match from_normal(&plain) {
        Some(IpAddr::V4(address)) if plain == address.to_string() => return HostForm::Address,
        Some(IpAddr::V4(_)) => return HostForm::DisguisedAddress,
        Some(IpAddr::V6(_)) => return HostForm::Address,
        None => {}
    }
    let read = read(&plain);
    if read.is_ascii() {
        return HostForm::Name;
    }
    if read.split('.').any(mixes_scripts) { HostForm::MixedScript } else { HostForm::International }
}

/// What a reader takes the host for: labels decoded, letters that look alike made the same letter (UTS 39, section 4, and
/// what ASCII adds: `0` and `o`, `1`, `i` and `l`, `rn` and `m`, `vv` and `w`). Two hosts of one look are easily confused.
/// `None` if the text is no host.
#[must_use]
pub fn look(host: &str) -> Option<String> {
    let plain = normal(host)?;
    let read = read(&plain);
    let alike: String = if read.is_ascii() {
        read.chars().map(alike).collect()
    } else {
        let letters = skeleton(&read).flat_map(char::to_lowercase);
        letters.map(alike).collect()
    };
    Some(alike.replace("rn", "m").replace("vv", "w"))
}

fn alike(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | 'i' => 'l',
        other => other,
    }
}

/// The host with its Punycode labels decoded.
fn read(host: &str) -> Cow<'_, str> {
    if !host.contains("xn--") {
        return Cow::Borrowed(host);
    }
    let labels = host.split('.').map(|label| {
        punycode::decode(label).map_or(Cow::Borrowed(label), |text| Cow::Owned(text.to_lowercase()))
    });
    Cow::Owned(labels.collect::<Vec<_>>().join("."))
}

fn mixes_scripts(label: &str) -> bool {
    !label.is_single_script()
        && label.detect_restriction_level() > RestrictionLevel::ModeratelyRestrictive
}

#[cfg(test)]
mod tests {
    use super::{HostForm, form, look};

    #[test]
    fn hosts_are_written_in_many_ways() {
        for (host, expected) in [
            ("mcp.contoso.com", HostForm::Name),
            ("MCP.Contoso.com.", HostForm::Name),
            ("${HOST}", HostForm::Name),
            ("", HostForm::Name),
            ("203.0.113.9", HostForm::Address),
            ("2001:db8::1", HostForm::Address),
            ("3405803785", HostForm::DisguisedAddress),
            ("0xcb007109", HostForm::DisguisedAddress),
            ("0313.0.0161.011", HostForm::DisguisedAddress),
            ("::ffff:203.0.113.9", HostForm::DisguisedAddress),
            ("xn--bcher-kva.example", HostForm::International),
            ("bücher.example", HostForm::International),
            ("日本語とabc.jp", HostForm::International),
            ("пример.example", HostForm::International),
            ("gіthub.com", HostForm::MixedScript),
            ("xn--gthub-n4a.com", HostForm::International),
            ("xn--gthub-n2e.com", HostForm::MixedScript),
        ] {
            assert_eq!(form(host), expected, "{host}");
        }
    }

    #[test]
    fn what_looks_alike_is_one() {
        for (host, other) in [
            ("g1thub.com", "github.com"),
            ("GlTHUB.com", "github.com"),
            ("rnicrosoft.com", "microsoft.com"),
            ("paypa1.com", "paypal.com"),
            ("gіthub.com", "github.com"),
            ("xn--80ak6aa92e.com", "apple.com"),
            ("n0tion.so.", "notion.so"),
        ] {
            assert_eq!(look(host), look(other), "{host}");
        }
        assert_ne!(look("gitlab.com"), look("github.com"));
        assert_ne!(look("contoso.com"), look("contoso.co"));
    }
}

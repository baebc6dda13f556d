//! Places of a machine that hold keys, sessions and the like.

pub mod place;

use place::Places;

use crate::launch::canonical;

include!(concat!(env!("OUT_DIR"), "/places.rs"));

/// What a path leads to, if it is known to be sensitive; of several places the innermost.
#[must_use]
pub fn holding(path: &str) -> Option<&'static Places> {
    let path = canonical(path)?;
    let mut best: Option<(usize, &'static Places)> = None;
    for places in &PLACES {
        let within = places.within.iter().filter(|place| is_within(&path, place));
        let exactly = places.exactly.iter().filter(|place| path.eq_ignore_ascii_case(place));
        let deepest = within.chain(exactly).map(|place| place.len()).max();
        if let Some(length) = deepest
            && best.is_none_or(|(other, _)| length > other)
        {
            best = Some((length, places));
        }
    }
    best.map(|(_, places)| places)
}

/// Whether a path is the place or below it.
fn is_within(path: &str, place: &str) -> bool {
    let start = path.get(..place.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(place))
        && path.get(place.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::place::PlaceClass;
    use super::{PLACES, holding};
    use crate::facts::kinds::PLACE_CLASSES;

    #[test]
    fn the_innermost_place_counts() {
        let cases: &[(&str, Option<&str>)] = &[
            ("~/.ssh", Some("ssh")),
            ("/home/anna/.ssh/id_ed25519", Some("ssh")),
            ("C:\\Users\\anna\\.aws", Some("aws")),
            ("%APPDATA%\\gcloud", Some("gcloud")),
            ("${userHome}/.config/gcloud/x", Some("gcloud")),
            ("~/.config", Some("configuration")),
            ("~/.config/notes", None),
            ("~/Library/Application Support/Google/Chrome/Default", Some("browser-profile")),
            ("~/Library/Application Support", Some("configuration")),
            ("~/Library/Application Support/Notes", None),
            ("%LOCALAPPDATA%\\Google\\Chrome\\User Data", Some("browser-profile")),
            ("/etc", Some("system")),
            ("/etc/localtime", None),
            ("/etc/ssh/ssh_host_rsa_key", Some("system")),
            ("/private/etc", Some("system")),
            ("~/.sshx", None),
            ("~", None),
            ("./.ssh", None),
            ("/srv/.ssh", None),
        ];
        for (path, class) in cases {
            assert_eq!(holding(path).map(|places| places.class.name()), *class, "{path}");
        }
    }

    #[test]
    fn every_class_has_a_list_and_a_word() {
        let listed: Vec<&str> = PLACES.iter().map(|places| places.class.name()).collect();
        let all: Vec<&str> = PlaceClass::ALL.iter().map(|class| class.name()).collect();
        assert_eq!(listed, all);
        assert_eq!(PLACE_CLASSES, all);
    }
}

//! What containers see of this machine.

use super::command_line::Launch;
use super::part::Part;

/// A part of this machine made visible in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Path on this machine, or name of a volume; empty for an anonymous volume.
    pub source: String,
    /// Path in the container.
    pub target: String,
    /// The container cannot write to it.
    pub read_only: bool,
    /// The value of the option.
    pub part: Part,
}

impl Launch<'_> {
    /// What containers on the way see of this machine: `-v`, `--volume` and `--mount`.
    #[must_use]
    pub fn mounts(&self) -> Vec<Mount> {
        let options = self.target.container_options.iter();
        options
            .filter_map(|option| {
                let part = option.value.as_ref()?;
                let text = self.text(part);
                match option.name.as_str() {
                    "volume" => Some(volume(text, part)),
                    "mount" => mount(text, part),
                    _ => None,
                }
            })
            .collect()
    }
}

/// `source:target[:options]`; a drive letter is part of the path.
fn volume(text: &str, part: &Part) -> Mount {
    let mut pieces: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut piece = String::new();
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let drive = piece.len() == 1 && piece.starts_with(|c: char| c.is_ascii_alphabetic());
        if c == ':' && depth == 0 && !drive {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(c);
        }
    }
    pieces.push(piece);
    let mut pieces = pieces.into_iter();
    let first = pieces.next().unwrap_or_default();
    let (source, target) = match pieces.next() {
        Some(target) => (first, target),
        None => (String::new(), first),
    };
    let read_only =
        pieces.any(|options| options.split(',').any(|o| matches!(o, "ro" | "readonly")));
    Mount { source, target, read_only, part: part.clone() }
}

/// `type=bind,source=…,target=…,readonly`; a tmpfs shows nothing of this machine.
fn mount(text: &str, part: &Part) -> Option<Mount> {
    let mut mount = Mount {
        source: String::new(),
        target: String::new(),
        read_only: false,
        part: part.clone(),
    };
    for field in text.split(',') {
        let (key, value) = field.split_once('=').unwrap_or((field, "true"));
        match key.trim() {
            "type" if value == "tmpfs" => return None,
            "source" | "src" => value.clone_into(&mut mount.source),
            "target" | "dst" | "destination" => value.clone_into(&mut mount.target),
            "readonly" | "ro" => mount.read_only = !matches!(value, "false" | "0"),
            _ => {}
        }
    }
    Some(mount)
}

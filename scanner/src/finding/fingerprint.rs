//! What identifies a finding across moves and reformatting of its file.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::facts::discreet;
use crate::facts::kinds::{Context, Detail};

/// 32 hexadecimal digits of a hash over rule, client, server, pointer and the value as far as it
/// is no secret. Neither path nor line goes in.
pub(super) fn fingerprint(rule: &str, context: &Context, pointer: &str, detail: &Detail) -> String {
    let mut hash = Sha256::new();
    let server = context.server.as_deref().unwrap_or_default();
    let value = without_tails(&discreet(&value(detail)));
    for part in [rule, context.client, server, pointer, &value] {
        // A length before each part keeps two different findings from running together.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = String::with_capacity(32);
    for byte in hash.finalize().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The text without what is shown of secrets in it: a secret that is replaced is the same finding.
fn without_tails(text: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split('…');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push('…');
        let tail = piece.char_indices().nth(4).map_or(piece.len(), |(at, _)| at);
        out.push_str(piece.get(tail..).unwrap_or_default());
    }
    out
}

/// The value that a finding is about, normalised and without secrets.
fn value(detail: &Detail) -> String {
    let joined = |parts: &[Option<&str>]| {
        parts.iter().map(|part| part.unwrap_or_default()).collect::<Vec<_>>().join("\n")
    };
    match detail {
        Detail::Url(url) => joined(&[url.shown.as_deref()]),
        Detail::Bind(bind) => joined(&[bind.name.as_deref(), bind.address.as_deref()]),
        Detail::Header(header) => joined(&[header.name.as_deref()]).to_ascii_lowercase(),
        Detail::Setting(setting) => {
            joined(&[setting.name.as_deref(), setting.plain_value.as_deref()])
        }
        Detail::Package(package) => {
            joined(&[package.ecosystem.as_deref(), package.spec.as_deref()])
        }
        Detail::Image(image) => joined(&[image.name.as_deref(), image.tag.as_deref()]),
        Detail::ContainerOption(option) => {
            joined(&[option.name.as_deref(), option.value.as_deref()])
        }
        Detail::Mount(mount) => joined(&[mount.source.as_deref(), mount.target.as_deref()]),
        Detail::Shell(shell) => {
            let mut value = joined(&[shell.shell.as_deref()]);
            value.push('\n');
            value.push_str(&shell.features.join(" "));
            value
        }
        Detail::InlineCode(code) => joined(&[code.interpreter.as_deref(), code.flag.as_deref()]),
        Detail::Wrapper(wrapper) => joined(&[wrapper.name.as_deref()]),
        Detail::Root(root) => joined(&[root.path.as_deref()]),
        Detail::Secret(secret) => joined(&[secret.format.as_deref(), secret.name.as_deref()]),
        Detail::Dsn(dsn) => {
            joined(&[dsn.scheme.as_deref(), dsn.user.as_deref(), dsn.host.as_deref()])
        }
        Detail::Approval(approval) => {
            let mut items = approval.items.clone();
            items.sort_unstable();
            format!(
                "{}\n{}",
                joined(&[approval.key.as_deref(), approval.value.as_deref()]),
                items.join("\n")
            )
        }
        Detail::Prose(prose) => joined(&[prose.key.as_deref()]),
        Detail::Unguarded(unguarded) => {
            let mut names = unguarded.names.clone();
            names.sort_unstable();
            names.join("\n")
        }
        Detail::Gap(gap) => joined(&[gap.kind.as_deref(), gap.message.as_deref()]),
    }
}

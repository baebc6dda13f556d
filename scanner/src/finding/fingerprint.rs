//! What identifies a finding across moves and reformatting of its file.

use sha2::{Digest, Sha256};

use crate::facts::kinds::{Context, Detail};
use crate::facts::{SecretValues, discreet, hexadecimal, without_tails};

/// 32 hexadecimal digits of a hash over rule, client, server, pointer and the value as far as it
/// is no secret. Neither path nor line goes in.
pub(super) fn fingerprint(
    rule: &str,
    context: &Context,
    pointer: &str,
    detail: &Detail,
    secrets: &SecretValues,
) -> String {
    let mut hash = Sha256::new();
    let server = context.server.as_deref().unwrap_or_default();
    let value = without_tails(&secrets.hide(&value(detail)));
    for part in [rule, context.client, server, pointer, &value] {
        // A length before each part keeps two different findings from running together.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hexadecimal(hash, 16)
}

/// What identifies each of the several servers that one finding is about, sorted; nothing for a
/// finding about one. A finding that has got a new part is not quite the one that it was.
pub(super) fn parts(detail: &Detail) -> Vec<String> {
    let Detail::Unguarded(unguarded) = detail else { return Vec::new() };
    let digest = |name: &String| {
        let mut hash = Sha256::new();
        hash.update(discreet(name).as_bytes());
        hexadecimal(hash, 8)
    };
    let mut parts: Vec<String> = unguarded.names.iter().map(digest).collect();
    parts.sort_unstable();
    parts
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
        Detail::Executed(file) => joined(&[file.role.as_deref(), file.path.as_deref()]),
        Detail::EnvFile(file) => joined(&[file.path.as_deref()]),
        // One a file, and which file it is says the path beside the fingerprint.
        Detail::ConfigFile(_) => String::new(),
        Detail::Registry(registry) => joined(&[
            registry.name.as_deref(),
            registry.scheme.as_deref(),
            registry.host.as_deref(),
        ]),
        Detail::Debugger(debugger) => {
            joined(&[debugger.option.as_deref(), debugger.address.as_deref()])
        }
        Detail::SearchPath(entry) => {
            joined(&[entry.variable.as_deref(), entry.directory.as_deref()])
        }
        Detail::Package(package) => {
            joined(&[package.ecosystem.as_deref(), package.spec.as_deref()])
        }
        Detail::Image(image) => joined(&[image.name.as_deref(), image.tag.as_deref()]),
        // A fault that becomes known later is another finding about the same version.
        Detail::Advisory(advisory) => {
            let mut ids = advisory.ids.clone();
            ids.sort_unstable();
            let parts = [&advisory.ecosystem, &advisory.name, &advisory.version];
            format!("{}\n{}", joined(&parts.map(|part| part.as_deref())), ids.join("\n"))
        }
        Detail::ContainerOption(option) => {
            joined(&[option.name.as_deref(), option.value.as_deref()])
        }
        Detail::Mount(mount) => joined(&[mount.source.as_deref(), mount.target.as_deref()]),
        Detail::Shell(shell) => {
            let mut value = joined(&[shell.shell.as_deref()]);
            value.push('\n');
            value.push_str(&shell.features.join(" "));
            value.push('\n');
            value.push_str(shell.digest.as_deref().unwrap_or_default());
            value
        }
        Detail::InlineCode(code) => {
            joined(&[code.interpreter.as_deref(), code.flag.as_deref(), code.digest.as_deref()])
        }
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
        Detail::KnownServer(known) => joined(&[known.title.as_deref()]),
        Detail::DatabaseAccount(account) => {
            joined(&[account.scheme.as_deref(), account.user.as_deref(), account.host.as_deref()])
        }
        Detail::HiddenText(text) => joined(&[text.kind.as_deref(), text.name.as_deref()]),
        Detail::Injection(injection) => injection.phrases.join("\n"),
        // One finding a file, whichever servers it names; see `parts`.
        Detail::Unguarded(_) => String::new(),
        Detail::Relation(relation) => joined(&[
            relation.relation.as_deref(),
            relation.target.as_deref(),
            relation.other.as_deref(),
            relation.other_target.as_deref(),
            relation.untrusted.as_deref(),
            relation.private.as_deref(),
            relation.send_out.as_deref(),
            relation.shell.as_deref(),
        ]),
        Detail::Suppression(suppression) => {
            joined(&[suppression.state.as_deref(), suppression.rule.as_deref()])
        }
        Detail::Drift(drift) => joined(&[drift.change.as_deref(), drift.digest.as_deref()]),
        Detail::Gap(gap) => joined(&[gap.kind.as_deref(), gap.message.as_deref()]),
    }
}

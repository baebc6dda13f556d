//! References in settings: what they name, and whether somebody puts the value in their place.

use mcp_guard_detect::secret::{self, Variable};

use super::command_line::CommandLine;
use super::kinds::Setting;
use crate::client::Server;
use crate::client::dialect::{ClientKind, CommandForm, Dialect};
use crate::launch::WrapperKind;

/// Forms that shells replace: POSIX, cmd, PowerShell.
const SHELL_FORMS: [&str; 4] = ["$NAME", "${NAME}", "%NAME%", "$env:NAME"];
/// Forms that some client replaces, for files of which no client is known.
const USUAL_FORMS: [&str; 3] = ["${NAME}", "${env:NAME}", "${input:NAME}"];

/// Adds what the setting's value refers to. `key` is the name that says what the value is.
pub(super) fn describe(
    setting: &mut Setting,
    key: &str,
    server: &Server<'_>,
    line: &CommandLine<'_>,
) {
    let variables = setting.value.as_deref().map(secret::variables).unwrap_or_default();
    if variables.is_empty() {
        return;
    }
    let field = if setting.source.as_deref() == Some("argument") { "args" } else { "env" };
    // The working directory is called like a password.
    let directory = |name: &str| matches!(name, "PWD" | "OLDPWD" | "cwd");
    let named = |variable: &Variable<'_>| {
        !directory(variable.name) && secret::names_a_secret(variable.name)
    };
    setting.secret_reference = variables.iter().any(named)
        || secret::names_a_secret(key) && !variables.iter().all(|v| directory(v.name));
    setting.expanded = line.launch.is_wrapped(WrapperKind::Shell)
        && variables.iter().any(|variable| SHELL_FORMS.contains(&variable.form.as_str()))
        || variables.iter().any(|variable| replaces(server.dialect, field, variable));
    setting.refers_to = variables.iter().map(|variable| variable.name.to_owned()).collect();
}

/// Whether the client replaces references of that form in that field.
fn replaces(dialect: &Dialect, field: &str, variable: &Variable<'_>) -> bool {
    let form = variable.form.as_str();
    if dialect.kind == ClientKind::Generic {
        return USUAL_FORMS.contains(&form);
    }
    dialect.interpolation.iter().any(|known| {
        // Where program and arguments are one list, its key stands for both.
        let covers = known.fields.is_empty()
            || known.fields.iter().any(|name| {
                name == field
                    || field == "args" && name == "command" && dialect.command == CommandForm::Array
            });
        covers && known.syntax == form
    })
}

//! `mcp-guard rules`.

use std::process::ExitCode;

use mcp_guard_scanner::rules::page;

use crate::cli::RulesOptions;
use crate::failure::Failure;
use crate::named::Named;
use crate::{output, rulebook};

pub(crate) fn run(options: &RulesOptions) -> Result<ExitCode, Failure> {
    let directories: Vec<Named> =
        options.rules.iter().map(|path| Named::from(path.as_path())).collect();
    let rules = rulebook::tried(&directories)?;
    let text = match &options.id {
        None => page::list(&rules),
        Some(id) => match rules.iter().find(|rule| rule.id == *id) {
            Some(rule) => page::explained(rule),
            None if id.contains('*') => {
                page::list(&rulebook::chosen(rules, std::slice::from_ref(id), &[])?)
            }
            None => return Err(Failure::Usage(rulebook::unknown(&rules, id))),
        },
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

//! `mcp-guard rules`.

use std::process::ExitCode;

use mcp_guard_scanner::rules::page;

use crate::cli::RulesOptions;
use crate::failure::Failure;
use crate::{output, rulebook};

pub(crate) fn run(options: &RulesOptions) -> Result<ExitCode, Failure> {
    let rules = rulebook::all(&options.rules)?;
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

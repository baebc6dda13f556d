//! `mcp-guard clients`.

use std::process::ExitCode;

use mcp_guard_scanner::client::{DIALECTS, dialect, page};
use mcp_guard_scanner::nearest;
use mcp_guard_scanner::source;

use crate::cli::ClientsOptions;
use crate::failure::Failure;
use crate::{environment, output};

pub(crate) fn run(options: &ClientsOptions) -> Result<ExitCode, Failure> {
    let found = source::user_files(&DIALECTS, &environment::of_user());
    let files: Vec<(&str, &str)> = found
        .iter()
        .filter_map(|file| Some((file.claim?.dialect.id.as_ref(), file.shown.as_str())))
        .collect();
    let text = match options.id.as_deref() {
        None => page::list(&DIALECTS, &files),
        Some(id) => match dialect(id) {
            Some(dialect) => page::explained(dialect, &files),
            None => {
                let near = nearest(id, DIALECTS.iter().map(|dialect| dialect.id.as_ref()));
                let hint = near.map_or_else(
                    || "`mcp-guard clients` lists them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(Failure::Usage(format!("there is no client `{id}`; {hint}")));
            }
        },
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

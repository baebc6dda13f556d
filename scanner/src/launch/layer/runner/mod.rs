//! Package runners: programs that fetch a package and run it.

mod compiled;
mod deno;
mod javascript;
mod nix;
mod python;

use crate::launch::peeler::{Peeler, Step};

/// Peels a package runner off.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    match name {
        "npx" | "pnpx" | "bunx" => javascript::execute(peeler, name, peeler.rest.start),
        "npm" | "pnpm" | "yarn" | "bun" => javascript::manager(peeler, name),
        "deno" => deno::peel(peeler),
        "dx" => deno::execute(peeler, "dx", peeler.rest.start),
        "uvx" => python::tool_run(peeler, "uvx", peeler.rest.start),
        "uv" => python::uv(peeler),
        "uvenv" | "pipx" => python::app_run(peeler, name),
        "pixi" => python::pixi(peeler),
        "go" => compiled::go(peeler),
        "dnx" => compiled::dnx(peeler, "dnx", peeler.rest.start),
        "dotnet" => compiled::dotnet(peeler),
        "nix" | "nix-shell" => nix::peel(peeler, name),
        _ => Step::Unknown,
    }
}

//! Programs that fetch packages and run them.

/// Whether a program of this name can fetch and run packages.
pub(in crate::launch) fn is_runner(name: &str) -> bool {
    matches!(
        name,
        "npx"
            | "npm"
            | "pnpm"
            | "pnpx"
            | "yarn"
            | "bunx"
            | "bun"
            | "deno"
            | "dx"
            | "uvx"
            | "uv"
            | "uvenv"
            | "pipx"
            | "pixi"
            | "go"
            | "cargo"
            | "dnx"
            | "dotnet"
            | "nix"
            | "nix-shell"
    )
}

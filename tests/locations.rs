//! Where clients keep their files on each system, and whose file a path can be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

use mcp_guard_scanner::client::dialect::{Location, Os};
use mcp_guard_scanner::client::{Catalogue, DIALECTS, Environment, dialect};

fn environment(os: Os, variables: &[(&str, &str)]) -> Environment {
    let home = match os {
        Os::Macos => "/Users/ada",
        Os::Linux => "/home/ada",
        Os::Windows => "C:\\Users\\ada",
    };
    let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Environment { os, home: Some(home.to_owned()), variables: variables.collect() }
}

/// All paths at which the client has files of its own there.
fn paths(client: &str, environment: &Environment) -> Vec<String> {
    let client = dialect(client).unwrap_or_else(|| panic!("no client {client}"));
    client.locations.iter().flat_map(|location| environment.resolve(location)).collect()
}

/// Fails unless the client's paths hold each of these.
#[track_caller]
fn has(client: &str, environment: &Environment, wanted: &[&str]) {
    let paths = paths(client, environment);
    for path in wanted {
        assert!(paths.iter().any(|found| found == path), "{client} has no {path}: {paths:#?}");
    }
}

/// Fails if one of the client's paths holds one of these texts.
#[track_caller]
fn lacks(client: &str, environment: &Environment, unwanted: &[&str]) {
    let paths = paths(client, environment);
    for text in unwanted {
        assert!(!paths.iter().any(|found| found.contains(text)), "{client}: {paths:#?}");
    }
}

#[test]
fn on_macos() {
    let os = environment(Os::Macos, &[]);
    let support = "/Users/ada/Library/Application Support";
    for (client, below) in [
        ("claude-desktop", "Claude/claude_desktop_config.json"),
        ("vscode", "Code/User/mcp.json"),
        ("vscode", "Code - Insiders/User/mcp.json"),
        ("vscode", "VSCodium/User/mcp.json"),
        ("vscode", "Code/User/profiles/*/mcp.json"),
        (
            "cline",
            "Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        ),
        (
            "roo-code",
            "Cursor/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        ),
        ("mcp-guard", "mcp-guard/mcp-guard.yaml"),
    ] {
        has(client, &os, &[&format!("{support}/{below}")]);
    }
    for (client, path) in [
        ("qwen-code", "/Library/Application Support/QwenCode/system-defaults.json"),
        ("amp", "/Library/Application Support/ampcode/managed-settings.json"),
        ("factory-droid", "/Library/Application Support/Factory/settings.json"),
        ("crush", "/etc/crush/crush.json"),
        ("warp", "/Users/ada/.warp/settings.toml"),
        ("trae", "/Users/ada/Library/Application Support/Trae CN/User/mcp.json"),
    ] {
        has(client, &os, &[path]);
    }
    has("zed", &os, &["/Users/ada/.config/zed/settings.json"]);
    has("goose", &os, &["/Users/ada/.config/goose/config.yaml"]);
    has(
        "opencode",
        &os,
        &[
            "/Users/ada/.config/opencode/opencode.json",
            "/Users/ada/.config/opencode/opencode.jsonc",
        ],
    );
    has(
        "claude-code",
        &os,
        &["/Users/ada/.claude.json", "/Library/Application Support/ClaudeCode/managed-mcp.json"],
    );
    has("cursor", &os, &["/Users/ada/.cursor/mcp.json"]);
    has("codex", &os, &["/Users/ada/.codex/config.toml", "/etc/codex/config.toml"]);
    lacks("claude-code", &os, &["/etc/", "C:/"]);
    lacks("claude-desktop", &os, &["C:/", "AppData", ".config"]);
}

#[test]
fn on_linux() {
    let os = environment(Os::Linux, &[]);
    for (client, path) in [
        ("claude-desktop", "/home/ada/.config/Claude/claude_desktop_config.json"),
        ("vscode", "/home/ada/.config/Code/User/mcp.json"),
        ("vscode", "/home/ada/.config/Code - Insiders/User/settings.json"),
        ("vscode", "/home/ada/.vscode-server/data/User/mcp.json"),
        ("zed", "/home/ada/.config/zed/settings.json"),
        ("goose", "/home/ada/.config/goose/config.yaml"),
        (
            "cline",
            "/home/ada/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        ),
        ("opencode", "/home/ada/.config/opencode/opencode.json"),
        ("claude-code", "/etc/claude-code/managed-mcp.json"),
        ("claude-code", "/home/ada/.claude.json"),
        ("gemini-cli", "/home/ada/.gemini/settings.json"),
        ("codex", "/home/ada/.codex/config.toml"),
        ("windsurf", "/home/ada/.codeium/windsurf/mcp_config.json"),
        ("mcp-guard", "/home/ada/.config/mcp-guard/mcp-guard.yaml"),
        ("qwen-code", "/etc/qwen-code/settings.json"),
        ("amp", "/etc/ampcode/managed-settings.json"),
        ("factory-droid", "/etc/factory/settings.json"),
        ("crush", "/etc/crush/crush.json"),
        ("warp", "/home/ada/.config/warp-terminal/settings.toml"),
        ("copilot-eclipse", "/home/ada/.config/github-copilot/intellij/mcp.json"),
    ] {
        has(client, &os, &[path]);
    }
    for client in &DIALECTS {
        lacks(&client.id, &os, &["C:/", "AppData", "Application Support", "%", "\\"]);
    }
}

#[test]
fn on_linux_with_another_configuration_directory() {
    let os = environment(Os::Linux, &[("XDG_CONFIG_HOME", "/data/config/")]);
    has("claude-desktop", &os, &["/data/config/Claude/claude_desktop_config.json"]);
    has("zed", &os, &["/data/config/zed/settings.json"]);
    has("vscode", &os, &["/data/config/Code/User/mcp.json"]);
    has("copilot-cli", &os, &["/data/config/copilot/mcp-config.json"]);
    for client in ["claude-desktop", "zed", "goose", "vscode"] {
        lacks(client, &os, &["/home/ada/.config"]);
    }
    // Set to nothing is not set.
    let empty = environment(Os::Linux, &[("XDG_CONFIG_HOME", "")]);
    has("zed", &empty, &["/home/ada/.config/zed/settings.json"]);
    // The variable means nothing to what uses the system's own directory on macOS.
    let macos = environment(Os::Macos, &[("XDG_CONFIG_HOME", "/data/config")]);
    lacks("vscode", &macos, &["/data/config"]);
}

#[test]
fn on_windows() {
    let os = environment(
        Os::Windows,
        &[
            ("APPDATA", "D:\\Profile\\Roaming"),
            ("LocalAppData", "D:\\Profile\\Local\\"),
            ("ProgramData", "D:\\Shared"),
        ],
    );
    for (client, path) in [
        ("claude-desktop", "D:/Profile/Roaming/Claude/claude_desktop_config.json"),
        (
            "claude-desktop",
            "D:/Profile/Local/Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
        ),
        ("vscode", "D:/Profile/Roaming/Code/User/mcp.json"),
        ("vscode", "D:/Profile/Roaming/Code - Insiders/User/mcp.json"),
        ("goose", "D:/Profile/Roaming/Block/goose/config/config.yaml"),
        ("zed", "D:/Profile/Roaming/Zed/settings.json"),
        (
            "cline",
            "D:/Profile/Roaming/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        ),
        ("codex", "D:/Shared/OpenAI/Codex/config.toml"),
        ("codex", "C:/Users/ada/.codex/config.toml"),
        ("claude-code", "C:/Program Files/ClaudeCode/managed-mcp.json"),
        ("claude-code", "C:/Users/ada/.claude.json"),
        ("visual-studio", "C:/Users/ada/.mcp.json"),
        ("cursor", "C:/Users/ada/.cursor/mcp.json"),
        ("qwen-code", "C:/ProgramData/qwen-code/settings.json"),
        ("amp", "C:/ProgramData/ampcode/managed-settings.json"),
        ("amp", "D:/Profile/Roaming/amp/settings.json"),
        ("crush", "D:/Profile/Local/crush/crush.json"),
        ("warp", "D:/Profile/Local/warp/Warp/config/settings.toml"),
        ("copilot-eclipse", "D:/Profile/Local/github-copilot/intellij/mcp.json"),
        ("factory-droid", "D:/Profile/Roaming/Factory Bridge/mcp.json"),
    ] {
        has(client, &os, &[path]);
    }
    for client in &DIALECTS {
        lacks(&client.id, &os, &["/etc/", "/Library/", "Application Support", "\\", "%", "//"]);
    }
}

#[test]
fn on_windows_without_its_variables() {
    let os = environment(Os::Windows, &[]);
    has(
        "claude-desktop",
        &os,
        &[
            "C:/Users/ada/AppData/Roaming/Claude/claude_desktop_config.json",
            "C:/Users/ada/AppData/Local/Claude-3p/claude_desktop_config.json",
        ],
    );
    has("codex", &os, &["C:/ProgramData/OpenAI/Codex/config.toml"]);
    has("opencode", &os, &["C:/ProgramData/opencode/opencode.json"]);
}

#[test]
fn variables_of_clients_move_their_files() {
    for os in [Os::Macos, Os::Linux] {
        let set = environment(
            os,
            &[
                ("CODEX_HOME", "/data/codex"),
                ("CLAUDE_CONFIG_DIR", "/data/claude/"),
                ("OPENCODE_CONFIG", "/data/oc.json"),
                ("COPILOT_HOME", "/data/copilot"),
                ("CRUSH_GLOBAL_CONFIG", "/data/crush"),
                ("AMP_SETTINGS_FILE", "/data/amp.json"),
            ],
        );
        has("codex", &set, &["/data/codex/config.toml"]);
        has("claude-code", &set, &["/data/claude/.claude.json"]);
        has("opencode", &set, &["/data/oc.json"]);
        has("copilot-cli", &set, &["/data/copilot/mcp-config.json"]);
        has("crush", &set, &["/data/crush/crush.json"]);
        has("amp", &set, &["/data/amp.json"]);
    }
    let windows = environment(Os::Windows, &[("codex_home", "E:\\codex")]);
    has("codex", &windows, &["E:/codex/config.toml"]);
    let unset = environment(Os::Linux, &[]);
    for client in &DIALECTS {
        lacks(&client.id, &unset, &["$"]);
    }
}

#[test]
fn a_home_is_taken_as_it_is_written() {
    let with = |os: Os, home: Option<&str>| Environment {
        os,
        home: home.map(str::to_owned),
        variables: std::collections::HashMap::new(),
    };
    has("cursor", &with(Os::Linux, Some("/home/ada/")), &["/home/ada/.cursor/mcp.json"]);
    has("cursor", &with(Os::Linux, Some("/")), &["/.cursor/mcp.json"]);
    has("cursor", &with(Os::Linux, Some("/home/a\\b")), &["/home/a\\b/.cursor/mcp.json"]);
    has("cursor", &with(Os::Windows, Some("C:\\Users\\a\\")), &["C:/Users/a/.cursor/mcp.json"]);
    for home in [None, Some("")] {
        for os in [Os::Macos, Os::Linux, Os::Windows] {
            assert_eq!(paths("cursor", &with(os, home)), [""; 0]);
        }
        has("claude-code", &with(Os::Linux, home), &["/etc/claude-code/managed-mcp.json"]);
    }
}

#[test]
fn no_system_has_the_places_of_another() {
    for client in &DIALECTS {
        for location in client.locations.iter() {
            for os in [Os::Macos, Os::Linux, Os::Windows] {
                let found = environment(os, &[]).resolve(location);
                let of_project = location.path.starts_with("{project}");
                let elsewhere = !location.os.is_empty() && !location.os.contains(&os);
                if of_project || elsewhere {
                    assert_eq!(found, [""; 0], "{} {}", client.id, location.path);
                }
                for path in found {
                    let rooted = if os == Os::Windows {
                        path.get(1..3) == Some(":/")
                    } else {
                        path.starts_with('/')
                    };
                    assert!(rooted, "{} {os:?}: {path}", client.id);
                    assert!(
                        !path.contains(['{', '}', '%', '$', '~', '\\']),
                        "{}: {path}",
                        client.id
                    );
                    assert!(!path.contains("//"), "{}: {path}", client.id);
                }
            }
        }
    }
}

#[test]
fn a_client_with_places_of_its_own_has_one_on_each_system_it_names() {
    let everything: Vec<(&str, &str)> = vec![("CONFIG_PATH", "/etc/librechat.yaml")];
    let of_user = |location: &&Location| {
        !location.path.starts_with("{project}") && !location.path.starts_with("{any}")
    };
    for client in &DIALECTS {
        let own: Vec<&Location> = client.locations.iter().filter(of_user).collect();
        for os in [Os::Macos, Os::Linux, Os::Windows] {
            let here =
                own.iter().any(|location| location.os.is_empty() || location.os.contains(&os));
            let found = paths(&client.id, &environment(os, &everything));
            assert_eq!(here, !found.is_empty(), "{} {os:?}", client.id);
        }
    }
    // The big ones are everywhere.
    for client in [
        "claude-desktop",
        "claude-code",
        "cursor",
        "vscode",
        "windsurf",
        "codex",
        "gemini-cli",
        "zed",
        "cline",
        "roo-code",
        "goose",
        "opencode",
        "continue",
        "kiro",
        "amazon-q",
        "junie",
        "copilot-cli",
    ] {
        for os in [Os::Macos, Os::Linux, Os::Windows] {
            assert!(!paths(client, &environment(os, &[])).is_empty(), "{client} {os:?}");
        }
    }
}

/// The clients that may have a file of that path, the likeliest first, each once.
fn claims(path: &str) -> Vec<&'static str> {
    let mut clients: Vec<&str> = Vec::new();
    for claim in Catalogue::new(&DIALECTS).claims(path) {
        let id: &'static str = claim.dialect.id.as_ref();
        if !clients.contains(&id) {
            clients.push(id);
        }
    }
    clients
}

#[test]
fn paths_tell_whose_file_it_is() {
    for (path, client) in [
        (".mcp.json", "claude-code"),
        ("deep/in/a/tree/.mcp.json", "claude-code"),
        (".claude/settings.local.json", "claude-code"),
        (".vscode/mcp.json", "vscode"),
        ("x.code-workspace", "vscode"),
        ("a/b/some name.code-workspace", "vscode"),
        (".devcontainer/devcontainer.json", "vscode"),
        (".devcontainer/python/devcontainer.json", "vscode"),
        ("a/b/.cursor/mcp.json", "cursor"),
        (".github/mcp.json", "copilot-cli"),
        (".github/agents/foo.md", "copilot-cli"),
        ("mcp.json", "generic"),
        ("a/mcp.json", "generic"),
        ("claude_desktop_config.json", "claude-desktop"),
        ("backup/Claude/claude_desktop_config.json", "claude-desktop"),
        (".codex/config.toml", "codex"),
        (".gemini/settings.json", "gemini-cli"),
        ("gemini-extension.json", "gemini-cli"),
        (".zed/settings.json", "zed"),
        (".roo/mcp.json", "roo-code"),
        (".kiro/settings/mcp.json", "kiro"),
        (".amazonq/mcp.json", "amazon-q"),
        (".junie/mcp/mcp.json", "junie"),
        (".vs/mcp.json", "visual-studio"),
        ("opencode.json", "opencode"),
        (".opencode/opencode.jsonc", "opencode"),
        (".continue/mcpServers/new.yaml", "continue"),
        ("librechat.yaml", "librechat"),
        ("server.json", "registry-server-json"),
        ("manifest.json", "mcpb-manifest"),
        ("mcp-guard.yaml", "mcp-guard"),
        ("dotfiles/.config/goose/config.yaml", "goose"),
        ("dotfiles/Library/Application Support/Code/User/settings.json", "vscode"),
        ("cline_mcp_settings.json", "cline"),
        (".grok/config.toml", "grok-build"),
        (".grok/settings.json", "grok-cli-superagent"),
        ("dotfiles/.hermes/config.yaml", "hermes"),
        (".kimi-code/mcp.json", "kimi-code"),
        (".deepagents/.mcp.json", "deepagents"),
        (".rovodev/config.yml", "rovodev"),
        (".vibe/config.toml", "mistral-vibe"),
        ("reasonix.toml", "reasonix"),
        (".takt/runtime.yaml", "takt"),
        (".takt/workflows/a/b.yaml", "takt"),
        (".codebuddy/settings.json", "codebuddy"),
        (".qoder/settings.local.json", "qoder"),
        (".joycode/mcp.json", "joycode"),
        (".pi/mcp.json", "pi-mcp-adapter"),
        ("packages/a/cordis.patch.yml", "dsh"),
        (".zcode/config.json", "zcode"),
        ("config/mcporter.json", "mcporter"),
        ("config.toml", "openhands"),
        (".idx/mcp.json", "firebase-studio"),
        ("backup/Witsy/settings.json", "witsy"),
        (".mcphost.yml", "mcphost"),
        (".ruler/ruler.toml", "ruler"),
        (".rulesync/mcp.jsonc", "rulesync"),
        (".rulesync/.mcp.json", "rulesync"),
        (".abacusai/mcp.json", "abacus"),
        (".agents/mcp_config.json", "antigravity"),
        (".agents/mcp.json", "generic"),
        (".agents/.mcp.json", "warp"),
        (".agents/skills/ride/mcp.json", "amp"),
        (".agents/skills/ride/SKILL.md", "amp"),
        (".ai/mcp/mcp.json", "jetbrains-ai"),
        (".air/mcp.json", "jetbrains-air"),
        (".amp/settings.jsonc", "amp"),
        (".augment/settings.local.json", "augment"),
        (".crush.json", "crush"),
        ("a/crush.json", "crush"),
        (".devin/mcp_config.local.json", "devin-cli"),
        (".factory/mcp.json", "factory-droid"),
        (".github/copilot/mcp.json", "copilot-eclipse"),
        (".kilo/kilo.jsonc", "kilo-code"),
        (".kilocode/mcp.json", "kilo-code"),
        ("kilo.json", "kilo-code"),
        (".qwen/settings.json", "qwen-code"),
        ("qwen-extension.json", "qwen-code"),
        (".trae/mcp.json", "trae"),
        (".warp/.mcp.json", "warp"),
        ("config.json", "mcp-proxy-tbxark"),
        ("mcp_settings.json", "mcphub"),
        // Names that say little, and files of others.
        ("config/mcp.json", "generic"),
        ("dotfiles/.docker/mcp/catalogs/plants.yaml", "docker-mcp"),
    ] {
        assert_eq!(claims(path).first(), Some(&client), "{path}: {:?}", claims(path));
    }
}

#[test]
fn paths_of_nobody() {
    let catalogue = Catalogue::new(&DIALECTS);
    for path in [
        "",
        "/",
        "package.json",
        "tsconfig.json",
        "src/main.rs",
        "README.md",
        "agents/foo.md",
        ".github/workflows/ci.yaml",
        ".github/agents/foo.txt",
        ".github/agents/deep/foo.md",
        "mcp.json.bak",
        "xmcp.json",
        "MCP.JSON",
        "x.code-workspaces",
        ".vscode/launch.json",
        "settings.json",
        "src/config.yaml",
        "app/cordis.yml",
        "takt/runtime.yaml",
        ".takt/logs/run.yaml",
        "vibe/agents/x.toml",
        "mcporter.json",
        "mcp.json/other.json",
        "..",
        "a//b",
    ] {
        assert_eq!(claims(path), [""; 0], "{path}");
        assert!(!catalogue.knows(path), "{path}");
    }
}

#[test]
fn the_quick_question_never_says_no_to_a_known_file() {
    let catalogue = Catalogue::new(&DIALECTS);
    for client in &DIALECTS {
        for location in client.locations.iter() {
            for os in [Os::Macos, Os::Linux, Os::Windows] {
                for path in environment(os, &[]).resolve(location) {
                    let path = path.replace("**/", "a/b/").replace('*', "x");
                    let mut parts = path.rsplit('/');
                    let (name, parent) = (parts.next().unwrap(), parts.next().unwrap_or_default());
                    assert!(catalogue.may_know(name, parent), "{} {path}", client.id);
                    assert!(catalogue.knows(&path), "{} {path}", client.id);
                    assert!(claims(&path).contains(&client.id.as_ref()), "{} {path}", client.id);
                }
            }
        }
    }
}

#[test]
fn the_case_of_letters_counts_where_the_system_says_so() {
    let claims = |os: Os, path: &str| {
        let catalogue = Catalogue::new(&DIALECTS).on(os);
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = parent.rsplit('/').next().unwrap();
        let claims: Vec<_> = catalogue.claims(path).iter().map(|c| c.dialect.id.clone()).collect();
        assert_eq!(catalogue.knows(path), !claims.is_empty(), "{path}");
        assert!(claims.is_empty() || catalogue.may_know(name, parent), "{path}");
        claims
    };
    for path in [".Cursor/MCP.json", "a/CLAUDE_desktop_config.json", ".github/Agents/x.MD"] {
        assert!(claims(Os::Linux, path).is_empty(), "{path}");
        for os in [Os::Macos, Os::Windows] {
            assert_eq!(claims(os, path), claims(Os::Linux, &path.to_lowercase()), "{path}");
            assert!(!claims(os, path).is_empty(), "{path}");
        }
    }
    for os in [Os::Macos, Os::Windows] {
        let path = "Library/Application Support/Code/User/mcp.json";
        assert_eq!(claims(os, path), claims(Os::Linux, path));
    }
}

#[test]
fn directories_where_a_client_would_look() {
    let catalogue = Catalogue::new(&DIALECTS);
    for directory in [".cursor", "a/.vscode", ".claude", "x/.claude/agents", ".kiro/settings"] {
        assert!(catalogue.may_hold(directory), "{directory}");
    }
    for directory in ["", "agents", "settings", "src", "node_modules", "a/b/mcp", ".cursor/x"] {
        assert!(!catalogue.may_hold(directory), "{directory}");
    }
}

//! The programs that are put in front of a command, and how they take it.

use crate::launch::wrapper::WrapperKind::{
    self, Elevation, Environment, Remote, Scheduling, Secrets, VersionManager,
};

/// What stands between the options of such a program and the command.
#[derive(Clone, Copy, Debug)]
pub(in crate::launch) enum Operands {
    /// Nothing.
    None,
    /// So many words.
    Count(usize),
    /// `NAME=value` words.
    Assignments,
    /// One word if it looks like a version.
    Version,
    /// Any number of words, up to `--`.
    UntilDashes,
}

/// A program of this kind.
pub(in crate::launch) struct Prefix {
    pub(in crate::launch) names: &'static [&'static str],
    /// One of these must follow, if there are any.
    pub(in crate::launch) subcommands: &'static [&'static str],
    pub(in crate::launch) kind: WrapperKind,
    /// Options with a value.
    pub(in crate::launch) values: &'static [&'static str],
    /// Options whose value is a script for a shell.
    pub(in crate::launch) scripts: &'static [&'static str],
    /// Options whose value is a file of variables.
    pub(in crate::launch) env_files: &'static [&'static str],
    pub(in crate::launch) operands: Operands,
}

const fn prefix(
    kind: WrapperKind,
    names: &'static [&'static str],
    subcommands: &'static [&'static str],
    values: &'static [&'static str],
    operands: Operands,
) -> Prefix {
    Prefix { names, subcommands, kind, values, scripts: &[], env_files: &[], operands }
}

impl Prefix {
    const fn scripts(mut self, scripts: &'static [&'static str]) -> Self {
        self.scripts = scripts;
        self
    }

    const fn env_files(mut self, env_files: &'static [&'static str]) -> Self {
        self.env_files = env_files;
        self
    }
}

const EXEC: &[&str] = &["exec"];
const RUN: &[&str] = &["run"];

/// The first entry that fits decides.
pub(in crate::launch) const PREFIXES: &[Prefix] = &[
    prefix(
        Environment,
        &["env"],
        &[],
        &["-u", "--unset", "-C", "--chdir", "-S", "--split-string"],
        Operands::Assignments,
    )
    .scripts(&["-S", "--split-string"]),
    prefix(Environment, &["cross-env", "cross-env-shell"], &[], &[], Operands::Assignments),
    prefix(
        Environment,
        &["env-cmd"],
        &[],
        &["-f", "--file", "-e", "--environments", "-r", "--rc-file"],
        Operands::None,
    )
    .env_files(&["-f", "--file"]),
    prefix(
        Elevation,
        &["sudo"],
        &[],
        &[
            "-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-T", "-r",
            "-t", "-D", "--chdir", "-R", "--chroot", "-U",
        ],
        Operands::Assignments,
    ),
    prefix(Elevation, &["doas"], &[], &["-u", "-C", "-a"], Operands::None),
    prefix(
        Elevation,
        &["pkexec", "run0"],
        &[],
        &["--user", "-u", "--group", "-g", "--setenv"],
        Operands::None,
    ),
    prefix(
        Elevation,
        &["gsudo"],
        &[],
        &["-u", "--user", "-i", "--integrity", "--loglevel"],
        Operands::None,
    ),
    prefix(Scheduling, &["nice"], &[], &["-n", "--adjustment"], Operands::None),
    prefix(Scheduling, &["ionice"], &[], &["-c", "--class", "-n", "--classdata"], Operands::None),
    prefix(
        Scheduling,
        &["timeout", "gtimeout"],
        &[],
        &["-s", "--signal", "-k", "--kill-after"],
        Operands::Count(1),
    ),
    prefix(Scheduling, &["nohup", "setsid", "unbuffer", "catchsegv"], &[], &[], Operands::None),
    prefix(
        Scheduling,
        &["tini", "dumb-init", "catatonit"],
        &[],
        &["-p", "-e", "-r", "--rewrite"],
        Operands::None,
    ),
    prefix(
        Scheduling,
        &["stdbuf"],
        &[],
        &["-i", "-o", "-e", "--input", "--output", "--error"],
        Operands::None,
    ),
    prefix(Scheduling, &["time"], &[], &["-f", "--format", "-o", "--output"], Operands::None),
    prefix(Scheduling, &["caffeinate"], &[], &["-t", "-w"], Operands::None),
    prefix(Scheduling, &["chrt"], &[], &["-T", "-P", "-D"], Operands::Count(1)),
    prefix(Scheduling, &["taskset"], &[], &[], Operands::Count(1)),
    prefix(Scheduling, &["arch"], &[], &["-arch", "-e", "-d"], Operands::None),
    prefix(
        Scheduling,
        &["xvfb-run"],
        &[],
        &["-n", "--server-num", "-s", "--server-args", "-f", "-e", "-p", "-w"],
        Operands::None,
    ),
    prefix(
        Secrets,
        &["op"],
        RUN,
        &["--env-file", "--account", "--config", "--environment"],
        Operands::None,
    )
    .env_files(&["--env-file"]),
    prefix(
        Secrets,
        &["doppler"],
        RUN,
        &[
            "-p",
            "--project",
            "-c",
            "--config",
            "-t",
            "--token",
            "--command",
            "--mount",
            "--mount-format",
            "--fallback",
            "--preserve-env",
            "--only-secrets",
            "--scope",
        ],
        Operands::None,
    )
    .scripts(&["--command"]),
    prefix(
        Secrets,
        &["infisical"],
        RUN,
        &[
            "-e",
            "--env",
            "-p",
            "--path",
            "--projectId",
            "--token",
            "-t",
            "--tags",
            "-c",
            "--command",
            "--domain",
            "--project-config-dir",
        ],
        Operands::None,
    )
    .scripts(&["-c", "--command"]),
    prefix(
        Secrets,
        &["dotenvx"],
        RUN,
        &[
            "-f",
            "--env-file",
            "-fk",
            "--env-keys-file",
            "-e",
            "--env",
            "-fv",
            "--env-vault-file",
            "--convention",
        ],
        Operands::None,
    )
    .env_files(&["-f", "--env-file"]),
    prefix(Secrets, &["dotenv"], RUN, &["-f", "--file", "-q", "-e", "--export"], Operands::None)
        .env_files(&["-f", "--file"]),
    prefix(Secrets, &["dotenv"], &[], &["-e", "-v", "-p", "-f", "--file"], Operands::None)
        .env_files(&["-e", "-f", "--file"]),
    prefix(
        Secrets,
        &["aws-vault"],
        EXEC,
        &["-d", "--duration", "--region", "-t", "--mfa-token", "--backend", "--prompt"],
        Operands::Count(1),
    ),
    prefix(
        Secrets,
        &["aws-okta", "saml2aws", "envchain"],
        EXEC,
        &["-a", "--profile", "-p"],
        Operands::UntilDashes,
    ),
    prefix(Secrets, &["envchain"], &[], &[], Operands::Count(1)),
    prefix(
        Secrets,
        &["chamber"],
        EXEC,
        &["-b", "--backend", "-r", "--retries"],
        Operands::UntilDashes,
    ),
    prefix(
        Secrets,
        &["teller", "phase"],
        RUN,
        &["-c", "--config", "--env", "--app", "--path", "--tags"],
        Operands::None,
    ),
    prefix(
        Secrets,
        &["bws", "varlock", "secretspec", "pass-cli"],
        RUN,
        &[
            "--project-id",
            "-t",
            "--access-token",
            "-P",
            "--profile",
            "-p",
            "--provider",
            "--shell",
            "--env",
            "--env-file",
        ],
        Operands::None,
    )
    .env_files(&["--env-file"]),
    prefix(
        Secrets,
        &["fnox", "berglas", "ksm"],
        EXEC,
        &["-P", "--profile", "--local"],
        Operands::None,
    ),
    prefix(
        Secrets,
        &["vault-env", "summon", "envconsul"],
        &[],
        &["-p", "-f", "-e", "-D", "-secret", "-prefix", "-config"],
        Operands::None,
    ),
    prefix(
        VersionManager,
        &["mise", "rtx"],
        &["exec", "x"],
        &["-c", "--command", "-C", "--cd", "-j", "--jobs", "-E", "--env"],
        Operands::UntilDashes,
    )
    .scripts(&["-c", "--command"]),
    prefix(
        VersionManager,
        &["asdf", "rbenv", "pyenv", "nodenv", "goenv", "jenv", "tfenv"],
        EXEC,
        &[],
        Operands::None,
    ),
    prefix(
        VersionManager,
        &["fnm"],
        EXEC,
        &["--using", "--fnm-dir", "--log-level", "--node-dist-mirror"],
        Operands::None,
    ),
    prefix(VersionManager, &["nvm", "n"], EXEC, &["--lts"], Operands::Version),
    prefix(
        VersionManager,
        &["volta"],
        RUN,
        &["--node", "--npm", "--yarn", "--pnpm", "--env"],
        Operands::None,
    ),
    prefix(
        VersionManager,
        &["proto", "flox", "nvs"],
        &["exec", "activate"],
        &["-d", "--dir", "-r", "--remote"],
        Operands::UntilDashes,
    ),
    prefix(VersionManager, &["direnv"], EXEC, &[], Operands::Count(1)),
    prefix(
        VersionManager,
        &["devbox"],
        RUN,
        &["-c", "--config", "-e", "--env", "--env-file", "--environment"],
        Operands::None,
    )
    .env_files(&["--env-file"]),
    prefix(
        VersionManager,
        &["poetry"],
        RUN,
        &["-C", "--directory", "-P", "--project"],
        Operands::None,
    ),
    prefix(
        VersionManager,
        &["pipenv", "rye", "hatch"],
        RUN,
        &["-e", "--env", "-f", "--pyproject"],
        Operands::None,
    ),
    prefix(VersionManager, &["pdm"], RUN, &["-p", "--project", "--venv"], Operands::None),
    prefix(
        VersionManager,
        &["pixi"],
        RUN,
        &["-e", "--environment", "--manifest-path", "-p", "--platform"],
        Operands::None,
    ),
    prefix(
        VersionManager,
        &["conda", "mamba", "micromamba"],
        RUN,
        &[
            "-n",
            "--name",
            "-p",
            "--prefix",
            "--cwd",
            "-r",
            "--root-prefix",
            "-a",
            "--attach",
            "-e",
            "--env",
        ],
        Operands::None,
    ),
    prefix(
        VersionManager,
        &["bundle", "opam", "stack"],
        EXEC,
        &["--gemfile", "--switch"],
        Operands::None,
    ),
    prefix(VersionManager, &["corepack"], &[], &[], Operands::None),
    prefix(
        VersionManager,
        &["pnpm", "yarn"],
        EXEC,
        &["-C", "--dir", "--cwd", "-F", "--filter"],
        Operands::None,
    ),
    prefix(
        Remote,
        &["wsl"],
        &[],
        &["-d", "--distribution", "-u", "--user", "--cd", "--shell-type", "--distribution-id"],
        Operands::None,
    ),
];

/// Whether a program of this name may stand in front of a command.
pub(in crate::launch) fn is_prefix(name: &str) -> bool {
    matches!(name, "su" | "runas" | "ssh" | "sops")
        || PREFIXES.iter().any(|p| p.names.contains(&name))
}

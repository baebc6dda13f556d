//! A job: a checkout, an event, and the variables that a runner sets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::github::{GitHub, TOKEN};
use crate::support::repository::git;
use crate::support::run::{Ran, World, finish};

pub(crate) const CLEAN: &str = "{\"mcpServers\": {}}\n";

/// A file with servers that run packages without a version.
pub(crate) fn servers(names: &[&str]) -> String {
    let server = |name: &&str| {
        format!("  \"{name}\": {{\"command\": \"npx\", \"args\": [\"-y\", \"{name}-mcp\"]}}")
    };
    let servers: Vec<String> = names.iter().map(server).collect();
    format!("{{\"mcpServers\": {{\n{}\n}}}}\n", servers.join(",\n"))
}

pub(crate) struct Job {
    pub(crate) world: World,
    pub(crate) github: GitHub,
    pub(crate) event: Value,
    pub(crate) variables: BTreeMap<String, String>,
}

/// What a job left.
pub(crate) struct Done {
    pub(crate) ran: Ran,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
    /// The SARIF file and the JSON report, if they are where they usually are.
    pub(crate) files: String,
}

impl Job {
    /// A checkout of the commit that would merge a pull request from `before` to `after`.
    pub(crate) fn pull(before: &[(&str, &str)], after: &[(&str, &str)]) -> Self {
        let job = Self::plain();
        job.git(&["init", "-q"]);
        job.commit(before);
        job.git(&["checkout", "-q", "-b", "change"]);
        job.commit(after);
        let head = job.rev("HEAD");
        job.git(&["checkout", "-q", "--detach", "main"]);
        job.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
        let base = job.rev("main");
        job.about(&base, &head)
    }

    /// Neither a repository nor an event.
    pub(crate) fn plain() -> Self {
        let github = GitHub::start();
        let world = World::new();
        std::fs::create_dir_all(world.outside("temp")).unwrap();
        let path = |name: &str| world.outside(name).to_str().unwrap().to_owned();
        let variables = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_API_URL", github.api()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_REPOSITORY", "o/r".to_owned()),
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", path("event.json")),
            ("GITHUB_OUTPUT", path("output")),
            ("GITHUB_STEP_SUMMARY", path("summary")),
            ("GITHUB_ENV", path("env")),
            ("GITHUB_RUN_ID", "41".to_owned()),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
            ("RUNNER_TEMP", path("temp")),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self { world, github, event: Value::Null, variables: variables.collect() }
    }

    /// Has the event be about these commits.
    pub(crate) fn about(mut self, base: &str, head: &str) -> Self {
        let repository = json!({ "full_name": "o/r", "default_branch": "main" });
        self.event = json!({
            "pull_request": {
                "number": 7,
                "user": { "login": "somebody" },
                "head": { "sha": head, "repo": repository },
                "base": { "sha": base, "repo": repository },
            },
            "repository": repository,
            "sender": { "login": "somebody" },
        });
        head.clone_into(&mut self.github.state().head);
        self
    }

    pub(crate) fn event(mut self, name: &str, event: Value) -> Self {
        self.event = event;
        self.set("GITHUB_EVENT_NAME", name);
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.world, &self.world.work(""), arguments)
    }

    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.world.file(path, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }

    pub(crate) fn rev(&self, name: &str) -> String {
        self.git(&["rev-parse", name]).trim().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.world.outside(name)
    }

    /// Runs the step. Whatever it is about, the token stands nowhere.
    pub(crate) fn run(&self, options: &[&str]) -> Done {
        let path = self.path("event.json");
        if !self.event.is_null() {
            std::fs::write(&path, self.event.to_string()).unwrap();
        }
        for name in ["output", "summary"] {
            let _ = std::fs::remove_file(self.path(name));
        }
        let mut command = self.world.command(&["ci", "github"]);
        command.args(options).envs(&self.variables);
        let ran = finish(command, b"");
        let read = |name: &str| std::fs::read_to_string(self.path(name)).unwrap_or_default();
        let outputs = read("output");
        let outputs = outputs.lines().map(|line| line.split_once('=').unwrap());
        let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let files =
            ["sarif", "json"].map(|ending| read(&format!("temp/mcp-guard/default.{ending}")));
        let done = Done { ran, outputs, summary: read("summary"), files: files.concat() };
        let all = format!("{}{:?}", done.everything(), self.github.state().comments);
        assert!(!all.contains(TOKEN), "{all}");
        assert!(!self.path("env").exists(), "GITHUB_ENV was written");
        done
    }

    /// Runs it again after a change of the commit that the event is about.
    pub(crate) fn push(&mut self, files: &[(&str, &str)]) {
        self.git(&["checkout", "-q", "change"]);
        self.commit(files);
        let head = self.rev("HEAD");
        self.git(&["checkout", "-q", "--detach", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
        self.event["pull_request"]["head"]["sha"] = json!(head);
        self.github.state().head = head;
    }
}

impl Done {
    /// Everything that somebody can read afterwards, but the comments.
    pub(crate) fn everything(&self) -> String {
        let Self { ran, outputs, summary, files } = self;
        format!("{}\n{}\n{outputs:?}\n{summary}\n{files}", ran.stdout, ran.stderr)
    }

    #[track_caller]
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("no {name}: {}", self.everything()))
    }

    /// Fails unless it ended so and these are the numbers of new and of all findings.
    #[track_caller]
    pub(crate) fn is(&self, result: &str, new: &str, all: &str) -> &Self {
        let found = (self.output("result"), self.output("new-findings"), self.output("findings"));
        assert_eq!(found, (result, new, all), "{}", self.everything());
        self
    }

    /// Fails unless the options or the settings were refused and each of these is told, once.
    #[track_caller]
    pub(crate) fn refuses(&self, texts: &[&str]) -> &Self {
        self.ran.ended(2);
        let said = format!("{}{}", self.ran.stdout, self.ran.stderr);
        for text in texts {
            assert_eq!(said.matches(text).count(), 1, "{text:?} in {said}");
        }
        assert!(self.ran.stdout.is_empty() != self.ran.stderr.is_empty(), "{said}");
        assert!(self.outputs.is_empty());
        self
    }

    /// The texts of the notices.
    pub(crate) fn notices(&self) -> Vec<&str> {
        let lines = self.ran.stdout.lines();
        lines.filter_map(|line| line.strip_prefix("::notice title=mcp-guard::")).collect()
    }

    /// Fails unless there is one notice, which holds each of these.
    #[track_caller]
    pub(crate) fn notes(&self, texts: &[&str]) -> &Self {
        let notices = self.notices();
        assert_eq!(notices.len(), 1, "{}", self.everything());
        for text in texts {
            assert!(notices[0].contains(text), "no {text:?} in {notices:?}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn is_quiet(&self) -> &Self {
        assert!(self.notices().is_empty(), "{}", self.everything());
        self
    }
}

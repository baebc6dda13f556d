//! Rules explained: for the terminal and as Markdown.

use std::fmt::Write;

use super::{
    Beside, Confidence, Example, Persona, Repair, Rule, Scene, SceneKind, ScenePath, Severity,
};

/// A line a rule.
#[must_use]
pub fn list(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let severity = severities(rule);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:width$}  {severity:18}  {}", rule.id, rule.title);
    }
    out
}

/// The severities that findings of a rule can have, from least to worst.
fn severities(rule: &Rule) -> String {
    let blocks = rule.detect.iter().map(|block| block.severity.unwrap_or(rule.severity));
    let of = |pick: fn(Severity, Severity) -> Severity| blocks.clone().reduce(pick);
    match (of(Ord::min), of(Ord::max)) {
        (Some(least), Some(worst)) if least != worst => {
            format!("{} to {}", least.name(), worst.name())
        }
        _ => rule.severity.name().to_owned(),
    }
}

/// What is so around an example, behind the name of its file.
fn around(scene: &Scene) -> String {
    let mut told = String::new();
    if scene.own {
        told.push_str(" of this user");
    }
    for tracked in scene.tracked.iter() {
        let _ = write!(told, ", git tracks `{tracked}`");
    }
    for ScenePath { path, is, mode, .. } in scene.paths.iter() {
        let _ = write!(told, ", `{path}` is {}", is_there(*is));
        if let Some(mode) = mode {
            let _ = write!(told, " with mode {mode}");
        }
    }
    told
}

const fn is_there(kind: SceneKind) -> &'static str {
    match kind {
        SceneKind::Nothing => "not there",
        SceneKind::File => "a file",
        SceneKind::Directory => "a directory",
    }
}

/// Everything about one rule, for the terminal.
#[must_use]
pub fn explained(rule: &Rule) -> String {
    let mut out = format!("{}: {}\n\n", rule.id, rule.title);
    let _ = writeln!(out, "Severity    {}", severities(rule));
    let _ = writeln!(out, "Confidence  {}", confidence(rule.confidence));
    if rule.persona != Persona::Default {
        let _ = writeln!(out, "Persona     {}", rule.persona.name());
    }
    if rule.raise_when_tracked {
        let some = rule.detect.iter().any(|block| block.raise_when_tracked == Some(false));
        let what = if some { "the more serious findings one step worse" } else { "one step worse" };
        let _ = writeln!(out, "            {what} in a file that git tracks");
    }
    if let Some(repair) = rule.repair {
        let _ = writeln!(out, "Repair      {}", repaired(repair));
    }
    let _ = write!(out, "\nWhy\n{}\nFix\n{}\n", indented(&rule.why), indented(&rule.fix));
    for (title, examples) in [("Found", &rule.examples), ("Not found", &rule.counter_examples)] {
        if let Some(Example { file, text, beside, scene }) = examples.first() {
            let around = scene.as_ref().map(around).unwrap_or_default();
            let text = indented(&without_templates(text));
            let _ = write!(out, "{title}, {file}{around}\n{text}\n");
            for Beside { file, text } in beside.iter() {
                let _ = write!(out, "beside {file}\n{}\n", indented(&without_templates(text)));
            }
        }
    }
    let references = &rule.references;
    let ids: Vec<&str> =
        [&references.owasp_mcp, &references.owasp_agentic, &references.cwe, &references.advisories]
            .iter()
            .flat_map(|list| list.iter())
            .map(AsRef::as_ref)
            .collect();
    if !ids.is_empty() || !references.links.is_empty() {
        out.push_str("References\n");
    }
    if !ids.is_empty() {
        let _ = writeln!(out, "  {}", ids.join(", "));
    }
    for link in references.links.iter() {
        let _ = writeln!(out, "  {link}");
    }
    out
}

/// What `--fix` does, in words.
pub(crate) const fn repaired(repair: Repair) -> &'static str {
    match repair {
        Repair::Pin => "--fix writes the version that --pin names or mcp-guard.lock holds",
        Repair::Upgrade => {
            "--fix writes the lowest version without the fault; --unsafe-fixes also one that may \
             break something"
        }
        Repair::RemoveApproval => {
            "--fix takes a wildcard or an approval of the whole server back; --unsafe-fixes also a \
             mode of the whole client"
        }
        Repair::BindLoopback => "--fix writes 127.0.0.1",
        Repair::Refer => {
            "--fix --unsafe-fixes refers to a variable or input where the client can; the secret \
             has to be put there"
        }
        Repair::SwapRunner => "puts the runner of the right registry in place of the other",
        Repair::UseTls => {
            "shown as a suggestion; nobody can tell from the file whether the host offers it"
        }
    }
}

const fn confidence(confidence: Confidence) -> &'static str {
    confidence.name()
}

/// Examples hold templates instead of secrets; what is shown names the format.
fn without_templates(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{secret:") {
        let (format, behind) = after.split_once("}}").unwrap_or((after, ""));
        let _ = write!(out, "{before}<{format}>");
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// The reference page of all rules, as Markdown.
#[must_use]
pub fn markdown(rules: &[&Rule]) -> String {
    let mut out = String::from(
        "# Rules\n\nMade from `rules/scan/`; do not edit. `mcp-guard rules ID` shows the same on a \
         terminal.\n\nSeverities are those of an enabled server in a file that git does not track: \
         rules marked † report their serious findings one step worse in a tracked file (high \
         becomes critical), and every finding about a server that is switched off is one step less severe. In examples, \
         `<gitlab-pat>` and the like stand for a token of that format. Hosts of RFC 2606 \
         (`example.com`) and placeholders are never reported.\n\n| Rule | Severity | Confidence | About \
         |\n|---|---|---|---|\n",
    );
    for rule in rules {
        let dagger = if rule.raise_when_tracked { " †" } else { "" };
        let _ = writeln!(
            out,
            "| [{id}](#{id}) | {}{dagger} | {} | {} |",
            severities(rule),
            rule.confidence.name(),
            rule.title,
            id = rule.id,
        );
    }
    for rule in rules {
        section(&mut out, rule);
    }
    out
}

/// What a code host shows beside a finding of a rule, as Markdown.
#[must_use]
pub fn help(rule: &Rule) -> String {
    let mut out = String::new();
    let _ = write!(out, "{}\n**Fix.** {}\n", rule.why, rule.fix);
    body(&mut out, rule);
    let _ = write!(
        out,
        "\nTo accept a finding, put `mcp-guard: ignore[{}] reason` into a comment beside it, or an \
         entry with a reason into `scan.ignore` of `mcp-guard.yaml`.\n",
        rule.id,
    );
    out
}

fn section(out: &mut String, rule: &Rule) {
    let _ = write!(out, "\n## {}\n\n{}.\n\n", rule.id, rule.title);
    let facts: Vec<String> = {
        let mut names: Vec<&str> = rule.detect.iter().map(|block| block.fact.name()).collect();
        names.dedup();
        names.iter().map(|name| format!("`{name}`")).collect()
    };
    let _ = write!(
        out,
        "Severity {}, confidence {}, looks at {}.\n\n{}\n**Fix.** {}\n",
        severities(rule),
        rule.confidence.name(),
        facts.join(", "),
        rule.why,
        rule.fix,
    );
    body(out, rule);
}

/// Examples and references.
fn body(out: &mut String, rule: &Rule) {
    for (title, examples) in [("Found", &rule.examples), ("Not found", &rule.counter_examples)] {
        if let Some(Example { file, text, beside, scene }) = examples.first() {
            let around = scene.as_ref().map(around).unwrap_or_default();
            let mut show = |title: &str, file: &str, text: &str| {
                let language = match file.rsplit('.').next() {
                    Some("lock") => "yaml",
                    ending => ending.unwrap_or_default(),
                };
                let text = without_templates(text.trim_end());
                let _ = write!(out, "\n{title}:\n\n```{language}\n{text}\n```\n");
            };
            show(&format!("{title}, in `{file}`{around}"), file, text);
            for other in beside.iter() {
                show(&format!("beside `{}`", other.file), &other.file, &other.text);
            }
        }
    }
    let references = &rule.references;
    let mut list: Vec<String> = Vec::new();
    list.extend(references.owasp_mcp.iter().map(|id| format!("OWASP {id}")));
    list.extend(references.owasp_agentic.iter().map(|id| format!("OWASP Agentic {id}")));
    list.extend(references.cwe.iter().map(|id| {
        let number = id.trim_start_matches("CWE-");
        format!("[{id}](https://cwe.mitre.org/data/definitions/{number}.html)")
    }));
    list.extend(references.advisories.iter().map(ToString::to_string));
    list.extend(references.links.iter().map(|link| format!("<{link}>")));
    if !list.is_empty() {
        let _ = write!(out, "\nReferences: {}.\n", list.join(", "));
    }
}

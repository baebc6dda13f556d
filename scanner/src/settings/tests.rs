use proptest::prelude::*;

use super::{FailOn, NamedPath, Settings, SettingsFile};
use crate::rules::{Persona, Severity};
use crate::syntax::Limits;

fn read(text: &str) -> Result<Settings, Vec<String>> {
    let variable = |name: &str| (name == "HOME").then(|| "/home/u".to_owned());
    SettingsFile::read(text.as_bytes(), &Limits::default(), Some(&variable))
        .map(|file| file.settings)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn everything_can_be_said() {
    let settings = read(
        "version: 1\nlisten: 127.0.0.1:8787\nservers:\n  a: { command: x, unknown-here: 1 }\nscan:\n  \
         fail-on: medium\n  min_severity: info\n  persona: pedantic\n  select: ['secret-*', dsn-password]\n  \
         require_guard: true\n  exclude: fixtures/**\n  include: [node_modules/x]\n  \
         rules: ['${HOME}/rules']\n  baseline: known.json\n  ignore:\n    - rule: unpinned-*\n      \
         path: tools/**\n      server: docs\n      reason: 'reviewed 2026-10'\n      until: 2027-01-01\n    \
         - { rule: plaintext-http, reason: inside of the cluster }\n",
    )
    .unwrap();
    assert_eq!(settings.fail_on, Some(FailOn(Some(Severity::Medium))));
    assert_eq!(settings.min_severity, Some(Severity::Info));
    assert_eq!(settings.persona, Some(Persona::Pedantic));
    assert_eq!(settings.select, ["secret-*", "dsn-password"]);
    assert!(settings.require_guard);
    assert_eq!(
        (settings.exclude, settings.include),
        (vec!["fixtures/**".to_owned()], vec!["node_modules/x".to_owned()])
    );
    let named =
        |written: &str, path: &str| NamedPath { written: written.into(), path: path.into() };
    assert_eq!(settings.rules, [named("${HOME}/rules", "/home/u/rules")]);
    assert_eq!(settings.baseline, Some(named("known.json", "known.json")));
    let [first, second] = settings.ignore.as_slice() else { panic!("{:?}", settings.ignore) };
    assert_eq!((first.rule.as_str(), first.path.as_deref()), ("unpinned-*", Some("tools/**")));
    assert_eq!(first.server.as_deref(), Some("docs"));
    assert_eq!(first.until.unwrap().to_string(), "2027-01-01");
    assert_eq!((second.reason.as_str(), second.until), ("inside of the cluster", None));
}

#[test]
fn a_file_may_say_nothing() {
    for text in ["", "# nothing\n", "---\n", "version: 1\n", "scan:\n", "scan: {}\n", "{}"] {
        assert_eq!(read(text), Ok(Settings::default()), "{text:?}");
    }
    let json = r#"{"version": 1, "scan": {"fail_on": "none"}}"#;
    assert_eq!(read(json).unwrap().fail_on, Some(FailOn(None)));
}

#[test]
fn each_fault_is_told_with_its_place() {
    for (text, wanted) in [
        ("scan:\n  fial_on: high\n", "2:3: unknown key `fial_on`; did you mean `fail_on`?"),
        ("scann: {}\n", "1:1: unknown key `scann`; did you mean `scan`?"),
        ("rate_limit: 3\n", "1:1: unknown key `rate_limit`; there are version, scan"),
        ("extends: [a.yaml]\n", "1:1: `extends` is not supported yet"),
        ("version: 2\n", "1:10: this mcp-guard reads version 1"),
        ("version: '1'\n", "1:10: this mcp-guard reads version 1"),
        ("scan:\n  fail_on: hihg\n", "2:12: unknown value `hihg`; did you mean `high`?"),
        ("scan:\n  fail_on: [high]\n", "2:12: this must be text, and is a list"),
        ("scan:\n  fail_on: high\n  fail-on: low\n", "3:3: `fail_on` stands here a second time"),
        ("scan: [1]\n", "1:7: `scan` must be a map, and this is a list"),
        ("- scan\n", "1:1: the file must be a map, and this is a list"),
        ("scan:\n  require_guard: yes\n", "2:18: this must be true or false"),
        ("scan:\n  exclude: ['a[']\n", "2:13: `a[` is no pattern"),
        ("scan:\n  baseline: ''\n", "2:13: this is empty"),
        ("scan:\n  rules: ['${NOWHERE}/x']\n", "2:11: the variable `NOWHERE` is not set"),
        ("scan:\n  ignore: secret-in-env\n", "2:11: `ignore` must be a list"),
        ("scan:\n  ignore:\n    - rule: x\n", "3:7: this entry needs a `reason`"),
        ("scan:\n  ignore:\n    - { reason: x }\n", "3:7: this entry needs a `rule`"),
        ("scan:\n  ignore: [{rule: x, reason: ' '}]\n", "2:30: this is empty"),
        (
            "scan:\n  ignore: [{rule: x, reason: y, untill: z}]\n",
            "2:33: unknown key `untill`; did you mean `until`?",
        ),
        (
            "scan:\n  ignore: [{rule: x, reason: y, until: 2027-02-30}]\n",
            "2:40: `2027-02-30` is no date",
        ),
        (
            "scan:\n  ignore: [{rule: x, reason: y, until: 2027-1-1}]\n",
            "2:40: `2027-1-1` is no date",
        ),
        ("scan: {}\n---\nscan: {}\n", "3:1: a settings file is one document"),
        ("scan: {\n", "1:7: "),
        ("scan:\n\tfail_on: high\n", ""),
    ] {
        let faults = read(text).expect_err(text);
        assert!(faults.iter().any(|fault| fault.starts_with(wanted)), "{text:?}: {faults:?}");
    }
}

#[test]
fn variables_are_replaced_in_paths_alone() {
    let settings = read(
        "scan:\n  select: ['${HOME}']\n  exclude: ['${HOME}/*']\n  \
         ignore: [{ rule: '${HOME}', server: '${HOME}', reason: '${HOME}' }]\n",
    )
    .unwrap();
    assert!(!format!("{settings:?}").contains("/home/u"), "{settings:?}");
    for text in ["fail_on: '${HOME}'", "persona: '${HOME}'", "ignore: [{until: '${HOME}'}]"] {
        let faults = read(&format!("scan: {{{text}}}")).unwrap_err();
        assert!(faults.iter().all(|fault| !fault.contains("/home/u")), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.contains("`${HOME}`")), "{faults:?}");
    }
}

#[test]
fn without_variables_a_path_may_not_name_one() {
    for text in ["rules: ['a', '${HOME}']", "baseline: '${HOME:-a}'"] {
        let text = format!("scan: {{{text}}}");
        let read = SettingsFile::read(text.as_bytes(), &Limits::default(), None);
        let faults = read.map(|file| file.settings).unwrap_err();
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(fault.to_string().contains("write the path itself"), "{fault}");
    }
}

#[test]
fn all_faults_are_told_in_order() {
    let faults = read("scan:\n  a: 1\n  fail_on: b\nlissten: c\n").unwrap_err();
    let lines: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
    assert_eq!(lines, ["2", "3", "4"]);
}

#[test]
fn a_repository_can_only_be_stricter_than_its_user() {
    let settings = |text: &str| read(&format!("scan: {{{text}}}")).unwrap();
    for (user, repository, wanted) in [
        ("fail_on: medium", "fail_on: critical", "fail_on: medium"),
        ("fail_on: medium", "fail_on: low", "fail_on: low"),
        ("fail_on: medium", "fail_on: none", "fail_on: medium"),
        ("fail_on: none", "fail_on: critical", "fail_on: critical"),
        ("fail_on: medium", "", "fail_on: medium"),
        ("", "fail_on: none", "fail_on: none"),
        ("min_severity: low", "min_severity: high", "min_severity: low"),
        ("persona: pedantic", "persona: default", "persona: pedantic"),
        ("persona: default", "persona: auditor", "persona: auditor"),
        ("require_guard: true", "require_guard: false", "require_guard: true"),
        ("select: [a]", "select: [b]", "select: [b, a]"),
        ("select: [a]", "", "select: [a]"),
        ("", "select: [b]", ""),
        ("fail_on: low", "select: [b]", "fail_on: low"),
    ] {
        let joined = settings(repository).above(&settings(user));
        assert_eq!(joined, settings(wanted), "{user} under {repository}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "(scan|version|ignore|rule|- |: |\\{|\\}|\\[|\\]|\n| |\\$\\{|é|#){0,40}") {
        let _ = read(&text);
    }
}

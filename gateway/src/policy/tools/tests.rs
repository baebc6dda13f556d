use proptest::prelude::*;

use super::{Decision, Effect, Subject, ToolPolicy};

fn policy(lists: &[(Effect, Subject, &[&str])]) -> ToolPolicy {
    let mut builder = ToolPolicy::builder();
    for (index, (effect, subject, patterns)) in lists.iter().enumerate() {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned());
        builder.globs(*effect, format!("list {index}"), subject.clone(), patterns).unwrap();
    }
    builder.build().unwrap()
}

fn is_allowed(policy: &ToolPolicy, server: &str, tool: &str) -> bool {
    policy.decision(server, tool) == Decision::Allowed
}

#[test]
fn a_denied_name_is_denied_however_it_is_spelt() {
    let policy =
        policy(&[(Effect::Deny, Subject::Qualified, &["fs.delete_file", "FS.Write*", "k.k"])]);
    for tool in [
        "delete_file",
        "Delete_file",
        "delete_file ",
        "\tDELETE_FILE\u{200b}",
        "\u{feff}delete_file\0",
        "write",
        "WRITE_x",
        "Write",
    ] {
        assert!(!is_allowed(&policy, "fs", tool), "{tool:?}");
    }
    // The sign for kelvin is a K to who compares without case.
    assert!(!is_allowed(&policy, "k", "\u{212a}"));
    for tool in ["delete_files", "xdelete_file", "delete file", "read", ""] {
        assert!(is_allowed(&policy, "fs", tool), "{tool:?}");
    }
    assert!(is_allowed(&policy, "other", "delete_file"));
}

#[test]
fn a_class_of_letters_denies_what_it_says_and_more() {
    let policy = policy(&[(Effect::Deny, Subject::Tool, &["[!A-Z]oo", "x[A-Z]"])]);
    for tool in ["aoo", "1oo", "xB", "xb", "Xb"] {
        assert!(!is_allowed(&policy, "s", tool), "{tool}");
    }
}

#[test]
fn an_allowed_name_is_compared_exactly() {
    let policy = policy(&[(Effect::Allow, Subject::Qualified, &["fs.read_*", "fs.list"])]);
    for (tool, allowed) in [
        ("read_file", true),
        ("read_a/b.c", true),
        ("list", true),
        ("List", false),
        ("list ", false),
        ("Read_file", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(&policy, "fs", tool), allowed, "{tool:?}");
    }
}

#[test]
fn names_are_no_patterns() {
    let mut builder = ToolPolicy::builder();
    builder.names(Effect::Deny, "list", ["a*b [c]".to_owned()]).unwrap();
    let policy = builder.build().unwrap();
    assert!(!is_allowed(&policy, "s", "A*b [c]"));
    assert!(is_allowed(&policy, "s", "axb c"));
}

#[test]
fn the_rule_names_list_and_pattern() {
    let policy = policy(&[
        (Effect::Deny, Subject::ToolOf("b".to_owned()), &["x"]),
        (Effect::Deny, Subject::Tool, &["q", "*x*", "x"]),
        (Effect::Allow, Subject::ToolOf("b".to_owned()), &["x", "y"]),
    ]);
    let denied = |rule: &str| Decision::Denied { rule: rule.to_owned() };
    assert_eq!(policy.decision("a", "X"), denied("list 1: *x*"));
    assert_eq!(policy.decision("b", "x"), denied("list 0: x"));
    assert_eq!(policy.decision("b", "z"), denied("list 2"));
    assert_eq!(policy.decision("a", "z"), Decision::Allowed);
}

/// Whether a text fits a pattern of `*`, `?` and letters.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        (Some(('?', pattern)), Some((_, text))) => fits(pattern, text),
        (Some((a, pattern)), Some((b, text))) => a == b && fits(pattern, text),
        _ => false,
    }
}

fn naive(pattern: &str, text: &str) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    fits(&chars(pattern), &chars(text))
}

/// The same byte by byte.
fn bytewise(pattern: &str, text: &str) -> bool {
    let bytes = |text: &str| text.bytes().map(char::from).collect::<Vec<_>>();
    fits(&bytes(pattern), &bytes(text))
}

/// What decides, said as plainly as can be.
fn naively_allowed(
    deny: &[String],
    allow: &[String],
    server: &str,
    tool: &str,
    qualified: bool,
) -> bool {
    let name = |tool: &str| if qualified { format!("{server}.{tool}") } else { tool.to_owned() };
    let lower = |text: &str| text.trim().to_lowercase();
    let is_denied = |pattern: &String| {
        [naive, bytewise].iter().any(|fits| fits(pattern, &name(tool)))
            || bytewise(&lower(pattern), &name(&lower(tool)))
            || bytewise(pattern, &name(tool.trim()))
            || naive(&lower(pattern), &name(&lower(tool)))
    };
    let is_allowed = |pattern: &String| bytewise(pattern, &name(tool));
    !deny.iter().any(is_denied) && (allow.is_empty() || allow.iter().any(is_allowed))
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[aAb.*?/_ -]{1,5}", 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_decision_is_that_of_a_plain_reading(
        deny in patterns(),
        allow in patterns(),
        server in "[ab-]{1,2}",
        tool in "[aAb./_ é-]{0,5}",
        qualified in any::<bool>(),
    ) {
        let subject = if qualified { Subject::Qualified } else { Subject::Tool };
        let mut builder = ToolPolicy::builder();
        builder.globs(Effect::Deny, "deny", subject.clone(), deny.clone()).unwrap();
        if !allow.is_empty() {
            builder.globs(Effect::Allow, "allow", subject, allow.clone()).unwrap();
        }
        let policy = builder.build().unwrap();
        prop_assert_eq!(
            is_allowed(&policy, &server, &tool),
            naively_allowed(&deny, &allow, &server, &tool, qualified),
            "deny {:?} allow {:?} {}.{:?}", deny, allow, server, tool
        );
    }

    #[test]
    fn a_name_in_a_denylist_is_denied_in_any_case(name in ".{1,12}", ends in "[ \t]{0,2}") {
        let mut builder = ToolPolicy::builder();
        builder.names(Effect::Deny, "deny", [name.clone()]).unwrap();
        let policy = builder.build().unwrap();
        for spelling in [name.clone(), name.to_lowercase(), format!("{ends}{name}{ends}")] {
            prop_assert!(!is_allowed(&policy, "s", &spelling), "{:?} {:?}", name, spelling);
        }
    }
}

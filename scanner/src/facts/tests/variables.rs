//! Variables that a client sets for all its processes.

use super::{told, with};
use crate::facts::kinds::FactKind;

#[test]
fn secrets_in_the_settings_of_a_client() {
    let text = r#"{
  "env": { "DB_PASSWORD": "Falcon2024$", "MODEL": "opus", "NOTES_TOKEN": "${TOKEN}" },
  "permissions": { "allow": [] }
}"#;
    let fields = ["location", "name"];
    let wanted = ["Falcon2024$ location=client name=DB_PASSWORD"];
    for path in [".claude/settings.json", ".claude/settings.local.json"] {
        with(path, text, |document, facts| {
            assert_eq!(told(document, facts, FactKind::Secret, &fields), wanted, "{path}");
            let secret = facts.facts.iter().find(|fact| fact.detail.kind() == FactKind::Secret);
            let secret = secret.expect("it was told");
            assert_eq!((secret.pointer.as_str(), secret.context), ("/env/DB_PASSWORD", 0));
            assert_eq!(document.text()[..secret.span.start].lines().count(), 2);
        });
    }
    with(".cursor/mcp.json", text, |document, facts| {
        assert_eq!(told(document, facts, FactKind::Secret, &fields), [""; 0]);
    });
}

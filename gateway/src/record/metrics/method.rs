//! Methods as a label: a caller can name any, so that only the known ones have a name here.

/// The methods of every revision of MCP, both directions, and of its extension for tasks.
const KNOWN: &[&str] = &[
    "completion/complete",
    "elicitation/create",
    "initialize",
    "logging/setLevel",
    "notifications/cancelled",
    "notifications/elicitation/complete",
    "notifications/initialized",
    "notifications/message",
    "notifications/progress",
    "notifications/prompts/list_changed",
    "notifications/resources/list_changed",
    "notifications/resources/updated",
    "notifications/roots/list_changed",
    "notifications/subscriptions/acknowledged",
    "notifications/tasks",
    "notifications/tasks/status",
    "notifications/tools/list_changed",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "roots/list",
    "sampling/createMessage",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tasks/update",
    "tools/call",
    "tools/list",
];

/// How many there are, the one for all others included.
pub(super) const CLASSES: usize = KNOWN.len() + 1;

/// The place of a method among the classes; the last one is for all others.
pub(super) fn class(method: &str) -> usize {
    KNOWN.binary_search(&method).unwrap_or(KNOWN.len())
}

/// The name of a class.
pub(super) fn name(class: usize) -> &'static str {
    KNOWN.get(class).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, KNOWN, class, name};

    #[test]
    fn known_methods_are_found_and_others_are_one_class() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|method| name(class(method)) == *method));
        for method in ["", "tools/", "tools/call ", "Tools/call", "x\n"] {
            assert_eq!(name(class(method)), "other", "{method}");
        }
        assert!((0..CLASSES).all(|class| class < CLASSES - 1 || name(class) == "other"));
    }
}

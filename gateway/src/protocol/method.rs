//! Names of methods that the gateway does something about. All others pass.

/// Opens a session.
pub const INITIALIZE: &str = "initialize";
/// Ends the opening of a session.
pub const INITIALIZED: &str = "notifications/initialized";
/// Asks what a server is (2026-07-28).
pub const DISCOVER: &str = "server/discover";
/// Asks whether the other side is there.
pub const PING: &str = "ping";
/// Lists tools.
pub const TOOLS_LIST: &str = "tools/list";
/// Calls a tool.
pub const TOOLS_CALL: &str = "tools/call";
/// Lists prompts.
pub const PROMPTS_LIST: &str = "prompts/list";
/// Gets a prompt.
pub const PROMPTS_GET: &str = "prompts/get";
/// Lists resources.
pub const RESOURCES_LIST: &str = "resources/list";
/// Lists templates of resources.
pub const RESOURCE_TEMPLATES_LIST: &str = "resources/templates/list";
/// Reads a resource.
pub const RESOURCES_READ: &str = "resources/read";
/// Wants to hear about a resource (sessions).
pub const RESOURCES_SUBSCRIBE: &str = "resources/subscribe";
/// Wants to hear no more of it (sessions).
pub const RESOURCES_UNSUBSCRIBE: &str = "resources/unsubscribe";
/// Lists tasks (2025-11-25).
pub const TASKS_LIST: &str = "tasks/list";
/// Completes an argument.
pub const COMPLETE: &str = "completion/complete";
/// Sets which log messages come (sessions).
pub const SET_LEVEL: &str = "logging/setLevel";
/// Wants to hear about changes (2026-07-28).
pub const LISTEN: &str = "subscriptions/listen";
/// What was granted of it (2026-07-28).
pub const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
/// Takes a request back.
pub const CANCELLED: &str = "notifications/cancelled";
/// Tells how far a request has come.
pub const PROGRESS: &str = "notifications/progress";
/// A log message.
pub const LOG_MESSAGE: &str = "notifications/message";
/// The list of tools has changed.
pub const TOOLS_CHANGED: &str = "notifications/tools/list_changed";
/// The list of prompts has changed.
pub const PROMPTS_CHANGED: &str = "notifications/prompts/list_changed";
/// The list of resources has changed.
pub const RESOURCES_CHANGED: &str = "notifications/resources/list_changed";
/// A resource has changed.
pub const RESOURCE_UPDATED: &str = "notifications/resources/updated";
/// The list of roots has changed (sessions).
pub const ROOTS_CHANGED: &str = "notifications/roots/list_changed";
/// Asks the client's model (server to client).
pub const SAMPLE: &str = "sampling/createMessage";
/// Asks the user (server to client).
pub const ELICIT: &str = "elicitation/create";
/// Asks for the client's roots (server to client).
pub const ROOTS_LIST: &str = "roots/list";

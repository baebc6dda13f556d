//! The third stage: whether the caller may do that.

use super::caller::Denial;
use super::rules::Rules;
use crate::message::Message;
use crate::protocol::{Code, Fault, Refusal, method};

/// Whether a method is none that is judged, but could be one for a server that does not look closely.
fn is_disguised(name: &str) -> bool {
    let judged = [method::TOOLS_CALL, method::TOOLS_LIST];
    let like = |judged: &&str| name.trim_matches(is_blank).eq_ignore_ascii_case(judged);
    !judged.contains(&name) && judged.iter().any(like)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '/'
}

/// The tool that a message calls, if it calls one that the caller may call.
pub(super) fn authorize(
    rules: &Rules,
    server: Option<&str>,
    message: &Message,
    tool: &mut Option<String>,
) -> Result<(), Denial> {
    if is_disguised(message.method()) {
        return Err(Denial::Fault(Fault::new(Fault::METHOD_NOT_FOUND, "Method not found")));
    }
    if message.method() != method::TOOLS_CALL {
        return Ok(());
    }
    let Some(server) = server else { return Ok(()) };
    let invalid = |why: String| Denial::Fault(Fault::new(Fault::INVALID_PARAMS, why));
    let members = message.members().map_err(|fault| invalid(format!("Invalid params: {fault}")))?;
    let Some(name) = members.text("name") else {
        return Err(invalid("Invalid params: `name` of the tool is missing".to_owned()));
    };
    let denied = rules.denies(server, &name);
    *tool = Some(name.into_owned());
    let Some(rule) = denied else { return Ok(()) };
    Err(Denial::Refusal(Refusal {
        tool: tool.clone(),
        rule: Some(rule),
        ..Refusal::new(Code::ToolDenied, format!("this tool of {server} may not be called"))
    }))
}

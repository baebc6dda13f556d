//! The third stage: whether the caller may do that.

use super::caller::Denial;
use super::rules::Rules;
use crate::message::Message;
use crate::protocol::{Code, Fault, Refusal, method};

/// The tool that a message calls, if it calls one that the caller may call.
pub(super) fn authorize(
    rules: &Rules,
    server: Option<&str>,
    message: &Message,
    tool: &mut Option<String>,
) -> Result<(), Denial> {
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

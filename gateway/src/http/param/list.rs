//! Reading the annotations of all of a server's tools.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{HeaderParams, SchemaFault};
use crate::message::{Id, Kind, Message};
use crate::protocol::{Fault, method};

/// How many pages of a list are read.
const PAGES: usize = 50;
/// The longest cursor that is sent back, in bytes.
const LONGEST_CURSOR: usize = 64 << 10;

/// A page of a list of tools.
#[derive(Debug)]
pub(crate) struct ToolPage {
    /// The tools, in their order.
    pub(crate) tools: Vec<ListedTool>,
    /// What the next page is asked for with.
    next: Option<String>,
}

/// A tool as a list shows it.
#[derive(Debug)]
pub(crate) struct ListedTool {
    /// Its name.
    pub(crate) name: String,
    /// Its annotations, or what is wrong with them.
    pub(crate) params: Result<HeaderParams, SchemaFault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow)]
    tools: Vec<&'a RawValue>,
    #[serde(default)]
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tool<'a> {
    name: String,
    #[serde(borrow, default)]
    input_schema: Option<&'a RawValue>,
}

impl ToolPage {
    /// Reads an answer to `tools/list`; `None` if it is no list. What is no tool is left out.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        let page: Page<'_> = serde_json::from_str(answer.body()?).ok()?;
        let tools = page.tools.into_iter().filter_map(|tool| {
            let tool: Tool<'_> = serde_json::from_str(tool.get()).ok()?;
            let params = match tool.input_schema {
                None => Ok(HeaderParams::default()),
                Some(schema) => HeaderParams::of_schema(schema),
            };
            if let Err(fault) = &params {
                tracing::warn!(tool = tool.name, %fault, "the annotations of a tool are invalid");
            }
            Some(ListedTool { name: tool.name, params })
        });
        let next = page.next_cursor.filter(|cursor| cursor.len() <= LONGEST_CURSOR);
        Some(Self { tools: tools.collect(), next })
    }
}

/// Asks for a list page by page, under this `_meta` (JSON). A server without tools has an empty list.
///
/// # Errors
/// If the list does not come, or not all of it.
pub(crate) async fn list<A>(
    meta: &str,
    ask: impl Fn(Message) -> A,
    mut learn: impl FnMut(ToolPage),
) -> Result<(), String>
where
    A: Future<Output = Result<Message, String>>,
{
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let answer = ask(Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{},"method":"{}","params":{{{cursor}"_meta":{meta}}}}}"#,
            Id::text("mcp-guard/tools").json(),
            method::TOOLS_LIST,
        )))
        .await?;
        if answer.kind() != Kind::Result {
            let code = answer.members().ok().and_then(|error| error.get("code")?.parse().ok());
            if code == Some(Fault::METHOD_NOT_FOUND) {
                return Ok(());
            }
            return Err("the server does not list its tools".to_owned());
        }
        let mut page =
            ToolPage::read(&answer).ok_or_else(|| "its answer holds no list".to_owned())?;
        let next = page.next.take();
        learn(page);
        match next {
            Some(next) => cursor = format!(r#""cursor":{},"#, serde_json::Value::from(next)),
            None => return Ok(()),
        }
    }
    Err(format!("the list has more than {PAGES} pages"))
}

//! A server with what the session calls of the fixture, by the same names and with the same answers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
    CreateMessageRequestParams, ElicitRequestParams, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, Implementation, ListPromptsResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, SamplingMessage, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::stdio;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type Context = RequestContext<RoleServer>;

#[derive(Default)]
struct Server {
    cancelled: AtomicU32,
}

impl Server {
    async fn run(&self, tool: &str, given: &Value, context: &Context) -> Result<Value, ErrorData> {
        let text = match tool {
            "test_simple_text" => "A simple text response".to_owned(),
            "test_structured_content" => {
                let weather = json!({ "city": "Bern", "degrees": 21.5 });
                let content = [json!({ "type": "text", "text": weather.to_string() })];
                return Ok(json!({ "content": content, "structuredContent": weather }));
            }
            "test_x_mcp_header" => format!("Region {}", word(given, "region")),
            "test_tool_with_progress" => progress(context).await?,
            "slow_compute" => {
                let seconds = given["seconds"].as_f64().unwrap_or_default();
                tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
                format!("Computed {}", word(given, "label"))
            }
            "test_sampling" => sample(word(given, "prompt"), context).await?,
            "test_elicitation" => elicit(word(given, "message"), context).await?,
            "test_wait" => {
                let wait =
                    Duration::from_millis(given["milliseconds"].as_u64().unwrap_or_default());
                tokio::select! {
                    () = tokio::time::sleep(wait) => "waited".to_owned(),
                    () = context.ct.cancelled() => {
                        self.cancelled.fetch_add(1, Ordering::Relaxed);
                        "cancelled".to_owned()
                    }
                }
            }
            "test_cancelled_waits" => self.cancelled.load(Ordering::Relaxed).to_string(),
            other => return Err(ErrorData::invalid_params(format!("no tool {other}"), None)),
        };
        Ok(json!({ "content": [{ "type": "text", "text": text }] }))
    }
}

async fn progress(context: &Context) -> Result<String, ErrorData> {
    let token = context.meta.get_progress_token();
    let token = token.ok_or_else(|| ErrorData::invalid_params("no progress token", None))?;
    for part in [0.0, 50.0, 100.0] {
        let params = ProgressNotificationParam::new(token.clone(), part);
        context.peer.notify_progress(params).await.map_err(failed)?;
    }
    Ok("done".to_owned())
}

async fn sample(prompt: &str, context: &Context) -> Result<String, ErrorData> {
    let question = CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
    let answer = context.peer.create_message(question).await.map_err(failed)?;
    let answer = serde_json::to_value(answer).map_err(failed)?;
    Ok(format!("LLM response: {}", word(&answer["content"], "text")))
}

async fn elicit(message: &str, context: &Context) -> Result<String, ErrorData> {
    let form = json!({
        "type": "object",
        "properties": { "username": { "type": "string" }, "email": { "type": "string" } },
        "required": ["username"],
    });
    let question: ElicitRequestParams =
        wire(json!({ "mode": "form", "message": message, "requestedSchema": form }))?;
    let answer = context.peer.create_elicitation(question).await.map_err(failed)?;
    let answer = serde_json::to_value(answer).map_err(failed)?;
    Ok(format!("action={}, content={}", word(&answer, "action"), answer["content"]))
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn failed(error: impl ToString) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

/// The SDK's type of what stands so on the wire.
fn wire<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value).map_err(failed)
}

fn tools() -> Value {
    let tool = |name: &str, properties: Value| {
        let schema = json!({ "type": "object", "properties": properties });
        json!({ "name": name, "description": "As in the fixture", "inputSchema": schema })
    };
    let string = || json!({ "type": "string" });
    json!([
        tool("test_simple_text", json!({})),
        tool("test_structured_content", json!({})),
        tool(
            "test_x_mcp_header",
            json!({
                "region": { "type": "string", "x-mcp-header": "Region" },
                "priority": { "type": "integer", "x-mcp-header": "Priority" },
            })
        ),
        tool("test_tool_with_progress", json!({})),
        tool("slow_compute", json!({ "seconds": { "type": "number" }, "label": string() })),
        tool("test_sampling", json!({ "prompt": string() })),
        tool("test_elicitation", json!({ "message": string() })),
        tool("test_wait", json!({ "milliseconds": { "type": "integer" } })),
        tool("test_cancelled_waits", json!({})),
    ])
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_prompts()
            .enable_resources()
            .enable_tools()
            .build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("rmcp-peer", "0"))
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(wire(tools())?))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let given = Value::Object(call.arguments.unwrap_or_default());
        let result: CallToolResult = wire(self.run(&call.name, &given, &context).await?)?;
        Ok(result.into())
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let watched = json!([{ "uri": "test://watched-resource", "name": "watched" }]);
        Ok(ListResourcesResult::with_all_items(wire(watched)?))
    }

    async fn read_resource(
        &self,
        read: ReadResourceRequestParams,
        _context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let id = read.uri.strip_prefix("test://template/").and_then(|it| it.strip_suffix("/data"));
        let id = id.ok_or_else(|| ErrorData::resource_not_found("no such resource", None))?;
        let text = json!({ "id": id }).to_string();
        let result: ReadResourceResult =
            wire(json!({ "contents": [{ "uri": read.uri, "text": text }] }))?;
        Ok(result.into())
    }

    async fn list_prompts(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let arguments = json!([{ "name": "arg1" }, { "name": "arg2" }]);
        let prompts = json!([{ "name": "test_prompt_with_arguments", "arguments": arguments }]);
        Ok(ListPromptsResult::with_all_items(wire(prompts)?))
    }

    async fn get_prompt(
        &self,
        wanted: GetPromptRequestParams,
        _context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let given = serde_json::to_value(&wanted).map_err(failed)?;
        let (first, second) =
            (word(&given["arguments"], "arg1"), word(&given["arguments"], "arg2"));
        let text = format!("With arg1='{first}', arg2='{second}'");
        let message = json!({ "role": "user", "content": { "type": "text", "text": text } });
        let result: GetPromptResult = wire(json!({ "messages": [message] }))?;
        Ok(result.into())
    }

    async fn complete(
        &self,
        asked: CompleteRequestParams,
        _context: Context,
    ) -> Result<CompleteResult, ErrorData> {
        let words = ["london", "paris", "park", "party"];
        let values: Vec<_> =
            words.into_iter().filter(|word| word.starts_with(&asked.argument.value)).collect();
        wire(json!({ "completion": { "values": values } }))
    }
}

pub async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    Server::default().serve(stdio()).await?.waiting().await?;
    Ok(())
}

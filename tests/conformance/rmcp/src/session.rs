//! A full session with the fixture, one line a step.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rmcp::handler::client::progress::ProgressDispatcher;
use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, ClientRequest,
    CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult,
    ElicitationAction, GetPromptRequestParams, Implementation, ListRootsResult,
    LoggingMessageNotificationParam, ProgressNotificationParam, ProtocolVersion,
    ReadResourceRequestParams, Request, ResourceUpdatedNotificationParam, Root, SamplingMessage,
};
use rmcp::service::{NotificationContext, PeerRequestOptions, RequestContext, RunningService};
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{ClientHandler, ClientLifecycleMode, ClientServiceExt as _, ErrorData, RoleClient};
use serde_json::{Value, json};

type Failed = Box<dyn Error>;

/// The tools that both servers must list.
const CALLED: [&str; 9] = [
    "test_simple_text",
    "test_structured_content",
    "test_x_mcp_header",
    "test_tool_with_progress",
    "slow_compute",
    "test_sampling",
    "test_elicitation",
    "test_wait",
    "test_cancelled_waits",
];

const STEP: Duration = Duration::from_secs(15);

/// What the session has heard from the server.
#[derive(Default)]
struct Heard {
    asked: Vec<&'static str>,
    told: Vec<&'static str>,
    progress: Vec<f64>,
}

#[derive(Clone, Default)]
struct Client {
    heard: Arc<Mutex<Heard>>,
    progress: ProgressDispatcher,
}

impl Client {
    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }
}

impl ClientHandler for Client {
    fn get_info(&self) -> ClientConfig {
        let capabilities = ClientCapabilities::builder()
            .enable_elicitation()
            .enable_sampling()
            .enable_roots()
            .build();
        ClientConfig::new(capabilities, Implementation::new("rmcp-peer", "0"))
    }

    async fn create_message(
        &self,
        _params: CreateMessageRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        self.heard().asked.push("sampling");
        let message = SamplingMessage::assistant_text("a canned answer");
        Ok(CreateMessageResult::new(message, "canned".to_owned()))
    }

    async fn create_elicitation(
        &self,
        _params: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        self.heard().asked.push("elicitation");
        let content = json!({ "username": "ada", "email": "ada@example.com" });
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(content))
    }

    async fn list_roots(
        &self,
        _context: RequestContext<RoleClient>,
    ) -> Result<ListRootsResult, ErrorData> {
        self.heard().asked.push("roots");
        Ok(ListRootsResult::new(vec![Root::new("file:///srv/data").with_name("data")]))
    }

    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.heard().progress.push(params.progress);
        self.progress.handle_notification(params).await;
    }

    async fn on_logging_message(
        &self,
        _params: LoggingMessageNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.heard().told.push("log");
    }

    async fn on_resource_updated(
        &self,
        _params: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.heard().told.push("resource");
    }
}

struct Session {
    service: RunningService<RoleClient, Client>,
}

impl Session {
    async fn call(&self, tool: &'static str, arguments: Value) -> Result<Value, Failed> {
        let mut params = CallToolRequestParams::new(tool);
        params.arguments = arguments.as_object().cloned();
        Ok(serde_json::to_value(self.service.call_tool(params).await?)?)
    }

    async fn said_by(&self, tool: &'static str, arguments: Value) -> Result<String, Failed> {
        let result = self.call(tool, arguments).await?;
        let text = result.pointer("/content/0/text").and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| format!("no text: {result}").into())
    }

    async fn tools_list(&self) -> Result<(), Failed> {
        let tools = self.service.list_all_tools().await?;
        let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        let all = CALLED.iter().all(|called| names.contains(called));
        expect(all && names[0] == "test_simple_text", &names)
    }

    async fn tools_call(&self) -> Result<(), Failed> {
        let said = self.said_by("test_simple_text", json!({})).await?;
        expect(said.contains("simple text response"), &said)
    }

    async fn structured_content(&self) -> Result<(), Failed> {
        let result = self.call("test_structured_content", json!({})).await?;
        expect(result["structuredContent"] == json!({ "city": "Bern", "degrees": 21.5 }), &result)
    }

    async fn mirrored_headers(&self) -> Result<(), Failed> {
        let arguments = json!({ "region": "Zürich", "priority": 3 });
        let said = self.said_by("test_x_mcp_header", arguments).await?;
        expect(said == "Region Zürich", &said)
    }

    async fn error_of_the_protocol(&self) -> Result<(), Failed> {
        let error = self.call("no_such_tool", json!({})).await.err();
        let error = error.ok_or("no error")?.to_string();
        expect(error.contains("-32602"), &error)
    }

    async fn progress(&self) -> Result<(), Failed> {
        self.service.service().heard().progress.clear();
        let request = Request::new(CallToolRequestParams::new("test_tool_with_progress"));
        let handle = self
            .service
            .send_cancellable_request(
                ClientRequest::CallToolRequest(request),
                PeerRequestOptions::no_options(),
            )
            .await?;
        handle.await_response().await?;
        let heard = || self.service.service().heard().progress.clone();
        until(|| heard() == [0.0, 50.0, 100.0]).await;
        expect(heard() == [0.0, 50.0, 100.0], &heard())
    }

    async fn sampling(&self) -> Result<(), Failed> {
        let said = self.said_by("test_sampling", json!({ "prompt": "Say something" })).await?;
        let asked = self.service.service().heard().asked.contains(&"sampling");
        expect(asked && said == "LLM response: a canned answer", &said)
    }

    async fn elicitation(&self) -> Result<(), Failed> {
        let said = self.said_by("test_elicitation", json!({ "message": "Who?" })).await?;
        let asked = self.service.service().heard().asked.contains(&"elicitation");
        expect(asked && said.contains("action=accept") && said.contains("\"ada\""), &said)
    }

    async fn calls_at_once(&self) -> Result<(), Failed> {
        let compute = |number: u32| async move {
            let arguments = json!({ "seconds": f64::from(8 - number) / 50.0, "label": format!("label-{number}") });
            let said = self.said_by("slow_compute", arguments).await?;
            expect(said == format!("Computed label-{number}"), &said)
        };
        let (a, b, c, d) = tokio::join!(compute(0), compute(1), compute(2), compute(3));
        a.and(b).and(c).and(d)
    }

    async fn resources(&self) -> Result<(), Failed> {
        let all = self.service.list_all_resources().await?;
        expect(all.iter().any(|one| one.uri == "test://watched-resource"), &all.len())?;
        let params = ReadResourceRequestParams::new("test://template/7/data");
        let read = serde_json::to_value(self.service.read_resource(params).await?)?;
        let text = read.pointer("/contents/0/text").and_then(Value::as_str).unwrap_or_default();
        expect(text.contains("\"7\""), &read)
    }

    async fn prompts(&self) -> Result<(), Failed> {
        let all = self.service.list_all_prompts().await?;
        expect(all.iter().any(|one| one.name == "test_prompt_with_arguments"), &all.len())?;
        let arguments =
            json!({ "arg1": "a", "arg2": "b" }).as_object().cloned().unwrap_or_default();
        let params =
            GetPromptRequestParams::new("test_prompt_with_arguments").with_arguments(arguments);
        let got = serde_json::to_value(self.service.get_prompt(params).await?)?;
        expect(got.to_string().contains("arg1='a', arg2='b'"), &got)
    }

    async fn completion(&self) -> Result<(), Failed> {
        let found = self
            .service
            .complete_prompt_simple("test_prompt_with_arguments", "arg1", "par")
            .await?;
        expect(found == ["paris", "park", "party"], &found)
    }

    async fn cancel(&self) -> Result<(), Failed> {
        let before: u32 = self.said_by("test_cancelled_waits", json!({})).await?.parse()?;
        let mut params = CallToolRequestParams::new("test_wait");
        params.arguments = json!({ "milliseconds": 60_000 }).as_object().cloned();
        let request = ClientRequest::CallToolRequest(Request::new(params));
        let options = PeerRequestOptions::no_options();
        let handle = self.service.send_cancellable_request(request, options).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        handle.cancel(Some("not wanted".to_owned())).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let after: u32 = self.said_by("test_cancelled_waits", json!({})).await?.parse()?;
        expect(after == before + 1, &(before, after))
    }
}

fn expect(so: bool, found: &dyn std::fmt::Debug) -> Result<(), Failed> {
    if so { Ok(()) } else { Err(format!("{found:?}").into()) }
}

async fn until(so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !so() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn step(name: &str, action: impl Future<Output = Result<(), Failed>>) -> bool {
    let began = Instant::now();
    let done = tokio::time::timeout(STEP, action).await;
    match done.unwrap_or_else(|_| Err("not done in time".into())) {
        Ok(()) => {
            println!("ok    {name} ({} ms)", began.elapsed().as_millis());
            true
        }
        Err(error) => {
            println!("FAIL  {name}: {}", error.to_string().replace('\n', " "));
            false
        }
    }
}

/// Whether all steps went well.
pub async fn session(arguments: Vec<String>) -> Result<bool, Failed> {
    let [era_word, era, rest @ ..] = &*arguments else { return Err("--era first".into()) };
    let mode = match (&**era_word, &**era) {
        ("--era", "modern") => ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
        ("--era", "legacy") => ClientLifecycleMode::Initialize,
        _ => return Err("--era legacy|modern".into()),
    };
    let client = Client::default();
    let service = match rest {
        [word, url] if word == "--url" => {
            let transport = StreamableHttpClientTransport::from_uri(url.as_str());
            client.serve_with_lifecycle(transport, mode).await?
        }
        [word, command, arguments @ ..] if word == "--" => {
            let mut words = tokio::process::Command::new(command);
            words.args(arguments);
            client.serve_with_lifecycle(TokioChildProcess::new(words)?, mode).await?
        }
        _ => return Err("--url URL or -- COMMAND".into()),
    };
    println!("ok    connect");
    let session = Session { service };
    let mut all = true;
    all &= step("tools list", session.tools_list()).await;
    all &= step("tools call", session.tools_call()).await;
    all &= step("structured content", session.structured_content()).await;
    all &= step("mirrored headers", session.mirrored_headers()).await;
    all &= step("error of the protocol", session.error_of_the_protocol()).await;
    all &= step("progress", session.progress()).await;
    all &= step("calls at once", session.calls_at_once()).await;
    all &= step("sampling", session.sampling()).await;
    all &= step("elicitation", session.elicitation()).await;
    all &= step("resources", session.resources()).await;
    all &= step("prompts", session.prompts()).await;
    all &= step("completion", session.completion()).await;
    all &= step("cancel", session.cancel()).await;
    session.service.cancel().await?;
    println!("ok    close");
    Ok(all)
}

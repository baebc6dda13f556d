//! `mcp-guard serve`.

mod http;
mod load;
mod options;
mod reload;
mod signals;

use std::io::IsTerminal as _;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use mcp_guard_gateway::auth::{Auth, Principal};
use mcp_guard_gateway::config::{AuthMode, Config, Listen};
use mcp_guard_gateway::front::Endpoint;
use mcp_guard_gateway::front::http::Lanes;
use mcp_guard_gateway::front::stdio::StdioFront;
use mcp_guard_gateway::gateway::{Gateway, rules};
use mcp_guard_gateway::house::Means;
use mcp_guard_gateway::pipeline::{Caller, Front, Gate};
use mcp_guard_gateway::protocol::Era;
use mcp_guard_gateway::record::metrics::Metrics;
use mcp_guard_gateway::record::{DecisionLog, RequestIds};
use mcp_guard_gateway::telemetry::init_tracing;
use mcp_guard_gateway::upstream::child::OrphanGuard;
use mcp_guard_gateway::wire::{Lines, Outbox, OutboxLimits, StandardInput, StandardOutput};
use mcp_guard_scanner::client::Environment;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::environment;
use crate::failure::Failure;
use load::{Loaded, Sources};
pub(crate) use options::ServeOptions;

/// How many messages wait for a client that does not read.
const WAITING: usize = 256;
/// How long servers may take to end after we were told to.
const ENDING: Duration = Duration::from_secs(10);
/// How long the last decisions may take to be written.
const LAST_LINES: Duration = Duration::from_secs(5);

/// A gateway that is put up, with what it is put up from.
struct Running {
    sources: Sources,
    gateway: Arc<Gateway>,
    gate: Arc<Gate>,
    config: Config,
    auth: Arc<Auth>,
    /// Where HTTP is served.
    listen: Option<Listen>,
    /// Everybody may call from wherever the gateway can be reached.
    insecure: bool,
    stop: CancellationToken,
}

pub(crate) fn run(options: &ServeOptions) -> Result<ExitCode, Failure> {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    init_tracing(options.log_format.into(), &options.log, colour)
        .map_err(|error| Failure::Usage(format!("--log: {error}")))?;
    let sources = Sources::find(options, environment::of_user())?;
    let loaded = sources.load()?;
    let listen = match &options.listen {
        Some(listen) => Some(listen.clone()),
        None if options.command.is_empty() => loaded.config.listen.clone(),
        None => None,
    };
    refuse_strangers(listen.as_ref(), &loaded.config, options.insecure)?;
    let unable = |error| Failure::Usage(format!("cannot start: {error}"));
    // A pipe is served fastest by one thread, as is each connection: nothing is handed over.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unable)?;
    let environment = environment::of_user();
    let mut lanes = None;
    runtime.block_on(async {
        let running = Running::put_up(sources, loaded, listen, options).await?;
        let served = match &running.listen {
            Some(listen) => {
                let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
                // They end after what the gateway still has to finish.
                http::http(&running, listen, lanes.insert(Lanes::start(threads).map_err(unable)?))
                    .await
            }
            None => stdio(&running, options, &environment).await,
        };
        running.gateway.close(ENDING).await;
        if let Err(error) = running.gate.log().close(LAST_LINES) {
            tracing::error!("the decision log: {error}");
        }
        served
    })?;
    // A thread may still wait for standard input.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

impl Running {
    async fn put_up(
        sources: Sources,
        loaded: Loaded,
        listen: Option<Listen>,
        options: &ServeOptions,
    ) -> Result<Self, Failure> {
        let Loaded { config, floor } = loaded;
        let wrong = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
        let log = match &config.audit_log {
            Some(path) => DecisionLog::open(path).map_err(|error| wrong(&error))?,
            None => DecisionLog::none(),
        };
        let auth = load::auth(&config).await?;
        let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"), Timestamp::now()));
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| wrong(&error))?;
        let rules = rules(&config, &floor, Arc::clone(&auth), &metrics);
        let gate = Gate::new(rules, log, RequestIds::new(random), Timestamp::now);
        let means = Means {
            gate: Arc::clone(&gate),
            metrics,
            orphans: orphans(),
            wrapped: (!options.command.is_empty()).then(|| options.server.clone()).flatten(),
            endings: TaskTracker::new(),
        };
        let gateway = Gateway::open(&config, means).map_err(|error| wrong(&error))?;
        let stop = CancellationToken::new();
        signals::stop_on_signal(stop.clone()).map_err(|error| wrong(&error))?;
        let insecure = options.insecure;
        Ok(Self { sources, gateway, gate, config, auth, listen, insecure, stop })
    }
}

/// The kernel ends a child together with us, where it can.
fn orphans() -> OrphanGuard {
    if cfg!(target_os = "linux") {
        OrphanGuard::ReExec("/proc/self/exe".into())
    } else {
        OrphanGuard::None
    }
}

/// Other machines reach the gateway only if they must prove who they are.
fn refuse_strangers(
    listen: Option<&Listen>,
    config: &Config,
    insecure: bool,
) -> Result<(), Failure> {
    match open_to_strangers(listen, config).filter(|_| !insecure) {
        Some(why) => Err(Failure::Usage(why)),
        None => Ok(()),
    }
}

/// Why a gateway that listens there is refused, if it is.
pub(crate) fn open_to_strangers(listen: Option<&Listen>, config: &Config) -> Option<String> {
    let listen = listen.filter(|listen| !listen.is_loopback())?;
    (config.auth.mode == AuthMode::None).then(|| {
        format!(
            "{listen} can be reached from other machines, and `auth.mode` is none: everybody there \
             could call every tool. Set `auth.mode: api_key`, listen on 127.0.0.1, or say --insecure"
        )
    })
}

/// What a client with one server, or with all, talks to.
fn endpoint(options: &ServeOptions) -> Endpoint {
    match &options.server {
        Some(name) => Endpoint::Server(Arc::from(name.as_str())),
        None => Endpoint::All,
    }
}

async fn stdio(
    running: &Running,
    options: &ServeOptions,
    environment: &Environment,
) -> Result<(), Failure> {
    let config = &running.config;
    let user = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| environment.variables.get(*name))
        .map_or("user", String::as_str);
    let caller = Caller {
        principal: Arc::from(Principal::local(user).id()),
        front: Front::Stdio,
        era: Era::Session,
        session: None,
    };
    let input = StandardInput::open().map_err(Failure::Output)?;
    let output = StandardOutput::open().map_err(Failure::Output)?;
    let limits = OutboxLimits { lines: WAITING, bytes: config.limits.max_line };
    let (outbox, writer) = Outbox::new(output, limits);
    let writing = tokio::spawn(writer.run());
    let front = StdioFront {
        services: Arc::clone(&running.gateway) as _,
        endpoint: endpoint(options),
        caller: Arc::new(caller),
        drain: config.http.drain_timeout,
    };
    let lines = Lines::new(input, config.limits.max_line);
    let served = tokio::select! {
        served = front.serve(lines, outbox, running.stop.clone()) => served,
        () = reload::follow(running) => Ok(()),
    };
    let _ = tokio::time::timeout(LAST_LINES, writing).await;
    served.map_err(Failure::Output)
}

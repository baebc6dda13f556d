//! `rmcp-peer session --era legacy|modern --url URL`, the same with `-- COMMAND ARGS…`, or
//! `rmcp-peer serve`, a server on standard input and output.

#![allow(deprecated, reason = "what 2026-07-28 deprecates is used on purpose")]

mod serve;
mod session;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = match arguments.next().as_deref() {
        Some("serve") => serve::serve().await.map(|()| true),
        Some("session") => session::session(arguments.collect()).await,
        _ => Err("serve or session?".into()),
    };
    match done {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            println!("FAIL  session: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

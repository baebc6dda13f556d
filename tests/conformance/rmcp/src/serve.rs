//! A server: what a list and a call need.

use rmcp::model::{CallToolResult, ContentBlock, ServerCapabilities, ServerConfig};
use rmcp::transport::stdio;
use rmcp::{ErrorData, ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};

pub struct Server;

#[tool_router]
impl Server {
    /// Says what time stands still at.
    #[tool(description = "Says the same each time")]
    async fn steady(&self) -> Result<CallToolResult, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text("steady")]))
    }

    #[tool(description = "Fails each time")]
    async fn failing(&self) -> Result<CallToolResult, ErrorData> {
        Err(ErrorData::invalid_params("as it should", None))
    }
}

#[tool_handler]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

pub async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    Server.serve(stdio()).await?.waiting().await?;
    Ok(())
}

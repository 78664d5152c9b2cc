//! The SDK gateway: any WeChat SDK and any WeChat API, without WeChat's access token.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::serve::sdk_gateway::gateway::Gateway;
use shared::serve::sdk_gateway::serve_gateway::serve_gateway;
use shared::serve::sdk_gateway::settings::GatewaySettings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = GatewaySettings::from_environment()?;
    let gateway = Gateway::from_settings(&clients::sdk_config().await, settings)?;
    gateway.open_connections().await;
    serve_gateway(&gateway).await
}

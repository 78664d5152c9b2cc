//! customerServiceMessage.send: what WeChat takes, without an access token.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::customer_service::CustomerService;
use shared::sending::settings::CustomerServiceSettings;
use shared::serve::actions::send_customer_message::send_customer_message;
use shared::serve::input;
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = CustomerServiceSettings::from_environment()?;
    let (stack, appid) = (settings.wechat.stack.clone(), settings.wechat.appid.clone());
    let config = clients::sdk_config().await;
    let api = AuthorizedApi::from_settings(&config, &settings.wechat)?;
    api.open_connections(&appid).await;
    let service = CustomerService::new(&config, api, settings);
    serve_action(&stack, &appid, env!("CARGO_PKG_NAME"), input::json, input::touser, |appid, body| {
        send_customer_message(appid, body, &service)
    })
    .await
}

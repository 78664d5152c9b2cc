//! customerServiceMessage.setTyping: what WeChat takes, without an access token.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::CustomerServiceSettings;
use shared::serve::actions::set_typing::{self, TypingState};
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
    let typing = TypingState::new(&config, api, settings);
    let set_typing = |appid, body| set_typing::set_typing(appid, body, &typing);
    serve_action(&stack, &appid, env!("CARGO_PKG_NAME"), input::json, input::touser, set_typing).await
}

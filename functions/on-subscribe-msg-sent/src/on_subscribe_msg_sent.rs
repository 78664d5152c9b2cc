//! WeChat's report on a subscription message is entered into the ledger.

use protocol::appid::Appid;
use protocol::message::SubscribeMsgSent;
use serde_json::Value;
use shared::host::clock;
use shared::state::StateError;
use shared::state::subscription::{Report, Subscriptions};

/// Notes each result under the message's `msgid`, whether or not the send is noted yet.
pub(crate) async fn on_subscribe_msg_sent(
    event: SubscribeMsgSent,
    default_appid: &Appid,
    ledger: &Subscriptions,
) -> Result<Value, StateError> {
    let appid = event.header.appid().unwrap_or(default_appid);
    let openid = &event.header.from_user_name;
    for delivery in event.list {
        let report = Report {
            at_seconds: event.header.create_time,
            error_code: delivery.error_code,
            error_status: delivery.error_status,
        };
        ledger.reported(appid, &delivery.msg_id, openid, &delivery.template_id, &report, clock::now_seconds()).await?;
    }
    Ok("success".into())
}

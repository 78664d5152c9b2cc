//! A user's change of a subscription is entered into the ledger.

use protocol::appid::Appid;
use protocol::message::SubscribeMsgChange;
use serde_json::Value;
use shared::host::clock;
use shared::state::StateError;
use shared::state::subscription::{Decision, Subscriptions};

/// Enters each change. WeChat reports rejections alone; an `accept` would only end one, and grant nothing.
pub(crate) async fn on_subscribe_msg_change(
    event: SubscribeMsgChange,
    default_appid: &Appid,
    ledger: &Subscriptions,
) -> Result<Value, StateError> {
    let appid = event.header.appid().unwrap_or(default_appid);
    let openid = &event.header.from_user_name;
    for change in &event.list {
        let Some(decision) = decision(&change.subscribe_status_string) else {
            tracing::warn!("a change that is neither accept nor reject");
            continue;
        };
        let at_seconds = event.header.create_time;
        ledger.decide(appid, openid, &change.template_id, decision, at_seconds, clock::now_seconds()).await?;
    }
    Ok("success".into())
}

fn decision(status: &str) -> Option<Decision> {
    match status {
        "reject" => Some(Decision::Rejected),
        "accept" => Some(Decision::SwitchedOn),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reject_takes_and_an_accept_grants_nothing() {
        assert_eq!(decision("reject"), Some(Decision::Rejected));
        assert_eq!(decision("accept"), Some(Decision::SwitchedOn));
        assert_eq!(decision("ban"), None);
    }
}

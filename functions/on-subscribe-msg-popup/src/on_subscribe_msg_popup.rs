//! A user's answers in a subscription dialog are entered into the ledger.

use protocol::appid::Appid;
use protocol::message::SubscribeMsgPopup;
use serde_json::Value;
use shared::host::clock;
use shared::state::StateError;
use shared::state::subscription::{Decision, Subscriptions};

/// Enters each answer. An event that comes twice, or is tried again half-way, grants nothing twice.
pub(crate) async fn on_subscribe_msg_popup(
    event: SubscribeMsgPopup,
    default_appid: &Appid,
    ledger: &Subscriptions,
) -> Result<Value, StateError> {
    let appid = event.header.appid().unwrap_or(default_appid);
    let openid = &event.header.from_user_name;
    for answer in &event.list {
        let Some(decision) = decision(&answer.subscribe_status_string) else {
            tracing::warn!("an answer that is neither accept nor reject");
            continue;
        };
        let at_seconds = event.header.create_time;
        ledger.decide(appid, openid, &answer.template_id, decision, at_seconds, clock::now_seconds()).await?;
    }
    Ok("success".into())
}

fn decision(status: &str) -> Option<Decision> {
    match status {
        // wx.requestSubscribeMessage itself tells this as acceptWithAudio where the template may sound.
        "accept" | "acceptWithAudio" => Some(Decision::Accepted),
        "reject" => Some(Decision::Rejected),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accept_grants_a_reject_takes_and_anything_else_is_left_alone() {
        for (status, expected) in [
            ("accept", Some(Decision::Accepted)),
            ("acceptWithAudio", Some(Decision::Accepted)),
            ("reject", Some(Decision::Rejected)),
            ("ban", None),
            ("", None),
        ] {
            assert_eq!(decision(status), expected, "{status}");
        }
    }
}

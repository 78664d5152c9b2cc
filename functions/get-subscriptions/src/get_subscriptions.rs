//! A user's subscriptions are looked up.

use protocol::appid::Appid;
use serde_json::{Map, Value, json};
use shared::host::clock;
use shared::serve::action::{ActionAnswer, ActionError};
use shared::state::subscription::{Subscription, Subscriptions};

/// Tells each template that the user has said something about; of a user nobody saw, none.
pub(crate) async fn get_subscriptions(
    appid: Appid,
    openid: String,
    ledger: &Subscriptions,
) -> Result<ActionAnswer, ActionError> {
    let subscriptions = ledger.of_user(&appid, &openid, clock::now_seconds()).await?;
    Ok(ActionAnswer::new(fields(&openid, &subscriptions)))
}

fn fields(openid: &str, subscriptions: &[Subscription]) -> Map<String, Value> {
    let subscriptions: Vec<Value> = subscriptions
        .iter()
        .map(|subscription| {
            json!({
                "template_id": subscription.template_id,
                "remaining": subscription.remaining,
                "changed_at": subscription.changed_at_seconds,
                "refused_until": subscription.refused_until_seconds,
            })
        })
        .collect();
    let mut fields = Map::new();
    fields.insert("errcode".into(), 0.into());
    fields.insert("errmsg".into(), "ok".into());
    fields.insert("openid".into(), openid.into());
    fields.insert("subscriptions".into(), subscriptions.into());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_null_and_a_user_nobody_saw_has_none() {
        let subscription = Subscription {
            template_id: "T".into(),
            remaining: 2,
            changed_at_seconds: Some(1_714_112_445),
            refused_until_seconds: None,
        };
        assert_eq!(
            Value::Object(fields("o", &[subscription])),
            json!({"errcode": 0, "errmsg": "ok", "openid": "o", "subscriptions": [
                {"template_id": "T", "remaining": 2, "changed_at": 1_714_112_445, "refused_until": null},
            ]})
        );
        assert_eq!(fields("o", &[])["subscriptions"], json!([]));
    }
}

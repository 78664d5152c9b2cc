//! The state of a subscription message is looked up.

use protocol::appid::Appid;
use serde_json::{Map, Value, json};
use shared::host::clock;
use shared::serve::action::{ActionAnswer, ActionError};
use shared::state::subscription::{Delivery, Subscriptions};

/// Tells what became of a message; 404 where neither the send nor WeChat's report is known, or both are too old.
pub(crate) async fn get_delivery(
    appid: Appid,
    msgid: String,
    ledger: &Subscriptions,
) -> Result<ActionAnswer, ActionError> {
    let delivery =
        ledger.delivery(&appid, &msgid, clock::now_seconds()).await?.ok_or(ActionError::NotFound("msgid"))?;
    Ok(ActionAnswer::new(fields(&msgid, delivery)))
}

fn fields(msgid: &str, delivery: Delivery) -> Map<String, Value> {
    let report = delivery.report.map(
        |report| json!({"at": report.at_seconds, "error_code": report.error_code, "error_status": report.error_status}),
    );
    let mut fields = Map::new();
    fields.insert("errcode".into(), 0.into());
    fields.insert("errmsg".into(), "ok".into());
    // As text: it has more digits than a double holds.
    fields.insert("msgid".into(), msgid.into());
    fields.insert("openid".into(), delivery.openid.into());
    fields.insert("template_id".into(), delivery.template_id.into());
    fields.insert("sent_at".into(), json!(delivery.sent_at_seconds));
    fields.insert("report".into(), json!(report));
    fields
}

#[cfg(test)]
mod tests {
    use shared::state::subscription::Report;

    use super::*;

    #[test]
    fn the_report_is_null_until_it_came() {
        let mut delivery =
            Delivery { openid: "o".into(), template_id: "T".into(), sent_at_seconds: Some(7), report: None };
        let mut expected = json!({"errcode": 0, "errmsg": "ok", "msgid": "1864323726461255680", "openid": "o",
            "template_id": "T", "sent_at": 7, "report": null});
        assert_eq!(Value::Object(fields("1864323726461255680", delivery.clone())), expected);

        delivery.report = Some(Report { at_seconds: 9, error_code: 0, error_status: "success".into() });
        expected["report"] = json!({"at": 9, "error_code": 0, "error_status": "success"});
        assert_eq!(Value::Object(fields("1864323726461255680", delivery)), expected);
    }
}

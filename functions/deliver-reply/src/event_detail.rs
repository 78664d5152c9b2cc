//! What an event on the bus tells of a push.

use protocol::appid::Appid;
use protocol::push::{Kind, Push};
use serde_json::{Map, Value};
use shared::host::logs;

use crate::settings::EventContent;

/// What stands in a message besides what the user sent.
const OF_MESSAGES: [&str; 4] = ["ToUserName", "CreateTime", "MsgType", "MsgId"];
/// Fields of events that hold a code, an id, a number or a time of WeChat's, at any depth, and the objects and lists around
/// them. What is not known to be one of these may hold what a user wrote.
const OF_EVENTS: [&str; 41] = [
    "ToUserName",
    "CreateTime",
    "MsgType",
    "Event",
    "appid",
    "trace_id",
    "version",
    "errcode",
    "errmsg",
    // wxa_media_check
    "result",
    "detail",
    "strategy",
    "suggest",
    "label",
    "prob",
    // subscribe_msg_*_event
    "List",
    "SubscribeMsgPopupEvent",
    "SubscribeMsgChangeEvent",
    "SubscribeMsgSentEvent",
    "TemplateId",
    "SubscribeStatusString",
    "PopupScene",
    "MsgID",
    "ErrorCode",
    "ErrorStatus",
    // xpay_*
    "OutTradeNo",
    "Env",
    "WeChatPayInfo",
    "MchOrderNo",
    "TransactionId",
    "PaidTime",
    "GoodsInfo",
    "ProductId",
    "Quantity",
    "OrigPrice",
    "ActualPrice",
    "CoinInfo",
    "RetryTimes",
    // user_authorization_revoke
    "AppID",
    "RevokeInfo",
    // user_enter_tempsession
    "Scene",
];
/// Fields that hold the user's openid.
const OPENIDS: [&str; 4] = ["FromUserName", "OpenId", "OpenID", "openid"];

/// The event's type: `Event` of an event, else `MsgType`.
pub(crate) fn detail_type(push: &Push) -> &str {
    push.event().filter(|event| !event.is_empty()).unwrap_or(push.msg_type())
}

/// The push as WeChat's JSON, and the `appid` of the mini program.
pub(crate) fn detail(push: &Push, appid: &Appid, content: EventContent) -> Map<String, Value> {
    let mut detail = match (content, push.kind()) {
        (EventContent::Full, _) => push.fields().clone(),
        (EventContent::Redacted, Kind::Message) => redacted(push.fields(), &OF_MESSAGES),
        (EventContent::Redacted, Kind::Event | Kind::Payment) => redacted(push.fields(), &OF_EVENTS),
    };
    detail.insert("appid".into(), appid.as_str().into());
    detail
}

fn redacted(fields: &Map<String, Value>, kept: &[&str]) -> Map<String, Value> {
    let fields = fields.iter().filter_map(|(name, value)| {
        let value = match value {
            Value::String(openid) if OPENIDS.contains(&name.as_str()) => Some(logs::hashed(openid).into()),
            value if kept.contains(&name.as_str()) => redacted_value(value, kept),
            _ => None,
        };
        Some((name.clone(), value?))
    });
    fields.collect()
}

/// Nothing if there is nothing left of it.
fn redacted_value(value: &Value, kept: &[&str]) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            Some(Value::Object(redacted(fields, kept))).filter(|left| left != &Value::Object(Map::new()))
        }
        Value::Array(items) => Some(items.iter().filter_map(|item| redacted_value(item, kept)).collect()),
        scalar => Some(scalar.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OPENID: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";

    fn push(fields: Value) -> Push {
        serde_json::from_value(fields).unwrap()
    }

    fn appid() -> Appid {
        serde_json::from_value(json!("wxba5fad812f8e6fb9")).unwrap()
    }

    fn redacted(fields: Value) -> Value {
        Value::Object(detail(&push(fields), &appid(), EventContent::Redacted))
    }

    #[test]
    fn a_redacted_message_is_its_header_alone_with_a_hashed_openid() {
        let header =
            json!({"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": 1, "MsgType": "text", "MsgId": "7"});
        let mut message = header.clone();
        for (name, typed) in
            [("Content", "secret"), ("PicUrl", "http://x"), ("MediaId", "m"), ("Title", "t"), ("Event", "e")]
        {
            message[name] = typed.into();
        }
        let mut expected = header;
        expected["FromUserName"] = logs::hashed(OPENID).into();
        expected["appid"] = "wxba5fad812f8e6fb9".into();
        assert_eq!(redacted(message), expected);
    }

    #[test]
    fn a_redacted_event_keeps_codes_and_ids_and_nothing_that_is_not_known_to_be_one() {
        let popup = json!({
            "FromUserName": OPENID, "MsgType": "event", "Event": "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent": {"List": [
                {"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": "2", "Remark": "typed"},
            ]},
        });
        let kept = redacted(popup);
        let item = json!({"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": "2"});
        assert_eq!(kept["SubscribeMsgPopupEvent"], json!({"List": [item]}));

        let payment = json!({
            "Event": "xpay_goods_deliver_notify", "OpenId": OPENID, "OutTradeNo": "order", "Env": 0,
            "GoodsInfo": {"ProductId": "coin", "Attach": "typed"}, "TeamInfo": {"ActivityName": "typed"},
        });
        let kept = redacted(payment);
        assert_eq!((&kept["OpenId"], &kept["OutTradeNo"]), (&json!(logs::hashed(OPENID)), &json!("order")));
        assert_eq!(kept["GoodsInfo"], json!({"ProductId": "coin"}));
        assert!(!kept.to_string().contains("typed"), "{kept}");

        let entering =
            redacted(json!({"Event": "user_enter_tempsession", "SessionFrom": "typed", "Query": "a=1", "Scene": 1001}));
        assert_eq!(entering, json!({"Event": "user_enter_tempsession", "Scene": 1001, "appid": "wxba5fad812f8e6fb9"}));
    }

    #[test]
    fn a_full_event_is_the_push_and_its_mini_program() {
        let mut fields = json!({"MsgType": "text", "FromUserName": OPENID, "Content": "您好", "MsgId": "7"});
        let full = detail(&push(fields.clone()), &appid(), EventContent::Full);
        fields["appid"] = "wxba5fad812f8e6fb9".into();
        assert_eq!(Value::Object(full), fields);
    }

    #[test]
    fn the_type_is_that_of_the_event_or_of_the_message() {
        for (fields, expected) in [
            (json!({"MsgType": "event", "Event": "xpay_refund_notify"}), "xpay_refund_notify"),
            (json!({"MsgType": "image"}), "image"),
            (json!({"MsgType": "text", "Event": "typed"}), "text"),
            (json!({"MsgType": "event", "Event": ""}), "event"),
        ] {
            assert_eq!(detail_type(&push(fields)), expected);
        }
    }
}

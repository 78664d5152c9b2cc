//! A push of another type is logged and acknowledged.

use std::convert::Infallible;

use protocol::message::Other;
use protocol::reply::Reply;
use serde_json::json;

/// Logs the type. An `xpay_*` event is answered as WeChat wants it, or it comes again for hours.
pub(crate) async fn on_other(message: Other) -> Result<Reply, Infallible> {
    let (msg_type, event) = message.msg_type_and_event();
    tracing::info!(msg_type, event, "other push type");
    if event.starts_with("xpay_") {
        let handled = json!({"ErrCode": 0, "ErrMsg": "success"});
        return Ok(Reply::from_output(handled).unwrap_or(Reply::Success));
    }
    Ok(Reply::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reply(event: &str) -> Reply {
        let message = serde_json::from_value(json!({"MsgType": "event", "Event": event})).unwrap();
        on_other(message).await.unwrap()
    }

    #[tokio::test]
    async fn an_xpay_event_gets_the_answer_that_ends_its_retries() {
        let reply = reply("xpay_goods_deliver_notify").await;
        assert_eq!(reply.into_output(), json!({"ErrCode": 0, "ErrMsg": "success"}));
    }

    #[tokio::test]
    async fn an_xpay_event_without_msg_type_gets_it_too() {
        let message = serde_json::from_value(json!({"Event": "xpay_goods_deliver_notify"})).unwrap();
        assert_eq!(on_other(message).await.unwrap().into_output()["ErrCode"], 0);
    }

    #[tokio::test]
    async fn every_other_type_is_acknowledged() {
        assert_eq!(reply("wxa_media_check").await, Reply::Success);
    }
}

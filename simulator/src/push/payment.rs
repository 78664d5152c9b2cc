//! The events of virtual payment, `xpay_*`, which WeChat repeats until it is told that they are dealt with.
//! Source: "小程序虚拟支付" (virtual payment), section "消息推送".
//!
//! `success`, an empty answer and `ErrCode` 0 end it. Anything else is a failure, and so is no answer: the push comes again up
//! to 15 times, after pauses that grow. WeChat's pages say neither how long the pauses are nor what becomes of a push whose
//! answer does not arrive at all. Here the first pause is as long as the simulator is told, the second twice that, and so
//! on; every failed attempt counts as one of the sixteen, whatever it failed of.

use std::time::Duration;

use serde_json::{Map, Value};

/// How many attempts a push gets: the first one and 15 repeats.
pub(crate) const ATTEMPTS: u32 = 16;

/// The longest that the first pause may be told to be: two minutes altogether.
pub(crate) const LONGEST_FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The event that iOS waits for: its answer must come within three seconds, with fields of its own instead of `ErrCode`.
const REFUND_QUERY: &str = "xpay_subscribe_ios_refund_query_notify";
const REFUND_QUERY_CUT: Duration = Duration::from_secs(3);

/// The events that say which repeat they are.
const COUNTED: [&str; 2] = ["xpay_refund_notify", "xpay_complaint_notify"];
const RETRY_TIMES: &str = "RetryTimes";

/// Why an answer does not end the repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotDone {
    #[error("ErrCode {0}: the product says that it has not dealt with the event")]
    ErrCode(i64),
    #[error("ErrCode: the answer to an xpay_* event needs it, a number")]
    NoErrCode,
}

/// Whether this is a payment event.
pub(crate) fn is_payment(message: &Map<String, Value>) -> bool {
    event(message).starts_with("xpay_")
}

/// How long WeChat waits for the answer to a payment event, where it waits `usual` for others.
pub(crate) fn cut(message: &Map<String, Value>, usual: Duration) -> Duration {
    if event(message) == REFUND_QUERY { usual.min(REFUND_QUERY_CUT) } else { usual }
}

/// How long WeChat waits after the attempt of this number, counted from 1.
pub(crate) fn pause_after(attempt: u32, first: Duration) -> Duration {
    first.saturating_mul(attempt)
}

/// Counts `repeats` more in the message, if its event says which repeat it is: 0 to begin with. Whether it does.
pub(crate) fn count(message: &mut Map<String, Value>, repeats: u32) -> bool {
    let before = message.get(RETRY_TIMES).map_or(Some(0), Value::as_u64);
    let Some(before) = before.filter(|_| COUNTED.contains(&event(message))) else { return false };
    message.insert(RETRY_TIMES.to_owned(), before.saturating_add(repeats.into()).into());
    true
}

/// Judges the reply to a payment event.
pub(crate) fn judge(reply: &Map<String, Value>, message: &Map<String, Value>) -> Result<(), NotDone> {
    let code = match reply.get("ErrCode") {
        None if event(message) == REFUND_QUERY => return Ok(()),
        Some(Value::Number(number)) => number.as_i64(),
        // XML has no numbers.
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(NotDone::ErrCode(code)),
        None => Err(NotDone::NoErrCode),
    }
}

fn event(message: &Map<String, Value>) -> &str {
    let is_event = message.get("MsgType").is_some_and(|message_type| message_type == "event");
    message.get("Event").and_then(Value::as_str).filter(|_| is_event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn message(event: &str) -> Map<String, Value> {
        object(&json!({"MsgType": "event", "Event": event}))
    }

    #[test]
    fn err_code_0_alone_says_that_an_event_is_dealt_with() {
        let judge = |reply: &Value| judge(&object(reply), &message("xpay_goods_deliver_notify"));
        assert_eq!(judge(&json!({"ErrCode": 0, "ErrMsg": "success"})), Ok(()));
        assert_eq!(judge(&json!({"ErrCode": "0"})), Ok(()));
        assert_eq!(judge(&json!({"ErrCode": 1})), Err(NotDone::ErrCode(1)));
        assert_eq!(judge(&json!({"ErrCode": "-1"})), Err(NotDone::ErrCode(-1)));
        for reply in [json!({}), json!({"errcode": 0}), json!({"ErrCode": null}), json!({"ErrCode": "no"})] {
            assert_eq!(judge(&reply), Err(NotDone::NoErrCode), "{reply}");
        }
    }

    #[test]
    fn the_refund_query_has_three_seconds_and_an_answer_of_its_own() {
        let query = message("xpay_subscribe_ios_refund_query_notify");
        assert_eq!(cut(&query, Duration::from_secs(5)), Duration::from_secs(3));
        assert_eq!(cut(&message("xpay_refund_notify"), Duration::from_secs(5)), Duration::from_secs(5));
        assert_eq!(judge(&object(&json!({"Consumption": 1})), &query), Ok(()));
        assert_eq!(judge(&object(&json!({"ErrCode": 2})), &query), Err(NotDone::ErrCode(2)));
    }

    #[test]
    fn a_text_that_mentions_a_payment_event_is_none() {
        assert!(is_payment(&message("xpay_refund_notify")));
        assert!(!is_payment(&object(&json!({"MsgType": "text", "Event": "xpay_refund_notify"}))));
        assert!(!is_payment(&message("user_enter_tempsession")));
    }

    #[test]
    fn two_events_count_their_repeats_from_0_or_from_where_they_are() {
        for (given, expected) in [
            (json!({"Event": "xpay_refund_notify"}), json!(2)),
            (json!({"Event": "xpay_complaint_notify", "RetryTimes": 3}), json!(5)),
            (json!({"Event": "xpay_complaint_notify", "RetryTimes": "some"}), json!("some")),
            (json!({"Event": "xpay_goods_deliver_notify"}), json!(null)),
        ] {
            let mut message = object(&given);
            message.insert("MsgType".to_owned(), json!("event"));
            count(&mut message, 0);
            count(&mut message, 2);
            assert_eq!(message.get("RetryTimes").unwrap_or(&Value::Null), &expected, "{given}");
        }
    }

    #[test]
    fn the_pauses_grow() {
        let first = Duration::from_millis(200);
        let pauses: Vec<_> = (1..ATTEMPTS).map(|attempt| pause_after(attempt, first)).collect();
        assert_eq!(pauses.len(), 15);
        assert!(pauses.is_sorted() && pauses[0] == first && pauses[14] == Duration::from_secs(3), "{pauses:?}");
        assert_eq!(pauses.iter().sum::<Duration>(), Duration::from_secs(24));
    }
}

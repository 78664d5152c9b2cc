//! What waits in the failed queue: the product's own records, and Lambda's of an invocation of `deliver-reply` that failed
//! (AWS Lambda docs: asynchronous invocation records).

use protocol::appid::Appid;
use protocol::push::Push;
use serde_json::{Map, Value};
use shared::host::failed_pushes::Reason;

/// A message of the failed queue.
#[derive(Debug, PartialEq)]
pub(crate) enum Parked {
    /// A push that nobody could handle.
    Push {
        push: Push,
        /// The mini program; none in a record of version 1, which had one.
        appid: Option<Appid>,
    },
    /// A message of a push's reply.
    CustomerMessage {
        push: Push,
        appid: Option<Appid>,
        message: Map<String, Value>,
        /// Which parking it is, the same in each copy of the record; none in a record of before, and in one of Lambda's.
        id: Option<String>,
        /// Whether the user may have it already.
        is_unknown: bool,
    },
    /// A push that could not be read as it came.
    Unreadable {
        /// As for a push.
        appid: Option<Appid>,
        query: Map<String, Value>,
        body: String,
        /// When it came, seconds since the epoch; none in a record of version 1.
        arrived_at_seconds: Option<i64>,
    },
}

/// A body that is none of these.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a parked push")]
pub(crate) struct NotParked;

impl Parked {
    pub(crate) fn read(body: &str) -> Result<Self, NotParked> {
        let mut record: Map<String, Value> = serde_json::from_str(body).map_err(|_| NotParked)?;
        if record.contains_key("unreadable") {
            return Ok(Self::Unreadable {
                appid: appid(&mut record)?,
                arrived_at_seconds: record.get("arrivedAt").and_then(Value::as_i64),
                query: object(record.remove("query"))?,
                body: text(record.remove("body")).ok_or(NotParked)?,
            });
        }
        let reason = record.get("reason").cloned();
        let own_appid = appid(&mut record)?;
        let message = record.remove("customerMessage");
        let id = text(record.remove("parkedId"));
        // A guard message that came to the end of its retries is the envelope itself.
        let payload = record.remove("requestPayload");
        let mut payload = if record.contains_key("work_until") { record } else { object(payload)? };
        // Lambda's record of `deliver-reply` has an envelope around the push.
        let mut resent = None;
        let (fields, appid) = match payload.remove("push") {
            Some(push) if payload.contains_key("key") => {
                resent = payload.remove("resend");
                (object(Some(push))?, appid(&mut payload)?.or(own_appid))
            }
            Some(push) => {
                payload.insert("push".into(), push);
                (payload, own_appid)
            }
            None => (payload, own_appid),
        };
        let push = Push::new(fields).map_err(|_| NotParked)?;
        Ok(match message.or(resent) {
            None => Self::Push { push, appid },
            Some(message) => Self::CustomerMessage {
                push,
                appid,
                message: object(Some(message))?,
                id,
                is_unknown: ![Reason::NotSent, Reason::TextTooLong]
                    .into_iter()
                    .any(|certain| reason == serde_json::to_value(certain).ok()),
            },
        })
    }
}

fn object(value: Option<Value>) -> Result<Map<String, Value>, NotParked> {
    match value {
        Some(Value::Object(fields)) => Ok(fields),
        _ => Err(NotParked),
    }
}

/// The mini program, if the record names one.
fn appid(record: &mut Map<String, Value>) -> Result<Option<Appid>, NotParked> {
    text(record.remove("appid")).map(|text| text.try_into().map_err(|_| NotParked)).transpose()
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const APPID: &str = "wxba5fad812f8e6fb9";

    fn push(fields: Value) -> Push {
        serde_json::from_value(fields).unwrap()
    }

    fn read(record: &Value) -> Result<Parked, NotParked> {
        Parked::read(&record.to_string())
    }

    #[test]
    fn a_push_is_taken_out_of_each_record_that_there_is() {
        let fields = json!({"MsgType": "text", "MsgId": "9223372036854775807"});
        let parked = |appid: Option<&str>| Parked::Push {
            push: push(fields.clone()),
            appid: appid.map(|appid| appid.parse().unwrap()),
        };
        let of_version_1 = json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": fields});
        assert_eq!(read(&of_version_1).unwrap(), parked(None));
        let own = json!({"requestPayload": fields, "appid": APPID, "reason": "handler_failed"});
        assert_eq!(read(&own).unwrap(), parked(Some(APPID)));
        let envelope = json!({"push": fields, "appid": APPID, "key": "k", "owner": "o"});
        assert_eq!(read(&json!({"requestPayload": envelope})).unwrap(), parked(Some(APPID)));
        let guard = json!({"push": fields, "appid": APPID, "key": "k", "work_until": 1});
        assert_eq!(read(&guard).unwrap(), parked(Some(APPID)));
    }

    #[test]
    fn a_message_that_certainly_was_not_sent_is_told_from_one_that_perhaps_was() {
        let fields = json!({"MsgType": "text"});
        for (reason, is_unknown) in [("not_sent", false), ("text_too_long", false), ("unknown", true)] {
            let record = json!({"requestPayload": fields, "reason": reason, "customerMessage": {"touser": "o1"}});
            let Ok(Parked::CustomerMessage { is_unknown: read, .. }) = read(&record) else { panic!("{record}") };
            assert_eq!(read, is_unknown, "{reason}");
        }
    }

    #[test]
    fn a_message_whose_resending_failed_is_still_that_message() {
        let envelope = json!({"push": {"MsgType": "text"}, "appid": APPID, "key": "k", "resend": {"touser": "o1"}});
        let Ok(Parked::CustomerMessage { message, is_unknown, .. }) = read(&json!({"requestPayload": envelope})) else {
            panic!("no message")
        };
        assert_eq!((json!(message), is_unknown), (json!({"touser": "o1"}), true));
    }

    #[test]
    fn what_could_not_be_read_is_of_the_mini_program_whose_path_it_came_to() {
        let appid_of = |record: Value| match read(&record) {
            Ok(Parked::Unreadable { appid, .. }) => appid.map(String::from),
            other => panic!("{other:?}"),
        };
        let of_version_1 = json!({"unreadable": "x", "query": {}, "body": ""});
        assert_eq!(appid_of(of_version_1.clone()), None);
        let mut named = of_version_1;
        named["appid"] = APPID.into();
        assert_eq!(appid_of(named).as_deref(), Some(APPID));
    }

    #[test]
    fn what_is_no_parked_push_is_none() {
        for body in [
            "garbage",
            "[]",
            "{}",
            r#"{"requestPayload":{"a":1}}"#,
            r#"{"unreadable":"x","query":1,"body":""}"#,
            r#"{"requestPayload":{"MsgType":"text"},"appid":"x"}"#,
        ] {
            assert_eq!(Parked::read(body), Err(NotParked), "{body}");
        }
    }
}

//! What `simulator replay` reads: a file that holds one push, in whichever of these forms.
//!
//! - the message itself, JSON or XML, as WeChat's pages and logs show it;
//! - the body of a push as it came, with `Encrypt`: the simulator must have the key that it was encrypted with;
//! - a record of the product's failed queue, or the SQS message or the answer of `aws sqs receive-message` around it.

use serde_json::{Map, Value};

/// A push in a file.
#[derive(Debug, PartialEq)]
pub(crate) struct ReplayFile {
    /// The mini program, if the file names it.
    pub(crate) appid: Option<String>,
    /// The message or the body, as it stands in the file.
    pub(crate) body: String,
}

/// Why a file holds no push.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPush {
    #[error("it is empty")]
    Empty,
    #[error("Messages: it holds {0} messages of a queue; keep one of them")]
    Messages(usize),
    #[error("{0}: a record of the failed queue needs it")]
    Record(&'static str),
}

impl ReplayFile {
    /// Finds the push in a file's text.
    pub(crate) fn read(text: &str) -> Result<Self, NoPush> {
        let text = text.trim_start_matches('\u{FEFF}');
        if text.trim().is_empty() {
            return Err(NoPush::Empty);
        }
        let itself = || Self { appid: None, body: text.to_owned() };
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(object) => Ok(Self::of_object(object)?.unwrap_or_else(itself)),
            Err(_) => Ok(itself()),
        }
    }

    /// The push in what is not the push itself; none if it is.
    fn of_object(mut object: Map<String, Value>) -> Result<Option<Self>, NoPush> {
        if let Some(Value::Array(messages)) = object.remove("Messages") {
            return match <[Value; 1]>::try_from(messages) {
                Ok([Value::Object(message)]) => Self::of_object(message),
                Ok(_) => Err(NoPush::Record("Body")),
                Err(messages) => Err(NoPush::Messages(messages.len())),
            };
        }
        if object.contains_key("ReceiptHandle") {
            let Some(Value::String(body)) = object.remove("Body") else { return Err(NoPush::Record("Body")) };
            return Self::read(&body).map(Some);
        }
        let appid = text(object.remove("appid"));
        if object.contains_key("unreadable") {
            let body = text(object.remove("body")).ok_or(NoPush::Record("body"))?;
            return Ok(Some(Self { appid, body }));
        }
        // A guard message is the envelope itself; in other records it is what `deliver-reply` was asked, or the push alone is.
        let mut asked = match object.remove("requestPayload") {
            Some(Value::Object(asked)) => asked,
            Some(_) => return Err(NoPush::Record("requestPayload")),
            None if object.contains_key("work_until") => object,
            None => return Ok(None),
        };
        let own_appid = text(asked.get("appid").cloned()).filter(|_| asked.contains_key("key"));
        let push = match asked.remove("push") {
            Some(push) if asked.contains_key("key") => push,
            Some(push) => {
                asked.insert("push".to_owned(), push);
                asked.into()
            }
            None => asked.into(),
        };
        Ok(Some(Self { appid: own_appid.or(appid), body: push.to_string() }))
    }
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

    fn read(value: &Value) -> Result<ReplayFile, NoPush> {
        ReplayFile::read(&value.to_string())
    }

    fn push() -> Value {
        json!({"FromUserName": "oUser", "MsgType": "text", "Content": "hi", "MsgId": "7"})
    }

    #[test]
    fn a_message_in_json_or_xml_stays_as_it_stands() {
        for text in
            ["<xml><MsgType>text</MsgType></xml>\n", "{ \"MsgType\": \"text\",\n \"appid\": \"wx1\" }", "{broken"]
        {
            assert_eq!(ReplayFile::read(text), Ok(ReplayFile { appid: None, body: text.to_owned() }));
        }
        let marked = ReplayFile::read("\u{FEFF}{\"MsgType\": \"text\"}").unwrap();
        assert_eq!(marked.body, "{\"MsgType\": \"text\"}");
    }

    #[test]
    fn the_push_of_a_parked_record_is_found_in_each_kind_of_record() {
        for record in [
            json!({"requestPayload": push(), "reason": "handler_failed", "appid": "wx1"}),
            json!({"requestPayload": {"push": push(), "key": "k", "appid": "wx1"}, "responsePayload": {}}),
            json!({"push": push(), "key": "k", "appid": "wx1", "work_until": 1}),
        ] {
            let found = read(&record).unwrap();
            assert_eq!(found.appid.as_deref(), Some("wx1"), "{record}");
            assert_eq!(serde_json::from_str::<Value>(&found.body).unwrap(), push(), "{record}");
        }
        let record = json!({"requestPayload": push()});
        assert_eq!(read(&record).unwrap().appid, None, "version 1 had one mini program");
    }

    #[test]
    fn a_push_that_was_unreadable_is_the_body_as_it_came() {
        let record =
            json!({"unreadable": "broken", "appid": "wx1", "query": {"nonce": "1"}, "body": "{\"Encrypt\": …"});
        let found = ReplayFile { appid: Some("wx1".to_owned()), body: "{\"Encrypt\": …".to_owned() };
        assert_eq!(read(&record), Ok(found));
    }

    #[test]
    fn what_sqs_wraps_around_a_record_is_taken_off() {
        let record = json!({"requestPayload": push(), "appid": "wx1"});
        let message = json!({"MessageId": "m", "ReceiptHandle": "r", "Body": record.to_string()});
        for received in [message.clone(), json!({"Messages": [message.clone()]})] {
            assert_eq!(read(&received), read(&record));
        }
        assert_eq!(read(&json!({"Messages": [message.clone(), message]})), Err(NoPush::Messages(2)));
    }

    #[test]
    fn a_file_without_a_push_is_refused() {
        assert_eq!(ReplayFile::read(" \n"), Err(NoPush::Empty));
        for (file, field) in [
            (json!({"requestPayload": 1}), "requestPayload"),
            (json!({"unreadable": "broken"}), "body"),
            (json!({"ReceiptHandle": "r"}), "Body"),
        ] {
            assert_eq!(read(&file), Err(NoPush::Record(field)));
        }
    }
}

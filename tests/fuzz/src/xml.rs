//! WeChat's XML as its JSON.

use protocol::xml::{from_json, to_json};
use serde_json::Value;

use crate::limits::{check_growth, timed};

/// What is read is not much larger than what came in, what is written of it reads back, and what a user typed into a message
/// makes it no other message.
pub(crate) fn check(input: &[u8]) {
    check_typed(&String::from_utf8_lossy(input));
    let Ok(fields) = timed(|| to_json(input)) else { return };
    check_growth(input.len(), Value::Object(fields.clone()).to_string().len());
    // A name may be one that is read and not written. Behind a `Content`, a `<MsgId>` inside another field counts.
    if let Ok(written) = timed(|| from_json(&fields))
        && !fields.contains_key("Content")
        && fields.values().all(is_writable)
    {
        let read = to_json(written.as_bytes());
        assert!(read.as_ref().is_ok_and(|read| *read == fields), "{fields:?} {written:?} {read:?}");
    }
}

fn check_typed(typed: &str) {
    let message = format!(
        "<xml><FromUserName><![CDATA[me]]></FromUserName><MsgType><![CDATA[text]]></MsgType>\
         <Content><![CDATA[{typed}]]></Content><MsgId>7</MsgId></xml>"
    );
    let read = timed(|| to_json(message.as_bytes()));
    let is_wechats = read.as_ref().is_ok_and(|fields| {
        [("FromUserName", "me"), ("MsgType", "text"), ("MsgId", "7")]
            .iter()
            .all(|(name, value)| fields.get(*name).is_some_and(|found| found == value))
    });
    assert!(is_wechats, "{typed:?}: {read:?}");
}

/// Whether XML can hold its characters: others are left out when it is written.
fn is_writable(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            text.chars().all(|any| matches!(any, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..))
        }
        Value::Array(items) => items.iter().all(is_writable),
        Value::Object(fields) => fields.values().all(is_writable),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

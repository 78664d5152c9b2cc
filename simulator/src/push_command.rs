//! `simulator push …`: asks a running simulator to push, and writes down how it went.

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http_clients::{HttpClients, NoClient};
use crate::push::attempt::Attempt;
use crate::push::delivery::{Delivery, Outcome};

/// A payment has sixteen attempts of five seconds and up to two minutes of pauses between them; and some air.
const PATIENCE: Duration = Duration::from_secs(210);

/// Why the running simulator did not push.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushCommandError {
    #[error("--simulator {url}: no simulator answers there; start one with `simulator serve`")]
    NotRunning { url: Url, source: reqwest::Error },
    #[error("--simulator {url}: the simulator ended before it answered")]
    WentAway { url: Url, source: reqwest::Error },
    #[error("--simulator {url}: what answers there is not a simulator")]
    NotASimulator { url: Url, source: reqwest::Error },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    NoClient(#[from] NoClient),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Went(Delivery),
    Refused { error: String },
}

/// Posts an order to the simulator at `base`. `path`: below `/simulator/`.
pub(crate) async fn order(base: &Url, path: &str, body: &Value) -> Result<Delivery, PushCommandError> {
    let mut url = base.clone();
    url.set_path(&format!("/simulator/{path}"));
    let clients = HttpClients::new();
    let request = clients.for_url(&url)?.post(url).timeout(PATIENCE).json(body);
    let response = request.send().await.map_err(|source| {
        let url = base.clone();
        if source.is_connect() {
            PushCommandError::NotRunning { url, source }
        } else {
            PushCommandError::WentAway { url, source }
        }
    })?;
    match response.json().await.map_err(|source| PushCommandError::NotASimulator { url: base.clone(), source })? {
        Answer::Went(delivery) => Ok(delivery),
        Answer::Refused { error } => Err(PushCommandError::Refused(error)),
    }
}

/// How a push went, for a reader.
pub(crate) fn record(delivery: &Delivery) -> String {
    let end = match delivery.outcome {
        Outcome::ToAgent => return "not pushed: an agent has the session and got the message".to_owned(),
        Outcome::Answered => "answered".to_owned(),
        Outcome::FaultNotice => delivery.notice.as_ref().map_or_else(
            || "failed: the user sees nothing of it".to_owned(),
            |notice| format!("fault notice: the user sees \"{notice}\""),
        ),
    };
    let mut lines = vec![headline(&delivery.message)];
    lines.extend(delivery.attempts.iter().map(line));
    lines.push(end);
    lines.join("\n")
}

/// What was pushed, from whom, and its id. A replayed push may lack each of these.
fn headline(message: &Map<String, Value>) -> String {
    let field = |name: &str| match message.get(name) {
        Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
        Some(other) => Some(other.to_string()),
        None => None,
    };
    let what = field("MsgType").filter(|message_type| message_type != "event").or_else(|| field("Event"));
    let from = field("FromUserName").map(|openid| format!(" from {openid}"));
    let id_name = if message.contains_key("MsgId") { "MsgId" } else { "CreateTime" };
    let id = field(id_name).map(|id| format!(", {id_name} {id}"));
    let what = what.unwrap_or_else(|| "a message that cannot be read".to_owned());
    format!("pushed {what}{}{}", from.unwrap_or_default(), id.unwrap_or_default())
}

fn line(attempt: &Attempt) -> String {
    let Attempt { number, status, milliseconds, body, reply, is_ignored, fault, fault_kind: _ } = attempt;
    let status = status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let came = match (fault, reply) {
        (Some(fault), _) => format!("fault: {fault}"),
        (None, Some(reply)) if *is_ignored => format!("passive reply that WeChat ignores: {}", json!(reply)),
        (None, Some(reply)) => format!("reply: {}", json!(reply)),
        (None, None) if body.is_empty() => "acknowledged (empty body)".to_owned(),
        (None, None) => format!("acknowledged ({body})"),
    };
    format!("  attempt {number}  {status}  {milliseconds:>5} ms  {came}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_tells_each_attempt_and_the_outcome() {
        let delivery: Delivery = serde_json::from_value(json!({
            "outcome": "fault_notice",
            "notice": "该小程序客服暂时无法提供服务，请稍后再试",
            "message": {"MsgType": "text", "FromUserName": "oUser", "MsgId": 1_234_567_890_123_456_789_u64},
            "attempts": [
                {"attempt": 1, "status": null, "milliseconds": 5001, "body": "", "reply": null, "fault": "no answer"},
                {"attempt": 2, "status": 201, "milliseconds": 12, "body": "", "reply": null, "fault": "HTTP status 201"},
            ],
        }))
        .unwrap();
        assert_eq!(
            record(&delivery),
            "pushed text from oUser, MsgId 1234567890123456789\n  \
             attempt 1  ---   5001 ms  fault: no answer\n  \
             attempt 2  201     12 ms  fault: HTTP status 201\n\
             fault notice: the user sees \"该小程序客服暂时无法提供服务，请稍后再试\""
        );
    }

    #[test]
    fn a_headline_tells_what_there_is_to_tell() {
        for (message, expected) in [
            (
                json!({"MsgType": "event", "Event": "debug_demo", "FromUserName": "oUser", "CreateTime": 7}),
                "pushed debug_demo from oUser, CreateTime 7",
            ),
            (json!({"Event": "add_express_path", "CreateTime": ""}), "pushed add_express_path"),
            (json!({}), "pushed a message that cannot be read"),
        ] {
            assert_eq!(headline(message.as_object().unwrap()), expected);
        }
    }

    #[test]
    fn a_reply_that_comes_to_nothing_is_told_as_such() {
        let attempt = json!({"attempt": 1, "status": 200, "milliseconds": 7, "body": "…",
            "reply": {"MsgType": "text"}, "is_ignored": true, "fault": null});
        let line = line(&serde_json::from_value(attempt).unwrap());
        assert!(line.ends_with(r#"passive reply that WeChat ignores: {"MsgType":"text"}"#), "{line}");
    }

    #[test]
    fn a_message_that_an_agent_got_is_told_as_such() {
        let delivery = json!({"outcome": "to_agent", "notice": null, "message": {"MsgType": "text"}, "attempts": []});
        let record = record(&serde_json::from_value(delivery).unwrap());
        assert_eq!(record, "not pushed: an agent has the session and got the message");
    }

    #[test]
    fn a_failure_that_the_user_does_not_see_is_told_as_such() {
        let delivery =
            json!({"outcome": "fault_notice", "notice": null, "message": {"MsgType": "event"}, "attempts": []});
        let record = record(&serde_json::from_value(delivery).unwrap());
        assert!(record.ends_with("failed: the user sees nothing of it"), "{record}");
    }
}

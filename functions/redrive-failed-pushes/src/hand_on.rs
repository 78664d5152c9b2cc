//! One parked message is handed on.

use std::time::Duration;

use protocol::appid::Appid;
use protocol::push::Push;
use protocol::push_key::PushKey;
use serde_json::{Map, Value, json};
use shared::host::causes::causes;
use shared::host::deliver_reply::{DeliverReply, Envelope};
use shared::host::invoke::{Function, Output};
use shared::host::redriven::REDRIVEN_ARRIVED_AT;
use shared::host::{clock, random};

use crate::parked::Parked;

/// Longer than Lambda takes to accept an invocation, and than `push` takes to answer.
const PATIENCE: Duration = Duration::from_secs(6);

/// Who takes what was parked.
#[derive(Debug)]
pub(crate) struct Takers {
    pub(crate) deliver_reply: DeliverReply,
    pub(crate) push: Function,
    pub(crate) appid: Appid,
}

/// A message, and what is known of it beside its body.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    /// The queue's id.
    pub(crate) id: &'a str,
    pub(crate) parked: Parked,
    pub(crate) sent_at_seconds: i64,
    /// Whether it is to be sent although the user may have it.
    pub(crate) is_resent: bool,
}

impl Takers {
    /// Hands a message on; the error says why it stays.
    pub(crate) async fn hand_on(&self, waiting: Waiting<'_>) -> Result<(), String> {
        match waiting.parked {
            Parked::Push { push, appid } => {
                // The push's own key: what was said already is not said again.
                let key = push.key();
                self.deliver(push, appid, key, None).await
            }
            Parked::CustomerMessage { is_unknown: true, .. } if !waiting.is_resent => {
                Err("a message that the user may have: resend it by its id".into())
            }
            Parked::CustomerMessage { push, appid, message, id, .. } => {
                // A record that SQS holds twice has two ids of SQS's, and one of its own.
                let key = PushKey::of_resent(id.as_deref().unwrap_or(waiting.id));
                self.deliver(push, appid, key, Some(message)).await
            }
            Parked::Unreadable { appid, query, body, arrived_at_seconds } => {
                self.read_again(appid.as_ref(), &query, &body, arrived_at_seconds.unwrap_or(waiting.sent_at_seconds))
                    .await
            }
        }
    }

    async fn deliver(
        &self,
        push: Push,
        appid: Option<Appid>,
        key: PushKey,
        resend: Option<Map<String, Value>>,
    ) -> Result<(), String> {
        let owner = random::unique_text().map_err(|error| error.to_string())?;
        let route = push.route();
        let appid = appid.unwrap_or_else(|| self.appid.clone());
        let envelope = Envelope { push, appid, key, owner, answer_by: None, resend };
        self.deliver_reply.tell(&envelope, PATIENCE).await.map_err(|error| {
            tracing::warn!(error = causes(&error), ?route, "Lambda did not take a push");
            "Lambda did not take it".into()
        })
    }

    /// Hands `push` a request as it came. `push` itself takes it no further than Lambda's queue, so that its answer comes soon.
    async fn read_again(
        &self,
        appid: Option<&Appid>,
        query: &Map<String, Value>,
        body: &str,
        arrived_at_seconds: i64,
    ) -> Result<(), String> {
        match self.push.ask(&request(appid, query, body, arrived_at_seconds), PATIENCE).await {
            Ok(Output::Returned(answer)) if answer.get("statusCode") == Some(&json!(200)) => Ok(()),
            Ok(Output::Returned(_)) => Err("unreadable when it came".into()),
            Ok(Output::Failed(_) | Output::Throttled | Output::Late) => Err("push did not take it".into()),
            Err(error) => {
                tracing::warn!(error = causes(&error), "Lambda did not take a push");
                Err("Lambda did not take it".into())
            }
        }
    }
}

/// The request as API Gateway hands it over (API Gateway docs: input format of a Lambda proxy integration).
fn request(appid: Option<&Appid>, query: &Map<String, Value>, body: &str, arrived_at_seconds: i64) -> Value {
    let (resource, path, path_parameters) = match appid {
        Some(appid) => ("/push/{appid}", format!("/push/{appid}"), json!({"appid": appid})),
        None => ("/push", "/push".to_owned(), json!({})),
    };
    let values: Map<String, Value> = query.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": "POST",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": values,
        "pathParameters": path_parameters,
        "stageVariables": {},
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": "POST",
            "path": path,
            "requestTimeEpoch": clock::now_milliseconds(),
            "identity": {},
            "authorizer": {REDRIVEN_ARRIVED_AT: arrived_at_seconds},
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_again_goes_to_the_path_that_it_came_to() {
        let appid: Appid = "wx00112233445566ff".parse().unwrap();
        let named = request(Some(&appid), &Map::new(), "b", 7);
        assert_eq!(named["resource"], "/push/{appid}");
        assert_eq!(named["path"], "/push/wx00112233445566ff");
        assert_eq!(named["pathParameters"], json!({"appid": "wx00112233445566ff"}));
        let of_version_1 = request(None, &Map::new(), "b", 7);
        assert_eq!((&of_version_1["resource"], &of_version_1["path"]), (&json!("/push"), &json!("/push")));
        assert_eq!(of_version_1["pathParameters"], json!({}));
    }
}

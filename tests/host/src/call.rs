//! A call that passes the host, and a description of calls that a test looks for.

use std::fmt;
use std::time::Instant;

use bytes::Bytes;
use memchr::memmem;
use serde_json::Value;

/// The type of an invocation that only asks whether it would be allowed.
pub(crate) const DRY_RUN: &str = "DryRun";

/// Whom a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// Lambda's Invoke API.
    Lambda,
    /// The Runtime API, over which a function hands in its result.
    Runtime,
    /// Secrets Manager.
    SecretsManager,
    /// SQS.
    Sqs,
    /// WeChat's API.
    WeChat,
}

/// One call that reached the host.
#[derive(Debug, Clone)]
pub struct PassedCall {
    /// The function that called, or the name that the test chose for its own endpoint.
    pub caller: String,
    /// The environment that called, by its number among all that the host has started. A test's own endpoint has none.
    pub environment: Option<usize>,
    /// The invocation in which the environment called, by its request id.
    pub request_id: Option<String>,
    /// What that invocation was given.
    pub event: Option<Bytes>,
    /// Whom it called.
    pub service: Service,
    /// The operation, such as `UpdateItem`; for Lambda the type of invocation, `RequestResponse` or `Event`; for WeChat
    /// the path; for the Runtime API `Response` or `Error`.
    pub operation: String,
    /// The tables, the queue, the function or the secret that it is about.
    pub targets: Vec<String>,
    /// What was sent.
    pub body: Bytes,
    /// When it arrived.
    pub at: Instant,
}

impl PassedCall {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A description of calls: each condition narrows it. It means the first such call, unless [`Call::nth`] or
/// [`Call::every`] says otherwise.
#[derive(Debug, Clone)]
pub struct Call {
    service: Service,
    operation: Option<String>,
    caller: Option<String>,
    target: Option<String>,
    key: Option<String>,
    text: Option<String>,
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Nth(usize),
    Every,
}

impl Call {
    /// Any call to a service.
    #[must_use]
    pub fn any(service: Service) -> Self {
        Self { service, operation: None, caller: None, target: None, key: None, text: None, which: Which::Nth(1) }
    }

    /// A DynamoDB operation, such as `UpdateItem`.
    #[must_use]
    pub fn dynamodb(operation: &str) -> Self {
        Self::any(Service::DynamoDb).operation(operation)
    }

    /// An SQS operation, such as `SendMessage`.
    #[must_use]
    pub fn sqs(operation: &str) -> Self {
        Self::any(Service::Sqs).operation(operation)
    }

    /// An invocation of a function, synchronous or asynchronous, over Lambda's API.
    #[must_use]
    pub fn invoke(function: &str) -> Self {
        Self::any(Service::Lambda).to(function)
    }

    /// An asynchronous invocation of a function, over Lambda's API.
    #[must_use]
    pub fn invoke_event(function: &str) -> Self {
        Self::invoke(function).operation("Event")
    }

    /// A dry run of a function, over Lambda's API.
    #[must_use]
    pub fn dry_run(function: &str) -> Self {
        Self::invoke(function).operation(DRY_RUN)
    }

    /// A read of a secret.
    #[must_use]
    pub fn secret() -> Self {
        Self::any(Service::SecretsManager)
    }

    /// A call to WeChat with this path.
    #[must_use]
    pub fn wechat(path: &str) -> Self {
        Self::any(Service::WeChat).operation(path)
    }

    /// A function that hands in its result.
    #[must_use]
    pub fn response() -> Self {
        Self::any(Service::Runtime).operation("Response")
    }

    fn operation(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// Only by this function.
    #[must_use]
    pub fn from(mut self, caller: &str) -> Self {
        self.caller = Some(caller.to_owned());
        self
    }

    /// Only about this table, queue, function or secret.
    #[must_use]
    pub fn to(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    /// Only about the DynamoDB item with this text as a part of its key.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Only with this text in the body, as it was sent.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// The nth such call, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Self {
        self.which = Which::Nth(nth);
        self
    }

    /// Every such call.
    #[must_use]
    pub fn every(mut self) -> Self {
        self.which = Which::Every;
        self
    }

    /// Whether a call is one of these, whatever its number.
    pub(crate) fn describes(&self, call: &PassedCall) -> bool {
        let agrees = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        self.service == call.service
            && self.is_of_its_type(call)
            && agrees(&self.operation, &call.operation)
            && agrees(&self.caller, &call.caller)
            && self.target.as_ref().is_none_or(|target| call.targets.contains(target))
            && self.text.as_ref().is_none_or(|text| memmem::find(&call.body, text.as_bytes()).is_some())
            && self.key.as_ref().is_none_or(|key| has_key(&call.json(), key))
    }

    /// A dry run invokes nothing: it is none of the invocations that a test means, unless it says so.
    fn is_of_its_type(&self, call: &PassedCall) -> bool {
        call.service != Service::Lambda || call.operation != DRY_RUN || self.operation.as_deref() == Some(DRY_RUN)
    }

    /// Whether the call with this number, counted from 1, is meant.
    pub(crate) fn means(&self, number: usize) -> bool {
        match self.which {
            Which::Nth(nth) => nth == number,
            Which::Every => true,
        }
    }

    /// How many such calls must have been seen for the last that is meant.
    pub(crate) fn last_number(&self) -> usize {
        match self.which {
            Which::Nth(nth) => nth,
            Which::Every => 1,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.which {
            Which::Nth(nth) => write!(f, "call {nth} to {:?}", self.service)?,
            Which::Every => write!(f, "every call to {:?}", self.service)?,
        }
        let conditions = [
            ("operation", &self.operation),
            ("from", &self.caller),
            ("about", &self.target),
            ("key", &self.key),
            ("containing", &self.text),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        Ok(())
    }
}

/// Looks at every `Key` and `Item` in a request, however deep (transactions and batches nest them).
fn has_key(request: &Value, key: &str) -> bool {
    match request {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let is_key = matches!(name.as_str(), "Key" | "Item") && attributes_contain(value, key);
            is_key || has_key(value, key)
        }),
        Value::Array(values) => values.iter().any(|value| has_key(value, key)),
        _ => false,
    }
}

fn attributes_contain(attributes: &Value, text: &str) -> bool {
    let Value::Object(attributes) = attributes else { return false };
    attributes.values().any(|value| ["S", "N"].iter().any(|kind| value.get(kind).is_some_and(|found| found == text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(body: &'static str) -> PassedCall {
        PassedCall {
            caller: "push".into(),
            environment: Some(1),
            request_id: None,
            event: None,
            service: Service::DynamoDb,
            operation: "UpdateItem".into(),
            targets: vec!["dedupe".into()],
            body: body.into(),
            at: Instant::now(),
        }
    }

    #[test]
    fn each_condition_narrows_a_description() {
        let call =
            update(r#"{"TableName": "dedupe", "Key": {"push_key": {"S": "k1"}}, "UpdateExpression": "SET a = b"}"#);
        let described = Call::dynamodb("UpdateItem");
        assert!(described.describes(&call));
        assert!(described.clone().from("push").to("dedupe").key("k1").containing("SET a").describes(&call));
        assert!(!described.clone().from("on-text").describes(&call));
        assert!(!described.clone().to("window").describes(&call));
        assert!(!described.clone().key("k2").describes(&call));
        assert!(!described.containing("SET b").describes(&call));
        assert!(!Call::dynamodb("GetItem").describes(&call));
        assert!(!Call::sqs("UpdateItem").describes(&call));
    }

    #[test]
    fn a_key_is_found_inside_a_transaction() {
        let call = update(r#"{"TransactItems": [{"Update": {"Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}}]}"#);
        assert!(Call::dynamodb("UpdateItem").key("b").describes(&call));
        assert!(!Call::dynamodb("UpdateItem").key("c").describes(&call));
    }
}

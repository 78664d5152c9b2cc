//! The scripted function, and the orders that it takes.

use lambda_host::Function;
use serde_json::{Value, json};

/// The function that does what its event says.
pub(crate) fn scripted() -> Function {
    Function::new(env!("CARGO_BIN_EXE_scripted-function"))
}

pub(crate) fn returns(value: &str) -> Value {
    json!({"return": value})
}

pub(crate) fn fails(message: &str) -> Value {
    json!({"fail": message})
}

/// Calls AWS, once for each target and body.
pub(crate) fn calls<const N: usize>(calls: [(&str, Value); N]) -> Value {
    json!({"call": calls.map(|(target, body)| json!({"target": target, "body": body})).to_vec()})
}

/// Invokes another function and waits for it.
pub(crate) fn invokes(function: &str, payload: &Value) -> Value {
    json!({"call": [{"path": format!("/2015-03-31/functions/{function}/invocations"), "body": payload}]})
}

/// Adds 1 to the counter of an item, which shows how often a write has happened.
pub(crate) fn count_up(table: &str, key: &str) -> (&'static str, Value) {
    let update = json!({
        "TableName": table,
        "Key": {"id": {"S": key}},
        "UpdateExpression": "ADD times :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    });
    ("DynamoDB_20120810.UpdateItem", update)
}

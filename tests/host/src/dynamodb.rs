//! DynamoDB: Amazon's DynamoDB Local behind the host. Each host has tables of its own.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::error::HostError;
use crate::forward::Upstream;
use crate::names::REGION;

/// The variable that says where DynamoDB Local is.
const URL_VARIABLE: &str = "DYNAMODB_LOCAL_URL";
/// The most items that one call writes.
const BATCH: usize = 25;

/// DynamoDB Local, seen by one host.
#[derive(Debug)]
pub(crate) struct DynamoDb {
    /// Nothing if no DynamoDB Local is there: a test may do without.
    upstream: Option<Upstream>,
    /// DynamoDB Local keeps the tables of each access key apart.
    authorization: HeaderValue,
}

impl DynamoDb {
    pub(crate) fn from_variables() -> Result<Self, HostError> {
        let upstream = std::env::var(URL_VARIABLE).ok().map(|url| Upstream::new(&url)).transpose()?;
        let access_key = Uuid::new_v4().simple().to_string();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/20260101/{REGION}/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let authorization = HeaderValue::from_str(&authorization).map_err(|_| HostError::Url(authorization))?;
        Ok(Self { upstream, authorization })
    }

    /// Passes a call on, in the name of this host.
    pub(crate) async fn answer(&self, mut request: Request<Bytes>) -> Answer {
        let Some(upstream) = &self.upstream else {
            let message = format!("{URL_VARIABLE} is not set: there is no DynamoDB Local behind the host");
            return Answer::aws_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", &message);
        };
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        upstream.forward(request).await
    }

    /// Creates a table; `keys` are its partition key and, if there is one, its sort key. All are strings.
    pub(crate) async fn create_table(&self, name: &str, keys: &[&str]) -> Result<(), HostError> {
        let of_all = |entry: fn(&str, &str) -> Value| -> Vec<_> {
            keys.iter().zip(["HASH", "RANGE"]).map(|(key, kind)| entry(key, kind)).collect()
        };
        let request = json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": of_all(|key, _| json!({"AttributeName": key, "AttributeType": "S"})),
            "KeySchema": of_all(|key, kind| json!({"AttributeName": key, "KeyType": kind})),
        });
        self.call("CreateTable", &request).await.map(drop)
    }

    /// All items of a table, as plain JSON.
    pub(crate) async fn items(&self, table: &str) -> Result<Vec<Map<String, Value>>, HostError> {
        let answer = self.call("Scan", &json!({"TableName": table, "ConsistentRead": true})).await?;
        let items = answer.get("Items").and_then(Value::as_array);
        Ok(items.into_iter().flatten().filter_map(Value::as_object).map(plain).collect())
    }

    /// Puts an item, given as plain JSON, in place of the one with its key.
    pub(crate) async fn put_item(&self, table: &str, item: &Map<String, Value>) -> Result<(), HostError> {
        self.call("PutItem", &json!({"TableName": table, "Item": typed(item)})).await.map(drop)
    }

    /// Puts many items, given as plain JSON.
    pub(crate) async fn put_items(&self, table: &str, items: &[Map<String, Value>]) -> Result<(), HostError> {
        for batch in items.chunks(BATCH) {
            let puts: Vec<_> = batch.iter().map(|item| json!({"PutRequest": {"Item": typed(item)}})).collect();
            self.call("BatchWriteItem", &json!({"RequestItems": {table: puts}})).await?;
        }
        Ok(())
    }

    async fn call(&self, operation: &str, request: &Value) -> Result<Value, HostError> {
        if self.upstream.is_none() {
            return Err(HostError::NotSet {
                name: URL_VARIABLE,
                hint: "`make host` starts DynamoDB Local and sets it",
            });
        }
        let mut http = Request::new(Bytes::from(request.to_string()));
        *http.method_mut() = Method::POST;
        *http.uri_mut() = Uri::from_static("/");
        http.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
        let target = HeaderValue::from_str(&format!("DynamoDB_20120810.{operation}"));
        let target = target.map_err(|error| HostError::DynamoDb(error.to_string()))?;
        http.headers_mut().insert("x-amz-target", target);
        let answer = self.answer(http).await;
        if answer.status != StatusCode::OK {
            return Err(HostError::DynamoDb(answer.text()));
        }
        serde_json::from_slice(&answer.body).map_err(|error| HostError::DynamoDb(error.to_string()))
    }
}

/// The tables that a request is about: transactions and batches name several.
pub(crate) fn tables_of(request: &Value) -> Vec<String> {
    let mut tables = BTreeSet::new();
    collect_tables(request, &mut tables);
    tables.into_iter().collect()
}

fn collect_tables(request: &Value, tables: &mut BTreeSet<String>) {
    match request {
        Value::Object(fields) => {
            if let Some(Value::String(table)) = fields.get("TableName") {
                tables.insert(table.clone());
            }
            if let Some(Value::Object(by_table)) = fields.get("RequestItems") {
                tables.extend(by_table.keys().cloned());
            }
            fields.values().for_each(|value| collect_tables(value, tables));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_tables(value, tables)),
        _ => {}
    }
}

/// An item without DynamoDB's types: numbers become JSON numbers where they fit.
fn plain(item: &Map<String, Value>) -> Map<String, Value> {
    item.iter().map(|(name, attribute)| (name.clone(), plain_attribute(attribute))).collect()
}

fn plain_attribute(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute.as_object().and_then(|typed| typed.iter().next()) else { return Value::Null };
    match (kind.as_str(), value) {
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_else(|_| value.clone()),
        ("NULL", _) => Value::Null,
        ("M", Value::Object(fields)) => Value::Object(plain(fields)),
        ("L", Value::Array(values)) => values.iter().map(plain_attribute).collect(),
        _ => value.clone(),
    }
}

/// Plain JSON as an item: the reverse of [`plain`].
fn typed(item: &Map<String, Value>) -> Map<String, Value> {
    item.iter().map(|(name, value)| (name.clone(), typed_attribute(value))).collect()
}

fn typed_attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(flag) => json!({"BOOL": flag}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(values) => json!({"L": values.iter().map(typed_attribute).collect::<Vec<_>>()}),
        Value::Object(fields) => json!({"M": typed(fields)}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_a_transaction_are_all_named() {
        let request = json!({"TransactItems": [{"Put": {"TableName": "b"}}, {"Update": {"TableName": "a"}}]});
        assert_eq!(tables_of(&request), ["a", "b"]);
        assert_eq!(tables_of(&json!({"RequestItems": {"c": []}})), ["c"]);
    }

    #[test]
    fn an_item_is_told_as_plain_json() {
        let item = json!({"a": {"S": "x"}, "b": {"N": "2"}, "c": {"BOOL": true}, "d": {"L": [{"S": "y"}]}});
        let told = plain(item.as_object().unwrap());
        assert_eq!(Value::Object(told.clone()), json!({"a": "x", "b": 2, "c": true, "d": ["y"]}));
        assert_eq!(Value::Object(typed(&told)), item);
    }
}

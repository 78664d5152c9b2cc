//! API Gateway in front of the functions: an HTTP request becomes the event of a REST proxy integration, and the function's
//! result becomes the HTTP answer.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::clock::now_milliseconds;
use crate::functions::Functions;
use crate::invocation::{Invocation, Outcome};
use crate::names::ACCOUNT;
use crate::pool::{AllBusy, Throttled};

/// How long API Gateway waits for a function.
const LIMIT: Duration = Duration::from_secs(29);
/// The largest body that it takes.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
const STAGE: &str = "v1";

/// The API.
pub(crate) struct ApiGateway {
    functions: Arc<Functions>,
    routes: Mutex<Vec<Route>>,
}

#[derive(Debug, Clone)]
struct Route {
    path: String,
    function: String,
}

/// What a function returns to API Gateway.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyResult {
    status_code: u16,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<Map<String, Value>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl ApiGateway {
    pub(crate) fn new(functions: Arc<Functions>) -> Self {
        Self { functions, routes: Mutex::default() }
    }

    /// Hands every GET and POST of a path to a function. A segment in braces takes any value, and one such as `{proxy+}` the
    /// rest of the path.
    pub(crate) fn route(&self, path: &str, function: &str) {
        self.routes.lock().push(Route { path: path.to_owned(), function: function.to_owned() });
    }

    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Answer {
        let Some((route, parameters)) = self.find(request.uri().path()) else {
            return refused(StatusCode::FORBIDDEN, "Missing Authentication Token");
        };
        if request.body().len() > MAX_BODY_BYTES {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long");
        }
        let Some(function) = self.functions.get(&route.function) else {
            return refused(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
        };
        let invocation = Invocation::new(event(&route.path, parameters, &request).to_string().into(), None);
        // The function runs on after its caller has given up.
        let running = tokio::spawn(async move { function.run(invocation, AllBusy::Throttle).await });
        match tokio::time::timeout(LIMIT, running).await {
            Err(_) => refused(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Ok(Ok(Ok(Outcome::Returned(returned)))) => {
                let answer = serde_json::from_slice(&returned).ok().and_then(http_answer);
                answer.unwrap_or_else(|| refused(StatusCode::BAD_GATEWAY, "Internal server error"))
            }
            Ok(Ok(Ok(Outcome::Failed(_))) | Err(_)) => refused(StatusCode::BAD_GATEWAY, "Internal server error"),
            Ok(Ok(Err(Throttled))) => refused(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
        }
    }

    fn find(&self, path: &str) -> Option<(Route, Map<String, Value>)> {
        let routes = self.routes.lock();
        routes.iter().find_map(|route| Some((route.clone(), path_parameters(&route.path, path)?)))
    }
}

fn path_parameters(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut parameters = Map::new();
    if let Some((above, name)) = pattern.strip_suffix("+}").and_then(|pattern| pattern.rsplit_once('{')) {
        let rest = path.strip_prefix(above).filter(|rest| !rest.is_empty())?;
        // A path parameter is the only part of a path that API Gateway decodes.
        let rest = percent_decode_str(rest).decode_utf8_lossy();
        parameters.insert(name.to_owned(), rest.into_owned().into());
        return Some(parameters);
    }
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    for (expected, found) in pattern.into_iter().zip(path) {
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => drop(parameters.insert(name.to_owned(), found.into())),
            None if expected == found => {}
            None => return None,
        }
    }
    Some(parameters)
}

fn event(resource: &str, path_parameters: Map<String, Value>, request: &Request<Bytes>) -> Value {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
    let query = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned();
    let (headers, multi_value_headers) = single_and_multiple(headers);
    let (query, multi_value_query) = single_and_multiple(query);
    let (path, method) = (request.uri().path(), request.method().as_str());
    // The API takes every body as bytes (BinaryMediaTypes */*).
    let body = (!request.body().is_empty()).then(|| BASE64_STANDARD.encode(request.body()));
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": multi_value_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": multi_value_query,
        "pathParameters": (!path_parameters.is_empty()).then_some(path_parameters),
        "stageVariables": null,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "host",
            "httpMethod": method,
            "identity": {"sourceIp": "127.0.0.1", "userAgent": null},
            "path": format!("/{STAGE}{path}"),
            "protocol": "HTTP/1.1",
            "requestId": Uuid::new_v4().to_string(),
            "requestTimeEpoch": now_milliseconds(),
            "resourceId": "host",
            "resourcePath": resource,
            "stage": STAGE,
        },
        "isBase64Encoded": body.is_some(),
        "body": body,
    })
}

/// The last value of each name, and all values of each name; null instead of nothing, as API Gateway has it.
fn single_and_multiple(pairs: impl Iterator<Item = (String, String)>) -> (Value, Value) {
    let (mut single, mut multiple) = (Map::new(), Map::new());
    for (name, value) in pairs {
        if let Value::Array(values) = multiple.entry(name.clone()).or_insert_with(|| json!([])) {
            values.push(value.clone().into());
        }
        single.insert(name, value.into());
    }
    if single.is_empty() { (Value::Null, Value::Null) } else { (single.into(), multiple.into()) }
}

/// Nothing if the result is not one that API Gateway understands.
fn http_answer(result: ProxyResult) -> Option<Answer> {
    let body = result.body.unwrap_or_default();
    let body = if result.is_base64_encoded { BASE64_STANDARD.decode(body).ok()?.into() } else { Bytes::from(body) };
    let mut answer = Answer::new(StatusCode::from_u16(result.status_code).ok()?, body);
    for (name, value) in result.headers.into_iter().flatten() {
        answer.headers.insert(name.parse::<HeaderName>().ok()?, header_value(&value)?);
    }
    for (name, values) in result.multi_value_headers.into_iter().flatten() {
        let name = name.parse::<HeaderName>().ok()?;
        answer.headers.remove(&name);
        for value in values.as_array()? {
            answer.headers.append(name.clone(), header_value(value)?);
        }
    }
    Some(answer)
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.to_string().parse().ok(),
    }
}

fn refused(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_in_braces_takes_any_value() {
        assert_eq!(path_parameters("/push/{appid}", "/push/wx1"), json!({"appid": "wx1"}).as_object().cloned());
        assert_eq!(path_parameters("/push", "/push"), Some(Map::new()));
        assert_eq!(path_parameters("/push", "/push/wx1"), None);
        assert_eq!(path_parameters("/push/{appid}", "/other/wx1"), None);
    }

    #[test]
    fn a_greedy_segment_takes_the_rest_of_the_path_decoded() {
        let proxy = |path| path_parameters("/wxa/{proxy+}", path);
        assert_eq!(proxy("/wxa/a/%62"), json!({"proxy": "a/b"}).as_object().cloned());
        assert_eq!((proxy("/wxa/"), proxy("/wxa"), proxy("/other/a")), (None, None, None));
    }
}

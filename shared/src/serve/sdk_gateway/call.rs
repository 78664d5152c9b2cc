//! A call of the gateway as API Gateway hands it over.

use std::collections::BTreeMap;

use lambda_http::http::Method;
use lambda_http::{Request, RequestExt};
use protocol::gateway_path::GatewayPath;

use super::edge::Edge;
use super::error::GatewayError;

/// The parameter of the query that holds a token.
pub(super) const ACCESS_TOKEN: &str = "access_token";
/// The parameter of the query that names a mini program.
pub(super) const APPID: &str = "appid";

/// A call whose path was read.
#[derive(Debug)]
pub(super) struct GatewayCall {
    pub(super) edge: Edge,
    pub(super) path: GatewayPath,
    /// Decoded by API Gateway, which does not keep the order between names.
    pub(super) query: BTreeMap<String, Vec<String>>,
    pub(super) request: Request,
}

impl GatewayCall {
    /// Reads a call.
    ///
    /// # Errors
    /// [`GatewayError::PATH`] if its path is none that may be passed on.
    pub(super) fn read(edge: Edge, start: &str, request: Request) -> Result<Self, GatewayError> {
        let path = path(start, &request).ok_or(GatewayError::PATH)?;
        let mut query = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in request.query_string_parameters().iter() {
            query.entry(name.to_owned()).or_default().push(value.to_owned());
        }
        Ok(Self { edge, path, query, request })
    }

    pub(super) fn method(&self) -> &Method {
        self.request.method()
    }

    /// Whether the query names an access token, in a form that WeChat might read as one.
    pub(super) fn names_a_token(&self) -> bool {
        self.query.keys().any(|name| is_token(name))
    }

    /// Takes the query that WeChat gets: all but what is told to the gateway alone.
    pub(super) fn take_query(&mut self) -> Vec<(String, String)> {
        let is_told_here = |name: &str| is_token(name) || (self.edge == Edge::Iam && name == APPID);
        let kept = std::mem::take(&mut self.query).into_iter().filter(|(name, _)| !is_told_here(name));
        kept.flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value))).collect()
    }

    /// The only value of a parameter; nothing if there is none or an empty one.
    ///
    /// # Errors
    /// [`Repeated`] if there are several.
    pub(super) fn only(&self, name: &str) -> Result<Option<&str>, Repeated> {
        match self.query.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([value]) => Ok(Some(value.as_str()).filter(|value| !value.is_empty())),
            Some(_) => Err(Repeated),
        }
    }
}

/// A parameter that must stand once stands several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeated;

/// Whether a name is `access_token`, or would be one to a server that is lenient about case, spaces or lists. WeChat gets the stack's
/// own token alone.
fn is_token(name: &str) -> bool {
    let name = name.trim();
    name.strip_suffix("[]").unwrap_or(name).trim().eq_ignore_ascii_case(ACCESS_TOKEN)
}

/// The path as `proxy` tells it, which leaves out the base path of a custom domain. API Gateway decodes `proxy` but matches
/// policies against the path as it was sent, so that both must agree: whatever was encoded is refused.
fn path(start: &str, request: &Request) -> Option<GatewayPath> {
    let path = format!("{start}{}", request.path_parameters().first("proxy")?);
    request.raw_http_path().ends_with(&path).then_some(())?;
    GatewayPath::read(&path).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// An event as API Gateway sends it; the query stands in it decoded.
    fn request(resource: &str, path: &str, proxy: &str, query: &Value) -> Request {
        let event = json!({
            "resource": resource,
            "path": path,
            "httpMethod": "GET",
            "headers": {"host": "x.execute-api.us-east-1.amazonaws.com"},
            "multiValueHeaders": {},
            "queryStringParameters": null,
            "multiValueQueryStringParameters": query,
            "pathParameters": {"proxy": proxy},
            "stageVariables": null,
            "requestContext": {"resourcePath": resource, "httpMethod": "GET", "stage": "v1", "path": path},
            "body": null,
            "isBase64Encoded": false,
        });
        lambda_http::request::from_str(&event.to_string()).unwrap()
    }

    fn read(resource: &str, path: &str, proxy: &str) -> Option<(Edge, String)> {
        let request = request(resource, path, proxy, &json!(null));
        let (edge, start) = Edge::of(&request)?;
        let call = GatewayCall::read(edge, start, request).ok()?;
        Some((edge, call.path.as_str().to_owned()))
    }

    #[test]
    fn the_resource_tells_the_edge_and_proxy_the_path() {
        for (resource, path, proxy, found) in [
            ("/{proxy+}", "/cgi-bin/a", "cgi-bin/a", Some((Edge::Sdk, "/cgi-bin/a"))),
            ("/cgi-bin/{proxy+}", "/cgi-bin/a/b", "a/b", Some((Edge::Iam, "/cgi-bin/a/b"))),
            ("/wxa/{proxy+}", "/wxa/a", "a", Some((Edge::Iam, "/wxa/a"))),
            // A custom domain with a base path.
            ("/{proxy+}", "/wechat/cgi-bin/a", "cgi-bin/a", Some((Edge::Sdk, "/cgi-bin/a"))),
            ("/push", "/push", "push", None),
            ("/other/{proxy+}", "/other/a", "a", None),
        ] {
            assert_eq!(
                read(resource, path, proxy),
                found.map(|(edge, path)| (edge, path.to_owned())),
                "{resource} {path}"
            );
        }
    }

    #[test]
    fn a_path_that_was_sent_in_another_form_is_refused_however_proxy_tells_it() {
        for (path, proxy) in [
            ("/cgi-bin/t%6Fken", "cgi-bin/token"),
            ("/cgi-bin/t%6Fken", "cgi-bin/t%6Fken"),
            ("/cgi-bin/a%2Fb", "cgi-bin/a/b"),
            ("/wxa/..%2Fcgi-bin/a", "wxa/../cgi-bin/a"),
            ("/wxa/../cgi-bin/a", "wxa/../cgi-bin/a"),
            ("//cgi-bin/a", "/cgi-bin/a"),
            ("/cgi-bin/a/", "cgi-bin/a"),
            ("/cgi-bin\\a", "cgi-bin\\a"),
        ] {
            assert_eq!(read("/{proxy+}", path, proxy), None, "{path} {proxy}");
        }
    }

    #[test]
    fn wechat_gets_no_access_token_of_a_callers_in_any_form() {
        for name in
            ["access_token", "ACCESS_TOKEN", " access_token", "access_token ", "access_token[]", "Access_Token [] "]
        {
            let query = json!({name: ["t", "u"], "appid": ["x"], "access_tokens": ["2", "1"], "token": [""]});
            let sent = |edge, start: &str, resource: &str| {
                let mut call = GatewayCall::read(edge, start, request(resource, "/wxa/a", "wxa/a", &query)).unwrap();
                assert!(call.names_a_token(), "{name}");
                let query = call.take_query();
                query.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
            };
            let kept = ["access_tokens=2", "access_tokens=1", "appid=x", "token="];
            assert_eq!(sent(Edge::Sdk, "/", "/{proxy+}"), kept, "{name}");
            assert_eq!(sent(Edge::Iam, "/", "/{proxy+}"), ["access_tokens=2", "access_tokens=1", "token="], "{name}");
        }
    }

    #[test]
    fn a_query_keeps_all_values_of_a_name_in_order() {
        let query = json!({"b": ["2", "1"], "a": ["x&y"], "access_token": ["t"], "empty": [""]});
        let request = request("/{proxy+}", "/wxa/a", "wxa/a", &query);
        let call = GatewayCall::read(Edge::Sdk, "/", request).unwrap();
        assert_eq!(call.query.keys().collect::<Vec<_>>(), ["a", "access_token", "b", "empty"]);
        assert_eq!(call.query["b"], ["2", "1"]);
        assert_eq!(call.only(ACCESS_TOKEN), Ok(Some("t")));
        assert_eq!((call.only("empty"), call.only("none"), call.only("b")), (Ok(None), Ok(None), Err(Repeated)));
    }
}

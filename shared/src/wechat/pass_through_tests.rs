//! With a stand-in for WeChat that tells what it got and answers what a test says.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use tokio::net::TcpListener;

use super::*;
use crate::wechat::call_error::Withheld;
use crate::wechat::client::tests::without_roots;

const TOKEN: &str = "80_real+token/of=wechat";
const MAX_BYTES: usize = 1000;

/// What WeChat got.
#[derive(Debug)]
struct Got {
    method: String,
    uri: String,
    headers: HeaderMap,
    body: Bytes,
}

type Answers = fn() -> Response<Body>;

async fn pass(call: &PassThrough, answers: Answers) -> (Result<PassedAnswer, CallError>, Got) {
    let got = Arc::<Mutex<Option<Got>>>::default();
    let seen = got.clone();
    let answer = move |request: Request| async move {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let (method, uri) = (head.method.to_string(), head.uri.to_string());
        *seen.lock().unwrap() = Some(Got { method, uri, headers: head.headers, body });
        answers()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    let result = WechatApi::new(&url, without_roots()).unwrap().pass(call, &Secret::new(TOKEN), MAX_BYTES).await;
    let got = got.lock().unwrap().take().unwrap();
    (result, got)
}

fn call(method: Method, query: &[(&str, &str)], headers: &[(&str, &str)], body: &'static [u8]) -> PassThrough {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    PassThrough::new(method, GatewayPath::read("/wxa/x").unwrap(), query, &headers, Bytes::from_static(body))
}

fn get() -> PassThrough {
    call(Method::GET, &[], &[], b"")
}

/// Why an answer to a GET is withheld, if it is.
async fn withheld(answers: Answers) -> Option<Withheld> {
    match pass(&get(), answers).await.0 {
        Err(CallError::Withheld(withheld)) => Some(withheld),
        result => {
            result.unwrap();
            None
        }
    }
}

fn answer(headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder();
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

fn ok() -> Response<Body> {
    answer(&[("content-type", "application/json")], r#"{"errcode":0}"#)
}

#[tokio::test]
async fn a_body_goes_out_byte_for_byte_with_its_length_and_type() {
    let body = b"\x00\xFF\r\n--b\r\n\xF0";
    let headers = [
        ("Content-Type", "multipart/form-data; boundary=b"),
        ("Accept", "image/*"),
        ("User-Agent", "sdk/1"),
        ("Authorization", "AWS4-HMAC-SHA256 x"),
        ("Cookie", "c"),
        ("Host", "evil.example"),
        ("X-Amz-Security-Token", "s"),
        ("Accept-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
        ("X-Forwarded-For", "1.2.3.4"),
        ("Connection", "upgrade"),
    ];
    let (_, got) = pass(&call(Method::POST, &[], &headers, body), ok).await;
    assert_eq!((got.method.as_str(), &got.body[..]), ("POST", &body[..]));
    let mut names: Vec<_> = got.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent"]);
    assert_eq!(got.headers["content-length"], body.len().to_string());
    for (name, value) in &headers[..3] {
        assert_eq!(got.headers[*name], *value);
    }
    assert!(got.headers["host"].to_str().unwrap().starts_with("127.0.0.1"));
}

#[tokio::test]
async fn an_empty_post_has_a_length_and_a_get_has_no_body() {
    let (_, got) = pass(&call(Method::POST, &[], &[], b""), ok).await;
    assert_eq!(got.headers["content-length"], "0");
    let (_, got) = pass(&get(), ok).await;
    assert_eq!(
        (got.method.as_str(), got.headers.get("content-length"), got.headers.get("content-type")),
        ("GET", None, None)
    );
}

#[tokio::test]
async fn the_query_is_encoded_once_with_all_values_of_a_name_in_order() {
    let query = [("a", "2"), ("a", "1"), ("b", "x&y=z#%2F 汉"), ("c", ""), ("d[]", "+")];
    let (_, got) = pass(&call(Method::GET, &query, &[], b""), ok).await;
    let token = "80_real%2Btoken%2Fof%3Dwechat";
    let expected = format!("/wxa/x?access_token={token}&a=2&a=1&b=x%26y%3Dz%23%252F+%E6%B1%89&c=&d%5B%5D=%2B");
    assert_eq!(got.uri, expected);
}

#[tokio::test]
async fn an_answer_comes_back_byte_for_byte_with_type_and_name_and_no_other_header() {
    fn picture() -> Response<Body> {
        let headers = [
            ("content-type", "image/jpeg"),
            ("content-disposition", "attachment; filename=\"m.jpg\""),
            ("set-cookie", "c=1"),
            ("x-request-id", "7"),
        ];
        let mut response = answer(&headers, &b"\xFF\xD8\x00"[..]);
        *response.status_mut() = axum::http::StatusCode::CREATED;
        response
    }
    let passed = pass(&get(), picture).await.0.unwrap();
    assert_eq!((passed.status, &passed.bytes[..], passed.errcode), (201, &b"\xFF\xD8\x00"[..], Errcode::OK));
    assert_eq!(passed.headers.len(), 2);
    assert_eq!(passed.headers["content-disposition"], "attachment; filename=\"m.jpg\"");
}

#[tokio::test]
async fn an_errcode_is_seen_and_the_answer_left_as_it_is() {
    let json = || answer(&[("content-type", "text/plain")], "{ \"errcode\" : 43101 }");
    let passed = pass(&get(), json).await.0.unwrap();
    assert_eq!((passed.errcode, &passed.bytes[..]), (Errcode(43101), &b"{ \"errcode\" : 43101 }"[..]));
}

#[tokio::test]
async fn an_answer_that_holds_the_token_is_withheld() {
    let leaks: [Answers; 4] = [
        || answer(&[], format!("{{\"url\":\"https://x/?access_token={TOKEN}\"}}")),
        || answer(&[], "https://x/?access_token=80_real%2Btoken%2fof%3Dwechat"),
        || answer(&[("content-type", &format!("text/plain; x={TOKEN}"))], ""),
        || answer(&[("content-disposition", &format!("attachment; filename={TOKEN}"))], "x"),
    ];
    for leak in leaks {
        assert_eq!(withheld(leak).await, Some(Withheld::Token));
    }
}

#[tokio::test]
async fn what_cannot_be_looked_into_or_leads_elsewhere_is_withheld() {
    let gzip = || answer(&[("content-encoding", "gzip")], "x");
    assert_eq!(withheld(gzip).await, Some(Withheld::Encoded));
    let identity = || answer(&[("content-encoding", "identity")], "x");
    assert_eq!(withheld(identity).await, None);
    let elsewhere = || {
        let mut response = answer(&[("location", "https://evil.example/")], "");
        *response.status_mut() = axum::http::StatusCode::FOUND;
        response
    };
    assert_eq!(withheld(elsewhere).await, Some(Withheld::Redirect(302)));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let whole = || answer(&[], vec![b'x'; MAX_BYTES]);
    assert_eq!(pass(&get(), whole).await.0.unwrap().bytes.len(), MAX_BYTES);
    // A stream without end: reading it all would never return.
    let endless = || {
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 100])));
        answer(&[], Body::from_stream(chunks))
    };
    assert_eq!(withheld(endless).await, Some(Withheld::TooLarge { max_bytes: MAX_BYTES }));
}

#[test]
fn errcode_is_read_from_json_alone() {
    for (bytes, told) in [
        (&br#" {"errmsg":"x","errcode":40001,"more":{"errcode":1}}"#[..], 40001),
        (br#"{"errcode":-1}"#, -1),
        (br#"{"ip_list":["1.2.3.4"]}"#, 0),
        (br#"{"errcode":"40001"}"#, 0),
        (br#"{"errcode":40001"#, 0),
        (b"\x89PNG", 0),
        (b"", 0),
        (b"40001", 0),
    ] {
        assert_eq!(errcode(bytes), Errcode(told), "{}", bytes.escape_ascii());
    }
}

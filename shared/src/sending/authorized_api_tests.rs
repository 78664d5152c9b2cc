//! Against a stand-in that follows a script, for WeChat and for the function `access-token`, with DynamoDB Local.

use std::sync::{Arc, Mutex};

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::body::Bytes as Body;
use axum::http::{HeaderMap, StatusCode, Uri};
use bytes::Bytes;
use protocol::gateway_path::GatewayPath;
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;
use crate::host::clock;
use crate::sending::access_token::TokenRequest;
use crate::state::dynamodb_local::{self, shop};
use crate::wechat::call_error::Withheld;

const OK: Does = Does::Answers(200, r#"{"errcode":0,"errmsg":"ok"}"#);
const BUSY: Does = Does::Answers(200, r#"{"errcode":-1,"errmsg":"system error"}"#);
const REFUSED: Does = Does::Answers(200, r#"{"errcode":40001,"errmsg":"invalid credential"}"#);
/// The token that the row holds at first.
const FIRST: &str = "first_token_of_wechat";
/// With that token.
const LEAK: Does =
    Does::Answers(200, r#"{"errcode":0,"told":"https:\/\/x\/?access_token=fir\u0073t_token_of_wechat"}"#);
const EXHAUSTED: Does = Does::Answers(200, r#"{"errcode":45047,"errmsg":"out"}"#);

/// What WeChat does with one call.
#[derive(Clone, Copy)]
enum Does {
    Answers(u16, &'static str),
    CutsAfterTheBody,
}

/// What came in: the query of each call, with its headers and body; and what the function `access-token` was invoked with.
#[derive(Default)]
struct Seen {
    calls: Vec<(String, HeaderMap, Body)>,
    invocations: Vec<TokenRequest>,
}

struct Stage {
    api: AuthorizedApi,
    tokens: AccessTokens,
    seen: Arc<Mutex<Seen>>,
}

impl Stage {
    /// The row holds the token `FIRST`; the function `access-token` would store `second`, then `third`.
    async fn set(test: &str, script: &'static [Does]) -> Self {
        let (dynamodb, table) = dynamodb_local::table("appid", &format!("wechat_{test}")).await;
        let tokens = AccessTokens::new(dynamodb, table);
        store(&tokens, &shop(), FIRST).await;
        let seen = Arc::<Mutex<Seen>>::default();
        let base = serve(script, tokens.clone(), seen.clone()).await;
        let api = authorized_api(&base, &base, tokens.clone());
        Self { api, tokens, seen }
    }

    async fn post(&self) -> Result<Answer, AuthorizedCallError> {
        self.post_for(&shop()).await
    }

    async fn post_for(&self, appid: &Appid) -> Result<Answer, AuthorizedCallError> {
        self.api.post(appid, "/cgi-bin/x", json!({"touser": "o"}).as_object().unwrap()).await
    }

    /// The access token of each call.
    fn tokens_seen(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let token =
            |query: &str| query.split('&').find_map(|pair| pair.strip_prefix("access_token=")).unwrap().to_owned();
        seen.calls.iter().map(|(query, ..)| token(query)).collect()
    }

    fn invocations(&self) -> usize {
        self.seen.lock().unwrap().invocations.len()
    }
}

/// Another mini program, of which no token is stored at first.
fn club() -> Appid {
    "wx00112233445566ff".parse().unwrap()
}

/// One of which the stack has no AppSecret.
fn test_program() -> Appid {
    "wxffeeddccbbaa9988".parse().unwrap()
}

async fn store(tokens: &AccessTokens, appid: &Appid, token: &str) {
    let now_seconds = clock::now_seconds();
    let seen = tokens.read(appid).await.unwrap();
    let refresh = tokens.begin(appid, seen, token.into(), now_seconds).await.unwrap().unwrap();
    tokens.store(refresh, &Secret::new(token), now_seconds + 7200).await.unwrap();
}

fn authorized_api(wechat_url: &str, lambda_url: &str, tokens: AccessTokens) -> AuthorizedApi {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(lambda_url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let lambda = aws_sdk_lambda::Client::from_conf(config);
    let source = TokenSource::new(tokens, Function::new(lambda, "access-token".into()));
    AuthorizedApi::new(wechat_api(wechat_url).unwrap(), source)
}

async fn serve(script: &'static [Does], tokens: AccessTokens, seen: Arc<Mutex<Seen>>) -> String {
    let answer = move |uri: Uri, headers: HeaderMap, body: Body| async move {
        if uri.path().ends_with("/invocations") {
            let request: TokenRequest = serde_json::from_slice(&body).unwrap();
            let appid = request.appid.clone().unwrap();
            let is_first = {
                let mut seen = seen.lock().unwrap();
                seen.invocations.push(request);
                seen.invocations.len() == 1
            };
            if appid == test_program() {
                return (StatusCode::OK, r#"{"outcome":"NotConfigured"}"#);
            }
            store(&tokens, &appid, if is_first { "second" } else { "third" }).await;
            return (StatusCode::OK, r#"{"outcome":"Refreshed"}"#);
        }
        let does = {
            let mut seen = seen.lock().unwrap();
            seen.calls.push((uri.query().unwrap().to_owned(), headers, body));
            script[seen.calls.len() - 1]
        };
        match does {
            Does::Answers(status, body) => (StatusCode::from_u16(status).unwrap(), body),
            // Unwinds through the connection, without the panic hook's lines.
            Does::CutsAfterTheBody => std::panic::resume_unwind(Box::new(())),
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    base
}

#[tokio::test]
async fn an_answer_is_final_whatever_its_errcode() {
    for (test, script, errcode) in [("done", &[OK], 0), ("exhausted", &[EXHAUSTED], 45047)] {
        let stage = Stage::set(test, script).await;
        assert_eq!(stage.post().await.unwrap().errcode, Errcode(errcode));
        assert_eq!((stage.tokens_seen(), stage.invocations()), (vec![FIRST.to_owned()], 0));
    }
}

#[tokio::test]
async fn a_busy_wechat_is_asked_three_times() {
    let stage = Stage::set("busy_once", &[BUSY, BUSY, OK]).await;
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::OK);
    let stage = Stage::set("busy", &[BUSY, BUSY, BUSY, OK]).await;
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::BUSY);
    assert_eq!(stage.tokens_seen().len(), 3);
}

#[tokio::test]
async fn a_call_of_unknown_outcome_is_never_repeated() {
    for (test, script) in [
        ("cut", &[Does::CutsAfterTheBody, OK]),
        ("html", &[Does::Answers(200, "<html>"), OK]),
        ("empty", &[Does::Answers(200, ""), OK]),
        ("half", &[Does::Answers(200, r#"{"errcode":0,"#), OK]),
        ("status_500", &[Does::Answers(500, ""), OK]),
    ] {
        let stage = Stage::set(test, script).await;
        assert!(stage.post().await.unwrap_err().is_outcome_unknown(), "{test}");
        assert_eq!(stage.tokens_seen().len(), 1, "{test}");
    }
}

#[tokio::test]
async fn a_busy_answer_before_a_cut_leaves_the_outcome_unknown() {
    let stage = Stage::set("busy_cut", &[BUSY, Does::CutsAfterTheBody, OK]).await;
    assert!(stage.post().await.unwrap_err().is_outcome_unknown());
    assert_eq!(stage.tokens_seen().len(), 2);
}

#[tokio::test]
async fn out_of_reach_nothing_was_done() {
    let stage = Stage::set("out_of_reach", &[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = authorized_api(&nowhere, &nowhere, stage.tokens).post(&shop(), "/x", &Map::new()).await.unwrap_err();
    assert!(matches!(error, AuthorizedCallError::Call(CallError::OutOfReach(_))));
    assert!(!error.is_outcome_unknown());
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_new_one_kept() {
    let stage = Stage::set("refused", &[REFUSED, OK, OK]).await;
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::OK);
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::OK);
    assert_eq!(stage.tokens_seen(), [FIRST, "second", "second"]);
    assert_eq!(stage.invocations(), 1);

    let stage = Stage::set("refused_twice", &[REFUSED, REFUSED, OK]).await;
    assert_eq!(stage.post().await.unwrap().errcode, Errcode(40001));
    assert_eq!((stage.tokens_seen().len(), stage.invocations()), (2, 1));
}

#[tokio::test]
async fn a_token_that_is_refused_late_is_replaced_all_the_same_and_a_busy_wechat_not_asked_again() {
    let mut stage = Stage::set("refused_late", &[REFUSED, BUSY, OK]).await;
    stage.api.repeat_within = Duration::ZERO;
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::BUSY);
    assert_eq!(stage.tokens_seen(), [FIRST, "second"]);
}

#[tokio::test]
async fn no_answer_with_the_token_in_it_is_handed_on_and_the_call_is_not_repeated() {
    let stage = Stage::set("leak", &[LEAK, LEAK, LEAK, LEAK]).await;
    let media_id = [("media_id", "m")];
    let picture = Picture::new(Bytes::from_static(b"GIF89a")).unwrap();
    let errors = [
        stage.post().await.unwrap_err(),
        stage.api.upload(&shop(), "/cgi-bin/media/upload", &picture).await.unwrap_err(),
        stage.api.get(&shop(), "/cgi-bin/media/get", &media_id, 1000).await.unwrap_err(),
        stage.api.pass(&shop(), &upload(), 1000).await.0.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, AuthorizedCallError::Call(CallError::Withheld(Withheld::Token))), "{error:?}");
        assert!(error.is_outcome_unknown());
    }
    assert_eq!(stage.tokens_seen().len(), 4);
}

#[tokio::test]
async fn a_file_that_cannot_be_handed_on_is_not_read() {
    let stage = Stage::set("large", &[OK, OK]).await;
    let length = r#"{"errcode":0,"errmsg":"ok"}"#.len();
    for (max_bytes, is_read) in [(length, true), (length - 1, false)] {
        let result = stage.api.get(&shop(), "/cgi-bin/media/get", &[], max_bytes).await;
        let is_withheld = matches!(
            result,
            Err(AuthorizedCallError::Call(CallError::Withheld(Withheld::TooLarge { max_bytes: told }))) if told == max_bytes
        );
        assert_eq!((result.is_ok(), is_withheld), (is_read, !is_read));
    }
}

#[tokio::test]
async fn a_refused_token_that_somebody_else_has_replaced_is_not_replaced_again() {
    let stage = Stage::set("replaced", &[OK, REFUSED, OK]).await;
    stage.post().await.unwrap();
    store(&stage.tokens, &shop(), "by somebody else").await;
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::OK);
    assert_eq!(stage.tokens_seen(), [FIRST, FIRST, "by+somebody+else"]);
    assert_eq!(stage.invocations(), 0);
}

#[tokio::test]
async fn a_picture_is_uploaded_with_its_length_and_whole_also_the_second_time() {
    let uploaded = Does::Answers(200, r#"{"type":"image","media_id":"m","created_at":1}"#);
    let script: &'static [Does] = Box::leak(Box::new([REFUSED, uploaded]));
    let stage = Stage::set("upload", script).await;
    let picture = Picture::new(Bytes::from_static(b"GIF89a...")).unwrap();
    let answer = stage.api.upload(&shop(), "/cgi-bin/media/upload", &picture).await.unwrap();
    assert_eq!(answer.fields["media_id"], "m");

    let seen = stage.seen.lock().unwrap();
    assert_eq!(seen.calls.len(), 2);
    for (query, headers, body) in &seen.calls {
        assert!(query.contains("type=image"), "{query}");
        assert_eq!(headers["content-length"], body.len().to_string());
        assert!(!headers.contains_key("transfer-encoding"));
        let body = String::from_utf8_lossy(body);
        assert!(
            body.contains("name=\"media\"; filename=\"media.gif\"\r\nContent-Type: image/gif\r\n\r\nGIF89a...\r\n--"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_download_that_brings_an_error_is_an_answer() {
    let stage =
        Stage::set("download", &[REFUSED, Does::Answers(200, r#"{"errcode":40007,"errmsg":"invalid media_id"}"#)])
            .await;
    let download = stage.api.get(&shop(), "/cgi-bin/media/get", &[("media_id", "a&b")], 100).await.unwrap();
    assert!(matches!(download, Download::Answer(answer) if answer.errcode == Errcode(40007)));
    let seen = stage.seen.lock().unwrap();
    assert!(seen.calls[1].0.contains("media_id=a%26b"), "{}", seen.calls[1].0);
}

#[tokio::test]
async fn each_mini_program_has_its_own_token_in_memory_and_its_own_replacement() {
    let stage = Stage::set("appids", &[OK, OK, OK, REFUSED, OK, OK]).await;
    for appid in [shop(), club(), shop(), club(), shop()] {
        assert_eq!(stage.post_for(&appid).await.unwrap().errcode, Errcode::OK);
    }
    assert_eq!(stage.tokens_seen(), [FIRST, "second", FIRST, "second", "third", FIRST]);
    let requested: Vec<_> =
        stage.seen.lock().unwrap().invocations.iter().map(|request| request.appid.clone().unwrap()).collect();
    assert_eq!(requested, [club(), club()]);
    assert_eq!(stage.tokens.read(&shop()).await.unwrap().generation, 1);
}

#[tokio::test]
async fn a_mini_program_without_an_app_secret_is_refused_and_access_token_asked_once() {
    let stage = Stage::set("not_configured", &[OK]).await;
    for _ in 0..3 {
        let error = stage.post_for(&test_program()).await.unwrap_err();
        assert!(matches!(error, AuthorizedCallError::Token(TokenError::NotConfigured)), "{error}");
        assert!(!error.is_outcome_unknown());
    }
    assert_eq!((stage.tokens_seen().len(), stage.invocations()), (0, 1));
    assert_eq!(stage.post().await.unwrap().errcode, Errcode::OK);
}

fn upload() -> PassThrough {
    let path = GatewayPath::read("/cgi-bin/media/upload").unwrap();
    let query = vec![("type".to_owned(), "voice".to_owned())];
    PassThrough::new(Method::POST, path, query, &HeaderMap::new(), Bytes::from_static(b"\x00whole\xFF"))
}

#[tokio::test]
async fn a_passed_call_is_repeated_whole_with_a_new_token() {
    let stage = Stage::set("pass_refused", &[REFUSED, BUSY, OK]).await;
    let (result, tries) = stage.api.pass(&shop(), &upload(), 100).await;
    assert_eq!((result.unwrap().errcode, tries), (Errcode::OK, 3));
    assert_eq!(stage.tokens_seen(), [FIRST, "second", "second"]);
    for (query, _, body) in &stage.seen.lock().unwrap().calls {
        assert!(query.ends_with("&type=voice"), "{query}");
        assert_eq!(&body[..], b"\x00whole\xFF");
    }
}

#[tokio::test]
async fn a_passed_call_whose_new_token_is_refused_too_is_answered_so() {
    let stage = Stage::set("pass_refused_twice", &[REFUSED, REFUSED, OK]).await;
    let (result, tries) = stage.api.pass(&shop(), &upload(), 100).await;
    assert_eq!((result.unwrap().errcode, tries), (Errcode(40001), 2));
    assert_eq!(stage.invocations(), 1);
}

#[tokio::test]
async fn a_passed_call_of_unknown_outcome_is_never_repeated() {
    let stage = Stage::set("pass_cut", &[Does::CutsAfterTheBody, OK]).await;
    let (result, tries) = stage.api.pass(&shop(), &upload(), 100).await;
    assert!(result.unwrap_err().is_outcome_unknown());
    assert_eq!((stage.tokens_seen().len(), tries), (1, 1));
}

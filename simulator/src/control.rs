//! The control API, `/simulator/…`: what a developer, a script or a test does to the simulated WeChat and its users.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use reqwest::Url;
use serde_json::{Map, Value, json};
use shared::push::envelope::{Format, Mode};
use shared::push::xml::XmlError;

use crate::api::fault::Fault;
use crate::http_clients::NoClient;
use crate::push::delivery::{self, CUT, Delivery};
use crate::push::message::{BadMessage, Message};
use crate::push::sealed::{Chance, SealedPush, Signature, Style};
use crate::push_url::{self, BadPushUrl};
use crate::users::DEMO_OPENID;
use crate::wechat::WeChat;
use crate::{clock, random};

/// The paths of the control API.
pub(crate) fn router() -> Router<Arc<WeChat>> {
    Router::new()
        .route("/simulator/health", get(health))
        .route("/simulator/push", post(push))
        .route("/simulator/push/again", post(push_again))
        .route("/simulator/push-url", put(set_push_url))
        .route("/simulator/calls", get(calls).delete(clear_calls))
        .route("/simulator/faults", put(set_fault).delete(clear_faults))
        .route("/simulator/access-token", get(count_access_tokens))
        .route("/simulator/access-token/revoke", post(revoke_access_token))
}

/// Why the control API refuses. Each message names the field and the rule.
#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error("the body: must be a JSON object ({0})")]
    NotAnObject(#[source] serde_json::Error),
    #[error("{field}: {rule}")]
    Field { field: &'static str, rule: String },
    #[error("{0}: there is no such field; known are {1}")]
    UnknownField(String, String),
    #[error(transparent)]
    Message(#[from] BadMessage),
    #[error("message: {0}")]
    Xml(#[from] XmlError),
    #[error("openid: no push has gone out in this user's name yet")]
    NoLastPush,
    #[error("push_url: not set; start with --push-url, or PUT /simulator/push-url")]
    NoPushUrl,
    #[error("push_url: {0}")]
    PushUrl(#[from] BadPushUrl),
    #[error(transparent)]
    NoClient(#[from] NoClient),
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NoClient(_) | Self::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Lets a user act: the act takes effect at once, as in WeChat, and is then pushed. A forged push is nobody's act.
async fn push(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Delivery>, ControlError> {
    let order = Order::read(&body)?;
    let now = clock::now();
    let message = Message::complete(order.message, &order.openid, &wechat.identity.account, now, clock::growing_id())?;
    let chance = Chance { nonce: random::bytes()?, encryption: random::bytes()? };
    let push = Arc::new(SealedPush::seal(message, order.style, &wechat.identity, now, chance)?);
    let url = {
        let mut memory = wechat.memory();
        let url = memory.push_url.clone().ok_or(ControlError::NoPushUrl)?;
        if order.style.signature == Signature::Genuine {
            memory.users.act(&order.openid, push.message.action.clone(), now);
        }
        memory.last_pushes.insert(order.openid, push.clone());
        url
    };
    deliver(&wechat, &push, &url).await
}

/// Sends a user's last push once more, byte for byte: what WeChat does when it did not see the answer.
async fn push_again(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Delivery>, ControlError> {
    let fields = object(&body, &["openid"])?;
    let openid = text(&fields, "openid")?.unwrap_or(DEMO_OPENID);
    let (push, url) = {
        let memory = wechat.memory();
        let push = memory.last_pushes.get(openid).cloned().ok_or(ControlError::NoLastPush)?;
        (push, memory.push_url.clone().ok_or(ControlError::NoPushUrl)?)
    };
    deliver(&wechat, &push, &url).await
}

async fn deliver(wechat: &WeChat, push: &SealedPush, url: &Url) -> Result<Json<Delivery>, ControlError> {
    let client = wechat.clients.for_url(url)?;
    Ok(Json(delivery::deliver(push, url, client, &wechat.identity, CUT).await))
}

async fn set_push_url(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let fields = object(&body, &["push_url"])?;
    let text = text(&fields, "push_url")?
        .ok_or(ControlError::Field { field: "push_url", rule: "is needed, a string".to_owned() })?;
    let url = push_url::parse(text)?;
    let answer = json!({"push_url": url.as_str()});
    wechat.memory().push_url = Some(url);
    Ok(Json(answer))
}

async fn calls(State(wechat): State<Arc<WeChat>>) -> Json<Value> {
    Json(json!({"calls": wechat.memory().calls.all().collect::<Vec<_>>()}))
}

async fn clear_calls(State(wechat): State<Arc<WeChat>>) -> Json<Value> {
    wechat.memory().calls.clear();
    Json(json!({"calls": []}))
}

async fn count_access_tokens(State(wechat): State<Arc<WeChat>>) -> Json<Value> {
    let (issued, forced) = wechat.memory().tokens.counts();
    Json(json!({"issued": issued, "forced": forced}))
}

/// Kills the tokens that are out. With `keep`, they are refused and still handed out, until a refresh is forced.
async fn revoke_access_token(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let keep = flag(&object(&body, &["keep"])?, "keep")?;
    let tokens = &mut wechat.memory().tokens;
    Ok(Json(json!({"revoked": if keep { tokens.refuse() } else { tokens.revoke() }})))
}

/// Lets the calls of a path go wrong.
async fn set_fault(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let fields = object(&body, &["path", "fault", "errcode", "milliseconds", "times"])?;
    let needed = |field| ControlError::Field { field, rule: "is needed, a string".to_owned() };
    let path = text(&fields, "path")?.ok_or(needed("path"))?;
    let fault = match (parsed(&fields, "fault")?.ok_or(needed("fault"))?, number(&fields, "milliseconds")?) {
        (Fault::Delay(_), Some(milliseconds)) => Fault::Delay(Duration::from_millis(milliseconds)),
        (fault, _) => fault,
    };
    let fault = match (fault, fields.get("errcode")) {
        (Fault::Errcode(_), Some(errcode)) => Fault::Errcode(
            errcode
                .as_i64()
                .ok_or(ControlError::Field { field: "errcode", rule: "must be a whole number".to_owned() })?,
        ),
        (fault, _) => fault,
    };
    let times = number(&fields, "times")?;
    if times == Some(0) {
        return Err(ControlError::Field { field: "times", rule: "must be 1 or more".to_owned() });
    }
    wechat.memory().faults.set(path, fault, times);
    Ok(Json(Value::Object(fields)))
}

async fn clear_faults(State(wechat): State<Arc<WeChat>>) -> Json<Value> {
    wechat.memory().faults.clear();
    Json(json!({}))
}

/// What to push.
#[derive(Debug)]
struct Order {
    style: Style,
    openid: String,
    message: Map<String, Value>,
}

impl Order {
    fn read(body: &[u8]) -> Result<Self, ControlError> {
        let mut fields = object(body, &["mode", "format", "openid", "message", "bad_signature"])?;
        let mode = parsed(&fields, "mode")?.unwrap_or(Mode::Safe);
        let format = parsed(&fields, "format")?.unwrap_or(Format::Json);
        let signature = if flag(&fields, "bad_signature")? { Signature::Forged } else { Signature::Genuine };
        let openid = text(&fields, "openid")?.map(str::to_owned);
        let Some(Value::Object(message)) = fields.remove("message") else {
            return Err(ControlError::Field { field: "message", rule: "is needed, a JSON object".to_owned() });
        };
        let openid = openid
            .or_else(|| message.get("FromUserName").and_then(Value::as_str).map(str::to_owned))
            .unwrap_or_else(|| DEMO_OPENID.to_owned());
        Ok(Self { style: Style { mode, format, signature }, openid, message })
    }
}

/// Reads an object of known fields. No body at all is an empty object.
fn object(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, ControlError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let fields: Map<String, Value> = serde_json::from_slice(body).map_err(ControlError::NotAnObject)?;
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(ControlError::UnknownField(unknown.clone(), known.join(", "))),
        None => Ok(fields),
    }
}

fn text<'a>(fields: &'a Map<String, Value>, field: &'static str) -> Result<Option<&'a str>, ControlError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ControlError::Field { field, rule: "must be a string".to_owned() }),
    }
}

fn flag(fields: &Map<String, Value>, field: &'static str) -> Result<bool, ControlError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(ControlError::Field { field, rule: "must be true or false".to_owned() }),
    }
}

fn number(fields: &Map<String, Value>, field: &'static str) -> Result<Option<u64>, ControlError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .map(Some)
            .ok_or(ControlError::Field { field, rule: "must be a whole number of 0 or more".to_owned() }),
    }
}

fn parsed<T: std::str::FromStr<Err: ToString>>(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<T>, ControlError> {
    let parse =
        |text: &str| text.parse().map_err(|error: T::Err| ControlError::Field { field, rule: error.to_string() });
    text(fields, field)?.map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::http::Uri;
    use reqwest::{Client, Method};
    use tokio::net::TcpListener;

    use super::*;
    use crate::connection::{Connection, Connections};
    use crate::identity::published;
    use crate::serve;

    /// Query and body of each request, in order.
    type Seen = Arc<Mutex<Vec<(String, Bytes)>>>;

    /// A running simulator, and the product that it pushes to, which acknowledges everything.
    struct Stage {
        base: String,
        client: Client,
        pushes: Seen,
    }

    impl Stage {
        async fn set() -> Self {
            let pushes = Seen::default();
            let log = pushes.clone();
            let product = Router::new().fallback(move |uri: Uri, body: Bytes| async move {
                log.lock().unwrap().push((uri.query().unwrap_or_default().to_owned(), body));
                "success"
            });
            let push_url = format!("{}/push", start(product).await).parse().unwrap();
            let wechat = WeChat::new(published(), Some(push_url), 2);
            let client = wechat.clients.for_url(&"http://127.0.0.1/".parse().unwrap()).unwrap().clone();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let router = serve::router(Arc::new(wechat)).into_make_service_with_connect_info::<Connection>();
            tokio::spawn(async move { axum::serve(Connections(listener), router).await });
            Self { base, client, pushes }
        }

        async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
            let request = self.client.request(method, format!("{}{path}", self.base));
            let response = request.body(body.to_string()).send().await.unwrap();
            (response.status().as_u16(), response.json().await.unwrap())
        }

        async fn post(&self, path: &str, body: Value) -> Value {
            let (status, answer) = self.call(Method::POST, path, body).await;
            assert_eq!(status, 200, "{answer}");
            answer
        }

        async fn get(&self, path: &str) -> Value {
            self.call(Method::GET, path, json!({})).await.1
        }

        async fn access_token(&self) -> String {
            let credentials =
                json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9", "secret": "an-app-secret"});
            let issued = self.post("/cgi-bin/stable_token", credentials).await;
            issued["access_token"].as_str().unwrap().to_owned()
        }

        async fn send(&self, token: &str, openid: &str) -> i64 {
            let path = format!("/cgi-bin/message/custom/send?access_token={token}");
            let body = json!({"touser": openid, "msgtype": "text", "text": {"content": "hello"}});
            self.post(&path, body).await["errcode"].as_i64().unwrap()
        }
    }

    async fn start(router: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }

    fn text_of(openid: &str) -> Value {
        json!({"openid": openid, "message": {"MsgType": "text", "Content": "hi"}})
    }

    #[tokio::test]
    async fn a_pushed_text_is_recorded_and_opens_the_window() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        assert_eq!(stage.send(&token, DEMO_OPENID).await, 45015);

        let delivery = stage.post("/simulator/push", json!({"message": {"MsgType": "text", "Content": "hi"}})).await;
        assert_eq!(delivery["outcome"], "answered");
        assert_eq!(delivery["message"]["FromUserName"], DEMO_OPENID);
        assert_eq!(delivery["attempts"][0]["attempt"], 1);
        assert_eq!(delivery["attempts"][0]["body"], "success");
        assert_eq!(delivery["attempts"][0]["reply"], Value::Null);
        assert_eq!(delivery["attempts"][0]["fault"], Value::Null);
        assert_eq!(stage.send(&token, DEMO_OPENID).await, 0);
    }

    #[tokio::test]
    async fn a_forged_push_is_nobodys_act() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        let mut order = text_of("oForged");
        order["bad_signature"] = json!(true);
        stage.post("/simulator/push", order).await;
        assert_eq!(stage.pushes.lock().unwrap().len(), 1);
        assert_eq!(stage.send(&token, "oForged").await, 40003);
    }

    #[tokio::test]
    async fn a_push_goes_again_byte_for_byte_and_opens_nothing() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        let first = stage.post("/simulator/push", text_of("oUser")).await;
        assert_eq!(stage.send(&token, "oUser").await, 0);
        let again = stage.post("/simulator/push/again", json!({"openid": "oUser"})).await;
        assert_eq!(first["message"], again["message"]);
        {
            let pushes = stage.pushes.lock().unwrap();
            assert_eq!(pushes.len(), 2);
            assert_eq!(pushes[0], pushes[1]);
        }
        for errcode in [0, 0, 0, 0, 45047] {
            assert_eq!(stage.send(&token, "oUser").await, errcode);
        }
    }

    #[tokio::test]
    async fn calls_are_listed_without_credentials_and_cleared() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        stage.send(&token, "oNobody").await;
        let listed = stage.get("/simulator/calls").await;
        assert_eq!(listed["calls"][0]["path"], "/cgi-bin/stable_token");
        let send = &listed["calls"][1];
        assert_eq!(send["path"], "/cgi-bin/message/custom/send");
        assert_eq!(send["body"]["text"]["content"], "hello");
        assert_eq!(send["errcode"], 40003);
        assert_eq!(send["openid"], "oNobody");
        let text = listed.to_string();
        assert!(!text.contains(&token) && !text.contains("an-app-secret"));

        stage.call(Method::DELETE, "/simulator/calls", json!({})).await;
        assert_eq!(stage.get("/simulator/calls").await, json!({"calls": []}));
    }

    #[tokio::test]
    async fn a_revoked_token_is_refused_and_another_is_issued() {
        let stage = Stage::set().await;
        stage.post("/simulator/push", text_of("oUser")).await;
        let revoked = stage.access_token().await;
        stage.post("/simulator/access-token/revoke", json!({})).await;
        assert_eq!(stage.send(&revoked, "oUser").await, 40001);
        let token = stage.access_token().await;
        assert_eq!(stage.send(&token, "oUser").await, 0);
        assert_eq!(stage.get("/simulator/access-token").await, json!({"issued": 2, "forced": 0}));
    }

    #[tokio::test]
    async fn a_token_that_is_kept_dead_comes_back_until_a_refresh_is_forced() {
        let stage = Stage::set().await;
        stage.post("/simulator/push", text_of("oUser")).await;
        let dead = stage.access_token().await;
        let revoked = stage.post("/simulator/access-token/revoke", json!({"keep": true})).await;
        assert_eq!(revoked, json!({"revoked": 1}));
        assert_eq!(stage.send(&dead, "oUser").await, 40001);
        assert_eq!(stage.access_token().await, dead);
        let credentials = json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9",
            "secret": "an-app-secret", "force_refresh": true});
        let forced = stage.post("/cgi-bin/stable_token", credentials).await;
        assert_eq!(stage.send(forced["access_token"].as_str().unwrap(), "oUser").await, 0);
    }

    fn popup(status: &str) -> Value {
        let item = json!({"TemplateId": "TEMPLATE", "SubscribeStatusString": status, "PopupScene": "0"});
        json!({"openid": "oUser", "message": {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": item}})
    }

    #[tokio::test]
    async fn an_accept_allows_one_subscription_message_whose_report_is_pushed_back() {
        let stage = Stage::set().await;
        let path = format!("/cgi-bin/message/subscribe/send?access_token={}", stage.access_token().await);
        let body = json!({"touser": "oUser", "template_id": "TEMPLATE", "data": {"thing1": {"value": "hello"}}});
        stage.post("/simulator/push", popup("accept")).await;
        let sent = stage.post(&path, body.clone()).await;
        assert_eq!(sent["errcode"], 0);
        assert_eq!(sent["msgid"].to_string().len(), 19);
        assert_eq!(stage.post(&path, body).await["errcode"], 43101);
        for _ in 0..100 {
            if stage.pushes.lock().unwrap().len() == 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no report was pushed");
    }

    #[tokio::test]
    async fn uniform_messages_are_retired() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        let path = format!("/cgi-bin/message/wxopen/template/uniform_send?access_token={token}");
        assert_eq!(stage.post(&path, json!({"touser": DEMO_OPENID})).await["errcode"], 45109);
    }

    #[tokio::test]
    async fn a_picture_comes_back_byte_for_byte_with_its_type() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        let upload = |content_type: &str, body: String| {
            let url = format!("{}/cgi-bin/media/upload?type=image&access_token={token}", stage.base);
            stage.client.post(url).header("content-type", content_type).body(body)
        };
        let head = "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.gif\"";
        let body = format!("{head}\r\n\r\nGIF89a...\r\n--b--\r\n");
        let kept: Value = upload("multipart/form-data; boundary=b", body).send().await.unwrap().json().await.unwrap();
        let media_id = kept["media_id"].as_str().unwrap();
        let get = |media_id: &str| {
            stage.client.get(format!("{}/cgi-bin/media/get?media_id={media_id}&access_token={token}", stage.base))
        };
        let picture = get(media_id).send().await.unwrap();
        assert_eq!(picture.headers()["content-type"], "image/gif");
        assert_eq!(picture.headers()["content-disposition"], format!("attachment; filename=\"{media_id}.gif\""));
        assert_eq!(&picture.bytes().await.unwrap()[..], b"GIF89a...");

        let missing: Value = get("made-up").send().await.unwrap().json().await.unwrap();
        assert_eq!(missing["errcode"], 40007);
        let no_media: Value = upload("text/plain", "GIF89a".into()).send().await.unwrap().json().await.unwrap();
        assert_eq!(no_media["errcode"], 41005);
    }

    #[tokio::test]
    async fn each_fault_looks_to_the_caller_as_its_name_says() {
        const PATH: &str = "/cgi-bin/message/custom/send";
        let stage = Stage::set().await;
        stage.post("/simulator/push", text_of("oUser")).await;
        let url = format!("{}{PATH}?access_token={}", stage.base, stage.access_token().await);
        let body = json!({"touser": "oUser", "msgtype": "text", "text": {"content": "hello"}}).to_string();
        for (fault, answered) in [
            ("drop", None),
            ("drop_after_body", None),
            ("errcode", Some((200, r#"{"errcode":-1,"errmsg":"simulated fault"}"#))),
            ("html", Some((200, "<!DOCTYPE html><title>Gateway</title>"))),
            ("empty", Some((200, ""))),
            ("half", None),
            ("status_500", Some((500, ""))),
            ("delay", Some((200, r#"{"errcode":0,"errmsg":"ok"}"#))),
        ] {
            let order = json!({"path": PATH, "fault": fault, "times": 1, "milliseconds": 10});
            assert_eq!(stage.call(Method::PUT, "/simulator/faults", order).await.0, 200);
            let answer = match stage.client.post(&url).body(body.clone()).send().await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    response.text().await.ok().map(|body| (status, body))
                }
                Err(_) => None,
            };
            assert_eq!(answer.as_ref().map(|(status, body)| (*status, body.as_str())), answered, "{fault}");
        }
        // Three were acted upon: drop_after_body, half and delay.
        let calls = stage.get("/simulator/calls").await;
        let acted =
            calls["calls"].as_array().unwrap().iter().filter(|call| call["path"] == PATH && call["errcode"] == 0);
        assert_eq!(acted.count(), 3);
        let dropped = calls["calls"].as_array().unwrap().iter().find(|call| call["fault"] == "drop").unwrap();
        assert_eq!((&dropped["errcode"], &dropped["openid"]), (&Value::Null, &json!("oUser")));
    }

    #[tokio::test]
    async fn a_fault_stays_until_it_is_cleared() {
        let stage = Stage::set().await;
        let path = "/cgi-bin/message/custom/send";
        let order = json!({"path": path, "fault": "errcode", "errcode": 45009});
        stage.call(Method::PUT, "/simulator/faults", order).await;
        for _ in 0..2 {
            assert_eq!(stage.post(path, json!({})).await["errcode"], 45009);
        }
        stage.call(Method::DELETE, "/simulator/faults", json!({})).await;
        assert_eq!(stage.post(path, json!({})).await["errcode"], 41001);
    }

    #[tokio::test]
    async fn wrong_credentials_get_wechats_errcodes() {
        let stage = Stage::set().await;
        let good = json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9", "secret": "an-app-secret"});
        for (field, value, errcode) in [
            ("grant_type", json!("password"), 40002),
            ("appid", json!(""), 41002),
            ("appid", json!("wxanother"), 40013),
            ("secret", Value::Null, 41004),
            ("secret", json!("guess"), 40125),
            ("force_refresh", json!("yes"), 47003),
        ] {
            let mut credentials = good.clone();
            credentials[field] = value;
            let answer = stage.post("/cgi-bin/stable_token", credentials).await;
            assert_eq!(answer["errcode"], errcode, "{field}");
        }
        let classic = stage
            .get("/cgi-bin/token?grant_type=client_credential&appid=wxba5fad812f8e6fb9&secret=an-app-secret")
            .await;
        assert_eq!(classic["expires_in"], 7200);
        assert_eq!(stage.get("/cgi-bin/token?grant_type=client_credential").await["errcode"], 41002);
    }

    #[tokio::test]
    async fn a_call_without_token_json_or_the_right_method_gets_its_errcode() {
        let stage = Stage::set().await;
        let token = stage.access_token().await;
        assert_eq!(stage.post("/cgi-bin/message/custom/send", json!({})).await["errcode"], 41001);
        let path = format!("/cgi-bin/message/custom/send?access_token={token}");
        assert_eq!(stage.post(&path, json!([])).await["errcode"], 47001);
        assert_eq!(stage.get(&path).await["errcode"], 43002);
        for typing in ["/cgi-bin/message/custom/typing", "/cgi-bin/message/custom/business/typing"] {
            let body = json!({"touser": DEMO_OPENID, "command": "Dance"});
            assert_eq!(stage.post(&format!("{typing}?access_token={token}"), body).await["errcode"], 45072);
        }
    }

    #[tokio::test]
    async fn the_push_url_can_be_changed() {
        let stage = Stage::set().await;
        let elsewhere = start(Router::new().fallback(|| async { "no answer" })).await;
        let (status, _) = stage.call(Method::PUT, "/simulator/push-url", json!({"push_url": elsewhere})).await;
        assert_eq!(status, 200);
        assert_eq!(stage.post("/simulator/push", text_of("oUser")).await["outcome"], "fault_notice");
        assert!(stage.pushes.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn bad_input_is_refused_by_field_and_rule() {
        let stage = Stage::set().await;
        let message = json!({"MsgType": "text", "Content": "hi"});
        for (path, body, field) in [
            ("/simulator/push", json!([]), "the body"),
            ("/simulator/push", json!({}), "message"),
            ("/simulator/push", json!({"message": "hi"}), "message"),
            ("/simulator/push", json!({"message": {}}), "message.MsgType"),
            ("/simulator/push", json!({"message": message, "mode": "open"}), "mode"),
            ("/simulator/push", json!({"message": message, "format": 1}), "format"),
            ("/simulator/push", json!({"message": message, "openid": "a b"}), "openid"),
            ("/simulator/push", json!({"message": message, "bad_signature": 1}), "bad_signature"),
            ("/simulator/push", json!({"message": message, "bad_sign": true}), "bad_sign"),
            ("/simulator/push/again", json!({"openid": "oNobody"}), "openid"),
        ] {
            let (status, answer) = stage.call(Method::POST, path, body.clone()).await;
            assert_eq!(status, 400, "{body}");
            assert!(answer["error"].as_str().unwrap().starts_with(&format!("{field}: ")), "{body}: {answer}");
        }
        for (path, body, field) in [
            ("/simulator/push-url", json!({"push_url": "push"}), "push_url"),
            ("/simulator/faults", json!({"fault": "drop"}), "path"),
            ("/simulator/faults", json!({"path": "/a"}), "fault"),
            ("/simulator/faults", json!({"path": "/a", "fault": "explode"}), "fault"),
            ("/simulator/faults", json!({"path": "/a", "fault": "errcode", "errcode": "x"}), "errcode"),
            ("/simulator/faults", json!({"path": "/a", "fault": "delay", "milliseconds": -1}), "milliseconds"),
            ("/simulator/faults", json!({"path": "/a", "fault": "drop", "times": 0}), "times"),
        ] {
            let (status, answer) = stage.call(Method::PUT, path, body.clone()).await;
            assert_eq!(status, 400, "{body}");
            assert!(answer["error"].as_str().unwrap().starts_with(&format!("{field}: ")), "{body}: {answer}");
        }
        assert!(stage.pushes.lock().unwrap().is_empty());
    }
}

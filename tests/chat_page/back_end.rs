//! A back end that sends messages through the product's outbound API, signed as AWS wants it.

use std::env;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use reqwest::Client;
use serde_json::{Value, json};

pub(crate) fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this by `make browser`"))
}

pub(crate) struct BackEnd {
    client: Client,
    api_url: String,
}

impl BackEnd {
    pub(crate) fn new() -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, api_url: variable("API_URL") }
    }

    /// customerServiceMessage.send; its errcode.
    pub(crate) async fn send(&self, openid: &str, msgtype: &str, content: Value) -> i64 {
        let body = json!({"touser": openid, "msgtype": msgtype, msgtype: content});
        self.call("/cgi-bin/message/custom/send", "application/json", body.to_string().into()).await
    }

    /// customerServiceMessage.setTyping, `Typing` or `CancelTyping`; its errcode.
    pub(crate) async fn type_to(&self, openid: &str, command: &str) -> i64 {
        let body = json!({"touser": openid, "command": command});
        self.call("/cgi-bin/message/custom/typing", "application/json", body.to_string().into()).await
    }

    /// subscribeMessage.send; its errcode.
    pub(crate) async fn notify(&self, openid: &str, template_id: &str, data: Value) -> i64 {
        let body = json!({"touser": openid, "template_id": template_id, "page": "pages/order?id=1024", "data": data});
        self.call("/cgi-bin/message/subscribe/send", "application/json", body.to_string().into()).await
    }

    /// uploadTempMedia; the media id.
    pub(crate) async fn upload(&self, picture: &[u8]) -> String {
        let mut body = b"--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\n\
                         Content-Type: image/png\r\n\r\n"
            .to_vec();
        body.extend_from_slice(picture);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let answer = self.answer("/cgi-bin/media/upload?type=image", "multipart/form-data; boundary=b", body).await;
        answer["media_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn call(&self, path: &str, content_type: &str, body: Vec<u8>) -> i64 {
        let answer = self.answer(path, content_type, body).await;
        answer["errcode"].as_i64().unwrap_or_else(|| panic!("{answer}"))
    }

    async fn answer(&self, path: &str, content_type: &str, body: Vec<u8>) -> Value {
        let url = format!("{}{path}", self.api_url);
        let mut request = http::Request::post(&url).header("content-type", content_type).body(body).unwrap();
        sign_as_user(&mut request);
        self.client.execute(request.try_into().unwrap()).await.unwrap().json().await.unwrap()
    }
}

/// Signature Version 4 for the service `execute-api`.
fn sign_as_user(request: &mut http::Request<Vec<u8>>) {
    let credentials =
        Credentials::new(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), None, None, "environment");
    let identity = credentials.into();
    let region = variable("AWS_REGION");
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name("execute-api")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let content_type = request.headers()["content-type"].to_str().unwrap().to_owned();
    let uri = request.uri().to_string();
    let signable = SignableRequest::new(
        "POST",
        &uri,
        [("content-type", content_type.as_str())].into_iter(),
        SignableBody::Bytes(request.body()),
    );
    let (instructions, _) = sign(signable.unwrap(), &parameters).unwrap().into_parts();
    instructions.apply_to_request_http1x(request);
}

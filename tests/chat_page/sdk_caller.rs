//! A caller of the SDK gateway, as a WeChat SDK calls it.

use reqwest::Client;
use serde_json::Value;

use crate::back_end::variable;
use crate::own_simulator::APPID;

/// How it names itself.
pub(crate) const USER_AGENT: &str = "python-requests/2.32.5";

pub(crate) struct SdkCaller {
    client: Client,
    url: String,
    token: String,
}

impl SdkCaller {
    /// One that has a caller token.
    pub(crate) async fn new() -> Self {
        let client = Client::builder().no_proxy().user_agent(USER_AGENT).build().unwrap();
        let (url, secret) = (variable("SDK_API_URL"), variable("SDK_CALLER_SECRET"));
        let token = format!("{url}/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={secret}");
        let issued: Value = client.get(token).send().await.unwrap().json().await.unwrap();
        let token = issued["access_token"].as_str().unwrap_or_else(|| panic!("{issued}")).to_owned();
        Self { client, url, token }
    }

    /// Calls WeChat's API through the gateway; the errcode.
    pub(crate) async fn call(&self, path: &str, body: &Value) -> i64 {
        let url = format!("{}{path}?access_token={}", self.url, self.token);
        let answer: Value = self.client.post(url).json(body).send().await.unwrap().json().await.unwrap();
        answer["errcode"].as_i64().unwrap_or_else(|| panic!("{answer}"))
    }
}

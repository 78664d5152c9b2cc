//! Who called WeChat's API, as far as WeChat can know: by the headers of the request.

use serde_json::json;

use crate::own_product::Does;
use crate::page::Page;
use crate::scene::Scene;
use crate::sdk_caller::{SdkCaller, USER_AGENT};

#[tokio::test]
async fn a_call_that_the_gateway_passes_on_shows_its_callers_user_agent_and_an_action_none() {
    let page = Page::open().await;
    let caller = SdkCaller::new().await;
    page.write("营业时间").await;
    page.sees("#traffic [data-outcome=answered]").await;
    let check = json!({"openid": page.openid, "scene": 2, "version": 2, "content": "a kite"});
    assert_eq!(caller.call("/wxa/msg_sec_check", &check).await, 0);
    let row = page.reads("#traffic .call:not(.of-another)", "/wxa/msg_sec_check").await.text().await.unwrap();
    assert!(row.contains(&format!("User-Agent {USER_AGENT}")), "{row}");

    let message = json!({"touser": page.openid, "msgtype": "text", "text": {"content": "by the gateway"}});
    assert_eq!(caller.call("/cgi-bin/message/custom/send", &message).await, 0);
    page.reads("#conversation .theirs", "by the gateway").await;
    let named = page.count("#traffic .call:not(.of-another):has(.user-agent)").await;
    assert_eq!(named, 1, "an action is called by the product itself, whoever asked for it");
    page.close(&[]).await;
}

#[tokio::test]
async fn a_call_opens_to_its_request_without_credentials() {
    let scene = Scene::set(Does::Answers(200, "success")).await;
    let page = &scene.page;
    let message = json!({"touser": page.openid, "msgtype": "text", "text": {"content": "hello"}});
    assert_eq!(scene.call("/cgi-bin/message/custom/send", message).await, 40003);
    page.reads("#traffic .call", "message/custom/send").await;
    assert_eq!(page.count("#traffic .user-agent").await, 0, "there was none");
    page.click("#traffic .call:last-child summary").await;
    page.reads("#traffic .call:last-child h3", "Request, as it came").await;
    let request = page.reads("#traffic .call:last-child pre", "POST /cgi-bin/message/custom/send").await;
    let request = request.text().await.unwrap();
    for part in ["?access_token=REDACTED\n", "content-type: application/json", "content-length: "] {
        assert!(request.contains(part), "{part}: {request}");
    }
    page.request("POST", "/cgi-bin/clear_quota?access_token=none", "{}").await;
    page.reads("#traffic .call .user-agent", "User-Agent Mozilla/5.0").await;
    scene.page.close(&[]).await;
}

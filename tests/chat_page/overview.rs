//! The page at one look, as the two READMEs show it.

use serde_json::json;

use crate::back_end::{BackEnd, variable};
use crate::page::Page;
use crate::picture::picture;
use crate::sdk_caller::{SdkCaller, USER_AGENT};

#[tokio::test]
async fn a_conversation_and_what_travelled_for_it_stand_side_by_side() {
    let page = Page::open().await;
    let kite = picture(&page, "background:linear-gradient(160deg,%2378c8ff 55%25,%2379c267 55%25)").await;
    page.resize(1440, 1000, false).await;
    let back_end = BackEnd::new();
    let caller = SdkCaller::new().await;
    page.click("#enter").await;
    page.click("#enter-send").await;
    page.reads("#conversation .theirs", "您好，欢迎光临！").await;
    page.write("请问营业时间？").await;
    page.reads("#conversation .theirs", "营业时间：每天 9:00–21:00。").await;

    // The product answers WeChat before this message is through. On a busy machine the answer may take as long, so that the
    // message is not late: `late_replies` holds the mark, this only shows it.
    let slow = json!({"path": "/cgi-bin/message/custom/send", "fault": "delay", "milliseconds": 4700, "times": 1});
    assert_eq!(page.request("PUT", "/simulator/faults", &slow.to_string()).await, 200);
    page.write("地址在哪里？").await;
    page.comes_to("document.querySelectorAll('#traffic .waiting').length", 1).await;
    assert_eq!(back_end.type_to(&page.openid, "Typing").await, 0);
    page.reads("#typing", "Typing…").await;
    page.photograph("typing").await;
    page.reads("#conversation .theirs", "查看地址").await;
    page.comes_to("document.querySelectorAll('#traffic .waiting').length", 0).await;
    page.sees("#service:not([hidden])").await;

    let check = json!({"openid": page.openid, "scene": 2, "version": 2, "content": "红色风筝"});
    assert_eq!(caller.call("/wxa/msg_sec_check", &check).await, 0);
    page.reads("#traffic .call .user-agent", USER_AGENT).await;
    let thumb_url = format!("{}/simulator/pictures/{}", variable("SIMULATOR_URL"), back_end.upload(&kite).await);
    let offer = json!({"title": "春季特惠", "description": "每只风筝都配飘带，周日截止",
        "url": "https://www.example.com/sale", "thumb_url": thumb_url});
    assert_eq!(back_end.send(&page.openid, "link", offer).await, 0);
    page.sees("#conversation .link-card img").await;
    page.write("我要找人工客服").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    page.click("#session-take").await;
    page.reads("#conversation .system", "An agent is with you now").await;
    page.write("我的风筝线断了").await;
    page.reads("#traffic .to-agent", "to the agent, not pushed").await;
    page.value("document.activeElement.blur()").await;
    page.photograph("overview").await;
    page.click("#language").await;
    page.reads("#conversation .system", "人工客服已接入").await;
    page.value("document.activeElement.blur()").await;
    page.photograph("overview.zh-CN").await;
    page.close(&[]).await;
}

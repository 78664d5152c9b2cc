//! A conversation by clicks: what the user does, what comes back, and what is left of the reply window.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::back_end::{BackEnd, variable};
use crate::page::Page;
use crate::picture::picture;

const MINE: &str = "#conversation .mine";
const THEIRS: &str = "#conversation .theirs";
const SYSTEM: &str = "#conversation .system";
const OWN_CALL: &str = "#traffic .call:not(.of-another)";
const OWN_TRAFFIC: &str = "#traffic > :not(.of-another)";

#[tokio::test]
async fn a_whole_conversation_by_clicks() {
    let page = Page::open().await;
    let back_end = BackEnd::new();
    let openid = page.openid.clone();
    let kite = picture(&page, "background:linear-gradient(160deg,%2378c8ff 55%25,%2379c267 55%25)").await;
    let sale = picture(&page, "background:radial-gradient(circle at 30%25 40%25,%23ffd36e,%23ff7a59)").await;
    let file = page.photograph("picked").await;
    std::fs::write(&file, &kite).unwrap();

    page.reads("#window-state", "never opened").await;
    page.click("#enter").await;
    page.click("#enter-send").await;
    page.reads(SYSTEM, "You entered the session from order-page").await;
    page.reads(THEIRS, "您好，欢迎光临！").await;
    page.reads("#window-remaining", "1").await;
    page.reads("#window-time", "0:00:").await;

    page.write("营业时间").await;
    page.reads(MINE, "营业时间").await;
    page.reads(THEIRS, "营业时间：每天 9:00–21:00。").await;
    page.reads("#window-remaining", "4").await;
    page.reads("#window-time", "47:59:").await;
    assert_eq!(page.count("#window-dots .full").await, 4);

    page.sees("#image-file").await.send_keys(file.to_str().unwrap()).await.unwrap();
    let photo = page.sees(&format!("{MINE} img.photo")).await;
    assert!(photo.attr("src").await.unwrap().unwrap().contains("/simulator/pictures/"));
    page.reads(SYSTEM, "You are being transferred to an agent").await;

    page.click("#card").await;
    page.sees("#card-title").await.send_keys("Red kite, 120 cm").await.unwrap();
    page.sees("#card-thumb").await.send_keys(file.to_str().unwrap()).await.unwrap();
    page.click("#card-send").await;
    page.reads(&format!("{MINE} .card"), "Red kite, 120 cm").await;
    page.reads(&format!("{MINE} .card"), "pages/index/index").await;

    page.click("#subscribe").await;
    page.click("#subscribe-send").await;
    page.reads(SYSTEM, "You accepted order-shipped\nYou rejected order-refunded").await;
    page.reads("#accepted", "order-shipped × 1").await;

    let link = "<a href=\"http://www.example.com\" data-miniprogram-appid=\"wxba5fad812f8e6fb9\" \
                data-miniprogram-path=\"pages/order?id=1024\">your order</a>";
    assert_eq!(back_end.type_to(&openid, "Typing").await, 0);
    page.reads("#phone-title", "Typing…").await;
    let media_id = back_end.upload(&sale).await;
    let thumb_url = format!("{}/simulator/pictures/{media_id}", variable("SIMULATOR_URL"));
    let offer = json!({"title": "Spring sale", "description": "A tail for every kite, until Sunday",
        "url": "https://www.example.com/sale", "thumb_url": thumb_url});
    assert_eq!(back_end.send(&openid, "link", offer).await, 0);
    page.reads(".link-card", "A tail for every kite").await;
    page.sees("#service:not([hidden])").await;
    let card = json!({"title": "Order 1024", "pagepath": "pages/order?id=1024", "thumb_media_id": media_id});
    assert_eq!(back_end.send(&openid, "miniprogrampage", card).await, 0);
    page.reads(&format!("{THEIRS} .card"), "Order 1024").await;
    assert_eq!(back_end.send(&openid, "image", json!({"media_id": media_id})).await, 0);
    page.sees(&format!("{THEIRS} img.photo")).await;
    let data = json!({"thing1": {"value": "Red kite, 120 cm"}, "date2": {"value": "2026-11-21"}});
    assert_eq!(back_end.notify(&openid, "order-shipped", data).await, 0);
    page.reads(".notification", "Red kite, 120 cm").await;
    page.reads("#traffic .push", "subscribe_msg_sent_event").await;
    assert!(page.texts("#accepted").await[0].is_empty(), "the one that was accepted is used up");
    assert_eq!(back_end.send(&openid, "text", json!({"content": format!("Here is {link}.")})).await, 0);
    page.reads(&format!("{THEIRS} .mini-program"), "your order").await;
    page.photograph("conversation").await;

    page.reads("#window-remaining", "1").await;
    assert_eq!(page.texts("#window-unit").await, ["message left"]);
    assert_eq!(back_end.send(&openid, "text", json!({"content": "the last"})).await, 0);
    page.reads("#window-remaining", "0").await;
    page.reads("#window-state", "used up: 45047").await;
    assert_eq!(back_end.send(&openid, "text", json!({"content": "one too many"})).await, 45047);
    page.write("谢谢").await;
    page.reads("#window-remaining", "5").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn what_travelled_is_shown_with_mode_format_signature_attempt_answer_and_time() {
    let page = Page::open().await;
    page.click("#settings [value=xml]").await;
    page.write("我要找人工客服").await;
    page.reads(SYSTEM, "You are being transferred to an agent").await;

    let row = page.reads("#traffic .push", "text").await;
    let said = row.text().await.unwrap();
    for part in ["push", "safe", "XML", "signed", "#1 200", " ms · transfer_customer_service"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    page.click("#traffic .push summary").await;
    page.reads("#traffic .push h3", "Reply, decrypted #1").await;
    for part in ["\"Content\": \"我要找人工客服\"", "msg_signature", "<xml>", "<Encrypt>", "transfer_customer_service"]
    {
        page.reads("#traffic .push pre", part).await;
    }

    page.write("地址").await;
    let call = page.reads(OWN_CALL, "message/custom/send").await;
    let said = call.text().await.unwrap();
    assert!(said.contains("text") && said.contains("errcode 0"), "{said}");
    call.find(By::Css("summary")).await.unwrap().click().await.unwrap();
    page.reads("#traffic .call pre", "请在小程序首页点").await;
    page.reads("#traffic .call pre", "\"errmsg\": \"ok\"").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn a_page_that_is_loaded_again_shows_the_same() {
    let page = Page::open().await;
    page.write("营业时间").await;
    page.reads(THEIRS, "营业时间").await;
    page.reads("#traffic [data-outcome=answered]", "push").await;
    let (conversation, traffic) = (page.texts("#conversation li").await, page.texts(OWN_TRAFFIC).await);

    page.browser.driver.refresh().await.unwrap();
    page.reads(THEIRS, "营业时间").await;
    page.reads("#traffic [data-outcome=answered]", "push").await;
    assert_eq!(page.texts("#conversation li").await, conversation);
    assert_eq!(page.texts(OWN_TRAFFIC).await, traffic);
    page.close(&[]).await;
}

#[tokio::test]
async fn users_see_their_own_messages_alone() {
    let mut page = Page::open().await;
    let first = page.openid.clone();
    page.write("营业时间").await;
    page.reads(THEIRS, "营业时间").await;

    page.be(&format!("{first}-friend")).await;
    page.sees(".welcome").await;
    assert_eq!(page.count("#conversation .mine, #conversation .theirs, #traffic .push").await, 0);
    page.reads("#window-state", "never opened").await;

    page.be(&first).await;
    page.reads(THEIRS, "营业时间").await;
    page.reads("#window-remaining", "4").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn what_anybody_writes_stays_text() {
    let page = Page::open().await;
    let attack = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>";
    page.write(attack).await;
    page.reads(MINE, attack).await;
    let link = "<a href=\"javascript:document.title='broken'\" onclick=\"document.title='broken'\">click</a>";
    let content = json!({"content": format!("{attack}{link}")});
    assert_eq!(BackEnd::new().send(&page.openid, "text", content).await, 0);
    page.reads(THEIRS, &format!("{attack}{link}")).await;
    // The product refuses to send such a card, so the page is told of one by itself.
    let card = json!({"title": "card", "url": "javascript:document.title='broken'"});
    let call = json!({"openid": page.openid, "acted": true, "path": "/cgi-bin/message/custom/send",
        "body": {"msgtype": "link", "link": card}});
    let happening = json!({"what": "call", "at": 1_700_000_000, "call": call});
    page.value(&format!("import('/page/conversation.js').then(({{show}}) => show({happening}, '{}'))", page.openid))
        .await;
    page.reads(&format!("{THEIRS} .link-card"), "card").await.click().await.unwrap();
    assert_eq!(
        page.count("#conversation img, #conversation script, #conversation [onclick], #conversation a").await,
        0
    );
    assert_eq!(page.browser.driver.title().await.unwrap(), "WeChat simulator");
    page.close(&[]).await;
}

#[tokio::test]
async fn typing_ends_when_the_agent_stops() {
    let page = Page::open().await;
    page.write("我要找人工客服").await;
    page.reads(SYSTEM, "You are being transferred to an agent").await;
    let back_end = BackEnd::new();
    assert_eq!(back_end.type_to(&page.openid, "Typing").await, 0);
    page.reads("#typing[role=status]", "Typing…").await;
    assert_eq!(back_end.type_to(&page.openid, "CancelTyping").await, 0);
    page.sees("#service:not([hidden])").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn a_picture_has_a_name_for_who_cannot_see_it() {
    let page = Page::open().await;
    let message = json!({"MsgType": "image", "PicUrl": "/page/icon.svg", "MediaId": "m"});
    let order = json!({"openid": page.openid, "message": message, "wait": false});
    assert_eq!(page.request("POST", "/simulator/push", &order.to_string()).await, 202);
    page.sees(&format!("{MINE} img[alt=Image]")).await;
    page.click("#language").await;
    page.sees(&format!("{MINE} img[alt=图片]")).await;
    let message = json!({"MsgType": "image", "PicUrl": "", "MediaId": "m"});
    let order = json!({"openid": page.openid, "message": message, "wait": false});
    assert_eq!(page.request("POST", "/simulator/push", &order.to_string()).await, 202);
    page.sees(&format!("{MINE} .no-picture[role=img][aria-label=无图片]")).await;
    page.close(&[]).await;
}

#[tokio::test]
async fn a_popup_is_told_in_each_of_its_forms() {
    let page = Page::open().await;
    for (form, template) in [("SubscribeMsgPopupEvent", "nested"), ("List", "plain")] {
        let item = json!({"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"});
        let list = if form == "List" { item } else { json!({"List": item}) };
        let message = json!({"MsgType": "event", "Event": "subscribe_msg_popup_event", form: list});
        let order = json!({"openid": page.openid, "message": message, "wait": false});
        assert_eq!(page.request("POST", "/simulator/push", &order.to_string()).await, 202);
        page.reads(SYSTEM, &format!("You accepted {template}")).await;
    }
    page.close(&[]).await;
}

//! The page at one look, as the README shows it.

use serde_json::json;

use crate::back_end::{BackEnd, variable};
use crate::page::Page;
use crate::picture::picture;

#[tokio::test]
async fn a_conversation_and_what_travelled_for_it_stand_side_by_side() {
    let page = Page::open().await;
    let kite = picture(&page, "background:linear-gradient(160deg,%2378c8ff 55%25,%2379c267 55%25)").await;
    page.resize(1440, 1000, false).await;
    let back_end = BackEnd::new();
    page.click("#enter").await;
    page.click("#enter-send").await;
    page.reads("#conversation .theirs", "您好，欢迎光临！").await;
    page.write("请问营业时间？").await;
    page.reads("#conversation .theirs", "营业时间：每天 9:00–21:00。").await;
    page.click("#subscribe").await;
    page.click("#subscribe-send").await;
    page.reads("#conversation .system", "You accepted order-shipped").await;
    let link = "您的风筝已发出：<a data-miniprogram-appid=\"wxba5fad812f8e6fb9\" \
                data-miniprogram-path=\"pages/order?id=1024\">查看订单</a>";
    assert_eq!(back_end.send(&page.openid, "text", json!({"content": link})).await, 0);
    let data = json!({"thing1": {"value": "红色风筝 120 cm"}, "date2": {"value": "2026-11-21"}});
    assert_eq!(back_end.notify(&page.openid, "order-shipped", data).await, 0);
    page.reads("#conversation .notification", "红色风筝").await;
    page.reads("#traffic .push", "subscribe_msg_sent_event").await;
    let thumb_url = format!("{}/simulator/pictures/{}", variable("SIMULATOR_URL"), back_end.upload(&kite).await);
    let offer = json!({"title": "春季特惠", "description": "每只风筝都配飘带，周日截止",
        "url": "https://www.example.com/sale", "thumb_url": thumb_url});
    assert_eq!(back_end.send(&page.openid, "link", offer).await, 0);
    page.sees("#conversation .link-card img").await;
    page.write("我要找人工客服").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    page.comes_to("document.querySelectorAll('#traffic [data-outcome=answered]').length", 5).await;
    page.value("document.activeElement.blur()").await;
    page.photograph("overview").await;
    page.close(&[]).await;
}

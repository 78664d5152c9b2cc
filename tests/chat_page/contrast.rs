//! Every text is dark enough on its ground for a reader with weak eyes: 4.5 to 1, by level AA of WCAG.

use serde_json::json;

use crate::own_product::Does;
use crate::scene::Scene;

/// The texts in sight that are paler than that, each with its contrast. What is disabled needs none.
const PALE: &str = "(() => { \
    const parts = (color) => color.match(/[\\d.]+/g).map(Number); \
    const light = (color) => { \
        const [red, green, blue] = parts(color).map((each) => each / 255) \
            .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4); \
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue }; \
    const ground = (element) => { \
        const color = getComputedStyle(element).backgroundColor; \
        return (parts(color)[3] ?? 1) || !element.parentElement ? color : ground(element.parentElement) }; \
    const contrast = (text, under) => { \
        const [dark, bright] = [light(text), light(under)].sort((a, b) => a - b); \
        return (bright + 0.05) / (dark + 0.05) }; \
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
    const pale = []; \
    while (walker.nextNode()) { \
        const element = walker.currentNode.parentElement; \
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(':disabled, select')) continue; \
        const ratio = contrast(getComputedStyle(element).color, ground(element)); \
        if (ratio < 4.5) pale.push([walker.currentNode.data, ratio]); \
    } \
    return pale })()";

#[tokio::test]
async fn every_text_stands_out_from_its_ground() {
    let scene = Scene::set(Does::Answers(200, "success")).await;
    let page = &scene.page;
    page.click("#enter").await;
    page.click("#enter-send").await;
    page.write("你好").await;
    page.comes_to("document.querySelectorAll('#traffic [data-outcome=answered]').length", 2).await;
    let message = json!({"touser": page.openid, "msgtype": "link",
        "link": {"title": "Sale", "description": "Until Sunday", "url": "https://www.example.com", "thumb_url": ""}});
    assert_eq!(scene.call("/cgi-bin/message/custom/send", message).await, 0);
    let data = json!({"touser": page.openid, "template_id": "order-shipped", "data": {}});
    assert_eq!(scene.call("/cgi-bin/message/subscribe/send", data).await, 43101);
    page.request("POST", "/cgi-bin/clear_quota?access_token=none", "{}").await;
    scene.product.now(Does::Replies("transfer_customer_service"));
    page.write("人工").await;
    page.reads("#session-state", "in the queue").await;
    page.click("#session-take").await;
    page.write("<a href='https://www.example.com'>a link</a>").await;
    page.reads("#traffic .to-agent", "not pushed").await;
    page.click("#session-end").await;
    page.reads("#traffic .agent-acts", "over").await;
    scene.product.now(Does::Answers(500, "no"));
    page.click("#settings [value=forged]").await;
    page.write("unsigned").await;
    page.sees("#traffic [data-outcome=fault_notice]").await;
    page.click("#again").await;
    page.click("#traffic .call summary").await;
    page.comes_to("document.querySelectorAll('.under-way').length", 0).await;
    page.choose("api-fault", "errcode").await;
    assert_eq!(page.value(PALE).await, json!([]));
    scene.page.close(&[]).await;
}

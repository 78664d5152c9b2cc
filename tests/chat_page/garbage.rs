//! What nobody should send, on the page: it stays text, in its place, and the page stays as wide as it is.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::layout::{WIDTH, fits};
use crate::own_product::Does;
use crate::page::Page;
use crate::scene::Scene;

/// What sticks out of the half that it is in, to either side; a `pre` and the rows scroll by themselves.
const STICKS_OUT: &str = "(() => { const out = []; for (const half of ['conversation-log', 'traffic']) { \
    const place = document.getElementById(half).getBoundingClientRect(); \
    if (place.width) for (const each of document.querySelectorAll(`#${half} *`)) { \
        const {left, right, width} = each.getBoundingClientRect(); \
        if (width && !each.closest('.user-agent') && (left < place.left - 1 || right > place.right + 1)) out.push(each.outerHTML.slice(0, 80)); \
    } } return out })()";

#[tokio::test]
async fn long_words_emoji_html_and_control_characters_stay_text_in_their_place() {
    let scene = Scene::set(Does::Answers(200, "success")).await;
    let page = &scene.page;
    let (word, template) = ("W".repeat(600), "W".repeat(64));
    let texts = [
        word.clone(),
        "汉".repeat(600),
        "👨‍👩‍👧‍👦🏳️‍🌈👍🏽".repeat(60),
        "</pre></li><style>*{display:none}</style><img src=x onerror=\"document.title='broken'\">&lt;b&gt;".to_owned(),
        "\u{202e}reversed\u{202c} a\u{0301}\u{0301}\u{0301} \u{0000}\u{0007}\u{200b}\u{feff}".to_owned(),
        "\n\n\n  spaces   and\ttabs\n".to_owned(),
        format!("https://www.example.com/{word}?{word}"),
    ];
    for text in &texts {
        push(page, json!({"MsgType": "text", "Content": text})).await;
        let message = json!({"touser": page.openid, "msgtype": "text", "text": {"content": text}});
        scene.call("/cgi-bin/message/custom/send", message).await;
    }
    push(page, json!({"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": word})).await;
    push(page, json!({"MsgType": "event", "Event": word})).await;
    push(page, json!({"MsgType": word, "Content": {"an": "object"}})).await;
    push(page, json!({"MsgType": "miniprogrampage", "Title": word, "PagePath": word, "ThumbUrl": "nowhere:"})).await;
    push(
        page,
        json!({"MsgType": "event", "Event": "subscribe_msg_popup_event",
        "List": [{"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"}]}),
    )
    .await;
    let card = json!({"touser": page.openid, "msgtype": "link",
        "link": {"title": word, "description": word, "url": format!("https://{word}"), "thumb_url": "nowhere:"}});
    assert_eq!(scene.call("/cgi-bin/message/custom/send", card).await, 0);
    let data = json!({"touser": page.openid, "template_id": template, "page": word, "data": {&word: {"value": word}}});
    assert_eq!(scene.call("/cgi-bin/message/subscribe/send", data).await, 0);
    scene.call(&format!("/cgi-bin/{word}"), json!({"touser": word, "msgtype": word})).await;
    let client = reqwest::Client::builder().no_proxy().user_agent(format!("agent/{word}")).build().unwrap();
    client.get(format!("{}/cgi-bin/getcallbackip", scene.url)).send().await.unwrap();

    page.reads("#traffic .user-agent", "agent/WWW").await;
    assert_eq!(page.texts("#conversation .mine .text").await[0], word);
    page.reads("#conversation .mine .text", "</pre></li><style>").await;
    page.reads("#conversation .theirs .text", "</pre></li><style>").await;
    assert_eq!(page.count("#conversation style, #conversation [onerror]").await, 0);
    for row in page.browser.driver.find_all(By::Css("#traffic details")).await.unwrap() {
        page.browser.driver.execute("arguments[0].open = true", vec![row.to_json().unwrap()]).await.unwrap();
    }
    assert_eq!(page.value(STICKS_OUT).await, json!([]));
    assert_eq!(page.value("document.documentElement.scrollWidth - innerWidth").await, 0);
    page.photograph("garbage").await;

    page.resize(WIDTH, 740, true).await;
    for half in ["phone", "traffic"] {
        page.click(&format!("[data-show={half}]")).await;
        fits(page).await;
        assert_eq!(page.value(STICKS_OUT).await, json!([]), "{half}");
        page.photograph(&format!("garbage-{half}")).await;
    }
    assert_eq!(page.browser.driver.title().await.unwrap(), "WeChat simulator");
    scene.page.close(&["nowhere:"]).await;
}

/// A push that is over.
async fn push(page: &Page, message: serde_json::Value) {
    let order = json!({"openid": page.openid, "message": message, "mode": "plain"});
    assert_eq!(page.request("POST", "/simulator/push", &order.to_string()).await, 200, "{order}");
}

//! What travelled: every digit of it, whoever it is to, and how much of it is kept.

use serde_json::json;

use crate::page::Page;

#[tokio::test]
async fn a_number_of_19_digits_is_shown_with_all_of_them() {
    let page = Page::open().await;
    let message = "{\"MsgType\": \"text\", \"Content\": \"hi\", \"MsgId\": 9223372036854775807}";
    let order = format!("{{\"openid\": \"{}\", \"message\": {message}, \"wait\": false}}", page.openid);
    assert_eq!(page.request("POST", "/simulator/push", &order).await, 202);
    page.click("#traffic .push summary").await;
    page.reads("#traffic .push pre", "\"MsgId\": 9223372036854775807").await;
    // The push again is the same message, by its number too.
    page.sees("#traffic [data-outcome=answered]").await;
    page.click("#again").await;
    page.reads("#traffic .push", "again").await;
    assert_eq!(page.count("#conversation .mine").await, 1);
    page.close(&[]).await;
}

#[tokio::test]
async fn a_call_to_another_user_is_shown_and_says_to_whom() {
    let page = Page::open().await;
    let mistyped = format!("{}-mistyped", page.openid);
    let body = json!({"touser": mistyped, "msgtype": "text", "text": {"content": "hello"}}).to_string();
    page.request("POST", "/cgi-bin/message/custom/send", &body).await;
    let row = page.reads("#traffic .call", &mistyped).await.text().await.unwrap();
    assert!(row.contains(&format!("to {mistyped}")) && row.contains("errcode 4"), "{row}");
    assert_eq!(page.count("#conversation .theirs").await, 0);
    page.close(&[]).await;
}

/// A push of this user's at a time, told to the halves themselves.
const TELL: &str = "Promise.all([import('/page/conversation.js'), import('/page/traffic.js')]).then((halves) => { \
    window.tell = (push, at) => halves.forEach((half) => half.show({at, what: 'push_starts', push, occasion: 'act', \
        openid: 'o', mode: 'safe', format: 'json', is_genuine: true, query: {}, body: '', \
        message: {MsgType: 'text', Content: `text ${push}`}}, 'o')) })";

/// Comes when the page has drawn what was told and heard of its own scrolling.
const SETTLED: &str = "new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(() => then(null))))";

#[tokio::test]
async fn the_oldest_rows_make_room() {
    let page = Page::open().await;
    page.value(TELL).await;
    page.value("Array.from({length: 5010}, (_, push) => tell(push, 1700000000)).length").await;
    for half in ["conversation", "traffic"] {
        assert_eq!(page.value(&format!("document.getElementById('{half}').childElementCount")).await, 5000, "{half}");
        let last = page.value(&format!("document.getElementById('{half}').lastElementChild.innerText")).await;
        assert!(half == "traffic" || last == "text 5009", "{last}");
    }
    page.close(&[]).await;
}

#[tokio::test]
async fn another_day_is_named_and_midnight_is_0_o_clock() {
    let page = Page::open().await;
    page.value(TELL).await;
    page.value("tell(1, new Date(2026, 0, 31, 23, 59).getTime() / 1000)").await;
    page.value("tell(2, new Date(2026, 1, 1, 0, 5).getTime() / 1000)").await;
    assert_eq!(page.texts("#conversation .time").await, ["2026-01-31 23:59", "2026-02-01 00:05"]);
    assert_eq!(page.texts("#traffic .day:has(+ .push)").await, ["2026-01-31", "2026-02-01"]);
    assert_eq!(page.texts("#traffic .push time").await, ["23:59:00", "00:05:00"]);
    page.value("tell(3, Date.now() / 1000)").await;
    assert!(page.texts("#traffic .day").await.last().unwrap() > &"2026-02-01".to_owned(), "today again");
    page.close(&[]).await;
}

#[tokio::test]
async fn who_opens_the_newest_row_is_left_to_read_it() {
    let page = Page::open().await;
    page.value(TELL).await;
    page.value("Array.from({length: 30}, (_, push) => tell(push, 1700000000)).length").await;
    page.comes_to("document.querySelectorAll('#traffic .push').length", 30).await;
    page.value(SETTLED).await;
    page.value("document.querySelector('#traffic .push:nth-last-child(1 of .push) summary').click()").await;
    page.value(SETTLED).await;
    let place = page.value("document.getElementById('traffic').scrollTop").await;
    page.value("tell(30, 1700000000)").await;
    page.value(SETTLED).await;
    assert_eq!(page.value("document.getElementById('traffic').scrollTop").await, place);
    page.close(&[]).await;
}

#[tokio::test]
async fn who_reads_further_up_is_left_there_and_who_is_at_the_end_follows() {
    let page = Page::open().await;
    page.value(TELL).await;
    for (scroller, first) in [("conversation-log", "0"), ("traffic", "100")] {
        let below = format!(
            "(({{scrollHeight, scrollTop, clientHeight}}) => Math.round(scrollHeight - scrollTop - clientHeight))\
             (document.getElementById('{scroller}'))"
        );
        page.value(&format!("Array.from({{length: 60}}, (_, push) => tell({first} + push, 1700000000)).length")).await;
        page.comes_to(&below, 0).await;
        page.value(SETTLED).await;
        page.value(&format!("document.getElementById('{scroller}').scrollTop = 100")).await;
        page.value(SETTLED).await;
        page.value(&format!("tell({first} + 60, 1700000000)")).await;
        page.value(SETTLED).await;
        assert_eq!(page.value(&format!("document.getElementById('{scroller}').scrollTop")).await, 100, "{scroller}");
        page.value(&format!("document.getElementById('{scroller}').scrollTop = 1e9")).await;
        page.value(SETTLED).await;
        page.value(&format!("tell({first} + 61, 1700000000)")).await;
        page.comes_to(&below, 0).await;
    }
    page.close(&[]).await;
}

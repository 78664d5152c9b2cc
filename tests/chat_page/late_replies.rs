//! Replies that come after WeChat had its answer: which messages are marked as late, and with how many seconds.

use serde_json::{Value, json};

use crate::own_product::Does;
use crate::page::Page;
use crate::scene::Scene;

const SEND: &str = "/cgi-bin/message/custom/send";
const MARKS: &str = "#conversation .late, #traffic .late";

#[tokio::test]
async fn a_reply_after_wechats_answer_is_marked_in_both_halves_and_in_both_languages() {
    let scene = Scene::set(Does::Answers(200, "success")).await;
    let page = &scene.page;
    let send = async |content: &str| {
        let message = json!({"touser": page.openid, "msgtype": "text", "text": {"content": content}});
        assert_eq!(scene.call(SEND, message).await, 0);
    };
    page.write("你好").await;
    page.sees("#traffic [data-outcome=answered]").await;
    send("We open at nine.").await;
    page.reads("#conversation .theirs .late", "s after the message").await;
    page.reads("#traffic .call .late", "late: ").await;
    send("And close at six.").await;
    page.reads("#conversation .theirs", "And close at six.").await;
    assert_eq!(page.count(MARKS).await, 2, "the message was replied to, and this one may be of another cause");

    page.click("#language").await;
    page.reads("#conversation .theirs .late", "延迟回复：消息发出").await;
    page.browser.driver.refresh().await.unwrap();
    page.reads("#conversation .theirs .late", "秒后").await;
    page.reads("#conversation .theirs", "And close at six.").await;
    assert_eq!(page.count(MARKS).await, 2);
    scene.page.close(&[]).await;
}

/// What happens in a story, by the name of the step.
const STEPS: &str = "(() => { \
    const push = {what: 'push_starts', occasion: 'act', openid: 'o', is_genuine: true, message: {MsgType: 'text'}}; \
    const call = {path: '/cgi-bin/message/custom/send', openid: 'o', acted: true}; \
    return { \
        written: push, \
        entered: {...push, message: {MsgType: 'event'}}, \
        forged: {...push, is_genuine: false}, \
        repeated: {...push, occasion: 'again'}, \
        by_another: {...push, openid: 'p'}, \
        transferred: {what: 'attempt_ends', attempt: {reply: {MsgType: 'transfer_customer_service'}}}, \
        over: {what: 'push_ends'}, \
        sent: {what: 'call', call}, \
        refused: {what: 'call', call: {...call, acted: false}}, \
        typing: {what: 'call', call: {...call, path: '/cgi-bin/message/custom/typing'}}, \
        sent_to_another: {what: 'call', call: {...call, openid: 'p'}} } })()";

/// By how many seconds each message that is sent in a story is late, null if it is not. A step is `[at, name, push]`.
async fn seconds_late(page: &Page, story: &Value) -> Value {
    page.value(&format!(
        "import('/page/late_replies.js').then(({{clear, secondsLate}}) => {{ clear(); const steps = {STEPS}; \
         const late = {story}.map(([at, name, push]) => [name, secondsLate({{at, push, ...steps[name]}}, 'o') ?? null]); \
         return late.filter(([name]) => name === 'sent').map(([, seconds]) => seconds) }})"
    ))
    .await
}

#[tokio::test]
async fn a_message_is_late_if_the_push_it_replies_to_was_over_without_one() {
    let scene = Scene::set(Does::Hangs).await;
    let page = &scene.page;
    for (case, story, expected) in [
        ("after the answer", json!([[0, "written", 1], [4, "over", 1], [12, "sent"]]), json!([12])),
        (
            "before the answer",
            json!([[0, "written", 1], [3, "sent"], [4, "over", 1], [9, "sent"]]),
            json!([null, null]),
        ),
        ("in parts", json!([[0, "written", 1], [3, "sent"], [3, "sent"], [4, "over", 1]]), json!([null, null])),
        ("unasked", json!([[9, "sent"]]), json!([null])),
        ("a transfer", json!([[0, "written", 1], [2, "transferred", 1], [2, "over", 1], [9, "sent"]]), json!([null])),
        ("a welcome", json!([[0, "entered", 1], [1, "over", 1], [2, "sent"]]), json!([null])),
        ("a forgery", json!([[0, "forged", 1], [1, "over", 1], [2, "sent"]]), json!([null])),
        ("a repeat", json!([[0, "repeated", 1], [1, "over", 1], [2, "sent"]]), json!([null])),
        ("of another", json!([[0, "by_another", 1], [1, "over", 1], [2, "sent"]]), json!([null])),
        (
            "what is no message to the user",
            json!([
                [0, "written", 1],
                [1, "typing"],
                [1, "sent_to_another"],
                [1, "refused"],
                [4, "over", 1],
                [6, "sent"]
            ]),
            json!([6]),
        ),
        (
            "two that wait",
            json!([[0, "written", 1], [4, "over", 1], [5, "written", 2], [9, "over", 2], [12, "sent"], [13, "sent"]]),
            json!([12, 8]),
        ),
        (
            "one that waits while another is under way",
            json!([[0, "written", 1], [4, "over", 1], [5, "written", 2], [6, "sent"], [7, "over", 2], [12, "sent"]]),
            json!([null, 12]),
        ),
        ("just in time to be a reply", json!([[0, "written", 1], [4, "over", 1], [900, "sent"]]), json!([900])),
        ("too late to be a reply", json!([[0, "written", 1], [4, "over", 1], [901, "sent"]]), json!([null])),
    ] {
        assert_eq!(seconds_late(page, &story).await, expected, "{case}");
    }
    scene.page.close(&[]).await;
}

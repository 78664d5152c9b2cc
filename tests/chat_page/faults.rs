//! What goes wrong, switched on by clicks while it runs.

use serde_json::json;
use thirtyfour::Key;

use crate::page::Page;

const FAULT_NOTICE: &str = "该小程序客服暂时无法提供服务，请稍后再试";
const ATTEMPT: &str = "#traffic .push .attempt";
const OWN_CALL: &str = "#traffic .call:not(.of-another)";

#[tokio::test]
async fn a_bad_signature_is_refused_and_opens_nothing() {
    let page = Page::open().await;
    page.click("#settings [value=forged]").await;
    page.write("让我进去").await;
    page.reads(".mine .forged", "somebody else, with a bad signature").await;
    page.reads(ATTEMPT, "#1 403").await;
    page.reads("#traffic .push", "bad signature").await;
    page.reads("#window-state", "never opened").await;
    page.sees("#traffic [data-outcome=fault_notice]").await;
    assert_eq!(page.count("#conversation .fault-notice").await, 0);
    page.close(&[]).await;
}

#[tokio::test]
async fn a_weaker_mode_than_the_stack_takes_shows_the_user_a_fault() {
    let page = Page::open().await;
    page.click("#settings [value=plain]").await;
    page.write("你好").await;
    page.reads("#conversation .fault-notice", FAULT_NOTICE).await;
    page.reads(ATTEMPT, "#1 403").await;

    page.click("#settings [value=safe]").await;
    page.write("你好").await;
    page.reads(ATTEMPT, "#1 200").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_and_the_message_is_handled_once() {
    let page = Page::open().await;
    page.click("#settings [value=drop]").await;
    page.write("营业时间").await;
    page.reads(ATTEMPT, "#2 200").await;
    let lost = page.reads("#traffic .push [class~=bad]", "#1 – · ").await.text().await.unwrap();
    assert!(lost.ends_with("the answer was lost"), "{lost}");
    page.click("#traffic .push summary").await;
    page.reads("#traffic .push pre", "lost on its way (simulated)").await;
    page.reads("#traffic .push h3", "Answer #2").await;
    page.reads("#conversation .theirs", "营业时间").await;
    page.sees("#traffic [data-outcome=answered]").await;
    assert_eq!(page.count("#conversation .theirs").await, 1);
    page.reads("#window-remaining", "4").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn the_fault_notice_comes_when_no_answer_arrives() {
    let page = Page::open().await;
    page.click("#settings [value=drop]").await;
    page.choose("attempts", "4").await;
    page.write("你好").await;
    page.reads("#conversation .fault-notice [lang=zh-CN]", FAULT_NOTICE).await;
    let attempts = page.texts(ATTEMPT).await;
    assert_eq!(attempts.len(), 4, "{attempts:?}");
    page.close(&[]).await;
}

#[tokio::test]
async fn a_slow_answer_is_cut_after_five_seconds_and_asked_for_again() {
    let page = Page::open().await;
    page.click("#settings [value=slow]").await;
    page.write("我要找人工客服").await;
    page.reads(".attempt .waiting", "under way").await;
    page.reads("#traffic .push .attempt.bad", "no answer in time").await;
    page.reads(ATTEMPT, "#2 200").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn the_last_push_goes_again_at_once_and_the_user_is_told_once() {
    let page = Page::open().await;
    page.write("我要找人工客服").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    page.click("#again").await;
    let row = page.reads("#traffic .push", "again").await;
    page.comes_to("document.querySelectorAll('#traffic [data-outcome=answered]').length", 2).await;
    assert!(row.text().await.unwrap().contains("transfer_customer_service"));
    assert_eq!(page.count("#conversation .mine").await, 1);
    assert_eq!(page.count("#conversation .system").await, 1);
    page.close(&[]).await;
}

#[tokio::test]
async fn a_fault_of_wechats_api_is_switched_on_and_off() {
    let page = Page::open().await;
    page.choose("api-path", "/cgi-bin/message/custom/send").await;
    page.choose("api-fault", "errcode").await;
    page.write("营业时间").await;
    let refused = page.reads(OWN_CALL, "errcode -1").await.text().await.unwrap();
    assert!(refused.contains("simulated"), "{refused}");
    page.reads("#conversation .system", "You are being transferred to an agent").await;

    page.choose("api-fault", "").await;
    page.write("地址").await;
    page.reads("#conversation .theirs", "请在小程序首页").await;
    let sends = page.texts(OWN_CALL).await;
    let sends: Vec<_> = sends.iter().filter(|text| text.contains("custom/send")).collect();
    assert!(sends.last().unwrap().contains("errcode 0"), "{sends:?}");
    page.close(&[]).await;
}

#[tokio::test]
async fn what_the_simulator_refuses_is_said_and_nothing_is_pushed() {
    let page = Page::open().await;
    page.click("#again").await;
    page.reads("#alert", "The simulator refuses: openid: no push has gone out in this user's name yet").await;
    assert_eq!(page.count("#traffic .push").await, 0);
    // Chromium itself notes each 4xx.
    page.close(&["400 (Bad Request)"]).await;
}

#[tokio::test]
async fn a_push_that_takes_long_holds_up_no_other() {
    let page = Page::open().await;
    page.click("#settings [value=slow]").await;
    // A browser has six connections for a site, and the timeline takes one.
    let write = "(text) => { document.getElementById('text').value = text; \
                 document.getElementById('composer').requestSubmit() }";
    page.value(&format!("[...'一二三四五六'].forEach({write})")).await;
    page.reads("#conversation .mine", "六").await;
    assert_eq!(page.count("#traffic .push .attempt.bad").await, 0, "the first has yet to be cut");
    page.comes_to("document.querySelectorAll('#traffic [data-outcome=answered]').length", 6).await;
    page.close(&[]).await;
}

/// The faults that the simulator has.
pub(crate) const FAULTS: &str = "new Promise((then) => { \
    const timeline = new EventSource('/simulator/timeline'); \
    timeline.addEventListener('state', ({data}) => { timeline.close(); then(JSON.parse(data).faults) }) })";

#[tokio::test]
async fn whoever_goes_through_the_faults_by_keyboard_ends_with_the_one_that_shows() {
    let page = Page::open().await;
    page.choose("api-path", "/cgi-bin/message/custom/send").await;
    page.value("document.getElementById('api-fault').focus()").await;
    page.presses(Key::Down.value().to_string().repeat(5)).await;
    let shown = page.value("document.getElementById('api-fault').value").await;
    assert_eq!(shown, "half");
    page.comes_to(FAULTS, json!({"/cgi-bin/message/custom/send": "half"})).await;
    assert_eq!(page.value("document.getElementById('api-fault').value").await, shown);
    page.write("营业时间").await;
    // It was acted upon, so the user sees it, whatever the caller got.
    page.reads("#conversation .theirs", "营业时间").await;
    let said = page.reads(OWN_CALL, "acted upon, no answer arrived").await.text().await.unwrap();
    assert!(said.contains("half an answer"), "{said}");
    page.choose("api-fault", "").await;
    page.comes_to(FAULTS, json!({})).await;
    page.close(&[]).await;
}

#[tokio::test]
async fn faults_that_a_script_switches_on_are_shown_whatever_their_path() {
    let page = Page::open().await;
    let fault = |path: &str| json!({"path": path, "fault": "html"}).to_string();
    page.request("PUT", "/simulator/faults", &fault("/cgi-bin/new")).await;
    page.comes_to("document.getElementById('api-path').value", "/cgi-bin/new").await;
    assert_eq!(page.value("document.getElementById('api-fault').value").await, "html");
    page.request("PUT", "/simulator/faults", &fault("/cgi-bin/token")).await;
    page.reads("#api-faults", "Several are at fault: /cgi-bin/new, /cgi-bin/token").await;
    page.choose("api-path", "/cgi-bin/media/get").await;
    page.comes_to(FAULTS, json!({"/cgi-bin/media/get": "html"})).await;
    page.comes_to("document.getElementById('api-faults').innerText", "").await;
    page.request("DELETE", "/simulator/faults", "").await;
    page.comes_to("document.getElementById('api-fault').value", "").await;
    page.close(&[]).await;
}

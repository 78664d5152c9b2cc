//! What goes wrong, switched on by clicks while it runs.

use crate::page::Page;

const FAULT_NOTICE: &str = "该小程序客服暂时无法提供服务，请稍后再试";
const ATTEMPT: &str = "#traffic .push .attempt";

#[tokio::test]
async fn a_bad_signature_is_refused_and_opens_nothing() {
    let page = Page::open().await;
    page.click("#settings [value=forged]").await;
    page.write("让我进去").await;
    page.reads(".mine .forged", "somebody else, with a bad signature").await;
    page.reads(ATTEMPT, "#1 403").await;
    page.reads("#traffic .push", "bad signature").await;
    page.reads("#window-state", "never opened").await;
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
    page.reads("#traffic .push [class~=bad]", "#1 – · ").await;
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
    page.reads("#conversation .fault-notice", FAULT_NOTICE).await;
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
    page.reads("#traffic .push .attempt.bad", "no answer within 5 s").await;
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
    page.reads("#traffic .push:last-of-type .attempt", "#1 200").await;
    assert!(row.text().await.unwrap().contains("transfer_customer_service"));
    assert_eq!(page.count("#conversation .mine").await, 1);
    assert_eq!(page.count("#conversation .system").await, 1);
    page.close(&[]).await;
}

#[tokio::test]
async fn a_fault_of_wechats_api_is_switched_on_and_off() {
    let page = Page::open().await;
    page.choose("api-path", "/cgi-bin/message/custom/typing").await;
    page.choose("api-fault", "errcode").await;
    page.write("营业时间").await;
    page.reads("#traffic .call", "not acted upon · errcode").await;
    page.reads("#conversation .theirs", "营业时间").await;

    page.choose("api-fault", "").await;
    page.write("地址").await;
    page.reads("#conversation .theirs", "请在小程序首页").await;
    let typing = page.texts("#traffic .call:has(summary)").await;
    let typing: Vec<_> = typing.iter().filter(|text| text.contains("custom/typing")).collect();
    assert!(typing.last().unwrap().contains("errcode 0"), "{typing:?}");
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

//! What becomes of the product's answers: a simulator and a product of the test's own, which answers as no good one would.

use serde_json::json;
use thirtyfour::Key;

use crate::layout::{WIDTH, fits, tab_to};
use crate::own_product::Does;
use crate::scene::Scene;

const MINE: &str = "#conversation .mine";
const THEIRS: &str = "#conversation .theirs";
const ATTEMPT: &str = "#traffic .push .attempt";

#[tokio::test]
async fn a_passive_reply_that_is_no_transfer_shows_the_user_nothing_and_is_marked() {
    let scene = Scene::set(Does::Replies("text")).await;
    let page = &scene.page;
    page.write("你好").await;
    page.sees("#traffic [data-outcome=answered]").await;
    let said = page.reads(ATTEMPT, "#1 200").await.text().await.unwrap();
    assert!(said.contains("text") && said.contains("passive reply that WeChat ignores"), "{said}");
    assert_eq!(page.texts("#conversation li:not(.time)").await, ["你好"]);
    page.click("#language").await;
    page.reads(ATTEMPT, "被动回复，微信不予处理").await;
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn a_bad_status_is_asked_again_at_once_until_the_user_sees_a_fault() {
    let scene = Scene::set(Does::Answers(502, "")).await;
    let page = &scene.page;
    page.write("你好").await;
    page.sees("#conversation .fault-notice").await;
    page.comes_to(&format!("document.querySelectorAll('{ATTEMPT}.bad').length"), 4).await;
    assert_eq!(scene.product.pushes(), 4);
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn a_payment_is_repeated_until_its_err_code_is_0() {
    let scene = Scene::set(Does::Answers(200, r#"{"ErrCode":1,"ErrMsg":"later"}"#)).await;
    let page = &scene.page;
    let message = json!({"MsgType": "event", "Event": "xpay_refund_notify"});
    let order = json!({"openid": page.openid, "message": message, "mode": "plain", "wait": false});
    assert_eq!(page.request("POST", "/simulator/push", &order.to_string()).await, 202);
    page.reads(&format!("{ATTEMPT}.bad"), "ErrCode other than 0").await;
    page.reads(ATTEMPT, "#2 200").await;
    scene.product.now(Does::Answers(200, r#"{"ErrCode":0,"ErrMsg":"success"}"#));
    page.sees("#traffic .push[data-outcome=answered]").await;
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn a_late_message_and_the_typing_line_appear_while_the_push_is_under_way() {
    let scene = Scene::set(Does::Hangs).await;
    let (page, openid) = (&scene.page, &scene.page.openid);
    page.write("你好").await;
    page.reads(ATTEMPT, "under way").await;
    let typing = json!({"touser": openid, "command": "Typing"});
    assert_eq!(scene.call("/cgi-bin/message/custom/typing", typing).await, 0);
    page.reads("#typing", "Typing…").await;
    let message = json!({"touser": openid, "msgtype": "text", "text": {"content": "We open at nine."}});
    assert_eq!(scene.call("/cgi-bin/message/custom/send", message).await, 0);
    page.reads(THEIRS, "We open at nine.").await;
    page.sees("#service:not([hidden])").await;
    page.reads("#window-remaining", "4").await;
    assert_eq!(page.count(&format!("{MINE}.under-way")).await, 1, "all that came before the push had an answer");
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn a_user_waits_for_an_agent_talks_with_one_and_is_with_the_product_again() {
    let scene = Scene::set(Does::Replies("transfer_customer_service")).await;
    let page = &scene.page;
    page.reads("#session-state", "none: the product talks alone").await;
    page.sees("#session-take:disabled").await;
    page.write("人工").await;
    page.reads("#session-state", "in the queue").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    scene.product.now(Does::Answers(200, "success"));
    page.write("还在吗").await;
    page.comes_to("document.querySelectorAll('#traffic [data-outcome=answered]').length", 2).await;

    page.click("#session-take").await;
    page.reads("#session-state", "an agent has it").await;
    page.reads("#conversation .system", "An agent is with you now").await;
    page.reads("#traffic .agent-acts", "an agent has it: messages are not pushed").await;
    page.write("你好").await;
    page.reads(MINE, "你好").await;
    page.reads("#traffic .to-agent", "to the agent, not pushed").await;
    assert_eq!((page.count("#traffic .push").await, scene.product.pushes()), (2, 2));
    assert_eq!(page.count(&format!("{MINE}.under-way")).await, 0);
    page.photograph("session").await;
    page.resize(WIDTH, 740, true).await;
    page.click("[data-show=traffic]").await;
    fits(page).await;
    page.photograph("phone-session").await;
    page.resize(1440, 1000, false).await;

    page.browser.driver.refresh().await.unwrap();
    page.reads("#session-state", "an agent has it").await;
    page.reads("#traffic .to-agent", "to the agent, not pushed").await;
    page.reads("#conversation .system", "An agent is with you now").await;
    page.click("#session-end").await;
    page.reads("#session-state", "over").await;
    page.reads("#conversation .system", "The session with the agent is over").await;
    page.reads("#traffic .agent-acts", "over: messages are pushed again").await;
    page.sees("#session-end:disabled").await;
    page.click("#settings [value=plain]").await;
    page.write("谢谢").await;
    page.comes_to("document.querySelectorAll('#traffic [data-outcome=answered]').length", 3).await;
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn a_user_whom_no_agent_takes_is_told_in_both_languages() {
    let scene = Scene::set(Does::Replies("transfer_customer_service")).await;
    let page = &scene.page;
    page.write("人工").await;
    page.reads("#session-state", "in the queue").await;
    page.click("#session-end").await;
    page.reads("#conversation .system", "The agent has turned you away").await;
    page.click("#language").await;
    page.reads("#conversation .system", "客服未接入，排队已结束").await;
    page.reads("#traffic .agent-acts", "人工会话").await;
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn an_agent_needs_no_mouse() {
    let scene = Scene::set(Does::Replies("transfer_customer_service")).await;
    let page = &scene.page;
    page.write("人工").await;
    page.reads("#session-state", "in the queue").await;
    tab_to(page, "session-take").await;
    page.presses(Key::Enter).await;
    page.reads("#session-state", "an agent has it").await;
    page.presses(Key::Tab).await;
    assert_eq!(page.value("document.activeElement.id").await, "session-end", "Tab goes on from the button that is off");
    page.presses(Key::Enter).await;
    page.reads("#session-state", "over").await;
    scene.page.close(&[]).await;
}

#[tokio::test]
async fn a_session_that_nobody_ends_is_shown_as_over_when_its_time_is() {
    let scene = Scene::set(Does::Answers(200, "success")).await;
    let page = &scene.page;
    let until = |seconds: i64| {
        let user = format!("{{session: {{with: 'agent', until: Date.now() / 1000 + {seconds}}}}}");
        format!("import('/page/session.js').then(({{show}}) => show({user}))")
    };
    page.value(&until(60)).await;
    page.reads("#session-state", "an agent has it").await;
    page.value(&until(1)).await;
    page.reads("#session-state", "over").await;
    scene.page.close(&[]).await;
}

//! A user in the queue, with an agent, and after the session, over HTTP.

use std::sync::{Arc, Mutex};

use axum::Router;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, Watcher, start, text_of};

/// A stage whose product answers as it is told, and what it is told.
async fn stage_with_answer() -> (Stage, Arc<Mutex<String>>) {
    let stage = Stage::set().await;
    let answer = Arc::new(Mutex::new("success".to_owned()));
    let (told, pushes) = (answer.clone(), stage.pushes.clone());
    let product = Router::new().fallback(move |body: axum::body::Bytes| async move {
        pushes.lock().unwrap().push((String::new(), body));
        told.lock().unwrap().clone()
    });
    let push_url = format!("{}/push", start(product).await);
    stage.call(Method::PUT, "/simulator/push-url", json!({"push_url": push_url})).await;
    (stage, answer)
}

fn reply(message_type: &str) -> String {
    json!({"ToUserName": "oUser", "FromUserName": "gh_simulated", "CreateTime": 1, "MsgType": message_type}).to_string()
}

fn plain_text(openid: &str) -> Value {
    let mut order = text_of(openid);
    order["mode"] = json!("plain");
    order
}

fn of_user() -> Value {
    json!({"openid": "oUser"})
}

async fn session(stage: &Stage) -> Value {
    stage.get("/simulator/session?openid=oUser").await["session"]["with"].clone()
}

#[tokio::test]
async fn messages_reach_the_product_in_the_queue_and_after_the_session_and_the_agent_in_between() {
    let (stage, answer) = stage_with_answer().await;
    assert_eq!(session(&stage).await, "nobody");
    let account = stage.wechat.identity.account.clone();
    *answer.lock().unwrap() = reply("transfer_customer_service").replace("gh_simulated", &account);
    stage.post("/simulator/push", plain_text("oUser")).await;
    assert_eq!(session(&stage).await, "queue");

    *answer.lock().unwrap() = "success".to_owned();
    stage.post("/simulator/push", plain_text("oUser")).await;
    assert_eq!((session(&stage).await, stage.pushes.lock().unwrap().len()), (json!("queue"), 2));

    let taken = stage.post("/simulator/session/take", of_user()).await;
    assert_eq!(taken["session"]["with"], "agent");
    let mut watcher = Watcher::of(&stage, None).await;
    let delivery = stage.post("/simulator/push", plain_text("oUser")).await;
    assert_eq!((&delivery["outcome"], &delivery["attempts"]), (&json!("to_agent"), &json!([])));
    assert_eq!(delivery["message"]["Content"], "hi");
    let told = watcher.until("to_agent").await;
    assert_eq!((&told["openid"], &told["message"]), (&json!("oUser"), &delivery["message"]));
    let mut unawaited = plain_text("oUser");
    unawaited["wait"] = json!(false);
    assert_eq!(stage.call(Method::POST, "/simulator/push", unawaited).await, (202, json!({})));
    assert_eq!(stage.pushes.lock().unwrap().len(), 2);
    let enter = json!({"openid": "oUser", "message": {"MsgType": "event", "Event": "user_enter_tempsession"}});
    stage.post("/simulator/push", enter).await;
    assert_eq!(stage.pushes.lock().unwrap().len(), 3, "an event goes to the product");
    stage.post("/simulator/push", plain_text("oOther")).await;
    assert_eq!(stage.pushes.lock().unwrap().len(), 4, "and so does the message of another user");

    let ended = stage.post("/simulator/session/end", of_user()).await;
    assert_eq!(ended, json!({"session": {"with": "over"}}));
    assert_eq!(session(&stage).await, "over");
    stage.post("/simulator/push", plain_text("oUser")).await;
    assert_eq!(stage.pushes.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn who_watches_sees_where_the_user_is() {
    let (stage, answer) = stage_with_answer().await;
    let mut watcher = Watcher::of(&stage, None).await;
    *answer.lock().unwrap() =
        reply("transfer_customer_service").replace("gh_simulated", &stage.wechat.identity.account);
    stage.post("/simulator/push", plain_text("oUser")).await;
    assert_eq!(watcher.until("user").await["user"]["session"], json!({"with": "nobody"}));
    assert_eq!(watcher.until("attempt_ends").await["attempt"]["is_ignored"], false);
    assert_eq!(watcher.until("user").await["user"]["session"], json!({"with": "queue"}));
    stage.post("/simulator/session/take", of_user()).await;
    assert_eq!(watcher.until("agent_acts").await["act"], "takes");
    let session = watcher.until("user").await["user"]["session"].clone();
    assert!(session["with"] == "agent" && session["until"].is_i64(), "{session}");
    stage.post("/simulator/session/end", of_user()).await;
    assert_eq!(watcher.until("agent_acts").await["act"], "ends");
    assert_eq!(watcher.until("user").await["user"]["session"], json!({"with": "over"}));
    stage.post("/simulator/push", plain_text("oUser")).await;
    stage.post("/simulator/session/end", of_user()).await;
    let act = watcher.until("agent_acts").await;
    assert_eq!((&act["openid"], &act["act"]), (&json!("oUser"), &json!("turns_away")));
}

#[tokio::test]
async fn only_a_transfer_that_wechat_obeys_leads_to_the_queue() {
    let (stage, answer) = stage_with_answer().await;
    let account = stage.wechat.identity.account.clone();
    for (message_type, event, forged, lost) in [
        ("text", None, false, false),
        ("transfer_customer_service", Some("user_enter_tempsession"), false, false),
        ("transfer_customer_service", None, true, false),
        ("transfer_customer_service", None, false, true),
    ] {
        *answer.lock().unwrap() = reply(message_type).replace("gh_simulated", &account);
        let mut order = plain_text("oUser");
        if let Some(event) = event {
            order["message"] = json!({"MsgType": "event", "Event": event});
        }
        order["bad_signature"] = json!(forged);
        order["fault"] = if lost { json!("drop") } else { Value::Null };
        stage.post("/simulator/push", order).await;
        assert_eq!(session(&stage).await, "nobody", "{message_type} {event:?} {forged} {lost}");
    }
}

#[tokio::test]
async fn an_agent_is_refused_who_takes_or_ends_what_is_not_there() {
    let stage = Stage::set().await;
    stage.post("/simulator/push", text_of("oUser")).await;
    for openid in ["oUser", "oNobody"] {
        for path in ["take", "end"] {
            let order = json!({"openid": openid});
            let (status, answer) = stage.call(Method::POST, &format!("/simulator/session/{path}"), order).await;
            assert_eq!(status, 400);
            assert!(answer["error"].as_str().unwrap().starts_with("openid: the user is n"), "{answer}");
        }
    }
}

//! The timeline over HTTP, as a page or a script sees it.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::stage::{Stage, Watcher, text_of};
use crate::timeline::Happening;
use crate::users::DEMO_OPENID;

#[tokio::test]
async fn who_watches_sees_a_push_step_by_step_and_what_it_made_of_the_user() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let mut order = text_of("oUser");
    order["mode"] = json!("compat");
    order["format"] = json!("xml");
    stage.post("/simulator/push", order).await;

    let user = watcher.next_happening().await.1;
    assert_eq!(user["what"], "user");
    assert_eq!((&user["user"]["openid"], &user["user"]["window"]["remaining"]), (&json!("oUser"), &json!(5)));
    let start = watcher.next_happening().await.1;
    assert_eq!(start["what"], "push_starts");
    for (field, value) in [("push", json!(1)), ("occasion", json!("act")), ("openid", json!("oUser"))] {
        assert_eq!(start[field], value);
    }
    for (field, value) in [("mode", json!("compat")), ("format", json!("xml")), ("is_genuine", json!(true))] {
        assert_eq!(start[field], value);
    }
    assert_eq!(start["message"]["Content"], "hi");
    assert!(start["body"].as_str().unwrap().starts_with("<xml>") && start["query"]["msg_signature"].is_string());
    let attempt = watcher.next_happening().await.1;
    assert_eq!(
        (&attempt["what"], &attempt["push"], &attempt["attempt"]),
        (&json!("attempt_starts"), &json!(1), &json!(1))
    );
    let attempt = watcher.next_happening().await.1;
    assert_eq!((&attempt["what"], &attempt["attempt"]["body"]), (&json!("attempt_ends"), &json!("success")));
    let end = watcher.next_happening().await.1;
    let at = end["at"].clone();
    assert_eq!(end, json!({"at": at, "what": "push_ends", "push": 1, "outcome": "answered", "notice": null}));
}

#[tokio::test]
async fn who_watches_sees_each_call_with_its_answer_and_no_credentials() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let token = stage.access_token().await;
    stage.post("/simulator/push", text_of("oUser")).await;
    stage.send(&token, "oUser").await;

    let issued = watcher.until("call").await.to_string();
    assert!(issued.contains("stable_token") && issued.contains("expires_in"), "{issued}");
    assert!(!issued.contains(&token) && !issued.contains("an-app-secret"));
    let sent = watcher.until("call").await;
    assert_eq!(sent["call"]["answer"], json!({"errcode": 0, "errmsg": "ok"}));
    assert_eq!(sent["call"]["body"]["text"]["content"], "hello");
    assert_eq!(watcher.until("user").await["user"]["window"]["remaining"], 4);
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_and_after_a_restart_everything() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    stage.post("/simulator/push", text_of("oUser")).await;
    let (first, _) = watcher.next_happening().await;
    let (second, _) = watcher.next_happening().await;

    let mut comes_back = Watcher::of(&stage, Some(&first)).await;
    assert_eq!((comes_back.greeting.len(), comes_back.next_happening().await.0), (1, second));
    for of_another_run in ["1234-1", "nonsense"] {
        let mut watcher = Watcher::of(&stage, Some(of_another_run)).await;
        let greeting: Vec<_> = watcher.greeting.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(greeting, ["restart", "state"]);
        assert_eq!(watcher.next_happening().await.0, first);
    }
}

#[tokio::test]
async fn who_missed_more_than_is_kept_begins_anew() {
    let stage = Stage::set().await;
    let tell = |attempt| stage.wechat.memory().timeline.tell(7, &Happening::AttemptStarts { push: 1, attempt });
    tell(0);
    let (first, _) = Watcher::of(&stage, None).await.next_happening().await;
    (1..=5_000).for_each(tell);
    assert_eq!(Watcher::of(&stage, Some(&first)).await.greeting.len(), 1, "the first alone is dropped, and was seen");

    tell(5_001);
    let mut watcher = Watcher::of(&stage, Some(&first)).await;
    let greeting: Vec<_> = watcher.greeting.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(greeting, ["restart", "state"]);
    assert_eq!(watcher.next_happening().await.1["attempt"], 2);
}

#[tokio::test]
async fn how_things_stand_comes_first_with_users_of_whom_nothing_else_is_kept() {
    const PATH: &str = "/cgi-bin/message/custom/send";
    let stage = Stage::set().await;
    stage.post("/simulator/push", text_of("oUser")).await;
    stage.call(Method::PUT, "/simulator/faults", json!({"path": PATH, "fault": "drop"})).await;
    let mut watcher = Watcher::of(&stage, None).await;
    let user = watcher.until("user").await["user"].clone();
    for attempt in 0..5_000 {
        stage.wechat.memory().timeline.tell(7, &Happening::AttemptStarts { push: 1, attempt });
    }

    let mut watcher = Watcher::of(&stage, None).await;
    let push_url = stage.wechat.memory().push_url.clone().unwrap();
    let demo_user = json!({"openid": DEMO_OPENID, "window": null, "typing_until": null, "accepted": {},
        "session": {"with": "nobody"}});
    let expected = json!({
        "setup": {"appid": "wxba5fad812f8e6fb9", "appids": ["wxba5fad812f8e6fb9"], "push_url": push_url.as_str(),
            "demo_openid": DEMO_OPENID},
        "faults": {PATH: "drop"},
        "users": [demo_user, user],
    });
    assert_eq!(watcher.greeting, [("state".to_owned(), expected)]);
    assert_eq!(watcher.next_happening().await.1["what"], "attempt_starts");
}

#[tokio::test]
async fn where_pushes_go_is_told_when_it_changes() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    stage.call(Method::PUT, "/simulator/push-url", json!({"push_url": "http://127.0.0.1:1/push"})).await;
    assert_eq!(watcher.until("push_url").await["push_url"], "http://127.0.0.1:1/push");
}

#[tokio::test]
async fn faults_are_told_when_they_are_switched_and_when_they_are_used_up() {
    const PATH: &str = "/cgi-bin/message/custom/send";
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let order = json!({"path": PATH, "fault": "errcode", "times": 1});
    stage.call(Method::PUT, "/simulator/faults", order).await;
    assert_eq!(watcher.until("faults").await["faults"], json!({PATH: "errcode"}));
    stage.post(PATH, json!({})).await;
    assert_eq!(watcher.until("faults").await["faults"], json!({}));
    assert_eq!(watcher.until("call").await["call"]["fault"], "errcode");
}

#[tokio::test]
async fn a_push_goes_on_when_whoever_ordered_it_goes_away() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let mut order = text_of("oUser");
    order["fault"] = json!("slow");
    order["fault_attempts"] = json!(1);
    let request = stage.client.post(format!("{}/simulator/push", stage.base)).body(order.to_string());
    let ordered = tokio::spawn(request.send());
    watcher.until("attempt_starts").await;
    ordered.abort();
    // Longer than an answer may take: WeChat cuts, and asks again.
    let asked_again = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if stage.pushes.lock().unwrap().len() == 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    asked_again.await.expect("a second attempt");
}

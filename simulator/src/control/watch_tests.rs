//! The timeline over HTTP, as a page or a script sees it.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::stage::{Stage, text_of};

/// Somebody who watches the timeline.
struct Watcher {
    stream: Response,
    read: String,
}

impl Watcher {
    /// `seen`: the id of the last event that was seen before.
    async fn of(stage: &Stage, seen: Option<&str>) -> Self {
        let request = stage.client.get(format!("{}/simulator/timeline", stage.base));
        let request = seen.into_iter().fold(request, |request, seen| request.header("Last-Event-ID", seen));
        Self { stream: request.send().await.unwrap(), read: String::new() }
    }

    /// The next event's fields.
    async fn next(&mut self) -> Vec<(String, String)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let fields = event.lines().filter_map(|line| line.split_once(": "));
                let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                self.read = rest.to_owned();
                return fields;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(5), self.stream.chunk()).await.expect("an event");
            self.read.push_str(std::str::from_utf8(&chunk.unwrap().expect("a stream without end")).unwrap());
        }
    }

    /// The next event's id and what happened.
    async fn next_happening(&mut self) -> (String, Value) {
        let fields = self.next().await;
        let field = |name| fields.iter().find(|(given, _)| given == name).unwrap().1.clone();
        (field("id"), serde_json::from_str(&field("data")).unwrap())
    }

    async fn until(&mut self, what: &str) -> Value {
        loop {
            let (_, happening) = self.next_happening().await;
            if happening["what"] == what {
                return happening;
            }
        }
    }
}

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
    assert_eq!((&end["what"], &end["push"], &end["outcome"]), (&json!("push_ends"), &json!(1), &json!("answered")));
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

    assert_eq!(Watcher::of(&stage, Some(&first)).await.next_happening().await.0, second);
    for of_another_run in ["1234-1", "nonsense"] {
        let mut watcher = Watcher::of(&stage, Some(of_another_run)).await;
        assert_eq!(watcher.next().await[0], ("event".to_owned(), "restart".to_owned()));
        assert_eq!(watcher.next_happening().await.0, first);
    }
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

//! Who may drive the simulator, over HTTP.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::stage::{Stage, text_of};
use crate::push::delivery::Outcome;
use crate::push_command;

const ELSEWHERE: &str = "evil.example:8199";

fn request(stage: &Stage, method: Method, path: &str) -> RequestBuilder {
    stage.client.request(method, format!("{}{path}", stage.base))
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn pages_of_other_sites_and_origins_are_kept_out() {
    let stage = Stage::set().await;
    let own = stage.base.clone();
    for (name, value, expected) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "none", 200),
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", &own, 200),
    ] {
        let order = request(&stage, Method::POST, "/simulator/push").body(text_of("oUser").to_string());
        assert_eq!(status(order.header(name, value)).await, expected, "{name}: {value}");
    }
    assert_eq!(stage.pushes.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn by_another_name_nothing_is_driven_watched_or_shown() {
    let stage = Stage::set().await;
    for (method, path) in [
        (Method::GET, "/simulator/health"),
        (Method::GET, "/simulator/timeline"),
        (Method::GET, "/simulator/calls"),
        (Method::DELETE, "/simulator/calls"),
        (Method::GET, "/simulator/access-token"),
        (Method::POST, "/simulator/access-token/revoke"),
        (Method::DELETE, "/simulator/faults"),
        (Method::PUT, "/simulator/push-url"),
        (Method::POST, "/simulator/push"),
        (Method::POST, "/simulator/push/again"),
        (Method::POST, "/simulator/pictures"),
        (Method::GET, "/"),
        (Method::GET, "/page/main.js"),
    ] {
        let response = request(&stage, method, path).header("host", ELSEWHERE).send().await.unwrap();
        assert_eq!(response.status(), 403, "{path}");
        assert!(response.text().await.unwrap().contains("Host: "), "{path}");
    }
}

#[tokio::test]
async fn a_page_may_be_linked_to_from_anywhere() {
    let stage = Stage::set().await;
    assert_eq!(status(request(&stage, Method::GET, "/").header("sec-fetch-site", "cross-site")).await, 200);
}

#[tokio::test]
async fn wechats_own_api_is_open_under_every_name() {
    let stage = Stage::set().await;
    let call = request(&stage, Method::POST, "/cgi-bin/message/custom/send");
    let call = call.header("host", "host.docker.internal:8199").header("origin", "http://evil.example");
    assert_eq!(call.send().await.unwrap().json::<Value>().await.unwrap()["errcode"], 41001);
}

#[tokio::test]
async fn a_picture_may_be_shown_anywhere() {
    let stage = Stage::set().await;
    let kept = request(&stage, Method::POST, "/simulator/pictures").body(&b"GIF89a..."[..]).send().await.unwrap();
    let kept: Value = kept.json().await.unwrap();
    let picture = request(&stage, Method::GET, &format!("/simulator/pictures/{}", kept["media_id"].as_str().unwrap()));
    let elsewhere = [("host", ELSEWHERE), ("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")];
    let picture = elsewhere.into_iter().fold(picture, |picture, (name, value)| picture.header(name, value));
    assert_eq!(status(picture).await, 200);
}

#[tokio::test]
async fn the_command_line_reaches_it_as_localhost() {
    let stage = Stage::set().await;
    let url = stage.base.replace("127.0.0.1", "localhost").parse().unwrap();
    let order = json!({"message": {"MsgType": "text", "Content": "hi"}});
    assert_eq!(push_command::order(&url, "push", &order).await.unwrap().outcome, Outcome::Answered);
}

//! Two mini programs in one simulator, over HTTP: what is done in one never shows in the other.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, Watcher};
use crate::identity::{Identity, published};

const SHOP: &str = "wxba5fad812f8e6fb9";
const CLUB: &str = "wx00000000000c10b0";
const SEND: &str = "/cgi-bin/message/custom/send";

/// A simulator that plays a shop, which is the first, and a club.
async fn shop_and_club() -> Stage {
    let club = Identity::new(CLUB, "the-club's-secret", "CLUB", &"C".repeat(43)).unwrap();
    Stage::set_with(Some(club.with_account_of_its_own())).await
}

fn credentials(appid: &str) -> Value {
    let secret = if appid == CLUB { "the-club's-secret" } else { "an-app-secret" };
    json!({"grant_type": "client_credential", "appid": appid, "secret": secret})
}

async fn token_of(stage: &Stage, appid: &str) -> String {
    let issued = stage.post("/cgi-bin/stable_token", credentials(appid)).await;
    issued["access_token"].as_str().unwrap().to_owned()
}

/// A text by the user `oUser` of this mini program.
fn text_in(appid: &str) -> Value {
    json!({"appid": appid, "openid": "oUser", "message": {"MsgType": "text", "Content": "hi"}})
}

#[tokio::test]
async fn equal_openids_are_two_users_with_a_reply_window_each() {
    let stage = shop_and_club().await;
    let [shop, club] = [token_of(&stage, SHOP).await, token_of(&stage, CLUB).await];
    stage.post("/simulator/push", text_in(SHOP)).await;
    assert_eq!(stage.send(&shop, "oUser").await, 0);
    assert_eq!(stage.send(&club, "oUser").await, 40003, "to the club, the shop's user is unknown");

    stage.post("/simulator/push", text_in(CLUB)).await;
    let to_the_club: Vec<_> = [stage.send(&club, "oUser").await, stage.send(&club, "oUser").await].into();
    assert_eq!(to_the_club, [0, 0]);
    for errcode in [0, 0, 0, 0, 45047] {
        assert_eq!(stage.send(&shop, "oUser").await, errcode);
    }
    assert_eq!(stage.send(&club, "oUser").await, 0);
}

#[tokio::test]
async fn each_pushes_in_its_own_name_and_to_its_own_url() {
    let stage = shop_and_club().await;
    let of_shop = stage.post("/simulator/push", json!({"openid": "oUser", "message": text_in(SHOP)["message"]})).await;
    let of_club = stage.post("/simulator/push", text_in(CLUB)).await;
    assert_eq!(of_shop["message"]["ToUserName"], published().account);
    assert_eq!(of_club["message"]["ToUserName"], "gh_00000000000c10b0");
    {
        let pushes = stage.pushes.lock().unwrap();
        let encrypted: Value = serde_json::from_slice(&pushes[1].1).unwrap();
        let club = Identity::new(CLUB, "s", "CLUB", &"C".repeat(43)).unwrap();
        let encrypted = encrypted["Encrypt"].as_str().unwrap();
        assert!(club.aes_key.decrypt(encrypted, CLUB).is_ok(), "sealed with the club's own key");
        assert!(published().aes_key.decrypt(encrypted, SHOP).is_err());
    }
    let again = stage.post("/simulator/push/again", json!({"appid": CLUB, "openid": "oUser"})).await;
    assert_eq!(again["message"], of_club["message"]);

    let order = json!({"appid": CLUB, "push_url": "http://127.0.0.1:1/push"});
    let (status, answer) = stage.call(Method::PUT, "/simulator/push-url", order).await;
    assert_eq!((status, answer), (200, json!({"push_url": "http://127.0.0.1:1/push"})));
    assert_eq!(stage.post("/simulator/push", text_in(CLUB)).await["outcome"], "fault_notice");
    assert_eq!(stage.post("/simulator/push", text_in(SHOP)).await["outcome"], "answered");
}

#[tokio::test]
async fn access_tokens_are_issued_revoked_and_counted_for_each() {
    let stage = shop_and_club().await;
    let mut swapped = credentials(CLUB);
    swapped["secret"] = json!("an-app-secret");
    assert_eq!(stage.post("/cgi-bin/stable_token", swapped).await["errcode"], 40125);
    let [shop, club] = [token_of(&stage, SHOP).await, token_of(&stage, CLUB).await];
    assert_ne!(shop, club);
    stage.post("/simulator/push", text_in(SHOP)).await;
    stage.post("/simulator/push", text_in(CLUB)).await;

    stage.post("/simulator/access-token/revoke", json!({"appid": CLUB})).await;
    assert_eq!((stage.send(&shop, "oUser").await, stage.send(&club, "oUser").await), (0, 40001));
    let mut forced = credentials(CLUB);
    forced["force_refresh"] = json!(true);
    stage.post("/cgi-bin/stable_token", forced).await;
    let classic = format!("/cgi-bin/token?grant_type=client_credential&appid={CLUB}&secret=the-club's-secret");
    assert_eq!(stage.get(&classic).await["expires_in"], 7200);
    assert_eq!(stage.get("/simulator/access-token").await, json!({"issued": 1, "forced": 0}));
    let counted = stage.get(&format!("/simulator/access-token?appid={CLUB}")).await;
    assert_eq!(counted, json!({"issued": 3, "forced": 1}));
}

#[tokio::test]
async fn typing_sessions_and_subscriptions_of_one_are_none_of_the_others() {
    let stage = shop_and_club().await;
    let [shop, club] = [token_of(&stage, SHOP).await, token_of(&stage, CLUB).await];
    let item = json!({"TemplateId": "TEMPLATE", "SubscribeStatusString": "accept", "PopupScene": "0"});
    let accept = json!({"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": item});
    for appid in [SHOP, CLUB] {
        stage.post("/simulator/push", text_in(appid)).await;
    }
    stage.post("/simulator/push", json!({"appid": CLUB, "openid": "oUser", "message": accept})).await;
    let notification = json!({"touser": "oUser", "template_id": "TEMPLATE", "data": {"thing1": {"value": "hello"}}});
    let typing = json!({"touser": "oUser", "command": "Typing"});
    for (path, body, of_shop, of_club) in [
        ("/cgi-bin/message/subscribe/send", notification, 43101, 0),
        ("/cgi-bin/message/custom/typing", typing.clone(), 0, 0),
        ("/cgi-bin/message/custom/typing", typing, 45081, 45081),
    ] {
        let errcode = async |token: &str| {
            stage.post(&format!("{path}?access_token={token}"), body.clone()).await["errcode"].clone()
        };
        assert_eq!((errcode(&shop).await, errcode(&club).await), (json!(of_shop), json!(of_club)), "{body}");
    }

    stage.wechat.memory().transfer("oUser", crate::clock::now());
    let of_club = json!({"appid": CLUB, "openid": "oUser"});
    let (status, refused) = stage.call(Method::POST, "/simulator/session/take", of_club).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().starts_with("openid: "), "{refused}");
    let with = async |query: &str| {
        let answer = stage.get(&format!("/simulator/session?openid=oUser{query}")).await;
        answer["session"]["with"].as_str().unwrap().to_owned()
    };
    assert_eq!((with("").await, with(&format!("&appid={CLUB}")).await), ("queue".to_owned(), "nobody".to_owned()));
}

#[tokio::test]
async fn pictures_of_one_are_unknown_to_the_other() {
    let stage = shop_and_club().await;
    let [shop, club] = [token_of(&stage, SHOP).await, token_of(&stage, CLUB).await];
    let kept = stage.client.post(format!("{}/simulator/pictures?appid={CLUB}", stage.base)).body("GIF89a...");
    let kept: Value = kept.send().await.unwrap().json().await.unwrap();
    let (media_id, pic_url) = (kept["media_id"].as_str().unwrap(), kept["pic_url"].as_str().unwrap());
    let get = |url: String| stage.client.get(url).send();
    let media = |token: &str| get(format!("{}/cgi-bin/media/get?media_id={media_id}&access_token={token}", stage.base));
    assert_eq!(&media(&club).await.unwrap().bytes().await.unwrap()[..], b"GIF89a...");
    assert_eq!(media(&shop).await.unwrap().json::<Value>().await.unwrap()["errcode"], 40007);
    assert_eq!(get(pic_url.to_owned()).await.unwrap().status(), 200);
    assert_eq!(get(format!("{}/simulator/pictures/{media_id}", stage.base)).await.unwrap().status(), 404);
}

#[tokio::test]
async fn faults_strike_the_calls_of_one_alone() {
    let stage = shop_and_club().await;
    let [shop, club] = [token_of(&stage, SHOP).await, token_of(&stage, CLUB).await];
    for appid in [SHOP, CLUB] {
        stage.post("/simulator/push", text_in(appid)).await;
    }
    for path in [SEND, "/cgi-bin/stable_token", "/cgi-bin/token"] {
        let order = json!({"appid": CLUB, "path": path, "fault": "errcode", "errcode": -1});
        let (status, answer) = stage.call(Method::PUT, "/simulator/faults", order).await;
        assert_eq!((status, answer), (200, json!({"path": path, "fault": "errcode", "errcode": -1})));
    }
    assert_eq!((stage.send(&shop, "oUser").await, stage.send(&club, "oUser").await), (0, -1));
    let issued = async |appid| stage.post("/cgi-bin/stable_token", credentials(appid)).await["errcode"].clone();
    assert_eq!((issued(SHOP).await, issued(CLUB).await), (Value::Null, json!(-1)));
    stage.call(Method::DELETE, "/simulator/faults", json!({})).await;
    assert_eq!(stage.send(&club, "oUser").await, -1, "those of the shop were switched off");
    stage.call(Method::DELETE, &format!("/simulator/faults?appid={CLUB}"), json!({})).await;
    assert_eq!(stage.send(&club, "oUser").await, 0);
}

#[tokio::test]
async fn each_call_is_kept_by_its_mini_program_and_one_that_names_none_by_the_first() {
    let stage = shop_and_club().await;
    let club = token_of(&stage, CLUB).await;
    stage.send(&club, "oUser").await;
    stage.post("/simulator/access-token/revoke", json!({"appid": CLUB})).await;
    stage.send(&club, "oUser").await;
    token_of(&stage, SHOP).await;
    stage.send("made-up", "oUser").await;
    stage.post("/cgi-bin/stable_token", json!({"appid": "wxanother"})).await;
    stage.call(Method::POST, "/cgi-bin/unheard/of", json!({})).await;

    let kept = async |query: &str| {
        let calls = stage.get(&format!("/simulator/calls{query}")).await["calls"].clone();
        json!(calls.as_array().unwrap().iter().map(|call| [&call["appid"], &call["errcode"]]).collect::<Vec<_>>())
    };
    assert_eq!(kept(&format!("?appid={CLUB}")).await, json!([[CLUB, 0], [CLUB, 40003], [CLUB, 40001]]));
    assert_eq!(kept("").await, json!([[SHOP, 0], [null, 40001], [null, 40002], [null, 40066]]));
    stage.call(Method::DELETE, &format!("/simulator/calls?appid={CLUB}"), json!({})).await;
    assert_eq!(kept(&format!("?appid={CLUB}")).await, json!([]));
    assert_eq!(kept("").await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn who_watches_one_sees_nothing_of_the_other_and_which_there_are() {
    let stage = shop_and_club().await;
    let mut of_shop = Watcher::of(&stage, None).await;
    let mut of_club = Watcher::of_mini_program(&stage, CLUB, None).await;
    for (watcher, appid) in [(&of_shop, SHOP), (&of_club, CLUB)] {
        let setup = &watcher.greeting[0].1["setup"];
        assert_eq!((&setup["appid"], &setup["appids"]), (&json!(appid), &json!([SHOP, CLUB])));
    }
    stage.post("/simulator/push", text_in(CLUB)).await;
    stage.post("/simulator/push", json!({"openid": "oOther", "message": text_in(SHOP)["message"]})).await;
    assert_eq!(of_club.until("push_starts").await["openid"], "oUser");
    assert_eq!(of_shop.until("push_starts").await["openid"], "oOther");

    let (seen, _) = of_shop.next_happening().await;
    let of_club = Watcher::of_mini_program(&stage, CLUB, Some(&seen)).await;
    assert_eq!(of_club.greeting[0].0, "restart", "what was seen of the shop is nothing of the club's");
}

#[tokio::test]
async fn an_unknown_appid_is_refused_with_those_that_there_are() {
    let stage = shop_and_club().await;
    let message = json!({"MsgType": "text", "Content": "hi"});
    let expected = format!("appid: unknown mini program; the simulator plays {SHOP}, {CLUB}");
    for (method, path, body) in [
        (Method::POST, "push", json!({"message": message})),
        (Method::POST, "push/again", json!({})),
        (Method::PUT, "push-url", json!({"push_url": "http://127.0.0.1:1"})),
        (Method::POST, "session/take", json!({})),
        (Method::POST, "session/end", json!({})),
        (Method::PUT, "faults", json!({"path": SEND, "fault": "drop"})),
        (Method::POST, "access-token/revoke", json!({})),
    ] {
        let mut body = body;
        body["appid"] = json!("wxanother");
        let (status, answer) = stage.call(method, &format!("/simulator/{path}"), body).await;
        assert_eq!((status, &answer["error"]), (400, &json!(expected)), "{path}");
    }
    for (method, path) in [
        (Method::GET, "timeline"),
        (Method::GET, "session"),
        (Method::POST, "pictures"),
        (Method::GET, "pictures/any"),
        (Method::GET, "calls"),
        (Method::DELETE, "calls"),
        (Method::DELETE, "faults"),
        (Method::GET, "access-token"),
    ] {
        let (status, answer) = stage.call(method, &format!("/simulator/{path}?appid=wxanother"), json!({})).await;
        assert_eq!((status, &answer["error"]), (400, &json!(expected)), "{path}");
    }
    let (status, answer) = stage.call(Method::POST, "/simulator/push", json!({"appid": 1, "message": message})).await;
    assert_eq!((status, &answer["error"]), (400, &json!("appid: must be a string")));
    assert!(stage.pushes.lock().unwrap().is_empty());
}

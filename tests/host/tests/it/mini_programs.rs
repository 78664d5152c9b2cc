//! Several mini programs in one stack: the same push in each of two, and fifty to refresh.

use std::time::{Duration, Instant};

use lambda_host::{Call, Function, Host, Invoked, function_arn, secret_arn};
use serde_json::{Map, Value, json};

use crate::handlers::says_late;
use crate::stack::{APP_ID, Stack, TOKEN, text};
use crate::wechat::{BROKEN, SEND, TYPING, WeChat};

const CLUB: &str = "wx00112233445566ff";
const CLUB_TOKEN: &str = "BBBBB";

/// The stack with two mini programs.
async fn with_two(handler: Function) -> Stack {
    let stack = Stack::start(handler).await;
    let pair = |token: &str| json!({"token": token, "encoding_aes_key": "A".repeat(43)});
    stack.host.secret(&secret_arn("push"), &json!({APP_ID: pair(TOKEN), CLUB: pair(CLUB_TOKEN)}));
    let mut token = stack.host.items("access-token").await.unwrap().remove(0);
    token.insert("appid".into(), CLUB.into());
    stack.host.put("access-token", &token).await.unwrap();
    stack
}

fn access_token() -> Function {
    Function::product("access-token").unwrap().timeout(Duration::from_secs(25)).variables([
        ("STACK_NAME", "host".to_owned()),
        ("APP_ID", APP_ID.to_owned()),
        ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
        ("APP_SECRET_ARN", secret_arn("app")),
    ])
}

fn keys(rows: &[Map<String, Value>], key: &str) -> Vec<String> {
    let mut keys: Vec<String> = rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn equal_pushes_to_two_mini_programs_are_both_handled_and_each_repeat_is_known() {
    let stack = with_two(Function::handler(|event| async move { Ok(event["userInfo"]["appId"].clone()) })).await;
    let message = text("1", "hi");
    for _ in 0..2 {
        assert_eq!(stack.push(&message).await.answer(), "success");
        assert_eq!(stack.push_for(CLUB, CLUB_TOKEN, &message).await.answer(), "success");
    }
    assert_eq!(stack.wechat.texts(), [APP_ID, CLUB]);
    assert_eq!(stack.asked(), 2);

    let rows = stack.rows().await;
    assert!(rows.iter().all(|row| row["state"] == "done"), "{rows:?}");
    let keys_of_pushes = keys(&rows, "push_key");
    let shops = keys_of_pushes.iter().find(|key| !key.contains('#')).unwrap();
    assert!(keys_of_pushes.contains(&format!("{CLUB}#{shops}")), "{keys_of_pushes:?}");
    let windows = stack.host.items("reply-window").await.unwrap();
    assert_eq!(keys(&windows, "openid"), ["o1".to_owned(), format!("{CLUB}#o1")]);
    assert!(windows.iter().all(|window| window["remaining"] == 4), "{windows:?}");
}

#[tokio::test]
async fn the_path_of_the_first_mini_program_is_the_same_as_none() {
    let stack = with_two(Function::handler(|event| async move { Ok(event["userInfo"]["appId"].clone()) })).await;
    let message = text("1", "hi");
    assert_eq!(stack.push(&message).await.answer(), "success");
    assert_eq!(stack.push_for(APP_ID, TOKEN, &message).await.answer(), "success");
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec![APP_ID.to_owned()], 1));
}

#[tokio::test]
async fn a_push_that_is_signed_for_another_mini_program_or_for_none_is_refused_without_a_word() {
    let stack = with_two(Function::handler(|_| async { Ok(json!("no")) })).await;
    let message = text("1", "hi");
    for (appid, token) in
        [(CLUB, TOKEN), (APP_ID, CLUB_TOKEN), ("wxffeeddccbbaa9988", TOKEN), ("wx1", TOKEN), ("a%23b", CLUB_TOKEN)]
    {
        let pushed = stack.push_for(appid, token, &message).await;
        for attempt in pushed.attempts {
            assert_eq!(attempt.answer, Some((403, String::new())), "{appid}");
        }
    }
    assert_eq!((stack.asked(), stack.rows().await.len()), (0, 0));
    // Both versions: at the first push, once more for mini programs of the stack, and once more for all others.
    assert_eq!(stack.host.count(&Call::secret()), 6);
}

#[tokio::test]
async fn a_late_reply_of_one_mini_program_is_seen_to_with_its_own_rows() {
    let (handler, gate) = says_late(json!("late"));
    let stack = with_two(handler).await;
    let message = text("1", "hi");
    let (shops, clubs) = tokio::join!(stack.push(&message), stack.push_for(CLUB, CLUB_TOKEN, &message));
    assert_eq!((shops.answer(), clubs.answer()), ("success", "success"));
    assert_eq!(stack.host.kill("deliver-reply").await.unwrap(), 2);
    gate.open();
    stack.leases_end().await;
    assert_eq!(stack.wechat.texts(), ["late", "late"]);
    let rows = stack.rows().await;
    assert_eq!(rows.iter().filter(|row| row["state"] == "done").count(), 2, "{rows:?}");
    let windows = stack.host.items("reply-window").await.unwrap();
    assert!(windows.len() == 2 && windows.iter().all(|window| window["remaining"] == 4), "{windows:?}");
}

#[tokio::test]
async fn a_mini_program_answers_from_its_own_keyword_table_and_others_from_the_built_one() {
    let variables = [("OWN_TEXTS_SECRET_ARN", secret_arn("own-texts"))];
    let stack = with_two(Function::product("on-text").unwrap().variables(variables)).await;
    let reply = json!({"msgtype": "text", "text": {"content": "the club's"}});
    let own = json!({CLUB: {"replies": [{"keywords": ["地址"], "reply": reply}], "welcome_text": "x"}});
    stack.host.secret(&secret_arn("own-texts"), &own);
    let message = text("1", "地址");
    stack.push(&message).await;
    stack.push_for(CLUB, CLUB_TOKEN, &message).await;
    let texts = stack.wechat.texts();
    assert_eq!(texts.len(), 2);
    assert_ne!(texts[0], "the club's");
    assert_eq!(texts[1], "the club's");
    assert_eq!(stack.host.count(&Call::secret().from("handler")), 1);
}

#[tokio::test]
async fn a_caller_names_the_mini_program_and_one_that_is_none_of_the_stacks_is_refused() {
    let host = Host::start().await.unwrap();
    for (table, key) in [("reply-window", "openid"), ("access-token", "appid")] {
        host.table(table, &[key]).await.unwrap();
    }
    let wechat = WeChat::start().await;
    host.wechat(&wechat.url).unwrap();
    let entry = json!({"app_secret": "s"});
    host.secret(&secret_arn("app"), &json!({APP_ID: entry, CLUB: entry}));
    host.function("access-token", access_token());
    let send = Function::product("send-customer-message").unwrap().timeout(Duration::from_secs(28)).variables([
        ("STACK_NAME", "host".to_owned()),
        ("APP_ID", APP_ID.to_owned()),
        ("TYPING_PATH", TYPING.to_owned()),
        ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
        ("ACCESS_TOKEN_FUNCTION_ARN", function_arn("access-token")),
        ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
    ]);
    host.function("send-customer-message", send);
    host.route(SEND, "send-customer-message");
    let window = |openid: String| json!({"openid": openid, "remaining": 5, "expires_at": 9_999_999_999_i64, "opening": "o", "message_at": 1});
    for openid in ["o1".to_owned(), format!("{CLUB}#o1")] {
        host.put("reply-window", window(openid).as_object().unwrap()).await.unwrap();
    }

    let message = json!({"touser": "o1", "msgtype": "text", "text": {"content": "x"}}).to_string();
    let unknown = "wxffeeddccbbaa9988";
    for (query, status, errcode) in [
        (String::new(), 200, 0),
        (format!("?appid={CLUB}"), 200, 0),
        (format!("?appid={CLUB}"), 200, 0),
        (format!("?appid={unknown}"), 400, 40013),
        (format!("?appid={unknown}"), 400, 40013),
        ("?appid=".to_owned(), 400, 40013),
    ] {
        let answer = host.post(&format!("{SEND}{query}"), message.clone()).await;
        let body: Value = serde_json::from_str(&answer.text()).unwrap();
        assert_eq!((answer.status.as_u16(), &body["errcode"]), (status, &json!(errcode)), "{query}: {body}");
    }
    assert_eq!(wechat.texts().len(), 3);
    assert_eq!(host.count(&Call::invoke("access-token")), 3, "once for each mini program");
    let mut left: Vec<_> = host.items("reply-window").await.unwrap();
    left.sort_by_key(|row| row["openid"].to_string());
    assert_eq!((&left[0]["remaining"], &left[1]["remaining"]), (&json!(4), &json!(3)));
}

#[tokio::test]
async fn fifty_mini_programs_are_refreshed_in_one_run_and_one_that_fails_holds_up_none() {
    let host = Host::start().await.unwrap();
    host.table("access-token", &["appid"]).await.unwrap();
    let wechat = WeChat::start().await;
    host.wechat(&wechat.url).unwrap();
    let mut secrets: Map<String, Value> =
        (0..48).map(|number| (format!("wx00000000000000{number:02}"), json!({"app_secret": "s"}))).collect();
    secrets.insert(BROKEN.into(), json!({"app_secret": "s"}));
    secrets.insert(CLUB.into(), json!({"app_secret": ""}));
    host.secret(&secret_arn("app"), &Value::Object(secrets));
    host.function("access-token", access_token());

    let schedule = json!({"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
    let started = Instant::now();
    let Invoked::Failed(failure) = host.invoke("access-token", schedule.clone()).await.unwrap() else {
        panic!("it says that all have a token")
    };
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let told = failure["errorMessage"].as_str().unwrap();
    assert_eq!(told.matches("wx").count(), 3, "{told}");
    assert!(told.contains(&format!("{BROKEN}: ")) && told.contains(&format!("{CLUB}: ")), "{told}");
    let rows = host.items("access-token").await.unwrap();
    let tokens: Vec<_> = rows.iter().filter_map(|row| row.get("access_token")).collect();
    assert_eq!(tokens.len(), 48);
    assert!(!keys(&rows, "appid").contains(&CLUB.to_owned()), "it has no AppSecret");

    // Nobody asks for a mini program that is none of the stack's, and it gets no row.
    let unknown = json!({"appid": APP_ID, "only_if_ended": true});
    let Invoked::Returned(outcome) = host.invoke("access-token", unknown).await.unwrap() else { panic!("failed") };
    assert_eq!(outcome, json!({"outcome": "NotConfigured"}));
    assert_eq!(host.items("access-token").await.unwrap().len(), rows.len());
}

/// Every call that a first push causes, in new environments: by whom, and to what. Side by side, they come in any order.
async fn calls_of_a_push(mini_programs: usize) -> Vec<String> {
    let stack = with_two(Function::handler(|_| async { Ok("hi".into()) })).await;
    let pair = json!({"token": CLUB_TOKEN, "encoding_aes_key": "A".repeat(43)});
    let mut pairs: Map<String, Value> =
        (1..mini_programs).map(|number| (format!("wx00000000000000{number:02}"), pair.clone())).collect();
    pairs.insert(CLUB.into(), pair);
    stack.host.secret(&secret_arn("push"), &Value::Object(pairs));
    assert_eq!(stack.push_for(CLUB, CLUB_TOKEN, &text("1", "hello")).await.answer(), "success");
    assert_eq!(stack.wechat.texts(), ["hi"]);
    let mut calls: Vec<String> = stack
        .host
        .calls()
        .iter()
        .map(|call| format!("{} {:?} {} {:?}", call.caller, call.service, call.operation, call.targets))
        .collect();
    calls.sort();
    calls
}

#[tokio::test]
async fn a_push_in_a_stack_of_fifty_mini_programs_costs_the_calls_that_it_costs_in_a_stack_of_one() {
    let alone = calls_of_a_push(1).await;
    assert!(alone.iter().any(|call| call.contains("SecretsManager")), "{alone:?}");
    assert_eq!(calls_of_a_push(50).await, alone);
}

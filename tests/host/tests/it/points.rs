//! What a test can do to a call at a chosen point.

use std::time::{Duration, Instant};

use http::StatusCode;
use lambda_host::{Answer, Call, Effect, Host, Invoked, Point};
use serde_json::{Value, json};

use crate::scripted::{calls, count_up, scripted};
use crate::wechat::WeChat;

async fn host_with_counters() -> Host {
    let host = Host::start().await.unwrap();
    host.table("counters", &["id"]).await.unwrap();
    host.function("one", scripted());
    host
}

/// Has the function count up and returns what it was answered.
async fn count_up_once(host: &Host) -> Value {
    match host.invoke("one", calls([count_up("counters", "a")])).await.unwrap() {
        Invoked::Returned(answers) => answers[0].clone(),
        other => panic!("{other:?}"),
    }
}

async fn counted(host: &Host) -> Value {
    let items = host.items("counters").await.unwrap();
    items.first().map_or(json!(0), |item| item["times"].clone())
}

fn the_write() -> Call {
    Call::dynamodb("UpdateItem").from("one").to("counters").key("a").containing("ADD times")
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_write_behind() {
    let host = host_with_counters().await;
    host.when(Point::after(the_write().nth(2)), Effect::Cut);
    assert_eq!(count_up_once(&host).await["status"], 200);
    assert!(count_up_once(&host).await["error"].is_string());
    assert_eq!(counted(&host).await, 2);
    assert_eq!(count_up_once(&host).await["status"], 200);
}

#[tokio::test]
async fn a_call_that_is_cut_before_it_arrives_writes_nothing() {
    let host = host_with_counters().await;
    host.when(Point::before(the_write()), Effect::Cut);
    assert!(count_up_once(&host).await["error"].is_string());
    assert_eq!(counted(&host).await, 0);
}

#[tokio::test]
async fn a_failure_and_a_throttle_are_written_as_dynamodb_writes_them() {
    let host = host_with_counters().await;
    host.when(Point::before(the_write()), Effect::Fail);
    host.when(Point::after(the_write().nth(2)), Effect::Throttle);
    let failed = count_up_once(&host).await;
    assert_eq!((&failed["status"], counted(&host).await), (&json!(500), json!(0)));
    assert_eq!(failed["body"]["__type"], "com.amazonaws.dynamodb.v20120810#InternalServerError");
    let throttled = count_up_once(&host).await;
    assert_eq!((&throttled["status"], counted(&host).await), (&json!(400), json!(1)));
    assert!(throttled["body"]["__type"].as_str().unwrap().ends_with("#ProvisionedThroughputExceededException"));
}

#[tokio::test]
async fn a_call_whose_connection_breaks_while_the_service_works_is_finished_all_the_same() {
    let host = host_with_counters().await;
    host.when(Point::during(the_write()), Effect::Cut);
    let mut pause = host.pause_when(Point::during(the_write().nth(2)));
    assert!(count_up_once(&host).await["error"].is_string());
    let (answer, ()) = tokio::join!(count_up_once(&host), async { drop(pause.reached().await.unwrap()) });
    assert_eq!((&answer["status"], counted(&host).await), (&json!(200), json!(2)));
}

#[tokio::test]
async fn every_answer_can_be_delayed_until_the_rule_ends() {
    let host = host_with_counters().await;
    let delay = host.when(Point::after(the_write().every()), Effect::Delay(Duration::from_millis(100)));
    for _ in 0..2 {
        let started = Instant::now();
        count_up_once(&host).await;
        assert!(started.elapsed() >= Duration::from_millis(100));
    }
    delay.end();
    let endless = host.when(Point::before(the_write().every()), Effect::Delay(Duration::MAX));
    endless.end();
    assert_eq!(count_up_once(&host).await["status"], 200);
}

#[tokio::test]
async fn a_process_is_killed_before_its_write_or_after_it() {
    for (point, expected) in [(Point::before(the_write()), 0), (Point::after(the_write()), 1)] {
        let host = host_with_counters().await;
        let kill = host.kill_when(point);
        let invoked = host.invoke("one", calls([count_up("counters", "a")])).await.unwrap();
        let Invoked::Failed(error) = invoked else { panic!("{invoked:?}") };
        assert_eq!(error["errorType"], "Runtime.ExitError");
        assert!(error["errorMessage"].as_str().unwrap().contains("SIGKILL"), "{error}");
        kill.applied().await.unwrap();
        assert_eq!(counted(&host).await, expected);
        assert_eq!(host.environments("one").unwrap(), 0);
    }
}

#[tokio::test]
async fn a_process_is_killed_after_it_has_handed_in_its_result() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let kill = host.kill_when(Point::after(Call::response().from("one")));
    let invoked = host.invoke("one", json!({"return": "said"})).await.unwrap();
    assert_eq!(invoked, Invoked::Returned(json!("said")));
    kill.applied().await.unwrap();
    assert_eq!(host.environments("one").unwrap(), 0);
    // The next invocation gets a new process.
    assert_eq!(host.invoke("one", json!({"return": "more"})).await.unwrap(), Invoked::Returned(json!("more")));
}

#[tokio::test]
async fn a_test_can_act_while_a_function_is_held_at_a_point() {
    let host = host_with_counters().await;
    let mut pause = host.pause_when(Point::before(the_write()));
    let (answer, ()) = tokio::join!(count_up_once(&host), async {
        let held = pause.reached().await.unwrap();
        assert_eq!(held.call.targets, ["counters"]);
        assert_eq!(counted(&host).await, 0);
        held.resume();
    });
    assert_eq!((&answer["status"], counted(&host).await), (&json!(200), json!(1)));
}

#[tokio::test]
async fn a_call_to_wechat_passes_the_host_and_meets_the_same_rules() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let wechat = WeChat::start().await;
    host.wechat(&wechat.url).unwrap();
    let path = "/cgi-bin/message/custom/send";
    let send = json!({"call": [{"path": format!("{path}?access_token=t"), "body": {"touser": "o1"}}]});
    host.when(Point::after(Call::wechat(path).nth(2)), Effect::Cut);
    host.when(Point::before(Call::wechat(path).nth(3)), Effect::Cut);
    let busy = Answer::json(StatusCode::OK, &json!({"errcode": -1, "errmsg": "system error"}));
    host.when(Point::before(Call::wechat(path).nth(4)), Effect::Answer(busy));
    let mut answers = Vec::new();
    for _ in 0..4 {
        let Invoked::Returned(answer) = host.invoke("one", send.clone()).await.unwrap() else { panic!("failed") };
        answers.push(answer[0].clone());
    }
    assert_eq!(answers[0]["body"]["errcode"], 0);
    assert!(answers[1]["error"].is_string() && answers[2]["error"].is_string());
    assert_eq!(answers[3]["body"]["errcode"], -1);
    // Only the answer to the second was lost; the third and the fourth never arrived.
    assert_eq!(wechat.sent().len(), 2);
    let call = host.called(&Call::wechat(path).from("one").nth(4)).await.unwrap();
    assert_eq!(call.json(), json!({"touser": "o1"}));
}

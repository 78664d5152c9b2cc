//! What a trial of many calls needs of the host: a schedule that decides call by call, kills of single processes, processes
//! that differ, and no record.

use lambda_host::{Act, Call, Disturbance, Effect, Host, Invoked, Moment, Service};
use serde_json::{Value, json};

use crate::scripted::{calls, count_up, scripted};

async fn host_with_counters() -> Host {
    let host = Host::start().await.unwrap();
    host.table("counters", &["id"]).await.unwrap();
    host.function("one", scripted());
    host
}

fn to_dynamodb(moment: Moment, act: Act) -> Disturbance {
    Disturbance { moment, act }
}

#[tokio::test]
async fn a_schedule_decides_call_by_call_and_knows_in_which_invocation_each_is_made() {
    let host = host_with_counters().await;
    host.follow_schedule(|call| {
        let event: Value = serde_json::from_slice(call.event.as_ref()?).ok()?;
        let is_struck = call.service == Service::DynamoDb && event["call"].as_array()?.len() == 2;
        is_struck.then(|| to_dynamodb(Moment::After, Act::Effect(Effect::Cut)))
    });
    let struck = host.invoke("one", calls([count_up("counters", "a"), count_up("counters", "a")])).await.unwrap();
    let Invoked::Returned(answers) = struck else { panic!("{struck:?}") };
    assert!(answers[0]["error"].is_string() && answers[1]["error"].is_string(), "{answers}");
    let spared = host.invoke("one", calls([count_up("counters", "a")])).await.unwrap();
    let Invoked::Returned(answers) = spared else { panic!("{spared:?}") };
    assert_eq!(answers[0]["status"], 200);
    assert_eq!(host.items("counters").await.unwrap()[0]["times"], 3);
}

#[tokio::test]
async fn a_scheduled_kill_ends_the_process_that_calls() {
    let host = host_with_counters().await;
    host.follow_schedule(|call| (call.service == Service::DynamoDb).then(|| to_dynamodb(Moment::Before, Act::Kill)));
    let killed = host.invoke("one", calls([count_up("counters", "a")])).await.unwrap();
    assert!(matches!(killed, Invoked::Failed(_)), "{killed:?}");
    assert!(host.items("counters").await.unwrap().is_empty());
    assert_eq!(host.environments("one").unwrap(), 0);
}

#[tokio::test]
async fn a_process_that_is_killed_alone_tells_what_it_was_handling() {
    let host = host_with_counters().await;
    assert_eq!(host.kill_one("one", 7).await.unwrap(), None);
    host.invoke("one", json!("tell")).await.unwrap();
    let idle = host.kill_one("one", 7).await.unwrap().unwrap();
    assert_eq!(idle.event, None);
    let hangs = Call::dynamodb("UpdateItem");
    let mut pause = host.pause_when(lambda_host::Point::before(hangs));
    let (failed, killed) = tokio::join!(host.invoke("one", calls([count_up("counters", "a")])), async {
        let _held = pause.reached().await.unwrap();
        host.kill_one("one", 0).await.unwrap().unwrap()
    });
    assert!(matches!(failed.unwrap(), Invoked::Failed(_)));
    let event: Value = serde_json::from_slice(&killed.event.unwrap()).unwrap();
    assert_eq!(event, calls([count_up("counters", "a")]));
}

#[tokio::test]
async fn each_environment_has_the_value_whose_turn_it_is() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted().variable_in_turn("TURN", ["a".to_owned(), "b".to_owned()]));
    for expected in ["b", "a", "b"] {
        host.invoke("one", json!("tell")).await.unwrap();
        let process = host.processes("one").unwrap()[0];
        let variables = std::fs::read_to_string(format!("/proc/{process}/environ")).unwrap();
        assert!(variables.contains(&format!("TURN={expected}\0")), "{variables}");
        host.kill("one").await.unwrap();
    }
}

#[tokio::test]
async fn without_a_record_calls_pass_and_are_forgotten() {
    let host = host_with_counters().await;
    let count = || host.invoke("one", calls([count_up("counters", "a")]));
    count().await.unwrap();
    assert_eq!(host.count(&Call::any(Service::DynamoDb)), 1);
    host.record_nothing();
    count().await.unwrap();
    assert_eq!(host.count(&Call::any(Service::DynamoDb)), 0);
    assert_eq!(host.items("counters").await.unwrap()[0]["times"], 2);
}

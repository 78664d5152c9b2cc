//! The page while its simulator goes away and comes back: one of the test's own, which pushes to nobody.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::faults::FAULTS;
use crate::own_simulator::{APPID, Simulator, free_address};
use crate::page::Page;

/// What Chromium says of a simulator that is away.
const AWAY: [&str; 5] = [
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "404 (Not Found)",
];

#[tokio::test]
async fn a_simulator_that_starts_anew_is_shown_anew() {
    let address = free_address();
    let nobody = format!("http://{}/push", free_address());
    let first = Simulator::start(&address, &nobody).await;
    let page = Page::open_at(&format!("http://{address}"), "en").await;
    page.reads("#push-url", &nobody).await;
    page.reads("#appid", APPID).await;
    page.write("你好").await;
    page.reads("#traffic .attempt.bad", "no connection to the push URL").await;
    page.choose("api-fault", "errcode").await;
    page.comes_to(FAULTS, json!({"/cgi-bin/message/custom/send": "errcode"})).await;
    page.reads("#window-remaining", "5").await;

    drop(first);
    page.reads("#live", "trying again").await;
    let elsewhere = format!("http://{}/elsewhere", free_address());
    let _second = Simulator::start(&address, &elsewhere).await;
    page.sees("#live[data-say=live]").await;
    page.sees("#conversation .welcome").await;
    page.reads("#push-url", &elsewhere).await;
    page.reads("#window-state", "never opened").await;
    assert_eq!(page.count("#conversation .mine, #traffic .push").await, 0);
    assert_eq!(page.value("document.getElementById('api-fault').value").await, "", "no fault is left over");

    page.request("PUT", "/simulator/push-url", &json!({"push_url": nobody}).to_string()).await;
    page.reads("#push-url", &nobody).await;
    page.close(&AWAY).await;
}

#[tokio::test]
async fn another_server_at_the_address_is_said_and_the_page_comes_back_by_itself() {
    let address = free_address();
    let nobody = format!("http://{}/push", free_address());
    let first = Simulator::start(&address, &nobody).await;
    let page = Page::open_at(&format!("http://{address}"), "en").await;
    page.write("你好").await;
    page.sees("#conversation .mine").await;

    drop(first);
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    let stranger = tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            // Beside the others: Chromium opens connections on which it asks for nothing.
            tokio::spawn(async move {
                let _ = connection.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = connection.write_all(answer).await;
            });
        }
    });
    page.reads("#live", "something else answers here").await;
    assert_eq!(page.count("#conversation .mine").await, 1, "what was seen stays in sight");
    stranger.abort();
    let _ = stranger.await;
    let _second = Simulator::start(&address, &nobody).await;
    page.sees("#live[data-say=live]").await;
    page.sees("#conversation .welcome").await;
    page.close(&AWAY).await;
}

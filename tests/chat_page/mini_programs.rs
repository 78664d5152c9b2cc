//! Several mini programs in one simulator of the test's own: the switch between them, and what it leaves apart.

use serde_json::{Value, json};

use crate::faults::FAULTS;
use crate::layout::{WIDTH, fits};
use crate::own_product::{Does, Product};
use crate::own_simulator::{APP_SECRET, APPID, Simulator, free_address};
use crate::page::Page;
use crate::picture::picture;

pub(crate) const CLUB: &str = "wx00000000000c10b0";
pub(crate) const CHOSEN: &str = "document.getElementById('mini-program').value";
const MINE: &str = "#conversation .mine";

/// The club, which pushes to this product.
pub(crate) fn club(product: &Product) -> Value {
    json!([{"appid": CLUB, "app_secret": APP_SECRET, "token": "CLUB", "encoding_aes_key": "C".repeat(43),
        "push_url": product.push_url}])
}

/// Sends the user a message as the product of this mini program does; the errcode.
async fn send(url: &str, appid: &str, openid: &str, message_type: &str, content: Value) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: String, body: Value| -> Value {
        client.post(format!("{url}{path}")).json(&body).send().await.unwrap().json().await.unwrap()
    };
    let credentials = json!({"grant_type": "client_credential", "appid": appid, "secret": APP_SECRET});
    let issued = post("/cgi-bin/stable_token".to_owned(), credentials).await;
    let path = format!("/cgi-bin/message/custom/send?access_token={}", issued["access_token"].as_str().unwrap());
    post(path, json!({"touser": openid, "msgtype": message_type, message_type: content})).await["errcode"].clone()
}

#[tokio::test]
async fn each_mini_program_has_its_own_conversation_traffic_and_push_url() {
    let answers = Does::Answers(200, "success");
    let (of_shop, of_club) = (Product::start(answers).await, Product::start(answers).await);
    let address = free_address();
    let url = format!("http://{address}");
    let _simulator = Simulator::start_with(&address, &of_shop.push_url, &club(&of_club)).await;
    let page = Page::open_at(&url, "en").await;
    page.sees("#mini-programs:not([hidden])").await;
    page.comes_to(CHOSEN, APPID).await;
    page.reads("#mini-programs", "Mini program").await;
    page.write("to the shop").await;
    page.sees("#traffic [data-outcome=answered]").await;
    assert_eq!(send(&url, APPID, &page.openid, "text", json!({"content": "the shop's answer"})).await, 0);
    page.reads("#conversation .theirs", "the shop's answer").await;
    page.reads("#window-remaining", "4").await;

    page.choose("mini-program", CLUB).await;
    page.reads("#push-url", &of_club.push_url).await;
    page.sees("#conversation .welcome").await;
    page.reads("#window-state", "never opened").await;
    assert_eq!(page.count("#traffic .push, #traffic .call, #conversation .theirs").await, 0);
    assert_eq!(send(&url, CLUB, &page.openid, "text", json!({"content": "too soon"})).await, 40003);
    page.reads("#traffic .call", "errcode 40003").await;
    page.write("to the club").await;
    page.sees("#traffic [data-outcome=answered]").await;
    page.reads("#window-remaining", "5").await;
    assert_eq!((of_shop.pushes(), of_club.pushes()), (1, 1));
    let kept = reqwest::Client::builder().no_proxy().build().unwrap();
    let kept =
        kept.post(format!("{url}/simulator/pictures?appid={CLUB}")).body(picture(&page, "background:%2307c160").await);
    let kept: Value = kept.send().await.unwrap().json().await.unwrap();
    assert_eq!(send(&url, CLUB, &page.openid, "image", json!({"media_id": kept["media_id"]})).await, 0);
    page.comes_to("document.querySelector('#conversation .theirs .photo')?.naturalWidth > 0", true).await;
    page.reads("#window-remaining", "4").await;
    page.click("#again").await;
    page.reads("#traffic .push", "again").await;
    page.choose("api-fault", "errcode").await;
    let of_the_club = FAULTS.replace("/timeline", &format!("/timeline?appid={CLUB}"));
    page.comes_to(&of_the_club, json!({"/cgi-bin/message/custom/send": "errcode"})).await;
    page.sees("#traffic .push[data-outcome=answered]:nth-last-child(1 of .push)").await;
    assert_eq!((of_shop.pushes(), of_club.pushes()), (1, 2));
    page.photograph("mini-programs").await;

    page.choose("mini-program", APPID).await;
    page.reads(MINE, "to the shop").await;
    page.reads("#conversation .theirs", "the shop's answer").await;
    page.reads("#push-url", &of_shop.push_url).await;
    page.reads("#window-remaining", "4").await;
    page.comes_to("document.getElementById('api-fault').value", "").await;
    assert_eq!(page.texts(MINE).await, ["to the shop"]);
    assert_eq!(
        send(&url, APPID, &page.openid, "text", json!({"content": "again"})).await,
        0,
        "the fault is the club's"
    );
    page.comes_to(FAULTS, json!({})).await;
    page.close(&[]).await;
}

#[tokio::test]
async fn a_reload_keeps_the_mini_program_in_both_languages_and_on_a_phone() {
    let product = Product::start(Does::Answers(200, "success")).await;
    let address = free_address();
    let _simulator = Simulator::start_with(&address, &product.push_url, &club(&product)).await;
    let page = Page::open_at(&format!("http://{address}"), "zh-CN").await;
    page.reads("#mini-programs", "小程序").await;
    page.choose("mini-program", CLUB).await;
    page.write("你好").await;
    page.sees("#traffic [data-outcome=answered]").await;

    page.browser.driver.refresh().await.unwrap();
    page.reads(MINE, "你好").await;
    page.comes_to(CHOSEN, CLUB).await;
    page.resize(WIDTH, 740, true).await;
    fits(&page).await;
    assert_eq!(page.value("document.getElementById('mini-program').checkVisibility()").await, true);
    page.photograph("phone-mini-programs").await;
    page.choose("mini-program", APPID).await;
    page.sees("#conversation .welcome").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn a_mini_program_that_is_gone_gives_way_to_the_first_and_one_alone_is_no_choice() {
    let product = Product::start(Does::Answers(200, "success")).await;
    let address = free_address();
    let both = Simulator::start_with(&address, &product.push_url, &club(&product)).await;
    let page = Page::open_at(&format!("http://{address}"), "en").await;
    page.choose("mini-program", CLUB).await;
    page.write("to the club").await;
    page.reads(MINE, "to the club").await;
    drop(both);
    page.reads("#live", "trying again").await;
    let _shop = Simulator::start(&address, &product.push_url).await;
    page.sees("#conversation .welcome").await;
    page.sees("#mini-programs[hidden]").await;
    page.reads("#appid", APPID).await;
    page.write("to the shop").await;
    page.sees("#traffic [data-outcome=answered]").await;
    page.browser.driver.refresh().await.unwrap();
    page.reads(MINE, "to the shop").await;
    page.close(&[
        "ERR_CONNECTION_REFUSED",
        "ERR_CONNECTION_RESET",
        "ERR_INCOMPLETE_CHUNKED_ENCODING",
        "400 (Bad Request)",
    ])
    .await;
}

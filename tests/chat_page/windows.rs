//! Two windows on one simulator.

use serde_json::json;

use crate::mini_programs::{CHOSEN, CLUB, club};
use crate::own_product::{Does, Product};
use crate::own_simulator::{APPID, Simulator, free_address};
use crate::page::Page;

#[tokio::test]
async fn two_windows_show_the_same_live_and_each_keeps_what_is_chosen_in_it() {
    let product = Product::start(Does::Answers(200, "success")).await;
    let address = free_address();
    let url = format!("http://{address}");
    let _simulator = Simulator::start_with(&address, &product.push_url, &club(&product)).await;
    let mut page = Page::open_at(&url, "en").await;
    let openid = page.openid.clone();
    let driver = page.browser.driver.clone();
    let first = driver.window().await.unwrap();
    let second = driver.new_tab().await.unwrap();
    let switch = async |window: &thirtyfour::WindowHandle| driver.switch_to_window(window.clone()).await.unwrap();

    switch(&second).await;
    driver.goto(&url).await.unwrap();
    page.comes_to("document.getElementById('openid').value", openid.as_str()).await;
    switch(&first).await;
    page.write("in the first window").await;
    page.reads("#conversation .mine", "in the first window").await;
    switch(&second).await;
    page.reads("#conversation .mine", "in the first window").await;

    page.choose("mini-program", CLUB).await;
    page.be(&format!("{openid}-friend")).await;
    page.click("#language").await;
    page.reads("#send", "发送").await;
    page.write("in the second window").await;
    page.sees("#traffic [data-outcome=answered]").await;
    switch(&first).await;
    driver.refresh().await.unwrap();
    page.reads("#conversation .mine", "in the first window").await;
    page.comes_to(CHOSEN, APPID).await;
    assert_eq!(page.value("document.getElementById('openid').value").await, openid.as_str());
    assert_eq!(page.texts("#conversation .mine").await, ["in the first window"]);
    switch(&second).await;
    driver.refresh().await.unwrap();
    page.reads("#conversation .mine", "in the second window").await;
    page.comes_to(CHOSEN, CLUB).await;
    page.reads("#send", "发送").await;

    page.value("sessionStorage.clear()").await;
    driver.refresh().await.unwrap();
    page.comes_to(CHOSEN, CLUB).await;
    assert_eq!(page.value("[localStorage.appid, localStorage.language]").await, json!([CLUB, "zh"]));
    page.close(&[]).await;
}

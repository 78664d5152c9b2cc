//! Who acts: chosen in the bar, remembered, never nobody.

use thirtyfour::Key;

use crate::page::Page;

#[tokio::test]
async fn without_a_user_of_last_time_it_is_the_simulators_own() {
    let page = Page::open().await;
    page.value("[localStorage, sessionStorage].forEach((each) => each.setItem('openid', ''))").await;
    page.browser.driver.refresh().await.unwrap();
    page.comes_to("document.getElementById('openid').value", "oSimulatedDemoUser0000000000").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn an_openid_that_cannot_be_is_said_and_the_user_stays() {
    let page = Page::open().await;
    let input = page.sees("#openid").await;
    input.send_keys(Key::Control + "a").await.unwrap();
    input.send_keys(format!("not an openid{}", Key::Tab.value())).await.unwrap();
    page.reads("#alert", &format!("The user is still {}", page.openid)).await;
    page.sees("#openid[aria-invalid=true]").await;
    page.write("营业时间").await;
    page.reads("#conversation .mine", "营业时间").await;

    page.click("#new-user").await;
    page.sees("#openid[aria-invalid=false]").await;
    page.sees(".welcome").await;
    page.close(&[]).await;
}

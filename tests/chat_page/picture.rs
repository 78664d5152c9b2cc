//! Pictures to send.

use crate::page::Page;

/// A picture with something to see, as Chromium draws it.
pub(crate) async fn picture(page: &Page, style: &str) -> Vec<u8> {
    let html = format!("data:text/html,<div id=p style='width:320px;height:220px;{style}'></div>");
    let driver = &page.browser.driver;
    let chat = driver.window().await.unwrap();
    let drawing = driver.new_tab().await.unwrap();
    driver.switch_to_window(drawing).await.unwrap();
    driver.goto(html).await.unwrap();
    let png = page.sees("#p").await.screenshot_as_png().await.unwrap();
    driver.close_window().await.unwrap();
    driver.switch_to_window(chat).await.unwrap();
    png
}

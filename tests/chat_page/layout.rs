//! The page itself: by keyboard alone, in both languages, on a phone.

use serde_json::json;
use thirtyfour::Key;

use crate::page::Page;

/// A small phone's, in CSS pixels.
pub(crate) const WIDTH: u32 = 360;

/// Tab until the element with this id has the focus, as someone without a mouse does.
pub(crate) async fn tab_to(page: &Page, id: &str) {
    for _ in 0..60 {
        if page.value("document.activeElement.id").await == id {
            let ring = page.value("getComputedStyle(document.activeElement).outlineStyle").await;
            assert_eq!(ring, "solid", "#{id}: the focus shows");
            return;
        }
        page.presses(Key::Tab).await;
    }
    panic!("Tab never gets to #{id}");
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let page = Page::open().await;
    tab_to(&page, "text").await;
    page.presses(format!("营业时间{}", Key::Enter.value())).await;
    page.reads("#conversation .theirs", "营业时间").await;
    page.presses(format!("地址{}", Key::Enter.value())).await;
    page.reads("#conversation .theirs", "请在小程序首页").await;

    tab_to(&page, "enter").await;
    page.presses(Key::Enter).await;
    assert_eq!(page.value("document.activeElement.id").await, "session-from");
    page.presses(Key::End).await;
    page.presses(format!("-2{}", Key::Enter.value())).await;
    page.reads("#conversation .system", "from order-page-2").await;

    tab_to(&page, "subscribe").await;
    page.presses(Key::Enter).await;
    page.presses(Key::Escape).await;
    assert_eq!(page.value("document.querySelectorAll('dialog[open]').length").await, 0);
    assert_eq!(page.value("document.activeElement.id").await, "subscribe");

    // Tab goes to a group's chosen switch; the arrows choose another.
    for _ in 0..60 {
        if page.value("document.activeElement.name").await == "format" {
            break;
        }
        page.presses(Key::Tab).await;
    }
    page.presses(Key::Right).await;
    assert_eq!(page.value("new FormData(document.getElementById('settings')).get('format')").await, "xml");
    page.close(&[]).await;
}

#[tokio::test]
async fn everything_is_said_in_both_languages() {
    let page = Page::open_in("zh-CN").await;
    assert_eq!(page.value("document.documentElement.lang").await, "zh-CN");
    page.reads("#send", "发送").await;
    page.write("我要找人工客服").await;
    page.reads("#conversation .system", "正在为你转接人工客服").await;
    page.reads("#traffic .push", "签名正确").await;
    page.photograph("chinese").await;

    page.click("#language").await;
    assert_eq!(page.value("document.documentElement.lang").await, "en");
    page.reads("#send", "Send").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    page.reads("#traffic .push", "signed").await;
    let unnamed = page
        .value(
            "[...document.querySelectorAll('button, input, select')].filter((each) => !each.hidden \
                && !each.ariaLabel && !each.labels?.length && !each.textContent.trim()).map((each) => each.outerHTML)",
        )
        .await;
    assert_eq!(unnamed, json!([]), "every control has a name for who cannot see it");

    page.browser.driver.refresh().await.unwrap();
    page.reads("#send", "Send").await;
    page.close(&[]).await;
}

#[tokio::test]
async fn a_phone_shows_one_half_at_a_time_and_never_scrolls_sideways() {
    let page = Page::open().await;
    page.resize(WIDTH, 740, true).await;
    page.comes_to("document.getElementById('switches').open", false).await;
    page.write("营业时间").await;
    page.reads("#conversation .theirs", "营业时间").await;
    fits(&page).await;
    page.photograph("phone").await;
    page.click("[data-show=traffic]").await;
    page.reads("#traffic .push", "#1 200").await;
    assert_eq!(page.value("document.querySelector('.phone').checkVisibility()").await, false, "the other half is away");
    fits(&page).await;
    let newest = "(({top, bottom}) => top >= 0 && Math.floor(bottom) <= innerHeight)\
                  (document.querySelector('#traffic > :last-child').getBoundingClientRect())";
    page.comes_to(newest, true).await;
    page.photograph("phone-traffic").await;
    page.click("[data-show=phone]").await;
    page.write("地址").await;
    page.reads("#conversation .theirs", "请在小程序首页").await;
    page.close(&[]).await;
}

/// Nothing is wider than a phone of [`WIDTH`].
pub(crate) async fn fits(page: &Page) {
    // Not innerWidth: a phone's browser makes that as wide as what does not fit.
    let wide = page.value("document.documentElement.scrollWidth").await;
    assert_eq!(wide, i64::from(WIDTH), "nothing is wider than the phone");
}

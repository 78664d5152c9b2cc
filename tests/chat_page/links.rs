//! Links in what the product sends: which texts become links, and that everything else stays as it is written.

use serde_json::json;
use thirtyfour::Key;

use crate::back_end::BackEnd;
use crate::page::Page;

const THEIRS: &str = "#conversation .theirs";

/// Puts the bubble of a text on the page and tells what is in it: a link as `[text](URL)`, one into a mini program as
/// `[text]` and, at the end, `{where}`.
const BUBBLE: &str = "(content) => import('/page/bubbles.js').then(({text}) => { \
    const bubble = document.body.appendChild(text(content)); \
    const parts = [...bubble.childNodes].map((part) => \
        part.nodeType === Node.TEXT_NODE ? part.data \
        : part.matches('a[target=_blank]') ? `[${part.textContent}](${part.getAttribute('href')})` \
        : part.matches('button') ? `[${part.textContent}]` \
        : part.matches('.opens') ? `{${part.lastChild.textContent}}` : part.outerHTML); \
    bubble.remove(); \
    return parts.join('') })";

#[tokio::test]
async fn well_formed_links_are_shown_as_links() {
    let page = Page::open().await;
    shows(
        &page,
        &[
            (
                "<a href=\"https://a.example\">a</a> and <a href='http://b.example'>b</a>",
                "[a](https://a.example) and [b](http://b.example)",
            ),
            ("<A HREF=\"HTTPS://a.example\">A</A>", "[A](HTTPS://a.example)"),
            ("<a\n  class = c href = https://a.example/?a=1 >a</a>", "[a](https://a.example/?a=1)"),
            ("<a title=\"say 'hi' > </a>\" href='https://a.example/\"'>a</a>", "[a](https://a.example/\")"),
            ("<a href=\"https://a.example\" href=\"javascript:0\">a</a>", "[a](https://a.example)"),
            ("<a data-miniprogram-appid=\"wx1\" data-miniprogram-path=\"p?a=1&amp;b=2\">a</a>.", "[a].{p?a=1&b=2}"),
            ("<a href=\"javascript:0\" Data-Miniprogram-Appid=wx1>a</a>.", "[a].{the home page}"),
        ],
    )
    .await;
    page.close(&[]).await;
}

#[tokio::test]
async fn character_references_count_in_links_alone() {
    let page = Page::open().await;
    shows(
        &page,
        &[
            (
                "&lt;<a href=\"https://a.example/?a&amp;b&#x3d;&quot;\">1 &lt; 2 &#20320;</a>&lt;",
                "&lt;[1 < 2 你](https://a.example/?a&b=\")&lt;",
            ),
            (
                "<a href=\"&#104;ttps://a.example\">&amp;lt; &#0;&#xd800;&#x110000;</a>",
                "[&lt; \u{fffd}\u{fffd}\u{fffd}](https://a.example)",
            ),
            (
                "<a href=\"https://a.example/?a=1&copy=2\">a & b &unknown;</a>",
                "[a & b &unknown;](https://a.example/?a=1&copy=2)",
            ),
        ],
    )
    .await;
    page.close(&[]).await;
}

#[tokio::test]
async fn what_is_no_link_stays_as_it_is_written() {
    let page = Page::open().await;
    for content in [
        "1 < 2 & <b onclick=\"document.title='broken'\">3</b> <a",
        "<a href=\"javascript:document.title='broken'\">a</a>",
        "<a href=\"&#106;avascript:document.title='broken'\">a</a>",
        "<a href=\" https://a.example\">a</a>",
        "<a href=\"//a.example\">a</a><a>b</a><a href>c</a>",
        "<a href=\"https://a.example\">a",
        "<a href=\"https://a.example\"",
        "<a href=\"https://a.example>a</a>",
        "<a href=\"https://a.example\"onclick=\"document.title='broken'\">a</a>",
        "<a href=https://a.example\"onclick=\"document.title='broken'\">a</a>",
        "<ab href=\"https://a.example\">a</ab></a>",
        "<a\u{3000}href=\"https://a.example\">a</a>",
    ] {
        shows(&page, &[(content, content)]).await;
    }
    page.close(&[]).await;
}

#[tokio::test]
async fn a_link_is_found_among_what_is_none_and_holds_nothing_but_text() {
    let page = Page::open().await;
    let link = "<a href=\"https://a.example\">a</a>";
    shows(
        &page,
        &[
            (&format!("<a href=\"https://b.example>b</a> {link}"), "<a href=\"https://b.example>b</a> [a](https://a.example)"),
            (&format!("<a href=\"https://b.example\">b {link}</a>"), "<a href=\"https://b.example\">b [a](https://a.example)</a>"),
            (&format!("<img alt='{link}'>"), "<img alt='[a](https://a.example)'>"),
            ("<a title=\"<a href='https://b.example'>b</a>\" href='https://a.example'>a</a>", "[a](https://a.example)"),
            (
                "<a href='https://a.example' onclick=\"document.title='broken'\"><img src=x onerror=\"document.title='broken'\"></a>",
                "[<img src=x onerror=\"document.title='broken'\">](https://a.example)",
            ),
        ],
    )
    .await;
    assert_eq!(page.browser.driver.title().await.unwrap(), "WeChat simulator");
    page.close(&[]).await;
}

#[tokio::test]
async fn links_are_links_and_the_text_around_them_stays_as_it_is_written() {
    let page = Page::open().await;
    page.write("我要找人工客服").await;
    page.reads("#conversation .system", "You are being transferred to an agent").await;
    let content = "1 < 2 &amp; <b>bold</b>\n<a href=\"https://www.example.com/?a=1&amp;b=2\">page</a>, \
                   <a data-miniprogram-appid=\"wxba5fad812f8e6fb9\" data-miniprogram-path=\"pages/order?id=1\">order</a>, \
                   <a href=\"http://www.example.com\" data-miniprogram-appid=\"wxba5fad812f8e6fb9\">home</a>";
    assert_eq!(BackEnd::new().send(&page.openid, "text", json!({"content": content})).await, 0);
    page.reads(THEIRS, "1 < 2 &amp; <b>bold</b>\npage, order, home").await;
    let page_link = page.sees(&format!("{THEIRS} a.link")).await;
    assert_eq!(page_link.attr("href").await.unwrap().unwrap(), "https://www.example.com/?a=1&b=2");

    page.value("document.querySelector('.mini-program').focus()").await;
    page.presses(Key::Enter).await;
    page.reads(&format!("{THEIRS} .opens:not([hidden])"), "Opens pages/order?id=1").await;
    page.reads(&format!("{THEIRS} .mini-program"), "home").await.click().await.unwrap();
    page.reads(&format!("{THEIRS} .opens:not([hidden])"), "Opens the home page").await;
    page.close(&[]).await;
}

async fn shows(page: &Page, cases: &[(&str, &str)]) {
    for (content, expected) in cases {
        let shown = page.value(&format!("({BUBBLE})({})", json!(content))).await;
        assert_eq!(shown, *expected, "{content}");
    }
}

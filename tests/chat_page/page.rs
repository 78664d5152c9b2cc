//! The chat page as a person uses it: by what is written on it.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::Key;
use thirtyfour::cdp::domains::emulation::SetDeviceMetricsOverride;
use thirtyfour::prelude::*;

use crate::back_end::variable;
use crate::browser::Browser;

/// Four attempts of five seconds, and some air.
const PATIENCE: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(50);

pub(crate) struct Page {
    pub(crate) browser: Browser,
    pub(crate) openid: String,
}

impl Page {
    /// The page in English, with a user whom no other test knows.
    pub(crate) async fn open() -> Self {
        Self::open_in("en").await
    }

    pub(crate) async fn open_in(language: &str) -> Self {
        Self::open_at(&variable("SIMULATOR_URL"), language).await
    }

    pub(crate) async fn open_at(simulator_url: &str, language: &str) -> Self {
        static USERS: AtomicU32 = AtomicU32::new(0);
        let browser = Browser::start(language).await;
        browser.driver.goto(simulator_url).await.unwrap();
        let mut page = Self { browser, openid: String::new() };
        // A test that failed may have left some on.
        page.request("DELETE", "/simulator/faults", "").await;
        page.sees("#live[data-say=live]").await;
        let number = USERS.fetch_add(1, Ordering::Relaxed);
        page.be(&format!("oBrowser{}-{number}", std::process::id())).await;
        page
    }

    /// Acts as this user from now on.
    pub(crate) async fn be(&mut self, openid: &str) {
        let input = self.sees("#openid").await;
        input.send_keys(Key::Control + "a").await.unwrap();
        input.send_keys(format!("{openid}{}", Key::Tab.value())).await.unwrap();
        openid.clone_into(&mut self.openid);
    }

    pub(crate) async fn click(&self, css: &str) {
        self.sees(css).await.click().await.unwrap();
    }

    pub(crate) async fn write(&self, text: &str) {
        self.sees("#text").await.send_keys(text).await.unwrap();
        self.click("#send").await;
    }

    /// Waits until this is on the page.
    pub(crate) async fn sees(&self, css: &str) -> WebElement {
        self.reads(css, "").await
    }

    /// Waits until some element of these has this text in it.
    pub(crate) async fn reads(&self, css: &str, text: &str) -> WebElement {
        let found = "return [...document.querySelectorAll(arguments[0])].find((each) => \
                     !arguments[1] || each.innerText.includes(arguments[1]))";
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let element = self.browser.driver.execute(found, vec![json!(css), json!(text)]).await.unwrap();
            if let Ok(element) = element.element() {
                return element;
            }
            tokio::time::sleep(INTERVAL).await;
        }
        panic!("no {css} says {text:?}, but they say {:?}", self.texts(css).await)
    }

    /// What these elements say, now.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let texts = "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)";
        self.browser.driver.execute(texts, vec![json!(css)]).await.unwrap().convert().unwrap()
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.browser.driver.find_all(By::Css(css)).await.unwrap().len()
    }

    pub(crate) async fn choose(&self, select: &str, value: &str) {
        let option = format!("//select[@id='{select}']/option[@value='{value}' or .='{value}']");
        self.browser.driver.find(By::XPath(option)).await.unwrap().click().await.unwrap();
    }

    /// Waits until a JavaScript expression has this value.
    pub(crate) async fn comes_to(&self, expression: &str, expected: impl Into<Value>) {
        let expected = expected.into();
        let deadline = Instant::now() + PATIENCE;
        let mut value = self.value(expression).await;
        while value != expected && Instant::now() < deadline {
            tokio::time::sleep(INTERVAL).await;
            value = self.value(expression).await;
        }
        assert_eq!(value, expected, "{expression}");
    }

    /// The value of a JavaScript expression; of a promise, what it comes to.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let value = self.browser.driver.execute(format!("return {expression}"), Vec::new()).await.unwrap();
        value.json().clone()
    }

    /// Calls the simulator as a script beside the page does; the status.
    pub(crate) async fn request(&self, method: &str, path: &str, body: &str) -> Value {
        let fetch = "return fetch(arguments[0], {method: arguments[1], body: arguments[2]}).then(({status}) => status)";
        let arguments = vec![json!(path), json!(method), json!(body)];
        self.browser.driver.execute(fetch, arguments).await.unwrap().json().clone()
    }

    /// A screen of this many CSS pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32, mobile: bool) {
        let device_scale_factor = if mobile { 2.0 } else { 1.0 };
        let screen = SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor,
            mobile,
            scale: None,
            screen_orientation: None,
        };
        self.browser.driver.cdp().send(screen).await.unwrap();
    }

    pub(crate) async fn presses(&self, keys: impl Into<TypingData>) {
        self.browser.driver.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Saves what a person would see, for one to look at.
    pub(crate) async fn photograph(&self, name: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chat-page");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        self.browser.driver.screenshot(&path).await.unwrap();
        path
    }

    /// Ends the test: nothing was complained of in the console but what is `expected`.
    pub(crate) async fn close(self, expected: &[&str]) {
        let complaints = self.browser.console().await;
        let unexpected: Vec<_> =
            complaints.iter().filter(|text| !expected.iter().any(|known| text.contains(known))).collect();
        assert!(unexpected.is_empty(), "{unexpected:#?}");
        self.browser.driver.clone().quit().await.unwrap();
    }
}

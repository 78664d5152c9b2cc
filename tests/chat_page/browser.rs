//! A headless Chromium, and the chromedriver that drives it, for one test.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use thirtyfour::prelude::*;

/// A chromedriver that ends with the test, however it ends, and its browsers with it.
struct Chromedriver(Child);

impl Chromedriver {
    /// Starts one on a port of its choice and waits until it says which. It chooses a free port of IPv4 and needs the same one
    /// of IPv6; where that is taken it ends, and another start chooses another.
    fn start() -> (Self, String) {
        (0..5).find_map(|_| Self::start_once()).expect("a chromedriver that finds a port")
    }

    fn start_once() -> Option<(Self, String)> {
        let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}. Debian: apt install chromium chromium-driver"));
        let mut chromedriver = Self(process);
        let said = BufReader::new(chromedriver.0.stdout.take().unwrap());
        let port = said
            .lines()
            .find_map(|line| Some(line.unwrap().split_once("started successfully on port ")?.1.replace('.', "")))?;
        Some((chromedriver, format!("http://127.0.0.1:{port}")))
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Chromium outlives a chromedriver that is told to end while a session is open, as in a test that fails.
        let own = self.0.id().to_string();
        let _ = Command::new("kill").arg("-KILL").args(descendants(&own)).arg(own).status();
        let _ = self.0.wait();
    }
}

/// The processes that this one started, and those that they started.
fn descendants(parent: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = processes.filter_map(|process| {
        let status = fs::read_to_string(process.path().join("status")).ok()?;
        let is_child = status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == parent));
        is_child.then(|| process.file_name().into_string().ok())?
    });
    children.flat_map(|child| [descendants(&child), vec![child]].concat()).collect()
}

/// A browser with one window.
pub(crate) struct Browser {
    _chromedriver: Chromedriver,
    pub(crate) driver: WebDriver,
    url: String,
}

impl Browser {
    /// Starts one whose reader prefers `language`.
    pub(crate) async fn start(language: &str) -> Self {
        // Err: another test was faster. HTTP clients need one, though all goes over loopback.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (chromedriver, url) = Chromedriver::start();
        let mut wishes = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-proxy-server",
            "--window-size=1440,1000",
        ] {
            wishes.add_arg(argument).unwrap();
        }
        wishes.add_experimental_option("prefs", serde_json::json!({"intl.accept_languages": language})).unwrap();
        wishes.set("goog:loggingPrefs", serde_json::json!({"browser": "ALL"})).unwrap();
        let driver = WebDriver::new(&url, wishes).await.expect("a browser");
        Self { _chromedriver: chromedriver, driver, url }
    }

    /// What the page complained of in the console since it was asked last.
    pub(crate) async fn console(&self) -> Vec<String> {
        let url = format!("{}/session/{}/se/log", self.url, self.driver.session_id());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.post(url).json(&serde_json::json!({"type": "browser"})).send().await.unwrap();
        let log: serde_json::Value = answer.json().await.unwrap();
        log["value"].as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // In a test that fails, the session is still open. To close it here would take two minutes, and the chromedriver
        // is about to end anyway. An error says that the session is closed.
        let _ = self.driver.clone().leak();
    }
}

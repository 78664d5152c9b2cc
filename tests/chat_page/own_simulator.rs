//! A simulator of a test's own, beside the stack's.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const APPID: &str = "wxba5fad812f8e6fb9";
pub(crate) const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// `simulator serve`; killed with the test.
pub(crate) struct Simulator(Child);

impl Simulator {
    pub(crate) async fn start(address: &str, push_url: &str) -> Self {
        Self::start_with(address, push_url, &json!([])).await
    }

    /// One that plays further mini programs beside [`APPID`], as `--mini-programs` takes them.
    pub(crate) async fn start_with(address: &str, push_url: &str, further: &Value) -> Self {
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../debug/simulator");
        let mut process = Command::new(&program)
            .arg("serve")
            .env("SIMULATOR_LISTEN", address)
            .env("SIMULATOR_PUSH_URL", push_url)
            .env("SIMULATOR_APPID", APPID)
            .env("SIMULATOR_APP_SECRET", APP_SECRET)
            .env("SIMULATOR_TOKEN", "AAAAA")
            .env("SIMULATOR_ENCODING_AES_KEY", "A".repeat(43))
            .env("SIMULATOR_MINI_PROGRAMS", further.to_string())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        while tokio::net::TcpStream::connect(address).await.is_err() {
            assert_eq!(process.try_wait().unwrap(), None, "it ended at once");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self(process)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

//! A simulator and a product of a test's own, and the page between them.

use serde_json::{Value, json};

use crate::own_product::{Does, Product};
use crate::own_simulator::{APP_SECRET, APPID, Simulator, free_address};
use crate::page::Page;

/// A simulator, a product that does this, and the page, whose pushes are plain.
pub(crate) struct Scene {
    _simulator: Simulator,
    pub(crate) url: String,
    pub(crate) product: Product,
    pub(crate) page: Page,
}

impl Scene {
    pub(crate) async fn set(does: Does) -> Self {
        let product = Product::start(does).await;
        let address = free_address();
        let simulator = Simulator::start(&address, &product.push_url).await;
        let url = format!("http://{address}");
        let page = Page::open_at(&url, "en").await;
        page.click("#settings [value=plain]").await;
        Self { _simulator: simulator, url, product, page }
    }

    /// Calls WeChat's API as a product does; the errcode.
    pub(crate) async fn call(&self, path: &str, body: Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let post = async |path: &str, body: Value| -> Value {
            client.post(format!("{}{path}", self.url)).json(&body).send().await.unwrap().json().await.unwrap()
        };
        let credentials = json!({"grant_type": "client_credential", "appid": APPID, "secret": APP_SECRET});
        let issued = post("/cgi-bin/stable_token", credentials).await;
        let path = format!("{path}?access_token={}", issued["access_token"].as_str().unwrap());
        post(&path, body).await["errcode"].clone()
    }
}

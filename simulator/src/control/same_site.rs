//! Keeps other websites out: a page from anywhere, open in the developer's browser, could otherwise push in the mini
//! program's name and read what travelled. Browsers say by `Sec-Fetch-Site` who asks; other programs say nothing.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

pub(super) async fn only(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    match site {
        None | Some("same-origin" | "none") => next.run(request).await,
        Some(_) => Refusal::AnotherSite.into_response(),
    }
}

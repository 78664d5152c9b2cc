//! The chat page, for a browser: talk as a user does, and see what travels. Its files are part of the program.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Only its own scripts and styles run; pictures may come from where a message says.
const POLICY: &str = "default-src 'self'; img-src 'self' http: https: data:; frame-ancestors 'none'; base-uri 'none'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! file {
    ($name:literal, $content_type:expr) => {
        ($name, $content_type, include_str!(concat!("../page/", $name)))
    };
}

/// Name, content type and content of each.
const FILES: [(&str, &str, &str); 16] = [
    file!("index.html", HTML),
    file!("icon.svg", SVG),
    file!("frame.css", STYLE),
    file!("phone.css", STYLE),
    file!("traffic.css", STYLE),
    file!("acts.js", SCRIPT),
    file!("bubbles.js", SCRIPT),
    file!("conversation.js", SCRIPT),
    file!("element.js", SCRIPT),
    file!("main.js", SCRIPT),
    file!("orders.js", SCRIPT),
    file!("reply_window.js", SCRIPT),
    file!("settings.js", SCRIPT),
    file!("traffic.js", SCRIPT),
    file!("user.js", SCRIPT),
    file!("words.js", SCRIPT),
];

/// The page and what it consists of.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(|| async { file("index.html") }))
        .route("/page/{name}", get(|Path(name): Path<String>| async move { file(&name) }))
}

fn file(name: &str) -> Response {
    let Some((_, content_type, content)) = FILES.iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, *content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, *content).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let served: BTreeSet<String> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let written = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/page")).unwrap();
        let written: BTreeSet<String> = written.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(served, written);
    }

    #[test]
    fn the_page_asks_nobody_else_for_anything() {
        for (name, _, content) in FILES {
            for url in content.split("http").skip(1).filter(|rest| rest.starts_with("://") || rest.starts_with("s://"))
            {
                let host = url.split('/').nth(2).unwrap();
                assert_eq!(host, "www.w3.org", "{name}: only the name of SVG's namespace");
            }
        }
    }

    #[test]
    fn both_languages_have_every_word() {
        let words = FILES.iter().find(|(name, ..)| *name == "words.js").unwrap().2;
        let of = |language: &str| -> Vec<&str> {
            let (_, dictionary) = words.split_once(&format!("const {language} = {{\n")).unwrap();
            let (dictionary, _) = dictionary.split_once("\n};").unwrap();
            dictionary.lines().map(|line| line.trim().split_once(':').unwrap().0).collect()
        };
        let english = of("ENGLISH");
        assert_eq!(english, of("CHINESE"));
        for (name, _, content) in FILES {
            let spoken = ["data-say=\"", "data-say-label=\"", "data-say-placeholder=\"", "say: \""].map(|mark| {
                content.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect::<Vec<_>>()
            });
            for word in spoken.concat() {
                assert!(english.contains(&word), "{name}: {word}");
            }
        }
    }
}

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
const FILES: [(&str, &str, &str); 41] = [
    file!("index.html", HTML),
    file!("icon.svg", SVG),
    file!("frame.css", STYLE),
    file!("phone.css", STYLE),
    file!("traffic.css", STYLE),
    file!("acts.js", SCRIPT),
    file!("agent_row.js", SCRIPT),
    file!("alert_line.js", SCRIPT),
    file!("anchors.js", SCRIPT),
    file!("api_faults.js", SCRIPT),
    file!("bubbles.js", SCRIPT),
    file!("call_row.js", SCRIPT),
    file!("chinese.js", SCRIPT),
    file!("clock.js", SCRIPT),
    file!("conversation.js", SCRIPT),
    file!("element.js", SCRIPT),
    file!("english.js", SCRIPT),
    file!("exact_json.js", SCRIPT),
    file!("follow.js", SCRIPT),
    file!("halves.js", SCRIPT),
    file!("kept.js", SCRIPT),
    file!("late_replies.js", SCRIPT),
    file!("lines.js", SCRIPT),
    file!("links.js", SCRIPT),
    file!("main.js", SCRIPT),
    file!("mini_program.js", SCRIPT),
    file!("orders.js", SCRIPT),
    file!("push_row.js", SCRIPT),
    file!("remembered.js", SCRIPT),
    file!("reply_window.js", SCRIPT),
    file!("row.js", SCRIPT),
    file!("session.js", SCRIPT),
    file!("session_row.js", SCRIPT),
    file!("settings.js", SCRIPT),
    file!("setup.js", SCRIPT),
    file!("traffic.js", SCRIPT),
    file!("transfer.js", SCRIPT),
    file!("typing.js", SCRIPT),
    file!("user.js", SCRIPT),
    file!("watch.js", SCRIPT),
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
    fn every_call_that_the_simulator_serves_can_be_disturbed() {
        let served = include_str!("api/mod.rs").split(".route(\"").skip(1);
        let paths: Vec<_> =
            served.filter_map(|rest| rest.split('"').next()).filter(|path| !path.contains('{')).collect();
        assert!(paths.contains(&"/cgi-bin/message/custom/send"));
        for path in paths {
            assert!(content("index.html").contains(&format!("<option>{path}</option>")), "{path}");
        }
    }

    fn content(file: &str) -> &'static str {
        FILES.iter().find(|(name, ..)| *name == file).unwrap().2
    }

    /// The words of a dictionary, in order.
    fn words(file: &str) -> Vec<&'static str> {
        let entries = content(file).lines().filter_map(|line| line.strip_prefix("  "));
        entries.map(|entry| entry.split_once(':').unwrap().0).collect()
    }

    /// All files that use words and are not about words.
    fn users_of_words() -> impl Iterator<Item = (&'static str, &'static str)> {
        let files = FILES.iter().filter(|(name, ..)| !["english.js", "chinese.js", "words.js"].contains(name));
        files.map(|(name, _, content)| (*name, *content))
    }

    /// The string literals of an expression: of a word that is named, and of each of two to choose from, but of none that
    /// something is compared with.
    fn named(expression: &str) -> Vec<&str> {
        let pieces: Vec<_> = expression.split('"').collect();
        let literals = pieces.chunks_exact(2);
        literals.filter(|pair| !pair[0].ends_with("== ")).map(|pair| pair[1]).collect()
    }

    /// Where a word is said: what precedes the expression that names it, and what ends that.
    const SAID: [(&str, &[char]); 12] = [
        ("data-say=", &['>', ' ']),
        ("data-say-label=", &['>', ' ']),
        ("data-say-placeholder=", &['>', ' ']),
        ("data-say-alt=", &['>', ' ']),
        (" say: ", &[',', '}']),
        (" say_label: ", &[',', '}']),
        (" say_alt: ", &[',', '}']),
        (" say(", &[')']),
        ("{say(", &[')']),
        ("word(", &[')']),
        ("block(", &[',']),
        ("sayIn(", &[')']),
    ];

    #[test]
    fn every_word_that_is_said_is_known() {
        let known = words("english.js");
        let mut said = 0;
        for (name, content) in users_of_words() {
            for (mark, ends) in SAID {
                for rest in content.split(mark).skip(1) {
                    for word in named(rest.split(ends).next().unwrap()) {
                        said += 1;
                        assert!(known.contains(&word), "{name}: {mark}{word}");
                    }
                }
            }
        }
        assert!(said > known.len() / 2, "{said}: most words are said where they are named");
    }

    #[test]
    fn both_languages_have_the_same_words_and_none_too_many() {
        let known = words("english.js");
        assert_eq!(known, words("chinese.js"));
        for word in known {
            let literal = format!("\"{word}\"");
            assert!(users_of_words().any(|(_, content)| content.contains(&literal)), "{word}: nothing says it");
        }
    }
}

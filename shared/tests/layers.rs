//! Holds the direction of the arrows between the rooms of `shared/src`: a room names none that its row leaves out. That
//! `protocol` names none of them is held by the compiler: it is a crate of its own.

use std::fs;
use std::path::Path;

const ROOMS: [&str; 6] = ["wechat", "state", "host", "sending", "serve", "secret"];

/// The rooms that each room may name.
const ARROWS: [(&str, &[&str]); 6] = [
    ("secret", &[]),
    ("wechat", &["secret"]),
    ("state", &["secret"]),
    ("host", &["secret"]),
    ("sending", &["wechat", "state", "host", "secret"]),
    ("serve", &["sending", "wechat", "state", "host"]),
];

/// What the rooms below the edge may not know of.
const EDGE: [&str; 2] = ["lambda_http", "lambda_runtime"];

#[test]
fn every_room_names_only_those_below_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, allowed) in ARROWS {
        let files = files(&sources.join(room)).chain(files(&sources.join(format!("{room}.rs"))));
        let mut read = 0;
        for (path, source) in files {
            read += 1;
            for other in ROOMS.iter().filter(|other| **other != room && !allowed.contains(other)) {
                assert!(!source.contains(&format!("crate::{other}")), "{path} names {other}: {room} may not");
            }
        }
        assert!(read > 0, "no sources for {room}");
    }
}

#[test]
fn http_and_the_lambda_runtime_are_known_at_the_edge_alone() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in ROOMS.into_iter().filter(|room| *room != "serve") {
        for (path, source) in files(&sources.join(room)) {
            for edge in EDGE {
                assert!(!source.contains(edge), "{path} names {edge}: only serve may");
            }
        }
    }
}

#[test]
fn there_is_no_room_that_the_table_does_not_know() {
    let root = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: Vec<&str> =
        root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared.len(), ROOMS.len());
    assert!(declared.iter().all(|room| ROOMS.contains(room)), "{declared:?}");
}

fn files(path: &Path) -> Box<dyn Iterator<Item = (String, String)>> {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        return Box::new(entries.flat_map(|entry| files(&entry.path())));
    }
    Box::new(fs::read_to_string(path).ok().map(|source| (path.display().to_string(), source)).into_iter())
}

//! Holds the direction of the arrows between the modules of `shared/src`: a module names none that its row leaves out.

use std::fs;
use std::path::Path;

const MODULES: [&str; 5] = ["push", "api", "state", "lambda", "secret"];

/// Who may name whom. `secret` is a leaf.
const ARROWS: [(&str, &[&str]); 5] = [
    ("push", &[]),
    ("api", &["push", "secret"]),
    ("state", &["push", "secret"]),
    ("lambda", &["push", "api", "state", "secret"]),
    ("secret", &[]),
];

#[test]
fn every_module_names_only_those_below_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (module, allowed) in ARROWS {
        let files = files(&sources.join(module)).chain(files(&sources.join(format!("{module}.rs"))));
        let mut read = 0;
        for (path, source) in files {
            read += 1;
            for other in MODULES.iter().filter(|other| **other != module && !allowed.contains(other)) {
                assert!(!source.contains(&format!("crate::{other}")), "{path} names {other}: {module} may not");
            }
        }
        assert!(read > 0, "no sources for {module}");
    }
}

#[test]
fn there_is_no_module_that_the_table_does_not_know() {
    let root = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: Vec<&str> =
        root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared.len(), MODULES.len());
    assert!(declared.iter().all(|module| MODULES.contains(module)), "{declared:?}");
}

fn files(path: &Path) -> Box<dyn Iterator<Item = (String, String)>> {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        return Box::new(entries.flat_map(|entry| files(&entry.path())));
    }
    Box::new(fs::read_to_string(path).ok().map(|source| (path.display().to_string(), source)).into_iter())
}

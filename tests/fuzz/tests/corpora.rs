//! The inputs that are kept, each given to its target.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz::grown::grown;
use fuzz::target::TARGETS;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora")
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn each_kept_input_is_taken_by_its_target_as_it_is_and_grown() {
    for target in TARGETS {
        let inputs = inputs(&corpora().join(target.name));
        assert!(!inputs.is_empty(), "{} has no inputs", target.name);
        for path in inputs {
            let input = fs::read(&path).unwrap();
            // The output of a test that fails names the input.
            println!("{}", path.display());
            (target.check)(&input);
        }
    }
}

#[test]
fn each_folder_of_inputs_is_a_targets() {
    let folders: BTreeSet<_> = inputs(&corpora()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(folders, TARGETS.iter().map(|target| target.name.into()).collect());
}

#[test]
fn a_grown_input_repeats_its_middle() {
    let long = grown(b"\x01\x03ABCD");
    assert!(long.starts_with(b"ABCBCBC") && long.ends_with(b"BCBCD") && long.len() >= 256 * 1024 - 4);
    assert_eq!(grown(b"\x09\x09AB"), b"AB");
}

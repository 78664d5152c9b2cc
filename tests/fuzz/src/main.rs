//! The fuzzer of one target: libFuzzer, told by two variables of the environment what to do.
//!
//! `FUZZ_TARGET` names the target. With `FUZZ_GROWN` each input stands for a large one.

#![no_main]

use std::env;
use std::sync::OnceLock;
use std::time::Duration;

use fuzz::grown::grown;
use fuzz::limits;
use fuzz::target::Target;
use libfuzzer_sys::fuzz_target;

/// What counts is checked by `bin/replay.rs`; a build that counts branches and overflows is slower.
const MOST_TIME: Duration = Duration::from_millis(100);

static TARGET: OnceLock<(Target, bool)> = OnceLock::new();

fn target() -> (Target, bool) {
    limits::set_most_time(MOST_TIME);
    let name = env::var("FUZZ_TARGET").unwrap_or_default();
    let target = Target::of(&name);
    assert!(target.is_some(), "FUZZ_TARGET must be the name of a target, and is {name:?}");
    (target.unwrap_or(fuzz::target::TARGETS[0]), env::var("FUZZ_GROWN").is_ok())
}

fuzz_target!(|input: &[u8]| {
    let (target, is_grown) = TARGET.get_or_init(target);
    if *is_grown { (target.check)(&grown(input)) } else { (target.check)(input) }
});

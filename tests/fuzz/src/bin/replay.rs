//! Gives the inputs in some folders to one target, each as it is and grown to a large one, in a build like the functions' own, and
//! says how long the parser took at most: `replay xml FOLDER…`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs, io};

use fuzz::grown::grown;
use fuzz::limits;
use fuzz::target::Target;

/// For 256 KiB.
const MOST_TIME: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let name = arguments.next().unwrap_or_default();
    let target = name.to_str().and_then(Target::of).ok_or("the first argument must be the name of a target")?;
    limits::set_most_time(MOST_TIME);
    let mut inputs = 0_u64;
    for folder in arguments {
        for path in paths(&folder.into())? {
            let input = fs::read(&path)?;
            (target.check)(&input);
            (target.check)(&grown(&input));
            inputs = inputs.saturating_add(1);
        }
    }
    let milliseconds = limits::longest_time().as_secs_f64() * 1e3;
    io::Write::write_all(&mut io::stdout(), format!("{inputs} inputs, at most {milliseconds:.1} ms\n").as_bytes())?;
    Ok(())
}

fn paths(folder: &PathBuf) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

//! Faults: what goes wrong between the product and WeChat, switched on for a path.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::raw_answer::RawAnswer;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is acted upon and answered, later.
    Delay(Duration),
    /// The connection is cut before anything is acted upon.
    Drop,
    /// The connection is cut after it was acted upon.
    DropAfterBody,
    /// It is answered with this errcode and not acted upon.
    Errcode(i64),
    /// Something else answers, with a page.
    Html,
    /// The answer is empty, and nothing was acted upon.
    Empty,
    /// It is acted upon, and the connection is cut in the middle of the answer.
    Half,
    /// HTTP status 500, and nothing was acted upon.
    Status500,
    /// It is answered with these very bytes, and nothing was acted upon.
    Answer(Arc<RawAnswer>),
}

/// The names of the faults.
pub(crate) const NAMES: [&str; 9] =
    ["delay", "drop", "drop_after_body", "errcode", "html", "empty", "half", "status_500", "answer"];

/// Why a text names no fault.
#[derive(Debug, thiserror::Error)]
#[error("must be one of {}", NAMES.join(", "))]
pub(crate) struct NoFault;

impl FromStr for Fault {
    type Err = NoFault;

    /// `delay` is one of a second, `errcode` -1, `answer` an empty 200, until told otherwise.
    fn from_str(name: &str) -> Result<Self, NoFault> {
        Ok(match name {
            "delay" => Self::Delay(Duration::from_secs(1)),
            "drop" => Self::Drop,
            "drop_after_body" => Self::DropAfterBody,
            "errcode" => Self::Errcode(-1),
            "html" => Self::Html,
            "empty" => Self::Empty,
            "half" => Self::Half,
            "status_500" => Self::Status500,
            "answer" => Self::Answer(Arc::default()),
            _ => return Err(NoFault),
        })
    }
}

impl Fault {
    /// Its name in orders and in what is told.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Drop => "drop",
            Self::DropAfterBody => "drop_after_body",
            Self::Errcode(_) => "errcode",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::Half => "half",
            Self::Status500 => "status_500",
            Self::Answer(_) => "answer",
        }
    }

    /// Whether an answer of WeChat's arrives whole.
    pub(crate) const fn spares_the_answer(&self) -> bool {
        matches!(self, Self::Delay(_))
    }
}

/// The faults that are switched on, one a path.
#[derive(Debug, Default)]
pub(crate) struct Faults(HashMap<String, (Fault, Option<u64>)>);

impl Faults {
    /// Switches one on, for so many calls or until it is switched off.
    pub(crate) fn set(&mut self, path: &str, fault: Fault, times: Option<u64>) {
        self.0.insert(path.to_owned(), (fault, times));
    }

    /// Switches all off.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Their names by path.
    pub(crate) fn by_path(&self) -> Map<String, Value> {
        self.0.iter().map(|(path, (fault, _))| (path.clone(), fault.name().into())).collect()
    }

    /// Whether one is switched on for a path.
    pub(super) fn is_on(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The fault of one call, which counts as one of the times that the fault strikes.
    pub(super) fn strike(&mut self, path: &str) -> Option<Fault> {
        let (fault, times) = self.0.get_mut(path)?;
        let fault = fault.clone();
        match times {
            None => {}
            Some(times) => {
                *times = times.saturating_sub(1);
                if *times == 0 {
                    self.0.remove(path);
                }
            }
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_faults_and_no_other_text_is() {
        for name in NAMES {
            assert_eq!(name.parse::<Fault>().unwrap().name(), name);
        }
        assert!("explode".parse::<Fault>().is_err());
    }

    #[test]
    fn a_fault_strikes_its_path_so_many_times_or_until_it_is_switched_off() {
        let mut faults = Faults::default();
        faults.set("/a", Fault::Drop, Some(2));
        faults.set("/b", Fault::Html, None);
        let strikes: Vec<_> = (0..3).map(|_| faults.strike("/a")).collect();
        assert_eq!(strikes, [Some(Fault::Drop), Some(Fault::Drop), None]);
        assert_eq!(faults.strike("/b"), Some(Fault::Html));
        assert_eq!(faults.strike("/c"), None);
        faults.clear();
        assert_eq!(faults.strike("/b"), None);
    }
}

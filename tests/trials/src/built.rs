//! What was built beside the trials.

use std::path::PathBuf;

use crate::error::TrialError;

/// A binary of this workspace that was built beside this one.
pub(crate) fn beside_this_one(name: &str) -> Result<PathBuf, TrialError> {
    let this = std::env::current_exe().map_err(TrialError::io("this program's own path"))?;
    Ok(this.with_file_name(name))
}

//! Errors as Lambda sees them: the one place that maps an error to Lambda.

use std::error::Error;

use lambda_runtime::Diagnostic;

use crate::host::causes::causes;

/// The error that an invocation ends with: `error_type` is a name of ours, so that logs and metrics group by it.
#[must_use]
pub fn diagnostic(error_type: &str, error: &(dyn Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: error_type.into(), error_message: causes(error) }
}

//! What the function returns.

use serde::Serialize;

use crate::finding::Finding;

/// The report of one run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Whether every check was made and found nothing.
    pub(crate) ok: bool,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    /// How many checks there were: each counts once for each mini program, or once for the stack.
    pub(crate) checked: usize,
}

impl Report {
    /// Of each check what it found.
    pub(crate) fn new(checks: Vec<Option<Finding>>) -> Self {
        let checked = checks.len();
        let findings: Vec<Finding> = checks.into_iter().flatten().collect();
        Self { ok: findings.is_empty(), findings, checked }
    }
}

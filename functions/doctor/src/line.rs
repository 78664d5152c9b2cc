//! A run's lines in the log: one for each finding, and one for the run, which is also its metric.

use protocol::appid::Appid;
use serde::Serialize;
use shared::host::logs;
use shared::host::metrics::{self, Directive, Unit};

use crate::finding::{Check, Severity};
use crate::report::Report;

#[derive(Debug, Serialize)]
struct FindingLine<'a> {
    message: &'static str,
    request_id: &'a str,
    appid: Option<&'a str>,
    check: Check,
    outcome: Severity,
    finding: &'a str,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    message: &'static str,
    stack: &'a str,
    request_id: &'a str,
    outcome: &'static str,
    checked: usize,
    doctor_findings: usize,
}

/// Written also with 0 findings: the alarm ends with the next run that finds nothing.
const FINDINGS: Directive<'_> = Directive { dimensions: &[&["stack"]], metrics: &[("doctor_findings", Unit::Count)] };

/// Writes the lines of a run.
pub(crate) fn write(report: &Report, stack: &str, request_id: &str) {
    for finding in &report.findings {
        let line = FindingLine {
            message: "finding",
            request_id,
            appid: finding.appid.as_ref().map(Appid::as_str),
            check: finding.check,
            outcome: finding.severity,
            finding: &finding.found,
        };
        logs::write(&line, None);
    }
    let line = Line {
        message: "doctor",
        stack,
        request_id,
        outcome: if report.ok { "ok" } else { "findings" },
        checked: report.checked,
        doctor_findings: report.findings.len(),
    };
    logs::write(&line, Some(metrics::embedded(&[FINDINGS])));
}

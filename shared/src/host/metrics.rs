//! Metrics in CloudWatch's embedded metric format: a log line that CloudWatch also counts, without a call.
//!
//! From the page "Specification: Embedded metric format" (CloudWatch docs). Dimensions are the stack, short lists of
//! values of our own, and WeChat's codes; never what a sender chose: each combination is a metric that is paid for.

use serde_json::{Value, json};

use crate::host::clock;

/// All metrics of the product.
pub(crate) const NAMESPACE: &str = "WechatMiniProgram";

/// What a metric's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Pieces.
    Count,
    /// Time.
    Milliseconds,
}

/// Metrics that share their dimensions. Each dimension and each metric names a top-level field of the line.
#[derive(Debug, Clone, Copy)]
pub struct Directive<'a> {
    /// Sets of dimensions; the metric is kept once for each.
    pub dimensions: &'a [&'a [&'a str]],
    /// Name and unit.
    pub metrics: &'a [(&'a str, Unit)],
}

/// The line's `_aws` field, which makes its other fields metrics.
#[must_use]
pub fn embedded(directives: &[Directive<'_>]) -> Value {
    let metrics: Vec<Value> = directives
        .iter()
        .map(|directive| {
            let metrics: Vec<Value> = directive
                .metrics
                .iter()
                .map(|(name, unit)| json!({"Name": name, "Unit": format!("{unit:?}")}))
                .collect();
            json!({"Namespace": NAMESPACE, "Dimensions": directive.dimensions, "Metrics": metrics})
        })
        .collect();
    json!({"Timestamp": clock::now_milliseconds(), "CloudWatchMetrics": metrics})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_written_as_cloudwatch_specifies() {
        let directive =
            Directive { dimensions: &[&["stack"], &["stack", "outcome"]], metrics: &[("pushes", Unit::Count)] };
        let embedded = embedded(&[directive]);
        assert!(embedded["Timestamp"].is_i64());
        assert_eq!(
            embedded["CloudWatchMetrics"],
            json!([{
                "Namespace": "WechatMiniProgram",
                "Dimensions": [["stack"], ["stack", "outcome"]],
                "Metrics": [{"Name": "pushes", "Unit": "Count"}],
            }])
        );
    }
}

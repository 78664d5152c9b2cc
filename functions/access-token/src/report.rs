//! What the function returns.

use serde_json::{Value, json};
use shared::host::causes::causes;
use shared::sending::access_token::TokenOutcome;

use crate::line::Line;
use crate::refresh::Results;

/// Some mini programs have no new token; the others do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failed(String);

/// Writes the lines and returns the outcome: of the mini program that was asked for, or of each that was due. A token that was
/// not due has no line among others: there would be one for each mini program a minute.
///
/// # Errors
/// [`Failed`] if any has failed, with what it was.
pub(crate) fn report(results: &Results, invocation: (&str, &str)) -> Result<Value, Failed> {
    let mut failed = Vec::new();
    for (appid, result) in results {
        if results.len() == 1 || !matches!(result, Ok(TokenOutcome::NotDue)) {
            Line::new(invocation, appid.as_str(), result).write();
        }
        if let Err(error) = result {
            failed.push(format!("{appid}: {}", causes(error)));
        }
    }
    if !failed.is_empty() {
        return Err(Failed(failed.join("; ")));
    }
    let outcomes: Vec<_> = results.iter().filter_map(|(appid, result)| Some((appid, *result.as_ref().ok()?))).collect();
    Ok(match outcomes.as_slice() {
        [(_, outcome)] => json!({"outcome": outcome}),
        _ => json!({"outcomes": outcomes.into_iter().collect::<std::collections::BTreeMap<_, _>>()}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::RefreshError;

    const SHOP: &str = "wxba5fad812f8e6fb9";
    const CLUB: &str = "wx00112233445566ff";

    fn report_of(results: Vec<(&str, Result<TokenOutcome, RefreshError>)>) -> Result<Value, Failed> {
        let results = results.into_iter().map(|(appid, result)| (appid.parse().unwrap(), result)).collect();
        report(&results, ("test", "1"))
    }

    #[test]
    fn one_outcome_stands_alone_and_more_stand_by_their_appids() {
        let one = report_of(vec![(CLUB, Ok(TokenOutcome::NotConfigured))]).unwrap();
        assert_eq!(one, json!({"outcome": "NotConfigured"}));
        let both = report_of(vec![(SHOP, Ok(TokenOutcome::NotDue)), (CLUB, Ok(TokenOutcome::Refreshed))]).unwrap();
        assert_eq!(both, json!({"outcomes": {CLUB: "Refreshed", SHOP: "NotDue"}}));
    }

    #[test]
    fn a_failure_is_told_by_appid() {
        let failed = report_of(vec![(SHOP, Ok(TokenOutcome::Refreshed)), (CLUB, Err(RefreshError::LeaseLost))]);
        assert!(failed.unwrap_err().to_string().starts_with("wx00112233445566ff: the lease expired"));
    }
}

//! What the function returns.

use protocol::appid::Appid;
use serde_json::{Value, json};
use shared::host::causes::causes;
use shared::host::secrets::SecretError;
use shared::sending::access_token::{TokenCheck, TokenChecks, TokenOutcome};
use shared::wechat::stable_token::IssueError;

use crate::line::Line;
use crate::refresh::{RefreshError, Results};

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

/// Writes the lines and returns what came of a check. A failure is no error: `doctor` reports it.
pub(crate) fn report_checks(results: Results, invocation: (&str, &str)) -> TokenChecks {
    let check = |(appid, result): (Appid, Result<TokenOutcome, RefreshError>)| {
        Line::new(invocation, appid.as_str(), &result).write();
        (appid, of_check(result))
    };
    TokenChecks(results.into_iter().map(check).collect())
}

fn of_check(result: Result<TokenOutcome, RefreshError>) -> TokenCheck {
    match result {
        Ok(_) => TokenCheck::Issued,
        Err(RefreshError::Issue(IssueError::Refused { errcode, errmsg })) => {
            TokenCheck::Refused { errcode: errcode.0, errmsg }
        }
        Err(RefreshError::Secret(SecretError::NotSet(rule))) => TokenCheck::BrokenEntry { rule: rule.to_string() },
        Err(error) => TokenCheck::Failed { error: causes(&error) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::wechat::errcode::Errcode;

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
    fn a_check_tells_a_refusal_of_wechats_by_its_errcode() {
        let refused = IssueError::Refused { errcode: Errcode::INVALID_SECRET, errmsg: "invalid appsecret".into() };
        let results = [
            (SHOP.parse().unwrap(), Ok(TokenOutcome::Refreshed)),
            (CLUB.parse().unwrap(), Err(RefreshError::Issue(refused))),
        ];
        let checks = serde_json::to_value(report_checks(results.into(), ("test", "1"))).unwrap();
        let club = json!({"refused": {"errcode": 40125, "errmsg": "invalid appsecret"}});
        assert_eq!(checks, json!({SHOP: "issued", CLUB: club}));
    }

    #[test]
    fn a_failure_is_told_by_appid() {
        let failed = report_of(vec![(SHOP, Ok(TokenOutcome::Refreshed)), (CLUB, Err(RefreshError::LeaseLost))]);
        assert!(failed.unwrap_err().to_string().starts_with("wx00112233445566ff: the lease expired"));
    }
}

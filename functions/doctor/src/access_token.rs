//! The app secret and the access tokens. `access-token` alone reads the AppSecrets, so it is asked to try each of them.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::appid::Appid;
use serde_json::Value;
use shared::host::causes::causes;
use shared::host::invoke::{Function, Output};
use shared::sending::access_token::{TokenCheck, TokenChecks, TokenRequest};

use crate::finding::{Check, Finding, Severity};

/// As long as `access-token` itself may take.
const PATIENCE: Duration = Duration::from_secs(25);

/// Where the AppSecret goes.
const PUT_APP_SECRET: &str =
    "Copy the AppSecret from the WeChat console (development settings) into the app secret (output AppSecretArn).";
const NO_TOKEN: &str = "Nothing can be sent once the present access token has ended, which takes at most two hours.";
const SEE_LOG: &str = "Look at the log of access-token, then invoke doctor again.";

/// What `access-token` found.
pub(crate) async fn check(function: &Function) -> Result<TokenChecks, Finding> {
    let request = TokenRequest { check: true, ..TokenRequest::default() };
    let not_checked = |why: String| Finding::not_checked(Check::AccessToken, why, SEE_LOG);
    match function.ask(&request, PATIENCE).await {
        Ok(Output::Returned(returned)) => {
            serde_json::from_value(returned).map_err(|_| not_checked("access-token returned no checks".into()))
        }
        Ok(Output::Failed(error)) => Err(failed(&error)),
        Ok(Output::Throttled) => Err(not_checked("access-token is throttled".into())),
        Ok(Output::Late) => Err(not_checked("access-token did not return in time".into())),
        Err(error) => Err(not_checked(causes(&error))),
    }
}

/// The error of `access-token` is that of the app secret as a whole, unless the function itself broke down.
fn failed(error: &Value) -> Finding {
    let message = error.get("errorMessage").and_then(Value::as_str).unwrap_or("access-token failed");
    Finding {
        appid: None,
        check: Check::AppSecret,
        severity: Severity::Error,
        found: format!("access-token: {message}"),
        meaning: NO_TOKEN,
        remedy: PUT_APP_SECRET,
    }
}

/// What was found of each mini program of the app secret, and of `others`, which the push secret names.
pub(crate) fn findings(checks: &TokenChecks, others: &BTreeSet<Appid>) -> Vec<Option<Finding>> {
    let named = checks.0.iter().map(|(appid, check)| of(check).map(|finding| finding.of(appid)));
    let missing = others.iter().filter(|appid| !checks.0.contains_key(*appid)).map(|appid| {
        let finding = Finding {
            appid: Some(appid.clone()),
            check: Check::AppSecret,
            severity: Severity::Error,
            found: "the app secret has no entry of this mini program, and the push secret has one".to_owned(),
            meaning: "It has no access token: its users get no reply, and calls for it are answered with errcode 40013.",
            remedy: PUT_APP_SECRET,
        };
        Some(finding)
    });
    named.chain(missing).collect()
}

fn of(check: &TokenCheck) -> Option<Finding> {
    match check {
        TokenCheck::Issued => None,
        TokenCheck::BrokenEntry { rule } => Some(Finding {
            appid: None,
            check: Check::AppSecret,
            severity: Severity::Error,
            found: format!("app secret: {rule}"),
            meaning: NO_TOKEN,
            remedy: PUT_APP_SECRET,
        }),
        TokenCheck::Refused { errcode, errmsg } => {
            let (meaning, remedy) = refused(*errcode);
            Some(Finding {
                appid: None,
                check: Check::AccessToken,
                severity: Severity::Error,
                found: format!("WeChat refuses an access token: {errcode} {errmsg}"),
                meaning,
                remedy,
            })
        }
        TokenCheck::Failed { error } => Some(Finding::not_checked(Check::AccessToken, error.clone(), SEE_LOG)),
    }
}

/// Meaning and remedy of an errcode of `stable_token` (WeChat docs: global return codes).
fn refused(errcode: i64) -> (&'static str, &'static str) {
    match errcode {
        40013 => (
            "WeChat knows no mini program with this AppID.",
            "Compare the AppID under which the app secret has the entry (in the flat form, the parameter AppId) with the WeChat console.",
        ),
        40125 => ("The AppSecret is wrong, for example because it was reset.", PUT_APP_SECRET),
        40164 => (
            "The address from which access-token calls is missing on the mini program's IP list.",
            "Put the address in the finding on the IP list in the WeChat console (development settings). If it changes, give access-token a fixed one with AccessTokenSubnetIds.",
        ),
        40243 => (
            "The AppSecret is frozen.",
            "Unfreeze it in the WeChat console (development settings), or reset it and put the new one into the app secret.",
        ),
        45009 | 45011 => (
            "Access tokens were asked for too often.",
            "Look for another program that uses the same AppSecret, and let it use this stack instead. The limit ends by itself, at midnight at the latest.",
        ),
        89503 | 89506 | 89507 => (
            "WeChat wants an administrator of the mini program to confirm the call.",
            "Let an administrator confirm it in WeChat, then invoke doctor again.",
        ),
        _ => (NO_TOKEN, "Look up the errcode in WeChat's list of return codes."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "wxba5fad812f8e6fb9";
    const CLUB: &str = "wx00112233445566ff";

    fn checks(check: TokenCheck) -> TokenChecks {
        TokenChecks([(SHOP.parse().unwrap(), check)].into())
    }

    fn only(check: TokenCheck) -> Finding {
        let found = findings(&checks(check), &BTreeSet::new());
        let [Some(finding)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(finding.appid.as_ref().unwrap().as_str(), SHOP);
        finding.clone()
    }

    #[test]
    fn an_address_that_is_not_on_the_list_is_named_with_where_to_put_it() {
        let errmsg = "invalid ip 192.0.2.7, not in whitelist".to_owned();
        let finding = only(TokenCheck::Refused { errcode: 40164, errmsg });
        assert_eq!((finding.check, finding.severity), (Check::AccessToken, Severity::Error));
        assert!(finding.found.contains("192.0.2.7") && finding.remedy.contains("IP list"), "{finding:?}");
    }

    #[test]
    fn a_wrong_secret_and_a_broken_entry_lead_to_the_app_secret_and_a_failure_to_the_log() {
        let wrong = only(TokenCheck::Refused { errcode: 40125, errmsg: "invalid appsecret".into() });
        let broken = only(TokenCheck::BrokenEntry { rule: "app_secret: must not be empty".into() });
        assert_eq!((wrong.remedy, broken.remedy), (PUT_APP_SECRET, PUT_APP_SECRET));
        assert_eq!((wrong.check, broken.check), (Check::AccessToken, Check::AppSecret));
        assert_eq!(only(TokenCheck::Failed { error: "out of reach".into() }).severity, Severity::NotChecked);
    }

    #[test]
    fn a_mini_program_without_an_app_secret_is_named() {
        let others = BTreeSet::from([SHOP.parse().unwrap(), CLUB.parse().unwrap()]);
        let found = findings(&checks(TokenCheck::Issued), &others);
        let [None, Some(missing)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((missing.appid.as_ref().unwrap().as_str(), missing.check), (CLUB, Check::AppSecret));
    }

    #[test]
    fn an_app_secret_without_a_value_concerns_the_whole_stack() {
        let error = serde_json::json!({"errorMessage": "the secret is not set: it has no value"});
        let finding = failed(&error);
        assert_eq!((finding.appid, finding.check), (None, Check::AppSecret));
        assert_eq!(finding.found, "access-token: the secret is not set: it has no value");
    }
}

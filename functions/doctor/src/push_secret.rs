//! The push secret: each mini program needs a pair.

use std::collections::BTreeSet;

use protocol::appid::Appid;
use shared::host::causes::causes;
use shared::host::push_secret::PushSecretEntries;
use shared::host::secrets::SecretError;

use crate::finding::{Check, Finding, Severity};

/// What was found of each mini program of the secret, and of `others`, which the app secret names.
pub(crate) fn findings(
    entries: &Result<PushSecretEntries, SecretError>,
    others: &BTreeSet<Appid>,
) -> Vec<Option<Finding>> {
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return vec![Some(unreadable(error))],
    };
    let named = entries.iter().map(|(appid, entry)| {
        let error = |rule: &dyn std::fmt::Display| Finding {
            appid: Some(appid.clone()),
            check: Check::PushSecret,
            severity: Severity::Error,
            found: format!("its entry in the push secret is broken: {rule}"),
            meaning: "Its pushes are verified with the previous entry or answered 503, so that users soon get no reply.",
            remedy: "Put its Token and EncodingAESKey from the WeChat console (message push) into the push secret (output PushSecretArn).",
        };
        entry.as_ref().err().map(|rule| error(rule))
    });
    let missing = others.iter().filter(|appid| !entries.contains_key(*appid)).map(|appid| {
        Some(Finding {
            appid: Some(appid.clone()),
            check: Check::PushSecret,
            severity: Severity::Warning,
            found: "the push secret has no entry of this mini program, and the app secret has one".to_owned(),
            meaning: "Its pushes are refused with 403.",
            remedy: "Put its Token and EncodingAESKey from the WeChat console (message push) into the push secret (output PushSecretArn).",
        })
    });
    named.chain(missing).collect()
}

fn unreadable(error: &SecretError) -> Finding {
    match error {
        SecretError::NotSet(_) => Finding {
            appid: None,
            check: Check::PushSecret,
            severity: Severity::Error,
            found: format!("push secret: {error}"),
            meaning: "No push can be verified: WeChat is answered 503 and users get no reply.",
            remedy: "Put {\"wx…\": {\"token\": \"…\", \"encoding_aes_key\": \"…\"}} into the push secret (output PushSecretArn).",
        },
        SecretError::OutOfReach(_) => Finding::not_checked(
            Check::PushSecret,
            format!("push secret: {}", causes(error)),
            "Invoke doctor again. If it stays so, look at the role of DoctorFunction and at AWS's health page.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use shared::host::push_secret::check_push_secret_text;

    use super::*;

    const SHOP: &str = "wxba5fad812f8e6fb9";
    const CLUB: &str = "wx00112233445566ff";

    fn found(text: Option<&str>, others: &[&str]) -> Vec<(Option<String>, Severity, String)> {
        let entries = check_push_secret_text(text, &SHOP.parse().unwrap());
        let others = others.iter().map(|appid| appid.parse().unwrap()).collect();
        let findings = findings(&entries, &others).into_iter().flatten();
        findings.map(|found| (found.appid.map(String::from), found.severity, found.found)).collect()
    }

    #[test]
    fn a_pair_of_each_mini_program_is_no_finding() {
        let pair = format!(r#"{{"token":"abc","encoding_aes_key":"{}"}}"#, "A".repeat(43));
        assert_eq!(found(Some(&pair), &[SHOP]), []);
    }

    #[test]
    fn a_broken_and_a_missing_entry_are_named_and_no_value_is_repeated() {
        let text = format!(r#"{{"{SHOP}":{{"token":"abc","encoding_aes_key":"hunter2"}}}}"#);
        let found = found(Some(&text), &[SHOP, CLUB]);
        let [(broken, Severity::Error, why), (missing, Severity::Warning, _)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((broken.as_deref(), missing.as_deref()), (Some(SHOP), Some(CLUB)));
        assert!(why.contains("encoding_aes_key: ") && !why.contains("hunter2"), "{why}");
    }

    #[test]
    fn a_secret_without_a_value_concerns_the_whole_stack() {
        let found = found(None, &[SHOP]);
        assert_eq!(found, [(None, Severity::Error, "push secret: the secret is not set: it has no value".to_owned())]);
    }
}

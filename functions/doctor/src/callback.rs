//! How WeChat reaches the push URL that its console holds, from the page "网络通信检测" (callbackCheck).
//!
//! Only the name is resolved: hosts that serve the push URL well need not answer a ping.

use protocol::appid::Appid;
use serde_json::{Map, Value, json};
use shared::sending::authorized_api::AuthorizedApi;
use shared::wechat::errcode::Errcode;

use crate::finding::{Check, Finding, Severity};
use crate::wechat_call::{self, Unanswered};

const PATH: &str = "/cgi-bin/callback/check";
/// WeChat has no push URL of this mini program.
const NO_URL: Errcode = Errcode(40201);

const MEANING: &str = "WeChat cannot deliver pushes, so that users get no reply.";

pub(crate) async fn check(api: &AuthorizedApi, appid: &Appid) -> Option<Finding> {
    let body = json!({"action": "dns", "check_operator": "DEFAULT"});
    verdict(wechat_call::post(api, appid, PATH, &body).await)
}

fn verdict(answer: Result<Map<String, Value>, Unanswered>) -> Option<Finding> {
    let error = |found: String, remedy| Finding {
        appid: None,
        check: Check::Callback,
        severity: Severity::Error,
        found,
        meaning: MEANING,
        remedy,
    };
    match answer {
        Ok(answer) => match answer.get("dns").and_then(Value::as_array) {
            None => Some(Unanswered::unreadable(PATH).not_checked(Check::Callback)),
            Some(found) if found.is_empty() => Some(error(
                "WeChat finds no address of the push URL's host".to_owned(),
                "Compare the URL of message push in the WeChat console with the output PushUrl. If it has a domain of your own, look at its DNS record.",
            )),
            Some(_) => None,
        },
        Err(Unanswered::Refused { errcode: NO_URL, errmsg, .. }) => Some(error(
            format!("WeChat has no push URL of this mini program: 40201 {errmsg}"),
            "Switch message push on in the WeChat console, with the output PushUrl (for a further mini program, with / and its AppID).",
        )),
        Err(error) => Some(error.not_checked(Check::Callback)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(answer: &Value) -> Option<Severity> {
        verdict(Ok(answer.as_object().unwrap().clone())).map(|finding| finding.severity)
    }

    fn refused(errcode: i64) -> Unanswered {
        Unanswered::Refused { path: PATH, errcode: Errcode(errcode), errmsg: String::new() }
    }

    #[test]
    fn a_host_without_an_address_is_an_error_and_one_with_an_address_is_fine() {
        assert_eq!(found(&json!({"dns": [{"ip": "203.0.113.40", "real_operator": "UNICOM"}]})), None);
        assert_eq!(found(&json!({"dns": []})), Some(Severity::Error));
        assert_eq!(found(&json!({})), Some(Severity::NotChecked));
    }

    #[test]
    fn a_missing_push_url_is_an_error_and_any_other_refusal_says_nothing_of_it() {
        assert_eq!(verdict(Err(refused(40201))).unwrap().severity, Severity::Error);
        let other = verdict(Err(refused(48001))).unwrap();
        assert_eq!(other.severity, Severity::NotChecked);
        assert!(other.found.contains("48001"), "{}", other.found);
    }
}

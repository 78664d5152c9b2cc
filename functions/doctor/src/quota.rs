//! How many customer messages may be sent today, from the page "查询API调用额度" (getApiQuota).

use protocol::appid::Appid;
use serde_json::{Map, Value, json};
use shared::sending::authorized_api::AuthorizedApi;

use crate::finding::{Check, Finding, Severity};
use crate::wechat_call::{self, Unanswered};

const PATH: &str = "/cgi-bin/openapi/quota/get";
/// The call that is looked at: replies need it.
const SEND: &str = "/cgi-bin/message/custom/send";
/// Less than this share of the daily limit is told.
const LOW_PERCENT: i64 = 10;

pub(crate) async fn check(api: &AuthorizedApi, appid: &Appid) -> Option<Finding> {
    verdict(wechat_call::post(api, appid, PATH, &json!({"cgi_path": SEND})).await)
}

fn verdict(answer: Result<Map<String, Value>, Unanswered>) -> Option<Finding> {
    let quota = answer.and_then(|answer| {
        let number = |name| answer.get("quota")?.get(name)?.as_i64();
        number("daily_limit").zip(number("remain")).ok_or(Unanswered::unreadable(PATH))
    });
    let (daily_limit, remain) = match quota {
        Ok(quota) => quota,
        Err(error) => return Some(error.not_checked(Check::Quota)),
    };
    let is_low = remain.saturating_mul(100) < daily_limit.saturating_mul(LOW_PERCENT);
    let (severity, meaning) = match remain {
        // Some calls have no limit.
        _ if daily_limit <= 0 => return None,
        ..=0 => (Severity::Error, "WeChat refuses customer messages until midnight in China."),
        _ if is_low => (Severity::Warning, "WeChat will refuse customer messages before midnight in China."),
        _ => return None,
    };
    Some(Finding {
        appid: None,
        check: Check::Quota,
        severity,
        found: format!("{remain} of {daily_limit} calls of {SEND} are left today"),
        meaning,
        remedy: "Look in the dashboard (sends by action) for a caller that sends too much. POST /cgi-bin/clear_quota sets the counts to zero, ten times a month.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(daily_limit: i64, remain: i64) -> Option<Severity> {
        let answer = json!({"errcode": 0, "quota": {"daily_limit": daily_limit, "used": 0, "remain": remain}});
        verdict(Ok(answer.as_object().unwrap().clone())).map(|finding| finding.severity)
    }

    #[test]
    fn a_tenth_left_is_fine_less_is_a_warning_and_nothing_an_error() {
        assert_eq!(found(500_000, 50_000), None);
        assert_eq!(found(500_000, 49_999), Some(Severity::Warning));
        assert_eq!(found(500_000, 0), Some(Severity::Error));
        assert_eq!(found(0, 0), None);
    }

    #[test]
    fn an_answer_without_numbers_is_not_checked() {
        assert_eq!(verdict(Ok(Map::new())).unwrap().severity, Severity::NotChecked);
    }
}

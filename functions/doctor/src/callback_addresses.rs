//! The addresses from which WeChat pushes, from the page "获取微信推送服务器IP" (getCallbackIp), against `PushSourceIpRanges`.

use protocol::appid::Appid;
use serde_json::{Map, Value};
use shared::sending::authorized_api::AuthorizedApi;

use crate::address_ranges::AddressRanges;
use crate::finding::{Check, Finding, Severity};
use crate::wechat_call::{self, Unanswered};

const PATH: &str = "/cgi-bin/getcallbackip";
/// So many addresses are named; further ones are counted.
const NAMED: usize = 10;

/// Without ranges, a push is taken from everywhere and nothing can be missing.
pub(crate) async fn check(api: &AuthorizedApi, appid: &Appid, ranges: Option<&AddressRanges>) -> Option<Finding> {
    verdict(wechat_call::get(api, appid, PATH).await, ranges?)
}

fn verdict(answer: Result<Map<String, Value>, Unanswered>, ranges: &AddressRanges) -> Option<Finding> {
    let listed = answer.and_then(|answer| {
        let addresses = answer.get("ip_list").and_then(Value::as_array).ok_or(Unanswered::unreadable(PATH))?;
        Ok(addresses.iter().map(|address| address.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>())
    });
    let outside: Vec<String> = match listed {
        Ok(listed) => listed.into_iter().filter(|address| !ranges.contain(address)).collect(),
        Err(error) => return Some(error.not_checked(Check::CallbackAddresses)),
    };
    if outside.is_empty() {
        return None;
    }
    let named = outside.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(",");
    let further = match outside.len().saturating_sub(NAMED) {
        0 => String::new(),
        further => format!(" and {further} more"),
    };
    Some(Finding {
        appid: None,
        check: Check::CallbackAddresses,
        severity: Severity::Error,
        found: format!("WeChat also pushes from {named}{further}, which PushSourceIpRanges leaves out"),
        meaning: "The pushes that come from there are refused.",
        remedy: "Add them to the parameter PushSourceIpRanges and deploy. GET /cgi-bin/getcallbackip has the whole list.",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(list: &Value) -> Option<(Severity, String)> {
        let ranges = "203.0.113.1,198.51.100.0/24".parse().unwrap();
        let answer = json!({"ip_list": list}).as_object().unwrap().clone();
        verdict(Ok(answer), &ranges).map(|finding| (finding.severity, finding.found))
    }

    #[test]
    fn addresses_within_the_ranges_are_fine_and_others_are_named() {
        assert_eq!(found(&json!(["203.0.113.1", "198.51.100.0/25"])), None);
        let (severity, finding) = found(&json!(["203.0.113.1", "203.0.113.2", "192.0.2.0/25"])).unwrap();
        assert_eq!(severity, Severity::Error);
        assert!(finding.contains("203.0.113.2,192.0.2.0/25,") && !finding.contains("203.0.113.1,"), "{finding}");
    }

    #[test]
    fn of_many_addresses_ten_are_named_and_the_others_counted() {
        let many: Vec<_> = (0..12).map(|last| format!("192.0.2.{last}")).collect();
        let (_, finding) = found(&json!(many)).unwrap();
        assert!(finding.contains("192.0.2.9 and 2 more"), "{finding}");
    }

    #[test]
    fn an_answer_without_a_list_is_not_checked() {
        assert_eq!(found(&Value::Null).unwrap().0, Severity::NotChecked);
    }
}

//! callbackCheck: how WeChat reaches the push URL. Here every URL resolves to the same two addresses and no packet is lost.
//! Source: "网络通信检测".

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;

/// Where a push URL leads: addresses that RFC 5737 keeps for documentation, with how long each takes.
const RESOLVED: [(&str, &str); 2] = [("203.0.113.40", "23.079ms"), ("203.0.113.48", "21.434ms")];
/// Whose network these are in. A check that is left to choose starts from there.
const OPERATOR: &str = "UNICOM";

/// Checks what `action` says, from the network that `check_operator` names.
pub(super) fn check(body: &Map<String, Value>, push_url: Option<&Url>) -> Result<Value, Refusal> {
    let field = |name| body.get(name).and_then(Value::as_str);
    let (dns, ping) = match field("action") {
        Some("dns") => (true, false),
        Some("ping") => (false, true),
        Some("all") => (true, true),
        _ => return Err(Refusal::Action),
    };
    let from = match field("check_operator") {
        Some("DEFAULT") => OPERATOR,
        Some(operator @ ("CHINANET" | "UNICOM" | "CAP")) => operator,
        _ => return Err(Refusal::Operator),
    };
    push_url.ok_or(Refusal::CallbackUrl)?;
    let mut answer = Map::new();
    if dns {
        let found = RESOLVED.map(|(ip, _)| json!({"ip": ip, "real_operator": OPERATOR}));
        answer.insert("dns".to_owned(), found.as_slice().into());
    }
    if ping {
        let went =
            RESOLVED.map(|(ip, time)| json!({"ip": ip, "from_operator": from, "package_loss": "0%", "time": time}));
        answer.insert("ping".to_owned(), went.as_slice().into());
    }
    Ok(Value::Object(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(body: &Value, push_url: Option<&str>) -> Result<Value, i64> {
        let push_url = push_url.map(|url| url.parse().unwrap());
        check(body.as_object().unwrap(), push_url.as_ref()).map_err(|refusal| refusal.errcode())
    }

    const URL: Option<&str> = Some("https://a.example/push");

    #[test]
    fn what_is_asked_for_is_checked_from_where_it_is_asked_for() {
        let all = checked(&json!({"action": "all", "check_operator": "DEFAULT"}), URL).unwrap();
        assert_eq!(all["dns"][0], json!({"ip": "203.0.113.40", "real_operator": "UNICOM"}));
        let ping = json!({"ip": "203.0.113.48", "from_operator": "UNICOM", "package_loss": "0%", "time": "21.434ms"});
        assert_eq!(all["ping"][1], ping);
        let dns = checked(&json!({"action": "dns", "check_operator": "CAP"}), URL).unwrap();
        assert_eq!((&dns["dns"], dns.get("ping")), (&all["dns"], None));
        let ping = checked(&json!({"action": "ping", "check_operator": "CHINANET"}), URL).unwrap();
        assert_eq!((ping.get("dns"), &ping["ping"][0]["from_operator"]), (None, &json!("CHINANET")));
    }

    #[test]
    fn a_wrong_action_or_operator_and_a_missing_url_are_refused() {
        for (action, operator, url, errcode) in [
            (json!("trace"), json!("CAP"), URL, 40202),
            (Value::Null, json!("CAP"), URL, 40202),
            (json!("all"), json!("default"), URL, 40203),
            (json!("all"), Value::Null, URL, 40203),
            (json!("all"), json!("CAP"), None, 40201),
        ] {
            assert_eq!(checked(&json!({"action": action, "check_operator": operator}), url), Err(errcode));
        }
    }
}

//! msgSecCheck: whether a text may be shown to others. Source: "文本内容安全识别", versions 2 and 1.
//!
//! The simulator does not judge: a text is risky if one of the two test cases that WeChat publishes stands in it, or the word
//! `simulated-risky`; with `simulated-review` in it, a person would have to look. Everything else passes.

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::users::Users;

/// What makes a text risky. The first two are WeChat's own test cases.
const RISKY: [&str; 3] =
    ["特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "完2347全dfji试3726测asad感3847知qwez到", "simulated-risky"];
/// What makes a text one for a person to look at.
const REVIEW: &str = "simulated-review";
/// Characters that version 2 takes.
const LONGEST: usize = 2500;
/// Bytes that version 1 takes.
const LONGEST_V1: usize = 500 << 10;
/// A user must have been in the mini program within so many seconds.
const VISITED_WITHIN: i64 = 2 * 3600;

/// Judges the text in the body, by version 2 if the body says so and by version 1 if it names no version.
pub(super) fn check(
    body: &Map<String, Value>,
    users: &mut Users,
    random: [u8; 12],
    now: i64,
) -> Result<Value, Refusal> {
    match body.get("version").map(Value::as_u64) {
        None | Some(Some(1)) => check_v1(body),
        Some(Some(2)) => check_v2(body, users, random, now),
        Some(Some(_)) => Err(Refusal::Arguments),
        Some(None) => Err(Refusal::NotJson),
    }
}

fn check_v1(body: &Map<String, Value>) -> Result<Value, Refusal> {
    if text(body, "content").ok_or(Refusal::PostEmpty)?.len() > LONGEST_V1 {
        return Err(Refusal::ContentSize);
    }
    if judged(body).0 == "pass" { Ok(json!({"errcode": 0, "errmsg": "ok"})) } else { Err(Refusal::Risky) }
}

fn check_v2(body: &Map<String, Value>, users: &mut Users, random: [u8; 12], now: i64) -> Result<Value, Refusal> {
    let content = text(body, "content").ok_or(Refusal::PostEmpty)?;
    let user = text(body, "openid").and_then(|openid| users.find_mut(openid)).ok_or(Refusal::Openid)?;
    if !body.get("scene").and_then(Value::as_u64).is_some_and(|scene| (1..=4).contains(&scene)) {
        return Err(Refusal::Scene);
    }
    if content.chars().count() > LONGEST {
        return Err(Refusal::ContentSize);
    }
    if user.visited_at.is_none_or(|at| now.saturating_sub(at) >= VISITED_WITHIN) {
        return Err(Refusal::NotVisited);
    }
    let (suggest, label) = judged(body);
    let digits = hex::encode(random);
    let trace_id: Vec<_> = [0..8, 8..16, 16..24].into_iter().filter_map(|range| digits.get(range)).collect();
    Ok(json!({
        "errcode": 0,
        "errmsg": "ok",
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}],
        "trace_id": trace_id.join("-"),
        "result": {"suggest": suggest, "label": label},
    }))
}

/// What is suggested, and WeChat's number for why: 100 is fine, 20006 illegal, 21000 anything else.
fn judged(body: &Map<String, Value>) -> (&'static str, u32) {
    let stands = |word: &str| {
        ["content", "title", "nickname", "signature"]
            .iter()
            .any(|name| text(body, name).is_some_and(|it| it.contains(word)))
    };
    if RISKY.into_iter().any(stands) {
        ("risky", 20006)
    } else if stands(REVIEW) {
        ("review", 21000)
    } else {
        ("pass", 100)
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::message::Action;

    const NOW: i64 = 1_700_000_000;

    fn checked(body: &Value, now: i64) -> Result<Value, i64> {
        let mut users = Users::new(2);
        users.act("oUser", Action::Other, NOW);
        check(body.as_object().unwrap(), &mut users, [0xAB; 12], now).map_err(|refusal| refusal.errcode())
    }

    fn hello() -> Value {
        json!({"version": 2, "openid": "oUser", "scene": 2, "content": "hello"})
    }

    #[test]
    fn a_text_passes_is_risky_or_is_for_a_person_to_look_at() {
        for (field, text, suggest, label) in [
            ("content", "hello", "pass", 100),
            ("content", "特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "risky", 20006),
            ("content", "so 完2347全dfji试3726测asad感3847知qwez到 it is", "risky", 20006),
            ("nickname", "simulated-risky", "risky", 20006),
            ("content", "simulated-review", "review", 21000),
        ] {
            let mut body = hello();
            body[field] = json!(text);
            let answer = checked(&body, NOW).unwrap();
            assert_eq!(answer["result"], json!({"suggest": suggest, "label": label}), "{text}");
            assert_eq!(answer["detail"][0]["suggest"], suggest);
            assert_eq!((&answer["errcode"], &answer["trace_id"]), (&json!(0), &json!("abababab-abababab-abababab")));
        }
    }

    #[test]
    fn what_breaks_a_rule_of_version_2_gets_its_errcode() {
        for (field, value, errcode) in [
            ("openid", Value::Null, 40003),
            ("openid", json!("oNobody"), 40003),
            ("scene", json!(0), 40129),
            ("scene", json!(5), 40129),
            ("scene", json!("2"), 40129),
            ("content", Value::Null, 44002),
            ("content", json!(""), 44002),
            ("content", json!("汉".repeat(2501)), 45002),
            ("version", json!("2"), 47001),
            ("version", json!(3), 40097),
        ] {
            let mut body = hello();
            body[field] = value;
            assert_eq!(checked(&body, NOW), Err(errcode), "{field}");
        }
        let mut longest = hello();
        longest["content"] = json!("汉".repeat(2500));
        assert!(checked(&longest, NOW).is_ok());
    }

    #[test]
    fn a_user_must_have_been_there_within_two_hours() {
        assert!(checked(&hello(), NOW + 7199).is_ok());
        assert_eq!(checked(&hello(), NOW + 7200), Err(61010));
        let mut never = hello();
        never["openid"] = json!(crate::users::DEMO_OPENID);
        assert_eq!(checked(&never, NOW), Err(61010));
    }

    #[test]
    fn version_1_knows_fine_and_risky_alone() {
        assert_eq!(checked(&json!({"content": "hello"}), NOW), Ok(json!({"errcode": 0, "errmsg": "ok"})));
        assert_eq!(checked(&json!({"content": "a simulated-risky text"}), NOW), Err(87014));
        assert_eq!(checked(&json!({"content": ""}), NOW), Err(44002));
        assert_eq!(checked(&json!({"content": "a".repeat(500 * 1024 + 1)}), NOW), Err(45002));
    }
}

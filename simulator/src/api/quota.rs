//! getApiQuota and clearQuota: how often each path may be called in a day, and how often it was.
//! Source: "查询API调用额度" and "清空api的调用quota". Only calls that were acted upon count.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::china;
use super::paths;
use super::refusal::Refusal;

/// Calls of one path in a day. WeChat's limits differ from path to path and from mini program to mini program; the
/// simulator has one for all and does not enforce it.
const DAILY_LIMIT: u64 = 500_000;
/// How often the counts may be cleared in a month.
const CLEARED_A_MONTH: usize = 10;

/// The counts of one mini program.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    day: i64,
    used: HashMap<String, u64>,
    cleared_at: Vec<i64>,
}

impl Quota {
    /// Counts a call.
    pub(super) fn count(&mut self, path: &str, now: i64) {
        let today = china::day(now);
        if self.day != today {
            self.used.clear();
            self.day = today;
        }
        let used = self.used.entry(path.to_owned()).or_default();
        *used = used.saturating_add(1);
    }

    /// The counts of the path that the body's `cgi_path` names.
    pub(super) fn get(&self, body: &Map<String, Value>, now: i64) -> Result<Value, Refusal> {
        let path = body.get("cgi_path").and_then(Value::as_str).unwrap_or_default();
        if !path.starts_with('/') {
            return Err(Refusal::CgiPathForm);
        }
        if path.starts_with("/sns/") {
            return Err(Refusal::CgiPathOfAnother);
        }
        if !paths::is_known(path) {
            return Err(Refusal::CgiPath);
        }
        let used = if self.day == china::day(now) { self.used.get(path).copied().unwrap_or(0) } else { 0 };
        let quota = json!({"daily_limit": DAILY_LIMIT, "used": used, "remain": DAILY_LIMIT.saturating_sub(used)});
        Ok(json!({"errcode": 0, "errmsg": "ok", "quota": quota}))
    }

    /// Sets all counts to zero.
    pub(super) fn clear(&mut self, body: &Map<String, Value>, appid: &str, now: i64) -> Result<(), Refusal> {
        let named = body.get("appid").and_then(Value::as_str).filter(|named| !named.is_empty());
        if named.ok_or(Refusal::AppidMissing)? != appid {
            return Err(Refusal::Appid);
        }
        self.cleared_at.retain(|&at| china::month(at) == china::month(now));
        if self.cleared_at.len() >= CLEARED_A_MONTH {
            return Err(Refusal::QuotaCleared);
        }
        self.cleared_at.push(now);
        self.used.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon in China on 2023-11-14.
    const NOW: i64 = 1_699_934_400;
    const DAY: i64 = 86_400;
    const SEND: &str = "/cgi-bin/message/custom/send";

    fn used(quota: &Quota, path: &str, now: i64) -> Result<u64, i64> {
        let body = json!({"cgi_path": path});
        let answer = quota.get(body.as_object().unwrap(), now).map_err(|refusal| refusal.errcode())?;
        let number = |name: &str| answer["quota"][name].as_u64().unwrap();
        assert_eq!(number("used") + number("remain"), number("daily_limit"));
        Ok(number("used"))
    }

    #[test]
    fn each_path_is_counted_until_the_day_is_over() {
        let mut quota = Quota::default();
        quota.count(SEND, NOW);
        quota.count(SEND, NOW);
        quota.count("/cgi-bin/token", NOW);
        assert_eq!((used(&quota, SEND, NOW), used(&quota, "/cgi-bin/media/get", NOW)), (Ok(2), Ok(0)));
        assert_eq!(used(&quota, SEND, NOW + DAY), Ok(0));
        quota.count(SEND, NOW + DAY);
        assert_eq!(used(&quota, SEND, NOW + DAY), Ok(1));
    }

    #[test]
    fn a_path_that_is_none_is_refused() {
        let quota = Quota::default();
        for (path, errcode) in [
            ("https://api.weixin.qq.com/cgi-bin/token", 76003),
            ("cgi-bin/token", 76003),
            ("", 76003),
            ("/cgi-bin/tokens", 76021),
            ("/sns/jscode2session", 76022),
        ] {
            assert_eq!(used(&quota, path, NOW), Err(errcode), "{path}");
        }
    }

    #[test]
    fn the_counts_are_cleared_ten_times_a_month() {
        let mut quota = Quota::default();
        let clear = |quota: &mut Quota, appid: Value, now| {
            let body = json!({"appid": appid});
            quota.clear(body.as_object().unwrap(), "wx1", now).map_err(|refusal| refusal.errcode())
        };
        quota.count(SEND, NOW);
        assert_eq!(clear(&mut quota, Value::Null, NOW), Err(41002));
        assert_eq!(clear(&mut quota, json!("wx2"), NOW), Err(40013));
        assert_eq!(used(&quota, SEND, NOW), Ok(1));
        for _ in 0..10 {
            assert_eq!(clear(&mut quota, json!("wx1"), NOW), Ok(()));
        }
        assert_eq!(used(&quota, SEND, NOW), Ok(0));
        assert_eq!(clear(&mut quota, json!("wx1"), NOW + DAY), Err(48006));
        assert_eq!(clear(&mut quota, json!("wx1"), NOW + 17 * DAY), Ok(()));
    }
}

//! What a subscription template's values may hold, by the kind of their key. From the table "参数值限制说明" of the page
//! "消息订阅 统一服务消息 客服消息 消息推送". Where the table leaves room, so does this: WeChat has the last word (47003).

/// Two dates with times are 41 characters; the rest is white space, which the table does not mention.
const LONGEST_RANGE: usize = 64;

/// A kind of key: `thing` for `thing1` and `thing01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Thing,
    Number,
    Letter,
    Symbol,
    CharacterString,
    Time,
    Date,
    Amount,
    PhoneNumber,
    CarNumber,
    Name,
    Phrase,
}

impl Kind {
    /// The kind of a key; none of a key that the table does not know, for WeChat adds some.
    pub(crate) fn of(key: &str) -> Option<Self> {
        Some(match key.trim_end_matches(|last: char| last.is_ascii_digit()) {
            "thing" => Self::Thing,
            "number" => Self::Number,
            "letter" => Self::Letter,
            "symbol" => Self::Symbol,
            "character_string" => Self::CharacterString,
            "time" => Self::Time,
            "date" => Self::Date,
            "amount" => Self::Amount,
            "phone_number" => Self::PhoneNumber,
            "car_number" => Self::CarNumber,
            "name" => Self::Name,
            "phrase" => Self::Phrase,
            _ => return None,
        })
    }

    /// The rule, to be read after "must be".
    pub(crate) const fn rule(self) -> &'static str {
        match self {
            Self::Thing => "1 to 20 characters",
            Self::Number => "1 to 32 digits, with at most one decimal point",
            Self::Letter => "1 to 32 letters",
            Self::Symbol => "1 to 5 symbols",
            Self::CharacterString => "1 to 32 digits, letters or symbols",
            Self::Time => "a time such as 15:01 or 2019年10月1日 15:01, or two joined by ~, in at most 64 characters",
            Self::Date => "a date such as 2019年10月1日 or 10月1日 15:01, or two joined by ~, in at most 64 characters",
            Self::Amount => "1 to 10 digits with at most one decimal point, optionally with a currency sign and 元",
            Self::PhoneNumber => "1 to 17 digits or symbols",
            Self::CarNumber => "1 to 8 letters or digits; the first and the last may be Chinese characters",
            Self::Name => "1 to 10 characters, some of them Chinese, or 1 to 20 letters or symbols",
            Self::Phrase => "1 to 5 Chinese characters",
        }
    }

    /// Whether a value keeps the rule.
    pub(crate) fn allows(self, value: &str) -> bool {
        let length = value.chars().count();
        match self {
            Self::Thing => (1..=20).contains(&length),
            Self::Number => is_decimal(value, 32),
            Self::Letter => (1..=32).contains(&length) && value.chars().all(|letter| letter.is_ascii_alphabetic()),
            Self::Symbol => (1..=5).contains(&length) && value.chars().all(is_symbol),
            Self::CharacterString => {
                (1..=32).contains(&length) && value.chars().all(|any| any.is_ascii_alphanumeric() || is_symbol(any))
            }
            Self::Time => in_range(value, length, |point| is_time(point) || is_date_and_time(point)),
            Self::Date => in_range(value, length, |point| is_date(point) || is_date_and_time(point)),
            Self::Amount => {
                let value = value.strip_suffix('元').unwrap_or(value);
                is_decimal(value.strip_prefix(is_currency_sign).unwrap_or(value), 10)
            }
            Self::PhoneNumber => {
                (1..=17).contains(&length) && value.chars().all(|any| any.is_ascii_digit() || is_symbol(any))
            }
            Self::CarNumber => {
                let last = length.saturating_sub(1);
                (1..=8).contains(&length)
                    && value.chars().enumerate().all(|(index, any)| {
                        any.is_ascii_alphanumeric() || (is_han(any) && (index == 0 || index == last))
                    })
            }
            Self::Name => {
                let longest = if value.chars().any(is_han) { 10 } else { 20 };
                (1..=longest).contains(&length) && !value.chars().any(char::is_numeric)
            }
            Self::Phrase => (1..=5).contains(&length) && value.chars().all(is_han),
        }
    }
}

fn is_symbol(any: char) -> bool {
    !any.is_alphanumeric()
}

fn is_han(any: char) -> bool {
    matches!(any, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

fn is_currency_sign(any: char) -> bool {
    matches!(any, '$' | '¢'..='¥' | '\u{20A0}'..='\u{20CF}' | '＄' | '￠' | '￡' | '￥' | '￦')
}

/// Digits, of which some may stand behind a point.
fn is_decimal(value: &str, most_digits: usize) -> bool {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    is_digits(whole) && is_digits(fraction) && digits <= most_digits
}

/// One point in time, or two joined by `~`, with a little white space.
fn in_range(value: &str, length: usize, is_point: impl Fn(&str) -> bool) -> bool {
    length <= LONGEST_RANGE
        && match value.split_once('~') {
            None => is_point(value.trim()),
            Some((from, to)) => is_point(from.trim()) && is_point(to.trim()),
        }
}

fn is_date_and_time(point: &str) -> bool {
    point.rsplit_once(' ').is_some_and(|(date, time)| is_date(date.trim_end()) && is_time(time))
}

/// `15:01`, `15:01:30`.
fn is_time(point: &str) -> bool {
    let mut parts = point.split(':');
    let is_hour = parts.next().is_some_and(|hour| number_within(hour, 0, 23));
    let is_minute = parts.next().is_some_and(|minute| number_within(minute, 0, 59));
    let is_second = parts.next().is_none_or(|second| number_within(second, 0, 59));
    is_hour && is_minute && is_second && parts.next().is_none()
}

/// `10月1日`, `2019年10月1日`, `2019-10-01`, `2019/10/01`, `2019.10.01`.
fn is_date(point: &str) -> bool {
    if let Some(point) = point.strip_suffix('日') {
        let (year, point) = point.split_once('年').map_or((None, point), |(year, rest)| (Some(year), rest));
        return year.is_none_or(|year| number_within(year, 1, 9999))
            && point.split_once('月').is_some_and(|(month, day)| is_month_and_day(month, day));
    }
    ['-', '/', '.'].into_iter().any(|separator| {
        let mut parts = point.splitn(3, separator);
        let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else { return false };
        number_within(year, 1, 9999) && is_month_and_day(month, day)
    })
}

fn is_month_and_day(month: &str, day: &str) -> bool {
    number_within(month, 1, 12) && number_within(day, 1, 31)
}

fn number_within(text: &str, least: u16, most: u16) -> bool {
    (1..=4).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number| (least..=most).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_key_is_what_stands_before_its_number() {
        assert_eq!(Kind::of("thing1"), Some(Kind::Thing));
        assert_eq!(Kind::of("name01"), Some(Kind::Name));
        assert_eq!(Kind::of("character_string12"), Some(Kind::CharacterString));
        assert_eq!(Kind::of("phone_number"), Some(Kind::PhoneNumber));
        assert_eq!(Kind::of("site01"), None);
        assert_eq!(Kind::of("things1"), None);
    }

    #[test]
    fn each_kind_allows_its_documented_examples_up_to_the_limit() {
        for (kind, allowed) in [
            (Kind::Thing, vec!["TIT创意园", "广州市新港中路397号", &"汉".repeat(20)]),
            (Kind::Number, vec!["339208499", "3.14", &"1".repeat(32)]),
            (Kind::Letter, vec!["abcXYZ", &"x".repeat(32)]),
            (Kind::Symbol, vec!["!", "，。！？~"]),
            (Kind::CharacterString, vec!["A-1_b#2", &"0".repeat(32)]),
            (
                Kind::Time,
                vec!["15:01", "10月1日 15:01", "2019年10月1日 15:01", "15:01~16:01", "15:01:30", "2019-10-01 15:01:30"],
            ),
            (
                Kind::Date,
                vec![
                    "10月1日",
                    "01月05日",
                    "10月1日 15:01",
                    "2019年10月1日",
                    "2019年10月1日~2019年10月7日",
                    "2019-10-01",
                ],
            ),
            (Kind::Amount, vec!["￥100", "¥39.8元", "100", "39.8元", "$1234567890"]),
            (Kind::PhoneNumber, vec!["+86-0766-66888866", "13800138000"]),
            (Kind::CarNumber, vec!["粤A8Z888挂", "粤A8Z888", "ABC123"]),
            (Kind::Name, vec!["张三", &"汉".repeat(10), "Ada Lovelace", &"x".repeat(20), "张San"]),
            (Kind::Phrase, vec!["配送中", "汉汉汉汉汉"]),
        ] {
            for value in allowed {
                assert!(kind.allows(value), "{kind:?}: {value}");
            }
        }
    }

    #[test]
    fn white_space_around_a_time_or_a_date_counts_towards_their_length() {
        let at = |length: usize| format!("{}10月1日 15:01", " ".repeat(length - 11));
        for kind in [Kind::Time, Kind::Date] {
            assert!(kind.allows(&at(64)));
            assert!(!kind.allows(&at(65)));
        }
    }

    #[test]
    fn each_kind_refuses_what_its_rule_excludes() {
        for (kind, refused) in [
            (Kind::Thing, vec!["", &"汉".repeat(21)]),
            (Kind::Number, vec!["", "1,5", "1.", ".5", "1.2.3", "一", "-1", &"1".repeat(33)]),
            (Kind::Letter, vec!["", "a1", "汉", "é", &"x".repeat(33)]),
            (Kind::Symbol, vec!["", "a", "1", "汉", "!!!!!!"]),
            (Kind::CharacterString, vec!["", "汉", &"x".repeat(33)]),
            (Kind::Time, vec!["", "25:01", "15:60", "15", "3pm", "10月1日", "15:01~", "15:01~x", "13月1日 15:01"]),
            (Kind::Date, vec!["", "15:01", "13月1日", "10月32日", "10月", "2019-10", "tomorrow", "10月1日~"]),
            (Kind::Amount, vec!["", "￥", "￥￥1", "1,000", "12345678901", "100元元", "x1"]),
            (Kind::PhoneNumber, vec!["", "call me", "+86-0766-668888661"]),
            (Kind::CarNumber, vec!["", "粤粤A8Z88", "粤A8Z888挂挂", "A-1"]),
            (Kind::Name, vec!["", "R2D2", &"汉".repeat(11), &"x".repeat(21), "张San San San"]),
            (Kind::Phrase, vec!["", "ok", "配送中！", "汉汉汉汉汉汉"]),
        ] {
            for value in refused {
                assert!(!kind.allows(value), "{kind:?}: {value}");
            }
        }
    }
}

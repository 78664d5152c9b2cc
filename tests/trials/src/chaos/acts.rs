//! What the users do: each has a mini program and a few acts, drawn from the seed.

use serde_json::{Value, json};

use super::behaviour::{Behaviour, marker};
use crate::mini_program::MINI_PROGRAMS;
use crate::product::WORDS;
use crate::seed::{Draws, Seed};

/// How many acts a user has at most.
const ACTS: u64 = 6;
/// The texts of a user who has no talkative push fit into one window, so that none of them may be refused.
const TEXTS: usize = 5;

/// What kind of push an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Text,
    Image,
    Card,
    Entering,
    Subscription,
    Payment,
    Unknown,
}

/// One act of a user, which WeChat pushes.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    pub(crate) behaviour: Behaviour,
    pub(crate) openid: String,
    pub(crate) appid: &'static str,
    /// The texts that the user gets in answer.
    pub(crate) texts: Vec<String>,
    /// Whether the user's messages may be more than the window takes.
    pub(crate) is_talkative: bool,
    /// Whether the next act comes before this one is answered.
    pub(crate) is_hasty: bool,
    mode: &'static str,
    format: &'static str,
    message: Value,
}

impl Act {
    /// Whether the window may have no room for what the user gets in answer, or be over: that of entering lasts a minute.
    pub(crate) fn may_be_refused(&self) -> bool {
        self.is_talkative || self.kind == Kind::Entering
    }

    /// The order to the simulator.
    pub(crate) fn order(&self) -> Value {
        json!({
            "appid": self.appid, "openid": self.openid, "mode": self.mode, "format": self.format, "message": self.message,
        })
    }
}

/// The order for one more text of a user's.
pub(crate) fn one_more_text(act: &Act) -> Value {
    let message = json!({"MsgType": "text", "Content": format!("word{}; please", WORDS.saturating_sub(1))});
    json!({"appid": act.appid, "openid": act.openid, "message": message})
}

/// The openid of a user, by which faults are drawn for their pushes.
fn openid(user: u32) -> String {
    format!("oTrial{user:06}")
}

/// The openid in a text, if there is one.
pub(crate) fn openid_in(text: &[u8]) -> Option<&str> {
    let start = memchr::memmem::find(text, b"oTrial")?;
    std::str::from_utf8(text.get(start..start.checked_add(12)?)?).ok()
}

/// The acts of all users: `count` together.
pub(crate) fn of_all(seed: Seed, count: u32) -> Vec<Vec<Act>> {
    let (mut users, mut number) = (Vec::new(), 0);
    while number < count {
        let user = u32::try_from(users.len()).unwrap_or(u32::MAX);
        let acts = of_user(seed, user, number, count);
        number = number.saturating_add(u32::try_from(acts.len()).unwrap_or(1));
        users.push(acts);
    }
    users
}

fn of_user(seed: Seed, user: u32, first: u32, end: u32) -> Vec<Act> {
    let openid = openid(user);
    let mut draws = seed.draws(&["acts", &openid]);
    let is_talkative = draws.below(40) == 0;
    let appid = MINI_PROGRAMS.get(usize::try_from(user).unwrap_or_default() % MINI_PROGRAMS.len());
    let appid = appid.map_or("", |mini_program| mini_program.appid);
    let mut texts = 0;
    let numbers = first..end.min(first.saturating_add(u32::try_from(draws.between(1, ACTS)).unwrap_or(1)));
    let acts = numbers.map(|number| {
        let kind = kind(&mut draws);
        let mut behaviour = behaviour(kind, is_talkative, &mut draws);
        if !is_talkative && texts + behaviour.texts("").len() > TEXTS {
            behaviour = Behaviour::Quiet;
        }
        let index = usize::try_from(number.saturating_sub(first)).unwrap_or_default();
        let marker = marker(number, behaviour);
        let expected = match (kind, behaviour) {
            (Kind::Text, Behaviour::Say(_)) => vec![format!("reply to word{index};")],
            _ => behaviour.texts(&marker),
        };
        texts += expected.len();
        Act {
            number,
            kind,
            behaviour,
            openid: openid.clone(),
            appid,
            texts: expected,
            is_talkative,
            is_hasty: draws.below(8) == 0,
            mode: draws.one_of(&[(7, "safe"), (2, "compat"), (1, "plain")]).unwrap_or("safe"),
            format: draws.one_of(&[(1, "json"), (1, "xml")]).unwrap_or("json"),
            message: message(kind, behaviour, &marker, index, &mut draws),
        }
    });
    acts.collect()
}

fn kind(draws: &mut Draws) -> Kind {
    let weighted = [
        (35, Kind::Text),
        (20, Kind::Image),
        (9, Kind::Card),
        (9, Kind::Entering),
        (8, Kind::Subscription),
        (10, Kind::Payment),
        (9, Kind::Unknown),
    ];
    draws.one_of(&weighted).unwrap_or(Kind::Text)
}

fn behaviour(kind: Kind, is_talkative: bool, draws: &mut Draws) -> Behaviour {
    let weighted: &[(u64, Behaviour)] = match kind {
        // `on-text` knows its keyword table: a text without a keyword is transferred.
        Kind::Text => &[(19, Behaviour::Say(1)), (1, Behaviour::Transfer)],
        Kind::Image | Kind::Card if is_talkative => &[(1, Behaviour::Say(7))],
        Kind::Image | Kind::Card => &[
            (55, Behaviour::Say(1)),
            (15, Behaviour::Say(2)),
            (8, Behaviour::Slow),
            (6, Behaviour::Quiet),
            (4, Behaviour::Transfer),
            (3, Behaviour::SlowTransfer),
            (5, Behaviour::Fail),
            (2, Behaviour::TooLong),
            (2, Behaviour::Bad),
        ],
        Kind::Entering => &[(6, Behaviour::Say(1)), (1, Behaviour::Say(2)), (2, Behaviour::Quiet)],
        Kind::Subscription | Kind::Unknown => &[(9, Behaviour::Quiet), (1, Behaviour::FailQuiet)],
        Kind::Payment => &[(9, Behaviour::Book), (1, Behaviour::SlowBook)],
    };
    draws.one_of(weighted).unwrap_or(Behaviour::Quiet)
}

fn message(kind: Kind, behaviour: Behaviour, marker: &str, index: usize, draws: &mut Draws) -> Value {
    let event = |name: &str| json!({"MsgType": "event", "Event": name});
    let with = |mut message: Value, name: &str, value: Value| {
        if let Value::Object(fields) = &mut message {
            fields.insert(name.to_owned(), value);
        }
        message
    };
    let word = if behaviour == Behaviour::Transfer { "nothing".to_owned() } else { format!("word{};", index % WORDS) };
    match kind {
        Kind::Text => json!({"MsgType": "text", "Content": format!("{word} please, {marker}")}),
        Kind::Image => {
            json!({"MsgType": "image", "PicUrl": format!("https://pictures.test/{marker}"), "MediaId": "media"})
        }
        Kind::Card => json!({
            "MsgType": "miniprogrampage", "Title": marker, "AppId": "wx0123456789abcdef", "PagePath": "pages/index",
            "ThumbUrl": "", "ThumbMediaId": "media",
        }),
        Kind::Entering => with(event("user_enter_tempsession"), "SessionFrom", marker.into()),
        Kind::Subscription => {
            let item = |status: &str| json!({"TemplateId": marker, "SubscribeStatusString": status, "PopupScene": "0"});
            match draws.below(3) {
                0 => with(event("subscribe_msg_popup_event"), "List", item("accept")),
                1 => with(event("subscribe_msg_change_event"), "List", json!([item("reject")])),
                _ => {
                    let sent = json!({"TemplateId": marker, "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"});
                    with(event("subscribe_msg_sent_event"), "List", sent)
                }
            }
        }
        Kind::Payment => {
            let names = [(2, "xpay_goods_deliver_notify"), (1, "xpay_refund_notify"), (1, "xpay_complaint_notify")];
            with(event(draws.one_of(&names).unwrap_or_default()), "OutTradeNo", marker.into())
        }
        Kind::Unknown => with(event("trade_manage_remind"), "order_id", marker.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_has_the_same_acts() {
        let orders = |seed| of_all(Seed(seed), 50).iter().flatten().map(Act::order).collect::<Vec<_>>();
        assert_eq!(orders(1), orders(1));
        assert_ne!(orders(1), orders(2));
        assert_eq!(orders(1).len(), 50);
    }

    #[test]
    fn users_who_are_not_talkative_get_no_more_than_a_window_takes() {
        for acts in of_all(Seed(3), 2_000).iter().filter(|acts| acts.iter().all(|act| !act.is_talkative)) {
            assert!(acts.iter().map(|act| act.texts.len()).sum::<usize>() <= TEXTS);
        }
    }
}

//! customerServiceMessage.setTyping: shows or takes away the "is typing" line.
//! Source: "消息订阅 统一服务消息 客服消息 消息推送", setTyping.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::reply_window::ReplyWindow;
use crate::typing_state::NotNow;
use crate::users::Users;

/// Obeys a command. Typing needs the same open window that a message does; cancelling is always fine.
pub(crate) fn set(body: &Map<String, Value>, users: &mut Users, now: i64) -> Result<(), Refusal> {
    let openid = body.get("touser").and_then(Value::as_str);
    let user = openid.and_then(|openid| users.find_mut(openid)).ok_or(Refusal::Openid)?;
    match body.get("command").and_then(Value::as_str) {
        Some("Typing") if !user.window.is_some_and(|window| ReplyWindow::is_open(window, now)) => {
            Err(Refusal::WindowOutOfTime)
        }
        Some("Typing") => user.typing.start(now).map_err(|not_now| match not_now {
            NotNow::NoRecentExchange => Refusal::TypingNoExchange,
            NotNow::AlreadyTyping => Refusal::TypingAlready,
        }),
        Some("CancelTyping") => {
            user.typing.cancel();
            Ok(())
        }
        _ => Err(Refusal::TypingCommand),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::custom_send;
    use crate::push::message::Action;

    const NOW: i64 = 1_700_000_000;

    fn users() -> Users {
        let mut users = Users::new(2);
        users.act("oUser", Action::Writes, NOW);
        users
    }

    fn command(users: &mut Users, command: &str, now: i64) -> i64 {
        let body = json!({"touser": "oUser", "command": command});
        set(body.as_object().unwrap(), users, now).map_or_else(|refusal| refusal.errcode(), |()| 0)
    }

    #[test]
    fn typing_lasts_15_seconds_and_needs_a_message_within_30() {
        let mut users = users();
        assert_eq!(command(&mut users, "Typing", NOW), 0);
        assert_eq!(command(&mut users, "Typing", NOW + 14), 45081);
        assert_eq!(command(&mut users, "Typing", NOW + 15), 0);
        assert_eq!(command(&mut users, "Typing", NOW + 31), 45080);
    }

    #[test]
    fn a_message_to_the_user_cancels_typing() {
        let mut users = users();
        assert_eq!(command(&mut users, "Typing", NOW), 0);
        let message = json!({"touser": "oUser", "msgtype": "text", "text": {"content": "hello"}});
        custom_send::send(message.as_object().unwrap(), &mut users, NOW).unwrap();
        assert_eq!(command(&mut users, "Typing", NOW), 0);
    }

    #[test]
    fn typing_may_be_cancelled_and_started_again() {
        let mut users = users();
        assert_eq!(command(&mut users, "CancelTyping", NOW), 0);
        assert_eq!(command(&mut users, "Typing", NOW), 0);
        assert_eq!(command(&mut users, "CancelTyping", NOW), 0);
        assert_eq!(command(&mut users, "Typing", NOW), 0);
    }

    #[test]
    fn typing_without_an_open_window_is_out_of_time() {
        let mut users = Users::new(2);
        users.act("oUser", Action::Other, NOW);
        assert_eq!(command(&mut users, "Typing", NOW), 45015);
    }

    #[test]
    fn another_command_or_user_is_refused() {
        let mut users = users();
        assert_eq!(command(&mut users, "typing", NOW), 45072);
        let nobody = json!({"touser": "oNobody", "command": "Typing"});
        assert_eq!(set(nobody.as_object().unwrap(), &mut users, NOW), Err(Refusal::Openid));
    }
}

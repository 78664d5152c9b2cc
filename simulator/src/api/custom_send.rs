//! customerServiceMessage.send: validates a message and takes one from the user's reply window.
//! Source: "发送客服消息" (send a customer-service message).

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::reply_window::{ReplyWindow, Shut};
use crate::users::Users;

/// Bytes of UTF-8 that a text may have.
const LONGEST_TEXT: usize = 2048;

/// Sends a message. The window is touched only by one that is well-formed.
pub(crate) fn send(body: &Map<String, Value>, users: &mut Users, now: i64) -> Result<(), Refusal> {
    let user = text(body, "touser").and_then(|openid| users.find_mut(openid)).ok_or(Refusal::Openid)?;
    check_content(body)?;
    let window = ReplyWindow::taken(user.window, now).map_err(|shut| match shut {
        Shut::OutOfTime => Refusal::WindowOutOfTime,
        Shut::UsedUp => Refusal::WindowUsedUp,
    })?;
    user.window = Some(window);
    user.typing.message_went(now);
    Ok(())
}

fn check_content(body: &Map<String, Value>) -> Result<(), Refusal> {
    let message_type = text(body, "msgtype").ok_or(Refusal::MessageType)?;
    let content = body.get(message_type).and_then(Value::as_object);
    let field = |name| content.and_then(|content| text(content, name));
    match message_type {
        "text" => {
            let content = field("content").ok_or(Refusal::ContentEmpty)?;
            if content.len() > LONGEST_TEXT { Err(Refusal::ContentSize) } else { Ok(()) }
        }
        "image" => field("media_id").ok_or(Refusal::MediaId).map(drop),
        "link" => {
            field("title").ok_or(Refusal::Argument("link.title"))?;
            field("url").ok_or(Refusal::Argument("link.url")).map(drop)
        }
        "miniprogrampage" => {
            field("pagepath").ok_or(Refusal::Argument("miniprogrampage.pagepath"))?;
            field("thumb_media_id").ok_or(Refusal::MediaId).map(drop)
        }
        _ => Err(Refusal::MessageType),
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::push::message::Action;

    const NOW: i64 = 1_700_000_000;

    /// One user who has just written.
    fn users() -> Users {
        let mut users = Users::new(2);
        users.act("oUser", Action::Writes, NOW);
        users
    }

    fn send_to(users: &mut Users, body: &Value, now: i64) -> i64 {
        send(body.as_object().unwrap(), users, now).map_or_else(|refusal| refusal.errcode(), |()| 0)
    }

    fn hello(openid: &str) -> Value {
        json!({"touser": openid, "msgtype": "text", "text": {"content": "hello"}})
    }

    #[test]
    fn five_messages_go_and_the_sixth_is_over_the_count() {
        let mut users = users();
        let errcodes: Vec<_> = (0..6).map(|_| send_to(&mut users, &hello("oUser"), NOW)).collect();
        assert_eq!(errcodes, [0, 0, 0, 0, 0, 45047]);
    }

    #[test]
    fn after_48_hours_it_is_out_of_time() {
        assert_eq!(send_to(&mut users(), &hello("oUser"), NOW + 172_800), 45015);
    }

    #[test]
    fn a_known_user_who_never_acted_is_out_of_time_and_an_unknown_one_is_invalid() {
        let mut users = users();
        users.act("oQuiet", Action::Other, NOW);
        assert_eq!(send_to(&mut users, &hello("oQuiet"), NOW), 45015);
        assert_eq!(send_to(&mut users, &hello("oNobody"), NOW), 40003);
    }

    #[test]
    fn entering_allows_two_messages_within_a_minute() {
        let mut users = Users::new(2);
        users.act("oUser", Action::EntersSession, NOW);
        assert_eq!(send_to(&mut users, &hello("oUser"), NOW + 59), 0);
        assert_eq!(send_to(&mut users, &hello("oUser"), NOW + 59), 0);
        assert_eq!(send_to(&mut users, &hello("oUser"), NOW + 59), 45047);
        assert_eq!(send_to(&mut users, &hello("oUser"), NOW + 60), 45015);
    }

    #[test]
    fn every_type_is_sent_when_its_object_is_complete() {
        for body in [
            json!({"msgtype": "image", "image": {"media_id": "m"}}),
            json!({"msgtype": "link", "link": {"title": "t", "description": "", "url": "https://a.b/", "thumb_url": ""}}),
            json!({"msgtype": "miniprogrampage", "miniprogrampage": {"title": "", "pagepath": "p", "thumb_media_id": "m"}}),
        ] {
            let mut body = body;
            body["touser"] = json!("oUser");
            assert_eq!(send_to(&mut users(), &body, NOW), 0, "{body}");
        }
    }

    #[test]
    fn a_malformed_message_is_refused_and_leaves_the_window_alone() {
        let mut users = users();
        for (body, errcode) in [
            (json!({"touser": "", "msgtype": "text", "text": {"content": "a"}}), 40003),
            (json!({"touser": "oUser"}), 40008),
            (json!({"touser": "oUser", "msgtype": "voice", "voice": {"media_id": "m"}}), 40008),
            (json!({"touser": "oUser", "msgtype": "text"}), 44004),
            (json!({"touser": "oUser", "msgtype": "text", "text": {"content": ""}}), 44004),
            (json!({"touser": "oUser", "msgtype": "image", "image": {}}), 40007),
            (json!({"touser": "oUser", "msgtype": "link", "link": {"title": "t"}}), 47003),
            (json!({"touser": "oUser", "msgtype": "miniprogrampage", "miniprogrampage": {"pagepath": "p"}}), 40007),
        ] {
            assert_eq!(send_to(&mut users, &body, NOW), errcode, "{body}");
        }
        assert_eq!(users.find_mut("oUser").unwrap().window.unwrap().remaining, 5);
    }

    #[test]
    fn a_text_is_measured_in_bytes() {
        let send_text = |content: String| {
            let body = json!({"touser": "oUser", "msgtype": "text", "text": {"content": content}});
            send_to(&mut users(), &body, NOW)
        };
        assert_eq!(send_text("a".repeat(2048)), 0);
        assert_eq!(send_text("a".repeat(2049)), 45002);
        assert_eq!(send_text("汉".repeat(683)), 45002);
    }
}

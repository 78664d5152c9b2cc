//! A push goes out: it is numbered, delivered, and told to whoever watches, step by step.

use reqwest::Url;
use serde_json::Value;

use super::answer_fault::AnswerFault;
use super::delivery::{self, CUT, Delivery, Progress, Way};
use super::sealed::{SealedPush, Signature};
use crate::clock;
use crate::http_clients::NoClient;
use crate::timeline::{Happening, Occasion, PushStarts};
use crate::wechat::WeChat;

/// Delivers a push to `url`.
///
/// # Errors
/// [`NoClient`] if the URL cannot be called at all; nothing is told then.
pub(crate) async fn send(
    wechat: &WeChat,
    push: &SealedPush,
    url: &Url,
    occasion: Occasion,
    fault: Option<AnswerFault>,
) -> Result<Delivery, NoClient> {
    let client = wechat.clients.for_url(url)?;
    let number = tell_start(wechat, push, occasion);
    let way = Way { url, client, cut: CUT, fault };
    let delivery = delivery::deliver(push, way, &wechat.identity, |progress| {
        let happening = match progress {
            Progress::Starts(attempt) => Happening::AttemptStarts { push: number, attempt },
            Progress::Ends(attempt) => Happening::AttemptEnds { push: number, attempt },
        };
        wechat.memory().timeline.tell(clock::now(), &happening);
    })
    .await;
    wechat.memory().timeline.tell(clock::now(), &Happening::PushEnds { push: number, outcome: delivery.outcome });
    Ok(delivery)
}

fn tell_start(wechat: &WeChat, push: &SealedPush, occasion: Occasion) -> u64 {
    let mut memory = wechat.memory();
    memory.pushes += 1;
    let number = memory.pushes;
    let query = push.query.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect();
    let start = PushStarts {
        push: number,
        occasion,
        openid: &push.message.openid,
        mode: push.mode.to_string(),
        format: push.format.to_string(),
        is_genuine: push.signature == Signature::Genuine,
        message: &push.message.fields,
        query,
        body: String::from_utf8_lossy(&push.body).into_owned(),
    };
    memory.timeline.tell(clock::now(), &Happening::PushStarts(start));
    number
}

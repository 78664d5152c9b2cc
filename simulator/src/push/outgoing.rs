//! A push goes out: it is numbered, delivered, and told to whoever watches, step by step.

use std::sync::Arc;

use reqwest::{Client, Url};
use serde_json::Value;

use super::answer_fault::AnswerFault;
use super::delivery::{self, Delivery, Progress, Way};
use super::sealed::{SealedPush, Signature};
use crate::clock;
use crate::http_clients::{HttpClients, NoClient};
use crate::timeline::{Happening, Occasion, PushStarts};
use crate::wechat::{Memory, WeChat};

/// A URL, and the client that can call it.
#[derive(Debug)]
pub(crate) struct Target {
    url: Url,
    client: Client,
}

impl Target {
    /// # Errors
    /// [`NoClient`] if the URL cannot be called at all.
    pub(crate) fn new(url: Url, clients: &HttpClients) -> Result<Self, NoClient> {
        let client = clients.for_url(&url)?.clone();
        Ok(Self { url, client })
    }
}

/// A push that has its number and is told of, and is yet to be delivered.
#[derive(Debug)]
pub(crate) struct Outgoing {
    number: u64,
    push: Arc<SealedPush>,
    target: Target,
    fault: Option<AnswerFault>,
}

impl Outgoing {
    /// Numbers a push and tells that it starts.
    pub(crate) fn start(
        memory: &mut Memory,
        push: Arc<SealedPush>,
        target: Target,
        occasion: Occasion,
        fault: Option<AnswerFault>,
    ) -> Self {
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
        Self { number, push, target, fault }
    }

    /// Delivers it, and tells how.
    pub(crate) async fn deliver(self, wechat: &WeChat) -> Delivery {
        let Self { number: push, push: sealed, target: Target { url, client }, fault } = self;
        let way = Way { url: &url, client: &client, timing: wechat.timing, fault };
        let delivery = delivery::deliver(&sealed, way, &wechat.identity, |progress| {
            let (now, mut memory) = (clock::now(), wechat.memory());
            match progress {
                Progress::Starts(attempt) => memory.timeline.tell(now, &Happening::AttemptStarts { push, attempt }),
                Progress::Ends(attempt) => {
                    memory.timeline.tell(now, &Happening::AttemptEnds { push, attempt });
                    if sealed.signature == Signature::Genuine && attempt.transfers() {
                        memory.transfer(&sealed.message.openid, now);
                    }
                }
            }
        })
        .await;
        let Delivery { outcome, notice, .. } = &delivery;
        let end = Happening::PushEnds { push, outcome: *outcome, notice: notice.as_deref() };
        wechat.memory().timeline.tell(clock::now(), &end);
        delivery
    }
}

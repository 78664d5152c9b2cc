//! A parked customer message is sent again, alone, because somebody asked for it by its id.

use serde_json::{Map, Value, json};
use shared::host::causes::causes;
use shared::host::clock;
use shared::host::deliver_reply::{Delivered, Envelope};
use shared::host::failed_pushes::{Reason, error};
use shared::sending::customer_service::Part;
use shared::state::dedupe::Written;
use shared::wechat::customer_message::CustomerMessage;
use shared::wechat::errcode::Errcode;

use crate::line::Line;
use crate::outcome::Outcome;
use crate::settings::LongText;
use crate::spoken::spoken;
use crate::stack::{RunError, Stack, insist};

impl Stack {
    /// Sends it. Its row, under a key of its own, keeps Lambda's retries from sending it twice: a run that follows one which died
    /// parks it again.
    pub(crate) async fn resend(
        &self,
        envelope: &Envelope,
        message: &Map<String, Value>,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        let Envelope { key, owner, .. } = envelope;
        let now = clock::now_seconds();
        let rows = self.dedupe.of_resent();
        let is_first = match insist(|| rows.claim(&envelope.appid, key, owner, false, now)).await? {
            Written::Written(row) => row.attempt == 1,
            Written::Refused(Some(row)) if row.is_finished() => {
                line.outcome = Outcome::Elsewhere;
                return Ok(Delivered::Unfinished);
            }
            Written::Refused(_) => return Err(RunError::InOtherHands),
        };
        let failure = if is_first { self.send_alone(envelope, message).await } else { Some(died()) };
        line.outcome = match failure {
            None => Outcome::Delivered,
            Some(_) => Outcome::Undelivered,
        };
        if let Some((reason, words)) = failure {
            self.park(envelope, reason, error(reason, &words), Some(message)).await?;
        }
        let answer = json!("success");
        insist(|| rows.complete(&envelope.appid, key, owner, &answer, now)).await?;
        Ok(Delivered::Unfinished)
    }

    /// Why it was not sent for certain, if it was not. A text that had no room is sent in its parts; once one has gone out, what
    /// follows it is no longer certain not to have.
    async fn send_alone(&self, envelope: &Envelope, message: &Map<String, Value>) -> Option<(Reason, String)> {
        let openid = envelope.push.openid().unwrap_or_default();
        let parts = match spoken(openid, Value::Object(message.clone()), LongText::Split, 1) {
            Ok(parts) => parts,
            Err(invalid) => return Some((Reason::NotSent, invalid.to_string())),
        };
        for (index, part) in parts.into_iter().enumerate() {
            let Ok(checked) = CustomerMessage::from_body(part.body) else { continue };
            let part = Part { following: part.following, last_try_ends: None };
            let (reason, words) = match self.messages.send_part(&envelope.appid, &checked, &part).await {
                Ok(sent) if sent.answer.errcode == Errcode::OK => continue,
                Ok(sent) => (Reason::NotSent, format!("WeChat refused it: {}", sent.answer.errcode)),
                Err(failed) if failed.is_outcome_unknown() => (Reason::Unknown, causes(&failed)),
                Err(failed) => (Reason::NotSent, causes(&failed)),
            };
            return Some((if index == 0 { reason } else { Reason::Unknown }, words));
        }
        None
    }
}

fn died() -> (Reason, String) {
    (Reason::Unknown, "the run that sent it died".to_owned())
}

//! A recorded reply is carried out: each message is marked, then sent once; a late transfer becomes the mark on the user's
//! window.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use shared::host::causes::causes;
use shared::host::clock;
use shared::host::deliver_reply::{Delivered, Envelope};
use shared::host::failed_pushes::{Reason, error};
use shared::sending::customer_service::{AnsweredBy, Part, SendError};
use shared::state::dedupe::{DedupeRow, Phase, Written};
use shared::wechat::customer_message::CustomerMessage;
use shared::wechat::errcode::{Errcode, Next};

use crate::line::Line;
use crate::outcome::Outcome;
use crate::plan::{self, Plan};
use crate::record::elsewhere;
use crate::spoken::{Spoken, content, with_content};
use crate::stack::{RunError, Stack, insist};

/// A message that certainly was not sent is tried again after these pauses, where nobody waits for the outcome.
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// What became of a message.
enum Sent {
    /// The user has it, or may have it.
    Reached,
    /// The user certainly does not have it; the next one is tried.
    NotReached,
    /// WeChat refused it, and refuses the next ones too.
    Refused,
}

impl Stack {
    /// Carries out a reply that this run recorded.
    pub(crate) async fn carry_out(
        &self,
        envelope: &Envelope,
        run: &str,
        plan: &Plan,
        row: &DedupeRow,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        match plan {
            Plan::Messages(messages) => self.send_from(envelope, run, messages, row, false, line).await,
            _ => self.transfer_next(envelope, run, line).await,
        }
    }

    /// Carries on with a reply that was taken over from a run that died.
    pub(crate) async fn carry_on(
        &self,
        envelope: &Envelope,
        run: &str,
        row: DedupeRow,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        line.outcome = Outcome::Delivered;
        match serde_json::from_value(row.reply.clone().unwrap_or_default())? {
            Plan::Messages(messages) => self.send_from(envelope, run, &messages, &row, true, line).await,
            _ => self.transfer_next(envelope, run, line).await,
        }
    }

    async fn transfer_next(&self, envelope: &Envelope, run: &str, line: &mut Line<'_>) -> Result<Delivered, RunError> {
        self.set_transfer_mark(envelope).await?;
        self.finish(envelope, run, line).await
    }

    /// Sends the messages from the row's next one on. What another run has marked as being sent may have reached the user, as
    /// may what it sent before.
    async fn send_from(
        &self,
        envelope: &Envelope,
        run: &str,
        messages: &[Spoken],
        row: &DedupeRow,
        is_taken_over: bool,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        let mut has_reached = is_taken_over;
        for (index, message) in messages.iter().enumerate().skip(row.next) {
            let is_marked = index == row.next && row.is_sending;
            if is_marked && is_taken_over {
                self.park_unknown(envelope, message, "the run that sent it died", line).await?;
                continue;
            }
            if !is_marked {
                let now = clock::now_seconds();
                let advanced = insist(|| self.dedupe.advance(&envelope.appid, &envelope.key, run, index, now)).await?;
                if let Written::Refused(row) = advanced {
                    return Ok(elsewhere(row, line));
                }
            }
            match self.send(envelope, messages.get(index..).unwrap_or_default(), line).await? {
                Sent::Reached => has_reached = true,
                Sent::NotReached => {}
                Sent::Refused => break,
            }
        }
        if has_reached {
            return self.finish(envelope, run, line).await;
        }
        line.outcome = Outcome::Undelivered;
        if !self.wants_agent(envelope) {
            return self.finish(envelope, run, line).await;
        }
        let now = clock::now_seconds();
        let transfer = plan::transfer(&envelope.push, None, now);
        match insist(|| self.dedupe.finish_with(&envelope.appid, &envelope.key, run, &transfer, now)).await? {
            Written::Written(row) => {
                self.hand_off(envelope).await;
                Ok(Delivered::Replied(row.answer))
            }
            // WeChat has its answer: the transfer is for the user's next message.
            Written::Refused(Some(row)) if row.phase == Phase::Recorded && row.run.as_deref() == Some(run) => {
                self.transfer_next(envelope, run, line).await
            }
            Written::Refused(row) => Ok(elsewhere(row, line)),
        }
    }

    /// Sends the first of the messages that are left.
    async fn send(&self, envelope: &Envelope, rest: &[Spoken], line: &mut Line<'_>) -> Result<Sent, RunError> {
        let Some(message) = rest.first() else { return Ok(Sent::NotReached) };
        let Ok(checked) = CustomerMessage::from_body(message.body.clone()) else { return Ok(Sent::NotReached) };
        let mut pauses = PAUSES.into_iter();
        loop {
            let part = Part { following: message.following, last_try_ends: envelope.answer_by.and_then(instant) };
            match self.messages.send_part(&envelope.appid, &checked, &part).await {
                Ok(sent) if sent.answer.errcode == Errcode::OK => {
                    line.messages = line.messages.saturating_add(1);
                    return Ok(Sent::Reached);
                }
                Ok(sent) if !is_certainly_repeatable(sent.answer.errcode) => {
                    if sent.answered_by == AnsweredBy::LocalState && message.following > 0 {
                        let error = error(Reason::TextTooLong, &sent.answer.errmsg);
                        self.park(envelope, Reason::TextTooLong, error, Some(&whole(rest))).await?;
                    }
                    return Ok(Sent::Refused);
                }
                Err(failed) if failed.is_outcome_unknown() => {
                    self.park_unknown(envelope, message, &causes(&failed), line).await?;
                    return Ok(Sent::Reached);
                }
                not_sent => {
                    let Some(pause) = pauses.next().filter(|_| is_nobody_waiting(envelope)) else {
                        self.park_not_sent(envelope, message, not_sent.map(drop)).await?;
                        return Ok(Sent::NotReached);
                    };
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn park_unknown(
        &self,
        envelope: &Envelope,
        message: &Spoken,
        why: &str,
        line: &mut Line<'_>,
    ) -> Result<(), RunError> {
        line.unknown_messages = line.unknown_messages.saturating_add(1);
        let error = error(Reason::Unknown, why);
        self.park(envelope, Reason::Unknown, error, Some(&message.body)).await
    }

    async fn park_not_sent(
        &self,
        envelope: &Envelope,
        message: &Spoken,
        why: Result<(), SendError>,
    ) -> Result<(), RunError> {
        let why = why.map_or_else(|error| causes(&error), |()| "WeChat is busy, or took no access token".to_owned());
        let error = error(Reason::NotSent, &why);
        self.park(envelope, Reason::NotSent, error, Some(&message.body)).await
    }

    async fn finish(&self, envelope: &Envelope, run: &str, line: &mut Line<'_>) -> Result<Delivered, RunError> {
        let now = clock::now_seconds();
        match insist(|| self.dedupe.finish(&envelope.appid, &envelope.key, run, now)).await? {
            Written::Written(row) => Ok(Delivered::Replied(row.answer)),
            Written::Refused(row) => Ok(elsewhere(row, line)),
        }
    }
}

/// Whether WeChat has done nothing and may be asked again: it was busy, or the access token was refused.
fn is_certainly_repeatable(errcode: Errcode) -> bool {
    matches!(errcode.next(), Next::Repeat | Next::ReplaceToken)
}

/// The text of which these are the parts that are left, for somebody to send when there is room.
fn whole(parts: &[Spoken]) -> Map<String, Value> {
    let following = parts.first().map_or(0, |part| usize::try_from(part.following).unwrap_or_default());
    let parts = parts.get(..=following).unwrap_or(parts);
    let text = parts.iter().filter_map(|part| content(&part.body)).collect::<Vec<_>>().join("\n");
    parts.first().map(|part| with_content(&part.body, &text)).unwrap_or_default()
}

fn is_nobody_waiting(envelope: &Envelope) -> bool {
    envelope.answer_by.is_none_or(|answer_by| answer_by <= clock::now_milliseconds())
}

/// A time of the clock as an instant from now; none if it is past, when nobody waits any more.
fn instant(milliseconds: i64) -> Option<Instant> {
    let left = milliseconds.saturating_sub(clock::now_milliseconds());
    (left > 0).then(|| Instant::now() + Duration::from_millis(left.unsigned_abs()))
}

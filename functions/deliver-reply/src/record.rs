//! A reply is recorded, so that it cannot be lost, and that decides whether it is in time.

use protocol::push::{Kind, Push};
use serde_json::{Value, json};
use shared::host::clock;
use shared::host::deliver_reply::{Delivered, Envelope, work_until};
use shared::state::dedupe::{DedupeRow, Phase, Recording, Written};

use crate::line::Line;
use crate::outcome::Outcome;
use crate::plan::{self, Plan};
use crate::stack::{RunError, Stack, insist};

impl Stack {
    /// Records what the function said, and carries it out.
    pub(crate) async fn record(
        &self,
        envelope: &Envelope,
        run: &str,
        plan: Plan,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        if let Plan::Answer(answer) = &plan
            && !Plan::is_remembered(&envelope.push, answer)
        {
            return self.not_booked(envelope, Value::Object(answer.clone()), line).await;
        }
        let reply = serde_json::to_value(&plan)?;
        let answer = answer(&envelope.push, &plan);
        let in_time = match plan {
            Plan::Messages(_) => Recording::Deliver { is_sending: true },
            // An event is not answered with the transfer, however soon it comes.
            Plan::Transfer(_) if envelope.push.kind() == Kind::Event => Recording::Deliver { is_sending: false },
            Plan::Nothing | Plan::Transfer(_) | Plan::Answer(_) => Recording::Done { answer: Some(&answer) },
        };
        let mut written = self.write(envelope, run, Phase::Running, &reply, in_time).await?;
        if matches!(written, Written::Refused(None)) {
            line.error = Some("the dedupe row was gone".to_owned());
            written = self.write_row_anew(envelope).await?;
        }
        match written {
            Written::Written(row) => self.recorded(envelope, run, &plan, row, line).await,
            Written::Refused(Some(row)) if row.phase == Phase::Late && row.owner == envelope.owner => {
                let late = match plan {
                    Plan::Messages(_) => Recording::Deliver { is_sending: true },
                    // A transfer that was answered already is one: the user needs no second.
                    Plan::Transfer(_) if !is_transfer(&row.answer) => Recording::Deliver { is_sending: false },
                    Plan::Answer(_) => Recording::Done { answer: Some(&answer) },
                    Plan::Transfer(_) | Plan::Nothing => Recording::Done { answer: None },
                };
                match self.write(envelope, run, Phase::Late, &reply, late).await? {
                    Written::Written(row) => self.recorded(envelope, run, &plan, row, line).await,
                    Written::Refused(row) => Ok(elsewhere(row, line)),
                }
            }
            Written::Refused(row) => Ok(elsewhere(row, line)),
        }
    }

    /// Writes a row for a push whose row is gone while its function ran, as after a table was restored to an earlier time. Rows
    /// outlive every run, so that this run alone has the reply. What is returned is as if the row had been there, and late.
    async fn write_row_anew(&self, envelope: &Envelope) -> Result<Written, RunError> {
        let Envelope { appid, key, owner, .. } = envelope;
        let now = clock::now_seconds();
        let until = work_until(now, self.reply_timeout_seconds);
        Ok(match insist(|| self.dedupe.take_over(appid, key, None, owner, until, now)).await? {
            Written::Written(row) => Written::Refused(Some(row)),
            refused @ Written::Refused(_) => refused,
        })
    }

    async fn write(
        &self,
        envelope: &Envelope,
        run: &str,
        expected: Phase,
        reply: &Value,
        recording: Recording<'_>,
    ) -> Result<Written, RunError> {
        let now = clock::now_seconds();
        let by = (envelope.owner.as_str(), run);
        Ok(insist(|| self.dedupe.record(&envelope.appid, &envelope.key, by, expected, (reply, recording), now)).await?)
    }

    async fn recorded(
        &self,
        envelope: &Envelope,
        run: &str,
        plan: &Plan,
        row: DedupeRow,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        line.outcome = match plan {
            Plan::Transfer(_) => Outcome::Transferred,
            _ => Outcome::Delivered,
        };
        if row.phase == Phase::Recorded {
            return self.carry_out(envelope, run, plan, &row, line).await;
        }
        if is_transfer(&row.answer) {
            self.hand_off(envelope).await;
        }
        Ok(Delivered::Replied(row.answer))
    }
}

/// What WeChat is answered if the reply is in time.
fn answer(push: &Push, plan: &Plan) -> Value {
    match plan {
        Plan::Transfer(fields) => plan::transfer(push, Some(fields.clone()), clock::now_seconds()),
        Plan::Answer(fields) => Value::Object(fields.clone()),
        Plan::Nothing | Plan::Messages(_) => json!("success"),
    }
}

/// Whether an answer is the transfer.
pub(crate) fn is_transfer(answer: &Value) -> bool {
    answer.get("MsgType").is_some_and(|msg_type| msg_type == "transfer_customer_service")
}

/// What is returned where the row is not this run's to write: its answer, if it has one.
pub(crate) fn elsewhere(row: Option<DedupeRow>, line: &mut Line<'_>) -> Delivered {
    line.outcome = Outcome::Elsewhere;
    match row {
        Some(row) if row.phase == Phase::Done => Delivered::Replied(row.answer),
        Some(row) if row.phase == Phase::Failed => Delivered::Failed(row.answer),
        _ => Delivered::Unfinished,
    }
}

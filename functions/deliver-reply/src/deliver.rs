//! One run: the function is asked, what it says is recorded, and what is recorded is carried out.
//!
//! ```text
//! somebody waits ──────────────────────────────────────┐
//! nobody does ── read the row ─┬─ nobody works on it ──┴─ ask ─┬─ returned ─ record ─ carry out ─ done
//!                              ├─ recorded, its run dead ──────│──────────────────────┘
//!                              ├─ done ── end                  └─ failed ─── park ─ failed, or ask again later
//!                              └─ in other hands ── an error: Lambda tries again
//! ```
//!
//! `tests/models/README.md` has the rules, and says which of them were found by checking all orders of events.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use protocol::push::Kind;
use shared::host::causes::causes;
use shared::host::deliver_reply::{Delivered, Envelope, work_until};
use shared::host::failed_pushes::{FailedPushes, Reason, error};
use shared::host::reply_guard::ReplyGuard;
use shared::host::route_functions::RouteFunctions;
use shared::host::settings::SettingError;
use shared::host::{clients, clock, random};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::customer_service::CustomerService;
use shared::serve::own_messages::OwnMessages;
use shared::state::dedupe::{DedupeRow, Phase, PushDedupe, Written};
use shared::state::reply_window::ReplyWindow;

use crate::event_bus::EventBus;
use crate::handler::Handlers;
use crate::invalid_reply::InvalidReply;
use crate::line::Line;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::publish::while_publishing;
use crate::settings::Settings;
use crate::stack::{RunError, Stack, insist};

/// Delivers replies.
#[derive(Debug)]
pub(crate) struct Deliver {
    name: String,
    handlers: Handlers,
    event_bus: Option<EventBus>,
    pub(crate) stack: Stack,
}

/// What a run that nobody waits for finds.
enum Found {
    /// The push is this run's to handle.
    Ours,
    /// A reply is this run's to deliver, from where the other run was.
    Reply(Box<DedupeRow>),
    /// There is nothing to do.
    Nothing,
}

impl Deliver {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Result<Self, SettingError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let sqs = aws_sdk_sqs::Client::new(config);
        let name = settings.customer_service.wechat.stack.clone();
        let appid = settings.customer_service.wechat.appid.clone();
        let api = AuthorizedApi::from_settings(config, &settings.customer_service.wechat)?;
        let service = CustomerService::new(config, api, settings.customer_service);
        let typing_after = settings.typing_after_milliseconds;
        Ok(Self {
            name: name.clone(),
            handlers: Handlers {
                functions: RouteFunctions::new(&clients::lambda_once(config), settings.route_arns),
                patience: Duration::from_secs(settings.reply_timeout_seconds.unsigned_abs()),
                typing_after: (typing_after > 0).then(|| Duration::from_millis(typing_after)),
            },
            event_bus: settings.event_bus.map(|bus| EventBus::new(config, bus)),
            stack: Stack {
                dedupe: PushDedupe::new(dynamodb.clone(), settings.push_dedupe_table, appid.clone()),
                windows: ReplyWindow::new(dynamodb, settings.reply_window_table, appid),
                failed_pushes: FailedPushes::new(sqs.clone(), settings.failed_pushes_queue_url),
                guard: ReplyGuard::new(sqs, settings.reply_guard_queue_url),
                messages: OwnMessages::new(name, env!("CARGO_PKG_NAME"), service),
                when_handler_fails: settings.when_handler_fails,
                long_text: settings.long_text,
                handoff_minutes: settings.handoff_minutes,
                reply_timeout_seconds: settings.reply_timeout_seconds,
            },
        })
    }

    /// Runs once, and writes the run's line.
    pub(crate) async fn run(&self, envelope: &Envelope, request_id: String) -> Result<Delivered, RunError> {
        let started = Instant::now();
        let mut line = Line::new(&self.name, envelope, request_id);
        let delivering = self.deliver(envelope, &mut line);
        let (result, is_published) = match &self.event_bus {
            // A message that is sent again is no new push.
            Some(bus) if envelope.resend.is_none() => {
                let (result, is_published) = while_publishing(delivering, bus, &self.stack.dedupe, envelope).await;
                (result, Some(is_published))
            }
            _ => (delivering.await, None),
        };
        line.unpublished_events = is_published.map(|is_published| u8::from(!is_published));
        if let Err(error) = &result {
            line.error = Some(causes(error));
        }
        line.write(&envelope.push, started);
        result
    }

    async fn deliver(&self, envelope: &Envelope, line: &mut Line<'_>) -> Result<Delivered, RunError> {
        let run = random::unique_text()?;
        if let Some(message) = &envelope.resend {
            return self.stack.resend(envelope, message, line).await;
        }
        if envelope.answer_by.is_none() {
            match self.find(envelope, &run).await? {
                Found::Ours => {}
                Found::Reply(row) => return self.stack.carry_on(envelope, &run, *row, line).await,
                Found::Nothing => {
                    line.outcome = Outcome::Elsewhere;
                    return Ok(Delivered::Unfinished);
                }
            }
        }
        self.handle(envelope, &run, line).await
    }

    async fn find(&self, envelope: &Envelope, run: &str) -> Result<Found, RunError> {
        let Envelope { appid, key, owner, .. } = envelope;
        let dedupe = &self.stack.dedupe;
        loop {
            let now = clock::now_seconds();
            let row = insist(|| dedupe.read(appid, key, now)).await?;
            match row {
                Some(row) if row.phase == Phase::Done => return Ok(Found::Nothing),
                Some(row) if row.phase == Phase::Recorded && !row.is_leased(now) => {
                    let seen = row.run.as_deref().unwrap_or_default();
                    if let Written::Written(row) = insist(|| dedupe.take_over_reply(appid, key, seen, run, now)).await?
                    {
                        return Ok(Found::Reply(Box::new(row)));
                    }
                }
                Some(row) if row.phase == Phase::Late && row.owner == *owner => return Ok(Found::Ours),
                Some(row)
                    if row.phase == Phase::Recorded
                        || (row.phase != Phase::Failed && row.owner != *owner && row.is_leased(now)) =>
                {
                    // Whoever has it may die: Lambda tries this invocation again, and parks it in the end.
                    return Err(RunError::InOtherHands);
                }
                // Also its own push, which `push` has not turned late yet: nobody waits for the answer.
                free => {
                    let until = work_until(now, self.stack.reply_timeout_seconds);
                    let taken = insist(|| dedupe.take_over(appid, key, free.as_ref(), owner, until, now)).await?;
                    if matches!(taken, Written::Written(_)) {
                        return Ok(Found::Ours);
                    }
                }
            }
        }
    }

    async fn handle(&self, envelope: &Envelope, run: &str, line: &mut Line<'_>) -> Result<Delivered, RunError> {
        let Envelope { push, appid, answer_by, .. } = envelope;
        let asked = Instant::now();
        let returned = self.handlers.ask(push, appid, answer_by.is_some(), &self.stack.messages).await;
        line.handler_milliseconds = Some(clock::milliseconds_since(asked));
        let output = match returned {
            Ok(output) => output,
            Err(error) => {
                line.error = Some("the function failed".to_owned());
                return self.stack.handler_failed(envelope, error, line).await;
            }
        };
        match Plan::of(push, output, self.stack.long_text) {
            Ok(plan) => self.stack.record(envelope, run, plan, line).await,
            Err(invalid) => {
                line.invalid_replies = 1;
                line.error = Some(invalid.to_string());
                if push.kind() == Kind::Event {
                    return self.stack.record(envelope, run, Plan::Nothing, line).await;
                }
                let reason = match invalid {
                    InvalidReply::TextTooLong(_) => Reason::TextTooLong,
                    _ => Reason::ReplyRefused,
                };
                self.stack.failed(envelope, reason, error(reason, &invalid.to_string()), line).await
            }
        }
    }
}

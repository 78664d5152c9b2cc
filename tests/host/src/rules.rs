//! Rules: what happens at a chosen point, just before, during or just after a chosen call.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{mpsc, oneshot, watch};

use crate::answer::Answer;
use crate::call::{Call, PassedCall};
use crate::effect::{self, Effect};
use crate::error::HostError;
use crate::schedule::{Act, Choose, Moment};

/// A point in a function's run.
#[derive(Debug, Clone)]
pub struct Point {
    moment: Moment,
    call: Call,
}

impl Point {
    /// The call has left the function and has not yet reached the service.
    #[must_use]
    pub fn before(call: Call) -> Self {
        Self { moment: Moment::Before, call }
    }

    /// The service has taken the call and works on it. What it answers is lost to a call that ends here.
    #[must_use]
    pub fn during(call: Call) -> Self {
        Self { moment: Moment::During, call }
    }

    /// The service has acted on the call, and the function does not know yet.
    #[must_use]
    pub fn after(call: Call) -> Self {
        Self { moment: Moment::After, call }
    }
}

/// A rule that the host follows until the test ends it.
#[derive(Debug)]
pub struct Rule {
    state: Arc<RuleState>,
    rules: Arc<Rules>,
}

/// A rule that stops a function at its point until the test lets it go on.
#[derive(Debug)]
pub struct Pause {
    point: Point,
    reached: mpsc::UnboundedReceiver<Held>,
}

/// A call that is being held. It goes on when this is dropped.
#[derive(Debug)]
pub struct Held {
    /// The call.
    pub call: PassedCall,
    _release: oneshot::Sender<()>,
}

/// What a rule demands of the call that it applies to.
#[derive(Debug)]
pub(crate) enum Demand {
    Effect(Effect),
    Kill,
    Pause(mpsc::UnboundedSender<Held>),
}

#[derive(Debug)]
struct RuleState {
    point: Point,
    demand: Demand,
    seen: Mutex<usize>,
    applied: watch::Sender<usize>,
}

/// The rules in the order in which the test made them, and the schedule, if there is one.
#[derive(Default)]
pub(crate) struct Rules {
    rules: Mutex<Vec<Arc<RuleState>>>,
    schedule: RwLock<Option<Choose>>,
}

/// The rules that apply to one call.
#[derive(Debug)]
pub(crate) struct Applying(Vec<Arc<RuleState>>);

/// What becomes of a call at a point.
#[derive(Debug)]
pub(crate) enum Verdict {
    GoOn,
    Cut,
    Answer(Answer),
    Kill,
}

impl Rules {
    pub(crate) fn add(self: &Arc<Self>, point: Point, demand: Demand) -> Rule {
        let state = Arc::new(RuleState { point, demand, seen: Mutex::new(0), applied: watch::Sender::new(0) });
        self.rules.lock().push(state.clone());
        Rule { state, rules: self.clone() }
    }

    /// Has a schedule decide what becomes of each call, beside the rules.
    pub(crate) fn follow_schedule(&self, choose: Choose) {
        *self.schedule.write() = Some(choose);
    }

    pub(crate) fn pause(self: &Arc<Self>, point: Point) -> Pause {
        let (hold, reached) = mpsc::unbounded_channel();
        self.add(point.clone(), Demand::Pause(hold));
        Pause { point, reached }
    }

    /// Counts a call as it arrives and says which rules apply to it.
    pub(crate) fn applying(&self, call: &PassedCall) -> Applying {
        let rules = self.rules.lock();
        let applying = rules.iter().filter(|rule| rule.point.call.describes(call)).filter(|rule| {
            let mut seen = rule.seen.lock();
            *seen += 1;
            rule.point.call.means(*seen)
        });
        let mut applying: Vec<_> = applying.cloned().collect();
        drop(rules);
        applying.extend(self.scheduled(call));
        Applying(applying)
    }

    fn scheduled(&self, call: &PassedCall) -> Option<Arc<RuleState>> {
        let choose = self.schedule.read().clone()?;
        let disturbance = choose(call)?;
        let demand = match disturbance.act {
            Act::Effect(effect) => Demand::Effect(effect),
            Act::Kill => Demand::Kill,
        };
        let point = Point { moment: disturbance.moment, call: Call::any(call.service) };
        Some(Arc::new(RuleState { point, demand, seen: Mutex::new(1), applied: watch::Sender::new(0) }))
    }
}

impl Applying {
    /// Follows the rules of this moment, in order, up to the first that ends the call.
    pub(crate) async fn follow(&self, moment: Moment, call: &PassedCall) -> Verdict {
        for rule in self.0.iter().filter(|rule| rule.point.moment == moment) {
            let verdict = rule.demand.follow(call).await;
            // A kill is applied when the process is dead, which is not done here.
            if !matches!(verdict, Verdict::Kill) {
                rule.note_applied();
            }
            if !matches!(verdict, Verdict::GoOn) {
                return verdict;
            }
        }
        Verdict::GoOn
    }

    /// Notes that the process which these rules killed at this moment is dead.
    pub(crate) fn killed(&self, moment: Moment) {
        let kills = self.0.iter().filter(|rule| rule.point.moment == moment && matches!(rule.demand, Demand::Kill));
        kills.for_each(|rule| rule.note_applied());
    }
}

impl Demand {
    async fn follow(&self, call: &PassedCall) -> Verdict {
        match self {
            Self::Kill => Verdict::Kill,
            Self::Pause(hold) => {
                let (release, released) = oneshot::channel();
                // Without anybody who waits for the pause, the call goes on.
                if hold.send(Held { call: call.clone(), _release: release }).is_ok() {
                    // Ends with an error when the test drops what it holds, which is the sign to go on.
                    let _ = released.await;
                }
                Verdict::GoOn
            }
            Self::Effect(Effect::Cut) => Verdict::Cut,
            Self::Effect(Effect::Delay(delay)) => {
                tokio::time::sleep(*delay).await;
                Verdict::GoOn
            }
            Self::Effect(Effect::Fail) => Verdict::Answer(effect::failure(call.service)),
            Self::Effect(Effect::Throttle) => Verdict::Answer(effect::throttle(call.service)),
            Self::Effect(Effect::Answer(answer)) => Verdict::Answer(answer.clone()),
        }
    }
}

impl RuleState {
    fn note_applied(&self) {
        self.applied.send_modify(|applied| *applied += 1);
    }
}

impl Rule {
    /// Waits until the rule has been applied. A kill is applied when the process is dead.
    ///
    /// # Errors
    /// [`HostError::NeverHappened`].
    pub async fn applied(&self) -> Result<(), HostError> {
        let mut applied = self.state.applied.subscribe();
        // The sender lives as long as this rule, so that only the patience can end the wait.
        let wait = async { drop(applied.wait_for(|applied| *applied > 0).await) };
        HostError::unless_in_time(wait, || self.state.point.to_string()).await
    }

    /// Ends the rule.
    pub fn end(self) {
        self.rules.rules.lock().retain(|rule| !Arc::ptr_eq(rule, &self.state));
    }
}

impl Pause {
    /// Waits until a function is at the point. It stays there until what is returned is dropped.
    ///
    /// # Errors
    /// [`HostError::NeverHappened`].
    pub async fn reached(&mut self) -> Result<Held, HostError> {
        let held = HostError::unless_in_time(self.reached.recv(), || self.point.to_string()).await?;
        held.ok_or_else(|| HostError::NeverHappened { what: self.point.to_string() })
    }
}

impl Held {
    /// Lets the call go on.
    pub fn resume(self) {}
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rules").field(&self.rules.lock()).finish()
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::During => "during",
            Moment::After => "after",
        };
        write!(f, "{moment} {}", self.call)
    }
}

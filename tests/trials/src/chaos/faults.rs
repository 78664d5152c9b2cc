//! The faults of all calls: which call meets which fault is drawn from the seed, the user whose push is being handled, the caller,
//! what is called, and the how-manieth such call it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::StatusCode;
use lambda_host::{Act, Answer, Disturbance, Effect, Moment, PassedCall, Service};
use parking_lot::Mutex;

use super::acts::openid_in;
use crate::seed::{Draws, Seed};

/// Of so many calls, each weight counts one.
const OF: u64 = 1_000;

/// What can happen to a call.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Cut(Moment),
    Delay(Moment, u64),
    Fail,
    Throttle,
    Garbage(Moment),
    Kill(Moment),
}

/// The faults of one trial.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: Seed,
    is_on: AtomicBool,
    seen: Mutex<HashMap<String, u64>>,
}

use Moment::{After, Before, During};

const DYNAMODB: &[(u64, Fault)] = &[
    (8, Fault::Cut(After)),
    (4, Fault::Cut(Before)),
    (8, Fault::Delay(Before, 2_000)),
    (6, Fault::Delay(After, 2_000)),
    (10, Fault::Throttle),
    (8, Fault::Fail),
    (2, Fault::Kill(Before)),
    (1, Fault::Kill(During)),
    (3, Fault::Kill(After)),
];
const LAMBDA: &[(u64, Fault)] = &[
    (14, Fault::Throttle),
    (8, Fault::Cut(Before)),
    (6, Fault::Fail),
    (5, Fault::Cut(During)),
    (7, Fault::Cut(After)),
    (8, Fault::Delay(Before, 1_500)),
    (3, Fault::Kill(Before)),
    (6, Fault::Kill(During)),
    (3, Fault::Kill(After)),
];
const RUNTIME: &[(u64, Fault)] = &[(4, Fault::Kill(Before)), (4, Fault::Kill(After))];
const WECHAT: &[(u64, Fault)] = &[
    (12, Fault::Delay(Before, 4_000)),
    (6, Fault::Delay(After, 4_000)),
    (5, Fault::Cut(Before)),
    (12, Fault::Cut(After)),
    (5, Fault::Garbage(Before)),
    (5, Fault::Garbage(After)),
    (5, Fault::Fail),
    (3, Fault::Kill(Before)),
    (5, Fault::Kill(After)),
];
const SQS: &[(u64, Fault)] = &[
    (8, Fault::Cut(After)),
    (4, Fault::Cut(Before)),
    (10, Fault::Throttle),
    (10, Fault::Fail),
    (8, Fault::Delay(Before, 1_500)),
    (4, Fault::Kill(Before)),
    (4, Fault::Kill(After)),
];
const SECRETS: &[(u64, Fault)] =
    &[(30, Fault::Throttle), (20, Fault::Fail), (20, Fault::Delay(Before, 1_500)), (10, Fault::Kill(After))];

impl Faults {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { seed, is_on: AtomicBool::new(true), seen: Mutex::default() }
    }

    /// Ends all faults.
    pub(crate) fn end(&self) {
        self.is_on.store(false, Ordering::Relaxed);
    }

    /// What becomes of a call.
    pub(crate) fn choose(&self, call: &PassedCall) -> Option<Disturbance> {
        if !self.is_on.load(Ordering::Relaxed) {
            return None;
        }
        let user = call.event.as_ref().and_then(|event| openid_in(event)).unwrap_or("nobody");
        let target = call.targets.first().map_or("", String::as_str);
        let what = format!("{user} {} {:?} {} {target}", call.caller, call.service, call.operation);
        let number = self.count(what.clone()).to_string();
        let mut draws = self.seed.draws(&["fault", &what, &number]);
        let fault = self.outage(user, call.service).or_else(|| drawn(call.service, &mut draws))?;
        Some(fault.disturbance(&mut draws))
    }

    /// One user in thirty meets a service that is out of reach for some calls in a row.
    fn outage(&self, user: &str, service: Service) -> Option<Fault> {
        let mut draws = self.seed.draws(&["outage", user]);
        if user == "nobody" || draws.below(30) > 0 {
            return None;
        }
        let services = [(4, Service::DynamoDb), (2, Service::Lambda), (1, Service::Sqs), (2, Service::WeChat)];
        let out = draws.one_of(&services)?;
        let (from, length) = (draws.below(12), draws.between(3, 60));
        let fault = draws.one_of(&[(1, Fault::Fail), (1, Fault::Throttle), (1, Fault::Cut(Before))])?;
        // WeChat has no throttle of its own that it could answer with.
        let fault = if out == Service::WeChat { Fault::Cut(Before) } else { fault };
        if out != service {
            return None;
        }
        let number = self.count(format!("{user} {service:?}"));
        (from..from.saturating_add(length)).contains(&number).then_some(fault)
    }

    fn count(&self, what: String) -> u64 {
        let mut seen = self.seen.lock();
        let count = seen.entry(what).or_default();
        let number = *count;
        *count = count.saturating_add(1);
        number
    }
}

fn drawn(service: Service, draws: &mut Draws) -> Option<Fault> {
    let faults = match service {
        Service::DynamoDb => DYNAMODB,
        Service::Lambda => LAMBDA,
        Service::Runtime => RUNTIME,
        Service::WeChat => WECHAT,
        Service::Sqs => SQS,
        Service::SecretsManager => SECRETS,
    };
    let mut left = draws.below(OF);
    for (weight, fault) in faults {
        if left < *weight {
            return Some(*fault);
        }
        left = left.saturating_sub(*weight);
    }
    None
}

impl Fault {
    fn disturbance(self, draws: &mut Draws) -> Disturbance {
        let (moment, act) = match self {
            Self::Cut(moment) => (moment, Act::Effect(Effect::Cut)),
            Self::Delay(moment, most) => {
                (moment, Act::Effect(Effect::Delay(Duration::from_millis(draws.between(50, most)))))
            }
            Self::Fail => (Before, Act::Effect(Effect::Fail)),
            Self::Throttle => (Before, Act::Effect(Effect::Throttle)),
            Self::Garbage(moment) => {
                let page = Answer::new(StatusCode::OK, "<!DOCTYPE html><title>Gateway</title>");
                (moment, Act::Effect(Effect::Answer(page)))
            }
            Self::Kill(moment) => (moment, Act::Kill),
        };
        Disturbance { moment, act }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn call(user: &str) -> PassedCall {
        PassedCall {
            caller: "push".into(),
            environment: Some(1),
            request_id: None,
            event: Some(format!(r#"{{"openid":"{user}"}}"#).into()),
            service: Service::DynamoDb,
            operation: "UpdateItem".into(),
            targets: vec!["push-dedupe".into()],
            body: "{}".into(),
            at: Instant::now(),
        }
    }

    /// The faults of the first calls of two users, whose calls come in this order.
    fn faults_of(seed: u64, order: &[&str]) -> HashMap<String, Vec<String>> {
        let faults = Faults::new(Seed(seed));
        let mut met = HashMap::<_, Vec<_>>::new();
        for user in order {
            met.entry((*user).to_owned()).or_default().push(format!("{:?}", faults.choose(&call(user))));
        }
        met
    }

    #[test]
    fn a_user_meets_the_same_faults_in_whatever_order_others_call() {
        let (a, b) = ("oTrial000001", "oTrial000002");
        let in_turn = faults_of(1, &[a, b].repeat(500));
        let one_after_the_other = faults_of(1, &[[a; 500], [b; 500]].concat());
        assert_eq!(in_turn, one_after_the_other);
        assert_ne!(in_turn, faults_of(2, &[a, b].repeat(500)));
        let struck = in_turn.values().flatten().filter(|fault| *fault != "None").count();
        assert!((20..120).contains(&struck), "{struck}");
    }
}

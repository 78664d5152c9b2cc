//! What a trial has found, and whether it holds what the documentation claims.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;

use serde_json::Value;

use super::acts::Kind;
use super::ledger::{Book, Entry};
use super::orders::Orders;
use super::verdict::{Fate, Parked, attempts, fate};

/// The findings at one time.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) book: Book,
    pub(crate) parked: Parked,
}

/// What the redrive did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Redriven {
    /// Records that were handed on.
    pub(crate) handed_on: u64,
    /// Messages with an unknown outcome that the user did not have.
    pub(crate) resent: usize,
    /// Those that the user had, and copies.
    pub(crate) discarded: usize,
}

/// What a trial has found.
#[derive(Debug)]
pub struct Report {
    pub(crate) orders: Orders,
    pub(crate) took: Duration,
    /// When everything has come to rest, before the redrive.
    pub(crate) before: Findings,
    /// After the redrive.
    pub(crate) after: Findings,
    /// How many records the failed queue held before the redrive.
    pub(crate) records: usize,
    pub(crate) redriven: Redriven,
    /// What the failed queue holds after the redrive.
    pub(crate) left: Vec<String>,
    /// How many users were to be handed to an agent with their next message, and who was not.
    pub(crate) agents: (usize, Vec<String>),
    /// How many tokens each mini program was issued.
    pub(crate) issued: Vec<(&'static str, u64)>,
    pub(crate) are_clocks_skewed: bool,
}

impl Findings {
    fn fates(&self) -> impl Iterator<Item = (&Entry, Fate)> {
        self.book.entries.values().map(|entry| (entry, fate(&self.book, entry, &self.parked)))
    }

    fn lost(&self) -> Vec<String> {
        self.fates().filter_map(|(_, fate)| if let Fate::Lost(how) = fate { Some(how) } else { None }).collect()
    }

    fn count(&self, is_wanted: impl Fn(&Entry, &Fate) -> bool) -> usize {
        self.fates().filter(|(entry, fate)| is_wanted(entry, fate)).count()
    }
}

impl Report {
    /// What contradicts the claims; nothing if they hold.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut violations: Vec<_> = self.before.lost().into_iter().map(|how| format!("lost: {how}")).collect();
        violations.extend(self.after.lost().into_iter().map(|how| format!("lost after the redrive: {how}")));
        violations.extend(self.doubles().into_iter().map(|how| format!("said twice: {how}")));
        violations.extend(self.agents.1.iter().map(|who| format!("not handed to an agent: {who}")));
        if self.after.book.over_quota > 0 {
            violations.push(format!("{} messages above a window's quota", self.after.book.over_quota));
        }
        for (appid, issued, revocations) in self.tokens() {
            if issued > revocations.saturating_add(1) {
                violations.push(format!("{appid}: {issued} tokens, and only {revocations} died"));
            }
        }
        let left = self.left.iter().filter(|record| !is_refused_by_window(record));
        violations.extend(left.map(|record| format!("left in the failed queue: {record}")));
        violations
    }

    fn doubles(&self) -> Vec<String> {
        let doubles = self.after.book.arrived.iter().filter(|(_, times)| **times > 1);
        let told = doubles.map(|((openid, text), times)| {
            let before = self.before.book.times(openid, text);
            format!("{openid} got {text:?} {times} times, {before} of these before the redrive")
        });
        told.collect()
    }

    fn tokens(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        let revocations = &self.after.book.revocations;
        self.issued
            .iter()
            .map(|(appid, issued)| (*appid, *issued, revocations.get(*appid).copied().unwrap_or_default()))
    }

    fn answers_after_5_s(&self) -> (usize, usize) {
        let entries = self.before.book.entries.values();
        let late = entries
            .flat_map(|entry| entry.attempts().iter().filter(|attempt| is_after_5_s(attempt)).map(move |_| entry));
        late.fold((0, 0), |(all, undisturbed), entry| {
            let is_undisturbed = self.before.book.met(entry, true).is_empty();
            (all + 1, undisturbed + usize::from(is_undisturbed))
        })
    }

    fn run_twice(&self) -> Vec<&Entry> {
        self.before.book.entries.values().filter(|entry| entry.returned > 1).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (&self.before, &self.after);
        let Orders { pushes, seed, .. } = &self.orders;
        writeln!(f, "seed {seed}: {pushes} pushes in {:.0} s", self.took.as_secs_f64())?;
        if !self.are_clocks_skewed {
            writeln!(f, "  the clocks are not skewed: SKEWED_CLOCK is not set")?;
        }
        let mut row = |name: &str, value: String| writeln!(f, "  {name:58} {value}");
        let kinds = before.book.entries.values().fold(BTreeMap::<Kind, usize>::new(), |mut kinds, entry| {
            *kinds.entry(entry.act.kind).or_default() += 1;
            kinds
        });
        row("pushes by kind", format!("{kinds:?}"))?;
        let (handling, idle) = (before.book.killed_handling, before.book.killed_idle);
        row("processes killed (of these while handling)", format!("{} ({handling})", handling + idle))?;
        row("disturbances", before.book.disturbances.values().sum::<u32>().to_string())?;
        row("handled", before.count(|_, fate| *fate == Fate::Handled).to_string())?;
        row("given to an agent, not handled", before.count(|_, fate| *fate == Fate::GivenToAgent).to_string())?;
        row("answered with the transfer to an agent", before.count(|entry, _| entry.is_transferred()).to_string())?;
        row("handed over with the next message, after a late transfer", (self.agents.0).to_string())?;
        row("in the failed queue: pushes", before.count(|_, fate| *fate == Fate::Parked).to_string())?;
        row("in the failed queue: records", self.records.to_string())?;
        row("refused by the reply window", before.count(|_, fate| *fate == Fate::RefusedByWindow).to_string())?;
        let is_unplaced = |entry: &Entry, _: &Fate| !entry.is_placed();
        row("not placed in all of WeChat's attempts", before.count(is_unplaced).to_string())?;
        let is_nowhere = |_: &Entry, fate: &Fate| *fate == Fate::Unplaced;
        row("  and neither handled nor parked", before.count(is_nowhere).to_string())?;
        let (late, undisturbed) = self.answers_after_5_s();
        row("attempts without an answer in 5 s (of these undisturbed)", format!("{late} ({undisturbed})"))?;
        row("handlers run twice", self.run_twice().len().to_string())?;
        row("refusals of WeChat's by errcode", format!("{:?}", before.book.refusals))?;
        for (appid, issued, revocations) in self.tokens() {
            row("tokens issued, tokens revoked", format!("{issued}, {revocations} ({appid})"))?;
        }
        let Redriven { handed_on, resent, discarded } = self.redriven;
        row("redriven: handed on", handed_on.to_string())?;
        row("redriven: unknown messages resent, discarded", format!("{resent}, {discarded}"))?;
        row("left, because the window has no room for them", self.left.len().to_string())?;
        row("LOST before the redrive, after it", format!("{}, {}", before.lost().len(), after.lost().len()))?;
        row("SAID TWICE", self.doubles().len().to_string())?;
        f.write_str(&self.details()?)
    }
}

/// Whether a message that was resent found its window used up or closed, and stays parked until there is room. What was perhaps
/// sent has spent a slot of the product's count, so that a resent message may find none left.
fn is_refused_by_window(record: &str) -> bool {
    ["refused it: 45047", "refused it: 45015"].iter().any(|rule| record.contains(rule))
}

/// Whether WeChat hung up.
fn is_after_5_s(attempt: &Value) -> bool {
    attempt.get("fault_kind").is_some_and(|kind| kind == "timeout")
}

impl Report {
    fn details(&self) -> Result<String, fmt::Error> {
        let book = &self.before.book;
        let mut text = String::new();
        writeln!(text, "disturbances by kind:")?;
        for (name, count) in &book.disturbances {
            writeln!(text, "  {count:6} {name}")?;
        }
        writeln!(text, "not placed:")?;
        for (entry, fate) in self.before.fates().filter(|(entry, _)| !entry.is_placed()) {
            let (number, kind, met) = (entry.act.number, entry.act.kind, book.met(entry, true));
            writeln!(text, "  push {number} ({kind:?}, {fate:?}), {}: {met:?}", attempts(entry))?;
        }
        writeln!(text, "no answer in 5 s, and undisturbed:")?;
        for entry in book.entries.values().filter(|entry| book.met(entry, true).is_empty()) {
            if entry.attempts().iter().any(is_after_5_s) {
                writeln!(text, "  push {} ({:?}): {}", entry.act.number, entry.act.kind, attempts(entry))?;
            }
        }
        writeln!(text, "handlers run twice:")?;
        let mut causes = BTreeMap::<String, usize>::new();
        for entry in self.run_twice() {
            *causes.entry(book.met(entry, false).join(" + ")).or_default() += 1;
        }
        for (cause, count) in causes {
            writeln!(text, "  {count:6} {}", if cause.is_empty() { "nothing happened to it" } else { &cause })?;
        }
        Ok(text)
    }
}

//! Visits a model, and tells what is broken in it.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::hash::Hash;

use stateright::{Checker, Expectation, HasDiscoveries, Model, Path};

const THREADS: usize = 2;

/// Visits every state. What must always hold does, and what must be reachable is.
#[track_caller]
pub(crate) fn holds<M>(model: M)
where
    M: Model<State: Clone + Hash + PartialEq + Send + Sync + std::fmt::Debug, Action: Display> + Send + Sync + 'static,
    M::Action: Clone + PartialEq + std::fmt::Debug,
{
    let checker = model.checker().threads(THREADS).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let mut found = checker.discoveries();
    let properties = checker.model().properties();
    let (always, sometimes): (Vec<_>, Vec<_>) =
        properties.iter().partition(|property| property.expectation == Expectation::Always);
    let broken: Vec<_> =
        always.iter().filter_map(|property| Some((property.name, found.remove(property.name)?))).collect();
    let told: Vec<_> = broken.into_iter().map(|(name, path)| format!("{name}:\n{}", steps(path))).collect();
    assert!(told.is_empty(), "broken: {}", told.join("\n"));
    let missing: Vec<_> =
        sometimes.iter().map(|property| property.name).filter(|name| !found.contains_key(name)).collect();
    assert!(missing.is_empty(), "not reached: {missing:?}");
}

/// The rule that the model breaks breaks the property. One thread finds the shortest way.
#[track_caller]
pub(crate) fn finds<M>(property: &'static str, model: M)
where
    M: Model<State: Clone + Hash + PartialEq + Send + Sync + std::fmt::Debug> + Send + Sync + 'static,
    M::Action: Clone + PartialEq + std::fmt::Debug,
{
    let wanted = HasDiscoveries::AllOf(BTreeSet::from([property]));
    let checker = model.checker().finish_when(wanted).spawn_bfs().join();
    assert!(checker.discovery(property).is_some(), "the broken rule goes unnoticed: {property}");
}

fn steps<S, A>(path: Path<S, A>) -> String
where
    S: Clone + PartialEq,
    A: Clone + PartialEq + Display,
{
    path.into_actions().iter().map(|action| format!("  {action}")).collect::<Vec<_>>().join("\n")
}

//! What must hold in every state, and what must be reachable.

use stateright::Property;

use super::protocol::TokenRefresh;
use super::recovery::recovers;
use super::state::{CallerStep, RefresherStep, Request, SKEW, State};

/// The properties' names.
pub mod name {
    /// One process at a time refreshes a token.
    pub const ONE_REFRESHER: &str = "no two processes refresh one generation while the lease of either holds";
    /// What is replaced is not replaced again.
    pub const NEEDED: &str = "a lease is taken only on a token that is due";
    /// A refresh is forced once for a dead token.
    pub const FORCED_ONCE: &str = "no two refreshes are forced for one dead token within the lease";
    /// The row goes forward.
    pub const FORWARD: &str = "no live token is replaced by an older one";
    /// A call is taken in the end.
    pub const IN_THE_END: &str = "every caller gets a live token once nothing fails any more";
}

/// Returns the properties of this setting.
pub(super) fn of(protocol: &TokenRefresh) -> Vec<Property<TokenRefresh>> {
    let mut properties = vec![
        Property::always(name::ONE_REFRESHER, |_, state: &State| !two_refresh_one_generation(state)),
        Property::always(name::NEEDED, |_, state: &State| !state.began_without_need),
        Property::always(name::FORCED_ONCE, |_, state: &State| state.wechat.forced_for.iter().all(|times| *times <= 1)),
        Property::always(name::FORWARD, |_, state: &State| !state.went_back),
        Property::always(name::IN_THE_END, |protocol, state: &State| recovers(protocol, state)),
        Property::sometimes("two processes want to refresh one token", |_, state: &State| {
            state.refreshers.iter().filter(|refresher| refresher.step == RefresherStep::Begin).count() > 1
        }),
        Property::sometimes("a lease is taken from a process that still works", |_, state: &State| {
            let holds = |id| state.row.lease.is_some_and(|lease| lease.owner == id);
            let works = |step| matches!(step, RefresherStep::Ask | RefresherStep::Store(_));
            state.refreshers.iter().filter(|refresher| works(refresher.step) && !holds(refresher.id)).count() > 0
        }),
        Property::sometimes("both callers have a live token", |_, state: &State| {
            state.is_done() && state.row.generation > 1 && state.callers.iter().all(|caller| caller.cached > 1)
        }),
    ];
    if protocol.revocations > 0 {
        properties.push(Property::sometimes("a refresh is forced and stored", |_, state: &State| {
            state.wechat.forced_for.contains(&1) && state.row.generation > 1
        }));
    }
    if protocol.natural_end {
        properties.push(Property::sometimes("the schedule replaces a token that is live", |_, state: &State| {
            let stores = |step| matches!(step, RefresherStep::Store(_));
            state.refreshers.iter().any(|refresher| refresher.request == Request::Scheduled && stores(refresher.step))
                && state.wechat.takes(state.row.token)
        }));
        properties
            .push(Property::sometimes("a caller waits for a token in place of its ended one", |_, state: &State| {
                state.callers.iter().any(|caller| matches!(caller.step, CallerStep::Wait(None, _)))
            }));
    }
    properties
}

/// Says whether two processes are between lease and store of one generation, with leases that hold by all clocks.
fn two_refresh_one_generation(state: &State) -> bool {
    let at_work = |step| !matches!(step, RefresherStep::Read | RefresherStep::Begin | RefresherStep::Abandon);
    let mut seen = state
        .refreshers
        .iter()
        .filter(|refresher| at_work(refresher.step) && refresher.lease > SKEW)
        .map(|refresher| refresher.seen);
    seen.next().is_some_and(|first| seen.any(|other| other == first))
}

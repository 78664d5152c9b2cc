//! The refresh of an access token holds in every order of events, and the checker finds every rule that is broken on purpose.

mod check;

use check::{finds, holds};
use models::token::{Fault, TokenRefresh, name};

fn broken(fault: Fault) -> TokenRefresh {
    TokenRefresh { fault: Some(fault), ..TokenRefresh::new() }
}

mod the_refresh_holds {
    use super::*;

    #[test]
    fn for_a_token_that_is_revoked_twice() {
        holds(TokenRefresh { revocations: 2, ..TokenRefresh::new() });
    }

    #[test]
    fn with_a_crash() {
        holds(TokenRefresh { crashes: 1, ..TokenRefresh::new() });
    }

    #[test]
    fn with_an_answer_that_is_lost_or_a_write_that_arrives_late() {
        holds(TokenRefresh { lost_answers: 1, ..TokenRefresh::new() });
    }

    #[test]
    fn for_a_token_that_comes_to_its_end() {
        holds(TokenRefresh { natural_end: true, revocations: 0, ..TokenRefresh::new() });
    }
}

mod the_checker_finds {
    use super::*;

    #[test]
    fn a_refresh_that_begins_despite_a_lease() {
        finds(name::ONE_REFRESHER, broken(Fault::BeginsDespiteALease));
        finds(name::FORCED_ONCE, broken(Fault::BeginsDespiteALease));
    }

    #[test]
    fn a_refresh_of_a_token_that_is_replaced_already() {
        finds(name::NEEDED, broken(Fault::BeginsWithoutComparingTheGeneration));
    }

    #[test]
    fn a_token_that_is_stored_by_a_process_which_has_lost_its_lease() {
        finds(name::FORWARD, TokenRefresh { revocations: 2, ..broken(Fault::StoresWithoutTheLease) });
    }

    #[test]
    fn a_lease_that_never_expires() {
        finds(name::IN_THE_END, TokenRefresh { crashes: 1, ..broken(Fault::LeavesTheLeaseForEver) });
    }

    #[test]
    fn a_refused_token_that_is_stored_again() {
        finds(name::IN_THE_END, broken(Fault::NeverForces));
    }
}

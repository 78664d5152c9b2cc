//! The token's row and its conditional writes. The methods have the names of those in `state/access_token.rs`.

use super::fault::Fault;
use super::protocol::TokenRefresh;

/// For how many ticks a lease holds.
pub(super) const LEASE: u8 = 2;

/// The right to replace a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Who holds it.
    pub owner: u8,
    /// How many ticks are left of it, by the slower clock.
    pub left: u8,
}

/// The row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The token. `WeChat` counts its tokens up.
    pub token: u8,
    /// Counted up with each token that is stored.
    pub generation: u8,
    /// Who is replacing the token.
    pub lease: Option<Lease>,
    /// Whether the pause after a forced refresh lasts.
    pub pauses: bool,
}

/// A conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Write {
    /// Takes the lease on a generation.
    Begin {
        /// The generation that was read.
        seen: u8,
        /// The lease that is wanted.
        lease: Lease,
        /// How far the clock of the writer is ahead.
        clock: u8,
    },
    /// Counts a forced refresh.
    MayForce {
        /// Who holds the lease.
        owner: u8,
    },
    /// Stores a token as the next generation and gives the lease up.
    Store {
        /// Who holds the lease.
        owner: u8,
        /// The token.
        token: u8,
    },
    /// Gives the lease up.
    Abandon {
        /// Who holds the lease.
        owner: u8,
    },
}

impl Row {
    fn is_held_by(self, owner: u8) -> bool {
        self.lease.is_some_and(|lease| lease.owner == owner)
    }

    /// Makes a write, and says whether its condition held.
    pub(super) fn make(&mut self, protocol: &TokenRefresh, write: Write) -> bool {
        match write {
            Write::Begin { seen, lease, clock } => {
                let has_expired = |held: Lease| held.left <= clock && !protocol.breaks(Fault::LeavesTheLeaseForEver);
                let is_free = self.lease.is_none_or(has_expired) || protocol.breaks(Fault::BeginsDespiteALease);
                let is_same = self.generation == seen || protocol.breaks(Fault::BeginsWithoutComparingTheGeneration);
                if is_free && is_same {
                    self.lease = Some(lease);
                }
                is_free && is_same
            }
            Write::MayForce { owner } => {
                let holds = self.is_held_by(owner);
                if holds {
                    self.pauses = true;
                }
                holds
            }
            Write::Store { owner, token } => {
                let holds = self.is_held_by(owner);
                if holds || protocol.breaks(Fault::StoresWithoutTheLease) {
                    self.token = token;
                    self.generation += 1;
                    self.lease = None;
                }
                holds
            }
            Write::Abandon { owner } => {
                let holds = self.is_held_by(owner);
                if holds {
                    self.lease = None;
                }
                holds
            }
        }
    }

    /// Lets a tick go by.
    pub(super) fn tick(&mut self) {
        if let Some(lease) = &mut self.lease {
            lease.left = lease.left.saturating_sub(1);
        }
    }
}

impl Write {
    /// Lets a tick go by while the write is under way: what it says of the time gets older.
    pub(super) fn tick(&mut self) {
        if let Write::Begin { lease, .. } = self {
            lease.left = lease.left.saturating_sub(1);
        }
    }

    /// The refresher that has made it.
    pub(super) fn owner(self) -> u8 {
        match self {
            Write::Begin { lease, .. } => lease.owner,
            Write::MayForce { owner } | Write::Store { owner, .. } | Write::Abandon { owner } => owner,
        }
    }
}

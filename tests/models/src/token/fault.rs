//! The rules that a check can break on purpose, to prove that the checker would notice.

/// One rule of the refresh, broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A refresher begins although another holds the lease.
    BeginsDespiteALease,
    /// A refresher begins without comparing the generation that it has seen.
    BeginsWithoutComparingTheGeneration,
    /// A refresher stores its token although it has lost the lease.
    StoresWithoutTheLease,
    /// A lease never expires.
    LeavesTheLeaseForEver,
    /// No refresh is forced: the refused token is stored again.
    NeverForces,
}

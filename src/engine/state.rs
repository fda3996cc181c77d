//! The state of a change, as its journal tells it, and how sure that is.

use crate::ports::event::ChangeOutcome;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeState {
    Planned,
    /// Begun; the process died before it wrote what became of it.
    Intended,
    /// The service said yes, or reading showed it; not read back as wanted.
    Applied,
    /// Read back as wanted.
    Verified,
    /// The service said yes, and nothing can be read that would show it.
    Accepted,
    /// The service said yes, and the step's own condition did not come true in time.
    Unconfirmed,
    /// It was already as wanted when its turn came: not ours to take back.
    Already,
    /// Somebody else changed the object before us; not sent.
    Drift,
    Failed,
    /// Not made, by the author's words.
    Skipped,
    /// It was begun, and reading for long enough showed that it was not made.
    NotMade,
    /// Nobody knows.
    Unknown,
    /// Nobody knows, and nothing can be read that would tell: a person must look.
    Untraceable,
    /// Its way back was begun; the process died before it wrote what became of it.
    RollbackIntended,
    /// Its way back was accepted, not read back.
    RollbackApplied,
    /// Taken back and read back.
    RolledBack,
    /// Not, or not wholly, taken back: somebody else changed it since.
    RollbackRefused,
    /// Taking it back failed.
    RollbackFailed,
    /// Nobody knows whether it was taken back.
    RollbackUnknown,
}

/// How sure it is that a change was made. Reads may lag behind: what the service accepted stands, whatever they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing says so.
    None,
    /// The service said yes; nothing has shown it yet.
    Accepted,
    Seen,
}

impl ChangeState {
    /// Returns whether the change is, or may be, in the tenant because of us.
    pub fn maybe_applied(self) -> bool {
        matches!(
            self,
            Self::Intended
                | Self::Applied
                | Self::Verified
                | Self::Accepted
                | Self::Unconfirmed
                | Self::Unknown
                | Self::Untraceable
                | Self::RollbackIntended
                | Self::RollbackRefused
                | Self::RollbackFailed
                | Self::RollbackUnknown
        )
    }

    /// Returns whether the change is in the tenant because of us.
    pub fn is_applied(self) -> bool {
        matches!(
            self,
            Self::Applied
                | Self::Verified
                | Self::Accepted
                | Self::Unconfirmed
                | Self::RollbackRefused
                | Self::RollbackFailed
        )
    }

    /// Returns whether what comes after the change may go on.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Verified | Self::Accepted | Self::Already)
    }

    /// Returns whether a process must find out what happened.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Unknown | Self::RollbackIntended | Self::RollbackUnknown)
    }

    /// Returns the outcome as people and events name it.
    pub fn outcome(self) -> ChangeOutcome {
        match self {
            Self::Planned | Self::Skipped => ChangeOutcome::Skipped,
            Self::Applied | Self::Unconfirmed => ChangeOutcome::AppliedNotYetVisible,
            Self::Verified | Self::Already => ChangeOutcome::Verified,
            Self::Accepted => ChangeOutcome::Accepted,
            Self::NotMade => ChangeOutcome::NotMade,
            Self::Drift | Self::Failed => ChangeOutcome::Failed,
            Self::Intended | Self::Unknown | Self::Untraceable | Self::RollbackIntended | Self::RollbackUnknown => {
                ChangeOutcome::Unknown
            }
            Self::RollbackApplied | Self::RolledBack => ChangeOutcome::RolledBack,
            Self::RollbackRefused => ChangeOutcome::RollbackRefused,
            Self::RollbackFailed => ChangeOutcome::RollbackFailed,
        }
    }
}

//! The exit codes, and which one wins when several apply.

/// What the process tells its caller. The numbers are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// As wanted: nothing to do, or every change verified. "Not applicable" alone counts as wanted.
    AsWanted = 0,
    /// Internal error.
    Internal = 1,
    /// Wrong usage, or an invalid wizard, answers file or bundle.
    Usage = 2,
    /// Problems remain; changes, if any, are verified.
    ProblemsRemain = 3,
    /// Answers, approval or acknowledgement missing; nothing changed.
    AnswersMissing = 4,
    /// Sign-in, consent, role, scope or license missing.
    AccessMissing = 5,
    /// Failed (or drift before a write, unattended); everything rolled back or nothing written.
    FailedAndRolledBack = 6,
    /// Failed or rolled back in part: a person must look.
    FailedInPart = 7,
    /// The outcome of a change is unknown: `resume`.
    OutcomeUnknown = 8,
    /// Trust refused.
    TrustRefused = 9,
    /// Temporary: unavailable, throttled past the deadline, another run active; nothing left half-done.
    Temporary = 10,
    /// Changed, not yet visible.
    NotYetVisible = 11,
    /// An update is available (`update --check`).
    UpdateAvailable = 80,
    /// Interrupted; the journal is consistent.
    Interrupted = 130,
}

/// From what a caller must know most urgently to what matters least; 2, 80 and 130 end a command before others can
/// apply.
const PRECEDENCE: [ExitCode; 14] = [
    ExitCode::Internal,
    ExitCode::OutcomeUnknown,
    ExitCode::FailedInPart,
    ExitCode::FailedAndRolledBack,
    ExitCode::TrustRefused,
    ExitCode::AccessMissing,
    ExitCode::Temporary,
    ExitCode::NotYetVisible,
    ExitCode::AnswersMissing,
    ExitCode::ProblemsRemain,
    ExitCode::Usage,
    ExitCode::UpdateAvailable,
    ExitCode::Interrupted,
    ExitCode::AsWanted,
];

impl ExitCode {
    /// Returns the code that wins of two that apply.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let rank = |code: Self| PRECEDENCE.iter().position(|each| *each == code);
        if rank(self) <= rank(other) { self } else { other }
    }

    /// Returns the number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_must_know_first_wins() {
        use ExitCode::*;
        let order = [
            Internal,
            OutcomeUnknown,
            FailedInPart,
            FailedAndRolledBack,
            TrustRefused,
            AccessMissing,
            Temporary,
            NotYetVisible,
            AnswersMissing,
            ProblemsRemain,
            AsWanted,
        ];
        assert_eq!(order.map(ExitCode::number), [1, 8, 7, 6, 9, 5, 10, 11, 4, 3, 0]);
        for (at, one) in order.into_iter().enumerate() {
            for other in order.into_iter().skip(at) {
                assert_eq!((one.or(other), other.or(one)), (one, one));
            }
        }
    }
}

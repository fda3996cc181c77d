//! The step engine: check → finding → plan → consent → apply → verify → roll back, from a journal.
//!
//! Checks are state machines that say which reads they need next ([`check`]); a plan is a pure function of findings
//! and answers ([`plan`]), and a rollback is a plan as well ([`rollback`]): one way to describe it, one consent, one
//! way to carry out a change ([`apply`]). What is written down is data only ([`change`], [`record`]); what it adds
//! up to is a [`receipt`].

pub mod apply;
pub mod approval;
pub mod body;
pub mod change;
pub mod check;
pub mod compare;
pub mod current_state;
pub mod deferred;
pub mod describe;
pub mod diff;
pub mod finding;
pub mod journal_writer;
pub mod names;
pub mod plan;
pub mod receipt;
pub mod record;
pub mod resume;
pub mod rollback;
pub mod state;
pub mod verify;

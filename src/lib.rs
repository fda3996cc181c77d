//! fixforme: checks, repairs, verifies and rolls back settings of a Microsoft 365 / Entra tenant.
//!
//! Codemap, top floor first; arrows only go down, never sideways (`tests/it/floors.rs` keeps it true):
//!
//! - 4: `main` → [`wiring`], the only file that names adapters.
//! - 3: [`commands`] (one verb a file), [`failure`], [`settings`].
//! - 2: [`engine`] (check → plan → apply → verify → roll back, from a journal), [`report`] (the guide, the run report), [`update`]
//!   (which release may become this program).
//! - 1: [`wizard`] (the format), [`graph`] (the client), [`auth`], [`trust`] (who may
//!   sign), [`practice`] (the practice tenant);
//!   [`ui`] and [`host`] are seen by `wiring` alone.
//! - 0: [`contract`] (Microsoft Graph as data), [`expr`] (the expressions of the format), [`ports`] (the interfaces to the outside and
//!   the data they speak), [`cli`], [`exit_code`].
//!
//! Where to look: an exit code is decided in [`failure`] (a kind of failure is a code) and, for what a run ends with, in
//! `engine/receipt` and `commands/history/finish`; the order of a run is `commands/repair/flow`, and what run, resume and
//! rollback share `commands/repair/run_context`; a missing role or permission is found in `commands/repair/preflight`,
//! before anything is changed, and more permissions are asked for in `commands/repair/incremental_consent`; a password is
//! generated in `commands/repair/secrets`; the run report's text is `report/run_report`; a phone number is normalized in
//! `wizard/input/reading` and compared in `engine/compare`; Retry-After is honored in `ports/retry`; a token is renewed
//! in `auth/memory`; an update is downloaded in `commands/program/releases`, and a journal is written in `host/journal`.

pub mod auth;
pub mod cli;
pub mod commands;
pub mod contract;
mod engine;
pub mod exit_code;
pub mod expr;
mod failure;
pub mod graph;
pub mod host;
pub mod ports;
pub mod practice;
mod report;
pub mod settings;
pub mod trust;
pub mod ui;
pub mod update;
pub mod wiring;
pub mod wizard;

//! fixforme: checks, repairs, verifies and rolls back settings of a Microsoft 365 / Entra tenant.
//!
//! Codemap, top floor first; arrows only go down, never sideways (`tests/it/floors.rs` keeps it true):
//!
//! - 4: `main` → [`wiring`], the only file that names adapters.
//! - 3: [`commands`] (one verb a file), [`failure`], [`settings`].
//! - 2: [`engine`] (check → plan → apply → verify → roll back, from a journal), [`report`] (the guide, the run
//!   report), [`update`] (which release may become this program).
//! - 1: [`wizard`] (the format), [`graph`] (the client), [`auth`], [`trust`] (who may
//!   sign), [`practice`] (the practice tenant);
//!   [`ui`] and [`host`] are seen by `wiring` alone.
//! - 0: [`contract`] (Microsoft Graph as data), [`expr`] (the expressions of the format), [`ports`] (the interfaces to the outside and
//!   the data they speak), [`cli`], [`exit_code`].
//!
//! Where to look:
//!
//! - The order of a run: `commands/repair/flow`. What run, resume and rollback share: `commands/repair/run_context`.
//! - An exit code: [`failure`] gives each kind of failure its code (9 is `Trust`: a folder's wizard in
//!   `commands/repair/flow`, a journal whose seal does not hold in `commands/history/stored_run`, a revoked version in
//!   `commands/program/revoked`, an update in [`update`]); what a run ends with is `engine/receipt` and
//!   `commands/history/finish`.
//! - A missing role or permission, found before anything is changed: `commands/repair/preflight`. More permissions asked
//!   for after consent: `commands/repair/incremental_consent`.
//! - A password is generated, and a secret is shown, in `commands/repair/secrets`.
//! - The run report's text: `report/run_report`. The guide's: `report/guide`.
//! - A phone number is normalized in `wizard/input/reading`, and compared in `engine/compare`.
//! - Retry-After is honored, and a request tried again, in `ports/retry`. A token is renewed in `auth/token_cache`.
//! - An update is downloaded in `commands/program/releases`, and put in its place in `host/installation`.
//! - A new kind of step: `wizard/document/step_file`, `wizard/step`, `wizard/parse/sections`, `engine/check/evaluate` and
//!   `engine/plan`; the compiler names them.

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

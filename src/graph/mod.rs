//! The client of Microsoft Graph: checked URLs, one bearer token, retries where the service is busy, paging and `$batch`.
//!
//! A [`Session`] holds what a run needs to speak to one tenant. Of it are made a [`Reader`], which cannot write, and
//! later, from an approved plan, a [`Writer`], which sends what is on the plan's list and nothing else. Neither knows
//! what a request means; whether an answer is good news is the engine's business. No body ever goes into an error.

mod address;
mod answer;
mod batch;
mod challenge;
mod error;
mod page;
mod read;
mod root;
mod send;
mod session;
pub mod tenant;
mod throttle;
mod write;

pub use answer::{Answer, GraphError};
pub use error::{ErrorContext, ReadError, SendError, SendErrorKind};
pub use read::{Read, Reader};
pub use root::GraphRoot;
pub use session::Session;
pub use write::{Allowed, Write, Writer};

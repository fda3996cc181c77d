//! What the tests stand on: the program in a sandbox, a person at a terminal, Microsoft's side on loopback.

pub mod authority;
pub mod browser;
#[cfg(unix)]
pub mod crash;
pub mod graph;
pub mod home;
pub mod lab;
pub mod nowhere;
#[cfg(unix)]
pub mod person;
pub mod practice;
pub mod program;
pub mod release_server;
pub mod releases;
pub mod sandbox;
#[cfg(unix)]
pub mod terminal;
pub mod traces;
pub mod wait;
pub mod wizards;

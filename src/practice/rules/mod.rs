//! The rules of a tenant, by the paths that they answer, and who may use which.

pub mod actions;
pub mod applications;
pub mod directory;
pub mod generic;
pub mod methods;
pub mod permission;
pub mod report;
pub mod route;
pub mod users;

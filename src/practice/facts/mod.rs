//! What is known of Graph: its types and their properties, directory roles, permissions, authentication methods.

pub mod method_kinds;
pub mod roles;
pub mod schema;

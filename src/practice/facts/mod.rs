//! What is known of Graph: its types and their properties, directory roles, permissions, authentication methods.

pub mod method_kinds;
pub mod permission_table;
pub mod roles;
pub mod schema;

//! Who is connected to which tenant, through which app; and the commands that keep or forget that.

pub mod client_id;
pub mod connect;
pub mod sign_in;
pub mod sign_out;
pub mod which_app;

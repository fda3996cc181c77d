//! Ways to sign in, one a file; all of them are [`crate::seam::Credentials`].

pub mod access_token;

pub use access_token::AccessToken;

//! OData queries: the options of a list, and `$filter`.

pub mod filter;
pub mod filter_parse;
pub mod options;
pub mod typed;

pub use options::{Expand, Page, Query, shape};

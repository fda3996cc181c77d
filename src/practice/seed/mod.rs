//! `tenant.toml`: what the practice tenant holds at the start.
//!
//! Keys: `lag` (how long reads lag behind writes, such as `"2s"`), `page_size` (the most entities on a page),
//! `nulls` (`"omitted"`, the default, or `"shown"`: what `$select` answers for an absent property), `licenses` (service
//! plans such as `AAD_PREMIUM`), `[organization]` (`id`, `displayName`, `verifiedDomains` and any other property),
//! `[me]` (`id` or `userPrincipalName` of who signs in, `roles`, `scopes`, `app_only`, `client_ids`: apps that `client-id` remembers), `[[users]]` (any property of a
//! user, `authentication` with lists such as `emailMethods`, `registration` to overrule its row of the registration
//! report), `[[groups]]` (`members` are ids or user principal names), `[[service_principals]]`,
//! `[[role_assignments]]` (`role` by id or name, `principal`, `scope`), `[[role_definitions]]` (custom roles),
//! `[[generate]]` (`users`, `admins`, `role`: many users at once), `[objects."/v1.0/…"]` (any other object, or a
//! collection if its only key is a list `value`), `[[permissions]]` (`path` with `*` for a segment, `read`, `write`,
//! `roles`: who may use an object that is not in the built-in table), `[[actions]]` (`path`, `status`, `body`, `sets`:
//! calls such as `POST /v1.0/x/*/restart`, what they answer and which properties of the object above them they set).

mod build;
mod defaults;
mod document;
mod generate;
mod place;
mod read;
mod start;

pub use place::SeedMistake;
pub use start::{Action, Me, OwnPermission, Seed};

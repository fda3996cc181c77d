//! Microsoft Graph v1.0 as data: its types, paths, permissions and roles. The only place that knows them.
//!
//! `types.txt` and `permissions.txt` are Microsoft's own files in short, written by `dist/contract`; `overlay.txt` holds
//! what they lack or have wrong, each line with its source. The first two are compressed into the program and unpacked
//! when somebody first asks ([`graph`]): lint, the practice tenant, a writer, never the check of a shipped wizard. The
//! overlay is small and read as it is.
//!
//! How the texts are written:
//!
//! ```text
//! entity NAME[+][~] [: BASE] [!CLOUDS]   a type; `+` open, `~` abstract; lacking in F US Gov, M China, B Bleu, D Delos, G GovSG
//!  NAME TYPE[?] [=] [-filter] [!CLOUDS]  its property; `[T]` a list, `?` may be null, `=` read-only
//!  >NAME TYPE [ref] [-insert …]          its navigation; `ref`: what it leads to lives elsewhere
//! enum NAME [flags] [!CLOUDS] VALUES…
//! action BINDING NAME(PARAMETERS) [RESULT]
//! root NAME TYPE                         what a path may begin with
//! scope NAME a:ID d:ID D3 A3             application and delegated id, and Microsoft's levels of privilege
//! grant a:SCOPES d:SCOPES                who may what follows; `*` least privileged, `X&A|B` X only together with A or B
//!  METHOD /path/{id}
//! ```

mod grants;
pub mod ordinary;
mod overlay;
mod path;
pub mod roles;
mod text;
mod types;
mod values;

pub use grants::{
    Alternative, Granted, Missing, Need, granted, is_hidden, lacking, methods, needed, privilege, readers, scopes,
    takes,
};
pub use overlay::{may_use, narrow_scopes, read_by_everybody, required, roles_for};
pub use path::{End, NoPlace, Passed, Place, names_tenant};
pub use text::{Contract, graph};
pub use types::{Member, Misnamed, Type};
pub use values::{Written, refused};

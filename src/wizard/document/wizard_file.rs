//! `wizard.toml` as written. The doc comments are what an editor shows.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::placed::{Any, Date, Placed, Table};
use crate::ports::terms::OnFailure;
use crate::wizard::input::InputType;

/// A wizard: what it is for, what it wants to know, and its steps.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "fixforme wizard (wizard.toml)"))]
pub struct WizardFile {
    /// The number of the format: always 1.
    pub format: Placed<u32>,
    /// Its id: small letters, digits and hyphens; for shipped wizards the folder's name.
    pub id: Placed<String>,
    /// Its own version, such as "1.0.0" (semantic versioning).
    pub version: Placed<String>,
    /// Its title, as the menu shows it.
    pub title: Placed<String>,
    /// What it does, in a sentence or two.
    pub summary: Placed<String>,
    /// Its place in the menu: the smallest comes first, one without comes last.
    pub order: Option<Placed<u32>>,
    /// What it succeeds: old tools or articles.
    #[serde(default)]
    pub replaces: Vec<Placed<String>>,
    /// Where to read more (https).
    pub docs: Option<Placed<String>>,
    /// The day after which its author wants it looked at again. Afterwards a line in the report, never a refusal.
    pub review_by: Option<Placed<Date>>,
    /// Who publishes it.
    pub publisher: Option<Publisher>,
    /// What it needs of Microsoft Graph and of the signed-in account.
    #[serde(default)]
    pub graph: Graph,
    /// What an unattended run may do.
    #[serde(default)]
    pub run: Run,
    /// Tables that expressions read as `data.<name>`.
    #[serde(default)]
    pub data: Table<Placed<Any>>,
    /// What it wants to know before it checks; expressions read the values as `inputs.<name>`.
    #[serde(default)]
    pub inputs: Table<InputSection>,
    /// Texts that must be acknowledged before consent.
    #[serde(default)]
    pub notices: Vec<NoticeSection>,
    /// Its steps, in the order in which they run.
    #[serde(default)]
    pub steps: Vec<Placed<StepEntry>>,
}

/// Who publishes a wizard.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// The name.
    pub name: Placed<String>,
    /// How to reach them.
    pub contact: Option<Placed<String>>,
}

/// What a wizard needs of Microsoft Graph and of the signed-in account.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// The clouds that it is made for; "public" when left out.
    pub clouds: Option<Placed<Vec<Placed<CloudName>>>>,
    /// Directory roles of which the signed-in account needs one, by display name.
    #[serde(default)]
    pub roles: Vec<Placed<String>>,
}

/// A cloud, as `--cloud` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub enum CloudName {
    /// Microsoft's worldwide cloud, GCC included.
    #[serde(rename = "public")]
    Public,
    /// US government, GCC High.
    #[serde(rename = "usgov")]
    UsGov,
    /// US government, DoD.
    #[serde(rename = "usgov-dod")]
    UsGovDod,
    /// China, operated by 21Vianet.
    #[serde(rename = "china")]
    China,
}

/// What an unattended run may do.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// What it does when a change fails: "rollback" (the default) or "stop".
    pub on_failure: Option<OnFailure>,
    /// How many changes it may make without `--max-changes`; 100 when left out.
    pub max_changes: Option<Placed<u32>>,
}

/// One thing that a wizard wants to know.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InputSection {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Placed<InputType>,
    /// Its label: a question or a noun.
    pub label: Placed<String>,
    /// More words.
    pub help: Option<Placed<String>>,
    /// Used without asking, with `--yes` too.
    pub default: Option<Placed<Any>>,
    /// Only highlighted when it is asked.
    pub suggest: Option<Placed<Any>>,
    /// Whether it must be known; one that need not is neither asked nor missing. True when left out.
    pub required: Option<bool>,
    /// The options of a choice.
    pub options: Option<Placed<Vec<OptionEntry>>>,
    /// What a person at a terminal chooses from: `steps.STEP.CAPTURE`, a list that a step hands on. It is asked once that
    /// step is read; where nobody can be asked, the default counts. Of a list only.
    pub options_from: Option<Placed<String>>,
    /// The field of an item that is its value.
    pub option_key: Option<Placed<String>>,
    /// The field of an item that a person reads beside it.
    pub option_label: Option<Placed<String>>,
    /// The columns of a CSV: name and type.
    pub columns: Option<Placed<Table<Placed<InputType>>>>,
    /// When it is wanted at all. An expression over earlier inputs and `data`.
    pub when: Option<Placed<String>>,
}

/// An option of a choice.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OptionEntry {
    /// The value, as expressions and answers files use it.
    pub value: Placed<String>,
    /// What a person reads.
    pub label: Placed<String>,
}

/// A text that must be acknowledged before consent.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NoticeSection {
    /// Its id, as `--acknowledge` takes it.
    pub id: Placed<String>,
    /// When it applies; always when left out. An expression.
    pub when: Option<Placed<String>>,
    /// The text; may hold `{{ }}`.
    pub text: Placed<String>,
    /// Where it comes from (https).
    #[serde(default)]
    pub sources: Vec<Placed<String>>,
}

/// A step and where it stands in the order.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepEntry {
    /// Its id, as other steps, answers files and `--approve` name it.
    pub id: Placed<String>,
    /// The file beside `wizard.toml` that describes it.
    pub file: Placed<String>,
    /// Ids of earlier steps that must not have failed, been blocked or be unknown.
    #[serde(default)]
    pub needs: Vec<Placed<String>>,
    /// When it takes part at all. An expression over `inputs`, `data`, `tenant`, `cloud` and `run`.
    pub when: Option<Placed<String>>,
}

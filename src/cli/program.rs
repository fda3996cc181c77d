//! The command about the program itself: `update`.

use clap::{Args, ValueEnum};
use semver::Version;

use super::flags::ANSWERS;

/// `fixforme update`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme update                Install the newest version
  fixforme update --check        Only check: exit code 80 if there is a newer version
  fixforme update --rollback     Restore the previous version

fixforme installs a release only if its list is signed by a key that fixforme knows, is not older than one seen before \
and has not expired, and if the new program passes its self-test. The previous program is kept beside it.")]
pub struct Update {
    /// Only check whether there is a newer version
    #[arg(long, conflicts_with_all = ["to", "rollback", "install"])]
    pub check: bool,
    /// Install this version: a newer one, or the previous one that is kept
    #[arg(long, value_name = "VERSION", conflicts_with = "rollback")]
    pub to: Option<Version>,
    /// Restore the version that the last update replaced; needs no network
    #[arg(long, conflicts_with_all = ["channel", "index_url", "install"])]
    pub rollback: bool,
    /// The release channel
    #[arg(long, value_name = "NAME", default_value = "stable", value_parser = channel)]
    pub channel: String,
    /// Mirror URL for the list of releases and the releases (signatures are still checked)
    #[arg(long, value_name = "URL")]
    pub index_url: Option<String>,
    /// Turn the daily update check on or off (interactive use only)
    #[arg(long, value_name = "SWITCH", conflicts_with_all = ["check", "to", "rollback", "index_url", "install"])]
    pub daily_look: Option<Switch>,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub time_limit: u32,
    /// Install fixforme for this user if it is in a folder that it does not update
    #[arg(long, help_heading = ANSWERS)]
    pub install: bool,
    /// Do not prompt
    #[arg(short, long, help_heading = ANSWERS)]
    pub yes: bool,
}

impl Update {
    /// `fixforme update` without a flag; `unattended` says whether nobody may be asked.
    pub fn newest(unattended: bool) -> Self {
        Self {
            check: false,
            to: None,
            rollback: false,
            channel: "stable".to_owned(),
            index_url: None,
            daily_look: None,
            time_limit: 600,
            install: false,
            yes: unattended,
        }
    }
}

/// `--daily-look`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Check once a day
    On,
    /// Do not check
    Off,
}

/// A channel's name becomes part of an address.
fn channel(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 32 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a channel is lowercase letters, such as `stable`")
    }
}

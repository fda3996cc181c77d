//! Where a secret may have been left, and how it may be written there.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What a secret may look like where somebody has written it down, alone or in the middle of something longer.
pub fn spellings(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut spellings = vec![
        ("raw", secret.as_bytes().to_vec()),
        ("hex", hex.clone().into_bytes()),
        ("HEX", hex.to_uppercase().into_bytes()),
        ("percent", escaped.to_lowercase().into_bytes()),
        ("PERCENT", escaped.into_bytes()),
        ("form", form.into_bytes()),
        ("UTF-16LE", secret.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16BE", secret.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ];
    // In base64 three bytes are four characters, so it depends on what stands before.
    for before in 0..3 {
        for (name, engine) in [("base64", STANDARD_NO_PAD), ("base64url", URL_SAFE_NO_PAD)] {
            let text = engine.encode([&b"::"[..before], secret.as_bytes()].concat());
            let own = (before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6;
            spellings.push((name, text.as_bytes()[own].to_vec()));
        }
    }
    spellings
}

pub fn contains(text: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return true };
    text.iter()
        .enumerate()
        .any(|(at, byte)| byte == first && text.get(at..).is_some_and(|rest| rest.starts_with(wanted)))
}

pub fn files_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push((path.display().to_string(), fs_err::read(&path).unwrap()));
        }
    }
}

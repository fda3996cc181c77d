//! The names by which recovery contacts, passwords and secrets are known, wherever they stand.

use crate::wizard::template::{PathTemplate, Segment};

/// Keys whose values are recovery contacts, in lower case.
const CONTACT_KEYS: [&str; 5] = ["othermails", "mobilephone", "businessphones", "emailaddress", "phonenumber"];

/// Keys whose values are passwords or access passes, in lower case.
const PASSWORD_KEYS: [&str; 4] = ["password", "newpassword", "currentpassword", "temporaryaccesspass"];

/// Keys of an answer whose values are secrets, in lower case.
const SECRET_KEYS: [&str; 6] =
    ["temporaryaccesspass", "password", "newpassword", "currentpassword", "secrettext", "clientsecret"];

/// Says whether a POST to this path makes an access pass.
pub fn makes_access_pass(path: &PathTemplate) -> bool {
    names(path, |segment| names_any(segment, &["temporaryaccesspassmethods"]))
}

/// Says whether a path names a recovery contact as its property, as `PUT /users/{id}/mobilePhone` does, in any spelling.
pub fn names_contact(path: &PathTemplate) -> bool {
    names(path, is_contact_key)
}

/// Says whether a path names a password as its property.
pub fn names_password(path: &PathTemplate) -> bool {
    names(path, |segment| is_password_key(segment) || is_password_profile(segment))
}

/// Says whether a key of an answer holds a secret, which is never kept.
pub fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.contains(&key.to_lowercase().as_str())
}

/// Returns whether a key, or a part of a dotted or annotated one, names a recovery contact.
pub fn is_contact_key(key: &str) -> bool {
    names_any(key, &CONTACT_KEYS)
}

/// Returns whether a key, or a part of a dotted or annotated one, names a password or access pass.
pub fn is_password_key(key: &str) -> bool {
    names_any(key, &PASSWORD_KEYS)
}

/// Returns whether a key holds a password with its rules, so that it must be written out.
pub fn is_password_profile(key: &str) -> bool {
    names_any(key, &["passwordprofile"])
}

fn names(path: &PathTemplate, is_one: impl Fn(&str) -> bool) -> bool {
    // Behind the version and the root.
    path.segments.iter().skip(2).filter_map(Segment::literal).any(is_one)
}

fn names_any(key: &str, words: &[&str]) -> bool {
    key.to_lowercase().split(|each: char| !each.is_alphanumeric()).any(|part| words.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathTemplate {
        PathTemplate { segments: text.split('/').skip(1).map(|part| Segment::Literal(part.to_owned())).collect() }
    }

    #[test]
    fn a_contact_in_a_path_is_known_whatever_its_spelling() {
        for text in [
            "/v1.0/users/x/mobilePhone",
            "/beta/USERS/ann/MobilePhone",
            "/v1.0/me/mobilephone",
            "/v1.0/users/ann/microsoft.graph.user/graph.mobilePhone",
            "/v1.0/users('ann')/mobilePhone",
            "/v1.0/users/x/otherMails/$value",
        ] {
            assert!(names_contact(&path(text)), "{text}");
        }
        assert!(
            !names_contact(&path("/v1.0/users/x")) && names_password(&path("/v1.0/users/x/passwordProfile/password"))
        );
    }

    #[test]
    fn keys_are_matched_in_parts_and_any_case() {
        for key in ["mobilePhone", "MOBILEPHONE", "mobilePhone@odata.type", "contact.otherMails", "a/phoneNumber"] {
            assert!(is_contact_key(key), "{key}");
        }
        assert!(!is_contact_key("preferredLanguage"));
    }
}

//! The types of authentication method: names, fixed ids, forms of values, and how a seed writes them.
//!
//! Source: Graph's pages on the method types; the ids are the same in every tenant.

use serde_json::{Value, json};

use crate::practice::object::{Object, guid, text};

/// A type of method.
#[derive(Debug)]
pub struct Kind {
    /// The collection's name under `authentication/`.
    pub path: &'static str,
    /// The type as `@odata.type` prints it.
    pub name: &'static str,
    /// The property that a bare string in the seed means.
    pub main: &'static str,
    /// The methods that writing requests may use.
    pub writes: &'static [&'static str],
}

/// The id of every e-mail method.
pub const EMAIL_ID: &str = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
/// The id of every password method.
pub const PASSWORD_ID: &str = "28c10230-6103-485e-b985-444c60001490";
/// Phone types with their fixed ids, the same in every tenant.
const PHONES: &[(&str, &str)] = &[
    ("mobile", "3179e48a-750b-4051-897c-87b9720928f7"),
    ("alternateMobile", "b6332ec1-7057-4abe-9331-3d72feddfe41"),
    ("office", "e37fc753-ff3b-4958-9484-eaa9425c82bc"),
];

/// The types that the practice tenant knows.
pub const KINDS: &[Kind] = &[
    Kind { path: "passwordMethods", name: "#microsoft.graph.passwordAuthenticationMethod", main: "", writes: &[] },
    Kind {
        path: "emailMethods",
        name: "#microsoft.graph.emailAuthenticationMethod",
        main: "emailAddress",
        writes: &["POST", "PATCH", "DELETE"],
    },
    Kind {
        path: "phoneMethods",
        name: "#microsoft.graph.phoneAuthenticationMethod",
        main: "phoneNumber",
        writes: &["POST", "PATCH", "DELETE"],
    },
    Kind {
        path: "microsoftAuthenticatorMethods",
        name: "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "softwareOathMethods",
        name: "#microsoft.graph.softwareOathAuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "fido2Methods",
        name: "#microsoft.graph.fido2AuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "windowsHelloForBusinessMethods",
        name: "#microsoft.graph.windowsHelloForBusinessAuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "temporaryAccessPassMethods",
        name: "#microsoft.graph.temporaryAccessPassAuthenticationMethod",
        main: "",
        writes: &["POST", "DELETE"],
    },
];

/// Finds a type by its collection's name, in any case.
pub fn kind(path: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.path.eq_ignore_ascii_case(path))
}

/// Returns the fixed id of a phone type.
pub fn phone_id(phone_type: &str) -> Option<&'static str> {
    PHONES.iter().find(|(name, _)| *name == phone_type).map(|(_, id)| *id)
}

/// Returns whether a text is an e-mail address that the service takes.
pub fn is_address(text: &str) -> bool {
    text.is_ascii() && text.len() <= 250 && email_address::EmailAddress::is_valid(text)
}

/// Returns whether a number has the form `+1 4255550100` or `+1 4255550100x12`.
pub fn is_number(text: &str) -> bool {
    let Some((country, rest)) = text.strip_prefix('+').and_then(|text| text.split_once(' ')) else { return false };
    let (number, extension) = rest.split_once('x').unwrap_or((rest, "0"));
    let digits = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(country, 3) && number.len() >= 4 && digits(number, 14) && digits(extension, 10)
}

/// Reads the seed's `authentication` table: lists of tables, or of bare addresses, numbers and names.
pub fn of_seed(given: &Value) -> Result<Value, String> {
    let given = given.as_object().ok_or("`authentication` is a table of lists such as `emailMethods`")?;
    let mut all = Object::new();
    for (path, list) in given {
        let kind = kind(path).filter(|kind| kind.path != "passwordMethods").ok_or_else(|| {
            let names: Vec<&str> =
                KINDS.iter().map(|kind| kind.path).filter(|path| *path != "passwordMethods").collect();
            format!("`{path}` is not a list of authentication methods: there are {}", names.join(", "))
        })?;
        let list = list.as_array().ok_or_else(|| format!("`{path}` is a list"))?;
        let mut methods = Vec::new();
        for (place, item) in list.iter().enumerate() {
            let mut method = match item {
                Value::String(text) if !kind.main.is_empty() => {
                    [(kind.main.to_owned(), json!(text))].into_iter().collect::<Object>()
                }
                Value::Object(object) => object.clone(),
                _ => return Err(format!("an entry of `{path}` is a table")),
            };
            let id = match kind.path {
                "emailMethods" if !is_address(&text(&method, "emailAddress")) => {
                    return Err("an e-mail method needs a valid `emailAddress`".to_owned());
                }
                "emailMethods" => EMAIL_ID.to_owned(),
                "phoneMethods" => {
                    if !is_number(&text(&method, "phoneNumber")) {
                        return Err("a phone method needs a `phoneNumber` such as \"+1 4255550100\"".to_owned());
                    }
                    let default = PHONES.get(place).map_or("mobile", |(name, _)| *name);
                    method.entry("phoneType").or_insert_with(|| json!(default));
                    phone_id(&text(&method, "phoneType"))
                        .ok_or("`phoneType` is mobile, alternateMobile or office")?
                        .to_owned()
                }
                _ => guid(&format!("{path} {place} {item}")),
            };
            method.entry("id").or_insert(json!(id));
            method.shift_insert(0, "id".to_owned(), json!(text(&method, "id")));
            methods.push(Value::Object(method));
        }
        all.insert(kind.path.to_owned(), Value::Array(methods));
    }
    Ok(Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for number in ["+1 4255550100", "+49 301234567", "+1 4255550100x12", "+423 1234567"] {
            assert!(is_number(number), "{number}");
        }
        for number in [
            "+14255550100",
            "+1 425 5550100",
            "1 4255550100",
            "+1  4255550100",
            "+1 (425)5550100",
            "+1 4255550100x",
            "+ 425555",
            "",
        ] {
            assert!(!is_number(number), "{number}");
        }
    }
}

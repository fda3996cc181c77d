//! The lab wizards use every key and every word of the wizard format: a key that no test can meet is a promise that
//! nobody keeps.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::sandbox::project;

/// The keys (`Section.key`) and words (`Section=word`) that a schema knows.
fn known(schema: &Value) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let mut section = |name: &str, schema: &Value| {
        for key in schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            known.insert(format!("{name}.{key}"));
        }
        let words = schema["enum"].as_array().into_iter().flatten().chain(
            schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]).filter(|word| word.is_string()),
        );
        for word in words {
            known.insert(format!("{name}={}", word.as_str().unwrap()));
        }
    };
    section("", schema);
    for (name, schema) in schema["$defs"].as_object().into_iter().flatten() {
        section(name, schema);
    }
    known
}

/// Adds the keys and words that a value uses, led by its schema.
fn used(value: &toml::Value, schema: &Value, root: &Value, name: &str, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return used(value, &root["$defs"][name], root, name, found);
    }
    for all in ["anyOf", "allOf"].iter().filter_map(|key| schema[*key].as_array()).flatten() {
        used(value, all, root, name, found);
    }
    match value {
        toml::Value::Table(table) => {
            for (key, inner) in table {
                let property = &schema["properties"][key];
                if property.is_null() {
                    used(inner, &schema["additionalProperties"], root, name, found);
                } else {
                    found.insert(format!("{name}.{key}"));
                    used(inner, property, root, name, found);
                }
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| used(item, &schema["items"], root, name, found)),
        toml::Value::String(word) => {
            found.insert(format!("{name}={word}"));
        }
        _ => {}
    }
}

#[test]
fn the_lab_wizards_use_every_key_and_every_word_of_the_format() {
    let schema = |name: &str| -> Value {
        serde_json::from_str(&fs_err::read_to_string(project(&format!("wizards/{name}.schema.json"))).unwrap()).unwrap()
    };
    let schemas = [schema("wizard"), schema("step"), schema("answers"), schema("expect")];
    let mut uses: [BTreeSet<String>; 4] = Default::default();
    let mut folders = vec![std::path::PathBuf::from(project("tests/lab"))];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "mistakes" {
                folders.push(path);
                continue;
            }
            let which = match name {
                "wizard.toml" => 0,
                "answers.toml" => 2,
                "expect.toml" => 3,
                "tenant.toml" => continue,
                _ if name.ends_with(".toml") => 1,
                _ => continue,
            };
            let text = fs_err::read_to_string(&path).unwrap();
            let file: toml::Value = toml::from_str(&text).unwrap();
            used(&file, &schemas[which], &schemas[which], "", &mut uses[which]);
        }
    }
    for ((name, schema), uses) in ["wizard", "step", "answers", "expect"].iter().zip(&schemas).zip(&uses) {
        let known = known(schema);
        assert!(known.len() > 2, "the schema `{name}` says nothing");
        // An answer of a step comes from no file of its own, and is written to the journal.
        let never_asked = ["csv", "file", "certificate", "secret"].map(|word| format!("TypeName={word}"));
        let unused: Vec<&String> =
            known.difference(uses).filter(|key| *name != "step" || !never_asked.contains(key)).collect();
        assert!(
            unused.is_empty(),
            "No lab wizard under tests/lab uses these of `{name}`: add them to one: {unused:#?}"
        );
    }
}

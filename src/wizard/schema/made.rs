//! The schemas as they are made from the structs. `SNAPSHOTS=overwrite cargo test schemas` writes the files anew.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use snapbox::assert_data_eq;

use super::SCHEMAS;
use crate::wizard::document::placed::Date;
use crate::wizard::document::{AnswersFile, Any, ExpectFile, Placed, StepFile, Table, WizardFile};

#[test]
fn the_schemas_are_those_of_the_structs() {
    let made = [schema::<WizardFile>(), schema::<StepFile>(), schema::<AnswersFile>(), schema::<ExpectFile>()];
    for (made, (name, compiled)) in made.iter().zip(SCHEMAS) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/wizards").to_owned() + "/" + name;
        assert_data_eq!(format!("{made:#}\n"), snapbox::Data::read_from(path.as_ref(), None).raw());
        assert_eq!(*made, serde_json::from_str::<Value>(compiled).unwrap_or_default(), "{name}");
    }
}

fn schema<File: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .into_generator()
        .into_root_schema_for::<File>()
        .to_value()
}

/// Takes `null` out: TOML has none, an optional key is left out.
fn without_null(schema: &mut Schema) {
    schema.remove("default");
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    let alternatives = schema.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut values = alternatives.iter().filter(|alternative| alternative["type"] != "null");
    if let (Some(Value::Object(only)), None) = (values.next(), values.next()) {
        schema.remove("anyOf");
        for (key, value) in only {
            schema.ensure_object().entry(key).or_insert_with(|| value.clone());
        }
    }
}

impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("TableOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "object", "additionalProperties": values })
    }
}

impl JsonSchema for Any {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Any".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({})
    }
}

impl JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

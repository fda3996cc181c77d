//! Texts, paths and bodies with placeholders: what they become with everything known, and with something missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fixforme::expr::{Datum, Expression, Partial, Scope};
use fixforme::wizard::template::{
    JsonTemplate, PathTemplate, Segment, Template, odata_literal, powershell_literal, query_value,
};
use serde_json::{Value, json};

fn scope() -> Scope {
    Scope::default()
        .with(
            "admin",
            Datum::json(&json!({"upn": "O'Hara@contoso.example", "n": 5, "mails": ["a", "b"], "none": null})),
        )
        .with("ask", Datum::table(["email", "phone"].map(|name| (name, Datum::unanswered(name)))))
        .with("reads", Datum::NotRead)
        .with("group", Datum::hole("group", "/id"))
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap_or_else(|complaint| panic!("{text}: {complaint}"))
}

fn rendered(text: &str) -> Partial<Value> {
    query_value(&template(text), &scope()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_text_keeps_its_places_and_its_source() {
    let text = template("Größe {{ admin.upn }} and {{  {'a': '}}'}.a }}.");
    assert_eq!(text.pieces.len(), 5);
    assert_eq!(text.source(), "Größe {{ admin.upn }} and {{ {'a': '}}'}.a }}.");
    assert!(template("{{ admin.upn }}").single().is_some());
    assert!(template(" {{ admin.upn }}").single().is_none());
}

#[test]
fn blocks_comments_and_open_placeholders_are_refused_where_they_are() {
    for (text, range) in
        [("a {% if %}", 2..4), ("ab {# x #}", 3..5), ("a {{ b", 2..4), ("ä {{ + }}", 6..7), ("{{}}", 2..2)]
    {
        assert_eq!(Template::parse(text).unwrap_err().range, range, "{text}");
    }
    assert_eq!(template("a } b { c }} d").pieces.len(), 1);
}

#[test]
fn a_text_says_what_is_missing() {
    for (text, expected) in [
        ("{{ admin.upn }}: {{ admin.mails }}", Partial::Known(json!("'O''Hara@contoso.example': ('a','b')"))),
        ("", Partial::Known(json!(""))),
        ("{{ ask.email }} {{ ask.phone }}", Partial::Unanswered(vec!["email".into(), "phone".into()])),
        ("{{ ask.email }} {{ reads.x }}", Partial::NotRead),
        ("{{ group ~ 'x' }}", Partial::AfterChange("group".into())),
        (
            "g-{{ group }}-{{ admin.n }}!",
            Partial::Known(json!({"$text": ["g-", {"$captured": {"of": "group", "pointer": "/id"}}, "-5!"]})),
        ),
    ] {
        assert_eq!(rendered(text), expected, "{text}");
    }
}

#[test]
fn people_see_something_whatever_is_known() {
    for (text, shown) in [
        ("Write {{ admin.mails }} and {{ admin.none }}", "Write a, b and (none)"),
        ("Mail to {{ ask.email }}", "Mail to <email>"),
        ("{{ reads.x }} of {{ group }}", "… of (known after group)"),
        ("{{ admin.upn < 1 }}", "{{ admin.upn < 1 }}"),
    ] {
        assert_eq!(template(text).show(&scope()), shown);
    }
    let line = "Update-MgUser -UserId {{ admin.upn }} -OtherMails {{ ask.email }} -X:{{ admin.n == 5 }}";
    assert_eq!(
        template(line).show_as(&scope(), &powershell_literal),
        "Update-MgUser -UserId 'O''Hara@contoso.example' -OtherMails <email> -X:$true"
    );
}

#[test]
fn a_query_value_is_quoted_by_the_engine() {
    let value =
        query_value(&template("userPrincipalName eq {{ admin.upn }} and n in {{ admin.mails }}"), &scope()).unwrap();
    assert_eq!(value, Partial::Known("userPrincipalName eq 'O''Hara@contoso.example' and n in ('a','b')".into()));
    let wrong = template("x eq {{ {} }}");
    assert!(query_value(&wrong, &scope()).unwrap_err().to_string().contains("an object cannot"));
    assert!(odata_literal(&Datum::Null).is_ok());
}

fn path(placeholder: &str) -> Result<Partial<Vec<Value>>, String> {
    let segments = vec![
        Segment::Literal("v1.0".into()),
        Segment::Literal("users".into()),
        Segment::Value(Expression::parse(placeholder).unwrap()),
    ];
    let segments = PathTemplate { segments }.segments(&scope()).map_err(|error| error.message)?;
    Ok(segments.map(|segments| segments.to_vec()))
}

#[test]
fn a_path_takes_only_ids() {
    let ready = |id: &str| Ok(Partial::Known(vec!["v1.0".into(), "users".into(), id.into()]));
    assert_eq!(path("admin.upn"), ready("O'Hara@contoso.example"));
    assert_eq!(path("admin.n"), ready("5"));
    assert_eq!(path("ask.email"), Ok(Partial::Unanswered(vec!["email".into()])));
    assert_eq!(path("reads.x"), Ok(Partial::NotRead));
    assert_eq!(path("group | lower"), Ok(Partial::AfterChange("group".into())));
    let hole = json!({"$captured": {"of": "group", "pointer": "/id"}});
    assert_eq!(path("group"), Ok(Partial::Known(vec!["v1.0".into(), "users".into(), hole])));
    for (placeholder, says) in [
        ("''", "empty"),
        ("'..'", "step"),
        ("'a/b'", "slash"),
        ("'a\\\\b'", "slash"),
        ("'$ref'", "`$`"),
        ("'a\\r\\nb'", "control"),
        ("admin.none", "null"),
        ("admin.mails", "a list"),
        ("[group]", "a list"),
        ("true", "a boolean"),
        ("1.5", "a number"),
    ] {
        assert!(path(placeholder).unwrap_err().contains(says), "{placeholder}: {:?}", path(placeholder));
    }
}

fn body(fields: &[(&str, &str)]) -> Result<Partial<Value>, String> {
    let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), JsonTemplate::Text(template(text)))).collect();
    let list = JsonTemplate::List(vec![JsonTemplate::Literal(json!(1)), JsonTemplate::Object(fields)]);
    list.evaluate(&scope()).map_err(|error| error.message)
}

fn known(evaluated: Result<Partial<Value>, String>) -> Value {
    match evaluated {
        Ok(Partial::Known(value)) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_keeps_types_and_is_never_joined_as_text() {
    assert_eq!(
        known(body(&[
            ("a", "{{ admin.n }}"),
            ("b", "{{ admin.mails }}"),
            ("c", "x{{ admin.n }}"),
            ("d", "\"}],{"),
            ("e", "{{ admin.none }}")
        ])),
        json!([1, {"a": 5, "b": ["a", "b"], "c": "x5", "d": "\"}],{", "e": null}])
    );
    let hole = json!({"$captured": {"of": "group", "pointer": "/id"}});
    assert_eq!(
        known(body(&[("a", "{{ group }}"), ("b", "https://x/{{ group }}"), ("c", "{{ [group] }}")])),
        json!([1, {"a": hole, "b": {"$text": ["https://x/", hole]}, "c": [hole]}])
    );
    assert!(
        matches!(body(&[("a", "{{ ask.email }}"), ("b", "{{ ask.phone }}")]), Ok(Partial::Unanswered(names)) if names.len() == 2)
    );
    assert!(matches!(body(&[("a", "{{ ask.email }}"), ("b", "{{ reads.x }}")]), Ok(Partial::NotRead)));
    assert!(matches!(body(&[("a", "{{ group ~ 'x' }}")]), Ok(Partial::AfterChange(_))));
    assert!(body(&[("a", "x{{ admin.mails }}")]).unwrap_err().contains("a list"));
}

#[test]
fn data_that_looks_like_a_hole_is_refused() {
    let scope =
        Scope::default().with("evil", Datum::json(&json!({"a": [{"$captured": {"of": "x", "pointer": "/y"}}]})));
    let single = JsonTemplate::Text(template("{{ evil.a }}"));
    assert!(single.evaluate(&scope).unwrap_err().message.contains("$captured"));
    let nested = JsonTemplate::List(vec![single]);
    assert!(nested.evaluate(&scope).unwrap_err().message.contains("$captured"));
}

//! What is found wrong with an expression before anyone signs in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fixforme::expr::{Expected, ExprError, Expression, Names, Type};
use serde_json::json;

fn names() -> Names {
    let admins = Type::list(Type::closed([("id", Type::Any), ("userPrincipalName", Type::Text)]));
    let paths = [
        vec!["id".to_owned()],
        vec!["principal".to_owned(), "id".to_owned()],
        vec!["principal".to_owned(), "@odata.type".to_owned()],
    ];
    let item = Type::of_paths(paths.iter().map(Vec::as_slice));
    let rows = Type::list(Type::closed([("user", Type::Text), ("email", Type::Text)]));
    Names::default()
        .with("inputs", Type::closed([("goal", Type::Text), ("exclude", Type::list(Type::Text)), ("rows", rows)]))
        .with("steps", Type::closed([("admins", Type::closed([("admins", admins)]))]))
        .with("reads", Type::closed([("assignments", Type::closed([("items", Type::list(item))]))]))
        .with("data", Type::of_value(&json!({"n": 1, "list": [1, 2], "flag": true})))
        .with("body", Type::open::<String>([]))
}

fn check(source: &str, expected: Expected) -> (Type, Vec<ExprError>) {
    Expression::parse(source).unwrap().check(&names(), expected)
}

#[test]
fn what_is_declared_passes_with_its_shape() {
    for (source, shape) in [
        ("inputs.goal == 'enable'", Type::Bool),
        ("steps.admins.admins | length < 2", Type::Bool),
        ("(steps.admins.admins | first).userPrincipalName", Type::Text),
        ("steps.admins.admins[0].userPrincipalName | lower", Type::Text),
        ("[a.principal for a in reads.assignments.items] | unique | length", Type::Number),
        ("reads.assignments.items[0].principal['@odata.type'] is none", Type::Bool),
        ("inputs.rows | lookup('user', 'x', 'email')", Type::Text),
        ("[name | lower for name in inputs.exclude] | join(', ')", Type::Text),
        ("body.anything.at.all", Type::Any),
        ("[a.userPrincipalName for a in steps.admins.admins if a.id not in inputs.exclude]", Type::list(Type::Text)),
        (
            "[row.email for a in steps.admins.admins for row in inputs.rows if row.user == a.userPrincipalName]",
            Type::list(Type::Text),
        ),
        ("any(x.principal['@odata.type'] == 'y' for x in reads.assignments.items)", Type::Bool),
        ("all(any(r.user == x for r in inputs.rows) for x in inputs.exclude)", Type::Bool),
        ("[{'user': r.user, 'n': 1} for r in inputs.rows][0].n", Type::Number),
        ("inputs.goal - '14d'", Type::Text),
        ("inputs.goal or none", Type::Text),
        ("[] + inputs.exclude", Type::list(Type::Any)),
        ("data.list | length + data.n", Type::Number),
    ] {
        assert_eq!(check(source, Expected::Anything), (shape, vec![]), "{source}");
    }
}

#[test]
fn each_mistake_is_told_where_it_is_with_what_to_do() {
    for (source, at, says) in [
        ("input.goal == 'x'", "input", "did you mean `inputs`?"),
        ("inputs.gaol == 'x'", "gaol", "did you mean `goal`?"),
        ("inputs['gaol'] == 'x'", "'gaol'", "did you mean `goal`?"),
        ("inputs.nothing_like_it", "nothing_like_it", "declared are `exclude`, `goal`, `rows`"),
        ("steps.admins.admins.id", "id", "`[x.id for x in …]`"),
        ("inputs.goal.x", "x", "a text has no attribute"),
        ("inputs.exclude | lenght", "lenght", "did you mean `length`?"),
        ("inputs.exclude is defined", "defined", "is not none"),
        ("inputs.goal is nonne", "nonne", "did you mean `none`?"),
        ("inputs.rows | lookup('usr', 'x', 'email')", "'usr'", "did you mean `user`?"),
        ("inputs.exclude | map", "map", "`[x.name for x in list if x.other == 'a']`"),
        ("inputs.exclude | join(',', 'y')", "'y'", "join([separator])"),
        ("inputs.goal is email_outside", "email_outside", "takes one argument"),
        ("inputs.exclude | union", "union", "union(list)"),
        ("inputs.goal | first", "inputs.goal", "works on a list; this is a text"),
        ("data.flag | lower", "data.flag", "works on a text"),
        ("[x.emial for x in inputs.rows]", "emial", "did you mean `email`?"),
        ("[x.email for row in inputs.rows for x in [row] if row.usr]", "usr", "did you mean `user`?"),
        ("[rows.email for row in inputs.rows]", "rows", "did you mean `row`?"),
        ("[x for x in inputs.goal]", "inputs.goal", "goes through a list"),
        ("[x for x in inputs.rows for x in inputs.rows]", "x", "has a meaning here already"),
        ("[body for body in inputs.rows]", "body", "has a meaning here already"),
        ("any(x.user for x in inputs.rows) == 'a'", "any(x.user for x in inputs.rows) == 'a'", "never equal"),
        ("[x for x in inputs.rows] | length + x", "x", "unknown name `x`"),
        ("inputs.goal - '2 weeks'", "'2 weeks'", "'36h'"),
        ("data.n - '14d'", "'14d'", "cannot be taken from a number"),
        ("inputs.goal - 14", "14", "only a duration"),
        ("1 == '1'", "1 == '1'", "never equal"),
        ("'a' < 1", "'a' < 1", "no order"),
        ("data.flag < true", "data.flag < true", "no order"),
        ("1 in inputs.exclude", "inputs.exclude", "never in a list"),
        ("1 + 'a'", "1 + 'a'", "`~`"),
        ("inputs.exclude ~ 'a'", "inputs.exclude", "joins texts"),
        ("data.n * inputs.goal", "inputs.goal", "works on numbers"),
    ] {
        let (_, complaints) = check(source, Expected::Anything);
        assert_eq!(complaints.len(), 1, "{source}: {complaints:?}");
        assert_eq!(&source[complaints[0].range.clone()], at, "{source}");
        assert!(complaints[0].to_string().contains(says), "{source}: {}", complaints[0]);
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let (_, complaints) = check("inputs.gaol | lenght == nobody", Expected::Boolean);
    assert_eq!(complaints.len(), 3, "{complaints:?}");
}

#[test]
fn a_place_says_what_it_wants() {
    for (source, expected, says) in [
        ("inputs.goal", Expected::Boolean, "true or false; this is a text"),
        ("inputs.exclude", Expected::Boolean, "x | length > 0"),
        ("none", Expected::Boolean, "null"),
        ("data.flag and inputs.goal", Expected::Boolean, "this is a text"),
        ("data.flag if data.flag else 0", Expected::Boolean, "this is a number"),
        ("inputs.exclude", Expected::Text, "join"),
        ("inputs.goal", Expected::List, "a list is wanted"),
    ] {
        let (_, complaints) = check(source, expected);
        assert!(complaints.len() == 1 && complaints[0].to_string().contains(says), "{source}: {complaints:?}");
    }
    for (source, expected) in
        [("body.flag", Expected::Boolean), ("data.n", Expected::Text), ("inputs.exclude", Expected::List)]
    {
        assert_eq!(check(source, expected).1, vec![], "{source}");
    }
}

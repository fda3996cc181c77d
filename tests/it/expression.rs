//! What expressions yield, and what they say when they yield nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fixforme::expr::{Datum, EvalError, Expression, Partial, Scope};
use serde_json::{Value, json};

fn scope() -> Scope {
    let captured = Datum::hole("group", "/id");
    Scope::default()
        .with("inputs", Datum::json(&json!({"goal": "enable", "exclude": ["x@c.example"], "contacts_file": [
            {"user": "Ann@Contoso.example", "email": "ann@example.net"}, {"user": "bob@contoso.example", "email": null}
        ]})))
        .with("before", Datum::json(&json!({"otherMails": ["a@b.c"], "mobilePhone": null, "empty": []})))
        .with(
            "ask",
            Datum::table([
                ("email", Datum::unanswered("email")),
                ("phone", Datum::json(&json!("+1 5550100123"))),
            ]),
        )
        .with(
            "steps",
            Datum::table([
                ("group", Datum::table([("id", captured.clone())])),
                ("later", Datum::NotRead),
                (
                    "groups",
                    Datum::table([(
                        "items",
                        Datum::list([
                            Datum::table([
                                ("key", Datum::json(&json!("g1"))),
                                ("members", Datum::json(&json!([{"id": "u1"}, {"id": "u2"}]))),
                            ]),
                            Datum::table([("key", captured), ("members", Datum::json(&json!(null)))]),
                        ]),
                    )]),
                ),
            ]),
        )
        .with("items", Datum::json(&json!([
            {"id": "u1", "@odata.type": "#microsoft.graph.user", "mail": "b@x", "n": 2, "p": {"q": "z"}},
            {"id": "g1", "@odata.type": "#microsoft.graph.group", "mail": null, "n": 10},
            {"id": "u1", "@odata.type": "#microsoft.graph.user", "mail": "A@x", "n": 1, "p": null},
        ])))
        .with("none_at_all", Datum::json(&json!(null)))
        .with("big", Datum::json(&json!(u64::MAX)))
        .with("run", Datum::json(&json!({"started": "2026-11-23T12:00:00Z"})))
}

fn evaluated(source: &str) -> Partial<Datum> {
    Expression::parse(source).unwrap().evaluate(&scope()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn value(source: &str) -> Value {
    match evaluated(source) {
        Partial::Known(known) => known.to_json(),
        other => panic!("{source}: {other:?}"),
    }
}

fn wrong(source: &str) -> EvalError {
    Expression::parse(source).unwrap().located("x.toml:1:2").evaluate(&scope()).expect_err(source)
}

#[test]
fn values_keep_their_types() {
    for (source, expected) in [
        ("inputs.goal == 'enable'", json!(true)),
        ("1 + 2 * 3 - 4 // 3", json!(6)),
        ("7 % 3 + -7 // 2", json!(-3)),
        ("7 / 2", json!(3.5)),
        ("1.5 + 1", json!(2.5)),
        ("big", json!(u64::MAX)),
        ("'a' ~ 1 ~ true", json!("a1true")),
        ("[1, 'a', none, {'k': [true]}]", json!([1, "a", null, {"k": [true]}])),
        ("[1] + [2]", json!([1, 2])),
        ("1 == 1.0 and not 1 == '1' and not true == 1", json!(true)),
        ("[{'a': 1, 'b': [2]}] == [{'b': [2], 'a': 1}]", json!(true)),
        ("{'a': none} == {'b': none}", json!(false)),
        ("'b' in 'abc' and 2 in [1, 2] and 'k' in {'k': 1} and 'x' not in none", json!(true)),
        ("'A' in ['a']", json!(false)),
        ("'a' < 'b' and 1 < 1.5 and 'B' < 'a'", json!(true)),
        ("before.mobilePhone or ask.phone", json!("+1 5550100123")),
        ("before.otherMails or [ask.email]", json!(["a@b.c"])),
        ("'x' if before.otherMails else ask.email", json!("x")),
        ("false and ask.email", json!(false)),
        ("before.nothing.at.all", json!(null)),
        ("none.a['b'][3]", json!(null)),
        ("items[0].p.q ~ items[-1].id", json!("zu1")),
        ("items[5]", json!(null)),
        ("items[0]['@odata.type']", json!("#microsoft.graph.user")),
        ("not none_at_all", json!(true)),
        ("inputs.goal is not none and none_at_all is none", json!(true)),
        ("(run.started - '14d') ~ ' ' ~ (run.started - '36h')", json!("2026-11-09T12:00:00Z 2026-11-22T00:00:00Z")),
        ("(run.started - 'P1DT1H') ~ ' ' ~ ('2026-11-23' - '14d')", json!("2026-11-22T11:00:00Z 2026-11-09")),
        ("none_at_all - '14d'", json!(null)),
        ("'2026-11-23T13:00:00.5+02:00' < run.started and '2026-11-23T12:00:00.0000000Z' >= run.started", json!(true)),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn a_phone_number_and_an_address_are_those_that_a_reset_can_use() {
    for (text, is_number) in [
        ("+1 4255550102", true),
        ("+358 401234567", true),
        ("+49 3012345678x12", true),
        ("+1 4255", true),
        ("425-555-0106", false),
        ("+14255550106", false),
        ("+1 425 5550106", false),
        ("+1  4255550106", false),
        ("+1 (425) 5550106", false),
        ("+1 425", false),
        ("+1234 4255550106", false),
        ("+1 123456789012345", false),
        ("+1 4255550102x", false),
        (" +1 4255550102", false),
        ("+1 4255550102 ", false),
        ("+1 ٤٢٥٥٥٥٠١٠٢", false),
        ("n/a", false),
        ("+", false),
        ("", false),
    ] {
        assert_eq!(value(&format!("'{text}' is phone_number")), json!(is_number), "{text}");
    }
    for (text, is_outside) in [
        ("ann@example.net", true),
        ("ann.lee+reset@mail.example.net", true),
        ("ann@notcontoso.example", true),
        ("ann@contoso.example.net", true),
        ("ann@contoso.example", false),
        ("ann@CONTOSO.Example", false),
        ("ann@mail.contoso.example", false),
        ("ann@contoso.onmicrosoft.com", false),
        ("ann@contoso.example@example.net", false),
        ("ann@localhost", false),
        ("ann@example..net", false),
        ("ann@example.net.", false),
        ("@example.net", false),
        ("ann lee@example.net", false),
        ("ann@exämple.net", false),
        ("example.net", false),
        ("n/a", false),
        ("", false),
    ] {
        let source = format!("'{text}' is email_outside(['Contoso.example', 'contoso.onmicrosoft.com'])");
        assert_eq!(value(&source), json!(is_outside), "{text}");
    }
    for (source, expected) in [
        ("none_at_all is phone_number or none_at_all is email_outside([]) or 5 is phone_number", json!(false)),
        ("[x for x in ['+1 4255550102', none, 'n/a'] if x is phone_number]", json!(["+1 4255550102"])),
        (
            "[x for x in ['a@x.example', 'b@y.example', ''] if x is not email_outside(['x.example'])]",
            json!(["a@x.example", ""]),
        ),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn filters_do_what_they_say() {
    for (source, expected) in [
        ("[none, 'b@x', 'A@x'] | sort", json!([null, "A@x", "b@x"])),
        ("[10, 2] | sort", json!([2, 10])),
        ("[x.mail for x in items] | join('; ')", json!("b@x; A@x")),
        ("['a', 'A', 'b'] | unique", json!(["a", "b"])),
        ("[x.n for x in items | unique]", json!([2, 10])),
        ("[{'a': 1, 'b': 2}, {'b': 2, 'a': 1.0}] | unique", json!([{"a": 1, "b": 2}])),
        ("[1, 2, 'a'] | union([2, 3, 'A', {'a': 1}])", json!([1, 2, "a", 3, "A", {"a": 1}])),
        ("[3, 1] | first == 3 and [3, 1] | last == 1 and [] | first is none and none | last is none", json!(true)),
        ("none | length == 0 and 'äb' | length == 2 and none_at_all | length == 0", json!(true)),
        ("none | lower", json!(null)),
        ("'Ab' | lower", json!("ab")),
        ("'a,b, c' | split(',')", json!(["a", "b", " c"])),
        ("'a  b' | split", json!(["a", "b"])),
        ("inputs.contacts_file | lookup('user', ' ANN@contoso.EXAMPLE', 'email')", json!("ann@example.net")),
        ("inputs.contacts_file | lookup('user', 'nobody', 'email')", json!(null)),
        ("none_at_all | lookup('user', 'x', 'email')", json!(null)),
        ("steps.groups.items | length", json!(2)),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn comprehensions_go_through_lists() {
    for (source, expected) in [
        ("[x.id for x in items if x['@odata.type'] == '#microsoft.graph.user']", json!(["u1", "u1"])),
        ("[x.n + 1 for x in items if x.mail and x.n > 1]", json!([3])),
        ("[x for x in none_at_all]", json!([])),
        ("[m.id for g in steps.groups.items for m in g.members]", json!(["u1", "u2"])),
        (
            "[{'id': x.id, 'more': [y.n for y in items if y.id == x.id]} for x in items if x.n == 2]",
            json!([{"id": "u1", "more": [2, 1]}]),
        ),
        ("[x.id if x.mail else '-' for x in items]", json!(["u1", "-", "u1"])),
        ("any(x.mail is none for x in items) and not any(x.n == 3 for x in items)", json!(true)),
        ("all(x.n > 0 for x in items) and all(x for x in []) and not any(x for x in [])", json!(true)),
        ("not all(any(y.n > x.n for y in items) for x in items)", json!(true)),
        ("[x.id for x in items if x.id not in ['g1']] | unique", json!(["u1"])),
        ("[x.n for x in items if x.id in [y.id for y in items if y.n == x.n + 1]]", json!([1])),
        ("[x for x in items][1].id", json!("g1")),
        // The rest of the list is not looked at: its key is known only later.
        ("any(g.key == 'g1' for g in steps.groups.items)", json!(true)),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
    for (source, expected) in [
        ("[g.key for g in steps.groups.items if g.members]", "Known([\"g1\"])"),
        ("[g.key ~ '' for g in steps.groups.items]", "AfterChange(\"group\")"),
        ("any(x == ask.email for x in ['a'])", "Unanswered([\"email\"])"),
        ("any(x == ask.email for x in [])", "Known(false)"),
        ("[x for x in steps.later.list]", "NotRead"),
    ] {
        assert_eq!(format!("{:?}", evaluated(source)), expected, "{source}");
    }
}

#[test]
fn what_is_not_known_is_named_only_where_it_is_needed() {
    for (source, expected) in [
        ("ask.email", "Unanswered([\"email\"])"),
        ("before.mobilePhone or [ask.email]", "Unanswered([\"email\"])"),
        ("steps.later.x == 1 or ask.email", "NotRead"),
        ("ask", "Unanswered([\"email\"])"),
        ("[1, {'a': ask.email}]", "Unanswered([\"email\"])"),
        ("steps.group.id ~ 'x'", "AfterChange(\"group\")"),
        ("steps.group.id == 'x'", "AfterChange(\"group\")"),
        ("steps.group.id.x", "AfterChange(\"group\")"),
        ("[steps.group.id] | join", "AfterChange(\"group\")"),
        ("steps.group.id | lower", "AfterChange(\"group\")"),
        ("'a' in steps.group.id", "AfterChange(\"group\")"),
        ("steps.group.id in ['a']", "AfterChange(\"group\")"),
    ] {
        let debugged = format!("{:?}", evaluated(source));
        assert!(debugged.starts_with(expected), "{source}: {debugged}");
    }
}

#[test]
fn a_hole_passes_whole() {
    let hole = json!({"$captured": {"of": "group", "pointer": "/id"}});
    for (source, expected) in [
        ("steps.group.id", hole.clone()),
        ("none or steps.group.id", hole.clone()),
        ("steps.group.id or 'x'", hole.clone()),
        ("steps.group.id if true else 1", hole.clone()),
        ("'x' if steps.group.id is none else steps.group.id", hole.clone()),
        ("[steps.group.id] | first", hole.clone()),
        ("[1, {'a': steps.group.id}]", json!([1, {"a": hole}])),
        ("steps.group", json!({"id": hole})),
        ("[g.key for g in steps.groups.items]", json!(["g1", hole])),
    ] {
        match evaluated(source) {
            Partial::Known(value) => {
                assert_eq!(value.first_hole(), Some("group"), "{source}");
                assert_eq!(value.to_json(), expected, "{source}");
            }
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[test]
fn data_of_a_tenant_is_never_taken_for_a_hole() {
    let scope = scope().with("evil", Datum::json(&json!([{"$captured": {"of": "x", "pointer": "/y"}}])));
    let expression = Expression::parse("[steps.group.id, evil]").unwrap();
    assert!(expression.data(&scope).unwrap_err().message.contains("$captured"));
}

#[test]
fn errors_name_the_place_the_part_and_the_kind() {
    for (source, part, says) in [
        ("1 + (inputs.goal < 3)", "(inputs.goal < 3)", "a text and a number"),
        ("inputs.goal.x", "inputs.goal.x", "a text has no attribute"),
        ("[1, 2] ~ 'a'", "[1, 2] ~ 'a'", "this is a list"),
        ("1 + 'a'", "1 + 'a'", "`+`"),
        ("1 // 0", "1 // 0", "division by zero"),
        ("1 / 0", "1 / 0", "division by zero"),
        ("9223372036854775807 + 1", "9223372036854775807 + 1", "out of range"),
        ("unknown.x", "unknown", "unknown name `unknown`"),
        ("1 | nonsense", "1 | nonsense", "no filter"),
        ("run.started - 'x'", "run.started - 'x'", "duration"),
        ("run.started - 'P1M'", "run.started - 'P1M'", "duration"),
        ("[x for x in inputs.goal]", "inputs.goal", "a list is needed"),
        ("[x.id.y for x in items]", "x.id.y", "a text has no attribute"),
        ("[1, 'a'] | sort", "[1, 'a'] | sort", "order"),
        ("5 | first", "5 | first", "a list is needed"),
    ] {
        let error = wrong(source);
        assert_eq!(error.part, part, "{source}");
        assert!(error.message.contains(says), "{source}: {error}");
        assert!(error.to_string().starts_with("x.toml:1:2: `"), "{error}");
    }
}

#[test]
fn a_condition_is_a_boolean_or_an_error() {
    let condition = |source: &str| Expression::parse(source).unwrap().condition(&scope());
    assert_eq!(condition("inputs.goal == 'enable'"), Ok(Partial::Known(true)));
    assert_eq!(condition("none is not none"), Ok(Partial::Known(false)));
    assert_eq!(condition("ask.email == 'x'"), Ok(Partial::Unanswered(vec!["email".into()])));
    assert_eq!(condition("steps.later"), Ok(Partial::NotRead));
    assert_eq!(condition("steps.group.id"), Ok(Partial::AfterChange("group".into())));
    for (source, kind) in
        [("none_at_all", "null"), ("inputs.goal", "a text"), ("1", "a number"), ("[steps.group.id]", "a list")]
    {
        assert!(condition(source).unwrap_err().message.contains(kind), "{source}");
    }
}

#[test]
fn what_takes_too_long_is_stopped() {
    let long = json!(vec!["x".repeat(64 << 10); 200]);
    let scope = Scope::default().with("hundred", Datum::json(&json!(vec![1; 100]))).with("long", Datum::json(&long));
    for source in [
        "all(a + b + c + d + e for a in hundred for b in hundred for c in hundred for d in hundred for e in hundred)",
        // What is looked at is paid for by its length: each of these looks at 40,000 texts of 64 KiB.
        "all(a == b for a in long for b in long)",
        "all(a <= b for a in long for b in long)",
        "all(a in b for a in long for b in long)",
        "all(a in [b, a] for a in long for b in long)",
        "all(a is not phone_number for a in long for b in long)",
        "all(a is not email_outside([]) for a in long for b in long)",
        "all([a, b] | lookup('k', 'x', 'k') is none for a in [{'k': c} for c in long] for b in [{'k': c} for c in long])",
    ] {
        let error = Expression::parse(source).unwrap().evaluate(&scope).unwrap_err();
        assert_eq!((error.message.as_str(), error.part.as_str()), ("this takes too long", source));
    }
}

#[test]
fn what_grows_without_bound_is_stopped_and_named() {
    let hundred = Datum::json(&json!(vec![1; 100]));
    let long = Datum::json(&json!(vec!["x".repeat(64 << 10); 200]));
    let scope = Scope::default().with("hundred", hundred).with("long", long);
    let doubled = (0..12).fold(format!("['{}']", "x".repeat(500)), |list, _| format!("[a ~ a for a in {list}]"));
    for (source, part, says) in [
        (doubled.as_str(), "a ~ a", "a text of more than 1 MiB"),
        ("long | join", "long | join", "a text of more than 1 MiB"),
        (
            "[1 for a in hundred for b in hundred for c in hundred for d in hundred]",
            "[1 for a in hundred for b in hundred for c in hundred for d in hundred]",
            "more than 256 MiB",
        ),
        ("[a ~ 'y' for a in long for b in hundred]", "a ~ 'y'", "more than 256 MiB"),
        ("[long for a in hundred]", "[long for a in hundred]", "larger than 64 MiB"),
        (
            "[{'a': long, 'b': [long]} for a in hundred]",
            "[{'a': long, 'b': [long]} for a in hundred]",
            "larger than 64 MiB",
        ),
        ("[a | lower for a in long for b in hundred]", "a | lower", "more than 256 MiB"),
        ("[[a] | unique for a in long for b in hundred]", "[a] | unique", "more than 256 MiB"),
        ("[[a] | sort for a in long for b in hundred]", "[a] | sort", "more than 256 MiB"),
        ("[a | split('x') for a in long]", "a | split('x')", "more than 256 MiB"),
    ] {
        let error = Expression::parse(source).unwrap().evaluate(&scope).unwrap_err();
        assert_eq!(error.part, part, "{error}");
        assert!(error.message.contains(says), "{error}");
    }
    // What one expression hands on to the next: each is small by itself.
    for (source, says) in
        [("[v, v]", "larger than 64 MiB"), ("v + v", "larger than 64 MiB"), ("[v]", "nested more than 256 levels deep")]
    {
        let expression = Expression::parse(source).unwrap();
        let mut value = Datum::json(&json!(["x"]));
        let error = (0..1000).find_map(|_| match expression.evaluate(&Scope::default().with("v", value.clone())) {
            Ok(Partial::Known(next)) => {
                value = next;
                None
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Some(error),
        });
        let error = error.unwrap();
        assert!(error.part == source && error.message.contains(says), "{error}");
    }
}

#[test]
fn many_objects_without_an_id_are_told_apart_in_no_time() {
    let rows: Vec<Value> = (0..20_000).map(|n| json!({"name": format!("user{n}"), "of": "contoso"})).collect();
    let scope = Scope::default().with("rows", Datum::json(&json!(rows)));
    let started = std::time::Instant::now();
    let once = Expression::parse("rows | unique | length == 20000").unwrap().condition(&scope);
    assert_eq!(once, Ok(Partial::Known(true)));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_table_is_not_copied() {
    let rows: Vec<Value> = (0..20_000).map(|n| json!({"id": n, "name": format!("user{n}@contoso.example")})).collect();
    let scope = Scope::default().with("rows", Datum::json(&json!(rows)));
    let whole = Expression::parse("rows").unwrap();
    let one = Expression::parse("rows[19999].id").unwrap();
    let started = crate::support::wait::cpu_time();
    for _ in 0..1000 {
        assert!(matches!(whole.evaluate(&scope).unwrap(), Partial::Known(_)));
        assert!(matches!(one.evaluate(&scope).unwrap(), Partial::Known(_)));
    }
    let took = crate::support::wait::cpu_time() - started;
    assert!(took.as_secs() < 2, "{took:?}");
    let all = "[row.name for row in rows | unique if row.name > 'a'] | sort | length";
    assert_eq!(
        Expression::parse(all).unwrap().evaluate(&scope).map(|evaluated| match evaluated {
            Partial::Known(known) => known.as_i64(),
            _ => None,
        }),
        Ok(Some(20_000))
    );
}

#[test]
fn many_people_and_a_long_list_are_not_their_product() {
    let people: Vec<Value> = (0..20_000).map(|n| json!({"upn": format!("User{n}@contoso.example")})).collect();
    let list: Vec<Value> =
        (0..20_000).filter(|n| n % 2 == 0).map(|n| json!(format!("user{n}@contoso.example"))).collect();
    let scope = Scope::default().with("people", Datum::json(&json!(people))).with("list", Datum::json(&json!(list)));
    for source in [
        "[p for p in people if p.upn not in list] | length == 20000",
        "[p for p in people if p.upn | lower in list] | length == 10000",
        "[p for p in people if p.upn | lower not in [l for l in list]] | length == 10000",
    ] {
        assert_eq!(Expression::parse(source).unwrap().condition(&scope), Ok(Partial::Known(true)), "{source}");
    }
}

#[test]
fn expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Expression>();
    shared::<Scope>();
    shared::<Datum>();
}

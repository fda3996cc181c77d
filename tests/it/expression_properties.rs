//! Properties: our reading of an expression is MiniJinja's, and nothing that anybody writes makes it panic.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use fixforme::expr::{Datum, Expected, Expression, Names, Partial, Scope, Type};
use fixforme::wizard::Template;
use fixforme::wizard::input::{self, InputType};
use proptest::prelude::*;
use serde_json::{Value, json};

const CASES: u32 = 400;

/// Expressions on which the two must agree: numbers with numbers, texts with texts, no access to null.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0..100_i32).prop_map(|n| n.to_string()),
        Just("n".to_owned()),
        Just("o.a".to_owned()),
        Just("o['b']".to_owned()),
        Just("l[1]".to_owned()),
        Just("l[-1]".to_owned()),
        Just("l | length".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof!["[+]", "[-]", "[*]"], inner.clone())
                .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
            (inner.clone(), 1..9_i32).prop_map(|(a, b)| format!("({a}) // {b}")),
            (inner.clone(), 1..9_i32).prop_map(|(a, b)| format!("({a}) % {b}")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.clone().prop_map(|a| format!("[{a}, 3] | first")),
            inner.clone().prop_map(|a| format!("[{a}, n] | sort | last")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} if n < {b} else {b})")),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "'[a-z ]{0,4}'".prop_map(|text| text),
        Just("t".to_owned()),
        Just("o.t".to_owned()),
        Just("\"it's\"".to_owned()),
        Just("'q\\'\\\\\\n'".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} ~ {b}")),
            (inner.clone(), number()).prop_map(|(a, b)| format!("({a} ~ ({b}))")),
            (inner.clone(), Just("lower")).prop_map(|(a, filter)| format!("({a}) | {filter}")),
            inner.clone().prop_map(|a| format!("[{a}, t] | join('-')")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} or {b})")),
        ]
    })
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (number(), prop_oneof!["==", "!=", "<", "<=", ">", ">="], number())
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text(), prop_oneof!["==", "!=", "<", "in", "not in"], text()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (number(), number()).prop_map(|(a, b)| format!("({a}) in [{b}, n]")),
        number().prop_map(|a| format!("(({a}) is none)")),
        text().prop_map(|a| format!("(({a}) is not none)")),
        Just("b".to_owned()),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof!["and", "or"], inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("not {a}")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
        ]
    })
}

fn data() -> Value {
    json!({"n": 7, "t": "text", "b": false, "l": [3, 1, 2], "o": {"a": 5, "b": 6, "t": "inner"}})
}

fn scope() -> Scope {
    let Value::Object(fields) = data() else { return Scope::default() };
    fields.iter().fold(Scope::default(), |scope, (name, value)| scope.with(name, Datum::json(value)))
}

fn names() -> Names {
    let Value::Object(fields) = data() else { return Names::default() };
    fields.iter().fold(Names::default(), |names, (name, value)| names.with(name, Type::of_value(value)))
}

fn minijinja_value(source: &str) -> Option<Value> {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let expression = environment.compile_expression(source).ok()?;
    let value = expression.eval(minijinja::Value::from(minijinja::value::Serde(data()))).ok()?;
    serde_json::to_value(value).ok()
}

fn our_value(source: &str) -> Option<Value> {
    match Expression::parse(source).ok()?.evaluate(&scope()).ok()? {
        Partial::Known(known) => Some(known.to_json()),
        _ => None,
    }
}

/// Whatever it is: it is read, checked and evaluated, or refused, and nothing panics.
fn survives(source: &str) {
    match Expression::parse(source) {
        Ok(expression) => {
            let (_, complaints) = expression.check(&names(), Expected::Anything);
            for complaint in complaints {
                assert!(source.get(complaint.range.clone()).is_some(), "{source}: {complaint:?}");
            }
            for path in expression.paths() {
                assert!(path.ranges.iter().all(|range| source.get(range.clone()).is_some()), "{source}: {path:?}");
            }
            if let Ok(evaluated) = expression.evaluate(&scope()) {
                drop(format!("{evaluated:?}"));
            }
            drop(expression.condition(&scope()));
        }
        Err(complaint) => assert!(source.get(complaint.range.clone()).is_some(), "{source}: {complaint:?}"),
    }
    match Template::parse(source) {
        Ok(template) => {
            drop(template.show(&scope()));
            for complaint in template.check(&names()) {
                assert!(source.get(complaint.range.clone()).is_some(), "{source}: {complaint:?}");
            }
        }
        Err(complaint) => assert!(source.get(complaint.range.clone()).is_some(), "{source}: {complaint:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_agree_with_minijinja(source in number()) {
        prop_assume!(source.len() <= 1024 && Expression::parse(&source).is_ok());
        prop_assert_eq!(our_value(&source), minijinja_value(&source), "{}", source);
    }

    #[test]
    fn texts_agree_with_minijinja(source in text()) {
        prop_assume!(source.len() <= 1024 && Expression::parse(&source).is_ok());
        prop_assert_eq!(our_value(&source), minijinja_value(&source), "{}", source);
    }

    #[test]
    fn conditions_agree_with_minijinja(source in condition()) {
        prop_assume!(source.len() <= 1024 && Expression::parse(&source).is_ok());
        prop_assert_eq!(our_value(&source), minijinja_value(&source), "{}", source);
    }

    #[test]
    fn what_we_generate_passes_the_check(source in condition()) {
        prop_assume!(source.len() <= 1024);
        if let Ok(expression) = Expression::parse(&source) {
            let (shape, complaints) = expression.check(&names(), Expected::Boolean);
            prop_assert_eq!((shape, complaints), (Type::Bool, vec![]), "{}", source);
        }
    }

    #[test]
    fn no_text_panics(source in "\\PC{0,80}") {
        survives(&source);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(
        prop_oneof![
            "[a-z]{1,3}", "[0-9]{1,20}", "[(){}\\[\\].,|~=<>!+*/%:'\"-]",
            prop_oneof![Just("and"), Just("or"), Just("not"), Just("in"), Just("is"), Just("if"), Just("else"), Just("none"),
                Just("true"), Just("l"), Just("o"), Just("t"), Just("first"), Just("map"), Just("sort"), Just("attribute="),
                Just("{{"), Just("}}"), Just("join"), Just("sum"), Just("int"), Just("split"), Just("expand"),
            ].prop_map(str::to_owned),
        ], 0..24))
    {
        survives(&words.join(" "));
    }

    #[test]
    fn no_mutation_panics(source in condition(), at in any::<prop::sample::Index>(), replacement in any::<char>()) {
        let mut characters: Vec<char> = source.chars().collect();
        let position = at.index(characters.len());
        characters[position] = replacement;
        survives(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn no_answer_panics(text in "\\PC{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let kinds = [
            InputType::Bool, InputType::Int, InputType::Text, InputType::Choice, InputType::Email, InputType::Phone,
            InputType::Upn, InputType::Guid, InputType::Domain, InputType::Url, InputType::Date, InputType::Duration,
            InputType::Secret, InputType::List, InputType::Csv, InputType::File,
            InputType::Certificate,
        ];
        for kind in kinds {
            for candidate in [text.clone(), String::from_utf8_lossy(&bytes).into_owned(), format!("+{text}")] {
                if let Ok(value) = input::read_text(kind, &[], &candidate) {
                    // What was read once is read again as itself, so an answers file can be written from it.
                    prop_assert_eq!(input::read_json(kind, &[], &value), Ok(value), "{:?} {}", kind, candidate);
                }
            }
        }
        let columns = [("user".to_owned(), InputType::Upn), ("phone".to_owned(), InputType::Phone)];
        drop(input::read_csv(&columns, &text));
        drop(input::read_csv(&columns, &format!("user,phone\n{text}")));
    }
}

#[test]
fn a_scope_of_many_names_is_cheap_to_extend() {
    let names: BTreeMap<String, Datum> = (0..1000).map(|n| (format!("n{n}"), Datum::NotRead)).collect();
    let scope = Scope::default().with("steps", Datum::table(names));
    for round in 0..1000 {
        assert!(scope.with("admin", Datum::json(&json!(round))).get("admin").is_some());
    }
}

#[test]
fn the_deepest_expressions_fit_a_small_stack() {
    let layers = [
        ("(", ")"),
        ("[", "]"),
        ("{'a':", "}"),
        ("-", ""),
        ("not ", ""),
        ("n + (", ")"),
        ("t ~ (", ")"),
        ("n == (n + n ~ n * (", "))"),
        ("1 if b else ", ""),
        ("(b and not ", ")"),
        ("l | union(", ")"),
        ("l[", "]"),
        ("n is eq(", ")"),
    ];
    let work = move || {
        for (open, close) in layers {
            for depth in [1, 8, 31, 32, 33, 64, 500] {
                survives(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            }
        }
        for chain in [" or b", " and b", " + 1", " ~ 1", " | list", ".a", "[0]", " is none", " == 1"] {
            for length in [16, 127, 128, 129, 400] {
                survives(&format!("l{}", chain.repeat(length)));
            }
        }
    };
    // Windows gives a program's main thread 1 MiB.
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(work).unwrap();
    thread.join().unwrap();
}

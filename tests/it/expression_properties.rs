//! Properties: expressions yield what arithmetic and logic say, and nothing that anybody writes makes them panic.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use fixforme::expr::{Datum, Expected, Expression, Names, Partial, Scope, Type};
use fixforme::wizard::Template;
use fixforme::wizard::input::{self, InputType};
use proptest::prelude::*;
use serde_json::{Value, json};

const CASES: u32 = 400;

/// An expression, and what it must yield by the rules of plain arithmetic and logic.
type Pair<T> = (String, T);

fn number() -> impl Strategy<Value = Pair<i64>> {
    let leaf = prop_oneof![
        (0..100_i64).prop_map(|n| (n.to_string(), n)),
        Just(("n".to_owned(), 7)),
        Just(("o.a".to_owned(), 5)),
        Just(("o['b']".to_owned(), 6)),
        Just(("l[1]".to_owned(), 1)),
        Just(("l[-1]".to_owned(), 2)),
        Just(("(l | length)".to_owned(), 3)),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("{a} + ({b})"), x + y)),
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a} - ({b}))"), x - y)),
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a}) * ({b})"), x.wrapping_mul(y))),
            // The product binds tighter than the sum, and the sign than both.
            (inner.clone(), 1..9_i64).prop_map(|((a, x), b)| (format!("({b} + {b} * -({a}))"), b - b.wrapping_mul(x))),
            (inner.clone(), 1..9_i64).prop_map(|((a, x), b)| (format!("(({a}) // {b})"), x.div_euclid(b))),
            (inner.clone(), 1..9_i64).prop_map(|((a, x), b)| (format!("(({a}) % {b})"), x.rem_euclid(b))),
            inner.clone().prop_map(|(a, x)| (format!("([{a}, 3] | first)"), x)),
            inner.clone().prop_map(|(a, x)| (format!("([{a}, n] | sort | last)"), x.max(7))),
            inner.clone().prop_map(|(a, x)| (format!("[x + 1 for x in [{a}, n] if x == n or true][0]"), x + 1)),
            (inner.clone(), inner)
                .prop_map(|((a, x), (b, y))| (format!("({a} if n < {b} else {b})"), if 7 < y { x } else { y })),
        ]
    })
}

fn text() -> impl Strategy<Value = Pair<String>> {
    let leaf = prop_oneof![
        "[a-z ]{0,4}".prop_map(|text| (format!("'{text}'"), text)),
        Just(("t".to_owned(), "text".to_owned())),
        Just(("o.t".to_owned(), "inner".to_owned())),
        Just(("\"it's\"".to_owned(), "it's".to_owned())),
        Just(("'q\\'\\\\\\n'".to_owned(), "q'\\\n".to_owned())),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a} ~ {b})"), x + &y)),
            (inner.clone(), number()).prop_map(|((a, x), (b, y))| (format!("({a} ~ ({b}))"), format!("{x}{y}"))),
            inner.clone().prop_map(|(a, x)| (format!("({a} | lower)"), x.to_lowercase())),
            inner.clone().prop_map(|(a, x)| (format!("([{a}, t] | join('-'))"), format!("{x}-text"))),
            (inner.clone(), inner)
                .prop_map(|((a, x), (b, y))| (format!("({a} or {b})"), if x.is_empty() { y } else { x })),
        ]
    })
}

fn condition() -> impl Strategy<Value = Pair<bool>> {
    let compared = |sign: &'static str| {
        (number(), number()).prop_map(move |((a, x), (b, y))| {
            let holds = match sign {
                "==" => x == y,
                "!=" => x != y,
                "<" => x < y,
                "<=" => x <= y,
                ">" => x > y,
                _ => x >= y,
            };
            (format!("{a} {sign} {b}"), holds)
        })
    };
    let leaf = prop_oneof![
        prop_oneof![compared("=="), compared("!="), compared("<"), compared("<="), compared(">"), compared(">=")],
        (text(), text()).prop_map(|((a, x), (b, y))| (format!("{a} < {b}"), x < y)),
        (text(), text()).prop_map(|((a, x), (b, y))| (format!("{a} in {b}"), y.contains(&x))),
        (text(), text()).prop_map(|((a, x), (b, y))| (format!("{a} not in {b}"), !y.contains(&x))),
        (number(), number()).prop_map(|((a, x), (b, y))| (format!("({a}) in [{b}, n]"), x == y || x == 7)),
        (number(), number())
            .prop_map(|((a, x), (b, y))| (format!("any(z == {a} for z in [{b}, n])"), x == y || x == 7)),
        (number(), number())
            .prop_map(|((a, x), (b, y))| (format!("all(z != {a} for z in [{b}, n])"), x != y && x != 7)),
        text().prop_map(|(a, _)| (format!("(({a}) is not none)"), true)),
        Just(("b".to_owned(), false)),
        Just(("true".to_owned(), true)),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a} and {b})"), x && y)),
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a} or {b})"), x || y)),
            // Negation binds weaker than comparison.
            inner.clone().prop_map(|(a, x)| (format!("(not {a})"), !x)),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|((a, x), (b, y), (c, z))| (format!("({a} if {b} else {c})"), if y { x } else { z })),
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
        }
        Err(complaint) => assert!(source.get(complaint.range.clone()).is_some(), "{source}: {complaint:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_are_what_they_must_be((source, expected) in number()) {
        prop_assume!(source.len() <= 1024 && Expression::parse(&source).is_ok());
        prop_assert_eq!(our_value(&source), Some(json!(expected)), "{}", source);
    }

    #[test]
    fn texts_are_what_they_must_be((source, expected) in text()) {
        prop_assume!(source.len() <= 1024 && Expression::parse(&source).is_ok());
        prop_assert_eq!(our_value(&source), Some(json!(expected)), "{}", source);
    }

    #[test]
    fn conditions_are_what_they_must_be((source, expected) in condition()) {
        prop_assume!(source.len() <= 1024 && Expression::parse(&source).is_ok());
        prop_assert_eq!(our_value(&source), Some(json!(expected)), "{}", source);
    }

    #[test]
    fn what_we_generate_passes_the_check((source, _) in condition()) {
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
                Just("true"), Just("l"), Just("o"), Just("t"), Just("first"), Just("sort"),
                Just("{{"), Just("}}"), Just("join"), Just("split"),
                Just("for"), Just("any("), Just("all("), Just("x"),
            ].prop_map(str::to_owned),
        ], 0..24))
    {
        survives(&words.join(" "));
    }

    #[test]
    fn no_mutation_panics((source, _) in condition(), at in any::<prop::sample::Index>(), replacement in any::<char>()) {
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
        ("n is email_outside(", ")"),
        ("[x for x in ", "]"),
        ("any(", " for x in l)"),
        ("[1 for x in l if ", "]"),
    ];
    let work = move || {
        for (open, close) in layers {
            for depth in [1, 8, 31, 32, 33, 64, 500] {
                survives(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            }
        }
        for chain in [" or b", " and b", " + 1", " ~ 1", " | unique", ".a", "[0]", " is none", " == 1"] {
            for length in [16, 127, 128, 129, 400] {
                survives(&format!("l{}", chain.repeat(length)));
            }
        }
    };
    // Windows gives a program's main thread 1 MiB.
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(work).unwrap();
    thread.join().unwrap();
}

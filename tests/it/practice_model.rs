//! `$filter` and paging of the practice tenant against a plain model of what they mean.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use fixforme::practice::{PracticeRequest, PracticeResponse, Seed, Tenant};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::practice::{CONTOSO, Practice};
#[cfg(target_os = "linux")]
use crate::support::wait::cpu_time;

/// An entity of the model. A missing value is an absent property.
#[derive(Debug, Clone)]
struct Thing {
    name: Option<String>,
    size: Option<i64>,
    on: Option<bool>,
    tags: Vec<String>,
}

/// A filter of the model.
#[derive(Debug, Clone)]
enum Rule {
    Name(&'static str, String),
    Size(&'static str, i64),
    On(bool),
    NameIsNull(bool),
    NameIn(Vec<String>),
    NameStarts(String),
    NameEnds(String),
    Tag(String),
    HasTags,
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

impl Rule {
    fn text(&self) -> String {
        let quote = |text: &String| format!("'{}'", text.replace('\'', "''"));
        match self {
            Self::Name(operator, value) => format!("name {operator} {}", quote(value)),
            Self::Size(operator, value) => format!("inner/size {operator} {value}"),
            Self::On(value) => format!("on eq {value}"),
            Self::NameIsNull(true) => "name eq null".to_owned(),
            Self::NameIsNull(false) => "null ne name".to_owned(),
            Self::NameIn(values) => format!("name in ({})", values.iter().map(quote).collect::<Vec<_>>().join(",")),
            Self::NameStarts(value) => format!("startsWith(name,{})", quote(value)),
            Self::NameEnds(value) => format!("endswith(name, {})", quote(value)),
            Self::Tag(value) => format!("tags/any(t:t eq {})", quote(value)),
            Self::HasTags => "tags/any()".to_owned(),
            Self::Not(inner) => format!("not ({})", inner.text()),
            Self::And(left, right) => format!("({}) and ({})", left.text(), right.text()),
            Self::Or(left, right) => format!("({} or {})", left.text(), right.text()),
        }
    }

    fn holds(&self, thing: &Thing) -> bool {
        let lower = |text: &String| text.to_lowercase();
        let name = thing.name.as_ref().map(lower);
        match self {
            Self::Name("eq", value) => name == Some(lower(value)),
            Self::Name("ne", value) => name != Some(lower(value)),
            Self::Name(operator, value) => name.is_some_and(|name| ordered(operator, name.cmp(&lower(value)))),
            Self::Size("ne", value) => thing.size != Some(*value),
            Self::Size(operator, value) => thing.size.is_some_and(|size| ordered(operator, size.cmp(value))),
            Self::On(value) => thing.on == Some(*value),
            Self::NameIsNull(is_null) => name.is_none() == *is_null,
            Self::NameIn(values) => name.is_some_and(|name| values.iter().any(|value| lower(value) == name)),
            Self::NameStarts(value) => name.is_some_and(|name| name.starts_with(&lower(value))),
            Self::NameEnds(value) => name.is_some_and(|name| name.ends_with(&lower(value))),
            Self::Tag(value) => thing.tags.iter().any(|tag| lower(tag) == lower(value)),
            Self::HasTags => !thing.tags.is_empty(),
            Self::Not(inner) => !inner.holds(thing),
            Self::And(left, right) => left.holds(thing) && right.holds(thing),
            Self::Or(left, right) => left.holds(thing) || right.holds(thing),
        }
    }
}

fn ordered(operator: &str, order: std::cmp::Ordering) -> bool {
    match operator {
        "eq" => order.is_eq(),
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        "gt" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "A", "ab", "Abc", "b'c", "''", "c d", "+1 4", "é", "x&y=z#%", "and"])
        .prop_map(str::to_owned)
}

fn thing() -> impl Strategy<Value = Thing> {
    (prop::option::of(name()), prop::option::of(-2..3_i64), prop::option::of(any::<bool>()), vec(name(), 0..3))
        .prop_map(|(name, size, on, tags)| Thing { name, size, on, tags })
}

fn rule() -> impl Strategy<Value = Rule> {
    let operator = || prop::sample::select(vec!["eq", "ne", "lt", "le", "gt", "ge"]);
    let leaf = prop_oneof![
        (operator(), name()).prop_map(|(operator, value)| Rule::Name(operator, value)),
        (operator(), -2..3_i64).prop_map(|(operator, value)| Rule::Size(operator, value)),
        any::<bool>().prop_map(Rule::On),
        any::<bool>().prop_map(Rule::NameIsNull),
        vec(name(), 1..4).prop_map(Rule::NameIn),
        name().prop_map(Rule::NameStarts),
        name().prop_map(Rule::NameEnds),
        name().prop_map(Rule::Tag),
        Just(Rule::HasTags),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|rule| Rule::Not(Box::new(rule))),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| Rule::And(Box::new(left), Box::new(right))),
            (inner.clone(), inner).prop_map(|(left, right)| Rule::Or(Box::new(left), Box::new(right))),
        ]
    })
}

fn seed(things: &[Thing], page_size: usize) -> String {
    let mut text = format!("page_size = {page_size}\n[objects.\"/v1.0/lab/things\"]\nvalue = [");
    for (number, thing) in things.iter().enumerate() {
        text += &format!("{{ id = \"t{number}\", tags = {}", json!(thing.tags));
        for (key, value) in [("name", thing.name.as_ref().map(|name| json!(name))), ("on", thing.on.map(Value::from))] {
            text += &value.map(|value| format!(", {key} = {value}")).unwrap_or_default();
        }
        text += &thing.size.map(|size| format!(", inner = {{ size = {size} }}")).unwrap_or_default();
        text += " },";
    }
    text + "]\n"
}

/// Asks the tenant without a network between.
fn get(tenant: &mut Tenant, token: &str, target: &str) -> PracticeResponse {
    let request = PracticeRequest {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: vec![("Authorization".to_owned(), format!("Bearer {token}"))],
        body: Vec::new(),
        root: "http://127.0.0.1:1".to_owned(),
    };
    tenant.answer(now(), &request)
}

/// Asks for the list page by page; returns the ids and how many pages they came on.
fn pages(tenant: &mut Tenant, token: &str, options: &str) -> (Vec<String>, usize) {
    let mut target = format!("/v1.0/lab/things?{options}");
    let (mut ids, mut count) = (Vec::new(), 0);
    loop {
        let answer = get(tenant, token, &target);
        let body = answer.json();
        assert_eq!(answer.status, 200, "{options}: {body}");
        ids.extend(body["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        count += 1;
        assert!(count < 100, "the pages never end");
        match body["@odata.nextLink"].as_str() {
            Some(next) => target = next.strip_prefix("http://127.0.0.1:1").unwrap().to_owned(),
            None => return (ids, count),
        }
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filtered_list_in_pages_is_what_the_model_says(
        things in vec(thing(), 0..14),
        rule in rule(),
        page_size in 1..6_usize,
        top in prop::option::of(1..8_usize),
        sorted in prop::option::of(any::<bool>()),
    ) {
        let seed = Seed::parse("tenant.toml", &seed(&things, page_size)).unwrap();
        let mut tenant = Tenant::new(&seed, [3; 16]);
        let token = tenant.mint(&["Any.Read".to_owned()], now());
        let mut options = format!("$filter={}", encode(&rule.text()));
        options += &top.map(|top| format!("&$top={top}")).unwrap_or_default();
        options += match sorted { None => "", Some(false) => "&$orderby=inner/size", Some(true) => "&$orderby=inner/size%20desc" };

        let mut expected: Vec<(usize, &Thing)> = things.iter().enumerate().filter(|(_, thing)| rule.holds(thing)).collect();
        match sorted {
            None => {}
            Some(false) => expected.sort_by_key(|(_, thing)| thing.size),
            Some(true) => expected.sort_by_key(|(_, thing)| std::cmp::Reverse(thing.size)),
        }
        let expected: Vec<String> = expected.iter().map(|(number, _)| format!("t{number}")).collect();
        let size = top.map_or(page_size, |top| top.min(page_size));
        let (ids, count) = pages(&mut tenant, token.expose(), &options);
        prop_assert_eq!(&ids, &expected, "{}", rule.text());
        prop_assert_eq!(count, expected.len().div_ceil(size).max(1));
    }

    #[test]
    fn no_text_makes_the_tenant_panic(target in "\\PC{0,40}", filter in "[ -~é]{0,40}", body in "[{}\\[\\]\":,a-z0-9]{0,40}") {
        let mut tenant = Tenant::new(&Seed::parse("tenant.toml", CONTOSO).unwrap(), [3; 16]);
        let token = tenant.mint(&["User.ReadWrite.All".to_owned()], now());
        for (method, target) in [
            ("GET", target.clone()),
            ("GET", format!("/v1.0/users?$filter={filter}")),
            ("GET", format!("/v1.0/users?$select={filter}&$expand={filter}&$orderby={filter}&$skiptoken={filter}")),
            ("GET", format!("/v1.0/users?$expand={}", encode(&filter))),
            ("PATCH", "/v1.0/users/bob-id".to_owned()),
            ("POST", "/v1.0/$batch".to_owned()),
            ("POST", format!("/v1.0/{target}")),
        ] {
            let headers = vec![
                ("Authorization".to_owned(), format!("Bearer {}", token.expose())),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ];
            let request = PracticeRequest { method: method.to_owned(), target, headers, body: body.clone().into_bytes(), root: String::new() };
            prop_assert!(tenant.answer(now(), &request).status >= 200);
        }
    }
}

#[test]
fn a_page_token_fits_its_own_list_only_and_deletions_shift_nothing() {
    let practice = Practice::new(&format!("page_size = 2\n{CONTOSO}"));
    let first = practice.get("/v1.0/users?$select=id");
    assert_eq!(first.column("id"), ["ann-id", "bob-id"]);
    let next = first.body["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(next.starts_with(&practice.server.root()));
    practice.send("DELETE", "/v1.0/users/ann-id", &Value::Null);
    assert_eq!(practice.get(&next).column("id"), ["syn-id", "eve-id"]);
    assert_eq!(practice.get(&next.replace("$select=id", "$select=mail")).code(), "Directory_ExpiredPageToken");
    assert_eq!(practice.get("/v1.0/users?$skiptoken=frob").code(), "Directory_ExpiredPageToken");
}

#[cfg(target_os = "linux")]
#[test]
fn twenty_thousand_users_load_and_are_read_quickly() {
    let start = cpu_time();
    let practice = Practice::new("page_size = 999\n[[generate]]\nusers = 20000\nadmins = 1000\n");
    let loaded = cpu_time() - start;
    let (mut target, mut count) = ("/v1.0/users?$select=id,otherMails&$top=999".to_owned(), 0);
    loop {
        let page = practice.get(&target);
        count += page.body["value"].as_array().unwrap().len();
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => target = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(count, 20_000);
    let start = cpu_time();
    for number in 1..=200 {
        let user = format!("/v1.0/users/user{number:05}@practice.example?$select=mobilePhone");
        assert_eq!(get(&mut practice.tenant(), &practice.token, &user).status, 200);
    }
    let read = cpu_time() - start;
    // Generous: the build is not optimized.
    assert!(loaded.as_millis() < 4_000, "loading took {loaded:?}");
    assert!(read.as_millis() < 4_000, "200 reads took {read:?}");
}

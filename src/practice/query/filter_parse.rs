//! The grammar of `$filter`: a small lexer and a recursive descent with a bounded depth.

use serde_json::Value;

use super::filter::{Filter, Literal, Operand, Operator, TextTest};

/// How deep brackets and `not` may nest; Graph has a limit of the same kind.
const MAX_DEPTH: usize = 60;
/// How many tokens a filter may have.
const MAX_TOKENS: usize = 4_000;

/// Words that are operators, never properties.
const RESERVED: &[&str] = &["and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in"];

/// Parses a whole filter; the error says at which character it stopped.
pub fn parse(text: &str) -> Result<Filter, String> {
    let tokens = lex(text)?;
    if tokens.len() > MAX_TOKENS {
        return Err("The filter is too long.".to_owned());
    }
    let mut parser = Parser { text, tokens, at: 0, depth: 0 };
    let filter = parser.either()?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.unexpected()),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Colon,
    Slash,
    Word(String),
    Text(String),
}

fn lex(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let token = match character {
            ' ' | '\t' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '/' => Token::Slash,
            '\'' => {
                let mut string = String::new();
                loop {
                    match characters.next() {
                        Some((_, '\'')) if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                            characters.next();
                            string.push('\'');
                        }
                        Some((_, '\'')) => break,
                        Some((_, other)) => string.push(other),
                        None => {
                            return Err(format!(
                                "There is an unterminated string literal at position {at} in '{text}'."
                            ));
                        }
                    }
                }
                Token::Text(string)
            }
            first if is_word(first) => {
                // A date carries colons and a plus sign; a name carries neither.
                let is_number = first.is_ascii_digit() || first == '-';
                let mut word = String::from(first);
                while let Some((_, next)) = characters.peek()
                    && (is_word(*next) || is_number && matches!(*next, ':' | '+'))
                {
                    word.push(*next);
                    characters.next();
                }
                Token::Word(word)
            }
            _ => {
                return Err(format!(
                    "Syntax error: character '{character}' is not valid at position {at} in '{text}'."
                ));
            }
        };
        tokens.push((at, token));
    }
    Ok(tokens)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '@' | '$')
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self) -> String {
        let position = self.tokens.get(self.at).map_or(self.text.len(), |(position, _)| *position);
        format!("Syntax error at position {position} in '{}'.", self.text)
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth >= MAX_DEPTH {
            return Err("The filter is nested too deeply.".to_owned());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn either(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.both()?];
        while self.keyword("or") {
            parts.push(self.both()?);
        }
        balanced(parts, &|left, right| Filter::Or(Box::new(left), Box::new(right))).ok_or_else(|| self.unexpected())
    }

    fn both(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.negated()?];
        while self.keyword("and") {
            parts.push(self.negated()?);
        }
        balanced(parts, &|left, right| Filter::And(Box::new(left), Box::new(right))).ok_or_else(|| self.unexpected())
    }

    fn negated(&mut self) -> Result<Filter, String> {
        if self.keyword("not") {
            return Ok(Filter::Not(Box::new(self.deeper(Self::negated)?)));
        }
        if self.take(&Token::Open) {
            let inner = self.deeper(Self::either)?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Filter, String> {
        if let (Some(Token::Word(name)), Some((_, Token::Open))) = (self.peek(), self.tokens.get(self.at + 1)) {
            let test = match name.to_ascii_lowercase().as_str() {
                "startswith" => TextTest::Starts,
                "endswith" => TextTest::Ends,
                "contains" => TextTest::Contains,
                "in" | "and" | "or" | "not" => return Err(self.unexpected()),
                _ => return Err(format!("An unknown function with name '{name}' was found.")),
            };
            self.at += 2;
            let whole = self.operand()?;
            self.expect(&Token::Comma)?;
            let part = self.operand()?;
            self.expect(&Token::Close)?;
            // `startsWith(x,'y') eq true` is legal OData.
            if self.keyword("eq") && !self.keyword("true") {
                return Err(self.unexpected());
            }
            return Ok(Filter::Text(test, whole, part));
        }
        let (left, lambda) = self.operand_or_lambda()?;
        if let Some(lambda) = lambda {
            return Ok(lambda);
        }
        if self.keyword("in") {
            self.expect(&Token::Open)?;
            let mut list = Vec::new();
            loop {
                match self.operand()? {
                    Operand::Literal(value) => list.push(value),
                    _ => return Err(self.unexpected()),
                }
                if !self.take(&Token::Comma) {
                    break;
                }
            }
            self.expect(&Token::Close)?;
            return Ok(Filter::In(left, list));
        }
        match self.operator() {
            Some(operator) => Ok(Filter::Compare(left, operator, self.operand()?)),
            None => match left {
                Operand::Path(path) => Ok(Filter::Truth(path)),
                _ => Err(self.unexpected()),
            },
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        let known = [
            ("eq", Operator::Equal),
            ("ne", Operator::NotEqual),
            ("gt", Operator::Greater),
            ("ge", Operator::GreaterOrEqual),
            ("lt", Operator::Less),
            ("le", Operator::LessOrEqual),
        ];
        known.into_iter().find(|(word, _)| self.keyword(word)).map(|(_, operator)| operator)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let (operand, lambda) = self.operand_or_lambda()?;
        if lambda.is_some() { Err(self.unexpected()) } else { Ok(operand) }
    }

    fn operand_or_lambda(&mut self) -> Result<(Operand, Option<Filter>), String> {
        let word = match self.next() {
            Some(Token::Text(text)) => {
                return Ok((Operand::Literal(Literal { value: Value::String(text), is_quoted: true }), None));
            }
            Some(Token::Word(word)) => word,
            _ => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        };
        if let Some(value) = literal(&word) {
            return Ok((Operand::Literal(Literal { value, is_quoted: false }), None));
        }
        if RESERVED.contains(&word.as_str()) {
            self.at -= 1;
            return Err(self.unexpected());
        }
        let mut path = vec![word];
        while self.take(&Token::Slash) {
            let Some(Token::Word(word)) = self.next() else {
                self.at -= 1;
                return Err(self.unexpected());
            };
            if word == "$count" {
                return Ok((Operand::Count(path), None));
            }
            let is_lambda = self.peek() == Some(&Token::Open);
            match word.as_str() {
                "any" | "all" if is_lambda => {
                    let lambda = self.deeper(|parser| parser.lambda(path.clone(), word == "all"))?;
                    return Ok((Operand::Path(path), Some(lambda)));
                }
                _ => path.push(word),
            }
        }
        Ok((Operand::Path(path), None))
    }

    fn lambda(&mut self, path: Vec<String>, is_all: bool) -> Result<Filter, String> {
        self.expect(&Token::Open)?;
        if !is_all && self.take(&Token::Close) {
            return Ok(Filter::Any(path, None));
        }
        let Some(Token::Word(name)) = self.next() else {
            self.at -= 1;
            return Err(self.unexpected());
        };
        self.expect(&Token::Colon)?;
        let inner = self.either()?;
        self.expect(&Token::Close)?;
        Ok(if is_all {
            Filter::All(path, name, Box::new(inner))
        } else {
            Filter::Any(path, Some((name, Box::new(inner))))
        })
    }
}

/// Joins parts as a balanced tree: a long chain must not become deep recursion.
fn balanced(mut parts: Vec<Filter>, join: &dyn Fn(Filter, Filter) -> Filter) -> Option<Filter> {
    if parts.len() <= 1 {
        return parts.pop();
    }
    let right = parts.split_off(parts.len() / 2);
    Some(join(balanced(parts, join)?, balanced(right, join)?))
}

fn literal(word: &str) -> Option<Value> {
    match word {
        "null" => return Some(Value::Null),
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    if uuid::Uuid::try_parse(word).is_ok() {
        return Some(Value::String(word.to_owned()));
    }
    if word.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        let number = word.parse::<i64>().map(Value::from).or_else(|_| word.parse::<f64>().map(Value::from));
        // A date is compared as text that holds a date.
        return Some(number.unwrap_or_else(|_| Value::String(word.to_owned())));
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str) -> bool {
        let object = json!({
            "displayName": "Ann O'Neil", "accountEnabled": true, "age": 41, "otherMails": ["a@x.example", "b@y.example"],
            "conditions": {"users": {"includeUsers": ["All"]}}, "createdDateTime": "2026-01-02T03:04:05Z",
            "plans": [{"skuId": "6fd2c87f-b296-42f0-b197-1e91e994b900", "on": false}], "none": [],
        });
        parse(filter).unwrap().matches(object.as_object().unwrap())
    }

    #[test]
    fn what_graph_speaks_is_evaluated() {
        for filter in [
            "displayName eq 'ann o''neil'",
            "startsWith(displayName,'ANN') and not (age lt 41)",
            "endswith(displayName, 'neil') eq true",
            "age in (1, 41) and displayName in ('x', 'Ann O''Neil')",
            "otherMails/any(m:m eq 'b@y.example')",
            "otherMails/any(m:startsWith(m,'a@')) and otherMails/all(m:endsWith(m,'.example'))",
            "plans/any(p:p/skuId eq 6fd2c87f-b296-42f0-b197-1e91e994b900 and p/on eq false)",
            "conditions/users/includeUsers/any(u:u eq 'All')",
            "mobilePhone eq null and displayName ne null",
            "mobilePhone ne '1' or false eq true",
            "not none/any() and none/$count eq 0",
            "createdDateTime ge 2026-01-02T04:04:05+01:00",
            "accountEnabled",
            "not not accountEnabled",
        ] {
            assert!(passes(filter), "{filter}");
        }
        for filter in
            ["age gt 41", "mobilePhone gt 'a'", "displayName eq 41", "none/any(x:x eq 1)", "otherMails/any(m:m eq 'B')"]
        {
            assert!(!passes(filter), "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_where_it_stops() {
        for filter in [
            "", "a eq", "a eq 'x", "(a eq 1", "a eq 1)", "frob(a)", "a/any(x)", "a/", "a eq 1 b", "a in ()", "a § b",
            "or",
        ] {
            assert!(parse(filter).is_err(), "{filter}");
        }
        assert_eq!(parse("a eq 1 )").unwrap_err(), "Syntax error at position 7 in 'a eq 1 )'.");
        assert!(parse(&"(".repeat(5_000)).is_err());
        assert!(parse(&"not ".repeat(5_000)).is_err());
        assert!(parse(&["a eq 1"; 1_000].join(" or ")).is_ok());
    }

    #[test]
    fn properties_are_named_without_the_variables() {
        let filter = parse("a/b eq 1 and c/any(x:x/d eq 2) and e").unwrap();
        assert_eq!(filter.properties(), ["a", "c", "e"]);
        assert_eq!(parse("not (a eq 1)").unwrap().advanced_operator(), Some("Not"));
    }
}

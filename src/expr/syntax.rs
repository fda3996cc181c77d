//! The grammar: Jinja's expressions without calls, slices and chained comparisons, with Python's comprehensions.
//!
//! Limits come first (design: at most 1 kB, because a long chain of operators can overflow a stack), then plain
//! recursive descent, lowest precedence first: `if … else`, `or`, `and`, `not`, comparison and `in`, `+ -`, `~`,
//! `* / // %`, minus sign, attributes and subscripts, filters and tests. Precedence is Jinja's, which a property
//! test keeps true.

use super::cursor::Parser;
use super::error::ExprError;
use super::token::{Token, tokens};
use super::tree::{ExprKind, Gather, Operator, Tree};

/// The longest expression, in bytes.
pub const MAX_BYTES: usize = 1024;

pub(super) const KEYWORDS: [&str; 8] = ["and", "else", "for", "if", "in", "is", "not", "or"];

/// Parses an expression.
pub fn parse(source: &str) -> Result<Tree, ExprError> {
    if source.len() > MAX_BYTES {
        let message = format!("this expression is longer than {MAX_BYTES} bytes");
        return Err(ExprError::new(0..source.len(), message).help("hand parts of it on with `[capture]`"));
    }
    let mut parser = Parser { words: tokens(source)?, at: 0, depth: 0, operators: 0, end: source.len() };
    if parser.words.is_empty() {
        return Err(ExprError::new(0..source.len(), "an expression is missing here"));
    }
    let tree = parser.expression()?;
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(parser.unexpected("the expression ends before this")),
    }
}

impl Parser {
    pub(super) fn expression(&mut self) -> Result<Tree, ExprError> {
        self.deeper(|parser| {
            let then = parser.disjunction()?;
            if !parser.skip_name("if") {
                return Ok(then);
            }
            parser.count()?;
            let condition = parser.disjunction()?;
            if !parser.skip_name("else") {
                return Err(parser.unexpected("`if` needs an `else` here").help("write `a if condition else b`"));
            }
            let otherwise = parser.expression()?;
            let range = then.range.start..otherwise.range.end;
            let kind = ExprKind::Conditional {
                condition: Box::new(condition),
                then: Box::new(then),
                otherwise: Box::new(otherwise),
            };
            Ok(Tree { range, kind })
        })
    }

    pub(super) fn disjunction(&mut self) -> Result<Tree, ExprError> {
        self.chain(Self::conjunction, |parser| parser.skip_name("or").then_some(Operator::Or))
    }

    fn conjunction(&mut self) -> Result<Tree, ExprError> {
        self.chain(Self::negation, |parser| parser.skip_name("and").then_some(Operator::And))
    }

    fn negation(&mut self) -> Result<Tree, ExprError> {
        let start = self.here().start;
        if !self.skip_name("not") {
            return self.comparison();
        }
        self.count()?;
        let of = self.deeper(Self::negation)?;
        Ok(Tree { range: start..of.range.end, kind: ExprKind::Not(Box::new(of)) })
    }

    fn comparison(&mut self) -> Result<Tree, ExprError> {
        let left = self.sum()?;
        let Some(operator) = self.comparison_operator()? else { return Ok(left) };
        self.count()?;
        let right = self.sum()?;
        let whole = binary(operator, left, right);
        let next = self.here();
        if self.comparison_operator()?.is_some() {
            return Err(
                ExprError::new(next, "comparisons cannot be chained").help("join them with `and`, or use brackets")
            );
        }
        Ok(whole)
    }

    fn comparison_operator(&mut self) -> Result<Option<Operator>, ExprError> {
        let operator = match self.peek() {
            Some(Token::Sign("==")) => Operator::Equal,
            Some(Token::Sign("!=")) => Operator::Unequal,
            Some(Token::Sign("<")) => Operator::Less,
            Some(Token::Sign("<=")) => Operator::LessOrEqual,
            Some(Token::Sign(">")) => Operator::Greater,
            Some(Token::Sign(">=")) => Operator::GreaterOrEqual,
            Some(Token::Sign("=")) => {
                return Err(ExprError::new(self.here(), "`=` is not a comparison").help("write `==`"));
            }
            Some(Token::Name(name)) if name == "in" => Operator::In,
            Some(Token::Name(name)) if name == "not" => {
                self.at += 1;
                if !matches!(self.peek(), Some(Token::Name(name)) if name == "in") {
                    return Err(self.unexpected("`in` is expected after `not` here"));
                }
                Operator::NotIn
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(operator))
    }

    fn sum(&mut self) -> Result<Tree, ExprError> {
        self.chain(Self::concatenation, |parser| parser.skip_any(&[("+", Operator::Add), ("-", Operator::Subtract)]))
    }

    fn concatenation(&mut self) -> Result<Tree, ExprError> {
        self.chain(Self::product, |parser| parser.skip_any(&[("~", Operator::Concatenate)]))
    }

    fn product(&mut self) -> Result<Tree, ExprError> {
        self.chain(Self::filtered, |parser| {
            parser.skip_any(&[
                ("*", Operator::Multiply),
                ("/", Operator::Divide),
                ("//", Operator::DivideWhole),
                ("%", Operator::Remainder),
            ])
        })
    }

    fn filtered(&mut self) -> Result<Tree, ExprError> {
        let mut tree = self.signed()?;
        loop {
            if self.skip("|") {
                self.count()?;
                let (name, name_range) = self.name("the name of a filter is expected after `|`")?;
                let arguments = if self.is("(") { self.arguments()? } else { Vec::new() };
                let range = tree.range.start..self.last_end();
                tree = Tree { range, kind: ExprKind::Filter { of: Box::new(tree), name, name_range, arguments } };
            } else if self.skip_name("is") {
                self.count()?;
                let negated = self.skip_name("not");
                let (name, name_range) = self.name("the name of a test is expected after `is`")?;
                let arguments = if self.is("(") {
                    self.arguments()?
                } else if self.starts_operand() {
                    vec![self.signed()?]
                } else {
                    Vec::new()
                };
                let range = tree.range.start..self.last_end();
                tree =
                    Tree { range, kind: ExprKind::Test { of: Box::new(tree), name, name_range, negated, arguments } };
            } else if self.is("**") {
                return Err(self.unexpected("powers are not part of the format"));
            } else {
                return Ok(tree);
            }
        }
    }

    /// Returns whether an operand follows, so that `is divisibleby 3` needs no brackets.
    fn starts_operand(&self) -> bool {
        match self.peek() {
            Some(Token::Name(name)) => !KEYWORDS.contains(&name.as_str()),
            Some(Token::Text(_) | Token::Number(_) | Token::Sign("[" | "{")) => true,
            _ => false,
        }
    }

    fn signed(&mut self) -> Result<Tree, ExprError> {
        let start = self.here().start;
        if !self.skip("-") {
            let primary = self.primary()?;
            return self.postfix(primary);
        }
        self.count()?;
        let of = self.deeper(Self::signed)?;
        Ok(Tree { range: start..of.range.end, kind: ExprKind::Negative(Box::new(of)) })
    }

    fn postfix(&mut self, mut tree: Tree) -> Result<Tree, ExprError> {
        loop {
            if self.skip(".") {
                self.count()?;
                if matches!(self.peek(), Some(Token::Number(_))) {
                    return Err(self.unexpected("a list's item is taken with brackets").help("write `list[0]`"));
                }
                let (name, name_range) = self.name("the name of an attribute is expected after `.`")?;
                let range = tree.range.start..name_range.end;
                tree = Tree { range, kind: ExprKind::Attribute { of: Box::new(tree), name, name_range } };
            } else if self.skip("[") {
                self.count()?;
                if self.is(":") {
                    return Err(self.no_slices());
                }
                let index = self.expression()?;
                if self.is(":") {
                    return Err(self.no_slices());
                }
                self.expect("]")?;
                let range = tree.range.start..self.last_end();
                tree = Tree { range, kind: ExprKind::Subscript { of: Box::new(tree), index: Box::new(index) } };
            } else if self.is("(") {
                let gather = match &tree.kind {
                    ExprKind::Name(name) if name == "any" => Some(Gather::Any),
                    ExprKind::Name(name) if name == "all" => Some(Gather::All),
                    _ => None,
                };
                if let Some(gather) = gather {
                    self.count()?;
                    tree = self.gathered(gather, tree.range.start)?;
                    continue;
                }
                let range = tree.range.start..self.here().end;
                return Err(match &tree.kind {
                    ExprKind::Attribute { name, .. } => {
                        ExprError::new(range, format!("methods cannot be called: `.{name}()`"))
                            .help("use a filter: `value | filter`")
                    }
                    ExprKind::Name(name) => ExprError::new(range, format!("there is no function `{name}`"))
                        .help("use a filter: `value | filter`"),
                    _ => ExprError::new(range, "this cannot be called"),
                });
            } else {
                return Ok(tree);
            }
        }
    }

    fn no_slices(&self) -> ExprError {
        self.unexpected("slices are not part of the format").help("use `first`, `last` or an index")
    }

    fn primary(&mut self) -> Result<Tree, ExprError> {
        let range = self.here();
        let kind = match self.peek().cloned() {
            Some(Token::Name(name)) => match name.as_str() {
                "true" | "True" => ExprKind::Bool(true),
                "false" | "False" => ExprKind::Bool(false),
                "none" | "None" => ExprKind::Null,
                "null" => return Err(self.unexpected("`null` is written `none`")),
                keyword if KEYWORDS.contains(&keyword) => {
                    return Err(self.unexpected("a value is expected here"));
                }
                _ => ExprKind::Name(name),
            },
            Some(Token::Text(text)) => {
                if let Some((Token::Text(_), second)) = self.words.get(self.at + 1) {
                    return Err(ExprError::new(
                        range.start..second.end,
                        "there is no operator between these two texts",
                    )
                    .help("join them with `~`"));
                }
                ExprKind::Text(text.into())
            }
            Some(Token::Number(number)) => ExprKind::Number(number),
            Some(Token::Sign("(")) => return self.bracketed(),
            Some(Token::Sign("[")) => return self.list(),
            Some(Token::Sign("{")) => return self.object(),
            Some(Token::Sign("+")) => return Err(self.unexpected("a plus sign before a value means nothing")),
            _ => return Err(self.unexpected("a value is expected here")),
        };
        self.at += 1;
        Ok(Tree { range, kind })
    }

    fn bracketed(&mut self) -> Result<Tree, ExprError> {
        let start = self.here().start;
        self.expect("(")?;
        if self.is(")") {
            return Err(self.unexpected("a value is expected between the brackets"));
        }
        let inner = self.expression()?;
        if self.is(",") {
            return Err(self.unexpected("tuples are not part of the format").help("write a list: `[a, b]`"));
        }
        self.expect(")")?;
        Ok(Tree { range: start..self.last_end(), kind: inner.kind })
    }

    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Result<Tree, ExprError>,
        operator: fn(&mut Self) -> Option<Operator>,
    ) -> Result<Tree, ExprError> {
        let mut left = operand(self)?;
        while let Some(operator) = operator(self) {
            self.count()?;
            left = binary(operator, left, operand(self)?);
        }
        Ok(left)
    }
}

fn binary(operator: Operator, left: Tree, right: Tree) -> Tree {
    let range = left.range.start..right.range.end;
    Tree { range, kind: ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) } }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn refused(source: &str) -> ExprError {
        parse(source).unwrap_err()
    }

    #[test]
    fn precedence_is_jinjas() {
        let tree = parse("not a.b in c or -1 + 2 * 3 ~ 'x' | upper == d").unwrap();
        let ExprKind::Binary { operator: Operator::Or, left, right } = tree.kind else { panic!("{tree:?}") };
        assert!(matches!(left.kind, ExprKind::Not(_)));
        let ExprKind::Binary { operator: Operator::Equal, left, .. } = right.kind else { panic!("{right:?}") };
        let ExprKind::Binary { operator: Operator::Add, right, .. } = left.kind else { panic!("{left:?}") };
        let ExprKind::Binary { operator: Operator::Concatenate, right, .. } = right.kind else { panic!("{right:?}") };
        assert!(matches!(right.kind, ExprKind::Filter { .. }));
    }

    #[test]
    fn static_paths_are_found_with_their_places() {
        let tree = parse("a['@odata.type'].b + c[d.e] | union(f)").unwrap();
        let paths: Vec<Vec<String>> = tree.paths().into_iter().map(|path| path.names).collect();
        assert_eq!(paths, [vec!["a", "@odata.type", "b"], vec!["c"], vec!["d", "e"], vec!["f"]]);
        assert_eq!(tree.paths()[0].ranges, [0..1, 2..15, 17..18]);
    }

    #[test]
    fn what_the_format_leaves_out_is_refused_with_what_to_do() {
        for (source, says) in [
            ("x.items()", "methods cannot be called"),
            ("range(3)", "no function `range`"),
            ("any(l)", "`for`"),
            ("[x for ask in l]", "meaning of its own"),
            ("[x for x of l]", "`in`"),
            ("x[1:2]", "slices"),
            ("1 < 2 < 3", "chained"),
            ("a = 1", "not a comparison"),
            ("(1, 2)", "tuples"),
            ("a if b", "`else`"),
            ("null", "`none`"),
            ("2 ** 3", "powers"),
            ("a.0", "brackets"),
            ("'a' 'b'", "no operator"),
            ("{a: 1}", "texts"),
            ("a b", "ends before"),
            ("", "missing"),
            ("a |", "filter"),
            ("a | f(b=1, 2)", "not a comparison"),
        ] {
            let complaint = refused(source);
            assert!(complaint.message.contains(says), "{source}: {complaint}");
        }
    }

    #[test]
    fn long_deep_and_chained_expressions_are_refused() {
        assert!(refused(&"a".repeat(1025)).message.contains("1024 bytes"));
        assert!(refused(&format!("{}1{}", "(".repeat(40), ")".repeat(40))).message.contains("nested"));
        assert!(refused(&format!("{}1", "-".repeat(40))).message.contains("nested"));
        assert!(refused(&format!("{}1", "not ".repeat(40))).message.contains("nested"));
        assert!(refused(&format!("1{}", "+1".repeat(129))).message.contains("operators"));
        assert!(refused(&format!("a{}", ".a".repeat(129))).message.contains("operators"));
        assert!(parse(&format!("1{}", "+1".repeat(128))).is_ok());
        assert!(parse(&format!("{}1{}", "(".repeat(31), ")".repeat(31))).is_ok());
    }
}

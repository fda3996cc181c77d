//! What is between brackets: lists, comprehensions, objects and arguments.

use super::cursor::Parser;
use super::error::ExprError;
use super::syntax::KEYWORDS;
use super::token::Token;
use super::tree::{Clause, ExprKind, Gather, Key, Tree};

/// The names of the format, which no item of a loop can take: what a rule allows by name stays what it is.
const FORMAT_NAMES: [&str; 18] = [
    "account",
    "all",
    "any",
    "ask",
    "before",
    "captured",
    "cloud",
    "data",
    "generated",
    "id",
    "inputs",
    "lookups",
    "objects",
    "reads",
    "run",
    "steps",
    "tenant",
    "value",
];

impl Parser {
    pub(super) fn list(&mut self) -> Result<Tree, ExprError> {
        let start = self.here().start;
        self.expect("[")?;
        let mut items = Vec::new();
        while !self.skip("]") {
            let item = self.expression()?;
            if items.is_empty() && self.is_name("for") {
                let kind = self.loops(Gather::List, item)?;
                self.expect("]")?;
                return Ok(Tree { range: start..self.last_end(), kind });
            }
            items.push(item);
            if !self.is("]") {
                self.expect(",")?;
            }
        }
        Ok(Tree { range: start..self.last_end(), kind: ExprKind::List(items) })
    }

    /// Reads `(item for name in list)` after `any` or `all`.
    pub(super) fn gathered(&mut self, gather: Gather, start: usize) -> Result<Tree, ExprError> {
        self.expect("(")?;
        let item = self.expression()?;
        if !self.is_name("for") {
            return Err(self.unexpected("`for` is expected here").help("write `any(x.id == 'a' for x in list)`"));
        }
        let kind = self.loops(gather, item)?;
        self.expect(")")?;
        Ok(Tree { range: start..self.last_end(), kind })
    }

    fn loops(&mut self, gather: Gather, item: Tree) -> Result<ExprKind, ExprError> {
        let mut clauses = Vec::new();
        while self.skip_name("for") {
            self.count()?;
            let (name, name_range) = self.name("a name for the item is expected after `for`")?;
            if KEYWORDS.contains(&name.as_str()) || FORMAT_NAMES.contains(&name.as_str()) {
                let message = format!("`{name}` has a meaning of its own, so an item cannot be called that");
                return Err(ExprError::new(name_range, message).help("choose another name"));
            }
            if !self.skip_name("in") {
                return Err(self.unexpected("`in` is expected here").help("write `for x in list`"));
            }
            let list = self.deeper(Self::disjunction)?;
            let condition = if self.skip_name("if") { Some(self.deeper(Self::disjunction)?) } else { None };
            clauses.push(Clause { name, name_range, list, condition });
        }
        Ok(ExprKind::Comprehension { gather, item: Box::new(item), clauses })
    }

    pub(super) fn object(&mut self) -> Result<Tree, ExprError> {
        let start = self.here().start;
        self.expect("{")?;
        let mut entries = Vec::new();
        while !self.skip("}") {
            let range = self.here();
            let Some(Token::Text(name)) = self.peek() else {
                return Err(self.unexpected("the keys of an object are texts").help("put quotes around the key"));
            };
            let key = Key { name: name.as_str().into(), range };
            self.at += 1;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.is("}") {
                self.expect(",")?;
            }
        }
        Ok(Tree { range: start..self.last_end(), kind: ExprKind::Object(entries) })
    }

    pub(super) fn arguments(&mut self) -> Result<Vec<Tree>, ExprError> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.skip(")") {
            arguments.push(self.expression()?);
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        Ok(arguments)
    }
}

//! Where a parser stands in the words of an expression: looking at the next word, taking it, and the limits on how deep
//! and how long an expression may be.

use std::ops::Range;

use super::error::ExprError;
use super::token::Token;
use super::tree::{Operator, Tree};

/// The deepest nesting of brackets, signs and `else` branches.
pub const MAX_DEPTH: usize = 32;
/// The most operators, attributes, filters and tests of one expression.
pub const MAX_OPERATORS: usize = 128;

/// The words of an expression, and how far they were read.
pub(super) struct Parser {
    pub(super) words: Vec<(Token, Range<usize>)>,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) operators: usize,
    pub(super) end: usize,
}

impl Parser {
    pub(super) fn deeper(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Tree, ExprError>,
    ) -> Result<Tree, ExprError> {
        if self.depth >= MAX_DEPTH {
            let message = format!("this expression is nested more than {MAX_DEPTH} levels deep");
            return Err(ExprError::new(self.here(), message).help("hand parts of it on with `[capture]`"));
        }
        self.depth += 1;
        let tree = inner(self);
        self.depth -= 1;
        tree
    }

    pub(super) fn count(&mut self) -> Result<(), ExprError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            let message = format!("this expression has more than {MAX_OPERATORS} operators");
            return Err(ExprError::new(self.here(), message).help("hand parts of it on with `[capture]`"));
        }
        Ok(())
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.words.get(self.at).map(|(token, _)| token)
    }

    pub(super) fn here(&self) -> Range<usize> {
        self.words.get(self.at).map_or(self.end..self.end, |(_, range)| range.clone())
    }

    pub(super) fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|last| self.words.get(last)).map_or(0, |(_, range)| range.end)
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(here)) if *here == sign)
    }

    pub(super) fn skip(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn is_name(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(name)) if name == keyword)
    }

    pub(super) fn skip_name(&mut self, keyword: &str) -> bool {
        let found = self.is_name(keyword);
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_any(&mut self, signs: &[(&str, Operator)]) -> Option<Operator> {
        signs.iter().find(|(sign, _)| self.skip(sign)).map(|(_, operator)| *operator)
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), ExprError> {
        if self.skip(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{sign}` is expected here")))
    }

    pub(super) fn name(&mut self, expected: &str) -> Result<(String, Range<usize>), ExprError> {
        match self.words.get(self.at) {
            Some((Token::Name(name), range)) => {
                let named = (name.clone(), range.clone());
                self.at += 1;
                Ok(named)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    pub(super) fn unexpected(&self, message: &str) -> ExprError {
        ExprError::new(self.here(), message)
    }
}

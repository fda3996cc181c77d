//! From the tree to what MiniJinja runs.
//!
//! MiniJinja decides which part of an expression is evaluated (`or`, `and`, `if`) and carries the values; every
//! operator and every access becomes a filter of ours, because MiniJinja's own would compare unlike kinds silently,
//! stop at an attribute of null and not see a hole. Each filter's first argument is the number of the part that it
//! is, so that an error can show it.

use std::ops::Range;

use super::bind::bind;
use super::error::ExprError;
use super::filter::filter_named;
use super::test::test_named;
use super::tree::{Argument, ExprKind, Operator, Tree};

/// The name under which MiniJinja finds the scope.
pub const SCOPE: &str = "s";

/// An expression for MiniJinja.
pub struct Lowered {
    /// Its text.
    pub text: String,
    /// The bytes of the author's source, for each part by number.
    pub parts: Vec<Range<usize>>,
}

/// How tightly what surrounds an operand binds: an operand that binds less needs brackets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Choice,
    Or,
    And,
    Filter,
}

/// Lowers a tree.
pub fn lower(tree: &Tree) -> Result<Lowered, ExprError> {
    let mut lowered = Lowered { text: String::new(), parts: Vec::new() };
    lowered.write(tree, Binding::Choice)?;
    Ok(lowered)
}

impl Lowered {
    fn write(&mut self, tree: &Tree, around: Binding) -> Result<(), ExprError> {
        let own = match &tree.kind {
            ExprKind::Conditional { .. } => Binding::Choice,
            ExprKind::Binary { operator: Operator::Or, .. } => Binding::Or,
            ExprKind::Binary { operator: Operator::And, .. } => Binding::And,
            _ => Binding::Filter,
        };
        let brackets = own < around;
        if brackets {
            self.text.push('(');
        }
        self.write_form(tree)?;
        if brackets {
            self.text.push(')');
        }
        Ok(())
    }

    fn write_form(&mut self, tree: &Tree) -> Result<(), ExprError> {
        if let Some(path) = tree.path() {
            self.text.push_str(SCOPE);
            self.begin("_path", tree);
            for name in &path.names {
                self.text.push(',');
                self.quote(name);
            }
            self.text.push(')');
            return Ok(());
        }
        match &tree.kind {
            ExprKind::Null => self.text.push_str("none"),
            ExprKind::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            ExprKind::Integer(number) => self.text.push_str(&number.to_string()),
            ExprKind::Float(number) => {
                let written = number.to_string();
                self.text.push_str(&written);
                if !written.contains('.') {
                    self.text.push_str(".0");
                }
            }
            ExprKind::Text(text) => self.quote(text),
            ExprKind::List(items) => {
                self.text.push('[');
                for item in items {
                    self.write(item, Binding::Choice)?;
                    self.text.push(',');
                }
                self.text.push(']');
            }
            ExprKind::Object(entries) => {
                self.text.push('{');
                for (key, value) in entries {
                    self.write(key, Binding::Choice)?;
                    self.text.push(':');
                    self.write(value, Binding::Choice)?;
                    self.text.push(',');
                }
                self.text.push('}');
            }
            // A name is a path, which is written above.
            ExprKind::Name(_) => {}
            ExprKind::Attribute { of, name, .. } => {
                self.write(of, Binding::Filter)?;
                self.begin("_attribute", tree);
                self.text.push(',');
                self.quote(name);
                self.text.push(')');
            }
            ExprKind::Subscript { of, index } => self.write_operation("_item", tree, of, Some(index))?,
            ExprKind::Filter { of, name, name_range, arguments } => {
                self.write_filter(tree, of, name, name_range, arguments)?;
            }
            ExprKind::Test { of, name, name_range, negated, arguments } => {
                if test_named(name).is_none() {
                    return Err(ExprError::new(name_range.clone(), format!("there is no test `{name}`")));
                }
                self.write(of, Binding::Filter)?;
                self.begin("_test", tree);
                self.text.push_str(if *negated { ",true," } else { ",false," });
                self.quote(name);
                for argument in arguments {
                    self.text.push(',');
                    self.write(&argument.value, Binding::Choice)?;
                }
                self.text.push(')');
            }
            ExprKind::Not(of) => self.write_operation("_not", tree, of, None)?,
            ExprKind::Negative(of) => self.write_operation("_negative", tree, of, None)?,
            ExprKind::Binary { operator: Operator::Or, left, right } => {
                self.write(left, Binding::Or)?;
                self.text.push_str(" or ");
                self.write(right, Binding::And)?;
            }
            ExprKind::Binary { operator: Operator::And, left, right } => {
                self.write(left, Binding::And)?;
                self.text.push_str(" and ");
                self.write(right, Binding::Filter)?;
            }
            ExprKind::Binary { operator, left, right } => {
                self.write_operation(filter_of(*operator), tree, left, Some(right))?;
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                self.write(then, Binding::Or)?;
                self.text.push_str(" if ");
                self.write(condition, Binding::Or)?;
                self.text.push_str(" else ");
                self.write(otherwise, Binding::Choice)?;
            }
        }
        Ok(())
    }

    fn write_operation(&mut self, name: &str, tree: &Tree, left: &Tree, right: Option<&Tree>) -> Result<(), ExprError> {
        self.write(left, Binding::Filter)?;
        self.begin(name, tree);
        if let Some(right) = right {
            self.text.push(',');
            self.write(right, Binding::Choice)?;
        }
        self.text.push(')');
        Ok(())
    }

    fn write_filter(
        &mut self,
        tree: &Tree,
        of: &Tree,
        name: &str,
        name_range: &Range<usize>,
        arguments: &[Argument],
    ) -> Result<(), ExprError> {
        let Some(filter) = filter_named(name) else {
            return Err(ExprError::new(name_range.clone(), format!("there is no filter `{name}`")));
        };
        let (bound, complaints) = bind(filter, name_range, arguments);
        if let Some(complaint) = complaints.into_iter().next() {
            return Err(complaint);
        }
        self.write(of, Binding::Filter)?;
        self.begin(filter.name, tree);
        for argument in bound.parameters.into_iter().chain(bound.more.into_iter().map(Some)) {
            self.text.push(',');
            match argument {
                Some(argument) => self.write(argument, Binding::Choice)?,
                None => self.text.push_str("none"),
            }
        }
        self.text.push(')');
        Ok(())
    }

    fn begin(&mut self, filter: &str, tree: &Tree) {
        self.text.push('|');
        self.text.push_str(filter);
        self.text.push('(');
        self.text.push_str(&self.parts.len().to_string());
        self.parts.push(tree.range.clone());
    }

    fn quote(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(character);
        }
        self.text.push('"');
    }
}

fn filter_of(operator: Operator) -> &'static str {
    match operator {
        // `or` and `and` decide what is evaluated, which only MiniJinja can.
        Operator::Or | Operator::And => "",
        Operator::Equal => "_equal",
        Operator::Unequal => "_unequal",
        Operator::Less => "_less",
        Operator::LessOrEqual => "_less_or_equal",
        Operator::Greater => "_greater",
        Operator::GreaterOrEqual => "_greater_or_equal",
        Operator::In => "_in",
        Operator::NotIn => "_not_in",
        Operator::Add => "_add",
        Operator::Subtract => "_subtract",
        Operator::Concatenate => "_concatenate",
        Operator::Multiply => "_multiply",
        Operator::Divide => "_divide",
        Operator::DivideWhole => "_divide_whole",
        Operator::Remainder => "_remainder",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::expr::syntax::parse;

    #[test]
    fn brackets_are_written_only_where_they_are_needed() {
        let lowered = |source| lower(&parse(source).unwrap()).unwrap().text;
        assert_eq!(lowered("1 or 2 or 3 and (4 or 5)"), "1 or 2 or 3 and (4 or 5)");
        assert_eq!(
            lowered("a.b['@odata.type'] + 1 * 2"),
            r#"s|_path(0,"a","b","@odata.type")|_add(1,1|_multiply(2,2))"#
        );
        assert_eq!(lowered("[1][0] is not in [2]"), r#"[1,]|_item(0,0)|_test(1,true,"in",[2,])"#);
        assert_eq!(lowered("[1] | join(attribute='a\"')"), r#"[1,]|join(0,none,"a\"")"#);
    }
}

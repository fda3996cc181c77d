//! Evaluation: one match over the tree, strict, with limited fuel.

use std::collections::{HashMap, HashSet};

use super::call::Call;
use super::datum::{Datum, NODE};
use super::error::{EvalError, EvalStop};
use super::filter::filter_named;
use super::fuel::{Fuel, fit};
use super::operation::{self, attribute, compared, contains, items, order, same, sought};
use super::partial::Partial;
use super::scope::Scope;
use super::test::test_named;
use super::tree::{Clause, ExprKind, Gather, Operator, Tree};
use super::{Expression, kind_of};

impl Expression {
    /// Evaluates the expression. It looks only at the names that it needs: what an `or` or an `if` passes over may be
    /// unknown.
    pub fn evaluate(&self, scope: &Scope) -> Result<Partial<Datum>, EvalError> {
        let mut evaluation = Evaluation { scope, fuel: Fuel::full(), items: Vec::new(), containers: HashMap::new() };
        let value = evaluation.value(&self.tree).and_then(|value| {
            value.settled()?;
            Ok(value)
        });
        let (message, part) = match value {
            Ok(value) => return Ok(Partial::Known(value)),
            Err(EvalStop::Unanswered(ask)) => return Ok(Partial::Unanswered(vec![ask])),
            Err(EvalStop::NotRead) => return Ok(Partial::NotRead),
            Err(EvalStop::AfterChange(of)) => return Ok(Partial::AfterChange(of)),
            Err(EvalStop::Wrong(message, part)) => (message, part),
            Err(EvalStop::Exhausted) => ("this takes too long".to_owned(), None),
        };
        let part = part.and_then(|part| self.source().get(part)).unwrap_or(self.source()).to_owned();
        Err(EvalError { place: self.place.to_string(), part, message })
    }

    /// Evaluates the expression to data for a plan, holes written as `{"$captured": …}`.
    pub fn data(&self, scope: &Scope) -> Result<Partial<serde_json::Value>, EvalError> {
        Ok(match self.evaluate(scope)? {
            // Data of a tenant must not be taken for a hole later.
            Partial::Known(value) => match value.reserved() {
                Some(name) => {
                    return Err(
                        self.error(format!("a value has an attribute `{name}`, which only the journal may use"))
                    );
                }
                None => Partial::Known(value.to_json()),
            },
            missing => missing.map(|value| value.to_json()),
        })
    }

    /// Evaluates a condition. Only `true` and `false` will do.
    pub fn condition(&self, scope: &Scope) -> Result<Partial<bool>, EvalError> {
        Ok(match self.evaluate(scope)? {
            Partial::Known(Datum::Bool(holds)) => Partial::Known(holds),
            Partial::Known(Datum::Hole(hole)) => Partial::AfterChange(hole.0.clone()),
            Partial::Known(other) => {
                return Err(self.error(format!("a condition is either true or false; this is {}", kind_of(&other))));
            }
            missing => missing.map(|_| false),
        })
    }
}

impl Expression {
    /// Evaluates a condition; one that is not there is `default`.
    pub fn holds(condition: Option<&Self>, default: bool, scope: &Scope) -> Result<Partial<bool>, EvalError> {
        condition.map_or(Ok(Partial::Known(default)), |condition| condition.condition(scope))
    }
}

/// An evaluation under way.
struct Evaluation<'run> {
    scope: &'run Scope,
    fuel: Fuel,
    /// The items of the loops around, innermost last.
    items: Vec<(&'run str, Datum)>,
    /// What stands after an `in` inside a loop, where it is the same for each item.
    containers: HashMap<*const Tree, Option<Container>>,
}

/// What a loop looks for each of its items in.
struct Container {
    value: Datum,
    /// Its items, so that many items times a long list are not their product.
    members: Option<HashSet<Datum>>,
}

impl<'run> Evaluation<'run> {
    fn value(&mut self, tree: &'run Tree) -> Result<Datum, EvalStop> {
        self.fuel.charge(1)?;
        self.of_kind(tree).map_err(|stop| stop.in_part(&tree.range))
    }

    fn of_kind(&mut self, tree: &'run Tree) -> Result<Datum, EvalStop> {
        match &tree.kind {
            ExprKind::Null => Ok(Datum::Null),
            ExprKind::Bool(value) => Ok(Datum::Bool(*value)),
            ExprKind::Number(number) => Ok(Datum::Number(number.clone())),
            ExprKind::Text(text) => Ok(Datum::Text(text.clone())),
            ExprKind::List(items) => {
                let items: Result<Vec<Datum>, EvalStop> = items.iter().map(|item| self.value(item)).collect();
                fit(Datum::list(items?))
            }
            ExprKind::Object(entries) => {
                let fields: Result<Vec<(&str, Datum)>, EvalStop> =
                    entries.iter().map(|(key, value)| Ok((&*key.name, self.value(value)?))).collect();
                fit(Datum::table(fields?))
            }
            ExprKind::Name(name) => self.name(name),
            ExprKind::Attribute { of, name, .. } => attribute(&self.value(of)?, name),
            ExprKind::Subscript { of, index } => operation::subscript(&self.value(of)?, &self.value(index)?),
            ExprKind::Filter { of, name, arguments, .. } => {
                let value = self.value(of)?;
                self.filter(&value, name, arguments)
            }
            ExprKind::Test { of, name, negated, arguments, .. } => {
                let value = self.value(of)?;
                self.test(&value, name, arguments).map(|passes| Datum::Bool(passes != *negated))
            }
            ExprKind::Not(of) => Ok(Datum::Bool(!self.value(of)?.is_true())),
            ExprKind::Negative(of) => operation::negative(&self.value(of)?),
            ExprKind::Binary { operator: operator @ (Operator::In | Operator::NotIn), left, right } => {
                let left = self.value(left)?;
                Ok(Datum::Bool(self.is_in(&left, right)? == (*operator == Operator::In)))
            }
            ExprKind::Binary { operator, left, right } => {
                let left = self.value(left)?;
                self.binary(*operator, left, right)
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                let branch = if self.value(condition)?.is_true() { then } else { otherwise };
                self.value(branch)
            }
            ExprKind::Comprehension { gather: Gather::List, item, clauses } => {
                let mut list = Vec::new();
                self.each(clauses, item, &mut |fuel, value| {
                    fuel.make(NODE)?;
                    list.push(value);
                    Ok(true)
                })?;
                fit(Datum::list(list))
            }
            ExprKind::Comprehension { gather, item, clauses } => {
                let wanted = *gather == Gather::Any;
                let missed = self.each(clauses, item, &mut |_, value| Ok(value.is_true() != wanted))?;
                Ok(Datum::Bool(missed != wanted))
            }
        }
    }

    /// Gives `take` the item of each round until it wants no more; returns whether it took all.
    fn each(
        &mut self,
        clauses: &'run [Clause],
        item: &'run Tree,
        take: &mut dyn FnMut(&mut Fuel, Datum) -> Result<bool, EvalStop>,
    ) -> Result<bool, EvalStop> {
        let Some((clause, inner)) = clauses.split_first() else {
            let value = self.value(item)?;
            return take(&mut self.fuel, value);
        };
        let list = self.value(&clause.list)?;
        for one in items(&list).map_err(|stop| stop.in_part(&clause.list.range))? {
            self.fuel.charge(1)?;
            self.items.push((&clause.name, one.touched()?.clone()));
            let counts =
                clause.condition.as_ref().map_or(Ok(true), |condition| Ok(self.value(condition)?.is_true()))?;
            let goes_on = !counts || self.each(inner, item, take)?;
            self.items.pop();
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_in(&mut self, value: &Datum, container: &'run Tree) -> Result<bool, EvalStop> {
        let place = std::ptr::from_ref(container);
        if !self.containers.contains_key(&place) {
            let same = !self.items.is_empty() && !self.items.iter().any(|(name, _)| container.mentions(name));
            let known = if same { Some(self.container(container)?) } else { None };
            self.containers.insert(place, known);
        }
        match self.containers.get(&place) {
            Some(Some(Container { members: Some(members), .. })) if value.is_plain() => {
                self.fuel.charge_bytes(value.extent().bytes)?;
                Ok(members.contains(value))
            }
            Some(Some(container)) => {
                self.fuel.charge_bytes(sought(&container.value, value))?;
                contains(&container.value, value)
            }
            _ => {
                let container = self.value(container)?;
                self.fuel.charge_bytes(sought(&container, value))?;
                contains(&container, value)
            }
        }
    }

    fn container(&mut self, tree: &'run Tree) -> Result<Container, EvalStop> {
        let value = self.value(tree)?;
        self.fuel.charge_bytes(value.extent().bytes)?;
        let list = value.as_list().filter(|list| list.len() > 8 && value.is_plain());
        let members = list.map(|list| list.iter().cloned().collect());
        Ok(Container { value, members })
    }

    fn name(&self, name: &str) -> Result<Datum, EvalStop> {
        let item = self.items.iter().rev().find(|(item, _)| *item == name).map(|(_, value)| value);
        match item.or_else(|| self.scope.get(name)) {
            Some(value) => value.touched().cloned(),
            None => Err(EvalStop::wrong(format!("unknown name `{name}`"))),
        }
    }

    fn binary(&mut self, operator: Operator, left: Datum, right: &'run Tree) -> Result<Datum, EvalStop> {
        match operator {
            Operator::Or if left.is_true() => return Ok(left),
            Operator::And if !left.is_true() => return Ok(left),
            _ => {}
        }
        let right = self.value(right)?;
        if !matches!(operator, Operator::Or | Operator::And) {
            self.fuel.charge_bytes(compared(&left, &right))?;
        }
        match operator {
            Operator::Or | Operator::And => Ok(right),
            Operator::Equal => same(&left, &right).map(Datum::Bool),
            Operator::Unequal => same(&left, &right).map(|same| Datum::Bool(!same)),
            Operator::Less => order(&left, &right).map(|order| Datum::Bool(order.is_lt())),
            Operator::LessOrEqual => order(&left, &right).map(|order| Datum::Bool(order.is_le())),
            Operator::Greater => order(&left, &right).map(|order| Datum::Bool(order.is_gt())),
            Operator::GreaterOrEqual => order(&left, &right).map(|order| Datum::Bool(order.is_ge())),
            Operator::In | Operator::NotIn => {
                contains(&right, &left).map(|found| Datum::Bool(found == (operator == Operator::In)))
            }
            Operator::Add => operation::add(&left, &right, &mut self.fuel).and_then(fit),
            Operator::Subtract => operation::subtract(&left, &right),
            Operator::Concatenate => operation::concatenate(&left, &right, &mut self.fuel),
            Operator::Multiply => operation::multiply(&left, &right),
            Operator::Divide => operation::divide(&left, &right),
            Operator::DivideWhole => operation::divide_whole(&left, &right),
            Operator::Remainder => operation::remainder(&left, &right),
        }
    }

    fn filter(&mut self, value: &Datum, name: &str, arguments: &'run [Tree]) -> Result<Datum, EvalStop> {
        let filter = filter_named(name).ok_or_else(|| EvalStop::wrong(format!("there is no filter `{name}`")))?;
        let arguments: Result<Vec<Datum>, EvalStop> = arguments.iter().map(|argument| self.value(argument)).collect();
        (filter.run)(&mut Call { value, arguments: &arguments?, fuel: &mut self.fuel }).and_then(fit)
    }

    fn test(&mut self, value: &Datum, name: &str, arguments: &'run [Tree]) -> Result<bool, EvalStop> {
        let test = test_named(name).ok_or_else(|| EvalStop::wrong(format!("there is no test `{name}`")))?;
        let argument = arguments.first().map_or(Ok(Datum::Null), |argument| self.value(argument))?;
        if let Datum::Text(text) = value {
            self.fuel.charge_bytes(text.len().saturating_add(argument.extent().bytes))?;
        }
        (test.run)(value, &argument)
    }
}

//! An expression as a tree, each node with its place: what names, kinds and sources of values are checked on.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Number;

/// A node of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The bytes of the source that it covers, brackets around it included.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ExprKind,
}

/// What a node of an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `none`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// `[a, b]`.
    List(Vec<Tree>),
    /// `{'a': b}`, in order.
    Object(Vec<(Key, Tree)>),
    /// A name.
    Name(String),
    /// `of.name`.
    Attribute {
        /// Of what.
        of: Box<Tree>,
        /// Its name.
        name: String,
        /// Where the name stands.
        name_range: Range<usize>,
    },
    /// `of[index]`.
    Subscript {
        /// Of what.
        of: Box<Tree>,
        /// Which one.
        index: Box<Tree>,
    },
    /// `of | name(arguments)`.
    Filter {
        /// Of what.
        of: Box<Tree>,
        /// The filter's name.
        name: String,
        /// Where the name stands.
        name_range: Range<usize>,
        /// Its arguments.
        arguments: Vec<Tree>,
    },
    /// `of is [not] name(arguments)`.
    Test {
        /// Of what.
        of: Box<Tree>,
        /// The test's name.
        name: String,
        /// Where the name stands.
        name_range: Range<usize>,
        /// Whether it is `is not`.
        negated: bool,
        /// Its arguments.
        arguments: Vec<Tree>,
    },
    /// `not a`.
    Not(Box<Tree>),
    /// `-a`.
    Negative(Box<Tree>),
    /// `left operator right`.
    Binary {
        /// The operator.
        operator: Operator,
        /// Its left operand.
        left: Box<Tree>,
        /// Its right operand.
        right: Box<Tree>,
    },
    /// `then if condition else otherwise`.
    Conditional {
        /// The condition.
        condition: Box<Tree>,
        /// The value where it holds.
        then: Box<Tree>,
        /// The value where it does not.
        otherwise: Box<Tree>,
    },
    /// `[item for name in list if condition …]`, `any(item for …)`, `all(item for …)`.
    Comprehension {
        /// What becomes of the items.
        gather: Gather,
        /// What is taken of each.
        item: Box<Tree>,
        /// The loops, outermost first; never empty.
        clauses: Vec<Clause>,
    },
}

/// What becomes of the items of a comprehension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gather {
    /// They are a list.
    List,
    /// It is true where one of them is.
    Any,
    /// It is true where each of them is.
    All,
}

/// A loop of a comprehension: `for name in list if condition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// The name of the item.
    pub name: String,
    /// Where the name is.
    pub name_range: Range<usize>,
    /// The list.
    pub list: Tree,
    /// Which items count.
    pub condition: Option<Tree>,
}

/// The key of a field of an object: a literal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub name: Arc<str>,
    /// Where it is.
    pub range: Range<usize>,
}

/// The operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `or`: the first operand that is true, else the last.
    Or,
    /// `and`: the first operand that is not true, else the last.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `~`: texts and numbers joined to a text.
    Concatenate,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `//`.
    DivideWhole,
    /// `%`.
    Remainder,
}

/// A name with the attributes taken of it, as far as they are known without evaluating: `steps.admins.admins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePath {
    /// The names, outermost first; never empty.
    pub names: Vec<String>,
    /// Where each of them stands.
    pub ranges: Vec<Range<usize>>,
}

impl Operator {
    /// Returns the operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Concatenate => "~",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::DivideWhole => "//",
            Self::Remainder => "%",
        }
    }
}

impl Tree {
    /// Returns the static name path that this node is, where it is one: a name, attributes and subscripts by a
    /// literal text, nothing else.
    pub fn path(&self) -> Option<NamePath> {
        match &self.kind {
            ExprKind::Name(name) => Some(NamePath { names: vec![name.clone()], ranges: vec![self.range.clone()] }),
            ExprKind::Attribute { of, name, name_range } => {
                let mut path = of.path()?;
                path.names.push(name.clone());
                path.ranges.push(name_range.clone());
                Some(path)
            }
            ExprKind::Subscript { of, index } => {
                let ExprKind::Text(name) = &index.kind else { return None };
                let mut path = of.path()?;
                path.names.push(name.as_ref().to_owned());
                path.ranges.push(index.range.clone());
                Some(path)
            }
            _ => None,
        }
    }

    /// Returns every static name path in this node and below, each as long as it can be, in the order of the source.
    pub fn paths(&self) -> Vec<NamePath> {
        let mut found = Vec::new();
        self.collect_paths(&mut Vec::new(), &mut found);
        found
    }

    /// `items` are the names of loops around this node, which are not paths.
    fn collect_paths<'tree>(&'tree self, items: &mut Vec<&'tree str>, found: &mut Vec<NamePath>) {
        if let Some(path) = self.path() {
            found.extend((!path.names.first().is_some_and(|first| items.contains(&first.as_str()))).then_some(path));
            return;
        }
        let outer = items.len();
        if let ExprKind::Comprehension { clauses, .. } = &self.kind {
            items.extend(clauses.iter().map(|clause| clause.name.as_str()));
        }
        self.children().into_iter().for_each(|child| child.collect_paths(items, found));
        items.truncate(outer);
    }

    /// Returns whether it uses a name.
    pub fn mentions(&self, name: &str) -> bool {
        matches!(&self.kind, ExprKind::Name(own) if own == name)
            || self.children().into_iter().any(|child| child.mentions(name))
    }

    /// Returns the nodes directly below this one, in the order of the source.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => {
                Vec::new()
            }
            ExprKind::List(items) => items.iter().collect(),
            ExprKind::Object(entries) => entries.iter().map(|(_, value)| value).collect(),
            ExprKind::Attribute { of, .. } => vec![of],
            ExprKind::Subscript { of, index } => vec![of, index],
            ExprKind::Filter { of, arguments, .. } | ExprKind::Test { of, arguments, .. } => {
                std::iter::once(&**of).chain(arguments).collect()
            }
            ExprKind::Not(of) | ExprKind::Negative(of) => vec![of],
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::Conditional { condition, then, otherwise } => vec![then, condition, otherwise],
            ExprKind::Comprehension { item, clauses, .. } => {
                let loops = clauses.iter().flat_map(|clause| std::iter::once(&clause.list).chain(&clause.condition));
                std::iter::once(&**item).chain(loops).collect()
            }
        }
    }
}

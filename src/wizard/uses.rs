//! Which earlier steps a step speaks of.

use super::Step;
use super::template::{PathTemplate, Segment};
use crate::expr::Expression;

impl Step {
    /// Returns whether what it reads or concludes uses a step of which `is_one` is true.
    pub fn mentions(&self, is_one: &dyn Fn(&String) -> bool) -> bool {
        self.conclusions().any(|expression| {
            expression.paths().iter().any(|path| match path.names.as_slice() {
                [first, id, ..] => first == "steps" && is_one(id),
                _ => false,
            })
        })
    }

    fn conclusions(&self) -> impl Iterator<Item = &Expression> {
        let reads = self.reads.iter().flat_map(|read| {
            let query = read.query.iter().flat_map(|(_, value)| value.expressions());
            read.when.iter().chain(placeholders(&read.get)).chain(query)
        });
        let sentences = self.problems.iter().map(|problem| &problem.when);
        let exceptions = self.not_applicable.iter().map(|rule| &rule.when);
        let captures = self.captures.iter().map(|capture| &capture.value);
        let items = self.for_each.iter().map(|for_each| &for_each.items);
        reads.chain(sentences).chain(exceptions).chain(captures).chain(items).chain(self.ok_when())
    }
}

fn placeholders(path: &PathTemplate) -> impl Iterator<Item = &Expression> {
    path.segments.iter().filter_map(|segment| match segment {
        Segment::Literal(_) => None,
        Segment::Value(expression) => Some(expression),
    })
}

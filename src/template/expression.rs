//! What stands between `{{` and `}}`: paths, literals and helper calls.

use super::helpers::Helper;
use crate::diagnostic::did_you_mean;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg};
use serde_json::Value;

/// A piece of a scalar.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    Expression(Expression),
}

/// A typed expression.
#[derive(Clone, Debug)]
pub enum Expression {
    /// Keys into the values.
    Path(Vec<String>),
    /// A string, number, bool or null.
    Literal(Value),
    /// A helper and its arguments.
    Call(Helper, Vec<Expression>),
}

/// Why a scalar cannot be a template: a message, and the way out where there is one.
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

fn refusal(message: impl Into<String>) -> Refusal {
    Refusal {
        message: message.into(),
        help: None,
    }
}

/// Splits a scalar into text and expressions.
pub(super) fn split(text: &str) -> Result<Vec<Part>, Refusal> {
    match lone_path(text) {
        Some(path) => Ok(vec![Part::Expression(path)]),
        None => parsed(text),
    }
}

/// `{{a.b-c.d}}`, by far the most frequent scalar: Handlebars' parser takes a hundred times as long
/// for it, and a test holds that it reads the same.
fn lone_path(text: &str) -> Option<Expression> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    let is_key = |key: &str| {
        key.starts_with(|first: char| first.is_ascii_alphabetic())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !matches!(key, "this" | "true" | "false" | "null" | "else")
    };
    // A helper without its arguments is a mistake.
    if Helper::named(inner).is_some() {
        return None;
    }
    inner
        .split('.')
        .map(|key| is_key(key).then(|| key.to_owned()))
        .collect::<Option<_>>()
        .map(Expression::Path)
}

fn parsed(text: &str) -> Result<Vec<Part>, Refusal> {
    // Handlebars names the rules of its grammar, which help nobody who does not know it.
    let template = handlebars::Template::compile(text).map_err(|_| Refusal {
        message: if text.matches("{{").count() > text.matches("}}").count() {
            "an expression does not end with `}}`".to_owned()
        } else {
            "not a Handlebars expression".to_owned()
        },
        help: Some("write `{{section.key}}` or `{{helper argument}}`".to_owned()),
    })?;
    template.elements.iter().map(part).collect()
}

fn part(element: &TemplateElement) -> Result<Part, Refusal> {
    match element {
        TemplateElement::RawString(text) => Ok(Part::Text(text.clone())),
        TemplateElement::HtmlExpression(call) | TemplateElement::Expression(call) => {
            Ok(Part::Expression(expression(call)?))
        }
        TemplateElement::Comment(_) => Ok(Part::Text(String::new())),
        _ => Err(Refusal {
            message: "blocks, partials and decorators are not allowed in a scalar".to_owned(),
            help: Some(
                "use `when`, `optional` or `splice`, or a `$when` key in the map".to_owned(),
            ),
        }),
    }
}

fn expression(call: &HelperTemplate) -> Result<Expression, Refusal> {
    if !call.hash.is_empty() || call.block_param.is_some() {
        return Err(refusal("named arguments are not known"));
    }
    if call.params.is_empty() {
        let helper = name_of(&call.name).ok().and_then(|name| Helper::named(&name));
        return match helper.map(|helper| helper.check_arity(0)) {
            Some(Err(message)) => Err(refusal(message)),
            _ => parameter(&call.name),
        };
    }
    let name = name_of(&call.name)?;
    let helper = Helper::named(&name).ok_or_else(|| Refusal {
        message: format!("`{name}` is not a helper"),
        help: did_you_mean(&name, Helper::names()),
    })?;
    let arguments = call
        .params
        .iter()
        .map(parameter)
        .collect::<Result<Vec<_>, _>>()?;
    helper.check_arity(arguments.len()).map_err(refusal)?;
    Ok(Expression::Call(helper, arguments))
}

fn name_of(parameter: &Parameter) -> Result<String, Refusal> {
    match parameter {
        Parameter::Name(name) => Ok(name.clone()),
        Parameter::Path(Path::Relative((_, raw))) => Ok(raw.clone()),
        _ => Err(refusal("a helper has a plain name")),
    }
}

fn parameter(parameter: &Parameter) -> Result<Expression, Refusal> {
    match parameter {
        Parameter::Name(name) => Ok(Expression::Path(vec![name.clone()])),
        Parameter::Path(Path::Relative((segments, raw))) => segments
            .iter()
            .map(|segment| match segment {
                PathSeg::Named(name) => Ok(name.clone()),
                _ => Err(refusal(format!("`{raw}` is not a path into the values"))),
            })
            .collect::<Result<_, _>>()
            .map(Expression::Path),
        Parameter::Literal(value) => Ok(Expression::Literal(value.clone())),
        Parameter::Subexpression(inner) => match inner.as_element() {
            TemplateElement::Expression(call) => expression(call),
            _ => Err(refusal("not an expression")),
        },
        _ => Err(refusal("not a path into the values")),
    }
}

/// Every path into the values that an expression asks for.
pub fn paths_read(expression: &Expression) -> Vec<Vec<String>> {
    match expression {
        Expression::Path(keys) => vec![keys.clone()],
        Expression::Literal(_) => Vec::new(),
        Expression::Call(_, arguments) => arguments.iter().flat_map(paths_read).collect(),
    }
}

impl Expression {
    /// Hands on every literal inside an expression.
    pub(super) fn literals(&self, push: &mut impl FnMut(&Value)) {
        match self {
            Expression::Literal(value) => push(value),
            Expression::Path(_) => {}
            Expression::Call(_, arguments) => {
                for argument in arguments {
                    argument.literals(push);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_paths_read_as_handlebars_reads_them() {
        for text in ["{{a}}", "{{server.flags.tp-size}}", "{{a1.b2.c-d-e}}"] {
            let fast = lone_path(text).expect("a lone path");
            let parsed = parsed(text).unwrap_or_else(|refusal| panic!("{}", refusal.message));
            let [Part::Expression(slow)] = parsed.as_slice() else {
                panic!("{text} is not one expression");
            };
            assert_eq!(paths_read(&fast), paths_read(slow));
            assert!(matches!(slow, Expression::Path(_)));
        }
        for text in [
            "{{a b}}", "{{ a }}", "{{a}}b", "{{this}}", "{{true}}", "{{a..b}}", "{{../a}}",
        ] {
            assert!(lone_path(text).is_none(), "{text}");
        }
    }
}

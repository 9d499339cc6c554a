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
    let template = handlebars::Template::compile(text)
        .map_err(|error| refusal(error.reason().to_string()))?;
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
        return parameter(&call.name);
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

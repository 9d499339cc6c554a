use super::*;
use crate::diagnostic::Diagnostic;
use crate::source::Sources;
use crate::yaml::{Dialect, read};
use serde_json::json;

fn rendered(template: &str, values: &Value) -> Result<Value, Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let source = sources.add("template.yaml", template);
    let tree = read(&sources, source, Dialect::Strict)?;
    evaluate(&parse(&tree)?, values, &mut NoTrace).map(Option::unwrap_or_default)
}

fn messages(result: Result<Value, Vec<Diagnostic>>) -> Vec<String> {
    let problems = result.expect_err("the template is wrong");
    problems
        .into_iter()
        .map(|problem| match problem.help {
            Some(help) => format!("{}; {help}", problem.message),
            None => problem.message,
        })
        .collect()
}

#[test]
fn a_lone_expression_keeps_its_type() {
    let values = json!({"n": 3, "b": true, "s": "3", "l": [1], "m": {"k": "v"}});
    let text = "num: '{{n}}'\nb: '{{b}}'\ns: '{{s}}'\nl: '{{l}}'\nm: '{{m}}'\nt: 'n={{n}}'";
    assert_eq!(
        rendered(text, &values).expect("valid"),
        json!({"num": 3, "b": true, "s": "3", "l": [1], "m": {"k": "v"}, "t": "n=3"})
    );
}

#[test]
fn values_are_not_templates() {
    let values = json!({"v": "{{n}} }} \" ' \n- x: y"});
    assert_eq!(
        rendered("a: ['{{v}}', 'x {{v}}']", &values).expect("valid"),
        json!({"a": ["{{n}} }} \" ' \n- x: y", "x {{n}} }} \" ' \n- x: y"]})
    );
}

#[test]
fn absent_optional_values_remove_their_key_or_item() {
    assert_eq!(
        rendered(
            "a: '{{optional x.y}}'\nb: ['{{optional x}}', 1]\nc: {d: '{{when (eq k 1) k}}'}\n\
             e: ['{{optional x}}']\nf: {}\ng: []",
            &json!({"k": 2})
        )
        .expect("valid"),
        json!({"b": [1], "f": {}, "g": []})
    );
}

#[test]
fn lists_are_spliced() {
    assert_eq!(
        rendered(
            "args: [first, '{{splice l}}', '{{splice (flags f)}}']",
            &json!({"l": ["a", "b"], "f": {"z": 1, "on": true, "off": false, "l": [1, 2]}})
        )
        .expect("valid"),
        json!({"args": ["first", "a", "b", "--l", "1", "2", "--on", "--z=1"]})
    );
}

#[test]
fn conditional_maps_come_and_go() {
    let text = "l:\n- {$when: \"{{eq s 'x'}}\", name: one}\n- {$when: \"{{and (has t) (eq t 1)}}\", name: two}";
    assert_eq!(
        rendered(text, &json!({"s": "x"})).expect("valid"),
        json!({"l": [{"name": "one"}]})
    );
}

#[test]
fn entries_become_named_lists() {
    let text = "a: '{{entries e \"name\" \"value\"}}'\nb: '{{entries t \"key\"}}'";
    assert_eq!(
        rendered(text, &json!({"e": {"B": "2", "A": "1"}, "t": {"k": {"op": "Exists"}}}))
            .expect("valid"),
        json!({
            "a": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "b": [{"key": "k", "op": "Exists"}],
        })
    );
}

#[test]
fn every_wrong_expression_is_named_at_once() {
    assert_eq!(
        messages(rendered(
            "a: '{{server.prot}}'\nb: '{{nothing}}'",
            &json!({"server": {"port": 1}})
        )),
        [
            "there is no value `server.prot`; did you mean `port`?",
            "there is no value `nothing`; known are `server`",
        ]
    );
    assert_eq!(
        messages(rendered("a: '{{optinal x}}'\nb: '{{#if x}}y{{/if}}'", &json!({}))),
        [
            "`optinal` is not a helper; did you mean `optional`?",
            "blocks, partials and decorators are not allowed in a scalar; \
             use `when`, `optional` or `splice`, or a `$when` key in the map",
        ]
    );
    assert_eq!(
        messages(rendered("a: 'x{{l}}'", &json!({"l": []}))),
        ["a list cannot stand in text"]
    );
}

#[test]
fn origins_are_recorded_on_demand() {
    let mut sources = Sources::default();
    let source = sources.add("t.yaml", "a:\n  - '{{splice l}}'\n  - '{{s.t}}'\n");
    let tree = read(&sources, source, Dialect::Strict).expect("valid");
    let mut origins = Origins::default();
    let values = json!({"l": [1, 2], "s": {"t": 3}});
    evaluate(&parse(&tree).expect("valid"), &values, &mut origins).expect("valid");
    let (pointer, origin) = origins.at("/a/2/deeper").expect("recorded");
    assert_eq!(pointer, "/a/2");
    assert_eq!(sources.locate(origin.place), "t.yaml:3:5");
    assert_eq!(origin.reads, [["s", "t"]]);
    assert_eq!(sources.locate(origins.at("/a/1").expect("recorded").1.place), "t.yaml:2:5");
}

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::http::value::ValueError;

fn raw(text: &str) -> &RawValue {
    serde_json::from_str(text).unwrap()
}

fn of(schema: &str) -> Result<HeaderParams, SchemaFault> {
    HeaderParams::of_schema(raw(schema))
}

/// A text, a number, a flag, and a text within an object.
fn query() -> HeaderParams {
    of(r#"{"type":"object","properties":{
        "region":{"x-mcp-header":"Region","type":"string"},
        "limit":{"type":["integer","null"],"x-mcp-header":"Limit"},
        "dry":{"type":"boolean","x-mcp-header":"Dry"},
        "sql":{"type":"string"},
        "where":{"type":"object","properties":{"tenant":{"type":"string","x-mcp-header":"Tenant"}}}
    }}"#)
    .unwrap()
}

fn shown(headers: &HeaderMap) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
}

fn built(arguments: &str) -> Result<Vec<String>, ArgumentFault> {
    query().headers(Some(raw(arguments))).map(|headers| shown(&headers))
}

fn checked(fields: &[(&str, &str)], arguments: &str) -> Result<(), ParamFault> {
    let headers = fields
        .iter()
        .map(|(name, value)| {
            let name = format!("Mcp-Param-{name}").parse::<HeaderName>().unwrap();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        })
        .collect();
    query().validate(&headers, Some(raw(arguments)))
}

fn fault(name: &'static str, problem: impl Into<HeaderProblem>) -> Result<(), ParamFault> {
    Err(HeaderFault::new(&HeaderName::from_static(name), problem).into())
}

#[test]
fn annotations_are_found_with_their_places() {
    let query = query();
    let found: Vec<_> = query
        .params()
        .iter()
        .map(|param| (param.header.as_str(), param.path.join("/"), param.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("mcp-param-region", "region".to_owned(), Primitive::String),
            ("mcp-param-limit", "limit".to_owned(), Primitive::Integer),
            ("mcp-param-dry", "dry".to_owned(), Primitive::Boolean),
            ("mcp-param-tenant", "where/tenant".to_owned(), Primitive::String),
        ]
    );
    assert!(of(r#"{"type":"object"}"#).unwrap().is_empty());
    assert!(of("true").unwrap().is_empty());
}

#[test]
fn data_and_names_in_a_schema_are_no_annotations() {
    for schema in [
        r#"{"properties":{"x-mcp-header":{"type":"object"}}}"#,
        r#"{"properties":{"a":{"default":{"x-mcp-header":"A"}}}}"#,
        r#"{"properties":{"a":{"enum":[{"x-mcp-header":"A"}],"const":{"x-mcp-header":""}}}}"#,
        r#"{"examples":[{"x-mcp-header":"A"}],"x-other":{"x-mcp-header":"A"}}"#,
        r#"{"patternProperties":{"x-mcp-header":true},"dependencies":{"x-mcp-header":["a"]}}"#,
    ] {
        assert!(of(schema).unwrap().is_empty(), "{schema}");
    }
    let named = of(r#"{"properties":{"properties":{"properties":{"properties":
        {"type":"string","x-mcp-header":"A"}}}}}"#);
    assert_eq!(named.unwrap().params()[0].path, ["properties", "properties"]);
}

#[test]
fn an_annotation_that_is_not_reachable_makes_the_tool_invalid() {
    let annotated = r#"{"type":"string","x-mcp-header":"A"}"#;
    for (schema, at) in [
        (format!(r#"{{"items":{annotated}}}"#), "/items"),
        (format!(r#"{{"properties":{{"a":{{"items":[{annotated}]}}}}}}"#), "/properties/a/items"),
        (
            format!(r#"{{"properties":{{"a":{{"items":{{"properties":{{"b":{annotated}}}}}}}}}}}"#),
            "/properties/a/items/properties/b",
        ),
        (format!(r#"{{"oneOf":[{{"properties":{{"a":{annotated}}}}}]}}"#), "/oneOf/properties/a"),
        (format!(r#"{{"if":{annotated}}}"#), "/if"),
        (format!(r#"{{"$defs":{{"a/~b":{annotated}}}}}"#), "/$defs/a~1~0b"),
        (format!(r#"{{"additionalProperties":{annotated}}}"#), "/additionalProperties"),
        (format!(r#"{{"patternProperties":{{".":{annotated}}}}}"#), "/patternProperties/."),
        (format!(r#"{{"dependentSchemas":{{"a":{annotated}}}}}"#), "/dependentSchemas/a"),
        (annotated.to_owned(), ""),
    ] {
        assert_eq!(of(&schema), Err(SchemaFault::Unreachable { at: at.to_owned() }), "{schema}");
    }
}

#[test]
fn only_one_primitive_type_can_be_mirrored() {
    for kind in [
        r#""number""#,
        r#""object""#,
        r#""array""#,
        r#""null""#,
        r#"["string","integer"]"#,
        r#"["null","null"]"#,
        "[]",
        "1",
        r#"["string","integer","null"]"#,
    ] {
        let schema = format!(r#"{{"properties":{{"a":{{"type":{kind},"x-mcp-header":"A"}}}}}}"#);
        assert_eq!(of(&schema), Err(SchemaFault::Type { at: "/properties/a".into() }), "{kind}");
    }
    let schema = r#"{"properties":{"a":{"x-mcp-header":"A","enum":["x"]}}}"#;
    assert_eq!(of(schema), Err(SchemaFault::Type { at: "/properties/a".into() }));
}

#[test]
fn a_name_is_a_token_and_unique() {
    for name in ["", "a b", "a:b", "R\u{e9}gion", "a\t", "a\r\nb: c", "(a)", "a\u{0}"] {
        let schema = json!({"properties": {"a": {"type": "string", "x-mcp-header": name}}});
        let found = of(&schema.to_string());
        assert_eq!(found, Err(SchemaFault::Name { at: "/properties/a".into() }), "{name:?}");
    }
    for name in [json!(1), json!(null), json!(["A"])] {
        let schema = json!({"properties": {"a": {"type": "string", "x-mcp-header": name}}});
        assert_eq!(of(&schema.to_string()), Err(SchemaFault::Name { at: "/properties/a".into() }));
    }
    let twice = r#"{"properties":{"a":{"type":"string","x-mcp-header":"Region"},
        "b":{"type":"string","x-mcp-header":"REGION"}}}"#;
    assert_eq!(of(twice), Err(SchemaFault::RepeatedName { at: "/properties/b".into() }));
    let standard = r#"{"properties":{"a":{"type":"string","x-mcp-header":"!#$%&'*+-.^_`|~Name"}}}"#;
    assert_eq!(of(standard).unwrap().params()[0].header, "mcp-param-!#$%&'*+-.^_`|~name");
}

#[test]
fn a_schema_that_can_be_read_in_two_ways_is_invalid() {
    for (schema, at) in [
        (
            r#"{"properties":{"a":{"type":"object","type":"string","x-mcp-header":"A"}}}"#,
            "/properties/a/type",
        ),
        (
            r#"{"properties":{"a":{"x-mcp-header":"A","x-mcp-header":"B","type":"string"}}}"#,
            "/properties/a/x-mcp-header",
        ),
        (r#"{"properties":{"a":{},"a":{}}}"#, "/properties/a"),
        (r#"{"properties":{},"properties":{}}"#, "/properties"),
    ] {
        assert_eq!(of(schema), Err(SchemaFault::RepeatedMember { at: at.into() }), "{schema}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let wide = |count: usize| {
        let names = (0..count)
            .map(|n| (format!("p{n}"), json!({"type": "string", "x-mcp-header": format!("H{n}")})));
        json!({"properties": names.collect::<serde_json::Map<_, _>>()}).to_string()
    };
    assert_eq!(of(&wide(LIMIT)).unwrap().params().len(), LIMIT);
    assert_eq!(of(&wide(LIMIT + 1)), Err(SchemaFault::TooMany));
    let deep = r#"{"not":"#.repeat(100_000) + "true" + &"}".repeat(100_000);
    assert_eq!(of(&deep), Err(SchemaFault::Unreadable));
}

#[test]
fn fields_are_made_of_the_values_that_are_there() {
    assert_eq!(
        built(r#"{"sql":"x","region":"eu 1","limit":42,"dry":true,"where":{"tenant":"\u00e9","other":[]}}"#).unwrap(),
        [
            "mcp-param-region: eu 1",
            "mcp-param-limit: 42",
            "mcp-param-dry: true",
            "mcp-param-tenant: =?base64?w6k=?="
        ]
    );
    assert_eq!(
        built(r#"{"region":null,"dry":false,"where":7}"#).unwrap(),
        ["mcp-param-dry: false"]
    );
    assert_eq!(built(r#"{"region":""}"#).unwrap(), ["mcp-param-region: "]);
    assert_eq!(built("[1]").unwrap(), [""; 0]);
    assert_eq!(shown(&query().headers(None).unwrap()), [""; 0]);
}

#[test]
fn numbers_keep_every_digit() {
    for (number, field) in [
        ("9007199254740993", "9007199254740993"),
        ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ("5.0", "5"),
        ("1e2", "100"),
        ("-0", "0"),
        ("1.5", "1.5"),
        ("1e999", "1e999"),
    ] {
        let fields = built(&format!(r#"{{"limit":{number}}}"#)).unwrap();
        assert_eq!(fields, [format!("mcp-param-limit: {field}")], "{number}");
    }
}

#[test]
fn a_value_of_another_primitive_type_is_left_to_the_server() {
    assert_eq!(built(r#"{"limit":"many"}"#).unwrap(), ["mcp-param-limit: many"]);
    assert_eq!(built(r#"{"region":3}"#).unwrap(), ["mcp-param-region: 3"]);
}

#[test]
fn arguments_that_cannot_be_mirrored_are_told() {
    let header = HeaderName::from_static("mcp-param-region");
    for value in ["[]", "{}", r#"["eu"]"#] {
        let arguments = format!(r#"{{"region":{value}}}"#);
        assert_eq!(built(&arguments), Err(ArgumentFault::NotPrimitive { header: header.clone() }));
        assert!(checked(&[("Region", "eu")], &arguments).is_err());
    }
    for arguments in [
        r#"{"region":"a","region":"a"}"#,
        r#"{"region":"a","\u0072egion":"b"}"#,
        r#"{"where":{"tenant":"a"},"where":{}}"#,
        r#"{"where":{"tenant":"a","tenant":"b"}}"#,
    ] {
        assert_eq!(built(arguments), Err(ArgumentFault::Repeated), "{arguments}");
        let answer = checked(&[("Region", "a")], arguments);
        assert_eq!(answer, Err(ArgumentFault::Repeated.into()), "{arguments}");
    }
    assert_eq!(built(r#"{"region":"\ud800"}"#), Err(ArgumentFault::Unreadable));
    assert_eq!(built(r#"{"sql":1,"sql":2}"#).unwrap(), [""; 0]);
}

#[test]
fn fields_that_say_what_the_arguments_say_pass() {
    let call = r#"{"region":"\u00e9","limit":42,"dry":false,"where":{"tenant":"t"}}"#;
    let fields =
        [("Region", "=?base64?w6k=?="), ("LIMIT", "42.0"), ("dry", " false "), ("Tenant", "t")];
    assert_eq!(checked(&fields, call), Ok(()));
    assert_eq!(checked(&[("Unknown", "\u{e9}"), ("Other", "x")], "{}"), Ok(()));
    assert_eq!(checked(&[("Limit", "=?base64?MQ==?=")], r#"{"limit":1}"#), Ok(()));
    assert_eq!(checked(&[("Limit", "1e99")], r#"{"limit":1e99}"#), Ok(()));
}

#[test]
fn fields_that_say_something_else_are_refused() {
    use HeaderProblem::{Mismatch, Missing, Repeated, Unexpected};
    let call = r#"{"region":"eu","limit":9007199254740993,"dry":true}"#;
    let region = ("Region", "eu");
    let limit = ("Limit", "9007199254740993");
    let dry = ("Dry", "true");
    assert_eq!(checked(&[region, limit, dry], call), Ok(()));
    assert_eq!(checked(&[limit, dry], call), fault("mcp-param-region", Missing));
    assert_eq!(checked(&[region, region, limit, dry], call), fault("mcp-param-region", Repeated));
    assert_eq!(checked(&[("Region", "EU"), limit, dry], call), fault("mcp-param-region", Mismatch));
    for other in [
        "9007199254740992",
        "9007199254740993.5",
        "0x1",
        "true",
        "+9007199254740993",
        "09007199254740993",
    ] {
        let answer = checked(&[region, ("Limit", other), dry], call);
        assert_eq!(answer, fault("mcp-param-limit", Mismatch), "{other}");
    }
    for other in ["TRUE", "1", "false", ""] {
        let answer = checked(&[region, limit, ("Dry", other)], call);
        assert_eq!(answer, fault("mcp-param-dry", Mismatch), "{other}");
    }
    let tenant = ("Tenant", "t");
    let unexpected = fault("mcp-param-tenant", Unexpected);
    assert_eq!(checked(&[region, limit, dry, tenant], call), unexpected);
    assert_eq!(checked(&[tenant], r#"{"where":{"tenant":null}}"#), unexpected);
    assert_eq!(checked(&[tenant], r#"{"where":"t"}"#), unexpected);
    assert_eq!(
        checked(&[("Region", "\u{e9}")], r#"{"region":"\u00e9"}"#),
        fault("mcp-param-region", ValueError::Character)
    );
    assert_eq!(
        checked(&[("Region", "=?base64?w6k?=")], r#"{"region":"\u00e9"}"#),
        fault("mcp-param-region", ValueError::Encoding)
    );
}

#[test]
fn a_call_without_arguments_expects_no_field() {
    let headers = HeaderMap::from_iter([(
        HeaderName::from_static("mcp-param-dry"),
        HeaderValue::from_static("true"),
    )]);
    assert_eq!(query().validate(&headers, None), fault("mcp-param-dry", HeaderProblem::Unexpected));
    assert_eq!(query().validate(&HeaderMap::new(), None), Ok(()));
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,12}".prop_map(|text| json!(text).to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?[1-9][0-9]{0,30}(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?",
        any::<bool>().prop_map(|flag| flag.to_string()),
        Just("null".to_owned()),
    ]
}

proptest! {
    #[test]
    fn what_is_built_is_valid(region in any_value(), limit in any_value(), tenant in any_value()) {
        let text = format!(r#"{{"region":{region}, "where":{{"tenant" : {tenant} }},"limit":{limit}}}"#);
        let arguments = Some(raw(&text));
        let headers = query().headers(arguments).unwrap();
        prop_assert_eq!(query().validate(&headers, arguments), Ok(()));
        let present = [&region, &limit, &tenant].iter().filter(|value| **value != "null").count();
        prop_assert_eq!(headers.len(), present);
    }

    #[test]
    fn another_text_never_passes(text in ".{0,8}", other in ".{0,8}") {
        let arguments = |text: &str| json!({"region": text}).to_string();
        let headers = query().headers(Some(raw(&arguments(&text)))).unwrap();
        let answer = query().validate(&headers, Some(raw(&arguments(&other))));
        prop_assert_eq!(answer.is_ok(), text == other);
    }
}

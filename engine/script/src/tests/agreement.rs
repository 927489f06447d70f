//! The native path answers what Rhai answers, and the compiler survives any text.

use std::sync::Arc;

use formwork_model::{record::Fields, value::Value};
use proptest::prelude::*;

use super::small_world::{SmallHost, check, name, sandbox};
use crate::{handle::Handle, program::Mode, program::Vars};

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-5i64..5).prop_map(Value::Int),
        any::<i64>().prop_map(Value::Int),
        (-500i64..500, 0u32..4).prop_map(|(n, scale)| Value::Decimal(rust_decimal::Decimal::new(n, scale))),
        "[a-c]{0,2}".prop_map(Value::text),
        (1i8..28).prop_map(|day| Value::Date(jiff::civil::date(2026, 2, day))),
        (-3i64..3).prop_map(|days| Value::Seconds(days * 86_400)),
        (0i64..5).prop_map(|s| Value::Instant(jiff::Timestamp::from_second(s).unwrap())),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("y".to_owned()),
        Just("z".to_owned()),
        Just("()".to_owned()),
        Just("r.a".to_owned()),
        Just("r.b".to_owned()),
        Just("r.rows.len()".to_owned()),
        (-4i64..5).prop_map(|n| n.to_string()),
        (0i64..50).prop_map(|n| format!("{}.{}", n / 10, n % 10)),
        "[a-c]{0,2}".prop_map(|text| format!("\"{text}\"")),
        Just("true".to_owned()),
        Just("today()".to_owned()),
        Just("days(1)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let op = prop_oneof![
            Just("+"),
            Just("-"),
            Just("*"),
            Just("/"),
            Just("%"),
            Just("=="),
            Just("!="),
            Just("<"),
            Just("<="),
            Just(">"),
            Just(">="),
            Just("&&"),
            Just("||"),
            Just("??")
        ];
        prop_oneof![
            4 => (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} in [{b}, 1, \"a\"])")),
            1 => inner.clone().prop_map(|a| format!("round({a}, 1)")),
            1 => inner.clone().prop_map(|a| format!("is_empty({a})")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} {{ {b} }} else {{ {c} }})")),
            1 => inner.clone().prop_map(|a| format!("r.rows.sum(|q| {a})")),
            1 => inner.clone().prop_map(|a| format!("r.rows.any(|q| q.n == {a})")),
            1 => Just("r.rows.max(\"n\")".to_owned()),
        ]
    })
}

fn compile(text: &str) -> Option<crate::program::Program> {
    use crate::{compile::Compiler, origin::Origin, shape::Shape};
    let mut out = formwork_model::diagnostic::Diagnostics::default();
    let world = super::small_world::SmallWorld;
    let compiler = Compiler::new(sandbox(), &[], &world, &mut out);
    let variables = ["x", "y", "z", "r"].map(|name| (name, Shape::Any));
    let origin = Origin::inline(formwork_model::source::Span::default());
    compiler.compile(text, Mode::Expression, origin, &variables, &world, &mut out)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn native_and_rhai_agree(text in expression(), x in value(), y in value(), a in value(), n in value()) {
        for field in ["a", "b", "n", "rows"] {
            name(field);
        }
        let Some(program) = compile(&text) else { return Ok(()) };
        let Some(node) = &program.native else { return Ok(()) };
        let row = |key, n: &Value| formwork_model::record::Row { key, fields: Fields::from_iter([(name("n"), n.clone())]) };
        let rows = Value::Rows(vec![row(1, &n), row(2, &Value::Int(2))]);
        let r = Handle::Fixed(None, Arc::new(Fields::from_iter([(name("a"), a), (name("rows"), rows)])));
        let vars = Vars::new().with("x", Some(x)).with("y", Some(y)).with("r", r);
        let host = SmallHost::new();
        if let Some(fast) = node.eval(&host, &vars) {
            let slow = sandbox().eval_in_rhai(&program, &host, &vars);
            // Rhai cannot capture a variable twice over while a list behind it is walked; the native path can.
            if slow.as_ref().is_err_and(|failure| failure.message.en.starts_with("a closure uses")) {
                return Ok(());
            }
            prop_assert_eq!(format!("{:?}", Ok::<_, crate::failure::Failure>(fast)), format!("{:?}", slow), "{}", text);
        }
    }

    #[test]
    fn the_compiler_survives_any_text(text in "\\PC{0,40}", script in any::<bool>()) {
        check(&text, if script { Mode::Script } else { Mode::Expression }, "");
    }

    #[test]
    fn the_compiler_survives_near_misses(
        parts in prop::collection::vec(prop_oneof![
            Just("this"), Just("."), Just("lines"), Just("("), Just(")"), Just("|r|"), Just("\"x\""), Just("[0]"),
            Just("+"), Just("{"), Just("}"), Just("if"), Just("let a ="), Just(";"), Just("1"), Just("#{a: 1}"),
            Just("sum"), Just("="), Just("`${"), Just("}`"), Just("fn f(x)"), Just("switch"), Just("=>"), Just("/"),
        ], 0..14),
    ) {
        let text = parts.join(" ");
        check(&text, Mode::Script, "");
        check(&text, Mode::Expression, "");
    }
}

//! What scripts do reaches the host, and its failures come out unchanged.

use formwork_model::value::Value;

use super::small_world::{check, dec, message, name, run};
use crate::{host::Effect, program::Mode};

#[test]
fn effects_reach_the_host_in_order() {
    let (result, host) = run("let c = create(\"customer\", #{level: \"gold\", limit: 5});\n\
         this.title = \"新\"; this.amount = this.amount + 1;\n\
         for line in this.lines { line.price = 2; }\n\
         act(this.customer, \"submit\", #{level: \"x\"});\n\
         post(\"credit\", #{customer: this.customer}, -2.5, \"why\");\n\
         notify(user, #{zh: \"你好\", en: \"hello\"});\n\
         delete(c);");
    result.unwrap();
    let set = host.set.borrow();
    assert_eq!(set[0], (name("title"), Value::from("新")));
    assert_eq!(set[1], (name("amount"), Value::Decimal(dec("60001.00"))));
    assert_eq!(set.len(), 5);
    let done = host.done.borrow();
    assert_eq!(done.len(), 5);
    assert!(matches!(&done[0], Effect::Create(object, values) if *object == name("customer") && values.len() == 2));
    assert!(
        matches!(&done[2], Effect::Post { amount, note: Some(note), .. } if *amount == dec("-2.5") && note == "why")
    );
    assert!(matches!(&done[3], Effect::Notify { to, say } if to == &["wang"] && say.zh == "你好"));
}

#[test]
fn a_field_behind_a_reference_is_set_there_and_nowhere_else() {
    let (result, host) = run("this.customer.limit = 5; let n = this.lines.filter(|r| r.price > this.discount).len();");
    result.unwrap();
    assert_eq!(*host.set.borrow(), [(name("limit"), Value::Int(5))]);
}

#[test]
fn a_refusal_comes_out_as_the_host_made_it_with_its_place() {
    let (result, _) = run("let a = 1;\nrefuse(#{zh: \"不行\", en: \"no\"}, \"amount\");");
    let failure = result.unwrap_err();
    assert_eq!(failure.code.as_str(), "unknown-choice");
    assert_eq!(failure.message, message("no", "不行"));
    assert_eq!(failure.field, Some(name("amount")));
    assert_eq!(failure.at.unwrap().start, 11);
}

#[test]
fn a_failure_inside_the_library_is_placed_in_the_library() {
    let library = "fn half(x) {\n  x / 0\n}\nfn twice(x) { half(x) * 2 }";
    let (program, found) = check("twice(this.amount)", Mode::Expression, library);
    let program = program.unwrap_or_else(|| panic!("{found:?}"));
    let host = super::small_world::SmallHost::new();
    let failure = super::small_world::sandbox().eval(&program, &host, &super::small_world::vars()).unwrap_err();
    assert_eq!(failure.message.en, "division by zero");
    assert_eq!(failure.at.map(|at| (at.source, at.start)), Some((1, 17)));
}

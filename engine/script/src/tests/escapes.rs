//! Scripts that try to stop everybody else.

use std::time::{Duration, Instant};

use super::small_world::{check, run};
use crate::program::Mode;

#[track_caller]
fn stopped(text: &str) {
    let started = Instant::now();
    let (result, _) = run(text);
    let failure = result.expect_err(text);
    assert_eq!(failure.code.as_str(), "script-budget", "{text}: {failure:?}");
    assert!(failure.at.is_some());
    assert!(started.elapsed() < Duration::from_secs(4), "{text}: {:?}", started.elapsed());
}

#[test]
fn endless_loops_and_recursion_are_stopped() {
    stopped("loop { }");
    stopped("while true { let a = 1; }");
    stopped("fn again(n) { again(n + 1) } again(1)");
    stopped("let f = |g| g.call(g); f.call(f)");
}

#[test]
fn texts_lists_and_maps_cannot_grow_without_end() {
    stopped("let s = \"abcdefgh\"; loop { s = s + s; }");
    stopped("let s = \"abcdefgh\"; loop { s += s; }");
    stopped("let a = [1]; loop { a.push(a); }");
    stopped("let a = [1]; loop { a = a + a; }");
    stopped("let m = #{}; let i = 0; loop { i += 1; m.set(`k${i}`, i); }");
    stopped("let m = #{a: 1, b: 1}; loop { m.a = m; m.b = m; }");
    stopped("let a = [1]; loop { a = [a, a]; }");
    stopped("let a = [1]; loop { let b = a; a = [b, b]; }");
    stopped("let m = #{}; loop { m = #{a: m, b: m}; }");
    stopped("let a = \"x\"; a.pad(1000000000, \"y\")");
}

#[test]
fn what_is_switched_off_does_not_compile() {
    for (text, code) in [
        ("eval(\"1\")", "script-syntax"),
        ("import \"x\" as y;", "script-syntax"),
        ("export let x = 1;", "script-syntax"),
        ("print(\"x\")", "script-syntax"),
        ("debug(\"x\")", "script-syntax"),
        ("sleep(3)", "unknown-function"),
        ("timestamp()", "unknown-function"),
        ("try { refuse(\"x\"); } catch { }", "script-syntax"),
        ("blob(1000)", "unknown-function"),
        ("let x = 6; x /= 4;", "script-syntax"),
        ("let a = [1]; a[0] = a;", "script-syntax"),
        ("Fn(\"sleep\").call(3)", "unknown-function"),
        ("exit()", "unknown-function"),
    ] {
        let (program, found) = check(text, Mode::Script, "");
        assert!(program.is_none(), "{text}");
        assert_eq!(found.first().map(|(code, _)| code.as_str()), Some(code), "{text}: {found:?}");
    }
}

#[test]
fn an_expression_has_less_time_than_a_script() {
    let (program, found) =
        check("(0..1000000).to_array().len()", Mode::Expression, "fn spin(n) { let i = 0; while i < n { i += 1; } i }");
    assert!(program.is_none() || found.is_empty());
    let (program, found) =
        check("spin(100000000)", Mode::Expression, "fn spin(n) { let i = 0; while i < n { i += 1; } i }");
    let program = program.unwrap_or_else(|| panic!("{found:?}"));
    let started = Instant::now();
    let host = super::small_world::SmallHost::new();
    let failure = super::small_world::sandbox().eval(&program, &host, &super::small_world::vars()).unwrap_err();
    assert_eq!(failure.code.as_str(), "script-budget");
    assert!(started.elapsed() < Duration::from_millis(500));
}

//! Rhai's errors in plain words, at their place in the source.

use formwork_model::{code, source::Span, text, text::Text};
use rhai::{ASTNode, Dynamic, EvalAltResult as Error, Expr, Position};

use crate::{failure::Failure, program::Program};

/// The failure a user and an author can read.
pub(crate) fn failure(error: Error, program: &Program) -> Failure {
    let (error, function) = innermost(error, None);
    let position = error.position();
    let at = place(program, function.as_deref(), position);
    let mut failure = match error {
        Error::ErrorRuntime(value, _) => thrown(value),
        Error::ErrorTooManyOperations(_) => budget(text!("the script took too many steps", "脚本执行的步数过多")),
        Error::ErrorTerminated(..) => budget(text!("the script took too long", "脚本运行时间或步数超限")),
        Error::ErrorStackOverflow(_) => budget(text!("functions call each other too deeply", "函数调用层次过深")),
        Error::ErrorTooManyVariables(_) => budget(text!("there are too many variables", "变量过多")),
        Error::ErrorDataTooLarge(..) => budget(text!("a text, list or map grew too large", "文本、列表或映射过大")),
        error => Failure::new(code!("script-failed"), words(&error, program, position)),
    };
    failure.at = failure.at.or(Some(at));
    failure
}

fn budget(message: Text) -> Failure {
    Failure::new(code!("script-budget"), message)
}

fn thrown(value: Dynamic) -> Failure {
    if value.is::<Failure>()
        && let Some(failure) = value.clone().try_cast::<Failure>()
    {
        return failure;
    }
    let said = value.to_string();
    Failure::new(code!("script-failed"), text!("the script gave up: {said}", "脚本中止：{said}"))
}

/// The error inside nested function calls, and the innermost function of the library it is in.
fn innermost(error: Error, function: Option<String>) -> (Error, Option<String>) {
    match error {
        Error::ErrorInFunctionCall(name, _, inner, _) => innermost(*inner, Some(name)),
        error => (error, function),
    }
}

fn place(program: &Program, function: Option<&str>, position: Position) -> Span {
    let (text, origin) = match function.and_then(|name| program.library.get(name)) {
        Some((text, origin)) => (text, origin),
        None => (&program.text, &program.origin),
    };
    match position.line() {
        Some(line) => origin.locate(text, line, position.position().unwrap_or(1)),
        None => origin.span(),
    }
}

fn words(error: &Error, program: &Program, position: Position) -> Text {
    match error {
        Error::ErrorFunctionNotFound(signature, _) => not_found(signature, program, position),
        Error::ErrorArithmetic(what, _) if what.contains("zero") => text!("division by zero", "除数为零"),
        Error::ErrorArithmetic(..) => text!("the result of the calculation is too large", "计算结果超出范围"),
        Error::ErrorArrayBounds(size, index, _) => {
            text!("there is no item {index}: the list has {size}", "列表共 {size} 项，没有第 {index} 项")
        }
        Error::ErrorStringBounds(size, index, _) => {
            text!("there is no character {index}: the text has {size}", "文本共 {size} 字，没有第 {index} 字")
        }
        Error::ErrorPropertyNotFound(name, _) => text!("there is no `{name}`", "没有 `{name}`"),
        Error::ErrorVariableNotFound(name, _) => text!("there is no variable `{name}`", "没有变量 `{name}`"),
        Error::ErrorMismatchDataType(wanted, given, _) | Error::ErrorMismatchOutputType(wanted, given, _) => {
            let (wanted, given) = (kind(wanted), kind(given));
            text!("this is {given}, but {wanted} is needed", "这里得到的是 {given}，需要的是 {wanted}")
        }
        Error::ErrorDataRace(..) => text!(
            "a closure uses a variable whose list is being walked; give it the value through another variable",
            "闭包使用了正在遍历的变量，请先把需要的值放入另一个变量"
        ),
        Error::ErrorFor(_) => text!("only a list can be walked through", "只能遍历列表"),
        Error::ErrorIndexingType(..) => text!("this has no items to take by index", "此值不能按下标取用"),
        Error::ErrorDotExpr(..) => text!("this value has no such property", "此值没有该属性"),
        Error::ErrorAssignmentToConstant(name, _) => text!("`{name}` cannot be assigned", "`{name}` 不可赋值"),
        other => {
            let said = other.to_string();
            let said = said.split(" (line ").next().unwrap_or_default();
            text!("the script stopped: {said}", "脚本出错：{said}")
        }
    }
}

/// `+ ((), i64)`: names the operand that is empty, or says that the kinds do not go together.
fn not_found(signature: &str, program: &Program, position: Position) -> Text {
    let (name, kinds) = signature.split_once(" (").unwrap_or((signature, ""));
    let kinds = kinds.strip_suffix(')').unwrap_or(kinds);
    let kinds: Vec<&str> = if kinds.is_empty() { Vec::new() } else { kinds.split(", ").collect() };
    if let Some(nth) = kinds.iter().position(|kind| *kind == "()") {
        let operand = operand(program, name, position, nth);
        return match operand {
            Some(operand) => text!("`{operand}` is empty", "`{operand}` 为空"),
            None => text!("a value needed here is empty", "此处需要的值为空"),
        };
    }
    let name = if name == crate::sandbox::DIVIDE { "/" } else { name };
    let given = kinds.iter().map(|word| kind(word)).collect::<Vec<_>>().join(", ");
    text!("`{name}` does not work with {given}", "`{name}` 不能用于 {given}")
}

/// What the author wrote as operand `nth` of the call of `name` at `position`.
fn operand(program: &Program, name: &str, position: Position, nth: usize) -> Option<String> {
    let mut found = None;
    program.ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at))) = path.last()
            && *at == position
            && call.name == name
        {
            found = call.args.get(nth).and_then(written);
        }
        found.is_none()
    });
    found
}

/// The last name of a chain: `amount` of `this.amount`.
fn written(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Variable(name, ..) => Some(name.1.to_string()),
        Expr::Property(name, _) => Some(name.2.to_string()),
        Expr::Dot(parts, ..) => written(&parts.rhs),
        Expr::MethodCall(call, _) | Expr::FnCall(call, _) if !call.is_operator_call() => {
            Some(format!("{}()", call.name))
        }
        _ => None,
    }
}

/// Rhai's word for a type in ours.
fn kind(rhai: &str) -> &str {
    match rhai {
        "i64" => "integer",
        "bool" => "boolean",
        "array" => "list",
        "map" => "named values",
        "Fn" => "function",
        text if text.contains("tring") => "text",
        other => other,
    }
}

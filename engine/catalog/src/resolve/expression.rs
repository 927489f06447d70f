//! Expressions: compiled where they stand, their result checked against what the place needs.

use std::sync::Arc;

use formwork_definition::{
    expression::Expression,
    literal::{Data, Val},
    yaml::script_origin,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::{Sources, Span},
    text,
    text::Text,
};
use formwork_script::{
    origin::Origin,
    program::{Mode, Program as Compiled},
    shape::Shape,
};

use crate::{
    resolve::{Linker, Used, copied, literal},
    source::{Condition, Program, Source},
    variables::Variables,
};

/// What an expression must give.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Want<'a> {
    /// Whatever it gives.
    Anything,
    /// True or false.
    Truth,
    /// What fits a field.
    Field(&'a FieldType),
    /// A login, or a list of them.
    Logins,
    /// A list.
    List,
    /// A record of this object.
    Record(&'a Name),
    /// A length of time: a duration, or a text that is read as one.
    Length,
    /// A day or an instant.
    Moment,
    /// The name of something.
    Word,
}

/// Where the script at `span` stands in its file.
pub(crate) fn origin(sources: &Sources, span: Span) -> Origin {
    let Some(source) = sources.get(span.source) else { return Origin::inline(span) };
    let place = script_origin(&source.text, span);
    Origin::scalar(span, source.text.clone()).skip(place.skipped)
}

impl Linker<'_> {
    /// Compiles an expression and checks what it gives. When it is wrong, that is reported and a placeholder
    /// stands in for it.
    pub(crate) fn expression(
        &self,
        expression: &Expression,
        variables: &Variables,
        want: Want<'_>,
        out: &mut Diagnostics,
    ) -> Program {
        let origin = origin(self.sources, expression.span);
        let Some(program) = self.program(&expression.text, Mode::Expression, origin, variables, out) else {
            return self.placeholder.clone();
        };
        if let Some(problem) = misfit(&program.result, want, expression.span) {
            out.push(problem);
        }
        program
    }

    /// As [`Linker::expression`], of an expression that may be missing.
    pub(crate) fn optional(
        &self,
        expression: Option<&Expression>,
        variables: &Variables,
        want: Want<'_>,
        out: &mut Diagnostics,
    ) -> Option<Program> {
        expression.map(|expression| self.expression(expression, variables, want, out))
    }

    /// Compiles a text and notes what it uses.
    pub(crate) fn program(
        &self,
        text: &str,
        mode: Mode,
        origin: Origin,
        variables: &Variables,
        out: &mut Diagnostics,
    ) -> Option<Program> {
        let program = self.compiler.compile(text, mode, origin, variables, self.names, out)?;
        self.note_uses(&program);
        copied::check_script(self, &program, out);
        Some(Arc::new(program))
    }

    fn note_uses(&self, program: &Compiled) {
        for call in &program.calls {
            let used = match call.function.as_str() {
                "table" => Used::Table,
                "balance" | "post" => Used::Ledger,
                "setting" => Used::Setting,
                _ => continue,
            };
            if let Some(name) = call.about.as_deref().and_then(Name::find) {
                self.uses(used, name);
            }
        }
    }

    /// A literal of the type, or an expression that fits it.
    pub(crate) fn source(
        &self,
        val: &Val,
        kind: &FieldType,
        variables: &Variables,
        out: &mut Diagnostics,
    ) -> Option<Source> {
        match val {
            Val::Literal(data) => literal::literal(data, kind, &self.context, out).map(Source::Literal),
            Val::Expression(expression) => {
                Some(Source::Program(self.expression(expression, variables, Want::Field(kind), out)))
            }
        }
    }

    /// `true`, `false`, or an expression that gives one of them.
    pub(crate) fn condition(&self, val: &Val, variables: &Variables, out: &mut Diagnostics) -> Condition {
        match val {
            Val::Literal(data) => match &data.value {
                Data::Scalar(text) if &**text == "true" => Condition::Always(true),
                Data::Scalar(text) if &**text == "false" => Condition::Always(false),
                _ => {
                    out.push(
                        Diagnostic::error(
                            code!("bad-value"),
                            data.span,
                            text!("neither `true` nor `false`", "既不是 `true` 也不是 `false`"),
                        )
                        .help(text!("write an expression with a leading `=`", "表达式前面要加 `=`")),
                    );
                    Condition::Always(false)
                }
            },
            Val::Expression(expression) => Condition::Program(self.expression(expression, variables, Want::Truth, out)),
        }
    }
}

/// The problem when a result of this shape does not go where it is wanted.
fn misfit(shape: &Shape, want: Want<'_>, at: Span) -> Option<Diagnostic> {
    let fits = match want {
        Want::Anything => true,
        Want::Truth => matches!(shape, Shape::Any | Shape::Bool),
        Want::Field(kind) => shape.fits(kind),
        Want::Logins => match shape {
            Shape::List(item) => matches!(&**item, Shape::Any | Shape::Text),
            other => matches!(other, Shape::Any | Shape::Text),
        },
        Want::List => matches!(shape, Shape::Any | Shape::List(_)),
        Want::Record(object) => match shape {
            Shape::Record(given) => given == object,
            other => *other == Shape::Any,
        },
        Want::Length => matches!(shape, Shape::Any | Shape::Duration | Shape::Text | Shape::Choice(_)),
        Want::Moment => matches!(shape, Shape::Any | Shape::Date | Shape::Instant),
        Want::Word => matches!(shape, Shape::Any | Shape::Text | Shape::Choice(_)),
    };
    if fits {
        return None;
    }
    let (given, given_zh) = (shape.word(), shape.word_zh());
    let needed: Text = match want {
        Want::Anything => return None,
        Want::Truth => text!("true or false", "真或假"),
        Want::Field(FieldType::Ref(object)) | Want::Record(object) => {
            text!("a record of `{object}`", "`{object}` 的记录")
        }
        Want::Field(kind) => Text::same(kind.word()),
        Want::Logins => text!("a login or a list of logins", "登录名或登录名列表"),
        Want::List => text!("a list", "列表"),
        Want::Length => text!("a length of time", "时长"),
        Want::Moment => text!("a date or an instant", "日期或时刻"),
        Want::Word => text!("a name", "名称"),
    };
    let (en, zh) = (needed.en, needed.zh);
    Some(Diagnostic::error(
        code!("type-mismatch"),
        at,
        text!("this gives {given}, but {en} is needed", "这里得到的是{given_zh}，需要的是{zh}"),
    ))
}

//! Definitions put together: names that fit their files, and no name twice.

use std::collections::HashMap;

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};

use super::{Job, body::Body, path::FilePath};
use crate::{
    kind::{Broken, Defined, Definitions, Script, object::Object},
    layer,
    spanned::Sp,
    system,
};

#[derive(Default)]
pub(super) struct Collector {
    definitions: Definitions,
    /// Objects that add to others.
    extensions: Vec<Defined<Object>>,
    out: Diagnostics,
    first: HashMap<(&'static str, Name), Span>,
}

impl Collector {
    pub(super) fn finish(mut self) -> (Definitions, Diagnostics) {
        // The folder's own definitions come before those of the engine wherever somebody lists them.
        self.definitions.objects.sort_by_key(|object| object.module == system::MODULE);
        self.definitions.forms.sort_by_key(|form| form.module == system::MODULE);
        self.definitions.roles.sort_by_key(|role| role.module == system::MODULE);
        layer::extend(&mut self.definitions, self.extensions, &mut self.out);
        (self.definitions, self.out)
    }

    pub(super) fn problems(&mut self, problem: Option<Diagnostic>) {
        if let Some(problem) = problem {
            self.out.push(problem);
        }
    }

    /// A file of which nothing could be read.
    pub(super) fn broken(&mut self, kind: &'static str, path: &FilePath) {
        if let Ok(name) = Name::new(&path.name) {
            self.definitions.broken.push(Broken { kind, name });
        }
    }

    pub(super) fn script(&mut self, path: &FilePath, source: u32) {
        let at = Span { source, start: 0, end: 0 };
        let Ok(name) = Name::new(&path.name) else {
            let name = &path.name;
            let help = text!(
                "a name is lower case letters, digits and `_`, and starts with a letter",
                "名称由小写字母、数字和 `_` 组成，以字母开头"
            );
            let message = text!("`{name}` is no name", "`{name}` 不是有效的名称");
            return self.out.push(Diagnostic::error(code!("bad-name"), at, message).help(help));
        };
        if self.is_new("script", name, at) {
            self.definitions.scripts.push(Script { module: path.module.clone(), name: Sp::new(name, at), source });
        }
    }

    pub(super) fn csv(&mut self, path: &FilePath, source: u32) {
        self.definitions.csv.push((path.path.clone(), source));
    }

    pub(super) fn definition(&mut self, job: Job) {
        let (body, problems) = job.result;
        self.out.append(problems);
        let Some(body) = body else { return self.broken(job.kind, &job.path) };
        let name = body.name();
        if name.value != job.path.name.as_str() {
            let (inside, file, kind) = (name.value, &job.path.name, job.kind);
            self.out.push(
                Diagnostic::error(
                    code!("misnamed-file"),
                    name.span,
                    text!(
                        "the {kind} `{inside}` lies in a file called `{file}.{kind}.yaml`",
                        "`{inside}`（{kind}）所在的文件名为 `{file}.{kind}.yaml`"
                    ),
                )
                .help(text!("rename the file to `{inside}.{kind}.yaml`", "请把文件改名为 `{inside}.{kind}.yaml`")),
            );
        }
        match body {
            Body::Object(object) if object.extends() => self.extensions.push(defined(job.path, *object)),
            body if self.is_new(job.kind, name.value, name.span) => self.add(job.path, body),
            _ => {}
        }
    }

    /// Whether `name` is the first of its kind; reports it when it is not.
    fn is_new(&mut self, kind: &'static str, name: Name, at: Span) -> bool {
        let first = *self.first.entry((kind, name)).or_insert(at);
        if first == at {
            return true;
        }
        let duplicate = Diagnostic::error(
            code!("duplicate-definition"),
            at,
            text!("there are two definitions of the {kind} `{name}`", "`{name}`（{kind}）定义了两次"),
        )
        .related(first, text!("`{name}` is first defined here", "`{name}` 第一次定义在这里"));
        let of_the_engine = match kind {
            "object" => self
                .definitions
                .objects
                .iter()
                .any(|known| known.body.object.span == first && known.module == system::MODULE),
            _ => false,
        };
        self.out.push(if of_the_engine {
            duplicate.help(text!(
                "this object ships with the engine; with `extend: true` the file adds fields to it",
                "该对象由引擎自带；加上 `extend: true` 即可为它增加字段"
            ))
        } else {
            duplicate
        });
        false
    }

    fn add(&mut self, path: FilePath, body: Body) {
        let all = &mut self.definitions;
        match body {
            Body::Book(body) => all.books.push(defined(path, *body)),
            Body::Object(body) => all.objects.push(defined(path, *body)),
            Body::Flow(body) => all.flows.push(defined(path, *body)),
            Body::Table(body) => all.tables.push(defined(path, *body)),
            Body::Ledger(body) => all.ledgers.push(defined(path, *body)),
            Body::Calendar(body) => all.calendars.push(defined(path, *body)),
            Body::Schedule(body) => all.schedules.push(defined(path, *body)),
            Body::Queue(body) => all.queues.push(defined(path, *body)),
            Body::Template(body) => all.templates.push(defined(path, *body)),
            Body::Connector(body) => all.connectors.push(defined(path, *body)),
            Body::Report(body) => all.reports.push(defined(path, *body)),
            Body::Dashboard(body) => all.dashboards.push(defined(path, *body)),
            Body::Role(body) => all.roles.push(defined(path, *body)),
            Body::Form(body) => all.forms.push(defined(path, *body)),
            Body::Scenario(body) => all.scenarios.push(defined(path, *body)),
        }
    }
}

fn defined<T>(path: FilePath, body: T) -> Defined<T> {
    Defined { module: path.module, path: path.path, body }
}

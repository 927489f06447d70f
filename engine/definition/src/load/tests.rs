//! Tests of loading: the folder `fixtures/good` uses every key of every kind.

use std::path::{Path, PathBuf};

use formwork_model::{diagnostic::Severity, text::Language};

use super::*;

fn good() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/good")
}

type Loaded = (Sources, Definitions, Diagnostics);

/// What was read, without what ships with the engine.
fn own((sources, mut all, out): Loaded) -> Loaded {
    all.objects.retain(|object| object.module != system::MODULE);
    all.forms.retain(|form| form.module != system::MODULE);
    all.roles.retain(|role| role.module != system::MODULE);
    (sources, all, out)
}

fn load(root: &Path) -> io::Result<Loaded> {
    super::load(root).map(own)
}

fn parse(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Loaded {
    own(super::parse(files))
}

fn codes(out: &Diagnostics) -> Vec<&'static str> {
    out.iter().map(|d| d.code.as_str()).collect()
}

/// `(path, text)` pairs read as one folder.
fn read(files: &[(&str, &str)]) -> (Sources, Definitions, Diagnostics) {
    parse(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())))
}

#[test]
fn every_key_of_every_kind_is_read() {
    let (sources, all, out) = load(&good()).unwrap();
    assert!(out.is_empty(), "{}", formwork_model::render::render(&out, &sources, Language::En, false));
    let counts = [all.books.len(), all.objects.len(), all.flows.len(), all.tables.len(), all.ledgers.len()];
    assert_eq!(counts, [1, 1, 1, 2, 1]);
    assert_eq!(
        [all.forms.len(), all.scenarios.len(), all.scripts.len(), all.csv.len(), all.broken.len()],
        [1, 1, 1, 1, 0]
    );
    assert_eq!((all.objects[0].module.as_str(), all.books[0].module.as_str()), ("loan", ""));
    assert_eq!(all.objects[0].path, "definitions/loan/loan.object.yaml");
    assert_eq!(all.scripts[0].name.value, "score_reader");
    assert_eq!(all.csv[0].0, "definitions/loan/rates.csv");
    assert_eq!(sources.get(all.csv[0].1).map(|s| &*s.path), Some("definitions/loan/rates.csv"));
}

#[test]
fn spans_are_what_was_written() {
    let (sources, all, _) = load(&good()).unwrap();
    let written = |span: Span| &sources.get(span.source).unwrap().text[span.start as usize..span.end as usize];
    let object = &all.objects[0].body;
    assert_eq!(written(object.object.span), "loan");
    assert_eq!(written(object.number.as_ref().unwrap().span), "\"LN{yyyy}{mm}-{seq:5}\"");
    assert_eq!(written(object.label.as_ref().unwrap().span), "{zh: 借阅单, en: Loan}");
    let names: Vec<_> = object.fields.iter().map(|(name, _)| (name.value.as_str(), written(name.span))).collect();
    assert!(names.iter().all(|(name, written)| name == written), "{names:?}");
    let field = |name: &str| object.fields.get(formwork_model::name::Name::find(name).unwrap()).unwrap();
    assert_eq!(written(field("rate").min.as_ref().unwrap().span()), "0.10");
    assert_eq!(written(field("clerk").default.as_ref().unwrap().span()), "= user().login");
    let total = &field("copies").fields.as_ref().unwrap().iter().last().unwrap().1;
    let script = total.value.as_ref().unwrap();
    assert_eq!(&*script.text, "let p = this.price;\np * 2");
    let text = &sources.get(script.span.source).unwrap().text;
    let origin = yaml::script_origin(text, script.span);
    assert!(written(script.span).starts_with('|'));
    assert!(text[origin.start as usize..].starts_with("let p = this.price;"));
    assert_eq!(origin.indent, Some(10));
    let flow = &all.flows[0].body;
    let to = flow.nodes.iter().next().unwrap().1.actions.iter().next().unwrap().1.to.as_ref().unwrap();
    assert_eq!(to.iter().map(|name| written(name.span)).collect::<Vec<_>>(), ["level", "watch"]);
    let places = &all.forms[0].body.sections[0].fields;
    assert_eq!(places.iter().map(|place| written(place.field.span)).collect::<Vec<_>>(), ["reader", "due"]);
}

#[test]
fn names_files_and_kinds_must_fit() {
    let (sources, all, out) = read(&[
        ("definitions/a/lead.object.yaml", "object: leed\nfields: {}\n"),
        ("definitions/a/lead.objct.yaml", "object: lead\nfields: {}\n"),
        ("definitions/a/lead.yaml", "object: lead\nfields: {}\n"),
        ("definitions/a/x.ledger.yml", "ledger: x\n"),
        ("definitions/a/notes.txt", "hello"),
        ("definitions/a/README.md", "hello"),
        ("definitions/a/.hidden.yaml", "hello"),
        ("definitions/b/leed.object.yaml", "object: leed\nfields: {}\n"),
        ("definitions/b/all.form.yaml", "form: all\nobject: leed\nfor: list\n"),
        ("scripts/Bad-name.rhai", "1"),
        ("README.md", "hello"),
        ("lost.flow.yaml", "flow: lost"),
    ]);
    let found: Vec<_> = out.iter().map(|d| format!("{} {}", sources.locate(d.at), d.code)).collect();
    assert_eq!(
        found,
        [
            "definitions/a/lead.objct.yaml:1:1 unknown-kind",
            "definitions/a/lead.object.yaml:1:9 misnamed-file",
            "definitions/a/lead.yaml:1:1 unknown-kind",
            "definitions/a/notes.txt:1:1 stray-file",
            "definitions/a/x.ledger.yml:1:1 stray-file",
            "definitions/b/all.form.yaml:1:1 stray-file",
            "definitions/b/leed.object.yaml:1:9 duplicate-definition",
            "lost.flow.yaml:1:1 stray-file",
            "scripts/Bad-name.rhai:1:1 bad-name",
        ]
    );
    assert_eq!(out.iter().next().unwrap().help.as_ref().unwrap().en, "did you mean `object`?");
    assert_eq!(all.objects.len(), 1, "the second definition of a name is left out");
    assert_eq!(all.forms.len(), 1, "a form in the wrong folder is read all the same");
}

#[test]
fn a_bad_file_does_not_hide_the_others() {
    let (sources, all, out) = parse([
        ("definitions/a/one.object.yaml".to_owned(), b"object: one\nfields: {a: {type: text}}\n".to_vec()),
        ("definitions/a/two.object.yaml".to_owned(), b"object: two\nfields: \xff\n".to_vec()),
        ("definitions/a/three.object.yaml".to_owned(), b"object: three\nfields: [\n".to_vec()),
        ("definitions/a/four.table.yaml".to_owned(), vec![b'#'; yaml::MAX_BYTES + 1]),
        ("definitions/a/five.flow.yaml".to_owned(), Vec::new()),
        ("definitions/a/six.csv".to_owned(), b"\xb2\xbb".to_vec()),
    ]);
    assert_eq!(all.objects.len(), 1);
    let broken: Vec<_> = all.broken.iter().map(|b| (b.kind, b.name.as_str())).collect();
    assert_eq!(broken, [("table", "four"), ("object", "two"), ("flow", "five"), ("object", "three")]);
    assert_eq!(codes(&out), ["missing-key", "yaml-limit", "unreadable-file", "yaml-syntax", "yaml-syntax"]);
    let places: Vec<_> = out.iter().map(|d| sources.locate(d.at)).collect();
    assert_eq!(places[4], "definitions/a/two.object.yaml:2:9");
}

#[test]
fn what_lies_outside_or_is_too_big_is_a_diagnostic() {
    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("root"), folder.path().join("outside.object.yaml"));
    std::fs::create_dir_all(root.join("definitions/a")).unwrap();
    std::fs::write(&outside, "object: outside\nfields: {}\n").unwrap();
    std::fs::write(root.join("definitions/a/real.object.yaml"), "object: real\nfields: {}\n").unwrap();
    std::fs::write(root.join("definitions/a/big.object.yaml"), vec![b'#'; yaml::MAX_BYTES + 1]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(&outside, root.join("definitions/a/outside.object.yaml")).unwrap();
        symlink(root.join("definitions"), root.join("definitions/a/loop")).unwrap();
        symlink("nowhere", root.join("definitions/a/gone.object.yaml")).unwrap();
    }
    let (_, all, out) = load(&root).unwrap();
    assert_eq!(all.objects.len(), 1);
    assert!(codes(&out).contains(&"yaml-limit"), "{out:?}");
    #[cfg(unix)]
    assert_eq!(codes(&out).iter().filter(|code| **code == "unreadable-file").count(), 3, "{out:?}");
    assert!(load(&root.join("nothing")).is_err());
}

#[test]
fn a_value_forgotten_is_a_warning() {
    let (sources, all, out) = read(&[("definitions/a.object.yaml", "object: a\nlabel:\ntitle: ~\nfields:\n")]);
    assert_eq!(codes(&out), ["empty-value"]);
    let first = out.iter().next().unwrap();
    assert_eq!(
        (first.severity, sources.locate(first.at)),
        (Severity::Warning, "definitions/a.object.yaml:2:1".to_owned())
    );
    assert_eq!(all.objects.len(), 1);
}

#[test]
fn a_file_of_another_kind_is_one_problem() {
    let (_, all, out) = read(&[("definitions/a.object.yaml", "flow: a\nobject2: b\nstart: c\nnodes: {}\n")]);
    assert_eq!(codes(&out), ["misnamed-file"]);
    assert_eq!(all.broken.len(), 1);
    assert_eq!(out.iter().next().unwrap().message.en, "this is a flow, but the file says object");
}

#[test]
fn many_threads_read_as_one() {
    let good: Vec<_> = read::folder(&good()).unwrap();
    let object = good.iter().find(|file| file.path.ends_with("loan.object.yaml")).unwrap();
    let Content::Bytes(bytes) = &object.content else { panic!("not read") };
    let text = String::from_utf8(bytes.clone()).unwrap();
    let files: Vec<_> = (0..300)
        .map(|n| {
            (format!("definitions/m/o{n}.object.yaml"), text.replacen("object: loan", &format!("object: o{n}"), 1))
        })
        .collect();
    let started = std::time::Instant::now();
    let (_, all, out) = parse(files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {bytes} bytes: {:?}", files.len(), started.elapsed());
    assert!(out.is_empty());
    let mut names: Vec<_> = files.iter().map(|(path, _)| path.clone()).collect();
    names.sort();
    assert_eq!(all.objects.iter().map(|object| object.path.clone()).collect::<Vec<_>>(), names);
}

#[test]
fn a_stored_system_is_read_instead_of_the_one_that_ships() {
    let (_, all, out) = super::parse([("system/user.object.yaml".to_owned(), b"object: user\nfields: {}\n".to_vec())]);
    assert!(out.is_empty(), "{out:?}");
    let read: Vec<_> = all.objects.iter().map(|object| (object.path.as_str(), object.module.as_str())).collect();
    assert_eq!(read, [("system/user.object.yaml", "system")]);
}

#[test]
fn extensions_are_laid_over_their_object() {
    let (_, all, out) = super::parse([
        ("definitions/a/deal.object.yaml".to_owned(), b"object: deal\nfields: {a: {type: text}}\n".to_vec()),
        (
            "definitions/b/deal.object.yaml".to_owned(),
            b"object: deal\nextend: true\ntitle: b\nfields: {b: {type: text}}\n".to_vec(),
        ),
        (
            "definitions/b/user.object.yaml".to_owned(),
            b"object: user\nextend: true\nfields: {b: {type: text}}\n".to_vec(),
        ),
    ]);
    assert!(out.is_empty(), "{out:?}");
    let deal = &all.objects[0];
    assert_eq!((deal.path.as_str(), deal.body.fields.len()), ("definitions/a/deal.object.yaml", 2));
    assert_eq!(deal.body.title.map(|title| title.value.0.as_str()), Some("b"));
    let user = all.objects.iter().find(|object| object.body.object.value.0 == "user").unwrap();
    assert_eq!(user.module, "system");
    assert_eq!(user.body.fields.iter().last().unwrap().0.value, "b");
}

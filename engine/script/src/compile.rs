//! Reading scripts: syntax, checks, and what they depend on.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};
use rhai::{AST, ParseError, Scope};

use crate::{
    native,
    origin::Origin,
    program::{Functions, Mode, Program},
    sandbox::Sandbox,
    shape::Shape,
    unshare::unshare,
    walk::{Function, Place, Surroundings, Walk, functions_of},
    world::World,
};

/// Compiles scripts against one library of helper functions.
#[derive(Debug, Clone)]
pub struct Compiler {
    sandbox: Sandbox,
    /// Every function of the library in one tree, to be merged into every program that uses one.
    library: AST,
    functions: HashMap<String, Function>,
    origins: Arc<Functions>,
    arities: HashMap<String, BTreeSet<usize>>,
}

impl Compiler {
    /// A compiler with a library: the texts of `.rhai` files that define helper functions. What is wrong
    /// with them goes to `out`; a file that cannot be read is left out.
    pub fn new(sandbox: Sandbox, library: &[(Arc<str>, Origin)], world: &dyn World, out: &mut Diagnostics) -> Self {
        let mut compiler = Self {
            arities: arities(&sandbox),
            sandbox,
            library: AST::empty(),
            functions: HashMap::new(),
            origins: Arc::default(),
        };
        let mut origins = Functions::new();
        for (text, origin) in library {
            compiler.add(text, origin, &mut origins, out);
        }
        compiler.origins = Arc::new(origins);
        compiler.check_library(world, out);
        compiler
    }

    fn add(&mut self, text: &Arc<str>, origin: &Origin, origins: &mut Functions, out: &mut Diagnostics) {
        let ast = match self.sandbox.engine().compile(text.as_ref()) {
            Ok(ast) => ast,
            Err(error) => return out.push(syntax(&error, text, origin)),
        };
        for (name, function) in functions_of(&ast) {
            if let Some((_, other)) = origins.insert(name.clone(), (text.clone(), origin.clone()))
                && !name.starts_with("anon$")
            {
                let message = text!("the function `{name}` is defined twice", "函数 `{name}` 定义了两次");
                let also = text!("also here", "另一处在这里");
                out.push(Diagnostic::error(code!("script-syntax"), origin.span(), message).related(other.span(), also));
            }
            self.functions.insert(name, function);
        }
        self.library.combine(ast.clone_functions_only());
    }

    /// Every function once, with nothing known about its arguments. A script may call it with effects.
    fn check_library(&self, world: &dyn World, out: &mut Diagnostics) {
        let closures = HashMap::new();
        let around = self.around(world, &closures, Mode::Script);
        for (name, function) in self.functions.iter().filter(|(name, _)| !name.starts_with("anon$")) {
            let Some((text, origin)) = self.origins.get(name) else { continue };
            let mut walk = Walk::new(&around, Place { text, origin }, out);
            for param in &function.params {
                walk.declare(param, Shape::Any);
            }
            walk.body(&function.body);
        }
    }

    fn around<'a>(
        &'a self,
        world: &'a dyn World,
        closures: &'a HashMap<String, Function>,
        mode: Mode,
    ) -> Surroundings<'a> {
        Surroundings { world, arities: &self.arities, library: &self.functions, origins: &self.origins, closures, mode }
    }

    /// Reads and checks a script that may use `variables`. What is wrong goes to `out`, each problem at
    /// its own place; a script with an error gives no program.
    pub fn compile(
        &self,
        text: &str,
        mode: Mode,
        origin: Origin,
        variables: &[(&str, Shape)],
        world: &dyn World,
        out: &mut Diagnostics,
    ) -> Option<Program> {
        let ast = match self.read(text, mode, variables) {
            Ok(ast) => ast,
            Err(error) => {
                out.push(syntax(&error, text, &origin));
                return None;
            }
        };
        let closures = functions_of(&ast);
        let around = self.around(world, &closures, mode);
        let mut found = Diagnostics::default();
        let mut walk = Walk::new(&around, Place { text, origin: &origin }, &mut found);
        for (name, shape) in variables {
            walk.declare(name, shape.clone());
        }
        let result = walk.body(ast.statements());
        walk.own_functions();
        let (reads, writes, calls, uses, copied) = (walk.reads, walk.writes, walk.calls, walk.uses, walk.copied);
        let wrong = found.has_errors();
        out.append(found);
        if wrong {
            return None;
        }
        let unshared = unshare(ast.clone(), variables);
        let variables: Vec<Name> = variables.iter().map(|(name, _)| Name::intern(name)).collect();
        let native = native::compile(&ast, &closures, &variables, mode);
        let ast = if self.functions.is_empty() { unshared } else { self.library.merge(&unshared) };
        Some(Program {
            text: text.into(),
            origin,
            mode,
            result: result.shape,
            reads: reads.into_iter().collect(),
            writes: writes.into_iter().collect(),
            copied,
            calls: calls.into_iter().collect(),
            uses: uses.into_iter().collect(),
            variables,
            sandbox: self.sandbox.identity(),
            ast,
            native,
            library: self.origins.clone(),
        })
    }

    fn read(&self, text: &str, mode: Mode, variables: &[(&str, Shape)]) -> Result<AST, ParseError> {
        let mut scope = Scope::new();
        for (name, _) in variables {
            scope.push(*name, ());
        }
        match mode {
            Mode::Expression => self.sandbox.engine().compile_expression_with_scope(&scope, text),
            Mode::Script => self.sandbox.engine().compile_with_scope(&scope, text),
        }
    }
}

fn arities(sandbox: &Sandbox) -> HashMap<String, BTreeSet<usize>> {
    let mut arities: HashMap<String, BTreeSet<usize>> = HashMap::new();
    let known = sandbox.engine().collect_fn_metadata(
        None,
        |f| Some((f.metadata.name.to_string(), f.metadata.num_params)),
        true,
    );
    for (name, params) in known {
        arities.entry(name).or_default().insert(params);
    }
    // Functions that are part of Rhai's language and not registered.
    arities.entry("type_of".into()).or_default().insert(1);
    arities.entry("call".into()).or_default().extend(1..5);
    arities
}

fn syntax(error: &ParseError, text: &str, origin: &Origin) -> Diagnostic {
    let at = match error.position().line() {
        Some(line) => origin.locate(text, line, error.position().position().unwrap_or(1)),
        None => origin.span(),
    };
    let said = error.err_type().to_string();
    Diagnostic::error(code!("script-syntax"), at, text!("{said}", "语法错误：{said}"))
}

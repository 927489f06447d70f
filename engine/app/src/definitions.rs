//! A folder of definitions, checked, on its way to a catalog.

use std::{path::Path, sync::Arc};

use formwork_catalog::{
    catalog::Catalog,
    check::{Checked, check_folder},
};
use formwork_definition::load::FOLDERS;
use formwork_model::text;

use crate::{
    console::Console,
    failure::{Exit, Failure},
};

/// Checks the folder.
///
/// # Errors
/// When it can't be read, or holds none of the folders that definitions are in.
pub(crate) fn check(folder: &Path) -> Result<Checked, Failure> {
    let shown = folder.display();
    match std::fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(Failure::usage(text!("{shown} is not a folder", "{shown} 不是文件夹"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::usage(text!("there is no folder {shown}", "没有文件夹 {shown}")));
        }
        Err(error) => return Err(Failure::path(folder, &error)),
    }
    if !FOLDERS.iter().any(|below| folder.join(below).is_dir()) {
        return Err(Failure::usage(text!(
            "{shown} has no folder `definitions`; `formwork new module NAME --in {shown}` writes one to begin with",
            "{shown} 中没有 `definitions` 文件夹；可用 `formwork new module 名称 --in {shown}` 生成一个"
        )));
    }
    check_folder(folder).map_err(|error| Failure::path(folder, &error))
}

/// The catalog of the folder. What is wrong with it is said; warnings are only counted.
///
/// # Errors
/// When the folder can't be read or has an error.
pub(crate) fn catalog(folder: &Path, console: &Console) -> Result<Arc<Catalog>, Failure> {
    let checked = check(folder)?;
    match checked.catalog {
        Some(catalog) => Ok(Arc::new(catalog)),
        None => {
            console.say_diagnostics(&checked.diagnostics, &checked.sources);
            let shown = folder.display();
            Err(Failure {
                exit: Exit::Found,
                message: text!("the definitions in {shown} have errors", "{shown} 中的定义有错误"),
            })
        }
    }
}

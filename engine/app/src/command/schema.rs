//! `formwork schema`: JSON Schemas, so that editors complete and check while typing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use formwork_definition::schema::{kinds, schema};
use formwork_model::{nearest::nearest, text};
use serde_json::{Value as Json, json};

use crate::{
    console::Console,
    failure::{Exit, Failure},
};

/// Where the schemas go when nobody says.
const FOLDER: &str = ".formwork/schema";

/// The arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One kind, printed to stdout unless --out is given; without it all kinds ‖ 单个种类，未给 --out 时输出到 stdout；省略则为全部
    kind: Option<String>,
    /// The folder for the files, by default .formwork/schema ‖ 文件输出的文件夹，默认 .formwork/schema
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Writes the schemas.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let wanted: Vec<&str> = match &args.kind {
        Some(kind) => vec![known(kind)?],
        None => kinds().to_vec(),
    };
    if let ([kind], None) = (wanted.as_slice(), &args.out) {
        console.answer(pretty(&schema(kind).unwrap_or_default()));
        return Ok(Exit::Done);
    }
    let folder = args.out.clone().unwrap_or_else(|| FOLDER.into());
    fs::create_dir_all(&folder).map_err(|error| Failure::path(&folder, &error))?;
    for kind in &wanted {
        let file = folder.join(format!("{kind}.schema.json"));
        fs::write(&file, pretty(&schema(kind).unwrap_or_default()) + "\n")
            .map_err(|error| Failure::path(&file, &error))?;
        console.answer(file.display().to_string());
    }
    point_at(&folder, &wanted, console);
    Ok(Exit::Done)
}

fn known(kind: &str) -> Result<&'static str, Failure> {
    kinds().iter().copied().find(|known| *known == kind).ok_or_else(|| {
        let list = kinds().join(", ");
        match nearest(kind, kinds().iter().copied()) {
            Some(near) => Failure::usage(text!(
                "there is no kind `{kind}`; did you mean `{near}`?",
                "没有 `{kind}` 这个种类；是不是 `{near}`？"
            )),
            None => Failure::usage(text!(
                "there is no kind `{kind}`; the kinds are {list}",
                "没有 `{kind}` 这个种类；可用的种类有 {list}"
            )),
        }
    })
}

fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

/// Says how an editor finds the schemas.
fn point_at(folder: &Path, wanted: &[&str], console: &Console) {
    let folder = folder.display().to_string();
    let settings: serde_json::Map<String, Json> =
        wanted.iter().map(|kind| (format!("{folder}/{kind}.schema.json"), json!(format!("*.{kind}.yaml")))).collect();
    let settings = pretty(&json!({"yaml.schemas": settings}));
    console.say(&text!(
        "\nVS Code with the extension `redhat.vscode-yaml`: put this into .vscode/settings.json\n{settings}\n\nOther editors with yaml-language-server: begin a file with\n# yaml-language-server: $schema=PATH/TO/{folder}/object.schema.json",
        "\nVS Code 安装扩展 `redhat.vscode-yaml` 后，将以下内容写入 .vscode/settings.json\n{settings}\n\n其他使用 yaml-language-server 的编辑器：在文件首行写\n# yaml-language-server: $schema=路径/{folder}/object.schema.json"
    ));
}

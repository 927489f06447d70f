//! The key that backups are sealed and opened with: of a file or the environment, never of the command line.

use std::{fs, path::PathBuf};

use formwork_model::text;
use formwork_store::dump::sealed::Key;

use crate::failure::Failure;

/// The environment variable that holds the key.
const VARIABLE: &str = "FORMWORK_BACKUP_KEY";

/// Where the key is.
#[derive(Debug, clap::Args)]
pub(crate) struct SealKey {
    /// The file with the key, 64 hexadecimal digits; by default the environment variable FORMWORK_BACKUP_KEY ‖ 密钥文件（64 位十六进制）；默认取环境变量 FORMWORK_BACKUP_KEY
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl SealKey {
    /// The key.
    ///
    /// # Errors
    /// When there is none, or it is no key.
    pub(crate) fn read(&self) -> Result<Key, Failure> {
        let text = match &self.key_file {
            Some(file) => fs::read_to_string(file).map_err(|error| Failure::path(file, &error))?,
            None => std::env::var(VARIABLE).map_err(|_| {
                Failure::usage(text!(
                    "this takes a key: name a file with --key-file, or set {VARIABLE}; `openssl rand -hex 32` makes one",
                    "需要密钥：用 --key-file 指定文件，或设置 {VARIABLE}；可用 `openssl rand -hex 32` 生成"
                ))
            })?,
        };
        let no_key = || Failure::usage(text!("a key is 64 hexadecimal digits", "密钥应为 64 位十六进制数字"));
        Key::parse(&text).ok_or_else(no_key)
    }
}

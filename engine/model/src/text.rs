//! Text for people, in every language the product speaks.

use serde::{Deserialize, Serialize};

/// A language of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Simplified Chinese, `zh-CN`.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// Reads a tag such as `zh-CN`, `zh_CN.UTF-8`, `en`; anything that does not start with `zh` is English.
    pub fn from_tag(tag: &str) -> Self {
        if tag.trim_start().to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}

/// One message in both languages. Build it with [`text!`](crate::text!).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Text {
    /// The same wording in both languages: for names and numbers only, never for a sentence.
    pub fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { zh: en.clone(), en }
    }

    /// The wording in `language`; when that one is empty, the other.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh if !self.zh.is_empty() => &self.zh,
            Language::En if self.en.is_empty() => &self.zh,
            _ => &self.en,
        }
    }

    /// Whether there is no wording at all.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }
}

/// Builds a [`Text`](crate::text::Text) from an English and a Chinese format string; names in braces are captured.
#[macro_export]
macro_rules! text {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::text::Text { en: ::std::format!($en), zh: ::std::format!($zh) }
    };
}

//! The types a field can have, in their final, resolved form.

use crate::{name::Name, text::Text};

/// The type of a field, setting, table column, ledger dimension or action input.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    /// One line of text.
    Text,
    /// Text with line breaks.
    LongText,
    /// Whole number, 64 bits.
    Integer,
    /// Exact decimal, up to 28 digits; `scale` digits are kept, rounded half up.
    Decimal {
        /// Digits after the point; `None` keeps what is given.
        scale: Option<u32>,
    },
    /// An amount in the field's currency, rounded half up to the currency's smallest unit.
    Money {
        /// ISO 4217 code.
        currency: Currency,
    },
    /// 8.5 means 8.5 %.
    Percent,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// An amount of clock time, to the second.
    Duration,
    /// One of a list.
    Choice(Vec<Choice>),
    /// Several of a list.
    Choices(Vec<Choice>),
    /// A record of another object.
    Ref(Name),
    /// Several records of another object.
    Refs(Name),
    /// A user, by login.
    User,
    /// A department, by code.
    Department,
    /// Line items; their fields are resolved beside the object.
    Lines,
    /// One uploaded file.
    File,
    /// Several uploaded files.
    Files,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address, `http` or `https`.
    Url,
    /// A Chinese administrative division: GB/T 2260 code of 2, 4 or 6 digits.
    Region,
    /// A place on earth.
    Geo,
    /// Any JSON.
    Json,
}

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");

    /// Reads a three-letter upper-case code.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the point (ISO 4217 minor unit).
    pub fn digits(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" | b"UGX" | b"XAF" | b"XOF" | b"PYG" | b"RWF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

/// One option of a choice: a stable name and what people read.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The stored value.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// What it means, as a colour.
    pub tone: Tone,
}

/// What an option or a state means for whoever reads it; pages show it as a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing beside its words.
    #[default]
    Neutral,
    /// Under way.
    Info,
    /// As it should be.
    Good,
    /// Somebody should look at it.
    Warn,
    /// Something is wrong, or lost.
    Bad,
}

impl FieldType {
    /// The word of the definition language.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Integer => "integer",
            Self::Decimal { .. } => "decimal",
            Self::Money { .. } => "money",
            Self::Percent => "percent",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Duration => "duration",
            Self::Choice(_) => "choice",
            Self::Choices(_) => "choices",
            Self::Ref(_) => "ref",
            Self::Refs(_) => "refs",
            Self::User => "user",
            Self::Department => "department",
            Self::Lines => "lines",
            Self::File => "file",
            Self::Files => "files",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Url => "url",
            Self::Region => "region",
            Self::Geo => "geo",
            Self::Json => "json",
        }
    }

    /// Whether values are compared and added as numbers.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Decimal { .. } | Self::Money { .. } | Self::Percent)
    }

    /// Whether values are stored as text.
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::LongText
                | Self::Choice(_)
                | Self::User
                | Self::Department
                | Self::Phone
                | Self::Email
                | Self::Url
                | Self::Region
        )
    }

    /// Whether an index, a unique key or a sort can use it.
    pub fn is_ordered(&self) -> bool {
        self.is_number()
            || (self.is_text() && *self != Self::LongText)
            || matches!(self, Self::Boolean | Self::Date | Self::DateTime | Self::Duration | Self::Ref(_))
    }

    /// The options of a choice.
    pub fn choices(&self) -> Option<&[Choice]> {
        if let Self::Choice(options) | Self::Choices(options) = self { Some(options) } else { None }
    }
}

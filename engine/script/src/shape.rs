//! What is known about a value before anything runs.

use formwork_model::{field_type::FieldType, name::Name};

/// The static shape of an expression or variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Nothing is known; every use is allowed and checked when it runs.
    Any,
    /// Nothing comes back: a script that ends in a statement.
    Nothing,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal: decimal, money, percent.
    Decimal,
    /// Text, also choices, users, e-mail, …
    Text,
    /// One of these options, as text.
    Choice(Vec<Name>),
    /// A day.
    Date,
    /// An instant.
    Instant,
    /// Clock time in seconds.
    Duration,
    /// A record of an object.
    Record(Name),
    /// One line of a `lines` field of an object.
    Row(Name, Name),
    /// A list of things.
    List(Box<Shape>),
    /// Named values: table outputs, action input, the user.
    Map(Vec<(Name, Shape)>),
    /// A place on earth.
    Geo,
    /// An uploaded file.
    File,
}

impl Shape {
    /// The shape of the values of a field. `owner` is the object and the name of the field, for `lines`.
    pub fn of(field: &FieldType, owner: (Name, Name)) -> Self {
        match field {
            FieldType::Integer => Self::Int,
            FieldType::Decimal { .. } | FieldType::Money { .. } | FieldType::Percent => Self::Decimal,
            FieldType::Boolean => Self::Bool,
            FieldType::Date => Self::Date,
            FieldType::DateTime => Self::Instant,
            FieldType::Duration => Self::Duration,
            FieldType::Choice(options) => Self::Choice(options.iter().map(|o| o.name).collect()),
            FieldType::Choices(options) => Self::List(Box::new(Self::Choice(options.iter().map(|o| o.name).collect()))),
            FieldType::Ref(object) => Self::Record(*object),
            FieldType::Refs(object) => Self::List(Box::new(Self::Record(*object))),
            FieldType::Lines => Self::List(Box::new(Self::Row(owner.0, owner.1))),
            FieldType::File => Self::File,
            FieldType::Files => Self::List(Box::new(Self::File)),
            FieldType::Geo => Self::Geo,
            FieldType::Json => Self::Any,
            FieldType::Text
            | FieldType::LongText
            | FieldType::User
            | FieldType::Department
            | FieldType::Phone
            | FieldType::Email
            | FieldType::Url
            | FieldType::Region => Self::Text,
        }
    }

    /// Whether a value of this shape can be stored in a field of type `field`. `Any` always can.
    pub fn fits(&self, field: &FieldType) -> bool {
        match (self, field) {
            (Self::Any | Self::Nothing, _) | (_, FieldType::Json) => true,
            (Self::Int, f) => f.is_number() || *f == FieldType::Duration,
            (Self::Decimal, f) => f.is_number() && *f != FieldType::Integer,
            (Self::Choice(mine), FieldType::Choice(options)) => {
                mine.iter().any(|name| options.iter().any(|o| o.name == *name))
            }
            (Self::Text | Self::Choice(_), f) => f.is_text(),
            (Self::Bool, f) => *f == FieldType::Boolean,
            (Self::Date, f) => *f == FieldType::Date,
            (Self::Instant, f) => *f == FieldType::DateTime,
            (Self::Duration, f) => *f == FieldType::Duration,
            (Self::Record(object), FieldType::Ref(to)) => object == to,
            (Self::List(item), FieldType::Refs(to)) => {
                matches!(&**item, Self::Record(o) if o == to) || **item == Self::Any
            }
            (Self::List(_), FieldType::Choices(_) | FieldType::Files | FieldType::Lines) => true,
            (Self::Geo, f) => *f == FieldType::Geo,
            (Self::File, f) => *f == FieldType::File,
            (Self::Map(_), FieldType::Geo) => true,
            _ => false,
        }
    }

    /// A word for messages.
    pub fn word(&self) -> String {
        match self {
            Self::Any => "anything".into(),
            Self::Nothing => "nothing".into(),
            Self::Bool => "boolean".into(),
            Self::Int => "integer".into(),
            Self::Decimal => "decimal".into(),
            Self::Text => "text".into(),
            Self::Choice(_) => "choice".into(),
            Self::Date => "date".into(),
            Self::Instant => "datetime".into(),
            Self::Duration => "duration".into(),
            Self::Record(object) => format!("record of {object}"),
            Self::Row(object, field) => format!("line of {object}.{field}"),
            Self::List(item) => format!("list of {}", item.word()),
            Self::Map(_) => "named values".into(),
            Self::Geo => "geo".into(),
            Self::File => "file".into(),
        }
    }

    /// The same in Chinese.
    pub fn word_zh(&self) -> String {
        match self {
            Self::Any => "任意值".into(),
            Self::Nothing => "空值".into(),
            Self::Bool => "布尔值".into(),
            Self::Int => "整数".into(),
            Self::Decimal => "小数".into(),
            Self::Text => "文本".into(),
            Self::Choice(_) => "选项".into(),
            Self::Date => "日期".into(),
            Self::Instant => "日期时间".into(),
            Self::Duration => "时长".into(),
            Self::Record(object) => format!("`{object}` 的记录"),
            Self::Row(object, field) => format!("`{object}.{field}` 的明细行"),
            Self::List(item) => format!("{}的列表", item.word_zh()),
            Self::Map(_) => "命名的值".into(),
            Self::Geo => "坐标".into(),
            Self::File => "文件".into(),
        }
    }
}

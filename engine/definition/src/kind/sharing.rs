//! The field of objects whose records are shared one by one: with whom, what for and how long.

use formwork_model::{name::Name, text::Text};

use crate::{
    kind::{
        field::{Field, OnDelete},
        object::Object,
    },
    label::Label,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// The field that `sharing: true` adds.
pub const SHARES: &str = "shares";
/// Who may see the record: a user.
pub const USER: &str = "user";
/// Who may see the record: whoever has a position in the department or below.
pub const DEPARTMENT: &str = "department";
/// Whether they may change it as well.
pub const EDIT: &str = "edit";
/// From which day on.
pub const FROM: &str = "from";
/// Up to which day, that day included.
pub const UNTIL: &str = "until";

/// The fields of a line: name, type, labels.
const LINE: [(&str, &str, &str, &str); 5] = [
    (USER, "user", "User", "用户"),
    (DEPARTMENT, "ref", "Department", "部门"),
    (EDIT, "boolean", "May edit", "可编辑"),
    (FROM, "date", "From", "开始日期"),
    (UNTIL, "date", "Until", "结束日期"),
];

impl Object {
    /// Adds the field that says with whom a record is shared.
    pub fn add_sharing_field(&mut self) {
        let Some(sharing) = self.sharing.as_ref().filter(|sharing| sharing.value) else { return };
        let at = sharing.span;
        let field = |kind: &str, en: &str, zh: &str| Field {
            label: Some(Sp::new(Label { text: Text { en: en.into(), zh: zh.into() }, single: false }, at)),
            kept: true,
            ..Field::of(Sp::new(kind.to_owned(), at))
        };
        let line = LINE.map(|(name, kind, en, zh)| {
            let mut line = field(kind, en, zh);
            if kind == "ref" {
                line.to = Some(Sp::new(WrittenName(Name::intern("department")), at));
                // What is shared with a department that is no more is shared with nobody.
                line.on_delete = Some(Sp::new(OnDelete::Clear, at));
            }
            (Sp::new(Name::intern(name), at), line)
        });
        let mut fields = Map::default();
        fields.extend(line);
        let lines = Field { fields: Some(fields), ..field("lines", "Shared with", "共享给") };
        self.fields.extend([(Sp::new(Name::intern(SHARES), at), lines)]);
    }
}

//! The definitions that ship with the engine: who works here, where, and who stands in for whom.

/// The folder they stand in wherever a path is shown, and their module.
pub(crate) const MODULE: &str = "system";

macro_rules! shipped {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../system/", $file)))),*]
    };
}

const FILES: &[(&str, &str)] = shipped![
    "absence.object.yaml",
    "absence_list.form.yaml",
    "calendar_day.object.yaml",
    "calendar_day_list.form.yaml",
    "department.object.yaml",
    "department_list.form.yaml",
    "everybody.role.yaml",
    "list_view.object.yaml",
    "list_view_list.form.yaml",
    "partner.object.yaml",
    "partner_list.form.yaml",
    "position.object.yaml",
    "position_list.form.yaml",
    "product_line.object.yaml",
    "product_line_list.form.yaml",
    "proxy.object.yaml",
    "proxy_list.form.yaml",
    "skill.object.yaml",
    "skill_list.form.yaml",
    "territory.object.yaml",
    "territory_list.form.yaml",
    "user.object.yaml",
    "user_list.form.yaml",
];

/// The files: their paths, and what they hold.
pub(crate) fn files() -> impl Iterator<Item = (String, &'static str)> {
    FILES.iter().map(|(file, text)| (format!("{MODULE}/{file}"), *text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_ships() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("system");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        there.sort();
        assert_eq!(FILES.iter().map(|(file, _)| (*file).to_owned()).collect::<Vec<_>>(), there);
    }

    #[test]
    fn nothing_is_wrong_with_them() {
        let (_, definitions, out) = crate::load::parse([]);
        assert!(out.is_empty(), "{out:?}");
        assert_eq!((definitions.objects.len(), definitions.forms.len(), definitions.roles.len()), (11, 11, 1));
    }
}

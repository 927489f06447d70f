//! The words of the pages themselves, in both languages. What a business calls things comes from its definitions.

use formwork_model::text::Language;

/// `{{t "key"}}` in a template; key, English, Chinese. Sorted by key.
const WORDS: &[(&str, &str, &str)] = &[
    ("act_as", "Act as (login and roles)", "以此身份操作（登录名与角色）"),
    ("add_line", "Add a line", "添加一行"),
    ("all", "All", "全部"),
    ("all_read", "Mark all as read", "全部标为已读"),
    ("all_time", "All time", "全部时间"),
    ("any_holds", "Match any of these", "满足任意一条即可"),
    ("apply", "Apply", "应用"),
    ("approval", "Approval", "审批"),
    ("approve", "Approve", "同意"),
    ("approve_selected", "Approve the selected", "同意所选"),
    ("as_defined", "Reset to default", "恢复默认"),
    ("auto", "Auto", "跟随系统"),
    ("back", "Back", "返回"),
    ("board", "Board", "看板"),
    ("book_broken", "can't be served at present", "暂时无法提供服务"),
    ("books", "Choose a book", "选择账套"),
    ("by_day", "By which day", "按哪个日期"),
    ("calendar", "Calendar", "日历"),
    ("cancel", "Cancel", "取消"),
    ("change_password", "Change password", "修改密码"),
    ("chart", "Chart", "图表"),
    ("choose", "Choose…", "请选择…"),
    ("choose_field", "Choose a field…", "请选择字段…"),
    ("choose_report", "Rows, columns, measures", "行、列与指标"),
    ("clear", "Clear", "清除"),
    ("columns", "Columns", "列与分组"),
    ("columns_by", "Columns by", "列维度"),
    ("comment", "Comment", "评论"),
    ("comment_hint", "Comment; @ notifies somebody", "写评论，用 @ 提醒同事"),
    ("comparison", "Comparison", "比较方式"),
    ("condition_unread", "A condition can't be read: see above", "有条件无法识别，请见上方"),
    ("conflict", "Somebody else has changed this", "其他人已修改此记录"),
    ("create_new", "New:", "新建："),
    ("dark", "Dark", "深色"),
    ("dashboards", "Dashboards", "看板"),
    ("default", "Default", "默认"),
    ("delete", "Delete", "删除"),
    ("draft_found", "There is a draft that was not saved.", "有一份未保存的草稿。"),
    ("draft_kept", "Draft kept on this device", "草稿已保存在本机"),
    ("drop", "Discard", "丢弃"),
    ("earlier", "Earlier", "上一月"),
    ("edit", "Edit", "编辑"),
    ("empty", "(empty)", "（空）"),
    ("error", "Something went wrong", "出错了"),
    ("error_details", "Details for the administrator", "供管理员参考的详情"),
    ("export", "Export", "导出"),
    ("field", "Field", "字段"),
    ("filter", "Filter", "筛选"),
    ("find", "Search", "搜索"),
    ("find_by_name", "Type a name or number", "输入名称或编号"),
    ("find_in_list", "Search in this list", "在此列表中搜索"),
    ("first_page", "First page", "首页"),
    ("flow_picture", "Flow diagram", "流程图"),
    ("from", "From", "开始日期"),
    ("go_in", "Open", "进入"),
    ("group_by", "Group by", "分组"),
    ("groups_cut", "groups of the first 2,000 only", "仅汇总前 2,000 条"),
    ("has_changed", "has just changed this record.", "刚刚修改了此记录。"),
    ("help", "Keyboard shortcuts", "快捷键"),
    ("history", "History", "历史"),
    ("keep_view", "Save view", "保存视图"),
    ("key_close", "Close or cancel", "关闭或取消"),
    ("key_edit", "Edit the record", "编辑记录"),
    ("key_find", "Search in the list", "在列表中搜索"),
    ("key_help", "This help", "本帮助"),
    ("key_new", "New record", "新建记录"),
    ("key_palette", "Search everything", "全局搜索"),
    ("key_rows", "Next or previous row", "下一行或上一行"),
    ("key_save", "Save", "保存"),
    ("key_save_close", "Save and close", "保存并关闭"),
    ("later", "Later", "下一月"),
    ("light", "Light", "浅色"),
    ("link_books", "Link these sign-ins", "关联这些登录"),
    (
        "link_hint",
        "Whoever is signed in to one of these books with your password then gets into the others too.",
        "关联后，用密码登录其中一个账套即可进入其他账套。",
    ),
    ("list", "List", "列表"),
    ("lists", "Lists", "列表"),
    ("login", "Login", "登录名"),
    ("mark_read", "Mark as read", "标为已读"),
    ("measures", "Measures", "指标"),
    ("menu", "Menu", "菜单"),
    ("messages", "Messages", "消息"),
    ("more", "More", "更多"),
    ("move_to", "Move to another lane:", "移动到其他栏："),
    ("my_numbers", "My numbers", "我的数据"),
    ("needs_script", "A file needs scripts to be switched on.", "上传文件需要启用脚本。"),
    ("new", "New", "新建"),
    ("new_like", "Duplicate", "复制新建"),
    ("new_password", "New password", "新密码"),
    ("new_password_again", "New password once more", "再次输入新密码"),
    ("next_page", "Next page", "下一页"),
    ("no_drafts", "No drafts", "没有草稿"),
    ("no_groups", "No groups", "不分组"),
    ("no_lines", "No lines", "暂无明细"),
    ("no_messages", "No messages", "没有消息"),
    ("no_move", "No action leads there from here", "没有可到达该状态的操作"),
    ("no_numbers", "No numbers here", "没有可显示的数据"),
    ("not_possible", "Not possible at present", "目前不能执行"),
    ("not_reachable", "Not reachable any more", "不再可达"),
    ("not_saved", "Nothing was saved.", "未保存。"),
    ("nothing_found", "Nothing found", "没有找到"),
    ("nothing_to_do", "All done", "没有待办"),
    ("nothing_yet", "Nothing here yet", "暂无数据"),
    ("offline", "No connection. What you typed is kept.", "连接已断开，已填写的内容会保留。"),
    ("old_password", "Current password", "当前密码"),
    ("older", "Older", "更早"),
    ("on_this_page", "On this page", "本页操作"),
    ("opinion", "Opinion", "审批意见"),
    ("or", "or", "或"),
    ("other_books", "Other books", "其他账套"),
    ("pages", "Pages", "页面"),
    ("password", "Password", "密码"),
    ("past", "Past", "已走过"),
    ("paste_hint", "Paste cells from a spreadsheet; Enter goes down", "可粘贴表格单元格；回车到下一行"),
    ("period", "Period", "期间"),
    ("possible", "Possible", "可能经过"),
    ("present", "Now", "当前"),
    ("print", "Print", "打印"),
    ("proxy_flows", "For which approvals (none: all)", "适用的审批，不选表示全部"),
    ("proxy_mine", "My proxies", "我的委托"),
    ("proxy_new", "Appoint a proxy", "委托他人代我审批"),
    ("proxy_others", "For whom I decide", "委托给我的"),
    ("proxy_who", "Who", "受托人"),
    ("queue_work", "Work in a queue", "队列工作"),
    ("recent", "Seen lately", "最近查看"),
    ("reject", "Reject", "拒绝"),
    ("reload", "Reload", "刷新查看"),
    ("remove", "Remove", "移除"),
    ("remove_line", "Remove line", "删除第"),
    ("reports", "Reports", "报表"),
    ("restore", "Restore", "恢复"),
    ("results", "Results", "结果"),
    ("rows_by", "Rows by", "行维度"),
    ("save", "Save", "保存"),
    ("save_close", "Save and close", "保存并关闭"),
    ("say_it", "Send", "发送"),
    ("search", "Search", "搜索"),
    ("select", "Select", "选择"),
    ("select_all", "Select all on this page", "全选本页"),
    ("selected", "selected", "条已选"),
    ("selection", "Selection", "已选择"),
    ("shade", "Shade the cells", "单元格底色"),
    ("share", "Share", "共享"),
    ("shared", "shared", "共享"),
    ("show_more", "Show all in the list", "在列表中查看更多"),
    ("sign_in", "Sign in", "登录"),
    ("sign_out", "Sign out", "退出登录"),
    ("sign_out_all", "Sign out of all books", "退出所有账套"),
    ("skip", "Skip to the content", "跳到正文"),
    ("start", "Start", "首页"),
    ("state", "State", "状态"),
    ("switch", "Switch", "切换"),
    ("switch_book", "Other books", "切换账套"),
    ("tabs", "Parts of the record", "分页"),
    ("take_back", "Take back", "取消共享"),
    ("tasks", "Tasks", "任务"),
    ("theirs", "Saved by them", "对方已保存"),
    ("to", "To", "结束日期"),
    ("to_decide", "Waiting for my decision", "等我审批"),
    ("today", "Today", "今天"),
    ("total", "Total", "合计"),
    ("unchanged_by_you", "you left it as it was, so theirs stays", "您未改动，保留对方的值"),
    ("unlink_books", "Unlink these sign-ins", "解除登录关联"),
    ("unsaved", "Not saved yet", "尚未保存"),
    ("unsaved_here", "Begun on this device and not saved", "本机未保存的内容"),
    ("unseen", "a record that you may not see", "您无权查看的记录"),
    ("upload", "Choose a file, or drop it here", "选择文件，或拖到此处"),
    ("value", "Value", "值"),
    ("view_name", "Name of the view", "视图名称"),
    ("view_new", "Save as another view", "另存为新视图"),
    ("view_shared", "Everybody may use it", "共享给所有人"),
    ("viewing_as", "You see what this person sees:", "您正在以此人的身份查看："),
    ("viewing_end", "End", "结束查看"),
    ("viewing_reads", "nothing can be changed", "只读，不能修改"),
    ("views", "Views", "视图"),
    ("was_changed", "This record has just been changed.", "此记录刚刚被修改。"),
    ("where", "Where this is", "当前位置"),
    ("why", "Why", "为什么"),
    ("yours", "Yours", "您的修改"),
];

/// What the scripts of a page say.
const SPOKEN: &[&str] = &[
    "create_new",
    "draft_found",
    "draft_kept",
    "drop",
    "error",
    "has_changed",
    "help",
    "key_close",
    "key_edit",
    "key_find",
    "key_help",
    "key_new",
    "key_palette",
    "key_rows",
    "key_save",
    "key_save_close",
    "move_to",
    "no_move",
    "nothing_found",
    "offline",
    "on_this_page",
    "pages",
    "reload",
    "remove",
    "restore",
    "search",
    "selected",
    "unsaved",
    "upload",
    "was_changed",
];

/// The word for a key. A key that is none is shown as it is: a test keeps templates from having one.
pub(crate) fn word(key: &str, language: Language) -> &str {
    let of = |words: &'static [(&str, &str, &str)]| words.iter().find(|(known, ..)| *known == key);
    let found = match key {
        key if key.starts_with("adm_d_") => of(super::admin::design::words::WORDS),
        key if key.starts_with("adm_") => of(super::admin::words::WORDS),
        _ => of(WORDS),
    };
    match (found, language) {
        (Some((_, _, zh)), Language::Zh) => zh,
        (Some((_, en, _)), Language::En) => en,
        (None, _) => key,
    }
}

/// The words for scripts, as JSON that can't end the element it stands in.
pub(crate) fn spoken(language: Language) -> String {
    let words: serde_json::Map<_, _> =
        SPOKEN.iter().map(|key| ((*key).to_owned(), serde_json::Value::from(word(key, language)))).collect();
    serde_json::Value::Object(words).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments of `before"…"` in a text.
    fn quoted<'t>(text: &'t str, before: &str) -> Vec<&'t str> {
        text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_word_of_a_template_or_script_is_known_and_none_is_left_over() {
        let (own, designers) = (crate::page::admin::words::WORDS, crate::page::admin::design::words::WORDS);
        for words in [WORDS, own, designers] {
            let mut keys: Vec<&str> = words.iter().map(|(key, ..)| *key).collect();
            keys.sort_unstable();
            assert!(keys.is_sorted_by(|a, b| a < b), "each key once: {keys:?}");
        }
        let known = || WORDS.iter().chain(own).chain(designers).map(|(key, ..)| *key);
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |folder: &str| -> String {
            let entries = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
            entries
                .filter(|path| path.is_file() && !path.ends_with("words.rs"))
                .map(|path| std::fs::read_to_string(path).unwrap())
                .collect::<String>()
        };
        let (pages, scripts) = (read("pages"), read("assets"));
        let (mut code, mut folders) = (String::new(), vec!["src/page".to_owned()]);
        while let Some(folder) = folders.pop() {
            code.push_str(&read(&folder));
            let inside = std::fs::read_dir(root.join(&folder)).unwrap().map(|entry| entry.unwrap());
            let inside = inside.filter(|entry| entry.path().is_dir());
            folders.extend(inside.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())));
        }
        let mut used: Vec<&str> = quoted(&pages, "{{t \"");
        let spoken_here = quoted(&scripts, "say(\"");
        assert!(spoken_here.iter().all(|key| SPOKEN.contains(key)), "{spoken_here:?}");
        assert!(SPOKEN.iter().all(|key| spoken_here.contains(key)), "no script says it");
        used.extend(SPOKEN);
        used.extend(quoted(&code, "word(\""));
        used.extend(code.split('"').filter(|part| part.starts_with("adm_") && part.is_ascii()));
        let unknown: Vec<_> = used.iter().filter(|key| known().all(|known| known != **key)).collect();
        assert!(unknown.is_empty(), "no such word: {unknown:?}");
        let unused: Vec<_> = known().filter(|key| !used.contains(key)).collect();
        assert!(unused.is_empty(), "nothing says {unused:?}");
    }
}

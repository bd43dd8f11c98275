//! Whole tables with what their columns are, made up from templates, and what
//! must hold for any table.

mod tables;

use proptest::prelude::*;

use super::*;
use crate::identity::{checks, company};
use std::collections::HashSet;

const ROWS: u64 = 120;

/// The made-up cells of one column.
pub(super) struct Cells {
    values: Vec<String>,
}

/// A number that is the same for the same row and place (a step of SplitMix64).
fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick(list: &str, at: u64) -> &str {
    let all: Vec<&str> = list.split_whitespace().collect();
    all[at as usize % all.len()]
}

const ZH_SURNAMES: &str = "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 崔 蓝 褚 欧阳";
const ZH_GIVEN: &str = "伟 秀英 建国 艳立 腾欣 敏 浩然 子涵 军 丽 建中 晓东 雪梅 志强 一鸣 桂兰 海燕 春生";
const GIVEN: &str = "Mary James Linda Robert Tamika Bryce Olga Anna Wesley Paul Hubert Sarah Ines Kevin";
const SURNAMES: &str =
    "Smith Abernathy Lopez Quigley Johnson Vandermeer Brown Oakes Miller Pettigrew Yount Davis Zeller";

/// Words of templates: `#` is a digit, `@` a hexadecimal digit, `{…}` one of these.
fn word(name: &str, row: u64, luck: u64) -> String {
    match name {
        "n" => (10_021 + row * 3).to_string(),
        "zh" => format!("{}{}", pick(ZH_SURNAMES, luck), pick(ZH_GIVEN, luck >> 8)),
        "zhs" => pick(ZH_SURNAMES, luck).to_owned(),
        "zhg" => pick(ZH_GIVEN, luck).to_owned(),
        "given" => pick(GIVEN, luck).to_owned(),
        "surname" => pick(SURNAMES, luck).to_owned(),
        "GIVEN" => pick(GIVEN, luck).to_uppercase(),
        "SURNAME" => pick(SURNAMES, luck).to_uppercase(),
        "y" => (1935 + luck % 70).to_string(),
        "yy" => (2014 + luck % 8).to_string(),
        "mm" => format!("{:02}", 1 + luck % 12),
        "dd" => format!("{:02}", 1 + luck % 28),
        "hms" => format!("{:02}:{:02}:{:02}", 8 + luck % 10, luck / 16 % 60, luck / 1024 % 60),
        "id" => resident_id(luck),
        "credit" => {
            let is_code = |text: &str| company::verify(text).is_some();
            let organisation = with_check(&format!("MA27{:04}", luck % 10_000), is_code);
            with_check(&format!("91330106{organisation}"), is_code)
        }
        "card" => with_check(&format!("621700{:012}", luck % 1_000_000_000_000), checks::is_card),
        "age" => (18 + luck % 70).to_string(),
        other => other.to_owned(),
    }
}

/// With the one sign behind it that makes the check pass.
fn with_check(body: &str, check: fn(&str) -> bool) -> String {
    let signs = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let whole = |sign| format!("{body}{sign}");
    signs.map(whole).find(|w| check(w)).expect("one sign passes")
}

fn resident_id(luck: u64) -> String {
    let born = format!("{}{:02}{:02}", 1940 + luck % 62, 1 + luck / 64 % 12, 1 + luck / 1024 % 28);
    with_check(&format!("330106{born}{:03}", luck / 65_536 % 1000), checks::is_resident_id)
}

fn fill(template: &str, row: u64, column: u64) -> String {
    let mut out = String::new();
    let mut rest = template;
    let mut luck = mixed(row * 131 + column);
    while let Some(c) = rest.chars().next() {
        luck = mixed(luck);
        let mut taken = c.len_utf8();
        match (c, rest.split_once('}')) {
            ('{', Some((name, _))) if word(&name[1..], row, luck) != name[1..] => {
                out.push_str(&word(&name[1..], row, luck));
                taken = name.len() + 1;
            }
            ('#', _) => out.push(char::from(b'0' + (luck % 10) as u8)),
            ('@', _) if template.contains("@@") => out.push(char::from(b"0123456789abcdef"[luck as usize % 16])),
            _ => out.push(c),
        }
        rest = &rest[taken..];
    }
    out
}

impl Cells {
    /// Templates are parted by `|` and taken at random, an empty one is an empty cell.
    pub(super) fn of(templates: &str, column: u64) -> Self {
        let all: Vec<&str> = templates.split('|').collect();
        let choice = |row: u64| all[mixed(row * 7919 + column) as usize % all.len()];
        Self { values: (0..ROWS).map(|row| fill(choice(row), row, column)).collect() }
    }

    fn filled(&self) -> Vec<&str> {
        self.values.iter().map(String::as_str).filter(|v| !v.is_empty()).collect()
    }
}

/// A column as the table's profile would count it.
fn view<'a>(name: &'a str, comment: &'a str, values: &'a [&'a str], running: bool) -> ColumnView<'a> {
    let distinct = values.iter().collect::<HashSet<_>>().len() as u64;
    let filled = values.len() as u64;
    ColumnView {
        name,
        comment: Some(comment).filter(|c| !c.is_empty()),
        values,
        filled,
        blanks: ROWS - filled,
        unique: filled >= 2 && (filled - distinct) * 200 <= filled,
        never_repeats: filled > 0 && distinct == filled,
        running,
        distinct,
    }
}

/// The findings and questions of a table of (name, comment, templates).
pub(super) fn found(columns: &[(&str, &str, &str)]) -> (Vec<Finding>, Vec<Question>) {
    let cells: Vec<Cells> = columns.iter().enumerate().map(|(n, c)| Cells::of(c.2, n as u64)).collect();
    let filled: Vec<Vec<&str>> = cells.iter().map(Cells::filled).collect();
    let running = |templates: &str| templates.ends_with("{n}");
    let views: Vec<ColumnView<'_>> =
        columns.iter().zip(&filled).map(|(c, v)| view(c.0, c.1, v, running(c.2))).collect();
    let findings = find(&views);
    let asked = questions(&views, &findings);
    (findings, asked)
}

#[test]
fn columns_of_many_tables_are_what_they_are() {
    let mut wrong = Vec::new();
    for (table, columns) in tables::TABLES {
        let plain: Vec<(&str, &str, &str)> = columns.iter().map(|c| (c.0, c.1, c.3)).collect();
        let (findings, asked) = found(&plain);
        for ((name, _, want, _), finding) in columns.iter().zip(&findings) {
            if !want.contains(&finding.role) {
                wrong.push(format!("{table}.{name}: {finding:?}"));
            }
        }
        wrong.extend(asked.iter().map(|q| format!("{table}: asked: {}", q.what)));
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn values_alone_tell_what_has_a_form_of_its_own() {
    for (templates, want) in tables::NAMELESS {
        let (findings, _) = found(&[("c7", "", templates)]);
        assert_eq!(findings[0].role, *want, "{templates}: {:?}", findings[0]);
        assert!(findings[0].confidence > 0.6, "{templates}: {:?}", findings[0]);
    }
}

#[test]
fn without_names_no_wrong_guess_is_a_sure_one() {
    let mut wrong = Vec::new();
    for (table, columns) in tables::TABLES {
        let nameless: Vec<(&str, &str, &str)> = columns.iter().map(|c| ("c", "", c.3)).collect();
        let (findings, _) = found(&nameless);
        let sure = columns.iter().zip(&findings).filter(|(c, f)| f.confidence > 0.95 && !c.2.contains(&f.role));
        wrong.extend(sure.map(|(c, f)| format!("{table}.{}: {f:?}", c.0)));
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn what_is_not_known_and_unique_is_asked() {
    for (name, templates) in tables::UNKNOWN {
        let (findings, asked) = found(&[("id", "", "{n}"), (name, "", templates)]);
        assert_eq!(asked.len(), 1, "{name}: {:?}", findings[1]);
        assert_eq!(asked[0].column, 1);
        assert!(asked[0].say.iter().any(|s| s.starts_with(&format!("--map '{name}=code' ("))), "{:?}", asked[0]);
    }
    for (name, templates) in tables::WELL_KNOWN {
        let (findings, asked) = found(&[(name, "", templates)]);
        assert_eq!(asked, [], "{name}: {:?}", findings[0]);
    }
}

#[test]
fn a_place_that_differs_in_every_row_is_still_one() {
    let begin = ["Ash", "Bar", "Car", "Dun", "East", "Farn", "Green", "Hazel", "Kings", "Long"];
    let end = ["ton", "ford", "bury", "ham", "ley", "worth", " Ward", "field", "bridge", "mere", "stead", "by"];
    let towns: Vec<String> = begin.iter().flat_map(|b| end.map(|e| format!("{b}{e}"))).collect();
    let values: Vec<&str> = towns.iter().map(String::as_str).collect();
    let views = [view("city", "", &values, false)];
    let findings = find(&views);
    assert_eq!((findings[0].role, questions(&views, &findings)), (Role::Region, Vec::new()), "{:?}", findings[0]);
}

#[test]
fn what_few_rows_have_and_nobody_knows_is_left_empty() {
    let values = ["14856", "3003x", "184-9", "4901q", "77/12"];
    for (blanks, want) in [(ROWS, Role::OtherContact), (5, Role::Code)] {
        let views = [ColumnView { blanks, ..view("zzq", "", &values, false) }];
        let mut findings = find(&views);
        leave_rare(&views, &mut findings);
        assert_eq!((findings[0].role, questions(&views, &findings).len()), (want, usize::from(want == Role::Code)));
    }
}

#[test]
fn checksums_are_refused_and_told_roles_are_not() {
    let template = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
    let (findings, asked) = found(&[("id", "", "{n}"), ("row_hash", "", template)]);
    assert_eq!((findings[1].role, asked.len()), (Role::Checksum, 1));
    assert!(asked[0].what.contains("row_hash"));
    let cells = Cells::of(template, 1);
    let values = cells.filled();
    assert_eq!(questions(&[view("row_hash", "", &values, false)], &[Finding::told(Role::Code)]), []);
}

#[test]
fn what_reaches_people_is_not_taken_over_whatever_is_said() {
    let phones: Vec<String> = (0..40).map(|n| format!("(503) 555-{:04}", 2_000 + n * 37)).collect();
    let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
    let asked = |role| questions(&[view("Phone", "", &phones, true)], &[Finding::told(role)]);
    let [question] = &asked(Role::Other)[..] else { panic!("{:?}", asked(Role::Other)) };
    assert!(question.what.contains("100 % of its values") && question.say[1].contains("'Phone=other-contact'"));
    for role in [Role::Phone, Role::OtherContact, Role::Code] {
        assert_eq!(asked(role), [], "{role}");
    }
}

#[test]
fn columns_that_now_and_then_reach_somebody_are_never_taken_over() {
    for (name, templates) in [
        ("remark", "called back|left a note|ring 617-555-1234 after six"),
        ("备注", "已回访|无人接听|联系13812345678"),
        ("联系方式", "微信同号||加我 abc_def99|见备注1"),
        ("notes", "fine|mail a.b@c.example|ok"),
        ("district", "north|south|see www.a.example"),
    ] {
        let (findings, _) = found(&[(name, "", templates)]);
        assert_eq!(findings[0].role, Role::OtherContact, "{name}: {:?}", findings[0]);
    }
    let (findings, _) = found(&[("mobile", "", "138****####|159****####")]);
    assert_eq!(findings[0].role, Role::Code, "{:?}", findings[0]);
}

#[test]
fn an_identity_number_beside_it_tells_a_birth_date_and_a_sex() {
    let ids = Cells::of("{id}", 0);
    let ids = ids.filled();
    let births: Vec<String> = ids.iter().map(|id| id[6..14].to_owned()).collect();
    let births: Vec<&str> = births.iter().map(String::as_str).collect();
    let odd = |id: &&str| id.as_bytes()[16] % 2 == 1;
    let sexes: Vec<&str> = ids.iter().map(|id| if odd(id) { "1" } else { "2" }).collect();
    let coins: Vec<&str> = (0..ids.len() as u64).map(|n| if mixed(n) % 2 == 1 { "1" } else { "2" }).collect();
    let views = [
        view("sfzh", "", &ids, false),
        view("rq", "", &births, false),
        view("a", "", &sexes, false),
        view("b", "", &coins, false),
    ];
    let roles: Vec<Role> = find(&views).iter().map(|f| f.role).collect();
    assert_eq!(roles[..3], [Role::NationalId, Role::BirthDate, Role::Sex]);
    assert_ne!(roles[3], Role::Sex);
}

#[test]
fn a_table_has_one_key() {
    let (findings, _) = found(&[("id", "", "{n}"), ("uuid", "", "@@@@@@@@-@@@@-@@@@-@@@@-@@@@@@@@@@@@")]);
    assert_eq!(findings.iter().map(|f| f.role).collect::<Vec<_>>(), [Role::Key, Role::Code]);
}

#[test]
fn names_that_stand_under_each_others_header_are_told() {
    let people = |first: &str, last: &str| {
        let (findings, _) = found(&[("First_Name", "", first), ("Last_Name", "", last)]);
        [findings[0].role, findings[1].role]
    };
    assert_eq!(people("{surname}", "{given}"), [Role::Surname, Role::GivenName]);
    assert_eq!(people("{given}", "{surname}"), [Role::GivenName, Role::Surname]);
    assert_eq!(people("{given}", "{given}"), [Role::GivenName, Role::Surname]);
}

#[test]
fn a_finding_says_why() {
    let (findings, _) = found(&[("lxdh", "联系电话", "138########|159########")]);
    assert_eq!(
        findings[0].because,
        "named like a phone number, the comment says a phone number, 100 % of the values are written as phone numbers are"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_column_is_judged(name in "\\PC{0,20}", comment in "\\PC{0,20}", cells in prop::collection::vec("\\PC{0,30}", 0..40)) {
        let values: Vec<&str> = cells.iter().map(String::as_str).collect();
        let views = [view(&name, &comment, &values, false)];
        let findings = find(&views);
        prop_assert_eq!(findings.len(), 1);
        prop_assert!((0.0..=1.0).contains(&findings[0].confidence), "{:?}", findings[0]);
        prop_assert!(questions(&views, &findings).len() <= 1);
    }
}

#[test]
fn the_order_of_columns_does_not_matter() {
    let mut columns = vec![
        ("姓名", "", "{zh}"),
        ("xb", "", "男|女"),
        ("sfzh", "", "{id}"),
        ("sjh", "", "138########"),
        ("dz", "", "文一路##号#幢"),
    ];
    let sorted = |columns: &[(&str, &str, &str)]| {
        let mut roles: Vec<Role> = found(columns).0.iter().map(|f| f.role).collect();
        roles.sort_unstable();
        roles
    };
    let before = sorted(&columns);
    for swap in 0..4 {
        columns.swap(swap, 4);
        assert_eq!(sorted(&columns), before);
    }
}

#[test]
fn counties_that_are_called_like_people_are_places() {
    let counties = "COOK|DUPAGE|LAKE|KANE|JACKSON|MADISON|MCHENRY|PEORIA|MARION|LEE|FORD|LOGAN|CLAY|WASHINGTON|HENRY|MASON|SCOTT|WAYNE|GREENE|WARREN|PERRY|CLARK|MONROE|PIKE|UNION|HARDIN|MERCER";
    let surnames = "SMITH|JOHNSON|NOWAK|GARCIA|MILLER|KOWALSKI|BROWN|ABRAMS|WILSON|LOPEZ|DELONG|MOORE|FRICK|HAMM|HEINZ";
    let given = "MARY|JOHN|LINDA|JAMES|SUSAN|ROBERT|KAREN|DAVID|NANCY|MARK";
    let columns = [("first_name", "", given), ("last_name", "", surnames), ("county", "", counties)];
    let (findings, _) = found(&columns);
    assert_eq!((findings[1].role, findings[2].role), (Role::Surname, Role::Region), "{:?}", findings[2]);
    let (findings, _) = found(&[columns[0], columns[1], ("maiden_name", "", surnames)]);
    assert_eq!((findings[1].role, findings[2].role), (Role::Surname, Role::Surname), "{:?}", findings[2]);
}

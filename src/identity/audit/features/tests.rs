//! What features promise to those who learn from them: one layout for the same
//! real rows, and rules that fire on what they forbid.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::identity::Row;

const NAMES: [&str; 7] = ["id", "xm", "sfzh", "xb", "sjh", "yx", "cjsj"];

fn row(i: usize) -> Row {
    let sex = i % 2;
    let id = format!("11010519491231{:02}{}", i % 50, sex);
    let cells = [
        (10_000 + 90 * i).to_string(),
        ["王小明", "李华", "赵敏"][i % 3].to_owned(),
        format!("{id}X"),
        ["女", "男"][sex].to_owned(),
        format!("138{:08}", i * 7_919_993 % 100_000_000),
        format!("u{i}@qq.com"),
        format!("{}-{:02}-{:02}", 2000 + i / 20, 1 + i % 12, 1 + i % 28),
    ];
    cells.map(Some).to_vec()
}

fn read<T>(planted: Vec<Row>, of: impl Fn(&Features<'_>) -> T) -> T {
    read_some(planted, None, of)
}

fn read_some<T>(planted: Vec<Row>, wanted: Option<&HashSet<String>>, of: impl Fn(&Features<'_>) -> T) -> T {
    let real: Vec<Row> = (0..200).map(row).collect();
    let names = NAMES.map(str::to_owned).to_vec();
    let sheet = Sheet { names: &names, roles: &[] };
    let refs: Vec<&Row> = real.iter().collect();
    let batches = [planted.iter().collect()];
    let pool = Pool::new(NAMES.len(), &refs, &batches, &mut ChaCha8Rng::seed_from_u64(1));
    of(&Features::of(&sheet, &pool, wanted))
}

fn fired(planted: Row, name: &str) -> bool {
    read(vec![planted], |f| f.flags.iter().any(|flag| flag.name == name && flag.fires[200]))
}

#[test]
fn their_layout_depends_on_the_real_rows_alone() {
    let layout = |planted| read(planted, |f| f.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>());
    let odd: Row = (0..7).map(|i| Some(format!("王 {i} x@y.z"))).collect();
    assert_eq!(layout(vec![row(300)]), layout(vec![vec![None; 7], odd.clone(), odd]));
    assert!(layout(vec![row(300)]).iter().any(|n| n == "id|cjsj|order"));
}

#[test]
fn what_is_asked_for_is_the_same_as_where_everything_is_read() {
    let planted = || (300..320).map(row).collect::<Vec<_>>();
    let all = read(planted(), |f| f.columns.iter().map(|c| (c.name.clone(), c.values.clone())).collect::<Vec<_>>());
    for every in [2, 3, 7] {
        let wanted: HashSet<String> = all.iter().skip(every % 3).step_by(every).map(|(name, _)| name.clone()).collect();
        let same = |f: &Features<'_>| {
            assert_eq!(f.columns.len(), all.len());
            for (some, (name, values)) in f.columns.iter().zip(&all) {
                assert_eq!(&some.name, name);
                let same = some.values.iter().zip(values).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
                let asked = wanted.contains(name);
                assert!(same && (some.values.len() == values.len() || !asked && some.values.is_empty()), "{name}");
            }
            f.columns.iter().filter(|c| c.values.is_empty()).count()
        };
        let left_out = read_some(planted(), Some(&wanted), same);
        assert!(wanted.contains("contradictions") || left_out * 2 > all.len() - wanted.len(), "{left_out}");
    }
}

#[test]
fn each_rule_fires_on_what_it_forbids_and_not_on_its_like() {
    let with = |c: usize, text: &str| {
        let mut r = row(210);
        r[c] = Some(text.to_owned());
        r
    };
    let cases = [
        (5, "A-1@qq.com", "u7@qq.com", "rare_format:yx"),
        (2, "110105199999990108", "", "id_bad_date:sfzh"),
        (2, "110105194912310018", "", "id_sex_mismatch:sfzh"),
        (4, "15400000001", "13900000001", "cn_prefix_invalid:sjh"),
        (4, "17012345678", "13900000001", "cn_resold:sjh"),
        (5, "a@example.com", "a@qq.com", "reserved_domain:yx"),
        (5, "a@lonely.cn", "a@qq.com", "lone_domain:yx"),
        (6, "1931-01-01", "2001-01-01", "date_out_of_range:cjsj"),
        (3, "?", "男", "rare_enum:xb"),
        (0, "10090", "10095", "duplicate:id"),
    ];
    for (c, bad, good, rule) in cases {
        assert!(fired(with(c, bad), rule), "{rule} {bad}");
        assert!(good.is_empty() || !fired(with(c, good), rule), "{rule} {good}");
    }
}

#[test]
fn a_late_key_on_an_early_row_breaks_the_order() {
    let mut late = row(10);
    late[0] = Some("27000".to_owned());
    assert!(fired(late, "id_date_order:id"));
    assert!(!fired(row(100), "id_date_order:id"));
}

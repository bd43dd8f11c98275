//! Generated tables: people of a small made-up register in Chinese and English,
//! whose fields agree as those of real rows do.

use super::sheet::Sheet;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭肖蔡潘田董袁于余";
const GIVEN: &str = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅建国志文斌丽红燕鹏宇婷雪佳浩晨欣怡子轩";
const PLACES: [(&str, &str, &[&str]); 6] = [
    ("330106", "浙江省杭州市西湖区", &["文一路", "文三路", "莫干山路", "天目山路"]),
    ("330203", "浙江省宁波市海曙区", &["中山西路", "望京路", "丽园北路"]),
    ("320105", "江苏省南京市建邺区", &["江东中路", "梦都大街", "云锦路"]),
    ("310104", "上海市徐汇区", &["漕溪北路", "龙华西路", "宜山路", "天钥桥路"]),
    ("420106", "湖北省武汉市武昌区", &["中南路", "武珞路", "和平大道"]),
    ("440305", "广东省深圳市南山区", &["南海大道", "科苑路", "桃园路"]),
];
const FIRST: [(&str, char); 24] = [
    ("James", 'M'),
    ("Mary", 'F'),
    ("Robert", 'M'),
    ("Patricia", 'F'),
    ("John", 'M'),
    ("Jennifer", 'F'),
    ("Michael", 'M'),
    ("Linda", 'F'),
    ("David", 'M'),
    ("Elizabeth", 'F'),
    ("William", 'M'),
    ("Barbara", 'F'),
    ("Richard", 'M'),
    ("Susan", 'F'),
    ("Joseph", 'M'),
    ("Jessica", 'F'),
    ("Thomas", 'M'),
    ("Karen", 'F'),
    ("Daniel", 'M'),
    ("Nancy", 'F'),
    ("Matthew", 'M'),
    ("Lisa", 'F'),
    ("Anthony", 'M'),
    ("Sarah", 'F'),
];
const LAST: [&str; 40] = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Gonzalez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Perez",
    "Thompson",
    "White",
    "Harris",
    "Sanchez",
    "Clark",
    "Ramirez",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Torres",
    "Nguyen",
    "Hill",
    "Flores",
];
const TOWNS: [(&str, &str, &str, &str); 8] = [
    ("Portland", "OR", "972", "503"),
    ("Salem", "OR", "973", "503"),
    ("Seattle", "WA", "981", "206"),
    ("Tacoma", "WA", "984", "253"),
    ("Boise", "ID", "837", "208"),
    ("Spokane", "WA", "992", "509"),
    ("Eugene", "OR", "974", "541"),
    ("Olympia", "WA", "985", "360"),
];
const STREETS: [&str; 20] = [
    "Oak",
    "Maple",
    "Cedar",
    "Pine",
    "Elm",
    "Washington",
    "Lake",
    "Hill",
    "Walnut",
    "Spring",
    "Ridge",
    "Church",
    "Willow",
    "Mill",
    "Sunset",
    "Railroad",
    "Jackson",
    "Center",
    "Highland",
    "Forest",
];

fn pick<'a, T>(from: &'a [T], by: &mut ChaCha20Rng) -> &'a T {
    from.choose(by).expect("some")
}

fn letter(from: &str, by: &mut ChaCha20Rng) -> char {
    let letters: Vec<char> = from.chars().collect();
    *pick(&letters, by)
}

/// The check digit of GB 11643.
fn with_check(body: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", b"10X98765432"[sum as usize % 11] as char)
}

/// Customers of a Chinese firm.
pub fn chinese(rows: usize, seed: u64) -> Sheet {
    let mut by = ChaCha20Rng::seed_from_u64(seed);
    let header =
        ["编号", "姓名", "性别", "出生日期", "身份证号", "手机", "邮箱", "住址", "开户时间"].map(str::to_owned);
    let mut key = 20_000;
    let row = |n: usize| {
        key += by.random_range(1..6);
        let name = format!("{}{}{}", letter(SURNAMES, &mut by), letter(GIVEN, &mut by), letter(GIVEN, &mut by));
        let woman = by.random_bool(0.5);
        let (year, month, day) = (by.random_range(1960..2002), by.random_range(1..13), by.random_range(1..29));
        let (code, place, streets) = *pick(&PLACES, &mut by);
        let order = by.random_range(1..450) * 2 + u32::from(!woman);
        let id = with_check(&format!("{code}{year}{month:02}{day:02}{order:03}"));
        let net = *pick(&["135", "136", "138", "139", "150", "158", "187", "133", "189", "186"], &mut by);
        let phone = format!("{net}{:08}", by.random_range(10_000_000..99_999_999));
        let spelt = pinyin_of(&name);
        let local = match by.random_range(0..3) {
            0 => format!("{spelt}{}", by.random_range(10..999)),
            1 => format!("{spelt}{year}"),
            _ => by.random_range(100_000_000..3_000_000_000u64).to_string(),
        };
        let domain = if local.bytes().all(|b| b.is_ascii_digit()) {
            "qq.com"
        } else {
            *pick(&["163.com", "126.com", "sina.com"], &mut by)
        };
        let door = format!(
            "{place}{}{}号{}幢{}0{}室",
            pick(streets, &mut by),
            by.random_range(1..400),
            by.random_range(1..30),
            by.random_range(1..19),
            by.random_range(1..5)
        );
        let at = format!(
            "20{:02}-{:02}-{:02} {:02}:{:02}:{:02}",
            15 + n * 8 / rows,
            1 + n * 96 / rows % 12,
            1 + n * 2688 / rows % 28,
            by.random_range(8..20),
            by.random_range(0..60),
            by.random_range(0..60)
        );
        vec![
            key.to_string(),
            name,
            if woman { "女" } else { "男" }.to_owned(),
            format!("{year}-{month:02}-{day:02}"),
            id,
            phone,
            format!("{local}@{domain}"),
            door,
            at,
        ]
    };
    let mut rows: Vec<Vec<String>> = (0..rows).map(row).collect();
    in_order(&mut rows, 8);
    Sheet { header: header.to_vec(), rows }
}

/// Puts the cells of a column in their order, as a register that grows has them.
fn in_order(rows: &mut [Vec<String>], column: usize) {
    let mut cells: Vec<String> = rows.iter().map(|row| row[column].clone()).collect();
    cells.sort_unstable();
    rows.iter_mut().zip(cells).for_each(|(row, cell)| row[column] = cell);
}

pub fn pinyin_of(name: &str) -> String {
    use pinyin::ToPinyin;
    name.to_pinyin().flatten().map(|syllable| syllable.plain().replace('ü', "v")).collect()
}

/// Subscribers of an American paper.
pub fn english(rows: usize, seed: u64) -> Sheet {
    let mut by = ChaCha20Rng::seed_from_u64(seed);
    let header = [
        "id",
        "first_name",
        "last_name",
        "sex",
        "birth_date",
        "phone",
        "email",
        "street",
        "city",
        "state",
        "zip",
        "created_at",
    ];
    let mut key = 3_000;
    let row = |n: usize| {
        key += by.random_range(1..6);
        let ((first, sex), last) = (*pick(&FIRST, &mut by), *pick(&LAST, &mut by));
        let (year, month, day) = (by.random_range(1945..2000), by.random_range(1..13), by.random_range(1..29));
        let (town, state, zip, area) = *pick(&TOWNS, &mut by);
        let local = match by.random_range(0..3) {
            0 => format!("{first}.{last}{}", by.random_range(1..99)),
            1 => format!("{}{last}{}", &first[..1], by.random_range(10..99)),
            _ => format!("{first}{last}{year}"),
        };
        let mailbox = format!(
            "{}@{}",
            local.to_lowercase(),
            pick(&["gmail.com", "yahoo.com", "hotmail.com", "aol.com"], &mut by)
        );
        let phone = format!(
            "({area}) {}{:02}-{:04}",
            by.random_range(2..9),
            by.random_range(12..99),
            by.random_range(200..9999)
        );
        let street = format!(
            "{} {} {}",
            by.random_range(100..9900),
            pick(&STREETS, &mut by),
            pick(&["St", "Ave", "Rd", "Dr", "Ln"], &mut by)
        );
        let at = format!("20{:02}-{:02}-{:02}", 15 + n * 8 / rows, 1 + n * 96 / rows % 12, 1 + n * 2688 / rows % 28);
        [
            &key.to_string(),
            first,
            last,
            &sex.to_string(),
            &format!("{year}-{month:02}-{day:02}"),
            &phone,
            &mailbox,
            &street,
            town,
            state,
            &format!("{zip}{:02}", by.random_range(1..60)),
            &at,
        ]
        .map(str::to_owned)
        .to_vec()
    };
    let mut rows: Vec<Vec<String>> = (0..rows).map(row).collect();
    in_order(&mut rows, 11);
    Sheet { header: header.map(str::to_owned).to_vec(), rows }
}

//! People and companies of the registry: names, mailboxes, telephones and the
//! numbers states give, with the check digits they must have. Everything
//! follows from a running number, so that two worlds of one size are the same.

use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Span};

/// Family names as they are written and spoken.
const FAMILIES: &str = "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 林lin 高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 韩han 冯feng 邓deng 曹cao 彭peng 曾zeng 肖xiao 田tian 董dong 袁yuan 潘pan 于yu 蒋jiang 蔡cai";
const MEN: &str = "伟wei 强qiang 磊lei 军jun 洋yang 勇yong 杰jie 涛tao 明ming 超chao 平ping 刚gang 建jian 国guo 志zhi 文wen 浩hao 宇yu 鹏peng 辉hui";
const WOMEN: &str = "芳fang 娜na 敏min 静jing 艳yan 娟juan 秀xiu 霞xia 桂gui 英ying 丽li 玲ling 婷ting 雪xue 慧hui 琳lin 萍ping 红hong 颖ying 倩qian";
const PREFIXES: [&str; 9] = ["138", "139", "150", "154", "154", "158", "177", "186", "199"];
/// Districts with their code, their name and how a company there begins its own.
pub const DISTRICTS: [(&str, &str, &str); 12] = [
    ("110105", "北京市朝阳区", "北京"),
    ("110108", "北京市海淀区", "北京"),
    ("310104", "上海市徐汇区", "上海"),
    ("310115", "上海市浦东新区", "上海"),
    ("440106", "广州市天河区", "广州"),
    ("440305", "深圳市南山区", "深圳"),
    ("330106", "杭州市西湖区", "杭州"),
    ("320106", "南京市鼓楼区", "南京"),
    ("510107", "成都市武侯区", "成都"),
    ("420106", "武汉市武昌区", "武汉"),
    ("610113", "西安市雁塔区", "西安"),
    ("500103", "重庆市渝中区", "重庆"),
];

/// Somebody of the registry.
pub struct Person {
    pub name: String,
    pub spoken: String,
    pub sex: char,
    pub id_number: String,
}

/// A number that looks like chance and is not.
pub fn chance(of: &str, row: u64) -> u64 {
    let mut mixed =
        of.bytes().fold(row ^ 0x9e37_79b9_7f4a_7c15, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    for shift in [30, 27, 31] {
        mixed = (mixed ^ (mixed >> shift)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    mixed ^ (mixed >> 32)
}

pub fn one<'a, T>(from: &'a [T], of: &str, row: u64) -> &'a T {
    &from[usize::try_from(chance(of, row) % from.len() as u64).expect("an index")]
}

impl Person {
    /// The person of that number in a table.
    pub fn new(table: &str, row: u64) -> Self {
        let of = |what: &str| format!("{table} {what}");
        let sex = if chance(&of("sex"), row).is_multiple_of(2) { 'F' } else { 'M' };
        let given = if sex == 'F' { WOMEN } else { MEN };
        let mut parts = vec![syllable(FAMILIES, &of("family"), row), syllable(given, &of("given"), row)];
        if !chance(&of("long"), row).is_multiple_of(3) {
            parts.push(syllable(given, &of("second"), row));
        }
        let name = parts.iter().map(|(written, _)| *written).collect();
        let spoken = parts.iter().map(|(_, spoken)| *spoken).collect();
        Self { name, spoken, sex, id_number: id_number(table, row, sex) }
    }

    /// A mailbox that nobody else in the table has.
    pub fn mailbox(&self, row: u64) -> String {
        let host = one(&["qq.example", "163.example", "126.example", "mail.example"], "host", row);
        format!("{}{row}@{host}", self.spoken)
    }
}

fn syllable(list: &'static str, of: &str, row: u64) -> (&'static str, &'static str) {
    let all: Vec<&str> = list.split(' ').collect();
    let chosen = one(&all, of, row);
    chosen.split_at(chosen.chars().next().map_or(0, char::len_utf8))
}

/// A resident's number by GB 11643: district, birthday, sequence, check digit.
fn id_number(table: &str, row: u64, sex: char) -> String {
    // Birthday and sequence together never repeat within a table.
    let (round, day) = (row / 14_000, row * 7_919 % 14_000);
    let born = date(1955, 1, 1) + Span::new().days(i64::try_from(day).expect("days"));
    let sequence = (round + chance(table, day)) % 499 * 2 + 2 + u64::from(sex == 'M');
    let district = one(&DISTRICTS, &format!("{table} home"), row).0;
    let body = format!("{district}{}{sequence:03}", born.strftime("%Y%m%d"));
    let check = weighed(&body, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    format!("{body}{}", &"10X98765432"[check..=check])
}

/// A company's unified social credit code by GB 32100, with the organisation's
/// own check digit by GB 11714 within.
pub fn credit_code(row: u64, district: &str) -> String {
    let organisation = format!("{:08}", (row * 90_001 + 10_007) % 100_000_000);
    let inner = (11 - weighed(&organisation, &[3, 7, 9, 10, 5, 8, 4, 2]) % 11) % 11;
    let body = format!("91{district}{organisation}{}", if inner == 10 { "X".to_owned() } else { inner.to_string() });
    let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let check = (31 - weighed(&body, &weights) % 31) % 31;
    format!("{body}{}", &LETTERS[check..=check])
}

/// The signs of GB 32100 in the order of their value.
const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

fn weighed(body: &str, weights: &[usize]) -> usize {
    body.chars().zip(weights).map(|(c, w)| LETTERS.find(c).expect("a sign of the code") * w).sum()
}

/// A mobile number that no other row of the table has.
pub fn mobile(row: u64) -> String {
    let prefix = one(&PREFIXES, "prefix", row);
    format!("{prefix}{:08}", row * 48_271 % 99_999_989)
}

/// A device's number, with its Luhn digit.
pub fn imei(row: u64) -> String {
    let body = format!("86{:012}", 40_000_000_000 + row * 7_919);
    let doubled = |(at, c): (usize, char)| {
        let digit = c.to_digit(10).expect("a digit") * if at % 2 == 1 { 2 } else { 1 };
        digit / 10 + digit % 10
    };
    let sum: u32 = body.chars().enumerate().map(doubled).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// The moment of a row among so many, which run along from 2014 to the end of 2021.
pub fn moment(of: &str, row: u64, rows: u64) -> DateTime {
    let step = 252_000_000 / rows.max(1);
    let second = row * step + chance(of, row) % step.max(1);
    date(2014, 1, 1).at(0, 0, 0, 0) + SignedDuration::from_secs(i64::try_from(second).expect("seconds"))
}

pub fn later(than: DateTime, days: u64) -> DateTime {
    than + SignedDuration::from_hours(i64::try_from(days * 24).expect("hours"))
}

pub fn day(moment: DateTime) -> Date {
    moment.date()
}

//! Chinese names. Surnames by their share of the population (Ministry of Public
//! Security, national name report 2019, rounded); given names from the
//! characters that are common for each sex.

use pinyin::ToPinyin;
use rand::RngExt;

use super::{PersonName, Sex, is_han, pick};
use crate::model::Entropy;

/// Surnames, the commonest first; drawn with a weight that falls as the shares do.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔文樊颜施洪季温芦俞章鲁葛安齐庄柴";

const COMPOUND: &[&str] = &["欧阳", "上官", "司马", "诸葛", "皇甫", "东方", "慕容", "令狐", "司徒", "夏侯"];

const MALE: &str =
    "伟强军勇杰涛明超刚平辉鹏华建国文斌志波宁浩宇博俊峰磊飞亮成东海林龙毅凯松健翔旭晨泽轩阳子豪天佑振庆永";
const FEMALE: &str = "芳娜敏静丽艳娟霞秀燕玲桂英红梅兰萍莉婷雪慧琳颖洁倩欣怡佳蕾璐瑶晓雅思梦诗妍涵月琴凤云珍丹";

pub(super) fn split(full: &str) -> Option<PersonName> {
    let clean: Vec<char> = full.chars().filter(|c| !c.is_whitespace()).collect();
    if !(2..=4).contains(&clean.len()) || !clean.iter().all(|c| is_han(*c)) {
        return None;
    }
    let head: String = clean[..2].iter().collect();
    let cut = if COMPOUND.contains(&head.as_str()) && clean.len() > 2 { 2 } else { 1 };
    Some(PersonName { surname: clean[..cut].iter().collect(), given: clean[cut..].iter().collect() })
}

/// Some tables set two-character names with a blank between, to align them.
pub(super) fn join(name: &PersonName, like: &str) -> String {
    let blank = like
        .chars()
        .find(|c| c.is_whitespace())
        .filter(|_| name.surname.chars().count() + name.given.chars().count() == 2);
    match blank {
        Some(blank) => format!("{}{blank}{}", name.surname, name.given),
        None => format!("{}{}", name.surname, name.given),
    }
}

/// Whether a character begins many people's names.
pub(super) fn is_surname(c: char) -> bool {
    SURNAMES.contains(c)
}

pub(super) fn draw(sex: Sex, entropy: &mut dyn Entropy) -> PersonName {
    let surnames: Vec<char> = SURNAMES.chars().collect();
    // The square of a uniform draw falls off much as the shares of surnames do.
    let uniform: f64 = entropy.random();
    let surname = if entropy.random_bool(0.002) {
        pick(COMPOUND, entropy).to_owned()
    } else {
        surnames[(uniform * uniform * surnames.len() as f64) as usize].to_string()
    };
    let pool: Vec<char> = if sex == Sex::Male { MALE.chars().collect() } else { FEMALE.chars().collect() };
    let length = if entropy.random_bool(0.2) { 1 } else { 2 };
    let given = (0..length).map(|_| pool[entropy.random_range(0..pool.len())]).collect();
    PersonName { surname, given }
}

/// Pinyin without tones; ü is written v, as in mail addresses.
pub(super) fn latin(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.to_pinyin() {
            Some(syllable) => out.push_str(&syllable.plain().replace('ü', "v")),
            None if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_join_and_romanise() {
        let name = split("欧阳 明").expect("a name");
        assert_eq!((name.surname.as_str(), name.given.as_str()), ("欧阳", "明"));
        let name = split("王　伟").expect("a name");
        assert_eq!(join(&name, "李　娜"), "王　伟");
        assert_eq!(join(&name, "李小娜"), "王伟");
        assert_eq!(split("杭州万顺服饰有限公司"), None);
        assert_eq!(latin("吕秀英"), "lvxiuying");
        assert!(is_surname('王'));
    }
}

//! People as values: names in Chinese and Latin letters, salutations, suffixes,
//! sexes, companies. The lists are short; columns are judged by how often they hit.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::ColumnView;
use super::evidence::Seen;
use super::shapes::is_lettered;
use super::words;
use crate::identity::locale::{Locale, is_han};

/// Digits of a number that tells people of one name apart.
const DIGITS: usize = 3;

/// So many different words are no names of kinds of things.
const KINDS: usize = 10;

/// Common Chinese surnames (Ministry of Public Security, name report of 2019, and older counts).
const CHINESE_SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔
    谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎雷龙史陶黎贺顾毛郝龚邵万钱严赖覃洪武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷
    詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚";

/// Surnames of two characters.
const DOUBLE_SURNAMES: &str = "欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 司徒 端木 长孙 宇文 南宫";

/// Frequent surnames of the United States (Census Bureau, 2010) and some of Spain and Germany.
static SURNAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words("smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez
    wilson anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson
    walker young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell
    carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris morales murphy cook
    rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks
    chavez wood james bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez
    powell jenkins perry russell sullivan bell coleman butler henderson barnes fisher vasquez simmons graham murray ford
    müller schmidt schneider fischer weber meyer wagner becker schulz hoffmann fernandez wang li zhang chen liu singh kumar").collect()
});

/// Frequent given names of the United States (Social Security Administration), some of Spain and Germany.
static GIVEN_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words("james john robert michael william david richard joseph thomas charles christopher daniel matthew
    anthony mark donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob
    gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick
    jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy carl keith roger
    mary patricia jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa betty margaret sandra ashley
    kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy
    angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet catherine
    maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea
    cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia luis
    carlos juan antonio manuel javier carmen ana laura hans klaus peter wolfgang ursula sabine petra monika lucas noah liam").collect()
});

static TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words("mr mrs ms miss dr prof sir mx rev hon sr sra srta don doña herr frau mme mlle m 先生 女士 小姐 教授 博士")
        .collect()
});

static SUFFIXES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words("jr sr ii iii iv v 2nd 3rd esq phd md dds").collect());

const COMPANY_ENDS: &str = "公司 集团 厂 店 中心 合作社 事务所 经营部 商行 医院 学校 银行 大学 局 委员会 研究院 研究所 合伙) 合伙） 工作室 超市";

static COMPANY_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "inc llc ltd limited corp corporation co company gmbh ag kg sa sl srl plc pty bv llp group bank
    university hospital school holdings industries services associates police sheriff agency bureau authority council
    ministry foundation clinic s.a s.l s.r.l",
    )
    .collect()
});

fn han(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '·' | '　' | ' '))
}

fn is_surname_sign(c: char) -> bool {
    CHINESE_SURNAMES.contains(c) && !c.is_whitespace()
}

/// Two to four characters behind a surname; companies and divisions are longer or end so.
pub(super) fn is_chinese_name(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let length = bare.chars().count();
    let double = words(DOUBLE_SURNAMES).any(|s| bare.starts_with(s));
    let begins = double || length <= 3 && bare.chars().next().is_some_and(is_surname_sign);
    han(&bare) && (begins && (2..=4).contains(&length) || bare.contains('·')) && !is_company(&bare)
}

pub(super) fn is_chinese_surname(text: &str) -> bool {
    let mut signs = text.chars();
    let single = signs.next().is_some_and(is_surname_sign) && signs.next().is_none();
    single || words(DOUBLE_SURNAMES).any(|s| s == text)
}

/// One or two characters, as behind a surname.
pub(super) fn is_short_chinese(text: &str) -> bool {
    han(text) && (1..=2).contains(&text.chars().count())
}

fn latin_words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split([' ', ',', '.']).filter(|w| !w.is_empty());
    parts.map(|w| w.to_lowercase())
}

/// Two to five words of letters, at most with a comma between.
pub(super) fn is_latin_name(text: &str) -> bool {
    is_lettered(text) && text.is_ascii() | !han(text) && (2..=5).contains(&latin_words(text).count())
}

/// Likewise, with a word from the lists in it.
pub(super) fn is_listed_name(text: &str) -> bool {
    is_latin_name(text)
        && !is_company(text)
        && (latin_words(text).any(|w| listed(&GIVEN_NAMES, &w) || listed(&SURNAMES, &w))
            || begins_with_given_name(text))
}

/// A name, or a part of one, that is in the lists, or an initial.
pub(super) fn is_known(text: &str) -> bool {
    is_initial(text)
        || latin_words(text).any(|w| listed(&GIVEN_NAMES, &w) || listed(&SURNAMES, &w))
        || is_listed_given(text)
}

/// A given name of the United States.
pub(super) fn is_listed_given(text: &str) -> bool {
    latin_words(text).next().is_some_and(|word| Locale::EnUs.pack().is_given_in_latin(&word))
}

/// Or the surname with a comma, and then a given name of the United States.
fn begins_with_given_name(text: &str) -> bool {
    let behind = text.split_once(',').map_or(text, |(_, given)| given);
    is_listed_given(behind)
}

/// The values of a column in which a number behind each word tells people of one name apart
/// (`Ann12 Lee7`), without it; none of another column.
pub(super) fn without_numbers(column: &ColumnView<'_>) -> Vec<String> {
    let bare = |word: &str| {
        let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let mut signs = name.chars();
        // Codes that are made of names are in small letters.
        let is_begun = signs.next().is_some_and(char::is_uppercase) && signs.next().is_some_and(char::is_lowercase);
        let is_name = is_begun && is_lettered(name);
        (is_name && (1..=DIGITS).contains(&(word.len() - name.len()))).then(|| name.to_owned())
    };
    let names = |text: &&str| Some(text.split(' ').map(bare).collect::<Option<Vec<String>>>()?.join(" "));
    let all: Vec<String> = column.values.iter().filter_map(names).collect();
    let different: HashSet<&String> = all.iter().collect();
    if all.len() * 10 >= column.values.len() * 9 && different.len() > KINDS { all } else { Vec::new() }
}

fn listed(list: &HashSet<&str>, word: &str) -> bool {
    list.contains(word)
}

pub(super) fn is_given_name(text: &str) -> bool {
    latin_words(text).next().is_some_and(|w| listed(&GIVEN_NAMES, &w)) && is_lettered(text)
}

pub(super) fn is_surname(text: &str) -> bool {
    listed(&SURNAMES, &text.to_lowercase())
}

/// One word of letters, or two with a dash or a blank; a Chinese one is of a few characters.
pub(super) fn is_one_name(text: &str) -> bool {
    let most = if text.chars().any(is_han) { 4 } else { 30 };
    is_lettered(text) && text.split([' ', '-']).count() <= 2 && (2..=most).contains(&text.chars().count())
}

pub(super) fn is_initial(text: &str) -> bool {
    let mut signs = text.trim_end_matches('.').chars();
    signs.next().is_some_and(char::is_alphabetic) && signs.next().is_none()
}

pub(super) fn is_title(text: &str) -> bool {
    listed(&TITLES, text.trim_end_matches('.').to_lowercase().as_str())
}

pub(super) fn is_suffix(text: &str) -> bool {
    listed(&SUFFIXES, &text.to_lowercase().replace(['.', ','], ""))
}

/// Whether nearly all values are words for a sex: a single letter that is one stands for
/// something else where no other one does (`F` for full time beside `P`).
pub(super) fn are_sexes(seen: &Seen<'_>) -> Option<bool> {
    let values = || seen.view.values.iter().map(|v| v.trim().to_lowercase());
    let words: BTreeSet<String> = values().filter(|v| is_sex_word(v)).collect();
    let known = values().filter(|v| words.contains(v)).count();
    let is_told = words.len() > 1 || words.iter().any(|word| word.chars().count() > 1 || !word.is_ascii());
    (!seen.view.values.is_empty()).then_some(is_told && known * 10 >= seen.view.values.len() * 9)
}

/// A word for a sex in one of several languages, or for not telling it.
pub(super) fn is_sex_word(text: &str) -> bool {
    let known =
        "男 女 男性 女性 m f male female h man woman hombre mujer v masculino femenino männlich weiblich w d divers u
        unknown unk 未知 保密 不详 未说明的性别 other nonbinary undesignated";
    words(known).any(|word| word == text.to_lowercase())
}

/// A code for a sex (GB/T 2261.1, ISO/IEC 5218).
pub(super) fn is_sex_code(text: &str) -> bool {
    matches!(text, "0" | "1" | "2" | "9")
}

/// Whether a name is a company's by its last word.
pub(super) fn is_company(text: &str) -> bool {
    let text = text.trim_end_matches(['.', ' ']);
    let chinese = text.chars().count() >= 4 && words(COMPANY_ENDS).any(|end| text.ends_with(end));
    let lower = text.to_lowercase();
    let latin = lower.split([' ', ',']).skip(1).any(|w| listed(&COMPANY_WORDS, w.trim_end_matches('.')));
    chinese || latin
}

pub(super) fn is_document(text: &str) -> bool {
    let known = [
        "身份证",
        "护照",
        "驾驶证",
        "军官证",
        "营业执照",
        "户口簿",
        "通行证",
        "居住证",
        "passport",
        "licen",
        "identity",
        "dni",
    ];
    let lower = text.to_lowercase();
    text.chars().count() <= 24 && (known.iter().any(|k| lower.contains(k)) || lower == "ssn" || lower == "nie")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_companies_are_told_apart() {
        for (test, good, bad) in [
            (is_chinese_name as fn(&str) -> bool, "王　伟", "王府井百货"),
            (is_chinese_name, "欧阳娜娜", "有限公司"),
            (is_chinese_name, "买买提·艾力", "高级中学校"),
            (is_chinese_surname, "诸葛", "高中"),
            (is_latin_name, "O'Neil, Mary Ann", "Acme 12"),
            (is_listed_name, "MARY Q. PUBLIC", "Red Orange"),
            (is_initial, "Q.", "Qu"),
            (is_title, "Mrs.", "Manager"),
            (is_suffix, "Jr.", "Junior"),
            (is_sex_word, "女", "是"),
            (is_company, "宁波某某机械有限公司", "王伟"),
            (is_company, "Example Widgets, Inc.", "Inc"),
            (is_document, "居民身份证", "个人"),
        ] {
            assert!(test(good), "{good}");
            assert!(!test(bad), "{bad}");
        }
    }
}

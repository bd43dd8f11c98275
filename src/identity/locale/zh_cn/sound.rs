//! The sound of Chinese characters in pinyin without tones, and the way back:
//! surnames and given names that an address in Latin letters can stand for.
//! ü is written v, as in mail addresses.

use std::collections::HashMap;
use std::sync::OnceLock;

use pinyin::ToPinyin;

use super::given::{self, Cohort, Place};
use super::surnames;
use crate::identity::locale::Sex;
use crate::identity::locale::weighted::Weighted;
use crate::model::Entropy;

/// Surnames that are read otherwise than the same character elsewhere.
const AS_SURNAME: &[(&str, &str)] = &[
    ("万俟", "moqi"),
    ("尉迟", "yuchi"),
    ("长孙", "zhangsun"),
    ("单", "shan"),
    ("曾", "zeng"),
    ("解", "xie"),
    ("仇", "qiu"),
    ("查", "zha"),
    ("朴", "piao"),
    ("区", "ou"),
    ("盖", "ge"),
    ("翟", "zhai"),
    ("缪", "miao"),
    ("覃", "qin"),
    ("冼", "xian"),
    ("逄", "pang"),
    ("员", "yun"),
    ("种", "chong"),
    ("召", "shao"),
    ("乜", "nie"),
    ("郇", "xun"),
    ("佴", "nai"),
    ("卜", "bu"),
    ("薄", "bo"),
    ("晁", "chao"),
    ("宿", "su"),
    ("秘", "bi"),
    ("都", "du"),
    ("藏", "zang"),
];

/// Characters that given names read otherwise than texts do.
const IN_GIVEN: &[(char, &str)] = &[('长', "chang"), ('晟', "sheng"), ('靓', "liang"), ('隽', "jun")];

fn syllable(c: char) -> Option<String> {
    if let Some((_, sound)) = IN_GIVEN.iter().find(|(special, _)| *special == c) {
        return Some((*sound).to_owned());
    }
    Some(c.to_pinyin()?.plain().replace('ü', "v"))
}

/// The letters of a text; a character that begins it is read as a surname.
pub(super) fn latin(text: &str) -> String {
    let special = AS_SURNAME.iter().find(|(surname, _)| text.starts_with(surname));
    let (head, rest) = special.map_or(("", text), |(surname, sound)| (*sound, &text[surname.len()..]));
    let mut out = head.to_owned();
    for c in rest.chars() {
        match syllable(c) {
            Some(syllable) => out.push_str(&syllable),
            None if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            None => {}
        }
    }
    out
}

/// The surnames of that sound, the commonest first.
pub(super) fn surnames(sound: &str) -> Vec<String> {
    static BUILT: OnceLock<HashMap<String, Vec<&'static str>>> = OnceLock::new();
    let index = BUILT.get_or_init(|| {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        surnames::all().iter().for_each(|name| index.entry(latin(name)).or_default().push(*name));
        index
    });
    index.get(&plain(sound)).into_iter().flatten().map(|name| (*name).to_owned()).collect()
}

/// Small letters, with the other ways to write ü made one.
fn plain(sound: &str) -> String {
    sound.to_lowercase().replace('ü', "v").replace("lue", "lve").replace("nue", "nve")
}

/// Characters of given names by their sound.
fn characters() -> &'static HashMap<String, Vec<char>> {
    static BUILT: OnceLock<HashMap<String, Vec<char>>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        for c in &given::given().chars {
            if let Some(sound) = syllable(*c) {
                index.entry(sound).or_default().push(*c);
            }
        }
        index
    })
}

/// The letters as one syllable, and every way to read them as two.
fn readings(sound: &str) -> Vec<Vec<&'static [char]>> {
    let of = |part: &str| characters().get(part).map(Vec::as_slice);
    let two = (1..sound.len()).filter_map(|cut| Some(vec![of(sound.get(..cut)?)?, of(sound.get(cut..)?)?]));
    of(sound).map(|only| vec![only]).into_iter().chain(two).collect()
}

/// Whether those letters sound like one or two characters of given names.
pub(super) fn is_given(sound: &str) -> bool {
    !readings(&plain(sound)).is_empty()
}

/// A given name of that sound, each in proportion to its bearers of that sex
/// and age; one that no listed name of theirs sounds like is None.
pub(super) fn given(sound: &str, sex: Sex, year: Option<i16>, entropy: &mut dyn Entropy) -> Option<String> {
    let cohort = given::cohort(sex, year, entropy);
    let names: Vec<Vec<char>> = readings(&plain(sound)).iter().flat_map(|reading| likely(reading, cohort)).collect();
    let weights = Weighted::new(names.iter().map(|name| cohort.chance(name)));
    Some(names[weights.draw(entropy)?].iter().collect())
}

/// The names of a reading whose characters some of the cohort bear there.
fn likely(reading: &[&[char]], cohort: &Cohort) -> Vec<Vec<char>> {
    let used = |chars: &[char], place| -> Vec<char> {
        chars.iter().copied().filter(|c| cohort.weight(*c, place) > 0.0).collect()
    };
    match reading {
        [only] => used(only, Place::Only).into_iter().map(|c| vec![c]).collect(),
        [first, second] => {
            let seconds = used(second, Place::Second);
            let with = |first: char| seconds.iter().map(move |second| vec![first, *second]).collect::<Vec<_>>();
            used(first, Place::First).into_iter().flat_map(with).collect()
        }
        _ => Vec::new(),
    }
}

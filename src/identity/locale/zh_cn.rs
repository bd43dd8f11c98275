//! The pack of mainland China. Surnames, given names, sounds, divisions and
//! phone prefixes are each a module with its data beside it; the sources are
//! listed in SOURCES.md. This file only brings them together.

mod given;
mod name;
mod phone;
pub mod regions;
mod sound;
mod surnames;

use super::{Pack, PersonName, PhoneFacts, PlaceFacts, Sex};
use crate::model::Entropy;

/// Mainland China, in simplified characters.
pub(super) struct ZhCn;

impl Pack for ZhCn {
    fn tag(&self) -> &'static str {
        "zh-CN"
    }

    fn calling_code(&self) -> &'static str {
        "86"
    }

    fn split(&self, full: &str) -> Option<PersonName> {
        name::split(full)
    }

    fn frame(&self, full: &str) -> Option<String> {
        name::frame(full)
    }

    fn join(&self, surname: &str, given: &str, like: &str) -> String {
        name::join(surname, given, like)
    }

    fn latin(&self, text: &str) -> String {
        sound::latin(text)
    }

    fn surname(&self, region: Option<&str>, entropy: &mut dyn Entropy) -> String {
        surnames::draw(region, entropy).to_owned()
    }

    fn surname_like(&self, like: &str, region: Option<&str>, entropy: &mut dyn Entropy) -> String {
        if like.chars().count() == 2 {
            surnames::draw_compound(entropy).to_owned()
        } else {
            surnames::draw_single(region, entropy).to_owned()
        }
    }

    fn surname_share(&self, surname: &str) -> f64 {
        surnames::share(surname)
    }

    fn given(&self, sex: Sex, birth_year: Option<i16>, entropy: &mut dyn Entropy) -> String {
        given::draw(sex, birth_year, entropy)
    }

    fn given_after(&self, first: char, sex: Sex, birth_year: Option<i16>, entropy: &mut dyn Entropy) -> Option<char> {
        Some(given::draw_after(first, sex, birth_year, entropy))
    }

    fn given_sex(&self, given: &str) -> Option<f64> {
        given::male_share(given)
    }

    fn surnames_of_latin(&self, latin: &str) -> Vec<String> {
        sound::surnames(latin)
    }

    fn is_given_in_latin(&self, latin: &str) -> bool {
        sound::is_given(latin)
    }

    fn given_of_latin(
        &self,
        latin: &str,
        sex: Option<Sex>,
        birth_year: Option<i16>,
        entropy: &mut dyn Entropy,
    ) -> Option<String> {
        let first = sex.unwrap_or_else(|| Sex::draw(entropy));
        let other = (sex.is_none()).then(|| first.other());
        [Some(first), other].into_iter().flatten().find_map(|sex| sound::given(latin, sex, birth_year, entropy))
    }

    fn street(&self, _: &mut dyn Entropy) -> Option<(&'static str, &'static str)> {
        None
    }

    fn phone(&self, national: &str) -> Option<PhoneFacts> {
        phone::facts(national)
    }

    fn place(&self, code: &str) -> Option<PlaceFacts> {
        regions::place(code)
    }
}

#[cfg(test)]
mod tests;

//! The pack of the United States. Given names, surnames and places are each a
//! module with its data beside it; the sources are listed in SOURCES.md. This
//! file only brings them together.

mod centres;
mod given;
mod name;
mod places;
mod streets;
mod surnames;

use super::{Degrees, NameLike, Pack, PersonName, PhoneFacts, PlaceFacts, Postcode, Sex};
use crate::model::Entropy;

/// The United States, in English.
pub(super) struct EnUs;

impl Pack for EnUs {
    fn tag(&self) -> &'static str {
        "en-US"
    }

    fn calling_code(&self) -> &'static str {
        "1"
    }

    fn split(&self, full: &str) -> Option<PersonName> {
        name::split(full)
    }

    fn frame(&self, full: &str) -> Option<String> {
        name::frame(full)
    }

    fn title<'t>(&self, full: &'t str) -> Option<&'t str> {
        name::title(full)
    }

    fn join(&self, surname: &str, given: &str, like: &str) -> String {
        name::join(surname, given, like)
    }

    fn latin(&self, text: &str) -> String {
        text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
    }

    /// The census tells no shares by state, so the region changes nothing.
    fn surname(&self, _region: Option<&str>, entropy: &mut dyn Entropy) -> String {
        surnames::draw(entropy).to_owned()
    }

    fn surname_like(&self, like: &str, _region: Option<&str>, entropy: &mut dyn Entropy) -> String {
        surnames::draw_like(like, entropy).to_owned()
    }

    fn surname_group(&self, surname: &str) -> Option<usize> {
        surnames::group(surname)
    }

    fn surname_share(&self, surname: &str) -> f64 {
        surnames::share(surname)
    }

    fn given(&self, sex: Sex, birth_year: Option<i16>, entropy: &mut dyn Entropy) -> String {
        given::draw(sex, birth_year, entropy).to_owned()
    }

    fn given_like(&self, like: NameLike<'_>, entropy: &mut dyn Entropy) -> Option<String> {
        given::draw_like(&like, entropy).map(str::to_owned)
    }

    fn given_after(&self, _: char, _: Sex, _: Option<i16>, _: &mut dyn Entropy) -> Option<char> {
        None
    }

    fn given_sex(&self, given: &str) -> Option<f64> {
        given::male_share(given)
    }

    fn surnames_of_latin(&self, latin: &str) -> Vec<String> {
        surnames::of_latin(latin).iter().map(|name| (*name).to_owned()).collect()
    }

    fn is_given_in_latin(&self, latin: &str) -> bool {
        given::of_latin(latin, None, None).is_some()
    }

    fn given_of_latin(
        &self,
        latin: &str,
        sex: Option<Sex>,
        birth_year: Option<i16>,
        _: &mut dyn Entropy,
    ) -> Option<String> {
        given::of_latin(latin, sex, birth_year).map(str::to_owned)
    }

    fn street(&self, entropy: &mut dyn Entropy) -> Option<(&'static str, &'static str)> {
        streets::draw(entropy)
    }

    fn phone(&self, national: &str) -> Option<PhoneFacts> {
        places::phone(national)
    }

    fn place(&self, code: &str) -> Option<PlaceFacts> {
        places::zip(code)
    }

    fn postcodes_around(&self, code: &str) -> &'static [Postcode] {
        places::sectional_area(code)
    }

    fn centre(&self, code: &str) -> Option<Degrees> {
        centres::of(code)
    }
}

#[cfg(test)]
mod tests;

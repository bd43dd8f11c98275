//! A pack: what is known of one country's names, places and phone numbers, and
//! how to draw from it. The facts lie in data files beside each pack, with
//! their sources; who uses them and when is left to the persona.

use super::{PersonName, Sex};
use crate::model::Entropy;

/// Names drawn for one that fits.
pub const DRAWS: usize = 120;

/// What a given name is to be like.
pub struct NameLike<'l> {
    /// It is about as common as this one.
    pub name: &'l str,
    pub sex: Sex,
    pub birth_year: Option<i16>,
    pub fits: &'l dyn Fn(&str) -> bool,
}

/// One country's names, places and phone numbers.
pub trait Pack: Sync {
    /// The language tag (BCP 47).
    fn tag(&self) -> &'static str;

    /// The country calling code of numbers that show none (ITU-T E.164).
    fn calling_code(&self) -> &'static str;

    /// A full name split into its parts, or nothing where it is none.
    fn split(&self, full: &str) -> Option<PersonName>;

    /// A full name written as another one is.
    fn join(&self, surname: &str, given: &str, like: &str) -> String;

    /// What stands around the parts of a full name, where names of the locale have that.
    fn frame(&self, _full: &str) -> Option<String> {
        None
    }

    /// How somebody is addressed in a full name or what stands around one: the first such word.
    fn title<'t>(&self, _full: &'t str) -> Option<&'t str> {
        None
    }

    /// Lower-case Latin letters, for mail addresses.
    fn latin(&self, text: &str) -> String;

    /// A surname by its share of the people; of the region's people where the
    /// pack knows them. A region is a division code or a text that begins with
    /// the name of one.
    fn surname(&self, region: Option<&str>, entropy: &mut dyn Entropy) -> String;

    /// A surname of the same group as another one: the same commonest ethnic
    /// group, or as many characters.
    fn surname_like(&self, like: &str, region: Option<&str>, entropy: &mut dyn Entropy) -> String;

    /// The share of people who bear a surname, 0 to 1; 0 where it is not listed.
    fn surname_share(&self, surname: &str) -> f64;

    /// A number of the group of people that most bearers of a surname are of; none where the
    /// lists do not tell.
    fn surname_group(&self, _surname: &str) -> Option<usize> {
        None
    }

    /// A given name of somebody born in that year; of some adult where it is
    /// not known.
    fn given(&self, sex: Sex, birth_year: Option<i16>, entropy: &mut dyn Entropy) -> String;

    /// A given name that fits, about as common as another one; any that fits where
    /// nothing is known of that. None where none was found.
    fn given_like(&self, like: NameLike<'_>, entropy: &mut dyn Entropy) -> Option<String> {
        let mut any = (0..DRAWS).map(|_| self.given(like.sex, like.birth_year, entropy));
        any.find(|name| (like.fits)(name))
    }

    /// A second character that goes with a first one, in languages whose given
    /// names are made so.
    fn given_after(&self, first: char, sex: Sex, birth_year: Option<i16>, entropy: &mut dyn Entropy) -> Option<char>;

    /// The share of men among those who bear a given name, 0 to 1; None where
    /// nothing is known of it.
    fn given_sex(&self, given: &str) -> Option<f64>;

    /// The surnames that Latin letters can stand for, the commonest first.
    fn surnames_of_latin(&self, latin: &str) -> Vec<String>;

    /// Whether there are given names that those Latin letters can stand for.
    fn is_given_in_latin(&self, latin: &str) -> bool;

    /// A given name that those Latin letters can stand for.
    fn given_of_latin(
        &self,
        latin: &str,
        sex: Option<Sex>,
        birth_year: Option<i16>,
        entropy: &mut dyn Entropy,
    ) -> Option<String>;

    /// The name and the short type of a common street; None where streets are
    /// not named alike all over the country.
    fn street(&self, entropy: &mut dyn Entropy) -> Option<(&'static str, &'static str)>;

    /// What the national digits of a phone number tell, without country code
    /// or trunk zero.
    fn phone(&self, national: &str) -> Option<PhoneFacts>;

    /// The place of a postcode or of a division code.
    fn place(&self, code: &str) -> Option<PlaceFacts>;

    /// Postcodes that the post sorts together with another one, and their places: those where
    /// people live; none where the pack does not have them one by one.
    fn postcodes_around(&self, _code: &str) -> &'static [Postcode] {
        &[]
    }

    /// The centre of the place of a postcode; none where the pack has no centres.
    fn centre(&self, _code: &str) -> Option<Degrees> {
        None
    }
}

/// What kind of line a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneKind {
    Mobile,
    Landline,
    /// Resold by operators without a network of their own.
    Virtual,
    /// Data cards and things rather than people.
    Data,
    Satellite,
    /// Mobile or landline: the plan does not tell them apart.
    Either,
}

/// What the first digits of a number tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneFacts {
    pub kind: PhoneKind,
    pub carrier: Option<&'static str>,
    /// The year from which such numbers were given out, to within about a year.
    pub since_year: Option<i16>,
    /// Province or state where the number was given out.
    pub region: Option<&'static str>,
    pub city: Option<&'static str>,
}

/// Degrees north and degrees east (WGS 84).
pub type Degrees = (f64, f64);

/// A postcode and its place.
pub type Postcode = (String, PlaceFacts);

/// Where a postcode or division code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceFacts {
    /// Province or state.
    pub region: &'static str,
    /// The county of an American place, without that word.
    pub county: Option<&'static str>,
    pub city: Option<&'static str>,
    /// The smallest division that the code names.
    pub name: Option<&'static str>,
}

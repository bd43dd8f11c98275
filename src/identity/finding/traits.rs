//! The traits of values, as data: what can be said of a column's values, how
//! often columns of each role have it, and how often any column does. The
//! shares are estimates over the schemas the catalogue was read from; only
//! their ratios matter.

use super::evidence::{Seen, Test, Trait};
use super::{people, places, shapes, times};
use crate::identity::Role::{self, *};
use crate::identity::{checks, company};

const NUMBERED: &[Role] = &[Code, Key, ForeignKey, CompanyCode, NationalId, Card];
const CALLED: &[Role] = &[FullName, Surname, GivenName, MiddleName];
const LISTED: &[Role] = &[Status, Sex, Title, Suffix, IdType];
const TIMED: &[Role] = &[BirthDate, CreatedAt, Date];

const fn values(
    say: &'static str,
    test: fn(&str) -> bool,
    elsewhere: f64,
    among: &'static [(f64, &'static [Role])],
) -> Trait {
    Trait { say, test: Test::Value(test), enough: 0.8, chance: 0.0, elsewhere, among }
}

const fn column(
    say: &'static str,
    test: fn(&Seen<'_>) -> Option<bool>,
    elsewhere: f64,
    among: &'static [(f64, &'static [Role])],
) -> Trait {
    Trait { say, test: Test::Column(test), enough: 0.8, chance: 0.0, elsewhere, among }
}

impl Trait {
    /// Said of a column when that share of its values has it.
    const fn from(mut self, share: f64) -> Self {
        self.enough = share;
        self
    }

    /// Values that have it by chance, as with a check digit.
    const fn by_chance(mut self, share: f64) -> Self {
        self.chance = share;
        self
    }
}

/// All of them.
pub(super) const TRAITS: &[Trait] = &[
    // Ways to reach somebody.
    values("e-mail addresses", shapes::is_mail, 0.001, &[(0.97, &[Email])]),
    values("web addresses", shapes::is_url, 0.001, &[(0.95, &[Url]), (0.1, &[OtherContact])]),
    values("written as phone numbers are", shapes::is_surely_phone, 0.003, &[(0.75, &[Phone])]).by_chance(0.05),
    values(
        "of the length of phone numbers",
        shapes::may_be_phone,
        0.06,
        &[
            (0.985, &[Phone]),
            (0.25, &[Code, Key, ForeignKey, OtherContact, CompanyCode]),
            (0.15, &[NationalId, Card]),
            (0.03, &[Amount]),
            (0.001, &[Email, Url, FullName, Surname, GivenName, Address, Sex, Status, Title, Region, Age, Text]),
        ],
    ),
    values("as handles of messengers are", shapes::is_handle, 0.25, &[(0.9, &[OtherContact])]),
    values("IP addresses", shapes::is_ip, 0.002, &[(0.1, &[Other])]),
    // People.
    values(
        "Chinese personal names",
        people::is_chinese_name,
        0.008,
        &[
            (0.5, &[FullName]),
            (0.02, &[Company, Status, Text, Surname, GivenName]),
            (0.004, &[Region]),
            (0.001, &[Address, Phone, Email]),
        ],
    )
    .from(0.7),
    values("personal names", people::is_listed_name, 0.004, &[(0.45, &[FullName]), (0.05, &[Company])]).from(0.35),
    values(
        "written as names are",
        may_be_name,
        0.1,
        &[(0.97, &[FullName]), (0.4, &[Company, Text]), (0.02, &[Code, Phone, Email, NationalId, Amount, Key])],
    ),
    values(
        "single names",
        people::is_one_name,
        0.2,
        &[
            (0.96, &[GivenName, Surname]),
            (0.6, &[MiddleName]),
            (0.3, &[Region, Status, Title, Sex]),
            (0.15, &[Address]),
            (0.01, &[FullName, Phone, Email, NationalId, Code, Amount]),
        ],
    )
    .from(0.7),
    values(
        "common given names",
        people::is_given_name,
        0.006,
        &[(0.6, &[GivenName]), (0.3, &[MiddleName]), (0.4, &[FullName]), (0.01, &[Surname])],
    )
    .from(0.25),
    values("common surnames", people::is_surname, 0.004, &[(0.6, &[Surname]), (0.02, &[GivenName, MiddleName])])
        .from(0.18),
    values("Chinese surnames", people::is_chinese_surname, 0.003, &[(0.4, &[Surname]), (0.001, &[GivenName])])
        .from(0.6),
    values(
        "one or two Chinese characters",
        people::is_short_chinese,
        0.05,
        &[(0.4, &[Surname, GivenName]), (0.4, &[Sex]), (0.15, &[Status, Title]), (0.02, &[FullName, Company, Address])],
    ),
    values(
        "initials",
        people::is_initial,
        0.04,
        &[
            (0.35, &[MiddleName]),
            (0.25, &[Sex, Status]),
            (0.003, &[FullName, Surname, GivenName, Company, Code, Phone]),
        ],
    )
    .from(0.6),
    values(
        "abbreviations in large letters",
        shapes::is_abbreviation,
        0.05,
        &[(0.3, &[Status, Region]), (0.1, &[ForeignKey, Title]), (0.001, CALLED)],
    ),
    values("salutations", people::is_title, 0.001, &[(0.96, &[Title])]),
    values("suffixes of names", people::is_suffix, 0.001, &[(0.95, &[Suffix]), (0.003, &[Status])]),
    column("words for a sex", people::are_sexes, 0.003, &[(0.72, &[Sex])]),
    values("codes for a sex", people::is_sex_code, 0.05, &[(0.25, &[Sex]), (0.1, &[Status, Amount])]),
    values(
        "letters only",
        shapes::is_lettered,
        0.3,
        &[
            (0.98, CALLED),
            (0.9, &[Title, Suffix]),
            (0.7, &[Company, Region, Sex, Status, IdType]),
            (0.2, &[Text]),
            (0.2, &[Address]),
            (0.05, &[Secret]),
            (0.02, NUMBERED),
            (0.004, &[Phone, Email, Url, Postcode, Age, Amount, Geo, HouseNumber, BirthDate, CreatedAt, Date]),
        ],
    ),
    // Numbers of people and companies.
    values("resident identity numbers", checks::is_resident_id, 0.0005, &[(0.6, &[NationalId])]).by_chance(0.02),
    values("masked identity numbers", checks::is_masked_id, 0.0005, &[(0.1, &[NationalId])]),
    values("numbers with the check of an identity number", checks::is_foreign_id, 0.001, &[(0.2, &[NationalId])])
        .by_chance(0.12),
    values("company codes with their check", |text| company::verify(text).is_some(), 0.001, &[(0.6, &[CompanyCode])])
        .by_chance(0.1),
    values("card numbers with their check", checks::is_card, 0.001, &[(0.6, &[Card])]).by_chance(0.1),
    values("IBANs with their check", checks::is_iban, 0.0005, &[(0.2, &[Card])]).by_chance(0.02),
    values("kinds of documents", people::is_document, 0.003, &[(0.7, &[IdType])]).from(0.5),
    values("companies", people::is_company, 0.004, &[(0.75, &[Company]), (0.02, &[FullName])]).from(0.45),
    // Places.
    values(
        "addresses",
        places::is_address,
        0.006,
        &[(0.9, &[Address]), (0.12, &[Region]), (0.05, &[Text, Company]), (0.001, CALLED), (0.001, &[Code, Status])],
    )
    .from(0.6),
    values(
        "house numbers",
        places::is_house_number,
        0.2,
        &[
            (0.96, &[HouseNumber]),
            (0.7, &[Age, Amount, Key, ForeignKey]),
            (0.35, &[Region]),
            (0.001, &[FullName, Phone, Email, Address]),
        ],
    ),
    values("Chinese divisions", places::is_chinese_division, 0.006, &[(0.4, &[Region])]).from(0.5),
    values("codes of divisions", places::is_division_code, 0.006, &[(0.15, &[Region]), (0.12, &[Postcode])])
        .by_chance(0.35),
    values("abbreviations of states", places::is_state, 0.003, &[(0.15, &[Region])]),
    values("possibly places", places::may_be_place, 0.35, &[(0.75, &[Region])]),
    values(
        "postcodes",
        places::is_postcode,
        0.05,
        &[
            (0.97, &[Postcode]),
            (0.2, &[Key, Code, ForeignKey, Amount, Region]),
            (0.001, &[Phone, Email, FullName, Address]),
        ],
    )
    .by_chance(0.4),
    values("degrees", shapes::is_degree, 0.01, &[(0.93, &[Geo]), (0.03, &[Amount])]),
    // Times.
    column(
        "dates",
        |seen| seen.dated(),
        0.02,
        &[
            (0.96, TIMED),
            (0.002, NUMBERED),
            (0.002, &[FullName, Phone, Email, Status, Sex, Region, Amount, Text, Address]),
        ],
    ),
    column("times of day", |seen| seen.timed(), 0.06, &[(0.65, &[CreatedAt]), (0.2, &[Date]), (0.01, &[BirthDate])]),
    column("spread as births are", |seen| seen.like_births(), 0.02, &[(0.9, &[BirthDate]), (0.05, &[CreatedAt, Date])]),
    values("Unix times", times::is_unix_time, 0.004, &[(0.05, &[CreatedAt, Date]), (0.03, &[Phone, Code])])
        .by_chance(0.13),
    // Numbers and codes.
    values(
        "numbers",
        shapes::is_decimal,
        0.35,
        &[
            (0.97, &[Amount, Age, Geo]),
            (0.85, &[Card, HouseNumber]),
            (0.75, &[Key, ForeignKey, Postcode]),
            (0.5, &[Code, Phone, Status]),
            (0.3, &[NationalId, CompanyCode, Sex, Region]),
            (0.15, TIMED),
            (0.004, CALLED),
            (0.004, &[Title, Suffix, Email, Url, Address, Company, Text, Secret, Checksum]),
        ],
    ),
    values(
        "numbers with decimals",
        shapes::is_fraction,
        0.05,
        &[
            (0.45, &[Amount]),
            (0.97, &[Geo]),
            (0.002, NUMBERED),
            (0.001, &[Phone, Status, Age, Postcode, Sex, Date, CreatedAt, BirthDate]),
        ],
    ),
    values("ages", shapes::is_age, 0.1, &[(0.97, &[Age]), (0.3, &[Amount, Status, HouseNumber, Region])]),
    values(
        "codes",
        shapes::is_coded,
        0.4,
        &[
            (0.97, NUMBERED),
            (0.95, &[Phone, Postcode, Age, HouseNumber]),
            (0.7, &[Amount]),
            (0.3, &[Status, Region]),
            (0.02, &[Text, Address, Company, Title]),
            (0.005, CALLED),
        ],
    ),
    values("letters and digits", shapes::is_mixed, 0.2, &[(0.01, &[Amount, Age])]).from(0.2),
    values("UUIDs", shapes::is_uuid, 0.002, &[(0.12, &[Key, Code, ForeignKey]), (0.05, &[Secret])]),
    values(
        "results of a hash function",
        shapes::is_hash,
        0.001,
        &[(0.5, &[Secret]), (0.8, &[Checksum]), (0.02, &[Code])],
    ),
    values("password hashes", shapes::is_password_hash, 0.0002, &[(0.3, &[Secret]), (0.001, &[Checksum])]),
    values("random characters", shapes::is_blob, 0.003, &[(0.3, &[Secret, Checksum]), (0.02, &[Code, OtherContact])]),
    values("structured texts", shapes::is_json, 0.003, &[(0.05, &[Text, Other])]),
    // The column as a whole.
    values(
        "several words each",
        shapes::is_wordy,
        0.06,
        &[
            (0.65, &[Text]),
            (0.3, &[Address, Company]),
            (0.02, &[Status, Region]),
            (0.001, NUMBERED),
            (0.001, CALLED),
            (0.005, &[FullName, Phone, Email, Age, Amount, Sex]),
        ],
    )
    .from(0.6),
    values(
        "sentences",
        shapes::is_sentence,
        0.005,
        &[(0.4, &[Text]), (0.1, &[Address, Other]), (0.002, &[Company, Title]), (0.0005, CALLED)],
    )
    .from(0.35),
    column(
        "always different",
        |seen| seen.unique(),
        0.25,
        &[
            (0.99, &[Key]),
            (0.85, &[Code, NationalId, CompanyCode, Card, Checksum, Secret, Email, Phone]),
            (0.5, &[FullName, Address, Company, Text, Url]),
            (0.15, &[ForeignKey, Surname, GivenName]),
            (0.3, &[Amount, Geo, OtherContact]),
            (0.1, &[Region, Postcode]),
            (0.02, &[Age, HouseNumber]),
            (0.001, LISTED),
        ],
    ),
    column("never the same twice", |seen| seen.single(), 0.3, &[(0.995, &[Key]), (0.02, &[ForeignKey])]),
    column("numbers that run down the table", |seen| seen.running(), 0.02, &[(0.7, &[Key]), (0.08, &[Code])]),
    column(
        "a handful of different ones",
        |seen| seen.handful(),
        0.2,
        &[(0.8, LISTED), (0.3, &[Region]), (0.02, &[Company, Surname, GivenName]), (0.002, &[FullName])],
    ),
    column(
        "few and often repeated",
        |seen| seen.few(),
        0.3,
        &[
            (0.95, LISTED),
            (0.6, &[Region, ForeignKey, Age]),
            (0.3, &[Amount, Date, Postcode, HouseNumber]),
            (0.1, &[Company]),
            (0.08, &[Surname, GivenName, MiddleName, BirthDate, Text]),
            (0.01, &[FullName, Phone, Email, NationalId, Key, Card, Address, CompanyCode, Checksum, Secret]),
            (0.03, &[Code, CreatedAt, Url, OtherContact]),
        ],
    ),
];

/// A full name in either writing.
fn may_be_name(text: &str) -> bool {
    people::is_chinese_name(text) || people::is_latin_name(text) || people::is_short_chinese(text)
}

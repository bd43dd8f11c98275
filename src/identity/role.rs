//! A role: what a column means for the person or company in its row. Which
//! column has which role is found by `finding`, from the column's name and
//! comment (`catalogue`), its values and its neighbours.

use std::fmt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The table's own running number.
    Key,
    /// The key of another table's row.
    ForeignKey,
    FullName,
    Surname,
    GivenName,
    MiddleName,
    /// How a person is addressed: Mr., Dr., 先生.
    Title,
    /// What stands behind a name: Jr., III.
    Suffix,
    /// Mobile, landline or fax; `catalogue::Line` tells which by the name.
    Phone,
    Email,
    Url,
    /// Another way to reach somebody, which the pool cannot give: left empty.
    OtherContact,
    NationalId,
    /// Which kind of document the number of `NationalId` is of.
    IdType,
    BirthDate,
    Age,
    Sex,
    Address,
    HouseNumber,
    /// Province, city, county, street or village, by name or code.
    Region,
    Postcode,
    Company,
    /// What a registry calls a company: credit code, tax number.
    CompanyCode,
    /// When the row came to be or was changed.
    CreatedAt,
    /// Another event's date.
    Date,
    /// Money, scores, quantities.
    Amount,
    /// The number of a bank card or account.
    Card,
    /// A business number without meaning that differs from row to row: order, member, case.
    Code,
    /// One of a few words: state, kind, flag.
    Status,
    /// Free text, remarks.
    Text,
    /// Latitude, longitude or both.
    Geo,
    /// A password's hash, a token: never a usable one.
    Secret,
    /// A hash or signature over the row, which a made-up row cannot have right.
    Checksum,
    /// Anything else: taken over from rows of the table.
    Other,
}

/// A word that names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{word:?} is no role; the roles are: {all}")]
pub struct BadRole {
    word: String,
    all: String,
}

impl Role {
    /// All of them, in their own order.
    pub const ALL: [Role; 34] = [
        Role::Key,
        Role::ForeignKey,
        Role::FullName,
        Role::Surname,
        Role::GivenName,
        Role::MiddleName,
        Role::Title,
        Role::Suffix,
        Role::Phone,
        Role::Email,
        Role::Url,
        Role::OtherContact,
        Role::NationalId,
        Role::IdType,
        Role::BirthDate,
        Role::Age,
        Role::Sex,
        Role::Address,
        Role::HouseNumber,
        Role::Region,
        Role::Postcode,
        Role::Company,
        Role::CompanyCode,
        Role::CreatedAt,
        Role::Date,
        Role::Amount,
        Role::Card,
        Role::Code,
        Role::Status,
        Role::Text,
        Role::Geo,
        Role::Secret,
        Role::Checksum,
        Role::Other,
    ];

    /// The word people read and type (`--map COL=ROLE`).
    pub fn word(self) -> &'static str {
        self.words().0
    }

    /// The role as a noun within a sentence.
    pub fn noun(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Role::Key => ("key", "the table's key"),
            Role::ForeignKey => ("foreign-key", "another table's key"),
            Role::FullName => ("name", "a person's name"),
            Role::Surname => ("surname", "a surname"),
            Role::GivenName => ("given-name", "a given name"),
            Role::MiddleName => ("middle-name", "a middle name"),
            Role::Title => ("title", "a salutation"),
            Role::Suffix => ("suffix", "a name's suffix"),
            Role::Phone => ("phone", "a phone number"),
            Role::Email => ("email", "an e-mail address"),
            Role::Url => ("url", "a web address"),
            Role::OtherContact => ("other-contact", "another way to reach somebody"),
            Role::NationalId => ("national-id", "a national identity number"),
            Role::IdType => ("id-type", "a kind of identity document"),
            Role::BirthDate => ("birth-date", "a birth date"),
            Role::Age => ("age", "an age"),
            Role::Sex => ("sex", "a sex"),
            Role::Address => ("address", "an address"),
            Role::HouseNumber => ("house-number", "a house number"),
            Role::Region => ("region", "a region"),
            Role::Postcode => ("postcode", "a postcode"),
            Role::Company => ("company", "a company's name"),
            Role::CompanyCode => ("company-code", "a company's registry code"),
            Role::CreatedAt => ("created-at", "the time of the row"),
            Role::Date => ("date", "an event's date"),
            Role::Amount => ("amount", "an amount"),
            Role::Card => ("card", "a bank card or account"),
            Role::Code => ("code", "a business number"),
            Role::Status => ("status", "a state or kind"),
            Role::Text => ("text", "free text"),
            Role::Geo => ("geo", "a place on the map"),
            Role::Secret => ("secret", "a secret"),
            Role::Checksum => ("checksum", "a checksum over the row"),
            Role::Other => ("other", "something else"),
        }
    }

    /// The role of a word.
    ///
    /// # Errors
    /// If no role has that word.
    pub fn parse(word: &str) -> Result<Self, BadRole> {
        let all = || Self::ALL.map(Role::word).join(", ");
        Self::ALL.into_iter().find(|r| r.word() == word).ok_or_else(|| BadRole { word: word.to_owned(), all: all() })
    }

    /// Whether somebody can be contacted by what the column holds.
    pub fn is_contact(self) -> bool {
        matches!(self, Role::Phone | Role::Email | Role::Url)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_its_role_and_no_other() {
        for (n, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!((Role::parse(role.word()), role as usize), (Ok(role), n));
        }
        let refused = Role::parse("nickname").expect_err("no role").to_string();
        assert!(refused.contains("given-name") && refused.contains("\"nickname\""), "{refused}");
    }
}

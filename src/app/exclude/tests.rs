//! Which columns a filter has, and that their numbers tell nothing.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::model::{CanaryId, Field, IdSafety, Name, Place, ReleaseState, SourceId, Time};

fn entropy() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn release(roles: &[(&str, &str)]) -> Release {
    Release {
        id: ReleaseId::new(Time::UNIX_EPOCH, &mut entropy()),
        source: SourceId::new(Time::UNIX_EPOCH, &mut entropy()),
        dataset: Name::parse("people").expect("a name"),
        state: ReleaseState::Planted,
        place: Place { input: "people.csv".into(), output: "people.out.csv".into(), table: None, related: Vec::new() },
        rows_in: 9,
        canaries: 2,
        kept: 0,
        shared: Vec::new(),
        roles: roles.iter().map(|(c, r)| ((*c).to_owned(), (*r).to_owned())).collect(),
        next: None,
        issued_at: Time::UNIX_EPOCH,
        planted_at: None,
        withdrawn_at: None,
    }
}

fn canary(fields: &[(&str, &str)]) -> Canary {
    let field = |(column, value): &(&str, &str)| Field { column: (*column).into(), value: (*value).into() };
    Canary {
        id: CanaryId::new(Time::UNIX_EPOCH, &mut entropy()),
        release: ReleaseId::new(Time::UNIX_EPOCH, &mut entropy()),
        fields: fields.iter().map(field).collect(),
        names: Vec::new(),
        identifiers: Vec::new(),
        contact_points: Vec::new(),
        id_safety: IdSafety::NoColumn,
        location: "row 1".into(),
        due: None,
        related: Vec::new(),
    }
}

fn offered(roles: &[(&str, &str)], canaries: &[Canary]) -> Vec<String> {
    telling(&release(roles), canaries).iter().map(|c| c.name.to_owned()).collect()
}

#[test]
fn columns_that_tell_canaries_alone_are_offered() {
    let roles = [("id", "key"), ("手机", "phone"), ("card", "national-id"), ("name", "name"), ("no", "code")];
    let one = canary(&[("id", "17"), ("手机", "138 0000 0001"), ("card", "1101**********0021"), ("no", "A1")]);
    let two = canary(&[("id", "21"), ("手机", ""), ("card", "1101**********0022"), ("no", "A2")]);
    assert_eq!(offered(&roles, &[one.clone(), two.clone()]), ["id", "手机"], "masked values are others' too");
    assert_eq!(
        offered(&roles[1..], &[one.clone(), two]),
        ["手机", "no"],
        "a code only where nothing else leaves all out"
    );
    let twice = canary(&[("id", "17"), ("手机", "138 0000 0002")]);
    assert_eq!(offered(&roles, &[one, twice]), ["手机"], "a key that two have is no key");
    assert!(offered(&roles, &[canary(&[("name", "王伟")])]).is_empty());
    let by_chance = canary(&[("web", "http://w.example/a7xxx0q1b2c3")]);
    assert_eq!(offered(&[("web", "url")], &[by_chance]), ["web"], "an address of ours is never masked");
}

#[test]
fn how_many_canaries_there_are_is_not_told() {
    let canaries: Vec<Canary> = (0..130)
        .map(|n| canary(&[("id", &n.to_string()), ("手机", if n < 3 { ["7", "8", "9"][n] } else { "" })]))
        .collect();
    let release = release(&[("id", "key"), ("手机", "phone")]);
    let columns = telling(&release, &canaries);
    let key = FilterKey::draw(&mut entropy());
    let mut all = digests(&columns, &key);
    assert_eq!(all.len(), 133);
    hide_the_number(&mut all, &columns, &mut entropy());
    for column in ["id", "手机"] {
        assert_eq!(all.iter().filter(|d| d.column == column).count(), 200, "{column}");
    }
    assert!(all.iter().all(|d| d.digest.len() == 64));
    let at = |n: usize| all.iter().position(|d| d.column == "id" && d.digest == key.digest(&n.to_string()));
    assert!((0..130).all(|n| at(n).is_some()) && (1..130).any(|n| at(n) < at(n - 1)), "all there, and mixed");
    assert_eq!([1, 100, 101, 500, 501, 20_000].map(round_above), [100, 100, 200, 500, 1_000, 20_000]);
}

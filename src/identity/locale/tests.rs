//! Tests of what every pack has to hold, and a measurement of what a draw
//! costs.

use rand::SeedableRng;

use super::{Locale, Sex, read_sex};

#[test]
fn tags_and_texts_tell_the_locale() {
    assert_eq!(Locale::parse("zh_CN"), Ok(Locale::ZhCn));
    assert!(Locale::parse("tlh").is_err());
    assert_eq!((Locale::of("王伟"), Locale::of("Ann")), (Locale::ZhCn, Locale::EnUs));
    assert_eq!(Locale::ALL.map(|l| Locale::parse(l.pack().tag())), Locale::ALL.map(Ok));
    assert_eq!(read_sex("女"), Some(Sex::Female));
}

#[test]
fn a_drawn_name_splits_into_its_parts_again() {
    let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(5);
    for locale in Locale::ALL {
        for _ in 0..2_000 {
            let name = locale.draw(None, &mut entropy);
            let like = if locale == Locale::ZhCn { "李小娜" } else { "Ann Lee" };
            let full = locale.join(&name.surname, &name.given, like);
            let again = locale.split(&full).expect("a name");
            // 司 and 马… can be read as one surname or as a surname and a given name.
            assert_eq!(locale.join(&again.surname, &again.given, like), full);
            assert!(locale.latin(&full).len() >= 2, "{full}");
        }
    }
}

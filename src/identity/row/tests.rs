//! What a canary's row must hold to, on tables made up here.

use super::*;
use crate::identity::locale::{Locale, read_sex};
use crate::identity::{Need, Planner, Profiler};
use jiff::ToSpan;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

fn entropy(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A Chinese table of customers; `step` is the distance of its running numbers.
fn chinese(rows: usize, step: usize) -> Profile {
    let mut entropy = entropy(9);
    let header = ["id", "xm", "xb", "sfzh", "csrq", "sjh", "yx", "dz", "cjsj"].map(str::to_owned);
    let mut profiler = Profiler::new(&header);
    for n in 0..rows {
        let sex = if n % 2 == 0 { crate::identity::locale::Sex::Male } else { crate::identity::locale::Sex::Female };
        let name = Locale::ZhCn.draw(Some(sex), &mut entropy);
        let born = jiff::civil::date(1950 + (n % 50) as i16, 1 + (n % 12) as i8, 1 + (n % 28) as i8);
        let at = jiff::civil::datetime(2020, 1, 1, 8, 0, 0, 0) + (n as i64 * 7).hours();
        let number = idcard::anachronism(born, n % 2 == 0, "330106", &mut entropy).expect("a code");
        let full = Locale::ZhCn.join(&name, "王小明");
        let mail =
            if n % 3 == 0 { String::new() } else { format!("{}{}@qq.example", Locale::ZhCn.latin(&full), born.year()) };
        let row = [
            (1000 + n * step).to_string(),
            full,
            if n % 2 == 0 { "男" } else { "女" }.to_owned(),
            number,
            born.to_string(),
            format!("138{n:08}"),
            mail,
            format!("杭州市文一街{}号", n + 1),
            at.to_string().replace('T', " "),
        ];
        profiler.meet(row.into_iter().map(Some).collect(), &mut entropy);
    }
    profiler.finish(&[], None, &mut entropy)
}

fn offer(phones: usize) -> Offer {
    let number = |n| ContactPoint::phone(&format!("+861771{n:07}")).expect("a number");
    let phone = |n| OfferedPhone { point: number(n), kind: None, carrier: None, city: None, since: None };
    Offer {
        phones: (0..phones).map(phone).collect(),
        mail_domains: vec!["mail.example.net".into()],
        web_hosts: vec!["https://news.example.net".into()],
        ..Offer::default()
    }
}

fn drawn(profile: &Profile, count: usize, seed: u64) -> Vec<Drawn> {
    let mut entropy = entropy(seed);
    let plans = Planner::new(profile).plan(count, &mut entropy);
    let need = Need::of(&plans);
    Generator::new(profile).fill(plans, &offer(need.phones), &mut entropy)
}

#[test]
fn a_persons_fields_agree_with_each_other() {
    let profile = chinese(300, 3);
    for person in drawn(&profile, 40, 1) {
        let cell = |n: usize| person.row[n].clone().expect("filled");
        let born = idcard::birth_date(&cell(3)).expect("a valid number");
        assert_eq!(born.to_string(), cell(4));
        let male = cell(3)[16..17].parse::<u8>().expect("a digit") % 2 == 1;
        assert_eq!(read_sex(&cell(2)) == Some(crate::identity::locale::Sex::Male), male);
        let surname = Locale::ZhCn.split(&cell(1)).expect("a name").surname;
        if !cell(6).is_empty() {
            assert!(cell(6).starts_with(&Locale::ZhCn.latin(&surname)), "{} {}", cell(1), cell(6));
            assert!(cell(6).contains(&born.year().to_string()), "{}", cell(6));
            assert!(cell(6).ends_with("@mail.example.net"));
        }
        assert!(cell(5).starts_with("1771"), "the phone comes from the pool: {}", cell(5));
        assert_eq!(person.id_safety, IdSafety::Anachronism);
        assert!(!profile.columns[1].has(&cell(1)), "no whole name is repeated");
    }
}

#[test]
fn rows_stand_where_the_running_number_and_the_time_put_them() {
    let profile = chinese(300, 3);
    let people = drawn(&profile, 40, 2);
    let mut spots: Vec<u64> = Vec::new();
    for person in &people {
        let Spot::After(after) = person.spot else { panic!("a numbered table") };
        let key: u64 = person.row[0].as_deref().expect("a key").parse().expect("a number");
        assert!(key > 1000 + after * 3 && key < 1000 + (after + 1) * 3, "{key} after row {after}");
        let time = |n: u64| {
            (jiff::civil::datetime(2020, 1, 1, 8, 0, 0, 0) + (n as i64 * 7).hours()).to_string().replace('T', " ")
        };
        let at = person.row[8].clone().expect("a time");
        assert!(at >= time(after) && at <= time(after + 1), "{at} after row {after}");
        spots.push(after);
    }
    spots.sort_unstable();
    let longest = spots.windows(3).filter(|w| w[2] - w[0] <= 2).count();
    assert!(longest < 5, "never in one block: {spots:?}");
}

#[test]
fn a_table_without_gaps_is_continued_among_its_newest_rows_and_said_so() {
    let profile = chinese(300, 1);
    let mut entropy = entropy(3);
    let mut planner = Planner::new(&profile);
    let plans = planner.plan(10, &mut entropy);
    assert!(planner.warnings.iter().any(|w| w.contains("without enough gaps")));
    let keys: HashSet<i64> = plans.iter().filter_map(|p| p.key).collect();
    assert_eq!(keys, (1300..1310).collect());
    let spots: HashSet<u64> =
        plans.iter().filter_map(|p| if let Spot::After(a) = p.spot { Some(a) } else { None }).collect();
    assert!(spots.len() > 3 && spots.iter().all(|s| *s >= 239), "{spots:?}");
}

#[test]
fn what_the_pool_does_not_give_stays_empty() {
    let profile = chinese(100, 3);
    let mut entropy = entropy(4);
    let plans = Planner::new(&profile).plan(10, &mut entropy);
    for person in Generator::new(&profile).fill(plans, &Offer::default(), &mut entropy) {
        assert!(person.contact_points.is_empty());
        assert!(is_blank(&person.row[5]) && is_blank(&person.row[6]), "{:?}", person.row);
    }
}

#[test]
fn owned_mailboxes_are_planted_whole_and_once_before_others_are_minted() {
    let profile = chinese(300, 3);
    let mut entropy = entropy(5);
    let plans = Planner::new(&profile).plan(40, &mut entropy);
    let need = Need::of(&plans);
    assert!(need.mailboxes > 3, "{need:?}");
    let mailbox = |text: &str| ContactPoint::mailbox(text).expect("a mailbox");
    let taken = profile.donors.iter().find_map(|a| a.row[6].clone().filter(|m| !m.is_empty())).expect("one of theirs");
    let owned = [mailbox("Cui.T@163.example"), mailbox("834561928@qq.example"), mailbox(&taken)];
    let offer = Offer { mailboxes: owned.to_vec(), ..offer(need.phones) };
    let people = Generator::new(&profile).fill(plans, &offer, &mut entropy);
    let planted: Vec<&str> =
        people.iter().flat_map(|p| &p.contact_points).filter(|p| p.kind == Kind::Mailbox).map(|p| &*p.value).collect();
    assert_eq!(planted.len(), need.mailboxes);
    let times = |mailbox: &ContactPoint| planted.iter().filter(|p| **p == mailbox.value).count();
    assert_eq!(owned.each_ref().map(times), [1, 1, 0], "{planted:?}");
    assert_eq!(planted.iter().filter(|p| p.ends_with("@mail.example.net")).count(), need.mailboxes - 2);
}

//! How many persons one core draws in a second: rows of a made-up table of 13
//! columns with a pool of phones and mailboxes, beside the same loop where a
//! kept row is only copied, which nothing can beat. What learning the table and
//! its critic takes is told for information. Run with `cargo bench --bench persons`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dyepack::identity::{Chooser, Generator, Profile, Profiler, Row, Told};
use dyepack::model::{ContactPoint, Offer, OfferedPhone};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

const COLUMNS: [&str; 13] = ["id", "xm", "xb", "sfzh", "csrq", "sjh", "yx", "dz", "dwmc", "khlx", "ye", "bmdm", "cjsj"];
const ROWS: usize = 1_000;
const PHONES: usize = 500;
const MAILBOXES: usize = 500;
const PERSONS: usize = 1_000_000;
/// Ticks of a second in `/proc`, the same on every machine (USER_HZ).
const TICKS: f64 = 100.0;
/// Persons that are planted in one release.
const BATCH: usize = 10;

const SURNAMES: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"];
const GIVEN: [&str; 16] =
    ["伟", "芳", "秀英", "敏", "静", "强", "磊", "洋", "艳", "勇", "建国", "晓明", "海燕", "志强", "丽娟", "文静"];
const SOUNDS: [&str; 10] = ["wang", "li", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu"];
const REGIONS: [&str; 6] = ["330106", "330402", "330782", "332121", "330521", "330624"];
const STREETS: [&str; 6] = ["文三路", "中山北路", "解放街", "人民大道", "学院路", "青年巷"];
const PROVIDERS: [&str; 4] = ["qq.com", "163.com", "126.com", "sina.com"];
const HEADS: [&str; 8] = ["138", "139", "150", "158", "186", "189", "177", "136"];

fn main() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let header = COLUMNS.map(str::to_owned);
    let profile = profile(&header, &mut entropy);
    let offer = offer(&mut entropy);
    let begun = Instant::now();
    let mut from = Generator::new(&profile, &offer);
    println!("learning   {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let begun = Instant::now();
    Chooser::learn(&mut from, &header, BATCH, &mut entropy);
    println!("critic     {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let drawn = user_time(|| {
        black_box(from.draw(BATCH, &mut entropy));
    });
    let donors: Vec<&Row> = profile.donors.iter().map(|a| &a.row).collect();
    let copied = user_time(|| {
        black_box(donors[entropy.random_range(0..donors.len())].clone());
    });
    tell("drawn", drawn);
    tell("copied", copied);
    println!("ratio      {:.3}", copied.as_secs_f64() / drawn.as_secs_f64());
}

fn tell(what: &str, taken: Duration) {
    let each = taken.as_secs_f64() / PERSONS as f64;
    println!("{what:10} {:.0} persons per second of the processor, {:.2} us each", 1.0 / each, each * 1e6);
}

/// What the process itself takes to do that so often, without the system's part.
fn user_time(mut once: impl FnMut()) -> Duration {
    let before = user_ticks();
    (0..PERSONS).for_each(|_| once());
    Duration::from_secs_f64((user_ticks() - before) as f64 / TICKS)
}

/// Field 14 of `/proc/self/stat` (proc(5)); the name before it may hold blanks.
fn user_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
    fields.split_whitespace().nth(11).and_then(|ticks| ticks.parse().ok()).expect("a number")
}

fn profile(header: &[String], entropy: &mut ChaCha20Rng) -> Profile {
    let mut profiler = Profiler::new(header);
    for n in 0..ROWS {
        let row = row(n, entropy);
        let cells: Vec<Option<&str>> = row.iter().map(|cell| Some(cell.as_str())).collect();
        profiler.meet(&cells, entropy);
    }
    profiler.finish(&Told::default())
}

fn any<'t>(texts: &[&'t str], entropy: &mut ChaCha20Rng) -> &'t str {
    texts[entropy.random_range(0..texts.len())]
}

fn phone(entropy: &mut ChaCha20Rng) -> String {
    format!("{}{:08}", any(&HEADS, entropy), entropy.random_range(0..100_000_000u32))
}

fn mailbox(sound: &str, entropy: &mut ChaCha20Rng) -> String {
    let provider = any(&PROVIDERS, entropy);
    match entropy.random_bool(0.4) {
        true => format!("{}@{provider}", entropy.random_range(10_000_000..3_000_000_000u64)),
        false => format!("{sound}{:04}@{provider}", entropy.random_range(0..10_000)),
    }
}

fn row(n: usize, entropy: &mut ChaCha20Rng) -> [String; COLUMNS.len()] {
    let surname = entropy.random_range(0..SURNAMES.len());
    let (year, month, day) =
        (entropy.random_range(1955..2003), entropy.random_range(1..13), entropy.random_range(1..29));
    let sequence = entropy.random_range(1..400);
    let region = any(&REGIONS, entropy);
    let street = any(&STREETS, entropy);
    let created = format!("20{:02}-{month:02}-{day:02} {:02}:17:41", 10 + n * 12 / ROWS, entropy.random_range(8..20));
    [
        (10_000 + n * 3).to_string(),
        format!("{}{}", SURNAMES[surname], any(&GIVEN, entropy)),
        if sequence % 2 == 1 { "男" } else { "女" }.to_owned(),
        checked(format!("{region}{year}{month:02}{day:02}{sequence:03}")),
        format!("{year}-{month:02}-{day:02}"),
        phone(entropy),
        mailbox(SOUNDS[surname], entropy),
        format!("浙江省杭州市西湖区{street}{}号{}室", entropy.random_range(1..400), entropy.random_range(101..1900)),
        format!("杭州{}贸易有限公司", any(&GIVEN, entropy)),
        any(&["个人", "VIP", "企业"], entropy).to_owned(),
        format!("{}.{:02}", entropy.random_range(0..20_000), entropy.random_range(0..100)),
        format!("D{:02}", entropy.random_range(1..12)),
        created,
    ]
}

/// With the check character of GB 11643 behind it.
fn checked(body: String) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    body + &"10X98765432"[(sum % 11) as usize..][..1]
}

fn offer(entropy: &mut ChaCha20Rng) -> Offer {
    let point = |n: String| ContactPoint::phone(&format!("+86{n}")).expect("a number");
    let phone = |n| OfferedPhone { point: point(n), kind: None, carrier: None, city: None, since: None };
    Offer {
        phones: (0..PHONES).map(|_| phone(self::phone(entropy))).collect(),
        mailboxes: (0..MAILBOXES)
            .map(|_| ContactPoint::mailbox(&mailbox(any(&SOUNDS, entropy), entropy)).expect("an address"))
            .collect(),
        mail_domains: Vec::new(),
        web_hosts: Vec::new(),
        secret: "of the table that is drawn from".to_owned(),
    }
}

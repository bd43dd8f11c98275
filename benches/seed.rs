//! What seeding a large file costs: a CSV of a gigabyte (`DYEPACK_BENCH_MB` for
//! another size, in the temporary directory) through the real binary, beside
//! `cat` to nowhere and to a copy in the same run. CPU seconds and peak memory
//! are the kernel's (proc(5)). Run with `cargo bench --bench seed`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// At least so many megabytes for a CPU second, and at most so many resident.
const BARS: (f64, f64) = (200.0, 200.0);
const CANARIES: usize = 50;
/// Ticks of proc(5) in a second: USER_HZ, 100 on every Linux.
const HZ: f64 = 100.0;

/// What a command used.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    cpu: f64,
    peak_mb: f64,
    read: f64,
    wall: f64,
}

fn main() {
    let megabytes: u64 = std::env::var("DYEPACK_BENCH_MB").ok().and_then(|mb| mb.parse().ok()).unwrap_or(1000);
    let dir = tempfile::tempdir().expect("a directory");
    enough_room(dir.path(), megabytes);
    let (rows, octets) = table(&dir.path().join("big.csv"), megabytes * 1_000_000);
    println!("{}; {rows} rows of 13 columns, {:.0} MB", machine(), octets as f64 / 1e6);
    install(dir.path());
    for round in 1..=3 {
        let nowhere = used(&mut shell(dir.path(), "exec cat big.csv > /dev/null"), |_| {});
        let copied = used(&mut shell(dir.path(), "exec cat big.csv > copy.csv"), |_| {});
        let mut seen = Vec::new();
        let seeded = used(&mut seeding(dir.path(), round), |now| seen.push(*now));
        let speed = |used: Used| octets as f64 / 1e6 / used.cpu.max(0.01);
        println!(
            "round {round}: seed {:.2} CPU s ({:.1} s), {:.0} MB per CPU second, {:.0} MB resident; cat to nowhere {:.2} CPU s, {:.0} MB/s: ratio {:.2}; cat to a copy {:.2} CPU s, {:.0} MB/s: ratio {:.2}",
            seeded.cpu,
            seeded.wall,
            speed(seeded),
            seeded.peak_mb,
            nowhere.cpu,
            speed(nowhere),
            speed(seeded) / speed(nowhere),
            copied.cpu,
            speed(copied),
            speed(seeded) / speed(copied),
        );
        passes(&seen, octets as f64);
        let good = speed(seeded) >= BARS.0 && seeded.peak_mb <= BARS.1;
        println!(
            "  bars ({} MB per CPU second, {} MB resident): {}",
            BARS.0,
            BARS.1,
            if good { "met" } else { "MISSED" }
        );
        let _ = std::fs::remove_file(dir.path().join(format!("out{round}.csv")));
    }
}

/// Where the time went, at each whole reading of the file.
fn passes(seen: &[Used], octets: f64) {
    let times = (seen.last().map_or(0.0, |now| now.read) / octets) as u32;
    let until = |read: f64| seen.iter().find(|now| now.read >= read).map_or(0.0, |now| now.cpu);
    let marks: Vec<String> = (1..=times).map(|n| format!("{:.2}", until(octets * f64::from(n)))).collect();
    println!("  the file was read {times} times, by CPU second {}", marks.join(", "));
}

/// Runs a command to its end, looking at it every few milliseconds.
fn used(command: &mut Command, mut each: impl FnMut(&Used)) -> Used {
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn().expect("runs");
    let mut used = Used::default();
    // A child that has ended keeps its times until it is waited for.
    while look(&child, &mut used) {
        each(&used);
        std::thread::sleep(Duration::from_millis(4));
    }
    used.wall = begun.elapsed().as_secs_f64();
    assert!(child.wait().expect("ends").success(), "{command:?} failed");
    used
}

/// Reads the times of a child; false once it has ended.
fn look(child: &Child, used: &mut Used) -> bool {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    let number = |text: &str, key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let stat = read("stat");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    used.cpu = fields[11..13].iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / HZ;
    used.peak_mb = number(&read("status"), "VmHWM:").map_or(used.peak_mb, |kb| kb * 1024.0 / 1e6);
    used.read = number(&read("io"), "rchar:").unwrap_or(used.read).max(used.read);
    fields[0] != "Z"
}

fn shell(dir: &Path, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(dir);
    command
}

fn dyepack(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dyepack"));
    command.args(arguments).current_dir(dir).stdout(Stdio::null());
    for name in ["DYEPACK_SERVER", "DYEPACK_TOKEN", "DYEPACK_CONFIG"] {
        command.env_remove(name);
    }
    command
}

fn seeding(dir: &Path, round: usize) -> Command {
    let (count, output) = (CANARIES.to_string(), format!("out{round}.csv"));
    dyepack(
        dir,
        &["seed", "big.csv", "--source", "telecom", "--count", &count, "--output", &output, "--accept-detectable"],
    )
}

/// A store with a source, and a pool for every round.
fn install(dir: &Path) {
    let numbers: Vec<String> = (0..2_000u64).map(|n| format!("+86154{:08}", n * 49_999 % 100_000_000)).collect();
    std::fs::write(dir.join("numbers"), numbers.join("\n")).expect("written");
    for arguments in [
        &["init", "."][..],
        &["source", "add", "telecom"],
        &["pool", "add", "phone", "--file", "numbers"],
        &["pool", "add", "mail-domain", "mail.example.net"],
    ] {
        assert!(dyepack(dir, arguments).status().expect("runs").success(), "{arguments:?}");
    }
}

/// Writes a table of about so many octets; how many rows and octets it has.
fn table(path: &Path, octets: u64) -> (u64, u64) {
    let mut to = BufWriter::with_capacity(1 << 20, File::create(path).expect("a file"));
    let header = "id,xm,xb,csrq,sjh,yx,dz,dwmc,khlx,ye,bmdm,dj,cjsj\n";
    to.write_all(header.as_bytes()).expect("written");
    let (mut written, mut rows) = (header.len() as u64, 0);
    while written < octets {
        let line = line(rows);
        to.write_all(line.as_bytes()).expect("written");
        (written, rows) = (written + line.len() as u64, rows + 1);
    }
    to.flush().expect("written");
    (rows, written)
}

/// The n-th customer; the running number has gaps.
fn line(n: u64) -> String {
    let surnames = [
        "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林",
        "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "冯", "韩", "曹", "曾", "彭",
    ];
    let given = [
        "伟", "芳", "娜", "敏", "静", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平",
        "刚", "桂", "英", "华", "玉", "兰", "梅", "建", "国", "志", "文", "斌", "丽", "红",
    ];
    let roads = ["文一路", "中山西路", "江东中路", "宜山路", "武珞路", "南海大道", "桃园路", "望京路"];
    // A step of splitmix64 by its published constants: cheap, and unlike from row to row.
    let mixed = (n ^ n >> 30).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let part = |shift: u32, of: u64| (mixed >> shift) % of;
    let letter = |from: &[&'static str], shift: u32| from[part(shift, from.len() as u64) as usize];
    format!(
        "{},{}{}{},{},19{:02}-{:02}-{:02},139{:08},u{:09}@163.com,杭州市西湖区{}{}号{}幢{}{:02}{:02}室,,{},{}.{:02},D{:02},{},20{:02}-{:02}-{:02} {:02}:{:02}:{:02}\n",
        10_000 + n * 3 + part(3, 3),
        letter(&surnames, 5),
        letter(&given, 11),
        letter(&given, 17),
        if mixed & 1 == 0 { "男" } else { "女" },
        50 + part(20, 50),
        1 + part(26, 12),
        1 + part(30, 28),
        part(7, 100_000_000),
        part(13, 1_000_000_000),
        letter(&roads, 9),
        1 + part(15, 400),
        1 + part(21, 90),
        1 + part(27, 4),
        1 + part(29, 33),
        1 + part(33, 24),
        ["个人", "企业"][part(35, 2) as usize],
        part(19, 90_000),
        part(37, 100),
        1 + part(41, 20),
        part(43, 6),
        10 + n / 1_000_000 % 15,
        1 + n / 80_000 % 12,
        1 + n / 3_000 % 28,
        n / 125 % 24,
        n / 2 % 60,
        part(45, 60),
    )
}

/// The input, a copy of it and a seeded one.
fn enough_room(dir: &Path, megabytes: u64) {
    let about = rustix::fs::statvfs(dir).expect("a file system");
    let free = about.f_bavail * about.f_frsize / 1_000_000;
    assert!(free > megabytes * 4, "{} has {free} MB free, and {} are needed; set TMPDIR", dir.display(), megabytes * 4);
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1)).unwrap_or("some CPU");
    format!("{} of {name}", std::thread::available_parallelism().map_or(0, usize::from))
}

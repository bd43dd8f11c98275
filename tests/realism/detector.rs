//! The detector: the published tables and the trained attacker beside this
//! checkout, where there are any. Canaries of several copies are held to a bar.

use super::pool::{self, Ways};
use super::sheet::{Sheet, canaries};
use crate::site::Site;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const SHARED: &str = "../shared";
const ROWS: usize = 1_000;
const COUNT: usize = 20;
const SOURCES: usize = 6;
/// What canaries of a table may show at most: the AUC of the detector's classifiers
/// together, and the best one's average precision with one canary in a hundred rows.
/// Between the figures of the README ("How well they hide"), with what so few batches
/// vary by, and the 1.00 of the libraries for test data.
struct Bars {
    auc: f64,
    precision: f64,
}

/// Runs a command to its end, or kills it when the time is over.
fn within(time: Duration, command: &mut Command) -> bool {
    let Ok(mut child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else { return false };
    let until = Instant::now() + time;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// A Python that has what the detector needs; the tests of one run share it.
fn python(tools: &Path) -> Option<&'static PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(|| installed(tools)).as_ref()
}

/// Made below the target directory, where it stays for the next run.
fn installed(tools: &Path) -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("detect-venv");
    let python = home.join("bin/python");
    let ready = |python: &Path| {
        within(Duration::from_secs(60), Command::new(python).args(["-c", "import sklearn, pandas, pypinyin"]))
    };
    if ready(&python) {
        return Some(python);
    }
    let made = within(Duration::from_secs(60), Command::new("python3").args(["-m", "venv"]).arg(&home));
    let list = tools.join("requirements.txt");
    let install = |python: &Path| {
        within(
            Duration::from_secs(240),
            Command::new(python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&list),
        )
    };
    (made && install(&python) && ready(&python)).then_some(python)
}

/// About a thousand rows of a table, by chance: any rule would leave distances between
/// running numbers that a number drawn between them cannot have.
fn sample(table: &Path) -> Sheet {
    let mut sheet = Sheet::read(&std::fs::read_to_string(table).expect("read"));
    let mut by = ChaCha20Rng::seed_from_u64(1);
    let share = ROWS as f64 / sheet.rows.len() as f64;
    sheet.rows.retain(|_| by.random_bool(share));
    sheet
}

/// The detector's report on the canaries of several copies of a sample.
fn report(table: &str, ways: &Ways<'_>) -> Option<Value> {
    let tools = Path::new(SHARED).join("tools/detect");
    let (path, script) = (Path::new(SHARED).join("datasets").join(table), tools.join("detect.py"));
    if !path.is_file() || !script.is_file() {
        println!("skipped: {table} or the detector is not beside this checkout");
        return None;
    }
    let Some(python) = python(&tools) else {
        println!("skipped: there is no Python with what {} lists", tools.join("requirements.txt").display());
        return None;
    };
    let (site, script) = (Site::new(), std::fs::canonicalize(script).expect("a path"));
    let sheet = sample(&path);
    site.write("real.csv", sheet.text());
    pool::fill(&site, &sheet, ways, SOURCES * COUNT * 3);
    let mut fakes = Sheet { header: sheet.header.clone(), rows: Vec::new() };
    fakes.header.push("__batch".to_owned());
    for batch in 0..SOURCES {
        let source = format!("s{batch}");
        site.ok(&["source", "add", &source]);
        let done =
            site.json(&["seed", "real.csv", "--source", &source, "--count", &COUNT.to_string(), "--accept-detectable"]);
        assert_eq!(done["canaries"], COUNT);
        let rows = canaries(&site, "real.csv", &source).rows.into_iter();
        fakes.rows.extend(rows.map(|row| row.into_iter().chain([batch.to_string()]).collect()));
    }
    site.write("fakes.csv", fakes.text());
    let mut detect = Command::new(python);
    detect.arg(script).args([
        "real.csv",
        "fakes.csv",
        "--batch-col",
        "__batch",
        "--folds",
        "3",
        "--no-columns",
        "--json",
        "report.json",
    ]);
    if !within(Duration::from_secs(120), detect.current_dir(site.dir())) {
        println!("skipped: the detector was not through with {table} in two minutes");
        return None;
    }
    let found: Value =
        serde_json::from_slice(&std::fs::read(site.path("report.json")).expect("a report")).expect("JSON");
    println!("{table}: {} {}", found["balanced"], found["planted"]);
    Some(found)
}

fn hides(table: &str, ways: &Ways<'_>, most: &Bars) {
    let Some(found) = report(table, ways) else { return };
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("no number in {found}"));
    let auc = number(&found["balanced"]["auc"]);
    let precision = ["ens", "gb", "lr", "rules", "iforest"].map(|who| number(&found["planted"][who]["ap"]));
    let precision = precision.into_iter().fold(0.0, f64::max);
    assert!(auc <= most.auc && precision <= most.precision, "{table}: AUC {auc}, average precision {precision}");
}

#[test]
fn chinese_customers_hide_their_canaries() {
    let ways = Ways { phone: ("86", Some("sjh")), email: Some("yx"), names: &["xm"], birth: "csrq" };
    hides("zh_customers_composite.csv", &ways, &Bars { auc: 0.72, precision: 0.15 });
}

#[test]
fn american_prospects_hide_their_canaries() {
    let ways = Ways {
        phone: ("1", Some("Phone")),
        email: Some("EmailAddress"),
        names: &["FirstName", "LastName"],
        birth: "BirthDate",
    };
    hides("us_adventureworks_prospects.csv", &ways, &Bars { auc: 0.88, precision: 0.40 });
}

#[test]
fn australian_persons_hide_their_canaries() {
    let ways = Ways { phone: ("61", None), email: None, names: &["given_name", "surname"], birth: "date_of_birth" };
    hides("au_febrl4a.csv", &ways, &Bars { auc: 0.68, precision: 0.20 });
}

//! The registry's rows: companies with their contacts, shareholders and staff,
//! subscribers with their contracts, devices and calls, and the tables around
//! them. Running numbers have gaps as after deletions, and times run along them.

use std::io::Write;

use super::people::{DISTRICTS, Person, chance, credit_code, day, imei, later, mobile, moment, one};
use super::rows::{Script, cents, row};
use crate::servers::Dialect;

const BRANCHES: u64 = 12;
const STREETS: [&str; 8] = ["人民路", "中山路", "建设路", "解放大道", "和平街", "科技园路", "文化路", "滨江大道"];

/// How much of everything there is.
#[derive(Clone, Copy)]
pub struct World {
    pub companies: u64,
    pub subscribers: u64,
    /// Whether subscribers have contracts, devices and calls.
    pub related: bool,
}

impl World {
    /// What most tests look at.
    pub const USUAL: Self = Self { companies: 2_000, subscribers: 3_000, related: true };

    /// A large table of subscribers, with next to nothing around it.
    pub const fn crowd(subscribers: u64) -> Self {
        Self { companies: 20, subscribers, related: false }
    }

    /// All rows as a script.
    pub fn write(&self, dialect: Dialect, to: impl Write) {
        let mut script = Script::new(dialect, to);
        if !self.related {
            script.say(dialect.unchecked());
        }
        script.say(dialect.before_rows());
        self.places(&mut script);
        self.companies(&mut script);
        self.shareholders(&mut script);
        self.employees(&mut script);
        self.subscribers(&mut script);
        if self.related {
            self.contracts(&mut script);
            self.devices(&mut script);
            self.calls(&mut script);
        }
        self.registers(&mut script);
        script.say(dialect.after_rows());
        script.end();
    }

    fn places(&self, script: &mut Script<impl Write>) {
        script.table("districts", "code, name", DISTRICTS.iter().map(|(code, name, _)| row![*code, *name]));
        let branches = (1..=BRANCHES).map(|n| row![n, format!("第{n}营业厅"), None::<String>]);
        script.table("branches", "id, name, visited_at", branches);
        let addresses = self.address_keys().enumerate().map(|(n, key)| {
            let n = n as u64;
            let district = DISTRICTS[(n % 12) as usize].0;
            let street = format!("{}{}号", one(&STREETS, "street", n), 1 + chance("house", n) % 400);
            let postcode = (!n.is_multiple_of(9)).then(|| format!("{}00", &district[..4]));
            row![key, district, n / 12 + 1, street, postcode]
        });
        script.table("addresses", "id, district, number, street, postcode", addresses);
    }

    fn companies(&self, script: &mut Script<impl Write>) {
        let addresses: Vec<u64> = self.address_keys().collect();
        let rows = self.company_keys().map(|key| {
            let (code, _, city) = *one(&DISTRICTS, "seat", key);
            let since = moment("registered", key, self.companies * 12 / 10);
            let status = *one(&["active", "active", "active", "suspended", "dissolved"], "status", key);
            row![
                key,
                credit_code(key, code),
                company(city, key),
                Person::new("legal", key).name,
                mobile(key),
                format!("office{}@{}.example", chance("office", key) % 90 + 10, stem(key)),
                *one(&addresses, "address", key),
                cents(1_000_000 * (1 + chance("capital", key) % 500)),
                status,
                contact_of(key),
                since,
                later(since, chance("updated", key) % 700),
            ]
        });
        let columns = "id, credit_code, name, legal_representative, phone, email, address_id, capital, status, main_contact, registered_at, updated_at";
        script.table("companies", columns, rows);
        let contacts = self.company_keys().map(|key| {
            let person = Person::new("contact", key);
            row![contact_of(key), key, person.name.as_str(), mobile(100_000 + key), person.mailbox(key)]
        });
        script.table("contacts", "id, company, name, phone, email", contacts);
        let noted = self.company_keys().enumerate().map(|(n, key)| {
            row![n as u64 + 1, "company", key.to_string(), moment("registered", key, self.companies * 12 / 10)]
        });
        script.table("audit_log", "id, what, row_key, at", noted);
    }

    fn shareholders(&self, script: &mut Script<impl Write>) {
        let rows = self.company_keys().flat_map(|company| {
            shares(company).into_iter().zip(1_u64..).map(move |(share, position)| {
                let n = company * 4 + position;
                let person = Person::new("shareholder", n);
                row![company, position, person.name, person.id_number, mobile(200_000 + n), cents(share)]
            })
        });
        script.table("shareholders", "company_id, position, name, id_number, mobile, share", rows);
    }

    fn employees(&self, script: &mut Script<impl Write>) {
        let companies: Vec<u64> = self.company_keys().collect();
        let rows = keys("employee", self.companies * 3 / 4).enumerate().map(|(n, key)| {
            let person = Person::new("employee", key);
            let n = n as u64;
            // Teams of five: the first one leads the others of the same company.
            let boss = (!n.is_multiple_of(5)).then(|| key_at("employee", n - n % 5));
            let company = companies[(n / 5) as usize % companies.len()];
            let hired = day(moment("hired", key, self.companies));
            row![key, company, boss, person.name, person.id_number, mobile(300_000 + key), hired]
        });
        script.table("employees", "id, company_id, manager_id, name, id_number, mobile, hired_on", rows);
    }

    fn subscribers(&self, script: &mut Script<impl Write>) {
        let addresses: Vec<u64> = self.address_keys().collect();
        let rows = self.subscriber_keys().map(|key| {
            let person = Person::new("subscriber", key);
            let since = self.subscribed(key);
            row![
                key,
                person.name.as_str(),
                person.sex,
                person.id_number.as_str(),
                mobile(key),
                person.mailbox(key),
                1 + chance("branch", key) % BRANCHES,
                (!key.is_multiple_of(5)).then(|| *one(&addresses, "home", key)),
                cents(chance("balance", key) % 30_000),
                since,
                later(since, chance("touched", key) % 400),
            ]
        });
        let columns =
            "id, name, sex, id_number, phone, email, branch_id, address_id, balance, registered_at, updated_at";
        script.table("subscribers", columns, rows);
    }

    fn contracts(&self, script: &mut Script<impl Write>) {
        let holders: Vec<u64> = self.subscriber_keys().collect();
        let rows =
            holders.iter().flat_map(|holder| (0..1 + chance("second", *holder) % 5 / 4).map(move |n| (*holder, n)));
        let rows = rows.enumerate().map(|(at, (holder, n))| {
            let key = key_at("contract", at as u64);
            let opened = later(self.subscribed(holder), n * 300);
            let closed = chance("closed", key).is_multiple_of(6).then(|| later(opened, 30 + chance("for", key) % 900));
            let (plan, fee) = *one(&[("basic", 1_900), ("family", 5_900), ("business", 12_900)], "plan", key);
            row![key, holder, plan, cents(fee), opened, closed]
        });
        script.table("contracts", "id, subscriber_id, plan, monthly_fee, opened_at, closed_at", rows);
    }

    fn devices(&self, script: &mut Script<impl Write>) {
        let rows = self.subscriber_keys().flat_map(|holder| {
            (1..=1 + chance("devices", holder) % 8 / 6).map(move |slot| {
                let n = holder * 4 + slot;
                let model = *one(&["P40 Pro", "Mi 11", "Reno 6", "X60", "iPhone 12"], "model", n);
                row![holder, slot, imei(n), model, later(self.subscribed(holder), chance("seen", n) % 600)]
            })
        });
        script.table("devices", "subscriber_id, slot, imei, model, seen_at", rows);
    }

    fn calls(&self, script: &mut Script<impl Write>) {
        let rows = self.subscriber_keys().map(|caller| {
            let called = later(self.subscribed(caller), chance("called", caller) % 30);
            row![key_at("call", caller), caller, called, chance("seconds", caller) % 1_800]
        });
        script.table("calls", "id, subscriber_id, called_at, seconds", rows);
    }

    /// The tables that hang on nothing.
    fn registers(&self, script: &mut Script<impl Write>) {
        let person = |table: &'static str, count: u64| {
            keys(table, count).map(move |key| (key, Person::new(table, key), moment(table, key, count * 12 / 10)))
        };
        let residents = person("resident", self.companies * 2 / 5);
        let residents = residents.map(|(key, p, at)| row![key, p.name, p.id_number, mobile(400_000 + key), at]);
        script.table("居民 登记", "编号, 姓名, 身份证号, 手机号码, 登记 时间", residents);
        let complaints = person("complaint", self.companies / 10);
        let complaints =
            complaints.map(|(key, p, at)| row![key, 1 + key % BRANCHES, p.name, mobile(500_000 + key), at]);
        script.table("complaints", "id, branch_id, name, phone, made_at", complaints);
        let remarks = person("remark", self.companies / 8);
        let remarks = remarks.map(|(key, p, at)| {
            let said = (!key.is_multiple_of(3)).then_some("请于工作日联系");
            row![p.name, mobile(600_000 + key), said, at]
        });
        script.table("remarks", "name, phone, remark, noted_at", remarks);
        let cards = person("card", self.companies / 5);
        let cards = cards.map(|(key, p, at)| row![key, p.name, mobile(700_000 + key), day(at)]);
        script.table("cards", "id, holder, phone, issued_on", cards);
    }

    fn company_keys(&self) -> impl Iterator<Item = u64> + use<> {
        keys("company", self.companies)
    }

    fn subscriber_keys(&self) -> impl Iterator<Item = u64> + use<> {
        keys("subscriber", self.subscribers)
    }

    fn address_keys(&self) -> impl Iterator<Item = u64> + use<> {
        keys("address", self.companies.max(24))
    }

    fn subscribed(&self, key: u64) -> jiff::civil::DateTime {
        moment("subscribed", key, self.subscribers * 12 / 10)
    }
}

/// So many running numbers: of every eleven, one has been deleted.
fn keys(of: &'static str, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| key_at(of, n))
}

/// The running number of the row at that place.
fn key_at(of: &str, place: u64) -> u64 {
    let (block, within) = (place / 10, place % 10);
    let gone = chance(of, block) % 11;
    1 + block * 11 + within + u64::from(within >= gone)
}

fn contact_of(company: u64) -> u64 {
    company * 2 + chance("contact", company) % 2
}

fn stem(company: u64) -> String {
    format!("{}{company}", Person::new("stem", company).spoken)
}

fn company(city: &str, key: u64) -> String {
    let first = one(&["华", "金", "天", "瑞", "恒", "德", "新", "盛", "泰", "宏"], "first", key);
    let second = one(&["达", "源", "信", "丰", "诚", "通", "隆", "康", "宇", "博"], "second", key);
    let trade = one(&["科技", "贸易", "建筑工程", "餐饮管理", "物流", "电子商务", "文化传媒"], "trade", key);
    format!("{city}{first}{second}{trade}有限公司")
}

/// Parts in hundredths of a percent of the whole; together they are the whole.
fn shares(company: u64) -> Vec<u64> {
    let owners = 1 + chance("owners", company) % 7 / 2;
    let mut left = 10_000;
    let mut parts = Vec::new();
    for n in 1..owners {
        let part = left * (30 + chance("part", company * 4 + n) % 40) / 100 / 100 * 100;
        parts.push(part);
        left -= part;
    }
    parts.push(left);
    parts
}

#!/usr/bin/env python3
"""Makes the example tables anew. Nobody in them exists: names are drawn part by
part, Chinese mobile numbers lie in prefixes that were never allotted, American
ones in 555-01xx, mail and web addresses under .example, and identity numbers
carry address codes that were created long after the birth date.

Usage: python3 examples/make.py   (writes beside itself)
"""
import csv, datetime as dt, os, random, sqlite3

HERE = os.path.dirname(os.path.abspath(__file__))
R = random.Random(20261123)

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦"
MALE = "伟强军勇杰涛明超刚平辉鹏华建国文斌志波宁浩宇博俊峰磊飞亮成东海林龙毅凯松健翔旭晨"
FEMALE = "芳娜敏静丽艳娟霞秀燕玲桂英红梅兰萍莉婷雪慧琳颖洁倩欣怡佳蕾璐瑶晓雅思梦诗"
CODES = [(110118, 2015), (120117, 2015), (310151, 2016), (320117, 2013), (330111, 2014), (330114, 2021), (440117, 2014), (510116, 2015), (610117, 2014)]
NEVER_ALLOTTED = ["154", "164", "168", "169", "179"]


def chinese_name(male):
    given = MALE if male else FEMALE
    return R.choice(SURNAMES) + "".join(R.choice(given) for _ in range(1 if R.random() < 0.2 else 2))


def id_number(born, male):
    code = R.choice(CODES)[0]
    sequence = R.randrange(1, 400) * 2 + (1 if male else 0)
    body = f"{code}{born:%Y%m%d}{sequence:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights)) % 11]


def birth():
    return dt.date(1948, 1, 1) + dt.timedelta(days=R.randrange(47 * 365))


def mobile():
    return R.choice(NEVER_ALLOTTED) + f"{R.randrange(10**8):08d}"


def telecom(rows=1200):
    districts = [("西湖区", ["文三路", "古墩路", "天目山路"]), ("上城区", ["解放路", "庆春路"]), ("滨江区", ["江南大道", "滨盛路"]), ("余杭区", ["文一西路", "高教路"])]
    tariffs = ["畅享59", "畅享99", "家庭129", "校园29", "商务199"]
    number, at, out = 30518, dt.datetime(2016, 3, 1, 9, 12, 5), []
    for _ in range(rows):
        number += R.choice([1, 1, 2, 3, 5])
        at += dt.timedelta(seconds=R.randrange(600, 330_000))
        male, born = R.random() < 0.52, birth()
        district, streets = R.choice(districts)
        address = f"杭州市{district}{R.choice(streets)}{R.randrange(1, 420)}号{R.randrange(1, 22)}幢{R.randrange(101, 2404)}室"
        out.append([number, chinese_name(male), "男" if male else "女", id_number(born, male), mobile(), R.choices(tariffs, [5, 4, 2, 2, 1])[0], address, f"{at:%Y-%m-%d %H:%M:%S}"])
    with open(os.path.join(HERE, "telecom_subscribers.csv"), "w", encoding="gbk", newline="") as f:
        w = csv.writer(f, lineterminator="\r\n")
        w.writerow(["用户编号", "姓名", "性别", "身份证号", "手机号", "套餐", "地址", "入网时间"])
        w.writerows(out)


def code_of(n):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "MA" + "".join(R.choice(alphabet) for _ in range(6))
    inner = sum((int(c) if c.isdigit() else ord(c) - 55) * w for c, w in zip(body, [3, 7, 9, 10, 5, 8, 4, 2]))
    body += "0123456789X0"[(11 - inner % 11) % 11] if (11 - inner % 11) != 10 else "X"
    whole = f"91{330100 + n % 12:06d}"[:8] + body
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(whole))
    return whole + alphabet[(31 - total % 31) % 31]


def registry(companies=260):
    path = os.path.join(HERE, "company_registry.sqlite")
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    db.executescript("""
        CREATE TABLE company (id INTEGER PRIMARY KEY, name TEXT NOT NULL, credit_code TEXT UNIQUE NOT NULL, capital_wan REAL, registered_at TEXT NOT NULL);
        CREATE TABLE shareholder (id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL REFERENCES company(id), name TEXT NOT NULL, id_number TEXT, mobile TEXT, share REAL NOT NULL, created_at TEXT NOT NULL);
    """)
    place, word, trade = ["杭州", "宁波", "绍兴", "嘉兴", "湖州"], ["瑞丰", "恒达", "众诚", "汇通", "远大", "盛世", "海纳", "佳和", "鼎新", "万顺", "博远", "启航"], ["贸易", "科技", "物流", "建材", "服饰", "电子", "机械", "食品"]
    holder, at = 7001, dt.datetime(2015, 11, 2, 10, 0, 0)
    for n in range(companies):
        at += dt.timedelta(seconds=R.randrange(3_600, 900_000))
        name = f"{R.choice(place)}{R.choice(word)}{R.choice(trade)}有限公司"
        db.execute("INSERT INTO company VALUES (?,?,?,?,?)", (400 + n, name, code_of(n), R.choice([10.0, 50.0, 100.0, 200.0, 500.0]), f"{at:%Y-%m-%d}"))
        holders = R.choices([1, 2, 3], [5, 4, 2])[0]
        for k in range(holders):
            holder += R.choice([1, 1, 2, 4])
            male, born = R.random() < 0.6, birth()
            share = round(100 / holders, 2)
            db.execute("INSERT INTO shareholder VALUES (?,?,?,?,?,?,?)", (holder, 400 + n, chinese_name(male), id_number(born, male), mobile() if R.random() < 0.93 else None, share, f"{at + dt.timedelta(minutes=R.randrange(3, 50)):%Y-%m-%d %H:%M:%S}"))
    db.commit()
    db.close()


def crm(rows=900):
    first = {"M": "James John Robert Michael William David Joseph Thomas Daniel Matthew Anthony Mark Steven Paul Andrew Kevin Brian George Edward Jason Ryan Jacob Gary Eric Frank Scott Carl".split(),
             "F": "Mary Patricia Jennifer Linda Barbara Susan Jessica Sarah Karen Nancy Lisa Betty Sandra Ashley Emily Donna Carol Amanda Melissa Laura Amy Anna Nicole Ruth Helen Alice Grace".split()}
    last = "Smith Johnson Brown Garcia Miller Davis Wilson Anderson Taylor Moore Jackson Martin Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Rivera Campbell Carter Roberts Turner Parker Evans Collins Stewart Morris Reed Cook Bell Ward Cox Diaz Wood Watson Brooks Kelly Gray James Price Long Ross".split()
    cities = [("Portland", "OR", "97205", "503"), ("Salem", "OR", "97301", "503"), ("Seattle", "WA", "98101", "206"), ("Tacoma", "WA", "98402", "253"), ("Boise", "ID", "83702", "208")]
    streets = ["Oak St", "Maple Ave", "2nd St", "Pine Ct", "Lake Dr", "Hill Rd", "Cedar Ln", "Market St"]
    firms = ["northwind.example", "contoso.example", "fabrikam.example", "litware.example", "tailspin.example", "mailhouse.example"]
    number, at = 5120, dt.datetime(2018, 5, 3, 8, 30)
    with open(os.path.join(HERE, "crm_contacts.csv"), "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["contact_id", "first_name", "last_name", "gender", "email", "phone", "website", "street", "city", "state", "zip", "tier", "annual_value", "created_at"])
        for _ in range(rows):
            number += R.choice([1, 2, 2, 3, 6])
            at += dt.timedelta(seconds=R.randrange(900, 500_000))
            sex = R.choice("MF")
            a, b = R.choice(first[sex]), R.choice(last)
            firm = R.choice(firms)
            local = R.choice([f"{a}.{b}", f"{a[0]}{b}", f"{a}{R.randrange(60, 99)}", f"{a[0]}.{b}"]).lower()
            city, state, zip_code, area = R.choice(cities)
            site = f"https://www.{firm}/people/{number}" if R.random() < 0.7 else ""
            w.writerow([number, a, b, sex, f"{local}@{firm}", f"({area}) 555-01{R.randrange(100):02d}", site, f"{R.randrange(10, 4800)} {R.choice(streets)}", city, state, zip_code,
                        R.choices(["basic", "plus", "gold"], [6, 3, 1])[0], f"{R.lognormvariate(6, 1):.2f}", f"{at:%Y-%m-%dT%H:%M:%SZ}"])


telecom()
registry()
crm()

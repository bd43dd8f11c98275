-- A registry of companies and of subscribers, as an SQLite file has grown one.

CREATE TABLE districts (
    code TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL
);

CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    district TEXT NOT NULL REFERENCES districts,
    number INTEGER NOT NULL CHECK (number > 0),
    street TEXT NOT NULL,
    postcode TEXT,
    UNIQUE (district, number)
);

CREATE TABLE companies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    credit_code TEXT NOT NULL UNIQUE CHECK (length(credit_code) = 18), -- unified social credit code
    name TEXT NOT NULL,
    legal_representative TEXT NOT NULL,
    phone TEXT NOT NULL CHECK (phone GLOB '1[3-9]*' AND length(phone) = 11),
    email TEXT NOT NULL UNIQUE,
    address_id INTEGER NOT NULL REFERENCES addresses,
    capital NUMERIC(12,2) NOT NULL CHECK (capital > 0),
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'dissolved')),
    main_contact INTEGER REFERENCES contacts DEFERRABLE INITIALLY DEFERRED,
    registered_at TEXT NOT NULL,
    updated_at TEXT NOT NULL DEFAULT current_timestamp
);

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES companies DEFERRABLE INITIALLY DEFERRED,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE
);

CREATE TABLE shareholders (
    company_id INTEGER NOT NULL REFERENCES companies,
    position INTEGER NOT NULL CHECK (position >= 1),
    name TEXT NOT NULL,
    id_number TEXT NOT NULL,
    mobile TEXT NOT NULL,
    share NUMERIC(5,2) NOT NULL CHECK (share BETWEEN 0 AND 100),
    PRIMARY KEY (company_id, position)
);

CREATE TABLE employees (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies,
    manager_id INTEGER REFERENCES employees,
    name TEXT NOT NULL,
    id_number TEXT NOT NULL UNIQUE,
    mobile TEXT NOT NULL,
    hired_on TEXT NOT NULL
);

CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    row_key TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT current_timestamp
);

CREATE TABLE branches (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    visited_at TEXT
);

CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('M', 'F')),
    id_number TEXT NOT NULL UNIQUE CHECK (length(id_number) = 18),
    phone TEXT NOT NULL UNIQUE CHECK (phone GLOB '1[3-9]*' AND length(phone) = 11),
    email TEXT NOT NULL UNIQUE,
    branch_id INTEGER NOT NULL REFERENCES branches,
    address_id INTEGER REFERENCES addresses,
    balance NUMERIC(12,2) NOT NULL DEFAULT 0,
    registered_at TEXT NOT NULL,
    updated_at TEXT NOT NULL DEFAULT '',
    mail_domain TEXT GENERATED ALWAYS AS (substr(email, instr(email, '@') + 1)) STORED
);
CREATE INDEX subscribers_branch ON subscribers (branch_id);

CREATE TABLE contracts (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers ON DELETE CASCADE,
    plan TEXT NOT NULL CHECK (plan IN ('basic', 'family', 'business')),
    monthly_fee NUMERIC(12,2) NOT NULL CHECK (monthly_fee >= 0),
    yearly_fee NUMERIC(12,2) GENERATED ALWAYS AS (monthly_fee * 12) VIRTUAL,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    CONSTRAINT contracts_in_order CHECK (opened_at <= closed_at)
);
CREATE INDEX contracts_subscriber ON contracts (subscriber_id);

CREATE TABLE devices (
    subscriber_id INTEGER NOT NULL REFERENCES subscribers,
    slot INTEGER NOT NULL DEFAULT 1,
    imei TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, slot)
) WITHOUT ROWID;

CREATE TABLE calls (
    id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers,
    called_at TEXT NOT NULL,
    seconds INTEGER NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (id, called_at)
);

CREATE TABLE "居民 登记" (
    "编号" INTEGER PRIMARY KEY,
    "姓名" TEXT NOT NULL,
    "身份证号" TEXT NOT NULL UNIQUE,
    "手机号码" TEXT NOT NULL,
    "登记 时间" TEXT NOT NULL
);

CREATE TABLE complaints (
    id INTEGER PRIMARY KEY,
    branch_id INTEGER NOT NULL REFERENCES branches,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    made_at TEXT NOT NULL
);

CREATE TABLE remarks (
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    remark TEXT,
    noted_at TEXT NOT NULL
);

CREATE TABLE cards (
    id INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    phone TEXT NOT NULL UNIQUE,
    issued_on TEXT NOT NULL
);

-- Rows come here.

CREATE TRIGGER companies_audit AFTER INSERT ON companies
BEGIN
    INSERT INTO audit_log (what, row_key) VALUES ('company', NEW.id);
END;
CREATE TRIGGER subscribers_updated AFTER INSERT ON subscribers
BEGIN
    UPDATE subscribers SET updated_at = current_timestamp WHERE id = NEW.id;
END;

-- The last rows of the running numbers have gone, too.
UPDATE sqlite_sequence SET seq = seq + 3;

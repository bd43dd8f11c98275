-- A registry of companies and of subscribers, as a MariaDB has grown one.

CREATE TABLE districts (
    code char(6) PRIMARY KEY,
    name varchar(60) NOT NULL
);

CREATE TABLE addresses (
    id int AUTO_INCREMENT PRIMARY KEY,
    district char(6) NOT NULL,
    number int NOT NULL CHECK (number > 0),
    street varchar(80) NOT NULL,
    postcode char(6),
    UNIQUE KEY in_district (district, number),
    FOREIGN KEY (district) REFERENCES districts (code)
);

CREATE TABLE companies (
    id int AUTO_INCREMENT PRIMARY KEY,
    credit_code char(18) NOT NULL UNIQUE COMMENT 'unified social credit code',
    name varchar(120) NOT NULL,
    legal_representative varchar(40) NOT NULL,
    phone varchar(11) NOT NULL CHECK (phone REGEXP '^1[3-9][0-9]{9}$'),
    email varchar(120) NOT NULL UNIQUE,
    address_id int NOT NULL,
    capital decimal(12,2) NOT NULL COMMENT 'registered capital, in ten thousand yuan' CHECK (capital > 0),
    status enum('active', 'suspended', 'dissolved') NOT NULL DEFAULT 'active',
    main_contact int,
    registered_at timestamp NOT NULL DEFAULT current_timestamp(),
    updated_at timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
    FOREIGN KEY (address_id) REFERENCES addresses (id)
);

CREATE TABLE contacts (
    id int AUTO_INCREMENT PRIMARY KEY,
    company int NOT NULL,
    name varchar(40) NOT NULL,
    phone varchar(11) NOT NULL,
    email varchar(120) NOT NULL UNIQUE,
    FOREIGN KEY (company) REFERENCES companies (id)
);
ALTER TABLE companies ADD CONSTRAINT companies_main_contact_fkey FOREIGN KEY (main_contact) REFERENCES contacts (id);

CREATE TABLE shareholders (
    company_id int NOT NULL,
    position smallint NOT NULL CHECK (position >= 1),
    name varchar(40) NOT NULL,
    id_number char(18) NOT NULL,
    mobile varchar(11) NOT NULL,
    share decimal(5,2) NOT NULL CHECK (share BETWEEN 0 AND 100),
    PRIMARY KEY (company_id, position),
    FOREIGN KEY (company_id) REFERENCES companies (id)
);

CREATE TABLE employees (
    id int AUTO_INCREMENT PRIMARY KEY,
    company_id int NOT NULL,
    manager_id int,
    name varchar(40) NOT NULL,
    id_number char(18) NOT NULL UNIQUE,
    mobile varchar(11) NOT NULL,
    hired_on date NOT NULL,
    FOREIGN KEY (company_id) REFERENCES companies (id),
    FOREIGN KEY (manager_id) REFERENCES employees (id)
);

CREATE TABLE audit_log (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    what varchar(40) NOT NULL,
    row_key varchar(40) NOT NULL,
    at timestamp NOT NULL DEFAULT current_timestamp()
);

CREATE TABLE branches (
    id int PRIMARY KEY,
    name varchar(60) NOT NULL,
    visited_at datetime
);

CREATE TABLE subscribers (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    name varchar(40) NOT NULL,
    sex char(1) NOT NULL CHECK (sex IN ('M', 'F')),
    id_number char(18) NOT NULL UNIQUE CHECK (id_number REGEXP '^[0-9]{17}[0-9X]$'),
    phone varchar(11) NOT NULL UNIQUE CHECK (phone REGEXP '^1[3-9][0-9]{9}$'),
    email varchar(120) NOT NULL UNIQUE,
    branch_id int NOT NULL,
    address_id int,
    balance decimal(12,2) NOT NULL DEFAULT 0,
    registered_at timestamp NOT NULL,
    updated_at datetime NOT NULL,
    mail_domain varchar(120) GENERATED ALWAYS AS (substring_index(email, '@', -1)) STORED,
    KEY subscribers_branch (branch_id),
    FOREIGN KEY (branch_id) REFERENCES branches (id),
    FOREIGN KEY (address_id) REFERENCES addresses (id)
) COMMENT 'persons with a telephone';

CREATE TABLE contracts (
    id int AUTO_INCREMENT PRIMARY KEY,
    subscriber_id bigint NOT NULL,
    plan enum('basic', 'family', 'business') NOT NULL,
    monthly_fee decimal(12,2) NOT NULL CHECK (monthly_fee >= 0),
    yearly_fee decimal(12,2) GENERATED ALWAYS AS (monthly_fee * 12) VIRTUAL,
    opened_at datetime NOT NULL,
    closed_at datetime,
    CONSTRAINT contracts_in_order CHECK (opened_at <= closed_at),
    FOREIGN KEY (subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);

CREATE TABLE devices (
    subscriber_id bigint NOT NULL,
    slot smallint NOT NULL DEFAULT 1,
    imei char(15) NOT NULL UNIQUE,
    model varchar(40) NOT NULL,
    seen_at timestamp NOT NULL DEFAULT current_timestamp(),
    PRIMARY KEY (subscriber_id, slot),
    FOREIGN KEY (subscriber_id) REFERENCES subscribers (id)
);

-- A partitioned table has no foreign keys here.
CREATE TABLE calls (
    id bigint NOT NULL,
    subscriber_id bigint NOT NULL,
    called_at datetime NOT NULL,
    seconds int NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (id, called_at)
) PARTITION BY RANGE COLUMNS (called_at) (
    PARTITION before_2018 VALUES LESS THAN ('2018-01-01'),
    PARTITION in_2018_2019 VALUES LESS THAN ('2020-01-01'),
    PARTITION later VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE `居民 登记` (
    `编号` int AUTO_INCREMENT PRIMARY KEY,
    `姓名` varchar(40) NOT NULL,
    `身份证号` char(18) NOT NULL UNIQUE,
    `手机号码` varchar(11) NOT NULL,
    `登记 时间` datetime NOT NULL
);

CREATE TABLE complaints (
    id int AUTO_INCREMENT PRIMARY KEY,
    branch_id int NOT NULL,
    name varchar(40) NOT NULL,
    phone varchar(11) NOT NULL,
    made_at timestamp NOT NULL,
    FOREIGN KEY (branch_id) REFERENCES branches (id)
);

CREATE TABLE remarks (
    name varchar(40) NOT NULL,
    phone varchar(11) NOT NULL,
    remark text,
    noted_at datetime NOT NULL
);

-- No transactions: what went in stays in.
CREATE TABLE cards (
    id int AUTO_INCREMENT PRIMARY KEY,
    holder varchar(40) NOT NULL,
    phone varchar(11) NOT NULL UNIQUE,
    issued_on date NOT NULL
) ENGINE = MyISAM;

-- Rows come here.

CREATE TRIGGER companies_audit AFTER INSERT ON companies FOR EACH ROW
    INSERT INTO audit_log (what, row_key) VALUES ('company', NEW.id);
CREATE TRIGGER subscribers_updated BEFORE INSERT ON subscribers FOR EACH ROW
    SET NEW.updated_at = localtimestamp();

-- The last rows of every running number have gone, too.
DELIMITER //
BEGIN NOT ATOMIC
    FOR counted IN (
        SELECT table_name AS name, auto_increment + 3 AS next FROM information_schema.tables
        WHERE table_schema = database() AND auto_increment IS NOT NULL
    ) DO
        EXECUTE IMMEDIATE concat('ALTER TABLE `', counted.name, '` AUTO_INCREMENT = ', counted.next);
    END FOR;
END //
DELIMITER ;

//! The catalogue: what column names mean, in English, Chinese and the pinyin
//! initials that Chinese schemas use. A name only proposes; values decide.

use super::Role;

/// Names that mean a role as a whole, without case and separators.
const WHOLE: &[(Role, &[&str])] = &[
    (Role::Key, &["id", "pk", "key", "rowid", "no", "seq", "编号", "序号", "xh", "bh", "uuid"]),
    (
        Role::FullName,
        &[
            "name",
            "fullname",
            "contact",
            "contactname",
            "customername",
            "personname",
            "clientname",
            "subscriber",
            "subscribername",
            "shareholder",
            "shareholdername",
            "legalrep",
            "legalrepresentative",
            "姓名",
            "名称",
            "联系人",
            "客户姓名",
            "用户姓名",
            "股东",
            "股东姓名",
            "法定代表人",
            "xm",
            "xingming",
            "lxr",
            "khxm",
            "fddbr",
            "gdxm",
        ],
    ),
    (Role::Surname, &["surname", "lastname", "familyname", "lname", "last", "姓"]),
    (Role::GivenName, &["givenname", "firstname", "forename", "fname", "first", "名"]),
    (
        Role::Phone,
        &[
            "phone",
            "mobile",
            "cell",
            "cellphone",
            "tel",
            "telephone",
            "msisdn",
            "phonenumber",
            "phonenum",
            "mobilenumber",
            "mobilephone",
            "telno",
            "phoneno",
            "fax",
            "workphone",
            "homephone",
            "手机",
            "手机号",
            "手机号码",
            "移动电话",
            "电话",
            "电话号码",
            "联系电话",
            "传真",
            "sjh",
            "sjhm",
            "yddh",
            "lxdh",
            "dh",
            "shouji",
            "dhhm",
        ],
    ),
    (
        Role::Email,
        &["email", "mail", "emailaddress", "mailaddress", "邮箱", "电子邮件", "电子邮箱", "yx", "dzyx", "yxdz"],
    ),
    (Role::Url, &["url", "website", "web", "homepage", "link", "profileurl", "profile", "site", "网址", "主页", "wz"]),
    (
        Role::OtherContact,
        &[
            "qq",
            "qqnumber",
            "wechat",
            "wechatid",
            "weixin",
            "wx",
            "wxh",
            "weibo",
            "linkedin",
            "facebook",
            "twitter",
            "instagram",
            "telegram",
            "whatsapp",
            "skype",
            "微信",
            "微信号",
            "qq号",
            "微博",
        ],
    ),
    (
        Role::NationalId,
        &[
            "idcard",
            "idno",
            "idnumber",
            "nationalid",
            "ssn",
            "socsecid",
            "socialsecurity",
            "nino",
            "taxid",
            "身份证",
            "身份证号",
            "身份证号码",
            "证件号码",
            "公民身份号码",
            "sfzh",
            "sfzhm",
            "gmsfhm",
            "zjhm",
        ],
    ),
    (Role::Sex, &["sex", "gender", "性别", "xb"]),
    (Role::BirthDate, &["dob", "birthdate", "dateofbirth", "birthday", "birth", "出生日期", "生日", "csrq", "csny"]),
    (
        Role::Address,
        &[
            "address",
            "addr",
            "address1",
            "addr1",
            "addressline1",
            "street",
            "streetaddress",
            "homeaddress",
            "地址",
            "住址",
            "住所",
            "通讯地址",
            "注册地址",
            "家庭住址",
            "dz",
            "zz",
            "jtzz",
            "txdz",
            "zcdz",
        ],
    ),
    (Role::HouseNumber, &["streetnumber", "housenumber", "housenum", "streetno", "门牌号"]),
    (
        Role::CreatedAt,
        &[
            "createdat",
            "created",
            "createtime",
            "createdate",
            "createdon",
            "openedat",
            "opened",
            "opendate",
            "registeredat",
            "registered",
            "registrdt",
            "regdate",
            "signupdate",
            "joined",
            "joinedat",
            "since",
            "创建时间",
            "开户时间",
            "开户日期",
            "入网时间",
            "登记日期",
            "注册日期",
            "注册时间",
            "录入时间",
            "cjsj",
            "lrsj",
            "zcrq",
            "khrq",
            "rwsj",
            "updatedat",
            "更新时间",
            "gxsj",
        ],
    ),
    (
        Role::Amount,
        &[
            "amount",
            "balance",
            "income",
            "price",
            "total",
            "revenue",
            "capital",
            "share",
            "金额",
            "余额",
            "注册资金",
            "注册资本",
            "收入",
            "je",
            "ye",
            "zczj",
        ],
    ),
];

/// Endings that mean a role.
const ENDING: &[(Role, &[&str])] = &[
    (Role::Email, &["email", "邮箱"]),
    (Role::Phone, &["phone", "mobile", "tel", "手机号", "手机", "电话", "电话号码", "手机号码"]),
    (Role::NationalId, &["idcard", "身份证号", "身份证", "证件号码"]),
    (Role::Url, &["url", "website", "网址"]),
    (Role::BirthDate, &["birthdate", "出生日期"]),
    (Role::CreatedAt, &["createdat", "createtime", "opendate", "日期", "时间"]),
    (Role::FullName, &["姓名", "fullname"]),
    (Role::Address, &["地址", "住址", "address"]),
    (Role::Key, &["key", "rowid"]),
];

/// What a column's name proposes.
pub fn proposed(column: &str) -> Option<Role> {
    let name = fold(column);
    let whole = WHOLE.iter().find(|(_, names)| names.contains(&name.as_str()));
    let ending = || ENDING.iter().find(|(_, ends)| ends.iter().any(|end| name.ends_with(end)));
    whole.or_else(ending).map(|(role, _)| *role)
}

fn fold(column: &str) -> String {
    column.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_three_writings_propose_the_same_role() {
        for (column, role) in [
            ("E-Mail", Role::Email),
            ("EmailAddress", Role::Email),
            ("yx", Role::Email),
            ("联系邮箱", Role::Email),
            ("phone_num", Role::Phone),
            ("SJHM", Role::Phone),
            ("联系电话", Role::Phone),
            ("date_of_birth", Role::BirthDate),
            ("csrq", Role::BirthDate),
            ("LastName", Role::Surname),
            ("身份证号码", Role::NationalId),
        ] {
            assert_eq!(proposed(column), Some(role), "{column}");
        }
        assert_eq!(proposed("Occupation"), None);
    }
}

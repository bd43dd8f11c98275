//! Names of columns about a person: what they are called, the numbers they are
//! known by, their birth and sex. One string a role, names parted by blanks,
//! folded as `words` folds them. How to reach people is left to `reach`.

use crate::identity::Role;

pub(super) const NAMES: &[(Role, &str)] = &[
    (
        Role::FullName,
        "fullname candidate candidatename completename displayname personname personalname contactname contactperson legalrep
        legalrepresentative legalperson cardholder accountholder holdername shareholder shareholdername
        firstlastname lastfirstname nombrecompleto nombreyapellidos kontaktname ansprechpartner vollername
        createdby updatedby modifiedby operator operatorname handler salesperson formername
        姓名 客户姓名 用户姓名 联系人 联系人姓名 股东 股东姓名 股东名称 法定代表人 法定代表人姓名 法人 法人代表 负责人 经办人
        户主 户主姓名 真实姓名 收件人 收货人 投资人 持卡人 代理人 监护人 业主 业主姓名 当事人 曾用名 创建人 操作员 操作人 录入人
        xm xingming lxr lxrxm khxm yhxm fddbr fddbrxm frdb frxm fr gdxm fzr jbr hzxm hz zsxm xsxm sjr shr cym jhr yzxm
        cjr czr lrr jbrxm",
    ),
    (
        Role::Surname,
        "surname lastname familyname maidenname lname lastnm secondname apellido apellidos primerapellido segundoapellido
        nachname familienname zuname nom cognome sobrenome 姓 姓氏 xing",
    ),
    (
        Role::GivenName,
        "givenname firstname forename fname firstnm prefname preferredname nickname nombre nombres primernombre
        vorname vornamen rufname prenom 名 名字 ming",
    ),
    (
        Role::MiddleName,
        "middlename midlname middle mname middleinitial midname midnm midlnm middlenm mi minit segundonombre zweitername",
    ),
    (
        Role::Title,
        "salutation courtesytitle honorific honorificprefix nameprefix nameprfx prefix tratamiento anrede 称谓 称呼
        cw chengwei",
    ),
    (Role::Suffix, "suffix credential credentials namesuffix namesufx namesfx honorificsuffix generationsuffix sufijo namenszusatz"),
    (
        Role::NationalId,
        "idcard idcardno idcardnum idcardnumber idno idnum idnumber nationalid nationalidno nationalidnumber ssn socsecid
        socsec socialsecurity socialsecuritynumber ssnumber nino nationalinsurance nationalinsurancenumber cpf aadhaar
        aadhar pan passport passportno passportnumber drivers driverslicense driverlicense licenseno dni nif nie curp
        personnummer personalausweis ausweisnummer steuerid sozialversicherungsnummer identitycard identityno
        identitynumber citizenid certno certnumber certificateno
        身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 公民身份证号码 居民身份证号 护照号 护照号码 社会保障号
        sfz sfzh sfzhm sfzhao sfzno gmsfhm gmsfzh zjhm zjh fddbrhm fddbrsfzh frsfzh shenfenzheng shenfenzhenghao",
    ),
    (
        Role::IdType,
        "idtype identitytype doctype documenttype certtype certificatetype idcardtype tipodocumento ausweisart
        证件类型 证件种类 身份证件类型 zjlx zjzl zjlb zjlxdm",
    ),
    (
        Role::BirthDate,
        "dob birthdate dateofbirth birthday birth birthdt borndate born birthyear yearofbirth fechanacimiento
        fechadenacimiento fecnac geburtsdatum geburtstag gebdatum datenaissance
        出生日期 出生年月 出生年月日 出生时间 生日 csrq csny csnyr csnf shengri chushengriqi",
    ),
    (Role::Age, "age ageyears customerage edad alter 年龄 年岁 nl nianling"),
    (Role::Sex, "sex gender sexo genero geschlecht sexe 性别 xb xbdm xbm xingbie"),
    (
        Role::Status,
        "race racedesc ethnic ethnicity party partycd partyaffiliation marital maritalstatus marriage education
        educationlevel degree occupation job jobrole profession specialty speciality rank nationality citizenship religion
        bloodtype language preferredlanguage estadocivil profesion familienstand beruf homeowner houseowner
        民族 政治面貌 婚姻 婚姻状况 学历 文化程度 学位 职业 职称 国籍 宗教信仰 血型 与户主关系
        mz mzm mzdm zzmm hyzk hyzkdm xl xldm whcd xw zc zy gj gjdm yhzgx",
    ),
];

/// Nouns for people: `customer name` is a person's name.
pub(super) const NOUNS: &str = "customer client contact subscriber patient employee staff member owner applicant holder
    father mother spouse parent guardian buyer seller agent manager director officer shareholder representative rep voter
    student teacher driver tenant landlord recipient consignee sender payee payer beneficiary insured doctor person
    user legal guest passenger donor investor resident prospect lead individual citizen legislator deputy witness candidate
    cliente kunden kunde mitarbeiter emergency";

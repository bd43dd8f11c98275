//! Names of columns of business: companies and their codes, numbers of orders
//! and accounts, money, states, times, remarks, and what guards a row.

use crate::identity::Role;

pub(super) const NAMES: &[(Role, &str)] = &[
    (Role::Key, "pk key rowid recid recordid seq seqno sequence serialid autoid objectid 序号 主键 行号 流水id zj guid uuid"),
    (Role::ForeignKey, "fk parentid ownerid accountid createdbyid lastmodifiedbyid masterrecordid deptid departmentid orgid
        branchid branchcode companyid regionid roleid groupid tenantid categoryid tableid
        部门编号 部门代码 机构代码 机构编号 bm bmdm bmbh jgdm jgbh ssjg ssjgdm bmid jgid dwdm dwbh ks ksdm"),
    (Role::Company, "company companyname firm employer employername organization organisation org corp corporation
        corporatename enterprise enterprisename supplier vendor merchant merchantname businessname tradename tradingname
        dba businessdba doingbusinessas legalname accountname workplace workunit empresa razonsocial firma firmenname
        arbeitgeber unternehmen societe
        单位 单位名称 企业名称 工作单位 公司 公司名称 商户名称 机构名称 所属单位 所在单位 供应商 供应商名称 服务处所 字号名称 工作单位名称
        企业 投资企业 被投资企业 dwmc qymc gzdw gsmc jgmc shmc gzdwmc szdw gongsi"),
    (Role::CompanyCode, "taxid taxno taxnumber taxpayerid uscc unifiedsocialcreditcode socialcreditcode creditcode orgcode
        organizationcode regno registrationnumber registrationno companynumber companyno crn ein vat vatid vatno vatnumber
        duns dunsnumber abn acn cnpj cif ustid ustidnr steuernummer handelsregisternummer siret siren gstin
        businesslicenseno lei
        统一社会信用代码 社会信用代码 信用代码 组织机构代码 注册号 工商注册号 纳税人识别号 税号 营业执照号 营业执照注册号
        tyshxydm shxydm xydm zzjgdm zch nsrsbh sh yyzzh yyzzzch gszch"),
    (Role::CreatedAt, "createdat created createtime createdate createdon createddate creationdate creationtime ctime
        createddt datecreated timecreated inserttime inserted insertedat updatedat updated updatetime updatedate
        lastmodifieddate lastmodified lastupdated lastupdate modifiedat modified modifydate modifieddate mtime
        systemmodstamp deletedat openedat opened opendate registeredat registered registrdt registrationdate regdate
        regtime registerdate registerdt signupdate signupat signupdt joined joinedat joindate since entrydate loadtime timestamp
        fechaalta fechacreacion erstelltam erstellt angelegtam anlagedatum
        创建时间 创建日期 开户时间 开户日期 入网时间 入网日期 登记日期 登记时间 注册日期 注册时间 录入时间 录入日期 更新时间 更新日期
        修改时间 修改日期 入库时间 删除时间 最后更新时间 采集时间
        cjsj cjrq lrsj lrrq zcrq zcsj khrq khsj rwsj rwrq gxsj gxrq xgsj xgrq djrq djsj rksj tjsj scsj"),
    (Role::Date, "date datetime expiry expirydate expirationdate expdate validfrom validto validuntil startdate enddate
        begindate effectivedate duedate orderdate paymentdate lastlogin lastlogindate lastvisit lastactivitydate
        lastcontacted hiredate deathdate closedate canceldate firstpurchase firstpurchasedate lastpurchasedate
        fecha datum eintrittsdatum
        日期 时间 有效期 有效期限 有效期至 成立日期 成立时间 审核日期 核准日期 到期日期 到期时间 变更日期 注销日期 签订日期 起始日期 终止日期 入职日期
        出资日期 认缴出资日期 实缴出资日期 入住日期 毕业时间 参加工作时间 营业期限 死亡日期
        rq clrq shrq bzrq yxq yxqz yxqx hzrq dqrq dqsj bgrq zxrq qsrq zzrq rzrq czrq jzrq ksrq jsrq kssj jssj ffrq qfrq"),
    (Role::Amount, "amount amt balance income yearlyincome salary wage price cost total subtotal revenue annualrevenue
        capital registeredcapital share shares sharepct shareratio ratio percent percentage quantity qty count score rating points
        credit creditlimit debt discount fee tax sum size weight height width length monthlyfee datausage usage spend
        totalspent numberofemployees employees numemployees children totalchildren numberchildrenathome numbercarsowned
        familysize householdsize visits importe saldo precio ingresos betrag kontostand umsatz gehalt
        金额 余额 注册资金 注册资本 收入 年收入 月收入 价格 单价 数量 积分 费用 出资额 认缴出资额 实缴出资额 持股比例 出资比例 股权比例 面积 人数
        欠费 月租 资产 工资 分数 成绩 总额 次数 实收资本 从业人数 员工人数 参保人数 家庭人口 建筑面积 持股数 持股数量
        je ye zczj zczb sl jf fy cze cgbl czbl mj rs gz fs zje nsr ysr sfje cbrs"),
    (Role::Card, "cardno cardnumber cardnum bankcard bankcardno bankcardnumber accountno accountnumber bankaccount
        bankaccountno bankacct acctno acctnumber iban creditcard creditcardnumber debitcard kontonummer cuenta
        numerocuenta ccnumber depositaccount 银行卡 银行卡号 卡号 银行账号 银行账户 账号 帐号 账户 收款账号 开户账号 存折号
        yhkh yhzh yhkhm khzh skzh yinhangka"),
    (Role::Code, "orderno ordernumber orderid memberno membernumber memberid membershipno caseno casenumber invoiceno
        invoicenumber contractno contractnumber policyno policynumber customerno customernumber customercode clientno clientcode
        clientnumber employeeno employeenumber employeecode studentno studentnumber studentid patientid patientno mrn voterregnum
        ticketno trackingno trackingnumber serialno serialnumber refno refnumber referenceno referencenumber transactionno
        transactionid requestid tradeno alternatekey prospectalternatekey externalid legacyid imei imsi iccid mac macaddress
        deviceid sn sku barcode plate plateno licenseplate vin vehicleno ncid badgeno voterid npi permit permitno permitnumber license licence licencenumber licenceno
        professionallicense bioguide bioguideid ncidnumber
        numerocliente numeropedido kundennummer kundennr kdnr bestellnummer rechnungsnummer mitgliedsnummer personalnummer vertragsnummer
        订单号 订单编号 会员号 会员编号 会员卡号 案号 案件编号 合同号 合同编号 客户编号 客户号 客户代码 学号 工号 员工编号 流水号 单号
        病历号 车牌号 车牌号码 发票号 保单号 档案号 设备号 户号 用户编号 证书编号 快递单号 运单号 交易流水号 不动产单元号 房产证号 股东编号
        ddh ddbh hyh hybh hykh ajbh ah hth htbh khbh khh khdm xhao xuehao gonghao gh ygbh lsh dah dabh bdh cph cphm fph hh yhbh
        djh blh sbh ydh kddh"),
    (Role::Status, "标识 标记 status type kind level flag grade category class tier stage source leadsource lifecyclestage segment
        reason color colour currency isdeleted isactive active enabled deleted department dept division team
        industry channel product plan package packagename tariff brand carrier role method mode ownership
        streettype streettypecd streetdir streetdirection streetsuffix streetsufx streetsufxcd subscription optout emailoptout donotcall donotcontact unsubscribed verified confirmed bounced occupationcode gendercode
        tipo categoria art typ kategorie abteilung
        状态 标识 标记 类型 等级 级别 类别 性质 是否 标志 删除标志 部门 科室 来源 渠道 套餐 套餐名称 品牌 运营商 币种 行业 行业代码 客户类型 客户等级
        用户状态 企业类型 公司类型 经营状态 登记状态 登记机关 所属行业 出资方式 股东类型 在网状态 专业 班级 年级 原因 关系 机构 标签 支付方式
        zt lx lb dj jb khlx khdj khlb yhzt yhlx qylx jyzt djjg hylb hydm sshy scbz zfbz jyxz xz ly qd tc tcmc pp yys hy gx
        zyxz bmmc czfs gdlx lxdm lbdm ztdm bj nj"),
    (Role::Text, "remark remarks note notes desc description comment comments memo detail details content message body text
        bio summary observaciones notas comentarios descripcion bemerkung bemerkungen notiz notizen beschreibung feedback
        备注 说明 描述 经营范围 内容 摘要 附言 简介 个人简历 简历 评论 意见 留言 bzxx beizhu sm ms jyfw nr zybz bzsm jj"),
    (Role::Secret, "password passwd pwd passwordhash passhash pwdhash salt secret secretkey token accesstoken refreshtoken
        authtoken apikey sessionid sessiontoken pin otp passphrase privatekey contrasena passwort kennwort
        密码 口令 登录密码 支付密码 mima dlmm"),
    (Role::Checksum, "checksum rowhash rowmd5 rowsha rowsha256 rowchecksum rowsignature recordhash datahash hmac signature sign
        digest crc crc32 rowcrc etag rowdigest integrity pruefsumme 校验 校验码 校验和 校验值 签名 数字签名 行校验 摘要值
        jym jyw jyz"),
    (Role::Other, "ip ipaddress ipaddr loginip lastip registerip useragent browser os device timezone locale version ext extension
        username login loginname account nick screenname lastloginip 用户名 登录名 ip地址 登录ip 昵称 nc yhm dlm"),
];

/// Nouns for what is neither a person nor a company: `course name` is a kind's name.
pub(super) const THINGS: &str =
    "course subject class product item article project program programme event category plan
    group team type department dept file table column app service device model brand";

/// Nouns for companies: `supplier name` is a company's name.
pub(super) const NOUNS: &str =
    "company firm employer corp corporation organization organisation org enterprise supplier
    vendor merchant business account shop store hospital school university college bank agency entity branch empresa firma";

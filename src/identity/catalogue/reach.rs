//! Names of columns by which somebody is reached: phones of every line, mail,
//! web, messengers. Where somebody lives is left to `places`.

use crate::identity::Role;

pub(super) const NAMES: &[(Role, &str)] = &[
    (
        Role::Phone,
        "phone mobile cell cellphone tel telephone msisdn phonenumber phonenum phoneno mobilenumber mobileno mobilenum
        mobilephone telno telnumber telephonenumber telephoneno fax faxno faxnumber workphone homephone officephone
        daytimephone eveningphone phonehome phonework phoneoffice phonemobile landline contactphone contactnumber contactno
        callerid handy handynummer telefon telefonnummer telefono telefonos movil celular telefonomovil mobil rufnummer
        telefax festnetz portable subscribernumber
        手机 手机号 手机号码 移动电话 电话 电话号码 联系电话 传真 传真号码 固定电话 座机 办公电话 家庭电话 宅电 联系方式 联系号码
        联系手机 用户号码 业务号码 服务号码
        sjh sjhm yddh lxdh dhhm shouji shoujihao shoujihaoma dianhua lxdianhua gddh czhm czdh bgdh jtdh lxfs lxsj lxhm
        yhhm phonenbr",
    ),
    (
        Role::Email,
        "email mail emailaddress mailaddress emailaddr emailid mailbox correo correoelectronico emailadresse courriel
        邮箱 电子邮件 电子邮箱 电邮 邮箱地址 邮件地址 电子邮件地址 dzyx yxdz dzyj youxiang",
    ),
    (
        Role::Url,
        "url website web homepage link profileurl profilelink site webpage weburl websiteurl webaddress paginaweb webseite
        网址 主页 个人主页 公司网址 网站 wz gswz wangzhi photourl avatarurl imageurl pictureurl contactform",
    ),
    (
        Role::OtherContact,
        "qq qqnumber qqno qqnum wechat wechatid wechatno weixin wx wxh wxid openid unionid weibo linkedin linkedinurl
        facebook facebookpage facebookurl twitter twitterhandle twitterusername twitterurl instagram instagramusername telegram whatsapp skype skypeid signal line kakao viber tiktok youtube
        twitterid facebookid youtubeid instagramid alipay alipayaccount pager imhandle discord
        微信 微信号 qq号 qq号码 微博 支付宝 支付宝账号 抖音号 小红书号 微信openid",
    ),
];

/// Words for a line that is no mobile one.
pub(super) const LANDLINE: &str =
    "landline home office work tel telephone festnetz 固定电话 座机 办公电话 家庭电话 宅电 gddh bgdh jtdh";

/// Words for a line that faxes.
pub(super) const FAX: &str = "fax telefax 传真 cz czhm czdh";

/// Words for a mobile line.
pub(super) const MOBILE: &str =
    "mobile cell cellphone msisdn handy movil celular mobil 手机 移动电话 sj sjh sjhm yddh shouji shoujihao lxsj";

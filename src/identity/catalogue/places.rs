//! Names of columns that say where: address lines, house numbers, regions,
//! postcodes, places on the map.

use crate::identity::Role;

pub(super) const NAMES: &[(Role, &str)] = &[
    (
        Role::Address,
        "address addr addressline addressone addresstwo street streetunit unitnum streetaddress homeaddress mailaddr mailaddressline
        mailingaddress mailingstreet otherstreet billingstreet shippingstreet billingaddress shippingaddress
        residentialaddress residence residenceaddress postaladdress addr1 fulladdress fulladdr registeredaddress
        officeaddress businessaddress direccion domicilio calle anschrift adresse strasse wohnadresse indirizzo endereco
        suite apt apartment unit building floor room bldg
        地址 住址 住所 通讯地址 通信地址 联系地址 注册地址 家庭住址 家庭地址 居住地址 现住址 户籍地址 经营地址 经营场所 单位地址
        收货地址 详细地址 邮寄地址 装机地址 房屋坐落 坐落 楼栋 单元 房号 室号 常住地址 住所地
        dz zz jtzz jtdz txdz zcdz jydz hjdz xzz lxdz dwdz shdz xxdz jzdz dizhi zhuzhi zhusuo czdz zs gzdz",
    ),
    (
        Role::HouseNumber,
        "streetnumber housenumber housenum houseno housenbr streetno streetnum streetnbr buildingnumber hausnummer hausnr
        numeroexterior numeroportal 门牌号 门牌号码 mph mphm",
    ),
    (
        Role::Region,
        "region province city town county country district suburb state stateprovince stateprovincecode statecode
        statecd provincecode citycode countycode countrycode regioncode areacode village township municipality neighborhood neighbourhood borough parish constituency
        locality precinct ward congressionaldistrict birthplace placeofbirth birthstate birthcountry nativeplace hometown
        community mailingcity mailingstate mailingcountry territory ciudad poblacion municipio provincia estado pais
        localidad commune departement comune cidade gemeinde comuna kommune ort stadt wohnort bundesland land ortsteil ville stateabbr
        省 省份 市 城市 区 县 区县 县区 街道 街道名称 乡镇 镇 村 社区 小区 行政区划 行政区划代码 区划代码 所在地 所属地区 地区
        籍贯 户籍地 户籍所在地 出生地 省市 归属地 所在城市 省市区 号码归属地 选举单位 代表团
        qx xzqh xzqhdm xzqhbm qhdm ssqx sheng shi xian sqdm jddm jdmc hjd hjszd csd ssdq szd cs qxdm sfdm csdm xzdm sq xzjd
        cwh szcs szsf gsd jiguan",
    ),
    (
        Role::Postcode,
        "zip zipcode zippostal postcode postalcode postal zip4 postcd mailingpostalcode codigopostal cp plz postleitzahl
        codepostal cap pincode 邮编 邮政编码 yb yzbm youbian jyyzbm",
    ),
    (
        Role::Geo,
        "lat lng lon long latitude longitude geo geolocation latlng latlon coordinates coords gpslat gpslng gpslon geom
        breitengrad laengengrad latitud longitud 经度 纬度 经纬度 坐标 jingdu weidu jwd gpsx gpsy",
    ),
];

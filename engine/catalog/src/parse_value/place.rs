//! Administrative divisions and places on earth.

use formwork_model::{
    text,
    value::{Geo, Value},
};
use rust_decimal::Decimal;

use super::{BadValue, number, shown};

/// The first two digits of every GB/T 2260 code, as ranges.
const PROVINCES: &[(u8, u8)] = &[(11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82)];

/// A GB/T 2260 code of a province (2 digits), a city (4) or a district (6).
pub(super) fn region(text: &str) -> Result<Value, BadValue> {
    let digits = matches!(text.len(), 2 | 4 | 6) && text.bytes().all(|b| b.is_ascii_digit());
    let province = text.get(..2).filter(|_| digits).and_then(|code| code.parse::<u8>().ok());
    match province {
        Some(code) if PROVINCES.iter().any(|(low, high)| (*low..=*high).contains(&code)) => Ok(Value::text(text)),
        _ => {
            let found = shown(text);
            Err(BadValue::malformed(text!(
                "`{found}` is no GB/T 2260 code of 2, 4 or 6 digits",
                "`{found}` 不是 2、4 或 6 位的行政区划代码（GB/T 2260）"
            )))
        }
    }
}

/// `31.2, 121.5`: latitude, longitude.
pub(super) fn geo(text: &str) -> Result<Value, BadValue> {
    let mut parts = text.split([',', '，']).map(str::trim);
    let (Some(lat), Some(lon), None) = (parts.next(), parts.next(), parts.next()) else {
        let found = shown(text);
        return Err(BadValue::malformed(text!(
            "`{found}` is no place; write `31.2304, 121.4737` (latitude, longitude)",
            "`{found}` 不是坐标，请写成 `31.2304, 121.4737`（纬度, 经度）"
        )));
    };
    point(degrees(lat)?, degrees(lon)?)
}

fn degrees(text: &str) -> Result<Decimal, BadValue> {
    number::decimal(text, None)
}

/// A place within the bounds, to seven digits.
pub(super) fn point(lat: Decimal, lon: Decimal) -> Result<Value, BadValue> {
    if lat.abs() > Decimal::from(90) || lon.abs() > Decimal::from(180) {
        return Err(BadValue::out_of_range(text!(
            "`{lat}, {lon}` is not on earth: latitude is −90 to 90, longitude −180 to 180",
            "`{lat}, {lon}` 超出范围：纬度 −90 至 90，经度 −180 至 180"
        )));
    }
    Ok(Value::Geo(Geo { lat: lat.round_dp(7).normalize(), lon: lon.round_dp(7).normalize() }))
}

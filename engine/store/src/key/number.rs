//! Numbers in keys: sign, exponent, decimal digits two to a byte. Negative numbers are the complement.

use rust_decimal::Decimal;

const NEGATIVE: u8 = 0x30;
const ZERO: u8 = 0x31;
const POSITIVE: u8 = 0x32;

/// Added to the exponent so that it is a positive byte. Exponents run from -27 to 29.
const BIAS: i32 = 64;

/// Whether `tag` begins a number.
pub(super) fn is_number(tag: u8) -> bool {
    (NEGATIVE..=POSITIVE).contains(&tag)
}

/// Appends `number` as `0.d₁d₂… × 10ᵉ`: tag, exponent, digit pairs plus one, 0.
pub(super) fn put(out: &mut Vec<u8>, number: Decimal) {
    let mut mantissa = number.mantissa().unsigned_abs();
    if mantissa == 0 {
        return out.push(ZERO);
    }
    let mut digits = [0u8; 40];
    let mut count = 0usize;
    while mantissa > 0 && count < digits.len() {
        digits[count] = (mantissa % 10) as u8;
        mantissa /= 10;
        count += 1;
    }
    let exponent = count as i32 - number.scale() as i32;
    // `digits` has the least significant digit first; zeros at that end carry no information.
    let zeros = digits[..count].iter().take_while(|digit| **digit == 0).count();
    let flip = if number.is_sign_negative() { 0xFF } else { 0 };
    out.push(if flip == 0 { POSITIVE } else { NEGATIVE });
    out.push((exponent + BIAS) as u8 ^ flip);
    let mut left = &digits[zeros..count];
    while let Some((high, rest)) = left.split_last() {
        let (low, rest) = rest.split_last().map_or((0, rest), |(low, rest)| (*low, rest));
        out.push((high * 10 + low + 1) ^ flip);
        left = rest;
    }
    out.push(flip);
}

/// Reads what [`put`] wrote, from after the tag; the number and how many bytes it took.
pub(super) fn take(tag: u8, bytes: &[u8]) -> Option<(Decimal, usize)> {
    let flip = match tag {
        ZERO => return Some((Decimal::ZERO, 0)),
        POSITIVE => 0,
        NEGATIVE => 0xFF,
        _ => return None,
    };
    let exponent = i32::from(*bytes.first()? ^ flip) - BIAS;
    let mut mantissa: i128 = 0;
    let mut digits = 0i32;
    let mut used = 1;
    loop {
        let byte = *bytes.get(used)? ^ flip;
        used += 1;
        if byte == 0 {
            break;
        }
        if byte > 100 || digits > 30 {
            return None;
        }
        mantissa = mantissa * 100 + i128::from(byte - 1);
        digits += 2;
    }
    let mut scale = digits - exponent;
    // The last pair may have brought a zero along, for which a decimal has no room.
    if mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    // Zeros before the point.
    if scale < 0 {
        mantissa = mantissa.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?;
        scale = 0;
    }
    if flip != 0 {
        mantissa = -mantissa;
    }
    let number = Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()?;
    Some((number.normalize(), used))
}

//! Amounts in words: 大写金额, as the rules for filling in bills of the People's Bank of China (正确填写票据和结算凭证的
//! 基本规定) want them, and English words.

use formwork_model::text::Language;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

/// An amount in words, to the second digit. In Chinese `壹佰零伍元叁角整`; in English
/// `One hundred and five and 30/100`, `One hundred and five only`. Empty above 10¹⁶, for which no words are in use.
pub fn in_words(amount: Decimal, language: Language) -> String {
    let cents = (amount.abs() * Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    let Some(cents) = cents.to_u64().filter(|cents| *cents < 1_000_000_000_000_000_000) else { return String::new() };
    let (whole, rest) = (cents / 100, cents % 100);
    let negative = amount.is_sign_negative() && cents > 0;
    match language {
        Language::Zh => chinese(whole, rest, negative),
        Language::En => english(whole, rest, negative),
    }
}

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];

fn digit(n: u64) -> &'static str {
    usize::try_from(n).ok().and_then(|n| DIGITS.get(n)).copied().unwrap_or_default()
}

fn chinese(whole: u64, rest: u64, negative: bool) -> String {
    let (jiao, fen) = (rest / 10, rest % 10);
    let mut out = String::from(if negative { "负" } else { "" });
    if whole > 0 {
        out.push_str(&chinese_whole(whole));
        out.push('元');
    }
    if rest == 0 {
        out.push_str(if whole == 0 { "零元整" } else { "整" });
        return out;
    }
    // A gap before what follows is read: after a yuan that ends in 0, and where there is no jiao.
    if whole > 0 && (jiao == 0 || whole.is_multiple_of(10)) {
        out.push('零');
    }
    if jiao > 0 {
        out.push_str(digit(jiao));
        out.push('角');
    }
    if fen > 0 {
        out.push_str(digit(fen));
        out.push('分');
    } else {
        out.push('整');
    }
    out
}

/// By sections of four digits; a gap of one or more zeros is read once, a section of zeros not at all.
fn chinese_whole(whole: u64) -> String {
    const SECTIONS: [&str; 4] = ["", "万", "亿", "万亿"];
    const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
    let mut out = String::new();
    let (mut gap, mut above) = (false, 0);
    for (power, name) in SECTIONS.iter().enumerate().rev() {
        let section = whole / 10_000_u64.pow(power as u32) % 10_000;
        // Zeros at the end of the section before are read only when this one begins with a zero too.
        gap &= above == 0;
        above = section;
        for (place, word) in PLACES.iter().enumerate().rev() {
            let n = section / 10_u64.pow(place as u32) % 10;
            if n == 0 {
                gap = !out.is_empty();
                continue;
            }
            if gap {
                out.push('零');
            }
            gap = false;
            out.push_str(digit(n));
            out.push_str(word);
        }
        if section > 0 {
            // 万亿 is said once when 亿 follows: 壹万贰仟亿.
            let follows = power == 3 && !(whole / 100_000_000).is_multiple_of(10_000);
            out.push_str(if follows { "万" } else { name });
        }
    }
    out
}

fn english(whole: u64, rest: u64, negative: bool) -> String {
    let mut out = if negative { "minus ".to_owned() } else { String::new() };
    out.push_str(&english_whole(whole));
    out.push_str(&if rest == 0 { " only".to_owned() } else { format!(" and {rest:02}/100") });
    let mut letters = out.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn english_whole(whole: u64) -> String {
    const POWERS: [(u64, &str); 5] = [
        (1_000_000_000_000_000, " quadrillion"),
        (1_000_000_000_000, " trillion"),
        (1_000_000_000, " billion"),
        (1_000_000, " million"),
        (1_000, " thousand"),
    ];
    if whole == 0 {
        return "zero".to_owned();
    }
    let mut parts = Vec::new();
    for (power, name) in POWERS {
        let section = whole / power % 1000;
        if section > 0 {
            parts.push(format!("{}{name}", english_section(section)));
        }
    }
    let last = whole % 1000;
    if last > 0 {
        let small = last < 100 && whole > 1000;
        parts.push(format!("{}{}", if small { "and " } else { "" }, english_section(last)));
    }
    parts.join(" ")
}

/// One to 999.
fn english_section(n: u64) -> String {
    const ONES: [&str; 20] = [
        "",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let word = |words: &[&'static str], n: u64| usize::try_from(n).ok().and_then(|n| words.get(n)).copied();
    let below = |n: u64| match n {
        0..20 => word(&ONES, n).unwrap_or_default().to_owned(),
        _ if n.is_multiple_of(10) => word(&TENS, n / 10).unwrap_or_default().to_owned(),
        _ => {
            format!("{}-{}", word(&TENS, n / 10).unwrap_or_default(), word(&ONES, n % 10).unwrap_or_default())
        }
    };
    let (hundreds, rest) = (n / 100, n % 100);
    match (hundreds, rest) {
        (0, _) => below(rest),
        (_, 0) => format!("{} hundred", below(hundreds)),
        _ => format!("{} hundred and {}", below(hundreds), below(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zh(amount: &str) -> String {
        in_words(amount.parse().unwrap(), Language::Zh)
    }

    fn en(amount: &str) -> String {
        in_words(amount.parse().unwrap(), Language::En)
    }

    #[test]
    fn amounts_are_written_in_capital_characters() {
        // The examples of the bank's rules, and the places where zeros are easily got wrong.
        for (amount, words) in [
            ("1409.50", "壹仟肆佰零玖元伍角整"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
            ("107000.53", "壹拾万柒仟元零伍角叁分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "叁佰贰拾伍元零肆分"),
            ("1766400", "壹佰柒拾陆万陆仟肆佰元整"),
            ("100000001", "壹亿零壹元整"),
            ("1000001000", "壹拾亿零壹仟元整"),
            ("10050000", "壹仟零伍万元整"),
            ("1000100", "壹佰万零壹佰元整"),
            ("1200000000000", "壹万贰仟亿元整"),
            ("1000000000000", "壹万亿元整"),
            ("10", "壹拾元整"),
            ("0.5", "伍角整"),
            ("0.05", "伍分"),
            ("0", "零元整"),
            ("-12.3", "负壹拾贰元叁角整"),
            ("0.004", "零元整"),
            ("863.195", "捌佰陆拾叁元贰角整"),
        ] {
            assert_eq!(zh(amount), words, "{amount}");
        }
    }

    #[test]
    fn amounts_are_written_in_english_words() {
        for (amount, words) in [
            ("1766400", "One million seven hundred and sixty-six thousand four hundred only"),
            ("863.20", "Eight hundred and sixty-three and 20/100"),
            ("1005", "One thousand and five only"),
            ("20", "Twenty only"),
            ("0", "Zero only"),
            ("-3.5", "Minus three and 50/100"),
        ] {
            assert_eq!(en(amount), words, "{amount}");
        }
    }

    #[test]
    fn what_nobody_can_say_is_not_said() {
        assert_eq!(zh("100000000000000000"), "");
    }
}

//! Charts of numbers as they come: many, few, none, below zero; in both languages.

use formwork_model::field_type::Currency;

use super::*;

const KINDS: [Kind; 8] =
    [Kind::Bar, Kind::StackedBar, Kind::Line, Kind::Pie, Kind::Funnel, Kind::Pareto, Kind::Heat, Kind::Radar];

fn chart(kind: Kind, headings: &[&str], series: &[(&str, &[&str])]) -> Chart {
    let series = series.iter().map(|(label, values)| Series {
        label: (*label).to_owned(),
        values: values.iter().map(|value| value.parse().ok()).collect(),
        unit: Unit::Money(Currency::CNY),
    });
    Chart {
        kind,
        title: "Amount by region".to_owned(),
        headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
        series: series.collect(),
        in_time: false,
        measures: Vec::new(),
        language: Language::Zh,
    }
}

/// The three drawings of a chart: small, medium, large.
fn drawings(chart: &Chart) -> Vec<String> {
    let drawn = draw(chart, "x").unwrap();
    drawn.split_inclusive("</svg>").map(str::to_owned).collect()
}

/// The texts of a drawing, each with its place, anchor and what it says.
fn texts(drawing: &str) -> Vec<(f64, f64, String, String)> {
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let tags = drawing.split("<text").skip(1).map(|rest| rest.split_once('>').unwrap());
    let text = |(tag, rest): (&str, &str)| {
        let said = rest.split('<').next().unwrap().to_owned();
        let place = |name| attribute(tag, name).parse().unwrap();
        (place("x"), place("y"), attribute(tag, "text-anchor"), said)
    };
    tags.map(text).collect()
}

/// From where to where a text reaches.
fn reach((x, _, anchor, said): &(f64, f64, String, String), size: f64) -> (f64, f64) {
    let wide = crate::svg::width(said, size);
    match anchor.as_str() {
        "start" => (*x, x + wide),
        "end" => (x - wide, *x),
        _ => (x - wide / 2.0, x + wide / 2.0),
    }
}

/// No two texts lie on each other, and none leaves the drawing.
fn is_readable(drawing: &str, what: &str) {
    let texts = texts(drawing);
    let wide: f64 = drawing.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    for (at, one) in texts.iter().enumerate() {
        let (from, to) = reach(one, 10.5);
        assert!(from >= -1.0 && to <= wide + 1.0, "{what}: `{}` leaves the drawing: {from} to {to} of {wide}", one.3);
        for other in texts.iter().skip(at + 1).filter(|other| (other.1 - one.1).abs() < 9.0) {
            let (start, end) = reach(other, 10.5);
            assert!(to <= start + 0.5 || end <= from + 0.5, "{what}: `{}` lies on `{}`", one.3, other.3);
        }
    }
}

#[test]
fn every_chart_has_a_name_says_what_it_shows_and_has_no_style_of_its_own() {
    for kind in KINDS {
        let chart = chart(kind, &["华东大区", "华南大区", "西南大区"], &[("金额", &["120", "80", "40"])]);
        for drawing in drawings(&chart) {
            assert!(drawing.contains("role=\"img\"") && drawing.contains("Amount by region</title>"), "{kind:?}");
            assert!(drawing.contains("最高 华东大区 ¥120.00"), "{kind:?}: {drawing}");
            for inline in ["style=", "<script", "<style", "http"] {
                assert!(!drawing.contains(inline), "{kind:?} has {inline}");
            }
        }
    }
}

#[test]
fn names_do_not_lie_on_each_other_at_any_width_however_many_there_are() {
    let names: Vec<String> = (1..=40).map(|n| format!("华东大区第{n}销售事业部")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values: Vec<String> = (1..=40).map(|n| (n * 4321).to_string()).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    for kind in KINDS {
        for in_time in [false, true] {
            for count in [1, 2, 5, 12, 40] {
                let several: &[(&str, &[&str])] =
                    &[("签约金额", &values[..count]), ("回款金额", &values[..count]), ("Cost", &values[..count])];
                for series in [&several[..1], several] {
                    let mut chart = chart(kind, &names[..count], series);
                    chart.in_time = in_time;
                    // A radar of 40 ways is for nobody; its names meet.
                    if kind == Kind::Radar && count > 12 {
                        continue;
                    }
                    for drawing in drawings(&chart) {
                        is_readable(
                            &drawing,
                            &format!("{kind:?} of {count}, in time {in_time}, {} series", series.len()),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_bar_that_hangs_to_the_end_does_not_meet_its_name() {
    for names in
        [&["华东", "华南", "西南"][..], &["华东大区第一销售事业部", "华南大区第一销售事业部", "西南大区第一销售事业部"]]
    {
        for drawing in drawings(&chart(Kind::Bar, names, &[("差额", &["150000", "-100000", "-45700"])])) {
            is_readable(&drawing, "hanging");
        }
    }
}

#[test]
fn without_a_number_nothing_is_drawn_and_one_number_is_enough() {
    for kind in KINDS {
        assert_eq!(draw(&chart(kind, &[], &[]), "x"), None, "{kind:?}");
        assert_eq!(draw(&chart(kind, &["A"], &[("n", &["-"])]), "x"), None, "{kind:?}: a gap is no number");
        assert!(draw(&chart(kind, &["A"], &[("n", &["7"])]), "x").is_some(), "{kind:?}");
    }
    assert_eq!(draw(&chart(Kind::Pie, &["A"], &[("n", &["0"])]), "x"), None, "no parts of nothing");
}

#[test]
fn what_is_below_zero_hangs_below_and_is_no_part_of_a_whole() {
    let negative = |kind| chart(kind, &["A", "B", "C"], &[("n", &["50", "-30", "20"])]);
    let bars = &drawings(&negative(Kind::Bar))[2];
    assert!(bars.contains("class=\"zero\"") && bars.contains("-¥30.00"));
    assert!(texts(bars).iter().any(|text| text.3 == "-40"), "the axis goes below zero");
    let pie = &drawings(&negative(Kind::Pie))[0];
    assert!(pie.contains("未计入 1 项负数") && pie.contains("71.4%"), "{pie}");
    assert!(drawings(&negative(Kind::Heat))[0].contains("class=\"n3\""));
    // Sums above and below zero do not cancel each other out.
    let stacked = chart(Kind::StackedBar, &["A"], &[("n", &["50"]), ("m", &["-30"])]);
    let places = texts(&drawings(&stacked)[2]).into_iter().map(|text| text.3).collect::<Vec<_>>();
    assert!(places.contains(&"60".to_owned()) && places.contains(&"-40".to_owned()), "{places:?}");
}

#[test]
fn what_is_too_much_is_folded_or_said_to_be_in_the_table() {
    let names: Vec<String> = (1..=70).map(|n| format!("P{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = vec!["10"; 70];
    let bars = draw(&chart(Kind::Bar, &names, &[("n", &values)]), "x").unwrap();
    assert!(bars.contains("另有 10 项见表格"));
    let pie = draw(&chart(Kind::Pie, &names, &[("n", &values)]), "x").unwrap();
    assert!(pie.contains("其余 62 项") && pie.contains("88.6%"), "eight parts of 70, and the rest");
    let pareto = draw(&chart(Kind::Pareto, &names, &[("n", &values)]), "x").unwrap();
    assert!(pareto.contains("其余 31 项") && pareto.contains("100%"));
}

#[test]
fn a_pareto_begins_with_the_largest_and_a_funnel_says_what_is_left() {
    let pareto = chart(Kind::Pareto, &["A", "B", "C"], &[("n", &["10", "70", "20"])]);
    let drawing = &drawings(&pareto)[2];
    let at = |text: &str| drawing.find(text).unwrap();
    assert!(at("B · n: ¥70.00") < at("C · n: ¥20.00") && at("C · n: ¥20.00") < at("A · n: ¥10.00"));
    assert!(drawing.contains("B · 累计占比: 70%") && drawing.contains("C · 累计占比: 90%"));
    let funnel = chart(Kind::Funnel, &["线索", "商机", "成交"], &[("n", &["200", "50", "10"])]);
    let drawing = &drawings(&funnel)[0];
    assert!(drawing.contains("↓ 25%") && drawing.contains("↓ 20%") && drawing.contains("上一阶段的 25%"));
}

#[test]
fn a_gap_breaks_a_line_and_time_goes_from_left_to_right() {
    let mut line = chart(Kind::Line, &["1", "2", "3", "4"], &[("n", &["5", "-", "7", "8"])]);
    line.in_time = true;
    let drawing = &drawings(&line)[2];
    let path = drawing.split("class=\"stroke c0 d0\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
    assert_eq!(drawing.matches("class=\"point c0\"").count(), 3);
}

#[test]
fn seconds_are_drawn_in_the_unit_that_suits_them() {
    let mut bars = chart(Kind::Bar, &["A", "B"], &[("Time", &["9000", "18000"])]);
    bars.series[0].unit = Unit::Duration;
    let drawn = draw(&bars, "x").unwrap();
    assert!(drawn.contains("Time (小时)") && drawn.contains("A · Time: 2.5 小时"), "{drawn}");
}

#[test]
fn a_radar_of_measures_has_a_scale_for_each() {
    let mut radar =
        chart(Kind::Radar, &["Won", "Cost", "Rate"], &[("Lin", &["12", "40000", "30"]), ("Wu", &["6", "20000", "60"])]);
    radar.measures = vec![Unit::Number, Unit::Money(Currency::CNY), Unit::Percent];
    let drawing = &drawings(&radar)[2];
    assert!(drawing.contains("¥40,000.00") && drawing.contains("60%"), "{drawing}");
    assert!(drawing.contains("Won · Lin: 12<") && drawing.contains("Rate · Wu: 60%<"));
    // Two headings have no area.
    let bars = draw(&chart(Kind::Radar, &["A", "B"], &[("n", &["1", "2"])]), "x").unwrap();
    assert!(bars.contains("柱状图"));
}

#[test]
fn the_largest_headings_stand_first_and_the_others_are_counted() {
    let all =
        chart(Kind::StackedBar, &["a", "b", "c", "d"], &[("x", &["1", "-9", "", "4"]), ("y", &["1", "1", "3", ""])]);
    let (few, left) = all.clone().largest(2);
    assert_eq!((few.headings, left), (vec!["b".to_owned(), "d".to_owned()], 2));
    assert_eq!(few.series[0].values, [Some(Decimal::from(-9)), Some(Decimal::from(4))]);
    assert_eq!(few.series[1].values, [Some(Decimal::ONE), None]);
    assert_eq!(all.clone().largest(4), (all.clone(), 0));
    let in_time = Chart { in_time: true, ..all.clone() };
    let stages = Chart { kind: Kind::Funnel, ..all };
    for whole in [in_time, stages] {
        assert_eq!(whole.clone().largest(2), (whole, 0));
    }
}

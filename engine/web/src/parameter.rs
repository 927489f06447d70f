//! The parameters behind the `?`: each is asked for once, and what nobody asked for is an error.

use axum::{
    extract::Query,
    http::{StatusCode, Uri},
};
use formwork_model::{code, nearest::nearest, text, text::Text};

use crate::error::Problem;

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Parameters {
    given: Vec<(String, String)>,
    /// What the handler knows, for "did you mean".
    known: Vec<&'static str>,
}

/// A parameter with a value that does not fit.
pub(crate) fn bad_parameter(name: &str, message: Text) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message).field(name)
}

impl Parameters {
    /// Reads them; each may be given once.
    pub(crate) fn read(uri: &Uri) -> Result<Self, Problem> {
        let bad = || {
            let message = text!("the address is not percent-encoded UTF-8", "地址不是百分号编码的 UTF-8");
            Problem::new(StatusCode::BAD_REQUEST, code!("bad-request"), message)
        };
        if uri.query().is_none() {
            return Ok(Self { given: Vec::new(), known: Vec::new() });
        }
        let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| bad())?;
        // Decoding puts this character where the bytes were no UTF-8.
        if given.iter().any(|(name, value)| name.contains('\u{FFFD}') || value.contains('\u{FFFD}')) {
            return Err(bad());
        }
        let twice =
            given.iter().enumerate().find(|(i, (name, _))| given.iter().take(*i).any(|(other, _)| other == name));
        if let Some((_, (name, _))) = twice {
            return Err(bad_parameter(name, text!("`{name}` is given twice", "`{name}` 重复给出")));
        }
        Ok(Self { given, known: Vec::new() })
    }

    /// The value of a parameter; an empty one counts as not given.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let place = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.swap_remove(place).1).filter(|value| !value.is_empty())
    }

    /// A number of things, from 1 to `most`.
    pub(crate) fn take_limit(&mut self, name: &'static str, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(value) = self.take(name) else { return Ok(default) };
        value.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
            bad_parameter(name, text!("`{name}` is a number from 1 to {most}", "`{name}` 应为 1 到 {most} 之间的整数"))
        })
    }

    /// A flag: `1` or `true`.
    pub(crate) fn take_flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        match self.take(name).as_deref() {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(bad_parameter(name, text!("`{name}` is 1 or 0", "`{name}` 应为 1 或 0"))),
        }
    }

    /// All that was not asked for by name.
    pub(crate) fn rest(self) -> Vec<(String, String)> {
        self.given
    }

    /// Refuses what nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        let Some((name, _)) = self.given.first() else { return Ok(()) };
        let shown: String = name.chars().take(64).collect();
        let message = match nearest(&shown, self.known.iter().copied()) {
            Some(near) => {
                text!(
                    "there is no parameter `{shown}`; did you mean `{near}`?",
                    "没有参数 `{shown}`；是不是 `{near}`？"
                )
            }
            None => text!("there is no parameter `{shown}`", "没有参数 `{shown}`"),
        };
        Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("unknown-parameter"), message).field(&shown))
    }
}

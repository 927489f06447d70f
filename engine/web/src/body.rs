//! Reading a body, bounded in bytes and time, and what JSON it holds.

use std::{pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::StatusCode,
};
use formwork_model::{code, nearest::nearest, text, text::Text};
use formwork_runtime::{command::Input, rejection::Problem as Found};
use serde_json::{Map, Value as Json};

use crate::error::Problem;

/// Reads the whole body.
pub(crate) async fn read(body: Body, most: usize, timeout: Duration) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > most as u64 {
        return Err(too_large(most));
    }
    match tokio::time::timeout(timeout, collect(body, most)).await {
        Ok(read) => read,
        Err(_) => {
            let message = text!("the body did not arrive in time", "请求体未在规定时间内到达");
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, code!("timed-out"), message))
        }
    }
}

async fn collect(mut body: Body, most: usize) -> Result<Bytes, Problem> {
    let mut first = Bytes::new();
    let mut all: Vec<u8> = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let broken = |_| {
            let message = text!("the body ended early or was not readable", "请求体中断或无法读取");
            Problem::new(StatusCode::BAD_REQUEST, code!("bad-request"), message)
        };
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if first.len() + all.len() + data.len() > most {
            return Err(too_large(most));
        }
        // Small bodies come in one piece, which need not be copied.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

fn too_large(most: usize) -> Problem {
    let message = text!("the body is larger than {most} bytes", "请求体超过 {most} 字节");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, code!("body-too-large"), message)
}

fn bad_json(message: Text) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code!("bad-json"), message)
}

/// The members of a JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Input, Problem> {
    match json(bytes)? {
        Json::Object(members) => Ok(members),
        _ => Err(bad_json(text!("the body is no JSON object", "请求体不是 JSON 对象"))),
    }
}

/// The JSON value, with line and column where it is none.
pub(crate) fn json(bytes: &[u8]) -> Result<Json, Problem> {
    let json = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        bad_json(text!("the JSON is not UTF-8 at byte {at}", "JSON 在第 {at} 字节处不是 UTF-8"))
    })?;
    serde_json::from_str(json).map_err(|error| {
        let (what, line, column) = (error.to_string(), error.line(), error.column());
        let what = what.split(" at line ").next().unwrap_or_default();
        bad_json(text!(
            "line {line}, column {column} is no JSON: {what}",
            "第 {line} 行第 {column} 列不是有效的 JSON：{what}"
        ))
    })
}

/// The members of a body that has a fixed shape. Every problem is reported.
#[derive(Debug)]
pub(crate) struct Members {
    members: Input,
    known: Vec<&'static str>,
    found: Vec<Found>,
}

impl Members {
    /// Reads the body; none at all is an empty one.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let members = if bytes.is_empty() { Map::new() } else { object(bytes)? };
        Ok(Self::of(members))
    }

    /// These members.
    pub(crate) fn of(members: Input) -> Self {
        Self { members, known: Vec::new(), found: Vec::new() }
    }

    /// Any value; null counts as not given.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        self.members.shift_remove(name).filter(|json| !json.is_null())
    }

    /// A text.
    pub(crate) fn take_text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Json::String(text) => Some(text),
            _ => self.unfit(name, text!("`{name}` is a text", "`{name}` 应为文本")),
        }
    }

    /// A mapping; empty when it is not given.
    pub(crate) fn take_map(&mut self, name: &'static str) -> Input {
        match self.take(name) {
            None => Input::new(),
            Some(Json::Object(members)) => members,
            Some(_) => self.unfit(name, text!("`{name}` is an object", "`{name}` 应为对象")).unwrap_or_default(),
        }
    }

    /// A list; empty when it is not given.
    pub(crate) fn take_list(&mut self, name: &'static str) -> Vec<Json> {
        match self.take(name) {
            None => Vec::new(),
            Some(Json::Array(items)) => items,
            Some(_) => self.unfit(name, text!("`{name}` is a list", "`{name}` 应为列表")).unwrap_or_default(),
        }
    }

    /// A whole number from 0.
    pub(crate) fn take_whole(&mut self, name: &'static str) -> Option<u64> {
        let json = self.take(name)?;
        json.as_u64().or_else(|| self.unfit(name, text!("`{name}` is a whole number", "`{name}` 应为整数")))
    }

    /// Remembers a problem with a member.
    pub(crate) fn unfit<T>(&mut self, name: &str, message: Text) -> Option<T> {
        self.found.push(Found::new(code!("bad-value"), message).field(name));
        None
    }

    /// Refuses when there was a problem, or a member that nobody asked for.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for name in self.members.keys() {
            let shown: String = name.chars().take(64).collect();
            let message = match nearest(&shown, self.known.iter().copied()) {
                Some(near) => {
                    text!("there is no `{shown}` here; did you mean `{near}`?", "此处没有 `{shown}`；是不是 `{near}`？")
                }
                None => text!("there is no `{shown}` here", "此处没有 `{shown}`"),
            };
            self.found.push(Found::new(code!("unknown-field"), message).field(shown));
        }
        if self.found.is_empty() { Ok(()) } else { Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY, self.found)) }
    }
}

//! A `call` node: the question is written into the outbox, and the token waits.

use formwork_catalog::{
    connector::{Call, Connector, Request},
    flow::Flow,
    source::Source,
};
use formwork_model::{
    code,
    incident::Place,
    instance::Token,
    outbox::{Answer, Sending},
    text,
};
use formwork_script::{
    convert::{json_to_val, val_to_json},
    program::Vars,
    val::Val,
};
use serde_json::{Map, Value as Json};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
    /// Writes the question of a `call` node into the outbox, unless it is there already.
    pub(crate) fn ask_connector(&self, key: Key, flow: &Flow, token: &Token, call: &Call) -> Result<(), Refusal> {
        let place = Place { flow: flow.name, node: token.node, token: token.id };
        if self.entry_at(key, place)?.is_some() {
            return Ok(());
        }
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        let (connector, request) = self.connector(key, call)?;
        let mut input = Map::new();
        for (name, source) in &call.with {
            input.insert(name.to_string(), self.json_of(source, &vars)?);
        }
        let inner = Vars::new().with("input", json_to_val(&Json::Object(input)));
        let address = self.text_of(&connector.url, &Vars::new())?;
        let path = self.text_of(&request.path, &inner)?;
        let mut headers = Vec::with_capacity(request.headers.len());
        for (name, source) in &request.headers {
            headers.push((name.clone(), self.text_of(source, &inner)?));
        }
        let body = match &request.body {
            Some(program) => Some(val_to_json(&self.eval(program, &inner)?).to_string()),
            None => None,
        };
        self.fire(format!("call {}.{}", call.connector, call.request), "");
        let what = Sending::Call {
            connector: call.connector,
            request: call.request,
            method: request.method.to_owned(),
            url: joined(&address, &path),
            headers,
            body,
        };
        self.send_out(what, Some(key), Some(place));
        Ok(())
    }

    fn connector(&self, key: Key, call: &Call) -> Result<(&Connector, &Request), Refusal> {
        let connector = self.catalog_of(key)?.connectors.get(&call.connector);
        let found = connector.and_then(|known| Some((&**known, known.requests.get(&call.request)?)));
        found.ok_or_else(|| {
            let (connector, request) = (call.connector, call.request);
            Rejection::new(
                Kind::Conflict,
                code!("unknown-connector"),
                text!("there is no request `{connector}.{request}`", "没有请求 `{connector}.{request}`"),
            )
            .into()
        })
    }

    fn json_of(&self, source: &Source, vars: &Vars) -> Result<Json, Refusal> {
        Ok(match source {
            Source::Literal(value) => val_to_json(&Val::from(value.clone())),
            Source::Program(program) => self.plain_json(&self.eval(program, vars)?)?,
        })
    }

    /// A value as other systems read it: lines as lists of their values.
    fn plain_json(&self, val: &Val) -> Result<Json, Refusal> {
        Ok(match val {
            Val::List(items) => Json::Array(items.iter().map(|item| self.plain_json(item)).collect::<Result<_, _>>()?),
            Val::Handle(formwork_script::handle::Handle::Row(object, id, lines, row)) => {
                let fields = self.look((*object, *id), |record| {
                    let rows = record.map_or(&[][..], |record| record.fields.get(*lines).rows());
                    rows.iter().find(|known| known.key == *row).map(|known| known.fields.clone()).unwrap_or_default()
                })?;
                let mut pairs: Vec<_> = fields.iter().collect();
                pairs.sort_by_key(|(name, _)| *name);
                let json = |value: &formwork_model::value::Value| val_to_json(&Val::from(value.clone()));
                Json::Object(pairs.into_iter().map(|(name, value)| (name.to_string(), json(value))).collect())
            }
            other => val_to_json(other),
        })
    }

    fn text_of(&self, source: &Source, vars: &Vars) -> Result<String, Refusal> {
        Ok(match self.plain(source, vars)? {
            formwork_model::value::Value::Null => String::new(),
            value => value.to_string(),
        })
    }

    /// The variables of expressions over an answer.
    pub(super) fn answer_vars(&self, key: Key, flow: &Flow, token: &Token, answer: &Answer) -> Result<Vars, Refusal> {
        let body = serde_json::from_str::<Json>(&answer.body);
        let val = body.map_or_else(
            |_| if answer.body.is_empty() { Val::Unit } else { Val::text(&answer.body) },
            |json| json_to_val(&json),
        );
        let mut vars = self.token_vars(key, flow, token)?;
        vars.set("answer", val);
        vars.set("status", Val::Int(i64::from(answer.status)));
        Ok(vars)
    }
}

/// An address and what follows it, with one `/` between them.
fn joined(address: &str, path: &str) -> String {
    let address = address.trim_end_matches('/');
    match path {
        "" => address.to_owned(),
        path if path.starts_with(['/', '?']) => format!("{address}{path}"),
        path => format!("{address}/{path}"),
    }
}

//! Failures as RFC 9457 problem details, the same over HTTP and on the command line.

use crate::{catalogue, lang::Lang};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A failure: `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:hufu:code:H1203`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means, in the language asked for.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Stable code.
    pub code: String,
    /// What to do.
    pub hint: String,
    /// The values that `detail` is made of, by name.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl Problem {
    /// The problem of a code, with the catalogue's words around the given values.
    pub fn new<N: Into<String>, V: Into<String>>(
        code: &str,
        params: impl IntoIterator<Item = (N, V)>,
        lang: Lang,
    ) -> Problem {
        let params: BTreeMap<String, String> = params.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        let entry = catalogue::explain(code, lang);
        Problem {
            kind: format!("urn:hufu:code:{code}"),
            title: entry.map_or_else(|| code.to_owned(), |e| e.title.to_owned()),
            status: catalogue::http_status(code),
            detail: catalogue::render(code, &params, lang),
            code: code.to_owned(),
            hint: entry.map_or("", |e| e.cure).to_owned(),
            params,
        }
    }

    /// The same with another `detail`, for what the template cannot say.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Problem {
        self.detail = detail.into();
        self
    }

    /// The problem of a transaction that is inadmissible. The error's own words become the parameter `detail`.
    pub fn of_tx(error: &ledger::transaction::TxError, lang: Lang) -> Problem {
        Problem::new(error.code(), catalogue::tx_params(error), lang)
    }

    /// The exit code of a program that ends with this problem.
    pub fn exit_code(&self) -> u8 {
        catalogue::exit_code(&self.code)
    }
}

//! `GET /docs`: the interface as a page for people, made of the table that its description is made of. It has no script,
//! and takes nothing from elsewhere.

use super::openapi::{Route, routes};
use axum::{
    http::{HeaderName, header},
    response::Html,
};

/// What a browser may do with the page: show it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const HEAD: &str = concat!(
    r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hufu node "#,
    env!("CARGO_PKG_VERSION"),
    r#"</title>
<style>
body { font: 15px/1.4 sans-serif; margin: 2em }
table { border-collapse: collapse }
th, td { border-bottom: 1px solid #ccc; padding: .3em .8em .3em 0; text-align: left; vertical-align: top }
td:nth-child(1), td:nth-child(2), td:nth-child(3) { font-family: monospace }
</style>
</head>
<body>
<h1>Hufu node "#,
    env!("CARGO_PKG_VERSION"),
    r#"</h1>
<p>What this node answers. <a href="/openapi.json">openapi.json</a> describes every field. Failures are problem details of
RFC 9457 with a stable code, which <code>hufu explain CODE</code> explains; <code>lang</code> chooses their language. A token
comes of a login: <code>Authorization: Bearer TOKEN</code>.</p>
<table>
<thead><tr><th>method</th><th>path</th><th>query</th><th>what</th><th>token</th></tr></thead>
<tbody>
"#
);

const TAIL: &str = "</tbody>\n</table>\n</body>\n</html>\n";

/// `GET /docs`.
pub(super) async fn page() -> ([(HeaderName, &'static str); 1], Html<String>) {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(text()))
}

fn text() -> String {
    let rows: String = routes().map(row).collect();
    [HEAD, rows.as_str(), TAIL].concat()
}

/// One request. Nothing of the table needs to be escaped, which a test asks.
fn row(route: &Route) -> String {
    let parameters = route.query.map(|query| query()).unwrap_or_default();
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let method = route.method_word().to_ascii_uppercase();
    let token = if route.token { "yes" } else { "no" };
    format!(
        "<tr><td>{method}</td><td>{}</td><td>{}</td><td>{}</td><td>{token}</td></tr>\n",
        route.path,
        names.join(" "),
        route.summary
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_a_row_and_nothing_in_it_needs_escaping() {
        let page = text();
        assert_eq!(page.matches("<tr><td>").count(), routes().count());
        for route in routes() {
            let begin = format!("<td>{}</td><td>{}</td>", route.method_word().to_ascii_uppercase(), route.path);
            assert!(page.contains(&begin), "{begin}");
            let row = row(route);
            assert_eq!(row.matches(['<', '>']).count(), 24, "{row}");
            assert!(!row.contains('&'), "{row}");
        }
        for whole in ["<td>limit cursor</td>", "<td>no</td>", "<td>yes</td>"] {
            assert!(page.contains(whole), "{whole}");
        }
    }
}

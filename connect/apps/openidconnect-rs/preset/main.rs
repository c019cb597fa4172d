//! A web application of a single person, around the code that Gatehouse prints.

use openidconnect::PkceCodeVerifier;
use serde_json::{json, Value};
use std::error::Error;
use tiny_http::{Header, Response, Server};

// Paste: At the top

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Paste: When the application starts

    let mut kept: Option<(CsrfToken, Nonce, PkceCodeVerifier)> = None;
    let mut known: Value = json!({});
    let server = Server::http(format!("127.0.0.1:{}", std::env::var("PORT")?)).map_err(|error| error.to_string())?;

    for request in server.incoming_requests() {
        let requested = openidconnect::url::Url::parse("http://localhost")?.join(request.url())?;
        let value = |name: &str| requested.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        match requested.path() {
            "/login" => {
                // Paste: To sign in
                kept = Some((state, nonce, verifier));
                request.respond(redirect(address.as_str()))?;
            }
            "/callback" => {
                let code = value("code").ok_or("no code")?;
                let (state, nonce, verifier) = kept.take().ok_or("no sign-in has begun")?;
                assert_eq!(value("state").as_ref(), Some(state.secret()));
                // Paste: At the callback
                known = json!({ "email": person.email().map(|email| email.as_str()), "roles": roles });
                request.respond(redirect("/"))?;
            }
            _ => request.respond(Response::from_string(known.to_string()))?,
        }
    }
    Ok(())
}

fn redirect(to: &str) -> Response<std::io::Empty> {
    Response::empty(302).with_header(Header::from_bytes("location", to).expect("ASCII"))
}

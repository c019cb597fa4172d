//! A web application of a single person with the crate openidconnect: PKCE and a nonce, as its documentation has it.

use openidconnect::core::*;
use openidconnect::*;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::env::var;
use std::error::Error;
use tiny_http::{Header, Request, Response, Server};

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Roles {
    roles: Vec<String>,
}
impl AdditionalClaims for Roles {}

struct Begun {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

struct SignedIn {
    email: Option<String>,
    roles: Vec<String>,
    id_token: CoreIdToken,
    access: AccessToken,
    refresh: RefreshToken,
}

enum Answer {
    Json(Value),
    Redirect(String),
}

type Outcome = Result<Answer, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = var("URL")?;
    let http = openidconnect::reqwest::Client::builder().redirect(openidconnect::reqwest::redirect::Policy::none()).build()?;
    let metadata = ProviderMetadataWithLogout::discover_async(IssuerUrl::new(var("ISSUER")?)?, &http).await?;
    let end_session = metadata.additional_metadata().end_session_endpoint.clone().ok_or("no end_session_endpoint")?;
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(var("CLIENT_ID")?),
        Some(ClientSecret::new(var("CLIENT_SECRET")?)),
    )
    .set_redirect_uri(RedirectUrl::new(format!("{url}/callback"))?);

    let mut begun: Option<Begun> = None;
    let mut person: Option<SignedIn> = None;
    let server = Server::http(format!("127.0.0.1:{}", var("PORT")?)).map_err(|error| error.to_string())?;

    for request in server.incoming_requests() {
        let address = openidconnect::url::Url::parse(&format!("{url}{}", request.url()))?;
        let outcome: Outcome = async {
            match address.path() {
                "/login" => {
                    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
                    let (to, state, nonce) = client
                        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
                        .add_scopes(["profile", "email", "roles", "offline_access"].map(|scope| Scope::new(scope.into())))
                        .set_pkce_challenge(challenge)
                        .url();
                    begun = Some(Begun { state, nonce, verifier });
                    Ok(Answer::Redirect(to.into()))
                }
                "/callback" => {
                    let value =
                        |name: &str| address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
                    let Begun { state, nonce, verifier } = begun.take().ok_or("no sign-in has begun")?;
                    if value("state").as_ref() != Some(state.secret()) {
                        return Err("the state differs".into());
                    }
                    let tokens = client
                        .exchange_code(AuthorizationCode::new(value("code").ok_or("no code")?))?
                        .set_pkce_verifier(verifier)
                        .request_async(&http)
                        .await?;
                    let id_token = tokens.id_token().ok_or("no ID token")?.clone();
                    id_token.claims(&client.id_token_verifier(), &nonce)?;
                    let info: UserInfoClaims<Roles, CoreGenderClaim> =
                        client.user_info(tokens.access_token().clone(), None)?.request_async(&http).await?;
                    person = Some(SignedIn {
                        email: info.email().map(|email| email.to_string()),
                        roles: info.additional_claims().roles.clone(),
                        id_token,
                        access: tokens.access_token().clone(),
                        refresh: tokens.refresh_token().ok_or("no refresh token")?.clone(),
                    });
                    Ok(Answer::Redirect("/".into()))
                }
                "/refresh" => {
                    let person = person.as_mut().ok_or("nobody is signed in")?;
                    let tokens = client.exchange_refresh_token(&person.refresh)?.request_async(&http).await?;
                    let before = person.access.secret().clone();
                    person.access = tokens.access_token().clone();
                    if let Some(next) = tokens.refresh_token() {
                        person.refresh = next.clone();
                    }
                    Ok(Answer::Json(json!({ "before": before, "after": person.access.secret() })))
                }
                "/logout" => {
                    let SignedIn { id_token, .. } = person.take().ok_or("nobody is signed in")?;
                    let to = LogoutRequest::from(end_session.clone())
                        .set_id_token_hint(&id_token)
                        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(format!("{url}/"))?)
                        .http_get_url();
                    Ok(Answer::Redirect(to.into()))
                }
                _ => Ok(Answer::Json(match &person {
                    Some(SignedIn { email, roles, .. }) => json!({ "email": email, "roles": roles }),
                    None => json!({}),
                })),
            }
        }
        .await;
        answer(request, outcome)?;
    }
    Ok(())
}

fn answer(request: Request, outcome: Outcome) -> std::io::Result<()> {
    let header = |name: &str, value: &str| Header::from_bytes(name, value).expect("ASCII");
    match outcome {
        Ok(Answer::Json(body)) => {
            request.respond(Response::from_string(body.to_string()).with_header(header("content-type", "application/json")))
        }
        Ok(Answer::Redirect(to)) => request.respond(Response::empty(302).with_header(header("location", &to))),
        Err(error) => request.respond(Response::from_string(format!("Error: {error:?}")).with_status_code(500)),
    }
}

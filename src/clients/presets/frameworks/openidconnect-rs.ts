import type { ClientPreset } from '../client-preset.ts'

export const openidconnectRs: ClientPreset = {
  name: 'openidconnect-rs',
  title: 'Rust with openidconnect',
  kind: 'frameworks',
  aliases: ['rust', 'openidconnect', 'axum', 'actix', 'rocket'],
  documentation: 'https://docs.rs/openidconnect',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/callback`], postLogoutRedirectUris: [`${url}/`] }),
  configuration: [
    {
      where: 'Cargo.toml',
      language: 'toml',
      text: () => `
        [dependencies]
        openidconnect = "4"
        serde = { version = "1", features = ["derive"] }
        tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
      `,
    },
    {
      where: 'The code of the application',
      language: 'rust',
      text: value => `
        // At the top:
        use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreProviderMetadata};
        use openidconnect::{
            reqwest, AdditionalClaims, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce,
            OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse, UserInfoClaims,
        };

        #[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
        struct Roles {
            #[serde(default)]
            roles: Vec<String>,
        }
        impl AdditionalClaims for Roles {}

        // When the application starts:
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(${value.issuer}.into())?, &http).await?;
        let gatehouse = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(${value.clientId}.into()),
            Some(ClientSecret::new(${value.secret}.into())),
        )
        .set_redirect_uri(RedirectUrl::new(${value.redirectUri}.into())?);

        // To sign in: keep state, nonce and verifier in the session of the browser, and redirect it to the address.
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = gatehouse
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes([${value.furtherScopeList}].map(|scope: &str| Scope::new(scope.into())))
            .set_pkce_challenge(challenge)
            .url();

        // At the callback, after comparing the state:
        let tokens = gatehouse
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await?;
        let id_token = tokens.id_token().ok_or("no ID token")?;
        let subject = id_token.claims(&gatehouse.id_token_verifier(), &nonce)?.subject().clone();
        let person: UserInfoClaims<Roles, CoreGenderClaim> = gatehouse
            .user_info(tokens.access_token().clone(), Some(subject))?
            .request_async(&http)
            .await?;
        let roles = &person.additional_claims().roles;
      `,
    },
  ],
  roles: '`roles` is a vector of strings, empty without the scope `roles`.',
  signOut:
    'End your own session, then redirect to the address of a `LogoutRequest` with the ID token; `ProviderMetadataWithLogout` knows the endpoint. For logout tokens, see [back-channel logout](../integrate.md#back-channel-logout).',
  pkce: { option: 'set_pkce_challenge' },
  troubles: [
    {
      symptom: '“unexpected issuer URI”',
      cause: 'the issuer is not exactly `PUBLIC_URL`, such as with a slash at the end',
      remedy: 'Use it as printed, also inside containers.',
    },
    {
      symptom: '“Server returned error response: invalid_grant”',
      cause: 'the verifier is not the one of this browser, or the code was used before',
      remedy: 'Keep it in the session, and redeem each code once.',
    },
    {
      symptom: 'a panic, “Cannot drop a runtime in a context where blocking is not allowed”',
      cause: 'the blocking client is used inside an asynchronous function',
      remedy: 'Use `request_async` there, as printed.',
    },
  ],
  tested: { version: '4.1.0', how: 'as printed, in every run of the checks' },
}

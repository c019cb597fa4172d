import type { ClientPreset } from '../client-preset.ts'

export const goOidc: ClientPreset = {
  name: 'go-oidc',
  title: 'Go with go-oidc',
  kind: 'frameworks',
  aliases: ['go', 'golang', 'coreos'],
  documentation: 'https://pkg.go.dev/github.com/coreos/go-oidc/v3/oidc',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({ redirectUris: [`${url}/callback`], postLogoutRedirectUris: [`${url}/`] }),
  configuration: [
    {
      where: 'The code of the application',
      language: 'go',
      text: value => `
        // When the application starts:
        provider, err := oidc.NewProvider(ctx, ${value.issuer})
        if err != nil {
            log.Fatal(err)
        }
        gatehouse := oauth2.Config{
            ClientID:     ${value.clientId},
            ClientSecret: ${value.secret},
            Endpoint:     provider.Endpoint(),
            RedirectURL:  ${value.redirectUri},
            Scopes:       []string{${value.scopeList}},
        }

        // To sign in: keep state and verifier in the session of the browser.
        verifier := oauth2.GenerateVerifier()
        http.Redirect(w, r, gatehouse.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), http.StatusFound)

        // At the callback, after comparing the state:
        tokens, err := gatehouse.Exchange(ctx, r.FormValue("code"), oauth2.VerifierOption(verifier))
        raw, _ := tokens.Extra("id_token").(string)
        idToken, err := provider.Verifier(&oidc.Config{ClientID: gatehouse.ClientID}).Verify(ctx, raw)
        var person struct {
            Name  string   \`json:"name"\`
            Email string   \`json:"email"\`
            Roles []string \`json:"roles"\`
        }
        err = idToken.Claims(&person)
      `,
    },
  ],
  roles: '`person.Roles` is a slice of strings, empty without the scope `roles`.',
  signOut:
    'End your own session, then redirect to the end session endpoint with `id_token_hint` and `post_logout_redirect_uri`. For logout tokens, see [back-channel logout](../integrate.md#back-channel-logout).',
  pkce: { option: 'oauth2.S256ChallengeOption' },
  troubles: [
    {
      symptom: '“oidc: issuer did not match the issuer returned by provider”',
      cause: 'the issuer is not exactly `PUBLIC_URL`, such as with a slash at the end',
      remedy: 'Use it as printed, also inside containers.',
    },
    {
      symptom: '“oauth2: "invalid_grant"”',
      cause: 'the verifier is not the one of this browser, or the code was used before',
      remedy: 'Keep it in the session, and redeem each code once.',
    },
  ],
  tested: { version: '3.21.0', how: 'as printed, in every run of the checks' },
}

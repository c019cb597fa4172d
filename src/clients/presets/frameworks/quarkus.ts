import type { ClientPreset } from '../client-preset.ts'

export const quarkus: ClientPreset = {
  name: 'quarkus',
  title: 'Quarkus',
  kind: 'frameworks',
  aliases: ['quarkus-oidc'],
  documentation: 'https://quarkus.io/guides/security-oidc-code-flow-authentication',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/`],
    backchannelLogoutUri: `${url}/back-channel-logout`,
  }),
  configuration: [
    {
      where: 'application.properties, with the extension quarkus-oidc',
      language: 'properties',
      text: value => `
        quarkus.oidc.auth-server-url=${value.issuer}
        quarkus.oidc.client-id=${value.clientId}
        quarkus.oidc.credentials.secret=${value.secret}
        quarkus.oidc.application-type=web-app
        quarkus.oidc.authentication.scopes=${value.scopes.replaceAll(' ', ',')}
        quarkus.oidc.authentication.pkce-required=true
        quarkus.oidc.authentication.redirect-path=/callback
        quarkus.oidc.authentication.restore-path-after-redirect=true
        quarkus.oidc.roles.role-claim-path=roles
        quarkus.oidc.logout.path=/logout
        quarkus.oidc.logout.post-logout-path=/
        quarkus.oidc.logout.backchannel.path=/back-channel-logout
        quarkus.http.auth.permission.authenticated.paths=/*
        quarkus.http.auth.permission.authenticated.policy=authenticated
      `,
    },
  ],
  roles: 'The roles of the ID token are those of the `SecurityIdentity`: `@RolesAllowed("superuser")` works at once.',
  signOut:
    '`/logout` signs out of the application and of Gatehouse, and comes back. Back-channel logout is registered: when a person signs out elsewhere, the application ends the session.',
  pkce: { option: 'quarkus.oidc.authentication.pkce-required' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'the application does not know that it is behind a proxy with https',
      remedy: 'Set `quarkus.http.proxy.proxy-address-forwarding=true`.',
    },
    {
      symptom: '401 after signing in',
      cause: 'the ID token was refused; the log has the reason',
      remedy: 'Set `quarkus.log.category."io.quarkus.oidc".level=DEBUG`.',
    },
    {
      symptom: 'people are asked to sign in again and again, with several processes',
      cause: 'each process encrypts its cookies with a key of its own',
      remedy: 'Set the same `quarkus.oidc.token-state-manager.encryption-secret` everywhere, 32 characters long.',
    },
  ],
  tested: null,
}

import { InvalidInput } from '../../../base/refusals.ts'
import type { ClientPreset } from '../client-preset.ts'

export const keycloak: ClientPreset = {
  name: 'keycloak',
  title: 'Keycloak',
  kind: 'identity',
  aliases: ['red-hat-sso', 'rhsso'],
  documentation: 'https://www.keycloak.org/docs/latest/server_admin/#_identity_broker_oidc',
  profile: 'web',
  url: { about: 'the address of the realm', example: 'https://keycloak.example.com/realms/main' },
  registration: ({ url }) => {
    if (!/\/realms\/[^/]+$/.test(url))
      throw new InvalidInput({ url: 'must be that of a realm, such as https://keycloak.example.com/realms/main' })
    return {
      redirectUris: [`${url}/broker/gatehouse/endpoint`],
      postLogoutRedirectUris: [`${url}/broker/gatehouse/endpoint/logout_response`],
      backchannelLogoutUri: `${url}/protocol/openid-connect/logout/backchannel-logout`,
    }
  },
  configuration: [
    {
      where: 'A command that makes Gatehouse an identity provider of the realm, after kcadm.sh config credentials',
      language: 'sh',
      text: (value, { url }) => `
        kcadm.sh create identity-provider/instances -r ${url.split('/').at(-1)} \\
          -s alias=gatehouse -s providerId=oidc -s enabled=true -s displayName=Gatehouse \\
          -s config.issuer=${value.issuer} \\
          -s config.authorizationUrl=${value.authorizationEndpoint} \\
          -s config.tokenUrl=${value.tokenEndpoint} \\
          -s config.userInfoUrl=${value.userinfoEndpoint} \\
          -s config.logoutUrl=${value.endSessionEndpoint} \\
          -s config.jwksUrl=${value.jwksUri} \\
          -s 'config.useJwksUrl="true"' \\
          -s 'config.validateSignature="true"' \\
          -s 'config.backchannelSupported="true"' \\
          -s config.clientId=${value.clientId} \\
          -s config.clientSecret=${value.secret} \\
          -s config.clientAuthMethod=client_secret_basic \\
          -s config.defaultScope=${value.scopes} \\
          -s 'config.pkceEnabled="true"' \\
          -s config.pkceMethod=S256 \\
          -s config.syncMode=FORCE
      `,
    },
  ],
  roles:
    'A mapper of the type “Claim to Role” for each role: claim `roles`, claim value `superuser`, and the role of Keycloak that it gives.',
  signOut:
    'Signing out of Keycloak signs out of Gatehouse too. Back-channel logout is registered: when a person signs out of Gatehouse, Keycloak ends the session, and with it those of its own applications.',
  pkce: { option: 'config.pkceEnabled' },
  troubles: [
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the alias is not `gatehouse`, or Keycloak does not know its address behind a proxy',
      remedy: 'The identity provider shows its redirect URI; set `hostname` of Keycloak.',
    },
    {
      symptom: '“Unexpected error when authenticating with identity provider”',
      cause: 'the log of Keycloak says why, such as a wrong secret or an untrusted certificate',
      remedy: 'Look at the log at the level DEBUG for `org.keycloak.broker`.',
    },
    {
      symptom: 'Keycloak asks people for their name or email at the first sign-in',
      cause: '`given_name`, `family_name` or a verified email is missing',
      remedy: 'Change the flow “first broker login” or the required attributes of the profile.',
    },
  ],
  tested: null,
}

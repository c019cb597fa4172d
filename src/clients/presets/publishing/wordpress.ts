import { type ClientPreset, NO_USERNAME } from '../client-preset.ts'

export const wordpress: ClientPreset = {
  name: 'wordpress',
  title: 'WordPress',
  kind: 'publishing',
  aliases: ['openid-connect-generic', 'daggerhart-openid-connect-generic'],
  documentation: 'https://wordpress.org/plugins/daggerhart-openid-connect-generic/',
  profile: 'web',
  url: { about: 'the WordPress address (site_url)', example: 'https://www.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/wp-admin/admin-ajax.php?action=openid-connect-authorize`],
    scopes: ['openid', 'profile', 'email'],
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'wp-config.php, with the plugin OpenID Connect Generic',
      language: 'php',
      text: value => `
        define('OIDC_CLIENT_ID', ${value.clientId});
        define('OIDC_CLIENT_SECRET', ${value.secret});
        define('OIDC_CLIENT_SCOPE', ${value.scopes});
        define('OIDC_ENDPOINT_LOGIN_URL', ${value.authorizationEndpoint});
        define('OIDC_ENDPOINT_TOKEN_URL', ${value.tokenEndpoint});
        define('OIDC_ENDPOINT_USERINFO_URL', ${value.userinfoEndpoint});
        define('OIDC_LOGIN_TYPE', 'button');
        define('OIDC_CREATE_IF_DOES_NOT_EXIST', true);
        define('OIDC_LINK_EXISTING_USERS', false);
      `,
    },
  ],
  roles:
    'The plugin reads no roles: new people get the default role of WordPress. Its filters let a plugin of your own map a claim.',
  signOut: 'Signing out of WordPress ends its own session. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    NO_USERNAME,
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the WordPress address is not the one that was registered, or “Alternate Redirect URI” is on',
      remedy: 'Register the address that the settings page of the plugin shows under “Notes”.',
    },
    {
      symptom: '“User already exists”, or a second account',
      cause: 'an account with this email existed before',
      remedy: 'Set `OIDC_LINK_EXISTING_USERS` to `true`, only if every email is verified.',
    },
  ],
  tested: null,
}

import type { ClientPreset } from '../client-preset.ts'

export const nextcloud: ClientPreset = {
  name: 'nextcloud',
  title: 'Nextcloud',
  kind: 'documents',
  aliases: ['user_oidc'],
  documentation: 'https://github.com/nextcloud/user_oidc#readme',
  profile: 'web',
  url: { about: 'overwrite.cli.url in config.php', example: 'https://cloud.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/apps/user_oidc/code`, `${url}/index.php/apps/user_oidc/code`],
    postLogoutRedirectUris: [url, `${url}/`],
    backchannelLogoutUri: `${url}/index.php/apps/user_oidc/backchannel-logout/gatehouse`,
  }),
  configuration: [
    {
      where: 'Commands, as the user that Nextcloud runs as',
      language: 'sh',
      text: value => `
        php occ app:install user_oidc
        php occ user_oidc:provider gatehouse \\
          --clientid=${value.clientId} \\
          --clientsecret=${value.secret} \\
          --discoveryuri=${value.discovery} \\
          --scope=${value.scopes} \\
          --mapping-uid=sub \\
          --mapping-display-name=name \\
          --mapping-email=email \\
          --mapping-groups=roles \\
          --group-provisioning=1 \\
          --unique-uid=0
      `,
    },
  ],
  roles:
    'With `--group-provisioning=1`, each role becomes a group of Nextcloud, updated at each sign-in. The group `admin` makes administrators: give no one a role of that name who must not be one.',
  signOut:
    'Signing out of Nextcloud signs out of Gatehouse too, and comes back. Back-channel logout is registered under the name `gatehouse`: when a person signs out elsewhere, Nextcloud ends the session.',
  pkce: 'default',
  troubles: [
    {
      symptom: 'the page about `redirect_uri`, with `http:` or another host in it',
      cause: 'Nextcloud does not know its address behind a proxy',
      remedy: 'Set `overwriteprotocol`, `overwritehost` and `trusted_proxies` in config.php.',
    },
    {
      symptom: '“Could not reach the OpenID Connect provider”',
      cause: 'Nextcloud refuses addresses in its own network, or can’t reach the issuer',
      remedy: 'Set `allow_local_remote_servers` to `true` in config.php for an intranet.',
    },
    {
      symptom: 'people have long numbers as account names',
      cause: '`--mapping-uid=sub` uses the ID of the account, which never changes',
      remedy: 'Use `--mapping-uid=preferred_username` before the first sign-in, if everyone has a username.',
    },
  ],
  tested: null,
}

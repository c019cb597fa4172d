import type { ClientPreset } from '../client-preset.ts'

export const gitea: ClientPreset = {
  name: 'gitea',
  title: 'Gitea',
  kind: 'development',
  aliases: ['git'],
  documentation: 'https://docs.gitea.com/administration/command-line',
  profile: 'web',
  url: { about: 'ROOT_URL in app.ini', example: 'https://git.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/user/oauth2/gatehouse/callback`],
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'A command, as the user that Gitea runs as',
      language: 'sh',
      text: value => `
        gitea admin auth add-oauth \\
          --name gatehouse \\
          --provider openidConnect \\
          --key ${value.clientId} \\
          --secret ${value.secret} \\
          --auto-discover-url ${value.discovery} \\
          --scopes ${value.scopes} \\
          --group-claim-name roles \\
          --admin-group superuser
      `,
    },
    {
      where: 'app.ini, to create accounts at the first sign-in',
      language: 'ini',
      text: () => `
        [oauth2_client]
        ENABLE_AUTO_REGISTRATION = true
        USERNAME = preferred_username
        ACCOUNT_LINKING = login
      `,
    },
  ],
  roles:
    '`--group-claim-name` reads the claim `roles` at each sign-in. People with the role of `--admin-group` become administrators. `--required-claim-name roles --required-claim-value staff` admits only people with a role, and `--group-team-map` maps roles to teams.',
  signOut: 'Signing out of Gitea ends its own session. It receives no logout tokens.',
  pkce: 'none',
  pkceOption: null,
  troubles: [
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the authentication source has another name than `gatehouse`, or `ROOT_URL` is wrong',
      remedy: 'The redirect URI is `ROOT_URL/user/oauth2/NAME/callback`, in the spelling of the name.',
    },
    {
      symptom: 'Gitea asks for a username, or the sign-in fails with an empty name',
      cause: 'the person has no username, so there is no `preferred_username`',
      remedy: 'Set one, or `USERNAME = nickname` or `email`.',
    },
    {
      symptom: 'people can’t sign in to an account that existed before',
      cause: '`ACCOUNT_LINKING = login` asks for the password of that account once',
      remedy: 'Enter it; `auto` links by email, which is only safe if every email is verified.',
    },
  ],
  tested: null,
}

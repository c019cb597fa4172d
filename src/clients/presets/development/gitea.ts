import type { ClientPreset } from '../client-preset.ts'
import { FORGE_ROLES, FORGE_TROUBLES, forgeAccounts, forgeCommand, forgeRegistration } from '../shared/forge.ts'

export const gitea: ClientPreset = {
  name: 'gitea',
  title: 'Gitea',
  kind: 'development',
  aliases: ['git'],
  documentation: 'https://docs.gitea.com/administration/command-line',
  profile: 'web',
  url: { about: 'ROOT_URL in app.ini', example: 'https://git.example.com' },
  registration: address => ({ ...forgeRegistration(address), pkce: 'off' }),
  configuration: [
    {
      where: 'A command, as the user that Gitea runs as',
      language: 'sh',
      text: value => forgeCommand('gitea', value),
    },
    forgeAccounts,
  ],
  roles: FORGE_ROLES,
  signOut: 'Signing out of Gitea ends its own session. It receives no logout tokens.',
  pkce: 'none',
  troubles: FORGE_TROUBLES,
  tested: null,
}

import { type ClientPreset, OLDER_VERSION } from '../client-preset.ts'
import { FORGE_ROLES, FORGE_TROUBLES, forgeAccounts, forgeCommand, forgeRegistration } from '../shared/forge.ts'

export const forgejo: ClientPreset = {
  name: 'forgejo',
  title: 'Forgejo',
  kind: 'development',
  aliases: ['codeberg'],
  documentation: 'https://forgejo.org/docs/latest/admin/command-line/',
  profile: 'web',
  url: { about: 'ROOT_URL in app.ini', example: 'https://forgejo.example.com' },
  registration: forgeRegistration,
  configuration: [
    {
      where: 'A command, as the user that Forgejo runs as',
      language: 'sh',
      text: value => forgeCommand('forgejo', value),
    },
    forgeAccounts,
  ],
  roles: FORGE_ROLES,
  signOut: 'Signing out of Forgejo ends its own session. It receives no logout tokens.',
  pkce: 'default',
  troubles: [...FORGE_TROUBLES, OLDER_VERSION],
  tested: null,
}

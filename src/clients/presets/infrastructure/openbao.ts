import type { ClientPreset } from '../client-preset.ts'
import { VAULT_ROLES, VAULT_SIGN_OUT, VAULT_TROUBLES, vaultCommands, vaultRegistration } from '../shared/vault.ts'

export const openbao: ClientPreset = {
  name: 'openbao',
  title: 'OpenBao',
  kind: 'infrastructure',
  aliases: ['bao'],
  documentation: 'https://openbao.org/docs/auth/jwt/',
  profile: 'web',
  url: { about: 'the address of its pages and its API', example: 'https://openbao.example.com' },
  registration: vaultRegistration,
  configuration: [
    { where: 'Commands', language: 'sh', text: (value, plain) => vaultCommands('bao', value, plain) },
    {
      where: 'A command of each person',
      language: 'sh',
      text: value => `bao login -address=${value.url} -method=oidc`,
    },
  ],
  roles: VAULT_ROLES,
  signOut: VAULT_SIGN_OUT,
  pkce: 'nonce',
  troubles: VAULT_TROUBLES,
  tested: null,
}

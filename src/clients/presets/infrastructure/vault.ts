import type { ClientPreset } from '../client-preset.ts'
import { VAULT_ROLES, VAULT_SIGN_OUT, VAULT_TROUBLES, vaultCommands, vaultRegistration } from '../shared/vault.ts'

export const vault: ClientPreset = {
  name: 'vault',
  title: 'HashiCorp Vault',
  kind: 'infrastructure',
  aliases: ['hashicorp-vault'],
  documentation: 'https://developer.hashicorp.com/vault/docs/auth/jwt',
  profile: 'web',
  url: { about: 'the address of its pages and its API', example: 'https://vault.example.com' },
  registration: vaultRegistration,
  configuration: [
    { where: 'Commands', language: 'sh', text: (value, plain) => vaultCommands('vault', value, plain) },
    {
      where: 'A command of each person',
      language: 'sh',
      text: value => `vault login -address=${value.url} -method=oidc`,
    },
  ],
  roles: VAULT_ROLES,
  signOut: VAULT_SIGN_OUT,
  pkce: 'nonce',
  troubles: VAULT_TROUBLES,
  tested: null,
}

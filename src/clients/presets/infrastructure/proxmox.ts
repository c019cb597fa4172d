import { type ClientPreset, OLDER_VERSION } from '../client-preset.ts'

export const proxmox: ClientPreset = {
  name: 'proxmox',
  title: 'Proxmox VE',
  kind: 'infrastructure',
  aliases: ['pve', 'proxmox-ve'],
  documentation: 'https://pve.proxmox.com/wiki/User_Management#pveum_openid',
  profile: 'web',
  url: { about: 'the address that people open, with its port', example: 'https://pve.example.com:8006' },
  registration: ({ url }) => ({ redirectUris: [url], verifiedEmailRequired: true }),
  configuration: [
    {
      where: 'A command on a node',
      language: 'sh',
      text: value => `
        pveum realm add gatehouse --type openid \\
          --issuer-url ${value.issuer} \\
          --client-id ${value.clientId} \\
          --client-key ${value.secret} \\
          --username-claim email \\
          --scopes ${value.scopes} \\
          --autocreate 1
      `,
    },
  ],
  roles:
    'The command above reads no roles: permissions are given to people, or to groups of Proxmox. Version 8.4 and newer can take groups from a claim with `--groups-claim roles`.',
  signOut: 'Signing out of Proxmox ends its own session. It receives no logout tokens.',
  pkce: 'default',
  troubles: [
    {
      symptom: 'the page about `redirect_uri`',
      cause: 'the redirect URI is the address in the browser: each name, address and port is another one',
      remedy: 'Open one address, or register each with `gatehouse clients update ID --add-redirect-uri …`.',
    },
    {
      symptom: 'signed in, but nothing is visible',
      cause: 'a new person has no permissions',
      remedy: 'Give permissions to the person or to a group under “Datacenter”, “Permissions”.',
    },
    OLDER_VERSION,
  ],
  tested: null,
}

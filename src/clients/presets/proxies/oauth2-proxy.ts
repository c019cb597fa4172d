import type { ClientPreset } from '../client-preset.ts'
import {
  OAUTH2_PROXY_SIGN_OUT,
  OAUTH2_PROXY_TROUBLES,
  oauth2ProxyConfig,
  oauth2ProxyRegistration,
  oauth2ProxySignOut,
} from '../shared/oauth2-proxy.ts'

export const oauth2Proxy: ClientPreset = {
  name: 'oauth2-proxy',
  title: 'OAuth2 Proxy',
  kind: 'proxies',
  aliases: ['oauth2_proxy', 'proxy'],
  documentation: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/providers/openid_connect',
  profile: 'web',
  url: { about: 'the address that people open, where the proxy listens', example: 'https://app.example.com' },
  registration: oauth2ProxyRegistration,
  configuration: [
    {
      where: 'oauth2-proxy.cfg',
      language: 'toml',
      text: (value, plain) => oauth2ProxyConfig(value, plain, 'http://127.0.0.1:8080/'),
    },
    oauth2ProxySignOut,
  ],
  roles:
    '`oidc_groups_claim` reads the claim `roles`. `allowed_groups = ["staff"]` admits only people with one of these roles, and the application receives them in `X-Forwarded-Groups` (`pass_user_headers`).',
  signOut: OAUTH2_PROXY_SIGN_OUT,
  pkce: { option: 'code_challenge_method = "S256"' },
  troubles: OAUTH2_PROXY_TROUBLES,
  tested: { version: '7.15.6', how: 'as printed, in every run of the checks' },
}

import type { ClientPreset } from '../client-preset.ts'
import {
  OAUTH2_PROXY_SIGN_OUT,
  OAUTH2_PROXY_TROUBLES,
  oauth2ProxyConfig,
  oauth2ProxyRegistration,
  oauth2ProxySignOut,
} from '../shared/oauth2-proxy.ts'

export const traefik: ClientPreset = {
  name: 'traefik',
  title: 'Traefik with OAuth2 Proxy',
  kind: 'proxies',
  aliases: ['forwardauth', 'forward-auth'],
  documentation: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/integrations/traefik',
  profile: 'web',
  url: { about: 'the address of the site that Traefik serves', example: 'https://app.example.com' },
  registration: oauth2ProxyRegistration,
  configuration: [
    {
      where: 'oauth2-proxy.cfg',
      language: 'toml',
      text: (value, plain) => oauth2ProxyConfig(value, plain, 'static://202'),
    },
    {
      where: 'Dynamic configuration of Traefik',
      language: 'yaml',
      text: (_value, { host }) => `
        http:
          routers:
            app:
              rule: Host(\`${host.replace(/:\d+$/, '')}\`)
              middlewares: [sign-in]
              service: app
              tls: {}
            oauth2-proxy:
              rule: Host(\`${host.replace(/:\d+$/, '')}\`) && PathPrefix(\`/oauth2/\`)
              service: oauth2-proxy
              tls: {}
          middlewares:
            sign-in:
              forwardAuth:
                address: http://127.0.0.1:4180/
                trustForwardHeader: true
                authResponseHeaders: [X-Auth-Request-Email, X-Auth-Request-Groups]
          services:
            app:
              loadBalancer:
                servers: [{ url: "http://127.0.0.1:8080" }]
            oauth2-proxy:
              loadBalancer:
                servers: [{ url: "http://127.0.0.1:4180" }]
      `,
    },
    oauth2ProxySignOut,
  ],
  roles:
    'The application receives the roles in `X-Auth-Request-Groups`, separated by commas. `allowed_groups = ["staff"]` in oauth2-proxy.cfg admits only people with one of these roles.',
  signOut: OAUTH2_PROXY_SIGN_OUT,
  pkce: { option: 'code_challenge_method = "S256"' },
  troubles: [
    ...OAUTH2_PROXY_TROUBLES,
    {
      symptom: 'people see only “Found.”',
      cause: 'the middleware `errors` answers with 401 instead of the redirect',
      remedy: 'Use the configuration above, which needs no such middleware.',
    },
  ],
  tested: null,
}

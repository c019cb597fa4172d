import type { ClientPreset } from '../client-preset.ts'
import {
  OAUTH2_PROXY_SIGN_OUT,
  OAUTH2_PROXY_TROUBLES,
  oauth2ProxyConfig,
  oauth2ProxyRegistration,
  oauth2ProxySignOut,
} from '../shared/oauth2-proxy.ts'

export const nginx: ClientPreset = {
  name: 'nginx',
  title: 'nginx with OAuth2 Proxy',
  kind: 'proxies',
  aliases: ['auth_request', 'ingress-nginx'],
  documentation: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/integrations/nginx',
  profile: 'web',
  url: { about: 'the address of the site that nginx serves', example: 'https://app.example.com' },
  registration: oauth2ProxyRegistration,
  configuration: [
    {
      where: 'oauth2-proxy.cfg',
      language: 'toml',
      text: (value, plain) => oauth2ProxyConfig(value, plain, 'static://202'),
    },
    {
      where: 'The server block of the site in nginx',
      language: 'nginx',
      text: () => `
        location /oauth2/ {
          proxy_pass http://127.0.0.1:4180;
          proxy_set_header Host $host;
          proxy_set_header X-Real-IP $remote_addr;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_set_header X-Auth-Request-Redirect $request_uri;
        }
        location = /oauth2/auth {
          internal;
          proxy_pass http://127.0.0.1:4180;
          proxy_set_header Host $host;
          proxy_set_header X-Real-IP $remote_addr;
          proxy_set_header X-Forwarded-Uri $request_uri;
          proxy_set_header Content-Length "";
          proxy_pass_request_body off;
        }
        location / {
          auth_request /oauth2/auth;
          error_page 401 = @sign_in;
          auth_request_set $email $upstream_http_x_auth_request_email;
          auth_request_set $groups $upstream_http_x_auth_request_groups;
          proxy_set_header X-Email $email;
          proxy_set_header X-Groups $groups;
          proxy_pass http://127.0.0.1:8080;
        }
        location @sign_in {
          return 302 /oauth2/sign_in?rd=$scheme://$host$request_uri;
        }
      `,
    },
    oauth2ProxySignOut,
  ],
  roles:
    'The application receives the roles in `X-Groups`, separated by commas. `allowed_groups = ["staff"]` in oauth2-proxy.cfg admits only people with one of these roles.',
  signOut: OAUTH2_PROXY_SIGN_OUT,
  pkce: { option: 'code_challenge_method = "S256"' },
  troubles: [
    ...OAUTH2_PROXY_TROUBLES,
    {
      symptom: '502 after signing in, “upstream sent too big header” in the log of nginx',
      cause: 'the session cookie is longer than the buffers of nginx',
      remedy: 'Set `proxy_buffer_size 16k; proxy_buffers 4 16k; proxy_busy_buffers_size 16k;`.',
    },
  ],
  tested: null,
}

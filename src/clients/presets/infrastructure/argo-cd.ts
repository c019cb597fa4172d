import type { ClientPreset } from '../client-preset.ts'

export const argoCd: ClientPreset = {
  name: 'argo-cd',
  title: 'Argo CD',
  kind: 'infrastructure',
  aliases: ['argocd'],
  documentation: 'https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/#existing-oidc-provider',
  profile: 'web',
  url: { about: 'url in the ConfigMap argocd-cm', example: 'https://argocd.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/auth/callback`],
    postLogoutRedirectUris: [url, `${url}/`],
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'A command, for the secret',
      language: 'sh',
      text: (_value, { secret }) => `
        kubectl -n argocd patch secret argocd-secret --type merge \\
          -p '{"stringData":{"oidc.gatehouse.clientSecret":"${secret}"}}'
      `,
    },
    {
      where: 'ConfigMap argocd-cm',
      language: 'yaml',
      text: (value, { endSessionEndpoint }) => `
        data:
          url: ${value.url}
          oidc.config: |
            name: Gatehouse
            issuer: ${value.issuer}
            clientID: ${value.clientId}
            clientSecret: $oidc.gatehouse.clientSecret
            requestedScopes: [${value.scopeList}]
            logoutURL: "${endSessionEndpoint}?id_token_hint={{token}}&post_logout_redirect_uri={{logoutRedirectURL}}"
      `,
    },
    {
      where: 'ConfigMap argocd-rbac-cm',
      language: 'yaml',
      text: () => `
        data:
          scopes: "[roles]"
          policy.default: role:readonly
          policy.csv: |
            g, superuser, role:admin
      `,
    },
  ],
  roles: '`scopes` in argocd-rbac-cm names the claim. Each role can then be mapped: `g, ROLE, role:admin`.',
  signOut: 'With `logoutURL`, signing out of Argo CD signs out of Gatehouse too. Argo CD receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: '“Invalid redirect URL” or the page about `redirect_uri`',
      cause: '`url` in argocd-cm is missing or is not the address that people open',
      remedy: 'Set it, and register this address.',
    },
    {
      symptom: '`argocd login --sso` fails with `invalid_client`',
      cause: 'the command line has no secret, so it needs a client of its own',
      remedy:
        'Run `gatehouse clients add "Argo CD command line" --profile native --redirect-uri http://localhost:8085/auth/callback`, and set its ID as `cliClientID`.',
    },
    {
      symptom: 'signed in, but nothing is listed',
      cause: 'no role of the person is in `policy.csv`, and `policy.default` gives none',
      remedy: 'The page “User Info” of Argo CD shows the groups that it sees.',
    },
  ],
  tested: null,
}

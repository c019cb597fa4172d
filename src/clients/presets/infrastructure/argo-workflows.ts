import type { ClientPreset } from '../client-preset.ts'

export const argoWorkflows: ClientPreset = {
  name: 'argo-workflows',
  title: 'Argo Workflows',
  kind: 'infrastructure',
  aliases: ['argo'],
  documentation: 'https://argo-workflows.readthedocs.io/en/latest/argo-server-sso/',
  profile: 'web',
  url: { about: 'the address of the Argo Server', example: 'https://workflows.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/oauth2/callback`],
    postLogoutRedirectUris: [`${url}/login`],
    pkce: 'off',
  }),
  configuration: [
    {
      where: 'A command, for the client ID and the secret',
      language: 'sh',
      text: value => `
        kubectl -n argo create secret generic argo-server-sso \\
          --from-literal=client-id=${value.clientId} \\
          --from-literal=client-secret=${value.secret}
      `,
    },
    {
      where: 'ConfigMap workflow-controller-configmap',
      language: 'yaml',
      text: value => `
        data:
          sso: |
            issuer: ${value.issuer}
            clientId:
              name: argo-server-sso
              key: client-id
            clientSecret:
              name: argo-server-sso
              key: client-secret
            redirectUrl: ${value.redirectUri}
            scopes: [${value.scopeList}]
            customGroupClaimName: roles
            rbac:
              enabled: true
            # From version 4.2, to sign out of Gatehouse too:
            # logoutRedirectUrl: ${value.postLogoutRedirectUri}
      `,
    },
    {
      where: 'A service account for each group of people',
      language: 'yaml',
      text: () => `
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: superuser
          namespace: argo
          annotations:
            workflows.argoproj.io/rbac-rule: "'superuser' in groups"
            workflows.argoproj.io/rbac-rule-precedence: "1"
      `,
    },
  ],
  roles:
    '`customGroupClaimName` reads the claim `roles` into `groups`, and the annotation `rbac-rule` of a service account maps people to it.',
  signOut:
    'Signing out ends the session of Argo alone; from version 4.2, `logoutRedirectUrl` signs out of Gatehouse too. It receives no logout tokens.',
  pkce: 'none',
  troubles: [
    {
      symptom: 'the page offers no sign-in with SSO',
      cause: 'the server runs without this mode',
      remedy: 'Start it with `--auth-mode sso`.',
    },
    {
      symptom: '“Unauthorized” or 403 after signing in',
      cause: 'no rule of a service account matches, or the account has no token',
      remedy: 'Add a service account with the rule `true` and the lowest precedence, and a secret for its token.',
    },
  ],
  tested: null,
}

import type { ClientPreset } from '../client-preset.ts'

export const kubernetes: ClientPreset = {
  name: 'kubernetes',
  title: 'Kubernetes',
  kind: 'infrastructure',
  aliases: ['kubectl', 'kubelogin', 'k8s', 'k3s', 'oidc-login'],
  documentation: 'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens',
  profile: 'native',
  url: null,
  registration: () => ({
    redirectUris: ['http://localhost:8000', 'http://localhost:18000'],
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'Flags of the API server',
      language: 'sh',
      text: value => `
        --oidc-issuer-url=${value.issuer}
        --oidc-client-id=${value.clientId}
        --oidc-username-claim=email
        --oidc-username-prefix=gatehouse:
        --oidc-groups-claim=roles
        --oidc-groups-prefix=gatehouse:
      `,
    },
    {
      where: 'A command of each person, with the plugin oidc-login of kubectl',
      language: 'sh',
      text: value => `
        kubectl config set-credentials gatehouse \\
          --exec-api-version=client.authentication.k8s.io/v1 \\
          --exec-interactive-mode=Never \\
          --exec-command=kubectl \\
          --exec-arg=oidc-login \\
          --exec-arg=get-token \\
          --exec-arg=--oidc-issuer-url=${value.issuer} \\
          --exec-arg=--oidc-client-id=${value.clientId} \\
          --exec-arg=--oidc-extra-scope=email \\
          --exec-arg=--oidc-extra-scope=roles \\
          --exec-arg=--oidc-extra-scope=offline_access
        kubectl config set-context --current --user=gatehouse
      `,
    },
    {
      where: 'A binding of a role, in the cluster',
      language: 'yaml',
      text: () => `
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: gatehouse-superuser
        subjects:
          - kind: Group
            name: gatehouse:superuser
            apiGroup: rbac.authorization.k8s.io
        roleRef:
          kind: ClusterRole
          name: cluster-admin
          apiGroup: rbac.authorization.k8s.io
      `,
    },
  ],
  roles:
    'Each role is a group of the cluster, with the prefix `gatehouse:`. A new or removed role counts from the next ID token, which kubelogin gets when the old one expires.',
  signOut:
    '`kubectl oidc-login clean` removes the stored tokens. Signing out everywhere on the account page ends the refresh token; the last ID token works until it expires.',
  pkce: 'default',
  troubles: [
    {
      symptom: '“You must be logged in to the server (Unauthorized)”',
      cause: 'the API server refuses the ID token; its log says why, such as another issuer or client ID',
      remedy: 'Compare the flags with the command, and check that the API server reaches the issuer by https.',
    },
    {
      symptom: '“email not verified” in the log of the API server',
      cause: '`--oidc-username-claim=email` needs a verified email',
      remedy: 'Keep `--verified-email-required`, or use the claim `sub`.',
    },
    {
      symptom: '“Forbidden” after signing in',
      cause: 'no binding names the group or the person, with the prefix',
      remedy: '`kubectl auth whoami` shows the name and the groups.',
    },
  ],
  tested: null,
}

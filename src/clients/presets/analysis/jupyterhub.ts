import { type ClientPreset, OLDER_VERSION } from '../client-preset.ts'

export const jupyterhub: ClientPreset = {
  name: 'jupyterhub',
  title: 'JupyterHub',
  kind: 'analysis',
  aliases: ['jupyter', 'oauthenticator'],
  documentation:
    'https://oauthenticator.readthedocs.io/en/latest/tutorials/provider-specific-setup/providers/generic.html',
  profile: 'web',
  url: { about: 'the address of the hub', example: 'https://jupyter.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/hub/oauth_callback`],
    postLogoutRedirectUris: [`${url}/`],
    verifiedEmailRequired: true,
  }),
  configuration: [
    {
      where: 'jupyterhub_config.py, with the package oauthenticator',
      language: 'python',
      text: value => `
        c.JupyterHub.authenticator_class = 'generic-oauth'
        c.GenericOAuthenticator.login_service = 'Gatehouse'
        c.GenericOAuthenticator.client_id = ${value.clientId}
        c.GenericOAuthenticator.client_secret = ${value.secret}
        c.GenericOAuthenticator.oauth_callback_url = ${value.redirectUri}
        c.GenericOAuthenticator.authorize_url = ${value.authorizationEndpoint}
        c.GenericOAuthenticator.token_url = ${value.tokenEndpoint}
        c.GenericOAuthenticator.userdata_url = ${value.userinfoEndpoint}
        c.GenericOAuthenticator.logout_redirect_url = ${value.signOutUri}
        c.GenericOAuthenticator.scope = [${value.scopeList}]
        c.GenericOAuthenticator.username_claim = 'email'
        c.GenericOAuthenticator.manage_groups = True
        c.GenericOAuthenticator.auth_state_groups_key = 'oauth_user.roles'
        c.GenericOAuthenticator.admin_groups = {'superuser'}
        c.GenericOAuthenticator.allow_all = True
      `,
    },
  ],
  roles:
    "Each role is a group of the hub. `admin_groups` makes administrators; `allowed_groups = {'staff'}` instead of `allow_all` admits only people with a role.",
  signOut: '`logout_redirect_url` signs out of Gatehouse too, and comes back. The hub receives no logout tokens.',
  pkce: 'default',
  troubles: [
    OLDER_VERSION,
    {
      symptom: '403 “Sorry, you are not currently authorized to use this hub.”',
      cause: 'neither `allow_all` nor one of the allowed groups admits the person',
      remedy: 'Set one of them.',
    },
    {
      symptom: 'the hub does not start: “auth_state_groups_key” or “manage_groups”',
      cause: 'oauthenticator is older than version 17',
      remedy: 'Update it.',
    },
  ],
  tested: null,
}
